"""Whatever becomes a record comes back from every layout as that record, or is refused by name."""

import json
import re
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.export import LAYOUTS, export
from entropy_assets.curation.ingest import read_file
from entropy_assets.records import CONTENT_FIELDS, ROLES, SCHEMA, content_id

CONTENT = ("id", *CONTENT_FIELDS)
OWN = ("source", "language", "row_id")

any_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["\u2028", "\x85", "a\nb", '[{"name": "f"}]', '{"name": "f", "arguments": {}}', "[]", "[" * 50]
)
said = any_text.filter(lambda text: bool(text.strip()))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | any_text,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(any_text, inner, max_size=2),
    max_leaves=5,
)
odd_numbers = st.sampled_from([float("nan"), float("inf"), -float("inf"), 2**80, -0.0, 1e-300])

# Keys that mean something to a layout, to ingest, or to nobody.
own_keys = st.sampled_from(
    [
        *("id", "row_id", "uid", "source", "domain", "language", "lang", "tools", "label", "kto_tag"),
        *("weight", "loss_weight"),
        *("text", "output", "response", "input", "history", "system", "prompt", "completion", "messages"),
        *("functions", "images", "audio", "context", "reasoning", "choices", "attachments"),
        *("message_fields", "_message_fields", "odd_role_order", "_odd_role_order", "__odd_role_order"),
    ]
)
places = st.sampled_from(["messages.0", "messages.1", "prompt.0", "chosen.0", "conversations.1"])
noted = st.dictionaries(places, st.dictionaries(any_text, json_values, max_size=2) | json_values, max_size=2)
own_fields = st.dictionaries(own_keys | any_text, json_values | noted | odd_numbers, max_size=4)
turn_keys = st.sampled_from(
    [
        *("name", "tool_calls", "content", "value", "parts", "loss_weight", "role_of", "weight", "train"),
        *("reasoning", "reasoning_content", "thinking", "function_call", "images", "attachments"),
    ]
)
turn_fields = st.dictionaries(turn_keys, json_values, max_size=2)

names = st.sampled_from(
    ["system", "developer", "user", "human", "assistant", "gpt", "function_call", "tool", "observation"]
)
calls = st.lists(st.fixed_dictionaries({"name": any_text}, optional={"arguments": json_values}), min_size=1)


@st.composite
def outside_turns(draw: st.DrawFn, min_size: int = 1) -> list[dict[str, Any]]:
    """Return turns as `from` and `value`, or as `role` and `content` with parts and calls among them."""
    keys = draw(st.sampled_from([("from", "value"), ("role", "content")]))
    turns = []
    for name in draw(st.lists(names, min_size=min_size, max_size=4)):
        turn = {**draw(turn_fields), keys[0]: name, keys[1]: draw(said)}
        if keys[0] == "role" and draw(st.integers(0, 3)) == 0:
            parts = draw(st.lists(said, min_size=1, max_size=2))
            turn["content"] = [{"type": "text", "text": text, **draw(turn_fields)} for text in parts]
            if draw(st.booleans()):
                image = {"type": "image_url", "image_url": {"url": draw(any_text)}}
                turn["content"].insert(draw(st.integers(0, 2)), image)
        elif name == "assistant" and draw(st.integers(0, 2)) == 0:
            turn |= {"content": draw(st.sampled_from([None, "", " "])), "tool_calls": draw(calls)}
        turns.append(turn)
    return turns


answers = said | outside_turns()


@st.composite
def outside_rows(draw: st.DrawFn) -> dict[str, Any]:
    """Return a row of some layout, most of which ingest takes."""
    shape = draw(st.sampled_from(["text", "alpaca", "turns", "completion", "ranking", "implicit"]))
    system = draw(st.sampled_from([{}, {"system": "s"}, {"system": None}]))
    if shape == "text":
        content: dict[str, Any] = {"text": draw(said)}
    elif shape == "alpaca":
        history = draw(st.lists(st.tuples(said, said), max_size=2))
        content = {"instruction": draw(said), "input": draw(any_text), "output": draw(said)}
        content |= {**system, "history": history}
    elif shape == "turns":
        content = {draw(st.sampled_from(["messages", "conversations"])): draw(outside_turns()), **system}
    elif shape == "completion":
        content = {"prompt": draw(answers), "completion": draw(answers), **system}
    elif shape == "ranking":
        field = draw(st.sampled_from(["prompt", "conversations", "messages"]))
        content = {field: draw(answers), "chosen": draw(answers), "rejected": draw(answers), **system}
    else:
        first = draw(outside_turns())
        other = [{**turn, **draw(turn_fields)} for turn in first]
        content = {"chosen": first + draw(outside_turns()), "rejected": other + draw(outside_turns())}
        whole = [{**turn, **draw(turn_fields)} for turn in content["chosen"]]
        beside = draw(st.sampled_from([None, first, whole]))
        if beside:
            content |= {draw(st.sampled_from(["prompt", "messages"])): beside, **system}
    return {**draw(own_fields), **content}


