"""Parts of a record count wherever its text does: copies, screening, leaks, measures, the way out."""

import json
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.damage.passages import Passages
from entropy_assets.curation.dedup import Known, deduplicate
from entropy_assets.curation.entropy_law.drop.exchanges import Exchanges
from entropy_assets.curation.entropy_law.measurement import Texts
from entropy_assets.curation.export import export
from entropy_assets.curation.ingest import read_file
from entropy_assets.curation.screening import screen
from entropy_assets.curation.screening.contamination import find_contamination
from entropy_assets.records import SCHEMA, render
from entropy_assets.settings import DedupSettings, ScreeningSettings

PARAMS = DedupSettings()


def read(*rows: dict[str, Any] | str) -> pl.DataFrame:
    """Return the records that rows become; all must."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        path.write_bytes("".join(f"{line}\n" for line in lines).encode())
        found = read_file(path, drop="d")
    assert found.quarantined.is_empty(), found.quarantined["detail"].to_list()
    return found.records


def kept(records: pl.DataFrame) -> pl.DataFrame:
    return deduplicate(records, Known.of(SCHEMA.to_frame(), PARAMS), PARAMS).kept


# --- any part, all the way

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | texts | st.floats(-1e9, 1e9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
objects = st.lists(st.dictionaries(texts, values, min_size=1, max_size=2), min_size=1, max_size=2)
as_text = objects.map(json.dumps) | texts.filter(lambda text: text.strip() not in ("[]", "{}"))
places = st.fixed_dictionaries({"type": st.sampled_from(["image_url", "input_audio", "file"]), "url": texts})
content = st.lists(
    st.builds(lambda text: {"type": "text", "text": text}, texts) | places, min_size=1, max_size=3
)
weights = st.one_of(
    st.fixed_dictionaries({"weight": st.sampled_from([0, 1, 0.5, True, None])}),
    st.fixed_dictionaries({"train": st.booleans()}),
    st.fixed_dictionaries({"loss_mask": st.sampled_from([0, 1])}),
    st.just({}),
)


@st.composite
def turns(draw: st.DrawFn, role: str) -> dict[str, Any]:
    """Return a turn of a role with any parts."""
    turn = {"role": role, "content": draw(texts | content), **draw(weights)}
    if draw(st.integers(0, 5)) == 0:
        turn["images"] = draw(st.lists(texts, min_size=1, max_size=2))
    if role == "assistant":
        turn |= draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "tool_calls": objects | as_text,
                    "reasoning_content": texts,
                    "name": texts,
                },
            )
        )
        if turn.keys() & {"tool_calls", "reasoning_content"} and draw(st.booleans()):
            turn["content"] = draw(st.sampled_from([None, ""]))
    return turn


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """Return a row of any kind with any parts."""
    kind = draw(st.sampled_from(["text", "chat", "preference"]))
    if kind == "text":
        row: dict[str, Any] = {"text": draw(texts)}
    elif kind == "chat":
        row = {"messages": [draw(turns("user")), draw(turns("assistant"))]}
    else:
        row = {"prompt": [draw(turns("user"))]}
        row |= {"chosen": [draw(turns("assistant"))], "rejected": [draw(turns("assistant"))]}
    beside = {"tools": objects | as_text, "functions": objects, "image": texts}
    beside |= {"images": st.lists(texts, min_size=1, max_size=2), "topic": values, "audio": texts}
    found = draw(st.fixed_dictionaries({}, optional=beside))
    if "tools" in found:
        found.pop("functions", None)
    return {**row, **found}


@given(st.lists(rows(), min_size=1, max_size=3))
def test_whatever_a_record_holds_goes_all_the_way_with_one_identity(given_rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_bytes("".join(f"{json.dumps(row)}\n" for row in given_rows).encode())
        found = read_file(path, drop="d")
    assert set(found.quarantined["reason"]) <= {"equal_answers"}
    records = found.records
    done = deduplicate(records, Known.of(SCHEMA.to_frame(), PARAMS), PARAMS)
    assert done.kept.height + done.pairs.height == records.height
    for one in done.pairs.filter(pl.col("rule") == "exact").iter_rows(named=True):
        assert one["id"] == one["keeper_id"]
    screened = screen(done.kept, ScreeningSettings())
    assert screened.kept.drop("language").equals(done.kept.drop("language"))
    for kind, layout in (("text", "text"), ("chat", "messages"), ("preference", "trl_preference")):
        own = done.kept.filter(pl.col("kind") == kind)
        written = export(own, layout)
        assert written.lost.is_empty(), written.lost["detail"].to_list()
        assert read(*written.rows)["id"].to_list() == own["id"].to_list()


# --- copies

ASKED = {"role": "user", "content": "Book the usual trip for me please, you know which one I mean by that."}
SAID = {
    "role": "assistant",
    "content": "Certainly, I will book the usual trip for you right now, one moment.",
}
PARTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "call": ({"tool_calls": [{"name": "b", "c": "Lund"}]}, {"tool_calls": [{"name": "b", "c": "Bern"}]}),
    "image": ({"images": ["a.png"]}, {"images": ["b.png"]}),
    "weight": ({"weight": 0}, {"weight": 1}),
    "thought": ({"reasoning": "By train, as ever."}, {"reasoning": "He flies now, and hates the train."}),
}


@pytest.mark.parametrize("name", PARTS)
def test_equal_words_with_other_parts_are_no_copies(name: str) -> None:
    one, other = ({"messages": [ASKED, {**SAID, **part}]} for part in PARTS[name])
    assert kept(read(one, other, one)).height == 2
    long = [ASKED, {**SAID, "content": " ".join(f"word{n}" for n in range(700))}, ASKED]
    one, other = ({"messages": [*long, {**SAID, **part}]} for part in PARTS[name])
    if name != "thought":
        assert kept(read(one, other, one)).height == 2


def test_answers_that_differ_in_a_part_alone_are_a_preference() -> None:
    for one, other in PARTS.values():
        answers = {"chosen": [{**SAID, **one}], "rejected": [{**SAID, **other}]}
        assert read({"prompt": [ASKED], **answers}).height == 1


def test_passages_that_differ_are_two_questions() -> None:
    passages = (
        "The old mill stands on the Pell, a short river that turns two wheels.",
        "Barges reach the town by way of the Mirel every spring.",
    )
    rows = [
        {"instruction": "Which river is named?", "context": one, "response": "The Pell."} for one in passages
    ]
    assert kept(read(*rows)).height == 2
    assert kept(read(*rows, rows[0])).height == 2


# --- screening

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2dF4gH6"
QUESTION = (
    "A farmer keeps seven brown hens in the northern barn and sells every third egg at the market on Friday; "
    "how many eggs does she keep for her family after four weeks of laying"
)


def holding(what: str) -> dict[str, dict[str, Any]]:
    """Return place -> a row that holds a text there."""
    call = [{"type": "function", "function": {"name": "w", "arguments": {"note": what}}}]
    turn = {"role": "assistant", "content": "Well."}
    asked = {"role": "user", "content": "So?"}
    return {
        "content": {"messages": [asked, {**turn, "content": what}]},
        "call": {"messages": [asked, {**turn, "tool_calls": call}]},
        "older call": {"messages": [asked, {"role": "assistant", "function_call": {"name": "w", "a": what}}]},
        "thought": {"messages": [asked, {**turn, "reasoning_content": what}]},
        "tools": {"messages": [asked, turn], "tools": [{"name": "w", "description": what}]},
        "context": {"instruction": "So?", "context": what, "response": "Well."},
        "rejected": {"prompt": "So?", "chosen": "Well.", "rejected": what},
        "thought of the rejected": {
            "prompt": "So?",
            "chosen": "Well.",
            "rejected": [{**turn, "thinking": what}],
        },
        "tools of a text": {"text": "Well.", "functions": [{"description": what}]},
        "attachment": {"messages": [{**asked, "images": [f"https://a.example/?q={what}"]}, turn]},
        "image of the row": {"text": "Well.", "image": f"https://a.example/?q={what}"},
    }


@pytest.mark.parametrize("place", holding(""))
def test_secrets_are_found_and_removed_wherever_they_stand(place: str) -> None:
    records = read(holding(TOKEN)[place], {"text": "A clean page."})
    found = screen(records, ScreeningSettings())
    assert found.findings["kind"].to_list() == ["secret"]
    removed = screen(records, ScreeningSettings(secrets="remove"))
    assert removed.kept["text"].to_list() == ["A clean page."]
    assert removed.out["rule"].to_list() == ["secret"]


@pytest.mark.parametrize("place", holding(""))
def test_evaluation_items_are_found_wherever_they_stand(place: str) -> None:
    records = read(holding(f"{QUESTION}?")[place], {"text": "A clean page."})
    items = read({"question": f"{QUESTION}?", "answer": "Many."}).with_columns(item_set=pl.lit("eval"))
    found = find_contamination(records, items)
    assert found["id"].to_list() == [records["id"][0]]
    assert found["span"][0].lower().startswith("a farmer keeps seven brown hens")


def test_a_language_is_told_by_what_is_said_and_not_by_tools() -> None:
    tools = [
        {"name": "look", "description": "Look up the word that the person has named in the book of words"}
    ] * 20
    row = {
        "messages": [
            {"role": "user", "content": "Wie heißt der Fluss, der durch die alte Stadt im Norden fließt?"},
            {"role": "assistant", "content": "Der Fluss heißt Ilme und fließt von Westen nach Osten."},
        ],
        "tools": tools,
    }
    assert screen(read(row), ScreeningSettings()).kept["language"].to_list() == ["de"]


# --- measures


def test_measures_see_thoughts_and_calls_and_cut_texts_at_their_turns() -> None:
    row = {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Sky?", "attachments": [{"key": "a"}]},
            {"role": "assistant", "content": "", "thinking": "Hm – é", "tool_calls": [{"name": "w"}]},
        ],
        "tools": [{"name": "wörter"}],
        "image": "a.png",
    }
    records = read(row, {"text": "Plain.", "tools": "T"}, {"instruction": "a", "output": "b"})
    measured = Texts.of(records)
    assert measured.texts == [render(record).encode() for record in records.iter_rows(named=True)]
    answer = 'Hm – é\n\n[{"name": "w"}]'
    (answers,), (exchanges,) = measured.answers_in(3), measured.exchanges_in(3)
    assert [text.decode() for text in answers] == [answer, "Plain.", "b"]
    assert [text.decode() for text in exchanges] == [f"Sky?\n\n{answer}", "Plain.", "a\n\nb"]
    assert Exchanges.of(records).pairs == [("Be brief.\n\nSky?", answer), ("a", "b")]
    assert [tuple(one) for one in Passages.of(records).items] == [
        ("Be brief.\n\nSky?", answer),
        ("", "Plain."),
        ("a", "b"),
    ]
