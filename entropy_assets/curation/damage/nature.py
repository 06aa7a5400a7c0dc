"""What sound parts of a pool reach: thresholds of single passages, and shares beyond them by part.

A passage counts where its score lies beyond what all but a few sound passages of the source next to it score,
each left out with its whole cluster. A source of a drop that lies as near to promoted passages as these to
one another is of known subjects: its passages count beyond what sound ones score that were left out with any
few. What all passages of a source have in common is taken off first, up to a limit. Of a part of a drop the
share of such passages is compared with those of the pool's own parts: clusters, length bands, harmless
variations, each judged as if it were new. How far these scatter beyond chance is estimated by moments; the
largest standardised excess over all thresholds is the one statistic, and its tail over sound parts is
modelled as Gumbel's, the law of maxima.

What belongs here: thresholds and limits. What does not: scores (`detector`), and a drop's verdict.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from entropy_assets.curation.damage.training import (
    ALONE,
    N_USUAL,
    ONE_LENGTH,
    SOUND,
    SOURCE,
    SUBJECT,
    Examples,
)

LEVELS = (0.95, 0.97, 0.985, 0.995)
"""Shares of sound passages that a threshold leaves below it."""

LEAST_SCORE = 0.3
"""A threshold is no lower: what looks damaged is less likely sound than that."""

MIN_OF_SOURCE = 150
"""Sound passages from which on a source has thresholds of its own."""

MIN_OF_PART = 15
"""Passages from which on a part is looked at."""

WHOLE = 0.95
"""Share of sound parts that are taken as they are; what the odd ones beyond reach is cut to what these do."""

TOGETHER = 0.15
"""Share of the variance between sound parts that all sources of a drop have in common."""

PRIOR, PRIOR_PARTS = 0.22, 5
"""How shares scatter between subjects before any was seen, in roots of them; counts as so many subjects."""

NEAR, FAR, KNOWN = 0, 1, 2
"""How a passage lies to promoted ones: near them, far from all, or among them as one of a known subject."""

KNOWN_SHARE = 0.75
"""Share of a source's passages that lie among promoted ones, from which on its subjects are known."""

PLAIN, MOST = 0.8, 1.25
"""A lower quartile of scores that is no nature, and the most in logits that is taken for nature."""

_QUARTER, _TINY = 0.25, 1e-6
_APART = 0.1
"""Share of sound passages of known subjects that do not lie among the others."""
_FAR = 0.02
_EULER = 0.5772156649
_LEAST_SCATTER = 0.01
_LEAST_SCATTER_OUTSIDE = 0.04


@dataclass(frozen=True)
class Excess:
    """How many passages of a part of a drop look damaged, beside what sound parts reach.

    Parameters
    ----------
    n
        Records of the part.
    excess
        Share of them beyond the threshold that speaks most, less the expected one.
    expected
        What sound parts have beyond it on average.
    scatter
        Standard deviation of that share in sound parts of that size.
    """

    n: int
    excess: float
    expected: float
    scatter: float

    @property
    def score(self) -> float:
        """The excess in standard deviations."""
        return self.excess / self.scatter


