"""The candidate's selection against the same selector on the parent's pool, at equal bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.entropy_law.gate import CANDIDATE_RULES
from entropy_assets.curation.entropy_law.law import MIN_POINTS, LawFit
from entropy_assets.curation.entropy_law.measurement import Measurement, Texts, log_ratios
from entropy_assets.settings import LawSettings
from entropy_assets.storage import seed_from


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
        Held-out bits per byte of each run, overall.
    source_heldout_bpb
        The same for each source of the exam.
    """

    ratios: tuple[float, ...]
    losses_bpb: tuple[float, ...]
    heldout_bpb: tuple[float, ...]
    source_heldout_bpb: dict[str, tuple[float, ...]]


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
    return CandidateMeasured((), dict.fromkeys(CANDIDATE_RULES, "there is no parent version to compare with"))


def measure_candidate(
    selections: tuple[Texts, Texts, Texts],
    runs: tuple[Runs, Runs, Runs],
    exam_records: dict[str, int],
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
    exam_records
        Number of validation records of each source.
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
    n_bytes = min(law.sample_bytes, *(int(texts.sizes.sum()) for texts in selections))
    logs = [
        log_ratios(texts, n_bytes, law.n_samples, seed_from(seed, name))
        for texts, name in zip(selections, ("candidate", "parent", "anchor"), strict=True)
    ]
    found = [
        _ratio_rise("selection_ratio_rose", logs[0], logs[1]),
        _ratio_rise("drifted", logs[0], logs[2]),
        _rise("heldout_worse", candidate.heldout_bpb, parent.heldout_bpb, "candidate"),
        _rise("heldout_drifted", candidate.heldout_bpb, anchor.heldout_bpb, "candidate"),
    ]
    found += [
        _rise("heldout_worse", values, parent.source_heldout_bpb[source], f"source {source}")
        for source, values in sorted(candidate.source_heldout_bpb.items())
        if exam_records[source] >= law.known_records
    ]
    if whole is not None:
        found.append(_rise("heldout_worse", whole.heldout_bpb, parent.heldout_bpb, "novel"))
    off: dict[str, str] = {}
    if fit is None:
        off["loss_above_law"] = f"the parent's pool gives fewer than {MIN_POINTS} subsets to fit the law on"
    else:
        found.append(
            _rise("loss_above_law", _residuals(fit, candidate), _residuals(fit, parent), "candidate")
        )
    return CandidateMeasured(tuple(found), off)


def _residuals(fit: LawFit, runs: Runs) -> list[float]:
    pairs = zip(runs.ratios, runs.losses_bpb, strict=True)
    return [fit.residual(ratio, loss) for ratio, loss in pairs]


def _rise(code: str, own: Sequence[float], theirs: Sequence[float], scope: str) -> Measurement:
    """Rise of a mean over runs; the runs of both sides share one estimate of their spread."""
    mine, ref = np.asarray(own, dtype=np.float64), np.asarray(theirs, dtype=np.float64)
    degrees = len(mine) + len(ref) - 2
    squares = float(((mine - mine.mean()) ** 2).sum() + ((ref - ref.mean()) ** 2).sum())
    error = float(np.sqrt(squares / degrees * (1 / len(mine) + 1 / len(ref)))) if degrees > 0 else np.nan
    return Measurement(code, float(mine.mean() - ref.mean()), error, len(mine), scope)


def _ratio_rise(code: str, own: np.ndarray, theirs: np.ndarray) -> Measurement:
    rise = _rise(code, own.tolist(), theirs.tolist(), "candidate")
    return Measurement(code, float(np.expm1(rise.value)), rise.standard_error, rise.n, rise.scope)
