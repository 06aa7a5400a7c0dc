"""What points at single records of a drop, one function a rule of the gate.

The gate judges shares and means. A pointer says which records lie beyond what promoted records of the
same stratum show, and by how much. Pointers look at every record and not at samples, but for what a
language model reads. A new one is one function and one entry in `POINTERS`.

What belongs here: pointing at records. What does not: the table that is made of it (`suspects`).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from entropy_assets.curation.entropy_law.copies import (
    ANSWER_WORDS,
    MAX_COPY_RECORDS,
    SHINGLE_WORDS,
    copy_partners,
)
from entropy_assets.curation.entropy_law.drop import ends_open
from entropy_assets.curation.entropy_law.measurement import UNKNOWN_LANGUAGE, Texts
from entropy_assets.curation.entropy_law.strata import RARE_MIX_SHARE, Stratum, fold, refit
from entropy_assets.noise import NOISE_SHARE, noise_share
from entropy_assets.settings import LawSettings

LOSS_QUANTILE = 0.95
"""A loss above this quantile of its stratum's promoted records is pointed at: one in twenty of these."""

MAX_OPEN_SHARE = 0.25
"""An open end is pointed at only where at most so many of the stratum's promoted records end open."""


class Pointed(NamedTuple):
    """A record of the drop by its place, how far it is out, and what it was compared with."""

    place: int
    score: float
    compared_with: str


@dataclass(frozen=True)
class Compared:
    """A drop and its reference as pointers see them.

    Parameters
    ----------
    drop, reference
        Records in the strata that they are judged in.
    stated, reference_stated
        (source, language) of each record as it was told.
    losses, reference_losses
        (n,) and (m,) float64, loss of each record in bits per byte; NaN where it is not known.
    members, reference_members
        The known strata, each with the indices of its records.
    known_records
        Promoted records from which on a stratum or source is known.
    mismatched
        Id -> score of the answers that a language model flagged, of those that it read.
    """

    drop: Texts
    reference: Texts
    stated: Sequence[Stratum]
    reference_stated: Sequence[Stratum]
    losses: np.ndarray
    reference_losses: np.ndarray
    members: dict[Stratum, np.ndarray]
    reference_members: dict[Stratum, np.ndarray]
    known_records: int
    mismatched: Mapping[str, float]


def compared(
    drop: Texts,
    reference: Texts,
    losses: np.ndarray,
    reference_losses: np.ndarray,
    law: LawSettings,
    mismatched: Mapping[str, float],
) -> Compared:
    """Return a drop beside its reference; the arguments are those of `suspects.find_suspects`."""
    folded = fold(drop.strata, reference.strata, law.known_records)
    own, theirs = refit(drop, folded), refit(reference, folded)
    reference_members = theirs.members()
    members = {
        s: i for s, i in own.members().items() if len(reference_members.get(s, ())) >= law.known_records
    }
    return Compared(
        drop=own,
        reference=theirs,
        stated=drop.strata,
        reference_stated=reference.strata,
        losses=losses,
        reference_losses=reference_losses,
        members=members,
        reference_members={stratum: reference_members[stratum] for stratum in members},
        known_records=law.known_records,
        mismatched=mismatched,
    )


def _blobs(pair: Compared) -> Iterator[Pointed]:
    for place, text in enumerate(pair.drop.texts):
        share = noise_share(text.decode())
        if share >= NOISE_SHARE:
            yield Pointed(place, share, f"any text: less than {NOISE_SHARE:.0%} of it is noise")


def _copies(pair: Compared) -> Iterator[Pointed]:
    """Point at near-copies of other records of the drop, or of up to as many promoted ones of its strata."""
    return _repeats(pair, np.arange(len(pair.drop)), Texts.text, SHINGLE_WORDS)


def _repeated_answers(pair: Compared) -> Iterator[Pointed]:
    """Point at answers in known strata that say what those of other records there say."""
    own = np.sort(np.concatenate([np.array([], np.int64), *pair.members.values()]))
    return _repeats(pair, own, Texts.answer, ANSWER_WORDS)


