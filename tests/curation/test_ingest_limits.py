"""What is refused before it can do harm: bombs, huge rows, deep nesting, links, too many files."""

import gzip
import json
import os
import socket
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import zstandard

from entropy_assets.curation.ingest import Ingested, Reason, iter_drop, read_drop, read_file, require_rows
from entropy_assets.errors import InvalidInput
from entropy_assets.settings import IngestSettings

SMALL = IngestSettings(max_row_bytes=1024)
LARGE = "x" * 3_000_000
MIB = 1 << 20


def read(folder: Path, data: bytes, name: str, settings: IngestSettings = SMALL) -> Ingested:
    path = folder / name
    path.write_bytes(data)
    return read_file(path, drop="d", settings=settings)


def ids(found: Ingested) -> list[str]:
    return found.records["row_id"].to_list()


def row(n: int, text: str = "ok", **more: object) -> dict[str, object]:
    return {"id": str(n), "text": text, **more}


def test_a_line_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    line = json.dumps(row(1, "x" * (1024 - len(json.dumps(row(1, ""))))))
    assert len(line) == 1024
    assert ids(read(tmp_path, f"{line}\n".encode(), "a.jsonl")) == ["1"]
    found = read(tmp_path, f"{line} \n".encode(), "a.jsonl")
    assert found.quarantined["reason"].to_list() == [Reason.row_too_large]
    assert "the row has 1025 bytes, allowed are 1024" in found.quarantined["detail"][0]


@pytest.mark.parametrize("text", [LARGE, "a" * 1100, '\\"{[' * 500_000])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_large_line_is_left_out_alone(tmp_path: Path, text: str, place: int) -> None:
    rows = [row(n) for n in range(3)]
    rows[place] = row(place, text)
    lines = [json.dumps(value).encode() for value in rows]
    found = read(tmp_path, b"\n".join(lines), "a.jsonl")
    assert ids(found) == [str(n) for n in range(3) if n != place]
    (entry,) = found.quarantined.rows(named=True)
    assert (entry["line"], entry["reason"]) == (place + 1, Reason.row_too_large)
    assert entry["byte_offset"] == sum(len(line) + 1 for line in lines[:place])
    assert entry["raw"] == lines[place][:65_536]
    assert str(len(lines[place])) in entry["detail"]


@pytest.mark.parametrize("text", [LARGE, "a" * 1100, '\\"{[, ]\n' * 300_000])
@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("indent", [None, 0, 2])
def test_a_large_element_is_left_out_alone(tmp_path: Path, text: str, place: int, indent: int | None) -> None:
    rows = [row(n) for n in range(3)]
    rows[place] = row(place, text, list=[[1, {"text": "}"}]] * 3)
    data = json.dumps(rows, indent=indent).encode()
    found = read(tmp_path, data, "a.json")
    assert ids(found) == [str(n) for n in range(3) if n != place]
    (entry,) = found.quarantined.rows(named=True)
    assert (entry["line"], entry["reason"]) == (place + 1, Reason.row_too_large)
    assert data[entry["byte_offset"] :].startswith(entry["raw"])
    assert entry["raw"].startswith(b"{")
    assert found.complete


def test_a_large_element_of_another_form_hides_no_row_behind_it(tmp_path: Path) -> None:
    values = [row(0), {"text": LARGE, "id": "1"}, {"instruction": "a", "output": "b", "id": "2"}, row(3)]
    assert ids(read(tmp_path, json.dumps(values).encode(), "a.json")) == ["0", "2", "3"]


@pytest.mark.parametrize("bare", [f'"{LARGE}"', "1" * 3_000_000])
def test_a_large_bare_value_is_left_out_alone(tmp_path: Path, bare: str) -> None:
    data = f'[{{"id": "0", "text": "a"}}, {bare}, {{"id": "2", "text": "b"}}]'.encode()
    found = read(tmp_path, data, "a.json")
    assert ids(found) == ["0", "2"]
    assert found.quarantined["reason"].to_list() == [Reason.row_too_large]


def test_an_element_that_never_closes_is_cut_where_the_next_begins(tmp_path: Path) -> None:
    good = ", ".join(json.dumps(row(n, "x" * 700)) for n in range(1, 3000))
    found = read(tmp_path, f'[{{"id": "0", "text": "a", {good}]'.encode(), "a.json")
    assert ids(found) == [str(n) for n in range(2, 3000)] or ids(found) == [str(n) for n in range(1, 3000)]
    assert found.rows_in == found.records.height + 1


def test_one_large_object_is_one_entry(tmp_path: Path) -> None:
    data = json.dumps({"a": [LARGE, 1]}, indent=1).encode()
    found = read(tmp_path, data, "a.json")
    assert found.rows_in == 1
    assert found.quarantined["reason"].to_list() == [Reason.row_too_large]
    lines = b'{"n": 1\n' + b"".join(json.dumps(row(n)).encode() + b"\n" for n in range(1000))
    assert read(tmp_path, lines, "b.json").records.height == 1000


