"""A small real dataset: documentation of the standard library, with one drop promoted and one held."""

import shutil
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from upath import UPath

from entropy_assets.candidate.run import CandidateRun, open_run
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.defs.build import build_dataset
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.running import run_candidate
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND, Mix, Row, demo_drops, write_drop
from entropy_assets.demo.harvest import harvest
from entropy_assets.ledger import Entry

# Budgets far below the defaults make runs of a few seconds and noisy ones, so the limits that noise
# could touch are wide; damage has to be seen by what is not noisy at this size.
SETTINGS = """
workers = 1
[probe]
budget_bytes = 8192
checkpoint_bytes = 32768
heldout_bytes = 16384
n_samples = 2
[law]
sample_bytes = 32768
n_samples = 3
known_records = 60
[policy]
max_ratio_rise = 9.0
max_selection_ratio_rise = 9.0
max_unknown_words = 9.0
max_unusual_pairs = 9.0
max_loss_shift = 9.0
max_heldout_rise_bpb = 9.0
max_residual_rise_bpb = 9.0
max_drift = 9.0
max_heldout_drift_bpb = 9.0
max_truncated = 0.5
max_copies = 0.3
max_repeated_phrases = 0.3
max_blobs = 0.05
"""


@dataclass
class Home:
    """A dataset in a folder of its own, and what tests do with it."""

    dataset: Workspace
    instance: dg.DagsterInstance
    drops: dict[str, list[Row]]

    @property
    def wired(self) -> Dataset:
        return Dataset(self.dataset)

    def open(self, key: str) -> CandidateRun:
        return open_run(self.dataset, key)

    def deliver(self, name: str, rows: list[Row] | None = None) -> str:
        write_drop(Path(str(self.dataset.home.inbox)) / name, rows or self.drops[name])
        return name

    def run(self, key: str) -> Entry:
        return run_candidate(self.wired, key, self.instance, log_level="CRITICAL")

    def materialize(self, key: str, selection: str, **kwargs: object) -> dg.ExecuteInProcessResult:
        """Materialise part of the graph for one candidate, as a person does in the UI."""
        definitions = build_dataset(self.wired)
        self.instance.add_dynamic_partitions(str(self.wired.partitions.name), [key])
        job = dg.define_asset_job("part", selection=selection, executor_def=dg.in_process_executor)
        made = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job])).resolve_job_def("part")
        return made.execute_in_process(
            partition_key=key, instance=self.instance, raise_on_error=False, **kwargs
        )

    @property
    def n_entries(self) -> int:
        return len(self.dataset.ledger.entries())


def _home(folder: Path, drops: dict[str, list[Row]]) -> Home:
    # The instance lies beside the home and not in it, so that a copied home has no runs.
    instance_folder = folder.parent / f"{folder.name}-instance"
    instance_folder.mkdir()
    return Home(Workspace(UPath(folder), "docs"), ephemeral_instance(instance_folder), drops)


def ephemeral_instance(folder: Path) -> dg.DagsterInstance:
    """Return an instance in memory that leaves its files in a folder of the test's own."""
    return dg.DagsterInstance.ephemeral(tempdir=str(folder))


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
    folder = tmp_path_factory.mktemp("promoted") / "home"
    home = _home(folder, stdlib_drops)
    home.dataset.root.mkdir(parents=True)
    home.dataset.home.settings_path.write_text(SETTINGS)
    assert home.run(home.deliver(FIRST)).action == "promote"
    assert home.run(home.deliver(DAMAGED)).action == "hold"
    return folder


@pytest.fixture
def home(tmp_path: Path, promoted_folder: Path, stdlib_drops: dict[str, list[Row]]) -> Home:
    """A copy of that home for one test, with the second drop delivered and not yet run."""
    folder = tmp_path / "home"
    shutil.copytree(promoted_folder, folder)
    home = _home(folder, stdlib_drops)
    home.deliver(SECOND)
    return home


@pytest.fixture(scope="session")
def measured_folder(
    tmp_path_factory: pytest.TempPathFactory, promoted_folder: Path, stdlib_drops: dict[str, list[Row]]
) -> Path:
    """A home in which the second drop has been measured and not decided, for copying."""
    folder = tmp_path_factory.mktemp("measured") / "home"
    shutil.copytree(promoted_folder, folder)
    home = _home(folder, stdlib_drops)
    assert home.materialize(
        home.deliver(SECOND), "* and not key:docs/dataset_version and not key:docs/keep_rates"
    ).success
    return folder


@pytest.fixture
def measured(tmp_path: Path, measured_folder: Path, stdlib_drops: dict[str, list[Row]]) -> Home:
    """A copy of that home for one test: all reports of a good drop are there, its version is not."""
    folder = tmp_path / "home"
    shutil.copytree(measured_folder, folder)
    return _home(folder, stdlib_drops)