def _repeats(
    pair: Compared, own: np.ndarray, said: Callable[[Texts, int], bytes], run_words: int
) -> Iterator[Pointed]:
    """Point at those of the drop's records `own` whose part `said` shares runs of words with another's.

    The promoted records beside them are those with the lowest ids: ids are digests, so these are a fair
    sample and always the same.
    """
    promoted = np.sort(np.concatenate([np.array([], np.int64), *pair.reference_members.values()]))
    around = promoted[: min(len(own), MAX_COPY_RECORDS)]
    texts = [*(said(pair.drop, i) for i in own), *(said(pair.reference, i) for i in around)]
    ids = [*(pair.drop.ids[i] for i in own), *(pair.reference.ids[i] for i in around)]
    for place, share, partner in copy_partners(texts, len(own), run_words).iter_rows():
        where = "promoted record" if partner >= len(own) else "record of the drop"
        yield Pointed(int(own[place]), share, f"{where} {ids[partner]}")


def _mismatched_answers(pair: Compared) -> Iterator[Pointed]:
    """Point at the records of the model's sample that it flagged; the others it has not read."""
    for place, record_id in enumerate(pair.drop.ids):
        if record_id in pair.mismatched:
            told = "promoted questions with their own answers and with one another's"
            yield Pointed(place, pair.mismatched[record_id], told)


def _truncated(pair: Compared) -> Iterator[Pointed]:
    for stratum, own in pair.members.items():
        theirs = pair.reference_members[stratum]
        n_open = sum(ends_open(pair.reference.texts[i].decode()) for i in theirs)
        if n_open > MAX_OPEN_SHARE * len(theirs):
            continue
        told = _reference_name(len(theirs), stratum)
        for place in own:
            if ends_open(pair.drop.texts[place].decode()):
                yield Pointed(int(place), 1 - n_open / len(theirs), told)


def _loss_shift(pair: Compared) -> Iterator[Pointed]:
    for stratum, own in pair.members.items():
        theirs = pair.reference_losses[pair.reference_members[stratum]]
        theirs = theirs[np.isfinite(theirs)]
        spread = float(theirs.std(ddof=1)) if len(theirs) > 1 else 0.0
        if not spread:
            continue
        limit = float(np.quantile(theirs, LOSS_QUANTILE))
        told = f"{_reference_name(len(theirs), stratum)} with a loss of {theirs.mean():.4g} ± {spread:.4g}"
        for place in own[pair.losses[own] > limit]:
            yield Pointed(int(place), float((pair.losses[place] - theirs.mean()) / spread), told)


def _language_shift(pair: Compared) -> Iterator[Pointed]:
    theirs, mine = _languages(pair.reference_stated), _languages(pair.stated)
    for place, (source, language) in enumerate(pair.stated):
        promoted = theirs.get(source, Counter())
        if language == UNKNOWN_LANGUAGE or promoted.total() < pair.known_records:
            continue
        usual = promoted[language] / promoted.total()
        rise = mine[source][language] / mine[source].total() - usual
        if usual < RARE_MIX_SHARE and rise > 0:
            told = f"{promoted.total()} promoted records of {source}, {usual:.1%} of them in {language}"
            yield Pointed(place, rise, told)


POINTERS: dict[str, Callable[[Compared], Iterable[Pointed]]] = {
    "blobs": _blobs,
    "copies": _copies,
    "repeated_answers": _repeated_answers,
    "mismatched_answers": _mismatched_answers,
    "truncated": _truncated,
    "loss_shift": _loss_shift,
    "language_shift": _language_shift,
}
"""Rule code -> what points at its records. The other rules are about sums, and no record speaks for them."""


def _reference_name(n_records: int, stratum: Stratum) -> str:
    return f"{n_records} promoted records of {stratum[0]} in {stratum[1]}"


def _languages(strata: Sequence[Stratum]) -> dict[str, Counter[str]]:
    told: dict[str, Counter[str]] = {}
    for source, language in strata:
        if language != UNKNOWN_LANGUAGE:
            told.setdefault(source, Counter())[language] += 1
    return told
