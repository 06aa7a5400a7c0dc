"""A selection that was stopped goes on where it was, and only where it belongs."""

import contextlib
import signal
import subprocess
import sys
import time
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


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_command_goes_on(tmp_path: Path, sent: signal.Signals) -> None:
    pool, out = tmp_path / "pool.jsonl", tmp_path / "out.jsonl"
    pool.write_text("".join(f'{{"text": "{text.decode()}"}}\n' for text in words_pool(3_000, 2, 200)))
    program = "from entropy_assets.cli import app; app()"
    command = [sys.executable, "-c", program, "select", str(pool), "--budget", "1000"]
    sizes = ["--k1", "1000", "--k2", "8", "--k3", "4", "--workers", "1"]
    expected = tmp_path / "expected.jsonl"
    subprocess.run([*command, *sizes, "--out", str(expected)], check=True, capture_output=True)
    assert not expected.with_name("expected.jsonl.state").exists()
    state = out.with_name("out.jsonl.state")
    first = subprocess.Popen([*command, *sizes, "--out", str(out)], stderr=subprocess.PIPE, text=True)
    try:
        while not state.exists() or len(np.load(state)["ranking"]) < 40:
            assert first.poll() is None, first.communicate()
            time.sleep(0.005)
    finally:
        first.send_signal(sent)
        told = first.communicate(timeout=60)[1]
    assert first.returncode == {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}[sent]
    assert not out.exists()
    if sent != signal.SIGKILL:
        assert "the same command goes on from there" in told
    n_before = len(np.load(state)["ranking"])
    assert 40 <= n_before < 1000
    second = subprocess.run([*command, *sizes, "--out", str(out)], check=True, capture_output=True, text=True)
    assert f"goes on from {out}.state" in second.stderr
    assert out.read_bytes() == expected.read_bytes()
    assert not state.exists()
    left = {path.name for path in tmp_path.iterdir() if path.suffix != ".tmp"}  # cut short by the kill alone
    assert left == {"expected.jsonl", "out.jsonl", "pool.jsonl"}
