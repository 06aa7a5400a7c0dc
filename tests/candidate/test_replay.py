"""Past decisions under another policy: judged from the very reports of then, and nothing is written."""

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from upath import UPath

from entropy_assets.candidate.replay import Judged, Replayed, not_replayed, read_policy, replay
from entropy_assets.candidate.verdict import judge_under
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.entropy_law import RULES
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.ledger import Candidate, Entry, State, drop_candidate
from entropy_assets.settings import PolicySettings
from entropy_assets.storage import canonical_json, digest_value, put
from tests.homes import Home

TODAY = PolicySettings(confidence=3.0, max_blobs=0.02)
CLEAN = [
    {
        "source": "web",
        "licence": None,
        "records": 100,
        "languages": {"en": 100},
        "secrets": 0,
        "personal_data": 0,
    }
]
SECRET = [{**CLEAN[0], "secrets": 5}]


def measured(report: dict[str, Any], code: str) -> dict[str, Any]:
    """Return the measurement of a rule in a report."""
    return next(m for m in report["measurements"] if m["code"] == code)


def report_on(key: str, screened: list[dict[str, Any]] = CLEAN, **values: float) -> dict[str, Any]:
    """Return a report in which every rule measured 0, or what is given by its code."""
    return {
        "candidate": key,
        "measurements": [
            {"code": code, "value": values.get(code, 0.0), "standard_error": 0.0, "n": 9, "scope": "drop"}
            for code in RULES
        ],
        "off": {},
        "screened": screened,
        "inputs": {"pool": "p", "parent": None},
    }


class Past:
    """A dataset whose ledger and reports are written by hand, each decision by the gate itself."""

    def __init__(self, folder: Path, *, sealed: bool = True) -> None:
        self.workspace = Workspace(UPath(folder), "docs")
        self.folder = folder
        self.sealed = sealed

    def store(self, asset: str, key: str, value: dict[str, Any]) -> None:
        """Store a report as today, or as a store of schema 1 holds it: without a seal."""
        stored = {"digest": digest_value(value), "body": value} if self.sealed else value
        put(self.workspace.manifest_path(asset, key), canonical_json(stored))

    def decide(
        self,
        report: dict[str, Any],
        candidate: Candidate | None = None,
        policy: PolicySettings = TODAY,
    ) -> Entry:
        """Store a report and write the decision that a policy makes of it."""
        ledger, parent = self.workspace.ledger, self.workspace.ledger.state()
        candidate = candidate or drop_candidate(report["candidate"])
        self.store("entropy_law_report", candidate.key, report)
        first = parent.version is None
        verdict = judge_under(policy, report, first=first, overrides=candidate.overrides)
        told = tuple(asdict(r) for r in (verdict.overridden if verdict.passes else verdict.reasons))
        action = candidate.action if verdict.passes else "hold"
        state = self.next_state(*candidate.add)
        digests = {"entropy_law_report": digest_value(report)}
        return ledger.append(action, candidate, parent=parent, state=state, reasons=told, digests=digests)

    def next_state(self, *added: str) -> State:
        """Return the state after a promotion of these drops."""
        versions = {entry.state.version for entry in self.workspace.ledger.entries()} - {None}
        drops = self.workspace.ledger.state().drops
        return State(f"v{len(versions) + 1:04d}-aaaaaaaa", (*drops, *added))

    def replay(self, **policy: Any) -> dict[str, Replayed]:
        return {row.candidate: row for row in replay(self.workspace, replace(TODAY, **policy))}


@pytest.fixture(params=[True, False], ids=["today", "schema 1"])
def past(tmp_path: Path, request: pytest.FixtureRequest) -> Past:
    """One drop that was promoted with 1 % of blobs, one that was held with 3 %."""
    past = Past(tmp_path, sealed=request.param)
    past.decide(report_on("first", blobs=0.01))
    past.decide(report_on("bad", blobs=0.03))
    return past


def test_a_report_edited_under_its_seal_is_told(tmp_path: Path) -> None:
    past = Past(tmp_path)
    past.decide(report_on("bad", blobs=0.03))
    path = past.workspace.manifest_path("entropy_law_report", "bad")
    path.write_bytes(path.read_bytes().replace(b"0.03", b"0.00"))
    row = past.replay()["bad"]
    assert row.now is None
    assert row.note == "the stored entropy_law_report is not the one that was judged"


