"""Parquet columns of every Arrow type with extreme values: nothing raises, rows are conserved, texts stay.

`make fuzz` draws 5,000 tables; the usual run draws a few.
"""

import datetime
import io
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.ingest import Ingested, iter_drop, read_file
from tests.curation.parquet_odd import at_offset, renamed

INTEGERS = [pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64, pl.Int128]
MOST = {pl.Int8: 127, pl.Int16: 2**15 - 1, pl.Int32: 2**31 - 1, pl.Int64: 2**63 - 1, pl.Int128: 2**127 - 1}
UNITS = ("ms", "us", "ns")
ZONES = (None, "UTC", "Israel", "Asia/Kathmandu")


def of_bits(
    kind: Any, stored: Any, n_bits: int
) -> st.SearchStrategy[tuple[Any, Any, st.SearchStrategy[Any]]]:
    """Return a type that is made from the integers of another: any of them, and the ends."""
    most = 2 ** (n_bits - 1) - 1
    return st.tuples(
        st.just(kind), st.just(stored), st.just(st.integers(-most, most) | st.sampled_from([most, -most, 0]))
    )


def plain(kind: Any, values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, Any, Any]]:
    return st.tuples(st.just(kind), st.none(), st.just(values))


leaves = st.one_of(
    of_bits(pl.Date, pl.Int32, 32),
    *(of_bits(pl.Datetime(unit, zone), pl.Int64, 64) for unit in UNITS for zone in ZONES),
    *(of_bits(pl.Duration(unit), pl.Int64, 64) for unit in UNITS),
    plain(pl.Time, st.times() | st.sampled_from([datetime.time.max, datetime.time.min])),
    plain(
        pl.Binary,
        st.binary(max_size=6) | st.text(max_size=3).map(lambda text: text.encode("utf-8", "replace")),
    ),
    plain(pl.String, st.text(st.characters(exclude_categories=["Cs"]), max_size=6)),
    plain(pl.Float64, st.floats()),
    plain(pl.Float32, st.floats(width=32)),
    plain(pl.Boolean, st.booleans()),
    plain(pl.Null, st.none()),
    plain(pl.Categorical, st.sampled_from(["a", "é", "b"])),
    plain(pl.Enum(["a", "b"]), st.sampled_from(["a", "b"])),
    plain(pl.Decimal(38, 10), st.decimals(-(10**27), 10**27, places=10)),
    *(plain(kind, st.integers(0, 100)) for kind in INTEGERS),
    *(plain(kind, st.sampled_from([most, -most])) for kind, most in MOST.items()),
)


@st.composite
def columns(draw: st.DrawFn, n_rows: int) -> pl.Series:
    """Return a column of a leaf, of lists of it, of structs of it, or of lists of structs."""
    kind, stored, values = draw(leaves)
    shape = draw(st.sampled_from(["leaf", "list", "array", "struct", "list of structs"]))
    of_each = {"leaf": 1, "struct": 1, "array": 2}.get(shape, draw(st.integers(0, 3)))
    drawn = draw(st.lists(st.none() | values, min_size=n_rows * of_each, max_size=n_rows * of_each))
    flat = pl.Series("more", drawn, dtype=stored or kind)
    flat = flat.cast(kind) if stored else flat
    if shape in ("struct", "list of structs"):
        flat = flat.to_frame("inner").select(pl.struct("inner").alias("more")).to_series()
    if shape in ("leaf", "struct"):
        return flat
    if shape == "array":
        return flat.reshape((n_rows, 2)).alias("more")
    parts = [flat[n * of_each : (n + 1) * of_each].implode() for n in range(n_rows)]
    return pl.concat(parts).alias("more")


def read(data: bytes) -> Ingested:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.parquet"
        path.write_bytes(data)
        found = read_file(path, drop="d")
        cut = list(iter_drop(Path(folder), "d", batch_rows=2))
    assert pl.concat([part.records for part in cut]).equals(found.records)
    assert found.rows_in == found.records.height + found.quarantined.height
    return found


@given(st.data(), st.integers(1, 4))
def test_no_column_costs_a_row(data: st.DataObject, n_rows: int) -> None:
    texts = [f"Row number {n}." for n in range(n_rows)]
    frame = pl.DataFrame(
        {"text": texts, "more": data.draw(columns(n_rows)), "mor2": data.draw(columns(n_rows))}
    )
    out = io.BytesIO()
    frame.write_parquet(out)
    found = read(out.getvalue())
    assert (found.records["text"].to_list(), found.quarantined.height) == (texts, 0)
    found = read(renamed(out.getvalue(), "mor2", "more"))
    assert (found.records["text"].to_list(), found.quarantined.height) == (texts, 0)


@given(st.data(), st.sampled_from(["id", "source", "language", "text", "messages", "instruction", "chosen"]))
def test_any_column_under_a_key_that_is_read_raises_nothing(data: st.DataObject, name: str) -> None:
    frame = pl.DataFrame(
        {name: data.draw(columns(3)), "output": ["a", "b", "c"], "rejected": [None, "b", "c"], "prompt": "p"}
    )
    out = io.BytesIO()
    frame.write_parquet(out)
    assert read(out.getvalue()).rows_in == 3


@given(st.sampled_from(["+05:30", "-00:01", "+14:00", "-12:45"]), st.integers(-(2**62), 2**62))
def test_any_offset_and_any_moment(offset: str, moment: int) -> None:
    times = pl.Series([0, moment]).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    frame = pl.DataFrame({"text": ["a", "b"], "more": times.cast(pl.Datetime("us", "Israel"))})
    out = io.BytesIO()
    frame.write_parquet(out)
    assert read(at_offset(out.getvalue(), offset)).records["text"].to_list() == ["a", "b"]
