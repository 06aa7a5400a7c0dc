"""Small files that could take hours or all memory: each ends as quarantine, in bounded memory and time."""

import gzip
import io
import json
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import zstandard

from entropy_assets.curation.ingest import Reason, iter_file, pieces, read_file
from entropy_assets.curation.ingest.pages import Damaged, unpacked
from entropy_assets.curation.ingest.trial import takes_too_much
from entropy_assets.settings import IngestSettings
from tests.curation import parquet_bombs as bombs

MIB = 1 << 20
PROGRAM = """
import collections, json, resource, sys
from pathlib import Path
from entropy_assets.curation.ingest import iter_file
most = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
path = Path(sys.argv[1])
before, reasons, records = most(), collections.Counter(), 0
for batch in iter_file(path, "d", 10_000):
    reasons.update(batch.quarantined["reason"].to_list())
    records += batch.records.height
print(json.dumps({"reasons": reasons, "records": records, "memory": most() - before}))
"""


def read_apart(path: Path, data: bytes) -> tuple[dict[str, int], int]:
    """Read a file in a process with a generous end; return reasons and MiB of memory."""
    path.write_bytes(data)
    command = [sys.executable, "-c", PROGRAM, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True)
    told = json.loads(done.stdout)
    return told["reasons"], told["memory"] // MIB


PARQUET: dict[str, Callable[[], bytes]] = {
    "a dictionary of 300 x 10 MB": lambda: bombs.few_strings(300, 10_000_000),
    "a footer that says 100 bytes": lambda: bombs.lying_footer(300, 10_000_000),
    "values that repeat the value before": lambda: bombs.shared_beginnings(3_000, 1_000_000),
    "one value of fixed length, many times": lambda: bombs.long_fixed(300, 10_000_000),
    "two billion rows": lambda: bombs.many_rows(2_000_000_000),
    "ten thousand columns of a million rows": lambda: bombs.many_rows(1_000_000, 10_000),
}


@pytest.mark.parametrize("name", PARQUET)
def test_a_parquet_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, name: str) -> None:
    data = PARQUET[name]()
    assert len(data) < MIB
    reasons, memory = read_apart(tmp_path / "a.parquet", data)
    assert reasons == {Reason.compression_bomb: 1}
    assert memory < 200


def test_a_page_header_that_lies_is_damage(tmp_path: Path) -> None:
    reasons, memory = read_apart(tmp_path / "a.parquet", bombs.lying_page(300, 10_000_000))
    assert reasons == {Reason.unreadable_file: 1}
    assert memory < 200


@pytest.mark.parametrize(
    "data",
    [
        bombs.few_strings(3, 5),
        bombs.lying_footer(3, 5),
        bombs.shared_beginnings(300, 5),
        bombs.many_rows(5),
        bombs.many_rows(1_000, 300),
    ],
)
def test_the_same_files_in_small_are_read(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.parquet").write_bytes(data)
    found = read_file(tmp_path / "a.parquet", drop="d")
    assert found.quarantined.is_empty()
    assert found.records.height == pl.read_parquet(io.BytesIO(data)).height


def test_what_pages_state_is_at_least_what_is_read(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "text": ["x" * n for n in range(300)],
            "list": [[n] * (n % 3) for n in range(300)],
            "struct": [{"a": str(n), "b": None} for n in range(300)],
            "null": [None] * 300,
        }
    )
    for compression in ("zstd", "snappy", "gzip", "lz4", "brotli", "uncompressed"):
        frame.write_parquet(
            tmp_path / "a",
            compression=compression,  # type: ignore[arg-type]
            row_group_size=100,
            data_page_size=50,
        )
        stated = unpacked(tmp_path / "a")
        assert stated.is_certain
        assert stated.n_bytes >= frame.estimated_size()
        assert stated.n_bytes > stated.largest_group >= stated.n_bytes / 3


def test_a_row_group_above_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pl.DataFrame({"text": ["x" * 1000] * 100}).write_parquet(tmp_path / "a.parquet")
    monkeypatch.setattr("entropy_assets.curation.ingest.tables.GROUP_BYTES", 1_000)
    (detail,) = read_file(tmp_path / "a.parquet", drop="d").quarantined["detail"]
    assert "allowed are 1000; write smaller row groups" in detail


@pytest.mark.parametrize("place", ["footer", "page"])
def test_damage_of_headers_is_told_and_never_raised(tmp_path: Path, place: str) -> None:
    whole = bombs.many_rows(5, 3)
    length = int.from_bytes(whole[-8:-4], "little")
    start, stop = (len(whole) - 8 - length, len(whole) - 8) if place == "footer" else (4, 40)
    path = tmp_path / "a.parquet"
    for at in range(start, stop):
        for byte in (0, 0x7F, 0xFF):
            path.write_bytes(whole[:at] + bytes([byte]) + whole[at + 1 :])
            with_fault = 0
            try:
                unpacked(path)
            except Damaged:
                with_fault = 1
            assert with_fault <= 1
    path.write_bytes(b"PAR1" + (b"\x1c" * 100_000) + (100_000).to_bytes(4, "little") + b"PAR1")
    with pytest.raises(Damaged, match="nested too deep"):
        unpacked(path)
    path.write_bytes(b"PAR1")
    with pytest.raises(Damaged, match="no footer"):
        unpacked(path)


