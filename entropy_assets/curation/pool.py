"""The pool of a candidate: its live records in one canonical order, and their split.

The order is that of the content ids, so neither the names of drops nor the order of their rows can
change what is selected or measured. The validation split is frozen by construction: a record is in it
or not by its content alone, in every version.

What belongs here: order, split, and who is left out of training. What does not: which records a
selector picks.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import polars as pl

from entropy_assets.fingerprints import SHARED, Fingerprints, sorted_keys
from entropy_assets.frames import in_own_memory
from entropy_assets.ids import digest_of_columns, searched
from entropy_assets.ngrams import Runs
from entropy_assets.records import SCHEMA, text_column
from entropy_assets.settings import PoolSettings

TRAIN, VALIDATION, LEFT_OUT = "train", "validation", "overlaps_validation"

SPLIT_SCHEMA = pl.Schema({"id": pl.String, "split": pl.String, "overlaps_with": pl.String})
"""One row a record of the pool; `overlaps_with` names the validation record a left-out one touches."""

SIZED_SCHEMA = pl.Schema([*SPLIT_SCHEMA.items(), ("bytes", pl.Int64)])
"""The same with the size of each record's text in bytes."""

Frames = Callable[[Sequence[str] | None], Iterator[pl.DataFrame]]
"""Returns the records of a pool in frames, each once, in any order; of the named columns, None for all."""

Prints = Callable[[], Iterator[tuple[pl.Series, Fingerprints]]]
"""Returns ids of records and their fingerprints, some at a time."""

T = TypeVar("T")


