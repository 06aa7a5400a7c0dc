"""Identity and canonical text of records, and their way through Parquet and back."""

import collections
import hashlib
import json
import tempfile
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from entropy_assets.records import (
    CONTENT_FIELDS,
    KINDS,
    PARTS,
    ROLES,
    SCHEMA,
    TURN_FIELDS,
    content_id,
    full_text_column,
    render,
    rendered,
    said_column,
    widened,
)
from entropy_assets.shards import Shards, read_shard, read_shards, write_shard, write_shards
from tests.bare import bare_rows

PLAIN_FIELDS = ("kind", "text", *TURN_FIELDS)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", "\n", "\u2028", "\x00", '"\\', "𝔘 é e\u0301 \ufeff", "\r\n"]
)
turns = st.lists(st.fixed_dictionaries({"role": st.sampled_from(ROLES), "content": texts}), max_size=3)
contents = st.one_of(
    st.fixed_dictionaries({"kind": st.just("text"), "text": texts}),
    st.fixed_dictionaries({"kind": st.just("chat"), "messages": turns}),
    st.fixed_dictionaries(
        {"kind": st.just("preference"), "prompt": turns, "chosen": turns, "rejected": turns}
    ),
)
places = st.fixed_dictionaries(
    {
        **{name: texts | st.none() for name in ("row_id", "source", "language", "metadata", "drop", "file")},
        "line": st.integers(1, 2**63 - 1) | st.none(),
    }
)
records = st.builds(lambda content, place: {**place, **content}, contents, places)


