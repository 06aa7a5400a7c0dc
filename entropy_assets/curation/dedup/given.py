"""What dedup is given: new records, wherever they lie, and what is known of the pool.

What belongs here: how records are asked for. What does not: what is asked of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from entropy_assets.curation.dedup.marked import marked_texts
from entropy_assets.curation.dedup.pairs import INDEX_COLUMNS
from entropy_assets.curation.dedup.sketching import band_names, signatures
from entropy_assets.settings import DedupSettings
from entropy_assets.texts import utf8

KEYS = (*INDEX_COLUMNS, "source")
"""What is held of every new record beside its signature."""

REST = ("source", "language", "metadata")
"""What decides between records of one content at one place."""


def signature_schema(params: DedupSettings) -> pl.Schema:
    """Return the columns of a frame of signatures."""
    return pl.Schema(
        {"id": pl.String, "normalised": pl.UInt64, "prompt": pl.UInt64}
        | dict.fromkeys(band_names(params), pl.UInt64)
    )


@dataclass(frozen=True)
class Known:
    """The pool, as far as dedup must know it.

    Parameters
    ----------
    signatures
        What `signatures` returns, and `INDEX_COLUMNS`, one row a record, in any order.
    texts
        Ids -> the `marked_texts` by id; asked for records that may be copies, one thread at a time.
    """

    signatures: pl.DataFrame
    texts: Callable[[list[str]], dict[str, str]]

    @classmethod
    def of(cls, records: pl.DataFrame, params: DedupSettings, workers: int = 1) -> "Known":
        """Return records in memory as a pool."""
        frame = signatures(records, params, workers).drop("id")

        def texts(ids: list[str]) -> dict[str, str]:
            found = records.filter(pl.col("id").is_in(ids))
            return dict(zip(found["id"], marked_texts(found), strict=True))

        return cls(pl.concat([records.select(INDEX_COLUMNS), frame], how="horizontal"), texts)


class Given(Protocol):
    """n new records in the order in which they came, wherever they lie."""

    @property
    def keys(self) -> pl.DataFrame:
        """The columns `KEYS`, one row a record."""
        ...

    def texts(self, rows: np.ndarray) -> Sequence[bytes]:
        """Return the marked texts of the records at `rows` in UTF-8; called from several threads."""
        ...

    def take(self, rows: np.ndarray) -> pl.DataFrame:
        """Return the few records at `rows`, in their order."""
        ...


@dataclass(frozen=True)
class InMemory:
    """New records as a frame."""

    records: pl.DataFrame

    @property
    def keys(self) -> pl.DataFrame:
        """See `Given`."""
        return self.records.select(KEYS)

    def texts(self, rows: np.ndarray) -> Sequence[bytes]:
        """See `Given`."""
        return utf8(marked_texts(self.records[rows]))

    def take(self, rows: np.ndarray) -> pl.DataFrame:
        """See `Given`."""
        return self.records[rows]
