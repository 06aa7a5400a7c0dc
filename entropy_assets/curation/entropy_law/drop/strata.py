"""Strata that a handful of stray languages cannot split: which (source, language) are judged alone.

A detector of languages errs now and then, and a record can quote another language. A language that is
rare within its source, among promoted records and in the drop, is therefore counted with the source's
main language; so is a record whose language cannot be told. The mix of languages is compared on the
languages as they were told (`language_shift`), so nothing is hidden by it.

What belongs here: the folding of strata, and what languages themselves say. What does not: what is
measured on strata.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from entropy_assets.curation.entropy_law.measurement import UNKNOWN_LANGUAGE, Measurement, Texts

Stratum = tuple[str, str]

RARE_SHARE = 0.1
"""A language with less of its source's records in the drop is rare there."""

RARE_RECORDS = 20
"""And so is one with fewer records than this."""

RARE_MIX_SHARE = 0.05
"""Languages below this share of a source, in drop and reference, are compared as one."""


def fold(
    drop: Sequence[Stratum], reference: Sequence[Stratum] | Counter[Stratum], known_records: int
) -> dict[Stratum, Stratum]:
    """Return for each stratum of a drop and of promoted records the stratum that it is judged in.

    A language stands alone where it has `known_records` promoted records of its source, or where it
    makes up a tenth, and at least twenty records, of its source in the drop. Any other one is counted
    with the source's main language: the most frequent one that was told, among promoted records if
    there are any.

    Parameters
    ----------
    drop
        Stratum of each record of the drop.
    reference
        Stratum of each promoted record, or how many are in each.
    known_records
        Promoted records from which on a stratum is known.

    >>> fold([("a", "en")] * 50 + [("a", "la")], [("a", "en")] * 90, 20)[("a", "la")]
    ('a', 'en')
    """
    own, theirs = _by_source(drop), _by_source(reference)
    folded: dict[Stratum, Stratum] = {}
    for source in sorted({*own, *theirs}):
        mine, ref = own.get(source, Counter()), theirs.get(source, Counter())
        main = _main(ref) or _main(mine) or UNKNOWN_LANGUAGE
        bound = max(RARE_SHARE * mine.total(), RARE_RECORDS)
        for language in sorted({*mine, *ref}):
            told = language != UNKNOWN_LANGUAGE
            alone = told and (ref[language] >= known_records or mine[language] >= bound)
            folded[source, language] = (source, language if alone else main)
    return folded


def refit(texts: Texts, folded: dict[Stratum, Stratum]) -> Texts:
    """Return the same records in the strata that they are judged in."""
    return replace(texts, strata=[folded.get(stratum, stratum) for stratum in texts.strata])


def language_shift(drop: Texts, reference: Texts, known_records: int) -> Measurement | None:
    """Return the total variation distance between the languages of drop and reference within known sources.

    Of the records whose language is told: one that cannot be told is no other language. Languages that
    are rare on both sides count as one, because many small shares differ by chance alone. None where no
    source of the drop has `known_records` promoted records whose language is told.
    """
    theirs, own = told_by_source(reference.strata), told_by_source(drop.strata)
    known = [source for source in sorted(own) if theirs.get(source, Counter()).total() >= known_records]
    total = sum(own[source].total() for source in known)
    if not total:
        return None
    value = 0.0
    for source in known:
        value += own[source].total() / total * _distance(own[source], theirs[source])
    error = float(np.sqrt((value * (1 - value) + 1 / (total + 2)) / total))
    return Measurement("language_shift", value, error, total, "drop")


def _by_source(strata: Sequence[Stratum] | Counter[Stratum]) -> dict[str, Counter[str]]:
    counted: dict[str, Counter[str]] = {}
    for (source, language), n in Counter(strata).items():
        counted.setdefault(source, Counter())[language] = n
    return counted


def _main(counts: Counter[str]) -> str | None:
    """Return the most frequent told language, the first by name among equals; None where none is told."""
    told = sorted((-count, language) for language, count in counts.items() if language != UNKNOWN_LANGUAGE)
    return told[0][1] if told else None


def told_by_source(strata: Sequence[Stratum]) -> dict[str, Counter[str]]:
    """Return source -> how many of its records are in each language, of those whose language is told."""
    return _by_source([stratum for stratum in strata if stratum[1] != UNKNOWN_LANGUAGE])


def _distance(own: Counter[str], theirs: Counter[str]) -> float:
    """Return the total variation distance of two mixes, their rare languages taken together."""
    shares = [(own[name] / own.total(), theirs[name] / theirs.total()) for name in sorted({*own, *theirs})]
    common = [pair for pair in shares if max(pair) >= RARE_MIX_SHARE]
    rare = [pair for pair in shares if max(pair) < RARE_MIX_SHARE]
    common.append((sum(mine for mine, _ in rare), sum(ref for _, ref in rare)))
    return 0.5 * sum(abs(mine - ref) for mine, ref in common)
