"""Leave one family out: `python -m benchmarks.gate_power.families`.

For each family of the product's generators, the damage of development that is of its kind, judged by a
product that never learned this family, and by one that learned all. What the first still sees is what its
other families and its look at form carry over to damage that nobody thought of. Resumable.

What belongs here: which damage is of which family, and the table. What does not: verdicts.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.gate_power import __main__ as gate_power
from benchmarks.gate_power.cases import Case
from benchmarks.gate_power.homes import Bench, drops_digest, product_digest
from benchmarks.gate_power.mechanisms import DEVELOPMENT
from benchmarks.gate_power.planning import plan
from benchmarks.gate_power.sources import ROOT, Data
from benchmarks.gate_power.verdicts import read_verdicts, run_all
from benchmarks.zip.machine import machine_kind, versions

MECHANISMS = {
    "words out of order or missing": ("word_salad", "sentences_shuffled", "neighbours_swapped"),
    "wrong characters": ("typing_noise", "scan_errors"),
    "wrong letter case": ("lower_cased", "upper_cased", "case_random"),
    "escaped text": ("json_doubled", "escapes_left", "unicode_escaped"),
    "encoded data or random letters": ("blobs",),
    "a broken encoding": ("mojibake", "utf16"),
    "broken white space": (
        *("run_together", "line_breaks_lost", "line_breaks_added"),
        *("indentation_lost", "spaces_doubled"),
    ),
    "remains of markup": ("markup",),
    "repeated text": ("looped_end", "said_twice", "stuttered"),
    "cut text": ("truncated", "cut_at_word", "cut_at_sentence", "cut_at_line", "start_cut"),
    "answers that say nothing": ("token_answers", "filler_text"),
    "questions, answers and prompts mixed up": (
        *("roles_swapped", "answer_in_question", "prompt_leaked", "role_tags"),
    ),
    "answers of other questions": ("shuffled_answers",),
    "boilerplate": ("footer_added", "beginning_fixed"),
    "stock texts and templates": ("refusals", "template_flood"),
}
"""Family of generators -> mechanisms of development that do what it does."""

SHARES = (0.1, 0.2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge what is not judged yet, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--worlds", nargs="*", default=["dev-mixed-b"], help="pools to judge against (default %(default)s)")
    add("--families", nargs="*", default=list(MECHANISMS), help="families to leave out (default all)")
    add("--size", type=int, default=800, help="rows of a drop (default %(default)s)")
    add("--shared", type=Path, default=ROOT.parent / "shared", help="folder that holds data/")
    add("--cache", type=Path, default=ROOT / "var" / "bench" / "gate", help="folder of datasets and sources")
    add("--workers", type=int, default=1, help="drops at a time (default 1)")
    add("--out", type=Path, help="write the figures to this JSON file")
    options = parser.parse_args(arguments)
    data = Data(options.shared.resolve(), options.cache.resolve(), None)
    cases = [case for case in plan(DEVELOPMENT, data) if _is_wanted(case, options)]
    rows = []
    for family in options.families:
        of_family = [case for case in cases if case.mechanism in MECHANISMS[family]]
        lines = {tuple(left_out): _judged(of_family, left_out, options, data) for left_out in ([], [family])}
        both = {line["drop"] for line in lines[()]} & {line["drop"] for line in lines[(family,)]}
        for share in SHARES:
            counts = [_stopped(lines[key], share, both) for key in ((), (family,))]
            rows.append({"family": family, "share": share, "all": counts[0], "left_out": counts[1]})
    found = {"worlds": options.worlds, "machine": machine_kind(), "versions": versions(), "rows": rows}
    print(_table(rows))
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def _is_wanted(case: Case, options: argparse.Namespace) -> bool:
    is_spread = case.where == "spread" and case.size == options.size and not case.twin
    return is_spread and case.world in options.worlds and case.share in SHARES and bool(case.mechanism)


def _judged(
    cases: Sequence[Case], left_out: list[str], options: argparse.Namespace, data: Data
) -> list[dict[str, Any]]:
    """Return the verdicts of the cases by a product that never learned the families left out."""
    table, key = gate_power.WITHOUT_FAMILIES
    settings = f"\n[{table}]\n{key} = {json.dumps(left_out)}\n" if left_out else ""
    bench = Bench(data, options.cache.resolve(), settings, 1)
    name = "-".join(left_out).replace(" ", "_").replace(",", "") or "all"
    verdicts = bench.cache / f"families-{name}-{product_digest()}-{drops_digest()}.jsonl"
    run_all(cases, verdicts, bench, "drop", options.workers, lambda line: print(line, file=sys.stderr))
    wanted = {case.name for case in cases}
    judged = [line for line in read_verdicts(verdicts) if line["drop"] in wanted]
    return [line for line in judged if line["outcome"] != "failed" and line["removed_upstream"] < 0.9]


def _stopped(lines: Sequence[dict[str, Any]], share: float, both: set[str]) -> dict[str, int]:
    """Return how many drops with this damaged share were held, and asked about, of those judged both ways."""
    told = [line["outcome"] for line in lines if line["share"] == share and line["drop"] in both]
    return {"held": told.count("hold"), "asked": told.count("ask"), "of": len(told)}


def _table(rows: Sequence[dict[str, Any]]) -> str:
    lines = [
        "| family | rows damaged | held / asked of, all learned | held / asked of, this one left out |",
        "|---|---|---|---|",
    ]
    total = {share: [{"held": 0, "asked": 0, "of": 0} for _ in range(2)] for share in SHARES}
    for row in rows:
        for summed, key in zip(total[row["share"]], ("all", "left_out"), strict=True):
            for name, count in row[key].items():
                summed[name] += count
        if row["all"]["of"]:
            lines.append(
                f"| {row['family']} | {row['share']:.0%} | {_cell(row['all'])} | {_cell(row['left_out'])} |"
            )
    for share, (learned, left_out) in total.items():
        lines.append(f"| **all** | {share:.0%} | {_cell(learned)} | {_cell(left_out)} |")
    return "\n".join(lines)


def _cell(count: dict[str, int]) -> str:
    return f"{count['held']} / {count['asked']} of {count['of']}"


if __name__ == "__main__":
    sys.exit(main())
