"""What a split makes of held drops: how much damage is set aside, how many clean rows with it.

A first drop of the demo is promoted; then drops with one fault each are run, and what is held is split by
the rules of its hold. For each: the fraction of planted rows and the fraction of all others that were set
aside, and the verdicts on both new drops. Planted rows that dedup removes in favour of an original stay in
the clean drop, where dedup removes them again.

    python -m benchmarks.salvage [--seed 0] [--records 6000] [--share 0.2] [--fault NAME] [--out FILE]
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from upath import UPath

from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.splitting import split_judged
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.ingest import read_drop
from entropy_assets.demo.drops import DAMAGED, FIRST, demo_drops, write_drop
from entropy_assets.demo.faults import FAULTS
from entropy_assets.demo.harvest import harvest
from entropy_assets.errors import CurationError, InvalidInput
from entropy_assets.ledger import Entry


def decided(workspace: Workspace, drop: str) -> Entry:
    """Run one drop to its decision and return it."""
    entry = curate(workspace, drop)
    if entry is None:
        raise CurationError(f"drop {drop!r} was run as a batch: run it in a dataset of its own")
    return entry


def salvage(workspace: Workspace, fault: str, rows: list[Any], planted: set[str]) -> dict[str, Any]:
    """Run one damaged drop, split it if it is held, and run what came out of it.

    `found` and `clean_lost` are the fractions of the planted and of the other rows that were set aside.
    """
    name = fault.replace("_", "-")
    inbox = Path(str(workspace.home.inbox))
    write_drop(inbox / name, rows)
    held = decided(workspace, name)
    told: dict[str, Any] = {"fault": fault, "verdict": held.action, "planted": len(planted)}
    if held.action != "hold":
        return told
    try:
        made = split_judged(workspace, name)
    except InvalidInput as error:
        return told | {"rules": str(error)}
    aside = set(read_drop(inbox / made.set_aside, made.set_aside).records["row_id"])
    told |= {
        "rules": ", ".join(made.rules),
        "found": len(aside & planted) / len(planted),
        "clean_lost": len(aside - planted) / (len(rows) - len(planted)),
    }
    for column, half in (("clean_half", made.clean), ("set_aside_half", made.set_aside)):
        entry = decided(workspace, half)
        codes = sorted({reason["code"] for reason in entry.reasons}) if entry.action == "hold" else []
        told[column] = " ".join([entry.action, *codes])
    return told


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--records", type=int, default=6000)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--fault", choices=tuple(FAULTS), help="this one alone")
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    rows = harvest()
    drops = demo_drops(given.seed, given.records, rows=rows, damage={})
    results = []
    for fault in [given.fault] if given.fault else FAULTS:
        # Each fault meets the same parent: a promoted clean half would be part of the next one's pool.
        with tempfile.TemporaryDirectory() as folder:
            workspace = Workspace(UPath(folder), "demo")
            write_drop(Path(str(workspace.home.inbox)) / FIRST, drops[FIRST])
            decided(workspace, FIRST)
            damage = {fault: given.share}
            damaged = demo_drops(given.seed, given.records, rows=rows, damage=damage)[DAMAGED]
            planted = {row["id"] for row in damaged} - {row["id"] for row in drops[DAMAGED]}
            results.append(salvage(workspace, fault, damaged, planted))
        print(json.dumps(results[-1]), flush=True)
    if given.out:
        given.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
