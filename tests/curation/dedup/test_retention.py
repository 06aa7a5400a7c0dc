"""What a source lost: counted by hand, and judged with a floor for small sources."""

import polars as pl
import pytest

from entropy_assets.curation.dedup.retention import SMALL, SMALL_SOURCE, lost_sources, retention

PLACES = {"source": pl.String, "drop": pl.String, "file": pl.String, "line": pl.Int64}


def delivered(**counts: int) -> pl.DataFrame:
    """Return the places of so many records a source, each source in a file of its own."""
    rows = [(source, "new", f"{source}.jsonl", n) for source, count in counts.items() for n in range(count)]
    return pl.DataFrame(rows, schema=PLACES, orient="row")


def removed(source: str, count: int, rule: str = "near", keeper: str = "new", start: int = 0) -> pl.DataFrame:
    rows = [("new", f"{source}.jsonl", start + n, rule, keeper) for n in range(count)]
    columns = {"drop": pl.String, "file": pl.String, "line": pl.Int64}
    return pl.DataFrame(rows, schema={**columns, "rule": pl.String, "keeper_drop": pl.String}, orient="row")


def test_counts_by_hand() -> None:
    pairs = pl.concat(
        [
            removed("web", 30),
            removed("web", 20, "exact", "old", start=30),
            removed("books", 5, "near", "old"),
            removed("books", 1, "normalised", start=5),
        ]
    )
    table = retention(delivered(web=100, books=50, maths=10), pairs)
    assert table.rows() == [
        ("web", 100, 20, 30, 30 / 80),
        ("books", 50, 0, 6, 6 / 50),
        ("maths", 10, 0, 0, 0.0),
    ]


def test_removals_of_other_records_are_passed_over() -> None:
    restored = removed("web", 9).with_columns(drop=pl.lit("older"))
    assert retention(delivered(web=10), restored).rows() == [("web", 10, 0, 0, 0.0)]


def test_a_drop_that_comes_twice_loses_nothing() -> None:
    table = retention(delivered(web=50), removed("web", 50, "exact", "old"))
    assert table.rows() == [("web", 50, 50, 0, 0.0)]
    assert lost_sources(table, 0.6, {}).is_empty()


def test_no_records() -> None:
    table = retention(delivered(), removed("web", 0))
    assert table.is_empty()
    assert lost_sources(table, 0.6, {}).is_empty()


@pytest.mark.parametrize(("count", "is_lost"), [(60, False), (61, True), (100, True)])
def test_the_limit_is_the_largest_share_that_may_go(count: int, is_lost: bool) -> None:
    table = retention(delivered(web=100, books=100), removed("web", count))
    lost = lost_sources(table, 0.6, {})
    assert lost["source"].to_list() == (["web"] if is_lost else [])


def test_a_named_source_has_a_limit_of_its_own() -> None:
    table = retention(delivered(web=100, few=5), pl.concat([removed("web", 90), removed("few", 5)]))
    assert lost_sources(table, 0.6, {})["source"].to_list() == ["web"]
    assert lost_sources(table, 0.6, {"web": 0.95}).is_empty()
    assert lost_sources(table, 0.6, {"web": 0.85})["allowed"].to_list() == [0.85]
    assert lost_sources(table, 0.6, {"web": 1.0, "few": 0.5})["source"].to_list() == ["few"]


def test_small_sources_are_judged_together() -> None:
    sizes = {f"s{n}": 4 for n in range(6)}
    pairs = pl.concat([removed(name, 3) for name in sizes])
    five = dict(list(sizes.items())[:4])
    assert 4 * len(five) < SMALL_SOURCE
    assert lost_sources(retention(delivered(**five), pairs), 0.6, {}).is_empty()
    lost = lost_sources(retention(delivered(**sizes), pairs), 0.6, {})
    assert lost.select("source", "records", "removed", "loss_share").rows() == [(SMALL, 24, 18, 0.75)]
