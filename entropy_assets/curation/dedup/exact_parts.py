"""What copies share to the letter: calls, attachments, loss weights, labels, and which turns have a thought.

A call with another argument is another answer, however alike all words around it are. So the text by which
a record is compared ends with numbers that follow from these parts: as many as `verification.says_other`
needs to see, where two texts differ in them.

What belongs here: these numbers. What does not: comparing texts.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from entropy_assets.curation.dedup.tokens import TOKEN
from entropy_assets.records import TURN_FIELDS, VERDICT, parts_in

EXACT = ("tool_calls", "attachments", "weight")
"""Parts of a turn that are the same in copies."""

SIGN = "\x1a"
"""Stands before the numbers; no keyboard writes it, and to tokens it is white space."""

TOKENS_A_NUMBER = 100
"""More numbers than one in so many tokens say that two texts are about different things."""


def with_numbers(records: pl.DataFrame, texts: pl.Series) -> pl.Series:
    """Return texts of records, each with the numbers of its exact parts at its end; most have none.

    Parameters
    ----------
    records
        Records of `entropy_assets.records.SCHEMA`, or their content fields.
    texts
        Text of each.
    """
    given = [name for name in TURN_FIELDS if parts_in(records[name]).intersection((*EXACT, "reasoning"))]
    beside = [name for name in ("attachments", VERDICT) if records[name].null_count() < records.height]
    if not given and not beside:
        return texts
    ends = [_numbers(row, text) for row, text in zip(_parts_of(records, beside, given), texts, strict=True)]
    return texts + pl.Series(ends, dtype=pl.String)


def without_call_ids(records: pl.DataFrame) -> pl.DataFrame:
    """Return records whose calls have no ids, which are random; arguments stay as they are."""
    calling = [name for name in TURN_FIELDS if "tool_calls" in parts_in(records[name])]
    if not calling:
        return records
    return records.with_columns(
        pl.Series(
            name,
            [
                turns
                and [
                    {**turn, "tool_calls": turn["tool_calls"] and _without_ids(turn["tool_calls"])}
                    for turn in turns
                ]
                for turns in records[name].to_list()
            ],
            dtype=records.schema[name],
        )
        for name in calling
    )


def _without_ids(calls: str) -> str:
    """Return calls, which are a list in JSON, without the id of each."""
    try:
        found = json.loads(calls)
    except (ValueError, RecursionError):
        return calls
    for call in found if isinstance(found, list) else ():
        if isinstance(call, dict) and isinstance(call.get("id"), str):
            own = re.escape(json.dumps(call["id"]))
            plain = re.escape(json.dumps(call["id"], ensure_ascii=False))
            calls = re.sub(rf'(?<!\\)"id"(\s*:\s*)(?:{own}|{plain})', r'"id"\1""', calls, count=1)
    return calls


def exact_end(text: str) -> str:
    """Return the numbers at the end of a text; the empty text where its record has no exact parts."""
    _, sign, numbers = text.rpartition(SIGN)
    return numbers if sign else ""


def _parts_of(records: pl.DataFrame, beside: list[str], given: list[str]) -> Iterator[bytes]:
    """Yield the exact parts of each record with their places, in bytes; none where it has none."""
    for row in records.select(*given, *beside).iter_rows(named=True):
        parts = [
            ("" if name == "attachments" else name, row[name]) for name in beside if row[name] is not None
        ]
        for field in given:
            parts += [
                part for index, turn in enumerate(row[field] or ()) for part in _of(turn, f"{field}.{index}")
            ]
        yield repr(parts).encode() if parts else b""


def _of(turn: Mapping[str, Any], place: str) -> Iterator[tuple[str, Any]]:
    for name in EXACT:
        if turn[name] is not None:
            yield f"{place}.{name}", turn[name]
    if turn["reasoning"]:
        yield f"{place}.reasoning", True


def _numbers(parts: bytes, text: str) -> str:
    """Return the numbers of parts, enough of them for a text."""
    if not parts:
        return ""
    n_numbers = 2 + len(TOKEN.findall(text)) // TOKENS_A_NUMBER
    digest = hashlib.sha256(parts).digest()
    found = (hashlib.sha256(digest + bytes(str(n), "ascii")).digest() for n in range(n_numbers))
    return f"\n\n{SIGN}" + " ".join(str(10**8 + int.from_bytes(one[:4]) % 10**8) for one in found)
