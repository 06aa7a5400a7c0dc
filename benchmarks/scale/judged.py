"""The bars, what was measured beside them, and how each stage grows."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from benchmarks.scale.growth import FIRST
from benchmarks.zip.job import Check

GIB = 2**30
FROM_ROWS = 100_000
MAX_EXPONENT = 1.05
LARGEST, LARGEST_SECONDS, LARGEST_GIB = 1_000_000, 1_200, 4
SMALL_DROP = {10_000: 40, 100_000: 50, 1_000_000: 120}
"""Rows of the pool -> CPU seconds of a drop of 1,000 rows, at most."""
SMALL_DROP_ROWS, SMALL_DROP_GIB = 1_000, 2
MIN_VERSIONS, MAX_DISK = 20, 2
MAX_RAY = 1.25
DRIVER_ROWS, DRIVER_GIB = 10_000_000, 4

Size = Mapping[str, Any]


def exponents(sizes: Sequence[Size]) -> dict[str, list[float | None]]:
    """Return stage -> exponent of its CPU seconds from each size to the next, of first drops.

    >>> runs = [{"first": {"cpu_seconds": c, "stages": {"pool": {"cpu_seconds": c}}}} for c in (2.0, 8.0)]
    >>> exponents([{"rows": 10, "runs": runs[0]}, {"rows": 20, "runs": runs[1]}])
    {'pool': [2.0], 'all': [2.0]}
    """
    stages = {name: None for size in sizes for name in size["runs"][FIRST]["stages"]}
    found: dict[str, list[float | None]] = {}
    for name in [*stages, "all"]:
        costs = [_cost(size["runs"][FIRST], name) for size in sizes]
        found[name] = [_exponent(*pair) for pair in pairwise(zip(sizes, costs, strict=True))]
    return found


def _cost(run: Mapping[str, Any], stage: str) -> float:
    if stage == "all":
        return float(run["cpu_seconds"])
    return float(run["stages"].get(stage, {"cpu_seconds": 0.0})["cpu_seconds"])


def _exponent(smaller: tuple[Size, float], larger: tuple[Size, float]) -> float | None:
    (one, cost), (other, more) = smaller, larger
    if cost <= 0 or more <= 0:
        return None
    return round(math.log(more / cost) / math.log(other["rows"] / one["rows"]), 3)


def checks(
    sizes: Sequence[Size],
    same: Mapping[str, Any] | None,
    ray: Mapping[str, Any] | None = None,
    driver: Mapping[str, Any] | None = None,
) -> list[Check]:
    """Return each bar beside what was measured; what was not run is skipped and says so."""
    grown = [*_growth(sizes), *_largest(sizes), *_small_drops(sizes), *_disk(sizes)]
    return [*grown, _driver(driver), _overhead(ray), *_same(same)]


def _driver(driver: Mapping[str, Any] | None) -> Check:
    is_large = driver is not None and driver["rows"] >= DRIVER_ROWS
    return Check(
        f"driver of a selection from {DRIVER_ROWS:,} records, peak",
        "under",
        DRIVER_GIB,
        "GiB",
        driver["peak_bytes"] / GIB if driver and is_large else None,
        f"{driver['cpu_seconds']:.0f} CPU s" if driver and is_large else "",
        "" if is_large else f"needs --driver {DRIVER_ROWS}",
    )


def _overhead(ray: Mapping[str, Any] | None) -> Check:
    note = f"{ray['rows']:,} records" if ray else ""
    return Check(
        "ingest and screening on two raylets, in times of two processes",
        "at most",
        MAX_RAY,
        "times",
        ray["times"] if ray else None,
        note,
        "" if ray else "needs --overhead",
    )


def _growth(sizes: Sequence[Size]) -> Iterator[Check]:
    large = [size for size in sizes if size["rows"] >= FROM_ROWS]
    for stage, found in exponents(large or sizes).items():
        known = [one for one in found if one is not None]
        skipped = "" if len(large) > 1 else f"needs two sizes from {FROM_ROWS:,} rows on"
        yield Check(
            f"first drop, {stage}: exponent of CPU seconds from {FROM_ROWS:,} rows on",
            "at most",
            MAX_EXPONENT,
            "",
            max(known) if known and large else None,
            skipped=skipped,
        )


def _largest(sizes: Sequence[Size]) -> Iterator[Check]:
    run = next((size["runs"][FIRST] for size in sizes if size["rows"] == LARGEST), None)
    skipped = "" if run else f"needs {LARGEST:,} rows"
    cpu = run["cpu_seconds"] if run else None
    peak = run["peak_bytes"] / GIB if run else None
    what = f"first drop of {LARGEST:,} rows"
    yield Check(f"{what}, CPU", "at most", LARGEST_SECONDS, "s", cpu, skipped=skipped)
    yield Check(f"{what}, peak of the process tree", "at most", LARGEST_GIB, "GiB", peak, skipped=skipped)


def _small_drops(sizes: Sequence[Size]) -> Iterator[Check]:
    for n_rows, bar in SMALL_DROP.items():
        runs = next((size["runs"] for size in sizes if size["rows"] == n_rows), {})
        small = [run for key, run in runs.items() if key != FIRST]
        skipped = "" if small else f"needs a pool of {n_rows:,} rows"
        cpu = max((run["cpu_seconds"] for run in small), default=None)
        peak = max((run["peak_bytes"] / GIB for run in small), default=None)
        note = ", ".join(dict.fromkeys(run["decision"] for run in small))
        what = f"drop of {SMALL_DROP_ROWS:,} rows on a pool of {n_rows:,}"
        yield Check(f"{what}, CPU", "at most", bar, "s", cpu, note, skipped)
        yield Check(f"{what}, peak", "at most", SMALL_DROP_GIB, "GiB", peak, "", skipped)


def _disk(sizes: Sequence[Size]) -> Iterator[Check]:
    size = next((one for one in reversed(sizes) if one["disk"]["versions"] >= MIN_VERSIONS), None)
    measured = None
    if size is not None:
        disk = size["disk"]
        measured = (disk["all_bytes"] - disk["drops_bytes"]) / disk["last_version_bytes"]
    yield Check(
        f"{MIN_VERSIONS} versions by small drops, disk beside the drops, in sizes of the last version",
        "at most",
        MAX_DISK,
        "times",
        measured,
        skipped="" if size else f"needs --drops {MIN_VERSIONS}, all promoted",
    )


def _same(same: Mapping[str, Any] | None) -> Iterator[Check]:
    runs = same["workers"] if same else {}
    kills = same["kills"] if same else []
    engines = same.get("engines", {}) if same else {}
    told = {_told(run) for run in (*runs.values(), *engines.values())}
    beside = "".join(f", {name}" for name in engines)
    named = f"{', '.join(runs) or 'several numbers of'} processes{beside}"
    yield Check(
        f"digests of every stage with {named}: different ones",
        "at most",
        1,
        "",
        float(len(told)) if told else None,
        skipped="" if len(runs) + len(engines) > 1 else "needs --workers with several numbers",
    )
    yield Check(
        "runs with a worker killed at a random moment that end with other bytes",
        "at most",
        0,
        "",
        float(sum(_told(run) not in told for run in kills)) if kills else None,
        f"{sum(run['killed'] for run in kills)} of {len(kills)} runs lost a worker" if kills else "",
        "" if kills else "needs --kills",
    )


def _told(run: Mapping[str, Any]) -> str:
    return f"{sorted(run['digests'].items())} {run['state']}"
