"""Measure ingest against its bar and write one JSON file: `python -m benchmarks.ingest`.

Three files are made by seed from the pool of `benchmarks.zip.pools`, with bad rows of every reason that a
line can have mixed in: `text` holds the pool's rows as they are, `layouts` the same texts as Alpaca,
ShareGPT, messages and preference rows among them, `parts` those with calls, tools, reasoning, weights,
context or an image in every fifth row. Each is read by `iter_file` in a fresh process; the start
of its workers counts. `polars.read_ndjson`, which names no reason and stops at a bad row, reads the good
rows of the same file. Records and reasons must be those that were written, and the batches the same bytes
for 1, 2 and 4 workers. The command is timed as a whole, from start to exit. With `--against` another checkout
reads each file too, in turn with this one, which is the only bar of the speed of `parts`.
Exit code 1 where a bar is missed.
"""

import argparse
import json
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.zip.job import Check, Result, spread
from benchmarks.zip.machine import machine_kind, versions
from benchmarks.zip.pools import PoolSpec, ensure_pool
from benchmarks.zip.process import COMMAND_LINE, ROOT, Usage, run_command
from benchmarks.zip.report import markdown
from entropy_assets.curation.ingest import iter_file
from entropy_assets.shards import parquet_bytes
from entropy_assets.storage import digest_bytes, digest_value

VERSION = 3  # raise when the same arguments give other bytes
FLOOR_ROWS_A_SECOND = 50_000
FLOOR_OF_BEFORE = 0.85
FORMS = ("text", "layouts", "parts")
AGAINST = "the other checkout"
N_RECORDS, N_SMOKE_RECORDS = 300_000, 3_000
BAD_ROWS: dict[str, bytes] = {
    "invalid_utf8": b'{"text": "caf\xe9"}',
    "invalid_json": b'{"text": "a"',
    "not_an_object": b'["text", "a"]',
    "no_known_layout": b'{"title": "a", "body": "b"}',
    "ambiguous_layout": b'{"text": "a", "messages": [{"role": "user", "content": "b"}]}',
    "empty_text": b'{"text": " \\n"}',
    "not_a_string": b'{"text": 7}',
    "unknown_role": b'{"messages": [{"role": "narrator", "content": "a"}]}',
    "empty_turn": b'{"instruction": "a", "output": ""}',
    "lone_surrogate": b'{"text": "a \\ud83d"}',
    "duplicate_key": b'{"text": "a", "text": "b"}',
    "equal_answers": b'{"prompt": "a", "chosen": "b", "rejected": "b"}',
}
"""Reason -> a line that has it."""


