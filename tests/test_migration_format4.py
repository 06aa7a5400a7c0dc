"""A store of format 4 becomes today's with one number: its entries stay, and it can be rolled back."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner
from upath import UPath

from entropy_assets.candidate.rollback import roll_back
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli import app
from entropy_assets.curation.publication.proof import verify_dataset
from entropy_assets.errors import InvalidInput
from entropy_assets.ledger import Ledger
from entropy_assets.migration import migrate_dataset, require_schema
from entropy_assets.storage import DatasetHome, canonical_json
from tests.migrating import files_of, unpacked

STORE = Path(__file__).resolve().parent / "stores" / "schema4" / "store.tar.xz"


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(STORE, tmp_path_factory.mktemp("schema4") / "home")


@pytest.fixture
def home(frozen: Path, tmp_path: Path) -> DatasetHome:
    shutil.copytree(frozen, tmp_path / "home")
    return DatasetHome(UPath(tmp_path / "home"), "small")


def test_only_the_number_of_the_format_is_changed(home: DatasetHome, frozen: Path) -> None:
    with pytest.raises(InvalidInput, match=r"format 4, this release needs 5; .* `entropy-assets migrate`"):
        require_schema(home)
    result = CliRunner().invoke(app, ["migrate", "--home", str(home.home)])
    assert "small: store format 4 became 5; no entry was changed" in result.output
    before, after = files_of(frozen / "small"), files_of(Path(str(home.root)))
    assert {path for path in before | after if before.get(path) != after.get(path)} == {"store.json"}
    assert json.loads(after["store.json"]) == {"schema": 5}
    assert verify_dataset(home).faults == ()
    for entry in Ledger(home.root / "ledger").entries():
        assert (entry.schema, entry.to_bytes()) == (4, after[f"ledger/{entry.number:06d}.json"])


def test_a_migrated_dataset_goes_back_to_an_old_version(home: DatasetHome) -> None:
    migrate_dataset(home)
    workspace = Workspace(home.home, "small")
    both = list(workspace.ledger.versions())[1]
    made = roll_back(workspace, both, "Ada", "a test")
    assert (made.entry.number, made.entry.schema, made.back) == (5, 5, ("second",))
    assert verify_dataset(home).faults == ()


def test_an_entry_of_format_4_is_no_rollback(home: DatasetHome) -> None:
    migrate_dataset(home)
    workspace = Workspace(home.home, "small")
    made = roll_back(workspace, list(workspace.ledger.versions())[1], "Ada", "a test")
    path = workspace.ledger.entry_path(made.entry.number)
    path.write_bytes(canonical_json({**json.loads(path.read_bytes()), "schema": 4}))
    with pytest.raises(InvalidInput, match="store format 4 knows no rollback"):
        Ledger(home.root / "ledger").entries()
