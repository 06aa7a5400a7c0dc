"""Measure the stored index of dedup and the memory of dedup: `python -m benchmarks.dedup_index`.

Two questions. A new drop of 10,000 rows against an index of 1,000,000: seconds and peak memory, with
verification on the texts. And the peak memory of `entropy-assets dedup` on 1,000,000 rows. The pool is a
recombination of real texts (`benchmarks.zip.pools`); the new drop holds 5,000 other rows of the kind, 4,000
near-copies of the pool's (3 % of the words replaced) and 1,000 exact copies.

One JSON file is written, the table of bars comes on stdout; exit code 1 where a bar is missed.
"""

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
from upath import UPath

from benchmarks.zip.machine import machine_kind, versions
from benchmarks.zip.pools import PoolSpec, ensure_pool
from benchmarks.zip.process import COMMAND_LINE, ROOT, Usage, run_command
from entropy_assets.curation.dedup import deduplicate, scheme, sketch
from entropy_assets.curation.dedup.index import Index, signed_places, with_places
from entropy_assets.curation.dedup.tables import write_signatures
from entropy_assets.curation.ingest import iter_file
from entropy_assets.records import SCHEMA, content_id, rendered
from entropy_assets.settings import DedupSettings
from entropy_assets.shards import Segment, Shards, write_shard
from entropy_assets.storage import digest_value

