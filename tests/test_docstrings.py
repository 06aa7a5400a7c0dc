"""Public functions say which errors they raise; ruff's DOC501 asks the same of docstrings with sections."""

import ast
from pathlib import Path

import pytest

from entropy_assets import errors

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
        raised = [inner.exc for inner in ast.walk(node) if isinstance(inner, ast.Raise)]
        names = {
            one.func.id for one in raised if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)
        }
        names |= {one.id for one in raised if isinstance(one, ast.Name)}
        found += [
            f"{node.name}: {name}"
            for name in sorted(names - caught_in(node))
            if name[0].isupper() and name not in docstring
        ]
    return found


def caught_in(function: ast.FunctionDef) -> set[str]:
    """Return the names of the errors that a function catches, with those of the project below them."""
    handlers = [node.type for node in ast.walk(function) if isinstance(node, ast.ExceptHandler) and node.type]
    names = {name.id for one in handlers for name in ast.walk(one) if isinstance(name, ast.Name)}
    bases = tuple(getattr(errors, name) for name in names if hasattr(errors, name))
    return names | {
        name for name, one in vars(errors).items() if isinstance(one, type) and issubclass(one, bases)
    }


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_public_functions_name_the_errors_that_they_raise(path: Path) -> None:
    assert unnamed_errors(path.read_text(encoding="utf-8")) == []


def test_an_error_that_no_docstring_names_is_found() -> None:
    source = 'def f():\n    """{}"""\n    raise InvalidInput("no")\n'
    assert unnamed_errors(source.format("Return 1.")) == ["f: InvalidInput"]
    assert unnamed_errors(source.format("Raise `InvalidInput`.")) == []


def test_an_error_that_is_caught_is_not_asked_for() -> None:
    body = (
        '    """Return 1."""\n    try:\n        raise InvalidInput("no")\n    except {}:\n        return 1\n'
    )
    source = f"def f():\n{body}"
    assert unnamed_errors(source.format("CurationError")) == []
    assert unnamed_errors(source.format("ValueError")) == ["f: InvalidInput"]
