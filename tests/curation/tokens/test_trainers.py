"""The trainers' packages read what is written, and their writers write the same bytes.

They run in a process of their own: they ask for other versions of packages than this project.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.curation.tokens.test_token_files import Sample, samples, write

TRAINERS = Path(os.environ.get("TRAINERS", Path(sys.prefix) / "trainers"))
"""Where `make trainers` puts the packages of `trainers.txt`."""


def run(package: str, program: str, *arguments: object) -> Any:
    """Return what a program that imports a trainer's package prints, as JSON; skip where it is not there."""
    if not (TRAINERS / package).is_dir():
        pytest.skip(f"needs {package}, a trainer's package: make trainers")
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(TRAINERS)},
        text=True,
        capture_output=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def given_as(path: Path, given: list[Sample], weights: str) -> None:
    """Write records as arrays, for a program to read."""
    tokens = {f"{name}.tokens": ids for name, ids, _ in given}
    np.savez(path, **tokens, **{f"{name}.loss_mask": own.astype(weights) for name, _, own in given})


def same_files(one: Path, other: Path) -> list[str]:
    """Return the names of the files of two folders, which hold the same bytes."""
    names = sorted(path.name for path in one.iterdir())
    assert names == sorted(path.name for path in other.iterdir())
    assert [name for name in names if (one / name).read_bytes() != (other / name).read_bytes()] == []
    return names


MDS = """
import json, sys
import numpy as np
from streaming import LocalDataset, MDSWriter, StreamingDataset
read = []
for kind, limit in (("uint8", 1 << 26), ("float32", 1 << 18)):
    samples = LocalDataset(f"{sys.argv[1]}/{kind}")
    read.append([[one["id"], one["tokens"].tolist(), one["loss_mask"].tolist()] for one in samples])
    given = np.load(f"{sys.argv[1]}/{kind}.npz")
    columns = {"id": "str", "tokens": "ndarray:int32", "loss_mask": f"ndarray:{kind}"}
    out = f"{sys.argv[1]}/{kind}-theirs"
    with MDSWriter(columns=columns, out=out, hashes=["sha256"], size_limit=limit) as to:
        for name in sorted({name.split(".")[0] for name in given}):
            to.write({"id": name, **{part: given[f"{name}.{part}"] for part in ("tokens", "loss_mask")}})
streamed = StreamingDataset(local=f"{sys.argv[1]}/uint8", shuffle=False, batch_size=1)
print(json.dumps([*read, [one["id"] for one in streamed]]))
"""
MEGATRON = """
import json, sys
import numpy as np, torch
from megatron.core.datasets.indexed_dataset import DType, IndexedDataset, IndexedDatasetBuilder
read = []
for kind, vocabulary in (("uint8", 60_000), ("float32", 128_000)):
    folder, given = f"{sys.argv[1]}/{kind}", np.load(f"{sys.argv[1]}/{kind}.npz")
    for mmap in (True, False):
        tokens, masks = (IndexedDataset(f"{folder}/{name}", mmap=mmap) for name in ("tokens", "loss_mask"))
        read.append([[tokens[at].tolist(), masks[at].tolist()] for at in range(len(tokens))])
    for name, dtype in (("tokens", DType.optimal_dtype(vocabulary)), ("loss_mask", getattr(np, kind))):
        to = IndexedDatasetBuilder(f"{folder}-theirs/{name}.bin", dtype=dtype)
        for one in sorted(one for one in given if one.endswith(name)):
            to.add_item(torch.from_numpy(given[one]))
            to.end_document()
        to.finalize(f"{folder}-theirs/{name}.idx")
print(json.dumps(read))
"""


def test_mosaicml_streaming_reads_and_writes_the_same_shards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = samples(400)
    for kind, shard_bytes in (("uint8", 1 << 26), ("float32", 1 << 18)):
        monkeypatch.setattr("entropy_assets.curation.export.tokens.mds.SHARD_BYTES", shard_bytes)
        write(tmp_path / kind, "mds", given, 60_000, kind)
        given_as(tmp_path / f"{kind}.npz", given, kind)
    expected = [[name, ids.tolist(), own.tolist()] for name, ids, own in given]
    assert run("streaming", MDS, tmp_path) == [expected, expected, [name for name, _, _ in given]]
    assert len(same_files(tmp_path / "uint8", tmp_path / "uint8-theirs")) == 2
    assert len(same_files(tmp_path / "float32", tmp_path / "float32-theirs")) == 6


def test_megatron_core_reads_and_writes_the_same_files(tmp_path: Path) -> None:
    given = samples(200)
    for kind, vocabulary in (("uint8", 60_000), ("float32", 128_000)):
        write(tmp_path / kind, "megatron", given, vocabulary, kind)
        given_as(tmp_path / f"{kind}.npz", given, kind)
        (tmp_path / f"{kind}-theirs").mkdir()
    expected = [[ids.tolist(), own.tolist()] for _, ids, own in given]
    assert run("megatron", MEGATRON, tmp_path) == [expected] * 4
    for kind in ("uint8", "float32"):
        assert len(same_files(tmp_path / kind, tmp_path / f"{kind}-theirs")) == 4
