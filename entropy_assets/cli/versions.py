"""Commands of promoted versions: `versions list`, `show`, `why`, `diff`, `verify`, `rollback` and others."""

from pathlib import Path
from typing import Annotated

import typer

from entropy_assets.cli.common import FAILED, DatasetName, Home, Who, Why, existing_dataset, told
from entropy_assets.cli.printing import say
from entropy_assets.errors import InvalidInput

_Version = Annotated[
    str | None, typer.Argument(help="A version; v2 is enough.", show_default="the current one")
]


def list_versions(home: Home = None, dataset: DatasetName = "main") -> None:
    """List the promoted versions of a dataset, the newest last."""
    from entropy_assets.cli.tables import print_versions

    with told():
        print_versions(existing_dataset(home, dataset))


def show(version: str, home: Home = None, dataset: DatasetName = "main") -> None:
    """Show one version: its files, figures, scores, drops and the decision that promoted it."""
    from entropy_assets.candidate.version_rows import named_version
    from entropy_assets.cli.tables import print_version

    with told():
        chosen = existing_dataset(home, dataset)
        print_version(chosen, named_version(chosen, version))


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


def why(
    row: Annotated[
        str,
        typer.Argument(help="A content id or eight of its first digits, a row id, or FILE:LINE."),
    ],
    version: _Version = None,
    home: Home = None,
    dataset: DatasetName = "main",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON value.")] = False,
) -> None:
    """Tell where a row went: drop, file and line, whether a version holds it, and if not what kept it out.

    For a copy it also tells where the record went that dedup kept in its place.
    """
    from entropy_assets.candidate.trail import follow
    from entropy_assets.candidate.version_rows import named_version
    from entropy_assets.cli.history import print_followed

    with told():
        chosen = existing_dataset(home, dataset)
        has_one = version is not None or chosen.ledger.state().version is not None
        name = named_version(chosen, version) if has_one else None
        print_followed(follow(chosen, row, name), name, as_json=as_json)


def diff(
    old: Annotated[str, typer.Argument(help="The older version; v1 is enough.")],
    new: _Version = None,
    home: Home = None,
    dataset: DatasetName = "main",
    out: Annotated[
        Path | None, typer.Option(help="Parquet file for a row a difference.", show_default="none")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the totals as one JSON value.")] = False,
) -> None:
    """Show what a version holds that an older one does not: rows added, removed and changed, by source.

    A row is changed where its source and its row id stay and its content does not. --out has each of them,
    with ids, source, split, ranks and the scores that it was picked by.
    """
    from entropy_assets.candidate.version_diff import diff_versions
    from entropy_assets.candidate.version_rows import named_version
    from entropy_assets.cli.history import print_diff, write_diff
    from entropy_assets.cli.places import require_parquet, require_places

    with told():
        require_parquet(out=out)
        require_places(out=out)
        chosen = existing_dataset(home, dataset)
        found = diff_versions(chosen, named_version(chosen, old), named_version(chosen, new))
        if out is not None:
            write_diff(found, out)
        print_diff(found, out, as_json=as_json)


def verify(
    version: Annotated[str | None, typer.Argument(help="One version.", show_default="all of them")] = None,
    home: Home = None,
    dataset: DatasetName = "main",
) -> None:
    """Hash all files of versions anew and name each that is missing, changed or not named: exit 1 then.

    `ledger verify` does so too, and checks ledger, `CURRENT` and the index as well.
    """
    from entropy_assets.candidate.version_rows import named_version
    from entropy_assets.cli.history import version_faults

    with told():
        chosen = existing_dataset(home, dataset)
        known = list(chosen.ledger.versions())
        names = [named_version(chosen, version)] if version or not known else known
        faults = 0
        for name, n_files, fault in version_faults(chosen, names):
            say(fault or f"{name}: {n_files} files, all match")
            faults += bool(fault)
    if faults:
        raise typer.Exit(FAILED)


def rollback(
    version: Annotated[str, typer.Argument(help="An earlier version; v1 is enough.")],
    who: Who,
    why: Why,
    home: Home = None,
    dataset: DatasetName = "main",
) -> None:
    """Make an earlier version current again: the dataset becomes what it was while that version was.

    Drops that came since leave it, and can be released again; drops that were withdrawn since are back. No
    version is removed.
    """
    from entropy_assets.candidate.rollback import roll_back
    from entropy_assets.candidate.version_rows import named_version

    with told():
        chosen = existing_dataset(home, dataset)
        made = roll_back(chosen, named_version(chosen, version), who, why)
    say(f"{made.entry.version} is current again (entry {made.entry.number}): {why}")
    if made.left:
        say(f"out of the dataset: {', '.join(made.left)}; `drop release` brings one back")
    if made.back:
        say(f"back in the dataset: {', '.join(made.back)}")


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
