"""Rows -> pieces that are parsed apart, on several processes where there are many, and back in order.

Rows are cut from the bytes in one process, since where a row begins depends on all that is before it, and
since that costs little. A piece is a run of rows and always the same run, whatever the number of workers.
"""

import contextlib
import gc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from entropy_assets.curation.ingest.batches import Batch, Ingested, Note, joined
from entropy_assets.curation.ingest.origins import Origin
from entropy_assets.curation.ingest.rows import Lines, Row, Told
from entropy_assets.execution import START_SECONDS, processes

PIECE_ROWS = 4_000
PIECE_BYTES = 1 << 22
BATCH_BYTES = 1 << 28
"""Bytes of rows after which a batch ends, however few they are: each takes several times that here."""

SMALL_PIECES = 6
"""So many pieces are read in this process: reading them costs what starting others does."""


Part = Row | Lines | Told | None
"""What readers give: one row, a run of lines, what is told, or None for a blank line that is in no run."""


@dataclass
class Piece:
    """Rows in their order, as (file, its rows) for each run of rows of one file, and how it ends."""

    drop: str
    max_depth: int
    runs: list[tuple[Origin, list[Row] | Lines]] = field(default_factory=list)
    blank_lines: int = 0
    ends_batch: bool = False
    told: list[Note] = field(default_factory=list)
    n_rows: int = field(default=0, compare=False)
    n_bytes: int = field(default=0, compare=False)

    def add(self, row: Row, file: Origin) -> None:
        """Put a row at the end."""
        if not self.runs or self.runs[-1][0] != file or isinstance(self.runs[-1][1], Lines):
            self.runs.append((file, []))
        self.runs[-1][1].append(row)  # type: ignore[union-attr]
        self.n_rows += 1
        self.n_bytes += max(len(row.raw), row.size)

    def add_lines(self, lines: Lines, file: Origin) -> None:
        """Put a run of lines, none of which is blank, at the end."""
        self.runs.append((file, lines))
        self.n_rows += len(lines.raws)
        self.n_bytes += lines.end - lines.offset

    def __reduce__(self) -> tuple[Any, ...]:
        # Columns of plain values take half the time that rows, which are objects of a class, take.
        columns = [
            (file, rows if isinstance(rows, Lines) else tuple(zip(*rows, strict=True)))
            for file, rows in self.runs
        ]
        facts = (self.drop, self.max_depth, columns, self.blank_lines, self.ends_batch, self.told)
        return _from_columns, facts


def _from_columns(
    drop: str,
    max_depth: int,
    columns: list[tuple[Origin, Any]],
    blank_lines: int,
    ends_batch: bool,
    told: list[Note],
) -> Piece:
    runs = [(file, rows if isinstance(rows, Lines) else list(map(Row, *rows))) for file, rows in columns]
    return Piece(drop, max_depth, runs, blank_lines, ends_batch, told)


def read_rows(
    parts: Iterable[tuple[Origin, Part]],
    drop: str,
    max_depth: int,
    batch_rows: int | None = None,
    workers: int = 1,
) -> Iterator[Ingested]:
    """Yield the rows of a drop in batches.

    Parameters
    ----------
    parts
        (what the file's place says, what its reader gave).
    drop
        Name of the drop, written beside each row.
    max_depth
        Levels of objects and lists in a row, at most.
    batch_rows
        Rows of each batch but the last, 1 or more, or fewer where they have many bytes (`BATCH_BYTES`);
        None for one batch of all.
    workers
        Processes that parse rows, 1 or more; batches do not depend on it.

    Yields
    ------
    Ingested
        One batch; at least one, also where there are no rows.
    """
    read: list[Ingested] = []
    n_batches = 0
    pieces = _pieces(parts, drop, max_depth, batch_rows)
    with processes(workers) as executor:
        for part, ends_batch in executor.map(read_piece, pieces, cost=START_SECONDS / SMALL_PIECES):
            read.append(part)
            if ends_batch:
                yield joined(read)
                n_batches += 1
                read = []
    if read or not n_batches:
        yield joined(read or [Batch(drop, max_depth).close(0)])


def read_piece(piece: Piece) -> tuple[Ingested, bool]:
    """Return what the rows of a piece become, and whether it is the last of its batch."""
    batch = Batch(piece.drop, piece.max_depth)
    with _no_search_for_cycles():
        for file, rows in piece.runs:
            batch.add(rows.rows() if isinstance(rows, Lines) else rows, file)
        return batch.close(piece.blank_lines, piece.told), piece.ends_batch


@contextlib.contextmanager
def _no_search_for_cycles() -> Iterator[None]:
    """Let Python not look for cycles of objects meanwhile: rows have none, and thousands wait in a piece."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _pieces(
    parts: Iterable[tuple[Origin, Part]], drop: str, max_depth: int, batch_rows: int | None
) -> Iterator[Piece]:
    """Yield rows in pieces, none of which goes over the end of a batch."""
    piece = Piece(drop, max_depth)
    n_left = batch_rows
    n_before = 0  # bytes of the batch in pieces before
    for file, part in _without_blanks(parts):
        if isinstance(part, Told):
            piece.told.append(Note(file.file, *part))
            continue
        rest = part
        if rest is None:
            piece.blank_lines += 1
        while rest is not None:
            if isinstance(rest, Lines):
                n_free = PIECE_ROWS if n_left is None else min(PIECE_ROWS, n_left)
                lines, rest = rest.cut(n_free - piece.n_rows)
                piece.add_lines(lines, file)
            else:
                piece.add(rest, file)
                rest = None
            is_full = n_left is not None and n_before + piece.n_bytes >= BATCH_BYTES
            piece.ends_batch = piece.n_rows == n_left or is_full
            if piece.ends_batch or piece.n_rows == PIECE_ROWS or piece.n_bytes >= PIECE_BYTES:
                yield piece
                if n_left is not None:
                    n_left = batch_rows if piece.ends_batch else n_left - piece.n_rows
                n_before = 0 if piece.ends_batch else n_before + piece.n_bytes
                piece = Piece(drop, max_depth)
    if piece.n_rows or piece.blank_lines or piece.told:
        yield piece


def _without_blanks(parts: Iterable[tuple[Origin, Part]]) -> Iterator[tuple[Origin, Part]]:
    """Yield the parts, with runs that hold blank lines taken apart."""
    for file, part in parts:
        if isinstance(part, Lines) and part.n_blank():
            for row in part.rows():
                yield file, row
        else:
            yield file, part