@dataclass(frozen=True)
class Nature:
    """Thresholds and what sound parts reach.

    Parameters
    ----------
    sources
        (s,) names, sorted.
    thresholds
        (s + 1, levels) float64 by source; the last row is for passages far from all promoted ones.
    among
        (s, levels) float64 by source, for passages of known subjects.
    close
        (s,) float64, mean cosine to its nearest passages from which a passage lies among those of a source.
    usual
        (2, s) float64, lower quartile of the scores of sound passages by source: left out with their subject,
        and of known ones.
    units
        (s,) int64, the unit of each source: its place, or the last one for those too small for thresholds of
        their own.
    far
        (s,) float64, the strangeness above which a passage next to a source is far.
    expected, scatter
        (3, levels) float64, mean share and its standard deviation between sound parts, chance apart; of
        `NEAR`, `FAR` and `KNOWN` passages.
    far_share
        (2,) float64, mean share of far passages in sound parts of known sources, and its standard deviation.
    foreign
        What the space holds of all but a few sound passages is twice as much at least.
    location, scale
        Gumbel's parameters of the score of a sound part.
    n_parts
        Sound parts that they rest on.
    """

    sources: np.ndarray
    thresholds: np.ndarray
    among: np.ndarray
    close: np.ndarray
    usual: np.ndarray
    units: np.ndarray
    far: np.ndarray
    expected: np.ndarray
    scatter: np.ndarray
    far_share: np.ndarray
    foreign: float
    location: float
    scale: float
    n_parts: int

    @classmethod
    def of(
        cls, scores: np.ndarray, strangeness: np.ndarray, examples: Examples, sources: np.ndarray
    ) -> "Nature":
        """Return what sound examples reach, whose scores come from networks that have not seen them.

        Parameters
        ----------
        scores
            (n,) float64 of all, by networks that saw neither them nor what they were left out with.
        strangeness
            (n,) float64 of all examples: how much each looks like a record of no source of the pool.
        examples
            What was scored.
        sources
            (m,) sources of the reference.
        """
        names, codes = np.unique(sources, return_inverse=True)
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
        units = np.where(sizes >= MIN_OF_SOURCE, np.arange(len(names)), len(names))
        subjects, known_subjects = (list(_subjects(examples, kind)) for kind in (inside, alone))
        near = [*subjects, *_bands_and_variations(examples, codes, SUBJECT)]
        known = [*known_subjects, *_bands_and_variations(examples, codes, ALONE)]
        outer = list(_outer_parts(examples, codes))
        far_share = np.array(_moments([(lies == FAR)[part, None] for part in near], _LEAST_SCATTER))[:, 0]
        foreign = float(np.quantile(examples.held[inside], _FAR)) / 2
        none = np.zeros((3, len(LEVELS)))
        usual_low = np.array(
            [
                [_low(scores, kind & (beside == code), kind) for code in range(len(names))]
                for kind in (inside, alone)
            ]
        )
        limits = (
            names,
            np.array(rows),
            np.array(among),
            close,
            usual_low,
            units,
            far,
            none,
            none,
            far_share,
            foreign,
        )
        blank = cls(*limits, 0.0, 1.0, len(near) + len(known))
        left_out = blank.beyond(scores, examples.beside, lies)
        judged = [_Judged.of(blank, scores, examples, lies, part) for part in (*near, *known)]
        among_others = [one.beyond[own] for one in judged if (own := one.lies == KNOWN).sum() >= MIN_OF_PART]
        of_near = _shrunk(*_moments([left_out[part] for part in near], _LEAST_SCATTER), len(subjects))
        of_outer = _moments([left_out[part] for part in outer], _LEAST_SCATTER_OUTSIDE) if outer else of_near
        of_known = _shrunk(*_moments(among_others, _LEAST_SCATTER), len(known_subjects))
        expected, scatter = (np.array(all_) for all_ in zip(of_near, of_outer, of_known, strict=True))
        blank = replace(blank, expected=expected, scatter=scatter)
        reached = np.array(
            [blank.excess(one.beyond, one.lies, one.beside, len(one.lies)).score for one in judged]
        )
        usual = np.minimum(reached, np.quantile(reached, WHOLE)) if len(judged) > 1 else reached
        location, scale = gumbel(usual) if len(judged) > 1 else (1.5, 1.0)
        return replace(blank, location=location, scale=scale)

    def lies(
        self, beside: np.ndarray, strangeness: np.ndarray, near: np.ndarray, sources: np.ndarray
    ) -> np.ndarray:
        """Return (n,) int64 `NEAR`, `FAR` or `KNOWN`: how the passages of a drop lie to promoted ones.

        Parameters
        ----------
        beside
            (n,) the source of most of the nearest passages of each.
        strangeness, near
            (n,) of each passage.
        sources
            (n,) the source that each came with, promoted or not.
        """
        codes = np.searchsorted(self.sources, beside)
        found = np.where(strangeness > self.far[codes], FAR, NEAR)
        for source in np.unique(sources):
            own = sources == source
            found[own] = self._known(found[own], beside[own], near[own])
        return found

    def _known(self, lies: np.ndarray, beside: np.ndarray, near: np.ndarray) -> np.ndarray:
        """Return how passages that came together lie, where enough of them lie among promoted ones."""
        among = (near >= self.close[np.searchsorted(self.sources, beside)]) & (lies == NEAR)
        return np.where(among, KNOWN, lies) if among.mean() >= KNOWN_SHARE else lies

    def settled(
        self, scores: np.ndarray, beside: np.ndarray, lies: np.ndarray, sources: np.ndarray
    ) -> np.ndarray:
        """Return (n,) scores less what all passages of a promoted source are above usual, in logits.

        Nature moves all of them a little, damage moves a part of them far: what all have in common is told by
        the lower quartile, which damage to less than half of a source moves little. No more than `MOST` is
        taken off, and nothing where that quartile looks damaged itself.
        """
        found = scores.astype(np.float64)
        for source in np.intersect1d(sources, self.sources):
            own = sources == source
            found[own] = self._settled(found[own], beside[own], lies[own])
        return found

    def _settled(self, scores: np.ndarray, beside: np.ndarray, lies: np.ndarray) -> np.ndarray:
        low = np.quantile(scores, _QUARTER)
        if low > PLAIN:
            return scores
        usual = self.usual[(lies == KNOWN).astype(np.int64), np.searchsorted(self.sources, beside)]
        above = float(np.clip(_logit(low) - _logit(usual).mean(), 0.0, MOST))
        found: np.ndarray = 1 / (1 + np.exp(above - _logit(scores)))
        return found

    def beyond(self, scores: np.ndarray, beside: np.ndarray, lies: np.ndarray) -> np.ndarray:
        """Return (n, levels) bool, whether the scores of passages are beyond the thresholds."""
        codes = np.searchsorted(self.sources, beside)
        left_out = self.thresholds[np.where(lies == FAR, len(self.sources), codes)]
        found: np.ndarray = scores[:, None] > np.where((lies == KNOWN)[:, None], self.among[codes], left_out)
        return found

    def excess(self, beyond: np.ndarray, lies: np.ndarray, beside: np.ndarray, n_records: int) -> Excess:
        """Return the excess of a part of a drop: what `beyond` said of its passages.

        A threshold that speaks most is one whose share lies most standard deviations above the expected one.
        What is odd about one source is its own: over passages `beside` many sources it scatters less.
        """
        weights = np.bincount(lies, minlength=3) / len(lies)
        expected = weights @ self.expected
        _, sizes = np.unique(self.units[np.searchsorted(self.sources, beside)], return_counts=True)
        apart = TOGETHER + (1 - TOGETHER) * float(sizes @ sizes) / len(beside) ** 2
        chance = (expected + 1 / n_records) * (1 - expected) / n_records  # one record more
        scatter = np.sqrt(apart * (weights**2 @ self.scatter**2) + chance)
        excess = beyond.mean(axis=0) - expected
        best = int((excess / scatter).argmax())
        return Excess(n_records, float(excess[best]), float(expected[best]), float(scatter[best]))

    def far_excess(self, is_far: np.ndarray) -> Excess:
        """Return the excess of far passages in a part of a drop."""
        expected, scatter = (float(number) for number in self.far_share)
        chance = (expected + 1 / len(is_far)) * (1 - expected) / len(is_far)
        return Excess(
            len(is_far), float(is_far.mean()) - expected, expected, float(np.sqrt(scatter**2 + chance))
        )

    def limit(self, rate: float, least: float) -> float:
        """Return the score, at least `least`, that a sound part is beyond with probability `rate`."""
        return max(least, float(self.location - self.scale * np.log(-np.log1p(-rate))))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what is kept, by name."""
        return {f"nature.{field.name}": np.asarray(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_arrays(cls, kept: Mapping[str, np.ndarray]) -> "Nature":
        """Return what `arrays` returned."""
        read = {field.name: kept[f"nature.{field.name}"] for field in fields(cls)}
        numbers = {name: read[name].item() for name in ("foreign", "location", "scale", "n_parts")}
        return cls(**(read | numbers))


@dataclass(frozen=True)
class _Judged:
    """A sound part as it would be judged if it were a drop: how its passages lie, and what is beyond."""

    lies: np.ndarray
    beside: np.ndarray
    beyond: np.ndarray

    @classmethod
    def of(
        cls, nature: Nature, scores: np.ndarray, examples: Examples, lies: np.ndarray, part: np.ndarray
    ) -> "_Judged":
        beside = examples.beside[part]
        own = nature._known(lies[part], beside, examples.near[part])
        settled = nature._settled(scores[part].astype(np.float64), beside, own)
        return cls(own, beside, nature.beyond(settled, beside, own))


def _low(scores: np.ndarray, own: np.ndarray, all_: np.ndarray) -> float:
    """Return the lower quartile of some scores, or of all where these are few."""
    return float(np.quantile(scores[own if own.sum() >= MIN_OF_PART else all_], _QUARTER))


def _logit(scores: np.ndarray) -> np.ndarray:
    found: np.ndarray = np.log(scores + _TINY) - np.log1p(_TINY - scores)
    return found


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
