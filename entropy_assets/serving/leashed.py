"""A service that ends with whoever started it, and takes its whole process group along.

`python -m entropy_assets.serving.leashed FD MODULE ARGUMENTS` runs a module as `python -m` does. FD is
the reading end of a pipe of which only the starter holds the writing end: the system closes it however the
starter ends, `kill -9` included. This works alike on Linux and macOS. What the service starts, such as the
processes of runs, belongs to its process group and needs no part in this.

What belongs here: the leash, on the side of the service. What does not: who holds it; see `services.py`.
Imports are few: until they are done, nothing watches the pipe.
"""

import os
import runpy
import signal
import sys
import threading


def end_with_starter(fd: int) -> None:
    """Kill the process group of this process when the other end of the pipe is closed.

    Raises
    ------
    RuntimeError
        The group is that of the starter, which would die with it.
    """
    if os.getpgrp() == os.getpgid(os.getppid()):
        raise RuntimeError("a leashed service needs a process group apart from its starter's")
    threading.Thread(target=_watch, args=(fd,), daemon=True, name="leash").start()


def _watch(fd: int) -> None:
    while os.read(fd, 64):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    """Run the named module under the leash."""
    fd, module, *arguments = sys.argv[1:]
    # A shell that starts a command in the background has it ignore Ctrl-C, and children inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    end_with_starter(int(fd))
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
