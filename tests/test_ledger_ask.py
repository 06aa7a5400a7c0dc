"""The third outcome in the ledger: a drop that a person is asked about, and what becomes of it."""

import json
from pathlib import Path
from typing import Any

import pytest
from upath import UPath

from entropy_assets.errors import InvalidInput, StorageConflict
from entropy_assets.ledger import Candidate, Ledger, Outcome, State, drop_candidate
from entropy_assets.ledger.history import SNAPSHOT_EVERY
from entropy_assets.storage import canonical_json, digest_bytes

V1 = State("v0001-aaaaaaaa", ("a",), {"a": "index/aa.json"})
V2 = State("v0002-bbbbbbbb", ("a", "b"), {"@release-b-1": "index/bb.json", "a": "index/aa.json"})
BATCH = Candidate("@batch-00000000", add=("b", "c"))
REASON = ({"code": "unlike"},)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """`a` promoted."""
    ledger = Ledger(UPath(tmp_path) / "ledger")
    ledger.append("promote", drop_candidate("a"), parent=State(), state=V1)
    return ledger


def fresh(ledger: Ledger) -> Ledger:
    return Ledger(ledger.folder)


def discard_of(drop: str, number: int = 1) -> Candidate:
    return Candidate(f"@discard-{drop}-{number}", add=(drop,), by="ann", why="not ours")


def test_a_drop_that_is_asked_about_is_decided_and_changes_nothing(ledger: Ledger) -> None:
    ledger.append("ask", drop_candidate("b"), parent=V1, reasons=REASON)
    entry = fresh(ledger).decision("b")
    assert entry is not None
    assert (entry.action, entry.change, entry.outcomes["b"].outcome) == ("ask", None, "ask")
    assert (entry.state, entry.version, fresh(ledger).outcome_words()["b"]) == (V1, V1.version, "ask")
    with pytest.raises(StorageConflict, match="already decided"):
        ledger.append("ask", drop_candidate("b"), parent=V1)


def test_it_can_be_released(ledger: Ledger) -> None:
    ledger.append("ask", drop_candidate("b"), parent=V1)
    release = Candidate("@release-b-1", add=("b",), overrides=("unlike",), by="ann", why="wanted")
    ledger.append("release", release, parent=V1, state=V2)
    assert fresh(ledger).state() == V2
    assert fresh(ledger).outcome_words() == {"a": "promote", "b": "promote"}


def test_a_release_may_end_in_another_question(ledger: Ledger) -> None:
    ledger.append("ask", drop_candidate("b"), parent=V1)
    ledger.append("ask", Candidate("@release-b-1", add=("b",)), parent=V1)
    assert fresh(ledger).outcome_words()["b"] == "ask"


def test_it_can_be_discarded_once(ledger: Ledger) -> None:
    ledger.append("ask", drop_candidate("b"), parent=V1)
    ledger.append("hold", discard_of("b"), parent=V1)
    assert fresh(ledger).outcome_words()["b"] == "hold"
    with pytest.raises(InvalidInput, match="discards drop 'b', which nobody is asked about"):
        ledger.append("hold", discard_of("b", 2), parent=V1)


@pytest.mark.parametrize("drop", ["a", "c"])
def test_what_nobody_is_asked_about_cannot_be_discarded(ledger: Ledger, drop: str) -> None:
    with pytest.raises((InvalidInput, StorageConflict), match=r"discards|never decided|already live"):
        ledger.append("hold", discard_of(drop), parent=V1)


def test_a_discard_promotes_nothing(ledger: Ledger) -> None:
    ledger.append("ask", drop_candidate("b"), parent=V1)
    with pytest.raises(InvalidInput, match="says promote of its candidate"):
        ledger.append("promote", discard_of("b"), parent=V1, state=V2)
    with pytest.raises(InvalidInput, match="says ask of its candidate"):
        ledger.append("ask", discard_of("b"), parent=V1)


@pytest.mark.parametrize(
    ("action", "words", "fits"),
    [
        ("ask", ("ask", "ask"), True),
        ("hold", ("ask", "hold"), True),
        ("hold", ("hold", "hold"), True),
        ("ask", ("ask", "hold"), False),
        ("hold", ("ask", "ask"), False),
        ("ask", ("ask", "promote"), False),
    ],
)
def test_an_entry_says_the_worst_of_its_drops(
    ledger: Ledger, action: Any, words: tuple[Any, Any], fits: bool
) -> None:
    outcomes = {drop: Outcome(word) for drop, word in zip(BATCH.add, words, strict=True)}
    if fits:
        assert ledger.append(action, BATCH, parent=V1, outcomes=outcomes).action == action
        return
    with pytest.raises(InvalidInput, match="but the outcomes of its drops say"):
        ledger.append(action, BATCH, parent=V1, outcomes=outcomes)


def test_of_a_batch_that_is_published_a_drop_may_be_asked_about(ledger: Ledger) -> None:
    after = State("v0002-bbbbbbbb", ("a", "b"), {BATCH.key: "index/bb.json", "a": "index/aa.json"})
    outcomes = {"b": Outcome("promote"), "c": Outcome("ask", REASON)}
    ledger.append("promote", BATCH, parent=V1, state=after, outcomes=outcomes)
    assert fresh(ledger).state().drops == ("a", "b")
    assert fresh(ledger).outcome_words()["c"] == "ask"


@pytest.mark.parametrize("change", ["ask", "discard", "outcome"])
def test_an_entry_of_format_2_cannot_say_it(ledger: Ledger, change: str) -> None:
    ledger.append("hold", drop_candidate("b"), parent=V1)
    path = ledger.entry_path(2)
    value = json.loads(path.read_bytes())
    value["schema"] = 2
    if change == "discard":
        value["candidate"]["key"] = "@discard-b-1"
    else:
        value["outcomes"]["b"]["outcome"] = "ask"
        value["action"] = "ask" if change == "ask" else "hold"
    path.write_bytes(canonical_json(value))
    with pytest.raises(InvalidInput, match="store format 2 knows neither `ask` nor a discard"):
        fresh(ledger).state()


def test_a_snapshot_of_old_entries_keeps_its_bytes(tmp_path: Path) -> None:
    """The digest of a snapshot stands in an entry, so that of format 2 must come out the same for ever."""
    ledger = Ledger(UPath(tmp_path) / "ledger")
    for number in range(SNAPSHOT_EVERY + 2):
        drop = f"d{number}"
        ledger.append("hold", drop_candidate(drop), parent=State())
    before = 0
    previous = "0" * 64
    snapshot = json.loads(ledger.snapshot_path(SNAPSHOT_EVERY).read_bytes())
    digests: list[str] = []
    for number in range(1, SNAPSHOT_EVERY + 3):  # as the release before wrote them
        value = json.loads(ledger.entry_path(number).read_bytes())
        value |= {"schema": 2, "previous": previous}
        if number == SNAPSHOT_EVERY + 1:
            data = canonical_json({**snapshot, "schema": 2, "digests": digests})
            ledger.snapshot_path(SNAPSHOT_EVERY).write_bytes(data)
            value["snapshot"] = digest_bytes(data)
        ledger.entry_path(number).write_bytes(canonical_json(value))
        previous = digest_bytes(canonical_json(value))
        digests.append(previous)
        before += 1
    assert fresh(ledger).head().digest == previous
    again = fresh(ledger)
    again.append("ask", drop_candidate("new"), parent=State())
    again.repair_current()
    assert len(fresh(ledger).entries()) == before + 1
    assert fresh(ledger).entry(before + 1).schema == 5
