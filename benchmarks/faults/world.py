"""Small stores to disturb, and what must hold in each of them afterwards.

What belongs here: drops, settings, prepared stores, and the checks. What does not: disturbing (`kills`).
"""

import json
import os
import random
import shutil
import sysconfig
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
from upath import UPath

from entropy_assets.candidate.delivery import deliver
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.publication import verify_version
from entropy_assets.demo.drops import write_drop
from entropy_assets.demo.harvest import Row, harvest
from entropy_assets.ledger import Candidate, Ledger
from entropy_assets.ledger.audit import audit
from entropy_assets.ledger.history import SNAPSHOT_EVERY

DATASET = "main"
CLOCK = "2026-01-01T00:00:00+00:00"
FIRST, DROPS, BAD = "first", ("alpha", "beta", "gamma", "delta"), "bad"
FIX, FIXED, N_FIXED = "fix", "guide", 20
"""The drop that corrects so many rows of one source of the first one."""
N_FIRST, N_DROP, N_REPEATED = 120, 60, 8
PACKAGES = ("asyncio", "email", "unittest", "logging", "json", "http")

# Limits that noise could touch at this size are wide; the version holds the whole pool, so that a record
# that is missing from it shows.
SETTINGS = """
workers = 1
[selection]
selector = "all"
[probe]
budget_bytes = 4096
checkpoint_bytes = 4096
heldout_bytes = 4096
n_samples = 2
[law]
sample_bytes = 4096
n_samples = 3
known_records = 60
[damage]
on = false
[policy]
max_ratio_rise = 9.0
max_selection_ratio_rise = 9.0
max_unknown_words = 9.0
max_unusual_pairs = 9.0
max_loss_shift = 9.0
max_heldout_rise_bpb = 9.0
max_residual_rise_bpb = 9.0
max_drift = 9.0
max_heldout_drift_bpb = 9.0
max_truncated = 0.9
max_copies = 0.9
max_repeated_phrases = 0.9
max_blobs = 0.9
"""


def fixed_ledger(folder: UPath) -> Ledger:
    """Return a ledger whose decisions all carry one moment."""
    return Ledger(folder, clock=lambda: datetime.fromisoformat(CLOCK).astimezone(UTC))


def workspace_of(home: Path) -> Workspace:
    """Return the dataset of a store, with the fixed clock."""
    workspace = Workspace(UPath(home), DATASET)
    workspace.ledger = fixed_ledger(workspace.root / "ledger")
    return workspace


def make_drops() -> dict[str, list[Row]]:
    """Return the rows of the drops: cut from the standard library, each repeating a few of the one before."""
    stdlib = Path(sysconfig.get_paths()["stdlib"])
    found = harvest([stdlib / name for name in PACKAGES], n_workers=1)
    rows = [
        {**row, "source": ("guide", "reference")[number % 2]}
        for number, row in enumerate(sorted(found, key=lambda row: row["id"]))
    ]
    random.Random(0).shuffle(rows)
    drops = {FIRST: rows[:N_FIRST]}
    for number, name in enumerate(DROPS):
        start = N_FIRST + number * N_DROP
        drops[name] = rows[start - N_REPEATED : start + N_DROP]
    return drops