class Pool:
    """Records of a candidate with their split.

    Parameters
    ----------
    records
        All records, sorted by id; or frames of them, which are read again wherever they are asked for, so
        that nothing is held.
    split
        Rows of `SPLIT_SCHEMA`, one a record, sorted by id.
    folder
        Where what is made of the pool may lie in files without a name; None for the system's folder.
    grown
        The pool that it has grown from, whose records it holds as they are, and the others, if it has.
    """

    def __init__(
        self,
        records: pl.DataFrame | Frames,
        split: pl.DataFrame,
        folder: Path | None = None,
        grown: "tuple[Pool, Frames] | None" = None,
    ) -> None:
        self.split, self.folder, self.grown = split, folder, grown
        self._records = records
        self._made: dict[str, Any] = {}

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` returns, made once for this pool."""
        if name not in self._made:
            self._made[name] = make()
        found: T = self._made[name]
        return found

    @property
    def digest(self) -> str:
        """Digest of the ids and their split: equal pools, equal digest, whatever the drops are called."""
        return self.once("digest", lambda: split_digest(self.split))

    @property
    def records(self) -> pl.DataFrame:
        """All records, sorted by id: of a pool that is read from its shards they are read for it."""
        if isinstance(self._records, pl.DataFrame):
            return self._records
        return pl.concat(self.frames()).sort("id")

    def frames(
        self, split: str | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[pl.DataFrame]:
        """Yield the records of one split, None for all, in frames; of `columns`, with `id`, None for all."""
        wanted = None if columns is None else list(dict.fromkeys(["id", *columns]))
        if isinstance(self._records, pl.DataFrame):
            found: Iterator[pl.DataFrame] = iter(
                [self._records if wanted is None else self._records.select(wanted)]
            )
        else:
            found = self._records(wanted)
        own = None if split is None else self.split.filter(pl.col("split") == split)["id"]
        for frame in found:
            # Searched: a join would hash all of them for each frame.
            yield frame if own is None else frame.filter(searched(frame["id"], own)[1])

    def part(self, split: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Return the records of one split, sorted by id; of `columns`, with `id`, None for all."""
        return pl.concat(map(in_own_memory, self.frames(split, columns))).sort("id")


def split_digest(split: pl.DataFrame) -> str:
    """Return the digest of a pool whose split is `split`, rows of `SPLIT_SCHEMA` sorted by id."""
    return digest_of_columns([split["id"], split["split"]])


def is_validation(record_id: str, share: float) -> bool:
    """Return whether a record belongs to the validation split, by its id alone.

    >>> is_validation("00" * 16, 0.05), is_validation("ff" * 16, 0.05)
    (True, False)
    """
    return int(record_id[:8], 16) < share * 2**32


def assemble(records: pl.DataFrame, settings: PoolSettings) -> Pool:
    """Return the pool made of `records`, each id once; see `split_of`."""
    records = records.sort("id")
    return Pool(records, split_of(lambda _: iter([records]), settings).select(SPLIT_SCHEMA.names()))


def split_of(frames: Frames, settings: PoolSettings) -> pl.DataFrame:
    """Return the split of a pool's records, each id once: rows of `SIZED_SCHEMA`, sorted by id.

    Training records that share a run of `overlap_words` tokens, or the whole of a shorter turn, with a
    validation record are left out of training and keep the id of a validation record that they touch; see
    `entropy_assets.ngrams.Runs`. Rejected answers are compared as well. Nothing is excused as boilerplate,
    so adding records never brings a left-out one back.

    Parameters
    ----------
    frames
        The records; they are taken twice, and memory holds one frame beside the validation records.
    settings
        Which share is validation, and how long a run is.
    """
    exams = _exams(frames(None), settings)
    return _split_by(exams, frames(None), settings)


@dataclass(frozen=True)
class Part:
    """Some records of a pool.

    Parameters
    ----------
    frames
        The records.
    prints
        Returns their fingerprints; those of other records may be among them.
    """

    frames: Frames
    prints: Prints


def may_grow(settings: PoolSettings) -> bool:
    """Return whether fingerprints tell which records may share a run, so that a split can be made to grow."""
    return settings.overlap_words >= SHARED


def split_grown(before: pl.DataFrame, known: Part, added: Part, settings: PoolSettings) -> pl.DataFrame:
    """Return what `split_of` returns of the records of both parts, where it said `before` of the known ones.

    Of these it looks at those alone that may share a run with a new validation record, and, of the validation
    records among them, at those that may share one with a record that is looked at.

    Parameters
    ----------
    before
        Rows of `SIZED_SCHEMA` of the known records, sorted by id, under the same settings.
    known, added
        The records, each id once in both together.
    settings
        As in `split_of`, of which `may_grow` is true.
    """
    is_exam = before["split"] == VALIDATION
    lessons, exams = before["id"].filter(~is_exam), before["id"].filter(is_exam)
    new_exams = _exams(added.frames(None), settings)
    asked, keys = _met(known, lessons, [Fingerprints.of(new_exams).keys])
    keys += [prints.keys for _, prints in added.prints()]
    held_out, _ = _met(known, exams, keys)
    wanted = pl.concat([asked, held_out]).sort()
    found = [SCHEMA.to_frame()]
    found += [in_own_memory(frame.filter(searched(frame["id"], wanted)[1])) for frame in known.frames(None)]
    looked_at = pl.concat(found)
    exam = _is_exam(looked_at["id"], settings)
    old_exams, asked_again = looked_at.filter(exam), looked_at.filter(~exam)
    all_exams = pl.concat([new_exams, old_exams]).sort("id")
    found_now = _split_by(all_exams, chain([asked_again], added.frames(None)), settings)
    left = before.filter(~searched(before["id"], asked_again["id"].sort())[1])
    return pl.concat([left, found_now]).sort("id")


def _met(part: Part, wanted: pl.Series, keys: Sequence[np.ndarray]) -> tuple[pl.Series, list[np.ndarray]]:
    """Return which of the wanted ids, in order, may share a run with records of some keys; and their keys."""
    sought, ids, found = sorted_keys(keys), [pl.Series("id", dtype=pl.String)], []
    for own, prints in part.prints():
        rows = np.flatnonzero(prints.meet(sought))
        rows = rows[searched(own.gather(rows), wanted)[1]]
        ids.append(own.gather(rows))
        is_met = np.zeros(len(own), bool)
        is_met[rows] = True
        found.append(prints.keys_of(is_met))
    return pl.concat(ids).unique(), found


def _exams(frames: Iterator[pl.DataFrame], settings: PoolSettings) -> pl.DataFrame:
    """Return the validation records of frames, sorted by id."""
    found = [SCHEMA.to_frame()]
    found += [in_own_memory(frame.filter(_is_exam(frame["id"], settings))) for frame in frames]
    return pl.concat(found).sort("id")


def _split_by(exams: pl.DataFrame, frames: Iterator[pl.DataFrame], settings: PoolSettings) -> pl.DataFrame:
    """Return the split of records whose training records touch none but these validation records."""
    runs = Runs(exams, settings.overlap_words)
    exam_ids = exams["id"].to_numpy()
    parts = [SIZED_SCHEMA.to_frame()]
    for frame in frames:
        validation = _is_exam(frame["id"], settings)
        lessons = np.flatnonzero(~validation.to_numpy())
        met = runs.first_met(frame.filter(~validation))
        split = np.where(validation.to_numpy(), VALIDATION, TRAIN).astype(object)
        overlaps = np.full(frame.height, None, object)
        split[lessons[met >= 0]] = LEFT_OUT
        overlaps[lessons[met >= 0]] = exam_ids[met[met >= 0]]
        table = {
            "id": frame["id"],
            "split": split.tolist(),
            "overlaps_with": overlaps.tolist(),
            "bytes": text_column(frame).str.len_bytes().cast(pl.Int64),
        }
        parts.append(pl.DataFrame(table, schema=SIZED_SCHEMA))
    return pl.concat(parts).sort("id")


def _is_exam(ids: pl.Series, settings: PoolSettings) -> pl.Series:
    """Return which ids are of the validation split."""
    first = ids.str.slice(0, 8).str.to_integer(base=16, dtype=pl.Int64)
    return first < settings.validation_share * 2**32
