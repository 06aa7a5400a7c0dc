"""Scores are made once a drop, follow from the drops that came before, and are what the graph picks by."""

import shutil
from dataclasses import replace
from pathlib import Path

import dagster as dg
import numpy as np
import pytest
from upath import UPath

from entropy_assets.candidate.beside_random import heldout_beside_random
from entropy_assets.candidate.manifests import ProbeReport, RecordScores, SelectionManifest
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.probe import headline
from entropy_assets.candidate.record_scores import scores_follow_from, scores_in
from entropy_assets.candidate.reference import load_reference
from entropy_assets.candidate.run import open_run
from entropy_assets.candidate.scoring import Asked, Sums, scores_of
from entropy_assets.candidate.selection import picks
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.scoring import Axes
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.running import run_candidate
from entropy_assets.errors import InvalidInput
from entropy_assets.ledger import Ledger
from entropy_assets.settings import SCORERS, ScoringSettings
from entropy_assets.shards import read_shard
from tests.candidate.small import SETTINGS, dataset, deliver, rows
from tests.defs.test_same_bytes import at_noon, written

INFORMED = f'{SETTINGS}[selection]\nselector = "information"\n[scoring]\nprobe_bytes = 4096\n'


def prepared(folder: Path) -> Workspace:
    workspace = dataset(folder, INFORMED)
    workspace.ledger = Ledger(workspace.home.root / "ledger", clock=at_noon)
    deliver(workspace, "zebra", rows(range(100)))
    deliver(workspace, "apple", rows(range(200, 230)))
    return workspace


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = prepared(tmp_path_factory.mktemp("scored") / "home")
    for key in ("zebra", "apple"):
        curate(workspace, key)
    return workspace


def scores(workspace: Workspace, key: str) -> RecordScores:
    return workspace.load(RecordScores, key)


def test_a_drop_is_scored_once_and_picks_follow_its_scores(made: Workspace) -> None:
    first, second = scores(made, "zebra"), scores(made, "apple")
    assert (first.drops, second.drops) == (("zebra",), ("zebra", "apple"))
    assert first.shards.shards[0] == second.shards.shards[0]
    assert second.scorer == "information"
    assert len(second.quantiles) == 5
    chosen = picks(open_run(made, "apple"), made.load(SelectionManifest, "apple"))
    assert chosen["gain"].is_sorted(descending=True)
    tables = {
        s["id"]: s["score"]
        for t in second.shards.shards
        for s in read_shard(made.root, t).iter_rows(named=True)
    }
    assert chosen["gain"].to_list() == [tables[one] for one in chosen["id"]]


def test_a_run_says_how_its_selector_stands_beside_random(made: Workspace) -> None:
    report = made.load(ProbeReport, "apple")
    losses = [
        np.mean([run["record_heldout_bpb"] for run in report.runs[name]], axis=0)
        for name in ("candidate", "random_control")
    ]
    line = heldout_beside_random(made, "apple")
    assert line.startswith(
        f"held-out: random {headline(report, 'random_control')['heldout_bpb']:.3f}, information "
    )
    assert f"information - random {(losses[0] - losses[1]).mean():+.3f} ± " in line
    assert f"; mean over {len(losses[0])} records of information" in line
    assert line.endswith("; docs/selectors.md")
    assert heldout_beside_random(made, "unknown") == ""


def test_graph_and_floor_write_the_same_bytes(made: Workspace, tmp_path: Path) -> None:
    by_graph = prepared(tmp_path / "graph")
    (tmp_path / "instance").mkdir()
    instance = dg.DagsterInstance.ephemeral(tempdir=str(tmp_path / "instance"))
    for key in ("zebra", "apple"):
        run_candidate(Dataset(by_graph), key, instance, log_level="CRITICAL")
    one, other = written(made), written(by_graph)
    assert one.keys() == other.keys()
    assert [name for name in one if one[name] != other[name]] == []
    told = instance.get_latest_materialization_event(dg.AssetKey(["small", "record_scores"]))
    assert told is not None
    assert told.asset_materialization is not None
    assert told.asset_materialization.metadata["scorer"].value == "information"


@pytest.mark.parametrize("lost", [["record_scores"], ["record_scores", "score_sums"]])
def test_what_is_lost_is_made_again_as_it_was(made: Workspace, tmp_path: Path, lost: list[str]) -> None:
    shutil.copytree(str(made.root.parent), tmp_path / "home")
    workspace = Workspace(UPath(tmp_path / "home"), "small")
    third = deliver(workspace, "third", rows(range(300, 320)))
    for kind in lost:
        shutil.rmtree(Path(str(workspace.cache.folder)) / kind)
    run = open_run(workspace, third)
    reference = load_reference(run)
    assert reference is not None, "the parent's selection is by scores as well"
    found = scores_in(run, reference.pool, "information", reference.train.ids)
    tables = {}
    for shard in scores(made, "apple").shards.shards:
        tables |= dict(read_shard(made.root, shard).select("id", "score").iter_rows())
    assert found is not None
    assert found.values.tolist() == [tables[one] for one in reference.train.ids]


def test_without_a_scorer_there_is_nothing_to_make(made: Workspace, tmp_path: Path) -> None:
    shutil.copytree(str(made.root.parent), tmp_path / "home")
    workspace = Workspace(UPath(tmp_path / "home"), "small")
    settings = workspace.home.settings_path
    settings.write_text(
        INFORMED.replace('"information"', '"target"') + '[scoring.target]\ntarget = "none.jsonl"\n'
    )
    run = open_run(workspace, deliver(workspace, "third", rows(range(300, 320))))
    with pytest.raises(
        InvalidInput, match=r"target must be a file of records beside entropy\.toml, got .*none\.jsonl"
    ):
        scores_in(run, run.parent_pool, "target", [])
    assert scores_in(run, run.parent_pool, "zip", []) is None
    assert scores_follow_from(run)["files"] == [""]
    settings.write_text(SETTINGS)
    assert scores_follow_from(open_run(workspace, "third")) == {}


@pytest.mark.parametrize(
    "scorer", [name for name, one in SCORERS.items() if not {"answer_losses", "answers"} & {*one.needs}]
)
def test_what_came_before_counts_and_is_not_read_again(scorer: str) -> None:
    """The scores of a drop beside what an earlier one left are those of both together."""
    texts = [row["text"].encode() for row in rows(range(60))]
    ids = [f"{number * 2654435761 % 2**32:032x}" for number in range(60)]
    asked = Asked(ids, texts, scorer, ScoringSettings(probe_bytes=2_000), texts[:1], embedder=Axes.of(texts))
    whole, left = scores_of(asked)
    _, before = scores_of(replace(asked, ids=ids[:40], texts=texts[:40]))
    before = Sums.from_bytes(before.to_bytes())
    later, after = scores_of(replace(asked, ids=ids[40:], texts=texts[40:], before=before))
    assert not np.isnan(later.values).any()
    assert later.values.tolist() == whole.values[40:].tolist()
    assert after.sample.equals(left.sample)
    assert after.scorer == left.scorer
