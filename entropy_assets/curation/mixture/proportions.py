"""From what is wanted of each domain to what can be had: availability, repetition, floors and ceilings.

A mixture is shares of a budget in tokens or bytes; files and rows play no part. What is wanted is a mixture,
such as the softmax of entropies, or the lowest loss by a law. What can be had is the nearest to it, or the
lowest loss, under all limits at once.

What belongs here: limits, and the mixture under them. What does not: solving (`solving`), laws (`law`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from entropy_assets.curation.mixture.solving import Slopes, divergence, solve
from entropy_assets.errors import InvalidInput, InvalidParameter

MAX_EPOCHS = 16.0
"""Times that a domain may be repeated unless something else is asked for: in mixtures scarce domains gain
from 15 to 20 repetitions (arXiv 2605.12715), where a whole data set gains from some four."""

_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Limits:
    """What a mixture must keep to.

    Parameters
    ----------
    available
        Domain -> what it holds, in the unit of the budget, above 0; two domains or more.
    budget
        What is trained on in all, above 0; None for what all domains hold.
    max_epochs
        Times that a domain may be taken whole, above 0.
    caps
        Domain -> its own `max_epochs`.
    floors, ceilings
        Domain -> least and largest share, from 0 to 1.
    max_divergence
        Most nats from the natural mixture; None for no limit.
    """

    available: Mapping[str, float]
    budget: float | None = None
    max_epochs: float = MAX_EPOCHS
    caps: Mapping[str, float] = field(default_factory=dict)
    floors: Mapping[str, float] = field(default_factory=dict)
    ceilings: Mapping[str, float] = field(default_factory=dict)
    max_divergence: float | None = None

    @property
    def domains(self) -> tuple[str, ...]:
        """Names of the domains, in order."""
        return tuple(sorted(self.available))

    @property
    def amount(self) -> float:
        """The budget."""
        return float(sum(self.available.values())) if self.budget is None else float(self.budget)

    def of(self, values: Mapping[str, float], default: float) -> np.ndarray:
        """Return (m,) float64: a value of each domain in order."""
        return np.array([float(values.get(name, default)) for name in self.domains])

    @property
    def natural(self) -> np.ndarray:
        """(m,) shares of what there is."""
        held = self.of(self.available, 0.0)
        return np.asarray(held / held.sum())


@dataclass(frozen=True)
class Mixture:
    """A mixture of domains under limits.

    Parameters
    ----------
    domains
        Names, m of them.
    available
        (m,) what each holds.
    budget
        What is trained on in all.
    natural, wanted, shares
        (m,) shares of what there is, of what was wanted, and of the mixture; None wanted where a law decided.
    epochs, caps
        (m,) how often each domain is taken whole, and how often it may be.
    binds
        For each domain the limits that hold its share where it is: `floor`, `ceiling`, `epochs`.
    divergence
        Nats from the natural mixture.
    is_near
        Whether the limit on the divergence holds it.
    """

    domains: tuple[str, ...]
    available: np.ndarray
    budget: float
    natural: np.ndarray
    wanted: np.ndarray | None
    shares: np.ndarray
    epochs: np.ndarray
    caps: np.ndarray
    binds: tuple[tuple[str, ...], ...]
    divergence: float
    is_near: bool

    @property
    def weights(self) -> dict[str, float]:
        """Domain -> its share."""
        return dict(zip(self.domains, self.shares.tolist(), strict=True))


def softmax(entropies: Mapping[str, float]) -> dict[str, float]:
    """Return r_i = exp(H_i) / sum exp(H_j), the mixture of entropies of BiMix (arXiv 2405.14908).

    >>> softmax({"a": 1.0, "b": 1.0})
    {'a': 0.5, 'b': 0.5}
    """
    highest = max(entropies.values())
    powers = {name: math.exp(value - highest) for name, value in entropies.items()}
    return {name: power / sum(powers.values()) for name, power in powers.items()}


def nearest(wanted: Mapping[str, float], limits: Limits) -> Mixture:
    """Return the mixture under limits that is nearest to a wanted one: of the least divergence from it.

    Parameters
    ----------
    wanted
        Domain -> share above 0 of every domain; they are made to add up to 1.
    limits
        What it must keep to.

    Raises
    ------
    InvalidInput
        There are not two domains, or one is empty.
    InvalidParameter
        The limits cannot be met, or a domain is unknown or has no wanted share.
    """
    _check(limits)
    _require_known(limits, wanted=wanted)
    shares = limits.of(wanted, 0.0)
    if not (np.isfinite(shares).all() and (shares > 0).all()):
        bad = next(
            name for name, share in zip(limits.domains, shares, strict=True) if not 0 < share < math.inf
        )
        raise InvalidParameter(
            f"each domain needs a wanted share above 0, got {wanted.get(bad, 'none')} for {bad!r}: give it "
            "one, or leave the domain out"
        )
    shares = shares / shares.sum()
    return _under(limits, lambda r: np.log(r / shares), shares)


def lowest(slopes: Slopes, limits: Limits) -> Mixture:
    """Return the mixture under limits of the lowest sum of one convex function a domain.

    Parameters
    ----------
    slopes
        Slopes of the functions over the shares, in the order of `limits.domains`.
    limits
        What it must keep to.

    Raises
    ------
    InvalidInput
        There are not two domains, or one is empty.
    InvalidParameter
        The limits cannot be met.
    """
    _check(limits)
    return _under(limits, slopes, None)


def _under(limits: Limits, slopes: Slopes, wanted: np.ndarray | None) -> Mixture:
    low, high, repeated = _bounds(limits)
    shares = solve(slopes, low, high, limits.natural, limits.max_divergence)
    held, caps = limits.of(limits.available, 0.0), limits.of(limits.caps, limits.max_epochs)
    found = divergence(shares, limits.natural)
    floors, ceilings = limits.of(limits.floors, 0.0), limits.of(limits.ceilings, 1.0)
    binds = tuple(
        tuple(
            name
            for name, is_there in (
                ("floor", floor > 0 and share <= floor + _TOLERANCE),
                ("ceiling", ceiling < 1 and share >= ceiling - _TOLERANCE),
                ("epochs", share >= most - _TOLERANCE),
            )
            if is_there
        )
        for share, floor, ceiling, most in zip(shares, floors, ceilings, repeated, strict=True)
    )
    most = limits.max_divergence
    return Mixture(
        domains=limits.domains,
        available=held,
        budget=limits.amount,
        natural=limits.natural,
        wanted=wanted,
        shares=shares,
        epochs=shares * limits.amount / held,
        caps=caps,
        binds=binds,
        divergence=found,
        is_near=most is not None and found >= most - 1e-6,
    )


def _bounds(limits: Limits) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the least and largest share of each domain, and the largest by its epochs alone."""
    held, caps = limits.of(limits.available, 0.0), limits.of(limits.caps, limits.max_epochs)
    repeated = caps * held / limits.amount
    low = limits.of(limits.floors, 0.0)
    high = np.minimum(np.minimum(limits.of(limits.ceilings, 1.0), repeated), 1.0)
    for name, floor, most, epochs in zip(limits.domains, low, high, repeated, strict=True):
        if floor > most + _TOLERANCE:
            why = "its epochs" if epochs < 1 and epochs <= most + _TOLERANCE else "its ceiling"
            raise InvalidParameter(
                f"domain {name!r} has a floor of {floor:g}, and {why} allow {most:.4g} of the budget at "
                "most: lower the floor or the budget, or allow it more"
            )
    if low.sum() > 1 + _TOLERANCE:
        raise InvalidParameter(f"the floors add up to {low.sum():g}, and 1 is all there is: lower them")
    if high.sum() < 1 - _TOLERANCE:
        reach = float(np.minimum(caps * held, limits.of(limits.ceilings, 1.0) * limits.amount).sum())
        raise InvalidParameter(
            f"a budget of {limits.amount:,.0f} cannot be filled: under their ceilings and epochs the domains "
            f"give {reach:,.0f}; lower the budget, or raise max_epochs, a cap or a ceiling"
        )
    return low, np.maximum(high, low), repeated


