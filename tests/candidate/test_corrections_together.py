"""Corrections of corrections, in one batch, withdrawn and released in any order."""

from pathlib import Path

import pytest

from entropy_assets.candidate.batch import propose_batch, was_divided
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import propose_release
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.publication.proof import verify_dataset
from tests.candidate.correcting import (
    FIX,
    LATER,
    WRONG,
    again,
    codes,
    contents,
    correct,
    expected,
    mended,
    noisy,
    run,
    superseded_by,
    texts,
    withdraw,
    wrong,
    wrong_in_exam,
)
from tests.candidate.small import copied, deliver, rows


@pytest.fixture
def workspace(wrong_home: Workspace) -> Workspace:
    return wrong_home


def release(workspace: Workspace, drop: str) -> None:
    entry = run(workspace, propose_release(workspace, drop, "Ada", "a test", ["corrections"]).key)
    assert entry.action == "release"


def sound(workspace: Workspace) -> None:
    live = workspace.segment_records(workspace.ledger.state())
    assert live["id"].n_unique() == live.height
    assert verify_dataset(workspace.home).faults == ()


def test_the_later_one_withdrawn_brings_back_the_earlier(chained: Workspace) -> None:
    assert texts(chained) == expected(WRONG, FIX, LATER)
    withdraw(chained, "later")
    assert texts(chained) == expected(WRONG, FIX)
    sound(chained)


def test_the_earlier_one_withdrawn_while_the_later_stands(chained: Workspace) -> None:
    withdraw(chained, "fix")
    assert texts(chained) == expected(WRONG, LATER)
    withdraw(chained, "later")
    assert texts(chained) == expected(WRONG)
    sound(chained)


def test_both_withdrawn_give_the_first_version_again(chained: Workspace) -> None:
    before = contents(chained)
    withdraw(chained, "later")
    withdraw(chained, "fix")
    assert texts(chained) == expected(WRONG)
    assert contents(chained) != before
    sound(chained)


def test_a_correction_back_to_the_first_text(workspace: Workspace, corrected: Workspace) -> None:
    run(corrected, correct(corrected, "back", WRONG[:40]))
    assert texts(corrected) == expected(WRONG)
    withdraw(corrected, "fix")
    assert texts(corrected) == expected(WRONG)
    sound(corrected)
    withdraw(corrected, "back")
    assert contents(corrected) == contents(workspace)


def test_the_same_correction_twice(corrected: Workspace) -> None:
    run(corrected, correct(corrected, "twin", FIX))
    assert texts(corrected) == expected(WRONG, FIX)
    withdraw(corrected, "fix")
    assert texts(corrected) == expected(WRONG, FIX)
    sound(corrected)


def test_of_two_corrections_in_one_batch_the_later_drop_wins(workspace: Workspace) -> None:
    correct(workspace, "fix", FIX)
    correct(workspace, "another", LATER)
    entry = run(workspace, propose_batch(workspace, ["fix", "another"]).key)
    assert {drop: one.outcome for drop, one in entry.outcomes.items()} == {
        "fix": "promote",
        "another": "promote",
    }
    assert superseded_by(entry) == {"fix": {"first": 40}, "another": {"first": 20, "fix": 20}}
    assert texts(workspace) == expected(WRONG, FIX, LATER)
    withdraw(workspace, "another")
    assert texts(workspace) == expected(WRONG, FIX)
    sound(workspace)


def test_a_batch_is_what_its_drops_are_one_after_the_other(tmp_path: Path, wrong_folder: Path) -> None:
    found = []
    for at_once in (True, False):
        workspace = copied(wrong_folder, tmp_path / str(at_once))
        deliver(workspace, "ordinary", [*rows(range(3000, 3030)), *wrong(8, 6000)])
        correct(workspace, "fix", [*FIX, *again(mended(wrong(8, 6000)), "again")])
        names = ["ordinary", "fix"]
        for key in [propose_batch(workspace, names).key] if at_once else names:
            run(workspace, key)
        found.append((texts(workspace), contents(workspace)))
        sound(workspace)
    assert found[0] == found[1]


def test_what_a_batch_supersedes_in_itself_comes_back(workspace: Workspace) -> None:
    new = wrong(8, 6000)
    deliver(workspace, "ordinary", [*rows(range(3000, 3030)), *new])
    correct(workspace, "fix", [*FIX, *mended(new)])
    run(workspace, propose_batch(workspace, ["ordinary", "fix"]).key)
    assert texts(workspace) == expected(WRONG, rows(range(3000, 3030)), FIX, mended(new))
    withdraw(workspace, "fix")
    assert texts(workspace) == expected(WRONG, rows(range(3000, 3030)), new)
    sound(workspace)


def test_a_text_for_the_exam_in_the_same_batch_stays(workspace: Workspace) -> None:
    exam = wrong_in_exam()
    deliver(workspace, "ordinary", [*rows(range(3000, 3030)), exam])
    correct(workspace, "fix", [*FIX, *mended([exam])])
    run(workspace, propose_batch(workspace, ["ordinary", "fix"]).key)
    assert texts(workspace) == expected(WRONG, rows(range(3000, 3030)), FIX, [exam])
    withdraw(workspace, "ordinary")
    assert texts(workspace) == expected(WRONG, FIX, mended([exam]))
    sound(workspace)


