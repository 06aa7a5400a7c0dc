"""Measure the gate: `python -m benchmarks.gate_power --split test`.

Every verdict is one JSON line in --verdicts, added when it is there: a stopped run goes on where it was.
The table is made from these lines, under the default policy or that of --policy; --table-only runs nothing.
"""

import argparse
import json
import os
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from benchmarks.gate_power.faults import SEMANTIC, STATISTICAL, UNSEEN
from benchmarks.gate_power.table import margins, markdown, rejudged, roc, summary
from benchmarks.gate_power.verdicts import Bench, read_verdicts, run_all
from benchmarks.gate_power.worlds import DEVELOPMENT, N_DROPS, TEST, Drop, World
from benchmarks.zip.machine import machine_kind, versions
from entropy_assets.settings import PolicySettings

ROOT = Path(__file__).resolve().parents[2]
SHARES = (0.05, 0.1, 0.2, 0.4)
NOVEL_SHARE = 0.5
FAULTS = {
    DEVELOPMENT: (*STATISTICAL, "language_changed", *SEMANTIC),
    TEST: (*STATISTICAL, "language_changed", *SEMANTIC, *UNSEEN),
}


def plan(
    split: str,
    n_worlds: int,
    n_fault_worlds: int,
    n_pool: int,
    faults: Sequence[str],
    shares: Sequence[float],
    *,
    with_clean: bool = True,
) -> list[Drop]:
    """Return the drops to judge: all clean ones of every world, if wanted, and each fault in the first few.

    World by world; in each in an order that has nothing to do with what the drops are, so that any part of a
    stopped run is a fair sample.
    """
    worlds = [World(split, seed, n_pool) for seed in range(n_worlds)]
    drops = []
    if with_clean:
        drops += [
            Drop(world, size, number)
            for world in worlds
            for size, count in N_DROPS.items()
            for number in range(count)
        ]
        drops += [Drop(world, "10%", 0, "novel", NOVEL_SHARE) for world in worlds]
    drops += [
        Drop(world, size, seed % count, fault, share)
        for seed, world in enumerate(worlds[:n_fault_worlds])
        for fault in faults
        for share in shares
        for size, count in N_DROPS.items()
    ]
    return sorted(drops, key=lambda drop: (drop.world.seed, drop.name))


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge what is not judged yet, write table, JSON and picture, and return the exit code."""
    options = _parser().parse_args(arguments)
    if not (options.shared / "data").is_dir():
        print(f"{options.shared} holds no data/: name the folder with real data", file=sys.stderr)
        return 2
    policy = tomllib.loads(options.policy.read_text()).get("policy", {}) if options.policy else {}
    verdicts = options.verdicts or options.cache / f"{options.split}-{options.pool}.jsonl"
    faults = options.faults if options.faults is not None else FAULTS[options.split]
    drops = plan(
        options.split,
        options.worlds,
        options.fault_worlds,
        options.pool,
        faults,
        options.shares,
        with_clean=not options.only_faults,
    )
    if not options.table_only:
        settings = options.settings.read_text() if options.settings else ""
        bench = Bench(options.shared.resolve(), options.cache.resolve(), settings, options.cores)
        run_all(drops, verdicts, bench, options.workers, lambda line: print(line, file=sys.stderr))
    names = {drop.name for drop in drops}
    lines = rejudged([line for line in read_verdicts(verdicts) if line["drop"] in names], policy)
    if not lines:
        print(f"{verdicts} holds no verdict of this plan: run without --table-only", file=sys.stderr)
        return 2
    found = {"split": options.split, "planned": len(drops), "machine": machine_kind(), "versions": versions()}
    found |= summary(lines)
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n")
    if options.picture:
        from entropy_assets.defs.charts import rate_picture

        curves = roc(lines, PolicySettings(**policy))
        options.picture.write_text(rate_picture(curves, "clean drops held", "damaged drops held"))
    table = markdown(found)
    print(table)
    if options.page:
        _put_table(options.page, table)
    if options.margins:
        print(json.dumps(margins(lines, PolicySettings(**policy).confidence), indent=1))
    return 0


def _put_table(page: Path, table: str) -> None:
    before, rest = page.read_text().split("<!-- table -->\n")
    after = rest.split("\n<!-- /table -->")[1]
    page.write_text(f"{before}<!-- table -->\n{table}\n<!-- /table -->{after}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add(
        "--split",
        choices=(DEVELOPMENT, TEST),
        default=DEVELOPMENT,
        help="which sources (default %(default)s)",
    )
    add("--worlds", type=int, default=14, help="pools, each with 29 clean drops and a novel one (default 14)")
    add("--fault-worlds", type=int, default=3, help="pools that every fault comes to (default 3)")
    add("--faults", nargs="*", choices=FAULTS[TEST], help="faults (default all of the split)")
    add("--only-faults", action="store_true", help="no clean and no novel drops")
    add("--shares", nargs="*", type=float, default=SHARES, help="damaged shares (default 0.05 0.1 0.2 0.4)")
    add("--pool", type=int, default=8_000, help="records of a pool (default 8,000)")
    add("--shared", type=Path, default=ROOT.parent / "shared", help="folder that holds data/")
    add("--cache", type=Path, default=ROOT / "var" / "bench" / "gate", help="folder of the worlds")
    add("--verdicts", type=Path, help="JSON lines, one a verdict (default in --cache)")
    add("--workers", type=int, default=os.cpu_count() or 1, help="drops at a time (default one a core)")
    add("--cores", type=int, default=1, help="workers of one verdict (default 1)")
    add("--settings", type=Path, help="TOML tables for the worlds' datasets: another cost, other verdicts")
    add("--policy", type=Path, help="TOML whose [policy] the stored reports are judged by")
    add("--table-only", action="store_true", help="judge nothing anew")
    add("--margins", action="store_true", help="also print what limit each rule would need on clean drops")
    add("--out", type=Path, help="write the table's figures to this JSON file")
    add("--page", type=Path, help="put the table into this page, between its two marks")
    add("--picture", type=Path, help="write the ROC picture to this SVG file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