def test_todays_policy_changes_nothing(past: Past) -> None:
    rows = past.replay()
    assert rows["first"] == Replayed("first", 1, Judged("promote"), Judged("promote"))
    assert rows["bad"] == Replayed("bad", 2, Judged("hold", ("blobs",)), Judged("hold", ("blobs",)))
    assert [row.changed for row in rows.values()] == [False, False]


def test_a_looser_limit_promotes_what_was_held(past: Past) -> None:
    rows = past.replay(max_blobs=0.05)
    assert rows["bad"].now == Judged("promote")
    assert [row.changed for row in rows.values()] == [False, True]


def test_a_stricter_limit_holds_what_was_promoted(past: Past) -> None:
    rows = past.replay(max_blobs=0.005)
    assert rows["first"].now == Judged("hold", ("blobs",))
    assert [row.changed for row in rows.values()] == [True, False]


def test_more_confidence_makes_a_question_of_a_promotion_and_that_is_a_change(past: Past) -> None:
    report = report_on("noisy")
    measured(report, "blobs").update(value=0.0, standard_error=0.005)
    past.decide(report)
    row = past.replay(confidence=6.0)["noisy"]
    assert (row.then.outcome, row.now, row.changed) == (
        "promote",
        Judged("ask", ("inconclusive",)),
        True,
    )


def test_a_hold_that_becomes_a_question_is_a_change(past: Past) -> None:
    report = report_on("noisy")
    measured(report, "blobs").update(value=0.03, standard_error=0.015)
    past.decide(report)
    row = past.replay(max_blobs=0.04)["noisy"]
    assert (row.then.codes, row.now, row.changed) == (
        ("blobs",),
        Judged("ask", ("inconclusive",)),
        True,
    )


def test_who_was_first_is_told_by_the_ledger(past: Past) -> None:
    past.decide(report_on("second"))
    rows = past.replay(bootstrap="manual")
    assert rows["first"].now == Judged("ask", ("manual",))
    assert [rows[key].changed for key in ("first", "bad", "second")] == [True, False, False]


def test_overrides_are_those_of_then(past: Past) -> None:
    released = Candidate("@release-bad-1", add=("bad",), overrides=("blobs",), by="Ada", why="code")
    past.decide(report_on("@release-bad-1", blobs=0.03), released)
    # What is proposed under that key today, or that nothing is, must not matter.
    row = past.replay(max_copies=0.01)["@release-bad-1"]
    assert (row.then, row.now) == (Judged("promote", (), ("blobs",)), Judged("promote", (), ("blobs",)))
    put(
        past.workspace.root / "candidates" / "@release-bad-1.json",
        canonical_json(asdict(Candidate("@release-bad-1", add=("bad",)))),
    )
    assert past.replay()["@release-bad-1"].changed is False


def test_a_missing_report_is_told(past: Past) -> None:
    past.workspace.manifest_path("entropy_law_report", "bad").unlink()
    row = past.replay(max_blobs=0.05)["bad"]
    assert (row.now, row.changed, row.note) == (None, None, "its entropy_law_report is missing")


def test_another_report_than_the_judged_one_is_told(past: Past) -> None:
    past.store("entropy_law_report", "bad", report_on("bad", blobs=0.0))
    row = past.replay()["bad"]
    assert (row.now, row.changed) == (None, None)
    assert row.note == "the stored entropy_law_report is not the one that was judged"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff"])
def test_a_damaged_report_is_told(past: Past, content: bytes) -> None:
    past.workspace.manifest_path("entropy_law_report", "bad").write_bytes(content)
    assert past.replay()["bad"].note == "its entropy_law_report is damaged"


def test_a_report_from_before_screening_is_told(past: Past) -> None:
    report = report_on("old")
    parent = past.workspace.ledger.state()
    del report["screened"]
    past.store("entropy_law_report", "old", report)
    state = past.next_state("old")
    past.workspace.ledger.append(
        "promote",
        drop_candidate("old"),
        parent=parent,
        state=state,
        digests={"entropy_law_report": digest_value(report)},
    )
    row = past.replay()["old"]
    assert row.now is None
    assert "no counts of screening" in row.note


