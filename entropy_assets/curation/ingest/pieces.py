"""Rows -> pieces that are parsed apart, on several processes where there are many, and back in order.

Rows are cut from the bytes in one process, since where a row begins depends on all that is before it, and
since that costs little. A piece is a run of rows and always the same run, whatever the number of workers.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from entropy_assets.curation.ingest.batches import Batch, Ingested, joined
from entropy_assets.curation.ingest.rows import Row
from entropy_assets.shards import iter_mapped

PIECE_ROWS = 2_000
PIECE_BYTES = 1 << 22
SMALL_PIECES = 12
"""So many pieces are read in this process: starting others would take longer."""


@dataclass
class Piece:
    """Rows in their order, as (file, its rows) for each run of rows of one file, and how it ends."""

    drop: str
    max_depth: int
    runs: list[tuple[str, list[Row]]] = field(default_factory=list)
    blank_lines: int = 0
    ends_batch: bool = False

    def add(self, row: Row, file: str) -> None:
        """Put a row at the end."""
        if not self.runs or self.runs[-1][0] != file:
            self.runs.append((file, []))
        self.runs[-1][1].append(row)

    def __reduce__(self) -> tuple[Any, ...]:
        # Columns of plain values take half the time that rows, which are objects of a class, take.
        columns = [(file, tuple(zip(*rows, strict=True))) for file, rows in self.runs]
        return _from_columns, (self.drop, self.max_depth, columns, self.blank_lines, self.ends_batch)


def _from_columns(
    drop: str, max_depth: int, columns: list[tuple[str, Any]], blank_lines: int, ends_batch: bool
) -> Piece:
    runs = [(file, list(map(Row, *rows))) for file, rows in columns]
    return Piece(drop, max_depth, runs, blank_lines, ends_batch)


def read_rows(
    rows: Iterable[tuple[str, Row | None]],
    drop: str,
    max_depth: int,
    batch_rows: int | None = None,
    workers: int = 1,
) -> Iterator[Ingested]:
    """Yield the rows of a drop in batches.

    Parameters
    ----------
    rows
        (file, row), or (file, None) for a blank line.
    drop
        Name of the drop, written beside each row.
    max_depth
        Levels of objects and lists in a row, at most.
    batch_rows
        Rows of each batch but the last, 1 or more; None for one batch of all.
    workers
        Processes that parse rows, 1 or more; batches do not depend on it.

    Yields
    ------
    Ingested
        One batch; at least one, also where there are no rows.
    """
    parts: list[Ingested] = []
    n_batches = 0
    pieces = _pieces(rows, drop, max_depth, batch_rows)
    for part, ends_batch in iter_mapped(read_piece, pieces, workers, n_small=SMALL_PIECES):
        parts.append(part)
        if ends_batch:
            yield joined(parts)
            n_batches += 1
            parts = []
    if parts or not n_batches:
        yield joined(parts or [Batch(drop, max_depth).close(0)])


def read_piece(piece: Piece) -> tuple[Ingested, bool]:
    """Return what the rows of a piece become, and whether it is the last of its batch."""
    batch = Batch(piece.drop, piece.max_depth)
    for file, rows in piece.runs:
        batch.add(rows, file)
    return batch.close(piece.blank_lines), piece.ends_batch


def _pieces(
    rows: Iterable[tuple[str, Row | None]], drop: str, max_depth: int, batch_rows: int | None
) -> Iterator[Piece]:
    """Yield rows in pieces, none of which goes over the end of a batch."""
    piece = Piece(drop, max_depth)
    n_rows = n_bytes = 0
    n_left = batch_rows
    for file, row in rows:
        if row is None:
            piece.blank_lines += 1
            continue
        piece.add(row, file)
        n_rows += 1
        n_bytes += len(row.raw)
        piece.ends_batch = n_rows == n_left
        if piece.ends_batch or n_rows == PIECE_ROWS or n_bytes >= PIECE_BYTES:
            yield piece
            if n_left is not None:
                n_left = batch_rows if piece.ends_batch else n_left - n_rows
            piece = Piece(drop, max_depth)
            n_rows = n_bytes = 0
    if n_rows or piece.blank_lines:
        yield piece
