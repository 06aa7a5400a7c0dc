"""Corrections: a drop that says so supersedes promoted records of its source and row ids, and no others."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from entropy_assets.candidate.manifests import DedupedRecords, DropReport, RawRecords, ScreenedRecords
from entropy_assets.candidate.proposals import propose_release
from entropy_assets.candidate.reference import version_records
from entropy_assets.candidate.replay import replay
from entropy_assets.candidate.summary import summarise
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.publication.proof import verify_dataset
from entropy_assets.errors import InvalidInput
from entropy_assets.ledger import Candidate
from tests.candidate.correcting import (
    FIX,
    OTHER,
    WHOLE,
    WRONG,
    codes,
    content_of,
    contents,
    correct,
    declare,
    expected,
    is_exam,
    mended,
    noisy,
    run,
    superseded_by,
    texts,
    version_ids,
    withdraw,
    wrong,
    wrong_in_exam,
)
from tests.candidate.small import WORDS, dataset, deliver, rows, sentences


@pytest.fixture
def workspace(wrong_home: Workspace) -> Workspace:
    return wrong_home


def test_row_ids_alone_supersede_nothing(workspace: Workspace) -> None:
    before = contents(workspace)
    run(workspace, deliver(workspace, "fix", FIX))
    assert texts(workspace) == expected(WRONG)
    assert contents(workspace) == before


def test_the_corrections_are_in_and_nothing_else_changed(workspace: Workspace) -> None:
    before = version_ids(workspace)
    entry = run(workspace, correct(workspace, "fix", FIX))
    assert entry.action == "promote"
    assert texts(workspace) == expected(WRONG, FIX)
    assert texts(workspace, "letters") == expected(OTHER)
    gone, come = {content_of(row) for row in WRONG[:40]}, {content_of(row) for row in FIX}
    assert version_ids(workspace) == before - gone | come


def test_the_entry_says_whose_records_and_how_many_and_names_the_list(corrected: Workspace) -> None:
    entry = corrected.ledger.entries()[-1]
    assert superseded_by(entry) == {"fix": {"first": 40}}
    assert entry.change is not None
    assert entry.change.superseded is not None
    (segment,) = [s for s in corrected.segments(entry.state) if s.superseded.rows]
    assert segment.superseded.digest == entry.change.superseded.digest
    assert len(entry.to_bytes()) < 5000
    assert corrected.ledger.entries()[0].change is not None
    assert "superseded" not in json.loads(corrected.ledger.entries()[0].to_bytes())["change"]


def test_a_withdrawn_correction_gives_the_version_before_byte_for_byte(
    workspace: Workspace, corrected: Workspace
) -> None:
    before = contents(workspace)
    assert contents(corrected) != before
    withdraw(corrected, "fix")
    assert contents(corrected) == before
    assert verify_dataset(corrected.home).faults == ()


def test_a_correction_that_equals_what_is_there_changes_nothing(workspace: Workspace) -> None:
    before, version = contents(workspace), workspace.ledger.state().version
    entry = run(workspace, correct(workspace, "same", WRONG[:40]))
    assert entry.action == "promote"
    assert (contents(workspace), entry.version) == (before, version)
    assert superseded_by(entry) == {}
    found = workspace.load(DedupedRecords, "same").parts[0].correction
    assert found is not None
    assert (found.unchanged, found.corrected) == (40, 0)


def test_a_row_id_that_the_source_does_not_have_is_a_new_record(workspace: Workspace) -> None:
    new = rows(range(7000, 7010))
    run(workspace, correct(workspace, "fix", FIX + new))
    assert texts(workspace) == expected(WRONG, FIX, new)
    summary = summarise(workspace, "fix")
    assert summary.rows["superseded"] == 40
    assert "50 rows = 40 corrected + 0 unchanged + 10 new" in summary.note
    (noted,) = [one for one in summary.notes if one["code"] == "corrections"]
    assert "10 of 50 rows have ids that the source does not have" in noted["why"]


def test_records_of_another_source_with_the_same_row_ids_stay(workspace: Workspace) -> None:
    twins = [
        {**row, "source": "mirror", "text": text["text"]}
        for row, text in zip(WRONG, wrong(120, 20_000), strict=True)
    ]
    run(workspace, deliver(workspace, "mirror", twins))
    run(workspace, correct(workspace, "fix", FIX))
    assert texts(workspace, "mirror") == expected(twins)
    assert texts(workspace) == expected(WRONG, FIX)


def test_five_rows_can_be_corrected_where_five_new_ones_are_too_few_to_judge(workspace: Workspace) -> None:
    path = Path(str(workspace.home.settings_path))
    path.write_text(path.read_text().replace("max_blobs = 0.3", "max_blobs = 0.04"))
    asked = run(workspace, deliver(workspace, "few", rows(range(60_000, 60_005))))
    assert (asked.action, set(codes(asked))) == ("ask", {"inconclusive"})
    assert "to rule this out: records that are no text" in str(asked.reasons)
    assert run(workspace, correct(workspace, "fix", FIX[:5])).action == "promote"
    assert texts(workspace) == expected(WRONG, FIX[:5])
    held = run(workspace, correct(workspace, "broken", noisy(FIX[5:10])))
    assert held.action == "hold"
    assert "blobs" in codes(held)


@pytest.mark.parametrize(
    ("own", "declared", "told"),
    [
        (
            [*FIX, {"text": "A row of the source without an id.", "source": "web"}],
            None,
            "1 of 41 rows have none",
        ),
        ([*FIX, FIX[3]], None, "'web-"),
        ([*FIX, {**FIX[0], "id": "x", "source": "wiki"}], None, "holds records of 'wiki'"),
        (FIX, "[correction]\n", "must name the source"),
        (FIX, "[correction]\nsource = 3\n", "must name the source"),
        (FIX, '[correction]\nsource = "web"\nrows = 3\n', "'rows'"),
        (FIX, '[corrections]\nsource = "web"\n', "'corrections'"),
        (FIX, "source = ", "is no TOML"),
    ],
)
def test_a_declaration_that_cannot_be_followed_is_bad_input(
    workspace: Workspace, own: list[dict[str, str]], declared: str | None, told: str
) -> None:
    before = texts(workspace)
    correct(workspace, "fix", own)
    if declared is not None:
        declare(workspace, "fix", declared)
    entry = run(workspace, "fix")
    assert (entry.action, codes(entry)) == ("hold", ["bad_input"])
    why = str(entry.reasons[0]["why"])
    assert told in why
    assert "\n" not in why
    assert texts(workspace) == before


def test_a_declaration_that_is_a_link_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    deliver(workspace, "fix", FIX)
    outside = tmp_path / "outside.toml"
    outside.write_text('[correction]\nsource = "web"\n')
    (Path(str(workspace.home.drop("fix"))) / "drop.toml").symlink_to(outside)
    assert codes(run(workspace, "fix")) == ["bad_input"]


def test_an_empty_declaration_makes_an_ordinary_drop(workspace: Workspace) -> None:
    deliver(workspace, "plain", rows(range(6000, 6030)))
    declare(workspace, "plain", "# nothing\n")
    assert run(workspace, "plain").action == "promote"
    assert workspace.load(RawRecords, "plain").parts[0].rows_in == 30


def test_beyond_the_share_of_the_policy_a_person_is_asked(workspace: Workspace) -> None:
    before = texts(workspace)
    entry = run(workspace, correct(workspace, "fix", mended(WRONG[:61])))
    assert (entry.action, codes(entry)) == ("ask", ["corrections"])
    assert entry.reasons[0]["measured"] == pytest.approx(61 / 120)
    assert texts(workspace) == before
    released = propose_release(workspace, "fix", "Ada", "all of it was wrong", ["corrections"])
    assert run(workspace, released.key).action == "release"
    assert texts(workspace) == expected(WRONG, mended(WRONG[:61]))


def test_where_old_and_new_text_are_not_alike_a_person_is_asked(workspace: Workspace) -> None:
    swapped = [{**row, "text": new["text"]} for row, new in zip(FIX, rows(range(4000, 4040)), strict=True)]
    entry = run(workspace, correct(workspace, "swapped", swapped))
    assert (entry.action, codes(entry)) == ("ask", ["corrections"])
    assert "not alike" in entry.reasons[0]["why"]


def test_a_few_that_are_not_alike_are_no_reason(workspace: Workspace) -> None:
    own = [
        *FIX[:-2],
        *({**row, "text": new["text"]} for row, new in zip(FIX[-2:], rows(range(4000, 4002)), strict=True)),
    ]
    assert run(workspace, correct(workspace, "fix", own)).action == "promote"
    assert texts(workspace) == expected(WRONG, own)


def test_a_correction_that_meets_no_promoted_record_is_asked_about(workspace: Workspace) -> None:
    entry = run(workspace, correct(workspace, "fix", rows(range(4000, 4040))))
    assert (entry.action, codes(entry)) == ("ask", ["corrections"])
    assert "none of whose 40 rows" in entry.reasons[0]["why"]


def test_the_same_rows_under_other_ids_are_held_as_copies(workspace: Workspace) -> None:
    other_ids = [{**row, "id": f"row {row['id']}"} for row in FIX]
    entry = run(workspace, correct(workspace, "fix", other_ids))
    assert (entry.action, codes(entry)) == ("hold", ["source_retention"])


def test_the_policy_may_hold_what_would_be_asked(workspace: Workspace) -> None:
    path = Path(str(workspace.home.settings_path))
    path.write_text(path.read_text().replace("[policy]", '[policy]\nask = "hold"'))
    assert run(workspace, correct(workspace, "fix", mended(WRONG[:61]))).action == "hold"


def test_damage_is_held_whatever_else_would_be_asked(workspace: Workspace) -> None:
    entry = run(workspace, correct(workspace, "bad", noisy(FIX)))
    assert entry.action == "hold"
    assert {"corrections", "blobs"} <= set(codes(entry))


def test_a_decided_correction_is_judged_again_under_another_policy(workspace: Workspace) -> None:
    run(workspace, correct(workspace, "fix", mended(WRONG[:61])))
    today = workspace.load_settings().policy
    (_, asked) = replay(workspace, today)
    assert (asked.now.outcome, asked.changed) == ("ask", False) if asked.now else False
    (_, wide) = replay(workspace, replace(today, max_superseded_share=0.9))
    assert (wide.now.outcome, wide.changed) == ("promote", True) if wide.now else False


def test_a_held_correction_leaves_all_as_it_is(workspace: Workspace) -> None:
    before, state = contents(workspace), workspace.ledger.state()
    entry = run(workspace, correct(workspace, "bad", noisy(FIX)))
    assert entry.action == "hold"
    assert entry.change is None
    assert (contents(workspace), workspace.ledger.state()) == (before, state)


def validation_of(workspace: Workspace) -> dict[str, bytes]:
    """Return the shards of the current version's validation split."""
    return {name: data for name, data in contents(workspace).items() if name.startswith("validation-")}


