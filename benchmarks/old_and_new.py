"""What three commands cost beside another state of the project, in turn and in one run: CPU seconds.

The other state is a checkout of this repository (`git worktree add ../old ea9da99`), run by the same Python.
Both get the same drops: a pool of 14,000 records and two drops on it, each run through the graph.

    python -m benchmarks.old_and_new CHECKOUT [--turns 2] [--out FILE]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.gate_power.cases import Case, rows_of
from benchmarks.gate_power.cost import cost_cases
from benchmarks.gate_power.forms import write
from benchmarks.gate_power.sources import ROOT
from benchmarks.gate_power.worlds import pool_rows
from benchmarks.zip.machine import machine_kind, versions

DROPS = ("pool", "second", "third")
N_ROWS = 1_400
CALL = "import sys; from entropy_assets.cli import app; sys.exit(app())"
DECIDED = {0: "promoted", 3: "held", 4: "asked"}


def deliver(folder: Path) -> list[Path]:
    """Write the drops that both states are given, and return their folders."""
    chosen: list[Case] = [case for case in cost_cases() if case.size == N_ROWS][: len(DROPS) - 1]
    rows = [pool_rows(chosen[0].of_world), *(rows_of(case)[0] for case in chosen)]
    for name, own in zip(DROPS, rows, strict=True):
        write(own, folder / name)
    return [folder / name for name in DROPS]


def timed(checkout: Path, home: Path, drop: Path) -> dict[str, Any]:
    """Return what `run` of a drop decides, and the CPU seconds of it and of all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-c", CALL, "run", str(drop), "--home", str(home)],
        env=os.environ | {"PYTHONPATH": str(checkout), "DAGSTER_DISABLE_TELEMETRY": "yes"},
        cwd=home.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in DECIDED:
        sys.exit(f"{checkout}: `run {drop.name}` ended with {done.returncode}\n{done.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu_seconds": round(seconds, 1), "decided": DECIDED[done.returncode]}


def measure(other: Path, n_turns: int) -> Iterator[dict[str, Any]]:
    """Yield a line for each command, the two states in turn, the first one changing."""
    with tempfile.TemporaryDirectory() as name:
        drops = deliver(Path(name))
        for turn in range(n_turns):
            states = [("old", other), ("new", ROOT)]
            for drop in drops:
                for state, checkout in states if turn % 2 == 0 else reversed(states):
                    home = Path(name) / f"{state}-{turn}" / "var"
                    home.mkdir(parents=True, exist_ok=True)
                    yield {"state": state, "turn": turn, "drop": drop.name} | timed(checkout, home, drop)


def summary(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the least CPU seconds of each command in each state, and their ratio."""
    found: dict[str, Any] = {}
    for drop in DROPS:
        least = {
            state: min(x["cpu_seconds"] for x in lines if (x["state"], x["drop"]) == (state, drop))
            for state in ("old", "new")
        }
        found[drop] = least | {"ratio": round(least["new"] / least["old"], 3)}
    return found


def main() -> int:
    """Print a line for each command and the summary; see the module's text."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("other", type=Path, help="a checkout of another state of this repository")
    parser.add_argument("--turns", type=int, default=2, help="times that all is run (default %(default)s)")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    options = parser.parse_args()
    lines = []
    for line in measure(options.other.resolve(), options.turns):
        print(line, file=sys.stderr)
        lines.append(line)
    told = {"machine": machine_kind(), "versions": versions(), "least": summary(lines), "lines": lines}
    print(json.dumps(told["least"], indent=1))
    if options.out:
        options.out.write_text(json.dumps(told, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
