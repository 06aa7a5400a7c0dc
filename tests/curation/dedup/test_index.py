"""The stored index on made-up signatures: found is what a full comparison finds, and no other scheme's."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from entropy_assets.curation.dedup.index import Index
from entropy_assets.curation.dedup.marked import marked_texts
from entropy_assets.curation.dedup.rebuilding import (
    FOLDED_BEFORE,
    current,
    is_current,
    narrowed,
    rebuild,
    renewed,
)
from entropy_assets.curation.dedup.tables import read_signatures, write_signatures
from entropy_assets.errors import StaleProvenance
from entropy_assets.records import SCHEMA, content_id
from entropy_assets.shards import Segment, Shards, read_shard, read_shard_bytes, write_shards

SCHEME = {"hashes": 8, "library": "1.0"}
BANDS = ("normalised", "band_00", "band_01")


def records_of(words: str, drop: str = "old") -> pl.DataFrame:
    """Return one record a letter, of three forms in turn."""
    rows = []
    for line, word in enumerate(words, start=1):
        turn = {"role": "user", "content": word}
        row = [
            {"kind": "text", "text": word},
            {"kind": "chat", "messages": [turn, turn]},
            {"kind": "preference", "prompt": [turn], "chosen": [turn], "rejected": [turn]},
        ][line % 3]
        rows.append({"id": content_id(row), "drop": drop, "file": "a.jsonl", "line": line, **row})
    return pl.DataFrame(rows, schema=SCHEMA)


def signed(records: pl.DataFrame, bands: list[tuple[int, ...]] | None = None) -> pl.DataFrame:
    """Return made-up signatures of records: by default every value is the row's number."""
    values = bands or [(n, n, n) for n in range(records.height)]
    columns = {name: [row[i] for row in values] for i, name in enumerate(BANDS)}
    made = pl.DataFrame(columns, schema=dict.fromkeys(BANDS, pl.UInt64))
    return pl.concat([records.select("id", "row_id", "drop", "file", "line"), made], how="horizontal")


def stored(root: UPath, records: pl.DataFrame, signatures: pl.DataFrame, shard_rows: int = 3) -> Segment:
    shards = write_shards(root, root / "work", records.iter_slices(shard_rows))
    tables = write_signatures(root, root / "work", signatures.iter_slices(shard_rows), SCHEME)
    return Segment(shards, tables, tuple(sorted(records["drop"].unique())))


def texts_of(index: Index, ids: list[str]) -> dict[str, str]:
    pairs = index.texts(pl.Series("id", ids, dtype=pl.String))
    return {name: text for names, texts in pairs for name, text in zip(names, texts, strict=True)}


