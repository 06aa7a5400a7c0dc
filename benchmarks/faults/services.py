"""Kills run workers, daemon and code server of the command `ui` at one of their writes.

What belongs here: starting the services over a store and waiting for the kill. What does not: what must hold
afterwards (`kills`, `world`).
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from benchmarks.faults import moments
from benchmarks.faults.commands import serving, until
from benchmarks.faults.kills import Outcome, Scene, Stage
from benchmarks.faults.moments import Moment
from benchmarks.faults.world import CLOCK, workspace_of
from entropy_assets.candidate.delivery import deliver

ROLES = {
    "run worker": r"multiprocessing\.spawn",
    "daemon": r"dagster\._daemon",
    "code server": r"code-server|api grpc",
}
"""Process of `ui` -> what its command holds."""

SCENE = Scene("ui", "undelivered", ("alpha",), "beta", delivered=False)

WORKER = (
    "instance commit:9:before",
    "lock ticket:1:after",
    "attempt note:1:after",
    "manifest:3:after",
    "manifest:9:before",
    "instance commit:120:after",
    "segment:1:after",
    "version file:2:half",
    "ledger link:1:before",
    "ledger link:1:after",
    "CURRENT:1:before",
    "manifest:13:after",
    "instance commit:200:before",
)
DAEMON = tuple(f"instance commit:{n}:{side}" for n in (1, 4, 9, 16, 25) for side in ("before", "after"))
CODE = tuple(f"instance commit:{n}:{side}" for n in (1, 2, 4, 6) for side in ("before", "after"))
MOMENTS = {"run worker": WORKER, "daemon": DAEMON, "code server": CODE}


@dataclass(frozen=True)
class Service:
    """One kill of one process of `ui`."""

    role: str
    moment: Moment


def choose_services(n: int) -> list[Service]:
    """Return `n` kills, in turn from the three kinds of processes, two of three of run workers."""
    queues = {role: list(own) for role, own in MOMENTS.items()}
    turn = ("run worker", "daemon", "run worker", "code server", "run worker", "run worker")
    chosen: list[Service] = []
    while len(chosen) < n and any(queues.values()):
        role = turn[len(chosen) % len(turn)]
        role = role if queues[role] else next(name for name, own in queues.items() if own)
        window, number, side = queues[role].pop(0).split(":")
        chosen.append(Service(role, Moment(window, int(number), side, role)))
    return chosen


def kill_service(stage: Stage, service: Service) -> Outcome:
    """Kill a process of `ui` over a store with a waiting drop; run another drop and the same one.

    `ui` ends with its daemon. Without a run worker, or the process that holds the definitions, it goes on,
    and the commands run beside it.
    """
    home = stage.open(SCENE)
    deliver(workspace_of(home).home, stage.worlds.outside / "alpha")
    outcome = Outcome(f"ui: {service.role}", service.moment)
    once = home.parent / "killed"
    environment = {
        moments.STORE: str(home),
        moments.KILL: str(service.moment),
        moments.ROLE: ROLES[service.role],
        moments.ONCE: str(once),
        moments.CLOCK: CLOCK,
    }
    said = home.parent / "ui"
    with serving(home, environment, said) as process:
        ledger = workspace_of(home).ledger

        def ended() -> bool:
            return once.exists() or process.poll() is not None or ledger.decided("alpha")

        until(ended, f"nothing was killed or decided: {said}")
        outcome.reached = once.exists()
        if service.role != "daemon":
            stage.follow(SCENE, home, outcome)
        elif outcome.reached:
            until(lambda: process.poll() is not None, "`ui` lives on without its daemon")
    if service.role == "daemon":
        stage.follow(SCENE, home, outcome)
    if outcome.fine:
        shutil.rmtree(Path(home.parent))
    return outcome
