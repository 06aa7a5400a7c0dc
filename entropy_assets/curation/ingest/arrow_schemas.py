"""The time zones in an Arrow schema that a Parquet footer carries -> the schema with UTC for unknown ones.

Arrow stores moments in UTC and the zone's name beside them, whatever it is: ``+05:30``, ``PST``, ``Z``. Our
reader panics at a name that is not in its database, before the first row. The moments are the same in UTC.

What belongs here: the walk to the names, in the flatbuffer that Arrow writes. What does not: footers.
"""

import functools
import struct

import polars as pl

from entropy_assets.curation.ingest.cells import STOPS

_CONTINUES = b"\xff\xff\xff\xff"
_TIMESTAMP = 10  # the number of this type in Arrow's union of types
_UTC = b"UTC"
_MAX_FIELDS = 1 << 18
# The places of members in their tables, in the order in which Arrow's format lists them.
_MESSAGE_HEADER, _SCHEMA_FIELDS = 2, 1
_FIELD_KIND, _FIELD_TYPE, _FIELD_CHILDREN, _TIMESTAMP_ZONE = 2, 3, 5, 1


def in_utc(schema: bytes) -> bytes:
    """Return an Arrow schema of equal length in which zones that no reader of ours knows are UTC.

    A schema that cannot be walked through comes back as it is, and nothing of one that has no room for it.

    Parameters
    ----------
    schema
        A message of Arrow's, as its writers put it into a Parquet footer under ``ARROW:schema``.
    """
    found = bytearray(schema)
    try:
        for at in _zones(schema):
            (size,) = struct.unpack_from("<I", schema, at)
            name = schema[at + 4 : at + 4 + size].decode("utf-8", "replace")
            if is_known(name):
                continue
            room = max(size, len(_UTC))
            # A shorter name ends in zeros up to a multiple of four, as what follows begins at one.
            if any(schema[at + 4 + size : at + 5 + room]):
                return b""
            found[at : at + 5 + room] = struct.pack("<I", len(_UTC)) + _UTC + bytes(1 + room - len(_UTC))
    except (struct.error, IndexError):
        return schema
    return bytes(found) if len(found) == len(schema) else schema


@functools.lru_cache(1024)
def is_known(zone: str) -> bool:
    """Return whether times in a zone can be read.

    >>> is_known("Europe/Berlin"), is_known("PST"), is_known("+05:30")
    (True, False, False)
    """
    try:
        pl.Series([0], dtype=pl.Int64).cast(pl.Datetime("us", zone))
    except STOPS:
        return False
    return True


def _zones(schema: bytes) -> list[int]:
    """Return the places of the names of time zones: of their lengths, before which nothing stands."""
    base = 8 if schema.startswith(_CONTINUES) else 4
    message = _target(schema, base)
    header = _member(schema, message, _MESSAGE_HEADER)
    fields = header and _member(schema, _target(schema, header), _SCHEMA_FIELDS)
    waiting = _items(schema, fields)
    zones: list[int] = []
    for field in waiting:  # it grows while it is walked
        if len(waiting) > _MAX_FIELDS:
            return []
        kind = _member(schema, field, _FIELD_KIND)
        if kind and schema[kind] == _TIMESTAMP and (member := _member(schema, field, _FIELD_TYPE)):
            zone = _member(schema, _target(schema, member), _TIMESTAMP_ZONE)
            zones += [_target(schema, zone)] if zone else []
        waiting += _items(schema, _member(schema, field, _FIELD_CHILDREN))
    return zones


def _target(data: bytes, at: int) -> int:
    """Return the place that the offset at a place leads to."""
    (offset,) = struct.unpack_from("<I", data, at)
    return at + int(offset)


def _member(data: bytes, table: int, number: int) -> int:
    """Return the place of a table's member; 0 where the table lacks it."""
    (back,) = struct.unpack_from("<i", data, table)
    places = table - back
    if places < 0:
        raise IndexError(places)
    (size,) = struct.unpack_from("<H", data, places)
    if 4 + 2 * number >= size:
        return 0
    (offset,) = struct.unpack_from("<H", data, places + 4 + 2 * number)
    return table + int(offset) if offset else 0


def _items(data: bytes, member: int) -> list[int]:
    """Return the places of the tables in a vector; none where there is no vector."""
    if not member:
        return []
    vector = _target(data, member)
    (size,) = struct.unpack_from("<I", data, vector)
    if 4 * size > len(data):
        raise IndexError(size)
    return [_target(data, vector + 4 + 4 * number) for number in range(size)]
