"""Whether a model tells good texts from bad ones, before hours are spent on it.

What belongs here: the measure, and the texts that it is taken on. What does not: asking.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson

from entropy_assets.curation.damage import FAMILIES
from entropy_assets.curation.damage.passages import Passage
from entropy_assets.errors import InvalidInput

TRIES = 4
"""Times that damage is tried which leaves a text as it is."""

NEEDS_ROWS = frozenset(
    [
        "questions, answers and prompts mixed up",
        "answers of other questions",
        "boilerplate",
        "stock texts and templates",
    ]
)
KINDS = tuple(kind for kind in FAMILIES if kind not in NEEDS_ROWS)
"""Kinds of damage that one text shows by itself."""

Z = 1.96
"""Normal quantile of an interval that holds 95 % of the time."""


@dataclass(frozen=True)
class Auc:
    """The chance that a good text has a higher score than a bad one, ties by half.

    Parameters
    ----------
    value
        0 to 1; 0.5 is chance.
    low, high
        95 % interval.
    n_good, n_bad
        Texts of each kind.
    """

    value: float
    low: float
    high: float
    n_good: int
    n_bad: int

    @classmethod
    def of(cls, good: Sequence[float], bad: Sequence[float]) -> "Auc":
        """Return it for the scores of good and of bad texts, at least two each.

        The interval is that of DeLong et al. (1988), taken in logits so that it stays within 0 and 1: the
        variance is that of each text's share of wins. Where all win, or all lose, it is Wilson's for as many
        draws as the smaller kind has texts.

        >>> Auc.of([0.9, 0.8, 0.7], [0.75, 0.2, 0.1]).value
        0.8888888888888888
        """
        from scipy.stats import rankdata

        higher, lower = np.asarray(good, np.float64), np.asarray(bad, np.float64)
        n, m = len(higher), len(lower)
        ranks = rankdata(np.concatenate([higher, lower]))
        wins = (ranks[:n] - rankdata(higher)) / m
        losses = 1 - (ranks[n:] - rankdata(lower)) / n
        value = float(wins.mean())
        variance = float(wins.var(ddof=1) / n + losses.var(ddof=1) / m)
        if not 0 < value < 1 or not variance:
            k = min(n, m)
            center, half = (value + Z**2 / (2 * k)) / (1 + Z**2 / k), 0.0
            half = Z / (1 + Z**2 / k) * math.sqrt(value * (1 - value) / k + Z**2 / (4 * k**2))
            return cls(value, max(center - half, 0.0), min(center + half, 1.0), n, m)
        logit, error = math.log(value / (1 - value)), math.sqrt(variance) / (value * (1 - value))
        low, high = (1 / (1 + math.exp(-(logit + side * Z * error))) for side in (-1, 1))
        return cls(value, low, high, n, m)

    @property
    def warning(self) -> str:
        """What a person should know before this model is used, empty where there is nothing."""
        if self.low > 0.5:
            return ""
        if self.high < 0.5:
            return "the model scores bad texts above good ones: choose another prompt or model"
        return (
            "the model cannot be told from chance (0.5) on these texts: choose another prompt or model, or "
            "calibrate on more of them"
        )

    def __str__(self) -> str:
        return (
            f"AUC {self.value:.3f} ({self.low:.3f} to {self.high:.3f}) of {self.n_good} good and "
            f"{self.n_bad} bad texts"
        )


@dataclass(frozen=True)
class Labelled:
    """A text of which is known whether it is good.

    Parameters
    ----------
    text
        The text.
    is_good
        Whether it is good.
    kind
        What kind of damage it has, empty for a good one, or where nobody says.
    """

    text: str
    is_good: bool
    kind: str = ""


def read_labelled(path: Path) -> list[Labelled]:
    """Return the texts of a file of JSON lines with `text` and `label`, which is `good` or `bad`.

    Raises
    ------
    InvalidInput
        It cannot be read, a line is no such object, or there are not two texts of each label.
    """
    found: list[Labelled] = []
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read ({error.strerror}): name a file of JSON lines") from error
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
            text, label = row["text"], row["label"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            text = label = None
        if not isinstance(text, str) or label not in ("good", "bad"):
            raise InvalidInput(
                f'{path} line {number} must be such as {{"text": "…", "label": "good"}}, or "bad": mend it'
            )
        found.append(Labelled(text, label == "good"))
    n_good = sum(one.is_good for one in found)
    if min(n_good, len(found) - n_good) < 2:
        raise InvalidInput(
            f"{path} has {n_good} good and {len(found) - n_good} bad texts: add some, 2 of each are needed"
        )
    return found


def _cut(passage: Passage, max_bytes: int) -> Passage:
    """Return a passage of so many bytes, a third of them the question's at most."""
    question = passage.question.encode()[: max_bytes // 3].decode(errors="ignore")
    answer = passage.answer.encode()[: max_bytes - len(question.encode()) - 2].decode(errors="ignore")
    return Passage(question, answer)


def text_of(passage: Passage) -> str:
    """Return a passage as the canonical text of its record."""
    return "\n\n".join(part for part in passage if part)


def twins_of(passages: Sequence[Passage], seed: int, max_bytes: int) -> list[Labelled]:
    """Return passages, each followed by a damaged twin; the kinds of damage take turns.

    Parameters
    ----------
    passages
        Passages that pass for good.
    seed
        Seed of the damage, not negative.
    max_bytes
        Bytes of a text that will be shown: a passage is cut to it first, so that the damage is seen.
    """
    rng = np.random.default_rng(seed)
    cut = [_cut(passage, max_bytes) for passage in passages]
    found: list[Labelled] = []
    for place, passage in enumerate(cut):
        text = text_of(passage)
        family = KINDS[place % len(KINDS)]
        for _ in range(TRIES):
            generator = FAMILIES[family][int(rng.integers(len(FAMILIES[family])))]
            twin = text_of(generator.damage([passage], cut, rng)[0])
            if twin != text and twin.strip():
                found += [Labelled(text, True), Labelled(twin, False, family)]
                break
    return found
