"""A store of format 1 becomes today's: after a back-up, at any kill, once; a damaged one is left as it is."""

import json
import shutil
import signal
from collections.abc import Callable
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
from entropy_assets.ledger import Ledger, State
from entropy_assets.migration import instance_file, migrate_dataset, migrate_home, require_schema
from entropy_assets.storage import DatasetHome, canonical_json, digest_bytes
from tests.candidate.small import without_detector
from tests.migrating import files_of, migrate_apart, unpacked

ROOT = Path(__file__).resolve().parents[1]
STORE = ROOT / "tests" / "stores" / "schema1" / "store.tar.xz"
KEYS = ["docs-first", "docs-damaged", "docs-second", "@release-docs-damaged-1", "@without-docs-second-1"]


@pytest.fixture(scope="session")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return unpacked(STORE, tmp_path_factory.mktemp("schema1") / "home")


@pytest.fixture
def home(frozen: Path, tmp_path: Path) -> DatasetHome:
    shutil.copytree(frozen, tmp_path / "home")
    return DatasetHome(UPath(tmp_path / "home"), "docs")


def old_states(frozen: Path) -> list[State]:
    found = []
    for path in sorted((frozen / "docs" / "ledger").iterdir()):
        state = json.loads(path.read_bytes())["state"]
        found.append(State(state["version"], tuple(state["drops"]), state["segments"]))
    return found


def run_command(*args: str) -> str:
    result = CliRunner().invoke(app, list(args))
    assert result.exit_code == 0, result.output
    return result.output


def test_a_store_of_format_1_becomes_todays(home: DatasetHome, frozen: Path) -> None:
    with pytest.raises(
        InvalidInput, match=r"format 1, this release needs 5; it is from an older .* migrate`"
    ):
        require_schema(home)
    made = migrate_dataset(home)
    assert (made.dataset, made.n_entries) == ("docs", 5)
    require_schema(home)
    entries = Ledger(home.root / "ledger").entries()
    assert [entry.state for entry in entries] == old_states(frozen)
    old = [json.loads(path.read_bytes()) for path in sorted((frozen / "docs" / "ledger").iterdir())]
    for entry, before in zip(entries, old, strict=True):
        same = ("number", "action", "parent", "digests", "at")
        assert {name: getattr(entry, name) for name in same} == {name: before[name] for name in same}
        assert list(entry.reasons) == before["reasons"]
        assert entry.candidate.key == before["candidate"]["key"]
    assert [entry.candidate.key for entry in entries] == KEYS
    assert verify_dataset(home).faults == ()


def test_nothing_but_ledger_current_and_format_is_changed(home: DatasetHome, frozen: Path) -> None:
    migrate_home(home.home)
    before, after = files_of(frozen / "docs"), files_of(Path(str(home.root)))
    changed = {path for path in before if after.get(path) != before[path]}
    assert changed == {"CURRENT", *(f"ledger/{number:06d}.json" for number in range(1, 6))}
    added = {path: data for path, data in after.items() if path not in before}
    backup = {path: data for path, data in added.items() if path.startswith("backup/schema-1-1/")}
    assert added.keys() - backup.keys() == {"store.json"}
    for path in changed:
        assert backup[f"backup/schema-1-1/{path}"] == before[path]
    stated = backup["backup/schema-1-1/SHA256SUMS"].decode().splitlines()
    assert stated == sorted(
        (f"{digest_bytes(before[path])}  {path}" for path in changed), key=lambda s: s[66:]
    )


def test_migrating_again_changes_nothing(home: DatasetHome) -> None:
    migrate_home(home.home)
    before = files_of(Path(str(home.root)))
    assert [(made.n_entries, made.backup) for made in migrate_home(home.home)] == [(0, None)]
    assert files_of(Path(str(home.root))) == before


def test_the_same_store_gives_the_same_bytes(home: DatasetHome, frozen: Path, tmp_path: Path) -> None:
    shutil.copytree(frozen, tmp_path / "other")
    for root in (home.home, UPath(tmp_path / "other")):
        migrate_home(root)
    assert files_of(tmp_path / "other") == files_of(tmp_path / "home")


@pytest.mark.parametrize("mode", ["before", "after"])
def test_killed_at_any_write_it_is_finished_by_running_again(mode: str, frozen: Path, tmp_path: Path) -> None:
    shutil.copytree(frozen, tmp_path / "0")
    (whole,) = migrate_apart(mode, tmp_path / "0", 0)
    n_writes, wanted = int(whole.split()[1]), files_of(tmp_path / "0")
    assert n_writes >= 16, "six files and their list, five entries, CURRENT, store.json, two of dagster.yaml"
    killed = {n: tmp_path / str(n) for n in range(1, n_writes + 1)}
    for own in killed.values():
        shutil.copytree(frozen, own)
    told = migrate_apart(mode, *(word for n, own in killed.items() for word in (own, n)))
    assert told == [str(-signal.SIGKILL)] * n_writes
    for n, own in killed.items():
        migrate_home(UPath(own))
        instance_file.migrate_instance(UPath(own))
        assert files_of(own) == wanted, n


