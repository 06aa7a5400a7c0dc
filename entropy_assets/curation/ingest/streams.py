"""A file's decompressed bytes in pieces, up to where they can be read.

A cut or damaged stream is data, not an exception: the pieces before the damage come out, and `fault`
then says why there are no more.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import zstandard

from entropy_assets.curation.ingest.reasons import Fault, Reason

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
"""Suffix of a file name -> name of its compression."""

_FORMAT = re.compile(r"(.+?)(\.jsonl|\.ndjson|\.json|\.parquet)?(\.gz|\.zst)?", re.IGNORECASE)

_PLAIN_PIECE_BYTES = 1 << 20
# A decoder that meets damage returns nothing of the piece it was given, so pieces are small.
_PACKED_PIECE_BYTES = 1 << 12
_ZSTD_WINDOW_BYTES = 1 << 31


def name_parts(name: str) -> tuple[str, str, str]:
    """Return stem, format and compression of a file name, the suffixes in lower case or empty."""
    found = _FORMAT.fullmatch(name)
    stem, layout, packing = found.groups("") if found else (name, "", "")
    return stem, layout.lower(), packing.lower()


class Stream:
    """Iterate once over the decompressed bytes of a file; after the end, `fault` is set if they were cut.

    Parameters
    ----------
    path
        A regular file.
    compression
        A value of `COMPRESSIONS`, or None for plain bytes.
    """

    def __init__(self, path: Path, compression: str | None) -> None:
        self.path = path
        self.compression = compression
        self.fault: Fault | None = None

    def __iter__(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as file:
                if self.compression == "gzip":
                    yield from self._decompress(file, lambda: zlib.decompressobj(wbits=31))
                elif self.compression == "zstd":
                    yield from self._decompress(file, _new_zstd)
                else:
                    yield from iter(lambda: file.read(_PLAIN_PIECE_BYTES), b"")
        except OSError as error:
            self.fault = Fault(Reason.unreadable_file, f"the file cannot be read: {error.strerror or error}")
        except (zlib.error, zstandard.ZstdError) as error:
            self.fault = Fault(Reason.unreadable_file, f"the {self.compression} stream is damaged: {error}")

    def _decompress(self, file: BinaryIO, new_decoder: Callable[[], Any]) -> Iterator[bytes]:
        """Yield the content of all members; a missing end mark becomes the fault."""
        decoder = None
        n_members = 0
        while piece := file.read(_PACKED_PIECE_BYTES):
            while piece:
                if decoder is None:
                    if n_members and not piece.strip(b"\0"):
                        break  # tape-like zero padding after the last member
                    decoder = new_decoder()
                if data := decoder.decompress(piece):
                    yield data
                piece = b""
                if decoder.eof:
                    piece, decoder = decoder.unused_data, None
                    n_members += 1
        if decoder is not None or not n_members:
            self.fault = Fault(
                Reason.truncated_stream,
                f"the {self.compression} stream has no end mark; its whole rows before this point are kept",
            )


def _new_zstd() -> Any:
    return zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES).decompressobj()
