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
from entropy_assets.ledger import (
    CHANGES,
    Action,
    Candidate,
    Change,
    Entry,
    Ledger,
    Outcome,
    State,
    drop_candidate,
    state_of,
)
from entropy_assets.storage import canonical_json

V1 = State("v0001-aaaaaaaa", ("a",), {"a": "index/aa.json"})
V2 = State("v0002-bbbbbbbb", ("a", "c"), {"a": "index/aa.json", "c": "index/cc.json"})
V3 = State("v0003-cccccccc", ("a", "c", "d"), V2.segments)


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
    return sorted(path.name for path in ledger.folder.iterdir() if path.name != "snapshots")


def fresh(ledger: Ledger) -> Ledger:
    """Return the ledger as another process sees it."""
    return Ledger(ledger.folder)


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
    assert [entry.parent for entry in ledger.entries()] == [None, "v0001-aaaaaaaa", "v0001-aaaaaaaa"]


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


def test_each_change_moves_the_state(ledger: Ledger) -> None:
    fill(ledger)
    released = State("v0003-cccccccc", ("a", "c", "b"), V2.segments)
    release = Candidate("@release-b-1", add=("b",), overrides=("ratio_rose",), by="ada", why="looked")
    ledger.append("release", release, parent=V2, state=released)
    assert ledger.state() == fresh(ledger).state() == released
    withdrawn = State("v0004-dddddddd", ("c", "b"), {"c": "index/cc.json"})
    ledger.append("withdraw", Candidate("@without-a-1", remove=("a",)), parent=released, state=withdrawn)
    assert ledger.state() == fresh(ledger).state() == withdrawn
    again = State("v0005-eeeeeeee", ("c", "b", "a"), {**withdrawn.segments, "@release-a-1": "index/a1.json"})
    ledger.append("release", Candidate("@release-a-1", add=("a",)), parent=withdrawn, state=again)
    ledger.append("promote", Candidate("@refresh-2030-01-01"), parent=again, state=again)
    assert [e.state for e in fresh(ledger).entries()] == [V1, V1, V2, released, withdrawn, again, again]
    assert [e.version for e in ledger.entries()][-2:] == ["v0005-eeeeeeee"] * 2


@pytest.mark.parametrize("action", ["promote", "hold", "release", "withdraw"])
@pytest.mark.parametrize("key", ["a", "b"])
def test_a_decided_candidate_is_not_decided_again(ledger: Ledger, action: Action, key: str) -> None:
    fill(ledger)
    with pytest.raises(StorageConflict, match=f"candidate '{key}' is already decided: read the ledger"):
        ledger.append(action, drop_candidate(key), parent=V2, state=V3)
    assert len(ledger.entries()) == 3


@pytest.mark.parametrize(
    "parent",
    [
        State(),
        V1,
        dataclasses.replace(V2, version="v0009-22222222"),
        dataclasses.replace(V2, drops=("c", "a")),
        dataclasses.replace(V2, segments={**V2.segments, "c": "index/0e.json"}),
    ],
    ids=["none", "older", "version", "drops", "segments"],
)
@pytest.mark.parametrize("action", ["promote", "hold"])
def test_another_parent_is_stale(ledger: Ledger, parent: State, action: Action) -> None:
    fill(ledger)
    with pytest.raises(
        StaleProvenance,
        match=r"'d' is stale: .* against .* drop\(s\), but v0002-bbbbbbbb of 2 drop\(s\) is current; run it",
    ):
        ledger.append(action, drop_candidate("d"), parent=parent, state=V3)
    assert names(ledger) == ["000001.json", "000002.json", "000003.json"]


# --- every field comes back

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
tuples = st.lists(texts, max_size=3).map(tuple)
tables = st.dictionaries(texts, texts, max_size=3)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=5,
)
words = st.sampled_from([f"v000{n}-aaaaaaaa" for n in range(9)])
orders = st.lists(st.sampled_from("abcdef"), unique=True).map(tuple)
tables_in_order = st.dictionaries(st.sampled_from("abcdef"), texts, max_size=4).map(
    lambda table: dict(sorted(table.items()))
)
states = st.builds(State, words, orders, tables_in_order)
reasons = st.lists(st.dictionaries(texts, json_values, max_size=3), max_size=3).map(tuple)
candidates = st.builds(Candidate, texts, tuples, tuples, tuples, texts, texts)


@given(candidates)
def test_a_candidate_round_trips(candidate: Candidate) -> None:
    assert Candidate.from_json(json.loads(canonical_json(dataclasses.asdict(candidate)))) == candidate


def test_append_gives_back_what_is_stored(ledger: Ledger) -> None:
    moment = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
    ledger = Ledger(ledger.folder, clock=lambda: moment)
    candidate = Candidate("a", ("a",), (), ("ratio_rose",), "ada", "asked: é")
    entry = ledger.append(
        "promote",
        candidate,
        parent=State(),
        state=V1,
        reasons=({"code": "x", "value": 1.5},),
        digests={"pool": "0f"},
        outcomes={"a": Outcome("promote", content="c" * 64)},
        manifest="d" * 64,
    )
    (ledger.folder.parent / "versions" / "v0001-aaaaaaaa").mkdir(parents=True)
    with pytest.raises(InvalidInput, match=r"manifest\.json must have the digest dddddddddddd .* missing"):
        fresh(ledger).entries()
    assert entry.at == "2030-01-02T03:04:05+00:00"
    assert entry.candidate == candidate
    assert entry.change == Change("v0001-aaaaaaaa", "d" * 64, (), ("a",), (), {"a": "index/aa.json"})
    assert (entry.parent, entry.parent_digest, entry.previous) == (None, State().digest, "0" * 64)
    assert entry.outcomes["a"].content == "c" * 64
    assert (entry.state, entry.digests) == (V1, {"pool": "0f"})
    assert Entry.from_bytes(entry.to_bytes(), "here") == entry


def test_a_clock_makes_the_same_bytes_again(tmp_path: Path) -> None:
    stored = []
    for name in ("one", "two"):
        ledger = Ledger(UPath(tmp_path) / name, clock=lambda: datetime(2030, 1, 2, tzinfo=UTC))
        fill(ledger)
        stored.append([path.read_bytes() for path in sorted(ledger.folder.iterdir())])
    assert stored[0] == stored[1]


@given(states, states)
def test_a_change_leads_from_any_state_to_any_other(parent: State, state: State) -> None:
    change = Change.between(parent, state, None)
    made = change.apply(parent)
    assert made == state
    assert list(made.segments) == sorted(state.segments)


def test_a_states_digest_is_that_of_what_it_says(ledger: Ledger) -> None:
    digests = {state.digest for state in (State(), V1, V2, dataclasses.replace(V2, drops=("c", "a")))}
    assert len(digests) == 4
    assert State(*dataclasses.astuple(V2)).digest == V2.digest


def test_a_number_that_json_cannot_say_is_not_appended(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="Out of range float values"):
        ledger.append("hold", drop_candidate("a"), parent=State(), reasons=({"value": float("nan")},))
    assert ledger.entries() == []


def test_an_entry_is_read_by_its_number_and_none_beyond(ledger: Ledger) -> None:
    fill(ledger)
    entries = ledger.entries()
    assert [ledger.entry(number) for number in range(1, len(entries) + 1)] == entries
    for number in (0, -1, len(entries) + 1):
        with pytest.raises(InvalidInput, match=rf"has entries 1 to {len(entries)}, not {number}$"):
            ledger.entry(number)
