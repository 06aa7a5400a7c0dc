"""What the driver holds of a large pool while records are selected from it.

    python -m benchmarks.scale --only-engines --driver 10000000

Records are made as they are asked for, each time alike: an id of 128 random bits, a text of some thirty
bytes. So neither their files nor their bytes count, but what selection keeps of each record: id, stratum,
place and size of its text, price, and what of it is written. `zip` picks `N_PICKS` records, since what its
rounds hold does not grow with the pool; the control picks half of the bytes at random.
"""

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from upath import UPath

from benchmarks.scale.tree import run_tree
from entropy_assets.records import SCHEMA

FRAME_ROWS = 100_000
N_PICKS = 20_000


def driver_memory(n_records: int, folder: Path) -> dict[str, Any]:
    """Return the most that a process holds while it selects from a pool of so many records, and by part.

    Raises
    ------
    RuntimeError
        The process failed.
    """
    with tempfile.TemporaryDirectory(dir=folder) as name:
        result, load = Path(name) / "result.json", os.getloadavg()[0]
        usage = run_tree([sys.executable, "-m", "benchmarks.scale.driver", str(n_records), str(result)])
        if usage.return_code or not result.is_file():
            raise RuntimeError(f"the driver stopped with {usage.return_code}: {usage.output[-2000:]}")
        parts = json.loads(result.read_text())
    found = {"rows": n_records, "peak_bytes": usage.peak_bytes, "cpu_seconds": round(usage.cpu_seconds, 2)}
    for part in parts:
        part["peak_bytes"] = usage.peak_between(part.pop("began"), part.pop("ended"))
    return {**found, "load": round(load, 2), "parts": parts}


def main(arguments: Sequence[str]) -> None:
    """Select from a pool of so many records, and write what each part took."""
    n_records, result = int(arguments[0]), Path(arguments[1])
    with tempfile.TemporaryDirectory(dir=result.parent) as folder:
        parts = list(selected(n_records, Path(folder)))
    result.write_text(json.dumps(parts))


def selected(n_records: int, home: Path) -> Iterator[dict[str, Any]]:
    """Yield what each part of the selection from a pool came to and took."""
    from entropy_assets.candidate.run import open_run
    from entropy_assets.candidate.selection import select_from
    from entropy_assets.candidate.workspace import Workspace
    from entropy_assets.curation import pool as pools
    from entropy_assets.settings import SelectionSettings

    workspace = Workspace(UPath(home), "bench")
    (home / "bench" / "inbox" / "drop").mkdir(parents=True)
    run = open_run(workspace, "drop")
    frames = partial(frames_of, n_records)
    split, told = measured("split", lambda: pools.split_of(frames, run.settings.pool))
    yield told
    pool = pools.Pool(frames, split, home)
    yield measured("digest", lambda: pool.digest)[1]
    few = SelectionSettings(budget_records=min(N_PICKS, n_records // 2))
    picked, told = measured("zip", lambda: select_from(run, pool, few, "zip"))
    yield told | {"picks": picked["n_records"], "content": picked["content"]}
    half = SelectionSettings(budget_bytes=n_records * MEAN_BYTES // 2)
    control, told = measured("random", lambda: select_from(run, pool, half, "random"))
    yield told | {"picks": control["n_records"], "content": control["content"]}


def measured(name: str, fn: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
    """Return what `fn` returns, and when it ran and what processor time it took."""
    began, before = time.monotonic(), _cpu_seconds()
    made = fn()
    spent = {"cpu_seconds": round(_cpu_seconds() - before, 2)}
    print(name, spent, file=sys.stderr)
    return made, {"part": name, "began": began, "ended": time.monotonic(), **spent}


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


WORDS = ("river", "stone", "market", "window", "letter", "garden", "number", "winter")
MEAN_BYTES = 35


def frames_of(n_records: int, columns: Sequence[str] | None) -> Iterator[pl.DataFrame]:
    """Yield the records in frames, of the named columns with `id`, None for all; the same each time."""
    for start in range(0, n_records, FRAME_ROWS):
        frame = frame_at(start, min(FRAME_ROWS, n_records - start))
        yield frame if columns is None else frame.select(columns)


def frame_at(start: int, n: int) -> pl.DataFrame:
    """Return the n records from one on."""
    rng = np.random.default_rng(start)
    numbers = rng.integers(0, 1 << 62, (n, 3))
    halves = [pl.Series(numbers[:, place].copy()).cast(pl.UInt64) for place in range(3)]
    words = pl.Series(WORDS)
    said = [words.gather(numbers[:, place] % len(WORDS)) for place in range(2)]
    made = pl.DataFrame({"a": halves[0], "b": halves[1], "c": halves[2] % 99_991, "d": said[0], "e": said[1]})
    hexed = [_hex(numbers[:, place]) for place in (0, 1)]
    made = made.select(
        id=hexed[0] + hexed[1],
        source=pl.lit("web"),
        language=pl.lit("en"),
        kind=pl.lit("text"),
        text=pl.format("The {} {} has the number {}", "d", "e", "c"),
        drop=pl.lit("drop"),
    )
    missing = [pl.lit(None, dtype=dtype).alias(name) for name, dtype in SCHEMA.items() if name not in made]
    return made.with_columns(missing).select(SCHEMA.names())


def _hex(numbers: np.ndarray) -> pl.Series:
    """Return 16 hexadecimal digits of each number below 2**62, evenly spread over all of them."""
    spread = (numbers.astype(np.uint64) << np.uint64(2)).byteswap()
    raw = spread.view(np.uint8).reshape(-1, 8)
    digits = np.frombuffer(b"0123456789abcdef", np.uint8)
    both = np.empty((len(raw), 16), np.uint8)
    both[:, 0::2], both[:, 1::2] = digits[raw >> 4], digits[raw & 15]
    return pl.Series(both.view("S16").ravel().astype("U16").tolist())


if __name__ == "__main__":
    main(sys.argv[1:])
