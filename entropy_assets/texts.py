"""Many texts in one place: a file that is mapped into memory, so that a pool can be larger than memory.

A list of bytes is as good wherever everything fits. What belongs here: keeping texts and reading any of
them. What does not: where they come from.
"""

import mmap
import os
from array import array
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import overload

import numpy as np
import polars as pl

WRITE_BYTES = 1 << 20


class StoredTexts(Sequence[bytes]):
    """n texts in one file, read where they are asked for; the system keeps in memory what is in use.

    Parameters
    ----------
    path
        The file: the texts one after the other, as `StoredTexts.write` made it.
    sizes
        (n,) int64, bytes of each text.
    """

    def __init__(self, path: Path, sizes: np.ndarray) -> None:
        self.path, self.sizes = path, sizes
        self._starts = np.concatenate(([0], np.cumsum(sizes)))
        with path.open("rb") as file:  # an empty file cannot be mapped
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if self._starts[-1] else b""

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

    def read(self, places: np.ndarray) -> list[bytes]:
        """Return the texts at `places`, read from the file, so that no page of it stays in memory."""
        starts, sizes = self._starts[places].tolist(), self.sizes[places].tolist()
        with self.path.open("rb", buffering=0) as file:
            number = file.fileno()
            return [os.pread(number, size, start) for start, size in zip(starts, sizes, strict=True)]

    def __len__(self) -> int:
        return len(self.sizes)

    @overload
    def __getitem__(self, place: int) -> bytes: ...
    @overload
    def __getitem__(self, place: slice) -> list[bytes]: ...
    def __getitem__(self, place: int | slice) -> bytes | list[bytes]:
        if isinstance(place, slice):
            return [self[index] for index in range(*place.indices(len(self)))]
        if not -len(self) <= place < len(self):
            raise IndexError(f"text {place} of {len(self)}")
        start = int(self._starts[place % len(self)])
        return bytes(self._data[start : start + int(self.sizes[place])])


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
