"""What a long history costs: opening the ledger for a run, and `status`, after thousands of decisions.

Decisions are appended as runs append them, every fifth a promotion, and each decided drop lies in the inbox
with one file. CPU seconds are those of a process of its own; of `status` those of the whole command.

    make bench-decisions
    python -m benchmarks.decisions [--decisions 10000] [--out FILE]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from upath import UPath

from benchmarks.zip.machine import machine_kind, versions
from entropy_assets.candidate.decided import note_content
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.ledger import Outcome, State, drop_candidate
from entropy_assets.storage import SUCCESS_MARKER, canonical_json, digest_bytes, put
from entropy_assets.store_format import require_schema

DATASET, PROMOTED_EVERY = "bench", 5
BARS = {"ledger_cpu_seconds": 1.0, "status_cpu_seconds": 2.0}

ASK = """
import sys, time
from upath import UPath
from entropy_assets.candidate.batch import open_candidates
from entropy_assets.candidate.run import open_run
from entropy_assets.candidate.workspace import Workspace
began = time.process_time()
workspace = Workspace(UPath(sys.argv[1]), "bench")
run = open_run(workspace, "last")
for _ in range(20):  # as often as the steps of a run ask
    run.require_current()
workspace.ledger.decided("last"), workspace.first_version()
print(time.process_time() - began)
"""


def build(home: Path, n_decisions: int) -> None:
    """Append decisions, and deliver the drops that they are about, and one that waits."""
    workspace = Workspace(UPath(home), DATASET)
    require_schema(workspace.home, writes=True)
    state = State()
    reason = {"code": "copies", "scope": "drop", "measured": 0.2, "allowed": 0.05, "why": "w", "do": "d"}
    for number in range(n_decisions):
        drop = f"drop-{number:05d}"
        folder = Path(str(workspace.home.drop(drop)))
        folder.mkdir(parents=True)
        (folder / "rows.jsonl").write_text(f'{{"text": "{drop}"}}\n')
        (folder / SUCCESS_MARKER).touch()
        content = note_content(workspace, drop)
        promotes = number % PROMOTED_EVERY == 0
        after, manifest = _promoted(workspace, state, drop) if promotes else (None, None)
        workspace.ledger.append(
            "promote" if promotes else "hold",
            drop_candidate(drop),
            parent=state,
            state=after,
            reasons=() if promotes else (reason,),
            outcomes={drop: Outcome("promote" if promotes else "hold", content=content)},
            manifest=manifest,
        )
        state = after or state
        if number % 1000 == 0:
            print(f"{number} decisions", file=sys.stderr)
    workspace.ledger.repair_current()
    folder = Path(str(workspace.home.drop("last")))
    folder.mkdir()
    (folder / SUCCESS_MARKER).touch()


def _promoted(workspace: Workspace, state: State, drop: str) -> tuple[State, str]:
    """Write a version of its manifest alone; return the state after it and the manifest's digest."""
    n_versions = len(workspace.ledger.versions())
    path = f"index/{n_versions:032x}.json"
    put(workspace.root / path, b'{"records": [], "signatures": null, "drops": null}')
    version = f"v{n_versions + 1:04d}-{n_versions:08x}"
    head = workspace.ledger.head()
    manifest = canonical_json({"ledger": {"number": head.number, "digest": head.digest}})
    put(workspace.home.version(version) / "manifest.json", manifest)
    return State(version, (*state.drops, drop), {**state.segments, drop: path}), digest_bytes(manifest)


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Return CPU seconds of a run's questions to the ledger and of `status`, and the ledger's size."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        build(home, options.decisions)
        asked = subprocess.run([sys.executable, "-c", ASK, name], capture_output=True, text=True, check=True)
        status = "from entropy_assets.cli import app; app()"
        command = [sys.executable, "-c", status, "status", "--home", name]
        before, began = os.times(), time.perf_counter()
        told = subprocess.run(command, capture_output=True, text=True, check=True)
        after = os.times()
        ledger = home / DATASET / "ledger"
        size = sum(file.stat().st_size for file in ledger.rglob("*") if file.is_file())
    return {
        "machine": machine_kind(),
        "versions": versions(),
        "decisions": options.decisions,
        "live_drops": len(range(0, options.decisions, PROMOTED_EVERY)),
        "ledger_bytes": size,
        "ledger_cpu_seconds": round(float(asked.stdout), 3),
        "status_cpu_seconds": round(
            after.children_user + after.children_system - before.children_user - before.children_system, 3
        ),
        "status_seconds": round(time.perf_counter() - began, 3),
        "status_lines": len(told.stdout.splitlines()),
        "bars": BARS,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark, print its result as JSON, and return 0 where the bars hold."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--decisions", type=int, default=10_000)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    result = measure(options)
    text = json.dumps(result, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")
    return 0 if all(result[name] <= bar for name, bar in BARS.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
