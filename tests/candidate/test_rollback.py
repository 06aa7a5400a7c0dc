"""Going back to an earlier version: the dataset is what it was then, and goes on from there."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner, Result
from upath import UPath

from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import propose_release, propose_withdrawal
from entropy_assets.candidate.rollback import roll_back
from entropy_assets.candidate.trail import follow
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli import app
from entropy_assets.curation.publication.proof import verify_dataset
from entropy_assets.errors import InvalidInput, InvalidParameter, StaleProvenance, StoreDamaged
from entropy_assets.ledger import Candidate, Entry, Ledger, State
from entropy_assets.storage import canonical_json
from tests.candidate.small import copied, dataset, deliver, rows, strange
from tests.homes import made_once


@pytest.fixture(scope="session")
def three(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with versions of one drop, of two, and of the first alone again."""

    def make(folder: Path) -> None:
        workspace = dataset(folder)
        for name, own in {"d1": rows(range(80)), "d2": rows(range(100, 160))}.items():
            entry = curate(workspace, deliver(workspace, name, own))
            assert entry is not None
            assert entry.action == "promote"
        curate(workspace, propose_withdrawal(workspace, "d2", "Ada", "a test").key)
        assert workspace.ledger.state().drops == ("d1",)

    return made_once(tmp_path_factory, "three-versions", make)


@pytest.fixture
def workspace(three: Path, tmp_path: Path) -> Workspace:
    return copied(three, tmp_path / "home")


def names(workspace: Workspace) -> list[str]:
    return list(workspace.ledger.versions())


def test_the_dataset_is_what_it_was_then(workspace: Workspace) -> None:
    _, second, third = names(workspace)
    then = workspace.ledger.entry(2).state
    made = roll_back(workspace, second, "Ada", "the third is worse")
    assert (made.entry.action, made.left, made.back) == ("rollback", (), ("d2",))
    assert workspace.ledger.state() == then
    assert Path(str(workspace.home.current_path)).read_text().startswith(second)
    assert names(workspace) == [*names(workspace)[:2], third], "no version is made, and none is removed"
    assert verify_dataset(workspace.home).faults == ()
    assert Ledger(workspace.ledger.folder).state() == then, "read anew"


def test_it_goes_on_from_there(workspace: Workspace) -> None:
    first, second, third = names(workspace)
    made = roll_back(workspace, first, "Ada", "a test")
    assert made.left == ()
    entry = curate(workspace, deliver(workspace, "d3", rows(range(200, 260))))
    assert entry is not None
    assert (entry.action, entry.state.drops) == ("promote", ("d1", "d3"))
    assert names(workspace)[3].startswith("v0004-")
    back = roll_back(workspace, second, "Ada", "back")
    assert (back.left, back.back) == (("d3",), ("d2",))
    forth = roll_back(workspace, names(workspace)[3], "Ada", "and forth")
    assert (forth.left, forth.back) == (("d2",), ("d3",))
    assert verify_dataset(workspace.home).faults == ()
    assert third in names(workspace)


def test_a_drop_that_left_can_be_released(workspace: Workspace) -> None:
    first, second, _ = names(workspace)
    roll_back(workspace, second, "Ada", "a test")
    roll_back(workspace, first, "Ada", "a test")
    assert follow(workspace, "web-110", first).trails[0].stage == "later"
    entry = curate(workspace, propose_release(workspace, "d2", "Ada", "it was fine", []).key)
    assert entry is not None
    assert (entry.action, entry.state.drops) == ("release", ("d1", "d2"))
    assert follow(workspace, "web-110", entry.version).trails[0].stage != "later"


def test_the_version_with_most_drops_counts_where_all_rows_of_one_were_known(tmp_path: Path) -> None:
    workspace = dataset(tmp_path / "home")
    for name, own in {"d1": rows(range(80)), "same": rows(range(10)), "d2": rows(range(100, 160))}.items():
        curate(workspace, deliver(workspace, name, own))
    first, _ = names(workspace)
    roll_back(workspace, first, "Ada", "a test")
    assert workspace.ledger.state().drops == ("d1", "same")


@pytest.mark.parametrize(
    ("version", "who", "why", "said"),
    [
        (2, "Ada", "a test", "is current: name an earlier one"),
        (0, "", "a test", "who and why must be named"),
        (0, "Ada", " ", "who and why must be named"),
    ],
)
def test_what_is_refused(workspace: Workspace, version: int, who: str, why: str, said: str) -> None:
    before = len(workspace.ledger.entries())
    with pytest.raises(InvalidParameter, match=said):
        roll_back(workspace, names(workspace)[version], who, why)
    assert len(workspace.ledger.entries()) == before


def damage_version(workspace: Workspace) -> None:
    folder = Path(str(workspace.home.version(names(workspace)[1])))
    next(iter(sorted((folder / "data").iterdir()))).unlink()


def damage_segment(workspace: Workspace) -> None:
    (path,) = set(workspace.ledger.entry(2).state.segments.values()) - set(
        workspace.ledger.state().segments.values()
    )
    Path(str(workspace.root / path)).unlink()


def damage_pool(workspace: Workspace) -> None:
    gone = workspace.segments(workspace.ledger.entry(2).state)[-1].records.shards[0].path
    Path(str(workspace.root / gone)).write_bytes(b"no Parquet")


