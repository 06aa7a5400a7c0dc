"""A version takes the room of what is new in it: shards that did not change are those of its parent."""

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from upath import UPath

from entropy_assets import linking, records
from entropy_assets.curation.publication import Promotion, Rows, layout, publish, verify_version
from entropy_assets.curation.selection import (
    Budget,
    Constraints,
    Earlier,
    ZipParams,
    head_of,
    priced_alone,
    select,
)
from entropy_assets.errors import StaleProvenance
from entropy_assets.ledger import Entry, drop_candidate
from entropy_assets.linking import put_linked
from entropy_assets.storage import DatasetHome
from tests.curation.publishing import content_of, frame_of, home_of, ledger_of
from tests.curation.selection.oracle import words_pool

SMALL = ZipParams(n_candidates=200, n_shortlist=20, n_picks=10)


def bring(
    home: DatasetHome,
    drop: str,
    train: pl.DataFrame,
    sizes: dict[str, int],
    *,
    is_by_rank: bool = False,
) -> Entry:
    """Publish records, whose drops gave so many to the pool; the ranks follow their order."""
    ledger = ledger_of(home)
    parent = ledger.state()
    ranked = train.with_row_index("rank").cast({"rank": pl.Int64})
    content = replace(content_of((drop,)), train=Rows.of(ranked), drop_rows=sizes, is_by_rank=is_by_rank)
    return publish(home, ledger, Promotion(drop_candidate(drop), parent, (*parent.drops, drop), content))


def data_of(home: DatasetHome, entry: Entry, part: str = "data") -> dict[str, int]:
    """Return name -> inode of the data files of the version that an entry promotes."""
    folder = Path(str(home.version(entry.state.version or ""))) / part
    return {path.name: path.stat().st_ino for path in folder.iterdir()}


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "SHARD_ROWS", 64)
    monkeypatch.setattr(layout, "BLOCK_ROWS", 100)


