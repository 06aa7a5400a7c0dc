"""The pool of a candidate: its live records in one canonical order, and their split.

The order is that of the content ids, so neither the names of drops nor the order of their rows can
change what is selected or measured. The validation split is frozen by construction: a record is in it
or not by its content alone, in every version.

What belongs here: order, split, and who is left out of training. What does not: which records a
selector picks.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from entropy_assets.ngrams import Runs
from entropy_assets.settings import PoolSettings
from entropy_assets.storage import digest_value

TRAIN, VALIDATION, LEFT_OUT = "train", "validation", "overlaps_validation"

SPLIT_SCHEMA = pl.Schema({"id": pl.String, "split": pl.String, "overlaps_with": pl.String})
"""One row a record of the pool; `overlaps_with` names the validation record a left-out one touches."""


@dataclass(frozen=True)
class Pool:
    """Records of a candidate with their split.

    Parameters
    ----------
    records
        All records, sorted by id.
    split
        Rows of `SPLIT_SCHEMA`, aligned with `records`.
    """

    records: pl.DataFrame
    split: pl.DataFrame

    @property
    def digest(self) -> str:
        """Digest of the ids and their split: equal pools, equal digest, whatever the drops are called."""
        return split_digest(self.split)

    def part(self, split: str) -> pl.DataFrame:
        """Return the records of one split, sorted by id."""
        return self.records.filter(self.split["split"] == split)


def split_digest(split: pl.DataFrame) -> str:
    """Return the digest of a pool whose split is `split`, rows of `SPLIT_SCHEMA` sorted by id."""
    return digest_value([split["id"].to_list(), split["split"].to_list()])


def is_validation(record_id: str, share: float) -> bool:
    """Return whether a record belongs to the validation split, by its id alone.

    >>> is_validation("00" * 16, 0.05), is_validation("ff" * 16, 0.05)
    (True, False)
    """
    return int(record_id[:8], 16) < share * 2**32


def assemble(records: pl.DataFrame, settings: PoolSettings) -> Pool:
    """Return the pool made of `records`, each id once.

    Training records that share a run of `overlap_words` tokens, or the whole of a shorter turn, with a
    validation record are left out of training and keep the id of a validation record that they touch; see
    `entropy_assets.ngrams.Runs`. Rejected answers are compared as well. Nothing is excused as boilerplate,
    so adding records never brings a left-out one back.
    """
    records = records.sort("id")
    ids = records["id"].to_numpy()
    validation = np.array([is_validation(i, settings.validation_share) for i in ids], dtype=bool)
    exams, lessons = np.flatnonzero(validation), np.flatnonzero(~validation)
    met = Runs(records[exams], settings.overlap_words).first_met(records[lessons])
    split = np.where(validation, VALIDATION, TRAIN).astype(object)
    overlaps = np.full(len(ids), None, object)
    split[lessons[met >= 0]] = LEFT_OUT
    overlaps[lessons[met >= 0]] = ids[exams[met[met >= 0]]]
    table = {"id": records["id"], "split": split.tolist(), "overlaps_with": overlaps.tolist()}
    return Pool(records=records, split=pl.DataFrame(table, schema=SPLIT_SCHEMA))
