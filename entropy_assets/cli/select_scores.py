"""What a selector of the command `select` needs beside the texts: scores, from a scorer or a file; vectors.

What belongs here: finding them for a pool file. What does not: scoring, picking.
"""

from pathlib import Path

import numpy as np
from upath import UPath

from entropy_assets.candidate.embedding import vectors_of
from entropy_assets.candidate.score_tables import read_scores_of_some
from entropy_assets.cli.options import of_option
from entropy_assets.cli.pool_file import PoolFile
from entropy_assets.cli.score import pool_scores
from entropy_assets.cli.select_task import Task
from entropy_assets.curation.scoring import Scores
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.settings import SELECTORS
from entropy_assets.settings.selectors import ScoresParams


def scores_for(task: Task, pool: PoolFile, folder: Path) -> Scores | None:
    """Return the scores that the selector of a task picks by, None where it needs none.

    Raises
    ------
    InvalidInput, InvalidParameter
        The file of scores, or of a target set, is missing or cannot be read.
    """
    entry = SELECTORS[task.selector]
    if entry.scorer:
        return pool_scores(pool, entry.scorer, task.scoring, task.seed, task.workers, folder)
    if not entry.scored:
        return None
    if not isinstance(task.options, ScoresParams) or not task.options.scores:
        raise InvalidParameter(
            "--scores FILE is missing: it names the scores of the records, as `score` writes them"
        )
    file = task.options.scores
    with of_option("scores"):
        found = read_scores_of_some(UPath(file), pool.ids)
        if task.options.order == "inverse" and (wrong := found.values[found.values <= 0]).size:
            raise InvalidInput(
                f"{file} has scores that are not above 0, such as {wrong[0]}: "
                "choose another --order than inverse"
            )
    return found


def vectors_for(task: Task, pool: PoolFile) -> np.ndarray | None:
    """Return (n, d) float32 vectors of the records, None where the selector of a task needs none."""
    if "embeddings" not in SELECTORS[task.selector].needs:
        return None
    return vectors_of(task.scoring, pool.texts, task.seed, Path())
