"""The command `score`: a file or folder of records in, one score a record out.

What belongs here: reading, the table that is written. What does not: scores.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from upath import UPath

from entropy_assets.candidate.scoring import Asked, scores_of, to_be_scored
from entropy_assets.cli.ask_llm import Asking, ask_pool
from entropy_assets.cli.options import of_option
from entropy_assets.cli.places import require_parquet
from entropy_assets.cli.pool_file import PoolFile, read_pool, require_pool
from entropy_assets.curation.ingest.nothing import nothing_read
from entropy_assets.curation.scoring import Answers, Scores
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.settings import SCORERS, ScoringSettings
from entropy_assets.settings.ask_llm import AskSettings
from entropy_assets.shards import parquet_bytes
from entropy_assets.storage import put
from entropy_assets.temporary import temporary_folder


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
    settings
        What scorers are handed, and their parameters.
    seed, workers
        Seed of all draws, and threads; no score depends on the latter.
    asking
        How a language model is asked, for a scorer that needs its answers.
    """

    path: Path
    out: Path
    scorer: str
    settings: ScoringSettings
    seed: int
    workers: int
    asking: Asking | None = None


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
    left
        Which records could still be scored, by the same command; empty where none could.
    """

    n_records: int
    unscored: Counter[str]
    left_out: Counter[str]
    quantiles: tuple[float, ...]
    left: str = ""

    def __str__(self) -> str:
        n_scored = self.n_records - self.unscored.total()
        rest = " + ".join(f"{count:,} {why}" for why, count in sorted(self.unscored.items()))
        return f"{self.n_records:,} records = {n_scored:,} scored + {rest or '0 without a score'}"


def score_path(task: Task) -> Scored | None:
    """Write the scores of the records at a path, and tell how many have one; None after an estimate alone.

    The table has a row a record, in their order: `id`, `row_id`, `source`, `line`, `score` (null where there
    is none), `why`, `scorer` with its version, and the parts of the score.

    Raises
    ------
    InvalidInput
        No record can be read there, or no target that is needed.
    """
    require_parquet(out=task.out)
    require_pool(task.path)
    with temporary_folder() as folder:
        pool = read_pool(task.path, folder, with_ids=True, with_rejected=True)
        if not len(pool.texts):
            raise InvalidInput(f"{task.path} {nothing_read(pool.left_out)}")
        answers: Answers | None = None
        left = ""
        if task.asking:
            settings = task.settings.table(task.scorer)
            assert isinstance(settings, AskSettings)
            said = ask_pool(pool, task.path, settings, task.asking, task.seed, task.workers)
            if said is None:
                return None
            answers, left = said
        found = pool_scores(pool, task.scorer, task.settings, task.seed, task.workers, folder, answers)
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
    return Scored(len(pool.texts), unscored, pool.left_out, quantiles, left)


def target_texts(path: str, folder: Path) -> Sequence[bytes]:
    """Return the texts of a target set, in any form that is read.

    Parameters
    ----------
    path
        The file, or a folder of Parquet shards.
    folder
        Where their bytes may lie meanwhile.

    Raises
    ------
    InvalidInput
        Nothing can be read there.
    InvalidParameter
        No file is named.
    """
    if not path:
        raise InvalidParameter("--target FILE is missing: it names the records that others should be near to")
    with of_option("target"):
        require_pool(Path(path))
        folder.mkdir(exist_ok=True)
        found = read_pool(Path(path), folder, with_ids=False, with_rejected=False)
        if not len(found.texts):
            raise InvalidInput(f"{path} {nothing_read(found.left_out)}")
    return found.texts


def pool_scores(
    pool: PoolFile,
    scorer: str,
    settings: ScoringSettings,
    seed: int,
    workers: int,
    folder: Path,
    answers: Answers | None = None,
) -> Scores:
    """Return the scores of the records of a pool file that was read with ids.

    Raises
    ------
    InvalidInput, InvalidParameter
        A target set is needed and cannot be read, or answers of a language model are and are not there.
    """
    if "answers" in SCORERS[scorer].needs and answers is None:
        raise InvalidParameter(to_be_scored(scorer, scorer))
    targets: Sequence[bytes] = ()
    if "targets" in SCORERS[scorer].needs:
        targets = target_texts(getattr(settings.table(scorer), "target", ""), folder / "targets")
    asked = Asked(
        pool.ids, pool.texts, scorer, settings, targets, seed, workers, answers=answers, spans=pool.spans
    )
    return scores_of(asked)[0]
