"""Rows -> frames of records and quarantine, with the count that proves that none was lost."""

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, NamedTuple

import polars as pl

from entropy_assets import records
from entropy_assets.curation.ingest.fitting import ALL_MARKS, fits_of
from entropy_assets.curation.ingest.keys import counted_keys, joined_keys, keys_in
from entropy_assets.curation.ingest.layouts import to_content, without_nan
from entropy_assets.curation.ingest.leftovers import TAKEN, names_no_language, to_json
from entropy_assets.curation.ingest.missing import NOTHING_WORDS
from entropy_assets.curation.ingest.objects import parse_fast, parse_strictly
from entropy_assets.curation.ingest.origins import Origin
from entropy_assets.curation.ingest.prompts import are_turns
from entropy_assets.curation.ingest.reasons import INCOMPLETE, Fault, Refused
from entropy_assets.curation.ingest.roles import has_answer
from entropy_assets.curation.ingest.rows import MAX_RAW_BYTES, Row
from entropy_assets.curation.ingest.structure import MAX_DEPTH
from entropy_assets.errors import CurationError

QUARANTINE_SCHEMA = pl.Schema(
    {
        "drop": pl.String,
        "file": pl.String,
        "line": pl.Int64,
        "byte_offset": pl.Int64,
        "reason": pl.String,
        "detail": pl.String,
        "raw": pl.Binary,
    }
)
"""Columns of the quarantine. `line` counts rows from 1, in CSV and text lines; `byte_offset` is the place
of the row's first byte in the decompressed stream, null for Parquet; `raw` is the row's bytes, at most
`MAX_RAW_BYTES`."""

_MAX_DETAIL_CHARS = 500
_NO_ID = "rows have an id that is none, as a text or a finite number would be: it stays in their metadata"
_NOTHING = (
    "rows have a question, an answer or a text that is {} and nothing else, and are read: where it stands "
    "for a missing one, leave them out"
)
_EMPTY_INPUT = "rows have an input that says there is none, as nan does: it is read as empty"
_MAX_WORD = 16
_NO_LANGUAGE = "rows name a language that is none we know: it stays in their metadata"
_NO_ANSWER = "rows have no turn of an assistant: nothing of them is trained on"
_UNREAD = (
    "rows hold text under {}, which no layout reads: it stays in their metadata, and records that differ in "
    "nothing else are copies"
)
_MAX_TOLD = 50
_MAX_SHOWN_CHARS = 60

# Each step over so many rows, and then the next: a fifth faster than all steps for each row. The rows
# still lie in the processor's cache.
_BLOCK_ROWS = 256


class Note(NamedTuple):
    """What people are told of one file: a sentence, and how many it counts, 0 where it counts nothing."""

    file: str
    what: str
    n: int = 0

    def __str__(self) -> str:
        return f"{self.file}: {f'{self.n:,} ' if self.n else ''}{self.what}"


@dataclass(frozen=True)
class Ingested:
    """Records and quarantine of a file, a drop, or a part of one.

    Attributes
    ----------
    records
        Rows that became records, in file order; schema `records.SCHEMA`.
    quarantined
        Rows that did not, in file order; schema `QUARANTINE_SCHEMA`.
    rows_in
        Rows that were found: lines that are not blank, array elements, rows of CSV and Parquet, texts, and
        one for each whole-file problem.
    blank_lines
        Lines with nothing but white space; they are no rows.
    complete
        False when a stream was cut, a file could not be read, or is a pointer to data left elsewhere.
    told
        What else people are told, of files that were passed over and of columns that could not be read.
    metadata_keys
        Key of a row that went to the metadata -> rows.
    keys_met
        Keys that the drop declares something of, and that a row or a turn has.
    """

    records: pl.DataFrame
    quarantined: pl.DataFrame
    rows_in: int
    blank_lines: int
    complete: bool
    told: tuple[Note, ...] = ()
    metadata_keys: Mapping[str, int] = field(default_factory=dict)
    keys_met: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.rows_in != self.records.height + self.quarantined.height:
            raise CurationError(
                f"rows were lost: {self.rows_in} came in, {self.records.height} became records and "
                f"{self.quarantined.height} are in quarantine; please report this as a bug"
            )


def joined(parts: Sequence[Ingested]) -> Ingested:
    """Return one or more parts, in their order, as one."""
    if len(parts) == 1:
        return parts[0]
    return Ingested(
        records=pl.concat([part.records for part in parts]),
        quarantined=pl.concat([part.quarantined for part in parts]),
        rows_in=sum(part.rows_in for part in parts),
        blank_lines=sum(part.blank_lines for part in parts),
        complete=all(part.complete for part in parts),
        told=joined_notes(note for part in parts for note in part.told),
        metadata_keys=joined_keys(part.metadata_keys for part in parts),
        keys_met=frozenset().union(*(part.keys_met for part in parts)),
    )


