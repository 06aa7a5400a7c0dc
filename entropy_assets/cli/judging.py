"""Commands that look at how candidates are judged: `law`, `policy replay`."""

from pathlib import Path
from typing import Annotated

import typer

from entropy_assets.cli.common import DatasetName, Home, existing_dataset, told


def law(
    home: Home = None,
    dataset: DatasetName = "main",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Show the entropy law as it stands, and how the versions have fared under it.

    The line, its band and coverage, the points with origin and residual, and the candidate's place are
    those of the last promoted candidate. Then every version with R, L, residual and scores, and the rank
    correlations of the scores with R, L and residual.
    """
    from entropy_assets.cli.law import print_law

    with told():
        print_law(existing_dataset(home, dataset), as_json)


def replay(
    settings: Annotated[
        Path | None,
        typer.Option(
            help="Settings file whose table \\[policy] is used; what it does not name keeps its default.",
            show_default="the dataset's own",
        ),
    ] = None,
    home: Home = None,
    dataset: DatasetName = "main",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Judge all past candidates again under another policy, and show what would change.

    From the very reports that the decisions rest on, with the overrides of then. Nothing is measured and
    nothing is written; each candidate keeps the parent that it had.
    """
    from entropy_assets.cli.policy import print_replay

    with told():
        print_replay(existing_dataset(home, dataset), settings, as_json)
