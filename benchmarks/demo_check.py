"""Checks that the gate holds what is damaged and passes what is not, whatever it is called.

For each seed: a first and a good second drop must be promoted; a third drop with one fault at 30 %, and
with all three at 10 %, must be held, for reasons of that fault (`damage` is the code of the detectors of
damage; differences are notes and hold nothing); the same rows under other names, ids
and in another order must get the same verdict for the same reasons. A clean third drop is promoted.

    python -m benchmarks.demo_check [--seeds 10] [--records 6000] [--out FILE]
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

SHARE = 0.3
EXPECTED: dict[str, tuple[set[str], set[str]]] = {
    # fault: (codes of which at least one must be among the reasons, codes that may be among them)
    "near_copies": ({"copies", "damage"}, {"selection_ratio_rose", "drifted"}),
    "word_salad": ({"damage"}, {"loss_above_law"}),
    "binary_noise": ({"blobs", "damage"}, {"loss_above_law"}),
}
EVERYWHERE = {"damage", "unlike", "inconclusive", "heldout_worse", "heldout_drifted"}
"""Consequences that any damage can have."""

Row = dict[str, str]


def check_seed(job: tuple[int, int, list[Row]]) -> list[dict[str, Any]]:
    """Return one result a drop for a seed."""
    from entropy_assets.demo.drops import DAMAGE, DAMAGED, FIRST, SECOND, demo_drops, variant

    seed, n_records, rows = job
    folder = Path(tempfile.mkdtemp(prefix=f"demo-check-{seed}-"))
    try:
        run = _Runner(folder, seed)
        drops = demo_drops(seed, n_records, rows=rows, damage={})
        run(FIRST, "first", drops[FIRST])
        run(SECOND, "clean", drops[SECOND])
        for fault in EXPECTED:
            damaged = demo_drops(seed, n_records, rows=rows, damage={fault: SHARE})[DAMAGED]
            run(f"late-{fault.replace('_', '-')}", fault, damaged)
            run(f"renamed-{fault.replace('_', '-')}", fault, variant(damaged, seed))
        mixed = demo_drops(seed, n_records, rows=rows, damage=DAMAGE)[DAMAGED]
        run(DAMAGED, "mix", mixed)
        run("docs-third", "clean", drops[DAMAGED])
        return run.results
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Runner:
    """Delivers drops to one dataset and notes what the gate says."""

    def __init__(self, folder: Path, seed: int) -> None:
        from upath import UPath

        from entropy_assets.candidate.workspace import Workspace

        self.seed = seed
        self.workspace = Workspace(UPath(folder), "demo")
        self.workspace.root.mkdir(parents=True)
        self.workspace.home.settings_path.write_text("workers = 1\n")
        self.results: list[dict[str, Any]] = []

    def __call__(self, name: str, truth: str, rows: Sequence[Row]) -> None:
        from entropy_assets.candidate.manifests import LawReport
        from entropy_assets.candidate.pipeline import curate
        from entropy_assets.candidate.summary import summarise
        from entropy_assets.demo.drops import write_drop

        is_variant = name.startswith("renamed-")
        write_drop(
            Path(str(self.workspace.home.inbox)) / name,
            rows,
            n_files=3 if is_variant else 1,
            name_seed=self.seed if is_variant else None,
        )
        began = time.perf_counter()
        curate(self.workspace, name)
        seconds = time.perf_counter() - began
        summary = summarise(self.workspace, name)
        # A drop that is stopped before the gate has no report.
        report = self.workspace.find(LawReport, name)
        self.results.append(
            {
                "seed": self.seed,
                "drop": name,
                "truth": truth,
                "decision": summary.decision,
                "codes": sorted({reason["code"] for reason in summary.reasons}),
                "seconds": round(seconds, 1),
                "figures": summary.figures,
                "measurements": [m.model_dump() for m in report.measurements] if report else [],
            }
        )
        scopes = [f"{reason['code']} ({reason['scope']})" for reason in summary.reasons]
        print(f"seed {self.seed} {name}: {summary.decision} {', '.join(scopes)}", file=sys.stderr)


def problems(results: Sequence[dict[str, Any]]) -> list[str]:
    """Return one sentence for each result that is not as it must be."""
    found = []
    for result in results:
        where = f"seed {result['seed']}, {result['drop']}"
        codes = set(result["codes"])
        if result["truth"] in ("first", "clean"):
            if result["decision"] != "promote":
                found.append(f"{where}: clean, but {result['decision']} for {sorted(codes)}")
            continue
        if result["decision"] != "hold":
            found.append(f"{where}: {result['truth']}, but {result['decision']}")
        if result["truth"] in EXPECTED:
            needed, allowed = EXPECTED[result["truth"]]
            if not codes & needed or codes - needed - allowed - EVERYWHERE:
                found.append(f"{where}: {result['truth']} was held for {sorted(codes)}")
        if result["drop"].startswith("renamed-"):
            twin = result["drop"].replace("renamed-", "late-")
            other = next(r for r in results if r["seed"] == result["seed"] and r["drop"] == twin)
            if (other["decision"], other["codes"]) != (result["decision"], result["codes"]):
                found.append(f"{where}: {result['codes']}, but {other['codes']} under its own name")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the check, print a table, and return 0 where everything is as it must be."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=10, help="number of seeds, from 0 (default 10)")
    parser.add_argument("--first-seed", type=int, default=0, help="the first seed (default 0)")
    parser.add_argument("--records", type=int, default=6000, help="records of the first drop (default 6000)")
    parser.add_argument("--out", type=Path, help="write all results to this JSON file")
    options = parser.parse_args(arguments)
    from entropy_assets.demo.harvest import harvest

    rows = harvest()
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    jobs = [(seed, options.records, rows) for seed in seeds]
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        results = [result for part in pool.map(check_seed, jobs) for result in part]
    print(f"{'drop':<22} {'decision':<24} reasons (times named over {options.seeds} seeds)")
    for drop in dict.fromkeys(result["drop"] for result in results):
        own = [result for result in results if result["drop"] == drop]
        decisions = [r["decision"] for r in own]
        counts = {name: decisions.count(name) for name in sorted(set(decisions))}
        codes = [code for r in own for code in r["codes"]]
        named = ", ".join(f"{code} {codes.count(code)}" for code in sorted(set(codes)))
        print(f"{drop:<22} {', '.join(f'{k} {v}' for k, v in counts.items()):<24} {named}")
    found = problems(results)
    print(f"{len(results)} verdicts, {len(found)} not as they must be", *found, sep="\n  ")
    if options.out:
        options.out.write_text(json.dumps(results, indent=1))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