def test_the_exam_keeps_its_text_and_the_corrected_one_stays_out(tmp_path: Path) -> None:
    workspace = dataset(tmp_path / "home", WHOLE)
    exam = wrong_in_exam()
    run(workspace, deliver(workspace, "first", [*WRONG, *OTHER, exam]))
    before = validation_of(workspace)
    assert before
    entry = run(workspace, correct(workspace, "fix", [*FIX, *mended([exam])]))
    assert entry.action == "promote"
    assert validation_of(workspace) == before
    assert texts(workspace) == expected(WRONG, [exam], FIX)
    assert content_of(mended([exam])[0]) not in version_ids(workspace)
    found = workspace.load(DedupedRecords, "fix").parts[0].correction
    assert found is not None
    assert (found.corrected, found.held_out) == (40, 1)
    assert "1 kept out" in summarise(workspace, "fix").note


def test_a_corrected_text_that_falls_into_the_validation_split_goes_there(workspace: Workspace) -> None:
    """A record belongs to the split by its content alone, whatever it corrects."""
    named = {str(row["id"]): row for row in WRONG}
    own = next(
        row
        for row in (
            {**named[key], "text": f"{mended([named[key]])[0]['text']} {word.capitalize()}."}
            for key in named
            for word in WORDS
        )
        if is_exam(row)
    )
    others = [row for row in FIX if row["id"] != own["id"]]
    assert run(workspace, correct(workspace, "fix", [*others, own])).action == "promote"
    version = workspace.ledger.state().version or ""
    assert content_of(own) in set(version_records(workspace, version, "validation")["id"])
    assert texts(workspace) == expected(WRONG, others, [own])


