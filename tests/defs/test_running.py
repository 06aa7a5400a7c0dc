"""Runs of the graph from the command line: Ctrl-C ends one at whatever event it comes."""

import os
import signal
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events.log import EventLogEntry

from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.running import run_candidate
from tests.candidate.small import dataset, deliver, rows
from tests.defs.conftest import ephemeral_instance

EVENTS = ("PIPELINE_START", "STEP_START", "ASSET_MATERIALIZATION", "ASSET_CHECK_EVALUATION", "STEP_SUCCESS")


@pytest.mark.parametrize("event", EVENTS)
def test_ctrl_c_at_an_event_ends_the_run_as_ctrl_c(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    workspace = dataset(tmp_path / "home")
    deliver(workspace, "one", rows(range(20)))
    stored: list[str] = []
    handle = dg.DagsterInstance.handle_new_event

    def interrupt(self: dg.DagsterInstance, entry: EventLogEntry, **how: object) -> object:
        kept = handle(self, entry, **how)
        kind = entry.dagster_event_type and entry.dagster_event_type.value
        if kind == event and event not in stored:
            os.kill(os.getpid(), signal.SIGINT)
        stored.append(kind)
        return kept

    monkeypatch.setattr(dg.DagsterInstance, "handle_new_event", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_candidate(Dataset(workspace), "one", ephemeral_instance(tmp_path), log_level="CRITICAL")
    assert event in stored
    assert workspace.ledger.decision("one") is None
    assert workspace.attempts.crashes("one", set()) == 0