@dataclass
class Worlds:
    """Prepared stores in one folder, to be copied.

    Parameters
    ----------
    folder
        Where they are prepared.
    """

    folder: Path
    _replays: dict[str, dict[str, bytes]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    @property
    def outside(self) -> Path:
        """Folder with the drops as people have them, before a delivery."""
        return self.folder / "outside"

    def prepare(self) -> "Worlds":
        """Prepare drops outside, an empty store, and one with a promoted version and delivered drops."""
        for name, rows in make_drops().items():
            write_drop(self.outside / name, rows, compression="none")
        bad = self.outside / BAD
        bad.mkdir()
        (bad / "bad.jsonl").write_text("no json\n" * 40)
        self._write_correction()
        empty = workspace_of(self.folder / "empty")
        self._begin(empty)
        started = workspace_of(self.folder / "started")
        self._begin(started)
        deliver(started.home, self.outside / FIRST)
        assert _word(curate(started, FIRST)) == "promote"
        shutil.copytree(self.folder / "started", self.folder / "undelivered")
        for name in (*DROPS, BAD, FIX):
            deliver(started.home, self.outside / name)
        return self

    def _write_correction(self) -> None:
        wrong = [row for row in make_drops()[FIRST] if row["source"] == FIXED][:N_FIXED]
        mended = [{**row, "output": f"{row['output'].rstrip()} That is all."} for row in wrong]
        write_drop(self.outside / FIX, mended, compression="none")
        (self.outside / FIX / "drop.toml").write_text(f'[correction]\nsource = "{FIXED}"\n')

    def prepare_snapshot(self) -> None:
        """Prepare a store whose next decision writes a snapshot of the ledger."""
        shutil.copytree(self.folder / "started", self.folder / "snapshot")
        ledger = workspace_of(self.folder / "snapshot").ledger
        for number in range(SNAPSHOT_EVERY - 1):
            ledger.append("hold", Candidate(f"old-{number}", add=(f"old-{number}",)), parent=ledger.state())
        ledger.repair_current()

    def _begin(self, workspace: Workspace) -> None:
        workspace.root.mkdir(parents=True)
        workspace.home.settings_path.write_text(SETTINGS)

    def copy(self, name: str, to: Path) -> Path:
        """Copy a prepared store and return the copy."""
        shutil.copytree(self.folder / name, to)
        return to

    def replayed(self, name: str, home: Path) -> dict[str, bytes]:
        """Return the files of ledger and versions after an undisturbed replay of a store's own decisions.

        Parameters
        ----------
        name
            The prepared store that `home` was copied from.
        home
            The disturbed store: its inbox and its proposals are what the replay decides about, in the order
            of its ledger.
        """
        disturbed = workspace_of(home)
        start = len(workspace_of(self.folder / name).ledger.entries())
        entries = disturbed.ledger.entries()[start:]
        marks = [[entry.candidate.key, asdict(entry.candidate), _marks(entry.outcomes)] for entry in entries]
        sequence = json.dumps([name, marks], default=str)
        with self._guard:
            if sequence not in self._replays:
                self._replays[sequence] = self._replay(name, home, [e.candidate.key for e in entries])
            return self._replays[sequence]

    def _replay(self, name: str, home: Path, keys: list[str]) -> dict[str, bytes]:
        again = self.copy(name, self.folder / f"replay-{len(self._replays)}")
        for part in ("inbox", "candidates"):
            if (home / DATASET / part).exists():
                shutil.rmtree(again / DATASET / part, ignore_errors=True)
                shutil.copytree(home / DATASET / part, again / DATASET / part)
        replaying = workspace_of(again)
        for key in keys:
            curate(replaying, key)
        return decided_files(again)


def _word(entry: object) -> str:
    return str(getattr(entry, "action", "open"))


def _marks(outcomes: Mapping[str, object]) -> list[str]:
    return [f"{drop} {getattr(outcome, 'mark', '')}" for drop, outcome in outcomes.items()]


def decided_files(home: Path) -> dict[str, bytes]:
    """Return path -> bytes of all that decisions are made of: ledger, `CURRENT`, promoted versions."""
    root = home / DATASET
    promoted = workspace_of(home).ledger.versions()
    folders = [root / "ledger", *(root / "versions" / version for version in promoted)]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    files += [root / "CURRENT"]
    return {str(path.relative_to(root)): path.read_bytes() for path in files if not is_temporary(path)}


def is_temporary(path: Path) -> bool:
    """Return whether a file is one that a write was still making."""
    return path.name.startswith(".") and path.name.endswith(".tmp")


def faults_of(home: Path, drops: Iterable[str]) -> list[str]:
    """Return a sentence for all that is wrong with a store whose drops should all be decided.

    Parameters
    ----------
    home
        The store.
    drops
        The drops that were run.
    """
    workspace = workspace_of(home)
    history, faults = audit(workspace.ledger)
    entries = workspace.ledger.entries()
    for drop in drops:
        own = [entry.number for entry in entries if drop in entry.outcomes and entry.action != "release"]
        if len(own) != 1:
            faults.append(f"{drop} is decided by the entries {own}, not by one")
    live: set[str] = set()
    for entry in entries:
        live |= {drop for drop, outcome in entry.outcomes.items() if outcome.outcome == "promote"}
        live -= set(entry.candidate.remove)
    if live != set(history.state.drops):
        faults.append(f"live are {sorted(history.state.drops)}, but promoted were {sorted(live)}")
    for before, entry in zip((None, *entries), entries, strict=False):
        if entry.parent != (before.state.version if before else None):
            faults.append(f"entry {entry.number} has the parent {entry.parent}")
    for version in workspace.ledger.versions():
        verify_version(workspace.home, version)
    faults += version_faults(workspace, history.state.version)
    current = (home / DATASET / "CURRENT").read_text().split()[0]
    if current != (history.state.version or "none"):
        faults.append(f"CURRENT says {current}, the ledger {history.state.version}")
    return faults


def version_faults(workspace: Workspace, version: str | None) -> list[str]:
    """Return what is wrong with the records of a version: repeated, missing, or of no live drop."""
    if version is None:
        return []
    state = workspace.ledger.state()
    folder = Path(str(workspace.home.version(version))) / "data"
    rows = pl.concat([pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))])
    again = [key for key, n in Counter(rows["id"]).items() if n > 1]
    pool = workspace.segment_records(state, ["id", "drop"])
    missing = set(pool["drop"]) ^ set(state.drops) | set(rows["drop"]) ^ set(state.drops)
    faults = [f"{version} holds {len(again)} ids twice"] if again else []
    if pool["id"].n_unique() != pool.height:
        faults.append("the index holds ids twice")
    if missing:
        faults.append(f"no record, or too many, of the drops {sorted(missing)} in {version} or its index")
    if not set(rows["id"]) <= set(pool["id"]):
        faults.append(f"{version} holds records that are not in its pool")
    n_lost = len(set(pool["id"]) - set(rows["id"]))
    if n_lost > pool.height // 50:  # what overlaps with the validation split is in neither part
        faults.append(f"{version} lacks {n_lost} of {pool.height} live records")
    return faults


def temporary_files(home: Path) -> list[str]:
    """Return what is left in a dataset of writes that were killed."""
    found = [
        os.path.join(folder, name)  # noqa: PTH118
        for folder, folders, files in os.walk(home / DATASET)
        for name in (*folders, *files)
    ]
    return [path for path in found if is_temporary(Path(path))]
