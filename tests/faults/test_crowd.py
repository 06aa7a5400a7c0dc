"""Several runs at once on one dataset: all end, each drop is decided once, and who waits sleeps."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks.faults import moments
from benchmarks.faults.commands import CODE, ROOT, Forked, cpu_seconds, serving, shell_environment, until
from benchmarks.faults.kills import SCENES, Stage
from benchmarks.faults.services import Service, kill_service
from benchmarks.faults.world import CLOCK, DROPS, FIRST, Worlds, decided_files, faults_of, workspace_of

RUN = SCENES[0]


def start_all(stage: Stage, home: Path, drops: tuple[str, ...], *flags: str) -> list[Forked]:
    arguments = [["run", str(stage.worlds.outside / drop), "--home", str(home), *flags] for drop in drops]
    environment = {moments.CLOCK: CLOCK}
    return [Forked(one, environment, home.parent / f"said-{number}") for number, one in enumerate(arguments)]


def test_four_runs_of_four_drops(stage: Stage) -> None:
    home = stage.open(RUN)
    ended = [run.wait() for run in start_all(stage, home, DROPS, "--no-dagster")]
    assert [one.code for one in ended] == [0] * 4, [one.said for one in ended]
    assert faults_of(home, DROPS) == []
    assert decided_files(home) == stage.worlds.replayed("started", home)
    waited = [one.said for one in ended if "waits for" in one.said]
    assert len(waited) == 3
    assert all(any(f"waits for {drop} (process" in said for drop in DROPS) for said in waited)


def test_four_runs_of_the_same_drop(stage: Stage) -> None:
    home = stage.open(RUN)
    ended = [run.wait() for run in start_all(stage, home, ("alpha",) * 4, "--no-dagster")]
    assert [one.code for one in ended] == [0] * 4, [one.said for one in ended]
    assert faults_of(home, ("alpha",)) == []


@pytest.mark.parametrize(("n", "flag"), [(2, "--dagster"), (4, "--no-dagster")])
def test_first_runs_at_once_without_a_store(stage: Stage, worlds: Worlds, n: int, flag: str) -> None:
    home = worlds.copy("empty", stage.folder / "home")
    drops = (FIRST, *DROPS)[:n]
    for drop in drops:
        assert not (home / "main" / "inbox" / drop).exists()
    ended = [run.wait() for run in start_all(stage, home, drops, flag)]
    assert {one.code for one in ended} <= {0, 3}, [one.said for one in ended]
    assert faults_of(home, drops) == []


def test_a_waiting_run_says_for_whom_and_sleeps_and_leaves_nothing(stage: Stage) -> None:
    home = stage.open(RUN)
    said = home.parent / "said"
    command = [sys.executable, "-c", CODE, *stage.command(RUN, home, ("alpha",))]
    with said.open("wb") as file, workspace_of(home).lock.held("by-hand", "held-by-hand"):
        run = subprocess.Popen(
            command, cwd=ROOT, env=shell_environment({}), stdout=file, stderr=file, start_new_session=True
        )
        until(lambda: "waits for held-by-hand (process" in said.read_text(), "nobody waits")
        before = cpu_seconds(run.pid)
        time.sleep(3)
        used = cpu_seconds(run.pid) - before
    assert run.wait(300) == 0, said.read_text()
    assert used < 1
    with pytest.raises(ProcessLookupError):
        os.killpg(run.pid, 0)
    assert faults_of(home, ("alpha",)) == []


def test_a_worker_of_the_ui_is_killed_and_runs_beside_it_decide(stage: Stage) -> None:
    killed = Service("run worker", moments.Moment("ledger link", 1, "before"))
    outcome = kill_service(stage, killed)
    assert outcome.reached
    assert outcome.faults == []
    assert outcome.equal


@pytest.mark.slow
def test_a_run_beside_the_ui_and_nothing_is_killed(stage: Stage) -> None:
    home = stage.worlds.copy("undelivered", stage.folder / "home")
    with serving(home, {moments.CLOCK: CLOCK}, home.parent / "ui"):
        ended = [run.wait() for run in start_all(stage, home, DROPS[:2])]
        assert [one.code for one in ended] == [0, 0], [one.said for one in ended]
    assert faults_of(home, DROPS[:2]) == []
