"""Upgrading what an older release has stored, after a back-up and without touching a version.

A dataset is planned whole before anything is written, so a damaged one is refused unchanged. Then comes a
back-up, proved by its digests; then entry by entry; `store.json` says last that all is done. Killed at any
write, it is finished by running again, from the back-up. Entries of formats 2 and 3 stay byte for byte as
they are, and so do records, which are read in today's columns (`records.widened`): from there only the number
in `store.json` changes, after the whole chain was read.

What belongs here: datasets and their formats. What does not: `dagster.yaml` (`instance_file`), and how
format 1 was written (`format1`).
"""

from dataclasses import dataclass

from upath import UPath

from entropy_assets.curation.publication.proof import sums, verify_version
from entropy_assets.errors import StoreDamaged
from entropy_assets.ledger import Head, Ledger
from entropy_assets.ledger.audit import audit
from entropy_assets.ledger.head import Current
from entropy_assets.ledger.model import OLDEST, SCHEMA
from entropy_assets.migration.format1 import Plan, plan_ledger
from entropy_assets.storage import DatasetHome, datasets, digest_bytes, names_in, put, read_or_none
from entropy_assets.store_format import (
    LOST,
    STORE_FORMAT,
    claim_format,
    raise_format,
    require_schema,
    store_format,
)

__all__ = ["Migrated", "migrate_dataset", "migrate_home", "require_schema"]


@dataclass(frozen=True)
class Migrated:
    """What became of one dataset.

    Parameters
    ----------
    dataset
        Its name.
    n_entries
        Entries of its ledger that were upgraded; 0 where it had this release's format already.
    backup
        Folder of the back-up, None where no entry had to be changed.
    found
        Number of the format that it had; None where nothing was written into it yet, `LOST` where only
        its `store.json` was missing.
    """

    dataset: str
    n_entries: int
    backup: UPath | None
    found: int | None = STORE_FORMAT


def migrate_home(home: UPath, names: list[str] | None = None) -> list[Migrated]:
    """Upgrade the named datasets under ENTROPY_HOME, by default all; return what became of each."""
    return [migrate_dataset(DatasetHome(home, name)) for name in names or datasets(home)]


def migrate_dataset(home: DatasetHome) -> Migrated:
    """Upgrade one dataset to this release's format; return what was done. Harmless when run again.

    Raises
    ------
    InvalidInput
        It was written by a newer release; as where it is `StoreDamaged`, nothing is changed.
    """
    found = store_format(home.root)
    if found is None or found >= STORE_FORMAT:
        require_schema(home)
        return Migrated(home.name, 0, None, found)
    if found >= OLDEST:
        _require_whole(home)
        raise_format(home.root)
        return Migrated(home.name, 0, None, found)
    live = _entries_in(home.root / "ledger")
    backup, old, plan = _unfinished(home, live)
    if backup is None:
        if _is_readable(live):
            _require_whole(home)
            claim_format(home.root)
            return Migrated(home.name, 0, None, LOST)
        old, plan = live, plan_ledger(live, home)
        for version in plan.history.versions:
            verify_version(home, version)
        _require_known_current(home, plan)
        backup = _back_up(home, old) if old else None
    for path, data in plan.files.items():
        if read_or_none(home.root / path) != data:
            put(home.root / path, data)
    if old:
        head = Head(len(plan.history), plan.history.head)
        put(home.current_path, Current(plan.history.state.version, head).to_bytes())
    claim_format(home.root)
    return Migrated(home.name, len(old), backup, found)


def _require_whole(home: DatasetHome) -> None:
    """Refuse a ledger whose entries do not fit each other, or that `CURRENT` contradicts.

    Raises
    ------
    StoreDamaged
        They do not, or it does.
    """
    _, faults = audit(Ledger(home.root / "ledger"))
    if faults:
        raise StoreDamaged(faults[0])


def _require_known_current(home: DatasetHome, plan: Plan) -> None:
    """Refuse a ledger that does not know what `CURRENT` names: its last entries were cut off.

    Raises
    ------
    StoreDamaged
        It does not.
    """
    current = (read_or_none(home.current_path) or b"").decode(errors="replace").strip()
    if current and current not in plan.history.versions:
        raise StoreDamaged(
            f"{home.current_path} names {current[:80]!r}, which no entry of the ledger has made: entries are "
            "missing at its end, restore them from a backup"
        )


def _entries_in(folder: UPath) -> dict[str, bytes]:
    """Return name -> bytes of the entries in a folder."""
    names = sorted(name for name in names_in(folder) if name.endswith(".json"))
    return {name: read_or_none(folder / name) or b"" for name in names}


def _is_readable(live: dict[str, bytes]) -> bool:
    """Return whether the ledger only lost its `store.json`."""
    first = next(iter(live.values()), b"")
    return any(f'"schema":{number}'.encode() in first for number in range(OLDEST, SCHEMA + 1))


def _back_up(home: DatasetHome, entries: dict[str, bytes]) -> UPath:
    """Copy all that will be changed, prove the copy by its digests, and return its folder."""
    number = 1
    while read_or_none(home.root / "backup" / f"schema-1-{number}" / "SHA256SUMS") is not None:
        number += 1
    folder: UPath = home.root / "backup" / f"schema-1-{number}"
    files = {f"ledger/{name}": data for name, data in entries.items()}
    current = read_or_none(home.current_path)
    if current is not None:
        files["CURRENT"] = current
    for path, data in files.items():
        put(folder / path, data)
    wrong = [path for path, data in files.items() if read_or_none(folder / path) != data]
    if wrong:
        raise StoreDamaged(f"the back-up {folder} does not hold what was written into it: check the disk")
    put(folder / "SHA256SUMS", sums({path: digest_bytes(data) for path, data in files.items()}))
    return folder


def _unfinished(home: DatasetHome, live: dict[str, bytes]) -> tuple[UPath | None, dict[str, bytes], Plan]:
    """Return the back-up of a migration that was killed, its entries, and the plan it followed."""
    nothing = Plan.of_nothing()
    for name in sorted(names_in(home.root / "backup"), reverse=True):
        folder = home.root / "backup" / name
        old, stated = _entries_in(folder / "ledger"), read_or_none(folder / "SHA256SUMS")
        if not name.startswith("schema-1-") or stated is None or old.keys() != live.keys():
            continue
        copied = {f"ledger/{one}": digest_bytes(data) for one, data in old.items()}
        current = read_or_none(folder / "CURRENT")
        if current is not None:
            copied["CURRENT"] = digest_bytes(current)
        if sums(copied) != stated:
            raise StoreDamaged(f"the back-up {folder} differs from its SHA256SUMS: restore it, or remove it")
        plan = plan_ledger(old, home)
        if all(data in (old[one], plan.files[f"ledger/{one}"]) for one, data in live.items()):
            return folder, old, plan
    return None, {}, nothing
