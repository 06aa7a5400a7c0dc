"""The drop against promoted records of the same stratum, so that the pool does not dilute it.

A stratum with fewer than `known_records` promoted records is novel: only the intrinsic rules speak
about it. Novelty alone never holds a drop. Rare languages of a source are counted with its main one
(`strata`), but for the comparison of languages itself.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from entropy_assets.curation.entropy_law.drop.compared import Compared
from entropy_assets.curation.entropy_law.drop.copies import measure_copies
from entropy_assets.curation.entropy_law.drop.endings import ends_open, measure_truncated
from entropy_assets.curation.entropy_law.drop.excess import measure_excess
from entropy_assets.curation.entropy_law.drop.pairing import Pair, flags_of, share_variance
from entropy_assets.curation.entropy_law.drop.phrases import measure_phrases
from entropy_assets.curation.entropy_law.drop.strata import language_shift
from entropy_assets.curation.entropy_law.gate.rules import DROP_RULES
from entropy_assets.curation.entropy_law.measurement import (
    Measurement,
    Texts,
    log_ratios,
    stratified_sample,
)
from entropy_assets.noise import is_noise
from entropy_assets.settings import LawSettings
from entropy_assets.storage import seed_from

MAX_NOISE_REFERENCE = 500
"""Promoted records of a stratum that are looked through for blobs, those with the lowest ids."""

UNTOLD = {
    "truncated": "how promoted records end does not tell cut ones from whole ones",
    "unknown_words": "no record of a known stratum holds a word",
    "unusual_pairs": "no record of a known stratum holds two words that promoted data knows",
    "loss_shift": "no record of a known stratum has a loss under the parent's probe",
}
"""Rule code -> why it is off where there is nothing to compare."""


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
    drop, law = pair.drop, pair.law
    if not len(drop):
        why = "the candidate adds no records"
        return DropMeasured((), dict.fromkeys(DROP_RULES, why), ())
    language = language_shift(pair.told, pair.reference_told, law.known_records)
    novel = np.array([s not in pair.members for s in drop.strata], dtype=bool)
    measurements = [
        _measure_blobs(pair),
        *measure_copies(pair, novel, seed),
        *_novel_cut_ends(drop, novel),
    ]
    off: dict[str, str] = {}
    if pair.members:
        measurements += [measure_phrases(pair.repeated), _measure_ratio(pair.windows, law, seed)]
        told = {code: measure_excess(code, pair.windows, own) for code, own in pair.values.items()}
        told["truncated"] = measure_truncated(pair, pair.ends)
        measurements += [m for m in told.values() if m is not None]
        off |= {code: UNTOLD[code] for code, m in told.items() if m is None}
    else:
        why = f"no stratum of the drop has {law.known_records} promoted records yet"
        off |= dict.fromkeys(("repeated_phrases", "ratio_rose", *pair.values), why)
    if language is None:
        off["language_shift"] = (
            f"no source of the drop has {law.known_records} promoted records whose language is told"
        )
    else:
        measurements.append(language)
    if pair.answers.measurement is None:
        off["mismatched_answers"] = pair.answers.off
    else:
        measurements.append(pair.answers.measurement)
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


def _measure_blobs(pair: Pair) -> Measurement:
    flags = flags_of(pair.drop, is_noise)
    expected = 0.0
    for stratum, own in pair.members.items():
        theirs = pair.reference.take(pair.reference_members[stratum][:MAX_NOISE_REFERENCE])
        expected += len(own) / len(pair.drop) * _noise_share(tuple(theirs.texts))
    error = float(np.sqrt(share_variance(flags)))
    return Measurement("blobs", float(flags.mean()) - expected, error, len(flags), "drop")


@lru_cache(maxsize=256)  # the drops of a batch have one reference
def _noise_share(texts: tuple[bytes, ...]) -> float:
    """Return the share of promoted texts that are no text."""
    return float(np.mean([is_noise(text.decode()) for text in texts]))


def _novel_cut_ends(drop: Texts, novel: np.ndarray) -> list[Measurement]:
    own = flags_of(drop.take(np.flatnonzero(novel)), ends_open)
    if not len(own):
        return []
    return [Measurement("truncated", float(own.mean()), share_variance(own) ** 0.5, len(own), "novel")]


def _measure_ratio(pair: Pair, law: LawSettings, seed: int) -> Measurement:
    """Rise of ln R of the drop over samples of promoted records of equal bytes and equal strata.

    The drop counts as one more draw of the reference's kind, so the noise is the spread of the
    reference's samples, once for the drop and once, divided by their number, for their mean.
    """
    drop, reference = pair.drop, pair.reference
    drop_sizes, reference_sizes = drop.sizes, reference.sizes
    own = {s: int(drop_sizes[i].sum()) for s, i in pair.members.items()}
    total = sum(own.values())
    room = min(int(reference_sizes[pair.reference_members[s]].sum()) / 2 * total / own[s] for s in own)
    n_bytes = int(min(law.sample_bytes, total, room))
    amounts = {s: n_bytes * amount // total for s, amount in own.items()}
    known = drop.take(pair.known_drop)
    drop_logs = _matched(known, known.members(), amounts, law.n_samples, seed_from(seed, "drop"))
    reference_logs = _matched(
        reference, pair.reference_members, amounts, law.n_samples, seed_from(seed, "reference")
    )
    spread = float(reference_logs.std(ddof=1))
    error = spread * float(np.sqrt(1 + 1 / law.n_samples))
    value = float(np.expm1(drop_logs.mean() - reference_logs.mean()))
    return Measurement("ratio_rose", value, error, len(known), "drop")


def _matched(
    texts: Texts,
    members: dict[tuple[str, str], np.ndarray],
    amounts: dict[tuple[str, str], int],
    n_samples: int,
    seed: int,
) -> np.ndarray:
    sizes = texts.sizes
    logs = []
    for number in range(n_samples):
        picked = stratified_sample(members, amounts, sizes, seed_from(seed, number))
        part = texts.take(picked)
        logs.append(log_ratios(part, int(part.sizes.sum()), 1, seed_from(seed, number))[0])
    return np.array(logs)
