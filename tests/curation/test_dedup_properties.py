"""Laws of dedup that hold for any records and any index, and an oracle that is obviously right."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.dedup import INDEX_COLUMNS, PAIRS_SCHEMA, PLACE, Deduplicated, deduplicate
from entropy_assets.records import SCHEMA, content_id

contents = st.one_of(
    st.builds(lambda text: {"kind": "text", "text": text}, st.sampled_from(["", "a", "b", "é", "e\u0301"])),
    st.builds(
        lambda role: {"kind": "chat", "messages": [{"role": role, "content": "a"}]},
        st.sampled_from(["user", "assistant"]),
    ),
)
places = st.fixed_dictionaries(
    {
        "row_id": st.none() | st.sampled_from(["1", "2"]),
        "source": st.sampled_from(["web", "books"]),
        "drop": st.just("new"),
        "file": st.sampled_from(["a.jsonl", "b.jsonl"]),
    }
)


def framed(rows: list[tuple[dict, dict]], drop: str) -> pl.DataFrame:
    table = [
        {"id": content_id(content), **content, **place, "drop": drop, "line": line}
        for line, (content, place) in enumerate(rows, start=1)
    ]
    return pl.DataFrame(table, schema=SCHEMA)


rows = st.lists(st.tuples(contents, places), max_size=14)
drops = rows.map(lambda table: framed(table, "new"))
indexes = rows.map(
    lambda table: framed(table, "old").select(INDEX_COLUMNS).unique("id", keep="first", maintain_order=True)
)


def place_of(row: dict, prefix: str = "") -> tuple:
    return tuple(row[f"{prefix}{name}"] for name in ("id", *PLACE))


def naive(records: pl.DataFrame, known: pl.DataFrame) -> tuple[list[tuple], list[tuple[tuple, tuple]]]:
    """Return the places of what is kept, and (removed, keeper) of what is not, by a loop."""
    keeper = {row["id"]: place_of(row) for row in known.iter_rows(named=True)}
    kept, removed = [], []
    for row in records.iter_rows(named=True):
        if row["id"] in keeper:
            removed.append((place_of(row), keeper[row["id"]]))
        else:
            keeper[row["id"]] = place_of(row)
            kept.append(place_of(row))
    return kept, removed


def removals(result: Deduplicated) -> list[tuple[tuple, tuple]]:
    return [(place_of(row), place_of(row, "keeper_")) for row in result.pairs.iter_rows(named=True)]


@given(drops, indexes)
def test_equal_to_the_oracle(records: pl.DataFrame, known: pl.DataFrame) -> None:
    result = deduplicate(records, known)
    kept, removed = naive(records, known)
    assert [place_of(row) for row in result.kept.iter_rows(named=True)] == kept
    assert removals(result) == removed
    assert result.pairs.schema == PAIRS_SCHEMA


@given(drops, indexes)
def test_kept_is_an_ordered_subset_and_no_row_is_lost(records: pl.DataFrame, known: pl.DataFrame) -> None:
    result = deduplicate(records, known)
    kept = result.kept["line"].to_list()
    removed = result.pairs["line"].to_list()
    assert kept == sorted(kept)
    assert sorted(kept + removed) == records["line"].to_list()
    assert result.kept.equals(records.filter(pl.col("line").is_in(kept)))
    assert result.kept["id"].is_unique().all()
    assert not set(result.kept["id"]) & set(known["id"])


@given(drops, indexes)
def test_every_removal_names_a_keeper_that_is_kept_or_known(
    records: pl.DataFrame, known: pl.DataFrame
) -> None:
    result = deduplicate(records, known)
    keepers = {place_of(row) for frame in (result.kept, known) for row in frame.iter_rows(named=True)}
    for removed, keeper in removals(result):
        assert keeper in keepers
        assert keeper[0] == removed[0], "equal content"
        assert keeper != removed


@given(drops, indexes)
def test_idempotent(records: pl.DataFrame, known: pl.DataFrame) -> None:
    once = deduplicate(records, known)
    twice = deduplicate(once.kept, known)
    assert twice.kept.equals(once.kept)
    assert twice.pairs.is_empty()
    again = deduplicate(records, pl.concat([known, once.kept.select(INDEX_COLUMNS)]))
    assert again.kept.is_empty(), "a drop that is delivered twice adds nothing"


@given(drops.filter(lambda frame: frame.height > 0), indexes, st.data())
def test_blind_to_an_added_exact_copy(
    records: pl.DataFrame, known: pl.DataFrame, data: st.DataObject
) -> None:
    original = data.draw(st.integers(0, records.height - 1), label="row that is copied")
    after = data.draw(st.integers(original + 1, records.height), label="rows before the copy")
    copy = records[original].with_columns(line=pl.lit(1_000, pl.Int64), file=pl.lit("copy.jsonl"))
    result = deduplicate(records, known)
    copied = deduplicate(pl.concat([records[:after], copy, records[after:]]), known)
    assert copied.kept.equals(result.kept)
    assert copied.pairs.filter(pl.col("line") != 1_000).equals(result.pairs)
    assert copied.pairs.filter(pl.col("line") == 1_000).height == 1


@given(drops, indexes, st.integers(0, 14))
def test_two_drops_keep_what_one_would(records: pl.DataFrame, known: pl.DataFrame, cut: int) -> None:
    first = deduplicate(records[:cut], known)
    grown = pl.concat([known, first.kept.select(INDEX_COLUMNS)])
    second = deduplicate(records[cut:], grown)
    whole = deduplicate(records, known)
    assert pl.concat([first.kept, second.kept]).equals(whole.kept)
    assert pl.concat([first.pairs, second.pairs]).equals(whole.pairs)
