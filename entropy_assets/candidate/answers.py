"""A language model's scores of questions and answers, each kept, and what they say of a drop.

What belongs here: loading and remembering. What does not: what is read, and what the scores mean.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.entropy_law import (
    NO_MODEL,
    AnswersMeasured,
    Exchanges,
    draw_answers,
    measure_answers,
)
from entropy_assets.curation.llm import load_model, model_digest, numbers_on, score_pairs
from entropy_assets.curation.pool import Frames, Pool
from entropy_assets.storage import canonical_json, digest_value, seed_from

KEPT_PAIRS = 256
"""So many pairs are read before their scores are kept: a run that is stopped goes on from there."""


def measure_drop_answers(run: CandidateRun, drop: Frames, promoted: Pool | None) -> AnswersMeasured:
    """Return what the model that the settings name says of a drop's answers.

    Parameters
    ----------
    run
        Where scores are kept.
    drop
        Records of the drop, which are read for a model alone.
    promoted
        The parent's pool; None for a first version.
    """
    settings = run.settings
    if not settings.answers.model:
        return AnswersMeasured(off=NO_MODEL)
    if promoted is None:
        return AnswersMeasured(off="there are no promoted records yet")
    seed = seed_from("answers", settings.seed)
    n_records, known = settings.answers.n_records, settings.law.known_records
    own = Exchanges.of(pl.concat(drop(None)).sort("id"))
    sample = draw_answers(own, Exchanges.of(promoted.records), known, n_records, seed)
    if isinstance(sample, str):
        return AnswersMeasured(off=sample)
    scores = score_remembered(run, sample.pairs)
    return measure_answers(sample, scores[:, 0], scores[:, 1])


def score_remembered(run: CandidateRun, pairs: list[tuple[str, str]]) -> np.ndarray:
    """Return (p, 2) float64, loss in bits and yes-logit of each pair; what was read before is kept."""
    answers = run.settings.answers
    path = Path(str(run.workspace.root)) / answers.model
    digest, numbers = model_digest(path), numbers_on(answers.device)
    common = {
        "model": digest,
        "numbers": numbers,
        "prompt": answers.prompt,
        "max_bytes": answers.max_bytes,
        "batch": answers.batch or (1 if numbers[0] == "cpu" else 0),
    }

    def parts_of(pair: tuple[str, str]) -> dict[str, Any]:
        return {**common, "pair": digest_value(pair)}

    cache = run.workspace.cache
    distinct = list(dict.fromkeys(pairs))
    stored = {p: cache.get("answer_scores", parts_of(p)) for p in distinct}
    missing = [pair for pair, score in stored.items() if score is None]
    if missing:
        model = load_model(path, answers.device, digest)
        for start in range(0, len(missing), KEPT_PAIRS):
            part = missing[start : start + KEPT_PAIRS]
            scores = score_pairs(model, part, answers.prompt, answers.max_bytes, answers.batch, run.workers)
            for pair, score in zip(part, scores, strict=True):
                values = canonical_json([score.loss_bits, score.yes_logit])
                stored[pair] = cache.keep("answer_scores", parts_of(pair), values)
    return np.array([json.loads(stored[pair] or b"") for pair in pairs], dtype=np.float64)
