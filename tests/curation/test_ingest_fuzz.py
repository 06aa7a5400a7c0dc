"""Random bytes and mutated real files: nothing crashes, rows are conserved, rows left alone are kept.

`make fuzz` draws 5,000 cases of each property; the usual run draws a few.
"""

import csv
import gzip
import io
import json
import tempfile
from functools import cache
from itertools import accumulate
from pathlib import Path

import polars as pl
import pytest
import zstandard
from hypothesis import example, given
from hypothesis import strategies as st

from entropy_assets.curation.ingest import Ingested, iter_drop, read_file
from entropy_assets.settings import IngestSettings

LAYOUTS = (".jsonl", ".ndjson", ".json", ".csv", ".txt", ".parquet")
NAMES = [f"a{layout}{packing}" for layout in LAYOUTS for packing in ("", ".gz", ".zst")]
PACK = {".gz": gzip.compress, ".zst": zstandard.compress}
SETTINGS = [
    IngestSettings(),
    IngestSettings(text_unit="paragraph"),
    IngestSettings(max_row_bytes=1024, max_depth=4, max_unpacked_bytes=20_000),
]
FORMS = [
    *("alpaca_zh_demo.jsonl", "c4_demo.jsonl", "dpo_en_demo.jsonl", "glaive_toolcall_en_demo.jsonl"),
    *("kto_en_demo.jsonl", "v1_dpo_demo.jsonl"),
]


