"""Contradictions: one question that several records answer otherwise.

They are no copies, and both stay: which answer is right, dedup cannot know. They are counted, so that who
delivers them may look.

What belongs here: the count. What does not: what a question is (`marked.prompt_hash`).
"""

import numpy as np
import polars as pl


def questions(prompts: np.ndarray) -> pl.Series:
    """Return the distinct questions among hashes of prompts, of which 0 is none."""
    return pl.Series("prompt", np.unique(prompts[prompts != 0]), dtype=pl.UInt64)


def n_contradictory(prompts: np.ndarray, in_pool: pl.Series) -> int:
    """Return how many of the records that stay answer a question that another one answers otherwise.

    Parameters
    ----------
    prompts
        (n,) uint64, hash of the prompt of each record that stays; see `Sketch.prompts`.
    in_pool
        Those of the questions that a record of the pool answers too. What stays is no copy of any.

    >>> n_contradictory(np.array([3, 3, 4, 5, 0, 0], np.uint64), pl.Series([5], dtype=pl.UInt64))
    3
    """
    asked = pl.Series(prompts[prompts != 0], dtype=pl.UInt64)
    return int((asked.is_duplicated() | asked.is_in(in_pool.implode())).sum())
