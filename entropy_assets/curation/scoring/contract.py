"""What a scorer takes and gives.

What belongs here: the types that scorers share. What does not: any score.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from entropy_assets.errors import InvalidParameter

NOISE = "noise"
"""Why a record has no score: it is no text, and the highest surprise of all is that of garbage."""

EMPTY = "empty"
"""Why a record has no score: it has no word."""

NO_ANSWER = "no_answer"
"""Why a record has no score: nobody answers in it."""


class Embedder(Protocol):
    """What makes vectors of texts; all of one embedder lie in one space."""

    def vectors(self, texts: Sequence[bytes]) -> np.ndarray:
        """Return (n, d) float32 vectors of length 1, or of length 0 where nothing is known of a text."""


@dataclass(frozen=True)
class Answers:
    """What a language model says of n records.

    Parameters
    ----------
    yes, no
        (n,) float64, ln P of yes and of no, NaN where there is no answer.
    why
        (n,) why there is none, or an empty text.
    """

    yes: np.ndarray
    no: np.ndarray
    why: np.ndarray


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
    answer_losses
        (n, 2) float64, bits per byte of the last answer of each behind what stands before it, and alone; NaN
        where there is none. None for a scorer that needs none.
    embedder
        What makes vectors of texts; None for a scorer that needs no vectors.
    targets
        Texts of a target set; empty for a scorer that needs none.
    seed
        Seed of all draws, not negative.
    workers
        Threads, at least 1; no score depends on it.
    before
        What the same scorer left (`Scores.after`) of records that came before these and are not scored
        again; empty where there are none.
    answers
        What a language model says of the texts; None for a scorer that asks none.
    """

    texts: Sequence[bytes]
    losses: np.ndarray | None = None
    embedder: Embedder | None = None
    targets: Sequence[bytes] = ()
    seed: int = 0
    workers: int = 1
    before: bytes = b""
    answers: Answers | None = None
    answer_losses: np.ndarray | None = None

    def answer_losses_for(self, scorer: str) -> np.ndarray:
        """Return the losses of answers, for a scorer that needs them.

        Raises
        ------
        InvalidParameter
            There are none, or not a pair a text.
        """
        if self.answer_losses is None or self.answer_losses.shape != (len(self.texts), 2):
            raise InvalidParameter(f"{scorer} needs two losses of each record's answer, got no such table")
        return self.answer_losses

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

    def embedder_for(self, scorer: str) -> Embedder:
        """Return the embedder, for a scorer that needs one.

        Raises
        ------
        InvalidParameter
            There is none.
        """
        if self.embedder is None:
            raise InvalidParameter(f"{scorer} needs vectors of the records, got no embedder")
        return self.embedder

    def answers_for(self, scorer: str) -> Answers:
        """Return what a language model says of the texts, for a scorer that needs it.

        Raises
        ------
        InvalidParameter
            There is nothing, or not one answer a text.
        """
        if self.answers is None or len(self.answers.yes) != len(self.texts):
            got = "none" if self.answers is None else str(len(self.answers.yes))
            raise InvalidParameter(
                f"{scorer} needs a model's answer about each of the {len(self.texts)} records, got {got}"
            )
        return self.answers


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
    after
        What the scorer needs to know of these records, and of those before them, to score later ones beside
        them; empty where a score does not depend on other records.
    """

    values: np.ndarray
    why: np.ndarray
    parts: dict[str, np.ndarray] = field(default_factory=dict)
    after: bytes = b""
