"""The command `select`: a pool file in, the picked rows out, in the input's own form.

The pool's text is put into a temporary file, so that a pool can be larger than memory; the picked rows are
read from the pool file again, as they came.
"""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from upath import UPath

from entropy_assets.cli.options import of_option
from entropy_assets.cli.places import form_to_write, require_apart
from entropy_assets.cli.pool_file import (
    PoolFile,
    form_of,
    official_pool,
    read_pool,
    require_pool,
    rows_as,
    write_packed,
)
from entropy_assets.cli.select_notes import notes_on, unscored_note
from entropy_assets.cli.select_scores import scores_for, vectors_for
from entropy_assets.cli.select_task import Task
from entropy_assets.cli.signals import signals_raise
from entropy_assets.curation.ingest.nothing import nothing_read
from entropy_assets.curation.selection import (
    Constraints,
    official_json,
    select,
    select_official,
)
from entropy_assets.curation.selection.comparison import beside, table
from entropy_assets.curation.selection.tokens import count_tokens, packing
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.settings import SELECTORS
from entropy_assets.storage import read_list
from entropy_assets.temporary import temporary_folder

COMPARED_BYTES = 1 << 20  # a figure of the comparison rests on at most so much text


@dataclass(frozen=True)
class Picked:
    """What the command tells: records in the pool and picked, reason -> rows left out, comparison, notes."""

    n_pool: int
    n_picked: int
    n_refused: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    comparison: str = ""
    in_tokens: str = ""
    notes: tuple[str, ...] = ()


def select_file(task: Task) -> Picked:
    """Write the picked rows of the pool to `task.out` and tell how many they are.

    Raises
    ------
    InvalidInput
        The pool cannot be read or holds no record, or the state belongs to another selection.
    InvalidParameter
        An argument is out of its range, `out` is the pool itself, or the tokenizer cannot be loaded.
    Interrupted
        By Ctrl-C or SIGTERM.
    """
    require_pool(task.pool)
    named = {"scores": task.options, "target": task.scoring.table("target")}
    read = {name: Path(file) for name, one in named.items() if (file := getattr(one, name, ""))}
    require_apart("out", task.out, POOL=task.pool, keep=task.keep, never=task.never, **read)
    if task.tokenizer is not None:
        with of_option("tokenizer"):  # one that cannot be loaded is refused before anything is done
            count_tokens([b""], task.tokenizer)
    form = form_to_write(task.out, task.pool, form_of(task.pool))
    with signals_raise(), temporary_folder() as folder:
        picked = _official(task, form, folder) or _picked(task, form, folder)
    if task.state.exists():
        task.state.unlink()
    return picked


def _official(task: Task, form: str, folder: Path) -> Picked | None:
    """Do the task as the official script does where it is one of its own; None where it is not."""
    plain = task.keep is None and task.never is None and not task.quotas
    if task.selector != "zip_paper" or task.budget.unit != "records" or not plain or task.pool.is_dir():
        return None
    records = official_pool(task.pool)
    if records is None:
        return None
    with _progress(task.selector) as progress:
        picks = select_official(
            records,
            task.budget.amount,
            params=task.params,
            workers=task.workers,
            progress=progress,
            state=task.state,
        )
    if form == "lines":
        rows = (json.dumps(dict(records[index])) for index in picks.ranking.tolist())
        data = "".join(f"{row}\n" for row in rows).encode("ascii")
    else:
        data = official_json(records, picks.ranking)
    write_packed(task.out, data)
    ones = np.ones(len(records), np.int64)
    notes = notes_on(task, [str(one["source"]) for one in records], ones, picks.ranking)
    picked = Picked(len(records), len(picks.ranking), notes=notes)
    return _with_texts(task, picked, picks.ranking + 1, folder) if task.compare or task.tokenizer else picked


def _with_texts(task: Task, picked: Picked, lines: np.ndarray, folder: Path) -> Picked:
    """Return what is told of official picks with what their texts say: the script's pool holds JSON only.

    Parameters
    ----------
    lines
        (m,) int64, the rows of the file that were picked, counted from 1, in order of choice.
    """
    pool = read_pool(task.pool, folder, with_ids=False, with_rejected=task.with_rejected)
    place = {int(line): index for index, line in enumerate(pool.lines)}
    ranking = np.array([place[line] for line in lines.tolist() if line in place], np.int64)
    notes = picked.notes
    if n_unread := len(lines) - len(ranking):
        notes += (f"{n_unread} picked row(s) are no record that can be read: not in the comparison",)
    if not len(ranking):
        return replace(picked, notes=notes)
    comparison, in_tokens = _beside(task, pool, ranking)
    return replace(picked, notes=notes, comparison=comparison, in_tokens=in_tokens)


