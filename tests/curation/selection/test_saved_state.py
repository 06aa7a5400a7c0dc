"""A selection that was stopped goes on where it was, and only where it belongs."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from upath import UPath

from entropy_assets.curation.selection import (
    Budget,
    Constraints,
    Selection,
    ZipParams,
    saved_state,
    segments,
    select,
    select_official,
    zip_long,
    zip_paper,
)
from entropy_assets.errors import InvalidInput
from tests.curation.selection.oracle import words_pool

SMALL = ZipParams(n_candidates=60, n_shortlist=12, n_picks=6)
TEXTS = words_pool(200, 5)


class Stopped(Exception):
    pass


@pytest.fixture(autouse=True)
def after_each_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """States are saved by time: here after each round, unless a test says otherwise."""
    monkeypatch.setattr(saved_state, "SAVE_EVERY", 0)


def stop_after(n_rounds: int) -> Callable[[int, int], None]:
    """Return a progress callback that ends the selection after `n_rounds` rounds."""
    calls = []

    def progress(done: int, total: int) -> None:
        calls.append(done)
        if len(calls) > n_rounds:
            raise Stopped

    return progress


def run(selector: str, state: UPath | None, stop: int = 999, **changes: object) -> Selection:
    arguments = {
        "params": SMALL,
        "constraints": None if selector == "zip_paper" else Constraints(keep=[3], never=[7, 9]),
        **changes,
    }
    budget = arguments.pop("budget", Budget(60, "records"))
    texts = arguments.pop("texts", TEXTS)
    return select(texts, budget, selector, progress=stop_after(stop), state=state, **arguments)


@pytest.mark.parametrize("selector", ["zip", "zip_paper"])
@pytest.mark.parametrize("stop", [0, 1, 2, 5, 9])
@pytest.mark.parametrize("save_every", [0, 1e9])
def test_a_stop_after_any_round_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, selector: str, stop: int, save_every: float
) -> None:
    monkeypatch.setattr(saved_state, "SAVE_EVERY", save_every)  # or none after the first
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 2_000)  # so that segments are closed meanwhile
    monkeypatch.setattr(segments, "HELD_BYTES", 5_000)  # and the first are let go
    monkeypatch.setattr(zip_long, "FRONT", 1)  # and candidates come from several fronts
    whole = run(selector, None)
    state = UPath(tmp_path / "state")
    with pytest.raises(Stopped):
        run(selector, state, stop)
    again = run(selector, state)
    assert again.ranking.tolist() == whole.ranking.tolist()
    np.testing.assert_array_equal(again.gains, whole.gains)
    assert again.refused.tolist() == whole.refused.tolist()


@pytest.mark.parametrize("selector", ["zip", "zip_paper"])
def test_a_kill_amid_a_round_or_a_saving_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, selector: str
) -> None:
    whole = run(selector, None)
    state = UPath(tmp_path / "state")
    class_of = {"zip": zip_long, "zip_paper": zip_paper}[selector]._Rounds
    for place in ("_shortlist", "_greedy", "save"):
        for n_calls in (1, 2, 4):
            calls = []
            method = getattr(class_of, place)

            def killed(*arguments: object, n: int = n_calls, method: Any = method, calls: Any = calls) -> Any:
                calls.append(1)
                if len(calls) > n:
                    raise Stopped
                return method(*arguments)

            with monkeypatch.context() as patch, contextlib.suppress(Stopped):
                patch.setattr(class_of, place, killed)
                run(selector, state)
    assert run(selector, state).ranking.tolist() == whole.ranking.tolist()


def test_a_state_is_saved_once_its_cost_is_small_beside_what_went_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(saved_state, "SAVE_EVERY", 20)
    monkeypatch.setattr(saved_state.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(saved_state, "put", lambda *_: now.__setitem__(0, now[0] + 2.0))
    state = saved_state.SavedState(UPath(tmp_path / "state"), {})
    assert state.is_due()
    state.save({})
    now[0] = 141.9
    assert not state.is_due()
    now[0] = 142.0
    assert state.is_due()


def test_a_state_is_used_and_a_finished_one_gives_the_result_at_once(tmp_path: Path) -> None:
    state = UPath(tmp_path / "state")
    whole = run("zip", state)
    finished = run("zip", state, 1)  # a second call of progress would stop it
    assert finished.ranking.tolist() == whole.ranking.tolist()


def test_the_official_door_goes_on_too(tmp_path: Path) -> None:
    records = [{"id": i, "value": text.decode()} for i, text in enumerate(TEXTS)]
    state = UPath(tmp_path / "state")
    with pytest.raises(Stopped):
        select_official(records, 60, params=SMALL, progress=stop_after(4), state=state)
    again = select_official(records, 60, params=SMALL, progress=stop_after(7), state=state)
    assert again.ranking.tolist() == select_official(records, 60, params=SMALL).ranking.tolist()


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"budget": Budget(61, "records")}, r"budget was \[60, 'records', None\] and is \[61,"),
        ({"params": ZipParams(60, 12, 5)}, r"k1, k2, k3 was \[60, 12, 6\] and is \[60, 12, 5\]"),
        ({"texts": [*TEXTS[:-1], b"other"]}, "pool was '[0-9a-f]{64}' and is"),
        ({"constraints": Constraints(never=[7])}, "constraints was"),
        ({"codec": "zlib"}, "codec was 'zstd' and is 'zlib'"),
        ({"noise_guard": False}, "noise_guard was True and is False"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_left_alone(
    tmp_path: Path, changes: dict[str, object], what: str
) -> None:
    state = UPath(tmp_path / "state")
    with pytest.raises(Stopped):
        run("zip", state, 2)
    before = state.read_bytes()
    with pytest.raises(InvalidInput, match=f"is the state of another selection: {what}.*delete it to begin"):
        run("zip", state, **changes)
    assert state.read_bytes() == before


@pytest.mark.parametrize("damage", [lambda data: data[:-40], lambda data: b"", lambda data: b"words"])
def test_a_damaged_state_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    state = UPath(tmp_path / "state")
    with pytest.raises(Stopped):
        run("zip", state, 2)
    state.write_bytes(damage(state.read_bytes()))
    with pytest.raises(InvalidInput, match=r"is no state of a selection.*delete it to begin anew"):
        run("zip", state)


PROGRAM = """
import sys, time
from pathlib import Path
from entropy_assets.curation.selection import saved_state
saved_state.SAVE_EVERY = 0
if len(sys.argv) > 1 and sys.argv[1] == "waiting":  # behind its ninth round it waits for the signal
    del sys.argv[1]
    n_saved, save = 0, saved_state.SavedState.save
    def counted(*arguments):
        global n_saved
        save(*arguments)
        n_saved += 1
        if n_saved == 10:
            print("saved", flush=True)
            time.sleep(600)
    saved_state.SavedState.save = counted
