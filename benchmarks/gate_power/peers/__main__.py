"""Judge drops by all peers, and tell them beside the product: `python -m benchmarks.gate_power.peers`.

Every case is one JSON line, added when it is there: a stopped run goes on where it was. The product's
verdicts are those of `python -m benchmarks.gate_power`, and drops that it has not judged are not counted.
Limits are chosen on development drops, so a table of the test needs the lines of both splits.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.gate_power.homes import Bench, code_digest, drops_digest, product_digest
from benchmarks.gate_power.mechanisms import DEVELOPMENT, TEST
from benchmarks.gate_power.peers import ALL
from benchmarks.gate_power.peers.comparison import compared, joined
from benchmarks.gate_power.peers.page import markdown
from benchmarks.gate_power.planning import plan
from benchmarks.gate_power.sources import ROOT, Data
from benchmarks.gate_power.verdicts import STAGES, Line, read_verdicts, run_all
from benchmarks.zip.machine import machine_kind, versions
from entropy_assets.errors import CurationError, InvalidParameter

BEGINS, ENDS = "<!-- peers -->\n", "\n<!-- /peers -->"


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge what is not judged yet, write table and JSON, and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _compare(options)
    except (CurationError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _compare(options: argparse.Namespace) -> int:
    data = Data(options.shared.resolve(), options.cache.resolve(), options.older)
    peers = options.verdicts or _file(options, options.split)
    if not options.table_only:
        cases = [x for x in plan(options.split, data) if not options.worlds or x.world in options.worlds]
        cases = [x for x in cases[: options.first] if x.of_world.form != "first" and not x.twin]
        told = (lambda line: None) if options.quiet else (lambda line: print(line, file=sys.stderr))
        run_all(cases, peers, Bench(data, data.cache), ALL, options.workers, told)
    lines = joined(_product(options, options.split, options.product), read_verdicts(peers))
    development = lines
    if options.split != DEVELOPMENT:
        own = _product(options, DEVELOPMENT, options.product_development)
        there = options.verdicts_development or _file(options, DEVELOPMENT)
        development = joined(own, read_verdicts(there))
    found = {
        "split": options.split,
        "stage": options.stage,
        "machine": machine_kind(),
        "versions": versions(),
    }
    found |= compared(lines, development)
    table = markdown(found)
    print(table)
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n")
    if options.page:
        _put(options.page, table)
    return 0


def _file(options: argparse.Namespace, split: str) -> Path:
    """Return where the peers' lines of a split are kept: another file for other code."""
    own = code_digest([*sorted(Path(__file__).parent.glob("*.py"))])
    name = f"peers-{split}-{own}-{product_digest()}-{drops_digest()}.jsonl"
    return Path(options.cache / name)


def _product(options: argparse.Namespace, split: str, named: Path | None) -> list[Line]:
    made_by = f"{product_digest()}-{drops_digest()}"
    path = named or options.cache / f"verdicts-{split}-{options.stage}-{made_by}.jsonl"
    found = read_verdicts(path)
    if not found:
        raise InvalidParameter(
            f"{path} holds no verdict of the product: run python -m benchmarks.gate_power --split {split} "
            f"--stage {options.stage}, or name its file"
        )
    return found


def _put(page: Path, table: str) -> None:
    text = page.read_text()
    if BEGINS not in text or ENDS not in text:
        raise InvalidParameter(
            f"{page} has no marks for the table: write {BEGINS.strip()} and {ENDS.strip()}"
        )
    before, rest = text.split(BEGINS)
    page.write_text(f"{before}{BEGINS}{table}{ENDS}{rest.split(ENDS)[1]}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--split", choices=(DEVELOPMENT, TEST), default=DEVELOPMENT, help="which plan (default %(default)s)")
    add("--stage", choices=STAGES, default="full", help="the product's verdicts of which stage")
    add("--first", type=int, help="only as many cases of the plan, a fair sample")
    add("--worlds", nargs="*", help="only cases of these worlds")
    add("--shared", type=Path, default=ROOT.parent / "shared", help="folder that holds data/")
    add("--older", type=Path, help="folder of an older standard library (default the newest of pyenv)")
    add("--cache", type=Path, default=ROOT / "var" / "bench" / "gate", help="folder of verdicts and sources")
    add("--product", type=Path, help="the product's lines (default those of --stage in --cache)")
    add("--product-development", type=Path, help="the same of development, for limits of the test")
    add("--verdicts", type=Path, help="the peers' lines (default in --cache)")
    add("--verdicts-development", type=Path, help="the same of development, for limits of the test")
    add("--workers", type=int, default=os.cpu_count() or 1, help="drops at a time (default one a core)")
    add("--table-only", action="store_true", help="judge nothing anew")
    add("--quiet", action="store_true", help="no line for each drop")
    add("--out", type=Path, help="write the figures to this JSON file")
    add("--page", type=Path, help="put the table into this page, between <!-- peers --> and <!-- /peers -->")
    return parser


if __name__ == "__main__":
    sys.exit(main())
