"""What each rule on a drop measures, of a drop beside promoted records.

Each function takes the drop and the seed of all draws, and returns what was measured, one number a scope, or
why it cannot be told. What belongs here: asking the modules that know how. What does not: which rule stands
for what (`rules`).
"""

import numpy as np

from entropy_assets.curation.entropy_law.drop.compared import Compared
from entropy_assets.curation.entropy_law.drop.copies import measure_copies
from entropy_assets.curation.entropy_law.drop.endings import ends_open, measure_truncated
from entropy_assets.curation.entropy_law.drop.excess import measure_excess
from entropy_assets.curation.entropy_law.drop.pairing import Pair, flags_of, share_variance
from entropy_assets.curation.entropy_law.drop.phrases import measure_phrases
from entropy_assets.curation.entropy_law.drop.strata import language_shift
from entropy_assets.curation.entropy_law.measurement import Measurement

Measured = list[Measurement] | str


def near_copies(pair: Compared, seed: int) -> Measured:
    """Return the shares of near-copies, in known strata beyond what is usual there, and in novel ones."""
    others = pair.beside_others
    return measure_copies(others, _novel(others), seed)


def repeated_phrases(pair: Compared, seed: int) -> Measured:
    """Return the share of records that are made of phrases that too many share; nothing is drawn."""
    return [measure_phrases(pair.repeated)]


def mismatched_answers(pair: Compared, seed: int) -> Measured:
    """Return the share of answers of other questions, or why no model has told it; nothing is drawn."""
    return pair.answers.off if pair.answers.measurement is None else [pair.answers.measurement]


def cut_ends(pair: Compared, seed: int) -> Measured:
    """Return the shares of cut records, in known strata and of open ends in novel ones; nothing is drawn."""
    found = []
    own = flags_of(pair.drop.take(np.flatnonzero(_novel(pair))), ends_open)
    if len(own):
        error = share_variance(own) ** 0.5
        found.append(Measurement("truncated", float(own.mean()), error, len(own), "novel"))
    told = measure_truncated(pair, pair.ends) if pair.members else None
    if told is not None:
        found.append(told)
    return found or "how promoted records end does not tell cut ones from whole ones"


def excess_of(code: str, untold: str, pair: Compared, seed: int) -> Measured:
    """Return how far a number of single records lies beyond that of promoted ones; nothing is drawn.

    Parameters
    ----------
    code
        The rule, under which the numbers stand.
    untold
        Why the rule is off where no record of a known stratum has the number.
    pair
        The drop beside promoted records.
    seed
        Not used.
    """
    if code not in pair.values:
        return []  # nobody has counted it: the gate holds what is neither measured nor off with a reason
    found = measure_excess(code, pair.windows, pair.values[code])
    return untold if found is None else [found]


def languages(pair: Compared, seed: int) -> Measured:
    """Return the distance between the languages of drop and promoted records; nothing is drawn."""
    found = language_shift(pair.told, pair.reference_told, pair.law.known_records)
    if found is not None:
        return [found]
    return f"no source of the drop has {pair.law.known_records} promoted records whose language is told"


def _novel(pair: Pair) -> np.ndarray:
    """Return (n,) bool, the drop's records in strata without reference."""
    return np.array([stratum not in pair.members for stratum in pair.drop.strata], dtype=bool)


def harm_of(code: str, pair: Compared, seed: int) -> Measured:
    """Return what a detector says of the drop and its sources under one rule; nothing is drawn."""
    return pair.harm.off.get(code) or [m for m in pair.harm.measurements if m.code == code]