def _picked(task: Task, form: str, folder: Path) -> Picked:
    entry = SELECTORS[task.selector]
    with_ids = bool(task.keep or task.never or entry.scored)
    pool = read_pool(task.pool, folder, with_ids=with_ids, with_rejected=task.with_rejected)
    if not len(pool.texts):
        raise InvalidInput(f"{task.pool} {nothing_read(pool.left_out)}")
    constraints = _constraints(task, pool)
    scores = scores_for(task, pool, folder)
    with _progress(task.selector) as progress:
        picks = select(
            pool.texts,
            task.budget,
            task.selector,
            params=task.params,
            constraints=constraints,
            codec=task.codec,
            noise_guard=task.noise_guard,
            seed=task.seed,
            workers=task.workers,
            progress=progress,
            state=task.state if entry.resumes else None,
            options=task.options,
            scores=None if scores is None else scores.values,
            vectors=vectors_for(task, pool),
        )
    write_packed(task.out, rows_as(form, task.pool, pool.lines[picks.ranking].tolist()))
    notes = notes_on(task, pool.sources, task.budget.weights(pool.texts), picks.ranking)
    notes += unscored_note(scores, picks.ranking)
    comparison, in_tokens = _beside(task, pool, picks.ranking)
    left_out = dict(sorted(pool.left_out.items()))
    counts = (len(pool.texts), len(picks.ranking), len(picks.refused))
    return Picked(*counts, left_out, comparison, in_tokens, notes)


def _beside(task: Task, pool: PoolFile, ranking: np.ndarray) -> tuple[str, str]:
    """Return the comparison and the lengths in tokens, each empty where nobody asked for it."""
    comparison = _comparison(task, pool, ranking) if task.compare else ""
    in_tokens = ""
    if task.tokenizer is not None:
        chosen = [pool.texts[index] for index in ranking.tolist()]
        in_tokens = str(packing(count_tokens(chosen, task.tokenizer), task.sequence_length))
    return comparison, in_tokens


def _constraints(task: Task, pool: PoolFile) -> Constraints:
    places: dict[str, list[int]] = {}
    for place, row_id in enumerate(pool.row_ids):
        places.setdefault(row_id, []).append(place)
    keep, never = (_listed(name, path) for name, path in (("keep", task.keep), ("never", task.never)))
    missing = [row_id for row_id in keep if row_id not in places]
    if missing:
        raise InvalidInput(
            f"--keep {task.keep} lists {len(missing)} id(s) that {task.pool} has not, such as "
            f"{missing[0]!r}: remove them from the list"
        )
    quotas: dict[str, int] = {}
    for quota in task.quotas:
        source, _, amount = quota.rpartition("=")
        if not source or not amount.isdecimal():
            raise InvalidParameter(f"--quota must be SOURCE=AMOUNT with a whole number, got {quota!r}")
        quotas[source] = int(amount)
    if unknown := sorted(quotas.keys() - set(pool.sources)):
        raise InvalidParameter(
            f"--quota: the pool has no source {unknown[0]!r} for a quota: it has "
            f"{', '.join(sorted(set(pool.sources)))}"
        )
    return Constraints(
        keep=[place for row_id in keep for place in places[row_id]],
        never=[place for row_id in never for place in places.get(row_id, ())],
        groups=pool.sources,
        quotas=quotas,
    )


def _listed(name: str, path: Path | None) -> list[str]:
    if path is None:
        return []
    with of_option(name):
        return read_list(UPath(path))


def _comparison(task: Task, pool: PoolFile, ranking: np.ndarray) -> str:
    figures = beside(
        pool.texts,
        pool.sources,
        task.selector,
        ranking,
        seed=task.seed,
        max_bytes=COMPARED_BYTES,
        workers=task.workers,
    )
    return table(figures)


@contextmanager
def _progress(selector: str) -> Iterator[Callable[[int, int], None] | None]:
    """Yield a callback that draws a bar on a terminal, None in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Task as Bar
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Bar) -> Text:
            return Text(f"{task.speed:,.0f}/s" if task.speed else "")

    columns = (TextColumn(selector), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(selector, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
