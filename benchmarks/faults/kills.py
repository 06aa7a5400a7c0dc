"""Kills a command at one of its writes, runs another drop and the same one, and tells what came of it.

What belongs here: scenes, the choice of moments, one kill. What does not: the checks (`world`).
"""

import random
import shutil
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.faults import moments
from benchmarks.faults.commands import Ended, Forked, run_in_shell
from benchmarks.faults.moments import Moment
from benchmarks.faults.world import BAD, CLOCK, FIRST, FIX, Worlds, decided_files, faults_of, temporary_files

DECIDED = (0, 3)
KILLED = -9

COMMIT_WINDOWS = (
    "version shard",
    "version link",
    "version file",
    "version manifest",
    "version sums",
    "segment",
    "ledger link",
    "CURRENT",
    "snapshot",
    "manifest",
    "attempt note",
    "attempt note removal",
    "lock ticket",
    "delivery",
    "proposal",
    "format",
)
"""Windows in which something becomes visible to others, or is undone."""


@dataclass(frozen=True)
class Scene:
    """A command that is killed, and those that follow.

    Parameters
    ----------
    name
        What is said of it in the table.
    start
        Prepared store.
    drops
        Drops of the command.
    other
        The drop that is run first afterwards.
    dagster
        Whether they run through the graph.
    delivered
        Whether the drops lie in the inbox already.
    shell
        Whether the killed command is started as a shell does.
    windows
        Windows at whose first and last write it is killed on each side.
    share
        Of the kills that are wanted beyond those, how many parts are drawn from this scene.
    """

    name: str
    start: str
    drops: tuple[str, ...]
    other: str
    dagster: bool = False
    delivered: bool = True
    shell: bool = False
    windows: tuple[str, ...] = ("ledger link",)
    share: int = 1


DECISION = ("attempt note", "ledger link", "CURRENT")
SCENES = (
    Scene("run", "started", ("alpha",), "beta", windows=COMMIT_WINDOWS, share=4),
    Scene("run through the graph", "started", ("alpha",), "beta", dagster=True, share=3),
    Scene("run of a batch", "started", ("alpha", "beta"), "gamma", windows=("proposal", "ledger link")),
    Scene("run of a held drop", "started", (BAD,), "beta", windows=DECISION),
    Scene("run of a correction", "started", (FIX,), "beta", windows=(*DECISION, "segment", "version link")),
    Scene("run with delivery", "undelivered", ("alpha",), "beta", delivered=False, windows=("delivery",)),
    Scene("first run", "empty", (FIRST,), "alpha", delivered=False, windows=("format", "ledger link")),
    Scene("run with a snapshot", "snapshot", ("alpha",), "beta", windows=("snapshot",), share=0),
    Scene("run from a shell", "started", ("alpha",), "beta", shell=True, windows=()),
)


@dataclass
class Outcome:
    """What came of one kill.

    Parameters
    ----------
    scene, moment
        Of what.
    reached
        Whether the process was killed; a write that a second run does not make is not reached.
    faults
        What is wrong, in sentences; none where each drop is decided, once.
    equal
        Whether ledger and versions are those of the replay.
    """

    scene: str
    moment: Moment
    reached: bool = False
    faults: list[str] = field(default_factory=list)
    equal: bool = False

    @property
    def fine(self) -> bool:
        """Whether all holds that must."""
        return self.equal and not self.faults