def test_a_half_migrated_store_is_refused_by_readers(home: DatasetHome, frozen: Path) -> None:
    migrate_dataset(home)
    (home.root / "store.json").unlink()
    for number in (3, 4, 5):
        name = f"{number:06d}.json"
        (home.root / "ledger" / name).write_bytes((frozen / "docs" / "ledger" / name).read_bytes())
    home.current_path.write_bytes((frozen / "docs" / "CURRENT").read_bytes())
    with pytest.raises(InvalidInput):
        Ledger(home.root / "ledger").state()
    with pytest.raises(InvalidInput, match="migrate"):
        require_schema(home)
    migrate_dataset(home)
    assert verify_dataset(home).faults == ()


def edit_entry(**changes: object) -> Callable[[DatasetHome], None]:
    def damage(home: DatasetHome) -> None:
        path = home.root / "ledger" / "000003.json"
        path.write_bytes(canonical_json({**json.loads(path.read_bytes()), **changes}))

    return damage


def remove(*paths: str) -> Callable[[DatasetHome], None]:
    def damage(home: DatasetHome) -> None:
        for pattern in paths:
            next(iter(home.root.glob(pattern))).unlink()

    return damage


def truncate_a_version(home: DatasetHome) -> None:
    path = next(iter((home.root / "versions").glob("v0002-*/data/train-*.parquet")))
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize(
    ("damage", "match"),
    [
        (remove("ledger/000002.json"), r"without a gap; missing: 000002\.json: restore from a backup"),
        (edit_entry(number=7), "states number 7"),
        (edit_entry(parent="v0009-aaaaaaaa"), "and parent v0009-aaaaaaaa"),
        (edit_entry(at="yesterday"), "000003.json of the ledger of 'docs' cannot be upgraded"),
        (edit_entry(action="rollback"), "cannot be upgraded"),
        (edit_entry(state={"version": "../../etc", "drops": [], "segments": {}}), "cannot be upgraded"),
        (edit_entry(state=None), "cannot be upgraded"),
        (edit_entry(action="hold"), "makes .* which its candidate 'docs-second' does not"),
        (remove("versions/v0001-*/manifest.json"), "version 'v0001-.*' has no manifest.json"),
        (truncate_a_version, "version v0002-.* must hold what its manifest.json and SHA256SUMS name"),
        (remove("index/*.json", "index/*.json", "index/*.json"), "index segments of 'docs' are missing"),
    ],
)
def test_a_damaged_store_is_refused_and_left_as_it_is(
    home: DatasetHome, damage: Callable[[DatasetHome], None], match: str
) -> None:
    damage(home)
    before = files_of(Path(str(home.root)))
    with pytest.raises(InvalidInput, match=match):
        migrate_dataset(home)
    assert files_of(Path(str(home.root))) == before


def test_a_newer_store_is_refused_everywhere(home: DatasetHome) -> None:
    migrate_dataset(home)
    (home.root / "store.json").write_text('{"schema": 6}')
    for act in (
        lambda: migrate_dataset(home),
        lambda: require_schema(home),
        lambda: Ledger(home.root / "ledger").state(),
    ):
        with pytest.raises(InvalidInput, match=r"format 6, this release needs 5; .*newer release: update"):
            act()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": "2"}', '{"schema": true}', '{"schema": 0}'])
def test_a_damaged_format_file_is_refused(home: DatasetHome, text: str) -> None:
    (home.root / "store.json").write_text(text)
    with pytest.raises(InvalidInput, match=r"store\.json must be an object with the number `schema`"):
        require_schema(home)


def test_a_new_dataset_gets_its_format_at_the_first_write(tmp_path: Path) -> None:
    home = DatasetHome(UPath(tmp_path), "docs")
    require_schema(home)
    assert not home.root.exists()
    for _ in range(2):
        require_schema(home, writes=True)
        assert json.loads((home.root / "store.json").read_bytes()) == {"schema": 5}


def test_work_without_decisions_only_gets_its_format(home: DatasetHome) -> None:
    shutil.rmtree(str(home.root / "ledger"))
    home.current_path.unlink()
    assert migrate_dataset(home).backup is None
    require_schema(home)


