"""Small Parquet files, written byte by byte, that unpack to gigabytes or say that they do."""

import struct
from collections.abc import Sequence
from typing import Any

import zstandard

BYTE_ARRAY, FIXED = 6, 7
PLAIN, RLE, DELTA_BYTE_ARRAY, RLE_DICTIONARY = 0, 3, 7, 8
ZSTD = 6


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def zigzag(value: int) -> bytes:
    return varint(value << 1 ^ value >> 63)


def value_of(value: Any) -> tuple[int, bytes]:
    """Return type and bytes of a value in Thrift's compact protocol; a dictionary is a struct."""
    if isinstance(value, bool):
        return (1 if value else 2), b""
    if isinstance(value, int):
        return 6, zigzag(value)
    if isinstance(value, bytes):
        return 8, varint(len(value)) + value
    if isinstance(value, dict):
        return 12, struct_of(value)
    kinds, items = zip(*map(value_of, value), strict=True) if value else ((12,), ())
    head = bytes([len(value) << 4 | kinds[0]]) if len(value) < 15 else bytes([0xF0 | kinds[0]])
    return 9, head + (varint(len(value)) if len(value) >= 15 else b"") + b"".join(items)


def struct_of(fields: dict[int, Any]) -> bytes:
    out, before = bytearray(), 0
    for number, value in sorted(fields.items()):
        kind, data = value_of(value)
        out += bytes([number - before << 4 | kind]) + data
        before = number
    return bytes(out) + b"\0"


def packed(pieces: Sequence[bytes], times: int = 1) -> tuple[bytes, int]:
    """Return pieces, all of them `times` over, packed by zstd without holding them; and their bytes."""
    packer = zstandard.ZstdCompressor(level=3).compressobj()
    out = [packer.compress(piece) for _ in range(times) for piece in pieces]
    return b"".join([*out, packer.flush()]), times * sum(map(len, pieces))


def page(
    kind: int, data: tuple[bytes, int], n_values: int, encoding: int, stated: int | None = None
) -> bytes:
    body, size = data
    header: dict[int, Any] = {1: kind, 2: size if stated is None else stated, 3: len(body)}
    if kind == 2:
        header[7] = {1: n_values, 2: encoding}
    else:
        header[5] = {1: n_values, 2: encoding, 3: RLE, 4: RLE}
    return struct_of(header) + body


def table(
    pages: Sequence[bytes],
    n_rows: int,
    *,
    has_dictionary: bool = False,
    stated: int | None = None,
    physical: int = BYTE_ARRAY,
    length: int | None = None,
    n_columns: int = 1,
) -> bytes:
    """Return a Parquet file with `n_columns` columns of the same pages; `stated` is the footer's own size."""
    body = b"PAR1" + b"".join(pages)
    own: dict[int, Any] = {1: physical, 3: 0, 4: b"text", **({2: length} if length else {})}
    if physical == BYTE_ARRAY:
        own[6] = 0
    size = sum(map(len, pages))
    first = 4 + (len(pages[0]) if has_dictionary else 0)
    columns, leaves = [], []
    for number in range(n_columns):
        name = b"text" if number == 0 else b"c%d" % number
        facts = {
            1: physical,
            2: [PLAIN],
            3: [name],
            4: ZSTD,
            5: n_rows,
            6: size if stated is None else stated,
        }
        facts |= {7: size, 9: first, **({11: 4} if has_dictionary else {})}
        columns.append({2: 4, 3: facts})
        leaves.append({**own, 4: name})
    root = {4: b"root", 5: n_columns}
    group = {1: columns, 2: size, 3: n_rows}
    footer = struct_of({1: 1, 2: [root, *leaves], 3: n_rows, 4: [group]})
    return body + footer + struct.pack("<I", len(footer)) + b"PAR1"


def plain_string(size: int) -> bytes:
    return struct.pack("<I", size) + b"x" * size


def few_strings(n: int, size: int) -> bytes:
    """A dictionary of `n` strings of `size` bytes, and one page that names the first."""
    words = page(2, packed([plain_string(size)], n), n, PLAIN)
    return table([words, page(0, packed([b"\x01", b"\x02\x00"]), 1, RLE_DICTIONARY)], 1, has_dictionary=True)


def lying_footer(n: int, size: int) -> bytes:
    """A page of `n` strings, in a file whose footer says that it has 100 bytes."""
    return table([page(0, packed([plain_string(size)], n), n, PLAIN)], n, stated=100)


def lying_page(n: int, size: int) -> bytes:
    """A page whose header says 100 bytes, and which has `n` strings."""
    return table([page(0, packed([plain_string(size)], n), n, PLAIN, stated=100)], n, stated=100)


def shared_beginnings(n: int, size: int) -> bytes:
    """A page of `n` strings, each of which repeats the whole string before it."""
    # How many bytes each shares with the one before, how many are its own, and those.
    data = _stepped(0, size, n) + _stepped(size, 0, n) + b"x" * size
    return table([page(0, packed([data]), n, DELTA_BYTE_ARRAY)], n)


def _stepped(first: int, rest: int, n: int) -> bytes:
    """Return `first` and then n - 1 times `rest`: one delta of 32 bits, and then deltas of 0."""
    out = varint(128) + varint(4) + varint(n) + zigzag(first)
    low = min(rest - first, 0)
    for block in range(0, n - 1, 128):
        out += zigzag(low) + bytes([32] * 4)
        n_here = min(128, n - 1 - block)
        deltas = [(rest - first if block + i == 0 else 0) - low for i in range(n_here)]
        whole = -(-n_here // 32) * 32
        out += struct.pack(f"<{whole}I", *deltas, *[0] * (whole - n_here))
    return out


def long_fixed(n: int, size: int) -> bytes:
    """A dictionary of one value of fixed length, named by each of `n` rows."""
    words = page(2, packed([b"x" * size]), 1, PLAIN)
    run = varint(n << 1) + b"\x00"
    rows = page(0, packed([b"\x01" + run]), n, RLE_DICTIONARY)
    return table([words, rows], n, has_dictionary=True, physical=FIXED, length=size)


def many_rows(n: int, n_columns: int = 1) -> bytes:
    """A file of `n` rows, all equal, in `n_columns` columns that share one page."""
    words = page(2, packed([plain_string(3)]), 1, PLAIN)
    rows = page(0, packed([b"\x01" + varint(n << 1) + b"\x00"]), n, RLE_DICTIONARY)
    return table([words, rows], n, has_dictionary=True, n_columns=n_columns)
