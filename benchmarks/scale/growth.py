"""Runs the graph on datasets of several sizes: a first drop, then small ones, each in a fresh process."""

import json
import os
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.scale.child import DATASET
from benchmarks.scale.clusters import cluster_of
from benchmarks.scale.tree import TreeUsage, run_tree
from benchmarks.zip.pools import Pool

SETTINGS = '[policy]\nask = "promote"\n'
"""Defaults but one: recombined texts look doubtful, and what a person would be asked about goes in."""

MOVED = ("read_bytes", "written_bytes", "compressed_bytes")
"""What a stage moves, beside its CPU seconds and its peak."""

FIRST = "first"
REST = "rest"


@dataclass(frozen=True)
class Plan:
    """What is run.

    Parameters
    ----------
    rows
        Sizes of first drops, ascending.
    n_drops
        Small drops after each of them.
    drop_rows
        Rows of a small drop.
    settings
        Text of `entropy.toml`.
    """

    rows: tuple[int, ...]
    n_drops: int = 1
    drop_rows: int = 1_000
    settings: str = SETTINGS

    @property
    def n_records(self) -> int:
        """Rows that the runs need in all: small drops have none of the first one's."""
        return self.rows[-1] + self.n_drops * self.drop_rows


def lines_of(pool: Pool, start: int, stop: int) -> Iterator[str]:
    """Yield lines of a pool by place."""
    with pool.path.open(encoding="utf-8") as lines:
        yield from islice(lines, start, stop)


def deliver(home: Path, drop: str, lines: Iterator[str]) -> None:
    """Write a drop of JSON lines into the inbox."""
    folder = home / DATASET / "inbox" / drop
    folder.mkdir(parents=True)
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(lines)
    (folder / "_SUCCESS").touch()


def curated(home: Path, drop: str, *options: str, kill_after: float | None = None) -> dict[str, Any]:
    """Return what deciding about a drop cost, stage by stage, and what it came to.

    Raises
    ------
    RuntimeError
        The run failed.
    """
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, "-m", "benchmarks.scale.child", str(home), drop, str(result), *options]
        usage = run_tree(command, kill_after)
        if usage.return_code or not result.is_file():
            raise RuntimeError(f"{drop} in {home} stopped with {usage.return_code}: {usage.output[-2000:]}")
        found: dict[str, Any] = json.loads(result.read_text())
    return {
        "decision": found["decision"],
        "codes": found["codes"],
        "state": found["state"],
        "cpu_seconds": round(usage.cpu_seconds, 2),
        "seconds": round(usage.seconds, 2),
        "peak_bytes": usage.peak_bytes,
        "killed": usage.n_killed,
        "load_before": round(load, 2),
        "load_after": round(os.getloadavg()[0], 2),
        "stages": _stages(found["stages"], usage),
        "digests": {stage["stage"]: stage["digests"] for stage in found["stages"]},
    }


def _stages(stages: Sequence[dict[str, Any]], usage: TreeUsage) -> dict[str, dict[str, Any]]:
    """Return stage -> CPU seconds and peak, the rest as a stage of its own."""
    found = {
        one["stage"]: {
            "cpu_seconds": round(one["cpu_seconds"], 3),
            "peak_bytes": usage.peak_between(one["began"], one["ended"]),
            **{kind: one[kind] for kind in MOVED},
        }
        for one in stages
    }
    rest = usage.cpu_seconds - sum(one["cpu_seconds"] for one in stages)
    return found | {REST: {"cpu_seconds": round(rest, 3), "peak_bytes": 0}}


def disk_bytes(folder: Path) -> int:
    """Return the sizes of all files below a folder, a file with several names counted once."""
    sizes = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            told = path.stat()
            sizes[told.st_dev, told.st_ino] = told.st_size
    return sum(sizes.values())


def measure(plan: Plan, pool: Pool, folder: Path) -> list[dict[str, Any]]:
    """Return for each size what the first drop cost, what each small one did, and what is on disk after.

    Parameters
    ----------
    plan
        What is run.
    pool
        At least `Plan.n_records` rows; small drops are cut from behind the largest first drop.
    folder
        Where the datasets are made, one after the other.

    Raises
    ------
    RuntimeError
        A first drop is not promoted, so that small ones would meet no pool.
    """
    sizes = []
    for n_rows in plan.rows:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            home = Path(name)
            deliver(home, FIRST, lines_of(pool, 0, n_rows))
            (home / DATASET / "entropy.toml").write_text(plan.settings, encoding="utf-8")
            runs = {FIRST: _told(n_rows, FIRST, curated(home, FIRST))}
            if runs[FIRST]["decision"] != "promote":
                raise RuntimeError(f"{n_rows} rows were not promoted: {runs[FIRST]['codes']}")
            for number in range(plan.n_drops):
                drop, start = f"drop-{number:02d}", plan.rows[-1] + number * plan.drop_rows
                deliver(home, drop, lines_of(pool, start, start + plan.drop_rows))
                runs[drop] = _told(n_rows, drop, curated(home, drop))
            sizes.append({"rows": n_rows, "runs": runs, "disk": _disk(home / DATASET)})
    return sizes


