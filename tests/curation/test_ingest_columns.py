"""Parquet columns of every kind: one never decides over a file, and the same rows are the same records."""

import datetime
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from entropy_assets.curation.ingest import Ingested, read_drop, read_file
from entropy_assets.curation.ingest.arrow_schemas import in_utc
from tests.curation.parquet_odd import at_offset, in_zone, parquet, renamed, schema_of

TEXTS = ["A page on mills.", "A page on weirs."]


def read(tmp_path: Path, data: bytes | pl.DataFrame, name: str = "rows.parquet") -> Ingested:
    path = tmp_path / name
    path.write_bytes(parquet(data) if isinstance(data, pl.DataFrame) else data)
    return read_file(path, drop="d")


def metadata(found: Ingested) -> list[dict[str, Any]]:
    return [json.loads(text) if text else {} for text in found.records["metadata"]]


def beside(values: list[Any], dtype: Any) -> pl.DataFrame:
    """Return two texts with another column of a type beside them."""
    return pl.DataFrame({"text": TEXTS, "more": pl.Series(values).cast(dtype) if dtype else values})


@pytest.mark.parametrize(
    ("physical", "dtype", "said"),
    [
        (-719_529, pl.Date, "-0001-12-31"),
        (5_000_000, pl.Date, "+15659-07-15"),
        (2**62, pl.Datetime("us"), None),
        (-(2**62), pl.Datetime("ms"), None),
        (2**62, pl.Datetime("us", "UTC"), None),
        (2**63 - 1, pl.Duration("ms"), str(2**63 - 1)),
    ],
)
def test_what_pythons_calendar_does_not_reach_is_its_text(
    tmp_path: Path, physical: int, dtype: Any, said: str | None
) -> None:
    integer = pl.Int32 if dtype == pl.Date else pl.Int64
    found = read(tmp_path, beside([0, physical], integer).with_columns(pl.col("more").cast(dtype)))
    assert (found.records["text"].to_list(), found.quarantined.height) == (TEXTS, 0)
    shown = [str(row.get("more")) for row in metadata(found)]
    assert said is None or shown[1] == said
    is_told = [note.what for note in found.told] == ["values of column 'more' cannot be told and are null"]
    assert "None" not in shown or is_told
    if dtype == pl.Date:
        assert shown[0] == "1970-01-01"


def test_a_far_date_inside_a_list_of_structs_costs_nothing(tmp_path: Path) -> None:
    days = pl.DataFrame({"day": pl.Series([0, 5_000_000], dtype=pl.Int32).cast(pl.Date)})
    nested = days.select(pl.struct("day").implode().alias("days"))
    frame = pl.concat([pl.DataFrame({"text": [TEXTS[0]]}), nested], how="horizontal")
    assert metadata(read(tmp_path, frame)) == [{"days": [{"day": "1970-01-01"}, {"day": "+15659-07-15"}]}]


def test_one_file_never_decides_over_a_drop(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "A good row."}\n')
    frame = beside([0, -800_000], pl.Int32).with_columns(pl.col("more").cast(pl.Date))
    (tmp_path / "b.parquet").write_bytes(parquet(frame))
    found = read_drop(tmp_path, "d")
    assert found.records["text"].to_list() == ["A good row.", *TEXTS]


def test_times_at_a_fixed_offset_are_the_same_moments(tmp_path: Path) -> None:
    times = [datetime.datetime(2024, 3, 1, 10, tzinfo=datetime.UTC)] * 2
    data = at_offset(parquet(beside(times, pl.Datetime("us", "Israel"))))
    with pytest.raises(pl.exceptions.PanicException):
        pl.read_parquet(data)
    found = read(tmp_path, data)
    assert (found.quarantined.height, found.told) == (0, ())
    assert [row["more"] for row in metadata(found)] == ["2024-03-01T10:00:00+00:00"] * 2


ZONES = {
    "PST": "GMT",
    "Z": "UTC",
    "": "UTC",
    "+0530": "Japan",
    "UTC+1": "Japan",
    "+05:30": "Israel",
    "US/Pacific-New": "Pacific/Easter",
    "Mars/Olympus_M": "Pacific/Easter",
}
"""Zones that our reader does not know -> one that it does, whose name takes equal room."""


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("is_nested", [False, True])
def test_times_in_an_unknown_zone_are_the_same_moments(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], zone: str, is_nested: bool
) -> None:
    times = [datetime.datetime(2024, 3, 1, 10, tzinfo=datetime.UTC)] * 2
    frame = beside(times, pl.Datetime("us", ZONES[zone]))
    more: Any = "2024-03-01T10:00:00+00:00"
    if is_nested:
        frame = frame.with_columns(pl.struct(when="more").alias("more"))
        more = {"when": more}
    found = read(tmp_path, in_zone(parquet(frame), ZONES[zone], zone))
    assert (found.quarantined.height, found.told) == (0, ())
    assert [row["more"] for row in metadata(found)] == [more] * 2
    assert capfd.readouterr().err == ""


