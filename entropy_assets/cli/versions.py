"""Commands of promoted versions: `versions list`, `show`, `current`, `score`."""

from typing import Annotated

import typer

from entropy_assets.cli.common import DatasetName, Home, existing_dataset, told
from entropy_assets.cli.printing import say
from entropy_assets.errors import InvalidInput


def list_versions(home: Home = None, dataset: DatasetName = "main") -> None:
    """List the promoted versions of a dataset, the newest last."""
    from entropy_assets.cli.tables import print_versions

    with told():
        print_versions(existing_dataset(home, dataset))


def show(version: str, home: Home = None, dataset: DatasetName = "main") -> None:
    """Show one version: its files, figures, scores, drops and the decision that promoted it."""
    from entropy_assets.cli.tables import print_version

    with told():
        print_version(existing_dataset(home, dataset), version)


def current(
    home: Home = None,
    dataset: DatasetName = "main",
    path: Annotated[bool, typer.Option("--path", help="Print the folder instead of the name.")] = False,
) -> None:
    """Print the current version."""
    from entropy_assets.curation.publication import repair_current

    with told():
        chosen = existing_dataset(home, dataset)
        version = repair_current(chosen.home, chosen.ledger)
        if version is None:
            raise InvalidInput(
                f"dataset {dataset!r} in {chosen.home.home} has no version yet: run a drop first"
            )
    if path:
        typer.echo(str(chosen.home.version(version)))  # for a script, as it is
    else:
        say(version)


def score(
    version: str,
    name: Annotated[str, typer.Argument(help="Benchmark: letters, digits, dots, dashes, underscores.")],
    value: Annotated[float, typer.Argument(help="The score, a finite number.")],
    home: Home = None,
    dataset: DatasetName = "main",
    higher_is_worse: Annotated[
        bool | None,
        typer.Option(
            "--higher-is-worse/--higher-is-better",
            help="Which way is better; counts for all versions from now on.",
            show_default="what the name's last score says, else better",
        ),
    ] = None,
) -> None:
    """Record a benchmark score of a promoted version (MT-bench, accuracy, an error rate).

    Scores are only ever added, beside the versions. The same score twice is harmless; of several values
    for one name the last counts. `versions show` and `law` show them.
    """
    from entropy_assets.candidate.law_history import promoting_entries

    with told():
        chosen = existing_dataset(home, dataset)
        known = [entry.state.version or "" for entry in promoting_entries(chosen)]
        made, is_new = chosen.scores.record(version, name, value, known, higher_is_worse)
    word = "recorded" if is_new else "was recorded before"
    way = "worse" if made.higher_is_worse else "better"
    say(f"{made.name} of {made.version}: {made.value:.6g} {word} (higher is {way})")
