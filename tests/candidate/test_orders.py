"""Orders of people: the same one is one proposal, an overtaken one is void, and each can be discarded."""

from dataclasses import asdict
from pathlib import Path

import pytest

from entropy_assets.candidate.attempts import Failure
from entropy_assets.candidate.batch import open_candidates, propose_batch
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import discard, propose_release, propose_withdrawal
from entropy_assets.candidate.run import open_run
from entropy_assets.candidate.summary import summarise
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.defs.automation import next_candidate, settle_hopeless
from entropy_assets.errors import InvalidParameter
from entropy_assets.ledger import Candidate, Entry
from tests.candidate.small import copied, dataset, deliver, rows
from tests.candidate.test_decided import command, inbox
from tests.homes import status_rows

RULES = ["quarantine_share"]


@pytest.fixture(scope="module")
def two_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two live drops and `bad`, which is held; for copying."""
    folder = tmp_path_factory.mktemp("two") / "home"
    workspace = dataset(folder)
    for name, own in (("d1", range(60)), ("d2", range(100, 140)), ("bad", range(200, 240))):
        deliver(workspace, name, rows(own))
        if name == "bad":
            (inbox(workspace, name) / "bad.jsonl").write_text("no json\n" * 40)
        curate(workspace, name)
    assert workspace.ledger.state().drops == ("d1", "d2")
    return folder


@pytest.fixture
def two(tmp_path: Path, two_folder: Path, kept_results: None) -> Workspace:
    return copied(two_folder, tmp_path / "home")


def run(workspace: Workspace, order: Candidate) -> Entry:
    entry = curate(workspace, order.key)
    assert entry is not None
    return entry


def left_behind(workspace: Workspace, key: str) -> str:
    """Leave an open order as an earlier release numbered it."""
    made = Candidate(key, remove=("d2",), by="Ada", why="a test")
    if key.startswith("@release-"):
        made = Candidate(key, add=("bad",), overrides=tuple(RULES), by="Ada", why="a test")
    workspace.propose(made)
    assert key in open_candidates(workspace)
    return key


def is_void(entry: Entry | None, why: str) -> bool:
    assert entry is not None
    assert (entry.action, [reason["code"] for reason in entry.reasons]) == ("hold", ["void"])
    return why in entry.reasons[0]["why"]


def test_same_order_is_one_proposal(two: Workspace) -> None:
    order = propose_release(two, "bad", "Ada", "wanted", RULES)
    assert propose_release(two, "bad", "Ada", "wanted", RULES) == order
    assert open_candidates(two) == [order.key]
    assert run(two, order).action == "release"
    assert open_candidates(two) == []
    assert run(two, order).action == "release", "the decided one again"
    assert two.ledger.outcome_words()["bad"] == "promote"


def test_another_order_waits_for_the_one_before(two: Workspace) -> None:
    order = propose_withdrawal(two, "d2", "Ada", "old")
    with pytest.raises(InvalidParameter, match=r"another order of Ada .*waits already \(old\).*drop discard"):
        propose_withdrawal(two, "d2", "Bob", "new")
    discard(two, order.key, "Bob", "wrong reason")
    assert run(two, propose_withdrawal(two, "d2", "Bob", "new")).action == "withdraw"


def test_a_decision_can_be_ordered_back_and_forth(two: Workspace) -> None:
    keys = []
    for _ in range(2):
        for propose in (
            lambda: propose_withdrawal(two, "d2", "Ada", "a test"),
            lambda: propose_release(two, "d2", "Ada", "a test", ["manual"]),
        ):
            keys.append(propose().key)
            run(two, two.candidate(keys[-1]))
    assert len(set(keys)) == 4
    assert two.ledger.state().drops == ("d1", "d2")


@pytest.mark.parametrize("by_sensor", [True, False])
def test_overtaken_order_is_void_and_undoes_nothing(two: Workspace, by_sensor: bool) -> None:
    release, without = left_behind(two, "@release-bad-1"), left_behind(two, "@without-d2-1")
    run(two, propose_release(two, "bad", "Ada", "wanted", RULES))
    run(two, propose_withdrawal(two, "bad", "Ada", "not any more"))
    run(two, propose_withdrawal(two, "d2", "Ada", "a test"))
    run(two, propose_release(two, "d2", "Ada", "a test", ["manual"]))
    before = two.ledger.state()
    rules = [row[2] for row in status_rows(command(two, "status")[1])]
    assert any("is void, entry 5 (@without-bad-4) decided about drop 'bad'" in rule for rule in rules)
    if by_sensor:
        for key in (release, without):
            assert next_candidate(two) == key
            assert settle_hopeless(two, key)
    for key, why in ((release, "entry 5"), (without, "entry 7")):
        assert is_void(curate(two, key), f"{why} (")
    assert two.ledger.state() == before
    assert open_candidates(two) == []
    told = command(two, "status")[1]
    assert ("bad", "held") not in {row[:2] for row in status_rows(told)}
    assert command(two, "run", release, "--dataset", "small", "--no-dagster")[0] == 3


def test_void_order_that_failed_before_is_settled_by_the_sensor(two: Workspace) -> None:
    key = left_behind(two, "@without-d2-1")
    run(two, propose_withdrawal(two, "d2", "Ada", "a test"))
    two.attempts.end(key, "run", Failure("its entry takes away ['d2']", open_run(two, key).against))
    assert next_candidate(two) == key
    assert settle_hopeless(two, key)
    assert is_void(two.ledger.decision(key), "entry 4")


def test_live_drop_is_not_listed_as_held_by_a_late_release(two: Workspace) -> None:
    run(two, propose_release(two, "bad", "Ada", "wanted", RULES))
    late = left_behind(two, "@release-bad-9")
    assert is_void(curate(two, late), "drop 'bad' is already live")
    assert two.ledger.outcome_words()["bad"] == "promote"
    assert ("bad", "held") not in {row[:2] for row in status_rows(command(two, "status")[1])}


def test_last_live_drop_is_not_withdrawn_by_an_earlier_order(two: Workspace) -> None:
    first, second = (propose_withdrawal(two, drop, "Ada", "a test") for drop in ("d1", "d2"))
    assert run(two, first).action == "withdraw"
    assert is_void(run(two, second), "drop 'd2' is the only live drop")
    assert two.ledger.state().drops == ("d2",)


@pytest.mark.parametrize("key", ["@without-d2-1", "@release-bad-1"])
def test_order_can_be_discarded_and_its_drop_stays_what_it_is(two: Workspace, key: str) -> None:
    left_behind(two, key)
    words, reasons = two.ledger.outcome_words(), summarise(two, "bad").reasons
    code, told = command(
        two, "drop", "discard", key, "--who", "Ada", "--why", "a mistake", "--dataset", "small"
    )
    assert (code, told) == (0, f"{key} is held (entry 4): a mistake\n")
    assert open_candidates(two) == []
    assert (two.ledger.outcome_words(), summarise(two, "bad").reasons) == (words, reasons)
    with pytest.raises(InvalidParameter, match=r"is decided already \(entry 4\)"):
        discard(two, key, "Ada", "again")
    assert run(two, propose_release(two, "bad", "Ada", "wanted", RULES)).action == "release"


def test_batch_is_discarded_with_its_drops(two: Workspace) -> None:
    for name, own in (("n1", range(300, 320)), ("n2", range(400, 420))):
        deliver(two, name, rows(own))
    batch = propose_batch(two, ["n1", "n2"])
    discard(two, "n1", "Ada", "unwanted")
    entry = discard(two, batch.key, "Ada", "unwanted")
    assert entry.outcomes.keys() == {"n2"}
    assert summarise(two, "n2").reasons[0]["code"] == "discarded"
    assert open_candidates(two) == []


def test_refresh_can_be_discarded(two: Workspace) -> None:
    two.propose(Candidate("@refresh-2026-01-01", by="schedule", why="a test"))
    discard(two, "@refresh-2026-01-01", "Ada", "not today")
    assert open_candidates(two) == []
    assert asdict(two.ledger.entry(4).candidate)["by"] == "Ada"
