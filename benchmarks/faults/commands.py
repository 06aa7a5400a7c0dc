"""The command line in processes of their own, that can be killed.

Most are forked by a server that has imported the modules of the product and done nothing else
(`multiprocessing`'s forkserver): importing them costs a command more than its work. Others are commands as
a shell starts them.

What belongs here: starting and ending processes. What does not: when they are killed.
"""

import contextlib
import multiprocessing
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INJECTED = Path(__file__).resolve().parent / "injected"
PATIENCE_S = 300
CODE = "from entropy_assets.cli import app; app()"

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["benchmarks.faults.preloaded"])


@dataclass
class Ended:
    """A command that has ended.

    Parameters
    ----------
    code
        Its exit code; the negative number of the signal that killed it.
    said
        What it wrote on stdout and stderr.
    cpu_s
        Seconds of CPU time that it used after its imports; 0 where it was killed.
    """

    code: int
    said: str
    cpu_s: float = 0.0


class Forked:
    """A command in a child of the server.

    Parameters
    ----------
    arguments
        Of `entropy-assets`.
    environment
        Added to that of this process.
    said
        File for what it says.
    """

    def __init__(self, arguments: Sequence[str], environment: dict[str, str], said: Path) -> None:
        self.said = said
        self._process = _context.Process(target=_command, args=(list(arguments), environment, str(said)))
        self._process.start()

    @property
    def pid(self) -> int:
        """Number of the process."""
        return int(self._process.pid or 0)

    def wait(self) -> Ended:
        """Return how the command ended.

        Raises
        ------
        TimeoutError
            It has not ended after a long while; it is killed.
        """
        self._process.join(PATIENCE_S)
        if self._process.exitcode is None:
            self._process.kill()
            raise TimeoutError(f"a command has not ended in {PATIENCE_S} s: {self.said.read_text()}")
        text = self.said.read_text() if self.said.exists() else ""
        used = self.said.with_suffix(".cpu")
        return Ended(self._process.exitcode, text, float(used.read_text()) if used.exists() else 0.0)


def _command(arguments: list[str], environment: dict[str, str], said: str) -> None:
    descriptor = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.chdir(ROOT)
    os.environ.update(environment)
    from benchmarks.faults.moments import install

    install(dict(os.environ))
    from entropy_assets.cli import app

    code = 1
    try:
        app(arguments)
    except SystemExit as ended:
        code = int(ended.code or 0)
    used = resource.getrusage(resource.RUSAGE_SELF)
    Path(said).with_suffix(".cpu").write_text(str(used.ru_utime + used.ru_stime))
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(code)


def shell_environment(environment: dict[str, str]) -> dict[str, str]:
    """Return the environment of a command as a shell starts it, with the counter of writes loaded."""
    paths = [str(INJECTED), str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, **environment, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


def run_in_shell(arguments: Sequence[str], environment: dict[str, str]) -> Ended:
    """Run a command as a shell starts it, and return how it ended."""
    ended = subprocess.run(
        [sys.executable, "-c", CODE, *arguments],
        cwd=ROOT,
        env=shell_environment(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    return Ended(ended.returncode, ended.stdout)


@contextmanager
def serving(home: Path, environment: dict[str, str], said: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Give the running command `ui` over a store; it is ended with the block, and all that it started."""
    with said.open("ab") as file:
        command = [sys.executable, "-c", CODE, "ui", "--home", str(home), "--port", "0"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=shell_environment(environment), stdout=file, stderr=file
        )
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()
        process.wait()


def cpu_seconds(pid: int) -> float:
    """Return the CPU time that a living process has used so far, in seconds."""
    found = subprocess.run(["ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=True)
    total = 0.0
    for part in found.stdout.strip().replace("-", ":").split(":"):
        total = total * 60 + float(part)
    return total


def until(true: object, what: str) -> None:
    """Wait until a function without arguments returns something true.

    Raises
    ------
    TimeoutError
        It has not in a long while.
    """
    assert callable(true)
    limit = time.monotonic() + PATIENCE_S
    while not true():
        if time.monotonic() > limit:
            raise TimeoutError(what)
        time.sleep(0.1)
