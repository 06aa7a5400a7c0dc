"""The asset `selector_comparison`, made on demand by its job: whole, ended in the middle, and again."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from upath import UPath

from entropy_assets.candidate import pool_comparison, selector_comparison
from entropy_assets.candidate.manifests import PoolManifest, SelectorComparison
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.pool_comparison import compared_selectors
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.defs.build import build_dataset
from entropy_assets.defs.resources import Dataset
from entropy_assets.settings import Settings, parse
from tests.candidate.small import SETTINGS, dataset, deliver, rows

KEY = "first"
OWN = """
[selection]
keep_list = "keep.txt"
[scoring]
probe_bytes = 2048
[scoring.target]
target = "wanted.jsonl"
[scoring.density]
rows = 50
"""


@pytest.fixture(scope="module")
def promoted(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = dataset(tmp_path_factory.mktemp("compared") / "home", SETTINGS + OWN)
    (workspace.root / "keep.txt").write_text("web-3\n")
    wanted = rows(range(900, 912))
    (workspace.root / "wanted.jsonl").write_text("".join(json.dumps(row) + "\n" for row in wanted))
    assert curate(workspace, deliver(workspace, KEY, rows(range(120))))
    return workspace


def materialize(workspace: Workspace, folder: Path) -> dg.ExecuteInProcessResult:
    folder.mkdir()
    instance, built = dg.DagsterInstance.ephemeral(tempdir=str(folder)), Dataset(workspace)
    instance.add_dynamic_partitions(str(built.partitions.name), [KEY])
    job = build_dataset(built).resolve_job_def("selector_comparison_small")
    return job.execute_in_process(partition_key=KEY, instance=instance, raise_on_error=False)


def test_it_goes_on_where_it_was_ended_and_shows_table_and_pictures(
    promoted: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, n_trained = selector_comparison.run_probes, 0

    def counted(*given: Any) -> Any:
        nonlocal n_trained
        n_trained += 1
        if n_trained == 3:
            raise OSError("the disk is full")
        return real(*given)

    monkeypatch.setattr(selector_comparison, "run_probes", counted)
    n_entries = len(promoted.ledger.entries())
    assert not materialize(promoted, tmp_path / "ended").success
    n_trained = 3
    made = materialize(promoted, tmp_path / "whole")
    assert made.success
    names = promoted.load(SelectorComparison, KEY).figures["compared"]
    assert names[:2] == ["zip", "random"]
    assert {"length", "all", "information", "density", "perplexity", "target", "mig"} < {*names}
    assert n_trained == 3 + len(names) - 2, "two were kept"

    (materialised,) = made.asset_materializations_for_node("small__selector_comparison")
    shown = {name: str(value.value) for name, value in materialised.metadata.items()}
    assert all(f"| `{name}` |" in shown["selectors"] for name in names)
    assert "target wanted - random" in shown["selectors"]
    assert "| `zip` |" in shown["kendall_tau"]
    for measured in ("L", "in distribution", "target wanted"):
        assert "data:image/svg+xml;base64," in shown[f"{measured}, by selector"]
    assert len(promoted.ledger.entries()) == n_entries, "it decides nothing"

    first = promoted.load(SelectorComparison, KEY)
    assert materialize(promoted, tmp_path / "again").success
    assert promoted.load(SelectorComparison, KEY) == first
    assert n_trained == 3 + len(names) - 2


def test_it_chooses_under_the_lists_of_the_settings_and_measures_on_the_validation_split(
    promoted: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool_comparison, "compared_selectors", lambda _: ["length", "random"])
    found = []
    for row_ids in (["web-3"], [f"web-{number}" for number in range(40)]):
        (promoted.root / "keep.txt").write_text("".join(f"{one}\n" for one in row_ids))
        assert materialize(promoted, tmp_path / str(len(row_ids))).success
        found.append(promoted.load(SelectorComparison, KEY).figures)
    pool = promoted.load(PoolManifest, KEY)
    for figures in found:
        assert figures["records"] == pool.splits["train"]
        assert figures["held_out_records"] == pool.splits["validation"]
    few, many = (figures["selectors"]["random"]["overlap"] for figures in found)
    assert few < 0.65 < many, "what has to be picked is the same for all"


def test_it_is_no_part_of_curate() -> None:
    definitions = build_dataset(Dataset(Workspace(UPath("nowhere"), "small")))
    steps = definitions.resolve_job_def("curate_small").graph.node_dict
    assert "small__selection" in steps
    assert "small__selector_comparison" not in steps


def test_selectors_that_need_a_file_are_compared_where_it_is_named() -> None:
    plain = compared_selectors(parse(Settings, {}))
    assert plain[:2] == ["zip", "random"]
    assert not {"target", "scores", "zip_paper"} & {*plain}
    named = {"selection": {"selector": "random", "scores": {"scores": "s.parquet"}}}
    assert compared_selectors(parse(Settings, named))[0] == "random"
    assert "scores" in compared_selectors(parse(Settings, named))
    assert compared_selectors(parse(Settings, {"selection": {"selector": "zip_paper"}}))[0] == "zip_paper"
