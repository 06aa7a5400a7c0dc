"""A search of the index holds one shard of it at a time, however many there are."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from upath import UPath

from entropy_assets.curation.dedup.tables import write_signatures
from entropy_assets.shards import Segment

SCHEME = {"hashes": 20}
SHARD_ROWS, N_SHARDS, N_BANDS = 30_000, 30, 20
ROW_BYTES = 8 * (N_BANDS + 1)

SEARCH = """
import json, sys
import polars as pl
from upath import UPath
from entropy_assets.curation.dedup.index import Index
from entropy_assets.shards import Segment, Shards

def status(name):
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

root = UPath(sys.argv[1])
segment = Segment.from_json(json.loads((root / "segment.json").read_text()))
new = pl.read_parquet(str(root / "new.parquet"))
first = Shards(segment.signatures.shards[:1])  # loads what the first search loads, once
Index(root, (Segment(first, first, segment.drops),), {"hashes": 20}).find(new)
before = status("VmRSS")
found = Index(root, (segment,), {"hashes": 20}).find(new)
print(found.height, status("VmHWM") - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs the peak that Linux keeps")
def test_memory_does_not_grow_with_the_index(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names = ["normalised", *(f"band_{n:02d}" for n in range(N_BANDS))]

    def table(shard: int) -> pl.DataFrame:
        values = rng.integers(0, 2**63, (len(names), SHARD_ROWS), dtype=np.uint64)
        ids = [f"{shard:016x}{row:016x}" for row in range(SHARD_ROWS)]
        place = {"id": ids, "row_id": None, "drop": "old", "file": "a.jsonl", "line": range(SHARD_ROWS)}
        frame = pl.DataFrame(place, schema_overrides={"row_id": pl.String, "line": pl.Int64})
        return frame.with_columns(pl.Series(n, v) for n, v in zip(names, values, strict=True))

    tables = [table(shard) for shard in range(N_SHARDS)]
    root = UPath(tmp_path)
    signed = write_signatures(root, root / "index", iter(tables), SCHEME)
    segment = Segment(signed, signed, ("old",))  # as many records as signatures; none is read
    (tmp_path / "segment.json").write_text(json.dumps(segment.to_json()))
    pl.concat([frame.head(5) for frame in tables]).write_parquet(tmp_path / "new.parquet")
    command = [sys.executable, "-c", SEARCH, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found, grown = map(int, done.stdout.split())
    assert found == 5 * N_SHARDS
    whole = N_SHARDS * SHARD_ROWS * ROW_BYTES
    assert grown < whole / 2, f"grew by {grown:,} bytes for an index of {whole:,}"
