"""A ledger stays small, and is opened at a snapshot that the chain covers and the entries give again."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from upath import UPath
from upath.implementations.memory import MemoryPath
from upath.registry import register_implementation

from entropy_assets.errors import InvalidInput, StorageConflict
from entropy_assets.ledger import Ledger, State, book, drop_candidate, history, reader
from entropy_assets.ledger.audit import audit
from entropy_assets.numbered import numbered_files

EVERY = 8


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "SNAPSHOT_EVERY", EVERY)
    monkeypatch.setattr(reader, "SNAPSHOT_EVERY", EVERY)
    monkeypatch.setattr("entropy_assets.ledger.audit.SNAPSHOT_EVERY", EVERY)


def fill(ledger: Ledger, n: int) -> None:
    """Add n decisions, of which every third is a promotion."""
    for _ in range(n):
        state, number = ledger.state(), ledger.head().number + 1
        drop = f"drop{number}"
        if number % 3:
            ledger.append("hold", drop_candidate(drop), parent=state, reasons=({"code": "blobs"},))
            continue
        version = f"v{len(ledger.versions()) + 1:04d}-{number:08x}"
        segments = {**state.segments, drop: f"index/{number:x}.json"}
        after = State(version, (*state.drops, drop), segments)
        ledger.append("promote", drop_candidate(drop), parent=state, state=after)
    ledger.repair_current()


@pytest.fixture(params=["local", "memory"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    home = UPath(tmp_path) if request.param == "local" else UPath(f"memory://snapshots{tmp_path}")
    ledger = Ledger(home / "ledger", clock=lambda: datetime(2030, 1, 1, tzinfo=UTC))
    fill(ledger, 3 * EVERY + 3)
    return ledger


def fresh(ledger: Ledger) -> Ledger:
    return Ledger(ledger.folder)


class Reads(Ledger):
    """A ledger that counts the entries it reads."""

    def __init__(self, folder: UPath) -> None:
        super().__init__(folder)
        self.seen: list[int] = []

    def entry_path(self, number: int) -> UPath:
        self.seen.append(number)
        return super().entry_path(number)


def test_a_new_reader_begins_at_the_last_snapshot(ledger: Ledger) -> None:
    reads = Reads(ledger.folder)
    assert reads.state() == ledger.state()
    assert reads.decided("drop1")
    assert not reads.decided("drop99")
    assert reads.outcome_words() == ledger.outcome_words()
    assert reads.versions() == ledger.versions()
    assert min(reads.seen) > 2 * EVERY, "nothing from before the snapshot that the last entry covers"


def test_an_old_entry_is_read_alone(ledger: Ledger) -> None:
    reads = Reads(ledger.folder)
    reads.state()
    reads.seen.clear()
    entry = reads.decision("drop2")
    assert entry is not None
    assert (entry.number, entry.reasons) == (2, ({"code": "blobs"},))
    assert {number for number in reads.seen if number < EVERY} == {2}
    assert entry.version is None
    assert entry.state == State()


def test_every_state_is_the_same_with_and_without_snapshots(ledger: Ledger) -> None:
    from_start, _ = audit(fresh(ledger))
    opened = fresh(ledger)
    opened.state()
    assert [e.state for e in opened.entries()] == [
        from_start.state_after(n + 1) for n in range(len(from_start))
    ]
    assert opened.entries() == ledger.entries()
    for key in ("drop1", "drop9", "drop17", "drop27", "open"):
        assert fresh(ledger).state_before(key) == ledger.state_before(key)


def test_one_reader_reads_an_entry_once(ledger: Ledger) -> None:
    reads = Reads(ledger.folder)
    reads.entries()
    reads.seen.clear()
    for _ in range(20):
        reads.state(), reads.decision("drop5"), reads.entries()
    head = 3 * EVERY + 3
    assert set(reads.seen) == {head, head + 1}, "the head, and whether one more is there"
    fill(ledger, 1)
    assert len(reads.entries()) == head + 1


def test_only_the_last_snapshots_stay(ledger: Ledger) -> None:
    names = sorted(path.name for path in (ledger.folder / "snapshots").iterdir())
    assert names == ["000016.json", "000024.json"]


def test_entries_hold_changes_and_not_states(tmp_path: Path) -> None:
    ledger = Ledger(UPath(tmp_path) / "ledger")
    fill(ledger, 3)
    early = len(ledger.entry_path(3).read_bytes())
    fill(ledger, 60)
    assert len(ledger.entry_path(63).read_bytes()) < early + 100


def test_an_edited_entry_from_before_the_snapshot_is_refused_when_it_is_read(ledger: Ledger) -> None:
    path = ledger.entry_path(2)
    path.write_bytes(path.read_bytes().replace(b"blobs", b"bobbs"))
    opened = fresh(ledger)
    opened.state()
    for read in (lambda: opened.decision("drop2"), opened.entries, lambda: opened.entry(2)):
        with pytest.raises(InvalidInput, match=r"000002\.json is missing or differs from the digest"):
            read()
    assert "000003.json of the ledger does not name" in " ".join(audit(opened)[1])


def test_a_missing_entry_from_before_the_snapshot_is_refused(ledger: Ledger) -> None:
    ledger.entry_path(2).unlink()
    with pytest.raises(InvalidInput, match=r"without a gap; missing: 000002\.json"):
        fresh(ledger).state()


@pytest.mark.parametrize("damage", ["edited", "gone"])
def test_a_damaged_snapshot_is_made_again_from_the_entries(ledger: Ledger, damage: str) -> None:
    path = ledger.snapshot_path(24)
    whole = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(whole.replace(b"v0001-", b"v0009-"))
        assert "is not what the entries up to 24 say" in " ".join(audit(fresh(ledger))[1])
    reads = fresh(ledger)
    assert reads.state() == ledger.state()
    reads.repair_current()
    assert path.read_bytes() == whole
    assert audit(fresh(ledger))[1] == []


def test_no_snapshot_at_all_is_read_from_the_entries(ledger: Ledger) -> None:
    for path in list((ledger.folder / "snapshots").iterdir()):
        path.unlink()
    assert fresh(ledger).entries() == ledger.entries()
    fill(fresh(ledger), EVERY)
    assert fresh(ledger).head().number == 4 * EVERY + 3


def test_a_snapshot_that_no_entry_follows_plays_no_part(tmp_path: Path) -> None:
    """What a writer leaves that was killed between the two; the next one writes the same bytes."""
    ledger = Ledger(UPath(tmp_path) / "ledger")
    fill(ledger, EVERY)
    path = ledger.snapshot_path(EVERY)
    path.parent.mkdir()
    path.write_bytes(b'{"forged": true}')
    assert fresh(ledger).state() == ledger.state()
    fill(ledger, 1)
    assert json.loads(path.read_bytes())["number"] == EVERY
    assert audit(fresh(ledger))[1] == []


# --- a store that caches its listings for ever


class CachedListings(MemoryFileSystem):
    """An object store that answers from its first listing of a folder, as s3fs does by default."""

    protocol = "cachedlistings"
    listings: ClassVar[dict[str, list[dict[str, object]]]] = {}
    store: ClassVar[dict[str, object]] = {}
    pseudo_dirs: ClassVar[list[str]] = [""]

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return MemoryFileSystem._strip_protocol(path.replace("cachedlistings://", "memory://"))

    def ls(self, path: str, detail: bool = True, **kwargs: object) -> list[object]:
        path = self._strip_protocol(path)
        if path not in self.listings:
            self.listings[path] = super().ls(path, detail=True)
        found = self.listings[path]
        return list(found) if detail else [one["name"] for one in found]

    def info(self, path: str, **kwargs: object) -> dict[str, object]:
        parent = self._strip_protocol(path).rpartition("/")[0]
        if parent in self.listings:
            for one in self.listings[parent]:
                if one["name"] == self._strip_protocol(path):
                    return dict(one)
            raise FileNotFoundError(path)
        return dict(super().info(path, **kwargs))


@pytest.fixture
def cached(tmp_path: Path) -> Iterator[UPath]:
    fsspec.register_implementation("cachedlistings", CachedListings, clobber=True)
    register_implementation("cachedlistings", MemoryPath, clobber=True)
    CachedListings.listings.clear()
    yield UPath(f"cachedlistings://home{tmp_path}")
    CachedListings.listings.clear()
    CachedListings.store.clear()


def test_a_store_with_cached_listings_is_read_by_key(cached: UPath) -> None:
    ledger = Ledger(cached / "ledger")
    assert isinstance(ledger.folder.fs, CachedListings)
    fill(ledger, 3)
    ledger.folder.fs.ls(ledger.folder.path)
    assert len(CachedListings.listings) > 0
    fill(ledger, EVERY)
    with pytest.raises(FileNotFoundError):
        ledger.folder.fs.info(ledger.entry_path(EVERY).path)
    assert len(fresh(ledger).entries()) == 3 + EVERY
    assert fresh(ledger).state() == ledger.state()
    paths = numbered_files(ledger.folder, "the ledger")
    assert [path.name for path, _ in paths] == [f"{n:06d}.json" for n in range(1, 4 + EVERY)]


def test_tries_of_append_are_bounded(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that refuses a number and never shows what has it."""
    tried: list[str] = []

    def taken(path: UPath, data: bytes) -> None:
        tried.append(path.name)
        raise StorageConflict("taken")

    monkeypatch.setattr(book, "create_exclusive", taken)
    with pytest.raises(StorageConflict, match=r"'x' found no free number in .* in 100 tries: .*run it again"):
        ledger.append("hold", drop_candidate("x"), parent=ledger.state())
    assert tried == ["000028.json"] * 100
