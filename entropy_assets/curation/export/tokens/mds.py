"""Tokens as shards of MosaicML Streaming, `shard.00000.mds` and on, with their `index.json`.

A shard holds the number of its records, where each begins and the last ends, what its columns are, and the
records. `streaming.LocalDataset(folder)` reads them: `id`, `loss_mask` and `tokens` of a record.

What belongs here: bytes. What does not: which tokens.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

SHARD_BYTES = 1 << 26
"""Bytes of a shard at most, unless one record takes more: the default of the format's writer."""

_VERSION = 2
_LENGTH_BYTES = (1, 2, 4, 8)
"""How many bytes the length of an array may take."""


class MdsFiles:
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

    about = "MosaicML Streaming: shards with `id`, `tokens` and `loss_mask`"
    token_dtype = "int32"

    def __init__(self, folder: Path, vocabulary: int, weight_dtype: str) -> None:
        self._folder, self._weight_dtype = folder, weight_dtype
        self._config: dict[str, Any] = {
            "column_encodings": ["str", f"ndarray:{weight_dtype}", f"ndarray:{self.token_dtype}"],
            "column_names": ["id", "loss_mask", "tokens"],
            "column_sizes": [None, None, None],
            "compression": None,
            "format": "mds",
            "hashes": ["sha256"],
            "size_limit": SHARD_BYTES,
            "version": _VERSION,
        }
        self._header = json.dumps(self._config, sort_keys=True).encode()
        self._shards: list[dict[str, Any]] = []
        self._samples: list[bytes] = []
        self._bytes = self._empty_bytes

    @property
    def _empty_bytes(self) -> int:
        return 8 + len(self._header)

    @property
    def _name(self) -> str:
        return f"shard.{len(self._shards):05}.mds"

    def add(self, name: str, ids: np.ndarray, weights: np.ndarray) -> tuple[str, int]:
        """Write a record; return the shard that holds it, and its number in it."""
        columns = (name.encode(), _array(weights, self._weight_dtype), _array(ids, self.token_dtype))
        sample = np.array([len(column) for column in columns], "<u4").tobytes() + b"".join(columns)
        if self._samples and self._bytes + len(sample) + 4 > SHARD_BYTES:
            self._write_shard()
        self._samples.append(sample)
        self._bytes += len(sample) + 4
        return self._name, len(self._samples) - 1

    def _write_shard(self) -> None:
        sizes = np.array([0, *map(len, self._samples)], np.int64)
        starts = np.cumsum(sizes) + 4 + 4 * len(sizes) + len(self._header)
        count = np.array(len(self._samples), "<u4").tobytes()
        data = b"".join((count, starts.astype("<u4").tobytes(), self._header, *self._samples))
        name = self._name
        (self._folder / name).write_bytes(data)
        said = {"basename": name, "bytes": len(data), "hashes": {"sha256": hashlib.sha256(data).hexdigest()}}
        self._shards.append(
            {**self._config, "raw_data": said, "samples": len(self._samples), "zip_data": None}
        )
        self._samples, self._bytes = [], self._empty_bytes

    def close(self) -> None:
        """Write the last shard, and the index of all."""
        if self._samples:
            self._write_shard()
        index = json.dumps({"shards": self._shards, "version": _VERSION}, sort_keys=True)
        (self._folder / "index.json").write_text(index, encoding="utf-8")


def _array(values: np.ndarray, dtype: str) -> bytes:
    """Return an array of one axis as the format has it: axes and size of the length, length, numbers."""
    kind = next(at for at, size in enumerate(_LENGTH_BYTES) if len(values) < 1 << 8 * size)
    length = len(values).to_bytes(_LENGTH_BYTES[kind], "little")
    return bytes([1 << 2 | kind]) + length + values.astype(np.dtype(dtype).newbyteorder("<")).tobytes()
