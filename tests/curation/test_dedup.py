"""Dedup by small cases: who is removed, who is kept, and what the pair says."""

import polars as pl
import pytest

from entropy_assets.curation.dedup import INDEX_COLUMNS, PAIRS_SCHEMA, deduplicate
from entropy_assets.records import SCHEMA, content_id


def texts(contents: str, drop: str = "new", source: str = "web") -> pl.DataFrame:
    """Return one text record a letter, at the lines 1, 2, … of a file."""
    rows = [
        {
            "id": content_id({"kind": "text", "text": text}),
            "row_id": f"{drop}-{line}",
            "source": source,
            "kind": "text",
            "text": text,
            "drop": drop,
            "file": "a.jsonl",
            "line": line,
        }
        for line, text in enumerate(contents, start=1)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def index(contents: str = "", drop: str = "old") -> pl.DataFrame:
    return texts(contents, drop).select(INDEX_COLUMNS)


def lines(pairs: pl.DataFrame) -> list[tuple[int, str, int]]:
    """Return (line, drop of the keeper, line of the keeper) of each pair."""
    return pairs.select("line", "keeper_drop", "keeper_line").rows()


def test_nothing_to_remove() -> None:
    result = deduplicate(texts("abc"), index("de"))
    assert result.kept.equals(texts("abc"))
    assert result.pairs.equals(PAIRS_SCHEMA.to_frame())


def test_the_first_in_file_order_is_kept() -> None:
    result = deduplicate(texts("abacba"), index())
    assert result.kept["line"].to_list() == [1, 2, 4]
    assert lines(result.pairs) == [(3, "new", 1), (5, "new", 2), (6, "new", 1)]


def test_a_record_of_the_pool_beats_a_new_one() -> None:
    result = deduplicate(texts("abac"), index("xa"))
    assert result.kept["text"].to_list() == ["b", "c"]
    assert lines(result.pairs) == [(1, "old", 2), (3, "old", 2)]


def test_a_pair_by_hand() -> None:
    (pair,) = deduplicate(texts("a"), index("xa")).pairs.rows(named=True)
    identity = content_id({"kind": "text", "text": "a"})
    assert pair == {
        "id": identity,
        "row_id": "new-1",
        "drop": "new",
        "file": "a.jsonl",
        "line": 1,
        "keeper_id": identity,
        "keeper_row_id": "old-2",
        "keeper_drop": "old",
        "keeper_file": "a.jsonl",
        "keeper_line": 2,
        "rule": "exact",
        "similarity": 1.0,
    }


def test_content_alone_decides() -> None:
    """Two sources and two row ids deliver one text: it is one record."""
    records = pl.concat([texts("a", source="web"), texts("a", drop="other", source="books")])
    result = deduplicate(records, index())
    assert result.kept["source"].to_list() == ["web"]
    assert lines(result.pairs) == [(1, "new", 1)]


def test_records_without_a_row_id() -> None:
    result = deduplicate(texts("aa").with_columns(row_id=pl.lit(None, pl.String)), index())
    assert result.kept.height == 1
    assert result.pairs.select("row_id", "keeper_row_id", "keeper_line").rows() == [(None, None, 1)]


@pytest.mark.parametrize("known", ["", "ab"])
def test_an_empty_drop(known: str) -> None:
    result = deduplicate(SCHEMA.to_frame(), index(known))
    assert result.kept.equals(SCHEMA.to_frame())
    assert result.pairs.equals(PAIRS_SCHEMA.to_frame())


def test_all_removed() -> None:
    result = deduplicate(texts("abab"), index("ab"))
    assert result.kept.is_empty()
    assert result.kept.schema == SCHEMA
    assert lines(result.pairs) == [(1, "old", 1), (2, "old", 2), (3, "old", 1), (4, "old", 2)]


def test_the_index_may_have_more_columns_in_any_order() -> None:
    wide = texts("a", drop="old").select(pl.lit("extra").alias("extra"), *reversed(INDEX_COLUMNS))
    assert lines(deduplicate(texts("ab"), wide).pairs) == [(1, "old", 1)]


def test_arguments_are_left_as_they_were() -> None:
    records, known = texts("aab"), index("b")
    deduplicate(records, known)
    assert records.equals(texts("aab"))
    assert known.equals(index("b"))
