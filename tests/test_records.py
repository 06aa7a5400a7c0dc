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

from entropy_assets.records import CONTENT_FIELDS, KINDS, ROLES, SCHEMA, content_id, render, rendered
from entropy_assets.shards import Shards, read_shards, write_shards

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
    values = [content.get(field) for field in CONTENT_FIELDS]
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
    assert read.rows(named=True) == [{**dict.fromkeys(SCHEMA), **row} for row in rows]
    assert [content_id(row) for row in read.iter_rows(named=True)] == read["id"].to_list()
    assert rendered(read) == [render(row) for row in rows]
