"""The full form of the fault suite: kills, a table of what came of them, and the figures as JSON.

What belongs here: the command. What does not: what is done (`kills`, `services`, `orders`).
"""

import argparse
import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.faults.kills import SCENES, Outcome, Stage, choose
from benchmarks.faults.orders import Pair, order_of, orders
from benchmarks.faults.services import choose_services, kill_service
from benchmarks.faults.world import Worlds

STOPS = {"alpha": 200, "beta": 200}


def play_kills(stage: Stage, n: int, n_services: int, seed: int, jobs: int) -> list[Outcome]:
    """Kill `n` commands or more, and `n_services` services; return what came of each."""
    rehearsed = {scene: stage.rehearse(scene) for scene in SCENES}
    chosen = choose(rehearsed, n - n_services, seed)
    outcomes: list[Outcome] = []

    def note(outcome: Outcome) -> None:
        outcomes.append(outcome)
        words = "fine" if outcome.fine else "; ".join(outcome.faults) or "bytes differ from the replay"
        reached = "" if outcome.reached else " (not reached)"
        print(f"{outcome.scene}: {outcome.moment}{reached}: {words}", file=sys.stderr, flush=True)

    with ThreadPoolExecutor(jobs) as threads:
        for outcome in threads.map(lambda one: stage.kill(*one), chosen):
            note(outcome)
    for service in choose_services(n_services):
        note(kill_service(stage, service))
    return outcomes


def play_orders(pair: Pair, n: int, seed: int) -> dict[str, Any]:
    """Decide two candidates in `n` orders; return how many, how they ended, and all that is wrong."""
    _, _, stops = pair.play(order_of([("alpha", sum(STOPS.values()))]))
    endings, faults = defaultdict[str, int](int), []
    for runs in orders(stops, n, seed):
        wrong, words, _ = pair.play(order_of(runs))
        endings[" and ".join(sorted(words.values()))] += 1
        faults += [f"order {runs[:4]}: {fault}" for fault in wrong]
    return {"orders": n, "stops": stops, "endings": dict(endings), "faults": faults}


def table(outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """Return one row a kind of moment: kills, those that were reached, decided, equal."""
    rows: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        rows[outcome.scene, outcome.moment.window].append(outcome)
    return [
        {
            "scene": scene,
            "moment": window,
            "kills": sum(one.reached for one in own),
            "not_reached": sum(not one.reached for one in own),
            "decided": sum(not one.faults for one in own),
            "equal": sum(one.equal for one in own),
        }
        for (scene, window), own in sorted(rows.items())
    ]


def show(rows: list[dict[str, Any]]) -> None:
    """Print the table, and its sums."""
    numbers = ("kills", "not_reached", "decided", "equal")
    print(f"{'scene':24} {'moment':24} " + " ".join(f"{name:>11}" for name in numbers))
    total = {"scene": "all", "moment": "", **{name: sum(row[name] for row in rows) for name in numbers}}
    for row in (*rows, total):
        print(f"{row['scene']:24} {row['moment']:24} " + " ".join(f"{row[name]:>11}" for name in numbers))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the suite; return 0 where everything holds that must."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=120, help="kills; never fewer than the windows need")
    parser.add_argument("--services", type=int, default=15, help="of these, kills of processes of `ui`")
    parser.add_argument("--orders", type=int, default=1000, help="orders of two candidates without the lock")
    parser.add_argument("--seed", type=int, default=0, help="seed of all that is drawn")
    parser.add_argument("--jobs", type=int, default=1, help="kills at once")
    parser.add_argument("--out", type=Path, help="write the figures to this JSON file")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        worlds = Worlds(Path(folder).resolve() / "worlds").prepare()
        worlds.prepare_snapshot()
        stage = Stage(worlds, Path(folder).resolve() / "stage")
        ordered = play_orders(Pair(worlds, Path(folder).resolve() / "pair"), options.orders, options.seed)
        outcomes = play_kills(stage, options.kills, options.services, options.seed, options.jobs)
    rows = table(outcomes)
    show(rows)
    print(f"{ordered['orders']} orders of two candidates: {ordered['endings']}")
    faults = [f"{o.scene} at {o.moment}: {o.faults or 'bytes differ'}" for o in outcomes if not o.fine]
    faults += ordered["faults"]
    print("\n".join(faults) or "all holds that must")
    if options.out:
        seconds = round(time.monotonic() - began)
        figures = {"seconds": seconds, "rows": rows, "orders": ordered, "faults": faults}
        options.out.write_text(json.dumps(figures, indent=2) + "\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
