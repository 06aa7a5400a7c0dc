"""The drop against promoted records of the same stratum, so that the pool does not dilute it.

A stratum with fewer than `known_records` promoted records is novel: only the intrinsic rules speak
about it. Novelty alone never holds a drop. Rare languages of a source are counted with its main one
(`strata`), but for the comparison of languages itself.

What belongs here: asking each rule. What does not: the rules (`rules`), and what they measure.
"""

from dataclasses import dataclass

from entropy_assets.curation.entropy_law.drop.compared import Compared
from entropy_assets.curation.entropy_law.drop.rules import DROP_RULES
from entropy_assets.curation.entropy_law.measurement import Measurement


@dataclass(frozen=True)
class DropMeasured:
    """What was measured on a drop.

    Parameters
    ----------
    measurements
        One a rule and scope.
    off
        Rule code -> why it could not be measured.
    strata
        One row a stratum: source, language, records in the drop, how many of them were counted in from
        rare languages, promoted records, known.
    """

    measurements: tuple[Measurement, ...]
    off: dict[str, str]
    strata: tuple[dict[str, object], ...]


def measure_drop(pair: Compared, seed: int) -> DropMeasured:
    """Return the measurements of a drop beside promoted records; `seed` is that of all draws."""
    if not len(pair.drop):
        why = "the candidate adds no records"
        return DropMeasured((), {rule.code: why for rule in DROP_RULES}, ())
    measurements: list[Measurement] = []
    off: dict[str, str] = {}
    for rule in DROP_RULES:
        if rule.compares and not pair.members:
            off[rule.code] = f"no stratum of the drop has {pair.law.known_records} promoted records yet"
            continue
        found = rule.measure(pair, seed)
        if isinstance(found, str):
            off[rule.code] = found
        else:
            measurements += found
    return DropMeasured(tuple(measurements), off, _strata_told(pair))


def _strata_told(pair: Compared) -> tuple[dict[str, object], ...]:
    """Return one row a stratum of the drop; see `DropMeasured`."""
    stated, members, promoted = pair.told.members(), pair.drop.members(), pair.reference.members()
    return tuple(
        {
            "source": s[0],
            "language": s[1],
            "records": len(members[s]),
            "counted_in": len(members[s]) - len(stated.get(s, ())),
            "promoted": len(promoted.get(s, ())),
            "known": s in pair.members,
        }
        for s in members
    )
