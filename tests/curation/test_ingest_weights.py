"""What says how much of a loss counts is read, or refuses the row: rows that differ in it are no copies."""

from pathlib import Path
from typing import Any

import pytest

from tests.curation.test_ingest_parts import one, read, refused

USER = {"role": "user", "content": "Why is the lamp out?"}
SAID = {"role": "assistant", "content": "A fuse."}
BLANK = {"role": "system", "content": ""}
PAIR = {"prompt": "Why?", "completion": "A fuse."}


def weights(record: dict[str, Any]) -> list[float | None]:
    return [turn.get("weight") for turn in record["messages"]]


def test_a_list_counts_the_turns_that_were_given(tmp_path: Path) -> None:
    row = {"messages": [BLANK, USER, SAID]}
    assert weights(one(tmp_path, {**row, "loss_mask": [0, 0, 1]})) == [0.0, 1.0]
    assert weights(one(tmp_path, {**row, "loss_mask": [0, 0, 0]})) == [0.0, 0.0]
    assert weights(one(tmp_path, {**row, "loss_mask": [0, 1]})) == [0.0, 1.0]
    assert weights(one(tmp_path, {**row, "weights": [0.5]})) == [None, 0.5]
    late = {"messages": [USER, SAID, {**BLANK, "content": None}, USER, SAID], "weights": [0, 1, 0.5, 0, 0]}
    assert weights(one(tmp_path, late)) == [0.0, 1.0, 0.0, 0.0]


def test_a_list_counts_with_or_without_the_system_prompt_of_the_row(tmp_path: Path) -> None:
    row = {"system": "Be brief.", "messages": [USER, SAID]}
    assert weights(one(tmp_path, {**row, "loss_mask": [0, 0, 1]})) == [0.0, 0.0, 1.0]
    assert weights(one(tmp_path, {**row, "loss_mask": [0, 1]})) == [None, 0.0, 1.0]
    assert weights(one(tmp_path, {**row, "loss_mask": [False, True]})) == [None, 0.0, 1.0]
    assert weights(one(tmp_path, {**row, "weights": [None, 0]})) == [None, None, 0.0]


@pytest.mark.parametrize(
    "fields",
    [
        *(
            {"loss_mask": [0, 1, 1]},
            {"weights": [0.5, 0.5, 1, 1]},
            {"loss_mask": []},
            {"loss_mask": [0, "x"]},
        ),
        *({"loss_mask": True}, {"loss_mask": 0}, {"weights": 0.5}, {"loss_mask": [[0], [1]]}),
        *(
            {"train": False},
            {"train_on_inputs": True},
            {"train_on_input": 1},
            {"masks": [1, 0]},
            {"mask": True},
        ),
        *(
            {"completion_mask": [0, 1]},
            {"assistant_masks": [0, 1]},
            {"trainable": 0},
            {"turn_weights": [0, 1]},
        ),
    ],
)
def test_weights_of_a_row_that_nobody_can_place_are_refused(tmp_path: Path, fields: dict[str, Any]) -> None:
    if fields != {"loss_mask": []}:
        reason, detail = refused(tmp_path, {"messages": [USER, SAID], **fields})
        assert reason in ("no_known_layout", "ambiguous_layout")
        assert next(iter(fields)) in detail


@pytest.mark.parametrize(
    "fields",
    [
        *({"train_on_turn": False}, {"compute_loss": False}, {"is_trainable": 0}, {"loss_mask": 0.0}),
        *({"calculate_loss": False}, {"train_on": "false"}),
    ],
)
def test_other_switches_of_a_turn(tmp_path: Path, fields: dict[str, Any]) -> None:
    assert weights(one(tmp_path, {"messages": [USER, {**SAID, **fields}]})) == [None, 0.0]
    assert weights(one(tmp_path, {"messages": [USER, {**SAID, "loss_mask": 0.5}]})) == [None, 0.5]


