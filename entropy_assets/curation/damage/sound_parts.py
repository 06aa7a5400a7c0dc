"""What sound parts of a pool reach: the limits of nature that its examples lead to.

The parts of a pool, clusters, length bands and harmless variations, are each judged as if they were a drop.
How far their shares of passages beyond a threshold scatter, chance apart, is estimated by moments; the
largest standardised excess over all thresholds is the one statistic, and its tail over sound parts is
modelled as Gumbel's, the law of maxima.

What belongs here: thresholds, parts, and how these scatter. What does not: applying limits (`nature`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from entropy_assets.curation.damage.nature import FAR, KNOWN, LEVELS, NEAR, QUARTER, Nature
from entropy_assets.curation.damage.passages import SIDES
from entropy_assets.curation.damage.training import (
    ALONE,
    N_USUAL,
    ONE_LENGTH,
    SOUND,
    SOURCE,
    SUBJECT,
    Examples,
)

LEAST_SCORE = 0.3
"""A threshold is no lower: what looks damaged is less likely sound than that."""

MIN_OF_SOURCE = 150
"""Sound passages from which on a source has thresholds of its own."""

MIN_OF_PART = 15
"""Passages from which on a part is looked at."""

WHOLE = 0.95
"""Share of sound parts that are taken as they are; what the odd ones beyond reach is cut to what these do."""

PRIOR, PRIOR_PARTS = 0.22, 5
"""How shares scatter between subjects before any was seen, in roots of them; counts as so many subjects."""

_APART = 0.1
"""Share of sound passages of known subjects that do not lie among the others."""
_FAR = 0.02
_EULER = 0.5772156649
_LEAST_SCATTER = 0.01
_LEAST_SCATTER_OUTSIDE = 0.04


def nature_of(shares: np.ndarray, strangeness: np.ndarray, examples: Examples, sources: np.ndarray) -> Nature:
    """Return what sound examples reach, whose shares come from networks that have not seen them.

    Parameters
    ----------
    shares
        (n, families + 1) float64 of all, sound first, by networks that saw neither them nor what they were
        left out with.
    strangeness
        (n,) float64 of all examples: how much each looks like a record of no source of the pool.
    examples
        What was scored.
    sources
        (m,) sources of the reference.
    """
    names, codes = np.unique(sources, return_inverse=True)
    scores, looks = 1.0 - shares[:, 0], shares[:, 1:].argmax(axis=1)
    plain = (examples.damage == SOUND) & (examples.variations == 0)
    inside, alone = (plain & (examples.without == kind) for kind in (SUBJECT, ALONE))
    subjects, known_subjects = (list(_subjects(examples, kind)) for kind in (inside, alone))
    near = [*subjects, *_bands_and_variations(examples, codes, SUBJECT)]
    known = [*known_subjects, *_bands_and_variations(examples, codes, ALONE)]
    outer = list(_outer_parts(examples, codes))
    blank, lies = _unscattered(scores, strangeness, examples, names)
    left_out = blank.beyond(scores, examples.beside, lies)
    judged = [_Judged.of(blank, scores, looks, examples, lies, part) for part in (*near, *known)]
    among_others = [one.beyond[own] for one in judged if (own := one.lies == KNOWN).sum() >= MIN_OF_PART]
    of_near = _shrunk(*_moments([left_out[part] for part in near], _LEAST_SCATTER), len(subjects))
    of_outer = _moments([left_out[part] for part in outer], _LEAST_SCATTER_OUTSIDE) if outer else of_near
    of_known = _shrunk(*_moments(among_others, _LEAST_SCATTER), len(known_subjects))
    expected, scatter = (np.array(all_) for all_ in zip(of_near, of_outer, of_known, strict=True))
    far_share = np.array(_moments([(lies == FAR)[part, None] for part in near], _LEAST_SCATTER))[:, 0]
    blank = replace(blank, expected=expected, scatter=scatter, far_share=far_share, n_parts=len(judged))
    blank = replace(blank, of_sides=_of_sides(blank, scores, examples, inside, alone))
    reached = np.array(
        [blank.excess(one.beyond, one.lies, one.beside, one.subjects, len(one.lies)).score for one in judged]
    )
    usual = np.minimum(reached, np.quantile(reached, WHOLE)) if len(judged) > 1 else reached
    location, scale = gumbel(usual) if len(judged) > 1 else (1.5, 1.0)
    return replace(blank, location=location, scale=scale)


def _unscattered(
    scores: np.ndarray, strangeness: np.ndarray, examples: Examples, names: np.ndarray
) -> tuple[Nature, np.ndarray]:
    """Return thresholds by source, with no word yet of how parts scatter, and how all examples lie."""
    beside = np.searchsorted(names, examples.beside)
    plain = (examples.damage == SOUND) & (examples.variations == 0)
    inside, outside, alone = (plain & (examples.without == kind) for kind in (SUBJECT, SOURCE, ALONE))
    far, close, rows, among = np.ones(len(names)), np.ones(len(names)), [], []
    for code in range(len(names)):
        of_source = beside == code
        if (own := inside & of_source).any():
            far[code] = np.quantile(strangeness[own], 1 - _FAR)
        rows.append(_thresholds(scores, own, inside))
        if (own := alone & of_source).any():
            close[code] = np.quantile(examples.near[own], _APART)
        among.append(_thresholds(scores, own, alone))
    lies = np.where(strangeness > far[beside], FAR, NEAR)
    rows.append(_thresholds(scores, outside & (lies == FAR), outside, inside))
    sizes = np.bincount(beside[inside], minlength=len(names))
    none = np.zeros((3, len(LEVELS)))
    found = Nature(
        sources=names,
        thresholds=np.array(rows),
        among=np.array(among),
        close=close,
        usual=np.array(
            [
                [_low(scores, kind & (beside == code), kind) for code in range(len(names))]
                for kind in (inside, alone)
            ]
        ),
        units=np.where(sizes >= MIN_OF_SOURCE, np.arange(len(names)), len(names)),
        far=far,
        expected=none,
        scatter=none,
        far_share=np.zeros(2),
        of_sides=np.zeros((len(SIDES), len(LEVELS))),
        foreign=float(np.quantile(examples.held[inside], _FAR)) / 2,
        location=0.0,
        scale=1.0,
        n_parts=0,
    )
    return found, lies


@dataclass(frozen=True)
class _Judged:
    """A sound part as it would be judged if it were a drop: how its passages lie, and what is beyond."""

    lies: np.ndarray
    beside: np.ndarray
    subjects: np.ndarray
    beyond: np.ndarray

    @classmethod
    def of(
        cls,
        nature: Nature,
        scores: np.ndarray,
        looks: np.ndarray,
        examples: Examples,
        lies: np.ndarray,
        part: np.ndarray,
    ) -> "_Judged":
        beside = examples.beside[part]
        own = nature.known(lies[part], beside, examples.near[part])
        settled = nature.settled_source(scores[part].astype(np.float64), looks[part], beside, own)
        subjects = examples.clusters[examples.places[part]]
        return cls(own, beside, subjects, nature.beyond(settled, beside, own))


def _low(scores: np.ndarray, own: np.ndarray, all_: np.ndarray) -> float:
    """Return the lower quartile of some scores, or of all where these are few."""
    return float(np.quantile(scores[own if own.sum() >= MIN_OF_PART else all_], QUARTER))


def _thresholds(scores: np.ndarray, *pools: np.ndarray) -> np.ndarray:
    """Return (levels,) thresholds over the first of some masks that holds enough, or over the last."""
    own = next((mask for mask in pools if mask.sum() >= MIN_OF_SOURCE), pools[-1])
    found: np.ndarray = np.maximum(np.quantile(scores[own], LEVELS), LEAST_SCORE)
    return found


def _bands_and_variations(examples: Examples, codes: np.ndarray, without: int) -> Iterator[np.ndarray]:
    """Yield masks of sound examples of one source and length, or of one source and variation."""
    inside = (examples.damage == SOUND) & (examples.without == without)
    own = codes[examples.places]
    masks = []
    again = inside & (examples.variations == ONE_LENGTH)
    for code in np.unique(codes):
        of_source = np.flatnonzero(again & (own == code))
        order = of_source[np.argsort(examples.lengths[of_source], kind="stable")]
        for quarter in np.array_split(order, 4):
            mask = np.zeros(len(own), dtype=bool)
            mask[quarter] = True
            masks.append(mask)
        for number in range(1, 1 + N_USUAL):
            masks.append(inside & (own == code) & (examples.variations == number))
    yield from (mask for mask in masks if mask.sum() >= MIN_OF_PART)


def _subjects(examples: Examples, counted: np.ndarray) -> Iterator[np.ndarray]:
    """Yield masks of the counted examples of one cluster each, large enough to be looked at."""
    clusters = examples.clusters[examples.places]
    masks = (counted & (clusters == one) for one in np.unique(examples.clusters))
    yield from (mask for mask in masks if mask.sum() >= MIN_OF_PART)


def _shrunk(mean: np.ndarray, scatter: np.ndarray, n_subjects: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a mean, and a scatter that few subjects move little from what is to be expected of any pool."""
    prior = PRIOR * np.sqrt(1 - np.array(LEVELS))
    both = (n_subjects * scatter**2 + PRIOR_PARTS * prior**2) / (n_subjects + PRIOR_PARTS)
    return mean, np.sqrt(both)


