"""What the command `ui` looks at while its services run: the first answer, and who holds the definitions.

What belongs here: looks that wait for nothing. What does not: starting and ending services (`services`).
"""

import socket
import subprocess
import time

from entropy_assets.errors import CurationError

HOST = "127.0.0.1"

ANSWER_S = 0.1
"""Seconds that one look waits for the answer."""

LOOK_S, MISSES = 5.0, 3
"""Seconds between two looks at the process that holds the definitions; it is gone after so many in a row."""


class FirstAnswer:
    """One request to the web server, made when it is started and answered once it serves.

    Parameters
    ----------
    port
        Port on loopback, which listens already.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self._asked: socket.socket | None = None

    def __enter__(self) -> "FirstAnswer":
        return self

    def came(self) -> bool:
        """Return whether the answer has come since the last look; True once."""
        if self.port == 0:
            return False
        try:
            if self._asked is None:
                self._asked = socket.create_connection((HOST, self.port), timeout=ANSWER_S)
                self._asked.sendall(f"GET /server_info HTTP/1.0\r\nHost: {HOST}:{self.port}\r\n\r\n".encode())
            answer = self._asked.recv(64)
        except TimeoutError:
            return False
        except OSError:
            answer = b""
        self._close()
        if not answer.startswith(b"HTTP/"):
            return False  # it ended before it could answer: asked anew, and `Group.check` tells of the end
        self.port = 0
        return True

    def _close(self) -> None:
        if self._asked is not None:
            self._asked.close()
            self._asked = None

    def __exit__(self, *_: object) -> None:
        self._close()


class Loader:
    """The process that holds the definitions: a child of the code server, which lives on without it.

    Parameters
    ----------
    code_server
        Process number of the code server.
    """

    def __init__(self, code_server: int) -> None:
        self.code_server = code_server
        self._next, self._misses = time.monotonic() + LOOK_S, 0

    def check(self) -> None:
        """Look now and then whether the process lives.

        Raises
        ------
        CurationError
            It was gone at several looks: the code server answers, and no sensor and no run works any more.
        """
        if not self.code_server or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + LOOK_S
        self._misses = 0 if _has_child(self.code_server) else self._misses + 1
        if self._misses >= MISSES:
            raise CurationError(
                "the process that holds the definitions was killed: all was stopped; see the lines above, "
                "and start again"
            )


def _has_child(pid: int) -> bool:
    """Return whether a process has a living child; True where that cannot be told."""
    try:
        told = subprocess.run(["ps", "-A", "-o", "ppid=,stat="], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return True
    children = (line.split() for line in told.stdout.splitlines())
    return any(words[0] == str(pid) and not words[1].startswith("Z") for words in children if len(words) > 1)
