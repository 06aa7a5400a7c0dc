"""Drops: shares, overlap, one mix of sources; written with the marker last and never over other content."""

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest
import zstandard

from entropy_assets.demo import drops as drops_module
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND, Mix, demo_drops, variant, write_drop
from entropy_assets.demo.harvest import Row
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.storage import SUCCESS_MARKER

SIZES = {"huge": 3000, "big": 600, "middle": 400, "small": 300, "tiny": 250, "least": 200, "left-out": 20}
MIX = Mix(n_sources=6, max_source_share=0.3)


def make_rows() -> list[Row]:
    words = [f"word{i}" for i in range(16)]
    return [
        {
            "id": f"{source}.{number}",
            "instruction": f"What is `{source}.{number}`?",
            "input": "",
            "output": " ".join([*words, str(number), source, *words[::-1]]),
            "source": source,
        }
        for source, size in SIZES.items()
        for number in range(size)
    ]


ROWS = make_rows()


@pytest.fixture(scope="module")
def drops() -> dict[str, list[Row]]:
    return demo_drops(7, 600, rows=ROWS, mix=MIX)


def test_sizes_order_and_overlap(drops: dict[str, list[Row]]) -> None:
    assert {name: len(rows) for name, rows in drops.items()} == {FIRST: 600, SECOND: 300, DAMAGED: 300}
    assert list(drops) == [FIRST, SECOND, DAMAGED]
    known = {row["id"]: row for row in ROWS}
    ids = {name: {row["id"].partition("~")[0] for row in rows} for name, rows in drops.items()}
    assert all(len(ids[name]) == len(drops[name]) for name in drops)
    assert len(ids[FIRST] & ids[SECOND]) == 60
    assert not ids[DAMAGED] & (ids[FIRST] | ids[SECOND])
    assert all(row == known[row["id"]] for row in [*drops[FIRST], *drops[SECOND]])


def test_the_drops_have_one_mix_of_sources_and_none_dominates(drops: dict[str, list[Row]]) -> None:
    shares = {
        name: {source: n / len(rows) for source, n in Counter(row["source"] for row in rows).items()}
        for name, rows in drops.items()
    }
    for name in drops:
        assert set(shares[name]) == set(SIZES) - {"left-out"}
        assert max(shares[name].values()) <= 0.3 + 1 / 300
        assert all(abs(shares[name][source] - shares[FIRST][source]) < 3 / 300 for source in shares[FIRST])
    assert shares[FIRST]["huge"] == pytest.approx(0.3, abs=1 / 600)
    assert shares[FIRST]["least"] >= 0.1


def test_a_tenth_of_the_damaged_drop_has_each_fault(drops: dict[str, list[Row]]) -> None:
    faults = Counter(row["id"].partition("~")[2] for row in drops[DAMAGED])
    assert faults == {"": 210, "near_copies": 30, "word_salad": 30, "binary_noise": 30}


def test_the_same_third_drop_can_be_clean_or_have_one_fault(drops: dict[str, list[Row]]) -> None:
    known = {row["id"]: row for row in ROWS}
    clean = demo_drops(7, 600, rows=ROWS, mix=MIX, damage={})
    salad = demo_drops(7, 600, rows=ROWS, mix=MIX, damage={"word_salad": 0.3})
    assert clean[FIRST] == drops[FIRST]
    assert all(row == known[row["id"]] for row in clean[DAMAGED])
    victims = [row["id"].partition("~")[0] for row in salad[DAMAGED]]
    assert victims == [row["id"] for row in clean[DAMAGED]]
    assert sum(row["id"].endswith("~word_salad") for row in salad[DAMAGED]) == 90


def test_the_seed_decides_and_the_order_of_the_harvest_does_not(drops: dict[str, list[Row]]) -> None:
    assert demo_drops(7, 600, rows=ROWS[::-1], mix=MIX) == drops
    assert demo_drops(8, 600, rows=ROWS, mix=MIX)[FIRST] != drops[FIRST]


def test_rows_come_from_the_harvest_by_default(
    monkeypatch: pytest.MonkeyPatch, drops: dict[str, list[Row]]
) -> None:
    monkeypatch.setattr(drops_module, "harvest", lambda: ROWS)
    assert demo_drops(7, 600, mix=MIX) == drops


