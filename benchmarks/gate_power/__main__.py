"""Measure the gate: `python -m benchmarks.gate_power --split development --stage drop`.

Every verdict is one JSON line in --verdicts, added when it is there: a stopped run goes on where it was.
The plan stands in an order that has nothing to do with what the drops are, so --first is a fair sample.
The table is made from these lines, under the default policy or that of --policy; --table-only runs nothing.
"""

import argparse
import json
import os
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from benchmarks.gate_power.cases import Case
from benchmarks.gate_power.cost import cost_cases
from benchmarks.gate_power.homes import Bench, drops_digest, product_digest
from benchmarks.gate_power.mechanisms import DEVELOPMENT, TEST
from benchmarks.gate_power.planning import plan
from benchmarks.gate_power.sources import ROOT, Data
from benchmarks.gate_power.table import margins, markdown, rejudged, roc, summary
from benchmarks.gate_power.verdicts import STAGES, read_verdicts, run_all
from benchmarks.zip.machine import machine_kind, versions
from entropy_assets.errors import CurationError, InvalidParameter
from entropy_assets.settings import PolicySettings, Settings

WITHOUT_FAMILIES = ("damage", "without_families")
"""Table and key by which a product leaves families of its generators out: leave-one-family-out."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge what is not judged yet, write table, JSON and picture, and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        return _measure(options)
    except (CurationError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def _measure(options: argparse.Namespace) -> int:
    bench = _bench(options)
    policy = tomllib.loads(options.policy.read_text()).get("policy", {}) if options.policy else {}
    cases = _chosen(options, bench.data)
    verdicts = options.verdicts or bench.cache / _file_name(options)
    if not options.table_only:
        told = (lambda line: None) if options.quiet else (lambda line: print(line, file=sys.stderr))
        run_all(cases, verdicts, bench, options.stage, options.workers, told)
    names = {case.name for case in cases}
    lines = rejudged([line for line in read_verdicts(verdicts) if line["drop"] in names], policy)
    if not lines:
        raise InvalidParameter(f"{verdicts} holds no verdict of this plan: run without --table-only")
    found = {"split": options.split, "stage": options.stage, "planned": len(cases)}
    found |= {"without_families": options.without_family, "machine": machine_kind(), "versions": versions()}
    found |= summary(lines)
    table = markdown(found)
    print(table)
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n")
    if options.picture:
        from entropy_assets.charts import rate_picture

        curves: dict[str, Sequence[tuple[float, float]]] = {**roc(lines, PolicySettings(**policy))}
        options.picture.write_text(rate_picture(curves, "good drops not let in", "damaged drops not let in"))
    if options.page:
        _put_table(options.page, table)
    if options.margins:
        print(json.dumps(margins(lines, PolicySettings(**policy).confidence), indent=1))
    return 0


def _bench(options: argparse.Namespace) -> Bench:
    if not (options.shared / "data").is_dir():
        raise InvalidParameter(f"{options.shared} holds no data/: name the folder with real data")
    settings = options.settings.read_text() if options.settings else ""
    if "policy" in tomllib.loads(settings):
        raise InvalidParameter(
            "the benchmark measures the default policy: --policy judges stored verdicts anew"
        )
    if options.without_family:
        table, key = WITHOUT_FAMILIES
        if not hasattr(getattr(Settings(), table, None), key):
            raise InvalidParameter(f"this product has no setting {table}.{key}: it cannot leave a family out")
        settings += f"\n[{table}]\n{key} = {json.dumps(options.without_family)}\n"
    data = Data(options.shared.resolve(), options.cache.resolve(), options.older)
    return Bench(data, options.cache.resolve(), settings, options.cores)


def _chosen(options: argparse.Namespace, data: Data) -> list[Case]:
    cases = cost_cases() if options.cost else plan(options.split, data)
    for name, wanted in (("world", options.worlds), ("natural_class", options.classes),
                         ("mechanism", options.mechanisms), ("share", options.shares),
                         ("size", options.sizes), ("where", options.where)):  # fmt: skip
        if wanted:
            cases = [case for case in cases if getattr(case, name) in wanted]
    if options.only:
        cases = [case for case in cases if bool(case.mechanism) == (options.only == "bad")]
    cases = cases[: options.first] if options.first else cases
    if not cases:
        raise InvalidParameter("no case of the plan is like this: leave a condition out")
    return cases


def _file_name(options: argparse.Namespace) -> str:
    stage = options.stage.replace(":", "-")
    split = "cost" if options.cost else options.split
    without = "-without-" + "-".join(options.without_family) if options.without_family else ""
    made_by = f"{product_digest()}-{drops_digest()}"
    return f"verdicts-{split}-{stage}{without.replace(' ', '_')}-{made_by}.jsonl"


def _put_table(page: Path, table: str) -> None:
    before, rest = page.read_text().split("<!-- table -->\n")
    after = rest.split("\n<!-- /table -->")[1]
    page.write_text(f"{before}<!-- table -->\n{table}\n<!-- /table -->{after}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--split", choices=(DEVELOPMENT, TEST), default=DEVELOPMENT, help="which plan (default %(default)s)")
    add("--stage", default="full", help=f"{', '.join(STAGES)}, or another judge as module:function")
    add("--cost", action="store_true", help="good drops against a pool of 14,000 records, for their seconds")
    add("--first", type=int, help="only as many cases of the plan, a fair sample")
    add("--only", choices=("good", "bad"), help="only good or only damaged drops")
    add("--worlds", nargs="*", help="only cases of these worlds")
    add("--classes", nargs="*", help="only drops of these natural classes")
    add("--mechanisms", nargs="*", help="only damage of these kinds")
    add("--shares", nargs="*", type=float, help="only these damaged shares")
    add("--sizes", nargs="*", type=int, help="only drops of as many rows")
    add("--where", nargs="*", help="only damage of these places: spread, one source, new name, first")
    add("--without-family", nargs="*", default=[], help="families of generators that the product leaves out")
    add("--shared", type=Path, default=ROOT.parent / "shared", help="folder that holds data/")
    add("--older", type=Path, help="folder of an older standard library (default the newest of pyenv)")
    add("--cache", type=Path, default=ROOT / "var" / "bench" / "gate", help="folder of datasets and sources")
    add("--verdicts", type=Path, help="JSON lines, one a verdict (default in --cache, a file a product)")
    add("--workers", type=int, default=os.cpu_count() or 1, help="drops at a time (default one a core)")
    add("--cores", type=int, default=1, help="workers of one verdict (default 1)")
    add("--settings", type=Path, help="TOML tables for the worlds' datasets, without policy")
    add("--policy", type=Path, help="TOML whose [policy] the stored reports are judged by")
    add("--table-only", action="store_true", help="judge nothing anew")
    add("--quiet", action="store_true", help="no line for each verdict")
    add("--margins", action="store_true", help="also print what limit each rule would need on good drops")
    add("--out", type=Path, help="write the table's figures to this JSON file")
    add("--page", type=Path, help="put the table into this page, between its two marks")
    add("--picture", type=Path, help="write the ROC picture to this SVG file")
    return parser


if __name__ == "__main__":
    sys.exit(main())
