"""Tokens as Megatron's indexed dataset: `tokens.bin` with `tokens.idx`, and the same of weights beside them.

A `.bin` holds the numbers of all records one after the other; its `.idx` holds their kind, and length and
place of each record. `IndexedDataset(folder/tokens)` of Megatron-core reads them; record n of `loss_mask`
says how much each token of record n of `tokens` counts.

What belongs here: bytes. What does not: which tokens.
"""

import struct
from pathlib import Path
from typing import IO

import numpy as np

_HEADER = b"MMIDIDX\x00\x00"
_VERSION = 1
_CODES = {"int32": 4, "float32": 7, "uint16": 8, "uint8": 1}
_MAX_SMALL = 65_500
"""Tokens of a vocabulary from which on Megatron takes four bytes for each."""


class _Indexed:
    """One `.bin` with its `.idx`."""

    def __init__(self, prefix: Path, dtype: str) -> None:
        self._prefix, self._dtype = prefix, np.dtype(dtype).newbyteorder("<")
        self._code = _CODES[dtype]
        self._lengths: list[int] = []
        self._file: IO[bytes] = prefix.with_suffix(".bin").open("wb")

    def add(self, values: np.ndarray) -> None:
        self._file.write(values.astype(self._dtype).tobytes())
        self._lengths.append(len(values))

    def close(self) -> None:
        self._file.close()
        lengths = np.array(self._lengths, "<i4")
        ends = np.cumsum(lengths, dtype="<i8")
        places = (ends - lengths) * self._dtype.itemsize
        with self._prefix.with_suffix(".idx").open("wb") as file:
            file.write(_HEADER + struct.pack("<QB", _VERSION, self._code))
            file.write(struct.pack("<QQ", len(lengths), len(lengths) + 1))
            file.write(lengths.tobytes() + places.astype("<i8").tobytes())
            file.write(np.arange(len(lengths) + 1, dtype="<i8").tobytes())  # a record is a document


class MegatronFiles:
    """The files of one export.

    Parameters
    ----------
    folder
        Where they are written.
    vocabulary
        Number of tokens.
    weight_dtype
        `uint8` or `float32`.
    """

    about = "Megatron: `tokens` and `loss_mask`, each `.bin` with `.idx`"

    def __init__(self, folder: Path, vocabulary: int, weight_dtype: str) -> None:
        self.token_dtype = "uint16" if vocabulary < _MAX_SMALL else "int32"
        self._tokens = _Indexed(folder / "tokens", self.token_dtype)
        self._weights = _Indexed(folder / "loss_mask", weight_dtype)
        self._n = 0

    def add(self, name: str, ids: np.ndarray, weights: np.ndarray) -> tuple[str, int]:
        """Write a record; return the file that holds its tokens, and its number in it."""
        self._tokens.add(ids)
        self._weights.add(weights)
        self._n += 1
        return "tokens.bin", self._n - 1

    def close(self) -> None:
        """Write what is told of all records."""
        self._tokens.close()
        self._weights.close()
