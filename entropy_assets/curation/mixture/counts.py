"""Counts of a domain's tokens and of adjacent pairs of them, in groups of records.

Every token has a follower: behind the last one of a record stands its end. So each token begins one pair,
the tokens are the pairs' first places, and the chain rule H(x, x') = H(x) + H(x'|x) holds exactly. No pair
spans two records. Counts add up over shards and drops in any order; a record's group follows from its bytes
alone. Intervals are taken over the groups.

What belongs here: counting and adding. What does not: entropies.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from safetensors.numpy import load, save
from xxhash import xxh3_64_intdigest

from entropy_assets.curation.mixture.histogram import Adding, Histogram
from entropy_assets.curation.mixture.units import Unit
from entropy_assets.execution import Shared, processes

N_GROUPS = 8
"""Groups of records: few, since each has its counts of pairs, and enough for an interval by Student's t."""

BATCH_BYTES = 1 << 22
_SECONDS_A_BYTE = 1 / 8e6  # one core, tokens
_END = np.uint64(0)
_MIX = np.uint64(0x9E3779B97F4A7C15)
_FACTORS = {"bytes": np.uint64(1 << 9), "bpe": np.uint64(1 << 20), "words": _MIX}
"""Unit -> by what a token is multiplied before its follower is added: above all numbers, odd for hashes."""


@dataclass(frozen=True)
class Group:
    """Counts of one group of a domain's records.

    Parameters
    ----------
    tokens
        Counts of tokens.
    pairs
        Counts of tokens with their followers; the end of a record is one.
    """

    tokens: Histogram
    pairs: Histogram


@dataclass(frozen=True)
class Counts:
    """Counts of one domain.

    Parameters
    ----------
    groups
        `N_GROUPS` of them.
    n_records, n_bytes
        What was counted.
    """

    groups: tuple[Group, ...]
    n_records: int
    n_bytes: int

    @classmethod
    def none(cls) -> "Counts":
        """Return counts of nothing."""
        empty = Histogram.together([])
        return cls((Group(empty, empty),) * N_GROUPS, 0, 0)

    @property
    def n_tokens(self) -> int:
        """Tokens that were counted."""
        return sum(group.tokens.total for group in self.groups)

    def to_bytes(self) -> bytes:
        """Return the counts in a stored form."""
        arrays = {"sizes": np.array([self.n_records, self.n_bytes], np.int64)}
        for place, group in enumerate(self.groups):
            for name, one in (("tokens", group.tokens), ("pairs", group.pairs)):
                arrays |= {f"{place}.{name}.keys": one.keys, f"{place}.{name}.counts": one.counts}
        return save(arrays)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Counts":
        """Return what `to_bytes` stored."""
        arrays = load(data)
        made = [
            [
                Histogram(arrays[f"{i}.{name}.keys"], arrays[f"{i}.{name}.counts"])
                for name in ("tokens", "pairs")
            ]
            for i in range(N_GROUPS)
        ]
        sizes = arrays["sizes"]
        return cls(tuple(Group(*one) for one in made), int(sizes[0]), int(sizes[1]))


def count(texts: Sequence[bytes], unit: Unit) -> Counts:
    """Return the counts of some texts of a domain.

    Parameters
    ----------
    texts
        Records; one without a token counts as a record.
    unit
        What is counted.
    """
    owners = np.fromiter((xxh3_64_intdigest(text) % N_GROUPS for text in texts), np.int64, len(texts))
    order = np.argsort(owners, kind="stable")
    tokens, sizes = unit.rows([texts[place] for place in order.tolist()])
    tokens = tokens + np.uint64(1) if unit.name != "words" else tokens  # 0 is the end
    bounds = np.searchsorted(owners[order], np.arange(N_GROUPS + 1))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    groups = []
    for first, stop in pairwise(bounds.tolist()):
        own, own_sizes = tokens[starts[first] : starts[stop]], sizes[first:stop]
        followers = np.append(own[1:], _END) if len(own) else own
        ends = np.cumsum(own_sizes)[own_sizes > 0] - 1
        followers[ends] = _END
        pairs = own * _FACTORS[unit.name] + followers
        groups.append(Group(Histogram.of(own), Histogram.of(pairs)))
    return Counts(tuple(groups), len(texts), sum(map(len, texts)))


def add(parts: Iterable[Counts]) -> Counts:
    """Return the sum of counts; of none, counts of nothing."""
    adding = [(Adding(), Adding()) for _ in range(N_GROUPS)]
    n_records = n_bytes = 0
    for part in parts:
        for (tokens, pairs), group in zip(adding, part.groups, strict=True):
            tokens.add(group.tokens)
            pairs.add(group.pairs)
        n_records, n_bytes = n_records + part.n_records, n_bytes + part.n_bytes
    return Counts(tuple(Group(tokens.whole(), pairs.whole()) for tokens, pairs in adding), n_records, n_bytes)


def count_all(texts: Iterable[bytes], unit: Unit, workers: int = 1) -> Counts:
    """Return the counts of a domain, some megabytes of text at a time; the same for any number of workers."""
    with processes(workers) as executor:
        shared = executor.share(unit)
        items = ((batch, shared) for batch in batches(texts))
        return add(executor.map(_count, items, cost=lambda item: _SECONDS_A_BYTE * sum(map(len, item[0]))))


def batches(texts: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Yield texts in lists of about `BATCH_BYTES`."""
    batch: list[bytes] = []
    size = 0
    for text in texts:
        batch.append(text)
        size += len(text)
        if size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _count(item: tuple[list[bytes], Shared[Unit]]) -> Counts:
    texts, unit = item
    return count(texts, unit.value)
