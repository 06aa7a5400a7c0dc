"""Row `limit`: how fast the compressor is on the bytes that a selection looks at.

A selection cannot be faster than one pass of its compressor over each candidate at each look. The bytes
looked at are the number of looks times the mean bytes of a record of the pool. `zip_paper` looks at the
pool once and in each round at K1 candidates and at K2, K2 - 1, ... of the shortlist; `zip` at the pool, at
K1 candidates a round, and at some of the shortlist, which is not counted.
"""

import time
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from benchmarks.zip.job import Job, Result, spread
from benchmarks.zip.pools import PoolSpec, ensure_pool
from entropy_assets.compression import SEPARATOR
from entropy_assets.curation.selection.zstd_context import ZstdContext

N_SAMPLE, N_CONTEXT = 40_000, 5_000


def measure_limit(job: Job) -> Result:
    """Return the speeds of zlib and zstd on single records, and how close each engine came to its own."""
    if job.is_smoke:
        pool = ensure_pool(PoolSpec(600, is_small=True), job.shared, job.cache)
        texts, n_context = pool.texts(), 100
    else:
        pool = ensure_pool(PoolSpec(300_000), job.shared, job.cache)
        texts, n_context = pool.texts(N_SAMPLE + N_CONTEXT), N_CONTEXT
    context, sample = texts[:n_context], texts[n_context:]
    n_bytes, workers = sum(map(len, sample)), job.workers
    empty, full = ZstdContext(b""), ZstdContext(SEPARATOR.join(context))
    passes: dict[str, Callable[[], object]] = {
        "zlib": lambda: _zlib_pass(sample, workers),
        "zstd": lambda: empty.added_bytes(sample, workers),
        "zstd_with_context": lambda: full.added_bytes(sample, workers),
    }
    speeds = {
        name: spread([n_bytes / _seconds(run) for _ in range(job.repeats)]) for name, run in passes.items()
    }
    figures: dict[str, Any] = {
        "bytes_a_second": speeds,
        "sample_bytes": n_bytes,
        "context_bytes": len(SEPARATOR.join(context)),
    }
    remarks = [
        f"{name}: {found['median'] / 1e6:.1f} MB/s on single records, {workers} threads"
        for name, found in speeds.items()
    ]
    for row, codec in (("paper_300k", "zlib"), ("zip_300k", "zstd")):
        if "rounds" not in job.earlier.get(row, {}):
            remarks.append(f"{row} was not measured in this run, so nothing to compare with {codec}")
            continue
        figures[row] = closeness(job.earlier[row], speeds[codec]["median"], is_greedy_counted=codec == "zlib")
        remarks.append(
            f"{row}: {figures[row]['bytes'] / 1e9:.2f} GB looked at in {figures[row]['seconds']:.1f} s, "
            f"{figures[row]['times_of_limit']:.2f} times one pass of {codec} over them"
        )
    return Result([], figures, remarks)


def closeness(row: Any, bytes_a_second: float, *, is_greedy_counted: bool) -> dict[str, float]:
    """Return the bytes looked at by a selection, and its time against one pass over them."""
    n_candidates, n_shortlist, n_picks = row["params"]
    greedy = sum(range(n_shortlist - n_picks + 1, n_shortlist + 1)) if is_greedy_counted else 0
    n_looks = row["pool"]["records"] + row["rounds"] * (n_candidates + greedy)
    n_bytes = n_looks * row["pool"]["mean_bytes"]
    seconds = row["seconds"]["median"]
    return {
        "looks": n_looks,
        "bytes": n_bytes,
        "seconds": seconds,
        "limit_seconds": n_bytes / bytes_a_second,
        "times_of_limit": seconds * bytes_a_second / n_bytes,
    }


def _zlib_pass(texts: Sequence[bytes], workers: int) -> None:
    """Compress each text alone, the list cut into one run for each thread."""
    runs = [[texts[place] for place in part] for part in np.array_split(np.arange(len(texts)), workers)]

    def compress(run: Sequence[bytes]) -> None:
        for text in run:
            zlib.compress(text, 9)

    with ThreadPoolExecutor(workers) as executor:
        list(executor.map(compress, runs))


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began
