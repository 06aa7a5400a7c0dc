"""Where files lie: sources of folders and not of shards, splits, sidecars, and what a drop declares."""

import json
from pathlib import Path

import polars as pl
import pytest

from entropy_assets.curation.ingest import Ingested, iter_drop, read_drop, require_rows
from entropy_assets.curation.ingest.origins import origin_of
from entropy_assets.errors import InvalidInput
from entropy_assets.settings import IngestSettings

RUN = "3f6c2f1e-7d0e-4a7c-9d5e-1f0a8e0c9b11"
ALL = IngestSettings(splits="all", text_beside_data="read")


def put(folder: Path, *files: str) -> Path:
    """Write files with one row each that says the file's name."""
    for file in files:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".parquet":
            pl.DataFrame({"text": [f"Row of {file}"]}).write_parquet(path)
        elif path.suffix in (".jsonl", ".json"):
            path.write_text(json.dumps({"text": f"Row of {file}"}))
        else:
            path.write_text(f"Row of {file}")
    return folder


def sources(found: Ingested) -> dict[str, str]:
    return dict(found.records.select("file", "source").rows())


@pytest.mark.parametrize(
    ("file", "source"),
    [
        ("books.jsonl", "books"),
        ("law.de.jsonl.gz", "law.de"),
        ("deep/books.jsonl", "books"),
        ("train-00000-of-00003.parquet", "data"),
        (f"part-00000-{RUN}-c000.snappy.parquet", "data"),
        (f"part-00000-{RUN}-c000.json", "data"),
        ("part-r-00000.gz.parquet", "data"),
        ("shard_00000012_processed.jsonl.zst", "data"),
        ("0000.parquet", "data"),
        ("train.jsonl", "data"),
        ("c4/train.jsonl", "c4"),
        ("c4/part-00001.json", "c4"),
        ("wiki/data/train-00000-of-00001-a09b74b3ef9c3b56.parquet", "wiki"),
        ("mc4/de/0000.parquet", "mc4"),
        ("de/0000.parquet", "de"),
        ("default/train/0000.parquet", "data"),
        ("c4-train.00000-of-01024.json.gz", "c4"),
        ("books-00000-of-00002.parquet", "books"),
        ("gsm8k.jsonl", "gsm8k"),
        ("source=wiki/lang=de/part-0.parquet", "wiki"),
        ("domain=New%20York/x.jsonl", "New York"),
    ],
)
def test_names_of_shards_are_no_sources_and_folders_are(file: str, source: str) -> None:
    assert origin_of(file).source == source


STAMPS = """
2024-01-01 20240101 2024_01_01 2024.01.01 2024-01 2024 01-02-2024 2024-01-01T10-00-00Z 20240101_101112
20240101T101112 2024-W05 2024w05 2024-Q1 2024h2 jan-2024 2024-jan-01 2024-January 1-may-2024 v1 v1.2.3 v2-rc1
version_2 ver3 rev.4 release-5 1.0 3.1.4 latest (1) (12) [2] copy copy-2 run-7 delivery-3 export_12
"""
"""What changes with each delivery and says nothing of what is in it."""


@pytest.mark.parametrize("stamp", STAMPS.split())
def test_dates_versions_and_second_downloads_are_no_sources(stamp: str) -> None:
    assert origin_of(f"{stamp}.jsonl").source == "data"
    assert origin_of(f"{stamp}/part-0.parquet").source == "data"
    assert origin_of(f"{stamp}/mills.jsonl").source == "mills"
    for part in ("_", "-", ".", " "):
        assert origin_of(f"mills{part}{stamp}.jsonl.gz").source == "mills", part
        assert origin_of(f"train{part}{stamp}.jsonl")[1:4] == ("data", None, "train"), part
    assert origin_of(f"mills-train_{stamp}.jsonl")[1:4] == ("mills", None, "train")
    assert origin_of(f"source={stamp}/a.jsonl").source == stamp


