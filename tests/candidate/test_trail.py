"""Where rows went: each way that one can end, told with what ended it."""

import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import propose_release, propose_withdrawal
from entropy_assets.candidate.trail import MAX_ROWS, Trail, follow
from entropy_assets.candidate.version_rows import named_version, version_rows
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli import app
from entropy_assets.demo.drops import Row
from entropy_assets.errors import InvalidInput
from tests.candidate.correcting import content_of, is_exam, wrong
from tests.candidate.small import SETTINGS, copied, dataset, deliver, rows, sentences, strange
from tests.homes import made_once

HALF = SETTINGS + '[selection]\nselector = "random"\n[screening]\nsecrets = "remove"\n'
KEY = "AKIA" + "IOSFODNN7EXAMPLQ"


def exam() -> Row:
    return next(row for row in rows(range(120)) if is_exam(row))


def first_drop() -> list[Row]:
    """Return 120 rows, and one for each way that a row can end."""
    own = rows(range(120))
    long = {"id": "long", "text": sentences(997, 30), "source": "web"}
    near = {**long, "id": "near", "text": f"{long['text']} Also so."}
    overlap = {"id": "overlap", "text": f"{exam()['text']} {sentences(999, 12)}", "source": "web"}
    return [
        *own,
        {**own[5], "id": "copy"},
        long,
        near,
        {"id": "secret", "text": f"{sentences(998)} The key is {KEY}.", "source": "web"},
        overlap,
        {"id": "nothing", "text": None, "source": "web"},
    ]


