"""A drop that a person is asked about: decided, left out, and let in or refused by that person."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner
from upath import UPath

from entropy_assets.candidate import pipeline
from entropy_assets.candidate.batch import open_candidates, propose_batch
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import discard, propose_release
from entropy_assets.candidate.publish import Reports, conclude
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.splitting import split_judged
from entropy_assets.candidate.summary import decision_word, notes_of, reasons_of, summarise
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli import app
from entropy_assets.defs.automation import next_candidate
from entropy_assets.errors import InvalidParameter
from entropy_assets.ledger import Entry, Ledger
from tests.candidate.small import dataset, deliver, new_words, rows, strange
from tests.homes import status_rows


@pytest.fixture(scope="module")
def promoted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a version; in the inbox one drop too small to tell, one good one, one of new words."""
    folder = tmp_path_factory.mktemp("ask") / "home"
    workspace = dataset(folder)
    curate(workspace, deliver(workspace, "first", rows(range(120))))
    deliver(workspace, "tiny", rows(range(300, 303)))
    deliver(workspace, "good", rows(range(400, 450)))
    deliver(workspace, "new-words", rows(range(800, 830)) + new_words(range(30)))
    return folder


@pytest.fixture
def workspace(tmp_path: Path, promoted: Path, kept_results: None) -> Workspace:
    shutil.copytree(promoted, tmp_path / "home")
    return Workspace(UPath(tmp_path / "home"), "small")


def with_policy(workspace: Workspace, line: str) -> None:
    path = workspace.home.settings_path
    path.write_text(path.read_text().replace("[policy]", f"[policy]\n{line}"))


def test_too_few_data_ask_and_the_drop_waits_for_a_person(workspace: Workspace) -> None:
    before = workspace.ledger.state()
    entry = curate(workspace, "tiny")
    assert entry is not None
    assert (entry.action, entry.outcomes["tiny"].outcome, decision_word(entry, "tiny")) == ("ask",) * 3
    assert {reason["code"] for reason in entry.reasons} == {"inconclusive"}
    assert workspace.ledger.state() == before
    assert "tiny" not in open_candidates(workspace), "it is decided, and no run is started for it"
    assert next_candidate(workspace) != "tiny"
    assert curate(workspace, "tiny") == entry


@pytest.mark.parametrize(("word", "outcome"), [("promote", "promote"), ("hold", "hold")])
def test_the_policy_may_answer(workspace: Workspace, word: str, outcome: str) -> None:
    with_policy(workspace, f'ask = "{word}"')
    entry = curate(workspace, "tiny")
    assert entry is not None
    assert entry.action == outcome
    told = notes_of(entry, "tiny") if word == "promote" else reasons_of(entry, "tiny")
    assert {reason["code"] for reason in told} == {"inconclusive"}


def test_a_person_releases_it(workspace: Workspace) -> None:
    curate(workspace, "tiny")
    entry = curate(workspace, propose_release(workspace, "tiny", "Ada", "looked", ["inconclusive"]).key)
    assert entry is not None
    assert entry.action == "release"
    assert "tiny" in workspace.ledger.state().drops


def test_a_release_that_sets_nothing_of_it_aside_asks_again(workspace: Workspace) -> None:
    curate(workspace, "tiny")
    entry = curate(workspace, propose_release(workspace, "tiny", "Ada", "looked", ["manual"]).key)
    assert entry is not None
    assert entry.action == "ask"
    assert workspace.ledger.outcome_words()["tiny"] == "ask"


def test_a_person_discards_it_once(workspace: Workspace) -> None:
    asked = curate(workspace, "tiny")
    entry = discard(workspace, "tiny", "Ada", "not ours")
    assert (entry.action, entry.candidate.key, entry.candidate.by) == ("hold", "@discard-tiny-2", "Ada")
    assert asked is not None
    assert entry.outcomes["tiny"].content == asked.outcomes["tiny"].content
    assert [reason["code"] for reason in entry.reasons] == ["discarded"]
    assert Ledger(workspace.ledger.folder).outcome_words()["tiny"] == "hold"
    with pytest.raises(InvalidParameter, match=r"decided already \(entry 3\): nothing to discard"):
        discard(workspace, "tiny", "Ada", "again")
    again = curate(workspace, propose_release(workspace, "tiny", "Ada", "after all", ["inconclusive"]).key)
    assert again is not None
    assert again.action == "release"


