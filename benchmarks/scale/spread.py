"""What of `zip` is worth a cluster: processor time by part, a look here and at workers, first prices.

    python -m benchmarks.scale --only-engines --spread 20000

**By part**: half of the bytes of a pool are picked with one thread; each part counts without those inside it.
**A look** prices 200 records under one segment of the selection, as the rounds do, one look after the other.
At workers, each of two prices half of them and holds the segment already; the fastest of many counts.
**First prices**: what the driver spends where workers do them.
"""

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial, wraps
from itertools import chain
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.scale.clusters import cluster_of
from benchmarks.zip.pools import Pool
from entropy_assets.compression import SEPARATOR
from entropy_assets.curation.selection import Budget, alone, select, zip_long
from entropy_assets.curation.selection.segments import Segments
from entropy_assets.curation.selection.zstd_context import ZstdContext
from entropy_assets.execution import Executor, Processes, RayTasks, Shared
from entropy_assets.texts import StoredTexts

LOOKED, REPEATS, SEGMENT_PICKS = 200, 60, 4_000
PARTS = {
    "first prices": (zip_long, "priced_alone"),
    "looks": (Segments, "look"),
    "building segments": (Segments, "_append"),
    "greedy stage": (zip_long._Rounds, "_greedy"),
    "noise guard": (zip_long._Rounds, "_refuse_noise"),
    "shortlist": (zip_long._Rounds, "_shortlist"),
    "candidates": (zip_long._Rounds, "candidates"),
}


def measure_spread(n_records: int, pool: Pool, folder: Path) -> dict[str, Any]:
    """Return the figures of the module's docstring, in seconds.

    Parameters
    ----------
    n_records
        Records that are selected from, at least `SEGMENT_PICKS` and `LOOKED` more.
    pool
        Where they come from.
    folder
        Where their texts lie meanwhile.
    """
    with tempfile.TemporaryDirectory(dir=folder) as name:
        made = (row["text"].encode() for _, row in zip(range(n_records), pool.rows(), strict=False))
        texts = StoredTexts.write(Path(name) / "texts", made)
        return {"rows": n_records, "parts": parts_of_zip(texts), **engines(texts)}


def parts_of_zip(texts: StoredTexts) -> dict[str, Any]:
    """Return what each part of `zip` costs for half of the bytes: seconds and calls."""
    spent: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    inside: list[float] = []

    def timed(name: str, fn: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(fn)
        def wrapped(*given: Any) -> Any:
            began = time.process_time()
            inside.append(0.0)
            try:
                return fn(*given)
            finally:
                took = time.process_time() - began
                spent[name] += took - inside.pop()
                calls[name] += 1
                if inside:
                    inside[-1] += took

        return wrapped

    with ExitStack() as stack:
        for name, (owner, attribute) in PARTS.items():
            fn = timed(name, getattr(owner, attribute))
            stack.enter_context(mock.patch.object(owner, attribute, fn))
        began = time.process_time()
        picked = select(texts, Budget(int(texts.sizes.sum()) // 2, "bytes"), "zip")
        total = time.process_time() - began
    spent["rest"] = total - sum(spent.values())
    named = {name: {"cpu_seconds": round(spent[name], 3), "calls": calls[name]} for name in [*PARTS, "rest"]}
    return {"picks": len(picked.ranking), "cpu_seconds": round(total, 3), **named}


def engines(texts: StoredTexts) -> dict[str, Any]:
    """Return what a look and the first prices cost here, on two processes, and on two raylets."""
    context = SEPARATOR.join(texts[:SEGMENT_PICKS])
    looked = texts[SEGMENT_PICKS : SEGMENT_PICKS + LOOKED]
    here = ZstdContext(context)
    looks = {"one thread": fastest(lambda: here.added_bytes(looked, 1))}
    looks["two threads"] = fastest(lambda: here.added_bytes(looked, 2))
    began = time.process_time()
    expected = alone.priced_alone(texts)
    drivers = {"one thread": round(time.process_time() - began, 3)}
    for name, executor in _executors():
        shared = executor.share(context)
        look = partial(_looked, shared)
        halves = [looked[: LOOKED // 2], looked[LOOKED // 2 :]]
        prices = list(chain.from_iterable(executor.map(look, halves)))
        assert prices == here.added_bytes(looked).tolist()
        looks[name] = fastest(lambda look=look, e=executor, h=halves: list(e.map(look, h)))  # type: ignore[misc]
        began = time.process_time()
        runs = (texts[start:stop] for start, stop in alone._runs(texts.sizes))
        found = np.concatenate(list(executor.map(partial(alone._prices, "zstd"), runs)))
        drivers[name] = round(time.process_time() - began, 3)
        assert np.array_equal(found, expected)
    return {"look_seconds": looks, "first_prices_driver_cpu_seconds": drivers}


def _executors() -> Iterator[tuple[str, Executor]]:
    with Processes(2) as executor:
        yield "two processes", executor
    with cluster_of(2) as cluster, RayTasks(cluster.address) as executor:
        yield "two raylets", executor


_CONTEXTS: dict[int, ZstdContext] = {}


def _looked(shared: Shared[bytes], texts: Sequence[bytes]) -> list[int]:
    """Return the prices of texts under a segment, which each worker builds once."""
    if id(shared) not in _CONTEXTS:
        _CONTEXTS[id(shared)] = ZstdContext(shared.value)
    found: list[int] = _CONTEXTS[id(shared)].added_bytes(texts).tolist()
    return found


def fastest(fn: Callable[[], object]) -> float:
    """Return the seconds of the fastest of many calls."""
    took = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        fn()
        took.append(time.perf_counter() - began)
    return round(min(took), 6)
