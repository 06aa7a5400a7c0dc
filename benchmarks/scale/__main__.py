"""How the whole graph grows: CPU seconds and memory by stage of a first drop, and of small ones after it.

Rows are recombined from real texts (`benchmarks.zip.pools`), 600 bytes each on average. Every drop is decided
in a fresh process under default settings, but what a person would be asked about goes in. CPU seconds are
those of the process and its workers, memory is the peak of the process tree; the machine's load before and
after each run stands beside them.

    python -m benchmarks.scale [--rows 3000 10000] [--drops 1] [--workers 1 2 7] [--kills 20] [--out FILE]
                               [--raylets 1 2 4] [--overhead 300000] [--spread 100000] [--driver 10000000]
                               [--keep]

Raylets, overhead and spread start Ray clusters on this machine; nothing else should run beside them. With
`--keep` sizes, digests and overhead that the file of the results has and this run does not stay in it, each
size with the commit that it was measured on, so that a large one can be measured by itself.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.scale.driver import driver_memory
from benchmarks.scale.growth import Plan, digests, measure, overhead
from benchmarks.scale.judged import GIB, checks, exponents
from benchmarks.scale.spread import measure_spread
from benchmarks.zip.job import Result
from benchmarks.zip.machine import machine_kind, versions
from benchmarks.zip.pools import PoolSpec, ensure_pool
from benchmarks.zip.process import ROOT
from benchmarks.zip.report import table_lines

DIGEST_ROWS = 2_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark, print its tables, and return 0 where all that was measured holds."""
    options = _options(arguments)
    plan = Plan(tuple(sorted(set(options.rows))), options.drops, options.drop_rows)
    spec = PoolSpec(max(_pool_rows(plan, options), 1), is_small=options.small)
    pool = ensure_pool(spec, options.shared, options.cache)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        sizes = measure(plan, pool, Path(name)) if not options.only_engines else []
        same = ray = spread = driver = None
        if options.workers or options.kills or options.raylets:
            n_rows = min(DIGEST_ROWS, plan.rows[0])
            given = (options.workers or [1], options.kills, pool, Path(name), options.raylets)
            same = digests(n_rows, *given)
        if options.overhead:
            ray = overhead(options.overhead, pool, Path(name))
        if options.spread:
            spread = measure_spread(options.spread, pool, Path(name))
        if options.driver:
            driver = driver_memory(options.driver, Path(name))
    for size in sizes:
        size |= {"commit": versions()["commit"], "load": os.getloadavg()}
    if options.keep and options.out and options.out.is_file():
        earlier = json.loads(options.out.read_text())
        sizes, same, ray = kept(earlier, sizes), same or earlier["digests"], ray or earlier["overhead"]
    result = Result(checks(sizes, same, ray, driver))
    found: dict[str, Any] = {
        "machine": machine_kind(),
        "load": os.getloadavg(),
        "versions": versions(),
        "mean_bytes": pool.figures["mean_bytes"],
        "sizes": sizes,
        "exponents": exponents(sizes),
        "digests": same,
        "overhead": ray,
        "spread": spread,
        "driver": driver,
        "checks": [{**vars(check), "holds": check.holds} for check in result.checks],
    }
    print("\n".join([*stage_table(sizes), "", *table_lines({"scale": result})]))
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(found, indent=1) + "\n")
    return 1 if any(check.holds == "no" for check in result.checks) else 0


def _pool_rows(plan: Plan, options: argparse.Namespace) -> int:
    """Return how many rows what was asked for needs."""
    of_sizes = 0 if options.only_engines else plan.n_records
    of_digests = plan.n_records if options.workers or options.kills or options.raylets else 0
    return max(of_sizes, of_digests, options.overhead, options.spread)


def kept(earlier: dict[str, Any], sizes: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return sizes that were measured now, and of an earlier file those that were not, ascending.

    >>> kept({"sizes": [{"rows": 1, "old": 1}, {"rows": 2, "old": 1}]}, [{"rows": 2}])
    [{'rows': 1, 'old': 1}, {'rows': 2}]
    """
    both = {size["rows"]: size for size in (*earlier["sizes"], *sizes)}
    return [both[rows] for rows in sorted(both)]


def stage_table(sizes: Sequence[dict[str, Any]]) -> list[str]:
    """Return the lines of a table: stage by run, CPU seconds and GiB, then exponents of first drops."""
    runs = [(f"{size['rows']:,} {key}", run) for size in sizes for key, run in size["runs"].items()]
    found = exponents(sizes)
    lines = [f"| stage | {' | '.join(name for name, _ in runs)} | exponents |"]
    lines.append("|" + "---|" * (len(runs) + 2))
    for stage in found:
        cells = []
        for _, run in runs:
            one = run if stage == "all" else run["stages"].get(stage)
            cells.append(
                "-" if one is None else f"{one['cpu_seconds']:.1f} s, {one['peak_bytes'] / GIB:.2f} GiB"
            )
        told = ", ".join("-" if one is None else f"{one:.2f}" for one in found[stage])
        lines.append(f"| {stage} | {' | '.join(cells)} | {told} |")
    loads = " | ".join(f"{run['load_before']} to {run['load_after']}" for _, run in runs)
    return [*lines, f"| load | {loads} | |", f"| verdict | {' | '.join(r['decision'] for _, r in runs)} | |"]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[3_000, 10_000, 30_000], help="of first drops")
    parser.add_argument("--drops", type=int, default=1, help="small drops after each first one")
    parser.add_argument("--drop-rows", type=int, default=1_000, help="rows of a small drop")
    parser.add_argument("--workers", type=int, nargs="*", default=[], help="numbers of processes to compare")
    parser.add_argument("--kills", type=int, default=0, help="runs in which a worker is killed")
    parser.add_argument("--raylets", type=int, nargs="*", default=[], help="sizes of Ray clusters to compare")
    parser.add_argument("--overhead", type=int, default=0, help="rows for Ray against processes")
    parser.add_argument("--spread", type=int, default=0, help="rows for what of zip is worth a cluster")
    parser.add_argument("--driver", type=int, default=0, help="records for the memory of a driver")
    parser.add_argument("--only-engines", action="store_true", help="run no sizes: only what is compared")
    parser.add_argument("--keep", action="store_true", help="keep what the results have and this run has not")
    parser.add_argument("--small", action="store_true", help="rows from a few files only")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder with data/")
    parser.add_argument("--cache", type=Path, default=ROOT / "var" / "bench", help="folder for made rows")
    parser.add_argument("--folder", type=Path, help="where the datasets are made, by default a temporary one")
    parser.add_argument("--out", type=Path, help="write the results to this JSON file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
