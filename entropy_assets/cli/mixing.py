"""The command `mixture`, over files and without a dataset: which share of a training each source gets."""

import os
from pathlib import Path
from typing import Annotated, Literal

import typer

from entropy_assets.cli.common import told
from entropy_assets.cli.options import require_at_least
from entropy_assets.cli.places import require_apart, require_ending, require_places
from entropy_assets.cli.printing import say, say_json
from entropy_assets.settings import METHODS, MethodName, UnitName


def _pairs(about: str) -> object:
    return typer.Option(metavar="SOURCE=NUMBER", help=about)


def mixture(
    paths: Annotated[
        list[Path],
        typer.Argument(help="JSONL, JSON array, CSV, text or Parquet (.gz, .zst), or folders of Parquet."),
    ],
    method: Annotated[
        MethodName,
        typer.Option(help="; ".join(f"{name}: {about}" for name, about in METHODS.items()) + "."),
    ] = "entropy:conditional",
    unit: Annotated[
        UnitName, typer.Option(help="What entropies are counted in: tokens of a BPE of these files, ...")
    ] = "bpe",
    amounts: Annotated[
        Literal["tokens", "bytes"], typer.Option(help="What shares and budget are of; tokens are of --unit.")
    ] = "tokens",
    budget: Annotated[
        float,
        typer.Option(help="What is trained on in all, repetitions included.", show_default="all there is"),
    ] = 0,
    max_epochs: Annotated[float, typer.Option(help="Times that a source may be repeated, at most.")] = 16,
    cap: Annotated[list[str] | None, _pairs("The same of one source; can be given again.")] = None,
    floor: Annotated[list[str] | None, _pairs("Least share of a source, 0 to 1.")] = None,
    ceiling: Annotated[list[str] | None, _pairs("Largest share of a source, 0 to 1.")] = None,
    share: Annotated[list[str] | None, _pairs("Wanted share of a source, with --method given.")] = None,
    max_divergence: Annotated[
        float | None, typer.Option(help="Most nats from the natural mixture.", show_default="no limit")
    ] = None,
    runs: Annotated[
        Path | None, typer.Option(help="Probe runs, one a line, from which --method fitted fits its law.")
    ] = None,
    steps: Annotated[
        float,
        typer.Option(help="Training that the fitted mixture is for.", show_default="that of the longest run"),
    ] = 0,
    weights: Annotated[
        Literal["datasets", "llamafactory", "axolotl", "megatron", "streams"] | None,
        typer.Option(help="Trainer for which sampling weights are written to --out."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File to write: the weights.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object in place of a table.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of all draws.")] = 0,
    workers: Annotated[int, typer.Option(help="Processes; 0 means one a core. Figures do not differ.")] = 0,
) -> None:
    """Mix the sources of files: entropies of each, the shares that follow, and what holds them. No dataset.

    By default BiMix's conditional entropies (arXiv 2405.14908), under what there is of each source and how
    often it may be repeated. Prints a table: what there is, entropies with intervals, natural and wanted
    share, the mixture, epochs and cap, and which limit holds a source where it is.
    """
    from entropy_assets.cli.mixture import (
        ENDINGS,
        Task,
        json_of,
        mix_files,
        pairs_of,
        print_mixture,
        require_numbers,
    )
    from entropy_assets.cli.signals import stoppable

    with told(), stoppable():
        require_at_least(0, seed=seed, workers=workers)
        given = {"cap": cap, "floor": floor, "ceiling": ceiling, "share": share}
        task = Task(
            paths=paths,
            method=method,
            unit=unit,
            amounts_in=amounts,
            budget=budget,
            max_epochs=max_epochs,
            tables={name: pairs_of(name, values or []) for name, values in given.items()},
            max_divergence=max_divergence,
            runs=runs,
            steps=steps,
            weights=weights,
            out=out,
            seed=seed,
            workers=workers or os.cpu_count() or 1,
        )
        require_numbers(task)
        if out is not None:
            require_ending(*ENDINGS.get(weights or "", (out.suffix,)), out=out)
            require_places(out=out)
            for path in paths:
                require_apart("out", out, runs=runs, PATH=path)
        found = mix_files(task)
        if as_json:
            say_json(json_of(found, task))
        else:
            print_mixture(found, task)
            if out is not None:
                say(f"wrote the weights for {weights} to {out}", err=True)
