"""Contamination: what of the planted is found, what is flagged without cause, and rows a second.

Planted: items of instruction and maths sets, whole or in parts, changed as web copies are, inside records of
other sources. False alarms: a part of one source plays the evaluation set; every record of another source
that is flagged counts as one, though some are true copies, so the share is an upper bound. What is flagged
within the item's own source are near-copies and stock phrases; both are told with examples. Seeds are fixed.

    python -m benchmarks.contamination [--shared DIR] [--out FILE] [--speed-only]
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from entropy_assets.curation.ingest import read_file
from entropy_assets.curation.screening.contamination import find_contamination
from entropy_assets.ngrams import N_TOKENS
from entropy_assets.records import SCHEMA, content_id, rendered
from entropy_assets.words import words

SHARED = Path(__file__).resolve().parents[2] / "shared"
OUT = Path(__file__).parent / "results" / "contamination.json"
SETS = {"gsm8k_train": 1_000, "alpaca_en_demo": 400, "alpaca_zh_demo": 400, "gpteacher_roleplay": 200}
"""Source -> items that are set aside of it: 2,000."""

N_PLANTED = 200
"""Records of each kind with something planted."""

N_ITEMS = 300
"""Items of one source when false alarms are counted."""

ROUNDS = 5
MEAN_BYTES = 600
SPEED_ROWS = 20_000


def load(shared: Path) -> pl.DataFrame:
    """Return all real records, each content once, in the order of their ids."""
    paths = [*(shared / "data").glob("*/*.zst"), *(shared / "data" / "forms").glob("*.jsonl")]
    frames = [read_file(path, drop="bench").records for path in sorted(paths)]
    return pl.concat(frames).unique("id", keep="first", maintain_order=True).sort("id")


def _sides(item: dict[str, Any]) -> tuple[str, str]:
    question, answer = (turn["content"] for turn in item["messages"])
    return question, answer


def _web_copy(text: str) -> str:
    """Return a text in capitals, with other quotes and dashes, and without commas and stops."""
    return "\n".join(text.upper().translate(str.maketrans("'-", "’–", ",.;:!?")).split(" "))


def _part(text: str, n_tokens: int) -> str:
    """Return a text from its middle, cut after so many words."""
    return " ".join(text.split()[3 : 3 + n_tokens])


PLANTS: dict[str, Callable[[str, str], tuple[str, str]]] = {
    "question and answer": lambda q, a: (q, a),
    "question alone": lambda q, a: (q, ""),
    "answer alone": lambda q, a: ("", a),
    "changed case, quotes, punctuation and line ends": lambda q, a: (_web_copy(q), _web_copy(a)),
    "16 words of the question": lambda q, a: (_part(q, 16), ""),
    "16 words of the answer": lambda q, a: ("", _part(a, 16)),
}


def planted(
    hosts: pl.DataFrame, items: pl.DataFrame, plant: Callable[[str, str], tuple[str, str]], seed: int
) -> pl.DataFrame:
    """Return `N_PLANTED` records of other sources with a part of an item, at least a run long, within."""
    rng = np.random.default_rng(seed)
    texts = rendered(hosts)
    rows = []
    for item in items[rng.permutation(items.height)].iter_rows(named=True):
        parts = plant(*_sides(item))
        if max(len(tokens) for tokens in words(pl.Series(parts)).to_list()) < N_TOKENS:
            continue
        before, after = (texts[int(i)][:400] for i in rng.integers(len(texts), size=2))
        content = {"kind": "text", "text": f"{before}\n\n{parts[0]}\n{parts[1]}\n\n{after}"}
        rows.append({**content, "id": content_id(content), "source": item["id"]})
        if len(rows) == N_PLANTED:
            break
    return pl.DataFrame(rows, schema=SCHEMA)


def measure_planted(records: pl.DataFrame) -> dict[str, Any]:
    """Return recall of each kind, and precision among clean records of other sources."""
    sets = [
        records.filter(pl.col("source") == name).head(n).with_columns(item_set=pl.lit(name))
        for name, n in SETS.items()
    ]
    items = pl.concat(sets)
    clean = records.filter(~pl.col("source").is_in([*SETS, "v1_sft_demo"]))  # which holds Alpaca's records
    result: dict[str, Any] = {"n_items": items.height, "recall": {}}
    frames = {}
    for seed, (name, plant) in enumerate(PLANTS.items()):
        frames[name] = planted(clean, items, plant, seed)
    chinese = items.filter(pl.col("item_set") == "alpaca_zh_demo")
    frames["Chinese answer alone"] = planted(clean, chinese, lambda q, a: ("", a), len(frames))
    everything = pl.concat([clean, *frames.values()]).unique("id", keep="first", maintain_order=True)
    found = find_contamination(everything, items)
    flagged = set(found["id"])
    n_true = 0
    for name, frame in frames.items():
        hit = frame["id"].is_in(list(flagged)).sum()
        n_true += hit
        result["recall"][name] = {"planted": frame.height, "found": hit, "share": hit / frame.height}
    n_false = len(flagged & set(clean["id"]))
    result |= {"clean": clean.height, "clean_flagged": n_false, "clean_share": n_false / clean.height}
    result["precision"] = n_true / (n_true + n_false)
    result["clean_flagged_examples"] = _examples(found.filter(pl.col("id").is_in(clean["id"].implode())))
    return result


def _examples(found: pl.DataFrame, n: int = 10) -> list[str]:
    spans = found.head(n).select("item_set", "n_tokens", "span").rows()
    return [f"{name} ({n_tokens} tokens): {' '.join(span.split())[:100]}" for name, n_tokens, span in spans]


def measure_false_alarms(records: pl.DataFrame) -> dict[str, Any]:
    """Return for each source as the evaluation set what is flagged in other sources, and in its own."""
    result = {}
    for name in sorted(records["source"].unique()):
        items = records.filter(pl.col("source") == name).head(N_ITEMS).with_columns(item_set=pl.lit(name))
        rest = records.filter(~pl.col("id").is_in(items["id"].implode()))
        found = find_contamination(rest, items).join(rest.select("id", source_="source"), on="id")
        own = found["source_"] == name
        n_own = (rest["source"] == name).sum()
        others = found.filter(~own)
        result[name] = {
            "items": items.height,
            "others": rest.height - n_own,
            "others_flagged": others.height,
            "others_share": others.height / (rest.height - n_own),
            "flagged_by_source": dict(others["source_"].value_counts(sort=True, name="n").rows()),
            "own": n_own,
            "own_flagged": int(own.sum()),
            "examples": _examples(others, 5),
        }
    return result


def measure_speed(records: pl.DataFrame) -> dict[str, Any]:
    """Return rows a second of `SPEED_ROWS` rows of about `MEAN_BYTES` bytes against 2,000 items.

    A CPU second is one of this process on one core, whoever else is using the machine.
    """
    sets = [records.filter(pl.col("source") == name).head(n) for name, n in SETS.items()]
    items = pl.concat(sets).with_columns(item_set=pl.lit("speed"))
    rest = records.filter(~pl.col("id").is_in(items["id"].implode()))
    order = np.random.default_rng(0).permutation(rest.height)
    texts = pl.Series(rendered(rest))
    sizes = texts.str.len_bytes().to_numpy()
    chosen = [int(i) for i in order if 100 <= sizes[i] <= 2.5 * MEAN_BYTES][:SPEED_ROWS]
    rows = rest[chosen]
    seconds, cpu_seconds = [], []
    for _ in range(ROUNDS):
        began, cpu_began = time.perf_counter(), time.process_time()
        found = find_contamination(rows, items)
        seconds.append(time.perf_counter() - began)
        cpu_seconds.append(time.process_time() - cpu_began)
    return {
        "rows": rows.height,
        "mean_bytes": float(sizes[chosen].mean()),
        "items": items.height,
        "flagged": found.height,
        "seconds": {"min": min(seconds), "median": float(np.median(seconds)), "max": max(seconds)},
        "rows_per_second": rows.height / float(np.median(seconds)),
        "rows_per_cpu_second": rows.height / float(np.median(cpu_seconds)),
    }


def main() -> int:
    """Measure, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--speed-only", action="store_true", help="measure nothing but rows a second")
    options = parser.parse_args()
    if not options.shared.is_dir():
        print(f"needs the folder {options.shared.name}/ beside the checkout", file=sys.stderr)
        return 2
    records = load(options.shared)
    results: dict[str, Any] = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "polars": version("polars")}
    }
    results["speed"] = measure_speed(records)
    if not options.speed_only:
        results["planted"] = measure_planted(records)
        results["false_alarms"] = measure_false_alarms(records)
    _print(results)
    if not options.speed_only:
        options.out.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