def test_a_trial_tells_too_much_from_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    path.write_bytes(bombs.shared_beginnings(3_000, 1_000_000))
    assert takes_too_much(path, 64 * MIB, 10_000)
    path.write_bytes(bombs.shared_beginnings(300, 5))
    assert not takes_too_much(path, 64 * MIB, 10_000)
    path.write_bytes(b"damage")
    assert not takes_too_much(path, 64 * MIB, 10_000)


def names(n: int) -> list[str]:
    """Return n names of which the last is the first once more."""
    return [f"name{number % (n - 1)}" for number in range(n)]


N_NAMES = 300_000
LARGE = 40 * MIB
TEXT: dict[str, tuple[str, Callable[[], bytes], set[Reason]]] = {
    "a CSV header with a name twice": (
        "a.csv",
        lambda: (",".join(names(N_NAMES)) + "\na,b\n").encode(),
        {Reason.invalid_csv},
    ),
    "an object with a key twice": (
        "a.jsonl",
        lambda: ("{" + ",".join(f'"{name}":1' for name in names(N_NAMES)) + "}\n").encode(),
        {Reason.duplicate_key},
    ),
    "an object of many keys": (
        "a.jsonl",
        lambda: (json.dumps({f"name{n}": 1 for n in range(N_NAMES)}) + "\n").encode(),
        {Reason.no_known_layout},
    ),
    "deep nesting": ("a.jsonl", lambda: b"[" * 4 * MIB + b"\n", {Reason.nested_too_deep}),
    "deep nesting in an array": ("a.json", lambda: b'[{"a":' + b"[" * 4 * MIB, set()),
    "a number of a million digits": (
        "a.jsonl",
        lambda: b'{"text": "a", "n": ' + b"9" * 1_000_000 + b"}\n",
        {Reason.invalid_json},
    ),
    "one giant line": ("a.jsonl", lambda: b'{"text": "' + b"x" * LARGE + b'"}\n', {Reason.row_too_large}),
    "one giant element": (
        "a.json",
        lambda: b'[{"text": "' + b"x" * LARGE + b'"}]',
        {Reason.row_too_large},
    ),
    "one giant object": ("a.json", lambda: b'{\n"text": "' + b"x" * LARGE + b'"}', {Reason.row_too_large}),
    "a quote that stays open over many lines": ("a.csv", lambda: b'text\n"' + b"\n" * 8 * MIB, set()),
    "a paragraph of many lines": ("a.txt", lambda: b"x\n" * 7 * MIB, set()),
    "many open objects": ("a.json", lambda: b'[{"a":1},' + b'{"a":' * MIB, set()),
    "many stray brackets": ("a.json", lambda: b'[{"a":1}' + b"]" * 3 * MIB, set()),
    "tool turns without end": (
        "a.jsonl",
        lambda: (
            json.dumps(
                {
                    "messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
                    + [{"role": "tool", "content": "c"}] * 200_000
                    + [{"role": "user", "content": "a"}]
                }
            ).encode()
            + b"\n"
        ),
        set(),
    ),
}


@pytest.mark.parametrize("name", TEXT)
def test_a_text_file_takes_bounded_memory_and_time(tmp_path: Path, name: str) -> None:
    file, make, expected = TEXT[name]
    reasons, memory = read_apart(tmp_path / file, make())
    assert set(reasons) >= expected
    assert memory < 500


def test_packed_bombs_are_left_packed(tmp_path: Path) -> None:
    unit = b'{"text": "' + b"x" * (4 * MIB) + b'"}\n'
    packer = zstandard.ZstdCompressor().compressobj()
    packed = b"".join([*(packer.compress(unit) for _ in range(500)), packer.flush()])
    gzip_packer = zlib.compressobj(9, wbits=31)
    members = gzip.compress(unit * 20, mtime=0) * 20
    zipped = b"".join([*(gzip_packer.compress(unit) for _ in range(100)), gzip_packer.flush()])
    for name, data in (("a.jsonl.zst", packed), ("b.jsonl.gz", zipped), ("c.jsonl.gz", members)):
        reasons, memory = read_apart(tmp_path / name, data)
        assert reasons == {Reason.compression_bomb: 1}, name
        assert memory < 700, name
    reasons, memory = read_apart(tmp_path / "d.jsonl.gz", gzip.compress(b"", mtime=0) * 200_000)
    assert reasons == {}


def test_batches_end_by_bytes_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "BATCH_BYTES", 100_000)
    rows = [{"text": f"{n}" + "x" * 30_000} for n in range(20)]
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    pl.DataFrame(rows).write_parquet(tmp_path / "a.parquet")
    for name in ("a.jsonl", "a.parquet"):
        heights = [batch.records.height for batch in iter_file(tmp_path / name, "d", 1_000)]
        assert sum(heights) == 20
        if name == "a.parquet":
            assert max(heights) <= 4
    assert read_file(tmp_path / "a.jsonl", drop="d").records.height == 20


def test_a_quoted_cell_may_have_very_many_lines(tmp_path: Path) -> None:
    cell = "\n" * 500_000 + "end"
    (tmp_path / "a.csv").write_text(f'text\n"{cell}"\nlast\n')
    found = read_file(tmp_path / "a.csv", drop="d", settings=IngestSettings())
    assert found.records["text"].to_list() == [cell, "last"]
