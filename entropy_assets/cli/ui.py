"""The command `ui`: the Dagster UI over one store, for one person at this machine.

What belongs here: what the command prints. What does not: the servers; see `entropy_assets.serving`.
"""

from upath import UPath

from entropy_assets.cli.common import make_folder
from entropy_assets.cli.printing import say
from entropy_assets.serving.services import serve_all


def open_ui(home: UPath, port: int) -> int:
    """Serve the UI on loopback until a signal ends it; return the exit code."""
    make_folder(home)
    return serve_all(home, port, lambda line: say(line, err=True))
