"""Code server, daemon and guarded web server over one store, started together and ended together.

What belongs here: what the command `ui` starts, watches and ends. What does not: the services themselves. A
deployment has a supervisor of its own for them; see `docs/serving.md`.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType, TracebackType

import yaml
from upath import UPath

from entropy_assets.defs.instance import prepare_instance
from entropy_assets.errors import CurationError, InvalidInput
from entropy_assets.serving.guard import HOSTS_VARIABLE, known_hosts
from entropy_assets.serving.watching import HOST, FirstAnswer, Loader
from entropy_assets.serving.web import bind
from entropy_assets.storage import digest_value
from entropy_assets.temporary import temporary_folder

LEASHED = "entropy_assets.serving.leashed"
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

LONGEST_BASE = 60
"""Characters of the folder for temporary files, beyond which the path of a socket in it may be too long."""
CODE_SERVER, LOCK_NAME = "code server", ".ui.lock"

TICK_S = 0.1
END_S = 4.0
"""Seconds that services and runs have to end by themselves, before they are killed."""
CODE_S = 180.0
"""Seconds that the code server has to load the definitions."""
FORMER_S = 30.0
"""Seconds that services of a killed `ui` have to be gone, before the next one gives up."""


def serve_all(home: UPath, port: int, say: Callable[[str], None], module: str = "definitions") -> int:
    """Serve the UI on loopback until a signal ends it; return the exit code, 128 + the signal's number.

    Nothing that was started here lives on, however this process ends: a signal ends the services, and runs
    under way are given a moment to say that they were stopped; `kill -9` kills them all with this process.

    Parameters
    ----------
    home
        ENTROPY_HOME.
    port
        Port on loopback; 0 takes a free one.
    say
        Takes the one line that names the address, once it answers.
    module
        The module with Dagster's definitions.

    Raises
    ------
    InvalidInput, InvalidParameter
        A UI is open over this store, the port is used, or a host in the environment is none.
    CurationError
        A service ended by itself.
    """
    folder = prepare_instance(home)
    with contextlib.ExitStack() as stack:
        stops = stack.enter_context(Stops())
        address = stack.enter_context(_locked(folder / LOCK_NAME, folder, 0))
        services_lock = stack.enter_context(_locked(folder / ".ui.services.lock", folder, FORMER_S))
        listening = stack.enter_context(bind(HOST, port))
        port = int(listening.getsockname()[1])
        known_hosts(port, os.environ.get(HOSTS_VARIABLE, ""))  # a wrong one is told before anything starts
        url = f"http://{HOST}:{port}"
        os.pwrite(address, url.encode(), 0)
        apart = stack.enter_context(_folder_apart(folder))
        environment = {"ENTROPY_HOME": str(home), "DAGSTER_HOME": str(folder), "TMPDIR": str(apart)}
        group = stack.enter_context(Group({**os.environ, **environment}, stops, services_lock))
        _start_all(group, apart, listening.fileno(), module)
        listening.close()  # the web server has it
        first = stack.enter_context(FirstAnswer(port))
        loader = Loader(group.pid_of(CODE_SERVER))
        while not stops.number:
            group.check()
            loader.check()
            if first.came():
                say(f"{url}  (Ctrl-C ends it)")
            if not (folder / LOCK_NAME).exists():
                raise CurationError(f"{folder} was removed under the UI: all was stopped; start it again")
            time.sleep(TICK_S)
    return 128 + stops.number


def _start_all(group: "Group", apart: Path, listening: int, module: str) -> None:
    code = apart / "code.sock"
    workspace = apart / "workspace.yaml"
    server = {"host": "localhost", "socket": str(code), "location_name": module}
    workspace.write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}))
    target = ["--socket", str(code), "--module-name", module, "--location-name", module]
    quiet = ["--log-level", "warning"]
    group.start(CODE_SERVER, "dagster", "code-server", "start", *target, *quiet)
    limit = time.monotonic() + CODE_S
    while not code.exists() and not group.stops.number:
        if time.monotonic() > limit:
            raise CurationError(f"module {module!r} was not loaded in {CODE_S:.0f} s: see the lines above")
        group.check()
        time.sleep(TICK_S)
    daemon = ["run", "--workspace", str(workspace), *quiet]
    web = ["--workspace", str(workspace), "--fd", str(listening)]
    if not group.stops.number:
        group.start("daemon", "dagster._daemon", *daemon)
        group.start("web server", "entropy_assets.serving.web", *web, fds=(listening,))


class Stops:
    """Signals that ask for an end, counted instead of raised: `number` is the first one's, 0 before."""

    def __init__(self) -> None:
        self.number = 0
        self.count = 0

    def __enter__(self) -> "Stops":
        former = {number: signal.getsignal(number) for number in SIGNALS}
        # `nohup` has SIGHUP ignored, and means it.
        self._former = {n: f for n, f in former.items() if n != signal.SIGHUP or f is not signal.SIG_IGN}
        for number in self._former:
            signal.signal(number, self._stop)
        return self

    def _stop(self, number: int, _: FrameType | None) -> None:
        self.number = self.number or number
        self.count += 1

    def __exit__(self, *_: object) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)


