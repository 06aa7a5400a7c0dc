"""`iter_drop` gives the same batches, byte for byte, for any number of workers."""

import datetime
import gc
import gzip
import json
import pickle
from pathlib import Path

import polars as pl
import pytest

from entropy_assets.curation.ingest import Ingested, iter_drop, iter_file, pieces, read_drop
from entropy_assets.curation.ingest.reasons import Fault, Reason
from entropy_assets.curation.ingest.rows import Lines, Row
from entropy_assets.errors import InvalidParameter
from entropy_assets.shards import parquet_bytes


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of several forms with bad rows and blank lines, cut into small pieces."""
    monkeypatch.setattr(pieces, "PIECE_ROWS", 7)
    monkeypatch.setattr(pieces, "PIECE_BYTES", 600)
    rows = [{"text": f"row {n} " + "x" * (n % 50)} for n in range(60)]
    rows += [
        {"messages": [{"role": "user", "content": str(n)}, {"role": "assistant", "content": "é"}], "n": n}
        for n in range(40)
    ]
    lines = [json.dumps(row).encode() + b"\n" for row in rows]
    for n, bad in ((3, b'{"text": 1}\n'), (30, b"\n"), (31, b" \n"), (52, b'{"text": "\xff"}\n')):
        lines.insert(n, bad)
    (tmp_path / "a.jsonl").write_bytes(b"".join(lines) + b"\n\n")
    (tmp_path / "b.json").write_text(json.dumps(rows, indent=1))
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(b"".join(lines))[:-9])
    pl.DataFrame({"text": [f"table {n}" for n in range(30)], "day": [None, 1.5] * 15}).write_parquet(
        tmp_path / "d.parquet"
    )
    for n in range(20):
        (tmp_path / f"e{n:02}.jsonl").write_text(f'{{"text": "alone {n}"}}')
    return tmp_path


def in_bytes(batch: Ingested) -> tuple[bytes, bytes, int, int, bool]:
    frames = parquet_bytes(batch.records), parquet_bytes(batch.quarantined)
    return *frames, batch.rows_in, batch.blank_lines, batch.complete


@pytest.mark.parametrize("batch_rows", [1_000, 40])
def test_any_number_of_workers_gives_the_same_bytes(drop: Path, batch_rows: int) -> None:
    found = {n: [in_bytes(b) for b in iter_drop(drop, "d", batch_rows, n)] for n in (1, 2, 4)}
    assert found[1] == found[2] == found[4]
    rows_in = [batch[2] for batch in found[1]]
    assert sum(rows_in) == 102 + 100 + 102 + 1 + 30 + 20
    assert set(rows_in[:-1]) <= {batch_rows}
    assert sum(batch[3] for batch in found[1]) == 6
    assert not all(batch[4] for batch in found[1])


def test_pieces_do_not_show_in_what_is_read(drop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = read_drop(drop, "d")
    monkeypatch.setattr(pieces, "PIECE_ROWS", 10_000)
    monkeypatch.setattr(pieces, "PIECE_BYTES", 1 << 30)
    assert in_bytes(read_drop(drop, "d")) == in_bytes(cut)


def test_a_piece_survives_its_way_to_a_worker() -> None:
    fault = Fault(Reason.invalid_json, "cut")
    rows = [
        Row(1, 0, b"[]"),
        Row(2, 3, b"", fault),
        Row(3, None, b"", None, {"day": datetime.date(2026, 1, 2)}),
    ]
    lines = Lines(7, 60, [b"{}", b""])
    piece = pieces.Piece("d", 5, [("a", rows), ("a", lines), ("b", rows[:1])], 4, True)
    assert pickle.loads(pickle.dumps(piece)) == piece
    assert type(pickle.loads(pickle.dumps(piece)).runs[1][1]) is Lines
    assert type(pickle.loads(pickle.dumps(piece)).runs[0][1][1].fault) is Fault


@pytest.mark.parametrize("n_blank", [0, 3])
def test_blank_lines_after_a_full_batch_are_a_batch(tmp_path: Path, n_blank: int) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n' * 4 + "\n" * n_blank)
    batches = list(iter_drop(tmp_path, "d", batch_rows=2))
    assert [batch.rows_in for batch in batches] == [2, 2] + [0] * (n_blank > 0)
    assert sum(batch.blank_lines for batch in batches) == n_blank


def test_no_worker_is_no_number_of_workers(tmp_path: Path) -> None:
    with pytest.raises(InvalidParameter, match=r"workers must be 1 or more processes, got 0"):
        next(iter_drop(tmp_path, "d", workers=0))


def test_reading_leaves_the_search_for_cycles_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a"}\n' * 3)
    try:
        for is_on in (True, False):
            (gc.enable if is_on else gc.disable)()
            list(iter_file(path, "d", workers=1))
            assert gc.isenabled() == is_on
    finally:
        gc.enable()