def test_commands_show_the_same_before_and_after(home: DatasetHome) -> None:
    root = str(home.home)
    for command in (["versions", "list"], ["policy", "replay"], ["law"], ["ledger", "verify"]):
        result = CliRunner().invoke(app, [*command, "--home", root, "--dataset", "docs"])
        assert result.exit_code == 2, result.output
        assert "migrate" in result.output
    told = run_command("migrate", "--home", root)
    assert "docs: 5 entries upgraded; the old ones are in" in told
    assert "dagster.yaml: replaced by this release's" in told
    assert "docs: nothing to upgrade" in run_command("migrate", "--home", root)
    here = ("--home", root, "--dataset", "docs")
    assert "5 entries, head entry 5 sha256:" in (told := run_command("ledger", "verify", *here))
    assert told.strip().endswith("4 versions: all match")
    versions = [entry.version for entry in Ledger(home.root / "ledger").entries() if entry.action != "hold"]
    listed = run_command("versions", "list", *here)
    assert all(str(version) in listed for version in versions)
    assert "every file matches its digest" in run_command("versions", "show", str(versions[0]), *here)
    assert f"docs: current {versions[-1]}, live drops docs-first, docs-damaged" in run_command(
        "status", "--home", root
    )
    rows = json.loads(run_command("policy", "replay", *here, "--json"))["candidates"]
    assert [row["candidate"] for row in rows] == KEYS
    assert [row["then"]["outcome"] for row in rows] == ["promote", "hold", *["promote"] * 3]
    assert all(row["changed"] is False for row in rows), rows
    assert str(versions[0]) in run_command("law", *here)
    assert "@without-docs-second-1" in run_command("ledger", "show", *here)
    assert json.loads(run_command("ledger", "show", "2", *here))["candidate"]["key"] == "docs-damaged"


def test_verify_tells_every_fault_and_exits_1(home: DatasetHome) -> None:
    migrate_dataset(home)
    truncate_a_version(home)
    segment = next(iter((home.root / "index").glob("*.json")))
    for path in (home.root / "index").glob("*.json"):
        path.write_text(path.read_text().replace("docs-first", "docs-forged"))
    result = CliRunner().invoke(app, ["ledger", "verify", "--home", str(home.home), "--dataset", "docs"])
    assert result.exit_code == 1
    assert "version v0002-" in result.output
    assert segment.exists()
    assert "was changed: restore it from a backup" in result.output


# --- dagster.yaml


def test_an_edited_instance_file_is_left_and_told(home: DatasetHome) -> None:
    path = home.home / "dagster" / "dagster.yaml"
    path.write_text(path.read_text().replace("max_runtime_seconds: 86400", "max_runtime_seconds: 7"))
    before = path.read_bytes()
    told = instance_file.migrate_instance(home.home)
    assert path.read_bytes() == before
    assert "was edited and is left as it is" in told[0]
    assert "  run_retries.enabled: False" in told
    assert "  concurrency.pools.granularity: no longer there, take it out" in told


def test_an_instance_file_that_is_no_yaml_is_told(home: DatasetHome) -> None:
    path = home.home / "dagster" / "dagster.yaml"
    path.write_text("a: [")
    assert "it cannot be read as YAML" in instance_file.migrate_instance(home.home)[1]


def test_an_instance_file_of_this_release_is_not_touched(home: DatasetHome) -> None:
    path = home.home / "dagster" / "dagster.yaml"
    path.write_bytes(instance_file.SHIPPED.read_bytes())
    assert instance_file.migrate_instance(home.home) == []
    path.unlink()
    assert instance_file.migrate_instance(home.home) == []


def test_a_ledger_whose_end_was_cut_is_refused(home: DatasetHome) -> None:
    (Path(str(home.root)) / "ledger" / "000005.json").unlink()
    with pytest.raises(InvalidInput, match="which no entry of the ledger has made: entries are missing"):
        migrate_dataset(home)


def test_a_segment_that_is_named_twice_is_refused(home: DatasetHome) -> None:
    path = Path(str(home.root)) / "ledger" / "000005.json"
    entry = json.loads(path.read_bytes())
    segments = entry["state"]["segments"]
    segments["docs-damaged"] = next(iter(segments.values()))
    path.write_bytes(canonical_json(entry))
    with pytest.raises(InvalidInput, match="names index segments twice"):
        migrate_dataset(home)


def test_a_migrated_dataset_goes_on(home: DatasetHome) -> None:
    migrate_dataset(home)
    workspace = Workspace(home.home, home.name)
    without_detector(workspace)
    candidate = propose_withdrawal(workspace, workspace.ledger.state().drops[-1], "Ada", "a test")
    entry = curate(workspace, candidate.key)
    assert entry is not None
    live = workspace.segment_records(entry.state)
    assert live["id"].n_unique() == live.height > 0
    assert verify_dataset(home).faults == ()
