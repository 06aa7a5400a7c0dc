"""Descriptive statistics of past drops, and how new those of a drop are (Redyuk, Markl, Schelter 2021).

As there: of each column completeness, distinct values, the share of the most frequent one, numeric moments,
and for texts the index of peculiarity; scaled to what past partitions had; the score is the mean distance to
the five nearest of them. No drops came to these pools before, so past ones are random parts of the pool.

What belongs here: statistics of parts. What does not: what single rows look like.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from sklearn.neighbors import NearestNeighbors

from benchmarks.gate_power.peers.contract import Batch, Found, Look, Measure

N_PAST = 30
"""Random parts of the pool, of the size of the drop, that stand for past drops."""

N_NEAREST = 5


def fit_descriptive(pool: Batch) -> Look:
    """Return the novelty of a part's statistics among those of random parts. It points at no row."""
    counts: tuple[Counter[str], Counter[str]] = (Counter(), Counter())
    for text in pool.texts:
        for n, counter in zip((2, 3), counts, strict=True):
            counter.update(text[i : i + n] for i in range(len(text) - n + 1))
    known = _columns(pool, counts)

    def look(drop: Batch) -> Measure:
        columns = _columns(drop, counts)

        def measure(own: np.ndarray, beside: np.ndarray) -> Found:
            rng = np.random.default_rng([len(own), len(beside)])
            n = max(min(len(own), len(beside) // 2), 2)
            past = [_statistics(known, rng.permutation(beside)[:n]) for _ in range(N_PAST)]
            low, high = np.min(past, axis=0), np.max(past, axis=0)
            width = np.where(high > low, high - low, 1.0)
            nearest = NearestNeighbors(n_neighbors=N_NEAREST).fit((np.array(past) - low) / width)
            distances, _ = nearest.kneighbors([(_statistics(columns, own) - low) / width])
            return Found(float(distances.mean()))

        return measure

    return look


def _columns(batch: Batch, counts: tuple[Counter[str], Counter[str]]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return of questions, answers and sources each the (n,) codes of values, and (n, c) numbers."""
    found = []
    for values in (batch.questions, batch.answers, batch.sources.tolist()):
        _, codes = np.unique(values, return_inverse=True)
        filled = np.array([bool(value.strip()) for value in values])
        numbers = np.array([[len(value), len(value.split())] for value in values], dtype=float)
        found.append((codes, np.column_stack([filled, numbers])))
    odd = [peculiarity(text, counts) for text in batch.answers]
    found[1] = (found[1][0], np.column_stack([found[1][1], odd]))
    return found


def _statistics(columns: Sequence[tuple[np.ndarray, np.ndarray]], places: np.ndarray) -> np.ndarray:
    told: list[float] = []
    for codes, numbers in columns:
        _, sizes = np.unique(codes[places], return_counts=True)
        own = numbers[places]
        told += [len(sizes) / len(places), sizes.max() / len(places), own[:, 0].mean()]
        for moment in (np.mean, np.std, np.min, np.max):
            told += moment(own[:, 1:], axis=0).tolist()
    return np.array(told)


def peculiarity(text: str, counts: tuple[Counter[str], Counter[str]]) -> float:
    """Return how odd the letter trigrams of a text are beside their pairs (Morris and Cherry 1975).

    >>> known = Counter({"ab": 9, "bc": 9}), Counter({"abc": 8})
    >>> peculiarity("abc", known) < peculiarity("abx", known)
    True
    """
    pairs, triples = counts
    if len(text) < 3:
        return 0.0
    values = np.array(
        [[pairs[text[i : i + 2]], pairs[text[i + 1 : i + 3]], triples[text[i : i + 3]]]
         for i in range(len(text) - 2)], dtype=float,
    )  # fmt: skip
    logs = np.log(values + 1.0)
    odd = 0.5 * (logs[:, 0] + logs[:, 1]) - logs[:, 2]
    return float(np.sqrt(np.mean(odd**2)))
