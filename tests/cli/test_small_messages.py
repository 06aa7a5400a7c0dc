"""What commands say of files that are none of theirs: one sentence, and what to do."""

import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from entropy_assets.candidate.declaring import declared_with
from entropy_assets.cli import app
from entropy_assets.curation.ingest import read_drop
from entropy_assets.curation.ingest.origins import origin_of
from entropy_assets.errors import InvalidInput, InvalidParameter


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.jsonl").write_text('{"text": "a"}\n')
    (tmp_path / "bad.jsonl").write_text('{"txt": "a"}\n')
    (tmp_path / "empty").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("export x.jsonl --layout text --out o.jsonl", "entropy-assets ingest x.jsonl --out"),
        (
            "dedup empty --out a.parquet --pairs b.parquet",
            "empty holds no record that can be read, and no row",
        ),
        ("dedup bad.jsonl --out a.parquet --pairs b.parquet", "(1 no_known_layout)"),
        ("select bad.jsonl --budget 1 --out o.jsonl", "(1 no_known_layout)"),
        ("select x.jsonl --budget 1 --out o.jsonl --keep nofile", "No such file"),
    ],
)
def test_one_sentence_says_what_to_do(line: str, said: str) -> None:
    told = CliRunner().invoke(app, line.split())
    assert (told.exit_code, said in told.stderr) == (2, True), told.stderr
    assert "Errno" not in told.stderr
    assert "--help" not in told.stderr


@pytest.mark.parametrize("source", ["a\nb", "a\x00"])
def test_a_source_is_one_line(source: str) -> None:
    told = CliRunner().invoke(app, ["ingest", "x.jsonl", "--out", "o.parquet", "--source", source])
    assert (told.exit_code, "a source is one line" in told.stderr) == (2, True), told.stderr


@pytest.mark.parametrize("source", ["a\nb", "", "  "])
def test_a_source_of_a_delivery_is_one_line(source: str) -> None:
    with pytest.raises(InvalidParameter, match="--source is one line"):
        declared_with(Path("x.jsonl"), source)


def test_a_source_in_a_declaration_is_one_line(folder: Path) -> None:
    (folder / "drop.toml").write_text('source = "a\\nb"')
    with pytest.raises(InvalidInput, match="must be one line"):
        read_drop(folder, "d")


def test_names_of_files_and_folders_give_no_odd_source() -> None:
    assert origin_of("\n.jsonl").source == "data"
    assert origin_of("a\nb.jsonl").source == "a b"
    assert origin_of("source=a%0Ab/x.jsonl").source == "a b"
    for null in ("__HIVE_DEFAULT_PARTITION__", ""):
        assert (
            origin_of(f"source={null}/lang={null}/k={null}/tales.jsonl")[1:] == origin_of("tales.jsonl")[1:]
        )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        *(("data.zip", "a zip archive; unpack it"), ("x.jsonl.xz", "packed by xz; unpack it")),
        *(
            ("x.tsv", "write it with commas, as .csv"),
            ("x.xlsx", "save it as .csv"),
            ("x.docx", "deliver its"),
        ),
        *(
            ("x.tar.gz", "a tar archive; unpack it"),
            ("x.arrow", "write it as Parquet"),
            ("x.foo", "read are .jsonl"),
        ),
    ],
)
def test_a_file_that_is_not_read_says_what_it_is(folder: Path, name: str, said: str) -> None:
    path = folder / name
    if name.endswith((".zip", ".xlsx", ".docx")):
        with zipfile.ZipFile(path, "w") as archive:
            archive.write("x.jsonl")
    elif name.endswith(".tar.gz"):
        with tarfile.open(path, "w:gz") as packed:
            packed.add("x.jsonl")
    else:
        data = {".xz": lzma.compress(b"a"), ".arrow": b"ARROW1\0\0abc"}.get(path.suffix, b"a\tb\n")
        path.write_bytes(data)
    found = read_drop(folder, "d").quarantined.filter(file=name)
    assert (found["reason"].to_list(), said in found["detail"][0]) == (["unsupported_file"], True)
