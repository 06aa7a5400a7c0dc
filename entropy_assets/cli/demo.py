"""The command `demo`: three drops of real documentation through the whole graph."""

from pathlib import Path

from upath import UPath

from entropy_assets.cli.printing import say
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.running import open_instance, run_candidate
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND, demo_drops, write_drop
from entropy_assets.demo.harvest import harvest
from entropy_assets.storage import SUCCESS_MARKER

DATASET = "demo"
DROPS = (FIRST, SECOND, DAMAGED)


def run_demo(home: UPath, seed: int, n_records: int) -> Dataset:
    """Deliver the demo's drops where they are not there yet, and run each; return the dataset."""
    dataset = Dataset(home, DATASET)
    inbox = Path(str(dataset.home.inbox))
    if not all((inbox / name / SUCCESS_MARKER).exists() for name in DROPS):
        say("harvesting the documentation on this machine ...", err=True)
        rows = harvest()
        say(f"{len(rows):,} records found; writing three drops", err=True)
        for name, part in demo_drops(seed, n_records, rows=rows).items():
            write_drop(inbox / name, part)
    with open_instance(home) as instance:
        for name in DROPS:
            say(f"curating {name} ...", err=True)
            entry = run_candidate(dataset, name, instance, log_level="CRITICAL")
            say(f"  {entry.action}", err=True)
    return dataset
