"""Measures how often the language of real texts is told right, and how fast.

Each file holds one language; a few rows of the English and Chinese collections are translations and
quotations, so not every record that is told to be in another language is an error.

    python -m benchmarks.languages [--data ../shared/data] [--out benchmarks/results/languages.json]
"""

import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.floors import run
from benchmarks.zip.machine import machine_kind
from entropy_assets.curation.ingest import read_file
from entropy_assets.curation.screening import detect_languages
from entropy_assets.records import rendered

FILES = {
    "domains/law_de.jsonl.zst": "de",
    "domains/law_en.jsonl.zst": "en",
    "domains/books.jsonl.zst": "en",
    "domains/encyclopaedia.jsonl.zst": "en",
    "domains/dialogue.jsonl.zst": "en",
    "domains/manuals.jsonl.zst": "en",
    "domains/code.jsonl.zst": "en",
    "forms/alpaca_en_demo.jsonl": "en",
    "forms/alpaca_zh_demo.jsonl": "zh",
    "forms/dpo_zh_demo.jsonl": "zh",
    "forms/glaive_toolcall_en_demo.jsonl": "en",
    "forms/glaive_toolcall_zh_demo.jsonl": "zh",
    "instruct/gpteacher_codegen.jsonl.zst": "en",
    "instruct/gpteacher_roleplay.jsonl.zst": "en",
    "instruct/gsm8k_train.jsonl.zst": "en",
}
"""File below the folder with data -> the language that it is written in."""

MAX_OTHER = 0.005
"""Share of records of prose in one language that may be told to be in another."""
MIXED = ("zh_demo", "glaive")
"""Files that hold translations: their share is shown and not judged."""
MIN_RECORDS_PER_SECOND = 5_000


def measure(data: Path) -> dict[str, Any]:
    """Return what was told of each file, and the speed over all of them."""
    texts = {name: rendered(read_file(data / name, drop="languages").records) for name in FILES}
    rows = []
    seconds = 0.0
    detect_languages(["One text, so that the model is loaded."])
    for name, expected in FILES.items():
        began = time.perf_counter()
        told = detect_languages(texts[name])
        seconds += time.perf_counter() - began
        counts = Counter(told)
        rows.append(
            {
                "file": name,
                "language": expected,
                "records": len(told),
                "right": counts[expected],
                "undetermined": counts["und"],
                "other": len(told) - counts[expected] - counts["und"],
                "others": dict(sorted((k, v) for k, v in counts.items() if k not in (expected, "und"))),
                "judged": not any(mark in name for mark in MIXED),
            }
        )
    n_records = sum(row["records"] for row in rows)
    return {"machine": machine_kind(), "records_per_second": round(n_records / seconds), "files": rows}


def problems(measured: dict[str, Any], golden: dict[str, Any] | None) -> list[str]:
    """Return one sentence for each floor that is missed and each count that differs from the stored one."""
    found = []
    if measured["records_per_second"] < MIN_RECORDS_PER_SECOND:
        found.append(f"{measured['records_per_second']} records/s, wanted {MIN_RECORDS_PER_SECOND}")
    for row in measured["files"]:
        if row["judged"] and row["other"] > MAX_OTHER * row["records"]:
            found.append(f"{row['file']}: {row['other']} of {row['records']} told to be in another language")
    if golden is not None and golden["files"] != measured["files"]:
        found.append("the counts are not those that are stored: name --out where that is meant")
    return found


def show(measured: dict[str, Any]) -> None:
    """Print a table of the files and the figures."""
    with pl.Config(tbl_rows=-1, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):
        print(pl.DataFrame(measured["files"]).drop("others", "judged"))
    print(f"{measured['records_per_second']:,} records/s, one process")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark, print a table, and return 0 where the floors hold."""
    return run(arguments, name="languages", about=__doc__, measure=measure, show=show, problems=problems)


if __name__ == "__main__":
    sys.exit(main())
