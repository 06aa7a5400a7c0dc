"""Entropies of a domain: Shannon, joint, conditional and von Neumann, with correction and interval.

In nats, as BiMix has them (arXiv 2405.14908, section on entropy proxies):

* Shannon: -sum P(x) ln P(x) over tokens;
* joint: -sum P(x, x') ln P(x, x') over adjacent pairs;
* conditional: -sum P(x, x') ln P(x'|x), which is joint minus Shannon, by the chain rule;
* von Neumann: -sum l ln l over the eigenvalues of the kernel matrix K / N of the records' vectors, where K is
  their cosines. K / N has the non-zero eigenvalues of the mean of the outer products of the vectors, which
  adds up over shards.

**Bias.** What is counted in a sample is too low, more so for pairs and for small domains. Shannon and joint
are corrected as Chao and Shen do (2003): shares are scaled by the coverage 1 - f1 / N, f1 tokens being seen
once, and each term is weighed by the inverse of the probability that it is seen at all. Conditional is the
difference of the two corrected ones. Von Neumann's is not corrected: its bias is about d / (2 N).

**Interval.** Of 95 %, over `N_GROUPS` groups of records: a bootstrap of the groups, of the entropy
linearised at what was found, since drawing the counts again would add the bias once more; its spread is
taken times Student's t of that few groups.

What belongs here: from counts to entropies. What does not: mixtures.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtrit

from entropy_assets.curation.mixture.counts import N_GROUPS, Counts, Group
from entropy_assets.curation.mixture.histogram import Histogram
from entropy_assets.errors import InvalidInput

EntropyName = Literal["shannon", "joint", "conditional", "von_neumann"]

MIN_TOKENS = 1_000
"""Tokens below which a domain's entropies say next to nothing."""

_DRAWS = 400


@dataclass(frozen=True)
class Estimate:
    """An entropy in nats.

    Parameters
    ----------
    value
        Corrected for the size of the sample.
    plug_in
        Of the shares in the sample, as the paper has it.
    low, high
        Interval of 95 % around `value`.
    """

    value: float
    plug_in: float
    low: float
    high: float


@dataclass(frozen=True)
class Moments:
    """Outer products of a domain's vectors, in groups; they add up.

    Parameters
    ----------
    sums
        (`N_GROUPS`, d, d) float64, sums of the outer products of vectors of length 1.
    """

    sums: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray) -> "Moments":
        """Return the moments of (n, d) vectors of length 1, or 0 where nothing is known of a record.

        Records go into the groups in turn, so their order should be that of their ids.
        """
        parts = [vectors[place::N_GROUPS].astype(np.float64) for place in range(N_GROUPS)]
        return cls(np.stack([part.T @ part for part in parts]))

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(self.sums + other.sums)


def entropies_of(counts: Counts, seed: int = 0) -> dict[str, Estimate]:
    """Return the Shannon, joint and conditional entropy of a domain, in nats a token.

    Parameters
    ----------
    counts
        Counts of the domain.
    seed
        Seed of the bootstrap.

    Raises
    ------
    InvalidInput
        Nothing was counted.
    """
    tokens = Histogram.together(group.tokens for group in counts.groups)
    pairs = Histogram.together(group.pairs for group in counts.groups)
    if not tokens.total:
        raise InvalidInput("a domain holds no token: leave it out of the mixture")
    found = {"shannon": _corrected(tokens), "joint": _corrected(pairs)}
    found["conditional"] = tuple(b - a for a, b in zip(*found.values(), strict=True))
    lengths = {"shannon": _lengths(tokens, counts.groups, "tokens")}
    lengths["joint"] = _lengths(pairs, counts.groups, "pairs")
    lengths["conditional"] = lengths["joint"] - lengths["shannon"]
    sizes = np.array([group.tokens.total for group in counts.groups], np.float64)
    return {
        name: _estimate(value, plug_in, lengths[name], sizes, seed)
        for name, (value, plug_in) in found.items()
    }


