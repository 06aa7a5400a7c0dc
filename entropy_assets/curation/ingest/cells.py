"""Values of a Parquet column -> Python's: text of bytes, JSON of JSON columns, dates beyond the calendar.

What belongs here: what one value of one Arrow type is. What does not: reading files, and rows (`tables`).
"""

import datetime
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Literal

import polars as pl

from entropy_assets.curation.ingest.objects import parse_value
from entropy_assets.curation.ingest.reasons import Refused

Converter = Callable[[Any], Any]

STOPS = (ValueError, OverflowError, TypeError, pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""What the way from a file to Python stops at; a panic of the reader is none of `Exception`."""


def row_values(part: pl.DataFrame, n_at_once: int, unread: Counter[str]) -> Iterator[dict[str, Any]]:
    """Yield each row as column -> value, with nulls in it.

    Bytes that are UTF-8 are text; a column of the type `arrow.json` holds what its JSON says. A date or time
    that Python's calendar does not reach is the text that says it, and a value that no text says is null.

    Parameters
    ----------
    part
        Rows of a file.
    n_at_once
        Rows whose values exist at once, 1 or more.
    unread
        Receives column -> number of values that became null so.
    """
    converters = {name: _converter(dtype) for name, dtype in part.schema.items()}
    if not any(converters.values()) and not any(map(_may_stop, part.dtypes)):
        yield from part.iter_rows(named=True, buffer_size=n_at_once)
        return
    for start in range(0, part.height, n_at_once):
        rows = part[start : start + n_at_once]
        columns = [_values(rows[name], converter, unread) for name, converter in converters.items()]
        for values in zip(*columns, strict=True):
            yield dict(zip(converters, values, strict=True))


def _values(series: pl.Series, convert: Converter | None, unread: Counter[str]) -> list[Any]:
    try:
        values = series.to_list()
    except STOPS:
        values = [_value(series[at : at + 1], unread) for at in range(len(series))]
    else:
        for at in _finer(series):
            values[at] = exact_value(series.dtype, series[at : at + 1])
    return values if convert is None else [convert(value) for value in values]


def _value(one: pl.Series, unread: Counter[str]) -> Any:
    """Return the value of a series of one: as it is, else as its text, else null and counted."""
    for dtype in (one.dtype, _said(one.dtype)):
        try:
            (value,) = (one if dtype is one.dtype else one.cast(dtype)).to_list()
        except STOPS:
            continue
        return value
    unread[one.name] += 1
    return None


def _finer(series: pl.Series) -> list[int]:
    """Return the places of values with nanoseconds, which Python's dates and times have no place for."""
    coarse = _counted_in("us", series.dtype)
    if coarse == series.dtype:
        return []
    exact = _counted_in("ns", series.dtype)
    try:
        return series.cast(exact).ne_missing(series.cast(coarse).cast(exact)).arg_true().to_list()
    except STOPS:
        return []


def _counted_in(unit: Literal["us", "ns"], dtype: Any) -> Any:
    """Return the type whose dates, times and spans are counted in a unit; a time is then a span."""
    if isinstance(dtype, pl.List | pl.Array):
        return pl.List(_counted_in(unit, dtype.inner))
    if isinstance(dtype, pl.Struct):
        return pl.Struct([pl.Field(field.name, _counted_in(unit, field.dtype)) for field in dtype.fields])
    if dtype == pl.Time or (isinstance(dtype, pl.Duration) and dtype.time_unit == "ns"):
        return pl.Duration(unit)
    if isinstance(dtype, pl.Datetime) and dtype.time_unit == "ns":
        return pl.Datetime(unit, dtype.time_zone)
    return dtype


def exact_value(dtype: Any, one: pl.Series) -> Any:
    """Return the value of a series of one, dates and times as text to the nanosecond."""
    if isinstance(dtype, pl.List | pl.Array):
        inner = one.item()
        if inner is None:
            return None
        return [exact_value(dtype.inner, inner[at : at + 1]) for at in range(len(inner))]
    if isinstance(dtype, pl.Struct):
        return {field.name: exact_value(field.dtype, one.struct.field(field.name)) for field in dtype.fields}
    if one.null_count() or not dtype.is_temporal():
        return one.item()
    if isinstance(dtype, pl.Duration) or dtype == pl.Time:
        unit = dtype.time_unit if isinstance(dtype, pl.Duration) else "ns"
        seconds, rest = divmod(one.cast(pl.Int64).item() * _NANOS[unit], 10**9)
        said = str(datetime.timedelta(seconds=seconds))
        return f"{said if isinstance(dtype, pl.Duration) else said.zfill(len('00:00:00'))}.{rest:09d}"
    return one.cast(pl.String).item()


_NANOS = {"ns": 1, "us": 10**3, "ms": 10**6}


def _said(dtype: Any) -> Any:
    """Return the type in which dates and times are text, and spans of time whole numbers."""
    if isinstance(dtype, pl.List):
        return pl.List(_said(dtype.inner))
    if isinstance(dtype, pl.Array):
        return pl.List(_said(dtype.inner))
    if isinstance(dtype, pl.Struct):
        return pl.Struct([pl.Field(field.name, _said(field.dtype)) for field in dtype.fields])
    if isinstance(dtype, pl.Duration):
        return pl.Int64()
    return pl.String() if dtype.is_temporal() else dtype


def _may_stop(dtype: Any) -> bool:
    """Return whether Python may have no value for one of the type."""
    if isinstance(dtype, pl.List | pl.Array):
        return _may_stop(dtype.inner)
    if isinstance(dtype, pl.Struct):
        return any(_may_stop(field.dtype) for field in dtype.fields)
    return bool(dtype.is_temporal() or dtype.is_decimal())


def _converter(dtype: Any) -> Converter | None:
    """Return what makes values of a type ours from Python's; None where they are that already."""
    if isinstance(dtype, pl.BaseExtension):
        return _of_json if dtype.ext_name() == "arrow.json" else _converter(dtype.ext_storage())
    if isinstance(dtype, pl.Binary):
        return _of_bytes
    if isinstance(dtype, pl.List | pl.Array):
        inner = _converter(dtype.inner)
        return None if inner is None else lambda value: _each(value, inner)
    if isinstance(dtype, pl.Struct):
        pairs = {field.name: _converter(field.dtype) for field in dtype.fields}
        wanted = {name: convert for name, convert in pairs.items() if convert}
        return None if not wanted else lambda value: _fields(value, wanted)
    return None


def _each(values: list[Any] | None, convert: Converter) -> list[Any] | None:
    return None if values is None else [convert(value) for value in values]


def _fields(value: dict[str, Any] | None, wanted: dict[str, Converter]) -> dict[str, Any] | None:
    if value is None:
        return None
    return {name: wanted[name](item) if name in wanted else item for name, item in value.items()}


def _of_bytes(value: Any) -> Any:
    """Return the text of bytes that are UTF-8; anything else as it is."""
    try:
        return value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return value


def _of_json(value: Any) -> Any:
    """Return what JSON says; what is none stays text."""
    if value is None:
        return None
    try:
        return parse_value(_of_bytes(value), "value")
    except (Refused, TypeError):
        return value
