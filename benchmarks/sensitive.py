"""Measures what is found as secret or personal in real texts, in planted ones, and how fast.

The real texts are clean of secrets: every one that is found there is a false alarm. Planted examples
must be found, but for telephone numbers that stand right before another number. Secrets are counted on three
lists made by rule too (`benchmarks.tokens`), by each set of rules alone and by all together.

    python -m benchmarks.sensitive [--data ../shared/data] [--out benchmarks/results/sensitive.json]
"""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks.floors import run
from benchmarks.languages import FILES
from benchmarks.tokens.comparing import compare
from benchmarks.zip.machine import machine_kind
from entropy_assets.curation.ingest import read_file
from entropy_assets.curation.screening import find_sensitive
from entropy_assets.settings import ScreeningSettings

FILES_OF_CODE = "domains/code.jsonl.zst"
KINDS = ("secret", "email", "phone", "card")
MAX_FALSE_SECRETS = 0
MIN_PLANTED_FOUND = 0.99
MIN_RECORDS_PER_SECOND = 20_000
N_PASSES = 5
"""Passes over all files, of which the fastest counts: what else the machine does slows the others."""
MIN_TOKENS_FOUND = 0.95
MAX_LOOK_ALIKES = 0.01
"""Shares of the labelled lists, found by all sets of rules together."""

_LETTERS = "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2dF4gH6jK8mN0pR2tV4xZ6"
PLANTED = {
    "secret": (
        "AKIA" + "IOSFODNN7EXAMPLQ",
        "ghp_" + _LETTERS[:36],
        "xoxb-" + "123456789012-abcdef123456",
        "sk_live_" + _LETTERS[:24],
        "-----BEGIN " + "RSA PRIVATE KEY-----",
        "postgres://anna:" + "Sunflower99@db.host.net/x",
    ),
    "email": ("anna.keller@mail.de", "x_y+z@sub.uni-bonn.de"),
    "phone": ("+1 404-563-7900", "+49 30 901820", "+8613800138000", "+44 20 7946 0018"),
    "card": ("4539 1488 0343 6467", "5425233430109903", "3782-822463-10005"),
}


def measure(data: Path) -> dict[str, Any]:
    """Return counts by file and kind, the share of planted ones found, and records a second of CPU."""
    settings = ScreeningSettings()
    files, n_records = [], 0
    seconds = np.zeros(N_PASSES)
    planted, found_planted = 0, 0
    find_sensitive(_first_of(data), settings)  # the catalogue is compiled, or loaded, once a process
    for name in FILES:
        records = read_file(data / name, drop="sensitive").records.unique("id", maintain_order=True)
        for number in range(N_PASSES):
            began = time.process_time()
            findings = find_sensitive(records, settings)
            seconds[number] += time.process_time() - began
        n_records += records.height
        found = {kind: findings.filter(pl.col("kind") == kind)["id"].n_unique() for kind in KINDS}
        files.append({"file": name, "records": records.height, **found})
        own, hit = _planted(records, settings)
        planted, found_planted = planted + own, found_planted + hit
    return {
        "machine": machine_kind(),
        "records_per_second": round(n_records / seconds.min()),
        "passes": [round(n_records / own) for own in seconds.tolist()],
        "planted": planted,
        "planted_found": found_planted,
        "labelled": compare(),
        "files": files,
    }


def _first_of(data: Path) -> pl.DataFrame:
    """Return a record that the catalogue of tokens has to look at."""
    record = read_file(data / FILES_OF_CODE, drop="sensitive").records.head(1)
    return record.with_columns(pl.lit("x" * 40).alias("text"))


def _planted(records: pl.DataFrame, settings: ScreeningSettings) -> tuple[int, int]:
    """Return how many records were given something in their middle, and how many of them were found."""
    texts = records.filter(pl.col("kind") == "text").head(200)
    if texts.is_empty():
        return 0, 0
    examples = [(kind, value) for kind, values in PLANTED.items() for value in values]
    kinds, changed = [], []
    for number, text in enumerate(texts["text"]):
        kind, value = examples[number % len(examples)]
        words = text.split(" ")
        kinds.append(kind)
        changed.append(" ".join([*words[: len(words) // 2], value, *words[len(words) // 2 :]]))
    found = find_sensitive(texts.with_columns(pl.Series("text", changed)), settings)
    hits = set(found.select("id", "kind").iter_rows())
    return len(kinds), sum((i, kind) in hits for i, kind in zip(texts["id"], kinds, strict=True))


def problems(measured: dict[str, Any], golden: dict[str, Any] | None) -> list[str]:
    """Return one sentence for each floor that is missed and each count that differs from the stored one."""
    found = []
    if measured["records_per_second"] < MIN_RECORDS_PER_SECOND:
        found.append(f"{measured['records_per_second']} records/s, wanted {MIN_RECORDS_PER_SECOND}")
    n_secrets = sum(row["secret"] for row in measured["files"])
    if n_secrets > MAX_FALSE_SECRETS:
        found.append(f"{n_secrets} records without a secret are said to hold one")
    if measured["planted_found"] < MIN_PLANTED_FOUND * measured["planted"]:
        found.append(f"{measured['planted_found']} of {measured['planted']} planted records were found")
    for name, one in measured["labelled"].items():
        counted = one["all three"]
        if counted["found"] < MIN_TOKENS_FOUND * counted["tokens"]:
            found.append(f"{counted['found']} of {counted['tokens']} tokens of the {name} list were found")
        if counted["false"] > MAX_LOOK_ALIKES * counted["look_alikes"]:
            found.append(f"{counted['false']} look-alikes of the {name} list are said to be secrets")
    if golden is not None and golden["files"] != measured["files"]:
        found.append("the counts are not those that are stored: name --out where that is meant")
    return found


def show(measured: dict[str, Any]) -> None:
    """Print a table of the files and the figures."""
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):
        print(pl.DataFrame(measured["files"]))
    passes = ", ".join(f"{one:,}" for one in measured["passes"])
    print(f"{measured['records_per_second']:,} records in a second of processor time (passes: {passes})")
    for name, one in measured["labelled"].items():
        for rules, counted in one.items():
            print(
                f"{name} list, {rules}: {counted['found']} of {counted['tokens']} tokens, "
                f"{counted['false']} of {counted['look_alikes']} look-alikes"
            )
    print(f"{measured['planted_found']} of {measured['planted']} planted records found")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark, print a table, and return 0 where the floors hold."""
    return run(arguments, name="sensitive", about=__doc__, measure=measure, show=show, problems=problems)


if __name__ == "__main__":
    sys.exit(main())