def test_a_known_zone_stays_beside_an_unknown_one(tmp_path: Path) -> None:
    times = pl.Series([datetime.datetime(2024, 3, 1, 10, tzinfo=datetime.UTC)] * 2)
    zones = {"far": "Japan", "near": "Europe/Berlin"}
    frame = pl.DataFrame(
        {"text": TEXTS, **{name: times.dt.convert_time_zone(z) for name, z in zones.items()}}
    )
    found = read(tmp_path, in_zone(parquet(frame), "Japan", "UTC+1"))
    assert metadata(found)[0] == {
        "far": "2024-03-01T10:00:00+00:00",
        "near": "2024-03-01T11:00:00+01:00",
    }


def test_a_schema_without_room_for_utc_is_set_aside(tmp_path: Path) -> None:
    whole = parquet(
        beside([datetime.datetime(2024, 3, 1, tzinfo=datetime.UTC)] * 2, pl.Datetime("us", "UTC"))
    )
    schema = schema_of(in_zone(whole, "UTC", "Z"))
    assert in_utc(schema) == schema_of(whole)
    assert in_utc(schema.replace(b"Z\0\0\0", b"Z\0\0x")) == b""
    assert in_utc(schema[:40]) == schema[:40]
    hidden = in_zone(whole, "UTC", "Z", after=b"x")
    assert metadata(read(tmp_path, hidden))[0] == {"more": "2024-03-01T00:00:00+00:00"}


def test_of_two_columns_of_one_name_neither_is_read_and_both_are_told(tmp_path: Path) -> None:
    frame = pl.DataFrame({"text": TEXTS, "n1": [1, 2], "n2": [3, 4], "kept": ["a", "b"]})
    data = renamed(parquet(frame), "n2", "n1")
    with pytest.raises(pl.exceptions.PolarsError):
        pl.read_parquet(data)
    found = read(tmp_path, data)
    assert metadata(found) == [{"kept": "a"}, {"kept": "b"}]
    assert [str(note) for note in found.told] == ["rows.parquet: 2 columns are named 'n1', and are left out"]


def test_fields_of_one_name_leave_out_their_column(tmp_path: Path) -> None:
    frame = pl.DataFrame({"text": TEXTS, "box": [{"n1": 1, "n2": 2}] * 2, "kept": ["a", "b"]})
    found = read(tmp_path, renamed(parquet(frame), "n2", "n1"))
    assert metadata(found) == [{"kept": "a"}, {"kept": "b"}]
    assert [note.what for note in found.told] == ["2 columns in it are named 'n1', and are left out"]


def test_two_columns_of_text_are_no_text(tmp_path: Path) -> None:
    frame = pl.DataFrame({"text": TEXTS, "tex2": ["x", "y"], "id": ["1", "2"]})
    found = read(tmp_path, renamed(parquet(frame), "tex2", "text"))
    assert found.quarantined["reason"].to_list() == ["no_known_layout"] * 2


def test_bytes_that_are_text_are_text(tmp_path: Path) -> None:
    frame = pl.DataFrame({"text": [b"A mill.", b"\xff\xfe", "Ein Wehr über".encode()], "raw": [b"\xff"] * 3})
    found = read(tmp_path, frame)
    assert found.records["text"].to_list() == ["A mill.", "Ein Wehr über"]
    assert metadata(found) == [{"raw": "/w=="}] * 2
    assert found.quarantined["reason"].to_list() == ["not_a_string"]


def as_extension(frame: pl.DataFrame, column: str, name: str) -> pl.DataFrame:
    kind = pl.Extension(name, frame.schema[column], "")
    return frame.with_columns(frame[column].ext.to(kind))


def test_a_json_column_holds_what_its_json_says(tmp_path: Path) -> None:
    turns = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [{"type": "text", "text": "Yo"}]},
    ]
    frame = pl.DataFrame({"messages": [json.dumps(turns)] * 2, "n": ["1", "no json"]})
    frame = as_extension(as_extension(frame, "messages", "arrow.json"), "n", "arrow.json")
    (tmp_path / "rows.jsonl").write_text(json.dumps({"messages": turns}))
    found = read(tmp_path, frame)
    expected = read_file(tmp_path / "rows.jsonl", drop="d").records["id"].to_list()
    assert found.records["id"].to_list() == expected * 2
    assert metadata(found) == [{"n": 1}, {"n": "no json"}]