from entropy_assets.cli import app
app()
"""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a pool, and what a command that nobody stops chooses from it."""
    folder = tmp_path_factory.mktemp("pool")
    lines = [f'{{"text": "{text.decode()}"}}\n' for text in words_pool(400, 2, 200)]
    (folder / "pool.jsonl").write_text("".join(lines))
    subprocess.run(command(folder / "pool.jsonl", folder / "out.jsonl"), check=True, capture_output=True)
    assert {path.name for path in folder.iterdir()} == {"pool.jsonl", "out.jsonl"}
    return folder


def command(pool: Path, out: Path, *first: str) -> list[str]:
    sizes = ["--budget", "100", "--k1", "100", "--k2", "8", "--k3", "4", "--workers", "1"]
    return [sys.executable, "-c", PROGRAM, *first, "select", str(pool), *sizes, "--out", str(out)]


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_command_goes_on(tmp_path: Path, undisturbed: Path, sent: signal.Signals) -> None:
    out, state = tmp_path / "out.jsonl", tmp_path / "out.jsonl.state"
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    first = subprocess.Popen(command(undisturbed / "pool.jsonl", out, "waiting"), **pipes)
    assert first.stdout
    assert first.stdout.readline() == "saved\n", first.communicate()
    first.send_signal(sent)
    told = first.communicate()[1]
    assert first.returncode == {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}[sent]
    assert not out.exists()
    if sent != signal.SIGKILL:
        assert "the same command goes on from there" in told
    assert len(np.load(state)["ranking"]) == 36
    again = command(undisturbed / "pool.jsonl", out)
    second = subprocess.run(again, check=True, capture_output=True, text=True)
    assert f"goes on from {state}" in second.stderr
    assert out.read_bytes() == (undisturbed / "out.jsonl").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]
