"""Commands killed at their writes: the next ones decide all drops, once, with the bytes of a quiet day."""

import os
import shutil
from pathlib import Path

import polars as pl
import pytest

from benchmarks.faults import moments
from benchmarks.faults.kills import KILLED, SCENES, Scene, Stage, edges, spread
from benchmarks.faults.moments import Moment
from benchmarks.faults.world import (
    BAD,
    CLOCK,
    FIX,
    Worlds,
    decided_files,
    faults_of,
    version_faults,
    workspace_of,
)
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import propose_release

RUN, GRAPH, BATCH = SCENES[:3]
FIXING = next(scene for scene in SCENES if scene.drops == (FIX,))
SMALL = (
    (RUN, "manifest:3:after"),
    (RUN, "version shard:1:half"),
    (RUN, "version link:3:after"),
    (RUN, "ledger link:1:before"),
    (RUN, "ledger link:1:after"),
    (RUN, "CURRENT:1:after"),
    (GRAPH, "instance commit:150:before"),
    (BATCH, "ledger link:1:after"),
    (FIXING, "ledger link:1:after"),
)


def moment_of(text: str) -> Moment:
    window, n, side = text.split(":")
    return Moment(window, int(n), side)


@pytest.mark.parametrize(("scene", "at"), SMALL, ids=[f"{scene.name} {at}" for scene, at in SMALL])
def test_killed_at_a_write(stage: Stage, scene: Scene, at: str) -> None:
    outcome = stage.kill(scene, moment_of(at))
    assert outcome.reached
    assert outcome.faults == []
    assert outcome.equal


def test_every_window_of_a_commit_is_a_moment(stage: Stage) -> None:
    found = stage.rehearse(RUN)
    at = {(moment.window, moment.side) for moment in edges(RUN, found)}
    whole = ("version manifest", "version sums", "segment", "ledger link", "CURRENT")
    for window in ("version shard", "version file", *whole):
        assert {(window, side) for side in moments.SIDES} <= at
    assert {("version link", side) for side in moments.SIDES} <= at
    for window in ("manifest", "attempt note", "lock ticket"):
        assert {(window, side) for side in moments.SIDES} <= at
    steps = {moment.step for moment in found}
    assert {"raw_records", "deduped_records", "pool", "probe_report", "entropy_law_report"} <= steps
    assert {moment.step for moment in spread(found, 2 * len(steps), 0)} == steps


def crash(stage: Stage, home: Path, times: int) -> None:
    watched = {moments.STORE: str(home), moments.KILL: "manifest:4:before"}
    for _ in range(times):
        assert stage.play(RUN, home, RUN.drops, **watched).code == KILLED


def test_killed_three_times_in_a_row(stage: Stage) -> None:
    home = stage.open(RUN)
    crash(stage, home, 3)
    assert stage.play(RUN, home, RUN.drops).code == 0
    assert faults_of(home, RUN.drops) == []


def test_killed_five_times_it_is_held_and_a_release_runs_it_again(stage: Stage) -> None:
    home = stage.open(RUN)
    crash(stage, home, 5)
    ended = stage.play(RUN, home, RUN.drops)
    assert ended.code == 3, ended.said
    assert "crashes" in ended.said
    workspace = workspace_of(home)
    decision = workspace.ledger.decision("alpha")
    assert [reason["code"] for reason in decision.reasons] == ["crashes"]
    assert faults_of(home, RUN.drops) == []
    released = propose_release(workspace, "alpha", "anna", "the machine had no memory left", ["crashes"])
    assert curate(workspace, released.key).action == "release"
    assert "alpha" in workspace.ledger.state().drops
    assert faults_of(home, RUN.drops) == []


def test_what_a_kill_leaves_is_swept_by_a_later_run(worlds: Worlds, tmp_path: Path) -> None:
    home = worlds.copy("started", tmp_path / "home")
    root = home / "main"
    left = [root / "ledger" / ".000002.json.0123456789ab.tmp", root / "inbox" / ".alpha.0123456789ab.tmp"]
    left[0].write_bytes(b"{")
    shutil.copytree(root / "inbox" / "alpha", left[1])
    for path in (*left, *left[1].iterdir()):
        moment = path.stat().st_mtime - 60
        os.utime(path, (moment, moment))
    curate(workspace_of(home), BAD)
    assert [path for path in left if path.exists()] == []


def test_the_checks_see_what_is_undecided_and_other_bytes(worlds: Worlds, tmp_path: Path) -> None:
    home = worlds.copy("started", tmp_path / "home")
    curate(workspace_of(home), BAD)
    assert faults_of(home, (BAD,)) == []
    assert faults_of(home, ("alpha",)) == ["alpha is decided by the entries [], not by one"]
    replay = worlds.replayed("started", home)
    assert decided_files(home) == replay
    shutil.copy2(worlds.folder / "started" / "main" / "CURRENT", home / "main" / "CURRENT")  # an older one
    assert decided_files(home) != replay
    assert CLOCK in (home / "main" / "ledger" / "000002.json").read_text()


def test_the_checks_see_repeated_and_missing_records(worlds: Worlds, tmp_path: Path) -> None:
    home = worlds.copy("started", tmp_path / "home")
    workspace = workspace_of(home)
    version = workspace.ledger.state().version
    assert version_faults(workspace, version) == []
    (path,) = (home / "main" / "versions" / version / "data").glob("train-*.parquet")
    rows = pl.read_parquet(path)
    pl.concat([rows, rows.head(3)]).write_parquet(path)
    assert version_faults(workspace, version) == [f"{version} holds 3 ids twice"]
    rows.head(60).write_parquet(path)
    assert [fault.split(" of ")[0] for fault in version_faults(workspace, version)] == [
        f"{version} lacks {rows.height - 60}"
    ]
    rows.with_columns(drop=pl.lit("strange")).write_parquet(path)
    assert "of the drops ['strange']" in version_faults(workspace, version)[0]
