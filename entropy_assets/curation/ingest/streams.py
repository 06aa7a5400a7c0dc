"""A file's decompressed bytes in pieces, up to where they can be read.

A cut or damaged stream is data, not an exception: the pieces before the damage come out, and `fault`
then says why there are no more. A file that unpacks to far more than it has is left packed at the limit.
"""

import errno
import os
import re
import stat
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import zstandard

from entropy_assets.curation.ingest.kinds import packing_of
from entropy_assets.curation.ingest.reasons import Fault, Reason
from entropy_assets.settings import IngestSettings

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
"""Suffix of a file name -> name of its compression."""

RATIO_FREE_BYTES = 64 << 20
"""A file may unpack to so many bytes whatever its ratio: a small file of equal rows is no bomb."""

LOOK_BYTES = 1 << 16
"""Bytes from which it is told what a file is."""

_FORMAT = re.compile(
    r"(.+?)(\.jsonl|\.ndjson|\.json|\.csv|\.txt|\.parquet)?(\.gz|\.zst)?", re.IGNORECASE | re.DOTALL
)

_READ_BYTES = 1 << 20
# What a decoder makes of one piece exists at once: at most 128 KiB for 4 bytes, so 32 MiB here. And a
# decoder that meets damage returns nothing of its piece.
_PACKED_PIECE_BYTES = 1 << 10
_GATHERED_BYTES = 1 << 18
_ZSTD_WINDOW_BYTES = 1 << 31
# Not every system has these two; the check of the open file holds everywhere.
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def name_parts(name: str) -> tuple[str, str, str]:
    """Return stem, format and compression of a file name, the suffixes in lower case or empty."""
    found = _FORMAT.fullmatch(name)
    stem, layout, packing = found.groups("") if found else (name, "", "")
    return stem, layout.lower(), packing.lower()


def open_file(path: Path) -> BinaryIO:
    """Return a regular file opened for reading; a link is not followed, and a pipe does not block.

    Raises
    ------
    OSError
        The file cannot be opened, or is a link, folder, device, pipe or socket.
    """
    descriptor = os.open(path, _OPEN_FLAGS)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file")
    return os.fdopen(descriptor, "rb")


class Stream:
    """Iterate once over the decompressed bytes of a file; after the end, `fault` is set if they were cut.

    How it is packed is told by its first bytes.

    Parameters
    ----------
    path
        A regular file.
    settings
        How much a compressed file may unpack to.
    """

    def __init__(self, path: Path, settings: IngestSettings) -> None:
        self.path = path
        _, self._layout, packing = name_parts(path.name)
        self.compression = COMPRESSIONS.get(packing)
        self.fault: Fault | None = None
        self._settings = settings
        self._head: bytes | None = None
        self._pieces: Iterator[bytes] = iter(())

    def peek(self) -> bytes:
        """Return the first piece of the stream, which stays in it; empty where there is none."""
        if self._head is None:
            self._pieces = self._read()
            self._head = next(self._pieces, b"")
        return self._head

    def __iter__(self) -> Iterator[bytes]:
        if head := self.peek():
            yield head
        yield from self._pieces

    def _read(self) -> Iterator[bytes]:
        try:
            file = open_file(self.path)
        except OSError as error:
            self._stop(Reason.unreadable_file, f"the file cannot be read: {error.strerror or error}")
            return
        with file:
            try:
                self.compression = packing_of(file.read(LOOK_BYTES), self.compression, self._layout)
                file.seek(0)
            except OSError as error:
                self._stop(Reason.unreadable_file, f"the file cannot be read: {error.strerror or error}")
                return
            if self.compression == "gzip":
                pieces = self._unpack(file, lambda: zlib.decompressobj(wbits=31))
            elif self.compression == "zstd":
                pieces = self._unpack(file, _new_zstd)
            else:
                pieces = iter(lambda: file.read(_READ_BYTES), b"")
            yield from self._gather(pieces)

    def _stop(self, reason: Reason, detail: str) -> None:
        self.fault = Fault(reason, detail)

    def _gather(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the pieces, small ones joined; an error becomes the fault after the pieces before it."""
        waiting: list[bytes] = []
        n_waiting = 0
        try:
            for piece in pieces:
                waiting.append(piece)
                n_waiting += len(piece)
                if n_waiting >= _GATHERED_BYTES:
                    yield b"".join(waiting)
                    waiting, n_waiting = [], 0
        except OSError as error:
            self._stop(Reason.unreadable_file, f"the file cannot be read: {error.strerror or error}")
        except (zlib.error, zstandard.ZstdError) as error:
            self._stop(Reason.unreadable_file, f"the {self.compression} stream is damaged: {error}")
        if waiting:
            yield b"".join(waiting)

    def _unpack(self, file: BinaryIO, new_decoder: Callable[[], Any]) -> Iterator[bytes]:
        """Yield the content of all members; a missing end mark, or too much content, becomes the fault."""
        decoder = None
        n_members = n_packed = n_bytes = 0
        for piece in iter(lambda: file.read(_PACKED_PIECE_BYTES), b""):
            n_packed += len(piece)
            while piece:
                if decoder is None:
                    if n_members and not piece.strip(b"\0"):
                        break  # tape-like zero padding after the last member
                    decoder = new_decoder()
                data = decoder.decompress(piece)
                n_bytes += len(data)
                if self._is_too_much(n_bytes, n_packed):
                    return
                if data:
                    yield data
                piece = b""
                if decoder.eof:
                    piece, decoder = decoder.unused_data, None
                    n_members += 1
        if decoder is not None or not n_members:
            detail = (
                f"the {self.compression} stream has no end mark; its whole rows before this point are kept"
            )
            self._stop(Reason.truncated_stream, detail)

    def _is_too_much(self, n_bytes: int, n_packed: int) -> bool:
        fault = too_much(n_bytes, n_packed, self._settings)
        self.fault = fault or self.fault
        return fault is not None


def too_much(n_bytes: int, n_packed: int, settings: IngestSettings) -> Fault | None:
    """Return the fault of a file of which `n_packed` bytes hold `n_bytes`, or None within the limits."""
    ratio = settings.max_unpack_ratio
    if n_bytes > settings.max_unpacked_bytes:
        allowed = f"{settings.max_unpacked_bytes} (ingest.max_unpacked_bytes)"
    elif n_bytes > RATIO_FREE_BYTES and n_bytes > ratio * n_packed:
        allowed = f"{ratio:g} times as many (ingest.max_unpack_ratio)"
    else:
        return None
    detail = f"its first {n_packed} bytes hold {n_bytes} or more, allowed are {allowed}; nothing more is read"
    return Fault(Reason.compression_bomb, detail)


def most_bytes(n_packed: int, settings: IngestSettings) -> float:
    """Return how many bytes a file of `n_packed` bytes may unpack to; see `too_much`."""
    return min(settings.max_unpacked_bytes, max(RATIO_FREE_BYTES, settings.max_unpack_ratio * n_packed))


def _new_zstd() -> Any:
    return zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES).decompressobj()