def test_an_exam_text_that_leaves_lets_its_correction_in(workspace: Workspace) -> None:
    exam = wrong_in_exam()
    run(workspace, deliver(workspace, "exam", [*rows(range(7000, 7030)), exam]))
    run(workspace, correct(workspace, "fix", [*FIX, *mended([exam])]))
    withdraw(workspace, "exam")
    assert texts(workspace) == expected(WRONG, FIX, mended([exam]))


def test_rows_in_are_kept_removed_or_superseded(corrected: Workspace) -> None:
    raw, kept = corrected.load(RawRecords, "fix").parts[0], corrected.load(DedupedRecords, "fix").parts[0]
    assert (raw.corrects, raw.shards.rows, kept.rows_in, kept.shards.rows) == ("web", 40, 40, 40)
    found = kept.correction
    assert found is not None
    assert found.rows == 40
    assert found.superseded.rows == 40
    assert corrected.load(ScreenedRecords, "fix").parts[0].correction == found


def test_a_refresh_after_a_correction_changes_nothing(corrected: Workspace) -> None:
    before = contents(corrected)
    made = corrected.propose(Candidate("@refresh-2026-11-26", by="schedule", why="a test"))
    run(corrected, made.key)
    assert contents(corrected) == before


def test_a_decided_correction_is_recomputed_with_the_same_manifests(corrected: Workspace) -> None:
    entry = corrected.ledger.entries()[-1]
    before = corrected.load(DedupedRecords, "fix").digest
    assert run(corrected, "fix") == entry
    assert corrected.load(DedupedRecords, "fix").digest == before == entry.digests["deduped_records"]


