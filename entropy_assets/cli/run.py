"""Commands that run drops and tell where things stand: `demo`, `run`, `status`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from entropy_assets.cli.common import HELD, DatasetName, Home, chosen_home, require_at_least, told


def demo(
    home: Home = None,
    seed: Annotated[int, typer.Option(help="Seed of the demo's choice of records.")] = 0,
    records: Annotated[int, typer.Option(help="Records of the first drop; later drops have half.")] = 6000,
) -> None:
    """Run the main job on the documentation that is found on this machine.

    Harvests docstrings of the standard library and the installed packages as instruction records, and
    delivers three drops: a first one, a good one that overlaps it, and a damaged one, which is held.
    """
    from entropy_assets.cli.demo import run_demo
    from entropy_assets.cli.tables import print_candidates

    with told():
        require_at_least(1, records=records)
        dataset = run_demo(chosen_home(home), seed, records)
        print_candidates(dataset)
        current = dataset.ledger.state().version
        typer.echo(f"\nCURRENT -> {dataset.home.version(current or '')}")
        typer.echo("Open the same runs, checks and charts in the Dagster UI:  make ui")


def run(
    drop: Annotated[
        Path,
        typer.Argument(
            help="Folder or file of one drop; copied to the inbox if outside.",
        ),
    ],
    home: Home = None,
    dataset: DatasetName = "main",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
    verbose: Annotated[bool, typer.Option(help="Print Dagster's own log on stderr.")] = False,
) -> None:
    """Run one drop through the whole graph: exit 0 promoted, 3 held, 2 bad input, 1 failure.

    R (ratio_zlib32k, ratio_zstd_long) is raw / compressed bytes: higher is more redundant. L (loss_bpb)
    and held-out loss are bits per byte.
    """
    from entropy_assets.cli.tables import print_candidates
    from entropy_assets.defs.resources import Dataset
    from entropy_assets.defs.running import deliver, open_instance, run_candidate, summarise

    with told():
        chosen = Dataset(chosen_home(home), dataset)
        key = deliver(chosen, drop)
        typer.echo(f"drop {key!r} is in {chosen.home.inbox}; curating ...", err=True)
        with open_instance(chosen.home.home) as instance:
            entry = run_candidate(chosen, key, instance, log_level="DEBUG" if verbose else "CRITICAL")
        summary = summarise(chosen, key)
    if as_json:
        typer.echo(json.dumps(summary.to_json(), ensure_ascii=False, indent=2))
    else:
        print_candidates(chosen, [key])
    raise typer.Exit(HELD if entry.action == "hold" else 0)


def status(home: Home = None) -> None:
    """Show what waits, runs and is held in every dataset, why, and what to do next."""
    from entropy_assets.cli.tables import print_status

    with told():
        print_status(chosen_home(home))