@pytest.mark.parametrize("stamp", ["2024-01-01", "20240101", "2024-01-01T10-00-00Z", "2024-W05", "jan-2024"])
def test_a_date_before_a_name_is_no_part_of_it(stamp: str) -> None:
    assert origin_of(f"{stamp}_mills.jsonl").source == "mills"
    assert origin_of(f"{stamp}-mills-train.jsonl")[1:4] == ("mills", None, "train")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "gsm8k",
            "oasst2",
            "covid19",
            "deepseek-r1",
            "march-notes",
            "may",
            "decree",
            "5G",
            "web2",
            "copyright",
        ),
        *("marathon", "vacuum", "versions", "1st-mill", "a-1", "mill-12"),
    ],
)
def test_names_that_look_a_little_like_stamps_stay(name: str) -> None:
    assert origin_of(f"{name}.jsonl").source == name


def test_the_same_rows_have_one_source_whoever_cut_them_into_files(tmp_path: Path) -> None:
    first = put(tmp_path / "a", "train-00000-of-00002.parquet", "train-00001-of-00002.parquet")
    second = put(tmp_path / "b", f"part-00000-{RUN}-c000.json", f"part-00001-{RUN}-c000.json")
    found = {*sources(read_drop(first, "a")).values(), *sources(read_drop(second, "b")).values()}
    assert found == {"data"}


def test_keys_and_values_of_folders_are_read(tmp_path: Path) -> None:
    put(tmp_path, "source=wiki/lang=de/year=2024/part-0.parquet", "source=wiki/lang=Python/part-0.jsonl")
    rows = read_drop(tmp_path, "d").records.rows(named=True)
    assert [(row["source"], row["language"], row["metadata"]) for row in rows] == [
        ("wiki", None, '{"lang": "Python"}'),
        ("wiki", "de", '{"year": "2024"}'),
    ]


def test_a_row_says_more_than_its_place(tmp_path: Path) -> None:
    (tmp_path / "source=wiki" / "lang=de").mkdir(parents=True)
    row = {"text": "a", "source": "own", "language": "fr", "year": 3}
    (tmp_path / "source=wiki" / "lang=de" / "x.jsonl").write_text(json.dumps(row))
    (found,) = read_drop(tmp_path, "d").records.rows(named=True)
    assert (found["source"], found["language"], found["metadata"]) == ("own", "fr", '{"year": 3}')


@pytest.mark.parametrize(
    ("files", "left_out"),
    [
        (["train.jsonl", "test.jsonl"], {"test.jsonl": "test"}),
        (["wiki/train.jsonl", "wiki/dev.jsonl"], {"wiki/dev.jsonl": "validation"}),
        (["test/a.jsonl", "train/a.jsonl"], {"test/a.jsonl": "test"}),
        (["split=test/a.jsonl", "split=train/a.jsonl"], {"split=test/a.jsonl": "test"}),
        (
            ["train-00000-of-00001.parquet", "test-00000-of-00001.parquet"],
            {"test-00000-of-00001.parquet": "test"},
        ),
        (["wiki_train.jsonl", "wiki_test.jsonl"], {"wiki_test.jsonl": "test"}),
        (["train_sft-000.jsonl", "test_sft-000.jsonl"], {"test_sft-000.jsonl": "test"}),
        (["crash_test.jsonl", "test_cases.jsonl"], {}),
    ],
)
def test_a_named_split_is_told_and_not_trained_on(
    tmp_path: Path, files: list[str], left_out: dict[str, str]
) -> None:
    found = read_drop(put(tmp_path, *files), "d")
    assert set(sources(found)) == set(files) - left_out.keys()
    passed_over = [note for note in found.told if note.what.startswith("not read")]
    assert [note.file for note in passed_over] == sorted(left_out)
    for note in passed_over:
        assert f"it is of the split {left_out[note.file]!r}, which is not trained on" in note.what
    assert set(sources(read_drop(tmp_path, "d", ALL))) == set(files)


def test_sidecars_and_texts_beside_data_are_told_and_not_read(tmp_path: Path) -> None:
    sidecars = [
        *("LICENSE.txt", "README.md", "dataset_info.json", "sha256sums.txt", "urls.txt", "CITATION.cff"),
        *("data.md5", "_metadata", "license", "checksums.txt", "deep/README.txt"),
    ]
    found = read_drop(put(tmp_path, "train.jsonl", "notes.txt", "deep/a.txt", *sidecars), "d")
    assert set(sources(found)) == {"train.jsonl", "deep/a.txt"}
    assert found.quarantined.is_empty()
    assert {note.file for note in found.told} == {"notes.txt", *sidecars}
    asked = read_drop(tmp_path, "d", ALL)
    assert set(sources(asked)) == {"train.jsonl", "deep/a.txt", "notes.txt"}