def test_an_edited_list_is_refused_and_told(corrected: Workspace) -> None:
    (segment,) = [s for s in corrected.segments(corrected.ledger.state()) if s.superseded.rows]
    path = Path(str(corrected.root)) / segment.superseded.shards[0].path
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert any(path.name in fault for fault in verify_dataset(corrected.home).faults)
    with pytest.raises(Exception, match="digest"):
        corrected.segment_records(corrected.ledger.state())


def test_an_entry_that_names_another_list_is_told(corrected: Workspace) -> None:
    """The entry's digest is compared with the list that its segment names."""
    state = corrected.ledger.state()
    path = Path(str(corrected.root)) / state.segments["fix"]
    value = json.loads(path.read_bytes())
    value["superseded"] = []
    path.write_text(json.dumps(value))
    assert verify_dataset(corrected.home).faults


def test_a_damaged_change_is_no_entry(corrected: Workspace) -> None:
    path = Path(str(corrected.ledger.entry_path(2)))
    value = json.loads(path.read_bytes())
    value["change"]["superseded"]["records"] = {"nobody": {"first": 40}}
    path.write_text(json.dumps(value))
    with pytest.raises(InvalidInput, match="nobody"):
        Workspace(corrected.home.home, "small").ledger.entries()


def test_a_row_is_no_copy_of_the_record_that_it_corrects(tmp_path: Path) -> None:
    """The gate compares a correction with what it replaces, but does not take it for a copy of that."""
    workspace = dataset(tmp_path / "home", WHOLE.replace("max_copies = 0.9", "max_copies = 0.08"))
    long = [
        {**row, "text": f"{row['text']} {sentences(number, 12)}"} for number, row in enumerate(WRONG, 10_000)
    ]
    long = [row for row in long if not is_exam(row)]
    run(workspace, deliver(workspace, "first", long + OTHER))
    fixed = [{**row, "text": str(row["text"]).replace(".", ". ", 2)} for row in long[:40]]
    entry = run(workspace, correct(workspace, "fix", fixed))
    assert entry.action == "promote", codes(entry)
    found = {m.code: m.value for part in workspace.load(DropReport, "fix").parts for m in part.measurements}
    assert found["copies"] is not None
    assert found["copies"] < 0.05
