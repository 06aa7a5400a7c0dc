"""The command line `entropy-assets`: thin doors over the library and the Dagster wing.

Exit codes: 0 promoted or done, 3 held, 4 a person is asked, 2 bad arguments or input, 1 failure, also of a
store that is damaged. Results go to stdout, everything else to stderr.

What needs Dagster or torch is imported by the commands that need it: the others start in half the time.
"""

from importlib.metadata import version
from typing import Annotated

import typer

from entropy_assets.cli import (
    comparing,
    data,
    drops,
    exporting,
    judging,
    ledger,
    mixing,
    run,
    scoring,
    selecting,
    settings,
    versions,
)
from entropy_assets.cli.common import Commands, Home, chosen_home, told
from entropy_assets.cli.printing import say

app = typer.Typer(
    cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__
)


def _version(is_asked: bool) -> None:
    if is_asked:
        say(f"entropy-assets {version('entropy-assets')}")
        raise typer.Exit


@app.callback()
def _options(
    is_asked: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


def _group(name: str, about: str) -> typer.Typer:
    group = typer.Typer(no_args_is_help=True, help=about)
    app.add_typer(group, name=name)
    return group


app.command()(run.demo)
app.command()(run.run)
app.command()(data.ingest)
app.command()(selecting.select)
app.command()(comparing.compare)
app.command()(exporting.export)
app.command()(data.dedup)
app.command()(scoring.score)
app.command()(mixing.mixture)
app.command()(run.status)
app.command()(judging.law)

_versions = _group(
    "versions", "List, compare, prove, export and score promoted versions; tell where a row went."
)
_versions.command("list")(versions.list_versions)
_versions.command()(versions.show)
_versions.command()(versions.current)
_versions.command("export")(exporting.export_version)
_versions.command()(versions.why)
_versions.command()(versions.diff)
_versions.command()(versions.verify)
_versions.command()(versions.rollback)
_versions.command(context_settings={"ignore_unknown_options": True})(
    versions.score
)  # lets a negative one through

_ledger = _group("ledger", "Verify and show the decisions of a dataset.")
_ledger.command()(ledger.verify)
_ledger.command()(ledger.show)
app.command()(ledger.migrate)

_policy = _group("policy", "See what another policy would decide.")
_policy.command()(judging.replay)

_index = _group("index", "Look after the stored index of dedup.")
_index.command()(drops.rebuild)

_drop = _group("drop", "Act on drops of the inbox.")
_drop.command()(drops.split)
_drop.command()(drops.release)
_drop.command()(drops.withdraw)
_drop.command()(drops.discard)

_dagster = _group("dagster", "What Dagster is told.")
_dagster.command()(run.sync)

_settings = _group("settings", "Check and show settings, and describe them to an editor.")
_settings.command()(settings.check)
_settings.command()(settings.show)
_settings.command()(settings.schema)


@app.command()
def ui(
    home: Home = None,
    port: Annotated[int, typer.Option(help="Port on loopback.")] = 3000,
) -> None:
    """Open the Dagster UI on loopback over the same store, with sensors and schedules running.

    Ctrl-C ends it, with the runs that it started.
    """
    from entropy_assets.cli.ui import open_ui

    with told():
        raise typer.Exit(open_ui(chosen_home(home), port))
