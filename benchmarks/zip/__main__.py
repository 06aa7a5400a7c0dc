"""Measure ZIP against its bars and write one JSON file: `python -m benchmarks.zip`.

Rows run one after the other, each in a process of its own; the table of bars comes on stdout, the JSON
is written again after each row, so that a stopped run keeps what it measured. Rows that `--only` leaves
out stay in the file as they were, each with the run that it is from. Exit code 1 where a bar is missed; 0
where all hold or are skipped, and after a smoke run that went through.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.zip.job import Job, Result
from benchmarks.zip.machine import machine_kind, versions
from benchmarks.zip.process import ROOT, run_row
from benchmarks.zip.report import markdown
from benchmarks.zip.rows import ROWS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen rows, write the JSON, print the table, and return the exit code."""
    options = _parser().parse_args(arguments)
    if options.official and not (options.official / "ZIP.py").is_file():
        print(f"{options.official} holds no ZIP.py: name a checkout of USTC-StarTeam/ZIP", file=sys.stderr)
        return 2
    if not options.shared.is_dir():
        print(f"{options.shared} is not a folder: name the one with golden/ and data/", file=sys.stderr)
        return 2
    head = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine_kind(),
        "versions": versions(),
        "arguments": {"workers": options.workers, "repeats": options.repeats, "smoke": options.smoke},
    }
    results: dict[str, Result] = {}
    rows = read_rows(options.out) if options.only else {}
    for row in [row for row in ROWS if not options.only or row in options.only]:
        job = Job(
            shared=options.shared.resolve(),
            cache=options.cache.resolve(),
            official=options.official.resolve() if options.official else None,
            workers=options.workers,
            repeats=1 if options.smoke else options.repeats,
            is_smoke=options.smoke,
            earlier={name: result.figures for name, result in results.items()},
        )
        began = time.perf_counter()
        results[row] = run_row(row, ROWS[row][1], job)
        verdicts = ", ".join(check.holds for check in results[row].checks)
        print(f"{row}: {time.perf_counter() - began:.1f} s: {verdicts}", file=sys.stderr)
        rows[row] = results[row].to_json() | {"run": head}
        _write(options.out, rows)
    print(markdown(results, is_smoke=options.smoke))
    return exit_code(results, is_smoke=options.smoke)


def exit_code(results: dict[str, Result], *, is_smoke: bool) -> int:
    """Return 1 where a bar is missed; in a smoke run only where a row stopped without a figure."""
    missed = [check for result in results.values() for check in result.checks if check.holds == "no"]
    return int(any(check.measured is None or not is_smoke for check in missed))


def read_rows(path: Path) -> dict[str, Any]:
    """Return row -> its result as JSON values, of the file that an earlier run wrote; {} without one."""
    rows: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.is_file() else {}
    return rows


def _write(out: Path, rows: dict[str, Any]) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    ordered = {row: rows[row] for row in ROWS if row in rows}
    out.write_text(json.dumps({"rows": ordered}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.zip",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=list(ROWS), metavar="ROW", help=f"of {', '.join(ROWS)}")
    parser.add_argument("--out", type=Path, default=ROOT / "var/bench/zip.json", help="JSON file to write")
    parser.add_argument("--official", type=Path, help="checkout of USTC-StarTeam/ZIP to run beside ours")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="with golden/ and data/")
    parser.add_argument("--cache", type=Path, default=ROOT / "var/bench", help="folder for made pools")
    parser.add_argument("--workers", type=_count, default=2, help="threads, and official processes (2)")
    parser.add_argument("--repeats", type=_count, default=3, help="runs of each timed selection (3)")
    parser.add_argument("--smoke", action="store_true", help="every row at a size of seconds")
    return parser


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be an integer above 0, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
