"""Scoring records: a scorer is handed what its entry needs, which other stages make.

What belongs here: losses under a probe that has not seen the records, vectors. What does not: scores
(`curation.scoring`), and reading a target set.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from upath import UPath

from entropy_assets.curation.probe import ProbeParams, ProbeTask, record_losses, run_probes
from entropy_assets.curation.scoring import Axes, Request, Scores, score
from entropy_assets.errors import InvalidInput
from entropy_assets.settings import SCORERS, ScoringSettings
from entropy_assets.storage import seed_from
from entropy_assets.texts import sizes_of, taken

SCORED_TEXTS = 2_000
"""Texts whose losses are taken at once, always the same ones: a batch may change the last digits."""

UNSCORED, MISSING = "unscored", "missing"
"""Why a record has no score in a file: the file says so, or does not know the record."""


@dataclass(frozen=True)
class Asked:
    """Records that are to be scored, and by what.

    Parameters
    ----------
    ids
        n ids, whose digits say which half a record belongs to.
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
    """

    ids: Sequence[str]
    texts: Sequence[bytes]
    scorer: str
    settings: ScoringSettings
    targets: Sequence[bytes] = ()
    seed: int = 0
    workers: int = 1


def scores_of(asked: Asked) -> Scores:
    """Return the scores of records, each handed what its scorer needs.

    Raises
    ------
    InvalidParameter
        The scorer is unknown, or there are no targets that it needs.
    """
    needs = SCORERS[asked.scorer].needs
    request = Request(
        asked.texts,
        unseen_losses(asked) if "losses" in needs else None,
        Axes.of(asked.texts, asked.settings.n_dimensions, asked.seed) if "embeddings" in needs else None,
        asked.targets,
        asked.seed,
        asked.workers,
    )
    params = asked.settings.table(asked.scorer) if SCORERS[asked.scorer].has_params else None
    return score(request, asked.scorer, params)


def read_scores(path: UPath, ids: Sequence[str]) -> Scores:
    """Return the scores that a file has of records: those of `score`, or any table of `id` and `score`.

    Parameters
    ----------
    path
        A Parquet file; of an id that it holds twice the first row counts.
    ids
        n ids. One that the file has not is `missing`, one whose score is none or no number is `unscored`.

    Raises
    ------
    InvalidInput
        It cannot be read, or has no such columns.
    """
    try:
        table = pl.read_parquet(io.BytesIO(path.read_bytes()), columns=["id", "score"])
        table = table.select(pl.col("id").cast(pl.String), pl.col("score").cast(pl.Float64))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InvalidInput(
            f"{path} must be a Parquet file with the columns id and score, as `entropy-assets score` writes "
            f"it: {str(error).splitlines()[0]}"
        ) from error
    table = table.unique("id", keep="first", maintain_order=True).with_columns(known=True)
    own = pl.DataFrame({"id": list(ids)}, schema={"id": pl.String})
    own = own.join(table, on="id", how="left", maintain_order="left")
    values = own["score"].fill_null(np.nan).to_numpy()
    values = np.where(np.isfinite(values), values, np.nan)
    why = np.where(np.isnan(values), UNSCORED, "").astype(object)
    why[own["known"].is_null().to_numpy()] = MISSING
    return Scores(values, why)


def unseen_losses(asked: Asked) -> np.ndarray:
    """Return (n,) float64 bits per byte of each text under a probe that has not seen it; NaN of empty ones.

    Records are cut into two halves by their ids. A probe is trained on a sample of each, and asked of the
    other half.
    """
    half = np.array([int(one[-8:], 16) % 2 for one in asked.ids])
    is_text = sizes_of(asked.texts) > 0
    params = ProbeParams(budget_bytes=asked.settings.probe_bytes)
    halves = [np.flatnonzero((half == side) & is_text) for side in (0, 1)]
    # One half may be empty; then what there is has to say how usual it is itself.
    asked_by = [halves[1 - side] if len(halves[1 - side]) else halves[side] for side in (0, 1)]
    seeds = [seed_from("score", asked.seed, side) for side in (0, 1)]
    orders = [
        np.random.default_rng(seed).permutation(places) for seed, places in zip(seeds, asked_by, strict=True)
    ]
    wanted = [side for side in (0, 1) if len(halves[side])]
    tasks = [
        ProbeTask(_enough(asked.texts, orders[side], params.budget_bytes), params, seeds[side])
        for side in wanted
    ]
    losses = np.full(len(asked.ids), np.nan)
    for side, (_, checkpoint) in zip(wanted, run_probes(tasks, asked.workers), strict=True):
        for start in range(0, len(halves[side]), SCORED_TEXTS):
            places = halves[side][start : start + SCORED_TEXTS]
            losses[places] = record_losses(checkpoint, list(taken(asked.texts, places)), params)
    return losses


def _enough(texts: Sequence[bytes], order: np.ndarray, n_bytes: int) -> list[bytes]:
    """Return texts in an order until they hold so many bytes."""
    sizes = sizes_of(texts)[order].cumsum()
    return list(taken(texts, order[: int(np.searchsorted(sizes, n_bytes)) + 1]))
