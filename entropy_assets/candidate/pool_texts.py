"""The texts of a pool: ids, sizes and strata in memory, the texts themselves in a file.

What belongs here: making them once for a pool. What does not: what is chosen from them or measured on them.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from entropy_assets import records
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.pool import Pool
from entropy_assets.ids import Ids, column_of, searched
from entropy_assets.records import SCHEMA

TEXT_COLUMNS = ("id", "source", "language", *records.CONTENT_FIELDS)
"""What a record's text and stratum follow from."""
_WANTED = [column for column in SCHEMA.names() if column in TEXT_COLUMNS]


def texts_of(pool: Pool, split: str | None = None, *, with_rejected: bool = False) -> Texts:
    """Return the texts of one split of a pool, None for all, sorted by id; they are made once.

    Parameters
    ----------
    pool
        The pool.
    split
        Name of a split.
    with_rejected
        Whether rejected answers are part of the texts.
    """

    def make() -> Texts:
        if split is not None:
            whole = texts_of(pool, with_rejected=with_rejected)
            own = whole.take((pool.split["split"] == split).arg_true().to_numpy())
            return replace(own, ids=Ids(column_of(own.ids).set_sorted()))
        if pool.grown is None:
            return Texts.stored(pool.frames(columns=_WANTED), pool.folder, with_rejected=with_rejected)
        known, added = pool.grown
        before = texts_of(known, with_rejected=with_rejected)
        return Texts.stored(added(_WANTED), pool.folder, before, with_rejected=with_rejected)

    return pool.once(f"texts {split} {with_rejected}", make)


def places_by_drop(pool: Pool, ids: Sequence[str]) -> dict[str, np.ndarray]:
    """Return for each drop the places of its records among some of a pool's: (m,) int64, ascending.

    Parameters
    ----------
    pool
        The pool.
    ids
        Ids of some of its records, in order as `texts_of` has them.
    """
    found: dict[str, list[np.ndarray]] = {}
    known = column_of(ids)
    for frame in pool.frames(columns=["drop"]):
        places, is_there = searched(frame["id"], known)
        placed = frame.select("drop").with_columns(place=places).filter(is_there)
        for (drop,), rows in placed.group_by("drop", maintain_order=True):
            found.setdefault(str(drop), []).append(rows["place"].to_numpy())
    return {drop: np.sort(np.concatenate(places)) for drop, places in sorted(found.items())}
