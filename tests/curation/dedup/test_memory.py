"""A run of dedup stays below its setting for memory, and refuses what it has no room for."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from entropy_assets.curation.dedup.candidates import candidates
from entropy_assets.curation.dedup.stored import RECORD_BYTES, require_room
from entropy_assets.errors import InvalidParameter
from entropy_assets.records import SCHEMA
from entropy_assets.settings import DedupSettings

N_RECORDS, METADATA_BYTES, WORKERS = 200_000, 3_000, 2
MEMORY_BYTES = 720 << 20

RUN = """
import sys
from pathlib import Path
from entropy_assets.cli.dedup import Task, dedup_path
from entropy_assets.settings import DedupSettings

folder, memory, workers = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
params = DedupSettings(memory_bytes=memory)
files = (folder / f"{name}.parquet" for name in ("in", "kept", "pairs"))
told = dedup_path(Task(*files, params, workers))
lines = open("/proc/self/status").read().splitlines()  # of this program alone, unlike getrusage's
print(told.n_kept, next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")))
"""


def write_records(path: Path, n: int) -> int:
    """Write n short records with much metadata, every tenth like the one before it; return their bytes."""
    line = pl.int_range(1, n + 1, eager=True)
    number = line - (line % 10 == 0).cast(pl.Int64)
    text = pl.Series([f"the answer to question {one} is {one * 7919}" for one in number])
    metadata = '{"note":"' + line.cast(pl.String) + "." * METADATA_BYTES + '"}'
    columns = {"id": number.cast(pl.String).str.zfill(32), "row_id": line.cast(pl.String), "text": text}
    fixed = {"source": "web", "kind": "text", "drop": "new", "file": "in.jsonl"}
    frame = pl.DataFrame({**columns, "metadata": metadata, "line": line}).with_columns(
        pl.lit(value).alias(name) for name, value in fixed.items()
    )
    missing = [pl.lit(None, kind).alias(name) for name, kind in SCHEMA.items() if name not in frame.columns]
    frame = frame.with_columns(missing).select(SCHEMA.names())
    frame.write_parquet(path, row_group_size=50_000)
    return int(frame.estimated_size())


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs the peak that Linux keeps")
def test_the_peak_of_a_run_is_below_the_setting(tmp_path: Path) -> None:
    n_bytes = write_records(tmp_path / "in.parquet", N_RECORDS)
    assert n_bytes > 0.8 * MEMORY_BYTES, "one copy in memory and the program must not fit"
    command = [sys.executable, "-c", RUN, str(tmp_path), str(MEMORY_BYTES), str(WORKERS)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    n_kept, peak = map(int, done.stdout.split())
    assert n_kept == N_RECORDS * 9 // 10
    kept = pl.scan_parquet(tmp_path / "kept.parquet").select("line").collect()["line"]
    assert kept.to_list() == [line for line in range(1, N_RECORDS + 1) if line % 10]
    assert peak < MEMORY_BYTES, f"{peak:,} bytes, allowed {MEMORY_BYTES:,}"


def test_more_records_than_there_is_room_for_are_refused() -> None:
    params = DedupSettings()
    require_room(1_300_000, params, WORKERS)
    with pytest.raises(
        InvalidParameter, match=r"room for 1,\d{3},\d{3} records, got 1,500,000 or more: take them"
    ):
        require_room(1_500_000, params, WORKERS)
    require_room(1_500_000, DedupSettings(memory_bytes=3 << 30), WORKERS)
    with pytest.raises(InvalidParameter, match=r"^4000 `workers` take .* bytes, `dedup.memory_bytes` is"):
        require_room(1, params, 4000)


def peak_of_candidates(n: int, n_values: int) -> int:
    bands = np.random.default_rng(0).integers(0, n_values, (20, n)).astype(np.uint64) << np.uint64(40)
    tracemalloc.start()
    try:
        earlier, _ = candidates(bands, workers=WORKERS)
        assert len(earlier) > n, "all texts have partners"
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("share", [1, 10_000])
def test_memory_of_candidates_where_all_texts_share_templates(
    share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entropy_assets.curation.dedup.candidates.BLOCK", 1 << 12)
    few, many = 10_000, 40_000
    grown = peak_of_candidates(many, share) - peak_of_candidates(few, share)
    assert grown / (many - few) < RECORD_BYTES / 2, "the keys, bands and texts need the rest"
