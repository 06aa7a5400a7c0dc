"""What it costs to learn anew, after a promotion, what damage looks like beside the pool.

A recombined pool is promoted, then two drops of its kind are reported beside it: the first one has the
detector of the new parent made, the second finds it kept. CPU seconds are those of making the drop report, in
a process of its own, and of learning alone.

    python -m benchmarks.recalibration [--records 100000] [--rows 1000] [--out FILE]
"""

import argparse
import json
import random
import resource
import sys
import tempfile
import uuid
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.zip.machine import machine_kind, versions
from benchmarks.zip.pools import PoolSpec, ensure_pool
from benchmarks.zip.process import ROOT
from entropy_assets.demo.drops import write_drop

DATASET, POOL, DROPS = "bench", "pool", ("first", "second")
RECOMBINED = "[policy]\nmax_doubtful_first = 1.0\n"
"""Recombined texts look damaged, and are: as a first version they would be asked about."""
BAR = 60.0
"""CPU seconds that learning anew may take."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark, print its result as JSON, and return 0 where the bar holds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--records", type=int, default=100_000, help="records of the pool (default %(default)s)"
    )
    parser.add_argument("--rows", type=int, default=1_000, help="rows of a drop (default %(default)s)")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder that holds data/")
    parser.add_argument("--cache", type=Path, default=ROOT / "var" / "bench", help="folder of pools")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    n = options.records + len(DROPS) * options.rows
    rows = [
        {"id": str(number), **row}
        for number, row in enumerate(ensure_pool(PoolSpec(n), options.shared, options.cache).rows())
    ]
    random.Random(0).shuffle(rows)
    with tempfile.TemporaryDirectory() as home:
        root = Path(home) / DATASET
        root.mkdir()
        (root / "entropy.toml").write_text(RECOMBINED)
        inbox = root / "inbox"
        write_drop(inbox / POOL, rows[: options.records])
        for number, drop in enumerate(DROPS):
            begin = options.records + number * options.rows
            write_drop(inbox / drop, rows[begin : begin + options.rows])
        pool = _in_a_process(_promote, home)
        first, second = (_in_a_process(_report, home, drop) for drop in DROPS)
    result = {
        "machine": machine_kind(),
        "versions": versions(),
        "records": options.records,
        "rows": options.rows,
        "pool_cpu_seconds": pool,
        "first_report_cpu_seconds": first["report"],
        "kept_report_cpu_seconds": second["report"],
        "learning_cpu_seconds": first["learning"],
        "bar": BAR,
    }
    text = json.dumps(result, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")
    return 0 if first["learning"] <= BAR else 1


def _in_a_process(work: Any, *given: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *given).result()


def _promote(home: str) -> float:
    """Promote the pool as a first version; return its CPU seconds."""
    from upath import UPath

    from entropy_assets.candidate.pipeline import curate
    from entropy_assets.candidate.workspace import Workspace
    from entropy_assets.errors import CurationError

    entry = curate(Workspace(UPath(home), DATASET), POOL)
    if entry is None or entry.change is None:
        raise CurationError(f"the pool was not promoted, so nothing can be measured: {entry}")
    return _cpu()


def _report(home: str, drop: str) -> dict[str, float]:
    """Take a drop to its report; return the CPU seconds of the report and of learning within it."""
    from upath import UPath

    from entropy_assets.candidate import damage as candidate_damage
    from entropy_assets.candidate import dedup, ingest, screening
    from entropy_assets.candidate.drop_report import report_drops
    from entropy_assets.candidate.session import session
    from entropy_assets.candidate.workspace import Workspace

    learned, made = 0.0, candidate_damage.Detector.of  # type: ignore[attr-defined]

    def timed(*given: Any, **named: Any) -> Any:
        nonlocal learned
        before = _cpu()
        try:
            return made(*given, **named)
        finally:
            learned = _cpu() - before

    candidate_damage.Detector.of = timed  # type: ignore[attr-defined]
    with session(Workspace(UPath(home), DATASET), drop, uuid.uuid4().hex) as run:
        last: list[Any] = []
        for step in (ingest.read_drops, dedup.deduplicate_drops, screening.screen_drops):
            found = step(run, *last)
            for one in found:
                run.workspace.store(one)
            last = [found[0]]
        before = _cpu()
        report_drops(run, last[0])
        return {"report": round(_cpu() - before, 2), "learning": round(learned, 2)}


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


if __name__ == "__main__":
    sys.exit(main())
