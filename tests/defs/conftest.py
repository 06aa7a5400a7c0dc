"""The small real dataset of `tests.conftest`, with Dagster on top."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import pytest
from upath import UPath

from entropy_assets.candidate.workspace import Workspace
from entropy_assets.defs.build import build_dataset
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.running import run_candidate
from entropy_assets.demo.drops import SECOND, Row
from entropy_assets.ledger import Entry
from tests.homes import Home


@dataclass
class WiredHome(Home):
    """A dataset whose candidates run through the graph."""

    instance: dg.DagsterInstance

    @property
    def dataset(self) -> Dataset:
        return Dataset(self.workspace)

    def run(self, key: str) -> Entry:
        entry = run_candidate(self.dataset, key, self.instance, log_level="CRITICAL")
        assert entry is not None, "a batch was divided"
        return entry

    def materialize(
        self, key: str, selection: str | dg.AssetSelection, **kwargs: object
    ) -> dg.ExecuteInProcessResult:
        """Materialise part of the graph for one candidate, as a person does in the UI."""
        dataset = self.dataset
        self.instance.add_dynamic_partitions(str(dataset.partitions.name), [key])
        job = dg.define_asset_job("part", selection=selection, executor_def=dg.in_process_executor)
        made = dg.Definitions.merge(build_dataset(dataset), dg.Definitions(jobs=[job])).resolve_job_def(
            "part"
        )
        return made.execute_in_process(
            partition_key=key, instance=self.instance, raise_on_error=False, **kwargs
        )


def wired_in(folder: Path, drops: dict[str, list[Row]] | None = None) -> WiredHome:
    """Return the dataset of a folder; its instance lies beside it, so that a copied home has no runs."""
    instance_folder = folder.parent / f"{folder.name}-instance"
    instance_folder.mkdir()
    workspace = Workspace(UPath(folder), "docs")
    return WiredHome(workspace, drops or {}, ephemeral_instance(instance_folder))


def ephemeral_instance(folder: Path) -> dg.DagsterInstance:
    """Return an instance in memory that leaves its files in a folder of the test's own."""
    return dg.DagsterInstance.ephemeral(tempdir=str(folder))


@pytest.fixture
def home(tmp_path: Path, promoted_folder: Path, stdlib_drops: dict[str, list[Row]]) -> WiredHome:
    """A copy of the promoted home for one test, with the second drop delivered and not yet run."""
    folder = tmp_path / "home"
    shutil.copytree(promoted_folder, folder)
    home = wired_in(folder, stdlib_drops)
    home.deliver(SECOND)
    return home


@pytest.fixture
def measured(tmp_path: Path, measured_folder: Path, stdlib_drops: dict[str, list[Row]]) -> WiredHome:
    """A copy of the measured home for one test: all reports of a good drop are there, no decision."""
    folder = tmp_path / "home"
    shutil.copytree(measured_folder, folder)
    return wired_in(folder, stdlib_drops)
