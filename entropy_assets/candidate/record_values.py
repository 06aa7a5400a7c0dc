"""The numbers of single records that `drop_report` compares: their words, and their loss under the probe.

What belongs here: putting them beside the records. What does not: what they say of a drop, and what they are
measured with (`instruments`).
"""

from collections.abc import Sequence

import numpy as np

from entropy_assets.candidate.instruments import checkpoint, known_words, unseen_losses
from entropy_assets.candidate.reference import Reference, probe_params
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.entropy_law import Texts, Values, measure_wording
from entropy_assets.curation.probe import losses_of
from entropy_assets.ids import places_of


def record_values(
    run: CandidateRun, reference: Reference | None, drop: Texts, promoted: Texts
) -> dict[str, Values]:
    """Return what is known of single records: their words, and their loss under the parent's probe.

    Of promoted records those have numbers that the instruments were made on; NaN stands for all others.
    """
    if reference is None:  # nothing that a record could be compared with
        untold = Values(np.full(len(drop), np.nan), np.zeros(0))
        return dict.fromkeys(("unknown_words", "unusual_pairs", "loss_shift"), untold)
    own = drop.windows(run.settings.law.record_bytes)
    ids, known = known_words(run)
    found = {
        code: Values(values.drop, _placed(ids, values.reference, promoted.ids))
        for code, values in measure_wording(own, known).items()
    }
    losses = Values(np.full(len(drop), np.nan), np.full(len(promoted), np.nan))
    if len(drop):
        n_scored = run.settings.law.scored_records
        params = probe_params(run, run.settings.probe.checkpoint_bytes)
        unseen = unseen_losses(run)
        losses = Values(losses.drop, _placed([*unseen], np.array([*unseen.values()]), promoted.ids))
        losses.drop[:n_scored] = losses_of(checkpoint(run), own.texts[:n_scored], params, run.workers)
    return found | {"loss_shift": losses}


def _placed(ids: Sequence[str], values: np.ndarray, among: Sequence[str]) -> np.ndarray:
    """Return (m,) float64: the values of some records at their places `among` m, NaN at the others."""
    found = np.full(len(among), np.nan)
    found[places_of(ids, among)] = values
    return found
