"""What recurs among the passages of one drop: beginnings, ends, sentences, runs of words.

What belongs here: a passage beside the others that came with it. What does not: promoted passages
(`features`).
"""

import re
from collections import Counter
from collections.abc import Sequence
from os.path import commonprefix

import numpy as np

from entropy_assets.curation.damage.passages import Passages

SHARE, LEAST = 0.02, 3
"""What this share of the passages have in common, three at least, recurs."""

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
    in_runs, in_parts = (Counter(one for own in every for one in own) for every in (runs, parts))
    sizes = np.array([len(text) for text in answers]) + 20
    return {
        "shared beginning": _shared([text[:_EDGE] for text in answers], least),
        "shared end": _shared([text[: -_EDGE - 1 : -1] for text in answers], least),
        "shared runs": np.array([_share(own, in_runs, least) for own in runs]),
        "runs of another": np.array([_share(own, in_runs, 2) for own in runs]),
        "shared sentences": np.array([sum(len(p) for p in own if in_parts[p] >= least) for own in parts]) / sizes,
    }


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
        length = len(commonprefix([texts[order[start]], texts[order[start + least - 1]]]))
        places = order[start : start + least]
        found[places] = np.maximum(found[places], length)
    return np.log1p(found)
