"""A drop is divided by its rows: bytes, files and forms stay, and what was written is read again."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest
import zstandard

from entropy_assets.curation.ingest import Ingested, read_drop
from entropy_assets.curation.ingest.splitting import SplitRows, split_drop
from entropy_assets.errors import CurationError, StaleProvenance
from entropy_assets.settings import IngestSettings

PARAGRAPHS = IngestSettings(text_unit="paragraph", text_beside_data="read")
TEXTS = [f"This is sentence number {number}, with “quotes”." for number in range(6)]


def split(
    folder: Path, tmp_path: Path, suspect: str, settings: IngestSettings = PARAGRAPHS
) -> tuple[SplitRows, Path, Path, Ingested]:
    """Split a drop: every record whose text holds `suspect` is set aside."""
    whole = read_drop(folder, "d", settings)
    chosen = whole.records.filter(pl.col("text").str.contains(suspect, literal=True))["id"].to_list()
    outs = (tmp_path / "clean", tmp_path / "aside")
    rows = split_drop(folder, "d", whole.records, whole.quarantined, chosen, outs, settings)
    return rows, *outs, whole


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "drop"
    (folder / "deep").mkdir(parents=True)
    return folder


def lines(texts: list[str]) -> bytes:
    return "".join(json.dumps({"id": t[-12:], "text": t, "more": [1]}) + "\n" for t in texts).encode()


def test_lines_keep_their_bytes_and_bad_ones_go_to_neither(folder: Path, tmp_path: Path) -> None:
    odd = b'{ "text":"caf\\u00e9 3" ,"x":1.50}\r\n'
    (folder / "a.jsonl").write_bytes(b"\n" + lines(TEXTS) + odd + b"{broken\n" + b"  \n")
    rows, clean, aside, _ = split(folder, tmp_path, "3")
    assert rows == SplitRows(rows_in=8, clean=5, set_aside=2, quarantined=1)
    assert rows.line == "8 rows in = 5 clean + 2 set aside + 1 quarantined"
    assert (clean / "a.jsonl").read_bytes() == lines([t for t in TEXTS if "3" not in t])
    assert (aside / "a.jsonl").read_bytes() == lines([TEXTS[3]]) + odd.replace(b"\r", b"")


def test_every_form_and_packing_reads_as_the_records_it_was(folder: Path, tmp_path: Path) -> None:
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines(TEXTS)))
    (folder / "deep" / "b.json.zst").write_bytes(
        zstandard.compress(json.dumps([{"text": t} for t in TEXTS], indent=2, ensure_ascii=False).encode())
    )
    (folder / "c.csv").write_text('id,text\n1,"It says 3,\nand ""more"""\n2,plain\n\n3,"3"\n')
    (folder / "d.txt").write_text("One\nparagraph.\n\nAnother 3.\n\n\nA last one.\n")
    pl.DataFrame({"text": TEXTS, "source": "s", "n": range(6)}).write_parquet(folder / "e.parquet")
    (folder / "f.jsonl").write_bytes(lines(["Whole and clean."]))
    (folder / "g.jsonl").write_bytes(lines(["A 3 alone."]))
    (folder / "h.jsonl").write_bytes(b"nothing good\n")
    (folder / "empty.jsonl").touch()
    rows, clean, aside, whole = split(folder, tmp_path, "3")
    assert (rows.rows_in, rows.set_aside, rows.quarantined) == (whole.rows_in, 7, 1)
    files = {"a.jsonl.gz", "deep/b.json.zst", "c.csv", "d.txt", "e.parquet"}
    assert {p.relative_to(clean).as_posix() for p in clean.rglob("*.*")} == files | {"f.jsonl"}
    assert {p.relative_to(aside).as_posix() for p in aside.rglob("*.*")} == files | {"g.jsonl"}
    halves = [read_drop(half, "d", PARAGRAPHS) for half in (clean, aside)]
    columns = [name for name in whole.records.columns if name != "line"]
    both = pl.concat([half.records for half in halves]).select(columns).sort("file", "id")
    assert both.equals(whole.records.select(columns).sort("file", "id"))
    assert halves[1].records["text"].str.contains("3").all()
    assert not halves[0].records["text"].str.contains("3").any()
    assert (aside / "c.csv").read_text() == 'id,text\n1,"It says 3,\nand ""more"""\n3,"3"\n'
    assert (clean / "d.txt").read_text() == "One\nparagraph.\n\nA last one.\n"


def test_the_same_split_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(lines(TEXTS)))
    pl.DataFrame({"text": TEXTS}).write_parquet(folder / "b.parquet")
    made = []
    for number in range(2):
        _, clean, aside, _ = split(folder, tmp_path / str(number), "3")
        made.append([path.read_bytes() for half in (clean, aside) for path in sorted(half.iterdir())])
    assert made[0] == made[1]
    assert len(made[0]) == 4


@pytest.mark.parametrize("form", ["jsonl", "parquet", "gone"])
def test_a_drop_that_changed_after_it_was_read_is_refused(folder: Path, tmp_path: Path, form: str) -> None:
    (folder / "a.jsonl").write_bytes(lines(TEXTS))
    pl.DataFrame({"text": TEXTS}).write_parquet(folder / "b.parquet")
    whole = read_drop(folder, "d", PARAGRAPHS)
    if form == "jsonl":
        (folder / "a.jsonl").write_bytes(lines(TEXTS[:5]))
    elif form == "parquet":
        pl.DataFrame({"text": TEXTS[:5]}).write_parquet(folder / "b.parquet")
    else:
        (folder / "a.jsonl").unlink()
    outs = (tmp_path / "clean", tmp_path / "aside")
    with pytest.raises(StaleProvenance, match="other rows than when it was read"):
        split_drop(folder, "d", whole.records, whole.quarantined, whole.records["id"][:1], outs, PARAGRAPHS)


def test_an_edited_row_is_found_by_reading_again(folder: Path, tmp_path: Path) -> None:
    (folder / "a.jsonl").write_bytes(lines(TEXTS))
    whole = read_drop(folder, "d", PARAGRAPHS)
    (folder / "a.jsonl").write_bytes(lines([*TEXTS[:5], "Another text in place."]))
    outs = (tmp_path / "clean", tmp_path / "aside")
    with pytest.raises(CurationError, match="does not read as the records"):
        split_drop(folder, "d", whole.records, whole.quarantined, whole.records["id"][:1], outs, PARAGRAPHS)


def test_counts_that_do_not_add_up_are_an_error() -> None:
    with pytest.raises(CurationError, match="rows were lost"):
        SplitRows(rows_in=3, clean=1, set_aside=1, quarantined=0)
