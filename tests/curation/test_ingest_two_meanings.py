"""Rows that say two things, or say nothing where something belongs: refused, or read and told."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from entropy_assets.curation.ingest import Ingested, read_drop

ASKED = {"role": "user", "content": "Is it?"}
SAID = {"role": "assistant", "content": "It is."}
YES = {"role": "assistant", "content": "yes"}


def read(folder: Path, *rows: Any, name: str = "a.jsonl", said: str = "") -> Ingested:
    folder.mkdir(exist_ok=True)
    text = "".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows)
    (folder / name).write_text(text)
    if said:
        (folder / "drop.toml").write_text(said)
    return read_drop(folder, "d")


def refusal(folder: Path, row: Any, **more: Any) -> tuple[str, str]:
    found = read(folder, row, **more)
    assert found.records.is_empty()
    ((reason, detail),) = found.quarantined.select("reason", "detail").iter_rows()
    return reason, detail


def record(folder: Path, row: Any, **more: Any) -> dict[str, Any]:
    found = read(folder, row, **more)
    assert found.quarantined.is_empty(), found.quarantined["detail"][0]
    return found.records.row(0, named=True)


TWO_TEXTS: list[dict[str, Any]] = [
    {"from": "human", "value": "Is it?", "content": "Was it?"},
    {"from": "human", "value": "Is it?", "text": "Was it?"},
    {"role": "user", "content": "Is it?", "value": "Was it?"},
    {"role": "user", "content": "Is it?", "text": "Was it?"},
    {"role": "user", "content": "Is it?", "message": "Was it?"},
    {"role": "user", "content": "Is it?", "text": [{"type": "text", "text": "Was it?"}]},
    {"role": "system", "content": "", "value": "Be brief."},
    {"role": "user", "content": [{"type": "text", "text": "Is it?"}], "value": "Was it?"},
]


@pytest.mark.parametrize("turn", TWO_TEXTS)
def test_a_turn_with_two_texts_that_differ_is_refused(tmp_path: Path, turn: dict[str, Any]) -> None:
    reason, detail = refusal(tmp_path, {"messages": [turn, ASKED, SAID]})
    assert reason == "ambiguous_layout"
    assert detail.startswith("messages.0 has ")
    assert detail.endswith(", which differ; keep one")


@pytest.mark.parametrize("text", ["Is it?", " Is it?\n", "", None])
def test_a_turn_whose_two_texts_are_the_same_is_read(tmp_path: Path, text: str | None) -> None:
    for key in ("value", "text"):
        row = record(tmp_path / key, {"messages": [{**ASKED, key: text}, SAID]})
        assert row["messages"][0]["content"] == "Is it?"


def test_a_second_text_that_is_declared_is_metadata(tmp_path: Path) -> None:
    row = {"messages": [{**ASKED, "text": "Was it?"}, SAID]}
    assert "Was it?" in record(tmp_path, row, said='metadata = ["text"]\n')["metadata"]


@pytest.mark.parametrize("label", [-1, "-1", 2, -1.0, 0.5, "2"])
@pytest.mark.parametrize("key", ["label", "kto_tag", "desirable"])
def test_a_number_that_may_say_that_an_answer_is_bad_is_refused(tmp_path: Path, key: str, label: Any) -> None:
    reason, detail = refusal(tmp_path, {"prompt": "q", "completion": "a", key: label})
    assert reason == "no_known_layout"
    assert f"{key!r} is {label!r}, which may say whether the answer is wanted, or be a class" in detail


def test_a_label_that_the_answer_has_or_that_stands_beside_turns_is_a_class(tmp_path: Path) -> None:
    for place, row in enumerate(
        ({"prompt": "q", "completion": "It is -1", "label": -1}, {"messages": [ASKED, SAID], "label": 2})
    ):
        found = record(tmp_path / str(place), row)
        assert (found["label"], json.loads(found["metadata"])) == (None, {"label": row["label"]})


def test_labels_of_one_and_nought_are_read(tmp_path: Path) -> None:
    rows = [{"prompt": "q", "completion": "a", "label": said} for said in (1, 0, "1", True, 0.0)]
    assert read(tmp_path, *rows).records["label"].to_list() == [True, False, True, True, False]


@pytest.mark.parametrize("said", ["no", "No ", "off", "n", "f", "false", "0", "0.0", 0, False])
@pytest.mark.parametrize("key", ["train_on_turn", "trainable", "loss_mask", "train", "loss"])
def test_a_switch_that_is_off_in_any_spelling_is_read(tmp_path: Path, key: str, said: Any) -> None:
    row = record(tmp_path, {"messages": [ASKED, {**SAID, key: said}]})
    assert row["messages"][1]["weight"] == 0


@pytest.mark.parametrize("said", ["yes", "on", "Y", "1.0"])
def test_a_switch_that_is_on_is_read(tmp_path: Path, said: str) -> None:
    row = record(tmp_path, {"messages": [ASKED, {**SAID, "train_on_turn": said}]})
    assert row["messages"][1]["weight"] == 1


@pytest.mark.parametrize("said", ["maybe", "assistant", 2, -1, 0.5])
def test_a_switch_that_is_neither_is_refused(tmp_path: Path, said: Any) -> None:
    _, detail = refusal(tmp_path, {"messages": [ASKED, {**SAID, "train_on_turn": said}]})
    assert detail == (
        f"'train_on_turn' of messages.1 is {str(said)!r}, which nobody can tell to be on or off: "
        "write true or false"
    )


@pytest.mark.parametrize("key", ["is_masked", "ignore"])
def test_words_of_switches_count_under_unknown_names(tmp_path: Path, key: str) -> None:
    _, detail = refusal(tmp_path, {"messages": [ASKED, {**SAID, key: "yes"}]})
    assert f"{key!r} in messages.1 may say how much of the loss counts" in detail


@pytest.mark.parametrize(
    "row",
    [
        {"messages": [ASKED, {**SAID, "weight": -1}]},
        {"messages": [ASKED, {**SAID, "weight": "-0.5"}]},
        {"messages": [ASKED, {**SAID, "loss_mask": -0.5}]},
        {"messages": [ASKED, SAID], "sample_weight": -2},
        {"messages": [ASKED, SAID], "weights": [-1]},
    ],
)
def test_a_negative_weight_is_refused(tmp_path: Path, row: dict[str, Any]) -> None:
    reason, detail = refusal(tmp_path, row)
    assert reason == "no_known_layout"
    assert "0 or more" in detail or "on or off" in detail


def test_a_weight_of_nought_is_read_whatever_its_sign(tmp_path: Path) -> None:
    rows = [{"messages": [ASKED, {**SAID, "weight": said}]} for said in (0, -0.0, "0", "no", 1.5)]
    assert [turns[1]["weight"] for turns in read(tmp_path, *rows).records["messages"]] == [0, 0, 0, 0, 1.5]


def test_a_list_of_weights_that_fits_no_turns_is_told_in_one_sentence(tmp_path: Path) -> None:
    _, detail = refusal(tmp_path, {"messages": [ASKED, SAID], "loss_mask": [0, 1, 1]})
    assert detail == (
        "'loss_mask' has 3 items and the row 2 turns, so nobody can tell which of them count: write weight "
        "into each turn, or name 'loss_mask' under metadata in drop.toml"
    )


@pytest.mark.parametrize("key", ["response", "output", "completion"])
def test_two_answers_of_one_word_that_differ_are_refused(tmp_path: Path, key: str) -> None:
    for place, prompt in enumerate(({}, {"prompt": "Is it?"})):
        reason, detail = refusal(tmp_path / str(place), {**prompt, key: "no", "messages": [ASKED, YES]})
        assert (reason, "differ" in detail) == ("ambiguous_layout", True)


@pytest.mark.parametrize(("key", "word", "answer"), [("response", "helpful", SAID), ("output", "yes", YES)])
def test_a_word_beside_a_longer_answer_is_a_label_and_the_same_word_says_nothing(
    tmp_path: Path, key: str, word: str, answer: dict[str, str]
) -> None:
    assert json.loads(record(tmp_path, {key: word, "messages": [ASKED, answer]})["metadata"]) == {key: word}


NOTHING = ("nan", "NaN", "NA", "N/A", "None", "null", "<NA>", "#N/A", " NULL ")


@pytest.mark.parametrize("word", NOTHING)
@pytest.mark.parametrize(
    "row",
    [
        {"instruction": "Name one.", "output": "A wren.", "input": "{}"},
        {"question": "Name one.", "answer": "A wren.", "context": "{}"},
        {"prompt": "Name one.", "completion": "A wren.", "retrieved_context": "{}"},
        {"instruction": "Name one.", "output": "A wren.", "system": "{}"},
        {"instruction": "Name one.", "chosen": "A wren.", "rejected": "None.", "input": "{}"},
    ],
)
def test_an_optional_part_that_says_there_is_none_is_empty(
    tmp_path: Path, row: dict[str, str], word: str
) -> None:
    found = record(tmp_path, {key: said.format(word) for key, said in row.items()})
    turns = found["messages"] or found["prompt"]
    assert (turns[0]["role"], turns[0]["content"]) == ("user", "Name one.")


def test_cells_of_a_table_of_strings_are_read_so(tmp_path: Path) -> None:
    table = ["instruction,input,output", *(f"Name one.,{word.strip()},A wren." for word in NOTHING)]
    found = read(tmp_path, *table, name="a.csv")
    assert {turns[0]["content"] for turns in found.records["messages"]} == {"Name one."}
    assert [(note.what.partition(":")[0], note.n) for note in found.told] == [
        ("rows have an input that says there is none, as nan does", len(NOTHING))
    ]


def test_answers_that_may_be_missing_are_counted_by_value(tmp_path: Path) -> None:
    words = ("nan", "None", "None", "It is None.", "Nan")
    found = read(tmp_path, *({"instruction": "q", "output": word} for word in words), {"text": "NA"})
    assert found.records.height == len(words) + 1
    told = {note.what.partition(" and nothing else")[0]: note.n for note in found.told}
    lead = "rows have a question, an answer or a text that is "
    assert told == {f"{lead}'None'": 2, f"{lead}'nan'": 1, f"{lead}'NA'": 1}


def test_an_input_that_asks_is_no_empty_input(tmp_path: Path) -> None:
    found = read(tmp_path, {"input": "None", "output": "A value."})
    assert found.records["messages"][0][0]["content"] == "None"
    assert [note.n for note in found.told if "read as empty" in note.what] == []


@pytest.mark.parametrize("word", ["nan", "None", "null"])
def test_a_word_for_nothing_names_no_source(tmp_path: Path, word: str) -> None:
    assert record(tmp_path, {"text": "A mill.", "source": word})["source"] == "a"


def test_rows_under_their_ids_are_all_advised(tmp_path: Path) -> None:
    rows = {str(n): {"instruction": f"q{n}", "output": "a"} for n in range(2)}
    _, detail = refusal(tmp_path, rows, name="a.json")
    assert detail.endswith("2 of its fields are rows: deliver each as a row, as by jq -c '.[]'")
    _, detail = refusal(tmp_path, {**rows, "version": 1}, name="a.json")
    assert detail.endswith("jq -c '.[] | objects'")
    _, detail = refusal(tmp_path, {"0": rows["0"], "version": 1}, name="a.json")
    assert detail.endswith("""the row lies in '0': deliver that alone, as by jq -c '.["0"]'""")


def test_several_lists_of_rows_are_all_advised(tmp_path: Path) -> None:
    rows = [{"instruction": "q", "output": "a"}]
    _, detail = refusal(tmp_path, {"train": rows, "test": rows}, name="a.json")
    assert detail.endswith(
        """'train', 'test' are lists of rows: deliver each as a file of its name, as by """
        + """jq -c '.["train"][]'"""
    )


def test_a_preference_about_two_questions_is_told_what_is_read(tmp_path: Path) -> None:
    other = {"role": "user", "content": "Was it?"}
    _, detail = refusal(tmp_path, {"chosen": [ASKED, SAID], "rejected": [other, YES]})
    assert (
        "write what both answer once, as 'prompt', and the answers alone as 'chosen' and 'rejected'" in detail
    )
    assert "messages" not in detail
    assert record(tmp_path, {"prompt": [ASKED], "chosen": [SAID], "rejected": [YES]})["kind"] == "preference"


def test_a_null_answer_is_told_in_the_same_words_in_every_form(tmp_path: Path) -> None:
    rows = [
        {"instruction": "q", "output": None, "kind": "x"},
        {"instruction": "q", "output": "a", "kind": "x"},
    ]
    found = read(tmp_path, *rows)
    pl.DataFrame(rows).write_parquet(tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").unlink()
    table = read_drop(tmp_path, "d")
    assert (found.quarantined["detail"].to_list(), table.records.height) == (
        table.quarantined["detail"].to_list(),
        1,
    )
    assert found.quarantined["detail"].to_list() == ["output is null, a string is needed"]


def test_an_integer_of_too_many_digits_is_told_in_words_of_the_row(tmp_path: Path) -> None:
    _, detail = refusal(tmp_path, f'{{"text": "a", "n": {"1" * 5000}}}')
    assert detail == "an integer has more digits than the 4,300 that are read: write it in quotes"


@pytest.mark.parametrize(
    "row",
    [
        {"messages": str([ASKED, SAID])},
        {"conversations": str([{"from": "human", "value": "a'b"}])},
        {"instruction": "q", "output": "a", "history": str([["a", "b"]])},
        {"prompt": str([ASKED]), "completion": "It is."},
        {"prompt": "Is it?", "chosen": str([SAID]), "rejected": "No."},
    ],
)
def test_turns_that_python_wrote_are_named_as_such(tmp_path: Path, row: dict[str, str]) -> None:
    reason, detail = refusal(tmp_path, row)
    key = next(key for key, value in row.items() if value.startswith("["))
    assert (reason, detail) == (
        "invalid_json",
        f"the string in {key} is written by Python's str() and is no JSON: write it by json.dumps()",
    )


def test_a_string_that_is_no_json_names_its_field_and_no_place_in_the_row(tmp_path: Path) -> None:
    _, detail = refusal(tmp_path, {"messages": '[{"role": "user"'})
    assert detail.startswith("the string in messages is no JSON (")
    assert "of the row" not in detail


def test_ids_that_are_none_are_one_number(tmp_path: Path) -> None:
    rows = [json.dumps({"text": f"A mill {n}.", "id": said}) for n, said in enumerate((True, [1], {}))]
    found = read(tmp_path, *rows, '{"text": "A weir.", "id": NaN}', '{"text": "A lock.", "id": null}')
    ((_, _, n),) = found.told
    assert (n, found.metadata_keys) == (3, {"id": 3})
