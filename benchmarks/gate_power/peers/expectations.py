"""Expectations of columns taken from the parent's quantiles, in the manner of Great Expectations.

The idea and not the package: `expect_column_values_to_be_between` with the pool's 0.5 and 99.5 % quantiles
and `mostly`, for lengths and shares of kinds of characters; `..._to_not_be_null`, `..._to_be_unique`. The
package says yes or no, and a table of catches at equal false holds needs how far a column is off.

What belongs here: columns and their quantiles. What does not: rules that know texts (`quality`).
"""

import numpy as np
import polars as pl

from benchmarks.gate_power.peers.contract import Batch, Found, Look, Measure, worst

TAIL = 0.005

_KINDS = {
    "letters": r"\p{L}", "capitals": r"\p{Lu}", "digits": r"\p{N}", "marks": r"[\p{P}\p{S}]", "spaces": r"\s",
    "newlines": r"\n", "beyond ASCII": r"[^\x00-\x7f]", "controls": r"[\x00-\x08\x0b-\x1f\x7f\ufffd]",
}  # fmt: skip


def fit_expectations(pool: Batch) -> Look:
    """Return the expectation that fails most: share of rows outside, beyond the pool's own share.

    It points at the rows that do not meet that one.
    """
    known = _columns(pool)
    known_odd = _odd(pool)

    def look(drop: Batch) -> Measure:
        columns, odd = _columns(drop), _odd(drop)

        def measure(own: np.ndarray, beside: np.ndarray) -> Found:
            low, high = np.quantile(known[beside], [TAIL, 1 - TAIL], axis=0)
            flags, usual = (
                np.column_stack([rows < low, rows > high]) for rows in (columns[own], known[beside])
            )
            return worst(np.column_stack([flags, odd[own]]), np.column_stack([usual, known_odd[beside]]), own)

        return measure

    return look


def _columns(batch: Batch) -> np.ndarray:
    """Return (n, c) lengths, and shares of kinds of characters, of questions and answers."""
    found = []
    for values in (batch.questions, batch.answers):
        text = pl.Series("text", values, dtype=pl.String).to_frame().lazy()
        size = pl.col("text").str.len_chars()
        shares = [
            (pl.col("text").str.count_matches(kind) / pl.max_horizontal(size, 1)).alias(name)
            for name, kind in _KINDS.items()
        ]
        lengths = [
            size.alias("size"),
            pl.col("text").str.count_matches(r"\S+").alias("words"),
            pl.col("text").str.count_matches(r"\n").alias("lines"),
        ]
        found.append(text.select(*lengths, *shares).collect().to_numpy().astype(float))
    return np.hstack(found)


def _odd(batch: Batch) -> np.ndarray:
    """Return (n, 4) bool: an empty question, an empty answer, one of each that another row has too."""
    found = []
    for values in (batch.questions, batch.answers):
        own = pl.Series(values, dtype=pl.String)
        found += [own.str.strip_chars().eq("").to_numpy(), own.is_duplicated().to_numpy()]
    return np.column_stack(found)