def _told(n_rows: int, drop: str, run: dict[str, Any]) -> dict[str, Any]:
    print(f"{n_rows} {drop}: {run['decision']}, {run['cpu_seconds']} CPU s", file=sys.stderr)
    return run


def _disk(dataset: Path) -> dict[str, int]:
    versions = sorted(path for path in (dataset / "versions").glob("v*") if path.is_dir())
    return {
        "versions": len(versions),
        "last_version_bytes": disk_bytes(versions[-1]) if versions else 0,
        "versions_bytes": disk_bytes(dataset / "versions"),
        "drops_bytes": disk_bytes(dataset / "inbox"),
        "all_bytes": disk_bytes(dataset),
    }


def digests(
    n_rows: int, workers: Sequence[int], kills: int, pool: Pool, folder: Path, raylets: Sequence[int] = ()
) -> dict[str, Any]:
    """Return the digests of every stage with these numbers of processes, and with a worker killed on the way.

    With numbers of raylets also those of one process alone and of Ray clusters, whose CPU seconds are the
    driver's alone. Workers start however little
    there is to do, and the drop lies in several shards.
    """
    found: dict[str, Any] = {"rows": n_rows, "workers": {}, "engines": {}, "kills": []}

    def run(settings: str, kill_after: float | None = None) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(dir=folder) as name:
            home = Path(name)
            deliver(home, FIRST, lines_of(pool, 0, n_rows))
            text = f"{settings}{SETTINGS}[ingest]\nshard_rows = {max(1, n_rows // 6)}\n"
            (home / DATASET / "entropy.toml").write_text(text, encoding="utf-8")
            made = curated(home, FIRST, "--processes", kill_after=kill_after)
        return {name: made[name] for name in ("digests", "state", "killed", "cpu_seconds", "seconds")}

    for n_workers in workers:
        found["workers"][str(n_workers)] = run(f"workers = {n_workers}\n")
    slowest = max((one["seconds"] for one in found["workers"].values()), default=30.0)
    for seed in range(kills):
        found["kills"].append(run("workers = 2\n", random.Random(seed).uniform(0, slowest)))
    if raylets:
        found["engines"]["inline"] = run('workers = 2\n[execution]\nengine = "inline"\n')
    for n_raylets in raylets:
        with cluster_of(n_raylets) as cluster:
            name = f"Ray with {n_raylets} raylet{'s' * (n_raylets > 1)}"
            found["engines"][name] = run(on_cluster(cluster.address))
    return found


def on_cluster(address: str) -> str:
    """Return the settings of a run on a Ray cluster."""
    return f'[execution]\nengine = "ray"\naddress = "{address}"\n'


MAPPED = ("ingest", "screening")
"""Stages that hand their work to processes or to a cluster."""


def overhead(n_rows: int, pool: Pool, folder: Path) -> dict[str, Any]:
    """Return the seconds of the stages that hand out work, with two processes and on two raylets of one CPU.

    The cluster is up before; connecting to it counts. Each is run twice, in turns, and the faster one counts.
    """
    found: dict[str, Any] = {"rows": n_rows, "load": os.getloadavg(), "processes": [], "ray": []}
    with cluster_of(2) as cluster:
        for _ in range(2):
            for name, settings in (("processes", "workers = 2\n"), ("ray", on_cluster(cluster.address))):
                found[name].append(_mapped_seconds(n_rows, settings, pool, folder))
    best = {name: min(sum(run.values()) for run in found[name]) for name in ("processes", "ray")}
    return {**found, "times": round(best["ray"] / best["processes"], 3)}


def _mapped_seconds(n_rows: int, settings: str, pool: Pool, folder: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=folder) as name:
        home, result = Path(name), Path(name) / "result.json"
        deliver(home, FIRST, lines_of(pool, 0, n_rows))
        (home / DATASET / "entropy.toml").write_text(settings, encoding="utf-8")
        command = [sys.executable, "-m", "benchmarks.scale.child", name, FIRST, str(result)]
        usage = run_tree([*command, "--until-screened"])
        if usage.return_code or not result.is_file():
            raise RuntimeError(f"{settings!r} stopped with {usage.return_code}: {usage.output[-2000:]}")
        stages = json.loads(result.read_text())["stages"]
    return {one["stage"]: round(one["ended"] - one["began"], 3) for one in stages if one["stage"] in MAPPED}
