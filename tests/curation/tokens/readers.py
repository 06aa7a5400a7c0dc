"""Readers of MDS and of Megatron's indexed datasets, by what is published of the formats, with no trainer.

What belongs here: bytes -> numbers. What does not: what these should be.
"""

import json
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

_DTYPES = {1: np.uint8, 4: np.int32, 7: np.float32, 8: np.uint16}


def read_megatron(prefix: Path) -> list[np.ndarray]:
    """Return the numbers of each document."""
    index = prefix.with_suffix(".idx").read_bytes()
    magic, version, code, n_sequences, n_documents = struct.unpack_from("<9sQBQQ", index)
    assert (magic, version, n_documents) == (b"MMIDIDX\x00\x00", 1, n_sequences + 1)
    at = struct.calcsize("<9sQBQQ")
    lengths = np.frombuffer(index, "<i4", n_sequences, at)
    places = np.frombuffer(index, "<i8", n_sequences, at + 4 * n_sequences)
    documents = np.frombuffer(index, "<i8", n_documents, at + 12 * n_sequences)
    assert len(index) == at + 12 * n_sequences + 8 * n_documents
    assert documents.tolist() == list(range(n_documents))
    data = prefix.with_suffix(".bin").read_bytes()
    assert sum(lengths) * np.dtype(_DTYPES[code]).itemsize == len(data)
    return [
        np.frombuffer(data, _DTYPES[code], size, place) for size, place in zip(lengths, places, strict=True)
    ]


def read_mds(folder: Path) -> list[dict[str, Any]]:
    """Return the samples of all shards, each as column -> value."""
    samples = []
    for shard in json.loads((folder / "index.json").read_bytes())["shards"]:
        data = (folder / shard["raw_data"]["basename"]).read_bytes()
        assert len(data) == shard["raw_data"]["bytes"]
        (count,) = struct.unpack_from("<I", data)
        assert count == shard["samples"]
        edges = struct.unpack_from(f"<{count + 1}I", data, 4)
        assert edges[-1] == len(data)
        for start, end in pairwise(edges):
            sizes = struct.unpack_from(f"<{len(shard['column_names'])}I", data, start)
            at, sample = start + 4 * len(sizes), {}
            for name, kind, size in zip(shard["column_names"], shard["column_encodings"], sizes, strict=True):
                sample[name] = _value(kind, data[at : at + size])
                at += size
            assert at == end
            samples.append(sample)
    return samples


def _value(kind: str, data: bytes) -> Any:
    if kind == "str":
        return data.decode()
    n_axes, size = data[0] >> 2, 1 << (data[0] & 3)
    assert n_axes == 1
    values = np.frombuffer(data, kind.removeprefix("ndarray:"), offset=1 + size)
    assert len(values) == int.from_bytes(data[1 : 1 + size], "little")
    return values
