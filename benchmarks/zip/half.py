"""Row `half`: half of the bytes of large pools by `zip`: cost, growth, memory, and what segments lose.

The selection is held as segments of at most 64 MiB. At the largest size where one context can hold half of
the pool (128 MiB) the same job is done with it as well, and the picks are compared by the xz ratio of
samples. Memory is that of the process without the texts, which lie in a file.
"""

import math
import os
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from statistics import mean
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.zip.job import Check, Job, Result
from benchmarks.zip.pools import PoolSpec, ensure_pool
from entropy_assets.compression import compression_ratio
from entropy_assets.curation.selection import Budget, ZipParams, segments, select
from entropy_assets.texts import StoredTexts

N_SMALL, N_BOTH, N_LARGE = 100_000, 445_000, 1_000_000
ONE_CONTEXT = 1 << 27
XZ_BAR, GROWTH_BAR, MEMORY_BAR = 1.01, 1.05, 2 * 2**30
N_SAMPLES, SAMPLE_BYTES = 8, 500_000
SMOKE = ZipParams(100, 20, 10)


def measure_half(job: Job) -> Result:
    """Return what half of the bytes of three pools costs, and the xz ratio beside one context."""
    sizes = (300, 450, 600) if job.is_smoke else (N_SMALL, N_BOTH, N_LARGE)
    params = SMOKE if job.is_smoke else ZipParams()
    pool = ensure_pool(PoolSpec(sizes[-1], is_small=job.is_smoke), job.shared, job.cache)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(dir=job.cache) as folder:
        for n in sizes:
            texts = (row["text"].encode() for row in islice(pool.rows(), n))
            stored = StoredTexts.write(Path(folder) / f"{n}.texts", texts)
            figures[f"{n}"] = half_of(stored, params, job.workers)
            if n == sizes[1]:
                with mock.patch.object(segments, "SEGMENT_BYTES", ONE_CONTEXT):
                    figures["one_context"] = half_of(stored, params, job.workers)
    return Result(checks(figures, sizes), figures)


def half_of(texts: StoredTexts, params: ZipParams, workers: int) -> dict[str, float]:
    """Return seconds, memory and the xz ratio of samples of half of the bytes of `texts`."""
    before, peaks = _anonymous_bytes(), [0]
    budget = Budget(max(int(texts.sizes.sum()) // 2, 1), "bytes")
    began, cpu_before = time.perf_counter(), time.process_time()
    picked = select(
        texts,
        budget,
        "zip",
        params=params,
        workers=workers,
        progress=lambda *_: peaks.append(_anonymous_bytes()),
    )
    seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu_before
    ratios = [xz_of_sample(texts, picked.ranking, seed) for seed in range(N_SAMPLES)]
    return {
        "picks": len(picked.ranking),
        "budget_bytes": budget.amount,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "load": os.getloadavg()[0],
        "memory_bytes": max(peaks) - before,
        "xz_ratio": mean(ratios),
        "xz_ratio_sd": float(np.std(ratios)),
    }


def xz_of_sample(texts: Sequence[bytes], ranking: np.ndarray, seed: int) -> float:
    """Return the xz ratio of picks drawn at random, of about `SAMPLE_BYTES` together."""
    sample: list[bytes] = []
    n_bytes = 0
    for index in np.random.default_rng(seed).permutation(ranking).tolist():
        if n_bytes >= SAMPLE_BYTES:
            break
        sample.append(texts[index])
        n_bytes += len(sample[-1])
    return compression_ratio(sample, "xz")


def checks(figures: dict[str, Any], sizes: Sequence[int]) -> list[Check]:
    """Return the checks of the quality, the growth from the first size to the last, and the memory."""
    small, both, large = (figures[f"{n}"] for n in sizes)
    one = figures["one_context"]
    exponent = math.log(max(large["cpu_seconds"], 1e-9) / max(small["cpu_seconds"], 1e-9)) / math.log(
        sizes[-1] / sizes[0]
    )
    about = f"{small['cpu_seconds']:.0f} and {large['cpu_seconds']:.0f} CPU s, load {large['load']:.0f}"
    picks = f"{large['picks']:,} picks, {large['budget_bytes'] / 1e6:.0f} MB, xz {large['xz_ratio']:.3f}"
    return [
        Check(
            f"xz ratio of segments against one context, half of {sizes[1]:,} records",
            "at most",
            XZ_BAR,
            "",
            both["xz_ratio"] / one["xz_ratio"],
            f"{both['xz_ratio']:.3f} against {one['xz_ratio']:.3f}; {both['cpu_seconds']:.0f} against "
            f"{one['cpu_seconds']:.0f} CPU s",
        ),
        Check(
            f"exponent of zip's CPU seconds, half of {sizes[0]:,} to {sizes[-1]:,} records",
            "at most",
            GROWTH_BAR,
            "",
            exponent,
            about,
        ),
        Check(
            f"memory beside the texts, half of {sizes[-1]:,} records",
            "under",
            MEMORY_BAR / 2**30,
            "GiB",
            large["memory_bytes"] / 2**30,
            picks,
        ),
    ]


def _anonymous_bytes() -> int:
    """Return the memory of this process that no file stands behind."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) * 1024
    return 0
