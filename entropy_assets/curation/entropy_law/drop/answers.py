"""How many of a drop's answers do not belong to their questions, as a pretrained model sees it.

A model is never trusted by itself. It first reads promoted questions with their own answers and with one
another's: from that a classifier learns how likely an answer is to belong elsewhere. With a mean probability
of f for true and t for swapped answers, a drop whose mean is p holds the share s that solves
p = (1 - s) f + s t ("probabilistic adjusted count": Bella, Ferri, Hernández-Orallo and Ramírez-Quintana,
2010). A weak model makes s noisy and not wrong, and one that cannot tell the two switches the rule off. A
count of flags in place of probabilities is twice as noisy where strata differ in how well they are told.

What belongs here: what the scores say. What does not: which pairs are read (`exchanges`), and the model
(`curation.llm`).
"""

from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.entropy_law.drop.exchanges import AnswerSample
from entropy_assets.curation.entropy_law.measurement import Measurement

MIN_STRATUM = 20
"""Promoted records of a stratum from which on it has a centre and a spread of its own."""

MIN_DIFFERENCE = 0.5
"""A model has to flag so much more of the swapped answers than of the true ones, or the rule is off."""

MAX_SPREADS = 10.0

PRIOR = 0.1
"""Share of mismatched answers that probabilities assume when they are counted: noise is least near it."""

NO_MODEL = "no model is named in settings (`answers.model`)"


@dataclass(frozen=True)
class AnswersMeasured:
    """What was measured on answers.

    Parameters
    ----------
    measurement
        Share of answers that do not belong to their questions; None where the rule is off.
    off
        Why it is off; empty where it is not.
    mismatched
        Id -> probability, of the records of the sample whose answers rather belong to other questions than to
        their own, given the share that was measured.
    flagged_true, flagged_swapped
        Shares of the promoted answers that are taken for another's beside their own and beside another's
        question, where both are as likely.
    """

    measurement: Measurement | None = None
    off: str = ""
    mismatched: dict[str, float] | None = None
    flagged_true: float | None = None
    flagged_swapped: float | None = None


def measure_answers(sample: AnswerSample, losses: np.ndarray, yes: np.ndarray) -> AnswersMeasured:
    """Return the share of a drop's answers that do not belong to their questions.

    A classifier on what the question tells about its answer and on yes or no is fitted on one half of the
    promoted pairs and counted on the other, both ways.

    Parameters
    ----------
    sample
        What was read.
    losses
        (p,) loss of the answer of each of its `pairs`, bits.
    yes
        (p,) ln P(yes) - ln P(no) of each.
    """
    from scipy.special import expit, logit

    n, m = len(sample.drop), len(sample.reference)
    told = losses[n + 2 * m :] - losses[: n + 2 * m]
    # The root keeps long answers, which are told more, from making the spread.
    values = np.stack([np.sign(told) * np.sqrt(np.abs(told)), yes[: n + 2 * m]], axis=1)  # (n + 2 m, 2)
    strata = _stratum_numbers(sample)
    log_odds, weights = _classified(_scaled(values, strata, n, m), strata, n, m)

    def likely(share: float) -> np.ndarray:
        """Return (n + 2 m,) the probability of each answer to be another's, where a share of them is."""
        own: np.ndarray = (weights * expit(log_odds + logit(share))).sum(axis=0)
        return own

    flags = likely(0.5) > 0.5
    f, t = float(flags[n : n + m].mean()), float(flags[n + m :].mean())
    if t - f < MIN_DIFFERENCE:
        off = (
            f"beside another's question the model takes {t:.0%} of promoted answers for another's and beside "
            f"their own {f:.0%}, which tells too little: name a larger one"
        )
        return AnswersMeasured(off=off, flagged_true=f, flagged_swapped=t)
    counted = likely(PRIOR)
    own, true, swapped = counted[:n], counted[n : n + m], counted[n + m :]
    difference = float(swapped.mean() - true.mean())
    share = float(own.mean() - true.mean()) / difference
    mixed = min(max(share, 0.0), 1.0)
    bounds = (counted.min(), counted.max())
    variance = _mean_variance(own, bounds) + (1 - mixed) ** 2 * _mean_variance(true, bounds)
    variance += mixed**2 * _mean_variance(swapped, bounds)
    error = float(np.sqrt(variance)) / difference
    found = likely(min(max(share, 1 / (n + 1)), n / (n + 1)))[:n]
    pointed = {sample.drop_ids[i]: float(found[i]) for i in np.flatnonzero(found > 0.5)}
    measured = Measurement("mismatched_answers", share, error, n, "drop")
    return AnswersMeasured(measured, "", pointed, f, t)


def _mean_variance(values: np.ndarray, bounds: tuple[float, float]) -> float:
    """Return the variance of a mean, with one imagined value at either bound."""
    return float(np.append(values, bounds).var()) / len(values)


def _stratum_numbers(sample: AnswerSample) -> np.ndarray:
    """Return (n + 2 m,) the stratum of each pair that is read with its question, as a number."""
    numbers = {stratum: i for i, stratum in enumerate(sorted(set(sample.strata)))}
    return np.array([numbers[s] for s in (*sample.drop_strata, *sample.strata, *sample.strata)])


def _scaled(values: np.ndarray, strata: np.ndarray, n: int, m: int) -> np.ndarray:
    """Return (n + 2 m, k) values in spreads of the promoted pairs below their middle, stratum by stratum."""
    true = values[n : n + m]
    scaled = np.empty_like(values)
    for stratum in np.unique(strata):
        own = true[strata[n : n + m] == stratum]
        basis = own if len(own) >= MIN_STRATUM else true
        centre = np.median(basis, axis=0)
        spread = np.maximum(1.4826 * np.median(np.abs(basis - centre), axis=0), 1e-6)
        is_part = strata == stratum
        scaled[is_part] = np.clip((centre - values[is_part]) / spread, -MAX_SPREADS, MAX_SPREADS)
    return scaled


def _classified(scaled: np.ndarray, strata: np.ndarray, n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Return log odds that an answer is another's, of two classifiers, and what each counts for.

    Each is fitted on one half of the promoted pairs, stratum by stratum, and a stratum may differ from the
    others in what its values tell. The other half is read by it alone, the drop by both.

    Returns
    -------
    tuple[np.ndarray, np.ndarray]
        (2, n + 2 m) log odds where both are as likely beforehand; (2, n + 2 m) weights, 1 a record.
    """
    from sklearn.linear_model import LogisticRegression

    within = (strata[:, None] == np.unique(strata))[:, :, None] * scaled[:, None, :]  # (n + 2 m, strata, k)
    features = np.concatenate([scaled, within.reshape(len(scaled), -1)], axis=1)
    is_swapped = np.repeat([False, True], m)
    half = np.empty(m, dtype=np.int64)
    half[np.argsort(strata[n : n + m], kind="stable")] = np.arange(m) % 2
    half = np.tile(half, 2)
    log_odds, weights = np.empty((2, 2, n + 2 * m))
    for number in (0, 1):
        fitted = half == number
        model = LogisticRegression(solver="newton-cholesky").fit(features[n:][fitted], is_swapped[fitted])
        log_odds[number] = model.decision_function(features)
        weights[number] = np.concatenate([np.full(n, 0.5), ~fitted])
    return log_odds, weights
