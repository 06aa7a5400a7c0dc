"""What points at single records of a drop, one function a rule of the gate.

The gate judges shares and means. A pointer says which records lie beyond what promoted records of the
same stratum show, and by how much. Pointers look at every record and not at samples, but for what a
language model reads. A new one is one function, named in its rule (`rules`).

What belongs here: pointing at records. What does not: the table that is made of it (`suspects`).
"""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from entropy_assets.curation.entropy_law.drop.compared import Compared
from entropy_assets.curation.entropy_law.drop.copies import MAX_COPY_RECORDS, copies_of
from entropy_assets.curation.entropy_law.drop.excess import scored
from entropy_assets.curation.entropy_law.drop.phrases import REPEATED_SHARE
from entropy_assets.curation.entropy_law.drop.strata import RARE_MIX_SHARE, Stratum, told_by_source
from entropy_assets.curation.entropy_law.measurement import UNKNOWN_LANGUAGE
from entropy_assets.noise import NOISE_SHARE, noise_share

POINTED_SCORE = 2.0
"""A record is pointed at from so many standard deviations on: of normal scores one in forty-four."""

MIN_ENDING_WEIGHT = 1.0
"""An ending is pointed at where it counts for more: it is then about twice as frequent among cut records."""


class Pointed(NamedTuple):
    """A record of the drop by its place, how far it is out, and what it was compared with."""

    place: int
    score: float
    compared_with: str


def blobs(pair: Compared) -> Iterator[Pointed]:
    """Point at records that are no text."""
    for place, text in enumerate(pair.drop.texts):
        share = noise_share(text.decode())
        if share >= NOISE_SHARE:
            yield Pointed(place, share, f"any text: less than {NOISE_SHARE:.0%} of it is noise")


def copies(pair: Compared) -> Iterator[Pointed]:
    """Point at near-copies of other records of the drop, or of up to as many promoted ones of its strata.

    The promoted records beside them are those with the lowest ids: ids are digests, so these are a fair
    sample and always the same.
    """
    n_own = len(pair.drop)
    around = pair.reference.take(pair.beside_others.known_reference[: min(n_own, MAX_COPY_RECORDS)])
    ids = [*pair.drop.ids, *around.ids]
    for place, share, partner in copies_of(pair.drop, around).iter_rows():
        where = "promoted record" if partner >= n_own else "record of the drop"
        yield Pointed(place, share, f"{where} {ids[partner]}")


def repeated_phrases(pair: Compared) -> Iterator[Pointed]:
    """Point at records that are made of phrases that too many records share."""
    repeated = pair.repeated
    told = f"how many records say the same among {repeated.n_reference} promoted ones"
    for place, share in zip(repeated.places, repeated.shares, strict=True):
        if share >= REPEATED_SHARE:
            yield Pointed(int(place), float(share), told)


def mismatched_answers(pair: Compared) -> Iterator[Pointed]:
    """Point at records of the model's sample whose answers rather are another's; others it has not read."""
    mismatched = pair.answers.mismatched or {}
    for place, record_id in enumerate(pair.drop.ids):
        if record_id in mismatched:
            told = "promoted questions with their own answers and with one another's"
            yield Pointed(place, mismatched[record_id], told)


def truncated(pair: Compared) -> Iterator[Pointed]:
    """Point at records that end as cut ones do."""
    if not pair.members:
        return
    ends = pair.ends
    for stratum, own in pair.members.items():
        endings = ends.strata[stratum]
        told = f"how {_reference_name(endings.n_records, stratum)} end, and how they would end if cut"
        for place in own:
            weight = float(endings.weights[ends.found[place]])
            if weight > MIN_ENDING_WEIGHT:
                yield Pointed(int(place), weight, told)


def outliers(code: str, pair: Compared) -> Iterator[Pointed]:
    """Point at records whose number lies far above the line of their stratum (`excess`)."""
    if code not in pair.values:
        return
    for stratum, one in scored(pair.windows, pair.values[code]).items():
        told = f"{_reference_name(len(one.reference), stratum)} of the same size"
        for place, score in zip(one.places, one.scores, strict=True):
            if score > POINTED_SCORE:
                yield Pointed(int(place), float(score), told)


def language_shift(pair: Compared) -> Iterator[Pointed]:
    """Point at records in a language that is rare among promoted records of their source."""
    theirs, mine = told_by_source(pair.reference_told.strata), told_by_source(pair.told.strata)
    for place, (source, language) in enumerate(pair.told.strata):
        promoted = theirs.get(source, Counter())
        if language == UNKNOWN_LANGUAGE or promoted.total() < pair.law.known_records:
            continue
        usual = promoted[language] / promoted.total()
        rise = mine[source][language] / mine[source].total() - usual
        if usual < RARE_MIX_SHARE and rise > 0:
            told = f"{promoted.total()} promoted records of {source}, {usual:.1%} of them in {language}"
            yield Pointed(place, rise, told)


def _reference_name(n_records: int, stratum: Stratum) -> str:
    return f"{n_records} promoted records of {stratum[0]} in {stratum[1]}"


def harmed(code: str, pair: Compared) -> Iterator[Pointed]:
    """Point at records that look like damaged ones to the detector that a rule listens to."""
    if pair.harm.rule == code:
        for place, score, family in pair.harm.records:
            yield Pointed(place, score, family)
