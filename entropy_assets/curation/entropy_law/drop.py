"""The drop against promoted records of the same stratum, so that the pool does not dilute it.

A stratum with fewer than `known_records` promoted records is novel: only the intrinsic rules speak
about it. Novelty alone never holds a drop. Rare languages of a source are counted with its main one
(`strata`), but for the comparison of languages itself.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from entropy_assets.curation.entropy_law.measurement import (
    Measurement,
    Texts,
    log_ratios,
    stratified_sample,
)
from entropy_assets.curation.entropy_law.strata import fold, language_shift, refit
from entropy_assets.noise import is_noise
from entropy_assets.settings import LawSettings
from entropy_assets.storage import seed_from

SHINGLE_WORDS = 8
COPY_SHARE = 0.5
MAX_COPY_RECORDS = 4_000


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


def ends_open(text: str) -> bool:
    """Return whether a text ends without terminal punctuation or a closing symbol.

    >>> ends_open("It was cut in the mid"), ends_open("It ended."), ends_open("f(x) = 5")
    (True, False, False)
    """
    last = text.rstrip()[-1:]
    return last.isalpha() or last in (",", "-", "(", "[", "{", ":", ";", "")


def copy_flags(texts: list[str], n_judged: int) -> np.ndarray:
    """Return which of the first `n_judged` texts are near-copies of any other of `texts`.

    A near-copy shares at least half of its distinct runs of eight words with other texts. Texts
    shorter than one run are never near-copies: exact copies of them are gone before.

    Returns
    -------
    np.ndarray
        (n_judged,) bool.
    """
    records: list[int] = []
    hashes: list[int] = []
    for index, text in enumerate(texts):
        words = text.lower().split()
        own = {
            zlib.crc32(" ".join(words[i : i + SHINGLE_WORDS]).encode())
            for i in range(len(words) - SHINGLE_WORDS + 1)
        }
        records.extend([index] * len(own))
        hashes.extend(own)
    shared = (
        pl.DataFrame({"record": records, "hash": hashes}, schema={"record": pl.Int64, "hash": pl.Int64})
        .with_columns((pl.len().over("hash") > 1).alias("shared"))
        .group_by("record")
        .agg(pl.col("shared").mean())
        .filter((pl.col("shared") >= COPY_SHARE) & (pl.col("record") < n_judged))
    )
    flags = np.zeros(n_judged, dtype=bool)
    flags[shared["record"].to_numpy()] = True
    return flags


def measure_drop(
    drop: Texts,
    reference: Texts,
    drop_losses: np.ndarray,
    reference_losses: np.ndarray,
    law: LawSettings,
    seed: int,
) -> DropMeasured:
    """Return the measurements of a drop against promoted records.

    Parameters
    ----------
    drop
        What dedup let through.
    reference
        Promoted records; none for a first version.
    drop_losses
        (n,) loss of each record of the drop under the parent's probe, bits per byte; NaN without one.
    reference_losses
        (m,) the same for the promoted records; NaN where the probe was trained on the record.
    law
        How R is measured, and from how many records on a stratum or source is known.
    seed
        Seed of all draws.
    """
    if not len(drop):
        why = "the candidate adds no records"
        codes = ("blobs", "copies", "truncated", "ratio_rose", "loss_shift", "language_shift")
        return DropMeasured((), dict.fromkeys(codes, why), ())
    language = language_shift(drop, reference, law.known_records)
    stated = drop.members()
    folded = fold(drop.strata, reference.strata, law.known_records)
    drop, reference = refit(drop, folded), refit(reference, folded)
    reference_members = reference.members()
    members = drop.members()
    # A list, not a set: sums over strata must run in one order in every process.
    known = [s for s in members if len(reference_members.get(s, ())) >= law.known_records]
    pair = _Pair(drop, reference, {s: members[s] for s in known}, {s: reference_members[s] for s in known})
    novel = np.array([s not in pair.members for s in drop.strata], dtype=bool)
    measurements = [_blobs(pair), *_truncated(pair, novel), *_copies(pair, novel, seed)]
    off: dict[str, str] = {}
    if known:
        measurements += [_ratio(pair, law, seed), _loss(pair, drop_losses, reference_losses)]
    else:
        why = f"no stratum of the drop has {law.known_records} promoted records yet"
        off |= {"ratio_rose": why, "loss_shift": why}
    if language is None:
        off["language_shift"] = (
            f"no source of the drop has {law.known_records} promoted records whose language is told"
        )
    else:
        measurements.append(language)
    strata = tuple(
        {
            "source": s[0],
            "language": s[1],
            "records": len(members[s]),
            "counted_in": len(members[s]) - len(stated.get(s, ())),
            "promoted": len(reference_members.get(s, ())),
            "known": s in known,
        }
        for s in members
    )
    return DropMeasured(tuple(measurements), off, strata)


@dataclass(frozen=True)
class _Pair:
    """A drop and its reference, with the members of the known strata on both sides."""

    drop: Texts
    reference: Texts
    members: dict[tuple[str, str], np.ndarray]
    reference_members: dict[tuple[str, str], np.ndarray]

    @property
    def known_drop(self) -> np.ndarray:
        parts = [np.array([], dtype=np.int64), *self.members.values()]
        return np.concatenate(parts)


def _share_rise(
    drop_flags: np.ndarray, reference_flags: np.ndarray, pair: _Pair, code: str, scope: str
) -> Measurement:
    """Return the rise of a share within strata, weighted by the drop's records.

    One imagined hit and one imagined miss on each side keep the standard error above zero where
    nothing, or everything, was hit.
    """
    total = sum(len(own) for own in pair.members.values())
    value = variance = 0.0
    for stratum, own in pair.members.items():
        weight = len(own) / total
        theirs = reference_flags[pair.reference_members[stratum]]
        value += weight * float(drop_flags[own].mean() - theirs.mean())
        variance += weight**2 * _share_variance(theirs)
    variance += _share_variance(drop_flags[pair.known_drop])
    return Measurement(code, value, float(np.sqrt(variance)), total, scope)


def _share_variance(flags: np.ndarray) -> float:
    smoothed = (float(flags.sum()) + 1) / (len(flags) + 2)
    return smoothed * (1 - smoothed) / len(flags)


def _blobs(pair: _Pair) -> Measurement:
    flags = _flags(pair.drop, is_noise)
    expected = 0.0
    for stratum, own in pair.members.items():
        theirs = pair.reference.take(pair.reference_members[stratum])
        share = _flags(theirs, is_noise).mean()
        expected += len(own) / len(pair.drop) * float(share)
    error = float(np.sqrt(_share_variance(flags)))
    return Measurement("blobs", float(flags.mean()) - expected, error, len(flags), "drop")


def _truncated(pair: _Pair, novel: np.ndarray) -> list[Measurement]:
    flags = _flags(pair.drop, ends_open)
    found = []
    if pair.members:
        found.append(_share_rise(flags, _flags(pair.reference, ends_open), pair, "truncated", "drop"))
    if novel.any():
        own = flags[novel]
        error = float(np.sqrt(_share_variance(own)))
        found.append(Measurement("truncated", float(own.mean()), error, len(own), "novel"))
    return found


def _flags(texts: Texts, test: Callable[[str], bool]) -> np.ndarray:
    return np.array([test(text.decode()) for text in texts.texts], dtype=bool)


def _copies(pair: _Pair, novel: np.ndarray, seed: int) -> list[Measurement]:
    found = []
    if pair.members:
        found.append(_copies_known(pair, seed))
    if novel.any():
        own = np.flatnonzero(novel)[:MAX_COPY_RECORDS]
        texts = [pair.drop.texts[i].decode() for i in own]
        flags = copy_flags(texts, len(texts))
        error = float(np.sqrt(_share_variance(flags)))
        found.append(Measurement("copies", float(flags.mean()), error, len(flags), "novel"))
    return found


def _copies_known(pair: _Pair, seed: int) -> Measurement:
    """Compare near-copies among drop + promoted records with those among as many promoted ones.

    Both sides hold the same number of records of each stratum, because the chance of a near-copy
    grows with the number of records around it.
    """
    counts = {s: len(own) for s, own in pair.members.items()}
    total = sum(counts.values())
    room = min(len(pair.reference_members[s]) / 2 / counts[s] for s in counts)
    factor = min(1.0, room, MAX_COPY_RECORDS / total)
    amounts = {s: max(int(factor * count), 1) for s, count in counts.items()}
    ones = np.ones(max(len(pair.drop), len(pair.reference)), dtype=np.int64)
    doubled = {s: 2 * amount for s, amount in amounts.items()}
    judged = stratified_sample(pair.members, amounts, ones, seed_from(seed, "copies"))
    both = stratified_sample(pair.reference_members, doubled, ones, seed_from(seed, "copies", "reference"))
    half = len(both) // 2
    around = [pair.reference.texts[i].decode() for i in both[:half]]
    others = [pair.reference.texts[i].decode() for i in both[half:]]
    flags = copy_flags([pair.drop.texts[i].decode() for i in judged] + around, len(judged))
    expected = copy_flags(others + around, len(others))
    error = float(np.sqrt(_share_variance(flags) + _share_variance(expected)))
    return Measurement("copies", float(flags.mean() - expected.mean()), error, len(judged), "drop")


def _ratio(pair: _Pair, law: LawSettings, seed: int) -> Measurement:
    """Rise of ln R of the drop over samples of promoted records of equal bytes and equal strata.

    The drop counts as one more draw of the reference's kind, so the noise is the spread of the
    reference's samples, once for the drop and once, divided by their number, for their mean.
    """
    drop, reference = pair.drop.windows(law.record_bytes), pair.reference.windows(law.record_bytes)
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


def _loss(pair: _Pair, drop_losses: np.ndarray, reference_losses: np.ndarray) -> Measurement:
    """Mean z of the drop's per-record losses within strata, in standard deviations of the reference."""
    scores = []
    variance = 0.0
    total = sum(len(own) for own in pair.members.values())
    for stratum, own in pair.members.items():
        theirs = reference_losses[pair.reference_members[stratum]]
        theirs = theirs[np.isfinite(theirs)]
        spread = float(theirs.std(ddof=1)) if len(theirs) > 1 else float("nan")
        scores.append((drop_losses[own] - theirs.mean()) / spread)
        variance += (len(own) / total) ** 2 / max(len(theirs), 1)
    pooled = np.concatenate(scores)
    variance += float(pooled.var(ddof=1)) / total if total > 1 else float("nan")
    return Measurement("loss_shift", float(pooled.mean()), float(np.sqrt(variance)), total, "drop")
