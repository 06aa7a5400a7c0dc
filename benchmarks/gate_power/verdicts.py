"""One drop through all steps, against a pool that stays as it is.

A world's dataset is built once: its pool is the first version, and one clean drop warms the caches of
the parent. Its policy is `promotion = "manual"`, so no drop changes the parent. Each drop is then judged
on a copy of that dataset; what the gate would have said is `judge` on the stored measurements.
"""

import fcntl
import json
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
            workspace = _workspace(made)
            workspace.root.mkdir(parents=True)
            lines = f"workers = {bench.cores}\n{bench.settings}\n"
            lines += '[policy]\npromotion = "manual"\nmax_source_loss = 1.0\n'
            workspace.home.settings_path.write_text(lines)
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


def _workspace(home: Path) -> Any:
    from upath import UPath

    from entropy_assets.candidate.workspace import Workspace

    return Workspace(UPath(home), "bench")


def _run(home: Path, name: str, rows: list[dict[str, str]]) -> dict[str, Any]:
    """Deliver rows as a drop, run it to its decision, and return what it said and how long it took."""
    from entropy_assets.candidate.manifests import LawReport
    from entropy_assets.candidate.pipeline import curate

    workspace = _workspace(home)
    write(rows, Path(str(workspace.home.inbox)) / name)
    began = time.perf_counter()
    entry = curate(workspace, name)
    seconds = time.perf_counter() - began
    found: dict[str, Any] = {"seconds": round(seconds, 1), "left": _left(workspace, name, rows)}
    report = workspace.find(LawReport, name)
    if report is None:  # it was stopped before the gate
        codes = sorted({reason["code"] for reason in (entry.reasons if entry else ())})
        return found | {"stopped": ", ".join(codes), "outcome": "hold", "codes": codes, "report": None}
    stored = report.model_dump(mode="json")
    kept = {part: stored[part] for part in ("measurements", "off", "screened")}
    return found | {"stopped": ""} | judged(kept, {}, first=name == POOL) | {"report": kept}


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


def _left(workspace: Any, name: str, rows: list[dict[str, str]]) -> int:
    """Return how many planted rows are among the records that came to the gate.

    One that says what an undamaged row says does no harm: it may be the one of several that dedup kept.
    """
    from entropy_assets import records
    from entropy_assets.candidate.manifests import ScreenedRecords
    from entropy_assets.shards import read_shards

    screened = workspace.find(ScreenedRecords, name)
    if screened is None:
        return 0
    said = {row["id"]: (row["instruction"], row["output"]) for row in rows}
    clean = {content for row_id, content in said.items() if not row_id.endswith("~")}
    kept = [
        row_id
        for part in screened.parts
        for row_id in read_shards(workspace.root, part.shards, records.SCHEMA, ["row_id"])["row_id"]
    ]
    return sum((row_id or "").endswith("~") and said[row_id] not in clean for row_id in kept)
