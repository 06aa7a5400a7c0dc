"""Datasets of the worlds: built once, and copied for each drop.

A pool is the first version of a dataset, and one clean drop warms the caches of the parent. The policy is
the default but for `promotion = "manual"`, so that no drop changes the parent; what the gate would have
decided under the default policy is judged from the stored reports (`verdicts`).

What belongs here: folders. What does not: verdicts.
"""

import fcntl
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.gate_power.cases import Case, rows_of
from benchmarks.gate_power.forms import write
from benchmarks.gate_power.sources import ROOT, Data
from benchmarks.gate_power.worlds import World, pool_rows
from entropy_assets.errors import CurationError

POOL, WARM_UP, WHO = "pool", "warm-up", "benchmarks.gate_power"
WARM_UP_ROWS = 200

LINKED = ("work", "versions", "index", "scores")
"""Folders whose files are replaced and never written to, so that copies share them."""


@dataclass(frozen=True)
class Bench:
    """Where the benchmark reads and writes.

    Parameters
    ----------
    data
        Where real records are read.
    cache
        Folder for the worlds' datasets.
    settings
        TOML of the datasets: tables, without `policy`.
    cores
        Workers of one verdict.
    """

    data: Data = field(default_factory=Data)
    cache: Path = ROOT / "var" / "bench" / "gate"
    settings: str = ""
    cores: int = 1

    def home(self, world: World) -> Path:
        """Return the folder of a world's dataset: another one for other settings and another product."""
        made_of = (repr(world), self.settings, self.cores, product_digest(), pools_digest())
        return self.cache / f"{world.name}-{zlib.crc32(repr(made_of).encode()):08x}"


@cache
def product_digest() -> str:
    """Return a number that stands for the product's code: verdicts of two products are never mixed."""
    return code_digest(sorted((ROOT / "entropy_assets").rglob("*.py")))


@cache
def pools_digest() -> str:
    """Return a number that stands for the code that makes pools."""
    parts = ("installed", "sources", "topics", "worlds")
    return code_digest([Path(__file__).with_name(f"{part}.py") for part in parts])


@cache
def drops_digest() -> str:
    """Return a number that stands for the code that makes pools and drops."""
    parts = ("cases", "forms", "installed", "natural", "natural_kept_back", "sources", "topics", "worlds")
    own = [Path(__file__).with_name(f"{part}.py") for part in parts]
    return code_digest([*own, *sorted((Path(__file__).parent / "mechanisms").glob("*.py"))])


def code_digest(paths: Sequence[Path]) -> str:
    """Return a number that stands for what some files hold."""
    code = 0
    for path in paths:
        code = zlib.crc32(path.read_bytes(), code)
    return f"{code:08x}"


def workspace_in(home: Path) -> Any:
    """Return the dataset in a home."""
    from upath import UPath

    from entropy_assets.candidate.workspace import Workspace

    return Workspace(UPath(home), "bench")


@contextmanager
def copied(world: World, bench: Bench) -> Iterator[Any]:
    """Give a dataset like the world's, for one drop; it is removed afterwards."""
    home = build_home(world, bench)
    with tempfile.TemporaryDirectory(dir=bench.cache) as name:
        copy = Path(name) / "home"
        shutil.copytree(home, copy, copy_function=_link_or_copy)
        yield workspace_in(copy)


def _link_or_copy(source: str, target: str) -> None:
    if set(Path(source).parts) & set(LINKED) and "lock" not in Path(source).parts:
        os.link(source, target)
    else:
        shutil.copy2(source, target)


def build_home(world: World, bench: Bench) -> Path:
    """Return the home of a world's dataset, made where the cache does not hold it yet."""
    home = bench.home(world)
    bench.cache.mkdir(parents=True, exist_ok=True)
    with _locked(bench.cache / f"{home.name}.lock"):
        if not home.is_dir():
            with tempfile.TemporaryDirectory(dir=bench.cache) as name:
                made = Path(name) / "home"
                made.mkdir()
                _build(made, world, bench)
                made.rename(home)
    return home


def _build(made: Path, world: World, bench: Bench) -> None:
    from entropy_assets.candidate.pipeline import curate

    workspace = workspace_in(made)
    workspace.root.mkdir(parents=True)
    workspace.home.settings_path.write_text(
        f'workers = {bench.cores}\n{bench.settings}\n[policy]\npromotion = "manual"\n'
    )
    rows = pool_rows(world, bench.data)
    if not rows:
        return
    write(rows, inbox(workspace) / POOL)
    entry = curate(workspace, POOL)
    if workspace.ledger.state().version is None:
        _release(workspace, entry)
    warm = Case(world.split, world.name, WARM_UP_ROWS, 999)
    write(rows_of(warm, bench.data)[0], inbox(workspace) / WARM_UP)
    curate(workspace, WARM_UP)


def _release(workspace: Any, entry: Any) -> None:
    """Let a pool in that was held or asked about: what it is measured by does not matter here."""
    from entropy_assets.candidate.pipeline import curate
    from entropy_assets.candidate.proposals import propose_release

    codes = sorted({reason["code"] for reason in entry.reasons}) if entry else []
    curate(workspace, propose_release(workspace, POOL, WHO, "it is the pool of a benchmark", codes).key)
    if workspace.ledger.state().version is None:
        raise CurationError(f"the pool was not promoted, for {', '.join(codes)}: look at its reasons")


def inbox(workspace: Any) -> Path:
    """Return the folder that drops are delivered to."""
    return Path(str(workspace.home.inbox))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
