"""Whatever is edited, cut, forged or lost in a ledger is refused where it is read, and left as it is."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from upath import UPath

from entropy_assets.errors import InvalidInput, StorageConflict
from entropy_assets.ledger import Candidate, Entry, Ledger, Outcome, State, drop_candidate
from entropy_assets.ledger.audit import audit
from entropy_assets.ledger.history import History
from entropy_assets.storage import canonical_json, digest_bytes

V1 = State("v0001-aaaaaaaa", ("a",), {"a": "index/aa.json"})
V2 = State("v0002-bbbbbbbb", ("a", "c"), {"a": "index/aa.json", "c": "index/cc.json"})


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """`a` promoted, `b` held, `c` promoted, `d` held; CURRENT is written."""
    ledger = Ledger(UPath(tmp_path) / "ledger")
    ledger.append("promote", drop_candidate("a"), parent=State(), state=V1)
    ledger.append("hold", drop_candidate("b"), parent=V1, reasons=({"code": "ratio_rose"},))
    ledger.append("promote", drop_candidate("c"), parent=V1, state=V2)
    ledger.append("hold", drop_candidate("d"), parent=V2)
    ledger.repair_current()
    return ledger


def fresh(ledger: Ledger) -> Ledger:
    return Ledger(ledger.folder)


def edit(ledger: Ledger, number: int, **changes: Any) -> None:
    path = ledger.entry_path(number)
    path.write_bytes(canonical_json({**json.loads(path.read_bytes()), **changes}))


def forge(ledger: Ledger, **changes: Any) -> None:
    """Add an entry that is right but for what is named."""
    last = json.loads(ledger.entry_path(4).read_bytes())
    value = {
        **last,
        "number": 5,
        "previous": digest_bytes(ledger.entry_path(4).read_bytes()),
        "candidate": {**last["candidate"], "key": "e", "add": ["e"]},
        "outcomes": {"e": last["outcomes"]["d"]},
        **changes,
    }
    ledger.entry_path(value["number"]).write_bytes(canonical_json(value))


def refused(ledger: Ledger, match: str) -> None:
    """Check that each way of reading refuses the ledger, that nothing mends it, and that an audit tells."""
    before = {path.name: path.read_bytes() for path in ledger.folder.iterdir() if path.is_file()}
    current = ledger.current_path.read_bytes() if ledger.current_path.exists() else None
    reads: list[Callable[[], Any]] = [
        lambda: fresh(ledger).entries(),
        lambda: fresh(ledger).state(),
        lambda: fresh(ledger).state_before("a"),
        lambda: fresh(ledger).decision("a"),
        lambda: fresh(ledger).repair_current(),
        lambda: fresh(ledger).append("hold", drop_candidate("z"), parent=V2),
    ]
    for read in reads:
        with pytest.raises(InvalidInput, match=match):
            read()
    _, faults = audit(fresh(ledger))
    assert faults
    assert {path.name: path.read_bytes() for path in ledger.folder.iterdir() if path.is_file()} == before
    assert (ledger.current_path.read_bytes() if ledger.current_path.exists() else None) == current


def test_an_untouched_ledger_has_no_fault(ledger: Ledger) -> None:
    history, faults = audit(fresh(ledger))
    assert (faults, len(history), history.state) == ([], 4, V2)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_an_edited_entry_breaks_the_chain_behind_it(ledger: Ledger, number: int) -> None:
    edit(ledger, number, reasons=[{"code": "nothing"}])
    refused(ledger, rf"entry {number + 1:06d}\.json of the ledger does not name the digest of 00000")


def test_an_edited_head_contradicts_current(ledger: Ledger) -> None:
    edit(ledger, 4, reasons=[{"code": "nothing"}])
    refused(ledger, r"CURRENT names v0002-bbbbbbbb and entry 4 with digest .* one of them was changed")


@pytest.mark.parametrize("cut", [1, 2, 3, 4])
def test_a_cut_ledger_is_refused(ledger: Ledger, cut: int) -> None:
    for number in range(cut, 5):
        ledger.entry_path(number).unlink()
    refused(ledger, rf"ends with entry {cut - 1}, but .*CURRENT names entry 4: restore the missing entries")


@pytest.mark.parametrize("missing", [1, 2, 3])
def test_a_missing_entry_is_refused(ledger: Ledger, missing: int) -> None:
    ledger.entry_path(missing).unlink()
    refused(ledger, rf"without a gap; missing: 00000{missing}\.json: restore from a backup what is missing$")
    with pytest.raises(InvalidInput, match=rf"without a gap; missing: 00000{missing}\.json: restore"):
        ledger.state()  # one that has read it before


def test_a_living_reader_sees_that_its_head_was_cut_or_edited(ledger: Ledger) -> None:
    head = ledger.entry_path(4).read_bytes()
    edit(ledger, 4, at="2030-01-01T00:00:00+00:00")
    with pytest.raises(InvalidInput, match=r"000004\.json, the ledger's last entry, is missing or"):
        ledger.state()
    ledger.entry_path(4).write_bytes(head)
    assert ledger.state() == V2


@pytest.mark.parametrize("name", ["000000.json", "000004 (copy).json", "4.json", "0000004.json"])
def test_a_forged_name_is_refused(ledger: Ledger, name: str) -> None:
    (ledger.folder / name).write_bytes(ledger.entry_path(4).read_bytes())
    refused(ledger, rf"without a gap; not called so: {re.escape(name)}: move that elsewhere, and keep it$")


@pytest.mark.parametrize(("name", "told"), [("000005.json", "000004.json"), ("000004.json.bak", "")])
def test_a_renamed_entry_is_missing_under_its_own_name(ledger: Ledger, name: str, told: str) -> None:
    ledger.entry_path(4).rename(ledger.folder / name)
    refused(ledger, rf"without a gap; missing: {told}: restore" if told else "CURRENT names entry 4: restore")


def test_an_entry_that_is_missing_at_the_end_is_named_beside_its_copy(ledger: Ledger) -> None:
    ledger.entry_path(4).rename(ledger.folder / "4.json")
    refused(ledger, r"missing: 000004\.json: restore from a backup.*; not called so: 4\.json: move that")


def test_of_a_wide_gap_the_first_numbers_are_named(ledger: Ledger) -> None:
    ledger.entry_path(4).rename(ledger.folder / "000077.json")
    names = ", ".join(f"00000{number}.json" for number in range(4, 9))
    refused(ledger, rf"missing: {re.escape(names)} and 68 more: restore")


def test_a_writer_that_was_killed_leaves_no_trace(ledger: Ledger) -> None:
    (ledger.folder / ".000005.json.0123456789ab.tmp").write_bytes(b'{"number": 5')
    assert len(fresh(ledger).entries()) == 4
    assert fresh(ledger).append("hold", drop_candidate("e"), parent=V2).number == 5


@pytest.mark.parametrize("damaged", [b"", b"{", b"{}", b"[]", b"null", b"\xff", b'{"schema": "2"}'])
def test_a_damaged_entry_is_never_to_be_deleted(ledger: Ledger, damaged: bytes) -> None:
    ledger.entry_path(2).write_bytes(damaged)
    refused(ledger, r"000002\.json is not an entry .*: restore it from a backup, never delete")


CHANGE = {"version": "v0003-cccccccc", "manifest": None, "removed": [], "added": ["e"]}
CHANGE |= {"segments_removed": [], "segments_set": {}}
PROMOTED = {"outcomes": {"e": {"outcome": "promote", "reasons": [], "content": None}}}


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({}, None),
        ({"number": 77}, r"without a gap; missing: 000005\.json, .* and 67 more: restore"),
        (
            {"number": 5, "previous": "0" * 64},
            r"digest of 00000\d\.json, so one of these two was changed",
        ),
        ({"schema": 6}, "in store format 6 by a newer release, this one reads 5: update entropy-assets"),
        ({"schema": 1}, "in store format 1, this release reads 2 to 5: run `entropy-assets migrate`"),
        ({"parent": {"version": "v0009-aaaaaaaa", "digest": V2.digest}}, "names the parent v0009-aaaaaaaa"),
        ({"parent": {"version": "v0002-bbbbbbbb", "digest": V1.digest}}, "parent state that was not"),
        ({"candidate": "x"}, "is not an entry"),
        ({"at": "yesterday"}, "is not an entry"),
        ({"at": "2030-13-41T00:00:00+00:00"}, "is not an entry"),
        ({"more": 1}, "is not an entry"),
        ({"action": "rollback"}, "says rollback of its candidate"),
        ({"action": "forget"}, "is not an entry"),
        ({"action": "promote"}, "must hold a change, or else be a hold"),
        ({"snapshot": "0" * 64}, "snapshot"),
        ({"outcomes": {}}, "has outcomes for"),
        (PROMOTED, "says hold, but the outcomes"),
        ({"change": CHANGE}, "must hold a change, or else be a hold"),
        ({"action": "promote", "change": CHANGE}, "says promote, but the outcomes"),
        ({"action": "release", "change": CHANGE, **PROMOTED}, "says release of its candidate"),
        ({"action": "promote", "change": CHANGE, **PROMOTED}, None),
        *(
            ({"action": "promote", "change": {**CHANGE, **change}, **PROMOTED}, match)
            for change, match in [
                ({"version": "../../../../etc"}, "is not an entry"),
                ({"version": "v0003-cccccccc\n"}, "is not an entry"),
                ({"version": "v0004-cccccccc"}, "but the next is v0003-"),
                ({"version": "v0001-aaaaaaaa"}, "but the next is v0003-"),
                ({"version": "v0002-bbbbbbbb", "manifest": "0" * 64}, "another manifest"),
                ({"added": []}, "adds the drops"),
                ({"added": ["e", "f"]}, "adds the drops"),
                ({"removed": ["a"]}, "takes away"),
                ({"segments_removed": ["e"]}, "index segments that are not there"),
                ({"segments_set": {"e": "../index/aa.json"}}, "is not an entry"),
                ({"segments_set": {"e": "/etc/passwd"}}, "is not an entry"),
            ]
        ),
    ],
)
def test_a_forged_entry_is_refused(ledger: Ledger, changes: dict[str, Any], match: str | None) -> None:
    forge(ledger, **changes)
    if match is None:
        assert len(fresh(ledger).entries()) == 5, "the forger's hand is good: the rest is refused"
    else:
        refused(ledger, match)


@pytest.mark.parametrize(
    "candidate",
    [
        {"key": "../../etc", "add": ["e"]},
        {"key": "e", "add": ["../e"]},
        {"key": "e", "add": ["f"]},
        {"key": "e", "remove": ["a"]},
        {"key": "@anything", "add": ["e"]},
        {"key": "@batch-0123456789", "add": ["e"]},
        {"key": "@batch-01234567", "add": []},
        {"key": "@batch-01234567", "add": ["e", "e"]},
        {"key": "@refresh-soon"},
        {"key": "@refresh-2030-01-01", "add": ["e"]},
        {"key": "@release-e-1", "add": ["f"]},
        {"key": "@without-a-1", "remove": ["c"]},
        {"key": "a", "add": ["a"]},
        {"key": "@batch-01234567", "add": ["a", "e"]},
        {"key": "@release-z-1", "add": ["z"]},
    ],
)
def test_a_forged_candidate_is_refused(ledger: Ledger, candidate: dict[str, Any]) -> None:
    whole = {"add": [], "remove": [], "overrides": [], "by": "x", "why": "x", **candidate}
    outcome = {"outcome": "hold", "reasons": [], "content": None}
    forge(ledger, candidate=whole, outcomes=dict.fromkeys(whole["add"], outcome))
    refused(ledger, "key|is not an entry|a second time|never decided")


# --- CURRENT


def test_current_names_version_and_head_for_people_and_programs(ledger: Ledger) -> None:
    digest = digest_bytes(ledger.entry_path(4).read_bytes())
    assert ledger.current_path.read_text() == f"v0002-bbbbbbbb\nentry 4 sha256:{digest}\n"


def test_current_before_the_first_version(tmp_path: Path) -> None:
    ledger = Ledger(UPath(tmp_path) / "ledger")
    assert ledger.repair_current() is None
    assert not ledger.current_path.exists()
    ledger.append("hold", drop_candidate("a"), parent=State())
    assert ledger.repair_current() is None
    assert ledger.current_path.read_text().startswith("none\nentry 1 sha256:")
    assert fresh(ledger).state() == State()


@pytest.mark.parametrize("number", [None, 1, 2, 3])
def test_an_older_or_missing_current_is_a_crash_and_repaired(ledger: Ledger, number: int | None) -> None:
    whole = ledger.current_path.read_bytes()
    if number is None:
        ledger.current_path.unlink()
    else:
        digest = digest_bytes(ledger.entry_path(number).read_bytes())
        version = "v0002-bbbbbbbb" if number == 3 else "v0001-aaaaaaaa"
        ledger.current_path.write_text(f"{version}\nentry {number} sha256:{digest}\n")
    for reader in (ledger, fresh(ledger)):
        assert reader.state() == V2
    assert fresh(ledger).repair_current() == "v0002-bbbbbbbb"
    assert ledger.current_path.read_bytes() == whole


@pytest.mark.parametrize(
    "text",
    [
        "",
        "garbage",
        "v0002-bbbbbbbb\n",
        "../../../etc\nentry 4 sha256:{digest}\n",
        "v0002-bbbbbbbb\nentry 0 sha256:{digest}\n",
        "v0001-aaaaaaaa\nentry 4 sha256:{digest}\n",
        "none\nentry 4 sha256:{digest}\n",
        "v0002-bbbbbbbb\nentry 3 sha256:{digest}\n",
        "v0002-bbbbbbbb\nentry 5 sha256:{digest}\n",
        "v0002-bbbbbbbb\nentry 4 sha256:{digest}\nmore\n",
    ],
)
def test_a_current_that_contradicts_is_refused(ledger: Ledger, text: str) -> None:
    digest = digest_bytes(ledger.entry_path(4).read_bytes())
    ledger.current_path.write_text(text.format(digest=digest))
    refused(ledger, "CURRENT")


# --- drops and batches


def test_a_batch_decides_each_of_its_drops(ledger: Ledger) -> None:
    batch = Candidate("@batch-01234567", add=("e", "f", "g"))
    outcomes = {drop: Outcome("promote", content=drop * 64) for drop in "eg"}
    outcomes["f"] = Outcome("hold", ({"code": "blobs"},))
    state = State("v0003-cccccccc", ("a", "c", "e", "g"), {**V2.segments, batch.key: "index/ef.json"})
    entry = ledger.append("promote", batch, parent=V2, state=state, outcomes=outcomes)
    for reader in (ledger, fresh(ledger)):
        assert reader.state() == state
        for drop in ("e", "f", "g", batch.key):
            assert reader.decision(drop) == entry
            assert reader.state_before(drop) == V2
            assert reader.decided(drop)
        assert reader.outcome("f") == (Outcome("hold", ({"code": "blobs"},)), entry)
        assert reader.outcome("e") == (outcomes["e"], entry)
        assert reader.outcome("z") is None
        assert reader.outcome_words() == dict(
            zip("abcdefg", ("promote", "hold") * 3 + ("promote",), strict=True)
        )


def test_no_drop_is_decided_twice(ledger: Ledger) -> None:
    batch = Candidate("@batch-01234567", add=("e", "f"))
    ledger.append("hold", batch, parent=V2)
    again = [
        drop_candidate("e"),
        Candidate("@batch-89abcdef", add=("g", "f")),
        Candidate("@batch-0", add=("a",)),
    ]
    for candidate in again:
        with pytest.raises(StorageConflict, match=r"already decided in part: entry \d decided drop"):
            ledger.append("hold", candidate, parent=V2)
    with pytest.raises(StorageConflict, match="'@batch-01234567' is already decided: read the ledger"):
        ledger.append("hold", batch, parent=V2)
    state = State("v0003-cccccccc", ("a", "c", "e"), V2.segments)
    release = Candidate("@release-e-1", add=("e",), by="ada", why="looked at")
    entry = ledger.append("release", release, parent=V2, state=state)
    assert ledger.outcome("e") == (Outcome("promote"), entry)
    decision = ledger.decision("e")
    assert decision is not None
    assert decision.candidate == batch


def test_a_release_that_comes_too_late_can_only_be_held(ledger: Ledger) -> None:
    late = Candidate("@release-a-1", add=("a",), by="ada", why="looked at")
    state = State("v0003-cccccccc", ("c", "a"), V2.segments)
    with pytest.raises(StorageConflict, match="releases 'a', which is already live"):
        ledger.append("release", late, parent=V2, state=state)
    ledger.append("hold", late, parent=V2, reasons=({"code": "late"},))
    outcome = fresh(ledger).outcome("a")
    assert outcome is not None
    assert (outcome[0].outcome, outcome[1].number) == ("promote", 1)


@pytest.mark.parametrize(
    ("candidate", "state", "match"),
    [
        (Candidate("@x"), V2, "is no key of a candidate"),
        (Candidate("e", add=("f",)), V2, "does not go with its drops"),
        (drop_candidate("e"), V2, "adds the drops"),
        (drop_candidate("e"), State("v0009-cccccccc", ("a", "c", "e")), "next is v0003"),
        (drop_candidate("e"), State("../v0003", ("a", "c", "e")), "is not an entry"),
        (Candidate("@without-z-1", remove=("z",)), State("v0003-cccccccc", ("a", "c")), "not live"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(
    ledger: Ledger, candidate: Candidate, state: State, match: str
) -> None:
    with pytest.raises(InvalidInput, match=match):
        ledger.append(candidate.action, candidate, parent=V2, state=state)
    assert len(fresh(ledger).entries()) == 4


def test_an_entry_that_was_not_read_from_a_ledger_has_no_state() -> None:
    entry = Entry.from_bytes(_first().to_bytes(), "here")
    with pytest.raises(LookupError, match="entry 1 was not read from a ledger"):
        entry.state  # noqa: B018


def _first() -> Entry:
    from datetime import UTC, datetime

    from entropy_assets.ledger.book import compose

    return compose(History(load=_none), "hold", drop_candidate("a"), None, datetime.now(UTC))


def _none(number: int) -> Entry:
    raise LookupError(number)