def turn(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


TEXT = {"kind": "text", "text": "Hi"}
CHAT = {"kind": "chat", "messages": [turn("user", "Hi"), turn("assistant", "Hello")]}
PREFERENCE = {
    "kind": "preference",
    "prompt": [turn("system", "Be kind."), turn("user", "Hi")],
    "chosen": [turn("assistant", "Hello")],
    "rejected": [turn("assistant", "Go away")],
}


def test_id_is_the_hash_of_the_content_as_json() -> None:
    """The encoding is spelled out by hand: ids of published versions depend on it."""
    text = '["text","é \\"q\\"",null,null,null,null]'
    assert content_id({"kind": "text", "text": 'é "q"'}) == hashlib.sha256(text.encode()).hexdigest()[:32]
    chat = (
        '["chat",null,[{"content":"Hi","role":"user"},{"content":"Hello","role":"assistant"}],null,null,null]'
    )
    assert content_id(CHAT) == hashlib.sha256(chat.encode()).hexdigest()[:32]


@given(contents)
def test_id_never_changes(content: dict[str, Any]) -> None:
    """As it was first written, with Python's own encoder and with any kind of mapping."""
    values = [content.get(field) for field in PLAIN_FIELDS]
    encoded = json.dumps(values, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    expected = hashlib.sha256(encoded).hexdigest()[:32]
    assert content_id(content) == expected
    for field in ("messages", "prompt"):
        if field in content:
            content[field] = [collections.OrderedDict(sorted(turn.items())) for turn in content[field]]
    assert content_id(content) == expected


@given(contents, places, places)
def test_only_content_is_identity(
    content: dict[str, Any], place: dict[str, Any], other: dict[str, Any]
) -> None:
    nulls = dict.fromkeys(CONTENT_FIELDS)
    assert content_id({**place, **content}) == content_id({**nulls, **other, **content})


@given(contents, contents)
def test_different_content_has_a_different_id(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (content_id(one) == content_id(other)) == (one == other)


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": PREFERENCE["prompt"][:1]},
        {"chosen": PREFERENCE["rejected"]},
        {"rejected": [turn("assistant", "Go away!")]},
        {"chosen": [turn("tool", "Hello")]},
        {"prompt": PREFERENCE["prompt"][::-1]},
    ],
    ids=["fewer turns", "other answer", "other rejected answer", "other role", "other order"],
)
def test_every_part_of_a_preference_counts(change: dict[str, Any]) -> None:
    assert content_id({**PREFERENCE, **change}) != content_id(PREFERENCE)


def test_order_of_a_turns_keys_is_no_content() -> None:
    turned = {
        "kind": "chat",
        "messages": [{"content": m["content"], "role": m["role"]} for m in CHAT["messages"]],
    }
    assert content_id(turned) == content_id(CHAT)


def test_render_of_each_kind() -> None:
    assert [render(TEXT), render(CHAT), render(PREFERENCE)] == [
        "Hi",
        "Hi\n\nHello",
        "Be kind.\n\nHi\n\nHello",
    ]
    assert [record["kind"] for record in (TEXT, CHAT, PREFERENCE)] == list(KINDS)


@given(records)
def test_render_shows_nothing_but_contents(record: dict[str, Any]) -> None:
    marked = {
        **record,
        "id": "ID#",
        "row_id": "ROW#",
        "source": "SOURCE#",
        "metadata": "META#",
        "drop": "DROP#",
    }
    expected = render(record)
    assert render(marked) == expected
    for name in ("messages", "prompt", "chosen"):
        if name in record:
            marked[name] = [{**t, "role": "ROLE#"} for t in record[name]]
    assert render({**marked, "rejected": [turn("assistant", "REJECTED#")]}) == expected


@given(st.lists(records, max_size=8), st.integers(1, 4))
def test_records_round_trip_through_shards(rows: list[dict[str, Any]], shard_rows: int) -> None:
    """Every field comes back as it was, and the id can be computed again from what was read."""
    rows = [{"id": content_id(row), **row} for row in rows]
    frame = pl.DataFrame(rows, schema=SCHEMA)
    with tempfile.TemporaryDirectory() as folder:
        root = UPath(folder)
        shards = write_shards(root, root / "work", frame.iter_slices(shard_rows))
        read = read_shards(root, Shards.from_json(shards.to_json()), SCHEMA)
    assert read.schema == SCHEMA
    assert bare_rows(read) == [{**dict.fromkeys(SCHEMA), **row} for row in rows]
    assert [content_id(row) for row in read.iter_rows(named=True)] == read["id"].to_list()
    assert rendered(read) == [render(row) for row in rows]


# --- parts

some = texts.filter(bool)
part_turns = st.lists(
    st.fixed_dictionaries(
        {"role": st.sampled_from(ROLES), "content": texts},
        optional={"reasoning": some, "tool_calls": some, "attachments": some, "weight": st.floats(-2, 2)},
    ),
    max_size=3,
)
record_parts = st.fixed_dictionaries({}, optional={"tools": some, "attachments": some})
with_parts = st.builds(
    lambda content, parts: {**content, **parts},
    st.one_of(
        st.fixed_dictionaries({"kind": st.just("text"), "text": texts}),
        st.fixed_dictionaries({"kind": st.just("chat"), "messages": part_turns}),
        st.fixed_dictionaries(
            {
                "kind": st.just("preference"),
                "prompt": part_turns,
                "chosen": part_turns,
                "rejected": part_turns,
            }
        ),
    ),
    record_parts,
)


@given(st.lists(with_parts, max_size=5))
def test_parts_come_back_from_a_frame_with_the_same_identity(rows: list[dict[str, Any]]) -> None:
    rows = [{"id": content_id(row), **row} for row in rows]
    frame = pl.DataFrame(rows, schema=SCHEMA)
    assert bare_rows(frame) == [{**dict.fromkeys(SCHEMA), **row} for row in rows]
    assert [content_id(row) for row in frame.iter_rows(named=True)] == frame["id"].to_list()
    assert rendered(frame) == [render(row) for row in rows]
    assert rendered(frame, with_rejected=True) == [render(row, with_rejected=True) for row in rows]
    assert full_text_column(frame).to_list() == [everything(row) for row in rows]


def everything(row: dict[str, Any]) -> str:
    """The full text, one record and one part at a time."""
    said = [row[name] for name in ("tools", "attachments") if row.get(name)]
    turned = [row["text"]] if row["kind"] == "text" else []
    for turn in [turn for field in TURN_FIELDS for turn in row.get(field) or ()]:
        names = [name for name in ("reasoning", "content", "tool_calls", "attachments") if turn.get(name)]
        turned.append("\n\n".join(turn[name] for name in names))
    return "\n\n".join(filter(None, [*said, "\n\n".join(turned)]))


@given(with_parts, with_parts)
def test_different_parts_have_a_different_id(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (content_id(one) == content_id(other)) == (one == other)


@pytest.mark.parametrize("name", PARTS)
def test_every_part_of_a_turn_is_identity(name: str) -> None:
    value, other = ("a", "b") if name != "weight" else (1.0, 0.0)
    ids = {
        content_id({**CHAT, "messages": [CHAT["messages"][0], {**CHAT["messages"][1], **part}]})
        for part in ({}, {name: value}, {name: other}, {name: None})
    }
    assert len(ids) == 3


def test_each_text_of_a_record_with_all_parts() -> None:
    row = {
        "kind": "chat",
        "tools": "TOOLS",
        "attachments": "FILES",
        "messages": [
            {"role": "user", "content": "Q", "attachments": "FILE"},
            {"role": "assistant", "content": "", "reasoning": "R", "tool_calls": "C", "weight": 0.0},
        ],
    }
    frame = pl.DataFrame([row], schema=SCHEMA)
    assert render(row) == "TOOLS\n\nQ\n\nR\n\nC"
    assert rendered(frame) == [render(row)]
    assert full_text_column(frame).to_list() == ["TOOLS\n\nFILES\n\nQ\n\nFILE\n\nR\n\nC"]
    assert said_column(frame).to_list() == ["Q\n\nR"]


# --- records of a store that was made before there were parts

OLD_TURNS = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))
OLD = pl.Schema(
    {
        name: OLD_TURNS if name in TURN_FIELDS else kind
        for name, kind in SCHEMA.items()
        if name not in ("tools", "attachments", "label")
    }
)


@given(st.lists(records, max_size=5))
def test_old_records_are_read_as_they_were(rows: list[dict[str, Any]]) -> None:
    rows = [{"id": content_id(row), **row} for row in rows]
    old, new = pl.DataFrame(rows, schema=OLD), pl.DataFrame(rows, schema=SCHEMA)
    assert widened(old).equals(new)
    assert widened(new) is new
    with tempfile.TemporaryDirectory() as folder:
        root = UPath(folder)
        shard = write_shard(root, root / "work", old)
        assert read_shard(root, shard).equals(new)
        for columns in (["id"], ["metadata", "messages"], ["attachments", "id", "tools"]):
            assert read_shard(root, shard, columns).equals(new.select(columns))
        both = Shards((shard, write_shard(root, root / "work", new)))
        assert read_shards(root, both, SCHEMA).height == 2 * len(rows)


def test_a_frame_that_holds_no_records_is_not_widened() -> None:
    frame = pl.DataFrame({"id": ["a"], "metadata": [None]})
    assert widened(frame) is frame
