"""What is told of a selection beside its picks: R under both codecs, taken once and kept.

What belongs here: those figures. What does not: what stands beside them (`curation.selection.comparison`),
and what is judged (`curation.entropy_law`).
"""

import json

import numpy as np

from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.entropy_law import Texts, log_ratios
from entropy_assets.settings import LawSettings
from entropy_assets.storage import canonical_json, seed_from


def selection_figures(
    texts: Texts, law: LawSettings, pool_digest: str, workers: int
) -> dict[str, float | None]:
    """Return R of a selection under both codecs, each on shuffled samples of equal bytes."""
    texts = texts.windows(law.record_bytes)
    if not len(texts):
        return {"ratio_zlib32k": None, "ratio_zstd_long": None}
    seed = seed_from("figures", pool_digest)
    return {
        f"ratio_{codec}": float(
            np.exp(log_ratios(texts, law.sample_bytes, law.n_samples, seed, codec, workers=workers).mean())
        )
        for codec in ("zlib32k", "zstd_long")
    }


def kept_figures(run: CandidateRun, digest: str, texts: Texts, pool_digest: str) -> dict[str, float | None]:
    """Return `selection_figures` of the selection with a digest, made once and kept."""
    law = run.settings.law
    parts = {"selection": digest, "pool": pool_digest}
    parts |= {name: getattr(law, name) for name in ("record_bytes", "sample_bytes", "n_samples")}
    stored = run.workspace.cache.remember(
        "figures",
        parts,
        lambda: canonical_json(selection_figures(texts, law, pool_digest, run.workers)),
    )
    found: dict[str, float | None] = json.loads(stored)
    return found


def finite_or_none(number: float) -> float | None:
    """Return a number as JSON holds it: None for one without bound, or that is none.

    >>> finite_or_none(0.5), finite_or_none(float("inf"))
    (0.5, None)
    """
    return float(number) if abs(number) < float("inf") else None
