"""The command `score`: a file or folder of records in, one score a record out.

What belongs here: reading, the losses that a scorer needs, the table that is written. What does not: scores.
"""

import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from upath import UPath

from entropy_assets.cli.places import require_parquet
from entropy_assets.cli.pool_file import PoolFile, read_pool, require_pool
from entropy_assets.curation.ingest.nothing import nothing_read
from entropy_assets.curation.probe import ProbeParams, ProbeTask, record_losses, run_probes
from entropy_assets.curation.scoring import SCORERS, Request, score
from entropy_assets.errors import InvalidInput
from entropy_assets.shards import parquet_bytes
from entropy_assets.storage import put, seed_from
from entropy_assets.texts import sizes_of, taken

SCORED_TEXTS = 2_000
"""Texts whose losses are taken at once, always the same ones: a batch may change the last digits."""


@dataclass(frozen=True)
class Task:
    """What the command was asked for.

    Parameters
    ----------
    path
        What is read: a file, or a folder of Parquet shards.
    out
        Parquet file to write.
    scorer
        A key of `SCORERS`.
    probe_bytes
        Bytes that each of the two probes is trained on, for scorers that need losses.
    seed, workers
        Seed of all draws, and threads; no score depends on the latter.
    """

    path: Path
    out: Path
    scorer: str
    probe_bytes: int
    seed: int
    workers: int


@dataclass(frozen=True)
class Scored:
    """What the command tells.

    Parameters
    ----------
    n_records
        Records that were read.
    unscored
        Reason -> records without a score.
    left_out
        Reason -> rows that are no record.
    quantiles
        Lowest score, quartiles, highest; empty where there is none.
    """

    n_records: int
    unscored: Counter[str]
    left_out: Counter[str]
    quantiles: tuple[float, ...]

    def __str__(self) -> str:
        n_scored = self.n_records - self.unscored.total()
        rest = " + ".join(f"{count:,} {why}" for why, count in sorted(self.unscored.items()))
        return f"{self.n_records:,} records = {n_scored:,} scored + {rest or '0 without a score'}"


def score_path(task: Task) -> Scored:
    """Write the scores of the records at a path, and tell how many have one.

    The table has a row a record, in their order: `id`, `row_id`, `source`, `line`, `score` (null where there
    is none), `why`, `scorer` with its version, and the parts of the score.

    Raises
    ------
    InvalidInput
        No record can be read there.
    """
    require_parquet(out=task.out)
    require_pool(task.path)
    with tempfile.TemporaryDirectory(prefix="entropy-assets-") as folder:
        pool = read_pool(task.path, Path(folder), with_ids=True, with_rejected=True)
        if not len(pool.texts):
            raise InvalidInput(f"{task.path} {nothing_read(pool.left_out)}")
        needs = SCORERS[task.scorer].needs_losses
        losses = unseen_losses(pool, task) if needs else None
        found = score(Request(pool.texts, losses, task.seed, task.workers), task.scorer)
        table = pl.DataFrame(
            {
                "id": pool.ids,
                "row_id": pool.row_ids,
                "source": pool.sources,
                "line": pool.lines,
                "score": pl.Series(found.values).fill_nan(None),
                "why": pl.Series(found.why.tolist(), dtype=pl.String),
                "scorer": f"{task.scorer} {SCORERS[task.scorer].version}",
                **{name: pl.Series(values).fill_nan(None) for name, values in found.parts.items()},
            }
        )
        put(UPath(task.out.absolute()), parquet_bytes(table))
    values = found.values[~np.isnan(found.values)]
    quantiles = tuple(np.quantile(values, [0, 0.25, 0.5, 0.75, 1]).tolist()) if len(values) else ()
    unscored = Counter(why for why in found.why.tolist() if why)
    return Scored(len(pool.texts), unscored, pool.left_out, quantiles)


def unseen_losses(pool: PoolFile, task: Task) -> np.ndarray:
    """Return (n,) float64 bits per byte of each text under a probe that has not seen it; NaN of empty ones.

    Records are cut into two halves by their ids. A probe is trained on a sample of each, and asked of the
    other half.
    """
    half = np.array([int(one[-8:], 16) % 2 for one in pool.ids])
    is_text = sizes_of(pool.texts) > 0
    params = ProbeParams(budget_bytes=task.probe_bytes)
    halves = [np.flatnonzero((half == side) & is_text) for side in (0, 1)]
    # One half may be empty; then what there is has to say how usual it is itself.
    asked_by = [halves[1 - side] if len(halves[1 - side]) else halves[side] for side in (0, 1)]
    seeds = [seed_from("score", task.seed, side) for side in (0, 1)]
    orders = [
        np.random.default_rng(seed).permutation(places) for seed, places in zip(seeds, asked_by, strict=True)
    ]
    wanted = [side for side in (0, 1) if len(halves[side])]
    tasks = [ProbeTask(_enough(pool, orders[side], task.probe_bytes), params, seeds[side]) for side in wanted]
    losses = np.full(len(pool.ids), np.nan)
    for side, (_, checkpoint) in zip(wanted, run_probes(tasks, task.workers), strict=True):
        for start in range(0, len(halves[side]), SCORED_TEXTS):
            places = halves[side][start : start + SCORED_TEXTS]
            losses[places] = record_losses(checkpoint, list(taken(pool.texts, places)), params)
    return losses


def _enough(pool: PoolFile, order: np.ndarray, n_bytes: int) -> list[bytes]:
    """Return texts in an order until they hold so many bytes."""
    sizes = sizes_of(pool.texts)[order].cumsum()
    return list(taken(pool.texts, order[: int(np.searchsorted(sizes, n_bytes)) + 1]))
