"""Documentation and functions of the packages of this set-up as sources, kept on disk once harvested.

What belongs here: from installed files to rows, by source. What does not: which source is of which split
(`sources`).
"""

import ast
import json
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

from entropy_assets.demo.harvest import Row, default_roots, harvest
from entropy_assets.errors import InvalidInput

LIBRARY_HALF = "m"
"""Modules of the standard library whose names come before this letter are one source, the others another."""

NOT_LIBRARY = ("tkinter", "turtle", "distutils", "lib2to3")
FUNCTION_CHARS = (150, 1_800)
QUESTIONS = ("Write a Python function `{}`: {}", "Implement `{}`. {}", "Show the code of `{}`. {}")


def documentation(cache_folder: Path, source: str) -> list[Row]:
    """Return the documentation of a package, or of a half of the standard library's modules."""
    return _by_source(cache_folder)[source]


def library_of(cache_folder: Path, root: Path, source: str) -> list[Row]:
    """Return the rows that another standard library has for `library_a` or `library_b`."""
    name = f"library-{root.name}-{zlib.crc32(str(root.resolve()).encode()):08x}"
    rows = _kept(cache_folder, name, lambda: harvest([root], n_workers=1))
    return [{**row, "source": source} for row in rows if _source_of(row) == source]


def older_library(named: Path | None) -> Path | None:
    """Return the folder of an older standard library: the one named, or one that `pyenv` set up.

    Of those the newest that is at least two minor versions behind: the next one changes little.
    """
    if named is not None:
        return named
    found = [
        path
        for path in Path.home().glob(".pyenv/versions/*/lib/python3.*")
        if (minor := path.name.partition(".")[2]).isdigit() and 6 <= int(minor) <= sys.version_info[1] - 2
    ]
    return max(found, key=lambda path: (int(path.name.partition(".")[2]), str(path)), default=None)


def functions(cache_folder: Path, source: str, packages: Sequence[str]) -> list[Row]:
    """Return one row a documented function of some packages: its first sentence asks, its code answers."""
    return _kept(cache_folder, source, lambda: list(_functions(source, packages)))


@cache
def _by_source(cache_folder: Path) -> dict[str, list[Row]]:
    rows = _kept(cache_folder, "documentation", lambda: harvest(n_workers=1))
    found: dict[str, list[Row]] = {}
    for row in rows:
        source = _source_of(row)
        found.setdefault(source, []).append({**row, "source": source})
    return found


def _source_of(row: Row) -> str:
    name = row["id"].partition(".")[0].partition(":")[0]
    if name not in sys.stdlib_module_names or name in NOT_LIBRARY:
        return name
    return "library_a" if name < LIBRARY_HALF else "library_b"


def _kept(folder: Path, name: str, make: Callable[[], list[Row]]) -> list[Row]:
    """Return rows from a file of the cache, which is written where it is not there yet."""
    path = folder / f"{name}-{_set_up():08x}.json"
    if path.is_file():
        kept: list[Row] = json.loads(path.read_text())
        return kept
    rows = make()
    folder.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(f".{zlib.crc32(repr(sys.argv).encode()):08x}")
    written.write_text(json.dumps(rows, ensure_ascii=False))
    written.replace(path)
    return rows


@cache
def _set_up() -> int:
    """Return a number that stands for the interpreter and all installed versions."""
    names = sorted(f"{one.metadata['Name']} {one.version}" for one in distributions())
    return zlib.crc32(repr((sys.version_info[:3], names)).encode())


def _functions(source: str, packages: Sequence[str]) -> Iterator[Row]:
    for package in packages:
        folder = next((root / package for root in default_roots() if (root / package).is_dir()), None)
        if folder is None:
            raise InvalidInput(f"package {package} is not installed: the benchmark reads its functions")
        for path in sorted(folder.rglob("*.py")):
            if not {"tests", "test"} & set(path.parts):
                yield from _of_file(
                    path, source, ".".join(path.relative_to(folder.parent).with_suffix("").parts)
                )


def _of_file(path: Path, source: str, module: str) -> Iterator[Row]:
    try:
        text = path.read_text(encoding="utf-8")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about other people's escapes
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    lines = text.split("\n")
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        told = (ast.get_docstring(node) or "").partition("\n\n")[0].replace("\n", " ")
        code = "\n".join(_without_docstring(node, lines))
        if told and FUNCTION_CHARS[0] <= len(code) <= FUNCTION_CHARS[1]:
            asked = QUESTIONS[zlib.crc32(f"{module}.{node.name}".encode()) % len(QUESTIONS)]
            asked = asked.format(node.name, told[:300])
            name = f"{module}.{node.name}:code"
            yield {"id": name, "source": source, "instruction": asked, "input": "", "output": code}


def _without_docstring(node: ast.FunctionDef, lines: Sequence[str]) -> list[str]:
    first, end = node.lineno - 1, node.end_lineno or node.lineno
    docstring = node.body[0]
    return [*lines[first : docstring.lineno - 1], *lines[docstring.end_lineno or docstring.lineno : end]]