def _of_sides(
    nature: Nature, scores: np.ndarray, examples: Examples, inside: np.ndarray, alone: np.ndarray
) -> np.ndarray:
    """Return (2, levels) what sound passages of each side have beyond the mean share, 0 at least.

    What was rejected was rejected for a reason: more of it may look damaged.
    """
    found = np.zeros((len(SIDES), len(LEVELS)))
    for kind, lies in ((inside, NEAR), (alone, KNOWN)):
        beyond = nature.beyond(scores, examples.beside, np.full(len(scores), lies))
        for side in range(len(SIDES)):
            if (own := kind & (examples.sides == side)).sum() >= MIN_OF_PART:
                found[side] = np.maximum(found[side], beyond[own].mean(axis=0) - nature.expected[lies])
    return found


def _outer_parts(examples: Examples, codes: np.ndarray) -> Iterator[np.ndarray]:
    """Yield masks of sound examples that were looked at without their source, by source."""
    outside = (examples.damage == SOUND) & (examples.variations == 0) & (examples.without == SOURCE)
    masks = (outside & (codes[examples.places] == code) for code in np.unique(codes))
    yield from (mask for mask in masks if mask.sum() >= MIN_OF_PART)


def _moments(parts: list[np.ndarray], least: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (levels,) the mean share of (n, levels) bool of parts, and how it scatters, chance apart."""
    shares = np.array([part.mean(axis=0) for part in parts])
    if len(parts) < 2:
        mean = shares.mean(axis=0) if parts else 1 - np.array(LEVELS)
        return mean, np.full(len(mean), max(least, 0.1))
    shares = np.minimum(shares, np.quantile(shares, WHOLE, axis=0))
    mean = shares.mean(axis=0)
    chance = np.mean([mean * (1 - mean) / len(part) for part in parts], axis=0)
    return mean, np.sqrt(np.maximum(shares.var(axis=0, ddof=1) - chance, least**2))


def gumbel(values: np.ndarray) -> tuple[float, float]:
    """Return location and scale of Gumbel's distribution by moments."""
    scale = float(np.sqrt(6) / np.pi * values.std(ddof=1)) if len(values) > 1 else 1.0
    return float(values.mean() - _EULER * scale), scale
