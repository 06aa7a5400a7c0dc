"""Shared fixtures: Hypothesis profiles, real data beside the checkout, and a small real dataset.

The dataset is documentation of the standard library, with one drop promoted and one held. It is made once for
all processes of a test run, without Dagster, and copied for each test.
"""

import gc
import os
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from upath import UPath

from entropy_assets.candidate.cache import Cache
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND, Mix, Row, demo_drops
from entropy_assets.demo.harvest import harvest
from tests.homes import SETTINGS, Home, home_in, made_once

settings.register_profile("dev", deadline=None, max_examples=50)
settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True)
settings.register_profile("deep", deadline=None, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))

gc.disable()  # until all is collected: what is made up to then stays to the end

MEMORY = Path("/dev/shm")
"""A folder in memory, where the system has one."""

NEEDED_BYTES = 8 * 2**30
"""Free bytes of it from which on temporary folders are put there."""

LONG = (
    "candidate",
    "faults",
    "serving",
    "defs",
    "benchmarks",
    "cli",
    "curation/damage",
    "curation/selection",
)
"""Folders with the longest files, which come first: no process is left with one at the end."""


def pytest_configure(config: pytest.Config) -> None:
    """Have temporary folders in memory, since a store waits for the disk at every step."""
    chosen = config.getoption("basetemp") or os.environ.get("PYTEST_DEBUG_TEMPROOT")
    if not chosen and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= NEEDED_BYTES:
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)


def pytest_collection_finish() -> None:
    """Collect garbage again, and never look at what is there now."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        return next((i for i, name in enumerate(LONG) if f"tests/{name}/" in item.nodeid), len(LONG))

    items.sort(key=place)


SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder with golden picks, panels and real texts; tests that need it are skipped without it."""
    if not SHARED.is_dir():
        pytest.skip(f"needs the folder {SHARED.name}/ beside the checkout")
    return SHARED


@pytest.fixture(scope="session")
def stdlib_drops() -> dict[str, list[Row]]:
    """Three drops cut from the standard library; the third one holds 40 % binary noise."""
    rows = harvest([Path(sysconfig.get_paths()["stdlib"])], n_workers=1)
    return demo_drops(
        0,
        900,
        n_later=450,
        rows=rows,
        damage={"binary_noise": 0.4},
        mix=Mix(n_sources=4, max_source_share=0.4),
    )


@pytest.fixture(scope="session")
def promoted_folder(tmp_path_factory: pytest.TempPathFactory, stdlib_drops: dict[str, list[Row]]) -> Path:
    """A home in which the first drop is promoted and the damaged one is held, for copying."""

    def make(folder: Path) -> None:
        home = home_in(folder, stdlib_drops)
        home.settings = SETTINGS
        assert home.run(home.deliver(FIRST)).action == "promote"
        assert home.run(home.deliver(DAMAGED)).action == "hold"

    return made_once(tmp_path_factory, "promoted", make)


@pytest.fixture(scope="session")
def measured_folder(
    tmp_path_factory: pytest.TempPathFactory, promoted_folder: Path, stdlib_drops: dict[str, list[Row]]
) -> Path:
    """A home in which the second drop has been measured and not decided, for copying."""

    def make(folder: Path) -> None:
        shutil.copytree(promoted_folder, folder)
        home = home_in(folder, stdlib_drops)
        home.measure(home.deliver(SECOND))

    return made_once(tmp_path_factory, "measured", make)


@pytest.fixture
def kept_results(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let runs of all tests that ask for this find what any of them has kept, as a later run does.

    Not for tests of what is kept, nor for those that compare two ways to one result: these make it twice.
    """
    shared = made_once(tmp_path_factory, "kept", Path.mkdir)
    path_in_home = Cache.path

    def path(self: Cache, kind: str, parts: dict[str, Any]) -> UPath:
        own = path_in_home(self, kind, parts)
        return own if kind == "probe_states" or own.exists() else UPath(shared, *own.parts[-3:])

    monkeypatch.setattr(Cache, "path", path)


@pytest.fixture
def home(tmp_path: Path, promoted_folder: Path, stdlib_drops: dict[str, list[Row]]) -> Home:
    """A copy of the promoted home for one test, with the second drop delivered and not yet run."""
    folder = tmp_path / "home"
    shutil.copytree(promoted_folder, folder)
    home = home_in(folder, stdlib_drops)
    home.deliver(SECOND)
    return home


@pytest.fixture
def measured(tmp_path: Path, measured_folder: Path, stdlib_drops: dict[str, list[Row]]) -> Home:
    """A copy of the measured home for one test: all reports of a good drop are there, no decision."""
    folder = tmp_path / "home"
    shutil.copytree(measured_folder, folder)
    return home_in(folder, stdlib_drops)


@pytest.fixture(scope="session")
def judge_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random language model with a real tokenizer, as files; needs the extras `ask` and `llm`."""
    # Here, since most tests need none of it, and each file is a process.
    from entropy_assets import language_models
    from entropy_assets.curation.ask_llm import http
    from tests.curation.llm.tiny import write_tiny

    for name in (*language_models.NEEDED, *http.NEEDED):
        pytest.importorskip(name)
    return write_tiny(tmp_path_factory.mktemp("judge") / "tiny")


@pytest.fixture(scope="session")
def judge_url(judge_folder: Path) -> Iterator[str]:
    """Where it is served."""
    from benchmarks.ask_llm.server import serving
    from entropy_assets.curation.llm import load_model

    with serving(load_model(judge_folder, "cpu", digest="tiny")) as url:
        yield url