def _check(limits: Limits) -> None:
    """Refuse what is no domain, or no limit."""
    if len(limits.available) < 2:
        known = f"got one, {next(iter(limits.available))!r}" if limits.available else "got none"
        raise InvalidInput(f"a mixture is of two domains or more, {known}: name files of other sources too")
    for name, held in limits.available.items():
        if not (held > 0 and math.isfinite(held)):
            raise InvalidInput(f"domain {name!r} holds no text: leave it out")
    _require_known(limits, cap=limits.caps, floor=limits.floors, ceiling=limits.ceilings)
    numbers = {"the budget": limits.amount, "max_epochs": limits.max_epochs}
    numbers |= {f"the cap of {name!r}": value for name, value in limits.caps.items()}
    for what, value in numbers.items():
        if not (value > 0 and math.isfinite(value)):
            raise InvalidParameter(f"{what} must be a finite number above 0, got {value:g}")
    for word, values in (("floor", limits.floors), ("ceiling", limits.ceilings)):
        for name, value in values.items():
            if not 0 <= value <= 1:
                raise InvalidParameter(
                    f"the {word} of {name!r} must be a fraction from 0 to 1, got {value:g}"
                )
    if limits.max_divergence is not None and not limits.max_divergence >= 0:
        raise InvalidParameter(f"max_divergence must be 0 nats or more, got {limits.max_divergence:g}")


def _require_known(limits: Limits, **given: Mapping[str, float]) -> None:
    for word, values in given.items():
        for name in values:
            if name not in limits.available:
                raise InvalidParameter(
                    f"there is no domain {name!r} for a {word}: known are {', '.join(limits.domains)}"
                )
