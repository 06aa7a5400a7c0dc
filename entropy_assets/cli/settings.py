"""Commands of settings: `settings check`, `show`, `schema`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from upath import UPath

from entropy_assets.cli.common import Home, existing_dataset, told
from entropy_assets.cli.printing import say, say_json, say_lines
from entropy_assets.errors import InvalidParameter
from entropy_assets.inputs import require_input

if TYPE_CHECKING:
    from entropy_assets.candidate.workspace import Workspace

File = Annotated[
    Path | None,
    typer.Argument(help="A settings file.", show_default="that of --dataset"),
]
OfDataset = Annotated[
    str | None, typer.Option(help="Name of the dataset whose settings are meant.", show_default="main")
]


def check(file: File = None, home: Home = None, dataset: OfDataset = None) -> None:
    """Say that a settings file is fine, with its digest, or in one sentence all that is wrong with it.

    Of a dataset's own file the files, the anchor and the device that it names are looked at too.

    The digest is that of the settings which can change a result; it stands in every report.
    """
    from entropy_assets.settings import load_settings

    with told():
        path = _settings_path(file, home, dataset)
        digest = load_settings(path).digest
        if file is None:
            _check_named(existing_dataset(home, dataset or "main"))
        what = "is fine" if path.exists() else "is not there, so that all settings are the defaults"
        say(f"{path} {what}: digest {digest}")


def show(
    file: File = None,
    home: Home = None,
    dataset: OfDataset = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Show every setting that is in force, and whether the file or the default says so.

    What is printed is itself a settings file that says the same.
    """
    from entropy_assets.settings import Settings, parse
    from entropy_assets.settings.reading import named, read_table
    from entropy_assets.settings.schema import effective, toml_lines

    with told():
        path = _settings_path(file, home, dataset)
        with named(path):
            table = read_table(path)
            settings = parse(Settings, table)
        rows = effective(settings, table)
        if as_json:
            values = [
                {"key": f"{row.table}.{row.name}".lstrip("."), "value": row.value, "origin": row.origin}
                for row in rows
            ]
            said = {"file": str(path), "digest": settings.digest, "settings": values}
            say_json(said)
            return
        say(f"# digest {settings.digest}")
        for line in toml_lines(rows):
            say_lines(line)


def schema() -> None:
    """Print the JSON Schema of entropy.toml, for editors that complete and check it.

    Write it beside the settings, and name it in their first line: `#:schema ./entropy.schema.json`.
    """
    from entropy_assets.settings.schema import json_schema

    with told():
        say_json(json_schema())


def _check_named(workspace: "Workspace") -> None:
    """Look at what the settings of a dataset name, as a run does before it begins."""
    from entropy_assets.candidate.named import require_named
    from entropy_assets.candidate.run import CandidateRun
    from entropy_assets.candidate.session import require_usable
    from entropy_assets.ledger import Candidate

    settings = workspace.load_settings()
    require_named(workspace.root, settings)
    state = workspace.ledger.state()
    require_usable(CandidateRun(workspace, Candidate("@check"), state, settings, decided=False, against=""))
    if settings.probe.device == "cuda":
        from entropy_assets.devices import pick_device

        pick_device(settings.probe.device)


def _settings_path(file: Path | None, home: Path | None, dataset: str | None) -> UPath:
    """Return the settings file that is meant."""
    if file is None:
        return existing_dataset(home, "main" if dataset is None else dataset).home.settings_path
    if dataset is not None:
        raise InvalidParameter("a file and --dataset were given: name one of them")
    path = UPath(file.absolute())
    if not path.exists() and not file.is_symlink():
        require_input(file, "a settings file")
    return path