def _print(results: dict[str, Any]) -> None:
    speed = results["speed"]
    rate, cpu_rate = speed["rows_per_second"], speed["rows_per_cpu_second"]
    print(f"{rate:,.0f} rows/s, {cpu_rate:,.0f} a CPU second: {speed['rows']:,} rows of", end=" ")
    print(f"{speed['mean_bytes']:.0f} bytes against {speed['items']:,} items; {speed['flagged']} flagged")
    if "planted" not in results:
        return
    found = results["planted"]
    print(f"\n{'planted':<50} {'planted':>8} {'found':>8} {'recall':>8}")
    for name, row in found["recall"].items():
        print(f"{name:<50} {row['planted']:>8} {row['found']:>8} {row['share']:>8.1%}")
    print(
        f"clean: {found['clean_flagged']} of {found['clean']:,} flagged; precision {found['precision']:.1%}"
    )
    print(f"\n{'items of':<26} {'others':>8} {'flagged':>8} {'share':>8}   {'own':>6} {'flagged':>8}")
    for name, row in results["false_alarms"].items():
        print(
            f"{name:<26} {row['others']:>8} {row['others_flagged']:>8} {row['others_share']:>8.3%}   "
            f"{row['own']:>6} {row['own_flagged']:>8}"
        )


if __name__ == "__main__":
    sys.exit(main())