def read(lines: list[str]) -> tuple[pl.DataFrame, int]:
    """Return the records and the number of quarantined rows of a file of lines."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_bytes("".join(f"{line}\n" for line in lines).encode())
        found = read_file(path, drop="d")
    return found.records, found.quarantined.height


def check_round_trip(records: pl.DataFrame) -> dict[str, list[str]]:
    """Check every layout and return the reasons of each."""
    reasons = {}
    for layout in LAYOUTS:
        found = export(records, layout)
        assert len(found.rows) + found.lost.height == records.height
        reasons[layout] = found.lost["reason"].to_list()
        assert not records.height or set(found.lost["line"]) <= set(records["line"])
        kept = records.filter(~pl.col("line").is_in(found.lost["line"].to_list()))
        again, n_quarantined = read(found.rows)
        assert n_quarantined == 0
        assert again.select(*CONTENT, *OWN).equals(kept.select(*CONTENT, *OWN))
        for stored, came in zip(kept["metadata"], again["metadata"], strict=True):
            expected = json.loads(stored or "{}")
            for key in LAYOUTS[layout].keys & expected.keys():
                assert expected.pop(key) is None  # a null under a key of the layout gives way
            assert json.dumps(json.loads(came or "{}")) == json.dumps(expected)
    return reasons


@given(st.lists(outside_rows(), min_size=1, max_size=4))
def test_what_was_read_comes_back_from_every_layout(rows: list[dict[str, Any]]) -> None:
    records, _ = read([json.dumps(row) for row in rows])
    check_round_trip(records)


turns = st.lists(st.fixed_dictionaries({"role": st.sampled_from(ROLES), "content": said}), min_size=1)
clean_keys = st.sampled_from(["instruments", "a", "\u2028", "score"])
clean = st.dictionaries(clean_keys, json_values, max_size=2).map(
    lambda value: json.dumps(value, ensure_ascii=False, sort_keys=True) if value else None
)


def frame(records: list[dict[str, Any]]) -> pl.DataFrame:
    rows = [{"id": content_id(record), "line": n, **record} for n, record in enumerate(records, 1)]
    return pl.DataFrame(rows, schema=SCHEMA)


@st.composite
def records_of(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """Return a record of a kind, with metadata that clash with no layout."""
    if kind == "text":
        content: dict[str, Any] = {"text": draw(said)}
    elif kind == "chat":
        content = {"messages": draw(turns)}
    else:
        answer = st.lists(
            st.fixed_dictionaries({"role": st.just("assistant"), "content": said}), min_size=1, max_size=2
        )
        content = {"prompt": [{"role": "user", "content": "Q"}, *draw(turns)]}
        content |= {"chosen": draw(answer), "rejected": draw(answer)}
    own = {
        "row_id": draw(st.none() | any_text.filter(bool)),
        "source": draw(said),
        "language": draw(st.sampled_from([None, "de", "en", "fil", "zh"])),
    }
    return {"kind": kind, **content, **own, "metadata": draw(clean)}


INITIALS = {"system": "s", "user": "u", "assistant": "a", "tool": "t"}


@given(records_of("chat"))
def test_a_layout_refuses_only_what_it_cannot_hold(record: dict[str, Any]) -> None:
    if not re.fullmatch("s?(ua)+", order := "".join(INITIALS[turn["role"]] for turn in record["messages"])):
        record["metadata"] = None
    reasons = {
        layout: export(frame([record]), layout).lost["reason"].to_list()
        for layout in ("sharegpt", "messages", "alpaca", "prompt_completion", "text", "trl_preference")
    }
    assert reasons["sharegpt"] == reasons["messages"] == []
    assert (reasons["alpaca"] == []) == bool(re.fullmatch("s?(ua)+", order))
    if reasons["alpaca"]:
        body = order.removeprefix("s")
        expected = "tool_turn" if "t" in body else "late_system" if "s" in body else "turn_order"
        assert reasons["alpaca"] == [expected]
    assert reasons["prompt_completion"] == ([] if re.fullmatch(".+a", order) else ["no_answer"])
    assert reasons["text"] == reasons["trl_preference"] == ["wrong_kind"]


@given(records_of("preference"))
def test_preferences_are_refused_only_where_there_is_no_choice(record: dict[str, Any]) -> None:
    n_chosen = len(record["chosen"])
    if record["prompt"][-n_chosen:] == record["chosen"]:
        return  # a conversation that already holds the answer is read as one that was not cut before it
    lost = export(frame([record]), "trl_preference").lost
    assert lost["reason"].to_list() == (
        ["reads_differently"] if record["chosen"] == record["rejected"] else []
    )


@given(st.lists(records_of("text"), max_size=3))
def test_texts_are_never_refused(records: list[dict[str, Any]]) -> None:
    assert not check_round_trip(frame(records))["text"]


@given(st.lists(st.sampled_from(["text", "chat", "preference"]).flatmap(records_of), max_size=5), st.data())
def test_rows_do_not_depend_on_their_neighbours(records: list[dict[str, Any]], data: st.DataObject) -> None:
    layout = data.draw(st.sampled_from(sorted(LAYOUTS)))
    whole = export(frame(records), layout)
    parts = [export(frame(records)[n : n + 1], layout) for n in range(len(records))]
    assert [row for part in parts for row in part.rows] == whole.rows
    assert whole.lost.equals(pl.concat([whole.lost[:0], *(part.lost for part in parts)]))