def nested(depth: int) -> bytes:
    """Return a row of that many levels."""
    inner = "[" * (depth - 1) + "]" * (depth - 1)
    return f'{{"id": "{depth}", "text": "a", "n": {inner}}}'.encode()


@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_depth(tmp_path: Path, name: str) -> None:
    rows = [nested(5), nested(6), nested(199), nested(3), nested(5000), nested(4)]
    data = b"\n".join(rows) if name == "a.jsonl" else b"[" + b",\n".join(rows) + b"]"
    found = read(tmp_path, data, name, IngestSettings(max_depth=5))
    assert ids(found) == ["5", "3", "4"]
    assert found.quarantined["reason"].to_list() == [Reason.nested_too_deep] * 3
    assert ids(read(tmp_path, rows[2], name, IngestSettings(max_depth=200))) == ["199"]


def bomb(suffix: str, head: bytes, n_bytes: int) -> bytes:
    """Return a compressed file of `head` and then so many equal letters."""
    is_zstd = suffix == ".zst"
    packer = zstandard.ZstdCompressor().compressobj() if is_zstd else zlib.compressobj(9, wbits=31)
    parts = [packer.compress(head)]
    parts += [packer.compress(b"a" * MIB) for _ in range(n_bytes // MIB)]
    return b"".join([*parts, packer.flush()])


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("layout", [".jsonl", ".json", ".csv", ".txt"])
def test_a_bomb_is_refused(tmp_path: Path, suffix: str, layout: str) -> None:
    head = b"text\nfirst\n" if layout == ".csv" else b'{"text": "first"}\n'
    settings = IngestSettings(max_row_bytes=1 << 30 if layout == ".txt" else 1024)
    found = read(tmp_path, bomb(suffix, head, 200 * MIB), f"a{layout}{suffix}", settings)
    (entry,) = found.quarantined.rows(named=True)
    assert entry["reason"] == Reason.compression_bomb
    assert "ingest.max_unpack_ratio" in entry["detail"]
    assert found.records.height == (layout != ".txt")
    assert not found.complete


def test_a_file_within_the_limits_is_no_bomb(tmp_path: Path) -> None:
    data = gzip.compress(b'{"text": "equal rows"}\n' * 20_000)
    assert read(tmp_path, data, "a.jsonl.gz").records.height == 20_000
    tight = IngestSettings(max_unpacked_bytes=300_000)
    found = read(tmp_path, data, "a.jsonl.gz", tight)
    assert found.quarantined["reason"].to_list() == [Reason.compression_bomb]
    assert "ingest.max_unpacked_bytes" in found.quarantined["detail"][0]
    assert found.records.height < 300_000 / 23
    assert not found.complete
    assert read(tmp_path, b'{"text": "equal rows"}\n' * 20_000, "a.jsonl", tight).records.height == 20_000


def test_large_and_many_times_repeated_values_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pl.DataFrame({"text": ["a", "b" * 2000, "c"]}).write_parquet(path)
    found = read_file(path, drop="d", settings=SMALL)
    assert found.records["text"].to_list() == ["a", "c"]
    assert found.quarantined.select("line", "reason").rows() == [(2, Reason.row_too_large)]
    pl.select(text=pl.repeat("b" * 1000, 100_000)).write_parquet(path)
    assert path.stat().st_size < 100_000
    found = read_file(path, drop="d")
    assert found.quarantined["reason"].to_list() == [Reason.compression_bomb]
    assert not found.complete
    pl.select(text=pl.lit("a"), n=pl.lit(1).implode().implode().implode()).write_parquet(path)
    found = read_file(path, drop="d", settings=IngestSettings(max_depth=3))
    assert found.quarantined["reason"].to_list() == [Reason.nested_too_deep]


def test_only_regular_files_inside_the_drop_are_read(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    drop.mkdir()
    (tmp_path / "secret.jsonl").write_bytes(b'{"text": "secret"}')
    (drop / "up.jsonl").symlink_to("../secret.jsonl")
    (drop / "absolute.jsonl").symlink_to(tmp_path / "secret.jsonl")
    (drop / "folder").symlink_to("..")
    (drop / "null.jsonl").symlink_to("/dev/null")
    os.mkfifo(drop / "pipe.jsonl.gz")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(drop / "socket.json"))
    found = read_drop(drop, "d")
    assert found.records.is_empty()
    assert dict(found.quarantined.select("file", "detail").rows()) == {
        **dict.fromkeys(
            ["absolute.jsonl", "folder", "null.jsonl", "up.jsonl"],
            "it is a symbolic link; only regular files are read; copy what the links of a folder, as of a "
            "hub's cache, point to: cp -rL FOLDER COPY",
        ),
        "pipe.jsonl.gz": "it is a pipe; only regular files are read",
        "socket.json": "it is a socket; only regular files are read",
    }
    assert set(found.quarantined["reason"]) == {Reason.unsupported_file}
    device = read_file(Path("/dev/zero"), drop="d")
    assert device.quarantined["detail"].to_list() == ["it is a device; only regular files are read"]


def test_too_many_files_refuse_the_drop(tmp_path: Path) -> None:
    for n in range(3):
        (tmp_path / f"{n}.jsonl").write_bytes(b'{"text": "a"}')
    assert read_drop(tmp_path, "d", IngestSettings(max_files=3)).rows_in == 3
    with pytest.raises(InvalidInput, match="'d' has more than 2 files and folders: deliver fewer"):
        read_drop(tmp_path, "d", IngestSettings(max_files=2))


def test_folders_deeper_than_the_stack_are_read(tmp_path: Path) -> None:
    # Built and taken down from inside, since the tools for whole trees stop at such a depth.
    places = [os.open(tmp_path, os.O_RDONLY)]
    for _ in range(1500):
        os.mkdir("f", dir_fd=places[-1])
        places.append(os.open("f", os.O_RDONLY, dir_fd=places[-1]))
    os.close(os.open("a.txt", os.O_CREAT | os.O_WRONLY, dir_fd=places[-1]))
    try:
        assert read_drop(tmp_path, "d").quarantined["reason"].to_list() == [Reason.empty_text]
    finally:
        os.unlink("a.txt", dir_fd=places[-1])
        while len(places) > 1:
            os.close(places.pop())
            os.rmdir("f", dir_fd=places[-1])
        os.close(places[0])


MEASURE = """
import resource, sys
from pathlib import Path
from entropy_assets.curation.ingest import iter_file
from entropy_assets.settings import IngestSettings
settings = IngestSettings(max_row_bytes=1 << 20)
list(iter_file(Path(sys.argv[1]), "d", 100, settings=settings))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = sum(part.rows_in for part in iter_file(Path(sys.argv[2]), "d", 100, settings=settings))
print(rows, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def pieces_of_an_array() -> Iterator[bytes]:
    element = json.dumps({"text": "word " * 2000}).encode()
    yield b"[" + element
    for _ in range(200):
        yield (b", " + element) * 100
    yield b"]"


def pieces_of_an_open_array() -> Iterator[bytes]:
    yield from (b'[{"other": ["', *[b"word " * 100_000] * 400)


def pieces_of_a_line() -> Iterator[bytes]:
    yield from (b'{"text": "', *[b"word " * 100_000] * 400, b'"}\n{"text": "a"}\n')


def pieces_of_a_cell() -> Iterator[bytes]:
    yield from (b'text\n"', *[b"word " * 100_000] * 400, b'"\na\n')


@pytest.mark.parametrize(
    ("name", "pieces", "n_rows"),
    [
        ("a.json", pieces_of_an_array, 20_001),
        ("b.json", pieces_of_an_open_array, 1),
        ("a.jsonl", pieces_of_a_line, 2),
        ("a.csv", pieces_of_a_cell, 2),
        ("a.txt", pieces_of_a_line, 1),
    ],
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, name: str, pieces, n_rows: int) -> None:
    small, large = tmp_path / f"small-{name}", tmp_path / name
    part = b"".join([*list(pieces_of_an_array())[:4], b"]"]) if name == "a.json" else b'[{"text": "a"}]'
    small.write_bytes(part if name.endswith("json") else b'text\n{"text": "a"}\n')
    with large.open("wb") as file:
        file.writelines(pieces())
    assert large.stat().st_size > 190 * MIB
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, small, large], capture_output=True, text=True, check=True
    )
    rows, grown_kib = map(int, told.stdout.split())
    assert rows == n_rows
    assert grown_kib < 64 * 1024


@pytest.mark.parametrize(
    ("files", "is_refused"),
    [
        ({}, True),
        ({"a.jsonl": ""}, True),
        ({"a.jsonl": "\n \n", "sub/b.csv": ""}, True),
        ({"b.csv": "text\n"}, True),
        ({".hidden.jsonl": '{"text": "a"}'}, True),
        ({"a.jsonl": "broken"}, False),
        ({"a.jsonl": "", "b.jsonl": '{"text": "a"}'}, False),
    ],
)
def test_a_drop_without_a_row_is_bad_input(tmp_path: Path, files: dict[str, str], is_refused: bool) -> None:
    for name, text in {"_SUCCESS": "", **files}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    rows_in = sum(part.rows_in for part in iter_drop(tmp_path, "d"))
    if is_refused:
        with pytest.raises(InvalidInput, match=r"drop 'd' holds no record: .*deliver"):
            require_rows("d", rows_in)
    else:
        require_rows("d", rows_in)
