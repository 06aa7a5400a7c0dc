"""The candidate's selection against the same selector on the parent's pool, at equal bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.entropy_law.law.fit import MIN_POINTS, LawFit
from entropy_assets.curation.entropy_law.law.rules import CANDIDATE_RULES
from entropy_assets.curation.entropy_law.measurement import Measurement, Texts, log_ratios
from entropy_assets.settings import LawSettings
from entropy_assets.storage import seed_from

TRIMMED = 0.05
"""Share of the exam's records that is left out at either end of their differences."""


@dataclass(frozen=True)
class Runs:
    """Probe runs on samples of one selection, all of equal bytes.

    Parameters
    ----------
    ratios
        R (zstd_long) of the bytes of each run.
    losses_bpb
        L of each run, bits per byte, started from the parent's checkpoint.
    heldout_bpb
        For each run, the held-out bits per byte of every record of the exam, in the exam's order.
    """

    ratios: tuple[float, ...]
    losses_bpb: tuple[float, ...]
    heldout_bpb: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class CandidateMeasured:
    """What was measured on a candidate's selection.

    Parameters
    ----------
    measurements
        One a rule and scope.
    off
        Rule code -> why it could not be measured.
    """

    measurements: tuple[Measurement, ...]
    off: dict[str, str]


def first_version() -> CandidateMeasured:
    """Return what can be said of a candidate without a parent: every comparison is off."""
    why = "there is no parent version to compare with"
    return CandidateMeasured((), {rule.code: why for rule in CANDIDATE_RULES})


def measure_candidate(
    selections: tuple[Texts, Texts, Texts],
    runs: tuple[Runs, Runs, Runs],
    exam_sources: Sequence[str],
    fit: LawFit | None,
    law: LawSettings,
    seed: int,
    whole: Runs | None = None,
) -> CandidateMeasured:
    """Return the measurements of a candidate against its parent and the anchor version.

    Novelty alone never holds: where the candidate has novel strata, `selections` and `runs` are those
    of its known strata, and of the whole only the harm to the parent's exam is judged.

    Parameters
    ----------
    selections
        Selected texts of the candidate, of the parent under the same selector, and of the anchor.
    runs
        Probe runs of the same three, all started from the parent's checkpoint.
    exam_sources
        Source of every record of the exam, in the exam's order.
    fit
        The entropy law of the parent's pool, None where too few points could be made.
    law
        How R is measured, and from how many records on a stratum or source is known.
    seed
        Seed of the draws.
    whole
        Runs on the whole selection of a candidate with novel strata, None where there is none.
    """
    candidate, parent, anchor = runs
    is_same = set(selections[0].ids) == set(selections[1].ids)
    beside = None if is_same else parent
    n_bytes = min(law.sample_bytes, *(int(texts.sizes.sum()) for texts in selections))
    logs = [
        log_ratios(texts, n_bytes, law.n_samples, seed_from(seed, name))
        for texts, name in zip(selections, ("candidate", "parent", "anchor"), strict=True)
    ]
    found = [
        _ratio_rise("selection_ratio_rose", logs[0], None if is_same else logs[1]),
        _ratio_rise("drifted", logs[0], logs[2]),
        _heldout_rise("heldout_worse", candidate, beside, "candidate"),
        _heldout_rise("heldout_drifted", candidate, anchor, "candidate"),
    ]
    for source in sorted(set(exam_sources)):
        own = np.array([name == source for name in exam_sources])
        if own.sum() >= law.known_records:
            found.append(_heldout_rise("heldout_worse", candidate, beside, f"source {source}", own))
    if whole is not None:
        found.append(_heldout_rise("heldout_worse", whole, parent, "novel"))
    off: dict[str, str] = {}
    if fit is None:
        off["loss_above_law"] = f"the parent's pool gives fewer than {MIN_POINTS} subsets to fit the law on"
    else:
        theirs = None if beside is None else _residuals(fit, beside)
        found.append(_mean_rise("loss_above_law", _residuals(fit, candidate), theirs, "candidate"))
    return CandidateMeasured(tuple(found), off)


def _residuals(fit: LawFit, runs: Runs) -> list[float]:
    pairs = zip(runs.ratios, runs.losses_bpb, strict=True)
    return [fit.residual(ratio, loss) for ratio, loss in pairs]


def _mean_rise(code: str, own: Sequence[float], theirs: Sequence[float] | None, scope: str) -> Measurement:
    """Rise of a mean over runs; the runs of both sides share one estimate of their spread.

    None stands for the same selection: nothing rose, and no chance of a sample says otherwise.
    """
    if theirs is None:
        return Measurement(code, 0.0, 0.0, len(own), scope)
    mine, ref = np.asarray(own, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    degrees = len(mine) + len(ref) - 2
    squares = float(((mine - mine.mean()) ** 2).sum() + ((ref - ref.mean()) ** 2).sum())
    error = float(np.sqrt(squares / degrees * (1 / len(mine) + 1 / len(ref)))) if degrees > 0 else np.nan
    return Measurement(code, float(mine.mean() - ref.mean()), error, len(mine), scope)


def _heldout_rise(
    code: str, own: Runs, theirs: Runs | None, scope: str, records: np.ndarray | None = None
) -> Measurement:
    """Rise of the held-out loss, record by record, as a trimmed mean over the exam; None as in `_mean_rise`.

    A few odd records cost a run twice as many bits as another for no reason that a dataset could be
    blamed for, so the extreme twentieth of the differences on either side does not count. The noise is
    that of the records (winsorised) and that of the runs.
    """
    mine = np.array(own.heldout_bpb)[:, slice(None) if records is None else records]
    if theirs is None:
        return Measurement(code, 0.0, 0.0, mine.shape[1], scope)
    ref = np.array(theirs.heldout_bpb)[:, slice(None) if records is None else records]
    difference = mine.mean(axis=0) - ref.mean(axis=0)
    cut = int(TRIMMED * len(difference))
    ordered = np.sort(difference)
    kept = ordered[cut : len(ordered) - cut]
    winsorised = np.clip(ordered, kept[0], kept[-1])
    record_error = float(winsorised.std(ddof=1)) / ((1 - 2 * TRIMMED) * np.sqrt(len(ordered)))
    own_means, their_means = (_trimmed_means(runs) for runs in (mine, ref))
    run_noise = _mean_rise(code, own_means, their_means, scope)
    error = float(np.hypot(record_error, run_noise.standard_error))
    return Measurement(code, float(kept.mean()), error, len(ordered), scope)


def _trimmed_means(losses: np.ndarray) -> list[float]:
    """Return for each run (row) the trimmed mean of its records' losses."""
    cut = int(TRIMMED * losses.shape[1])
    ordered = np.sort(losses, axis=1)
    return [float(row.mean()) for row in ordered[:, cut : losses.shape[1] - cut]]


def _ratio_rise(code: str, own: np.ndarray, theirs: np.ndarray | None) -> Measurement:
    rise = _mean_rise(code, own.tolist(), None if theirs is None else theirs.tolist(), "candidate")
    return Measurement(code, float(np.expm1(rise.value)), rise.standard_error, rise.n, rise.scope)
