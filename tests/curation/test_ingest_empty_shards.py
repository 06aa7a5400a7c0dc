"""Parquet files without rows, and row groups without rows, are sound: they cost no row and are no damage."""

from pathlib import Path

import polars as pl
import pytest

from entropy_assets.curation.ingest import read_drop, read_file
from entropy_assets.curation.ingest.pages import Damaged, _pages
from tests.curation.parquet_arrow import WITH_AN_EMPTY_GROUP, WITHOUT_ROWS
from tests.curation.parquet_odd import parquet


@pytest.mark.parametrize("name", WITHOUT_ROWS)
def test_a_file_without_rows_is_no_damage(tmp_path: Path, name: str) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(WITHOUT_ROWS[name])
    found = read_file(path, drop="d")
    assert (found.rows_in, found.quarantined.rows(), found.told, found.complete) == (0, [], (), True)


def test_a_frame_without_rows_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(parquet(pl.DataFrame(schema={"text": pl.String})))
    assert read_file(path, drop="d").quarantined.rows() == []


@pytest.mark.parametrize("name", WITH_AN_EMPTY_GROUP)
def test_a_row_group_without_rows_costs_no_row(tmp_path: Path, name: str) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(WITH_AN_EMPTY_GROUP[name])
    found = read_file(path, drop="d")
    assert (found.records["text"].to_list(), found.quarantined.rows()) == (["A mill.", "A weir."], [])


@pytest.mark.parametrize("name", WITHOUT_ROWS)
def test_an_empty_shard_beside_a_good_one_leaves_the_drop_complete(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.parquet").write_bytes(WITHOUT_ROWS[name])
    (tmp_path / "b.parquet").write_bytes(parquet(pl.DataFrame({"text": ["A mill."]})))
    found = read_drop(tmp_path, "d")
    assert (found.records["text"].to_list(), found.complete) == (["A mill."], True)


def test_values_whose_pages_have_no_place_are_damage(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    path.write_bytes(parquet(pl.DataFrame({"text": ["A mill."]})))
    n_values, n_bytes, place = 5, 7, 9  # the numbers of these fields of a column
    with path.open("rb") as file:
        assert list(_pages(file, {n_values: 0, n_bytes: 0, place: 0})) == []
        with pytest.raises(Damaged):
            list(_pages(file, {n_values: 1, n_bytes: 40, place: 0}))
