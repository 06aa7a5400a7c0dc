"""Limits of what is nature in a drop: how its passages lie, which are beyond, how many of these are usual.

A passage counts where its score lies beyond what all but a few sound passages of the source next to it score,
each left out with its whole cluster. A source of a drop that lies as near to promoted passages as these to
one another is of known subjects: its passages count beyond what sound ones score that were left out with any
few. What all passages of a source have in common is taken off first, up to a limit.

What belongs here: limits, and applying them. What does not: where they come from (`sound_parts`), scores
(`detector`), and a drop's verdict.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from scipy.special import expit, logit

from entropy_assets.curation.damage.generators import FAMILIES

LEVELS = (0.95, 0.97, 0.985, 0.995)
"""Shares of sound passages that a threshold leaves below it."""

TOGETHER, OF_SUBJECT = 0.15, 0.35
"""Shares of the variance between sound parts that all sources of a drop have in common, and that is a
subject's own; the rest is a source's."""

NEAR, FAR, KNOWN = 0, 1, 2
"""How a passage lies to promoted ones: near them, far from all, or among them as one of a known subject."""

KNOWN_SHARE = 0.75
"""Share of a source's passages that lie among promoted ones, from which on its subjects are known."""

PLAIN = 0.6
"""A lower quartile of scores that is no nature."""

MOST, MOST_KNOWN = 1.25, 0.9
"""Logits that are taken for nature at most: in a source, and in one whose subjects are known."""

OF_ONE_KIND = 0.9
"""Share of a source's passages that look like damage of one family, from which on this is no nature."""

COMMON = ("boilerplate", "broken white space")
"""Families that nature brings about in a whole source: another heading, another program that wrote it."""

QUARTER = 0.25
"""What all passages of a source have in common is told by this quantile of their scores."""

_SURE = 1e-9


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
    of_sides
        (2, levels) float64, what sound passages of each of `SIDES` have beyond the mean share.
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
    of_sides: np.ndarray
    foreign: float
    location: float
    scale: float
    n_parts: int

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
            found[own] = self.known(found[own], beside[own], near[own])
        return found

    def known(self, lies: np.ndarray, beside: np.ndarray, near: np.ndarray) -> np.ndarray:
        """Return how passages that came together lie, where enough of them lie among promoted ones."""
        among = (near >= self.close[np.searchsorted(self.sources, beside)]) & (lies == NEAR)
        return np.where(among, KNOWN, lies) if among.mean() >= KNOWN_SHARE else lies

    def settled(
        self,
        scores: np.ndarray,
        families: np.ndarray,
        beside: np.ndarray,
        lies: np.ndarray,
        sources: np.ndarray,
    ) -> np.ndarray:
        """Return (n,) scores less what all passages of a promoted source are above usual, in logits.

        Nature moves all of them a little, damage moves a part of them far: what all have in common is told by
        the lower quartile, which damage to less than half of a source moves little. No more than `MOST` is
        taken off, or `MOST_KNOWN` where no new subject accounts for it, and nothing where that quartile looks
        damaged itself, or where `OF_ONE_KIND` of the passages look like one of the (n,) `families` that is
        not `COMMON`.
        """
        found = scores.astype(np.float64)
        for source in np.intersect1d(sources, self.sources):
            own = sources == source
            found[own] = self.settled_source(found[own], families[own], beside[own], lies[own])
        return found

    def settled_source(
        self, scores: np.ndarray, families: np.ndarray, beside: np.ndarray, lies: np.ndarray
    ) -> np.ndarray:
        """Return (n,) scores of the passages of one source less what they have in common."""
        low = np.quantile(scores, QUARTER)
        counts = np.bincount(families, minlength=len(FAMILIES))
        is_common = list(FAMILIES)[counts.argmax()] in COMMON
        if low > PLAIN or (counts.max() >= OF_ONE_KIND * len(families) and not is_common):
            return scores
        usual = self.usual[(lies == KNOWN).astype(np.int64), np.searchsorted(self.sources, beside)]
        most = MOST_KNOWN if (lies == KNOWN).mean() >= KNOWN_SHARE else MOST
        above = float(np.clip(_logit(low) - _logit(usual).mean(), 0.0, most))
        found: np.ndarray = expit(_logit(scores) - above)
        return found

    def beyond(self, scores: np.ndarray, beside: np.ndarray, lies: np.ndarray) -> np.ndarray:
        """Return (n, levels) bool, whether the scores of passages are beyond the thresholds."""
        codes = np.searchsorted(self.sources, beside)
        left_out = self.thresholds[np.where(lies == FAR, len(self.sources), codes)]
        found: np.ndarray = scores[:, None] > np.where((lies == KNOWN)[:, None], self.among[codes], left_out)
        return found

    def excess(
        self,
        beyond: np.ndarray,
        lies: np.ndarray,
        beside: np.ndarray,
        subjects: np.ndarray,
        n_records: int,
        side: int | None = None,
    ) -> Excess:
        """Return the excess of a part of a drop: what `beyond` said of its passages.

        A threshold that speaks most is one whose share lies most standard deviations above the expected one.
        What is odd about one source is its own: over passages `beside` many sources it scatters less, and so
        it does over known ones of many `subjects` of a source; what lies apart from promoted passages may be
        one subject, wherever the nearest ones are. Of the passages of one of `SIDES` more is expected where
        sound ones of that side have more.
        """
        weights = np.bincount(lies, minlength=3) / len(lies)
        expected = weights @ self.expected + (0.0 if side is None else self.of_sides[side])
        units = self.units[np.searchsorted(self.sources, beside)]
        is_told = (lies == KNOWN) & (units < len(self.sources))
        of_subjects = np.where(is_told, subjects, -1 - units)
        apart = TOGETHER + (1 - TOGETHER - OF_SUBJECT) * _alike(units) + OF_SUBJECT * _alike(of_subjects)
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


def _alike(names: np.ndarray) -> float:
    """Return how often two of some passages, drawn with return, have the same name."""
    _, sizes = np.unique(names, return_counts=True)
    return float(sizes @ sizes) / len(names) ** 2


def _logit(scores: np.ndarray) -> np.ndarray:
    found: np.ndarray = logit(np.clip(scores, _SURE, 1 - _SURE))
    return found
