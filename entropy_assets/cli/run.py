"""Commands that run drops and tell where things stand: `demo`, `run`, `status`."""

from pathlib import Path
from typing import Annotated

import typer

from entropy_assets.cli.common import (
    DatasetName,
    Home,
    SourceName,
    chosen_home,
    existing_dataset,
    existing_home,
    told,
)
from entropy_assets.cli.options import require_at_least
from entropy_assets.cli.printing import say, say_json


def demo(
    home: Home = None,
    seed: Annotated[int, typer.Option(help="Seed of the demo's choice of records.")] = 1,
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
        require_at_least(0, seed=seed)
        workspace = run_demo(chosen_home(home), seed, records)
        print_candidates(workspace)
        current = workspace.ledger.state().version
        say()
        say(f"CURRENT -> {workspace.home.version(current or '')}")
        say("Open the same runs, checks and charts in the Dagster UI:  make ui")


def run(
    drops: Annotated[
        list[Path],
        typer.Argument(help="Folders or files, one a drop, copied to the inbox; or keys that wait (@...)."),
    ],
    home: Home = None,
    dataset: DatasetName = "main",
    dagster: Annotated[
        bool, typer.Option(help="Run through the graph, so that the UI shows it; without it, alone.")
    ] = True,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print JSON on stdout: an object, a list for several drops."),
    ] = False,
    source: SourceName = None,
    verbose: Annotated[bool, typer.Option(help="Print Dagster's own log on stderr.")] = False,
) -> None:
    """Run drops through all steps to the decision: exit 0 promoted, 3 held, 4 asked, 2 bad input, 1 failure.

    A drop that is asked about is well formed and unlike anything promoted, or too small to tell: a person
    releases or discards it. Several drops go as one batch: each is judged apart, and what passes is
    published once. Another run of the dataset is waited for. --source is written into the drop.toml of each
    drop as it is delivered.

    R (ratio_zlib32k, ratio_zstd_long) is raw / compressed bytes: higher is more redundant. L (loss_bpb)
    and held-out loss are bits per byte.
    """
    from entropy_assets.candidate.workspace import Workspace
    from entropy_assets.cli.running import exit_code, run_drops
    from entropy_assets.cli.tables import print_candidates, print_versions_of

    with told():
        workspace = Workspace(chosen_home(home), dataset)
        summaries = run_drops(workspace, drops, with_dagster=dagster, verbose=verbose, source=source)
    if as_json:
        shown = [summary.to_json() for summary in summaries]
        say_json(shown if len(shown) > 1 else shown[0])
    else:
        print_candidates(workspace, [summary.candidate for summary in summaries])
        print_versions_of(workspace, summaries)
    raise typer.Exit(exit_code(summaries))


def status(
    home: Home = None,
    dataset: Annotated[
        str | None, typer.Option(help="Name of one dataset.", show_default="all of them")
    ] = None,
) -> None:
    """Show what waits, runs, is held and asked about, as a table: why, and the whole command to type next."""
    from entropy_assets.cli.status import print_status

    with told():
        root = existing_home(home)
        print_status(root, () if dataset is None else (existing_dataset(home, dataset).name,))


def sync(home: Home = None) -> None:
    """Tell Dagster of the decisions that were reached without it, so that each drop's page shows its own."""
    from entropy_assets.candidate.workspace import Workspace
    from entropy_assets.defs.instance import open_instance
    from entropy_assets.defs.reporting import report_decisions
    from entropy_assets.defs.resources import Dataset
    from entropy_assets.storage import datasets

    with told():
        root = existing_home(home)
        with open_instance(root) as instance:
            for name in datasets(root):
                n_reported = report_decisions(instance, Dataset(Workspace(root, name)))
                say(f"{name}: {n_reported} decision(s) reported")
