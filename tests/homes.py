"""A dataset in a folder of its own, and what tests do with it, without Dagster.

What belongs here: running a candidate whole or up to its verdict, reading and editing what it stored, making
homes once. What does not: Dagster (`tests.defs.conftest`), and the fixtures (`tests.conftest`).
"""

import fcntl
import json
import os
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

import pytest
from upath import UPath

from entropy_assets.candidate.dedup import deduplicate_drops
from entropy_assets.candidate.drop_report import report_drops
from entropy_assets.candidate.ingest import read_drops
from entropy_assets.candidate.law_report import report_law
from entropy_assets.candidate.manifests import (
    DedupedRecords,
    DropReport,
    DuplicatePairs,
    LawReport,
    Manifest,
    PoolManifest,
    ProbeReport,
    RandomControl,
    RawRecords,
    ScreenedRecords,
    SelectionManifest,
)
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.probe import probe_candidate
from entropy_assets.candidate.publish import Reports, conclude
from entropy_assets.candidate.run import CandidateRun, open_run
from entropy_assets.candidate.screening import screen_drops
from entropy_assets.candidate.selection import assemble_pool, select_control, select_records
from entropy_assets.candidate.session import session
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.demo.drops import Row, write_drop
from entropy_assets.ledger import Entry
from entropy_assets.storage import digest_value

M = TypeVar("M", bound=Manifest)

# Budgets far below the defaults make runs of a few seconds and noisy ones, so the limits that noise
# could touch are wide; damage has to be seen by what is not noisy at this size.
SETTINGS = """
workers = 1
[probe]
budget_bytes = 8192
checkpoint_bytes = 8192
heldout_bytes = 4096
n_samples = 2
[law]
sample_bytes = 16384
n_samples = 3
known_records = 60
[damage]
records = 300
examples = 100
epochs = 5
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
max_truncated = 0.5
max_copies = 0.3
max_repeated_phrases = 0.3
max_blobs = 0.05
"""

REPORTS: dict[str, type[Manifest]] = {
    "raw": RawRecords,
    "deduped": DedupedRecords,
    "pairs": DuplicatePairs,
    "screened": ScreenedRecords,
    "drops": DropReport,
    "pool": PoolManifest,
    "selection": SelectionManifest,
    "control": RandomControl,
    "probe": ProbeReport,
    "law": LawReport,
}
"""What a decision rests on, under the names that `Reports` gives it."""

assert [field.name for field in fields(Reports)] == list(REPORTS)


@dataclass
class Home:
    """A dataset in a folder of its own, and the drops that tests deliver to it."""

    workspace: Workspace
    drops: dict[str, list[Row]]

    @property
    def root(self) -> Path:
        return Path(str(self.workspace.root))

    @property
    def n_entries(self) -> int:
        return len(self.workspace.ledger.entries())

    @property
    def settings(self) -> str:
        return Path(str(self.workspace.home.settings_path)).read_text()

    @settings.setter
    def settings(self, text: str) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        Path(str(self.workspace.home.settings_path)).write_text(text)

    def deliver(self, name: str, rows: list[Row] | None = None) -> str:
        write_drop(Path(str(self.workspace.home.inbox)) / name, rows or self.drops[name])
        return name

    def run(self, key: str) -> Entry:
        """Run a candidate to its decision."""
        entry = curate(self.workspace, key)
        assert entry is not None, "a batch was divided"
        return entry

    def open(self, key: str) -> CandidateRun:
        return open_run(self.workspace, key)

    def measure(self, key: str) -> Reports:
        """Take a candidate through all steps up to its law report, and decide nothing."""
        with session(self.workspace, key, uuid.uuid4().hex) as run:
            raw, bad = read_drops(run)
            deduped, pairs = deduplicate_drops(run, raw)
            screened, out = screen_drops(run, deduped)
            drops = report_drops(run, screened)
            pool = assemble_pool(run, screened, drops)
            selection = select_records(run, pool)
            control = select_control(run, pool, selection)
            probe, _ = probe_candidate(run, pool, selection, control)
            law = report_law(run, screened, pool, selection, control, probe, drops)
            reports = Reports(raw, deduped, pairs, screened, drops, pool, selection, control, probe, law)
            for manifest in (*reports.manifests, bad, out):
                self.workspace.store(manifest)
            return reports

    def reports(self, key: str) -> Reports:
        """Return the stored reports of a candidate, as the version loads them."""
        return Reports(**{name: self.workspace.load(form, key) for name, form in REPORTS.items()})  # type: ignore[arg-type]

    def conclude(self, key: str) -> Entry:
        """Decide a candidate from its stored reports alone."""
        with session(self.workspace, key, uuid.uuid4().hex) as run:
            entry = conclude(run, self.reports(key))
        assert entry is not None, "a batch was divided"
        return entry

    def load(self, form: type[M], key: str) -> M:
        return self.workspace.load(form, key)

    def body(self, form: type[Manifest], key: str) -> dict[str, Any]:
        """Return the content of a stored manifest as plain JSON."""
        path = Path(str(self.workspace.manifest_path(form.step, key)))
        found: dict[str, Any] = json.loads(path.read_bytes())["body"]
        return found

    def edit(
        self, form: type[Manifest], key: str, change: Callable[[dict[str, Any]], Any], *, resealed: bool
    ) -> None:
        """Change the content of a stored manifest, and its seal too or not."""
        path = Path(str(self.workspace.manifest_path(form.step, key)))
        value = json.loads(path.read_bytes())
        change(value["body"])
        if resealed:
            value["digest"] = digest_value(value["body"])
        path.write_text(json.dumps(value))


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a folder that one process of a test run makes and all of them read."""
    base = factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, done = root / f"once-{name}", root / f"once-{name}.done"
    with (root / f"once-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            make(folder)
            done.touch()
    return folder


def home_in(folder: Path, drops: dict[str, list[Row]]) -> Home:
    return Home(Workspace(UPath(folder), "docs"), drops)


def status_rows(printed: str) -> list[tuple[str, ...]]:
    """Return the rows of the tables that `status` printed, a folded cell as one text again."""
    rows: list[tuple[str, ...]] = []
    for line in printed.splitlines():
        cells = [cell.strip() for cell in line.split("│")]
        if len(cells) != 6:
            continue
        if cells[0]:
            rows.append(tuple(cells))
        else:
            rows[-1] = tuple(f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True))
    return rows
