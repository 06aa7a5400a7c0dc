"""Parquet files of kinds that our own writer does not make, by editing the footer of one that it makes.

What belongs here: bytes. What does not: what ingest has to say of them.
"""

import base64
import io
import struct

import polars as pl

from entropy_assets.curation.ingest.footers import _elements


def parquet(frame: pl.DataFrame) -> bytes:
    """Return a frame as Parquet."""
    out = io.BytesIO()
    frame.write_parquet(out)
    return out.getvalue()


def footer_of(data: bytes) -> tuple[int, bytes]:
    """Return place and bytes of a footer."""
    (length,) = struct.unpack("<I", data[-8:-4])
    return len(data) - 8 - length, data[-8 - length : -8]


def renamed(data: bytes, old: str, new: str) -> bytes:
    """Return a file in which each column or field `old` is called `new`, a name of equal length."""
    assert len(old) == len(new)
    start, footer = footer_of(data)
    found = bytearray(data)
    for element in _elements(footer):
        if element.name == old.encode():
            found[start + element.name_at : start + element.name_at + len(old)] = new.encode()
    # The Arrow schema beside it says the old name; readers that find it at odds would say so.
    at = found.find(b"ARROW:schema")
    if at >= 0:
        found[at : at + 5] = b"OTHER"
    return bytes(found)


def at_offset(data: bytes, offset: str = "+05:30") -> bytes:
    """Return a file whose times in the zone `Israel` (a name of six characters) are at a fixed offset."""
    return in_zone(data, "Israel", offset)


def in_zone(data: bytes, old: str, new: str, after: bytes = b"\0") -> bytes:
    """Return a file whose times in a zone are in another, with a name of equal length, or a shorter one.

    A shorter one must take equal room: names end in a zero, and in more of them up to a multiple of four.
    What stands in the last of these is `after`.
    """
    schema = schema_of(data)
    assert _string(old) in schema
    assert len(_string(old)) == len(_string(new))
    changed = schema.replace(_string(old), _string(new)[:-1] + after)
    return data.replace(base64.b64encode(schema), base64.b64encode(changed))


def schema_of(data: bytes) -> bytes:
    """Return the Arrow schema in a file."""
    at = data.index(b"ARROW:schema") + len("ARROW:schema")
    begin = next(n for n in range(at, at + 12) if data[n : n + 8] == b"/////" + data[n + 5 : n + 8])
    end = begin
    while chr(data[end]).isalnum() or data[end] in b"+/=":
        end += 1
    return base64.b64decode(data[begin:end])


def _string(text: str) -> bytes:
    """Return a string as a flatbuffer holds it."""
    return struct.pack("<I", len(text)) + text.encode() + bytes(4 - len(text) % 4)
