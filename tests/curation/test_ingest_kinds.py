"""What a file is, by its first bytes: read under any name, or refused with the true reason."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from pathlib import Path

import polars as pl
import pytest
import zstandard

from entropy_assets.curation.ingest import Ingested, raw_rows, read_file
from entropy_assets.curation.ingest.files import file_form
from entropy_assets.settings import IngestSettings


def packed(data: bytes) -> bytes:
    """Return bytes packed without the time: names of cases follow from them, in every worker alike."""
    return gzip.compress(data, mtime=0)


LINES = b'{"text": "A line about oaks."}\n{"text": "A line about elms."}\n'
TEXTS = ["A line about oaks.", "A line about elms."]


def read(tmp_path: Path, data: bytes, name: str) -> Ingested:
    (tmp_path / name).write_bytes(data)
    return read_file(tmp_path / name, drop="d")


def table() -> bytes:
    out = io.BytesIO()
    pl.DataFrame({"text": TEXTS}).write_parquet(out)
    return out.getvalue()


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("a.jsonl", LINES)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.jsonl.gz", LINES),
        ("a.json.zst", b"[" + LINES.strip().replace(b"\n", b",") + b"]"),
        ("a.jsonl", packed(LINES)),
        ("a.jsonl", zstandard.compress(LINES)),
        ("a.jsonl.gz", zstandard.compress(LINES)),
        ("a.jsonl.zst", packed(LINES)),
        ("a.csv.gz", b"text\nA line about oaks.\nA line about elms.\n"),
        ("a.csv", packed(b"text\nA line about oaks.\nA line about elms.\n")),
        ("a.jsonl", table()),
        ("a.json.gz", table()),
        ("a.parquet.gz", table()),
        ("a.parquet", LINES),
        ("a.parquet", packed(LINES)),
    ],
)
def test_a_file_is_read_as_what_it_is(tmp_path: Path, name: str, data: bytes) -> None:
    found = read(tmp_path, data, name)
    assert (found.records["text"].to_list(), found.quarantined.height) == (TEXTS, 0)


@pytest.mark.parametrize(
    ("name", "data", "reason", "told"),
    [
        (
            "a.jsonl.gz",
            packed(packed(LINES)),
            "unsupported_file",
            "packed twice, the second time by gzip",
        ),
        (
            "a.parquet.gz",
            packed(table()),
            "unsupported_file",
            "Parquet that is packed once more; unpack it",
        ),
        ("a.jsonl", zipped(), "unsupported_file", "a zip archive; unpack it and deliver what is in it"),
        ("a.jsonl", bz2.compress(LINES), "unsupported_file", "packed by bzip2; unpack it"),
        ("a.csv", lzma.compress(LINES), "unsupported_file", "packed by xz"),
        ("a.txt", b"%PDF-1.7\n%\xe2\xe3", "unsupported_file", "a PDF file; deliver its text"),
        ("a.jsonl", b"Obj\x01\x04", "unsupported_file", "an Avro file; write it as Parquet or JSONL"),
        ("page.json", b"<!doctype html>\n<html><body>404</body></html>\n", "unsupported_file", "a web page"),
        ("a.csv", b"\n<HTML><body>Sign in</body>", "unsupported_file", "a web page"),
        (
            "a.jsonl",
            b"Access to dataset acme/tiny is restricted.",
            "unsupported_file",
            "begins 'Access to dataset",
        ),
        ("a.txt", "A plain tale of the sea.\n".encode("utf-16-le"), "other_encoding", "the file is UTF-16"),
        ("a.txt", "A plain tale of the sea.\n".encode("utf-16-be"), "other_encoding", "the file is UTF-16"),
        ("a.jsonl", LINES.decode().encode("utf-16"), "other_encoding", "the file is UTF-16"),
        ("a.csv", "text\na\n".encode("utf-32"), "other_encoding", "the file is UTF-32"),
        ("a.jsonl.gz", packed(LINES.decode().encode("utf-16-le")), "other_encoding", "UTF-16"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_true_reason(
    tmp_path: Path, name: str, data: bytes, reason: str, told: str
) -> None:
    found = read(tmp_path, data, name)
    (entry,) = found.quarantined.rows(named=True)
    assert (entry["reason"], found.records.height) == (reason, 0)
    assert told in entry["detail"]
    assert found.complete == (reason == "unsupported_file")


@pytest.mark.parametrize(
    ("name", "data", "texts"),
    [
        ("a.txt", b"<html> is how pages begin.", ["<html> is how pages begin."]),
        ("a.txt", b"BZh, he said.", ["BZh, he said."]),
        ("a.txt", b"one\0two three four five six", ["one\0two three four five six"]),
        ("a.txt", "中文字".encode(), ["中文字"]),
        ("a.csv", b"text\nnothing here is JSON at all\n", ["nothing here is JSON at all"]),
    ],
)
def test_texts_that_only_look_like_it_are_read(
    tmp_path: Path, name: str, data: bytes, texts: list[str]
) -> None:
    assert read(tmp_path, data, name).records["text"].to_list() == texts


def test_one_bad_line_of_words_is_one_bad_row(tmp_path: Path) -> None:
    found = read(tmp_path, b"this is not any JSON\n" + LINES, "a.jsonl")
    assert (found.records["text"].to_list(), found.quarantined["reason"].to_list()) == (
        TEXTS,
        ["invalid_json"],
    )


def test_forms_are_told_by_bytes_too(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(table())
    assert file_form(tmp_path / "a.jsonl", IngestSettings()) == "parquet"
    (tmp_path / "b.jsonl").write_bytes(packed(LINES))
    assert raw_rows(tmp_path / "b.jsonl") == ("lines", dict(enumerate(LINES.splitlines(), 1)))
    (tmp_path / "c.json.gz").write_bytes(json.dumps([1]).encode())
    assert file_form(tmp_path / "c.json.gz", IngestSettings()) == "array"
