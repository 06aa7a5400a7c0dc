"""Floods: records that stay and are one template with other fillings.

Each fills in what no other has, so none is a copy of another, and none is removed: a template may be what a
set is made of. That it is one is said.

What belongs here: finding templates among records that stay. What does not: what is removed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup.marked import ANSWER, turns_of
from entropy_assets.curation.dedup.verification import distinct_shingles

LOOKED_AT = 2_000
"""Records that are looked at, evenly spread: a flood of a whole drop shows in them."""

RUN_WORDS = 3
"""Words of a run."""

LEAST_RECORDS = 20
"""Records in which a run stands that is a part of a template."""

LEAST_SHARE = 0.5
"""Share of the distinct runs of a record that are parts of templates, from which it is a filled template."""

LEAST_WORDS = 40
"""Words from which a text is looked at; short ones of one kind are much alike."""

SHOWN_WORDS = 12


@dataclass(frozen=True)
class Flood:
    """What was found.

    Parameters
    ----------
    n_filled
        Records that are filled templates.
    n_looked_at
        Records that were looked at.
    shown
        The longest run of words that one of them shares, its beginning.
    """

    n_filled: int
    n_looked_at: int
    shown: str

    def __str__(self) -> str:
        return (
            f"{self.n_filled:,} of {self.n_looked_at:,} kept records that were looked at are a template with "
            f"other fillings: half of their runs of {RUN_WORDS} words stand in {LEAST_RECORDS} or more of "
            f"them, as in {self.shown!r}"
        )


def find_flood(texts: Sequence[bytes]) -> Flood | None:
    """Return which of some marked texts are one template with other fillings; None where few are.

    Of talks the last answer is looked at: a system prompt and a wording of questions may be the same for all.

    Parameters
    ----------
    texts
        Marked texts of records that stay, in UTF-8; see `sampled`.
    """
    said = [_said(text.decode()) for text in texts]
    tokens = tk.tokenise([text.encode() for text in said])
    is_long = tokens.counts >= LEAST_WORDS
    runs = distinct_shingles(tokens, RUN_WORDS)
    values, places, counts = np.unique(runs.hashes, return_inverse=True, return_counts=True)
    is_shared = (counts >= LEAST_RECORDS)[places].astype(np.int64)
    n_shared = np.diff(np.concatenate([[0], np.cumsum(is_shared)])[runs.starts])
    filled = np.flatnonzero(is_long & (n_shared >= LEAST_SHARE * np.maximum(runs.counts, 1)))
    if len(filled) < LEAST_RECORDS:
        return None
    return Flood(len(filled), len(said), _shown(said[int(filled[0])], values[counts >= LEAST_RECORDS]))


def sampled(rows: np.ndarray) -> np.ndarray:
    """Return at most `LOOKED_AT` of some rows, evenly spread."""
    if len(rows) <= LOOKED_AT:
        return rows
    chosen: np.ndarray = rows[np.linspace(0, len(rows) - 1, LOOKED_AT).astype(np.int64)]
    return chosen


def _said(text: str) -> str:
    """Return a text without turns, or the last answer of one with them."""
    answers = [said for mark, said in turns_of(text) if mark == ANSWER]
    return answers[-1] if answers else text


def _shown(text: str, shared: np.ndarray) -> str:
    """Return the beginning of the longest run of words of a text whose runs are shared."""
    words = tk.WHOLE.findall(tk.normalise(text))
    runs = distinct_shingles(tk.tokenise([_run(words, at).encode() for at in range(len(words))]), RUN_WORDS)
    is_shared = np.zeros(len(words), bool)
    is_shared[runs.counts > 0] = np.isin(runs.hashes, shared)
    best = (0, 0)
    start = 0
    for at, found in enumerate([*is_shared.tolist(), False]):
        if not found:
            best, start = max(best, (at - start, -start)), at + 1
    length, start = best[0], -best[1]
    return " ".join(words[start : start + min(length + RUN_WORDS - 1, SHOWN_WORDS)])


def _run(words: list[str], at: int) -> str:
    return " ".join(words[at : at + RUN_WORDS])
