"""The numbers of single records that `drop_report` compares: their words, and their loss under the probe.

What belongs here: measuring and remembering them. What does not: what they say of a drop.
"""

import numpy as np

from entropy_assets.candidate.reference import Reference, may_be_trained_on, parent_checkpoint, probe_params
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.entropy_law import KnownWords, Texts, Values, measure_wording
from entropy_assets.curation.probe import record_losses
from entropy_assets.storage import digest_bytes


def record_values(
    run: CandidateRun, reference: Reference | None, drop: Texts, promoted: Texts
) -> dict[str, Values]:
    """Return what is known of single records: their words, and their loss under the parent's probe."""
    law = run.settings.law
    drop, promoted = drop.windows(law.record_bytes), promoted.windows(law.record_bytes)
    losses = _losses(run, reference, drop, promoted)
    parts = {"ids": promoted.ids, "record_bytes": law.record_bytes}
    stored = run.workspace.cache.remember("known_words", parts, lambda: KnownWords.of(promoted).to_bytes())
    return {**measure_wording(drop, KnownWords.from_bytes(stored)), "loss_shift": losses}


def _losses(run: CandidateRun, reference: Reference | None, drop: Texts, promoted: Texts) -> Values:
    """Return losses of the drop's records, and of promoted ones that the probe was not trained on.

    Of both at most `scored_records`, of promoted ones of each stratum; NaN for all others.
    """
    values = Values(np.full(len(drop), np.nan), np.full(len(promoted), np.nan))
    if reference is None or not len(drop):
        return values
    settings = run.settings
    checkpoint = parent_checkpoint(run, reference)
    params = probe_params(settings, settings.probe.checkpoint_bytes)
    n_scored = settings.law.scored_records
    unseen: list[int] = []
    for members in promoted.members().values():
        unseen += [int(i) for i in members if not may_be_trained_on(promoted.ids[i])][:n_scored]
    parts = {"checkpoint": digest_bytes(checkpoint), "ids": [promoted.ids[i] for i in unseen]}
    texts = [promoted.texts[i] for i in unseen]
    stored = run.workspace.cache.remember(
        "reference_losses", parts, lambda: record_losses(checkpoint, texts, params).tobytes()
    )
    values.reference[unseen] = np.frombuffer(stored)
    values.drop[:n_scored] = record_losses(checkpoint, drop.texts[:n_scored], params)
    return values
