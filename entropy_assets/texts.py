"""Many texts in one place: a file that is read where it is asked, so that a pool can be larger than memory.

A list of bytes is as good wherever everything fits. The file is not mapped: of a mapped one the system counts
all pages around each text that was read as memory of the process.

What belongs here: keeping texts and reading any of them. What does not: where they come from.
"""

import os
import tempfile
import weakref
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import overload

import numpy as np
import polars as pl

from entropy_assets.temporary import full_named

WRITE_BYTES = 1 << 20
READ_RECORDS = 1_000


class _Kept:
    """A descriptor that is closed with its last holder."""

    def __init__(self, number: int) -> None:
        self.number = number
        weakref.finalize(self, os.close, number)


class StoredTexts(Sequence[bytes]):
    """n texts in one file, read where they are asked for.

    Parameters
    ----------
    path
        The file: the texts one after the other, as `StoredTexts.write` made it.
    sizes
        (n,) int64, bytes of each text.
    """

    def __init__(self, path: Path, sizes: np.ndarray) -> None:
        self._starts, self.sizes = _starts_of(sizes), sizes
        with path.open("rb") as file:
            self._open(file.fileno())

    @classmethod
    def write(cls, path: Path, texts: Iterable[bytes]) -> "StoredTexts":
        """Write texts to a new file at `path`, one at a time, and return them.

        Raises
        ------
        FileExistsError
            There is a file already.
        """
        sizes = array("q")
        with path.open("xb", buffering=WRITE_BYTES) as file:
            for text in texts:
                sizes.append(file.write(text))
        return cls(path, np.array(sizes, np.int64))

    @classmethod
    def nameless(cls, folder: Path | None, texts: Iterable[bytes]) -> "StoredTexts":
        """Write texts to a file without a name in a folder, None for that of the system, and return them.

        It is gone with the process, however that ends.
        """
        made, sizes = cls.__new__(cls), array("q")
        place = Path(tempfile.gettempdir()) if folder is None else folder
        with full_named(place), tempfile.TemporaryFile(dir=place, buffering=WRITE_BYTES) as file:
            for text in texts:
                sizes.append(file.write(text))
            file.flush()
            made.sizes = np.array(sizes, np.int64)
            made._starts = _starts_of(made.sizes)
            made._open(file.fileno())
        return made

    def with_more(self, texts: Iterable[bytes]) -> "StoredTexts":
        """Write more texts to the end of the file, and return these and those behind them."""
        sizes, number = array("q"), self._file.number
        with os.fdopen(os.dup(number), "wb", buffering=WRITE_BYTES) as file:
            first = file.seek(0, os.SEEK_END)
            for text in texts:
                sizes.append(file.write(text))
        more = np.array(sizes, np.int64)
        made = StoredTexts.__new__(StoredTexts)
        made.sizes = np.concatenate([self.sizes, more])
        made._starts = np.concatenate([self._starts, first + _starts_of(more)])
        made._open(number)
        return made

    def _open(self, number: int) -> None:
        """Keep an open file, for as long as any of its texts is shown."""
        self._file = _Kept(os.dup(number))

    def at(self, places: np.ndarray) -> "StoredTexts":
        """Return the texts at `places`, (m,) int64, of the same file."""
        return self._shown(self._starts[places], self.sizes[places])

    def cut(self, first: np.ndarray, sizes: np.ndarray) -> "StoredTexts":
        """Return a part of each text of the same file: its first byte and its size, (n,) int64 each."""
        return self._shown(self._starts + first, sizes)

    def _shown(self, starts: np.ndarray, sizes: np.ndarray) -> "StoredTexts":
        shown = StoredTexts.__new__(StoredTexts)
        shown._file, shown._starts, shown.sizes = self._file, starts, sizes
        return shown

    def read(self, places: np.ndarray) -> list[bytes]:
        """Return the texts at `places`, (m,) int64."""
        starts, sizes = self._starts[places].tolist(), self.sizes[places].tolist()
        number = self._file.number
        return [os.pread(number, size, start) for start, size in zip(starts, sizes, strict=True)]

    def __len__(self) -> int:
        return len(self.sizes)

    @overload
    def __getitem__(self, place: int) -> bytes: ...
    @overload
    def __getitem__(self, place: slice) -> list[bytes]: ...
    def __getitem__(self, place: int | slice) -> bytes | list[bytes]:
        if isinstance(place, slice):
            return self.read(np.arange(*place.indices(len(self))))
        if not -len(self) <= place < len(self):
            raise IndexError(f"text {place} of {len(self)}")
        return os.pread(self._file.number, int(self.sizes[place]), int(self._starts[place]))


def _starts_of(sizes: np.ndarray) -> np.ndarray:
    """Return where each text begins, of those that stand one after the other."""
    starts: np.ndarray = np.cumsum(sizes) - sizes
    return starts


def taken(texts: Sequence[bytes], places: np.ndarray) -> Sequence[bytes]:
    """Return the texts at `places`, (m,) int64; of stored ones none is read.

    >>> taken([b"a", b"b"], np.array([1, 1]))
    [b'b', b'b']
    """
    if isinstance(texts, StoredTexts):
        return texts.at(places)
    return [texts[place] for place in places.tolist()]


def parts_of(texts: Sequence[bytes], first: np.ndarray, sizes: np.ndarray) -> Sequence[bytes]:
    """Return a part of each text, its first byte and size as (n,) int64 each; of stored ones none is read.

    >>> parts_of([b"abc"], np.array([1]), np.array([1]))
    [b'b']
    """
    if isinstance(texts, StoredTexts):
        return texts.cut(first, sizes)
    pairs = zip(texts, first.tolist(), sizes.tolist(), strict=True)
    return [text[start : start + size] for text, start, size in pairs]


def read(texts: Sequence[bytes], places: np.ndarray) -> list[bytes]:
    """Return the texts at `places`, (m,) int64.

    >>> read([b"a", b"b"], np.array([1, 0]))
    [b'b', b'a']
    """
    if isinstance(texts, StoredTexts):
        return texts.read(places)
    return [texts[place] for place in places.tolist()]


def one_by_one(texts: Sequence[bytes]) -> Iterator[bytes]:
    """Yield the texts in order; stored ones are read some at a time.

    >>> list(one_by_one([b"a", b"b"]))
    [b'a', b'b']
    """
    for start in range(0, len(texts), READ_RECORDS):
        yield from texts[start : start + READ_RECORDS]


def utf8(texts: pl.Series) -> list[bytes]:
    """Return the bytes of each text."""
    return texts.cast(pl.Binary).to_list()


def decoded(texts: Sequence[bytes], errors: str = "strict") -> pl.Series:
    r"""Return texts in UTF-8 as strings; `errors`, as in `bytes.decode`, is for bytes that are none.

    >>> decoded([b"ab", b"c\xff"], "ignore").to_list()
    ['ab', 'c']
    """
    return pl.Series([text.decode(errors=errors) for text in texts], dtype=pl.String)


def sizes_of(texts: Sequence[bytes]) -> np.ndarray:
    """Return the bytes of each text: (n,) int64; stored texts are not read for it.

    >>> sizes_of([b"ab", b""]).tolist()
    [2, 0]
    """
    if isinstance(texts, StoredTexts):
        return texts.sizes
    return np.fromiter(map(len, texts), np.int64, len(texts))
