"""What a peer is: it measures parts of a drop beside parts of a pool, so each is seen pooled and by source.

A peer is fitted on a pool, looks at a drop once, and then measures any of its rows beside any of the
pool's. `pooled` and `within` make judges of it (`benchmarks.gate_power.judges`): the whole drop beside the
whole pool, or the worst of the drop's sources, each beside the same source of the pool. A score is what is
measured less two standard errors of chance, as far as the peer has one: else eighty rows would set the limit
for 800.

What belongs here: rows as all peers see them, and the two ways of measuring. What does not: a peer.
"""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from benchmarks.gate_power.forms import delivered
from benchmarks.gate_power.judges import Judge, Scored
from entropy_assets.demo.harvest import Row

CONFIDENCE = 2.0
"""Standard errors that a score is less than what was measured."""

MIN_OF_SOURCE = 20
"""Rows of a source from which on it is looked at apart; the smaller ones of a drop are looked at together."""

MIN_OF_POOL = 20
"""Rows of a source in the pool from which on it is known."""


@dataclass(frozen=True)
class Batch:
    """Rows as all peers see them; two batches of the same rows are equal.

    Parameters
    ----------
    digest
        Digest of all that follows.
    ids, sources
        (n,) of each row.
    questions, answers
        What is asked, with system prompt and earlier turns; and what is answered. Of a preference the chosen
        answer.
    """

    digest: int
    ids: tuple[str, ...] = field(compare=False)
    sources: np.ndarray = field(compare=False)
    questions: list[str] = field(compare=False)
    answers: list[str] = field(compare=False)

    @classmethod
    def of(cls, rows: Sequence[Row]) -> "Batch":
        """Return rows as all peers see them."""
        said = [_said(row) for row in rows]
        ids, sources = tuple(row["id"] for row in rows), [row["source"] for row in rows]
        digest = zlib.crc32(repr((ids, sources, said)).encode())
        return cls(digest, ids, np.array(sources), [q for q, _ in said], [a for _, a in said])

    @cached_property
    def texts(self) -> list[str]:
        """Questions and answers as one text each."""
        return [f"{q}\n{a}" if q else a for q, a in zip(self.questions, self.answers, strict=True)]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class Found:
    """What a peer finds: a score, and the places of the rows that it points at."""

    score: float
    places: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


Measure = Callable[[np.ndarray, np.ndarray], Found]
"""(places in the drop, places in the pool) -> what is found of the one beside the other."""

Look = Callable[[Batch], Measure]
Peer = Callable[[Batch], Look]


def excess(flags: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Return (c,) the share of set flags beyond the usual one, less two standard errors of chance.

    Parameters
    ----------
    flags, usual
        (n, c) and (m, c) bool, of the rows that are judged and of those beside them.

    >>> flags, usual = np.array([[True]] * 30 + [[False]] * 70), np.array([[True]] * 2 + [[False]] * 98)
    >>> round(float(excess(flags, usual)[0]), 3)
    0.175
    """
    n, m = len(flags), len(usual)
    both = (flags.sum(axis=0) + usual.sum(axis=0) + 1) / (n + m + 2)  # what is never seen is not certain
    error = np.sqrt(both * (1 - both) * (1 / n + 1 / m))
    found: np.ndarray = flags.mean(axis=0) - usual.mean(axis=0) - CONFIDENCE * error
    return found


def worst(flags: np.ndarray, usual: np.ndarray, own: np.ndarray) -> Found:
    """Return the largest `excess` over the columns, with the places of the rows that it is of."""
    beyond = excess(flags, usual)
    column = int(np.argmax(beyond))
    return Found(float(beyond[column]), own[flags[:, column]])


def pooled(peer: Peer) -> Judge:
    """Return the judge that looks at the whole drop beside the whole pool."""
    return _judge(peer, lambda drop, pool: iter([(np.arange(len(drop)), np.arange(len(pool)))]))


def within(peer: Peer) -> Judge:
    """Return the judge that looks at each source beside the same one of the pool, and takes the worst."""
    return _judge(peer, parts)


def parts(drop: Batch, pool: Batch) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the places of each source in drop and pool; a source that is new is beside the whole pool.

    Sources of few rows in the drop are one part, beside all sources of the pool.
    """
    few = np.zeros(len(drop), dtype=bool)
    for source in np.unique(drop.sources):
        own, known = drop.sources == source, pool.sources == source
        if own.sum() < MIN_OF_SOURCE:
            few |= own
        else:
            yield np.flatnonzero(own), np.flatnonzero(known | (known.sum() < MIN_OF_POOL))
    if few.any():
        yield np.flatnonzero(few), np.arange(len(pool))


Cut = Callable[[Batch, Batch], Iterator[tuple[np.ndarray, np.ndarray]]]


def _judge(peer: Peer, cut: Cut) -> Judge:
    def judge(rows: Sequence[Row]) -> Callable[[Sequence[Row]], Scored]:
        pool = Batch.of(rows)
        look = fitted(peer, pool)

        def judged(delivered_rows: Sequence[Row]) -> Scored:
            drop = Batch.of(delivered_rows)
            measure = look(drop)
            found = [measure(own, known) for own, known in cut(drop, pool)]
            places = np.unique(np.concatenate([one.places for one in found]))
            return Scored(max(one.score for one in found), named=tuple(drop.ids[k] for k in places))

        return judged

    return judge


@lru_cache(maxsize=256)
def fitted(peer: Peer, pool: Batch) -> Look:
    """Return what a peer made of a pool, made once; it looks at the last drop once."""
    return lru_cache(maxsize=1)(peer(pool))


def _said(row: Row) -> tuple[str, str]:
    told = delivered(row)
    if "messages" in told:
        turns = [turn["content"] for turn in told["messages"]]
        return "\n\n".join(turns[:-1]), turns[-1]
    asked = f"{row['instruction']}\n{row['input']}" if row["input"] else row["instruction"]
    return asked, row["output"]
