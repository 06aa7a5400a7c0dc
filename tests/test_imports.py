"""What imports what: no circle anywhere, also inside a package, and no import upward against the layers.

import-linter compares the modules that a contract names. Here every module is read: imports within functions
and for type checkers count, since they too tie two modules together.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "entropy_assets"

Graph = dict[str, set[str]]


def modules_of(package: Path) -> dict[str, Path]:
    """Return the file of each module of a package by the module's full name."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def named_imports(name: str, path: Path) -> Iterator[tuple[str, str]]:
    """Yield what each import statement of a module names: a module, and what is taken from it or ""."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            yield from ((base, alias.name) for alias in node.names)


def import_graph(package: Path) -> Graph:
    """Return for each module of a package which others of it an import statement names.

    `from a import b` names the module `a.b` where there is one, and else `a`, whose `__init__` holds b.
    """
    modules = modules_of(package)
    graph: Graph = {name: set() for name in modules}
    for name, path in modules.items():
        for base, taken in named_imports(name, path):
            named = f"{base}.{taken}" if f"{base}.{taken}" in modules else base
            if named in modules:
                graph[name].add(named)
    return graph


def circle_in(graph: Graph) -> list[str]:
    """Return a circle of imports, each module before one that it imports; empty where there is none."""
    ordered = {name: sorted(graph[name]) for name in sorted(graph)}
    try:
        TopologicalSorter(ordered).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1][::-1]
        return circle
    return []


def layers_of(contract: dict[str, Any]) -> list[list[str]]:
    """Return the modules of each layer of a contract of import-linter, the highest layer first."""
    containers = contract.get("containers", [""])
    named = [re.findall(r"[\w.]+", layer) for layer in contract["layers"]]
    return [[f"{above}.{name}".strip(".") for above in containers for name in names] for names in named]


def layer_contracts() -> list[dict[str, Any]]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    return [contract for contract in contracts if contract["type"] == "layers"]


def upward_in(graph: Graph, layers: list[list[str]]) -> list[str]:
    """Return each import of a module in a higher layer, as a line for a person."""
    height = {name: -place for place, layer in enumerate(layers) for name in layer}

    def height_of(module: str) -> int | None:
        owner = module
        while owner and owner not in height:
            owner = owner.rpartition(".")[0]
        return height.get(owner)

    found = []
    for name in sorted(graph):
        for imported in sorted(graph[name]):
            own, other = height_of(name), height_of(imported)
            if own is not None and other is not None and other > own:
                found.append(f"{name} imports {imported}, which stands above it")
    return found


def write_package(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / "tiny" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "tiny"


def test_no_module_imports_itself_by_way_of_others() -> None:
    circle = circle_in(import_graph(PACKAGE))
    assert not circle, "a circle of imports: " + " -> ".join(circle)


@pytest.mark.parametrize("contract", layer_contracts(), ids=lambda contract: contract["name"])
def test_no_import_leads_upward(contract: dict[str, Any]) -> None:
    assert upward_in(import_graph(PACKAGE), layers_of(contract)) == []


def test_every_module_has_a_layer() -> None:
    """A module that no layer names could import anything."""
    modules = {name for name in import_graph(PACKAGE) if name.count(".") == 1}
    named = {name for layer in layers_of(layer_contracts()[0]) for name in layer}
    assert modules - named == set(), "give these a layer in pyproject.toml"
    assert named - modules == set(), "these layers in pyproject.toml have no module"


@pytest.mark.parametrize(
    "back",
    [
        "from tiny.room import select\n",
        "def late():\n    from tiny.room import select\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import tiny.room\n",
        "from . import select\n",
        "from .. import room\n",
    ],
    ids=["plain", "in a function", "for type checkers", "relative", "relative upward"],
)
def test_a_circle_inside_a_package_is_shown(tmp_path: Path, back: str) -> None:
    files = {
        "__init__.py": "",
        "room/__init__.py": "from tiny.room.a import one\nselect = one\n",
        "room/a.py": "from tiny.room import b\none = b\n",
        "room/b.py": back,
    }
    graph = import_graph(write_package(tmp_path, files))
    circle = circle_in(graph)
    assert circle[0] == circle[-1]
    assert set(circle) == {"tiny.room", "tiny.room.a", "tiny.room.b"}
    assert all(imported in graph[name] for name, imported in pairwise(circle))


def test_names_that_are_no_modules_make_no_circle(tmp_path: Path) -> None:
    files = {
        "__init__.py": "",
        "room/__init__.py": "from tiny.room.a import one\n",
        "room/a.py": "import os\nfrom tiny.room import b\none = os, b\n",
        "room/b.py": '"""from tiny.room import one"""\nfrom tinyest.room import one\n',
    }
    graph = import_graph(write_package(tmp_path, files))
    assert circle_in(graph) == []
    assert graph == {
        "tiny": set(),
        "tiny.room": {"tiny.room.a"},
        "tiny.room.a": {"tiny.room.b"},
        "tiny.room.b": set(),
    }


def test_an_import_upward_is_shown(tmp_path: Path) -> None:
    files = {
        "__init__.py": "",
        "high/__init__.py": "from tiny.low import one\n",
        "high/deep.py": "",
        "low.py": "one = 1\n",
        "lowest.py": "def late():\n    from tiny.high.deep import two\n",
    }
    layers = layers_of({"layers": ["high", "low : lowest"], "containers": ["tiny"]})
    found = upward_in(import_graph(write_package(tmp_path, files)), layers)
    assert found == ["tiny.lowest imports tiny.high.deep, which stands above it"]


POOLS = {"concurrent.futures", "multiprocessing"}


def pools_of(package: Path) -> list[str]:
    """Return the modules, outside the package's `execution`, that could open a pool of their own."""
    return [
        name
        for name, path in modules_of(package).items()
        if name.split(".")[1:2] != ["execution"]
        for base, taken in named_imports(name, path)
        if any(f"{base}.{taken}.".startswith(f"{pool}.") for pool in POOLS)
    ]


def test_the_executor_alone_opens_pools() -> None:
    assert pools_of(PACKAGE) == []


@pytest.mark.parametrize(
    "line",
    [
        "import multiprocessing",
        "from multiprocessing.pool import Pool",
        "from concurrent import futures",
        "def late():\n    from concurrent.futures import ThreadPoolExecutor",
    ],
)
def test_a_pool_of_its_own_is_shown(tmp_path: Path, line: str) -> None:
    files = {"__init__.py": "", "execution.py": "import multiprocessing\n", "high.py": f"{line}\n"}
    assert pools_of(write_package(tmp_path, files)) == ["tiny.high"]


def test_the_dagster_wing_stays_thin() -> None:
    lines = sum(len(path.read_text().splitlines()) for path in (PACKAGE / "defs").rglob("*.py"))
    assert lines < 2200, f"defs/ has {lines} lines: what decides or measures belongs into candidate/"
