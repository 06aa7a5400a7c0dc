"""The command `compare`, over files and without a dataset: selectors beside each other."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from entropy_assets.cli.common import told
from entropy_assets.cli.options import of_option, require_at_least
from entropy_assets.cli.params import with_options
from entropy_assets.cli.places import require_apart, require_ending, require_no_device
from entropy_assets.cli.printing import say_lines
from entropy_assets.cli.selecting import SELECTOR_OPTIONS
from entropy_assets.settings import SELECTORS

_ALWAYS = tuple(name for name, one in SELECTORS.items() if name != "zip_paper" and one.is_ready)


@with_options(SELECTOR_OPTIONS)
def compare(
    pool: Annotated[
        Path,
        typer.Argument(help="JSONL, JSON array or Parquet file (.gz, .zst), or a folder of Parquet shards."),
    ],
    budget: Annotated[int, typer.Option(help="How much each picks, in the unit of --unit.")],
    out: Annotated[Path | None, typer.Option(help="JSON file to write: all figures.")] = None,
    selectors: Annotated[
        str,
        typer.Option(
            help="Names with commas between; `target` and `scores` need their files. All: "
            f"{', '.join(SELECTORS)}."
        ),
    ] = ",".join(_ALWAYS),
    unit: Annotated[Literal["records", "bytes"], typer.Option(help="Unit of the budget.")] = "bytes",
    seeds: Annotated[int, typer.Option(help="Probes that are trained on each selection; 2 or more.")] = 5,
    train_bytes: Annotated[
        int, typer.Option(help="Bytes of a selection that one probe is trained on, at most.")
    ] = 131_072,
    exam_bytes: Annotated[
        int, typer.Option(help="Bytes that a probe is examined on, of each set, at most.")
    ] = 65_536,
    seed: Annotated[int, typer.Option(help="Seed of all draws.")] = 0,
    workers: Annotated[int, typer.Option(help="Threads; 0 means one a core. Figures do not differ.")] = 0,
    **given: Any,
) -> None:
    """Compare selectors on one file at equal bytes: redundancy, L, held-out loss, overlap, cost. No dataset.

    A tenth of the records is held out. Of each selection small models are trained from scratch, one a seed,
    and examined on what is held out and, with --target FILE, on half of that set; by the other half the
    selector `target` picks. Losses are bits per byte, with the 95 % interval over seeds. Scores come from
    --scores FILE for the selector of that name. Prints a table.
    """
    from entropy_assets.cli.compare import compare_file, task_of
    from entropy_assets.cli.signals import stoppable
    from entropy_assets.curation.selection import Budget

    with told():
        require_at_least(1, train_bytes=train_bytes, exam_bytes=exam_bytes)
        require_at_least(2, seeds=seeds)
        require_at_least(0, seed=seed, workers=workers)
        if out is not None:
            require_no_device(out=out)
            require_ending(".json", out=out)
            read = {name: Path(given[name]) for name in ("scores", "target") if given.get(name)}
            require_apart("out", out, POOL=pool, **read)
        with of_option("budget"):
            amount = Budget(budget, unit)
        task = task_of(
            pool,
            out,
            [name.strip() for name in selectors.split(",")],
            amount,
            given,
            n_seeds=seeds,
            probe_bytes=train_bytes,
            exam_bytes=exam_bytes,
            seed=seed,
            workers=workers or os.cpu_count() or 1,
        )
        with stoppable():
            told_of = compare_file(task)
    say_lines(told_of)