def joined_notes(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return notes in their order; those that say the same of one file are one, with their counts' sum."""
    found: dict[tuple[str, str], int] = {}
    for note in notes:
        found[note.file, note.what] = found.get((note.file, note.what), 0) + note.n
    return tuple(Note(file, what, n) for (file, what), n in found.items())


@dataclass
class Batch:
    """Columns being filled; frames are made once, when the batch is closed."""

    drop: str
    max_depth: int = MAX_DEPTH
    rows_in: int = 0
    complete: bool = True
    records: list[dict[str, Any]] = field(default_factory=list)
    quarantined: list[tuple[Any, ...]] = field(default_factory=list)
    unused: Counter[tuple[str, str]] = field(default_factory=Counter)
    kept: Counter[tuple[str, ...]] = field(default_factory=Counter)
    met: set[str] = field(default_factory=set)

    def add(self, rows: Iterable[Row | None], origin: Origin) -> None:
        """Count rows of one file and put each where it belongs."""
        found = filter(None, rows)
        while block := list(islice(found, _BLOCK_ROWS)):
            self._add_block(block, origin)

    def _add_block(self, rows: list[Row], origin: Origin) -> None:
        file, is_given = origin.file, origin.language is not None
        own = origin.declared.keys()
        ids = [key for key in TAKEN[0] if key not in own]
        values = [_value(row, self.max_depth) for row in rows]
        if own - self.met:
            self.met.update(keys_in(values, own - self.met))
        unread: Counter[str] = Counter()
        contents = [_content(value, origin, self.kept, unread) for value in values]
        for key, n in unread.items():
            self._tell_unread(file, key, n)
        own_ids = [
            None if isinstance(content, Fault) else records.content_id(content) for content in contents
        ]
        for row, value, content, content_id in zip(rows, values, contents, own_ids, strict=True):
            if isinstance(content, Fault):
                self._quarantine(row, file, content)
            else:
                turns = content.get("messages")
                if turns and turns[-1]["role"] != "assistant" and not has_answer(turns):
                    self.unused[file, _NO_ANSWER] += 1
                self._tell_nothing(file, value, content)
                if content["row_id"] is None and _holds(value, ids):
                    self.unused[file, _NO_ID] += 1
                is_unsaid = content["language"] is None or is_given
                if is_unsaid and names_no_language(value) and own.isdisjoint(TAKEN[2]):
                    self.unused[file, _NO_LANGUAGE] += 1
                content["id"] = content_id
                content["file"] = file
                content["line"] = row.line
                self.records.append(content)
        self.rows_in += len(rows)

    def _tell_nothing(self, file: str, value: Any, content: Mapping[str, Any]) -> None:
        """Count a row whose answer or text is a word for no value, and one whose input was read as empty."""
        if content["kind"] == "chat":
            said = [turn["content"] for turn in content["messages"][-2:]]
        elif content["kind"] == "text":
            said = [content["text"]]
        else:
            said = [turns[-1]["content"] for turns in (content["chosen"], content["rejected"])]
        found = {text.strip() for text in said if len(text) <= _MAX_WORD} & NOTHING_WORDS
        for word in found:
            self.unused[file, _NOTHING.format(repr(word))] += 1
        given = value.get("input")
        if content["kind"] == "text" or type(given) is not str or len(given) > _MAX_WORD:
            return
        if given.strip() in NOTHING_WORDS - found:
            self.unused[file, _EMPTY_INPUT] += 1

    def _tell_unread(self, file: str, key: str, n: int) -> None:
        name = key if len(key) <= _MAX_SHOWN_CHARS else f"{key[:_MAX_SHOWN_CHARS]}..."
        about = (file, _UNREAD.format(repr(name)))
        if about not in self.unused and len(self.unused) >= _MAX_TOLD:
            about = (file, _UNREAD.format("other keys"))
        self.unused[about] += n

    def _quarantine(self, row: Row, file: str, fault: Fault) -> None:
        is_table = row.offset is None and row.value is not None
        raw = to_json(row.value).encode() if is_table else row.raw
        detail = fault.detail.encode("utf-8", "backslashreplace").decode()
        if len(detail) > _MAX_DETAIL_CHARS:
            detail = f"{detail[:_MAX_DETAIL_CHARS]}..."
        if len(raw) > MAX_RAW_BYTES:
            detail += f" (raw holds the first {MAX_RAW_BYTES} of {len(raw)} bytes)"
        self.complete = self.complete and fault.reason not in INCOMPLETE
        place = (self.drop, file, row.line, row.offset)
        self.quarantined.append((*place, str(fault.reason), detail, raw[:MAX_RAW_BYTES]))

    def close(self, blank_lines: int, told: Iterable[Note] = ()) -> Ingested:
        """Return what was added, beside the number of blank lines and what is told of files."""
        return Ingested(
            records=_to_frame(self.records, self.drop),
            quarantined=pl.DataFrame(self.quarantined, schema=QUARANTINE_SCHEMA, orient="row"),
            rows_in=self.rows_in,
            blank_lines=blank_lines,
            complete=self.complete,
            told=joined_notes([*told, *(Note(*about, n) for about, n in self.unused.items())]),
            metadata_keys=counted_keys(self.kept),
            keys_met=frozenset(self.met),
        )


def _value(row: Row, max_depth: int) -> Mapping[str, Any] | Fault:
    """Return the object of a row, or why there is none."""
    if row.fault:
        return row.fault
    if row.value is not None:
        return row.value
    try:
        value = parse_fast(row.raw, max_depth)
        return without_nan(parse_strictly(row.raw, max_depth)) if value is None else value
    except Refused as refused:
        return refused.fault


def _content(
    value: Mapping[str, Any] | Fault, origin: Origin, kept: Counter[tuple[str, ...]], unread: Counter[str]
) -> dict[str, Any] | Fault:
    """Return the content of a row's object, or why there is none; count keys of the metadata."""
    if isinstance(value, Fault):
        return value
    declared = origin.declared
    if origin.columns:
        told = {key: said for key, said in origin.columns if not _names(value, key)}
        if (marks := ALL_MARKS.intersection(told)) and not fits_of(ALL_MARKS.intersection(value)):
            if are_turns(value.get("prompt")):  # a folder is no part of an example
                declared = declared._replace(metadata=(*declared.metadata, *sorted(marks)))
            else:
                told = {key: said for key, said in told.items() if key not in marks}
        value = {**told, **value}
    try:
        return to_content(value, origin.source, origin.language, kept, declared, unread)
    except Refused as refused:
        return refused.fault


def _holds(row: Any, keys: Sequence[str]) -> bool:
    return any(row.get(key) is not None for key in keys)


def _names(row: Mapping[str, Any], key: str) -> bool:
    return key in row or (key == "licence" and "license" in row)


def _to_frame(rows: list[dict[str, Any]], drop: str) -> pl.DataFrame:
    """Return records, all of one drop, as a frame of `records.SCHEMA`."""
    columns = []
    for name, dtype in records.SCHEMA.items():
        if name == "drop":
            column = pl.repeat(drop, len(rows), dtype=pl.String, eager=True)
        elif (values := [row.get(name) for row in rows]).count(None) == len(rows):
            column = pl.repeat(None, len(rows), dtype=dtype, eager=True)
        elif isinstance(dtype, pl.List):
            column = _turns_column(values, dtype)
        else:
            column = pl.Series(values, dtype=dtype)
        columns.append(column.alias(name))
    return pl.DataFrame(columns)


def _turns_column(values: list[list[dict[str, Any]] | None], dtype: pl.List) -> pl.Series:
    """Return a column of turns, built flat: 20 times faster than from nested lists. No list is empty."""
    turns = [turn for value in values for turn in value or ()]
    columns = {
        "row": pl.Series([index for index, value in enumerate(values) for _ in value or ()], dtype=pl.Int64)
    }
    names = {"role": None, "content": None}
    for turn in turns:
        if len(turn) > 2:
            names.update(turn)
    for name, kind in dtype.inner.to_schema().items():  # type: ignore[union-attr]
        if name in ("role", "content"):
            columns[name] = pl.Series([turn[name] for turn in turns], dtype=kind)
        elif name in names:
            columns[name] = pl.Series([turn.get(name) for turn in turns], dtype=kind)
    fields = [name for name in columns if name != "row"]
    table = pl.DataFrame(columns)
    lists = table.group_by("row", maintain_order=True).agg(pl.struct(fields).alias("turns"))
    place = itertools.count()
    places = pl.Series([None if value is None else next(place) for value in values], dtype=pl.UInt32)
    # An expression casts by name, and fills in the parts that no turn has.
    return lists.select(pl.col("turns").cast(dtype).gather(places)).to_series()
