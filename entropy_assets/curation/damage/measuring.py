"""How much of a drop looks damaged, source by source, and which of its records.

What belongs here: from what a detector finds of passages to what is judged. What does not: judging.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from entropy_assets.curation.damage.detector import Detector, Scored
from entropy_assets.curation.damage.generators import FAMILIES
from entropy_assets.curation.damage.nature import FAR, KNOWN, Excess
from entropy_assets.curation.damage.passages import SIDES, Passages

MIN_OF_SOURCE = 20
"""Passages of a source from which on it is judged apart; the whole drop always is."""

NEW_SHARE = 0.5
"""Share of far passages of unknown sources from which on a part of a drop is something new."""

_POINTED = 2
"""A passage whose score is beyond this threshold is pointed at, whatever it looks like."""
_FREQUENT, _COMMON, _FEW = 0.25, 0.1, 3
"""Shares of what looks damaged, and passages, from which on a family is frequent, or common."""
_ALIKE = 0.25
"""A passage looks like the frequent families where they have this share of them and sound."""
_TOLD = 3


class Damaged(NamedTuple):
    """A record that looks damaged: its place, how much, 0 to 1, and like what."""

    place: int
    score: float
    family: str


@dataclass(frozen=True)
class Part:
    """A drop, or what it has of one source.

    Parameters
    ----------
    source
        The source; None for the whole drop.
    side
        One of `SIDES` where the part is what preferences chose, or rejected, over the whole drop; else empty.
    well_known, known
        What looks damaged beyond the expected share of all passages: of sources of which enough is promoted
        to say what is sound there; and of all promoted sources, with what lies among these by another name.
    novel
        The same of all that bears no promoted source's name, among itself; None where there is none.
    far
        Passages that are far from all promoted ones.
    is_new
        Whether most passages are of no promoted source, and far or in a language of their own.
    language
        The language of most of what is novel, where nothing promoted is in it; else empty.
    looks_like
        Family of damage -> share of the passages that look damaged, the largest first.
    """

    source: str | None
    side: str
    well_known: Excess
    known: Excess
    novel: Excess | None
    far: Excess
    is_new: bool
    language: str
    looks_like: dict[str, float]


@dataclass(frozen=True)
class DropDamage:
    """What a detector finds of a drop.

    Parameters
    ----------
    parts
        The whole drop, then its sources by name, then the sides of preferences.
    records
        Records that look damaged, by place.
    """

    parts: tuple[Part, ...]
    records: tuple[Damaged, ...]


def measure_damage(
    detector: Detector, passages: Passages, new_languages: Sequence[str] | None = None
) -> DropDamage:
    """Return what a detector finds of the passages of a drop, at least one.

    Parameters
    ----------
    detector
        What was learned of the pool.
    passages
        The drop.
    new_languages
        (n,) the language of each passage where the pool holds none in it, else the empty text. A part of the
        drop that is mostly in one such language is new; garbled text is taken for many languages.
    """
    languages = np.array(new_languages or [""] * len(passages))
    found = detector.score(passages)
    sources = np.array(passages.sources)
    foreign = found.held < detector.nature.foreign
    near = np.where(foreign, 0.0, found.near)  # where the space holds nothing, nothing is near
    lies = detector.nature.lies(found.sources, found.strangeness, near, sources)
    settled = detector.nature.settled(found.scores, found.families, found.sources, lies, sources)
    beyond = detector.nature.beyond(settled, found.sources, lies)
    is_far = lies == FAR
    pointed = _pointed(detector, found, lies, beyond)
    is_known = np.isin(sources, detector.nature.sources)
    is_well_known = np.isin(sources, detector.well_known)

    def excess(places: np.ndarray, counted: np.ndarray) -> Excess:
        n_records = len(np.unique(passages.records[places]))
        side = SIDES.index(of_side) if of_side else None
        beside, subjects = found.sources[places], found.subjects[places]
        return detector.nature.excess(counted[places], lies[places], beside, subjects, n_records, side)

    parts = []
    for source, of_side, mask in _parts(sources, passages.sides):
        far = is_far[mask]
        language = _most_frequent(languages[mask])
        in_new = (languages == language) & (languages != "")
        is_told = is_known & ~in_new
        novel = mask & ~is_told
        is_new = float(((is_far | foreign | in_new) & novel).sum() / mask.sum()) >= NEW_SHARE
        parts.append(
            Part(
                source,
                of_side,
                excess(mask, beyond & (is_told & is_well_known)[:, None]),
                excess(mask, beyond & (is_told | ((lies == KNOWN) & ~in_new))[:, None]),
                excess(novel, beyond) if novel.any() else None,
                detector.nature.far_excess(far),
                is_new,
                language if (in_new & novel).sum() > novel.sum() / 2 else "",
                looks_like(found.families[mask & pointed]),
            )
        )
    places = np.flatnonzero(pointed)
    return DropDamage(tuple(parts), damaged_records(passages, places, found.scores, found.families))


def _pointed(detector: Detector, found: Scored, lies: np.ndarray, beyond: np.ndarray) -> np.ndarray:
    """Return (n,) bool, whether a passage is pointed at.

    Where a family is frequent among what looks damaged, less is needed to see it in one passage, and what
    looks like a rare one has to look so more.
    """
    families = found.families
    counts = np.bincount(families[beyond[:, 0]], minlength=len(FAMILIES))
    frequent = counts >= max(_FREQUENT * counts.sum(), _FEW)
    common = counts >= max(_COMMON * counts.sum(), _FEW - 1)
    alike = found.shares[:, 1:][:, frequent].sum(axis=1)
    half_beyond = detector.nature.beyond(2 * found.scores, found.sources, lies)[:, 0]
    like_these = frequent[families] & half_beyond & (alike > _ALIKE * (alike + found.shares[:, 0]))
    pointed: np.ndarray = beyond[:, _POINTED] | (beyond[:, 0] & common[families]) | like_these
    return pointed


def damaged_records(
    passages: Passages, pointed: np.ndarray, scores: np.ndarray, families: np.ndarray
) -> tuple[Damaged, ...]:
    """Return the records of some passages, by place; of a record with several passages the worst one.

    Parameters
    ----------
    passages
        The passages.
    pointed
        (m,) int64, places of those that look damaged.
    scores, families
        (n,) of all passages: how damaged each looks, and the place in `FAMILIES` of the damage.
    """
    names = list(FAMILIES)
    worst: dict[int, Damaged] = {}
    for k in pointed:
        one = Damaged(int(passages.records[k]), float(scores[k]), names[families[k]])
        if one.place not in worst or one.score > worst[one.place].score:
            worst[one.place] = one
    return tuple(worst[place] for place in sorted(worst))


def _most_frequent(languages: np.ndarray) -> str:
    """Return the most frequent language, the first by name among equals; the empty text for none."""
    told = Counter(sorted(language for language in languages.tolist() if language))
    return told.most_common(1)[0][0] if told else ""


def _parts(sources: np.ndarray, sides: np.ndarray) -> Iterator[tuple[str | None, str, np.ndarray]]:
    """Yield source, side and mask of each part.

    Damage to one side of preferences is a half of what it is to that side's passages alone.
    """
    yield None, "", np.ones(len(sources), dtype=bool)
    names, counts = np.unique(sources, return_counts=True)
    if len(names) > 1:
        for name, count in zip(names, counts, strict=True):
            if count >= MIN_OF_SOURCE:
                yield str(name), "", sources == name
    for number, side in enumerate(SIDES):
        if (own := sides == number).sum() >= MIN_OF_SOURCE and sides.any():
            yield None, side, own


def looks_like(families: np.ndarray) -> dict[str, float]:
    """Return the most frequent of (n,) places in `FAMILIES`, by name, with their shares; first of equals."""
    counts = np.bincount(families, minlength=len(FAMILIES))
    most = [place for place in np.argsort(-counts, kind="stable")[:_TOLD].tolist() if counts[place]]
    return {list(FAMILIES)[place]: float(counts[place]) / len(families) for place in most}