@pytest.mark.parametrize("damage", [damage_version, damage_segment, damage_pool])
def test_nothing_damaged_becomes_current(workspace: Workspace, damage: Callable[[Workspace], None]) -> None:
    second, before = names(workspace)[1], len(workspace.ledger.entries())
    damage(workspace)
    with pytest.raises(StoreDamaged):
        roll_back(workspace, second, "Ada", "a test")
    assert len(workspace.ledger.entries()) == before


def test_of_two_at_once_one_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, _ = names(workspace)
    other = Workspace(workspace.home.home, workspace.name)
    append = workspace.ledger.append

    def late(*given: Any, **named: Any) -> Entry:
        monkeypatch.undo()
        roll_back(other, second, "Bob", "before you")
        return append(*given, **named)

    monkeypatch.setattr(workspace.ledger, "append", late)
    with pytest.raises(StaleProvenance, match="is stale"):
        roll_back(workspace, first, "Ada", "a test")
    assert workspace.ledger.state().version == second


def test_a_candidate_that_is_being_measured_is_stale(workspace: Workspace) -> None:
    from entropy_assets.candidate.run import open_run

    deliver(workspace, "d3", rows(range(200, 260)))
    run = open_run(workspace, "d3")
    roll_back(workspace, names(workspace)[1], "Ada", "a test")
    assert run.parent != workspace.ledger.state()
    entry = curate(workspace, "d3")
    assert entry is not None
    assert entry.state.drops == ("d1", "d2", "d3")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda value: value["change"].update(added=[]), "but not to what the dataset was then"),
        (lambda value: value["candidate"].update(key="@rollback-v0001-00000000-3"), "does not name"),
        (lambda value: value["change"].update(manifest="0" * 64), "another manifest"),
        (lambda value: value["candidate"].update(add=["d2"]), "does not go with its drops"),
    ],
)
def test_a_forged_entry_is_refused(
    workspace: Workspace, change: Callable[[dict[str, Any]], None], told: str
) -> None:
    made = roll_back(workspace, names(workspace)[1], "Ada", "a test")
    path = workspace.ledger.entry_path(made.entry.number)
    value = json.loads(path.read_bytes())
    change(value)
    path.write_bytes(canonical_json(value))
    workspace.home.current_path.unlink()
    with pytest.raises(InvalidInput, match=told):
        Ledger(UPath(workspace.ledger.folder)).entries()


def test_nobody_goes_back_to_what_never_was(workspace: Workspace) -> None:
    state = State("v0009-00000000", ("d1",), workspace.ledger.state().segments)
    with pytest.raises(InvalidInput, match="which is no version before the current one"):
        workspace.ledger.append(
            "rollback",
            Candidate("@rollback-v0009-00000000-3", by="Ada", why="a test"),
            parent=workspace.ledger.state(),
            state=state,
        )


def shell(workspace: Workspace, *words: str) -> Result:
    where = ["--home", str(workspace.home.home), "--dataset", workspace.name]
    return CliRunner().invoke(app, ["versions", *words, *where])


def test_as_a_person_types_it(workspace: Workspace) -> None:
    second = names(workspace)[1]
    told = shell(workspace, "rollback", "v0002", "--who", "Ada", "--why", "the third is worse")
    assert told.exit_code == 0, told.stderr
    assert told.stdout.splitlines() == [
        f"{second} is current again (entry 4): the third is worse",
        "back in the dataset: d2",
    ]
    told = shell(workspace, "rollback", "v0003", "--who", "Ada", "--why", "no")
    assert told.stdout.splitlines()[1] == "out of the dataset: d2; `drop release` brings one back"
    assert "rollback" in shell(workspace, "list").stdout


@pytest.mark.parametrize("name", ["extra.txt", "train-ffff.parquet"])
def test_a_foreign_file_among_the_data_is_named(workspace: Workspace, name: str) -> None:
    second = names(workspace)[1]
    (Path(str(workspace.home.version(second))) / "data" / name).write_text("x")
    with pytest.raises(StoreDamaged, match=f"not named: data/{name}"):
        roll_back(workspace, second, "Ada", "a test")
    assert f"data/{name}" in shell(workspace, "verify", "v2").stdout


def drop_command(workspace: Workspace, *words: str) -> Result:
    where = ["--home", str(workspace.home.home), "--dataset", workspace.name, "--no-dagster"]
    return CliRunner().invoke(app, ["drop", *words, "--who", "Ada", "--why", "a test", *where])


def test_what_was_let_in_before_is_released_without_a_rule(workspace: Workspace) -> None:
    told = drop_command(workspace, "release", "d2")
    assert told.exit_code == 0, told.stderr
    assert workspace.ledger.state().drops == ("d1", "d2")


def test_what_was_held_is_released_by_a_rule_alone(workspace: Workspace) -> None:
    entry = curate(workspace, deliver(workspace, "bad", strange(range(40))))
    assert entry is not None
    assert entry.action == "hold"
    told = drop_command(workspace, "release", "bad")
    assert told.exit_code == 2
    assert "a rule must be named, got none: drop 'bad' is held by" in told.stderr


def test_the_folder_of_a_version_is_a_pool(workspace: Workspace, tmp_path: Path) -> None:
    folder = str(workspace.home.version(names(workspace)[1]))
    out = tmp_path / "picked.parquet"
    told = CliRunner().invoke(
        app, ["select", folder, "--budget", "5", "--selector", "random", "--out", str(out)]
    )
    assert told.exit_code == 0, told.stderr
    assert pl.read_parquet(out).height == 5
    assert "left out of" in told.stderr, "validation records are held out"
