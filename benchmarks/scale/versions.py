"""What versions by small drops take on disk where `zip` picks: selection and publication alone.

    python -m benchmarks.scale.versions [--rows 100000] [--drops 20] [--drop-rows 1000] [--out FILE]

A first version is picked from so many rows by `zip`, half of their bytes; each further one goes on from the
one before it beside a small drop, as in the graph, and is published into one dataset. Nothing is removed or
held out before. Counted are all files of `versions/`, a file with several names once, and those of the last
version. At the end all is picked from nothing too, and both selections are compared by the xz ratio of
samples.
"""

import argparse
import json
import os
import resource
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from upath import UPath

from benchmarks.scale.growth import disk_bytes, lines_of
from benchmarks.zip.half import xz_of_sample
from benchmarks.zip.machine import machine_kind, versions
from benchmarks.zip.pools import Pool, PoolSpec, ensure_pool
from benchmarks.zip.process import ROOT
from entropy_assets import records
from entropy_assets.curation.publication import Promotion, Rows, VersionContent, publish
from entropy_assets.curation.publication.proof import verify_dataset
from entropy_assets.curation.selection import (
    Budget,
    Constraints,
    Earlier,
    Head,
    Selection,
    head_of,
    priced_alone,
    select,
)
from entropy_assets.ledger import Ledger, drop_candidate
from entropy_assets.shards import Segment
from entropy_assets.storage import DatasetHome

MAX_DISK = 2
N_SAMPLES = 16
"""Samples of picks, of 500 kB each, whose xz ratio is measured."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark, print a line a version, and return 0 where the bar holds."""
    options = _options(arguments)
    n_rows = options.rows + options.drops * options.drop_rows
    pool = ensure_pool(PoolSpec(max(n_rows, options.pool_rows)), options.shared, options.cache)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        steps, quality = measure(pool, options.rows, options.drops, options.drop_rows, Path(name))
    times = round(steps[-1]["versions_bytes"] / steps[-1]["last_version_bytes"], 3)
    found: dict[str, Any] = {
        "machine": machine_kind(),
        "versions": versions(),
        "load": os.getloadavg(),
        "rows": options.rows,
        "drop_rows": options.drop_rows,
        "steps": steps,
        "quality": quality,
        "times": times,
        "bar": MAX_DISK,
    }
    print(f"{len(steps)} versions take {times} times the last one (bar: at most {MAX_DISK})")
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n")
    return int(times > MAX_DISK)


def measure(
    pool: Pool, n_first: int, n_drops: int, drop_rows: int, folder: Path
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return what each version holds and shares and what all take up to it, and how good the last one is."""
    home, ranked = DatasetHome(UPath(folder), "bench"), set[str]()
    head: Head | None = None
    earlier: Earlier | None = None
    steps: list[dict[str, Any]] = []
    frames = [_frame(pool, 0, n_first, "first")]
    for number in range(n_drops + 1):
        if number:
            start = n_first + (number - 1) * drop_rows
            frames.append(_frame(pool, start, start + drop_rows, f"drop-{number:02d}"))
        own = pl.concat(frames).unique("id", keep="first", maintain_order=True).sort("id")
        began = _cpu_seconds()
        made, head = _picked(own, earlier)
        earlier = Earlier.of(own["id"].to_list(), made, head)
        _publish(home, own, made)
        version = Path(str(home.version(Ledger(home.root / "ledger").state().version or "")))
        picked = {*own["id"].gather(made.ranking.tolist())}
        steps.append(
            {
                "records": len(picked),
                "left": len(ranked - picked),
                "entered": len(picked - ranked),
                "files": len(list(version.rglob("*.parquet"))),
                "last_version_bytes": disk_bytes(version),
                "versions_bytes": disk_bytes(version.parent),
                "cpu_seconds": round(_cpu_seconds() - began, 2),
            }
        )
        ranked = picked
        print(steps[-1], flush=True)
    if faults := verify_dataset(home).faults:
        raise RuntimeError(f"the dataset does not verify: {faults}")
    return steps, _beside_nothing(own, made, frames[-1]["drop"][0])


def _beside_nothing(own: pl.DataFrame, made: Selection, last: str) -> dict[str, Any]:
    """Return the xz ratio of a selection and of one from nothing, and what they have in common."""
    texts = [text.encode() for text in own["text"]]
    anew, _ = _picked(own, None)
    found: dict[str, Any] = {"in_common": len(np.intersect1d(made.ranking, anew.ranking))}
    for name, selection in (("going_on", made), ("from_nothing", anew)):
        ratios = [xz_of_sample(texts, selection.ranking, seed) for seed in range(N_SAMPLES)]
        found[name] = {
            "picks": len(selection.ranking),
            "xz_ratio": float(np.mean(ratios)),
            "standard_error": float(np.std(ratios, ddof=1) / N_SAMPLES**0.5),
            "of_last_drop": int((own["drop"][selection.ranking.tolist()] == last).sum()),
        }
    print(found, flush=True)
    return found


def _frame(pool: Pool, start: int, stop: int, drop: str) -> pl.DataFrame:
    """Return rows of a pool as records."""
    values = []
    for line in lines_of(pool, start, stop):
        record = {"kind": "text", "text": json.loads(line)["text"]}
        values.append({**record, "id": records.content_id(record), "source": "bench", "drop": drop})
    return pl.DataFrame(values, schema=records.SCHEMA)


def _picked(own: pl.DataFrame, earlier: Earlier | None) -> tuple[Selection, Head | None]:
    """Return the picks of half of the bytes, and what they went on from."""
    texts = [text.encode() for text in own["text"]]
    sizes = np.array([len(text) for text in texts])
    budget = Budget(int(sizes.sum()) // 2, "bytes")
    head = None if earlier is None else head_of(earlier, own["id"].to_list(), sizes, budget.amount)
    if head is None:
        return select(texts, budget, "zip"), None
    kept = Constraints(keep=head.keep.tolist(), never=head.refused.tolist())
    prices = head.prices(priced_alone([texts[place] for place in head.new]))
    made = select(texts, budget, "zip", constraints=kept, prices=prices)
    return replace(made, refused=np.union1d(made.refused, head.refused)), head


def _publish(home: DatasetHome, own: pl.DataFrame, made: Selection) -> None:
    ledger = Ledger(home.root / "ledger")
    parent = ledger.state()
    ranked = own[made.ranking.tolist()].with_row_index("rank").cast({"rank": pl.Int64})
    content = VersionContent(
        train=Rows.of(ranked),
        validation=Rows.of(own.clear()),
        figures={},
        segment=Segment(),
        provenance={},
        is_by_rank=True,
    )
    key = f"drop-{len(parent.drops):02d}" if parent.drops else "first"
    publish(home, ledger, Promotion(drop_candidate(key), parent, (*parent.drops, key), content))


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000, help="of the first drop")
    parser.add_argument("--drops", type=int, default=20, help="small drops after it")
    parser.add_argument("--drop-rows", type=int, default=1_000, help="rows of a small drop")
    parser.add_argument("--pool-rows", type=int, default=0, help="rows of the pool to cut from, at least")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder with data/")
    parser.add_argument("--cache", type=Path, default=ROOT / "var" / "bench", help="folder for made rows")
    parser.add_argument("--folder", type=Path, help="where the dataset is made, by default a temporary one")
    parser.add_argument("--out", type=Path, help="write the results to this JSON file")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