def write_rows(pool: Path, form: str, seed: int, out: Path) -> Counter[str]:
    """Write the rows of a pool in `form`, one row in 3,000 bad for each reason; return reason -> rows.

    Beside `out`, with ``good`` in its name, stand the same rows without the bad ones.
    """
    rng = random.Random(seed)
    lines = pool.read_bytes().splitlines()
    n_bad = -(-len(lines) // 3000)
    bad = [row for row in BAD_ROWS.values() for _ in range(n_bad)]
    rng.shuffle(bad)
    before = sorted(zip((rng.randrange(len(lines) + 1) for _ in bad), bad, strict=True), reverse=True)
    with out.open("wb") as file, good_rows(out).open("wb") as good:
        for number, line in enumerate(lines):
            while before and before[-1][0] <= number:
                file.write(before.pop()[1] + b"\n")
            row = line if form == "text" else _in_layout(json.loads(line), number, has_parts=form == "parts")
            file.write(row + b"\n")
            good.write(row + b"\n")
        file.writelines(row + b"\n" for _, row in reversed(before))
    return Counter(dict.fromkeys(BAD_ROWS, n_bad))


def good_rows(path: Path) -> Path:
    """Return the file with the good rows of a file that `write_rows` wrote."""
    return path.with_suffix(".good.jsonl")


def _in_layout(row: dict[str, str], number: int, *, has_parts: bool) -> bytes:
    """Return a text row in one of six layouts, with an id; where two texts are needed it is cut in two.

    With parts every fifth row has some.
    """
    text = row["text"]
    head, tail = text[: len(text) // 2].strip() or "a", text[len(text) // 2 :].strip() or "b"
    fields: dict[str, Any] = [
        {"text": text},
        {"instruction": head, "input": "", "output": tail},
        {"messages": [{"role": "user", "content": head}, {"role": "assistant", "content": tail}]},
        {"conversations": [{"from": "human", "value": head}, {"from": "gpt", "value": tail}]},
        {"prompt": head, "completion": tail, "score": number / 7},
        {"prompt": head, "chosen": f"yes: {tail}", "rejected": f"no: {tail}"},
    ][number % 6]
    if has_parts and number % 5 == 0:
        fields = _with_parts(head, tail, number // 5)
    return json.dumps({"id": number, **fields, "source": row["source"]}, ensure_ascii=False).encode()


def _with_parts(head: str, tail: str, number: int) -> dict[str, Any]:
    """Return a row of two texts with one of five kinds of parts."""
    call = {"name": "look_up", "arguments": json.dumps({"word": head[:8]})}
    calls = [{"id": f"c{number}", "type": "function", "function": call}]
    asked, said = {"role": "user", "content": head}, {"role": "assistant", "content": tail}
    called = {"role": "assistant", "content": None, "tool_calls": calls}
    result = {"role": "tool", "tool_call_id": f"c{number}", "content": "rain"}
    word = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
    tools = [{"type": "function", "function": {"name": "look_up", "parameters": word}}]
    turns = [{"from": "human", "value": head, "weight": 0}, {"from": "gpt", "value": tail, "weight": 1}]
    rows: list[dict[str, Any]] = [
        {"messages": [asked, called, result, said], "tools": tools},
        {"messages": [asked, {**said, "reasoning_content": head}]},
        {"conversations": turns},
        {"messages": [asked, said], "images": [f"images/{number}.png"]},
        {"instruction": "Say it in short.", "context": head, "response": tail},
    ]
    return rows[number % len(rows)]


def read(path: str, workers: int, with_digest: bool) -> dict[str, Any]:
    """Return what ingest makes of a file, in how many seconds, and the digest of its batches if asked for."""
    began = time.perf_counter()
    records, blank, digests = 0, 0, []
    reasons: Counter[str] = Counter()
    for batch in iter_file(Path(path), "bench", workers=workers):
        records += batch.records.height
        blank += batch.blank_lines
        reasons.update(batch.quarantined["reason"])
        if with_digest:
            digests += [digest_bytes(parquet_bytes(frame)) for frame in (batch.records, batch.quarantined)]
    return {
        "seconds": time.perf_counter() - began,
        "records": records,
        "blank_lines": blank,
        "reasons": dict(sorted(reasons.items())),
        "digest": digest_value(digests) if with_digest else None,
    }


def in_a_process(path: Path, workers: int, *, with_digest: bool = False) -> tuple[dict[str, Any], Usage]:
    """Return what `read` returns, and what its process cost."""
    call = f"print(json.dumps(read({str(path)!r}, {workers}, {with_digest})))"
    code = f"import json; from benchmarks.ingest import read; {call}"
    return _ran([sys.executable, "-c", code])


def by_checkout(checkout: Path, path: Path, workers: int) -> tuple[dict[str, Any], Usage]:
    """Return the seconds and the records of a file that the ingest of another checkout reads."""
    lines = (
        "import json, sys, time",
        f"sys.path.insert(0, {str(checkout)!r})",
        "import entropy_assets",
        f"assert entropy_assets.__file__.startswith({str(checkout)!r}), entropy_assets.__file__",
        "from pathlib import Path",
        "from entropy_assets.curation.ingest import iter_file",
        "began = time.perf_counter()",
        f"batches = iter_file(Path({str(path)!r}), 'bench', workers={workers})",
        "records = sum(batch.records.height for batch in batches)",
        "print(json.dumps({'seconds': time.perf_counter() - began, 'records': records}))",
    )
    return _ran([sys.executable, "-c", "\n".join(lines)])


def beside(checkout: Path, path: Path, workers: int, repeats: int) -> tuple[float, dict[str, Any]]:
    """Return this checkout's rows a CPU second over another's, the median of pairs in turn, and the ratios.

    Seconds of the clock are kept beside it: on a machine that does other work they scatter too much to judge.
    """
    pairs = [
        [by_checkout(place, path, workers) for place in ((ROOT, checkout) if n % 2 else (checkout, ROOT))]
        for n in range(repeats)
    ]
    pairs = [pair if n % 2 else pair[::-1] for n, pair in enumerate(pairs)]
    ratios = sorted(before["seconds"] / today["seconds"] for (today, _), (before, _) in pairs)
    cpu = sorted(before.cpu_seconds / today.cpu_seconds for (_, today), (_, before) in pairs)
    return statistics.median(cpu), {
        "rows_a_second": spread(ratios),
        "rows_a_cpu_second": spread(cpu),
        "records_before": pairs[0][1][0]["records"],
    }


def by_polars(path: Path) -> tuple[dict[str, Any], Usage]:
    """Return the seconds and the rows of `polars.read_ndjson`, and what its process cost."""
    lines = (
        "import json, time, polars",
        "began = time.perf_counter()",
        f"records = polars.read_ndjson({str(path)!r}).height",
        "print(json.dumps({'seconds': time.perf_counter() - began, 'records': records}))",
    )
    return _ran([sys.executable, "-c", "\n".join(lines)])


def _ran(command: Sequence[str]) -> tuple[Any, Usage]:
    usage = run_command(command)
    if usage.return_code:
        raise RuntimeError(f"{command} ended with {usage.return_code}: {usage.output}")
    return json.loads(usage.output), usage


def measure(
    form: str, path: Path, expected: dict[str, Any], workers: int, repeats: int, against: Path | None = None
) -> Result:
    """Return the checks and figures of one file.

    Parameters
    ----------
    form
        `text`, `layouts` or `parts`.
    path
        File that `write_rows` wrote.
    expected
        Its `records` and `reasons`.
    workers
        Processes of the timed runs.
    repeats
        Timed runs.
    against
        Another checkout, to be timed beside this one.
    """
    n_rows = expected["records"] + sum(expected["reasons"].values())
    figures: dict[str, Any] = {"rows": n_rows, "bytes": path.stat().st_size, **expected}
    digests, wrong = set(), 0
    for n in (1, 2, 4):
        found, _ = in_a_process(path, n, with_digest=True)
        digests.add(found["digest"])
        wrong += any(found[key] != value for key, value in expected.items())
    figures["digests"] = sorted(digests)
    for n in sorted({1, workers}):
        figures[f"workers_{n}"] = _costs([in_a_process(path, n) for _ in range(repeats)], n_rows)
    polars_runs = [by_polars(good_rows(path)) for _ in range(repeats)]
    wrong += any(found["records"] != expected["records"] for found, _ in polars_runs)
    figures["read_ndjson"] = _costs(polars_runs, expected["records"])
    figures["command"], written = _command(path, workers, repeats, n_rows)
    timed, command = figures[f"workers_{workers}"], figures["command"]
    note = (
        f"{repeats} runs, {workers} workers, {timed['cpu_seconds']['median']:.1f} s of processor; one worker "
        f"{figures['workers_1']['rows_a_second']:,.0f}, the command from start to exit "
        f"{command['rows_a_second']:,.0f}, read_ndjson {figures['read_ndjson']['rows_a_second']:,.0f}"
    )
    speed = Check(f"{form}: rows/s", "at least", FLOOR_ROWS_A_SECOND, "", timed["rows_a_second"], note)
    speeds = [speed] if form != "parts" else []
    if against is not None:
        ratio, figures["beside"] = beside(against, path, workers, repeats)
        by_clock = f"{repeats} pairs in turn, by the clock {figures['beside']['rows_a_second']['median']:.2f}"
        what = f"{form}: rows/s of processor over those of {AGAINST}"
        speeds.append(Check(what, "at least", FLOOR_OF_BEFORE, "", ratio, by_clock))
    return Result(
        [
            *speeds,
            Check(
                f"{form}: runs with other records or reasons", "at most", 0, "", wrong, "1, 2 and 4 workers"
            ),
            Check(
                f"{form}: different outputs", "at most", 1, "", len(digests), "1, 2 and 4 workers, as Parquet"
            ),
            Check(
                f"{form}: records that the command lost", "at most", 0, "", abs(expected["records"] - written)
            ),
        ],
        figures,
    )


def _command(path: Path, workers: int, repeats: int, n_rows: int) -> tuple[dict[str, Any], int]:
    """Return what `entropy-assets ingest` costs from start to exit, and the records that it wrote."""
    out = path.with_suffix(".parquet")
    command = [*COMMAND_LINE, "ingest", str(path), "--out", str(out), "--workers", str(workers)]
    try:
        usages = [run_command(command) for _ in range(repeats)]
        written = pl.scan_parquet(out).select(pl.len()).collect().item()
    finally:
        out.unlink(missing_ok=True)
    return _costs([({"seconds": usage.seconds}, usage) for usage in usages], n_rows), written


def _costs(runs: Sequence[tuple[dict[str, Any], Usage]], n_rows: int) -> dict[str, Any]:
    seconds = spread([found["seconds"] for found, _ in runs])
    return {
        "seconds": seconds,
        "rows_a_second": n_rows / seconds["median"],
        "cpu_seconds": spread([usage.cpu_seconds for _, usage in runs]),
        "peak_bytes": max(usage.peak_bytes for _, usage in runs),
    }


def made_files(options: argparse.Namespace) -> Iterator[tuple[str, Path, dict[str, Any]]]:
    """Yield name, path and expected counts of each file, made anew."""
    n_records = N_SMOKE_RECORDS if options.smoke else N_RECORDS
    pool = ensure_pool(PoolSpec(n_records, is_small=options.smoke), options.shared, options.cache)
    for form in options.forms:
        path = options.cache / f"ingest-{form}-{n_records}-{options.seed}-v{VERSION}.jsonl"
        reasons = write_rows(pool.path, form, options.seed, path)
        expected = {"records": n_records, "blank_lines": 0, "reasons": dict(sorted(reasons.items()))}
        yield form, path, expected
        path.unlink()
        good_rows(path).unlink()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all files, write the JSON, print the table, and return the exit code."""
    options = _parser().parse_args(arguments)
    if not options.shared.is_dir():
        print(f"{options.shared} is not a folder: name the one with data/", file=sys.stderr)
        return 2
    options.cache = options.cache.resolve()
    options.against = options.against and options.against.resolve()
    began = time.perf_counter()
    run = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine_kind(),
        "versions": versions(),
        "arguments": {key: getattr(options, key) for key in ("workers", "repeats", "seed", "smoke")},
    }
    results = {}
    for form, path, expected in made_files(options):
        results[form] = measure(
            form, path, expected, options.workers, 1 if options.smoke else options.repeats, options.against
        )
        print(f"{form}: done after {time.perf_counter() - began:.0f} s", file=sys.stderr)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    rows = {form: result.to_json() for form, result in results.items()}
    options.out.write_text(json.dumps({"run": run, "rows": rows}, indent=1) + "\n", encoding="utf-8")
    print(markdown(results, is_smoke=options.smoke))
    return exit_code(results, is_smoke=options.smoke)


def exit_code(results: dict[str, Result], *, is_smoke: bool) -> int:
    """Return 1 where a bar is missed; speed is no bar in a smoke run."""
    checks = [check for result in results.values() for check in result.checks]
    return int(any(check.holds == "no" and not (is_smoke and "rows/s" in check.what) for check in checks))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.ingest",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    out = ROOT / "benchmarks/results/ingest.json"
    parser.add_argument("--out", type=Path, default=out, help="JSON file to write")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder with data/")
    parser.add_argument("--cache", type=Path, default=ROOT / "var/bench", help="folder for made files")
    parser.add_argument("--workers", type=int, default=2, help="processes of the timed runs (2)")
    parser.add_argument("--repeats", type=int, default=5, help="timed runs (5)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the places of bad rows (0)")
    parser.add_argument(
        "--against", type=Path, help="checkout of another release, timed in turn with this one"
    )
    parser.add_argument("--forms", nargs="+", choices=FORMS, default=FORMS, help="files to read (all)")
    parser.add_argument("--smoke", action="store_true", help="3,000 rows: the figures mean nothing")
    return parser


if __name__ == "__main__":
    sys.exit(main())