@pytest.fixture(params=["local", "memory"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> UPath:
    """Return the empty folder of a dataset, on disk and in an object store."""
    return UPath(tmp_path) if request.param == "local" else UPath(f"memory://index{tmp_path}")


def test_rows_that_share_a_band_or_the_text_are_found(root: UPath) -> None:
    records = records_of("abcdefg")
    segment = stored(root, records, signed(records))
    new = signed(records_of("xyz", "new"), [(90, 3, 91), (92, 93, 5), (6, 94, 95)])
    found = Index(root, (segment,), SCHEME).find(new)
    assert found["line"].to_list() == [4, 6, 7]
    assert found.columns == new.columns


def test_no_value_of_one_band_is_looked_for_in_another(root: UPath) -> None:
    records = records_of("ab")
    segment = stored(root, records, signed(records, [(1, 2, 3), (4, 5, 6)]))
    new = signed(records_of("x", "new"), [(2, 3, 1)])
    assert Index(root, (segment,), SCHEME).find(new).is_empty()


def test_a_text_that_is_too_short_matches_no_short_one(root: UPath) -> None:
    records = records_of("ab")
    short = signed(records).with_columns(pl.lit(None, pl.UInt64).alias(name) for name in BANDS[1:])
    segment = stored(root, records, short)
    new = short.with_columns(normalised=pl.Series([1, 77], dtype=pl.UInt64))
    assert Index(root, (segment,), SCHEME).find(new)["line"].to_list() == [2]


values = st.lists(st.tuples(*[st.integers(0, 6)] * 3), max_size=12)


@given(old=values, new=values, cut=st.integers(1, 5))
def test_equal_to_a_full_comparison(
    tmp_path_factory: pytest.TempPathFactory, old: list[tuple], new: list[tuple], cut: int
) -> None:
    root = UPath(tmp_path_factory.mktemp("index"))
    records = records_of("abcdefghijklm"[: len(old)])
    segment = stored(root, records, signed(records, old), cut)
    fresh = signed(records_of("abcdefghijklm"[: len(new)], "new"), new)
    found = Index(root, (segment,), SCHEME).find(fresh)
    expected = [
        line
        for line, bands in enumerate(old, start=1)
        if any(a == b for other in new for a, b in zip(bands, other, strict=True))
    ]
    assert found["line"].to_list() == expected


def test_only_the_live_drops_of_a_segment_are_found(root: UPath) -> None:
    records = pl.concat([records_of("ab", "one"), records_of("cd", "two")])
    segment = stored(root, records, signed(records))
    new = signed(records)
    for drops, lines in ((("one", "two"), 4), (("two",), 2), ((), 0)):
        index = Index(root, (replace(segment, drops=drops),), SCHEME)
        assert index.find(new).height == lines
        assert len(texts_of(index, records["id"].to_list())) == lines


def test_texts_are_the_marked_ones(root: UPath) -> None:
    records = records_of("abcdefg")
    index = Index(root, (stored(root, records, signed(records)),), SCHEME)
    every = dict(zip(records["id"], marked_texts(records), strict=True))
    assert texts_of(index, records["id"].to_list()) == every
    wanted = records["id"].to_list()[2:5]
    assert texts_of(index, [*wanted, *wanted, "unknown"]) == {i: every[i] for i in wanted}
    assert texts_of(index, []) == {}
    with index.known(signed(records)) as known:
        assert known.texts([]) == {}
        assert known.texts(wanted[::-1]) == {i: every[i] for i in wanted}
        assert known.signatures["id"].to_list() == records["id"].to_list()


def test_an_empty_pool(root: UPath) -> None:
    new = signed(records_of("a"))
    for segments in ((), (Segment(Shards(), Shards(), ()),)):
        index = Index(root, segments, SCHEME)
        assert index.find(new).equals(new.clear())
        assert texts_of(index, ["a"]) == {}
        with index.known(new) as known:
            assert known.texts([]) == {}


def test_another_scheme_is_refused_and_rebuilt(root: UPath) -> None:
    records = records_of("abcde")
    segment = stored(root, records, signed(records))
    changed = {**SCHEME, "hashes": 16}
    with pytest.raises(
        StaleProvenance, match=r"hashes 8, now 16\): rebuild .* `entropy-assets index rebuild`"
    ):
        Index(root, (segment,), changed).find(signed(records))
    assert current(root, segment, changed) == segment, "nothing was rebuilt yet"
    made = rebuild(root, segment, changed, lambda rows: signed(rows, [(7, 7, 7)] * rows.height))
    again = current(root, segment, changed)
    assert again == made
    found = Index(root, (again,), changed).find(signed(records_of("x"), [(7, 8, 9)]))
    assert found["id"].to_list() == records["id"].to_list()
    assert Index(root, (current(root, segment, SCHEME),), SCHEME).find(signed(records)).height == 5


def test_a_segment_of_an_older_release_is_refused_and_rebuilt(root: UPath) -> None:
    records = records_of("abcde")
    older = Segment.from_json(write_shards(root, root / "work", [records]).to_json())
    assert older.signatures is None
    with pytest.raises(StaleProvenance, match=r"holds no signatures.*`entropy-assets index rebuild`"):
        Index(root, (older,), SCHEME).find(signed(records))
    made = rebuild(root, older, SCHEME, signed)
    assert Index(root, (made,), SCHEME).find(signed(records)).height == 5


def test_a_table_without_a_scheme_is_refused(root: UPath) -> None:
    records = records_of("ab")
    bare = write_shards(root, root / "work", [signed(records)])
    segment = replace(stored(root, records, signed(records)), signatures=bare)
    with pytest.raises(StaleProvenance, match="does not say how its signatures were made"):
        Index(root, (segment,), SCHEME).find(signed(records))


def test_damage_is_found(root: UPath) -> None:
    records = records_of("abcde")
    segment = stored(root, records, signed(records))
    index = Index(root, (segment,), SCHEME)
    assert is_current(root, segment, SCHEME)
    for shard, use, argument, message in (
        (segment.signatures.shards[0], Index.find, signed(records), "damaged: delete .* rebuild the index"),
        (segment.records.shards[0], texts_of, records["id"].to_list(), "has digest"),
    ):
        path = root / shard.path
        whole = path.read_bytes()
        path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        with pytest.raises(StaleProvenance, match=message):
            use(index, argument)
        assert is_current(root, segment, SCHEME) == (use is texts_of)
        path.write_bytes(whole)
    short = replace(segment, signatures=Shards(segment.signatures.shards[:1]))
    with pytest.raises(StaleProvenance, match="3 signatures for 5 records"):
        Index(root, (short,), SCHEME).find(signed(records))


def test_signatures_of_what_a_later_stage_left(root: UPath) -> None:
    records = records_of("abcdefg")
    segment = stored(root, records, signed(records))
    left = records.filter(pl.col("line").is_in([1, 2, 5, 7]))
    shards = write_shards(root, root / "work", left.iter_slices(2))
    table = narrowed(root, root / "work", segment.signatures, shards, SCHEME)
    rows = pl.concat([read_signatures(root, shard, SCHEME) for shard in table.shards])
    assert rows.equals(signed(records).filter(pl.col("line").is_in([1, 2, 5, 7])))
    assert [shard.rows for shard in table.shards] == [2, 2]
    strange = write_shards(root, root / "work", [records_of("z")])
    with pytest.raises(StaleProvenance, match="records without a signature"):
        narrowed(root, root / "work", segment.signatures, strange, SCHEME)


def test_a_record_of_two_drops_of_a_batch_keeps_the_signature_of_the_drop_that_keeps_it(root: UPath) -> None:
    one, other = (records_of("ab").with_columns(drop=pl.lit(name)) for name in ("one", "other"))
    both = pl.concat([one, other])
    segment = stored(root, both, signed(both))
    left = write_shards(root, root / "work", [one])
    table = narrowed(root, root / "work", segment.signatures, left, SCHEME)
    assert pl.concat([read_signatures(root, shard, SCHEME) for shard in table.shards]).equals(signed(one))


def test_the_header_does_not_change_the_rows(root: UPath) -> None:
    table = signed(records_of("abc"))
    (shard,) = write_signatures(root, root / "work", [table], SCHEME).shards
    assert read_shard(root, shard).equals(table)
    assert b"entropy-assets" in read_shard_bytes(root, shard)
    (other,) = write_signatures(root, root / "work", [table], {**SCHEME, "hashes": 9}).shards
    assert other.digest != shard.digest


@pytest.mark.parametrize("folded", ["NFC, line ends", FOLDED_BEFORE])
def test_what_an_older_release_signed_is_signed_again(root: UPath, folded: str) -> None:
    records = records_of("abcde")
    wanted = {**SCHEME, "normalisation": "NFC, line ends", "roles": 1}
    before = {**SCHEME, "normalisation": folded}
    shards = write_signatures(root, root / "work", signed(records).iter_slices(3), before)
    segment = replace(stored(root, records, signed(records)), signatures=shards)
    made = renewed(root, segment, wanted, signed)
    assert made.records == segment.records
    assert Index(root, (made,), wanted).find(signed(records)).height == 5
    assert renewed(root, segment, wanted, signed) == made
    assert renewed(root, segment, {**wanted, "hashes": 9}, signed) == segment, "a setting changed"
    with pytest.raises(StaleProvenance, match="rebuild the index"):
        Index(root, (segment,), {**wanted, "hashes": 9}).find(signed(records))
