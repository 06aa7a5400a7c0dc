"""Records on disk: the same output as in memory, for any order, pieces and number of workers."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from upath import UPath

from entropy_assets.curation.dedup import PAIRS_SCHEMA, Known, decide, deduplicate, plant
from entropy_assets.curation.dedup import stored as module
from entropy_assets.curation.dedup.stored import stored
from entropy_assets.errors import InvalidParameter
from entropy_assets.records import SCHEMA, content_id
from entropy_assets.settings import DedupSettings
from entropy_assets.shards import put_frames
from tests.curation.dedup.rows import PARAMS, framed, pool

WORDS = [f"{a}{b}" for a in ("bal", "kon", "mir", "tus", "rel") for b in ("a", "o", "i", "en", "ur", "ys")]


def records_of(n: int, seed: int = 0) -> pl.DataFrame:
    """Return n texts, among them equal, near and normalised copies, and some records of other kinds."""
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(WORDS, rng.integers(2, 110))) for _ in range(n // 2)]
    own = plant(framed(texts), n // 4, seed).with_columns(row_id=pl.lit(None, pl.String))
    again = framed([*texts[: n // 8], *(f"{text} \n" for text in texts[n // 8 : n // 6])])
    turns = [{"role": "user", "content": "why"}, {"role": "assistant", "content": "because"}]
    rows = [{"kind": "chat", "messages": turns}] * 2
    chats = pl.DataFrame([{**row, "id": content_id(row), "source": "talk"} for row in rows], schema=SCHEMA)
    every = pl.concat([own, again, chats]).with_columns(drop=pl.lit("new"), file=pl.lit("a.jsonl"))
    return every.with_columns(line=pl.int_range(1, pl.len() + 1), metadata=pl.lit('{"a":1}'))


def frames_of(records: pl.DataFrame, n_rows: int) -> Iterator[pl.DataFrame]:
    return records.iter_slices(n_rows)


def run(folder: Path, frames: Iterator[pl.DataFrame], known: Known, workers: int = 1) -> list[bytes]:
    """Return the bytes of kept.parquet and pairs.parquet."""
    with stored(frames, PARAMS, workers) as given:
        decided = decide(given, given.sketch, known, PARAMS, workers)
        n_rows = given.frame_rows
        put_frames(UPath(folder / "kept"), given.frames(decided.rows, n_rows), SCHEMA, n_rows)
    put_frames(UPath(folder / "pairs"), [decided.pairs], PAIRS_SCHEMA, 1000)
    return [(folder / name).read_bytes() for name in ("kept", "pairs")]


@pytest.fixture
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE_ROWS", 17)


@pytest.mark.usefixtures("small_pieces")
def test_same_bytes_for_any_order_pieces_and_workers(tmp_path: Path) -> None:
    records, known = records_of(200), pool([" ".join(WORDS)])
    first = run(tmp_path, frames_of(records, 50), known)
    whole = deduplicate(records, known, PARAMS)
    assert_frame_equal(pl.read_parquet(first[0]), whole.kept)
    assert_frame_equal(pl.read_parquet(first[1]), whole.pairs)
    assert set(whole.pairs["rule"]) == {"exact", "normalised", "near"}
    for seed, n_rows, workers in ((1, 3, 1), (2, 1000, 2), (3, 40, 4)):
        mixed = records.sample(fraction=1, shuffle=True, seed=seed)
        assert run(tmp_path, frames_of(mixed, n_rows), known, workers) == first


@pytest.mark.usefixtures("small_pieces")
def test_signatures_and_texts_are_those_in_memory() -> None:
    records = records_of(120)
    rows = np.array([records.height - 1, 0, 18, 17, 16, 3, 60])
    with stored(frames_of(records, 30), PARAMS) as given, stored([records], DedupSettings()) as again:
        assert len(given.pieces) > 3
        assert_frame_equal(given.take(rows), records[rows])
        assert given.take(rows[:0]).schema == SCHEMA
        assert given.texts(rows) == again.texts(rows)
        frames = list(given.frames(rows, 3))
        assert [frame.height for frame in frames] == [3, 3, 1]
        assert_frame_equal(pl.concat(frames), records[rows])


def test_a_small_drop_stays_in_memory() -> None:
    records = records_of(60)
    with stored(frames_of(records, 7), PARAMS) as given:
        assert len(given.pieces) == 1
        assert not list(given.folder.iterdir())
        assert_frame_equal(given.take(np.arange(records.height)), records)
    with stored([], PARAMS) as given:
        assert given.keys.is_empty()
        assert not list(given.frames(np.zeros(0, np.int64), 10))


@pytest.mark.usefixtures("small_pieces")
def test_large_records_make_small_pieces_and_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE_BYTES", 3000)
    records = records_of(100)
    with stored([records], PARAMS) as given:
        assert given.frame_rows < 17
        assert max(np.diff(given.ends)) < 17
        assert_frame_equal(pl.concat(given.frames(np.arange(records.height), given.frame_rows)), records)


@pytest.mark.usefixtures("small_pieces")
def test_files_are_gone_and_too_many_records_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with stored(frames_of(records_of(60), 10), PARAMS) as given:
        assert (given.folder / "texts").exists()
    assert not given.folder.exists()
    monkeypatch.setattr(module, "RECORD_BYTES", PARAMS.memory_bytes // 40)
    with pytest.raises(InvalidParameter, match="take them in parts"), stored([records_of(60)], PARAMS):
        pass