def test_a_drop_of_texts_alone_is_read(tmp_path: Path) -> None:
    found = read_drop(put(tmp_path, "one.txt", "two.txt", "LICENSE"), "d")
    assert set(sources(found)) == {"one.txt", "two.txt"}


def test_a_drop_that_is_all_test_says_so(tmp_path: Path) -> None:
    told = [note for part in iter_drop(put(tmp_path, "test.jsonl"), "d") for note in part.told]
    with pytest.raises(InvalidInput, match=r"no file with a row in it \(test\.jsonl: not read: it is of the"):
        require_rows("d", 0, told)


def test_links_as_in_a_hubs_cache_say_what_to_type(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "0a1b").write_text('{"text": "a"}')
    (tmp_path / "snapshots" / "1").mkdir(parents=True)
    (tmp_path / "snapshots" / "1" / "train.jsonl").symlink_to("../../blobs/0a1b")
    found = read_drop(tmp_path / "snapshots", "d")
    (detail,) = found.quarantined["detail"]
    assert "it is a symbolic link" in detail
    assert "cp -rL FOLDER COPY" in detail


def declare(folder: Path, text: str) -> Path:
    (folder / "drop.toml").write_text(text)
    return folder


def test_a_drop_declares_source_licence_language_and_split(tmp_path: Path) -> None:
    put(tmp_path, "test.jsonl")
    (tmp_path / "own.jsonl").write_text('{"text": "b", "source": "own", "lang": "fr", "license": "MIT"}')
    said = 'source = "tales"\nlicence = "CC-BY-4.0"\nlanguage = "German"\nsplit = "train"\n'
    rows = read_drop(declare(tmp_path, said), "d").records.rows(named=True)
    assert [(row["source"], row["language"], row["metadata"]) for row in rows] == [
        ("own", "fr", '{"license": "MIT"}'),
        ("tales", "de", '{"licence": "CC-BY-4.0"}'),
    ]


def test_a_declared_split_holds_for_all_files(tmp_path: Path) -> None:
    put(tmp_path, "train.jsonl", "a.jsonl")
    found = read_drop(declare(tmp_path, 'split = "test"'), "d")
    assert (found.rows_in, len(found.told)) == (0, 2)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("source = 3", "`source` in drop.toml of drop 'd' must be a text in quotes, got 3: write one"),
        ('source = ""', "`source` in drop.toml of drop 'd' is empty: take the line away, or fill it in"),
        ('licence = " "', "`licence` in drop.toml of drop 'd' is empty: take the line away, or fill it in"),
        ('language = "Python"', 'must be a language, as "en" or "English", got \'Python\': name one'),
        ('split = "train_sft"', "must be one of train, training, test"),
        ('licens = "MIT"', "may hold source, licence, language, split, and .correction. with `source`"),
    ],
)
def test_a_declaration_that_cannot_be_is_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_drop(declare(put(tmp_path, "a.jsonl"), text), "d")


def test_a_source_that_is_named_counts_before_all_else(tmp_path: Path) -> None:
    put(declare(tmp_path, 'source = "declared"'), "source=folder/a.jsonl")
    (batch,) = iter_drop(tmp_path, "d", source="named")
    assert batch.records["source"].to_list() == ["named"]


def test_what_is_told_does_not_depend_on_workers_or_batches(tmp_path: Path) -> None:
    put(tmp_path, "test.jsonl", "LICENSE")
    rows = [json.dumps({"text": f"row {n}", "id": True, "language": "Python"}) for n in range(26_000)]
    (tmp_path / "rows.jsonl").write_text("\n".join(rows))
    expected = [str(note) for note in read_drop(tmp_path, "d").told]
    for workers in (1, 2):
        told: dict[tuple[str, str], int] = {}
        for part in iter_drop(tmp_path, "d", 7000, workers):
            for note in part.told:
                told[note.file, note.what] = told.get((note.file, note.what), 0) + note.n
        assert [f"{file}: {f'{n:,} ' if n else ''}{what}" for (file, what), n in told.items()] == expected
    assert expected[2].startswith("rows.jsonl: 26,000 rows have an id that is none")
    assert expected[3].startswith("rows.jsonl: 26,000 rows name a language that is none")