def read(data: bytes, name: str, settings: IngestSettings = SETTINGS[0]) -> Ingested:
    """Return what a file holds; a batch whose count does not add up is an error of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        found = read_file(path, drop="d", settings=settings)
        cut = list(iter_drop(Path(folder), "d", batch_rows=3, settings=settings))
    assert pl.concat([part.records for part in cut]).equals(found.records)
    assert pl.concat([part.quarantined for part in cut]).equals(found.quarantined)
    assert found.rows_in == found.records.height + found.quarantined.height
    return found


@cache
def real_rows(shared: Path) -> tuple[bytes, ...]:
    """Return short real rows of six layouts, each with a row id that tells its place."""
    lines = [
        line
        for name in FORMS
        for line in (shared / "data" / "forms" / name).read_bytes().split(b"\n")[:80]
        if 0 < len(line) < 1500
    ]
    return tuple(b'{"id": "%d", ' % n + line.lstrip()[1:] for n, line in enumerate(lines))


Edit = tuple[int, bytes, int]
marks = st.sampled_from([b'"', b"\\", b",", b"{", b"}", b"[", b"]", b":", b"\r", b" ", b"\xff", b"\x00", b""])
edits = st.lists(
    st.tuples(st.integers(0, 999_999), marks | st.binary(max_size=3), st.integers(0, 3)),
    min_size=1,
    max_size=4,
)
"""Place as a share in a million, what is put there, and how many bytes it takes the place of."""


def mutate(data: bytes, changes: list[Edit], *, keep_lines: bool = False) -> bytes:
    """Return `data` after the edits, one after the other; without line feeds if lines are to be kept."""
    for place, new, n_removed in changes:
        at = place * len(data) // 1_000_000
        data = data[:at] + new + data[at + n_removed :]
    return data.replace(b"\n", b"") if keep_lines else data


def drawn(shared: Path, first: int, n_rows: int) -> list[bytes]:
    rows = real_rows(shared)
    return [rows[(first + 37 * n) % len(rows)] for n in range(n_rows)]


def ids_of(rows: list[bytes], but: int | None = None) -> set[str]:
    return {json.loads(row)["id"] for n, row in enumerate(rows) if n != but}


def kept(found: Ingested) -> set[str]:
    return set(found.records["row_id"].drop_nulls())


@given(st.binary(max_size=3000), st.sampled_from(NAMES), st.sampled_from(SETTINGS), st.booleans())
def test_random_bytes(data: bytes, name: str, settings: IngestSettings, is_packed: bool) -> None:
    pack = PACK.get(Path(name).suffix)
    read(pack(data) if pack and is_packed else data, name, settings)


@given(
    st.lists(st.sampled_from([*b'[]{}",:\\\n\r 1a\xff', *b'""\n\n']), max_size=400),
    st.sampled_from(["a.jsonl", "a.json", "a.csv", "a.txt"]),
    st.sampled_from(SETTINGS),
    st.integers(0, 3),
)
def test_random_structure(data: list[int], name: str, settings: IngestSettings, times: int) -> None:
    read(bytes(data) * 4**times, name, settings)


@example(first=0, bad=0, changes=[(0, b"[", 0), (2149, b'"', 0)])
@example(first=0, bad=0, changes=[(0, b"[", 0), (2400, b"x", 0), (20_000, b'"', 0)])
@given(st.integers(0, 10_000), st.integers(0, 4), edits)
def test_a_mutated_line_leaves_the_other_lines(shared: Path, first: int, bad: int, changes: list) -> None:
    rows = drawn(shared, first, 5)
    lines = [*rows]
    lines[bad] = mutate(rows[bad], changes, keep_lines=True)
    assert ids_of(rows, bad) <= kept(read(b"\n".join(lines), "a.jsonl"))


@given(st.integers(0, 10_000), st.integers(0, 4), edits)
def test_a_mutated_element_leaves_the_other_elements(
    shared: Path, first: int, bad: int, changes: list
) -> None:
    rows = drawn(shared, first, 5)
    elements = [json.dumps(json.loads(row), indent=1, ensure_ascii=False).encode() for row in rows]
    elements = [b"\n " + element.replace(b"\n", b"\n ") for element in elements]
    # Its first bytes are left alone: how elements begin is all there is to find the next one by.
    elements[bad] = elements[bad][:8] + mutate(elements[bad][8:], changes)
    assert ids_of(rows, bad) <= kept(read(b"[" + b",".join(elements) + b"\n]\n", "a.json"))


@given(st.integers(0, 10_000), st.integers(0, 4), edits)
def test_a_mutated_row_of_csv_leaves_the_other_rows(
    shared: Path, first: int, bad: int, changes: list
) -> None:
    rows = drawn(shared, first, 5)
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for row in rows:
        text = json.dumps(json.loads(row), ensure_ascii=False)
        writer.writerow([json.loads(row)["id"], text])
    lines = out.getvalue().encode().removesuffix(b"\n").split(b"\n")
    assert len(lines) == 5
    lines[bad] = mutate(lines[bad], changes, keep_lines=True)
    assert ids_of(rows, bad) <= kept(read(b'"id","text"\n' + b"\n".join(lines), "a.csv"))


@example(first=0, name="a.json.gz", changes=[(500_000, b"", 3)], size=1_000_000)
@given(
    st.integers(0, 10_000),
    st.sampled_from([name for name in NAMES if ".parquet" not in name]),
    edits,
    st.integers(1, 1_000_000),
)
def test_mutated_and_cut_files(shared: Path, first: int, name: str, changes: list, size: int) -> None:
    rows = drawn(shared, first, 12)
    if name.startswith("a.json") and not name.startswith("a.jsonl"):
        data = b"[" + b", ".join(rows) + b"]"
    else:
        data = b"\n".join(rows)
    pack = PACK.get(Path(name).suffix)
    packed = mutate(pack(data) if pack else data, changes)
    read(packed[: size * len(packed) // 1_000_000], name, SETTINGS[first % 3])


@example(first=0, changes=[(21_675, b'"', 0)])
@given(st.integers(0, 10_000), edits)
def test_mutated_parquet(shared: Path, first: int, changes: list) -> None:
    rows = [{"id": str(n), "text": row.decode()} for n, row in enumerate(drawn(shared, first, 6))]
    out = io.BytesIO()
    pl.DataFrame(rows).write_parquet(out)
    read(mutate(out.getvalue(), changes), "a.parquet")


@given(st.integers(0, 10_000), st.lists(st.integers(0, 1_000_000), max_size=6))
def test_a_cut_of_lines_keeps_every_whole_line(shared: Path, first: int, cuts: list[int]) -> None:
    rows = drawn(shared, first, 5)
    data = b"\n".join(rows) + b"\n"
    ends = list(accumulate(len(row) + 1 for row in rows))
    for cut in cuts:
        size = cut * len(data) // 1_000_000
        whole = {row for row, end in zip(rows, ends, strict=True) if end <= size}
        found = read(data[:size], "a.jsonl")
        assert ids_of(list(whole)) <= kept(found)
        assert found.rows_in <= len(whole) + 1


def test_the_rows_are_good_before_they_are_mutated(shared: Path) -> None:
    rows = list(real_rows(shared))
    assert len(rows) > 200
    assert kept(read(b"\n".join(rows), "a.jsonl")) == ids_of(rows)


@pytest.mark.parametrize("name", ["odd_lines.jsonl", "chat_forms_array.json"])
def test_a_panel_cut_anywhere(shared: Path, name: str) -> None:
    data = (shared / "panels" / name).read_bytes()
    n_kept = 0
    for size in range(0, len(data), 29):
        found = read(data[:size], name)
        assert found.records.height >= n_kept
        n_kept = found.records.height
