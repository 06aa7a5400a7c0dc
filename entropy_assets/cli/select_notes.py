"""What is to be said of picks of the command `select`: what its selector does, and whom it favours.

What belongs here: sentences about picks. What does not: picking, and the comparison with other selections.
"""

import shlex
from collections import Counter
from collections.abc import Sequence

import numpy as np

from entropy_assets.cli.select_task import Task
from entropy_assets.curation.scoring import Scores
from entropy_assets.curation.selection.favoured import Favoured, favoured_sources


def notes_on(task: Task, sources: Sequence[str], weights: np.ndarray, ranking: np.ndarray) -> tuple[str, ...]:
    """Return sentences for a person about what was picked.

    Parameters
    ----------
    task
        What the command was asked for.
    sources
        n names, the source of each record of the pool.
    weights
        (n,) int64, what each takes from the budget, in its unit.
    ranking
        (m,) int64, the picks as indices into the pool.
    """
    held = {quota.rpartition("=")[0] for quota in task.quotas}
    favoured = []
    if task.selector != "all":
        favoured = favoured_sources(sources, weights, ranking, task.budget.amount)
    warnings = [_warning(task, one) for one in favoured if one.source not in held]
    return (*_of_budget(task, int(weights[ranking].sum())), *_of_repeats(task, ranking), *warnings)


def unscored_note(scores: Scores | None, ranking: np.ndarray) -> tuple[str, ...]:
    """Return how many records have no score, and how many of them were picked behind the others.

    Parameters
    ----------
    scores
        Of the n records of the pool; None where the selector needs none.
    ranking
        (m,) int64, the picks as indices into the pool.
    """
    if scores is None or not (unscored := np.isnan(scores.values)).any():
        return ()
    counted = Counter(scores.why[unscored].tolist())
    why = ", ".join(f"{count:,} {reason}" for reason, count in sorted(counted.items()))
    return (
        f"{unscored.sum():,} of the {len(unscored):,} records have no score ({why}): they come behind all "
        f"others, and {unscored[ranking].sum():,} of them were picked",
    )


def _of_budget(task: Task, n_taken: int) -> tuple[str, ...]:
    """Return what a selector does that does not end at the budget, where it did not."""
    amount, unit = task.budget.amount, task.budget.unit
    if n_taken <= amount:
        return ()
    if task.selector == "all":
        return (
            f"`all` takes every record, whatever --budget says: {n_taken:,} {unit}, asked were {amount:,}",
        )
    if task.selector == "zip_paper":
        return (
            f"`zip_paper` picks whole rounds of --k3 {task.params.n_picks:,} records, as the official script "
            f"does: {n_taken:,} {unit}, asked were {amount:,}; `--selector zip` keeps to the budget",
        )
    return ()


def _of_repeats(task: Task, ranking: np.ndarray) -> tuple[str, ...]:
    n_repeats = len(ranking) - len(np.unique(ranking))
    if not n_repeats:
        return ()
    return (
        f"{n_repeats:,} of the picks are repeats, which `{task.selector}` gives as the official script does",
    )


def _warning(task: Task, one: Favoured) -> str:
    unit = task.budget.unit
    typed = f"--quota {shlex.quote(f'{one.source}={one.quota}')}"
    if task.selector == "zip_paper":
        typed = f"--selector zip {typed}"
    return (
        f"warning: {one.picked_share:.1%} of the picked {unit} are of source {one.source!r}, which has "
        f"{one.pool_share:.1%} of the pool's {unit}: `{typed}` holds it to that share"
    )
