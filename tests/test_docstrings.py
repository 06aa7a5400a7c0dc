"""Public functions say which errors they raise; ruff's DOC501 asks the same of docstrings with sections."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "entropy_assets"
# The docstring of a command is its help: what a person reads there are exit codes.
MODULES = sorted(path for path in ROOT.rglob("*.py") if path.parent.name != "cli")


def unnamed_errors(source: str) -> list[str]:
    """Return `function: error` for each error that a public function raises without naming it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        docstring = ast.get_docstring(node)
        if docstring is None:  # a body within a function, such as an asset
            continue
        for inner in ast.walk(node):
            if isinstance(inner, ast.Raise) and isinstance(inner.exc, ast.Call | ast.Name):
                called = inner.exc.func if isinstance(inner.exc, ast.Call) else inner.exc
                if isinstance(called, ast.Name) and called.id[0].isupper() and called.id not in docstring:
                    found.append(f"{node.name}: {called.id}")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_public_functions_name_the_errors_that_they_raise(path: Path) -> None:
    assert unnamed_errors(path.read_text(encoding="utf-8")) == []


def test_an_error_that_no_docstring_names_is_found() -> None:
    source = 'def f():\n    """{}"""\n    raise InvalidInput("no")\n'
    assert unnamed_errors(source.format("Return 1.")) == ["f: InvalidInput"]
    assert unnamed_errors(source.format("Raise `InvalidInput`.")) == []
