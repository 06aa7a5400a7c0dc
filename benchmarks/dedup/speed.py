"""One timed run, in a process of its own: from a Parquet of records to kept.parquet and pairs.parquet.

python -m benchmarks.dedup.speed RECORDS OUT WORKERS
"""

import hashlib
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import Any

import polars as pl

from entropy_assets.curation.dedup import Known, deduplicate, recall
from entropy_assets.settings import DedupSettings
from entropy_assets.shards import parquet_bytes


def run(records_path: Path, out: Path, workers: int) -> dict[str, Any]:
    """Return seconds, counts and digests of one run; imports are not timed."""
    params = DedupSettings()
    began, cpu = time.perf_counter(), time.process_time()
    records = pl.read_parquet(records_path)
    result = deduplicate(records, Known.of(records.clear(), params), params, workers)
    written = [parquet_bytes(frame) for frame in (result.kept, result.pairs)]
    for name, data in zip(("kept", "pairs"), written, strict=True):
        (out / f"{name}.parquet").write_bytes(data)
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
    return {
        "rows": records.height,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "load_average": os.getloadavg()[0],
        "rows_per_second": records.height / seconds,
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        "kept": result.kept.height,
        "removed": dict(result.pairs["rule"].value_counts().sort("rule").rows()),
        "planted_found": recall(result.pairs, records),
        "digests": [hashlib.sha256(data).hexdigest()[:16] for data in written],
    }


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))))
