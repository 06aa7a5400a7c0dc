"""One drop through the whole graph, against a pool that stays as it is.

A world's dataset is built once: its pool is the first version, and one clean drop warms the caches of
the parent. Its policy is `promotion = "manual"`, so no drop changes the parent. Each drop is then judged
on a copy of that dataset; what the gate would have said is `judge` on the stored measurements.
"""

import fcntl
import json
import logging
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.gate_power.worlds import Drop, World, cut, rows_of, write
from entropy_assets.errors import CurationError

POOL, WARM_UP = "pool", "warm-up"
REMOVED_SHARE = 0.9
"""From this share of the planted rows on, a drop counts as mended by a stage before the gate."""


@dataclass(frozen=True)
class Bench:
    """Where the benchmark reads and writes.

    Parameters
    ----------
    shared
        Folder of the shared data.
    cache
        Folder for the worlds' datasets.
    settings
        TOML of the datasets, tables only, after the lines that the benchmark needs.
    cores
        Workers of one verdict.
    """

    shared: Path
    cache: Path
    settings: str = ""
    cores: int = 1

    def home(self, world: World) -> Path:
        """Return the folder of a world's dataset: another one for other settings."""
        if not self.settings and self.cores == 1:
            return self.cache / world.name
        return self.cache / f"{world.name}-{zlib.crc32(f'{self.cores}{self.settings}'.encode()):08x}"


def run_all(drops: list[Drop], out: Path, bench: Bench, workers: int, tell: Callable[[str], None]) -> None:
    """Judge every drop that `out` does not hold yet; one JSON line each is added to it at once."""
    done = {line["drop"] for line in read_verdicts(out)}
    todo = [drop for drop in drops if drop.name not in done]
    out.parent.mkdir(parents=True, exist_ok=True)
    tell(f"{len(drops) - len(todo)} verdicts are there, {len(todo)} to come")
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool, out.open("a") as lines:
        for future in as_completed([pool.submit(verdict, drop, bench) for drop in todo]):
            result = future.result()
            lines.write(json.dumps(result) + "\n")
            lines.flush()
            tell(
                f"{result['world']} {result['size']} {result['fault']} {result['share']:.0%}: "
                f"{result['outcome']} {', '.join(result['codes'])} ({result['seconds']:.0f} s)"
            )


def read_verdicts(out: Path) -> list[dict[str, Any]]:
    """Return the verdicts of a file; a line that was cut by a stop is left out."""
    if not out.is_file():
        return []
    whole = [line for line in out.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return [json.loads(line) for line in whole]


def verdict(drop: Drop, bench: Bench) -> dict[str, Any]:
    """Return what became of one drop: outcome, codes, measurements, planted rows left, seconds."""
    logging.disable(logging.CRITICAL)
    world = build_world(drop.world, bench)
    rows, planted = rows_of(drop, bench.shared)
    with tempfile.TemporaryDirectory(dir=bench.cache) as name:
        home = Path(name) / "home"
        shutil.copytree(world, home)
        found = _run(home, drop.name, rows)
    left = found.pop("left")
    removed = 1 - left / len(planted) if planted else 0.0
    return {
        "drop": drop.name,
        "world": drop.world.name,
        **{k: v for k, v in asdict(drop).items() if k != "world"},
        "split": drop.world.split,
        "rows": len(rows),
        "planted": len(planted),
        "removed_upstream": removed,
        **found,
    }


def build_world(world: World, bench: Bench) -> Path:
    """Return the home of a world's dataset, made where the cache does not hold it yet."""
    home = bench.home(world)
    bench.cache.mkdir(parents=True, exist_ok=True)
    with _locked(bench.cache / f"{home.name}.lock"):
        if home.is_dir():
            return home
        pool, warm_up, _ = cut(world, bench.shared)
        with tempfile.TemporaryDirectory(dir=bench.cache) as name:
            made = Path(name) / "home"
            made.mkdir()
            dataset = _dataset(made)
            dataset.root.mkdir(parents=True)
            lines = f"workers = {bench.cores}\n{bench.settings}\n"
            lines += '[policy]\npromotion = "manual"\nmax_source_loss = 1.0\n'
            dataset.home.settings_path.write_text(lines)
            first = _run(made, POOL, pool)
            if first["outcome"] != "promote":
                raise CurationError(f"the pool of {world.name} was not promoted: {first}")
            _run(made, WARM_UP, warm_up)
            made.rename(home)
    return home


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _dataset(home: Path) -> Any:
    from upath import UPath

    from entropy_assets.defs.resources import Dataset

    return Dataset(UPath(home), "bench")


def _run(home: Path, name: str, rows: list[dict[str, str]]) -> dict[str, Any]:
    """Deliver rows as a drop, run the graph, and return what it said and how long it took."""
    from entropy_assets.defs.running import open_instance, run_candidate
    from entropy_assets.storage import read_json

    os.environ["ENTROPY_HOME"] = str(home)
    dataset = _dataset(home)
    write(rows, Path(str(dataset.home.inbox)) / name)
    began = time.perf_counter()
    stopped = ""
    with open_instance(dataset.home.home) as instance:
        try:
            run_candidate(dataset, name, instance, log_level="CRITICAL")
        except CurationError as error:
            stopped = str(error)
    seconds = time.perf_counter() - began
    screened = dataset.manifest_path("screened_records", name)
    found = {"seconds": round(seconds, 1), "left": _left(dataset, screened, rows), "stopped": stopped}
    if stopped:
        check = stopped.split("was stopped by ")[-1].split(":")[0]
        return found | {"outcome": "hold", "codes": [check], "report": None}
    report = read_json(dataset.manifest_path("entropy_law_report", name))
    kept = {k: report[k] for k in ("measurements", "off", "screened")}
    is_first = name == POOL
    return found | judged(kept, {}, first=is_first) | {"report": kept}


def judged(report: dict[str, Any], policy: dict[str, Any], *, first: bool = False) -> dict[str, Any]:
    """Return outcome, codes and reasons of a stored report under the default policy with some changes."""
    from entropy_assets.curation.entropy_law import RULES, Measurement, judge, screening_reasons
    from entropy_assets.settings import PolicySettings

    limits = PolicySettings(**policy)
    measurements = [
        Measurement(**{k: float("nan") if v is None else v for k, v in m.items()})
        for m in report["measurements"]
    ]
    screened = screening_reasons(report["screened"], limits)
    known = {m.code for m in measurements}
    off = {code: "the rule is younger than the report" for code in RULES if code not in known}
    outcome = judge(measurements, off | report["off"], limits, first=first, screened=screened)
    scopes = sorted({f"{r.rule or r.code} ({r.scope})" for r in outcome.reasons})
    return {"outcome": outcome.outcome, "codes": list(outcome.codes), "reasons": scopes}


def _left(dataset: Any, screened: Any, rows: list[dict[str, str]]) -> int:
    """Return how many planted rows are among the records that came to the gate.

    One that says what an undamaged row says does no harm: it may be the one of several that dedup kept.
    """
    from entropy_assets import records
    from entropy_assets.shards import Shards, read_shards
    from entropy_assets.storage import read_json

    if not screened.exists():
        return 0
    kept = read_shards(dataset.root, Shards.from_json(read_json(screened)["shards"]), records.SCHEMA)
    said = {row["id"]: (row["instruction"], row["output"]) for row in rows}
    clean = {content for row_id, content in said.items() if not row_id.endswith("~")}
    left = kept["row_id"].fill_null("")
    return sum(row_id.endswith("~") and said[row_id] not in clean for row_id in left)