@pytest.mark.usefixtures("small_shards")
def test_what_did_not_change_is_one_file_with_the_parents(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    first, second = frame_of("first", 1000), frame_of("second", 40)
    old = bring(home, "first", first, {"first": 1000})
    new = bring(home, "second", pl.concat([first, second]), {"first": 1000, "second": 40})
    before, after = data_of(home, old), data_of(home, new)
    assert len(before) == 16 + 1  # with the validation split
    assert before.items() <= after.items()
    assert len(after) == len(before) + 1
    ranks, more = data_of(home, old, "ranking"), data_of(home, new, "ranking")
    assert ranks.items() <= more.items()
    assert (len(ranks), len(more)) == (10, 11)
    for entry in (old, new):
        verify_version(home, entry.state.version or "")


@pytest.mark.usefixtures("small_shards")
def test_a_record_less_changes_one_shard(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    first, second = frame_of("first", 1000), frame_of("second", 40)
    sizes = {"first": 1000, "second": 40}
    old = data_of(home, bring(home, "first", first, sizes))
    new = data_of(home, bring(home, "second", pl.concat([first[1:], second]), sizes))
    assert len(set(old.items()) - set(new.items())) == 1


def test_the_parents_damaged_file_is_not_handed_on(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    old = bring(home, "first", frame_of("first"), {})
    folder = Path(str(home.version(old.state.version or "")))
    damaged = next(folder.glob("data/train-*"))
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:-1] + b"!")
    new = bring(home, "second", pl.concat([frame_of("first"), frame_of("second")]), {})
    verify_version(home, new.state.version or "")
    shared = Path(str(home.version(new.state.version or ""))) / "data" / damaged.name
    assert shared.read_bytes() == whole


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize("max_bytes", [1, 20_000, 1 << 30])
def test_neither_memory_nor_the_order_and_cut_of_frames_changes_a_byte(
    tmp_path: Path, max_bytes: int
) -> None:
    whole = home_of(tmp_path / "whole")
    train = frame_of("first", 500)
    expected = bring(whole, "first", train, {"first": 500}).state.version
    taken: list[int] = []

    def frames() -> Iterator[pl.DataFrame]:
        shuffled = train.sample(fraction=1.0, shuffle=True, seed=3)
        more = pl.concat([shuffled, frame_of("held-out", 2), frame_of("other", 30)])
        for start in range(0, more.height, 7):
            taken.append(start)
            yield more[start : start + 7]

    home = home_of(tmp_path / "own")
    ranked = train.select("id", "drop").with_row_index("rank")
    content = replace(
        content_of(("first",)), train=Rows(ranked, frames, records.SCHEMA), drop_rows={"first": 500}
    )
    ledger = ledger_of(home)
    entry = publish(
        home,
        ledger,
        Promotion(drop_candidate("first"), ledger.state(), ("first",), content),
        max_bytes=max_bytes,
    )
    assert entry.state.version == expected
    n_passes = taken.count(0)
    assert n_passes == {1: 8, 20_000: n_passes, 1 << 30: 1}[max_bytes]
    assert n_passes > 1 or max_bytes == 1 << 30


def test_many_small_drops_share_shards(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    entry, train, sizes = None, [], {}
    for number in range(20):
        drop = f"drop-{number:02d}"
        train.append(frame_of(drop, 5))
        sizes[drop] = 5
        entry = bring(home, drop, pl.concat(train), sizes)
    assert entry is not None
    names = [name for name in data_of(home, entry) if name.startswith("train-")]
    assert len(names) == 2 + 4
    assert pl.concat(train).height == 100


@pytest.mark.usefixtures("small_shards")
def test_where_the_head_stays_the_blocks_of_its_ranks_do(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    first, second = frame_of("first", 2000), frame_of("second", 50)
    old = data_of(home, bring(home, "first", first, {}, is_by_rank=True))
    # The last tenth is chosen again, in another order.
    again = pl.concat([first[:1800], second, first[1800:].reverse()])
    entry = bring(home, "second", again, {}, is_by_rank=True)
    new = data_of(home, entry)
    assert (len(old), len(new)) == (1 + 1 + 12, 1 + 1 + 13)  # with the validation split
    assert len(old.items() & new.items()) == 1 + 1 + 10
    for start, stop in pairwise([0, *layout.block_ends(again.height)]):
        block = {*again[start:stop]["id"]}
        found = [
            pl.read_parquet(home.version(entry.state.version or "") / "data" / name)["id"] for name in new
        ]
        assert [ids.is_sorted() for ids in found if {*ids} == block] == [True]


def test_blocks_are_few_and_a_rank_changes_its_block_a_few_times() -> None:
    written, before = 0, set[tuple[int, int]]()
    for n in range(0, 400_000, 500):
        now = {*pairwise([0, *layout.block_ends(n)])}
        assert sum(stop - start for start, stop in now) == n
        assert len(now) <= 2 * layout.FANOUT * layout.BLOCK_LEVELS + n / 32_768
        written += sum(stop - start for start, stop in now - before)
        before = now
    assert written < (layout.BLOCK_LEVELS + 1) * 400_000


def test_twenty_versions_by_small_drops_take_twice_the_room_of_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By `zip`, each selection going on from the one before it; a file with several names counts once.

    Rows are counted: so small a file has more bytes of its own than of records.
    """
    monkeypatch.setattr(layout, "BLOCK_ROWS", 8)
    texts = words_pool(1_500, 7, 200)
    records_of = pl.concat([frame_of(f"{number}", 1) for number in range(len(texts))])
    pool = records_of.with_columns(text=pl.Series([text.decode() for text in texts]))
    home, head, earlier, entry, used = home_of(tmp_path), None, None, None, dict[int, int]()
    for step in range(20):
        own = pool[: 1_250 + 12 * step].sort("id")
        canonical = [text.encode() for text in own["text"]]
        sizes = np.array([len(text) for text in canonical])
        budget, prices, kept = Budget(int(sizes.sum()) // 2, "bytes"), None, Constraints()
        if earlier is not None:
            head = head_of(earlier, own["id"].to_list(), sizes, budget.amount)
            assert head is not None
            prices = head.prices(priced_alone([canonical[place] for place in head.new]))
            kept = Constraints(keep=head.keep.tolist())
        made = select(canonical, budget, "zip", params=SMALL, constraints=kept, prices=prices)
        earlier = Earlier.of(own["id"].to_list(), made, head)
        drop = f"drop-{step}"
        entry = bring(
            home, drop, own[made.ranking.tolist()].with_columns(drop=pl.lit("drop-0")), {}, is_by_rank=True
        )
        for path in Path(str(home.root / "versions")).rglob("*.parquet"):
            used[path.stat().st_ino] = pl.scan_parquet(path).select(pl.len()).collect().item()
    assert entry is not None
    last = Path(str(home.version(entry.state.version or "")))
    assert len(list((home.root / "versions").iterdir())) == 20
    assert sum(used.values()) <= 2 * sum(used[path.stat().st_ino] for path in last.rglob("*.parquet"))
    for folder in (home.root / "versions").iterdir():
        verify_version(home, folder.name)


def test_groups_grow_as_drops_come_and_leave_large_ones_alone() -> None:
    rng = random.Random(0)
    sizes = {f"drop-{n}": rng.choice([10, 500, 5_000, 100_000]) for n in range(200)}
    written, before = 0, set[tuple[str, ...]]()
    for n in range(1, 201):
        groups = layout.groups_of(dict(list(sizes.items())[:n]))
        assert [drop for group in groups for drop in group] == list(sizes)[:n]
        assert len(groups) <= 4 * layout.FANOUT
        written += sum(sizes[drop] for group in set(groups) - before for drop in group)
        before = set(groups)
    assert written < 3.5 * sum(sizes.values())


def test_what_a_budget_leaves_of_a_drop_moves_no_record_to_another_shard() -> None:
    ids = [f"{random.Random(n).getrandbits(128):032x}" for n in range(10_000)]
    keys = pl.DataFrame({"id": ids, "drop": ["d"] * len(ids)})
    whole = layout.shards_of(keys, {"d": len(ids)})
    part = layout.shards_of(keys[::2], {"d": len(ids)})
    assert whole["shard"].n_unique() == part["shard"].n_unique() == 4
    assert part.equals(whole[::2])
    assert whole.group_by("shard").len()["len"].max() <= layout.SHARD_ROWS
    by_id = whole.sort("id")["shard"]
    assert by_id.is_sorted()


@pytest.mark.parametrize("fault", ["missing", "twice"])
def test_a_record_that_is_not_in_the_pool_once_is_refused(tmp_path: Path, fault: str) -> None:
    home, train = home_of(tmp_path), frame_of("first")
    found = train[1:] if fault == "missing" else pl.concat([train, train[:1]])
    rows = Rows(train.select("id", "drop"), lambda: iter([found]), records.SCHEMA)
    content = replace(content_of(("first",)), train=rows)
    ledger = ledger_of(home)
    with pytest.raises(StaleProvenance, match="not in the pool once each"):
        publish(home, ledger, Promotion(drop_candidate("first"), ledger.state(), ("first",), content))
    assert not home.version("").exists()
    assert not list(Path(str(home.root)).rglob("*.parquet"))


def test_a_held_out_record_that_names_no_drop_is_published(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    held_out = pl.concat([frame_of("held-out", 2), frame_of("x", 1).with_columns(drop=pl.lit(None))])
    content = replace(content_of(("first",)), validation=Rows.of(held_out))
    ledger = ledger_of(home)
    entry = publish(home, ledger, Promotion(drop_candidate("first"), ledger.state(), ("first",), content))
    folder = Path(str(home.version(entry.state.version or "")))
    found = pl.concat([pl.read_parquet(path) for path in folder.glob("data/validation-*")])
    assert found.sort("id").equals(held_out.sort("id"))


@pytest.fixture(params=["local", "memory"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> UPath:
    return UPath(tmp_path) if request.param == "local" else UPath(f"memory://linking{tmp_path}")


def test_bytes_come_under_another_path_whole(folder: UPath) -> None:
    source, target = folder / "a" / "one", folder / "b" / "two"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(b"bytes")
    for _ in range(2):  # again is harmless
        put_linked(source, target)
        assert target.read_bytes() == b"bytes"
    assert [path.name for path in target.parent.iterdir()] == ["two"]
    other = folder / "other"
    other.write_bytes(b"more")
    put_linked(other, target)
    assert (target.read_bytes(), source.read_bytes()) == (b"more", b"bytes")


def test_a_local_file_comes_to_an_object_store(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"bytes")
    target = UPath(f"memory://linking{tmp_path}/two")
    put_linked(UPath(tmp_path / "one"), target)
    assert target.read_bytes() == b"bytes"


@pytest.mark.parametrize("number", [1, 18, 31, 95])  # not permitted, another disk, too many links, no links
def test_where_a_disk_has_no_links_the_bytes_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(number, "no link")

    monkeypatch.setattr(linking.os, "link", refuse)
    source, target = UPath(tmp_path / "one"), UPath(tmp_path / "new" / "two")
    source.write_bytes(b"bytes")
    put_linked(source, target)
    assert target.read_bytes() == b"bytes"
    assert Path(str(source)).stat().st_ino != Path(str(target)).stat().st_ino
    assert [path.name for path in target.parent.iterdir()] == ["two"]


def test_a_missing_file_is_no_link(folder: UPath) -> None:
    with pytest.raises(FileNotFoundError):
        put_linked(folder / "none", folder / "two")
    assert not (folder / "two").exists()
