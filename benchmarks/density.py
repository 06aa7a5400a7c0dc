"""Measure what a sketch of many vectors costs, and that shards change nothing (`make bench-density`).

Vectors are drawn by seed around 1,000 centres and lie in a mapped file, as embeddings of a large pool would.
Prints the figures of counting and of asking beside their bars; exit code 1 where one is missed.
"""

import argparse
import json
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.zip.machine import machine_kind, versions
from entropy_assets.curation.scoring.sketch import Sketch, SketchParams

MAX_SECONDS, MAX_BYTES = 240, 1_500 << 20
"""The bars: both passes together, and memory beside the vectors."""

_PIECE = 50_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write the JSON where a place is named, and return the exit code."""
    options = _parser().parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        vectors = drawn(Path(folder) / "vectors", options.rows, options.dimensions)
        before = peak_bytes()
        began, cpu = time.perf_counter(), time.process_time()
        whole = Sketch.of(vectors, SketchParams(), options.workers)
        densities = whole.densities(vectors, options.workers)
        seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
        memory = peak_bytes() - before
        cut = options.rows // 3
        shards = Sketch.of(vectors[cut:], SketchParams()) + Sketch.of(vectors[:cut], SketchParams())
    is_same = np.array_equal(shards.counts, whole.counts)
    bars = [
        ("seconds of both passes", round(seconds, 1), MAX_SECONDS, seconds <= MAX_SECONDS),
        ("MiB beside the vectors", memory >> 20, MAX_BYTES >> 20, memory <= MAX_BYTES),
        ("sketches of shards that differ", int(not is_same), 0, is_same),
    ]
    found: dict[str, Any] = {
        "machine": machine_kind(),
        "versions": versions(),
        "rows": options.rows,
        "dimensions": options.dimensions,
        "workers": options.workers,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "memory_bytes": memory,
        "densities": np.quantile(densities, [0, 0.5, 1]).tolist(),
        "bars": [dict(zip(("what", "measured", "most", "holds"), bar, strict=True)) for bar in bars],
    }
    for what, measured, most, holds in bars:
        print(f"{'holds ' if holds else 'MISSED'}  {what}: {measured} (at most {most})")
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n")
    return int(not all(bar[-1] for bar in bars))


def drawn(path: Path, n: int, d: int) -> np.ndarray:
    """Return (n, d) float32 vectors of length 1 around 1,000 centres, mapped from a new file."""
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((1_000, d)).astype(np.float32)
    vectors = np.memmap(path, np.float32, "w+", shape=(n, d))
    for start in range(0, n, _PIECE):
        stop = min(start + _PIECE, n)
        piece = centres[rng.zipf(1.5, stop - start) % 1_000]
        piece = piece + 0.5 * rng.standard_normal(piece.shape, np.float32)
        vectors[start:stop] = piece / np.linalg.norm(piece, axis=1, keepdims=True)
    vectors.flush()
    return np.memmap(path, np.float32, "r", shape=(n, d))


def peak_bytes() -> int:
    """Return the most memory that this process has held, mapped pages among it."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.density",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="vectors (1,000,000)")
    parser.add_argument("--dimensions", type=int, default=384, help="numbers of each (384)")
    parser.add_argument("--workers", type=int, default=2, help="threads (2)")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    sys.exit(main())
