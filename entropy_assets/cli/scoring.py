"""The command `score`, over files and without a dataset."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from entropy_assets.cli.common import told
from entropy_assets.cli.options import require_at_least
from entropy_assets.cli.places import require_places
from entropy_assets.cli.printing import say


def score(
    path: Annotated[
        Path,
        typer.Argument(help="JSONL, JSON array, CSV, text or Parquet (.gz, .zst), or a folder of shards."),
    ],
    scorer: Annotated[
        Literal["information", "density", "perplexity"],
        typer.Option(
            help="information: bits per word to a model and beside the pool's words; density: how many "
            "records lie near; perplexity: bits per byte to a model."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Parquet file to write: id, score, and what it is made of.")],
    probe_bytes: Annotated[
        int, typer.Option(help="Bytes that each of two small models is trained on, for losses.")
    ] = 262_144,
    seed: Annotated[int, typer.Option(help="Seed of all draws.")] = 0,
    workers: Annotated[int, typer.Option(help="Threads; 0 means one a core. Scores do not differ.")] = 0,
) -> None:
    """Score the records of a file or a folder, one number each, and nothing else: no dataset, no gate.

    Losses are those of a small byte model that has not seen the record. A record without a score says why:
    `noise` is no text, `empty` has no word. OUT is replaced when all scores are there.
    """
    from entropy_assets.cli.score import Task, score_path
    from entropy_assets.cli.signals import Interrupted, signals_raise

    with told():
        require_at_least(1, probe_bytes=probe_bytes)
        require_at_least(0, seed=seed, workers=workers)
        require_places(out=out)
        task = Task(path, out, scorer, probe_bytes, seed, workers or os.cpu_count() or 1)
        try:
            with signals_raise():
                done = score_path(task)
        except Interrupted as signal:
            say("stopped; nothing was written", err=True)
            raise typer.Exit(128 + signal.args[0]) from signal
    for reason, count in sorted(done.left_out.items()):
        say(f"{count} row(s) left out: {reason}", err=True)
    say(str(done))
    if done.quantiles:
        low, first, middle, third, high = done.quantiles
        say(f"{scorer}: {low:.3g} to {high:.3g}, quartiles {first:.3g}, {middle:.3g}, {third:.3g}")
