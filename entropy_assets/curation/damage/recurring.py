"""What recurs among the passages of one drop: beginnings, ends, sentences, runs of words.

What belongs here: a passage beside the others that came with it. What does not: promoted passages
(`features`).
"""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np

from entropy_assets.curation.damage.passages import Passages

SHARE, LEAST = 0.02, 3
"""What this share of the passages have in common, three at least, recurs."""

RECURRING = ("shared beginning", "shared end", "shared runs", "runs of another", "shared sentences")
"""Names of what is counted."""

_RUN = 5
_SENTENCE = 30
_EDGE = 400
_WORD = re.compile(r"\w+|[^\w\s]")
_PART = re.compile(r"(?<=[.!?。！？])\s+|\n+")


def recurring(passages: Passages) -> dict[str, np.ndarray]:
    """Return name -> (n,) float64 of the passages of a drop."""
    answers = [item.answer for item in passages.items]
    least = max(LEAST, int(np.ceil(SHARE * len(answers))))
    runs = [_runs(text) for text in answers]
    parts = [{part for part in _PART.split(text) if len(part) >= _SENTENCE} for text in answers]
    in_runs = Counter(one for own in runs for one in own)
    in_parts = Counter(one for own in parts for one in own)
    sizes = np.array([len(text) for text in answers]) + 20
    found = (
        _shared([text[:_EDGE] for text in answers], least),
        _shared([text[: -_EDGE - 1 : -1] for text in answers], least),
        np.array([_share(own, in_runs, least) for own in runs]),
        np.array([_share(own, in_runs, 2) for own in runs]),
        np.array([sum(len(part) for part in own if in_parts[part] >= least) for own in parts]) / sizes,
    )
    return dict(zip(RECURRING, found, strict=True))


def _runs(text: str) -> set[int]:
    words = _WORD.findall(text.lower())
    return {hash(tuple(words[i : i + _RUN])) for i in range(len(words) - _RUN + 1)}


def _share(own: set[int], counts: Counter[int], least: int) -> float:
    return sum(counts[one] >= least for one in own) / (len(own) + 3)


def _shared(texts: Sequence[str], least: int) -> np.ndarray:
    """Return (n,) ln of 1 + the characters that each text begins with as `least` of them do."""
    found = np.zeros(len(texts))
    order = sorted(range(len(texts)), key=lambda i: texts[i])
    for start in range(len(order) - least + 1):
        length = _in_common(texts[order[start]], texts[order[start + least - 1]])
        places = order[start : start + least]
        found[places] = np.maximum(found[places], length)
    return np.log1p(found)


def _in_common(text: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    return next(
        (i for i, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other))
    )
