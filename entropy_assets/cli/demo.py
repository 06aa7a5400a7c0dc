"""The command `demo`: three drops of real documentation through the whole graph."""

from pathlib import Path

from upath import UPath

from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli.common import make_folder
from entropy_assets.cli.printing import say
from entropy_assets.defs.instance import open_instance
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.running import run_candidate
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND, demo_drops, write_drop
from entropy_assets.demo.harvest import harvest
from entropy_assets.storage import is_complete, put
from entropy_assets.store_format import require_schema

DATASET = "demo"
DROPS = (FIRST, SECOND, DAMAGED)

SETTINGS = b"""# One docstring in twenty ends in the middle of things, more than in most sound first versions.
[policy]
max_doubtful_first = 0.1
"""
"""What the demo's settings file holds, unless there is one."""


def run_demo(home: UPath, seed: int, n_records: int) -> Workspace:
    """Deliver the demo's drops where they are not there yet, and run each; return the dataset."""
    workspace = Workspace(home, DATASET)
    make_folder(workspace.home.inbox)
    require_schema(workspace.home)
    if not workspace.home.settings_path.exists():
        put(workspace.home.settings_path, SETTINGS)
    inbox = Path(str(workspace.home.inbox))
    if not all(is_complete(inbox / name) for name in DROPS):
        say("harvesting the documentation on this machine ...", err=True)
        rows = harvest()
        say(f"{len(rows):,} records found; writing three drops", err=True)
        for name, part in demo_drops(seed, n_records, rows=rows).items():
            write_drop(inbox / name, part)
    dataset = Dataset(workspace)
    with open_instance(home) as instance:
        for name in DROPS:
            say(f"curating {name} ...", err=True)
            entry = run_candidate(dataset, name, instance, log_level="CRITICAL")
            say(f"  {'open' if entry is None else entry.action}", err=True)
    return workspace