@pytest.fixture(scope="session")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose second drop was withdrawn after a version, and whose third is held."""

    def make(folder: Path) -> None:
        workspace = dataset(folder, HALF)
        drops = {"d1": first_drop(), "d2": rows(range(200, 260)), "bad": rows(range(300, 340))}
        drops["bad"] += strange(range(40))
        made = [curate(workspace, deliver(workspace, name, own)) for name, own in drops.items()]
        assert [entry.action for entry in made if entry] == ["promote", "promote", "hold"]
        withdrawn = curate(workspace, propose_withdrawal(workspace, "d2", "anna", "no licence").key)
        assert withdrawn is not None
        assert withdrawn.action == "withdraw"

    return made_once(tmp_path_factory, "ended", make)


@pytest.fixture
def workspace(ended: Path, tmp_path: Path) -> Workspace:
    return copied(ended, tmp_path / "home")


def only(workspace: Workspace, row: str, version: str | None = None) -> Trail:
    (trail,) = follow(workspace, row, named_version(workspace, version)).trails
    return trail


@pytest.mark.parametrize(
    ("row", "version", "stage", "said"),
    [
        ("copy", None, "dedup", "exact copy of"),
        ("long", None, "dedup", "near copy (0."),
        ("secret", None, "screening", "secret (AWS"),
        ("overlap", None, "overlap", "shares a run of words with"),
        ("web-210", "v0001", "later", "came in later (entry 2)"),
        ("web-210", "v0003", "withdrawn", "was taken out"),
        ("web-310", None, "decision", "drop 'bad' is held (entry 3): blobs"),
        ("part-00000.jsonl.gz:126", "v0001", "quarantine", "it is no record"),
    ],
)
def test_a_row_is_told_what_keeps_it_out(
    workspace: Workspace, row: str, version: str | None, stage: str, said: str
) -> None:
    trails = follow(workspace, row, named_version(workspace, version)).trails
    (trail,) = (one for one in trails if one.place.drop == trails[0].place.drop)
    assert (trail.stage, trail.is_in) == (stage, False)
    assert said in trail.told


def test_what_is_in_and_what_was_not_picked_are_all_the_others(workspace: Workspace) -> None:
    version = named_version(workspace, "v0002")
    keys = version_rows(workspace, version, ())
    ranks = dict(keys.drop_nulls("rank").select("id", "rank").iter_rows())
    told = {row["id"]: only(workspace, str(row["id"]), "v0002") for row in rows(range(120))}
    for row in rows(range(120)):
        trail, own = told[row["id"]], content_of(row)
        if own in set(keys["id"]):
            assert trail.stage == ("validation" if is_exam(row) else "train")
            assert trail.rank == ranks.get(own)
        else:
            assert trail.stage in ("selection", "overlap")
    n_picked = len(ranks)
    assert {"train", "validation", "selection"} <= {trail.stage for trail in told.values()}
    unpicked = next(trail for trail in told.values() if trail.stage == "selection")
    assert f"random picked {n_picked} of " in unpicked.told


def test_the_keeper_of_a_copy_is_followed_too(workspace: Workspace) -> None:
    copy, kept = only(workspace, "copy"), only(workspace, "web-5")
    assert copy.keeper is not None
    assert (copy.keeper.stage, copy.keeper.rank) == (kept.stage, kept.rank)
    assert copy.place.id == kept.place.id, "exact copies have one id, and are told apart by their place"


def test_a_content_id_may_be_cut(workspace: Workspace) -> None:
    own = content_of(rows(range(1))[0])
    assert only(workspace, own[:8]).place.row_id == "web-0"
    assert only(workspace, own).place.row_id == "web-0"
    with pytest.raises(InvalidInput, match="no row that was read is called"):
        follow(workspace, own[:7], None)


def test_a_name_of_many_rows_is_cut_and_says_so(workspace: Workspace) -> None:
    n = MAX_ROWS + 5
    again = [{**row, "id": "same"} for row in rows(range(400, 400 + n))]
    curate(workspace, deliver(workspace, "same", again))
    found = follow(workspace, "same", named_version(workspace, None))
    assert (len(found.trails), found.n_more) == (MAX_ROWS, 5)


def test_a_row_without_any_version(tmp_path: Path) -> None:
    workspace = dataset(tmp_path / "home", HALF)
    curate(workspace, deliver(workspace, "bad", strange(range(40))))
    (trail,) = follow(workspace, "web-s3", None).trails
    assert trail.stage == "decision"


def test_what_a_run_measured_may_be_lost(workspace: Workspace) -> None:
    key = workspace.ledger.entry(1).candidate.key
    unpicked = next(
        str(row["id"])
        for row in rows(range(120))
        if only(workspace, str(row["id"]), "v0001").stage == "selection"
    )
    workspace.manifest_path("selection", key).unlink()
    assert "is not kept" in only(workspace, unpicked, "v0001").told


def test_a_corrected_row_names_what_stands_in_its_place(corrected: Workspace) -> None:
    (old,) = wrong(1)
    trails = follow(corrected, content_of(old), named_version(corrected, None)).trails
    assert {trail.stage for trail in trails} == {"correction"}
    new = trails[0].told.split(": ")[1].split(" ")[0]
    assert follow(corrected, new, named_version(corrected, None)).trails[0].is_in


class Shell:
    def __init__(self, workspace: Workspace) -> None:
        self.where = ["--home", str(workspace.home.home), "--dataset", workspace.name]

    def __call__(self, *words: object) -> Result:
        return CliRunner().invoke(app, ["versions", *map(str, words), *self.where])


def test_why_as_a_person_reads_it(workspace: Workspace) -> None:
    told = Shell(workspace)("why", "copy").stdout.splitlines()
    assert told[0].startswith("d1 part-00000.jsonl.gz:121 (id ")
    assert told[0].endswith(", row id copy, source web)")
    assert told[1].startswith(f"  not in {named_version(workspace, None)}: dedup removed it: exact copy of ")
    assert told[2].startswith("    the kept record: ")


def test_why_as_json(workspace: Workspace) -> None:
    value = json.loads(Shell(workspace)("why", "web-310", "v0002", "--json").stdout)
    assert value["version"] == named_version(workspace, "v0002")
    (row,) = value["rows"]
    assert (row["in"], row["stage"], row["drop"], row["keeper"]) == (False, "decision", "bad", None)


@pytest.mark.parametrize("words", [["why", "never"], ["why", "copy", "v0009"], ["diff", "v0009"]])
def test_what_is_not_there_is_one_sentence(workspace: Workspace, words: list[str]) -> None:
    told = Shell(workspace)(*words)
    assert told.exit_code == 2
    assert len(told.stderr.strip().splitlines()) == 1
    assert "known are v0001-" in told.stderr or "no row that was read" in told.stderr


def test_diff_tells_what_came_and_went(workspace: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "diff.parquet"
    told = Shell(workspace)("diff", "v1-none", "v0002")
    assert told.exit_code == 2
    told = Shell(workspace)("diff", "v0001", "v0002", "--out", out)
    assert told.exit_code == 0, told.stderr
    before, after = (version_rows(workspace, named_version(workspace, one), ()) for one in ("v0001", "v0002"))
    found = pl.read_parquet(out)
    for change, (one, other) in {"added": (after, before), "removed": (before, after)}.items():
        own = found.filter(pl.col("change") == change)
        assert set(own["id"]) == set(one["id"]) - set(other["id"]), change
    ranks = dict(after.select("id", "rank").iter_rows())
    added = found.filter(pl.col("change") == "added")
    assert added["rank"].to_list() == [ranks[one] for one in added["id"]]
    assert set(added["drop"]) <= {"d1", "d2"}
    n_kept = len(set(before["id"]) & set(after["id"]))
    assert told.stdout.splitlines()[-2].endswith(f"{n_kept} in both")


def test_diff_is_the_other_way_round_backwards(workspace: Workspace) -> None:
    there = json.loads(Shell(workspace)("diff", "v0001", "v0002", "--json").stdout)
    back = json.loads(Shell(workspace)("diff", "v0002", "v0001", "--json").stdout)
    assert (there["added"], there["removed"], there["kept"]) == (
        back["removed"],
        back["added"],
        back["kept"],
    )
    (row,) = there["sources"]
    assert row["new_rows"] - row["old_rows"] == row["added"] - row["removed"]


def test_a_corrected_row_is_changed_and_neither_added_nor_removed(corrected: Workspace) -> None:
    versions = list(corrected.ledger.versions())
    told = json.loads(Shell(corrected)("diff", versions[-2], versions[-1], "--json").stdout)
    assert told["changed"] > 0
    assert (told["added"], told["removed"]) == (0, 0)


def test_verify_names_each_damaged_file(workspace: Workspace) -> None:
    shell = Shell(workspace)
    whole = shell("verify")
    assert whole.exit_code == 0, whole.stderr
    assert [line.endswith("all match") for line in whole.stdout.splitlines()] == [True] * 3
    folder = Path(str(workspace.home.version(named_version(workspace, "v0001"))))
    damaged = sorted((folder / "data").glob("*.parquet"))
    for path in damaged:
        data = path.read_bytes()
        path.unlink()  # it may be a link to another version's
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    told = shell("verify", "v0001")
    assert told.exit_code == 1
    assert all(path.name in told.stdout for path in damaged)
    assert shell("verify", "v0003").exit_code == 0


@pytest.mark.parametrize("name", ["v2", "v0002", "v02"])
def test_a_version_may_be_named_by_its_number(workspace: Workspace, name: str) -> None:
    assert named_version(workspace, name) == list(workspace.ledger.versions())[1]


def at(workspace: Workspace, drop: str, row: str, version: str | None = None) -> Trail:
    trails = follow(workspace, row, named_version(workspace, version)).trails
    (found,) = (one for one in trails if one.place.drop == drop)
    return found


def in_the_files(workspace: Workspace, version: str) -> set[tuple[str, str, int]]:
    rows = version_rows(workspace, named_version(workspace, version), ("drop", "file", "line"))
    return set(rows.select("drop", "file", "line").iter_rows())


def test_every_row_of_every_drop_is_told_as_the_files_of_each_version_hold_it(tmp_path: Path) -> None:
    workspace = dataset(tmp_path / "home", HALF)
    first, copies = rows(range(80)), [*rows(range(500, 560)), *rows(range(20))]
    for name, own in {"d1": first, "copies": copies}.items():
        curate(workspace, deliver(workspace, name, own))
    assert at(workspace, "copies", "web-3").stage == "dedup"
    curate(workspace, propose_withdrawal(workspace, "d1", "Ada", "a test").key)
    curate(workspace, propose_release(workspace, "d1", "Ada", "a test", ["copies"]).key)
    versions = list(workspace.ledger.versions())
    for version in versions:
        held = in_the_files(workspace, version)
        for row in {str(row["id"]) for row in [*first, *copies]}:
            for trail in follow(workspace, row, version).trails:
                place = (trail.place.drop, trail.place.file, trail.place.line)
                assert trail.is_in == (place in held), (version, trail)
    came_back = at(workspace, "copies", "web-3", versions[2])
    assert came_back.stage in ("train", "validation", "selection", "overlap"), "its keeper was withdrawn"
    assert at(workspace, "d1", "web-50", versions[2]).stage == "withdrawn", "a later release changes nothing"
    assert at(workspace, "copies", "web-3", versions[1]).stage == "dedup"


def test_tables_without_a_row_are_not_taken_for_each_other(tmp_path: Path) -> None:
    workspace = dataset(tmp_path / "home", HALF)
    for name, seeds in {"x1": range(80), "x2": range(200, 280)}.items():
        own = rows(seeds)
        curate(workspace, deliver(workspace, name, [*own, {**own[0], "id": f"copy-{name}"}]))
    for line in range(1, 82):
        for version in workspace.ledger.versions():
            told = follow(workspace, f"part-00000.jsonl.gz:{line}", version).trails
            assert {trail.place.drop for trail in told} == {"x1", "x2"}