def test_scarce_sources_are_used_up_before_the_demand_is_refused() -> None:
    """Four sources of 100 rows and a limit of a half: all but the rounding reserve can be asked for."""
    rows = [
        row
        for row in ROWS
        if row["source"] in ("big", "middle", "small", "tiny") and int(row["id"].split(".")[1]) < 100
    ]
    mix = Mix(max_source_share=0.5, overlap_share=0.0)
    assert sum(map(len, demo_drops(0, 188, n_later=100, rows=rows, mix=mix).values())) == 388
    with pytest.raises(InvalidParameter, match=r"need 400 records .* allow 388"):
        demo_drops(0, 200, n_later=100, rows=rows, mix=mix)


@pytest.mark.parametrize("numbers", [(0, 10), (10, 0), (10, 60)])
def test_sizes_out_of_range_are_refused(numbers: tuple[int, int]) -> None:
    with pytest.raises(InvalidParameter, match="each drop needs at least one record"):
        demo_drops(0, numbers[0], n_later=numbers[1], rows=ROWS)


@pytest.mark.parametrize("wrong", [{"n_sources": 0}, {"max_source_share": 0.0}, {"overlap_share": 1.1}])
def test_a_mix_out_of_range_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InvalidParameter, match="a mix needs a source"):
        Mix(**wrong)


def test_a_variant_has_the_same_contents_under_other_ids_in_another_order() -> None:
    rows = ROWS[:500]
    other = variant(rows, 1)
    contents = [
        [(row["instruction"], row["output"], row["source"]) for row in some] for some in (rows, other)
    ]
    assert contents[0] != contents[1]
    assert sorted(contents[0]) == sorted(contents[1])
    assert len({row["id"] for row in other}) == 500
    assert not {row["id"] for row in other} & {row["id"] for row in rows}
    assert variant(rows, 1) == other != variant(rows, 2)


def read_rows(path: Path) -> list[Row]:
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    elif path.suffix == ".zst":
        data = zstandard.ZstdDecompressor().decompress(data)
    return [json.loads(line) for line in data.decode().split("\n")[:-1]]


@pytest.mark.parametrize(
    ("compression", "suffix"), [("none", ".jsonl"), ("gz", ".jsonl.gz"), ("zst", ".jsonl.zst")]
)
def test_a_written_drop_reads_back(tmp_path: Path, compression: str, suffix: str) -> None:
    rows = [{**row, "output": "line\u2028and\x85 \x00"} for row in ROWS[:10]]
    files = write_drop(tmp_path / "drop", rows, n_files=3, compression=compression)
    assert [path.name for path in files] == [f"part-0000{i}{suffix}" for i in range(3)]
    assert [row for path in files for row in read_rows(path)] == rows
    assert (tmp_path / "drop" / SUCCESS_MARKER).read_bytes() == b""


def test_file_names_can_be_shuffled(tmp_path: Path) -> None:
    plain = write_drop(tmp_path / "plain", ROWS[:50], n_files=5)
    other = write_drop(tmp_path / "other", ROWS[:50], n_files=5, name_seed=1)
    assert [path.name for path in other] != [path.name for path in plain]
    assert {path.name for path in other} == {path.name for path in plain}
    assert [path.read_bytes() for path in other] == [path.read_bytes() for path in plain]


def test_the_marker_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the moment the marker is made, the data files are complete."""
    seen: list[list[Row]] = []
    touch = Path.touch

    def spy(path: Path) -> None:
        assert path.name == SUCCESS_MARKER
        seen.append([row for file in sorted(path.parent.iterdir()) for row in read_rows(file)])
        touch(path)

    monkeypatch.setattr(Path, "touch", spy)
    write_drop(tmp_path / "drop", ROWS[:10], n_files=2)
    assert seen == [ROWS[:10]]


def test_the_same_drop_may_be_written_again_and_another_may_not(tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    files = write_drop(folder, ROWS[:10], n_files=2)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / SUCCESS_MARKER).unlink()
    files[1].unlink()
    write_drop(folder, ROWS[:10], n_files=2)
    for other in (ROWS[10:20], ROWS[:9]):
        with pytest.raises(InvalidInput, match="already holds part-00000"):
            write_drop(folder, other, n_files=2)
    with pytest.raises(InvalidInput, match="already holds part-00001"):
        write_drop(folder, ROWS[:5])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_file_in_the_way_is_refused(tmp_path: Path) -> None:
    (tmp_path / "drop").write_text("")
    with pytest.raises(InvalidInput, match="is a file"):
        write_drop(tmp_path / "drop", ROWS[:10])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"compression": "rar"}, "'rar' is unknown"),
        ({"n_files": 0}, "got 0"),
        ({"n_files": 11}, "the 10 rows"),
    ],
)
def test_wrong_options_are_refused(tmp_path: Path, options: dict, message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        write_drop(tmp_path / "drop", ROWS[:10], **options)
    assert not (tmp_path / "drop").exists()
