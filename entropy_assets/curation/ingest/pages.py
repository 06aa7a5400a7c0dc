"""What a Parquet file unpacks to, told from its footer and page headers before anything is unpacked.

A footer may lie, so each page is looked up: its header states the bytes that a reader makes room for. The
headers are Thrift in its compact protocol, of which only the walk over values is needed here.

What belongs here: sizes that are stated. What does not: the limits, and reading the rows (`tables`).
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from entropy_assets.curation.ingest.streams import open_file

MAX_FOOTER_BYTES = 64 << 20
"""Bytes of a footer that are read at most: 100,000 columns in a row group have some 20 MB."""

VALUE_BYTES = 16
"""Bytes that a value takes in memory at least, a null too, however short it is in the file."""

_MAGIC = b"PAR1"
_MAX_DEPTH = 16
_HEADER_BYTES = 1 << 12
_FIXED_LENGTH = 7  # the type FIXED_LEN_BYTE_ARRAY, each value of which takes the column's length
_DELTA_BYTE_ARRAY = 7  # the encoding in which a value repeats any part of the value before it

Fields = dict[int, Any]
"""A Thrift struct: number of a field -> its value; structs in it are of the same form."""


class Damaged(Exception):
    """A footer or page header is not what it should be."""


class Unpacked(NamedTuple):
    """What a file unpacks to: bytes in all and of the largest row group; and whether these can be trusted.

    They cannot where values share their beginnings with values before: then a page says little of them.
    """

    n_bytes: int
    largest_group: int
    is_certain: bool


def unpacked(path: Path) -> Unpacked:
    """Return what a Parquet file says that it unpacks to.

    Raises
    ------
    Damaged
        The file is no Parquet file, or its footer or a page header is broken.
    OSError
        The file cannot be read.
    """
    with open_file(path) as file:
        footer = Thrift(read_footer(file)[1]).struct()
        try:
            leaves = [element for element in footer[2][1:] if not element.get(5)]
            groups = [_group(file, group, leaves) for group in footer.get(4, [])]
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise Damaged("the footer lacks a field") from error
    return Unpacked(
        sum(size for size, _ in groups),
        max((size for size, _ in groups), default=0),
        all(is_certain for _, is_certain in groups),
    )


def read_footer(file: BinaryIO) -> tuple[int, bytes]:
    """Return place and bytes of a Parquet file's footer.

    Raises
    ------
    Damaged
        There is none, or it is too large.
    """
    size = os.fstat(file.fileno()).st_size
    file.seek(max(size - 8, 0))
    tail = file.read(8)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != _MAGIC or length + 12 > size:
        raise Damaged("the file has no footer")
    if length > MAX_FOOTER_BYTES:
        raise Damaged(f"the footer has {length} bytes, allowed are {MAX_FOOTER_BYTES}")
    file.seek(size - 8 - length)
    return size - 8 - length, file.read(length)


def _group(file: BinaryIO, group: Fields, leaves: list[Fields]) -> tuple[int, bool]:
    """Return bytes of a row group in memory, and whether they can be trusted."""
    columns = group[1]
    if len(columns) != len(leaves):
        raise Damaged("a row group has other columns than the schema")
    n_bytes = 0
    is_certain = True
    for column, leaf in zip(columns, leaves, strict=True):
        facts = column[3]
        width = max(VALUE_BYTES, leaf.get(2, 0) if facts[1] == _FIXED_LENGTH else 0)
        n_values = n_pages_bytes = 0
        for header in _pages(file, facts):
            # Of the three kinds of pages with values, one is there; each begins with their number.
            page = header.get(5) or header.get(8) or header.get(7) or {}
            n_values += page.get(1, 0)
            n_pages_bytes += max(header[2], header[3])
            encoding = page.get(4 if 8 in header else 2)
            is_certain = is_certain and encoding != _DELTA_BYTE_ARRAY
        n_bytes += max(n_pages_bytes, facts[6]) + width * max(n_values, facts[5], group[3])
    return n_bytes, is_certain


def _pages(file: BinaryIO, facts: Fields) -> Iterator[Fields]:
    """Yield the header of each page of a column in a row group."""
    # Arrow's writer gives a column without values a dictionary, and says that its pages begin at 0.
    places = [place for place in (facts[9], facts.get(11)) if place]
    if not places and not facts[5]:
        return
    place = min(places, default=0)
    end = place + facts[7]
    if not 0 <= place <= end <= os.fstat(file.fileno()).st_size:
        raise Damaged("a column lies outside of the file")
    while place < end:
        header, size = _page_header(file, place, end)
        if header[2] < 0 or header[3] < 0:
            raise Damaged("a page has less than no bytes")
        yield header
        place += size + header[3]


def _page_header(file: BinaryIO, place: int, end: int) -> tuple[Fields, int]:
    """Return a page's header and its size; it is as long as the statistics in it."""
    n_bytes = _HEADER_BYTES
    while True:
        file.seek(place)
        data = file.read(min(n_bytes, end - place))
        try:
            thrift = Thrift(data)
            return thrift.struct(), thrift.at
        except Damaged:
            if n_bytes >= min(end - place, MAX_FOOTER_BYTES):
                raise
        n_bytes *= 16


class Thrift:
    """A walk over values in the compact protocol; `at` is the place of the next byte."""

    def __init__(self, data: bytes) -> None:
        self.at = 0
        self._data = data

    def struct(self, depth: int = 0) -> Fields:
        """Return the struct at `at`.

        Raises
        ------
        Damaged
            It ends too early, or structs in it are nested too deep.
        """
        if depth > _MAX_DEPTH:
            raise Damaged("structs are nested too deep")
        fields: Fields = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind = head & 15
            fields[number] = kind == 1 if kind in (1, 2) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (4, 5, 6):
            return self._integer()
        if kind == 8:
            return self._take(self._varint())
        if kind == 12:
            return self.struct(depth + 1)
        if kind in (9, 10):
            return self._list(depth)
        if kind in (1, 2, 3):
            return self._byte()
        if kind == 7:
            return self._take(8)
        if kind == 13:
            return self._take(16)
        raise Damaged(f"a value is of the unknown kind {kind}")

    def _list(self, depth: int) -> list[Any]:
        if depth > _MAX_DEPTH:
            raise Damaged("lists are nested too deep")
        head = self._byte()
        size = head >> 4 if head >> 4 < 15 else self._varint()
        if size > len(self._data) - self.at:
            raise Damaged("a list has more items than bytes")
        return [self._value(head & 15, depth + 1) for _ in range(size)]

    def _take(self, size: int) -> bytes:
        """Return the next bytes; a walk that wants their places too overrides it."""
        start = self.at
        self.at += size
        if self.at > len(self._data):
            raise Damaged("the data end within a value")
        return self._data[start : self.at]

    def _byte(self) -> int:
        if self.at >= len(self._data):
            raise Damaged("the data end within a value")
        self.at += 1
        return self._data[self.at - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
            if shift > 63:
                raise Damaged("a number has more than 64 bits")

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
