"""Shards exist whole or not at all, are checked when read, and do not depend on who wrote them."""

import dataclasses
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from entropy_assets.errors import StaleProvenance
from entropy_assets.records import SCHEMA
from entropy_assets.shards import (
    Shards,
    parquet_bytes,
    put_frames,
    read_shard,
    read_shards,
    write_shard,
    write_shards,
)

FRAME = pl.DataFrame({"id": ["a", "b", None], "n": [3, 1, 2]})


@pytest.fixture(params=["local", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> UPath:
    """Return the empty folder of a dataset, on disk and in an object store."""
    return UPath(tmp_path) if request.param == "local" else UPath(f"memory://shards{tmp_path}")


def chats(n: int) -> pl.DataFrame:
    """Return records whose list column is large enough for several Parquet pages."""
    turns = [
        [{"role": "user", "content": f"{i} " * (i % 11)}, {"role": "assistant", "content": "yes"}]
        for i in range(n)
    ]
    return pl.DataFrame(
        {"messages": turns, "line": range(n)}, schema={k: SCHEMA[k] for k in ("messages", "line")}
    )


# --- writing


def test_a_shard_names_what_it_holds(root: UPath) -> None:
    shard = write_shard(root, root / "work" / "x", FRAME)
    path = root / shard.path
    assert path.relative_to(root).as_posix() == shard.path == f"work/x/{shard.digest[:32]}.parquet"
    assert (shard.rows, shard.bytes) == (3, len(path.read_bytes()))
    assert read_shard(root, shard).equals(FRAME)
    assert read_shard(root, shard).schema == FRAME.schema
    assert read_shard(root, shard, ["n"]).equals(FRAME.select("n"))


def test_a_shard_is_written_once(tmp_path: Path) -> None:
    first = write_shard(UPath(tmp_path), UPath(tmp_path), FRAME)
    written = (tmp_path / first.path).stat()
    assert write_shard(UPath(tmp_path), UPath(tmp_path), FRAME.clone()) == first
    assert (tmp_path / first.path).stat().st_ino == written.st_ino, "a reader may hold it open"
    assert [path.name for path in tmp_path.iterdir()] == [first.path]


@pytest.mark.parametrize("n", [1, 1_000, 20_000])
def test_equal_frames_give_equal_bytes(n: int) -> None:
    """However a frame came about: cut from a larger one, in chunks, filtered, or read from a file."""
    frame = chats(n)
    both = pl.concat([frame, frame], rechunk=True)
    in_pieces = pl.concat(list(frame.iter_slices(max(1, n // 7))), rechunk=False)
    assert in_pieces.n_chunks() > 1 or n == 1
    ways = {
        "head": both.head(n),
        "tail": both.tail(n),
        "filtered": both.filter(pl.int_range(pl.len()) < n),
        "two chunks": pl.concat([frame, frame], rechunk=False).slice(n, n),
        "many chunks": in_pieces,
        "gathered": both[list(range(n, 2 * n))],
        "by row": pl.DataFrame(frame.rows(), schema=frame.schema, orient="row"),
    }
    expected = parquet_bytes(frame)
    assert {name: parquet_bytes(way) == expected for name, way in ways.items()} == dict.fromkeys(ways, True)


@pytest.mark.parametrize("n", [0, 1, 20_000])
def test_a_file_of_one_frame_has_the_bytes_of_that_frame(root: UPath, n: int) -> None:
    frame = chats(n)
    put_frames(root / "one.parquet", iter([frame]), frame.schema, max(n, 1))
    assert (root / "one.parquet").read_bytes() == parquet_bytes(frame)


def test_a_file_of_many_frames_depends_on_their_rows_alone(root: UPath) -> None:
    frame = chats(20_000)
    both = pl.concat([frame, frame], rechunk=True)
    put_frames(root / "cut.parquet", frame.iter_slices(3_000), frame.schema, 3_000)
    ways = [both[list(range(start, min(start + 3_000, 20_000)))] for start in range(0, 20_000, 3_000)]
    put_frames(root / "gathered.parquet", iter(ways), frame.schema, 3_000)
    assert (root / "cut.parquet").read_bytes() == (root / "gathered.parquet").read_bytes()
    assert pl.read_parquet((root / "cut.parquet").read_bytes()).equals(frame)


def test_other_frames_give_other_bytes() -> None:
    others = [
        FRAME[::-1],
        FRAME[:2],
        FRAME.select("n", "id"),
        FRAME.rename({"n": "m"}),
        FRAME.cast({"n": pl.Int32}),
    ]
    assert len({parquet_bytes(frame) for frame in [FRAME, *others]}) == 6


def test_frames_without_rows_make_no_shard(root: UPath) -> None:
    shards = write_shards(root, root, [FRAME[:0], FRAME[:2], FRAME[:0], FRAME[2:]])
    assert [shard.rows for shard in shards.shards] == [2, 1]
    assert shards.rows == 3
    assert read_shards(root, shards, FRAME.schema).equals(FRAME)


def test_no_shard_reads_as_an_empty_frame(root: UPath) -> None:
    assert Shards().rows == 0
    assert read_shards(root, Shards(), SCHEMA).equals(SCHEMA.to_frame())
    assert read_shards(root, Shards(), SCHEMA, ["line", "id"]).schema == {"line": pl.Int64, "id": pl.String}


def test_columns_come_in_the_order_asked_for(root: UPath) -> None:
    shards = write_shards(root, root, [FRAME[:1], FRAME[1:]])
    assert read_shards(root, shards, FRAME.schema, ["n", "id"]).equals(FRAME.select("n", "id"))


rows_of_two = st.tuples(st.text("ab", max_size=2) | st.none(), st.integers(-(2**63), 2**63 - 1))


@given(st.lists(rows_of_two, max_size=12), st.integers(1, 5), st.integers(1, 5))
def test_rows_survive_any_cut(rows: list[tuple[str | None, int]], one: int, other: int) -> None:
    frame = pl.DataFrame(rows, schema={"s": pl.String, "n": pl.Int64}, orient="row")
    root = UPath("memory://any_cut")
    cuts = [write_shards(root, root, frame.iter_slices(size)) for size in (one, other)]
    for shards in cuts:
        assert read_shards(root, shards, frame.schema).equals(frame)
    if one == other:
        assert cuts[0] == cuts[1]


def test_digest_depends_on_content_and_order_alone(root: UPath) -> None:
    shards = write_shards(root, root / "one", [FRAME[:1], FRAME[1:]])
    elsewhere = write_shards(root, root / "other", [FRAME[:1], FRAME[1:]])
    assert shards != elsewhere
    assert shards.digest == elsewhere.digest
    assert Shards(shards.shards[::-1]).digest != shards.digest
    assert len({shards.digest, Shards(shards.shards[:1]).digest, Shards().digest}) == 3


def test_shards_travel_as_json(root: UPath) -> None:
    shards = write_shards(root, root / "a", [FRAME[:1], FRAME[1:]])
    value = shards.to_json()
    assert [sorted(shard) for shard in value] == [["bytes", "digest", "path", "rows"]] * 2
    assert Shards.from_json(value) == shards


# --- what no longer belongs together


def test_a_missing_file_is_stale(root: UPath) -> None:
    shard = write_shard(root, root, FRAME)
    (root / shard.path).unlink()
    sentence = r"\.parquet is missing: of a promoted drop restore it from a backup"
    with pytest.raises(StaleProvenance, match=sentence):
        read_shard(root, shard)
    with pytest.raises(StaleProvenance, match=sentence):
        read_shards(root, Shards((shard,)), FRAME.schema)


@pytest.mark.parametrize("damage", ["flipped", "cut", "longer", "empty", "other rows"])
@pytest.mark.parametrize("columns", [None, ["n"]])
def test_other_bytes_are_stale(root: UPath, damage: str, columns: list[str] | None) -> None:
    shard = write_shard(root, root, FRAME)
    data = (root / shard.path).read_bytes()
    damaged = {
        "flipped": bytes([*data[:8], data[8] ^ 1, *data[9:]]),
        "cut": data[:-1],
        "longer": data + b"\x00",
        "empty": b"",
        "other rows": parquet_bytes(FRAME[::-1]),
    }[damage]
    (root / shard.path).write_bytes(damaged)
    sentence = rf"has digest [0-9a-f]{{12}}, its manifest says {shard.digest[:12]}: of a promoted"
    with pytest.raises(StaleProvenance, match=sentence):
        read_shard(root, shard, columns)


def test_a_manifest_with_another_digest_is_stale(root: UPath) -> None:
    shard = dataclasses.replace(write_shard(root, root, FRAME), digest="0" * 64)
    with pytest.raises(StaleProvenance, match="its manifest says 000000000000"):
        read_shard(root, shard)
