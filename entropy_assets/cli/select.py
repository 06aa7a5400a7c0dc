"""The command `select`: a pool file in, the picked rows out, in the input's own form.

The pool's text is put into a temporary file and mapped, so that a pool can be larger than memory; the
picked rows are read from the pool file again, as they came.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from upath import UPath

from entropy_assets.cli.pool_file import (
    PoolFile,
    in_form_of,
    official_pool,
    read_pool,
    shard_files,
    write_packed,
)
from entropy_assets.cli.signals import signals_raise
from entropy_assets.curation.selection import (
    Budget,
    Constraints,
    Selection,
    ZipParams,
    official_json,
    select,
    select_official,
)
from entropy_assets.curation.selection.comparison import beside, table
from entropy_assets.curation.selection.tokens import count_tokens, packing
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.storage import read_list

COMPARED_BYTES = 1 << 20  # a figure of the comparison rests on at most so much text


@dataclass(frozen=True)
class Task:
    """What the command was asked for.

    Parameters
    ----------
    pool, out
        File to pick from and file to write.
    selector, budget, params, codec, noise_guard, seed, workers
        As `curation.selection.select` takes them.
    keep, never
        Files with one id a line, of records that must and must not be picked.
    quotas
        ``SOURCE=AMOUNT`` each, in the unit of the budget.
    with_rejected
        Whether a preference is compressed with its rejected answer.
    compare
        Whether random, length and all are put beside the selection.
    tokenizer, sequence_length
        With a tokenizer, lengths are told in its tokens, and how they fill sequences of that length.
    """

    pool: Path
    out: Path
    selector: str
    budget: Budget
    params: ZipParams
    codec: str
    noise_guard: bool
    seed: int
    workers: int
    keep: Path | None
    never: Path | None
    quotas: list[str]
    with_rejected: bool
    compare: bool
    tokenizer: str | None
    sequence_length: int

    @property
    def state(self) -> UPath:
        """File in which the selection keeps its state until the result is written."""
        return UPath(self.out.absolute()).with_name(f"{self.out.name}.state")


@dataclass(frozen=True)
class Picked:
    """What the command tells: records in the pool and picked, reason -> rows left out, the comparison."""

    n_pool: int
    n_picked: int
    n_refused: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    comparison: str = ""
    in_tokens: str = ""


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
    if not (task.pool.is_file() or (task.pool.is_dir() and shard_files(task.pool))):
        raise InvalidInput(
            f"{task.pool} is not a file, nor a folder of Parquet files: name a JSONL, JSON array or Parquet "
            "file, or such a folder"
        )
    odd = [path for path in shard_files(task.pool) if not path.is_file()]
    if odd:
        raise InvalidInput(f"{odd[0]} is no regular file, so it cannot be read: remove it")
    if task.out.resolve() == task.pool.resolve():
        raise InvalidParameter(f"--out {task.out} is the pool itself: name another file")
    if task.tokenizer is not None:
        count_tokens([b""], task.tokenizer)  # one that cannot be loaded is refused before anything is done
    with signals_raise(), tempfile.TemporaryDirectory(prefix="entropy-assets-") as folder:
        picked = _official(task) or _picked(task, Path(folder))
    if task.state.exists():
        task.state.unlink()
    return picked


def _official(task: Task) -> Picked | None:
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
    write_packed(task.out, official_json(records, picks.ranking))
    return Picked(len(records), len(picks.ranking))


def _picked(task: Task, folder: Path) -> Picked:
    with_ids = bool(task.keep or task.never)
    pool = read_pool(task.pool, folder, with_ids=with_ids, with_rejected=task.with_rejected)
    if not len(pool.texts):
        raise InvalidInput(
            f"{task.pool} holds no record that can be read: see `entropy-assets select --help`"
        )
    constraints = _constraints(task, pool)
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
            state=task.state if task.selector.startswith("zip") else None,
        )
    write_packed(task.out, in_form_of(task.pool, pool.lines[picks.ranking].tolist()))
    comparison = _comparison(task, pool, picks) if task.compare else ""
    in_tokens = ""
    if task.tokenizer is not None:
        chosen = [pool.texts[index] for index in picks.ranking.tolist()]
        in_tokens = str(packing(count_tokens(chosen, task.tokenizer), task.sequence_length))
    left_out = dict(sorted(pool.left_out.items()))
    return Picked(len(pool.texts), len(picks.ranking), len(picks.refused), left_out, comparison, in_tokens)


def _constraints(task: Task, pool: PoolFile) -> Constraints:
    places: dict[str, list[int]] = {}
    for place, row_id in enumerate(pool.row_ids):
        places.setdefault(row_id, []).append(place)
    keep, never = (read_list(UPath(path)) if path else [] for path in (task.keep, task.never))
    missing = [row_id for row_id in keep if row_id not in places]
    if missing:
        raise InvalidInput(
            f"{task.keep} lists {len(missing)} id(s) that {task.pool} has not, such as {missing[0]!r}: "
            "remove them from the list"
        )
    quotas: dict[str, int] = {}
    for quota in task.quotas:
        source, _, amount = quota.rpartition("=")
        if not source or not amount.isdecimal():
            raise InvalidParameter(f"--quota must be SOURCE=AMOUNT with a whole number, got {quota!r}")
        quotas[source] = int(amount)
    return Constraints(
        keep=[place for row_id in keep for place in places[row_id]],
        never=[place for row_id in never for place in places.get(row_id, ())],
        groups=pool.sources,
        quotas=quotas,
    )


def _comparison(task: Task, pool: PoolFile, picks: Selection) -> str:
    figures = beside(
        pool.texts,
        pool.sources,
        task.selector,
        picks.ranking,
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
