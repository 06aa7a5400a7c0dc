"""The ledger has no gap, forgets nothing, and lets one of several writers win."""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from entropy_assets.errors import (
    InvalidInput,
    InvalidParameter,
    StaleProvenance,
    StorageConflict,
)
from entropy_assets.ledger import CHANGES, Action, Candidate, Entry, Ledger, State, drop_candidate, state_of
from entropy_assets.storage import canonical_json

V1 = State("v0001-aaaa", ("a",), {"a": "index/a.parquet"})
V2 = State("v0002-bbbb", ("a", "c"), {"a": "index/a.parquet", "c": "index/c.parquet"})


@pytest.fixture(params=["local", "memory"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    """Return an empty ledger, on disk and in an object store."""
    home = UPath(tmp_path) if request.param == "local" else UPath(f"memory://ledger{tmp_path}")
    return Ledger(home / "ledger")


def fill(ledger: Ledger) -> None:
    """Promote `a`, hold `b`, promote `c`."""
    ledger.append("promote", drop_candidate("a"), parent=State(), state=V1)
    ledger.append("hold", drop_candidate("b"), parent=V1, reasons=({"code": "ratio_rose", "value": 0.3},))
    ledger.append("promote", drop_candidate("c"), parent=V1, state=V2)


def names(ledger: Ledger) -> list[str]:
    return sorted(path.name for path in ledger.folder.iterdir())


# --- candidates


def test_a_drop_becomes_a_candidate() -> None:
    assert drop_candidate("web-1") == Candidate(
        key="web-1", add=("web-1",), remove=(), overrides=(), by="inbox", why="a new drop"
    )


@pytest.mark.parametrize("drop", ["../../x", "a/b", "", "a" * 65, "@refresh-2024-01-01"])
def test_a_drop_with_a_bad_name_becomes_none(drop: str) -> None:
    with pytest.raises(InvalidParameter, match="rename the folder"):
        drop_candidate(drop)


@pytest.mark.parametrize(
    ("candidate", "action"),
    [
        (drop_candidate("a"), "promote"),
        (Candidate("@refresh-2024-01-01"), "promote"),
        (Candidate("@release-a-1", add=("a",), overrides=("ratio_rose",)), "release"),
        (Candidate("@without-a-1", remove=("a",)), "withdraw"),
    ],
)
def test_the_word_for_a_promotion(candidate: Candidate, action: Action) -> None:
    assert candidate.action == action
    assert action in CHANGES


# --- reading and extending


def test_an_empty_ledger(ledger: Ledger) -> None:
    assert ledger.entries() == []
    assert ledger.state() == ledger.state_before("a") == State(None, (), {})
    assert ledger.decision("a") is None
    assert str(State()) == "no version of 0 drop(s)"


def test_numbers_have_no_gap(ledger: Ledger) -> None:
    fill(ledger)
    assert names(ledger) == ["000001.json", "000002.json", "000003.json"]
    assert [entry.number for entry in ledger.entries()] == [1, 2, 3]
    assert [entry.candidate.key for entry in ledger.entries()] == ["a", "b", "c"]
    assert [entry.parent for entry in ledger.entries()] == [None, "v0001-aaaa", "v0001-aaaa"]


def test_states_before_and_after(ledger: Ledger) -> None:
    fill(ledger)
    assert ledger.state() == V2
    assert [ledger.state_before(key) for key in "abc"] == [State(), V1, V1]
    assert ledger.state_before("open") == V2
    assert [state_of(ledger.entries()[:n]) for n in range(4)] == [State(), V1, V1, V2]


def test_decisions_are_found_by_candidate(ledger: Ledger) -> None:
    fill(ledger)
    found = ledger.decision("b")
    assert found is not None
    assert (found.number, found.action, found.reasons) == (2, "hold", ({"code": "ratio_rose", "value": 0.3},))
    assert ledger.decision("open") is None


def test_a_hold_changes_nothing(ledger: Ledger) -> None:
    ledger.append("promote", drop_candidate("a"), parent=State(), state=V1)
    held = ledger.append("hold", drop_candidate("b"), parent=V1, state=V2)
    assert held.state == V1, "a state that came with a hold plays no part"
    assert ledger.state() == V1
    ledger.append("promote", drop_candidate("c"), parent=V1, state=V2)


def test_a_hold_before_the_first_version(ledger: Ledger) -> None:
    ledger.append("hold", drop_candidate("a"), parent=State())
    assert ledger.state() == State()


@pytest.mark.parametrize("action", CHANGES)
def test_each_change_moves_the_state(ledger: Ledger, action: Action) -> None:
    ledger.append("promote", drop_candidate("a"), parent=State(), state=V1)
    ledger.append(action, Candidate("@x"), parent=V1, state=V2)
    assert ledger.state() == V2


@pytest.mark.parametrize("action", ["promote", "hold", "release", "withdraw"])
@pytest.mark.parametrize("key", ["a", "b"])
def test_a_decided_candidate_is_not_decided_again(ledger: Ledger, action: Action, key: str) -> None:
    fill(ledger)
    with pytest.raises(StorageConflict, match=f"candidate '{key}' is already decided: read the ledger"):
        ledger.append(action, drop_candidate(key), parent=V2, state=State("v0003-cccc"))
    assert len(ledger.entries()) == 3


@pytest.mark.parametrize(
    "parent",
    [
        State(),
        V1,
        dataclasses.replace(V2, version="v0009-zzzz"),
        dataclasses.replace(V2, drops=("c", "a")),
        dataclasses.replace(V2, segments={**V2.segments, "c": "index/other.parquet"}),
    ],
    ids=["none", "older", "version", "drops", "segments"],
)
@pytest.mark.parametrize("action", ["promote", "hold"])
def test_another_parent_is_stale(ledger: Ledger, parent: State, action: Action) -> None:
    fill(ledger)
    with pytest.raises(
        StaleProvenance,
        match=r"'d' is stale: .* against .* drop\(s\), but v0002-bbbb of 2 drop\(s\) is current; run it",
    ):
        ledger.append(action, drop_candidate("d"), parent=parent, state=State("v0003-cccc"))
    assert names(ledger) == ["000001.json", "000002.json", "000003.json"]


# --- what a person or a disk may do to it


@pytest.mark.parametrize("missing", [1, 2])
def test_a_missing_entry_is_refused(ledger: Ledger, missing: int) -> None:
    fill(ledger)
    (ledger.folder / f"{missing:06d}.json").unlink()
    reads = [ledger.entries, ledger.state, lambda: ledger.state_before("a"), lambda: ledger.decision("a")]
    for read in [*reads, lambda: ledger.append("hold", drop_candidate("d"), parent=V2)]:
        with pytest.raises(
            InvalidInput, match=r"must hold 000001\.json to 000002\.json without a gap, got .*backup"
        ):
            read()
    assert len(names(ledger)) == 2


def test_a_strange_entry_is_refused(ledger: Ledger) -> None:
    fill(ledger)
    (ledger.folder / "000004 (copy).json").write_bytes(b"{}")
    with pytest.raises(InvalidInput, match=r"000004 \(copy\)\.json: restore"):
        ledger.entries()


def test_a_writer_that_was_killed_leaves_no_trace(ledger: Ledger) -> None:
    fill(ledger)
    (ledger.folder / ".000004.json.0123456789ab.tmp").write_bytes(b'{"number": 4')
    assert len(ledger.entries()) == 3
    assert ledger.append("hold", drop_candidate("d"), parent=V2).number == 4


@pytest.mark.parametrize("damaged", [b"", b"{", b"{}", b"[]", b"null", b"\xff", b'{"state": null}'])
def test_a_damaged_entry_is_never_to_be_deleted(ledger: Ledger, damaged: bytes) -> None:
    fill(ledger)
    (ledger.folder / "000002.json").write_bytes(damaged)
    with pytest.raises(
        InvalidInput, match=r"000002\.json is not an entry .*: restore it from a backup, never delete"
    ):
        ledger.state()


# --- every field comes back

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
tuples = st.lists(texts, max_size=3).map(tuple)
tables = st.dictionaries(texts, texts, max_size=3)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=5,
)
reasons = st.lists(st.dictionaries(texts, json_values, max_size=3), max_size=3).map(tuple)
candidates = st.builds(Candidate, texts, tuples, tuples, tuples, texts, texts)
states = st.builds(State, st.none() | texts, tuples, tables)
actions = st.sampled_from(["promote", "hold", "release", "withdraw"])
entries = st.builds(
    Entry, st.integers(1, 10**6), actions, candidates, st.none() | texts, states, reasons, tables, texts
)


@given(entries)
def test_an_entry_round_trips(entry: Entry) -> None:
    stored = canonical_json(dataclasses.asdict(entry))
    assert Entry.from_json(json.loads(stored)) == entry


@given(candidates)
def test_a_candidate_round_trips(candidate: Candidate) -> None:
    assert Candidate.from_json(json.loads(canonical_json(dataclasses.asdict(candidate)))) == candidate


def test_append_gives_back_what_is_stored(ledger: Ledger) -> None:
    candidate = Candidate("@release-a-1", ("a",), ("b",), ("ratio_rose",), "ada", "asked: é")
    before = datetime.now(UTC).replace(microsecond=0)
    entry = ledger.append(
        "release",
        candidate,
        parent=State(),
        state=V2,
        reasons=({"code": "x", "value": 1.5},),
        digests={"pool": "0f"},
    )
    assert ledger.entries() == [entry]
    assert entry == Entry(
        1, "release", candidate, None, V2, ({"code": "x", "value": 1.5},), {"pool": "0f"}, entry.at
    )
    assert before <= datetime.fromisoformat(entry.at) <= datetime.now(UTC)


def test_a_number_that_json_cannot_say_is_not_appended(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="Out of range float values"):
        ledger.append("hold", drop_candidate("a"), parent=State(), reasons=({"value": float("nan")},))
    assert ledger.entries() == []
