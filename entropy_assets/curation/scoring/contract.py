"""What a scorer takes and gives.

What belongs here: the types that scorers share. What does not: any score.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from entropy_assets.errors import InvalidParameter

NOISE = "noise"
"""Why a record has no score: it is no text, and the highest surprise of all is that of garbage."""

EMPTY = "empty"
"""Why a record has no score: it has no word."""


@dataclass(frozen=True)
class Request:
    """What is asked of a scorer.

    Parameters
    ----------
    texts
        n canonical texts in UTF-8.
    losses
        (n,) float64, bits per byte of each under a model that has not seen it, NaN where there is none; None
        for a scorer that needs no losses.
    seed
        Seed of all draws, not negative.
    workers
        Threads, at least 1; no score depends on it.
    """

    texts: Sequence[bytes]
    losses: np.ndarray | None = None
    seed: int = 0
    workers: int = 1

    def losses_for(self, scorer: str) -> np.ndarray:
        """Return the losses, for a scorer that needs them.

        Raises
        ------
        InvalidParameter
            There are none, or not one a text.
        """
        if self.losses is None or len(self.losses) != len(self.texts):
            got = "none" if self.losses is None else str(len(self.losses))
            raise InvalidParameter(
                f"{scorer} needs the loss of each of the {len(self.texts)} records, got {got}"
            )
        return self.losses


@dataclass(frozen=True)
class Scores:
    """What a scorer gives.

    Parameters
    ----------
    values
        (n,) float64, NaN where a record has none.
    why
        (n,) why a record has none: `NOISE`, `EMPTY`, or an empty text.
    parts
        Name -> (n,) float64, what the score is made of.
    """

    values: np.ndarray
    why: np.ndarray
    parts: dict[str, np.ndarray] = field(default_factory=dict)


@dataclass(frozen=True)
class Scorer:
    """One way to score records.

    Parameters
    ----------
    name
        Its name.
    version
        Rises whenever its scores change: scores of two versions are never mixed.
    about
        What its score says, and which records go first, in one line.
    score
        What does it.
    needs_losses
        Whether it needs the loss of each record under a model.
    """

    name: str
    version: int
    about: str
    score: Callable[[Request], Scores]
    needs_losses: bool = False
