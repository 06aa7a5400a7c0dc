"""The command `compare`: a pool file in, the figures of several selectors out, as a table and as JSON.

What belongs here: reading. What does not: measuring, and how figures are shown (`selector_table`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from upath import UPath

from entropy_assets.candidate.score_tables import read_scores_of_some
from entropy_assets.candidate.selector_comparison import compare_selectors
from entropy_assets.candidate.selector_plan import Plan, Pool
from entropy_assets.candidate.selector_table import shown
from entropy_assets.cli.options import of_option
from entropy_assets.cli.params import given_to, require_used
from entropy_assets.cli.pool_file import read_pool, require_pool
from entropy_assets.cli.scoring import scoring_of
from entropy_assets.curation.ingest.nothing import nothing_read
from entropy_assets.curation.selection import Budget
from entropy_assets.errors import InvalidInput
from entropy_assets.settings import SCORERS, SELECTORS, ScoringSettings
from entropy_assets.settings.selectors import ZipKeys
from entropy_assets.storage import put
from entropy_assets.temporary import temporary_folder


@dataclass(frozen=True)
class Task:
    """What the command was asked for: pool, JSON file, plan, files of scores and of a target set."""

    pool: Path
    out: Path | None
    plan: Plan
    scores: str
    target: str


def task_of(
    pool: Path,
    out: Path | None,
    selectors: Sequence[str],
    budget: Budget,
    given: dict[str, Any],
    **sizes: Any,
) -> Task:
    """Return what options ask for.

    Parameters
    ----------
    pool, out
        File to choose from, and JSON file to write.
    selectors, budget
        As in `Plan`.
    given
        Options that are parameters of scorers and selectors.
    sizes
        Numbers of `Plan`, by name.

    Raises
    ------
    InvalidParameter
        A selector is unknown, or a value is out of its range or of no selector that is compared.
    """
    plan = Plan(selectors, budget, **sizes)
    entries = [SELECTORS[name] for name in selectors]
    scorers = [entry.scorer for entry in entries if entry.scorer]
    used = [entry.params for entry in entries] + [SCORERS[name].params for name in scorers]
    only_measured = {name: value for name, value in given.items() if name != "target"}
    require_used(only_measured, ScoringSettings, *used)
    options = {one.name: given_to(one.params, given) for one in entries if one.params is not ZipKeys}
    plan = replace(plan, scoring=scoring_of(given, *scorers), options=options)
    return Task(pool, out, plan, given.get("scores") or "", given.get("target") or "")


def compare_file(task: Task) -> str:
    """Return the comparison as Markdown, and write all figures as JSON where a place is named.

    Raises
    ------
    InvalidInput
        The pool, the scores or the target set cannot be read.
    InvalidParameter
        A selector needs a file that is not named, or no record is left to measure on.
    """
    require_pool(task.pool)
    with temporary_folder() as folder:
        whole = _pool(task.pool, folder / "pool")
        plan, name = task.plan, Path(task.target).name.split(".")[0]
        given: dict[str, Any] = {}
        if task.target:
            with of_option("target"):
                require_pool(Path(task.target))
                aims = _pool(Path(task.target), folder / "target")
            # What is looked for is not measured on.
            halves = [
                [text for one, text in zip(aims.ids, aims.texts, strict=True) if _half(one) == side]
                for side in (0, 1)
            ]
            given = {"targets": halves[0], "exams": {f"target {name}": halves[1]}}
        if task.scores:
            with of_option("scores"):
                table = read_scores_of_some(UPath(task.scores), whole.part(False).ids)
                given["scores"] = {"scores": table.values}
        found = compare_selectors(whole.part(False), whole.part(True).texts, replace(plan, **given))
    if task.out is not None:
        put(UPath(task.out.absolute()), json.dumps(found, indent=1).encode() + b"\n")
    return shown(found)


def _half(record_id: str) -> int:
    return int(record_id[-8:], 16) % 2


def _pool(path: Path, folder: Path) -> Pool:
    folder.mkdir()
    read = read_pool(path, folder, with_ids=True, with_rejected=False)
    if not len(read.texts):
        raise InvalidInput(f"{path} {nothing_read(read.left_out)}")
    return Pool(read.ids, read.texts, read.sources)
