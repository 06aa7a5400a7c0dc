"""The usual quality rules of web corpora: Gopher's (Rae et al. 2021) and FineWeb's (Penedo et al. 2024).

Their published limits, on answers. Short answers and code fail many of them, so what counts is how much more
often a drop's rows fail one of them than the pool's do.

What belongs here: rules for one text. What does not: limits that a pool sets (`expectations`).
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from benchmarks.gate_power.peers.contract import Batch, Found, Look, Measure, worst

_STOP = {"the", "be", "to", "of", "and", "that", "have", "with"}
_TOP = {2: 0.20, 3: 0.18, 4: 0.16}
"""Words of a phrase -> largest share of the characters that its most frequent one may have."""

_REPEATED = {5: 0.15, 6: 0.14, 7: 0.13, 8: 0.12, 9: 0.11, 10: 0.10}
"""Words of a phrase -> largest share of the characters that repeated ones may have."""

_N_RULES = 24


def fit_quality(pool: Batch) -> Look:
    """Return the rule that is broken most beyond the pool's share, or any of them. It points at such rows."""
    known = _flags(pool)

    def look(drop: Batch) -> Measure:
        flags = _flags(drop)

        def measure(own: np.ndarray, beside: np.ndarray) -> Found:
            return worst(flags[own], known[beside], own)

        return measure

    return look


def _flags(batch: Batch) -> np.ndarray:
    broken = np.array([rules_broken(text) for text in batch.answers])
    return np.column_stack([broken, broken.any(axis=1)])


def rules_broken(text: str) -> list[bool]:
    """Return whether a text breaks each rule: 7 of quality, 13 of repetition, 4 of FineWeb.

    >>> sum(rules_broken(""))
    0
    """
    words, lines = text.split(), [line.strip() for line in text.splitlines() if line.strip()]
    if not words:
        return [False] * _N_RULES
    n_words, n_lines = len(words), len(lines)
    symbols = text.count("#") + text.count("...") + text.count("\u2026")
    mean_length = sum(map(len, words)) / n_words
    gopher = [
        not 50 <= n_words <= 100_000,
        not 3 <= mean_length <= 10,
        symbols / n_words > 0.1,
        sum(line[0] in "-*\u2022" for line in lines) / n_lines > 0.9,
        sum(line.endswith(("...", "\u2026")) for line in lines) / n_lines > 0.3,
        sum(bool(re.search(r"[^\W\d_]", word)) for word in words) / n_words < 0.8,
        len(_STOP & {word.lower() for word in words}) < 2,
    ]
    paragraphs = [part for part in re.split(r"\n{2,}", text.strip()) if part]
    repeated = []
    for parts in (lines, paragraphs):
        again = [part for part, n in Counter(parts).items() for _ in range(n - 1)]
        repeated += [len(again) / len(parts) > 0.3, sum(map(len, again)) / len(text) > 0.2]
    fineweb = [
        sum(line.endswith((".", "!", "?", '"', "'", "\u3002")) for line in lines) / n_lines < 0.12,
        sum(len(line) <= 30 for line in lines) / n_lines > 0.67,
        sum(len(b) for a, b in pairwise(sorted(lines)) if a == b) / len(text) > 0.01,
        text.count("\n") / n_words > 0.3,
    ]
    return [*gopher, *repeated, *_phrases(words, len(text)), *fineweb]


def _phrases(words: Sequence[str], n_characters: int) -> list[bool]:
    """Return whether the most frequent short phrase, and repeated long ones of any length, fill too much."""
    broken = []
    for n, limit in _TOP.items():
        phrases = Counter(" ".join(words[i : i + n]) for i in range(len(words) - n + 1))
        phrase, count = max(phrases.items(), key=lambda one: one[1] * len(one[0]), default=("", 0))
        broken.append(count > 1 and count * len(phrase) / n_characters > limit)
    for n, limit in _REPEATED.items():
        seen, size, i = set[str](), 0, 0
        while i + n <= len(words):
            phrase = " ".join(words[i : i + n])
            if phrase in seen:
                size += len(phrase)
                i += n
            else:
                seen.add(phrase)
                i += 1
        broken.append(size / n_characters > limit)
    return broken