def von_neumann_of(moments: Moments, seed: int = 0) -> Estimate:
    """Return the von Neumann entropy of a domain, in nats, 0 to ln d.

    Parameters
    ----------
    moments
        Moments of the domain's vectors.
    seed
        Seed of the bootstrap.

    Raises
    ------
    InvalidInput
        No vector has a length.
    """
    sizes = np.einsum("gii->g", moments.sums)
    if not sizes.sum() > 0:
        raise InvalidInput("no record of a domain has a vector, so it has no von Neumann entropy")
    values, axes = np.linalg.eigh(moments.sums.sum(axis=0) / sizes.sum())
    values = np.clip(values, 0, None)
    logs = np.log(np.where(values > 1e-15, values, 1.0))
    plug_in = float(-(values * logs).sum())
    in_axes = np.einsum("ji,gjk,ki->gi", axes, moments.sums, axes)
    return _estimate(plug_in, plug_in, -(in_axes @ logs), sizes, seed)


def require_large(counts: Mapping[str, Counts], least: int = MIN_TOKENS) -> None:
    """Refuse domains of which an entropy cannot be told.

    Raises
    ------
    InvalidInput
        There are not two domains, or one is empty or has fewer than `least` tokens.
    """
    if len(counts) < 2:
        known = f"got one, {next(iter(counts))!r}" if counts else "got none"
        raise InvalidInput(f"a mixture is of two domains or more, {known}: name files of other sources too")
    for name, one in counts.items():
        if not one.n_tokens:
            raise InvalidInput(f"domain {name!r} holds no text: leave it out")
    small = {name: one.n_tokens for name, one in counts.items() if one.n_tokens < least}
    if small:
        told = ", ".join(f"{name!r} ({n_tokens:,})" for name, n_tokens in small.items())
        raise InvalidInput(
            f"an entropy needs {least:,} tokens of a domain, and fewer are in {told}: join it to another "
            "source, or choose a method without entropies"
        )


def seen_once(counts: Counts) -> float:
    """Return the share of a domain's adjacent pairs that it shows once, 0 to 1.

    The correction is for what was not seen, and near 1 it is a guess: by the pairs of random words a short
    text looks richer than a long one of the same kind. No bootstrap tells that, for it draws what was seen.
    """
    pairs = Histogram.together(group.pairs for group in counts.groups)
    return float((pairs.counts == 1).sum() / max(pairs.total, 1))


def _corrected(histogram: Histogram) -> tuple[float, float]:
    """Return the entropy after Chao and Shen (2003), and the plug-in one."""
    counts, times = np.unique(histogram.counts, return_counts=True)
    total = float((counts * times).sum())
    shares = counts / total
    plug_in = float(0.0 - (times * shares * np.log(shares)).sum())
    n_once = float(times[0]) if counts[0] == 1 else 0.0
    # Where every token is seen once nothing is covered; one of them is then taken to be seen twice.
    coverage = 1 - min(n_once, total - 1) / total
    scaled = coverage * shares
    seen = -np.expm1(total * np.log1p(-np.minimum(scaled, 1 - 1e-12)))
    return float(0.0 - (times * scaled * np.log(scaled) / seen).sum()), plug_in


def _lengths(whole: Histogram, groups: Sequence[Group], kind: str) -> np.ndarray:
    """Return (`N_GROUPS`,) the sum of -ln P over each group, in nats."""
    total, found = whole.total, []
    for group in groups:
        own: Histogram = getattr(group, kind)
        found.append(float(-(own.counts * np.log(whole.of_keys(own.keys) / total)).sum()))
    return np.array(found)


def _estimate(value: float, plug_in: float, lengths: np.ndarray, sizes: np.ndarray, seed: int) -> Estimate:
    n_groups = int((sizes > 0).sum())
    if n_groups < 2:
        return Estimate(value, plug_in, 0.0, np.inf)
    rng = np.random.default_rng(seed)
    kept = sizes > 0
    times = rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups), _DRAWS)
    drawn = times @ lengths[kept] / (times @ sizes[kept])
    spread = float(drawn.std(ddof=1)) * (n_groups / (n_groups - 1)) ** 0.5
    half = float(stdtrit(n_groups - 1, 0.975)) * spread
    return Estimate(value, plug_in, max(value - half, 0.0), value + half)
