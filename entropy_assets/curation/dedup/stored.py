"""Stored records: dedup in bounded memory of records that lie on disk.

Memory holds of every record its keys, its signature and what is counted on these, at most `RECORD_BYTES`;
the records themselves, and their texts, lie in temporary files, read in pieces. A drop that fits into one
piece stays in memory and touches no disk.

What belongs here: keeping records until it is decided who stays, and giving those out in order. What does
not: the decision.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import polars as pl

from entropy_assets.curation.dedup.given import KEYS
from entropy_assets.curation.dedup.marked import marked_texts
from entropy_assets.curation.dedup.sketching import Sketch, sketch
from entropy_assets.errors import InvalidParameter
from entropy_assets.records import SCHEMA
from entropy_assets.settings import DedupSettings
from entropy_assets.temporary import temporary_folder
from entropy_assets.texts import StoredTexts, utf8

PIECE_ROWS = 50_000
PIECE_BYTES = 32 << 20
"""Records that are in memory at once: at most so many, and about so many bytes of them."""

BASE_BYTES = 448 << 20
"""Memory of a run without any record: the program, and the pieces that it works on."""

RECORD_BYTES = 1200
"""Memory of a run for each record, whatever its size; found on 400,000 that share twenty templates."""

WORKER_BYTES = 16 << 20
"""Memory of a run for each thread."""


@dataclass(frozen=True)
class Stored:
    """n records in the order in which they came, in pieces; see `given.Given`.

    Parameters
    ----------
    keys
        The columns `KEYS`, one row a record.
    sketch
        Their signatures.
    folder
        Where files may be written while the records are in use.
    pieces
        Parquet files, or one frame.
    ends
        (pieces,) int64, the row behind each piece.
    stored_texts
        The marked texts; None where the one piece is a frame.
    frame_rows
        Records that make a frame of about `PIECE_BYTES`, at most `PIECE_ROWS`; the same for any order.
    """

    keys: pl.DataFrame
    sketch: Sketch
    folder: Path
    pieces: Sequence[Path | pl.DataFrame]
    ends: np.ndarray
    stored_texts: StoredTexts | None
    frame_rows: int

    def texts(self, rows: np.ndarray) -> Sequence[bytes]:
        """Return the marked texts of the records at `rows` in UTF-8, from any thread."""
        if self.stored_texts is None:
            return utf8(marked_texts(self._piece(0)[rows]))
        return self.stored_texts.read(rows)

    def take(self, rows: np.ndarray) -> pl.DataFrame:
        """Return the few records at `rows`, which are held in memory, in their order."""
        return pl.concat([SCHEMA.to_frame(), *self.frames(rows, max(1, len(rows)))])

    def frames(self, rows: np.ndarray, n_rows: int) -> Iterator[pl.DataFrame]:
        """Yield the records at `rows`, in that order, in frames of `n_rows` and a last one.

        Each piece is read once and dealt out to the frames that it has rows of, in files, so time and
        memory do not depend on how rows are mixed.
        """
        if isinstance(self.pieces[0], pl.DataFrame):
            yield from self.pieces[0][rows].iter_slices(n_rows)
            return
        starts = np.append(0, self.ends)
        piece_of = np.searchsorted(self.ends, rows, side="right")
        limits = np.arange(0, len(rows) + n_rows, n_rows)
        parts: list[list[tuple[Path, np.ndarray]]] = [[] for _ in limits[1:]]
        with temporary_folder(self.folder) as folder:
            for number in np.unique(piece_of).tolist():
                places = np.flatnonzero(piece_of == number)
                piece = self._piece(number)
                cuts = np.searchsorted(places, limits)
                for frame in np.flatnonzero(np.diff(cuts)).tolist():
                    own = places[cuts[frame] : cuts[frame + 1]]
                    path = folder / f"{frame}-{number}"
                    _write_quickly(path, piece[rows[own] - starts[number]])
                    parts[frame].append((path, own))
            for dealt in parts:
                yield _read_parts(dealt)

    def _piece(self, number: int) -> pl.DataFrame:
        piece = self.pieces[number]
        return piece if isinstance(piece, pl.DataFrame) else pl.read_parquet(piece)


def _write_quickly(path: Path, frame: pl.DataFrame) -> None:
    frame.write_parquet(path, compression="lz4", statistics=False)


def _read_parts(parts: Sequence[tuple[Path, np.ndarray]]) -> pl.DataFrame:
    """Return the rows of all parts in the order of their places, and delete the parts."""
    frame = pl.concat([pl.read_parquet(path) for path, _ in parts])
    for path, _ in parts:
        path.unlink()
    places = np.concatenate([own for _, own in parts])
    return frame if len(parts) == 1 else frame[np.argsort(places)]


@contextmanager
def stored(frames: Iterable[pl.DataFrame], params: DedupSettings, workers: int = 1) -> Iterator[Stored]:
    """Give records as `Stored`; the files are gone when the block ends.

    Parameters
    ----------
    frames
        Records of `entropy_assets.records.SCHEMA`, taken one frame at a time.
    params
        Shingle, hashes, bands and memory.
    workers
        Threads; the result does not depend on it.

    Raises
    ------
    InvalidParameter
        There are more records than `params.memory_bytes` has room for.
    """
    with temporary_folder() as folder:
        yield _store(frames, params, workers, folder)


def _store(frames: Iterable[pl.DataFrame], params: DedupSettings, workers: int, folder: Path) -> Stored:
    keys, sketches = [SCHEMA.to_frame().select(KEYS)], []
    paths: list[Path] = []
    n_bytes = 0

    def held(frame: pl.DataFrame, *, keep_texts: bool = False) -> pl.DataFrame:
        require_room(sum(one.height for one in keys) + frame.height, params, workers)
        nonlocal n_bytes
        n_bytes += int(frame["metadata"].str.len_bytes().sum())
        keys.append(frame.select(KEYS))
        sketches.append(sketch(frame, params, workers, keep_texts=keep_texts))
        return frame

    def written(frame: pl.DataFrame) -> Iterator[bytes]:
        paths.append(folder / f"{len(paths)}")
        _write_quickly(paths[-1], held(frame))
        yield from utf8(marked_texts(frame))

    cut = _pieces_of(frames)
    first = next(cut, SCHEMA.to_frame())
    second = next(cut, None)
    if second is None:
        frame = held(first, keep_texts=True)
        return Stored(keys[-1], sketches[0], folder, [frame], np.array([frame.height]), None, PIECE_ROWS)
    every = chain([first, second], cut)
    del first, second
    texts = StoredTexts.write(folder / "texts", chain.from_iterable(map(written, every)))
    ends = np.cumsum([one.height for one in keys[1:]])
    whole = Sketch.joined(sketches)
    frame_rows = int(PIECE_BYTES * ends[-1] // max(1, n_bytes + int(whole.sizes.sum())))
    frame_rows = min(PIECE_ROWS, max(1, frame_rows))
    return Stored(pl.concat(keys), whole, folder, paths, ends, texts, frame_rows)


def _pieces_of(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Yield the rows in pieces of at most `PIECE_ROWS` and about `PIECE_BYTES`, small frames joined."""
    waiting: list[pl.DataFrame] = []
    n_rows = n_bytes = 0
    for part in chain.from_iterable(map(_slices, frames)):
        own = int(part.estimated_size())
        if waiting and (n_rows + part.height > PIECE_ROWS or n_bytes + own > PIECE_BYTES):
            yield pl.concat(waiting, rechunk=True)
            waiting, n_rows, n_bytes = [], 0, 0
        waiting.append(part)
        n_rows, n_bytes = n_rows + part.height, n_bytes + own
    if waiting:
        yield pl.concat(waiting, rechunk=True)


def _slices(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    n_parts = max(-(-frame.height // PIECE_ROWS), -(-int(frame.estimated_size()) // PIECE_BYTES), 1)
    return frame.iter_slices(max(1, -(-frame.height // n_parts)))


def require_room(n_records: int, params: DedupSettings, workers: int) -> None:
    """Refuse more records than the memory has room for.

    Raises
    ------
    InvalidParameter
        There are more.
    """
    base = BASE_BYTES + workers * WORKER_BYTES
    wanted = base + n_records * RECORD_BYTES
    if wanted > params.memory_bytes:
        allowed = max(0, params.memory_bytes - base) // RECORD_BYTES
        if not allowed:
            raise InvalidParameter(
                f"{workers} `workers` take {base:,} bytes, `dedup.memory_bytes` is {params.memory_bytes:,}: "
                "lower the one or raise the other"
            )
        raise InvalidParameter(
            f"setting `dedup.memory_bytes` has room for {allowed:,} records, got {n_records:,} or more: "
            f"take them in parts, or set it to at least {wanted:,}"
        )
