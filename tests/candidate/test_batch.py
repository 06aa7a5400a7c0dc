"""Several drops as one candidate: judged apart, published once, none sinks the others."""

import dataclasses
import shutil
from pathlib import Path

import polars as pl
import pytest
from upath import UPath

from entropy_assets.candidate.batch import (
    divide_batch,
    next_batch,
    open_candidates,
    propose_batch,
    was_divided,
)
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import propose_withdrawal
from entropy_assets.candidate.reference import version_records
from entropy_assets.candidate.replay import replay
from entropy_assets.candidate.session import session
from entropy_assets.candidate.splitting import split_judged
from entropy_assets.candidate.summary import decision_word, reasons_of, summarise
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.errors import InvalidInput, StaleProvenance, StorageFailed, StoreDamaged
from entropy_assets.storage import SUCCESS_MARKER
from tests.candidate.small import SETTINGS, dataset, deliver, rows, strange

DROPS = ("d0", "d1", "mixed", "empty", "known")


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a version, on which five drops wait, two of them bad; for copying."""
    folder = tmp_path_factory.mktemp("waiting") / "home"
    workspace = dataset(folder)
    curate(workspace, deliver(workspace, "first", rows(range(120))))
    deliver(workspace, "d0", rows(range(200, 250)))
    deliver(workspace, "d1", rows(range(240, 290)))
    deliver(workspace, "mixed", rows(range(800, 830)) + strange(range(30)))
    empty = Path(str(workspace.home.inbox)) / "empty"
    empty.mkdir()
    (empty / SUCCESS_MARKER).touch()
    deliver(workspace, "known", rows(range(30)))
    return folder


@pytest.fixture
def workspace(tmp_path: Path, waiting: Path) -> Workspace:
    shutil.copytree(waiting, tmp_path / "home")
    return Workspace(UPath(tmp_path / "home"), "small")


@pytest.fixture(scope="module")
def decided_folder(tmp_path_factory: pytest.TempPathFactory, waiting: Path) -> Path:
    folder = tmp_path_factory.mktemp("decided") / "home"
    shutil.copytree(waiting, folder)
    workspace = Workspace(UPath(folder), "small")
    curate(workspace, propose_batch(workspace, list(DROPS)).key)
    return folder


@pytest.fixture
def decided(tmp_path: Path, decided_folder: Path) -> Workspace:
    shutil.copytree(decided_folder, tmp_path / "decided")
    return Workspace(UPath(tmp_path / "decided"), "small")


def test_one_entry_decides_each_drop_apart(decided: Workspace) -> None:
    entries = decided.ledger.entries()
    assert len(entries) == 2
    words = {drop: outcome.outcome for drop, outcome in entries[-1].outcomes.items()}
    assert words == {"d0": "promote", "d1": "promote", "mixed": "hold", "empty": "hold", "known": "promote"}
    assert [r["code"] for r in reasons_of(entries[-1], "mixed")] == ["blobs"]
    assert [r["code"] for r in reasons_of(entries[-1], "empty")] == ["bad_input"]
    assert decided.ledger.state().drops == ("first", "d0", "d1", "known")


def test_verdicts_are_those_of_each_drop_alone(workspace: Workspace, decided: Workspace) -> None:
    parent = workspace.root
    for drop in DROPS:
        alone = Workspace(UPath(parent.parent.parent / f"alone-{drop}"), "small")
        shutil.copytree(str(parent.parent), str(alone.home.home))
        entry = curate(alone, drop)
        together = decided.ledger.decision(drop)
        assert together is not None
        assert decision_word(entry, drop) == decision_word(together, drop)
        own, joint = reasons_of(entry, drop) if entry else (), reasons_of(together, drop)
        assert set(map(str, joint)) <= set(map(str, own))


def test_pool_of_a_batch_holds_each_record_once(decided: Workspace) -> None:
    state = decided.ledger.state()
    live = decided.segment_records(state)
    assert live["id"].n_unique() == live.height == 120 + 90
    assert dict(live.group_by("drop").len().iter_rows()) == {"first": 120, "d0": 50, "d1": 40}
    train = version_records(decided, state.version or "", "train")
    assert set(train["id"]) <= set(live["id"])


def test_copies_across_drops_come_back_when_their_keeper_is_withdrawn(decided: Workspace) -> None:
    entry = curate(decided, propose_withdrawal(decided, "d0", "Ada", "a test").key)
    assert entry is not None
    live = decided.segment_records(entry.state)
    assert live.filter(pl.col("drop") == "d1").height == 50
    assert live["id"].n_unique() == live.height == 120 + 50


def test_drop_of_a_batch_can_be_split(decided: Workspace) -> None:
    made = split_judged(decided, "mixed")
    assert (made.clean, made.set_aside) == ("mixed-clean", "mixed-set-aside")
    assert made.rows.set_aside >= 30


def test_no_drop_is_decided_twice(decided: Workspace) -> None:
    for drop in DROPS:
        assert curate(decided, drop) == decided.ledger.decision(drop)
    again = propose_batch(decided, ["d0", "mixed"])
    assert curate(decided, again.key) is None
    assert not open_candidates(decided)
    assert len(decided.ledger.entries()) == 2


def test_member_that_was_decided_meanwhile_is_left_out(workspace: Workspace) -> None:
    batch = propose_batch(workspace, ["d0", "d1"])
    curate(workspace, "d0")
    entry = curate(workspace, batch.key)
    assert entry is not None
    assert list(entry.outcomes) == ["d1"]
    live = workspace.segment_records(workspace.ledger.state())
    assert live["id"].n_unique() == live.height == 210


def test_same_drops_are_the_same_batch_and_wait_in_it_alone(workspace: Workspace) -> None:
    first = propose_batch(workspace, ["d0", "d1"])
    assert propose_batch(workspace, ["d0", "d1"]) == first
    assert set(open_candidates(workspace)) == {first.key, "mixed", "empty", "known"}
    assert set(next_batch(workspace, {"empty"})) == {"mixed", "known"}


def test_divided_batch_leaves_halves_down_to_single_drops(workspace: Workspace) -> None:
    batch = propose_batch(workspace, ["d0", "d1", "known"])
    assert divide_batch(workspace, batch) == (("d0", "d1"), ("known",))
    assert was_divided(workspace, batch.key)
    assert curate(workspace, batch.key) is None
    (half,) = [key for key in open_candidates(workspace) if key.startswith("@")]
    assert workspace.candidate(half).add == ("d0", "d1")
    assert "known" not in next_batch(workspace, set())
    assert "known" in open_candidates(workspace)


def test_all_held_is_one_hold(workspace: Workspace) -> None:
    entry = curate(workspace, propose_batch(workspace, ["empty", "mixed"]).key)
    assert entry is not None
    assert entry.action == "hold"
    assert {o.outcome for o in entry.outcomes.values()} == {"hold"}
    assert summarise(workspace, "empty").decision == "hold"
    for drop in ("empty", "mixed"):
        assert summarise(workspace, drop).figures == {}  # those of the batch are nobody's


def test_figures_of_a_batch_are_shown_for_the_drops_that_were_let_in(decided: Workspace) -> None:
    figures = {drop: summarise(decided, drop).figures for drop in DROPS}
    assert figures["d0"] == figures["d1"] == figures["known"] != {}
    assert figures["mixed"] == figures["empty"] == {}


def test_figures_of_a_batch_are_shown_where_a_person_publishes(workspace: Workspace) -> None:
    (workspace.root / "entropy.toml").write_text(
        SETTINGS.replace("[policy]", '[policy]\npromotion = "manual"')
    )
    entry = curate(workspace, propose_batch(workspace, ["d0", "known", "mixed"]).key)
    assert entry is not None
    words = {drop: outcome.outcome for drop, outcome in entry.outcomes.items()}
    assert words == {"d0": "ask", "known": "ask", "mixed": "hold"}
    assert summarise(workspace, "d0").figures == summarise(workspace, "known").figures != {}
    assert summarise(workspace, "mixed").figures == {}


def test_manual_promotion_holds_all_for_a_person(workspace: Workspace) -> None:
    workspace.home.settings_path.write_text(SETTINGS + 'promotion = "manual"\n')
    entry = curate(workspace, propose_batch(workspace, ["d0", "d1"]).key)
    assert entry is not None
    assert {tuple(r["code"] for r in o.reasons) for o in entry.outcomes.values()} == {("manual",)}


def test_first_version_can_be_a_batch(tmp_path: Path) -> None:
    workspace = dataset(tmp_path / "home")
    for name, first in (("a", 0), ("b", 50)):
        deliver(workspace, name, rows(range(first, first + 60)))
    entry = curate(workspace, propose_batch(workspace, ["a", "b"]).key)
    assert entry is not None
    assert entry.state.drops == ("a", "b")
    assert workspace.segment_records(entry.state).height == 110


def test_replay_judges_each_drop_of_a_batch(decided: Workspace) -> None:
    policy = decided.load_settings().policy
    found = {one.candidate: one for one in replay(decided, policy)}
    assert {drop: one.changed for drop, one in found.items()} == {
        "first": False,
        "d0": False,
        "d1": False,
        "known": False,
        "mixed": False,
        "empty": None,
    }
    lax = dataclasses.replace(policy, max_blobs=0.99)
    (mixed,) = (one for one in replay(decided, lax) if one.candidate == "mixed")
    assert mixed.note == "it would be let in, and its batch was not measured with it"
    strict = dataclasses.replace(policy, confidence=6.0, max_blobs=0.001)
    assert {one.now.outcome for one in replay(decided, strict) if one.now} >= {"ask"}


def test_batch_that_fails_is_divided_so_that_one_drop_stops_no_other(workspace: Workspace) -> None:
    batch = propose_batch(workspace, ["d0", "d1"])
    with pytest.raises(ZeroDivisionError), session(workspace, batch.key, "a run"):
        raise ZeroDivisionError
    assert was_divided(workspace, batch.key)
    assert {"d0", "d1"} <= set(open_candidates(workspace))


@pytest.mark.parametrize(
    "error", [StaleProvenance("overtaken"), StorageFailed("disk full"), StoreDamaged("an entry is gone")]
)
def test_batch_that_is_overtaken_or_has_no_disk_stays_whole(workspace: Workspace, error: Exception) -> None:
    batch = propose_batch(workspace, ["d0", "d1"])
    with pytest.raises(type(error)), session(workspace, batch.key, "a run"):
        raise error
    assert not was_divided(workspace, batch.key)


def test_batch_is_not_divided_for_a_file_that_the_settings_miss(workspace: Workspace) -> None:
    text = SETTINGS + '[screening.evaluation_sets]\ngone = "gone.jsonl"\n'
    workspace.home.settings_path.write_text(text)
    batch = propose_batch(workspace, ["d0", "d1"])
    with pytest.raises(InvalidInput, match="evaluation set 'gone' must be a file"):
        curate(workspace, batch.key)
    assert not was_divided(workspace, batch.key)
    assert "gone" in str(workspace.attempts.failure(batch.key))
    workspace.home.settings_path.write_text(SETTINGS)
    assert curate(workspace, batch.key) is not None


def test_member_that_is_gone_from_the_inbox_is_left_out(workspace: Workspace) -> None:
    batch = propose_batch(workspace, ["d0", "d1"])
    shutil.rmtree(str(workspace.home.drop("d0")))
    entry = curate(workspace, batch.key)
    assert entry is not None
    assert list(entry.outcomes) == ["d1"]