@pytest.mark.parametrize(
    "fields",
    [
        *({"mask": 1}, {"masked": True}, {"loss_mask": [0, 1]}, {"no_loss": True}, {"ignore_loss": False}),
        *(
            {"train_detail": [{"begin_offset": 0, "end_offset": 3, "train": False}]},
            {"token_weights": [0, 1]},
        ),
    ],
)
def test_weights_of_a_turn_that_nobody_can_read_are_refused(tmp_path: Path, fields: dict[str, Any]) -> None:
    assert refused(tmp_path, {"messages": [USER, {**SAID, **fields}]})[0] == "no_known_layout"


@pytest.mark.parametrize(
    "fields",
    [{"train_loss": 1.5}, {"loss": 2.3}, {"mask_ratio": 0.5}, {"training_step": 100}, {"train": "a"}],
)
def test_what_was_measured_is_no_weight(tmp_path: Path, fields: dict[str, Any]) -> None:
    assert weights(one(tmp_path, {"messages": [USER, SAID], **fields})) == [None, None]
    assert weights(one(tmp_path, {"messages": [USER, {**SAID, **fields}]})) == [None, None]


def test_a_list_and_a_turn_that_differ_are_refused(tmp_path: Path) -> None:
    row = {"messages": [USER, {**SAID, "loss_mask": 0.5}], "loss_mask": [0, 1]}
    assert refused(tmp_path, row)[0] == "ambiguous_layout"


@pytest.mark.parametrize("key", ["weight", "loss_weight", "sample_weight", "weights", "loss_mask", "train"])
def test_the_weight_of_a_text_has_no_place(tmp_path: Path, key: str) -> None:
    value: Any = {"weights": [0.5, 1], "loss_mask": [0, 1], "train": False}.get(key, 0.1)
    reason, detail = refused(tmp_path, {"text": "A mill.", key: value})
    assert (reason, key in detail, "drop.toml" in detail) == ("no_known_layout", True, True)
    if key in ("weight", "loss_weight", "sample_weight"):
        assert one(tmp_path, {"text": "A mill.", key: 1.0})["text"] == "A mill."
        assert one(tmp_path, {"text": "A mill.", key: "heavy"})["text"] == "A mill."


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        *(
            ("good", "bad"),
            ("desirable", "undesirable"),
            ("chosen", "rejected"),
            ("Thumbs_Up", "thumbs-down"),
        ),
        *(
            ("accepted", "rejected"),
            ("preferred", "dispreferred"),
            ("like", "dislike"),
            ("upvote", "downvote"),
        ),
    ],
)
def test_labels_as_words_say_whether_an_answer_is_wanted(tmp_path: Path, good: str, bad: str) -> None:
    found = read(tmp_path, {**PAIR, "label": good}, {**PAIR, "label": bad}, {**PAIR, "kto_tag": good})
    assert found.records["label"].to_list() == [True, False, True]
    assert found.records["id"].n_unique() == 2
    assert found.records["metadata"].null_count() == 3


def test_a_class_that_the_answer_says_is_no_label(tmp_path: Path) -> None:
    said = one(tmp_path, {"prompt": "Is it so?", "completion": "It is good.", "label": "good"})
    assert (said["label"], said["metadata"]) == (None, '{"label": "good"}')
    assert one(tmp_path, {**PAIR, "label": "sports"})["metadata"] == '{"label": "sports"}'
    assert one(tmp_path, {"messages": [USER, SAID], "label": "good"})["metadata"] == '{"label": "good"}'


@pytest.mark.parametrize(
    "label", ["positive", "Negative", "correct", "incorrect", "yes", "no", "pass", "fail"]
)
def test_a_label_that_may_be_either_refuses_the_row(tmp_path: Path, label: str) -> None:
    assert refused(tmp_path, {**PAIR, "label": label})[0] == "no_known_layout"
    said = {**PAIR, "completion": f"The answer is {label.lower()}."}
    assert one(tmp_path, {**said, "label": label})["metadata"] == f'{{"label": "{label}"}}'