class Stage:
    """Plays scenes in folders of its own.

    Parameters
    ----------
    worlds
        The prepared stores.
    folder
        Where they are played.
    """

    def __init__(self, worlds: Worlds, folder: Path) -> None:
        self.worlds = worlds
        self.folder = folder
        self._n = 0
        self._guard = threading.Lock()

    def _next(self) -> int:
        with self._guard:
            self._n += 1
            return self._n

    def open(self, scene: Scene) -> Path:
        """Return a fresh copy of a scene's store."""
        return self.worlds.copy(scene.start, self.folder / f"{self._next():04d}" / "home")

    def command(self, scene: Scene, home: Path, drops: Sequence[str]) -> list[str]:
        """Return the arguments of a scene's command for some drops."""
        inbox = self.worlds.outside if not scene.delivered else home / "main" / "inbox"
        graph = "--dagster" if scene.dagster else "--no-dagster"
        return ["run", *(str(inbox / drop) for drop in drops), "--home", str(home), graph]

    def play(self, scene: Scene, home: Path, drops: Sequence[str], **watched: str) -> Ended:
        """Run a scene's command, with the counter of writes told what `watched` says; return how it ended."""
        environment = {moments.CLOCK: CLOCK, **watched}
        command = self.command(scene, home, drops)
        if scene.shell:
            return run_in_shell(command, environment)
        return Forked(command, environment, home.parent / f"said-{self._next()}").wait()

    def rehearse(self, scene: Scene) -> list[Moment]:
        """Return all moments of a scene that nobody disturbs, in their order."""
        home = self.open(scene)
        log = home.parent / "moments"
        ended = self.play(scene, home, scene.drops, **{moments.STORE: str(home), moments.LOG: str(log)})
        assert ended.code in DECIDED, ended.said
        shutil.rmtree(home)
        return [Moment.from_line(line) for line in log.read_text().splitlines()]

    def kill(self, scene: Scene, moment: Moment) -> Outcome:
        """Kill a scene at a moment, run another drop and the same ones, and return what came of it."""
        home = self.open(scene)
        outcome = Outcome(scene.name, moment)
        watched = {moments.STORE: str(home), moments.KILL: str(moment)}
        outcome.reached = self.play(scene, home, scene.drops, **watched).code == KILLED
        self.follow(scene, home, outcome)
        if outcome.fine:
            shutil.rmtree(home.parent)
        return outcome

    def follow(self, scene: Scene, home: Path, outcome: Outcome) -> None:
        """Run another drop and the same ones after a disturbance, and see what holds."""
        # Tickets tell when a run began in whole seconds, and what is as young as the run is not swept.
        time.sleep(1.1)
        for drops in ((scene.other,), scene.drops):
            ended = self.play(scene, home, drops)
            if ended.code not in DECIDED:
                outcome.faults.append(f"run of {drops} ended with {ended.code}: {ended.said[-500:]}")
        if not outcome.faults:
            outcome.faults = faults_of(home, (scene.other, *scene.drops))
            outcome.equal = decided_files(home) == self.worlds.replayed(scene.start, home)
            left = temporary_files(home)
            if left:
                outcome.faults.append(f"left behind: {left}")


def edges(scene: Scene, found: Iterable[Moment]) -> list[Moment]:
    """Return the first and the last write of each of a scene's windows, on each side."""
    own = defaultdict[tuple[str, str], list[Moment]](list)
    for moment in found:
        if moment.window in scene.windows:
            own[moment.window, moment.side].append(moment)
    return [moment for several in own.values() for moment in dict.fromkeys((several[0], several[-1]))]


def choose(rehearsed: dict[Scene, list[Moment]], n: int, seed: int = 0) -> list[tuple[Scene, Moment]]:
    """Return at least `n` moments: the edges of all windows, the rest drawn in turn from steps of scenes.

    Parameters
    ----------
    rehearsed
        All moments of each scene.
    n
        How many are wanted.
    seed
        Of the draw.
    """
    chosen = [(scene, moment) for scene, found in rehearsed.items() for moment in edges(scene, found)]
    n_left, shares = max(0, n - len(chosen)), sum(scene.share for scene in rehearsed)
    for scene, found in rehearsed.items():
        known = {moment for one, moment in chosen if one == scene}
        rest = [moment for moment in found if moment not in known]
        drawn = spread(rest, -(-n_left * scene.share // shares), seed)
        chosen += [(scene, moment) for moment in drawn]
    return chosen


def spread(found: Iterable[Moment], n: int, seed: int) -> list[Moment]:
    """Return `n` moments, drawn in turn from the steps that they lie in."""
    by_step = defaultdict[str, list[Moment]](list)
    for moment in found:
        by_step[moment.step].append(moment)
    chance = random.Random(seed)
    for own in by_step.values():
        chance.shuffle(own)
    drawn: list[Moment] = []
    while len(drawn) < n and any(by_step.values()):
        drawn += [own.pop() for own in by_step.values() if own]
    return drawn[:n]
