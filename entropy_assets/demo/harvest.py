"""Real records from this machine: the documentation inside the installed Python source files.

The demonstration needs real text and bundles none. Every machine that runs this project has the
standard library and a few hundred packages, whose docstrings are written by people, differ in style
from package to package and fall into natural sources. Files are read with `ast` only: nothing is
imported and nothing is executed.

What belongs here: from source files to instruction rows in the Alpaca layout. What does not: cutting
them into drops (`entropy_assets.demo.drops`) and damaging them (`entropy_assets.demo.faults`).
"""

import ast
import gc
import inspect
import os
import sysconfig
import warnings
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from entropy_assets.errors import InvalidInput
from entropy_assets.execution import processes

Row = dict[str, str]
"""One Alpaca row: id, instruction, input, output, source -> text."""

MIN_DOCSTRING_CHARS = 40
"""A shorter docstring says nothing that its name does not."""

MAX_FILE_BYTES = 1_000_000
"""A larger file is a generated table."""

SKIPPED_FOLDERS = frozenset(
    {
        *("test", "tests", "idlelib", "turtledemo"),  # tests and toy programs
        *("vendor", "vendored", "third_party"),  # copies of other packages
    }
)

DOCUMENTATION_QUESTIONS = (
    "What does `{}` do?",
    "Explain `{}`.",
    "What is `{}` for?",
    "Describe `{}` to somebody who has not used it yet.",
    "How does the documentation introduce `{}`?",
)

SIGNATURE_QUESTIONS = (
    "What is the signature of `{}`?",
    "Which parameters does `{}` take?",
    "How is `{}` declared?",
    "How do I call `{}`?",
)

# What a file costs to parse; the standard library and 300 packages have about 10,000 files.
_FILE_SECONDS = 0.002

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Harvest:
    """What was harvested, and what was left out."""

    rows: list[Row]
    """Sorted by qualified name; the documentation of a name stands before its signature."""
    n_files: int
    """Files that were parsed."""
    n_too_large: int
    """Files above `MAX_FILE_BYTES`."""
    n_unparsable: int
    """Files that could not be read, or are no Python of this interpreter's version."""
    n_repeated: int
    """Later definitions of a name that already had its rows: property setters, overloads, other roots."""


def harvest(roots: Sequence[Path] | None = None, *, n_workers: int | None = None) -> list[Row]:
    """Return one documentation row a public name, and one signature row where it takes parameters.

    Parameters
    ----------
    roots
        Folders that hold top-level modules and packages; by default the standard library and the
        installed packages of the running interpreter (`default_roots`).
    n_workers
        Processes that parse; by default one a core, at most 8. The rows are the same for any number.
        With more than one a script needs the guard ``if __name__ == "__main__"``, as for any spawned pool.

    Returns
    -------
    list[Row]
        Rows in the Alpaca layout, sorted by qualified name. `source` is the top-level package.

    Raises
    ------
    InvalidInput
        A root is not a folder.
    """
    return survey(roots, n_workers=n_workers).rows


def survey(roots: Sequence[Path] | None = None, *, n_workers: int | None = None) -> Harvest:
    """Return what `harvest` returns, with counts of what was left out.

    Parameters
    ----------
    roots
        As in `harvest`.
    n_workers
        As in `harvest`.

    Returns
    -------
    Harvest
        Rows and counts.

    Raises
    ------
    InvalidInput
        A root is not a folder.
    """
    files = list(_source_files(default_roots() if roots is None else roots))
    by_name: dict[str, list[Row]] = {}
    n_parsed = n_too_large = n_unparsable = n_repeated = 0
    for outcome in _read_all(files, n_workers or min(os.cpu_count() or 1, 8)):
        if isinstance(outcome, str):
            n_too_large += outcome == "too large"
            n_unparsable += outcome == "unparsable"
        else:
            n_parsed += 1
            for name, rows in outcome:
                n_repeated += name in by_name
                by_name.setdefault(name, rows)
    return Harvest(
        rows=[row for name in sorted(by_name) for row in by_name[name]],
        n_files=n_parsed,
        n_too_large=n_too_large,
        n_unparsable=n_unparsable,
        n_repeated=n_repeated,
    )


def default_roots() -> list[Path]:
    """Return the folders of the standard library and of the installed packages, each once."""
    paths = sysconfig.get_paths()
    return list(dict.fromkeys(Path(paths[key]) for key in ("stdlib", "purelib", "platlib")))


