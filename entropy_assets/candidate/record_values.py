"""The numbers of single records that `drop_report` compares: their words, and their loss under the probe.

What belongs here: putting them beside the records. What does not: what they say of a drop, and what they are
measured with (`instruments`).
"""

from collections.abc import Mapping

import numpy as np

from entropy_assets.candidate.instruments import checkpoint, known_words, unseen_losses
from entropy_assets.candidate.reference import Reference, probe_params
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.entropy_law import KnownWords, Texts, Values, measure_wording
from entropy_assets.curation.probe import record_losses


def record_values(
    run: CandidateRun, reference: Reference | None, drop: Texts, promoted: Texts
) -> dict[str, Values]:
    """Return what is known of single records: their words, and their loss under the parent's probe.

    Of promoted records those have numbers that the instruments were made on; NaN stands for all others.
    """
    own = drop.windows(run.settings.law.record_bytes)
    if reference is None:
        nothing = KnownWords.of(Texts([], [], []))
        return {
            **measure_wording(own, nothing),
            "loss_shift": Values(np.full(len(drop), np.nan), np.zeros(0)),
        }
    places = {record_id: place for place, record_id in enumerate(promoted.ids)}
    ids, known = known_words(run)
    found = {
        code: Values(values.drop, _placed(dict(zip(ids, values.reference.tolist(), strict=True)), places))
        for code, values in measure_wording(own, known).items()
    }
    losses = Values(np.full(len(drop), np.nan), np.full(len(promoted), np.nan))
    if len(drop):
        n_scored = run.settings.law.scored_records
        params = probe_params(run.settings, run.settings.probe.checkpoint_bytes)
        losses = Values(losses.drop, _placed(unseen_losses(run), places))
        losses.drop[:n_scored] = record_losses(checkpoint(run), own.texts[:n_scored], params)
    return found | {"loss_shift": losses}


def _placed(values: Mapping[str, float], places: Mapping[str, int]) -> np.ndarray:
    """Return (m,) float64, the value of each promoted record at its place, NaN where it has none."""
    found = np.full(len(places), np.nan)
    for record_id, value in values.items():
        found[places[record_id]] = value
    return found
