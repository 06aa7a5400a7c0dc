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

from entropy_assets.records import rendered
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
        return digest_value([self.split["id"].to_list(), self.split["split"].to_list()])

    def part(self, split: str) -> pl.DataFrame:
        """Return the records of one split, sorted by id."""
        return self.records.filter(self.split["split"] == split)


def is_validation(record_id: str, share: float) -> bool:
    """Return whether a record belongs to the validation split, by its id alone.

    >>> is_validation("00" * 16, 0.05), is_validation("ff" * 16, 0.05)
    (True, False)
    """
    return int(record_id[:8], 16) < share * 2**32


def assemble(records: pl.DataFrame, settings: PoolSettings) -> Pool:
    """Return the pool made of `records`, each id once.

    Training records that share a run of `overlap_words` words with a validation record are left out of
    training and keep the id of the first validation record that they touch.
    """
    records = records.sort("id")
    ids = records["id"].to_list()
    words = [text.split() for text in rendered(records)]
    validation = np.array([is_validation(i, settings.validation_share) for i in ids], dtype=bool)
    seen: dict[tuple[str, ...], str] = {}
    for index in np.flatnonzero(validation).tolist():
        for run in _runs(words[index], settings.overlap_words):
            seen.setdefault(run, ids[index])
    split: list[str] = []
    overlaps: list[str | None] = []
    for index, record_words in enumerate(words):
        if validation[index]:
            split.append(VALIDATION)
            overlaps.append(None)
            continue
        runs = _runs(record_words, settings.overlap_words) if seen else ()
        partner = next((seen[run] for run in runs if run in seen), None)
        split.append(TRAIN if partner is None else LEFT_OUT)
        overlaps.append(partner)
    table = pl.DataFrame({"id": ids, "split": split, "overlaps_with": overlaps}, schema=SPLIT_SCHEMA)
    return Pool(records=records, split=table)


def _runs(words: list[str], length: int) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + length]) for i in range(len(words) - length + 1)]