def test_a_held_correction_of_a_batch_supersedes_nothing(workspace: Workspace) -> None:
    correct(workspace, "bad", noisy(FIX[:3] + rows(range(100, 140))))
    correct(workspace, "fix", FIX[3:])
    entry = run(workspace, propose_batch(workspace, ["fix", "bad"]).key)
    assert entry.outcomes["bad"].outcome == "hold"
    assert texts(workspace) == expected(WRONG, FIX[3:])


def test_what_comes_back_yields_to_a_copy_that_came_meanwhile(workspace: Workspace) -> None:
    far = [
        {**row, "text": f"{row['text']} {rows(range(k, k + 1))[0]['text']}"}
        for k, row in enumerate(FIX, 8000)
    ]
    run(workspace, correct(workspace, "fix", far))
    copies = [{**row, "id": f"copy-{row['id']}"} for row in WRONG[:10]]
    run(workspace, deliver(workspace, "copies", [*rows(range(3000, 3030)), *copies]))
    assert texts(workspace) == expected(WRONG, far, rows(range(3000, 3030)), copies)
    withdraw(workspace, "fix")
    assert texts(workspace) == expected(WRONG[10:], rows(range(3000, 3030)), copies)
    sound(workspace)
    withdraw(workspace, "copies")
    assert texts(workspace) == expected(WRONG)
    sound(workspace)


def test_a_corrected_drop_withdrawn_and_released_stays_corrected(workspace: Workspace) -> None:
    also = rows(range(9500, 9560), "letters")
    run(workspace, deliver(workspace, "second", rows(range(3000, 3040)) + also))
    run(workspace, correct(workspace, "fix", FIX))
    withdraw(workspace, "first")
    assert texts(workspace) == expected(rows(range(3000, 3040)), FIX)
    release(workspace, "first")
    assert texts(workspace) == expected(rows(range(3000, 3040)), WRONG, FIX)
    withdraw(workspace, "fix")
    assert texts(workspace) == expected(rows(range(3000, 3040)), WRONG)
    sound(workspace)


def test_a_correction_released_behind_a_later_one_is_stale_where_they_meet(chained: Workspace) -> None:
    withdraw(chained, "fix")
    release(chained, "fix")
    assert texts(chained) == expected(WRONG, FIX, LATER)
    withdraw(chained, "later")
    assert texts(chained) == expected(WRONG, FIX)
    sound(chained)


def test_a_copy_of_the_wrong_text_that_dedup_removed_stays_out(workspace: Workspace) -> None:
    copies = [{**row, "id": f"copy-{row['id']}"} for row in WRONG[:5]]
    run(workspace, deliver(workspace, "copies", [*rows(range(3000, 3030)), *copies]))
    run(workspace, correct(workspace, "fix", FIX))
    assert texts(workspace) == expected(WRONG, FIX, rows(range(3000, 3030)))
    withdraw(workspace, "fix")
    assert texts(workspace) == expected(WRONG, rows(range(3000, 3030)))


def test_an_ordinary_drop_with_the_same_row_ids_after_a_correction(corrected: Workspace) -> None:
    again_wrong = run(corrected, deliver(corrected, "snapshot", WRONG[:60] + rows(range(3000, 3060))))
    assert codes(again_wrong) == []
    assert texts(corrected) == expected(WRONG, FIX, rows(range(3000, 3060)))


def test_a_drop_released_behind_a_chain_stays_out_while_any_of_it_stands(workspace: Workspace) -> None:
    also = rows(range(3000, 3040)) + rows(range(9500, 9560), "letters")
    run(workspace, deliver(workspace, "second", also))
    run(workspace, correct(workspace, "fix", FIX))
    withdraw(workspace, "first")
    entry = run(workspace, correct(workspace, "later", LATER))
    if entry.action == "ask":
        release(workspace, "later")
    release(workspace, "first")
    assert texts(workspace) == expected(WRONG, rows(range(3000, 3040)), FIX, LATER)
    withdraw(workspace, "fix")
    assert texts(workspace) == expected(WRONG, rows(range(3000, 3040)), LATER)
    withdraw(workspace, "later")
    assert texts(workspace) == expected(WRONG, rows(range(3000, 3040)))
    sound(workspace)


def test_a_correction_behind_an_ordinary_drop_whose_ids_recur_is_asked_about_alone(
    workspace: Workspace,
) -> None:
    """Judged against the pool alone it would take out rows of the other drop that it does not mean."""
    recurring = [{**row, "text": new["text"]} for row, new in zip(FIX, rows(range(4000, 4040)), strict=True)]
    deliver(workspace, "ordinary", recurring)
    correct(workspace, "fix", FIX)
    batch = propose_batch(workspace, ["ordinary", "fix"])
    assert curate(workspace, batch.key) is None
    assert was_divided(workspace, batch.key)
    assert run(workspace, "ordinary").action == "promote"
    entry = run(workspace, "fix")
    assert (entry.action, set(codes(entry))) == ("ask", {"corrections"})
    assert sum(map(len, texts(workspace).values())) == 160
