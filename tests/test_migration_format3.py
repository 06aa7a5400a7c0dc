"""A store of format 3 becomes today's with one number: old records are read in today's columns, and stay."""

import json
import shutil
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner
from upath import UPath

from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import propose_withdrawal
from entropy_assets.candidate.reference import version_records
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli import app
from entropy_assets.curation.export import export
from entropy_assets.curation.publication.proof import verify_dataset
from entropy_assets.errors import InvalidInput
from entropy_assets.ledger import Ledger
from entropy_assets.migration import migrate_dataset, require_schema
from entropy_assets.records import SCHEMA, content_id
from entropy_assets.shards import read_shard
from entropy_assets.storage import DatasetHome
from tests.candidate.small import deliver, rows
from tests.migrating import files_of, unpacked

ROOT = Path(__file__).resolve().parents[1]
STORE = ROOT / "tests" / "stores" / "schema3" / "store.tar.xz"
THOUGHT = {"role": "assistant", "content": "Rain.", "reasoning_content": "Clouds.", "weight": 1}


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(STORE, tmp_path_factory.mktemp("schema3") / "home")


@pytest.fixture
def home(frozen: Path, tmp_path: Path) -> DatasetHome:
    shutil.copytree(frozen, tmp_path / "home")
    return DatasetHome(UPath(tmp_path / "home"), "small")


def test_only_the_number_of_the_format_is_changed(home: DatasetHome, frozen: Path) -> None:
    with pytest.raises(
        InvalidInput, match=r"format 3, this release needs 5; .* run `entropy-assets migrate`"
    ):
        require_schema(home)
    result = CliRunner().invoke(app, ["migrate", "--home", str(home.home)])
    assert "small: store format 3 became 5; no entry was changed" in result.output
    before, after = files_of(frozen / "small"), files_of(Path(str(home.root)))
    assert {path for path in before | after if before.get(path) != after.get(path)} == {"store.json"}
    assert json.loads(after["store.json"]) == {"schema": 5}
    assert verify_dataset(home).faults == ()


def test_old_records_come_in_todays_columns_with_the_identity_that_they_had(home: DatasetHome) -> None:
    migrate_dataset(home)
    workspace = Workspace(home.home, "small")
    live = workspace.segment_records(workspace.ledger.state())
    assert live.schema == SCHEMA
    assert live.height > 200
    assert live["tools"].null_count() == live["attachments"].null_count() == live.height
    assert [content_id(row) for row in live.iter_rows(named=True)] == live["id"].to_list()
    assert sorted(live["kind"].unique()) == ["chat", "preference", "text"]
    columns = ["id", "tools", "messages"]
    assert (
        workspace.segment_records(workspace.ledger.state(), columns)
        .select(columns)
        .equals(live.select(columns))
    )
    version = workspace.ledger.state().version
    assert version is not None
    published = version_records(workspace, version, "train")
    assert published.schema == SCHEMA
    assert set(published["id"]) <= set(live["id"])


def test_old_records_are_exported_with_their_parts_in_their_places(home: DatasetHome) -> None:
    migrate_dataset(home)
    workspace = Workspace(home.home, "small")
    live = workspace.segment_records(workspace.ledger.state())
    chats = live.filter(pl.col("kind") == "chat")
    found = export(chats, "messages")
    assert found.lost.is_empty(), found.lost["detail"].to_list()[:3]
    turns = [turn for line in found.rows for turn in json.loads(line)["messages"]]
    assert sum("reasoning_content" in turn and turn["weight"] == 1 for turn in turns) > 20
    assert sum("tool_calls" in turn and turn["content"] == "" for turn in turns) > 20
    assert sum("tools" in json.loads(line) for line in found.rows) > 20
    assert not any("message_fields" in json.loads(line) for line in found.rows)


def test_a_migrated_dataset_goes_on_with_old_and_new_records(home: DatasetHome) -> None:
    migrate_dataset(home)
    workspace = Workspace(home.home, "small")
    made = rows(range(600, 660))
    made[0] = {"id": "new", "messages": [{"role": "user", "content": "Sky?"}, THOUGHT], "source": "web"}
    entry = curate(workspace, deliver(workspace, "next", made))
    assert entry is not None
    assert (entry.number, entry.schema, entry.action) == (5, 5, "promote")
    live = workspace.segment_records(entry.state)
    assert live.filter(pl.col("row_id") == "new")["messages"][0][1]["reasoning"] == "Clouds."
    assert entry.version is not None
    folder = workspace.home.version(entry.version) / "data"
    schemas = [pl.read_parquet_schema(Path(str(path))) for path in folder.iterdir()]
    assert all({**schema, "rank": None} == {**schemas[0], "rank": None} for schema in schemas)
    withdrawn = curate(workspace, propose_withdrawal(workspace, "second", "Ada", "a test").key)
    assert withdrawn is not None
    assert withdrawn.action == "withdraw"
    assert verify_dataset(home).faults == ()


def test_an_entry_of_format_3_stays_as_it_is(home: DatasetHome) -> None:
    migrate_dataset(home)
    ledger = Ledger(home.root / "ledger")
    for entry in ledger.entries():
        assert entry.schema == 3
        assert entry.to_bytes() == ledger.entry_path(entry.number).read_bytes()


def test_a_shard_that_was_stored_before_is_never_misread(home: DatasetHome) -> None:
    workspace = Workspace(home.home, "small")
    migrate_dataset(home)
    for path in sorted((home.root / "work" / "screened_records").iterdir()):
        stored = pl.read_parquet(Path(str(path)))
        assert "tools" not in stored.columns
        segment = next(
            shard
            for key in workspace.ledger.state().segments.values()
            for shard in workspace.segment(key).records.shards
            if shard.path.endswith(path.name)
        )
        read = read_shard(home.root, segment)
        old = [
            {**row, "messages": None} for row in stored.drop("prompt", "chosen", "rejected").rows(named=True)
        ]
        new = read.select(stored.drop("prompt", "chosen", "rejected").columns).rows(named=True)
        assert [{**row, "messages": None} for row in new] == old