def test_a_discard_ends_the_release_that_runs(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    curate(workspace, "tiny")
    order = propose_release(workspace, "tiny", "Ada", "looked", ["inconclusive"])

    def discarded_meanwhile(run: CandidateRun, reports: Reports) -> Entry | None:
        discard(workspace, "tiny", "Bob", "not ours")
        return conclude(run, reports)

    monkeypatch.setattr(pipeline, "conclude", discarded_meanwhile)
    entry = curate(workspace, order.key)
    assert entry is not None
    assert (entry.action, [reason["code"] for reason in entry.reasons]) == ("hold", ["void"])
    assert "entry 3 (@discard-tiny-2) decided about drop 'tiny'" in entry.reasons[0]["why"]
    assert workspace.ledger.outcome_words()["tiny"] == "hold"
    assert workspace.ledger.state().drops == ("first",)


def test_of_a_batch_it_is_left_out_and_the_rest_is_published(workspace: Workspace) -> None:
    entry = curate(workspace, propose_batch(workspace, ["tiny", "good", "new-words"]).key)
    assert entry is not None
    words = {drop: outcome.outcome for drop, outcome in entry.outcomes.items()}
    assert words == {"tiny": "ask", "good": "promote", "new-words": "promote"}
    assert [reason["code"] for reason in reasons_of(entry, "tiny")] == ["inconclusive"] * len(
        reasons_of(entry, "tiny")
    )
    assert workspace.ledger.state().drops == ("first", "good", "new-words")
    assert [note["code"] for note in notes_of(entry, "new-words")] == ["unknown_words"]
    assert notes_of(entry, "good") == ()
    card = (workspace.home.version(entry.version or "") / "README.md").read_text()
    assert "| new-words | drop | unknown_words: more words that no promoted data holds" in card
    assert "| good |" not in card


def test_what_is_new_is_noted_and_told(workspace: Workspace) -> None:
    entry = curate(workspace, "new-words")
    assert entry is not None
    assert entry.action == "promote"
    (note,) = notes_of(entry, "new-words")
    assert (note["code"], note["stands_for"]) == ("unknown_words", "note")
    assert reasons_of(entry, "new-words") == ()
    summary = summarise(workspace, "new-words")
    assert (summary.decision, summary.reasons) == ("promote", [])
    assert [row["verdict"] for row in summary.told] == ["noted"]
    assert summary.to_json()["notes"][0]["code"] == "unknown_words"
    assert "What the gate noted" in (workspace.home.version(entry.version or "") / "README.md").read_text()


def test_a_drop_that_is_asked_about_can_be_split(workspace: Workspace) -> None:
    with_policy(workspace, 'ask = "ask"\npromotion = "manual"')
    entry = curate(workspace, "new-words")
    assert entry is not None
    assert (entry.action, [reason["code"] for reason in reasons_of(entry)]) == ("ask", ["manual"])
    assert split_judged(workspace, "new-words", ["unknown_words"]).rules == ("unknown_words",)


def test_a_drop_that_was_split_and_discarded_is_split_as_before(workspace: Workspace) -> None:
    path = workspace.home.settings_path
    path.write_text(path.read_text().replace("on = false", "examples = 20\nepochs = 5"))
    with_policy(workspace, "max_doubtful = 0.02\nmax_damage = 9.0\nmax_unlike = 9.0\nmax_new_kind = 9.0")
    both = rows(range(200, 220)) + strange(range(20, 25)) + new_words(range(20, 26))
    entry = curate(workspace, deliver(workspace, "both", both))
    assert entry is not None
    assert [reason["code"] for reason in reasons_of(entry)] == ["doubtful"]  # others have suspects, too
    before = split_judged(workspace, "both")
    discard(workspace, "both", "Ada", "not now")
    after = split_judged(workspace, "both")
    assert (after.rules, after.rows) == (before.rules, before.rows)


def test_the_command_line_says_asked_and_exits_4(workspace: Workspace) -> None:
    home = str(workspace.home.home)
    here = ("--home", home, "--dataset", "small")
    inbox = workspace.home.inbox
    ran = CliRunner().invoke(app, ["run", str(inbox / "tiny"), *here, "--no-dagster"])
    assert ran.exit_code == 4, ran.output
    status = CliRunner().invoke(app, ["status", "--home", home])
    assert ("tiny", "asked") in {row[:2] for row in status_rows(status.output)}
    release = "entropy-assets drop release tiny --rules inconclusive --who NAME --why REASON --dataset small"
    refuse = "entropy-assets drop discard tiny --who NAME --why REASON --dataset small"
    for output in (ran.output, status.output):
        assert release in output
        assert refuse in output
    as_json = CliRunner().invoke(app, ["run", str(inbox / "tiny"), *here, "--no-dagster", "--json"])
    assert as_json.exit_code == 4
    assert json.loads(as_json.stdout)["decision"] == "ask"
    dropped = CliRunner().invoke(app, ["drop", "discard", "tiny", "--who", "Ada", "--why", "no", *here])
    assert dropped.exit_code == 0, dropped.output
    status = CliRunner().invoke(app, ["status", "--home", home])
    assert ("tiny", "held") in {row[:2] for row in status_rows(status.output)}


def test_held_and_asked_together_exit_3(workspace: Workspace) -> None:
    deliver(workspace, "noise", strange(range(60)))
    where = ("--home", str(workspace.home.home), "--dataset", "small", "--no-dagster")
    paths = [str(workspace.home.inbox / name) for name in ("tiny", "noise")]
    assert CliRunner().invoke(app, ["run", *paths, *where]).exit_code == 3
