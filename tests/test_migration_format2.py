"""A store of format 2 becomes today's without a changed byte in its ledger, and goes on from there."""

import json
import shutil
import signal
from pathlib import Path

import pytest
from typer.testing import CliRunner
from upath import UPath

from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import propose_withdrawal
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli import app
from entropy_assets.curation.publication.proof import verify_dataset
from entropy_assets.errors import InvalidInput
from entropy_assets.ledger import Ledger, drop_candidate
from entropy_assets.migration import migrate_dataset, require_schema
from entropy_assets.storage import DatasetHome, canonical_json
from tests.candidate.small import deliver, rows, without_detector
from tests.migrating import files_of, migrate_apart, unpacked

ROOT = Path(__file__).resolve().parents[1]
STORE = ROOT / "tests" / "stores" / "schema2" / "store.tar.xz"
KEYS = ["first", "damaged", "tiny", "@batch-f56b8b20", "@release-strange-1", "@without-good-1"]


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(STORE, tmp_path_factory.mktemp("schema2") / "home")


@pytest.fixture
def home(frozen: Path, tmp_path: Path) -> DatasetHome:
    shutil.copytree(frozen, tmp_path / "home")
    return DatasetHome(UPath(tmp_path / "home"), "small")


def test_only_the_number_of_the_format_is_changed(home: DatasetHome, frozen: Path) -> None:
    for read in (lambda: require_schema(home), lambda: Ledger(home.root / "ledger").state()):
        with pytest.raises(InvalidInput, match=r"format 2, this release needs 5; .* run `entropy-assets mig"):
            read()
    made = migrate_dataset(home)
    assert (made.n_entries, made.backup, made.found) == (0, None, 2)
    before, after = files_of(frozen / "small"), files_of(Path(str(home.root)))
    assert {path for path in before | after if before.get(path) != after.get(path)} == {"store.json"}
    assert json.loads(after["store.json"]) == {"schema": 5}
    assert migrate_dataset(home).found == 5
    assert files_of(Path(str(home.root))) == after
    assert verify_dataset(home).faults == ()


def test_old_entries_say_what_they_said(home: DatasetHome) -> None:
    migrate_dataset(home)
    entries = Ledger(home.root / "ledger").entries()
    assert [entry.candidate.key for entry in entries] == KEYS
    assert {entry.schema for entry in entries} == {2}
    for entry in entries:
        stored = (home.root / "ledger" / f"{entry.number:06d}.json").read_bytes()
        assert entry.to_bytes() == stored
    assert Ledger(home.root / "ledger").outcome_words() == {
        "first": "promote",
        "damaged": "hold",
        "tiny": "hold",
        "good": "promote",
        "strange": "promote",
    }


def test_the_next_entry_is_of_the_new_format_and_stands_on_the_old_ones(home: DatasetHome) -> None:
    migrate_dataset(home)
    workspace = Workspace(home.home, "small")
    without_detector(workspace)
    entry = curate(workspace, deliver(workspace, "next", rows(range(500, 550))))
    assert entry is not None
    assert (entry.number, entry.schema, entry.action) == (7, 5, "promote")
    withdrawn = curate(workspace, propose_withdrawal(workspace, "strange", "Ada", "a test").key)
    assert withdrawn is not None
    assert withdrawn.action == "withdraw"
    assert verify_dataset(home).faults == ()


def test_a_damaged_store_is_refused_and_left_as_it_is(home: DatasetHome) -> None:
    path = Path(str(home.root)) / "ledger" / "000003.json"
    path.write_bytes(canonical_json({**json.loads(path.read_bytes()), "at": "2020-01-01T00:00:00+00:00"}))
    before = files_of(Path(str(home.root)))
    with pytest.raises(InvalidInput, match="does not name the digest of 000003"):
        migrate_dataset(home)
    assert files_of(Path(str(home.root))) == before


def test_a_ledger_whose_end_was_cut_is_refused(home: DatasetHome) -> None:
    (home.root / "ledger" / "000006.json").unlink()
    with pytest.raises(InvalidInput, match="names entry 6"):
        migrate_dataset(home)


def test_a_store_that_lost_its_format_gets_todays(home: DatasetHome) -> None:
    (home.root / "store.json").unlink()
    migrate_dataset(home)
    require_schema(home)
    assert len(Ledger(home.root / "ledger").entries()) == 6


@pytest.mark.parametrize("mode", ["before", "after"])
def test_killed_at_its_only_write_it_is_finished_by_running_again(
    mode: str, home: DatasetHome, tmp_path: Path
) -> None:
    assert migrate_apart(mode, home.home, 1) == [str(-signal.SIGKILL)]
    migrate_dataset(home)
    require_schema(home)
    assert verify_dataset(home).faults == ()


def test_the_command_says_what_it_did(home: DatasetHome) -> None:
    for wanted in ("small: store format 2 became 5; no entry was changed", "small: nothing to upgrade"):
        result = CliRunner().invoke(app, ["migrate", "--home", str(home.home)])
        assert result.exit_code == 0
        assert wanted in result.output


def test_an_entry_of_the_old_format_behind_a_new_one_is_refused(home: DatasetHome) -> None:
    migrate_dataset(home)
    ledger = Ledger(home.root / "ledger")
    ledger.append("hold", drop_candidate("e"), parent=ledger.state())
    entry = json.loads(ledger.entry_path(7).read_bytes())
    forged = {
        **entry,
        "schema": 2,
        "number": 8,
        "previous": ledger.head().digest,
        "candidate": {**entry["candidate"], "key": "f", "add": ["f"]},
        "outcomes": {"f": entry["outcomes"]["e"]},
    }
    ledger.entry_path(8).write_bytes(canonical_json(forged))
    with pytest.raises(InvalidInput, match="is of store format 2, after one of format 5"):
        Ledger(home.root / "ledger").state()
    ledger.entry_path(8).write_bytes(canonical_json({**forged, "schema": 5}))
    assert len(Ledger(home.root / "ledger").entries()) == 8
