"""Processes that queue for a dataset, led line by line from a test."""

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

from upath import UPath

from entropy_assets.candidate.lock import DatasetLock, Held, Holder
from entropy_assets.candidate.lock import Kind as Kind
from entropy_assets.errors import CurationError

PATIENCE_SECONDS = 60
ROOT = Path(__file__).resolve().parents[2]


def say(*words: object) -> None:
    print(*words, flush=True)


def told(holder: Holder) -> None:
    say("waits for", holder.run)


def obey(held: Held, lock: DatasetLock, run: str) -> None:
    """Do what the lines of stdin say until one says `leave`, or they end."""
    for line in sys.stdin:
        match line.split():
            case ["leave"]:
                return
            case ["check"]:
                try:
                    held.check()
                    say("holds")
                except CurationError as error:
                    say("lost:", error)
            case ["fork"]:
                if not os.fork():
                    say("child", os.getpid())  # itself, so that it has run what a fork runs
                    time.sleep(10 * PATIENCE_SECONDS)
                    os._exit(0)
            case ["fork_and_unwind"]:
                child = os.fork()
                if not child:
                    raise SystemExit
                say("child ended with", os.waitpid(child, 0)[1])
            case ["fork_and_check"]:
                child = os.fork()
                if not child:
                    try:
                        held.check()
                    except CurationError as error:
                        say("child lost:", error)
                    with lock.try_held(run, "drop-a") as other:
                        say("child holds" if other else "child is refused")
                    os._exit(0)
                os.waitpid(child, 0)
            case ["start"]:
                sleeper = "import time; time.sleep(600)"
                child = subprocess.Popen([sys.executable, "-c", sleeper], close_fds=False).pid
                say("child", child)


def main(folder: str, kind: str, ttl: str, run: str) -> None:
    lock = DatasetLock(UPath(folder), kind=cast(Kind, kind), ttl_seconds=float(ttl))
    say("starts")
    try:
        with lock.held(run, "drop-a", told) as held:
            say("got", held.number)
            obey(held, lock, run)
    except KeyboardInterrupt:
        say("interrupted")


class Actor:
    """One process that queues as `run`."""

    def __init__(self, folder: Path, run: str, kind: str = "flock", ttl_seconds: float = 60) -> None:
        command = [sys.executable, "-m", "tests.candidate.actors", str(folder), kind, str(ttl_seconds), run]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment
        )
        self.pid = self.process.pid
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        assert self.line() == "starts"

    def _read(self) -> None:
        """Read to the end and close: whoever else closed it would pull it from under this thread."""
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                self._lines.put(line.rstrip("\n"))
        self._lines.put("ended")

    def line(self) -> str:
        """Return the next line that it says; "ended" when it ended."""
        return self._lines.get(timeout=PATIENCE_SECONDS)

    def is_silent(self) -> bool:
        return self._lines.empty()

    def tell(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def ask(self, word: str) -> str:
        self.tell(word)
        return self.line()

    def leave(self) -> None:
        assert self.ask("leave") == "ended"

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.close()


class Stage:
    """Starts actors on one folder, and ends them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._actors: list[Actor] = []

    def enter(self, run: str, kind: str = "flock", ttl_seconds: float = 60) -> Actor:
        self._actors.append(Actor(self.folder, run, kind, ttl_seconds))
        return self._actors[-1]

    def close(self) -> None:
        for actor in self._actors:
            actor.close()


@contextmanager
def ended(pid: int) -> Iterator[int]:
    """Give the id of a process that lives, and end it."""
    os.kill(pid, 0)
    try:
        yield pid
        os.kill(pid, 0)
    finally:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
