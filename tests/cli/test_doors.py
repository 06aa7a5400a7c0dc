"""Whoever prints goes through the doors that escape: a new command cannot forget it."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2] / "entropy_assets"
DOORS = {
    r"typer\.echo\(|\bprint\(|\bsecho\(": {
        *("cli/printing.py", "cli/plain_tables.py", "shown.py"),  # the last in a doctest
        "cli/versions.py",  # a path for scripts
        "serving/web.py",  # escaped there
    },
    r"from rich\.table|rich\.console": {"cli/plain_tables.py", "cli/dedup.py", "cli/select.py"},
    r"html import escape|html\.escape": {
        "shown.py",
        "curation/damage/generators/form.py",  # a kind of damage, shown to nobody
    },
}


@pytest.mark.parametrize("pattern", DOORS)
def test_no_other_module_has_a_door_of_its_own(pattern: str) -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        if re.search(pattern, path.read_text())
    }
    assert users <= DOORS[pattern]


def test_the_one_raw_line_is_the_path_for_scripts() -> None:
    text = (ROOT / "cli" / "versions.py").read_text()
    assert [line.strip() for line in text.splitlines() if "typer.echo(" in line] == [
        "typer.echo(str(chosen.home.version(version)))  # for a script, as it is"
    ]