def test_a_rule_younger_than_the_report_is_not_held_against_it(past: Past) -> None:
    report = report_on("young")
    report["measurements"] = [m for m in report["measurements"] if m["code"] not in ("drifted", "copies")]
    parent = past.workspace.ledger.state()
    past.store("entropy_law_report", "young", report)
    past.workspace.ledger.append(
        "promote",
        drop_candidate("young"),
        parent=parent,
        state=past.next_state("young"),
        digests={"entropy_law_report": digest_value(report)},
    )
    row = past.replay()["young"]
    assert (row.now, row.note) == (Judged("promote"), "not measured then: copies, drifted")


def test_what_was_held_for_a_missing_measurement_stays_held(past: Past) -> None:
    report = report_on("torn")
    report["measurements"].pop()
    entry = past.decide(report)
    assert [reason["code"] for reason in entry.reasons] == ["integrity"]
    assert past.replay()["torn"].now == Judged("hold", ("integrity",))


def hold_for_screening(past: Past, key: str, counts: list[dict[str, Any]]) -> None:
    screened: dict[str, Any] = {"parts": [{"drop": key, "counts": counts}]}
    digest = digest_value(screened)
    if not past.sealed:
        screened = {"shards": [], "counts": counts}
        digest = digest_value([digest_value([]), counts])
    past.store("screened_records", key, screened)
    past.workspace.ledger.append(
        "hold",
        drop_candidate(key),
        parent=past.workspace.ledger.state(),
        reasons=({"code": "secrets"},),
        digests={"screened_records": digest},
    )


def test_a_hold_for_screening_is_judged_by_its_counts(past: Past) -> None:
    hold_for_screening(past, "leaky", SECRET)
    assert past.replay()["leaky"].now == Judged("hold", ("secrets",))
    row = past.replay(max_secret_share=0.1)["leaky"]
    assert (row.now, row.changed) == (None, None)
    assert row.note == "screening would let it through; nothing else was measured"
    other = {"shards": [], "counts": CLEAN} if not past.sealed else {"parts": [{"counts": CLEAN}]}
    past.store("screened_records", "leaky", other)
    assert past.replay()["leaky"].note == "the stored screened_records is not the one that was judged"


def test_counts_of_screening_in_a_full_report_are_judged_too(past: Past) -> None:
    past.decide(report_on("leaky", SECRET), policy=PolicySettings(max_secret_share=0.1))
    assert past.replay()["leaky"].now == Judged("hold", ("secrets",))


def test_what_a_report_cannot_show_is_named(past: Past) -> None:
    other = PolicySettings(anchor="v0001-aaaaaaaa", max_source_loss=0.5, max_blobs=0.5)
    assert not_replayed(past.workspace, other) == ("anchor", "max_source_loss")
    assert not_replayed(past.workspace, TODAY) == ()


def test_nothing_is_written(past: Past) -> None:
    def listing() -> dict[str, bytes]:
        return {str(p): p.read_bytes() for p in sorted(past.folder.rglob("*")) if p.is_file()}

    before = listing()
    past.replay(max_blobs=0.05)
    assert listing() == before


def test_an_empty_dataset_has_no_past(tmp_path: Path) -> None:
    assert Past(tmp_path).replay() == {}


def test_the_policy_of_a_file_is_read(tmp_path: Path) -> None:
    file = UPath(tmp_path / "other.toml")
    file.write_text("seed = 3\n[policy]\nmax_blobs = 0.5\n")
    assert read_policy(file) == PolicySettings(max_blobs=0.5)
    file.write_text("[policy]\nmax_blob = 0.5\n")
    with pytest.raises(InvalidParameter, match="did you mean `max_blobs`"):
        read_policy(file)
    with pytest.raises(InvalidInput, match="is no file"):
        read_policy(UPath(tmp_path / "none.toml"))


def test_real_decisions_stand_under_the_policy_that_made_them(home: Home) -> None:
    rows = {row.candidate: row for row in replay(home.workspace, home.workspace.load_settings().policy)}
    assert list(rows) == [FIRST, DAMAGED]
    for key, row in rows.items():
        entry = home.workspace.ledger.decision(key)
        assert row.changed is False
        assert row.note == ""
        assert row.now is not None
        assert row.now.codes == tuple(sorted({reason["code"] for reason in entry.reasons}))
        assert json.dumps(row.to_json())
    assert SECOND not in rows  # delivered, and not yet decided
