"""CSV and plain text: rows with their bytes and places, and what is refused of them."""

import csv
import gzip
import io
import json
import random
from pathlib import Path

import pytest
import zstandard

from entropy_assets.curation.ingest import Ingested, Reason, raw_rows, read_file
from entropy_assets.settings import IngestSettings
from tests.bare import bare_turns

PACK = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.compress}
WHOLE = IngestSettings()
PARAGRAPHS = IngestSettings(text_unit="paragraph")
SMALL = IngestSettings(max_row_bytes=1024)


def read(folder: Path, data: bytes, name: str, settings: IngestSettings = WHOLE) -> Ingested:
    path = folder / name
    path.write_bytes(data)
    found = read_file(path, drop="d", settings=settings)
    assert all(data[at:].startswith(raw) for at, raw in found.quarantined.select("byte_offset", "raw").rows())
    return found


def texts(found: Ingested) -> list[str]:
    return found.records["text"].to_list()


def entries(found: Ingested) -> list[tuple[int, str, bytes]]:
    return found.quarantined.select("line", "reason", "raw").rows()


@pytest.mark.parametrize("suffix", PACK)
def test_rows_of_csv(tmp_path: Path, suffix: str) -> None:
    data = '\ufeffid,text,note\r\n1,plain,x\r\n\r\n2,"a, ""b""\r\nc",\r\n3,last,"ü"'.encode()
    (tmp_path / f"a.csv{suffix}").write_bytes(PACK[suffix](data))
    found = read_file(tmp_path / f"a.csv{suffix}", drop="d")
    assert found.records.select("row_id", "text", "line").rows() == [
        ("1", "plain", 2),
        ("2", 'a, "b"\r\nc', 4),
        ("3", "last", 6),
    ]
    assert found.records["metadata"].to_list() == ['{"note": "x"}', None, '{"note": "ü"}']
    assert (found.rows_in, found.blank_lines, found.complete) == (3, 1, True)
    assert found.records["source"].unique().to_list() == ["a"]


def test_csv_of_all_layouts_at_once(tmp_path: Path) -> None:
    names = ["text", "instruction", "input", "output", "messages", "prompt", "chosen", "rejected"]
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": 'He said "x",\nthen y'}]
    rows = [
        {"text": "a"},
        {"instruction": "Add.", "output": "5"},
        {"messages": json.dumps(turns)},
        {"prompt": "Q", "chosen": "A", "rejected": "B"},
        {"instruction": "Add."},
        {"messages": "[]} , {"},
        {"messages": '[], "text": 1'},
    ]
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    found = read(tmp_path, out.getvalue().encode(), "a.csv")
    assert found.records["kind"].to_list() == ["text", "chat", "chat", "preference"]
    assert bare_turns(found.records["messages"].to_list())[2] == turns
    assert found.quarantined["reason"].to_list() == [
        Reason.no_known_layout,
        Reason.invalid_json,
        Reason.invalid_json,
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"2,b,c", Reason.invalid_csv),
        (b"2", Reason.invalid_csv),
        (b'2,a "b" c', Reason.invalid_csv),
        (b'2,"b" c', Reason.invalid_csv),
        (b'2,"b', Reason.invalid_csv),
        (b'2,"a\nb",c', Reason.invalid_csv),
        (b"2,\xff", Reason.invalid_utf8),
        (b"2,", Reason.empty_text),
        (b'2," "', Reason.empty_text),
        (b"2," + b"x" * 2000, Reason.row_too_large),
        (b'2,"' + b"x" * 2000 + b'"', Reason.row_too_large),
    ],
)
@pytest.mark.parametrize("after", [b'3,"good, too"\n', b'3,good\n4,"x"\n'])
def test_a_bad_row_of_csv_stays_alone(tmp_path: Path, row: bytes, reason: Reason, after: bytes) -> None:
    found = read(tmp_path, b"id,text\n1,good\n" + row + b"\n" + after, "a.csv", SMALL)
    (entry,) = entries(found)
    assert entry[:2] == (3, reason)
    assert entry[2] == row
    assert found.records["row_id"].to_list() == ["1", "3", "4"][: 1 + after.count(b"\n")]
    assert found.complete


def test_a_quote_that_stays_open_beyond_the_limit_costs_its_line(tmp_path: Path) -> None:
    rows = b"".join(b"%d,row %d\n" % (n, n) for n in range(2, 500))
    found = read(tmp_path, b'id,text\n1,"open\n' + rows, "a.csv", SMALL)
    assert entries(found) == [(2, Reason.invalid_csv, b'1,"open')]
    assert found.records["row_id"].to_list() == [str(n) for n in range(2, 500)]


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"text\n", b"\n\n"])
def test_csv_without_rows(tmp_path: Path, data: bytes) -> None:
    found = read(tmp_path, data, "a.csv")
    assert (found.rows_in, found.complete) == (0, True)