N_POOL, N_DROP = 1_000_000, 10_000
NEAR_SHARE, EXACT_SHARE, REPLACED_SHARE = 0.4, 0.1, 0.03
LOOKUP_SECONDS, PEAK_GIB = 5.0, 2.0
MIN_WORDS = 30  # of a text that is copied: of a shorter one a single word is more than 3 %
SHARD_ROWS = 50_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Make what is missing, measure, write the JSON, print the table, and return the exit code."""
    options = _parser().parse_args(arguments)
    if options.prepare:  # in a process of its own: a large parent would be taken for a large child
        pool_path, other_path, folder_path, n_rows = options.prepare
        _prepare(Path(pool_path), Path(other_path), Path(folder_path), int(n_rows), options.workers)
        return 0
    if options.child:
        print(json.dumps(_lookup(Path(options.child), options.workers)))
        return 0
    n_pool, n_drop = (20_000, 1_000) if options.smoke else (N_POOL, N_DROP)
    pool = ensure_pool(PoolSpec(n_pool), options.shared, options.cache)
    folder = options.cache / f"index-{n_pool}-{digest_value(scheme(DedupSettings()))[:10]}"
    if not (folder / "job.json").is_file():
        other = ensure_pool(PoolSpec(n_drop, seed=1), options.shared, options.cache)
        prepare = ["--prepare", str(pool.path), str(other.path), str(folder), str(n_drop)]
        _run([sys.executable, "-m", "benchmarks.dedup_index", *prepare, "--workers", str(options.workers)])
    lookups = [_measured_lookup(folder, options.workers) for _ in range(options.repeats)]
    figures: dict[str, Any] = {"pool": pool.figures, "lookup": min(lookups, key=lambda one: one["seconds"])}
    figures["lookup_seconds"] = [one["seconds"] for one in lookups]
    figures["memory"] = _measured_command(pool.path, options.workers)
    checks = _checks(figures)
    head = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine_kind(),
        "versions": versions(),
        "settings": asdict(DedupSettings()),
        "arguments": {"workers": options.workers, "repeats": options.repeats, "smoke": options.smoke},
    }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    result = {"run": head, "checks": checks, "figures": figures}
    options.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print("| what | bar | measured | holds |\n| --- | --- | --- | --- |")
    for check in checks:
        holds = "yes" if check["holds"] else "no"
        print(f"| {check['what']} | {check['bar']} | {check['measured']:.4g} | {holds} |")
    return int(not all(check["holds"] for check in checks)) if not options.smoke else 0


def _prepare(pool: Path, other: Path, folder: Path, n_drop: int, workers: int) -> None:
    """Write the pool as one index segment, and beside it the new drop."""
    root, params = UPath(folder), DedupSettings()
    shards, tables = [], []
    sample: list[pl.DataFrame] = []
    rng = random.Random(1)
    for batch in iter_file(pool, "pool", SHARD_ROWS):
        shards.append(write_shard(root, root / "records", batch.records))
        signed = signed_places(batch.records, params, workers)
        tables += write_signatures(root, root / "signatures", [signed], scheme(params)).shards
        sample.append(batch.records.sample(batch.records.height // 10, seed=rng.randrange(2**31)))
    segment = Segment(Shards(tuple(shards)), Shards(tuple(tables)), ("pool",))
    fresh = pl.concat([batch.records for batch in iter_file(other, "new")])
    pl.concat(_new_drop(pl.concat(sample), fresh, n_drop)).write_parquet(folder / "drop.parquet")
    (folder / "job.json").write_text(json.dumps(segment.to_json()))


def _new_drop(pool: pl.DataFrame, other: pl.DataFrame, n_drop: int) -> Iterator[pl.DataFrame]:
    """Yield the parts of the new drop: near-copies and exact copies from `pool`, the rest from `other`."""
    n_near, n_exact = int(n_drop * NEAR_SHARE), int(n_drop * EXACT_SHARE)
    rng = random.Random(2)
    long = pl.col("text").str.split(" ").list.len() >= MIN_WORDS
    chosen = pool.filter(long).sample(n_near + n_exact, seed=3)
    texts = rendered(chosen)
    words = sorted({word for text in texts for word in text.split()})
    near = [_changed(text, words, rng) for text in texts[:n_near]]
    fresh = rendered(other.head(n_drop - n_near - n_exact))
    for name, own in (("near", near), ("exact", texts[n_near:]), ("fresh", fresh)):
        rows = [{"kind": "text", "text": text} for text in own]
        made = [
            {**row, "id": content_id(row), "row_id": f"{name}-{line}", "source": name, "drop": "new"}
            for line, row in enumerate(rows)
        ]
        places = [{**row, "file": f"{name}.jsonl", "line": line} for line, row in enumerate(made, start=1)]
        yield pl.DataFrame(places, schema=SCHEMA)


def _changed(text: str, words: Sequence[str], rng: random.Random) -> str:
    own = text.split(" ")
    for place in rng.sample(range(len(own)), max(1, round(len(own) * REPLACED_SHARE))):
        own[place] = rng.choice(words)
    return " ".join(own)


def _lookup(folder: Path, workers: int) -> dict[str, Any]:
    """Deduplicate the new drop against the index, in this process; return the times of its parts."""
    params = DedupSettings()
    segment = Segment.from_json(json.loads((folder / "job.json").read_text()))
    began, cpu = time.perf_counter(), time.process_time()
    drop = pl.read_parquet(folder / "drop.parquet")
    index = Index(UPath(folder), (segment,), scheme(params), workers)
    sketched = sketch(drop, params, workers)
    with index.known(with_places(drop, sketched.frame(drop["id"], params))) as known:
        searched = time.perf_counter()
        result = deduplicate(drop, known, params, workers, sketched)
    ended, cpu_seconds = time.perf_counter(), time.process_time() - cpu
    removed = (
        result.pairs.group_by(pl.col("file").str.strip_suffix(".jsonl"), "rule").len().sort("file", "rule")
    )
    return {
        "seconds": ended - began,
        "cpu_seconds": cpu_seconds,
        "search_seconds": searched - began,
        "verify_seconds": ended - searched,
        "rows": drop.height,
        "index_rows": segment.records.rows,
        "index_bytes": sum(shard.bytes for shard in segment.signatures.shards),
        "found_rows": known.signatures.height,
        "removed": [list(row) for row in removed.iter_rows()],
        "near_found_share": result.pairs.filter(pl.col("file") == "near.jsonl").height
        / drop.filter(pl.col("file") == "near.jsonl").height,
    }


def _run(command: Sequence[str]) -> Usage:
    usage = run_command(command)
    if usage.return_code:
        raise SystemExit(f"{' '.join(command)} stopped with exit code {usage.return_code}: {usage.output}")
    return usage


def _measured_lookup(folder: Path, workers: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.dedup_index", "--child", str(folder)]
    usage = _run([*command, "--workers", str(workers)])
    measured: dict[str, Any] = json.loads(usage.output.strip().splitlines()[-1])
    return measured | {"process_seconds": usage.seconds, "peak_bytes": usage.peak_bytes}


def _measured_command(pool: Path, workers: int) -> dict[str, Any]:
    """Return what `entropy-assets dedup` costs on a pool."""
    with tempfile.TemporaryDirectory() as folder:
        out, pairs = Path(folder) / "kept.parquet", Path(folder) / "pairs.parquet"
        command = [*COMMAND_LINE, "dedup", str(pool), "--out", str(out), "--pairs", str(pairs)]
        usage = _run([*command, "--workers", str(workers)])
        kept = pl.scan_parquet(out).select(pl.len()).collect().item()
    return {
        "seconds": usage.seconds,
        "cpu_seconds": usage.cpu_seconds,
        "peak_bytes": usage.peak_bytes,
        "kept": kept,
        "output": usage.output,
    }


def _checks(figures: dict[str, Any]) -> list[dict[str, Any]]:
    lookup, memory = figures["lookup"], figures["memory"]
    rows = f"{lookup['rows']:,} rows against an index of {lookup['index_rows']:,}"
    n_pool = f"{int(figures['pool']['records']):,}"
    bars = [
        (f"{rows}, seconds", "under", LOOKUP_SECONDS, lookup["seconds"]),
        (f"{rows}, peak memory in GiB", "under", PEAK_GIB, lookup["peak_bytes"] / 2**30),
        (f"`dedup` of {n_pool} rows, peak memory in GiB", "under", PEAK_GIB, memory["peak_bytes"] / 2**30),
    ]
    return [
        {
            "what": what,
            "bar": f"{word} {bar:g}",
            "measured": measured,
            "holds": measured < bar,
        }
        for what, word, bar, measured in bars
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dedup_index",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out = ROOT / "var/bench/dedup_index.json"
    parser.add_argument("--out", type=Path, default=out, help="JSON file to write")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="with data/")
    parser.add_argument("--cache", type=Path, default=ROOT / "var/bench", help="folder for what is made")
    parser.add_argument("--workers", type=int, default=2, help="threads (2)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of the lookup (3)")
    parser.add_argument("--smoke", action="store_true", help="a size of seconds")
    parser.add_argument("--prepare", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    return parser


if __name__ == "__main__":
    sys.exit(main())
