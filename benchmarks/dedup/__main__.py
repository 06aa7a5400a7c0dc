"""Measure near-dedup against its bars and write one JSON file: `python -m benchmarks.dedup`.

Settings are the defaults: shingle 3, threshold 0.7, 20 bands of 5 hashes, fixed on other texts (see
benchmarks/LOG.md). Prints bar, figure and verdict; exit code 1 where a bar is missed or the counts differ
from the golden ones.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.dedup import peers
from benchmarks.dedup.corpus import N_ROWS, mixed_rows
from benchmarks.dedup.negatives import measure_maths, measure_tools
from benchmarks.zip.machine import machine_kind, versions

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).with_name("golden.json")
MIN_ROWS_PER_SECOND, MIN_FOUND, MAX_WRONG = 25_000, 0.97, 0.01


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write the JSON, print the bars, and return the exit code."""
    options = _parser().parse_args(arguments)
    if not (options.shared / "data").is_dir():
        print(f"{options.shared} holds no data/: name the folder with real data", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "records.parquet"
        mixed_rows(options.shared, options.rows).write_parquet(path)
        runs = [_timed(path, 2) for _ in range(options.repeats)]
        runs += [_timed(path, workers) for workers in (1, 4)]
        mixed_rows(options.shared, options.rows, least=1).write_parquet(other := Path(folder) / "one.parquet")
        one_word = _timed(other, 2)["planted_found"]
        others = peers.measure(path, options.peers) if options.peers else peers.skipped()
    results = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine_kind(),
        "versions": versions(),
        "runs": runs,
        "planted_found_of_one_word": one_word,
        "tools": measure_tools(options.shared, 2),
        "maths": measure_maths(options.shared, 2),
        "peers": others,
    }
    bars = _bars(results, is_whole=options.rows == N_ROWS)
    results["bars"] = bars
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(results, indent=1) + "\n")
    for bar in bars:
        print(f"{'holds ' if bar['holds'] else 'MISSED'}  {bar['what']}: {bar['measured']} ({bar['bar']})")
    print(f"beside  planted copies found, one other word or more (decision 287): {one_word}")
    for name, row in others.items():
        print(f"beside  {name}: {row}")
    return int(not all(bar["holds"] for bar in bars))


def _timed(path: Path, workers: int) -> dict[str, Any]:
    """Return one run in a process of its own."""
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "benchmarks.dedup.speed", str(path), out, str(workers)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return {"workers": workers, **figures}


def _bars(results: dict[str, Any], *, is_whole: bool) -> list[dict[str, Any]]:
    """Return each bar beside its figure; speed is the best run, since other work only slows one down."""
    runs, tools, maths = results["runs"], results["tools"], results["maths"]
    fastest = max(run["rows_per_second"] for run in runs if run["workers"] == 2)
    found, wrong = runs[0]["planted_found"], max(tools["names_share"], maths["across_share"])
    counts = {"kept": runs[0]["kept"], "removed": runs[0]["removed"], "digests": runs[0]["digests"]}
    counts |= {"tools_removed": tools["removed_near"], "maths_removed": maths["removed_near"]}
    rows = [
        (
            "rows a second, 2 workers",
            f"at least {MIN_ROWS_PER_SECOND}",
            round(fastest),
            fastest >= MIN_ROWS_PER_SECOND,
        ),
        ("planted near-copies found", f"at least {MIN_FOUND}", found, found >= MIN_FOUND),
        ("hard negatives removed wrongly", f"at most {MAX_WRONG}", wrong, wrong <= MAX_WRONG),
        ("different outputs of 1, 2, 4 workers", "1", len({str(run["digests"]) for run in runs}), None),
    ]
    rows[-1] = (*rows[-1][:3], rows[-1][2] == 1)
    if is_whole:
        golden = json.loads(GOLDEN.read_text()) if GOLDEN.is_file() else None
        rows.append(("counts and digests", "as in golden.json", counts, counts == golden))
    return [dict(zip(("what", "bar", "measured", "holds"), row, strict=True)) for row in rows]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dedup",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="with golden/ and data/")
    parser.add_argument("--out", type=Path, default=ROOT / "var/bench/dedup.json", help="JSON file to write")
    parser.add_argument("--rows", type=int, default=N_ROWS, help=f"rows of the corpus ({N_ROWS})")
    parser.add_argument("--repeats", type=int, default=3, help="timed runs with 2 workers (3)")
    parser.add_argument(
        "--peers", type=Path, help="python of an environment with datasketch, text-dedup, datatrove"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
