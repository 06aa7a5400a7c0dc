"""Probe runs from which a law is fitted: their mixtures, and the texts of each.

**Matched repetition** (arXiv 2606.07597): a small run repeats a small domain less often than the target does,
and so overrates it. Where each domain is cut to the part of it that the small run is of the target, it
repeats as often.

**Reuse** (Olmix, arXiv 2602.12237): a drop that touches some domains leaves the mixture inside the others as
it was. They are one domain of the law then, and fewer mixtures tell its coefficients.

What belongs here: what runs are made of. What does not: training.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.mixture.law import Point
from entropy_assets.errors import InvalidInput

REST = "(untouched)"
"""The domain that all untouched ones are."""

_LEAST_SHARE = 0.01
_CONCENTRATION = 1.0


def swarm_size(n_domains: int) -> int:
    """Return the mixtures that a swarm needs, 3 (m + 1), as Olmix has it.

    >>> swarm_size(7), swarm_size(2)
    (24, 9)
    """
    return 3 * (n_domains + 1)


def swarm_mixtures(natural: Mapping[str, float], n_mixtures: int, seed: int) -> list[dict[str, float]]:
    """Return mixtures for a swarm: the natural one, the uniform one, and draws between and around them.

    Parameters
    ----------
    natural
        Domain -> share of what there is.
    n_mixtures
        How many.
    seed
        Seed of the draws. The first of many are those of few.
    """
    names = sorted(natural)
    m, rng = len(names), np.random.default_rng(seed)
    center = np.array([natural[name] for name in names])
    center = center / center.sum()
    rows = [center, np.full(m, 1 / m)]
    while len(rows) < n_mixtures:
        between = (center + 1 / m) / 2
        rows.append(rng.dirichlet(_CONCENTRATION * m * between))
    least = min(_LEAST_SHARE, 1 / (2 * m))
    kept = [np.maximum(row, least) for row in rows[:n_mixtures]]
    return [dict(zip(names, (row / row.sum()).tolist(), strict=True)) for row in kept]


def drawn(
    texts: Mapping[str, Sequence[bytes]], shares: Mapping[str, float], n_bytes: int, seed: int
) -> list[bytes]:
    """Return the texts of one run: of each domain its share of the bytes, repeated where it holds less.

    Each pass over a domain has an order of its own; the last record is cut.

    Parameters
    ----------
    texts
        Domain -> records.
    shares
        Domain -> share, adding up to 1; one of 0 is left out.
    n_bytes
        Bytes in all, to a byte a domain.
    seed
        Seed of the orders.

    Raises
    ------
    InvalidInput
        A domain with a share holds no byte.
    """
    found: list[bytes] = []
    for number, name in enumerate(sorted(shares)):
        left = round(shares[name] * n_bytes)
        if left and not any(texts[name]):
            raise InvalidInput(f"domain {name!r} holds no text: leave it out")
        rng = np.random.default_rng([seed, number])
        while left > 0:
            for place in rng.permutation(len(texts[name])).tolist():
                part = texts[name][place][:left]
                if part:
                    found.append(part)
                    left -= len(part)
                if left <= 0:
                    break
    return found


def matched(texts: Mapping[str, Sequence[bytes]], part: float, seed: int) -> dict[str, list[bytes]]:
    """Return each domain cut to a part of its bytes: for a run that is this part of the target.

    A smaller part is within a larger one. The last record is cut, and a byte is left at least.

    Parameters
    ----------
    texts
        Domain -> records.
    part
        Bytes of the run over bytes of the target; 1 or more cuts nothing.
    seed
        Seed of the order in which records are kept.
    """
    if part >= 1:
        return {name: list(own) for name, own in texts.items()}
    found = {}
    for number, name in enumerate(sorted(texts)):
        own = texts[name]
        left = max(round(part * sum(map(len, own))), 1)
        kept = []
        for place in np.random.default_rng([seed, number]).permutation(len(own)).tolist():
            if left <= 0:
                break
            kept.append(own[place][:left])
            left -= len(kept[-1])
        found[name] = kept
    return found


@dataclass(frozen=True)
class Reuse:
    """Domains that keep their proportions to each other, as one.

    Parameters
    ----------
    inside
        Untouched domain -> its share among them; they add up to 1.
    """

    inside: Mapping[str, float]

    @classmethod
    def of(cls, before: Mapping[str, float], untouched: Sequence[str]) -> "Reuse":
        """Return the untouched domains in the proportions that they had.

        Raises
        ------
        InvalidInput
            They had no share.
        """
        total = sum(before.get(name, 0.0) for name in untouched)
        if not total > 0:
            raise InvalidInput(
                f"the untouched domains {', '.join(untouched)} had no share: name those that had one"
            )
        return cls({name: before.get(name, 0.0) / total for name in untouched})

    def joined(self, amounts: Mapping[str, float]) -> dict[str, float]:
        """Return shares, or other amounts that add up, with those of the untouched domains as one."""
        found = {name: value for name, value in amounts.items() if name not in self.inside}
        return found | {REST: sum(amounts.get(name, 0.0) for name in self.inside)}

    def parted(self, shares: Mapping[str, float]) -> dict[str, float]:
        """Return the shares of all domains; `joined` undoes it.

        >>> Reuse({"a": 0.75, "b": 0.25}).parted({"c": 0.2, REST: 0.8})
        {'c': 0.2, 'a': 0.6000000000000001, 'b': 0.2}
        """
        found = {name: value for name, value in shares.items() if name != REST}
        return found | {name: part * shares[REST] for name, part in self.inside.items()}

    def seen(self, point: Point) -> Point:
        """Return a run as a law of the joined domains sees it: their loss is the mean by `inside`."""
        losses = {name: value for name, value in point.losses.items() if name not in self.inside}
        rest = sum(part * point.losses[name] for name, part in self.inside.items())
        return Point(self.joined(point.shares), point.steps, losses | {REST: rest})
