"""The product's own count of damaged records, without what the product conditions it on.

The same detector scores the same passages; but there is one threshold for all, 98.5 % of sound records that
were left out at random, and nothing is said of what natural parts reach. A detector is taught by four fifths
of the pool, so that the last fifth can set the threshold.

What belongs here: the bare count. What does not: the detector (`curation.damage`).
"""

import numpy as np

from benchmarks.gate_power.peers.contract import Batch, Found, Look, Measure, worst
from entropy_assets.curation.damage import MIN_PASSAGES, Detector, Passages
from entropy_assets.curation.damage.passages import Passage
from entropy_assets.settings.damage import DamageSettings

LEVEL = 0.985
_OUT = 5


def fit_exceedance(pool: Batch) -> Look:
    """Return the share of rows beyond one threshold, less the pool's. It points at these rows."""
    out = np.random.default_rng(0).permutation(len(pool)) % _OUT == 0
    passages, settings = _passages(pool), DamageSettings()
    taught = passages.take(np.flatnonzero(~out)[: settings.records])
    if len(taught) < MIN_PASSAGES:
        return lambda drop: lambda own, beside: Found(0.0)
    detector = Detector.of(taught, n_damaged=settings.examples, n_epochs=settings.epochs, seed=0)
    scores = detector.score(passages.take(np.flatnonzero(out))).scores
    threshold = float(np.quantile(scores, LEVEL))
    known = np.zeros(len(pool), dtype=bool)
    known[out] = scores > threshold

    def look(drop: Batch) -> Measure:
        beyond = detector.score(_passages(drop)).scores > threshold

        def measure(own: np.ndarray, beside: np.ndarray) -> Found:
            usual = beside[out[beside]]
            usual = usual if len(usual) else np.flatnonzero(out)
            return worst(beyond[own, None], known[usual, None], own)

        return measure

    return look


def _passages(batch: Batch) -> Passages:
    items = [Passage(q, a) for q, a in zip(batch.questions, batch.answers, strict=True)]
    return Passages(items, batch.sources.tolist(), np.arange(len(items)))