def test_nulls_that_a_schema_fills_in_change_no_record(tmp_path: Path) -> None:
    rows = [
        {"messages": [{"role": "user", "content": "a", "name": None}, {"role": "assistant", "content": "b"}]},
        {
            "messages": [
                {"role": "user", "content": "c"},
                {"role": "tool", "content": None, "id": {"n": None}},
                {"role": "assistant", "content": "d", "name": "e"},
            ]
        },
        {
            "messages": [
                {"role": "system", "content": None},
                {"role": "user", "content": "f"},
                {"role": "assistant", "content": "g"},
            ]
        },
    ]
    (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)))
    lines, table = read_file(tmp_path / "rows.jsonl", drop="d"), read(tmp_path, pl.DataFrame(rows))
    assert lines.records["id"].to_list() == table.records["id"].to_list()
    # An empty object is left where a table could not tell it from an absent one.
    assert (lines.records.height, lines.quarantined.height) == (3, 0)


def test_a_whole_number_is_an_integer_and_nan_is_null(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "id": [10001.0, None, float("nan")],
            "instruction": ["a", "b", "c"],
            "output": "d",
            "input": float("nan"),
        }
    )
    found = read(tmp_path, frame)
    assert found.records["row_id"].to_list() == ["10001", None, None]
    assert [turns[0]["content"] for turns in found.records["messages"]] == ["a", "b", "c"]


def test_a_column_that_cannot_be_read_is_left_out_and_told(tmp_path: Path) -> None:
    out = io.BytesIO()
    pl.DataFrame({"text": TEXTS, "more": ["x" * 50, "y" * 50]}).write_parquet(out, compression="uncompressed")
    raw = out.getvalue().replace(b"\x32\0\0\0" + b"x" * 50, b"\xff\xff\xff\x7f" + b"x" * 50)
    assert raw != out.getvalue()
    found = read(tmp_path, raw)
    assert found.records["text"].to_list() == TEXTS
    assert [str(note) for note in found.told] == [
        "rows.parquet: column 'more' cannot be read and is left out"
    ]


def test_a_table_none_of_whose_columns_can_be_read_is_one_entry(tmp_path: Path) -> None:
    data = renamed(parquet(pl.DataFrame({"text": TEXTS, "tex2": ["x", "y"]})), "tex2", "text")
    found = read(tmp_path, data)
    assert (found.quarantined["reason"].to_list(), found.complete) == (["unreadable_file"], False)


EXTREMES: dict[str, tuple[Any, list[Any]]] = {
    "decimal": (pl.Decimal(38, 10), [Decimal("9" * 28), Decimal("-0.0000000001")]),
    "huge": (pl.Int128, [2**126, -(2**126)]),
    "unsigned": (pl.UInt64, [2**64 - 1, 0]),
    "float": (pl.Float64, [float("inf"), 5e-324]),
    "small float": (pl.Float32, [3.4e38, float("-inf")]),
    "time": (pl.Time, [datetime.time(23, 59, 59, 999_999), datetime.time(0)]),
    "category": (pl.Categorical, ["a", "é"]),
    "enum": (pl.Enum(["a", "b"]), ["a", "b"]),
    "nothing": (pl.Null, [None, None]),
    "array": (pl.Array(pl.Int8, 2), [[1, 2], [-128, 127]]),
    "empty lists": (pl.List(pl.List(pl.Int8)), [[], [[]]]),
    "booleans": (pl.Boolean, [True, None]),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_any_column_beside_a_text_costs_no_row(tmp_path: Path, name: str) -> None:
    dtype, values = EXTREMES[name]
    found = read(tmp_path, pl.DataFrame({"text": TEXTS, "more": pl.Series(values, dtype=dtype)}))
    assert (found.records["text"].to_list(), found.quarantined.height) == (TEXTS, 0)


@pytest.mark.parametrize("key", ["weight", "loss_weight", "loss_mask"])
def test_a_decimal_is_a_weight(tmp_path: Path, key: str) -> None:
    turns = [
        {"role": "user", "content": "Hi", key: Decimal("0.0")},
        {"role": "assistant", "content": "Yo", key: Decimal("1.0")},
    ]
    found = read(tmp_path, pl.DataFrame({"messages": [turns]}))
    assert [turn["weight"] for turn in found.records["messages"][0]] == [0.0, 1.0]
    assert metadata(found) == [{}]


def test_a_decimal_is_an_id_as_the_number_that_it_is(tmp_path: Path) -> None:
    long = "1234567890123456789012345678901234567"  # more digits than Python's arithmetic keeps
    ids = pl.Series([Decimal("10001.0"), Decimal(f"{long}.5")], dtype=pl.Decimal(38, 1))
    found = read(tmp_path, pl.DataFrame({"id": ids, "text": TEXTS}))
    assert found.records["row_id"].to_list() == ["10001", f"{long}.5"]
