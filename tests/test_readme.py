"""The README is true: every command, asset, file and setting that it names exists."""

import json
import re
from pathlib import Path

import pytest
from typer.main import get_command
from upath import UPath

from benchmarks.gate_power.table import markdown
from benchmarks.zip.job import Result
from benchmarks.zip.report import table_lines
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli import app
from entropy_assets.defs.build import build_dataset
from entropy_assets.defs.resources import Dataset

RESULTS = "benchmarks/results/zip.json"
GATE = "benchmarks/results/gate_test.json"
ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = re.findall(r"```(?:sh|console|text)?\n(.*?)```", README, re.DOTALL)
INLINE = dict.fromkeys(re.findall(r"`([^`\n]+)`", README))


def cli_paths() -> dict[str, set[str]]:
    """Return command -> its options, sub-commands as `versions list`."""
    found: dict[str, set[str]] = {}
    command = get_command(app)
    for name, child in command.commands.items():
        for sub, leaf in getattr(child, "commands", {"": child}).items():
            options = {option for parameter in leaf.params for option in parameter.opts}
            found[f"{name} {sub}".strip()] = options | {"--help"}
    return found


def used_commands() -> list[str]:
    lines = [line.removeprefix("$ ").strip() for block in CODE for line in block.splitlines()]
    spans = [span for span in INLINE if span.startswith("entropy-assets ")]
    return [line for line in [*lines, *spans] if line.startswith("entropy-assets ")]


def test_some_commands_are_shown() -> None:
    assert len(used_commands()) >= 5


@pytest.mark.parametrize("line", used_commands())
def test_command_exists_with_its_options(line: str) -> None:
    words = line.split("entropy-assets ", 1)[1].split()
    known = cli_paths()
    name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
    assert name in known, line
    options = {word.split("=")[0] for word in words if word.startswith("--")}
    assert options <= known[name], line


def test_every_make_verb_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    verbs = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    used = set(re.findall(r"\bmake ([a-z-]+)", README))
    assert {"demo", "test", "ui"} <= used <= verbs


def test_every_file_exists() -> None:
    paths = {span for span in INLINE if re.fullmatch(r"[\w./-]+\.(py|md|toml|yaml|txt)|[\w./-]+/", span)}
    made_at_run_time = {
        "entropy.toml",
        "README.md",
        "ledger/",
        "versions/",
        "inbox/",
        "work/",
        "index/",
        "scores/",
    }
    missing = [path for path in paths - made_at_run_time if not (ROOT / path).exists()]
    assert len(paths) >= 10
    assert not missing


def test_every_asset_is_named_and_every_named_asset_exists() -> None:
    keys = (
        build_dataset(Dataset(Workspace(UPath("nowhere"), "docs"))).resolve_asset_graph().get_all_asset_keys()
    )
    assert {key.path[-1] for key in keys} <= INLINE.keys()


def test_the_table_of_zip_is_that_of_the_benchmark() -> None:
    rows = json.loads((ROOT / RESULTS).read_text(encoding="utf-8"))["rows"]
    lines = table_lines({row: Result.from_json(found) for row, found in rows.items() if found["checks"]})
    assert len(lines) > 10
    assert "\n".join(lines) in README
    assert f"`{RESULTS}`" in README


def test_the_table_of_the_gate_is_what_was_measured() -> None:
    found = json.loads((ROOT / GATE).read_text(encoding="utf-8"))
    assert found["verdicts"] == found["planned"]
    page = (ROOT / "docs" / "gate.md").read_text(encoding="utf-8")
    assert page.split("<!-- table -->\n")[1].split("\n<!-- /table -->")[0] == markdown(found)
