"""What a record holds beside its content, as text to search in: metadata, the user's own id, its origin.

All of it is published with the record. Numbers are left out, and what is digits, a digest or a UUID as a
whole, but where their key says that they are a secret, a card or a telephone.

What belongs here: making the text. What does not: searching in it.
"""

import re
from collections.abc import Iterator
from typing import Any

import orjson
import polars as pl

from entropy_assets.curation.screening.escapes import revealed, unescaped, with_disguise
from entropy_assets.records import SCHEMA

_ID = re.compile(r"(?:[a-z0-9]{2,8}[:-])?[0-9a-fA-F-]{1,128}")
_SAYS = re.compile(
    r"card|phone|tel|mobile|fax|key|token|secret|passw|pwd|pass|auth|credential", re.IGNORECASE
)
_NOT_SAID = re.compile(r"(?:hash|count|id|digest|sum|author)s?$", re.IGNORECASE)
_NUMBERS = re.compile(r"card|phone|tel|mobile|fax", re.IGNORECASE)
_TOLD_ID = r"@|[A-Za-z0-9_-]{20}"
"""What an id that may be searched holds: most are numbers."""

ORIGINS = ("source", "drop", "file")
"""Columns that say where a record comes from; many records have one value of them."""
_ENDINGS = re.compile(
    r"\.(?:jsonl?|ndjson|csv|tsv|parquet|arrow|feather|txt|md|snappy|gz|zst|bz2|xz|zip)\b", re.IGNORECASE
)
"""Ends of names of files, behind which an address ends."""
_TELLING = re.compile(r"[0-9@＠]|\b(?i:at)\b|[A-Za-z_-]{20}|(?i:pass|pwd|secret|token|key|auth)")
"""What a name that may be searched holds: a sign of an address, a run that may be a token of letters, or
a word for a secret."""
_TOLD_KEY = re.compile(r"@|(?=[a-z_-]*[A-Z0-9])[A-Za-z0-9_-]{16}")
"""What a key holds that is searched itself, whatever its value is: most are words in small letters."""


def texts_beside(records: pl.DataFrame) -> pl.DataFrame:
    """Return `id` and `text`, one line a key and its value, of the records that hold something beside.

    Parameters
    ----------
    records
        Frame with `id`, and any of `metadata` and `row_id`.
    """
    given = _given(records)
    texts = [_lines(metadata, row_id) for metadata, row_id in given.select("metadata", "row_id").iter_rows()]
    found = pl.DataFrame({"id": given["id"], "text": _shown(pl.Series(texts, dtype=pl.String))})
    return found.filter(pl.col("text") != "")


def origins(records: pl.DataFrame) -> pl.DataFrame:
    """Return `column`, `value` and `text` of each different value of the columns of `ORIGINS`, as it shows.

    Parameters
    ----------
    records
        Frame that has any of these columns.
    """
    rows = []
    for column in filter(records.columns.__contains__, ORIGINS):
        for value in records[column].unique().drop_nulls().sort():
            if _TELLING.search(value):
                named = _ENDINGS.sub(" ", value) if column == "file" else value
                rows.append((column, value, revealed(f'"{column}": "{named}"')))
    return pl.DataFrame(rows, schema=dict.fromkeys(("column", "value", "text"), pl.String), orient="row")


def _shown(texts: pl.Series) -> pl.Series:
    """Return texts as they show, without disguise."""
    hidden = with_disguise(texts)
    return texts.scatter(hidden, [revealed(text) for text in texts.gather(hidden)]) if hidden else texts


def records_beside(records: pl.DataFrame) -> pl.DataFrame:
    """Return the metadata as records of their own, with the ids of theirs and each text in it a turn.

    Only metadata with letters that are no id is there.

    Parameters
    ----------
    records
        Records in `entropy_assets.records.SCHEMA`.
    """
    given = records.filter(pl.col("metadata").is_not_null()).select("id", "metadata")
    rows = []
    for record_id, metadata in given.iter_rows():
        said = [unescaped(value) for _, value in _leaves(_parsed(metadata)) if isinstance(value, str)]
        said = [text for text in said if not _ID.fullmatch(text) and not text.isspace()]
        if said:
            turns = [{"role": "user", "content": text} for text in said]
            rows.append({"id": record_id, "kind": "chat", "messages": turns})
    return pl.DataFrame(rows, schema=SCHEMA)


def _given(records: pl.DataFrame) -> pl.DataFrame:
    missing = [name for name in ("metadata", "row_id") if name not in records.columns]
    named = records.with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in missing)
    row_id = pl.when(pl.col("row_id").str.contains(_TOLD_ID)).then("row_id")
    given = named.select("id", "metadata", row_id.alias("row_id"))
    return given.filter(pl.any_horizontal(pl.col("metadata", "row_id").is_not_null()))


def _lines(metadata: str | None, row_id: str | None) -> str:
    leaves = [] if metadata is None else [*_leaves(_parsed(metadata))]
    if row_id is not None:
        leaves.append(("id", row_id))
    lines = []
    for key, value in leaves:
        if value is not None and _is_said(key, value):
            lines.append(f'"{key}": "{value}"')
        elif _TOLD_KEY.search(key):
            lines.append(f'"{key}": ""')
    return "\n".join(lines)


def _is_said(key: str, value: Any) -> bool:
    """Return whether a value may say something: a text that is no id, or an id under a telling key."""
    if isinstance(value, str) and not _ID.fullmatch(value):
        return True
    if "@" in key:
        return True
    telling = _NUMBERS if not isinstance(value, str) or value.isdigit() else _SAYS
    return bool(telling.search(key)) and not _NOT_SAID.search(key)


def _parsed(metadata: str) -> Any:
    """Return what JSON says; what is none, as it stands."""
    try:
        return orjson.loads(metadata)
    except orjson.JSONDecodeError:
        return metadata


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the texts and numbers of a JSON value with their nearest keys; None for a key without any."""
    if isinstance(value, dict):
        for name, inner in value.items():
            leaves = [*_leaves(inner, name)]
            yield from leaves
            if not leaves or leaves[0][0] != name:
                yield name, None
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, key)
    elif value is not None and not isinstance(value, bool):
        yield key, value