@dataclass
class Group:
    """Services in a process group of their own, on a leash that this process holds.

    Parameters
    ----------
    environment
        Of each service.
    stops
        Signals that ask for an end.
    lock
        A locked file: each service holds it open, so it stays locked until the last one is gone.
    """

    environment: dict[str, str]
    stops: Stops
    lock: int
    _services: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def __enter__(self) -> "Group":
        self._leash, self._held = os.pipe()
        return self

    def start(self, name: str, module: str, *arguments: str, fds: tuple[int, ...] = ()) -> None:
        """Start a module as a service; the first one leads the group."""
        leader = next((service.pid for service in self._services.values()), 0)
        self._services[name] = subprocess.Popen(
            [sys.executable, "-m", LEASHED, str(self._leash), module, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,  # a group in the background that reads from the terminal is stopped
            pass_fds=(self._leash, self.lock, *fds),
            process_group=leader,
        )

    def pid_of(self, name: str) -> int:
        """Return the process number of a service, 0 where it was not started."""
        return self._services[name].pid if name in self._services else 0

    def check(self) -> None:
        """Look whether all services live.

        Raises
        ------
        CurationError
            One has ended by itself.
        """
        for name, service in self._services.items():
            if service.poll() is not None and not self.stops.number:
                raise CurationError(
                    f"the {name} ended by itself with exit code {service.returncode}: all was stopped; "
                    "see the lines above, and start again"
                )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        leader = next((service.pid for service in self._services.values()), 0)
        if leader:
            _signal_group(leader, signal.SIGTERM)
            limit, count = time.monotonic() + END_S, self.stops.count
            while time.monotonic() < limit and self.stops.count == count and self._lives(leader):
                time.sleep(TICK_S)
            _signal_group(leader, signal.SIGKILL)
            for service in self._services.values():
                service.wait()
        os.close(self._held)
        os.close(self._leash)

    def _lives(self, leader: int) -> bool:
        for service in self._services.values():
            service.poll()
        return _signal_group(leader, 0)


def _signal_group(leader: int, number: int) -> bool:
    """Send a signal to a process group; tell whether anyone is in it."""
    try:
        os.killpg(leader, number)
    except (ProcessLookupError, PermissionError):  # macOS refuses for a group of dead ones
        return False
    return True


@contextmanager
def _locked(path: Path, folder: Path, patience_s: float) -> Iterator[int]:
    """Yield a file descriptor that holds the lock on a file; whoever inherits it holds the lock, too."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        limit = time.monotonic() + patience_s
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= limit:
                    at = (
                        os.pread(descriptor, 200, 0).decode(errors="replace").strip("\0") or "another address"
                    )
                    raise InvalidInput(
                        f"a UI is open over {folder.parent}, at {at}: use that one, or end it first"
                    ) from error
                time.sleep(TICK_S)
        os.ftruncate(descriptor, 0)
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _folder_apart(folder: Path) -> Iterator[Path]:
    """Yield a short folder for sockets and temporary files of all services; it goes with them.

    Sockets have paths of about 100 characters at most, so it is not below the store.
    """
    base = tempfile.gettempdir() if len(tempfile.gettempdir()) <= LONGEST_BASE else "/tmp"
    prefix = f"entropy-ui-{digest_value(str(folder))[:8]}-"
    for left in Path(base).glob(f"{prefix}*"):  # the locks are held: its owner was killed
        shutil.rmtree(left, ignore_errors=True)
    with temporary_folder(Path(base), prefix) as apart:
        yield apart
