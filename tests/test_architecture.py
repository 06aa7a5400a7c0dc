"""docs/architecture.md is true: functions exist, a drop's way has at most 12 stops, all folders are named."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from entropy_assets.candidate.cache import VERSIONS

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
WAY = PAGE.split("## One drop's way")[1].split("\n### ")[0]
MAX_STOPS = 12


def functions(text: str) -> list[str]:
    """Return the dotted names in back quotes, such as `candidate.run.open_run`."""
    return re.findall(r"`((?:candidate|curation|defs|cli|ledger|storage|settings)(?:\.\w+)+)`", text)


def found(name: str) -> bool:
    """Return whether `module.function`, `module.CONSTANT` or `module.Class.method` exists."""
    parts = name.split(".")
    for cut in range(len(parts), 0, -1):
        try:
            value = importlib.import_module(".".join(["entropy_assets", *parts[:cut]]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[cut:]:
            if not hasattr(value, attribute):
                return False
            value = getattr(value, attribute)
        return True
    return False


def stops() -> list[list[str]]:
    """Return the cells of each stop."""
    rows = [line for line in WAY.split("\n") if re.match(r"\| \d+ \|", line)]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows]


@pytest.mark.parametrize("name", sorted(set(functions(PAGE))))
def test_every_function_exists(name: str) -> None:
    assert found(name), name


def test_functions_that_do_not_exist_are_found() -> None:
    assert not found("candidate.run.open_walk")
    assert not found("candidate.walk.open_run")
    assert found("candidate.run.CandidateRun.verify")


def test_the_way_of_a_drop_has_few_stops_each_with_a_function_and_what_it_reads_and_writes() -> None:
    assert [int(stop[0]) for stop in stops()] == list(range(1, len(stops()) + 1))
    assert 8 <= len(stops()) <= MAX_STOPS
    for stop in stops():
        assert len(stop) == 4
        assert functions(stop[1])
        assert all(stop[2:])


def test_the_way_is_the_order_in_which_the_pipeline_goes() -> None:
    source = (ROOT / "entropy_assets" / "candidate" / "pipeline.py").read_text(encoding="utf-8")
    decide = next(
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == "decide"
    )
    calls = [node for node in ast.walk(decide) if isinstance(node, ast.Call)]
    called = [
        node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id  # type: ignore[attr-defined]
        for node in sorted(calls, key=lambda node: (node.lineno, node.col_offset))
    ]
    steps = [name.split(".")[-1] for stop in stops()[3:] for name in functions(stop[1])]
    assert steps == [name for name in called if name in steps]


def test_every_folder_of_a_dataset_is_named() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "entropy_assets").rglob("*.py")]
    folders = {name for source in sources for name in re.findall(r"\bwork\(\"(\w+)\"\)", source)}
    assert len(folders) >= 8
    assert [name for name in sorted(folders | VERSIONS.keys()) if f"`work/{name}/`" not in PAGE] == []
    for name in ("inbox", "candidates", "ledger", "versions", "index", "scores", "lock", "backup", "dagster"):
        assert f"`{name}/" in PAGE
    for name in ("CURRENT", "store.json", "entropy.toml"):
        assert f"`{name}`" in PAGE
