"""Scoring records: a scorer is handed what its entry needs, which other stages make.

What belongs here: losses under a probe that has not seen the records, vectors. What does not: scores
(`curation.scoring`), reading a target set, and asking a language model (`ask_llm`).
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl
import zstandard
from safetensors.numpy import load, save

from entropy_assets.candidate.embedding import embedder_of
from entropy_assets.curation.probe import (
    LanguageProbeParams,
    ProbeParams,
    ProbeTask,
    record_losses,
    run_probes,
)
from entropy_assets.curation.probe.language import answer_losses, load_for_training, losses_under
from entropy_assets.curation.scoring import Answers, Embedder, Request, Scores, score
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import SCORERS, ScoringSettings
from entropy_assets.spans import Spans
from entropy_assets.storage import seed_from
from entropy_assets.texts import sizes_of, taken

SCORED_TEXTS = 2_000
"""Texts whose losses are taken at once, always the same ones: a batch may change the last digits."""

SAMPLE_SCHEMA = pl.Schema({"id": pl.String, "text": pl.Binary})
MODEL_TOKENS = 2048
"""Tokens of a question with its answer that a language model reads together."""


@dataclass(frozen=True)
class Sums:
    """What scored records leave for those that come later; it is as large for many records as for few.

    Parameters
    ----------
    sample
        `id` and `text` (bytes) of the records with the lowest ids of each half, which are trained on.
    scorer
        What the scorer left, in a form that it reads.
    """

    sample: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=SAMPLE_SCHEMA))
    scorer: bytes = b""

    def to_bytes(self) -> bytes:
        """Return it in a stored form."""
        buffer = io.BytesIO()
        self.sample.write_parquet(buffer, compression="uncompressed")
        arrays = {"sample": buffer.getvalue(), "scorer": self.scorer}
        stored = save({name: np.frombuffer(value, np.uint8) for name, value in arrays.items()})
        return zstandard.ZstdCompressor().compress(stored)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Sums":
        """Return what `to_bytes` stored."""
        arrays = load(zstandard.ZstdDecompressor().decompress(data))
        return cls(pl.read_parquet(io.BytesIO(arrays["sample"].tobytes())), arrays["scorer"].tobytes())


@dataclass(frozen=True)
class Asked:
    """Records that are to be scored, and by what.

    Parameters
    ----------
    ids
        n ids, digests of content: they say which half a record belongs to, and which are a sample.
    texts
        n texts in UTF-8.
    scorer
        A key of `SCORERS`.
    settings
        What scorers are handed, and their parameters.
    targets
        Texts of a target set, for scorers that need one.
    seed, workers
        Seed of all draws, and threads; no score depends on the latter.
    embedder
        What makes vectors, for scorers that need them; None: as the settings say.
    before
        What records that came before have left.
    answers
        What a language model says of them, for scorers that need it: see `candidate.ask_llm`.
    spans
        The answers in each text, for scorers that need them.
    root
        Folder from which a language model's path is read.
    """

    ids: Sequence[str]
    texts: Sequence[bytes]
    scorer: str
    settings: ScoringSettings
    targets: Sequence[bytes] = ()
    seed: int = 0
    workers: int = 1
    embedder: Embedder | None = None
    before: Sums = field(default_factory=Sums)
    answers: Answers | None = None
    spans: Spans | None = None
    root: Path = Path()


def scores_of(asked: Asked) -> tuple[Scores, Sums]:
    """Return the scores of records, each handed what its scorer needs, and what they leave for later ones.

    Raises
    ------
    InvalidParameter
        The scorer is unknown, or there are no targets or answers that it needs.
    """
    entry, settings = SCORERS[asked.scorer], asked.settings
    params = settings.table(asked.scorer) if entry.has_params else None
    model = getattr(params, "model", "")
    losses, sample, embedder, of_answers = None, asked.before.sample, None, None
    if "losses" in entry.needs and model:
        losses = model_losses(asked, model)
    elif "losses" in entry.needs:
        losses, sample = unseen_losses(asked)
    if "answer_losses" in entry.needs:
        of_answers = model_losses(asked, model, of_answers=True)
    if "embeddings" in entry.needs:
        embedder = asked.embedder or embedder_of(settings, asked.texts, asked.seed, asked.root)
    request = Request(
        asked.texts,
        losses,
        embedder,
        asked.targets,
        asked.seed,
        asked.workers,
        asked.before.scorer,
        asked.answers,
        of_answers,
    )
    found = score(request, asked.scorer, params)
    return found, Sums(sample, found.after)


def to_be_scored(selector: str, scorer: str) -> str:
    """Return how a file is picked from by a scorer that asks a language model, which can cost money."""
    return (
        f"selector {selector!r} needs answers of a language model: make a table by `entropy-assets score "
        f"--scorer {scorer}` first, and pick by the selector `scores` with --scores TABLE"
    )


def model_losses(asked: Asked, model: str, *, of_answers: bool = False) -> np.ndarray:
    """Return (n,) float64 bits per byte of each text under a language model as it is; NaN of empty ones.

    Of answers (n, 2), see `answer_losses`.

    Raises
    ------
    InvalidParameter
        No model is named, or the extra `llm` is not installed.
    InvalidInput
        There is no model at that path.
    """
    if not model:
        raise InvalidParameter(
            f"{asked.scorer} needs a language model: name one by --model FOLDER, or as `model` under "
            f"[scoring.{asked.scorer}]"
        )
    how = {"context_tokens": MODEL_TOKENS} if of_answers else {}
    setting = f"scoring.{asked.scorer}.model"
    params = LanguageProbeParams.of(asked.root / model, setting, **how)
    loaded = load_for_training(params, setting)
    found = np.full((len(asked.texts), 2) if of_answers else len(asked.texts), np.nan)
    filled = np.flatnonzero(sizes_of(asked.texts) > 0)
    for start in range(0, len(filled), SCORED_TEXTS):
        places = filled[start : start + SCORED_TEXTS]
        texts = list(taken(asked.texts, places))
        if of_answers:
            spans = [asked.spans[place] if asked.spans else [] for place in places.tolist()]
            found[places] = answer_losses(loaded, texts, spans, params, asked.workers)
        else:
            found[places] = losses_under(loaded, texts, params, workers=asked.workers)
    return found


def unseen_losses(asked: Asked) -> tuple[np.ndarray, pl.DataFrame]:
    """Return the losses of texts under probes that have not seen them, and the sample these are trained on.

    Records are cut into two halves by their ids. A probe is trained on those of each half that have the
    lowest ids, of `probe_bytes` bytes, those that came before among them; it is asked of the other half. The
    lowest ids of two sets are the lowest of what each has kept, so samples add up.

    Returns
    -------
    tuple[np.ndarray, pl.DataFrame]
        (n,) float64 bits per byte, NaN of empty texts; `id` and `text`.
    """
    half = np.array([_half(one) for one in asked.ids], dtype=np.int64)
    is_text = sizes_of(asked.texts) > 0
    n_bytes = asked.settings.probe_bytes
    params = ProbeParams(budget_bytes=n_bytes)
    order = np.argsort(np.array(asked.ids, dtype=object), kind="stable")
    samples = [
        _lowest(asked, order[(half == side)[order] & is_text[order]], side, n_bytes) for side in (0, 1)
    ]
    # One half may be empty; then what there is has to say how usual it is itself.
    trained_on = [samples[1 - side] if samples[1 - side].height else samples[side] for side in (0, 1)]
    halves = [np.flatnonzero((half == side) & is_text) for side in (0, 1)]
    wanted = [side for side in (0, 1) if len(halves[side])]
    tasks = [
        ProbeTask(trained_on[side]["text"].to_list(), params, seed_from("score", asked.seed, side))
        for side in wanted
    ]
    losses = np.full(len(asked.ids), np.nan)
    for side, (_, checkpoint) in zip(wanted, run_probes(tasks, asked.workers), strict=True):
        for start in range(0, len(halves[side]), SCORED_TEXTS):
            places = halves[side][start : start + SCORED_TEXTS]
            losses[places] = record_losses(checkpoint, list(taken(asked.texts, places)), params)
    return losses, pl.concat(samples)


def _half(record_id: str) -> int:
    return int(record_id[-8:], 16) % 2


def _lowest(asked: Asked, order: np.ndarray, side: int, n_bytes: int) -> pl.DataFrame:
    """Return the records of one half with the lowest ids, until they hold `n_bytes` bytes."""
    ends = sizes_of(asked.texts)[order].cumsum()
    own = order[: int(np.searchsorted(ends, n_bytes)) + 1]
    table = {"id": [asked.ids[i] for i in own.tolist()], "text": list(taken(asked.texts, own))}
    before = asked.before.sample
    before = before.filter(pl.Series([_half(one) == side for one in before["id"]], dtype=pl.Boolean))
    both = pl.concat([before, pl.DataFrame(table, schema=SAMPLE_SCHEMA)]).unique("id").sort("id")
    ends = both["text"].bin.size().to_numpy().astype(np.int64).cumsum()
    return both.head(int(np.searchsorted(ends, n_bytes)) + 1)
