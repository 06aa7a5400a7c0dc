"""The one form of a training example inside the project, its identity and its canonical text.

What belongs here: the schema, `content_id`, `render`. What does not: the many outside layouts,
which are recognised once, at the entrance (`entropy_assets.curation.ingest`).

A record has one of three kinds, and exactly the fields of that kind are set:

* ``text``: `text`
* ``chat``: `messages`, a list of turns ``{role, content}``
* ``preference``: `prompt`, `chosen`, `rejected`, each a list of turns; a plain string outside is a
  single turn here, so that both spellings of one example have one identity
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import orjson
import polars as pl

ROLES = ("system", "user", "assistant", "tool")
KINDS = ("text", "chat", "preference")

_TURNS: pl.DataType = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))

_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    "row_id": pl.String,
    "source": pl.String,
    "language": pl.String,
    "kind": pl.String,
    "text": pl.String,
    "messages": _TURNS,
    "prompt": _TURNS,
    "chosen": _TURNS,
    "rejected": _TURNS,
    "metadata": pl.String,
    "drop": pl.String,
    "file": pl.String,
    "line": pl.Int64,
}
SCHEMA = pl.Schema(_COLUMNS)
"""Columns of every frame of records. `metadata` is one JSON object as a string; `line` counts from 1."""

CONTENT_FIELDS = ("kind", "text", "messages", "prompt", "chosen", "rejected")

_CANONICAL = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_SUBCLASS
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def content_id(record: Mapping[str, Any]) -> str:
    """Return the identity of a record's content: 32 hexadecimal digits, equal for equal content.

    SHA-256, cut to 128 bits, of the content fields as canonical JSON. The user's own id, the source,
    the metadata and the place where the record was found play no part.

    >>> content_id({"kind": "text", "text": "a", "source": "x"}) == content_id({"kind": "text", "text": "a"})
    True
    """
    get = record.get
    content = [get("kind"), get("text"), get("messages"), get("prompt"), get("chosen"), get("rejected")]
    try:
        encoded = orjson.dumps(content, option=_CANONICAL)
    except TypeError:  # a mapping that is no dict, say; of strings both encoders write the same bytes
        encoded = _ENCODE(content).encode()
    return hashlib.sha256(encoded).hexdigest()[:32]


def render(record: Mapping[str, Any], *, with_rejected: bool = False) -> str:
    r"""Return the canonical text of a record: what is compressed, compared and trained on.

    The contents of all turns, joined by a blank line; no ids, keys, roles or source names. A
    preference is its prompt and its chosen answer, and its rejected one where that is asked for.

    >>> render({"kind": "chat", "messages": [{"role": "user", "content": "Hi"},
    ...                                      {"role": "assistant", "content": "Hello"}]})
    'Hi\n\nHello'
    """
    if record["kind"] == "text":
        return str(record["text"])
    if record["kind"] == "chat":
        turns = record["messages"]
    else:
        turns = [*record["prompt"], *record["chosen"], *(record["rejected"] if with_rejected else ())]
    return "\n\n".join(turn["content"] for turn in turns)


def rendered(frame: pl.DataFrame, *, with_rejected: bool = False) -> list[str]:
    """Return the canonical text of each row of a frame of records, in its order; see `render`."""
    return text_column(frame, with_rejected=with_rejected).to_list()


def text_column(frame: pl.DataFrame, *, with_rejected: bool = False) -> pl.Series:
    """Return what `rendered` does, as a series."""

    def turns(name: str) -> pl.Expr:
        return pl.col(name).list.eval(pl.element().struct.field("content"))

    sides = ("prompt", "chosen", "rejected") if with_rejected else ("prompt", "chosen")
    turns_of = {"chat": turns("messages"), "preference": pl.concat_list(map(turns, sides))}
    text = pl.col("text")
    for kind in frame["kind"].unique():  # columns of other kinds are walked through, however empty
        if kind in turns_of:
            text = pl.when(pl.col("kind") == kind).then(turns_of[kind].list.join("\n\n")).otherwise(text)
    return frame.select(text.alias("rendered")).to_series()
