"""What many waiting drops cost as one batch, and whether each gets the verdict that it gets alone.

A pool is promoted; then drops that share no row with it or each other wait together, some of them damaged.
They are run once as one batch, and each alone against the same parent, on copies of the same dataset, with
default settings. CPU seconds are those of the whole process that runs the candidate, workers included.

    python -m benchmarks.batch [--drops 20] [--rows 500] [--pool 10000] [--alone 20] [--out FILE]
"""

import argparse
import json
import random
import resource
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.zip.machine import machine_kind, versions
from entropy_assets.demo.drops import Row, write_drop
from entropy_assets.demo.faults import damage
from entropy_assets.demo.harvest import harvest

DATASET, POOL, WARM_UP = "bench", "pool", "warm-up"
DAMAGED = {3: "binary_noise", 9: "word_salad", 15: "near_copies"}
"""Number of a drop -> how 40 % of its rows are damaged."""
SHARE = 0.4
BAR = 3.0
"""A batch costs at most so many times the CPU of one of its drops alone."""


def build(home: Path, rows: list[Row], n_pool: int, n_drops: int, n_rows: int) -> list[str]:
    """Promote a pool and a first drop on it, whose caches every run shares; deliver the others, not run."""
    from upath import UPath

    from entropy_assets.candidate.pipeline import curate
    from entropy_assets.candidate.workspace import Workspace

    workspace = Workspace(UPath(home), DATASET)
    inbox = Path(str(workspace.home.inbox))
    cuts = [n_pool, *[n_rows] * (n_drops + 1)]
    parts = iter(_cut(rows, cuts))
    write_drop(inbox / POOL, next(parts))
    # The parent's own caches (its law, checkpoint and selection) are made by whoever comes first.
    write_drop(inbox / WARM_UP, damage(next(parts), "binary_noise", SHARE, 0))
    for key in (POOL, WARM_UP):
        curate(workspace, key)
    names = []
    for number, part in enumerate(parts):
        fault = DAMAGED.get(number)
        names.append(f"drop-{number:02d}")
        write_drop(inbox / names[-1], damage(part, fault, SHARE, number) if fault else part)
    return names


def _cut(rows: Sequence[Row], counts: Sequence[int]) -> list[list[Row]]:
    left = list(rows)
    return [[left.pop() for _ in range(count)] for count in counts]


def run(home: Path, drops: list[str]) -> dict[str, Any]:
    """Return the verdict on each drop and the CPU seconds of running them, in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_run, str(home), drops).result()


def _run(home: str, drops: list[str]) -> dict[str, Any]:
    from upath import UPath

    from entropy_assets.candidate.batch import propose_batch
    from entropy_assets.candidate.pipeline import curate
    from entropy_assets.candidate.summary import summarise
    from entropy_assets.candidate.workspace import Workspace

    workspace = Workspace(UPath(home), DATASET)
    n_before = len(workspace.ledger.entries())
    keys = [propose_batch(workspace, drops).key] if len(drops) > 1 else drops
    for key in keys:
        curate(workspace, key)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    decided = {drop: summarise(workspace, drop) for drop in drops}
    return {
        "cpu_seconds": round(sum(one.ru_utime + one.ru_stime for one in used), 2),
        "entries": len(workspace.ledger.entries()) - n_before,
        "verdicts": {drop: one.decision for drop, one in decided.items()},
        "codes": {drop: sorted({r["code"] for r in one.reasons}) for drop, one in decided.items()},
    }


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return what the batch and each drop alone cost, and where their verdicts differ."""
    rows = harvest()
    random.Random(options.seed).shuffle(rows)
    with tempfile.TemporaryDirectory() as name:
        home = Path(name) / "home"
        drops = build(home, rows, options.pool, options.drops, options.rows)
        print("the pool is promoted", file=sys.stderr)
        alone = {}
        for drop in drops[: options.alone]:
            alone[drop] = _on_a_copy(home, [drop])
            print(f"{drop}: {alone[drop]}", file=sys.stderr)
        batch = _on_a_copy(home, drops)
        print(f"batch: {batch}", file=sys.stderr)
    seconds = sorted(one["cpu_seconds"] for one in alone.values())
    differ = [d for d, one in alone.items() if one["verdicts"][d] != batch["verdicts"][d]]
    return {
        "machine": machine_kind(),
        "versions": versions(),
        "drops": options.drops,
        "rows": options.rows,
        "pool": options.pool,
        "entries": batch["entries"],
        "batch_cpu_seconds": batch["cpu_seconds"],
        "alone_cpu_seconds": {"min": seconds[0], "median": seconds[len(seconds) // 2], "max": seconds[-1]},
        "times": round(batch["cpu_seconds"] / seconds[len(seconds) // 2], 3),
        "bar": BAR,
        "verdicts": batch["verdicts"],
        "codes": batch["codes"],
        "verdicts_that_differ": differ,
        "compared": len(alone),
    }


def _on_a_copy(home: Path, drops: list[str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(dir=home.parent) as name:
        copy = Path(name) / "home"
        shutil.copytree(home, copy)
        return run(copy, drops)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark, print its result as JSON, and return 0 where the bar holds."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--drops", type=int, default=20)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--pool", type=int, default=10_000)
    parser.add_argument("--alone", type=int, default=20, help="so many drops are run alone too")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    result = measure(options)
    text = json.dumps(result, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")
    return 0 if result["times"] <= BAR and not result["verdicts_that_differ"] else 1


if __name__ == "__main__":
    sys.exit(main())