def _source_files(roots: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield each public module as (file, dotted name), root by root, in order of the names."""
    for root in roots:
        if not root.is_dir():
            raise InvalidInput(f"{root} is not a folder: a root holds top-level modules and packages")
        for folder, subfolders, names in os.walk(root):
            subfolders[:] = sorted(name for name in subfolders if _is_public_package(name))
            package = Path(folder).relative_to(root).parts
            for name in sorted(names):
                stem, suffix = Path(name).stem, Path(name).suffix
                if suffix == ".py" and stem == "__init__" and package:
                    yield Path(folder, name), ".".join(package)
                elif suffix == ".py" and _is_public_name(stem):
                    yield Path(folder, name), ".".join([*package, stem])


def _is_public_package(name: str) -> bool:
    return _is_public_name(name) and name not in SKIPPED_FOLDERS


def _is_public_name(name: str) -> bool:
    return name.isidentifier() and not name.startswith("_")


_Outcome = Literal["too large", "unparsable"] | list[tuple[str, list[Row]]]


def _read_all(files: Sequence[tuple[Path, str]], n_workers: int) -> Iterator[_Outcome]:
    """Yield what each file holds, in the order of `files`."""
    with processes(n_workers) as executor:
        yield from executor.map(_read_module, files, cost=_FILE_SECONDS)


def _read_module(file: tuple[Path, str]) -> _Outcome:
    """Return what `_read` returns, while nobody looks for reference cycles.

    A syntax tree has none, and looking for them costs a sixth of the time.
    """
    was_looking = gc.isenabled()
    gc.disable()
    try:
        return _read(file)
    finally:
        if was_looking:
            gc.enable()


def _read(file: tuple[Path, str]) -> _Outcome:
    """Return (qualified name, its rows) of each documented public thing in a file, or why there is none."""
    path, module = file
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            return "too large"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about other people's escapes and literals
            tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return "unparsable"
    return [(name, rows) for name, node in _documented(tree, module) if (rows := _rows(name, node))]


def _documented(tree: ast.Module, module: str) -> Iterator[tuple[str, ast.Module | ast.ClassDef | _Function]]:
    """Yield the module, its public classes and functions and their public methods, with their names."""
    yield module, tree
    for node in _definitions(tree.body):
        yield f"{module}.{node.name}", node
        if isinstance(node, ast.ClassDef):
            for method in _definitions(node.body):
                yield f"{module}.{node.name}.{method.name}", method


def _definitions(body: Sequence[ast.stmt]) -> Iterator[ast.ClassDef | _Function]:
    """Yield public definitions, also those that stand under an `if` or `try`."""
    for node in body:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            if _is_public_name(node.name):
                yield node
        elif isinstance(node, ast.If):
            yield from _definitions([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from _definitions([*node.body, *(s for h in node.handlers for s in h.body), *node.orelse])


def _rows(name: str, node: ast.Module | ast.ClassDef | _Function) -> list[Row]:
    """Return the documentation row and, where there are parameters, the signature row of one thing."""
    docstring = ast.get_docstring(node, clean=False)
    documentation = inspect.cleandoc(docstring).strip() if docstring else ""
    if len(documentation) < MIN_DOCSTRING_CHARS or not _is_encodable(documentation):
        return []
    rows = [_row(name, "documentation", DOCUMENTATION_QUESTIONS, documentation)]
    if isinstance(node, _Function) and _has_parameters(node.args):
        signature = render_signature(node)
        if _is_encodable(signature):
            rows.append(_row(name, "signature", SIGNATURE_QUESTIONS, signature))
    return rows


def _row(name: str, kind: str, questions: Sequence[str], answer: str) -> Row:
    question = questions[zlib.crc32(f"{name}:{kind}".encode()) % len(questions)]
    return {
        "id": f"{name}:{kind}",
        "instruction": question.format(name),
        "input": "",
        "output": answer,
        "source": name.partition(".")[0],
    }


def render_signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """Return a function's declaration on one line, with defaults and annotations.

    >>> render_signature(ast.parse("def dumps(obj, *, indent: int=2) -> str: ...").body[0])
    'def dumps(obj, *, indent: int=2) -> str'
    """
    keyword = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{keyword} {node.name}({ast.unparse(node.args)}){returns}"


def _has_parameters(arguments: ast.arguments) -> bool:
    """Return whether a caller passes anything; the instance or class a method is bound to is not passed."""
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    starred = arguments.vararg or arguments.kwarg
    return starred is not None or any(argument.arg not in ("self", "cls") for argument in named)


def _is_encodable(text: str) -> bool:
    """Return whether a text can be written as UTF-8; a lone surrogate from an escape cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