@pytest.mark.parametrize("header", [b"text,text", b"na\xffme,id", b'"text" x,id'])
def test_a_header_that_names_nothing_is_one_entry(tmp_path: Path, header: bytes) -> None:
    found = read(tmp_path, header + b"\na,b\n", "a.csv")
    assert found.rows_in == 1
    assert entries(found) == [(1, Reason.unreadable_header, header)]
    assert not found.complete


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("is_open", [False, True])
def test_cut_csv_gives_its_whole_rows_and_one_entry(tmp_path: Path, suffix: str, is_open: bool) -> None:
    text = '"two\nlines, {}"' if is_open else "row {}"
    noise = random.Random(0).randbytes(600_000).hex()
    data = "id,text\n" + "".join(f"{n},{text.format(noise[n * 100 :][:100])}\n" for n in range(12_000))
    packed = PACK[suffix](data.encode())
    (tmp_path / f"a.csv{suffix}").write_bytes(packed[: len(packed) // 2])
    found = read_file(tmp_path / f"a.csv{suffix}", drop="d")
    assert found.quarantined["reason"].to_list() == [Reason.truncated_stream]
    kept = found.records["row_id"].to_list()
    assert kept == [str(n) for n in range(len(kept))]
    assert len(kept) > 100
    assert data.encode()[found.quarantined["byte_offset"][0] :].startswith(found.quarantined["raw"][0])
    assert not found.complete


@pytest.mark.parametrize("suffix", PACK)
def test_a_text_file_is_one_record(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"law.txt{suffix}").write_bytes(PACK[suffix]("\ufeff  a\r\n\nb\u2028c\n\n".encode()))
    found = read_file(tmp_path / f"law.txt{suffix}", drop="d")
    assert found.records.select("text", "source", "line").rows() == [("  a\r\n\nb\u2028c", "law", 1)]
    assert (found.rows_in, found.blank_lines) == (1, 0)


def test_paragraphs_are_records(tmp_path: Path) -> None:
    data = b"\n  a\r\nb\r\n\r\n \t\nc\n\nbad \xff\n\n" + b"x\n" * 900 + b"\nlast"
    settings = IngestSettings(text_unit="paragraph", max_row_bytes=1024)
    found = read(tmp_path, data, "a.txt", settings)
    assert found.records.select("text", "line").rows() == [("  a\r\nb", 2), ("c", 6), ("last", 911)]
    assert [entry[:2] for entry in entries(found)] == [(8, Reason.invalid_utf8), (10, Reason.row_too_large)]
    assert (found.rows_in, found.blank_lines) == (5, 6)


@pytest.mark.parametrize("settings", [WHOLE, PARAGRAPHS], ids=["file", "paragraph"])
def test_cut_text_is_one_entry(tmp_path: Path, settings: IngestSettings) -> None:
    data = "".join(f"paragraph {n * 7919 % 1009}\n\n" for n in range(3000)).encode()
    packed = gzip.compress(data)
    (tmp_path / "a.txt.gz").write_bytes(packed[: len(packed) // 2])
    found = read_file(tmp_path / "a.txt.gz", drop="d", settings=settings)
    assert found.quarantined["reason"].to_list() == [Reason.truncated_stream]
    assert (found.records.height > 100) == (settings is PARAGRAPHS)
    assert data[found.quarantined["byte_offset"][0] :].startswith(found.quarantined["raw"][0])


def test_texts_that_are_refused(tmp_path: Path) -> None:
    assert entries(read(tmp_path, b"", "a.txt")) == [(1, Reason.empty_text, b"")]
    assert entries(read(tmp_path, b"a\xff", "a.txt")) == [(1, Reason.invalid_utf8, b"a\xff")]
    large = entries(read(tmp_path, b"a" * 1025, "a.txt", SMALL))
    assert large == [(1, Reason.row_too_large, b"a" * 1025)]
    assert read(tmp_path, b" \n\n", "a.txt", PARAGRAPHS).rows_in == 0


def test_rows_are_given_back_as_they_came(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b'id,text\n1,"a\nb"\n2,c\n'))
    assert raw_rows(path) == ("csv", {0: b"id,text", 2: b'1,"a\nb"', 4: b"2,c"})
    assert raw_rows(path, {4}) == ("csv", {0: b"id,text", 4: b"2,c"})
    (tmp_path / "a.txt").write_bytes(b"a\nb\n")
    assert raw_rows(tmp_path / "a.txt") == ("text", {1: b"a\nb"})


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("question,score,answer,score", "'score'"),
        ("question,,answer,", "''"),
        ("b,question,a,answer,a,b,b", "'a', 'b'"),
    ],
)
def test_columns_of_one_name_are_left_out_and_named(tmp_path: Path, header: str, told: str) -> None:
    names = header.split(",")
    row = ",".join({"question": "Why?", "answer": "So."}.get(name, str(n)) for n, name in enumerate(names))
    found = read(tmp_path, f"{header}\n{row}\n{row},more\n".encode(), "a.csv")
    (record,) = found.records.rows(named=True)
    assert [turn["content"] for turn in record["messages"]] == ["Why?", "So."]
    assert record["metadata"] is None
    assert found.quarantined["reason"].to_list() == [Reason.invalid_csv]
    assert [str(note) for note in found.told] == [
        f"a.csv: more than one column is called {told}; all of them are left out, as nobody can tell which "
        "was meant"
    ]


def test_a_header_that_names_one_column_alone_and_twice(tmp_path: Path) -> None:
    assert entries(read(tmp_path, b"text,text\na,b\n", "a.csv"))[0][1] == Reason.unreadable_header
