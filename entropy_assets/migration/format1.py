"""Format 1 of a ledger: each entry held the whole state after it, and no digest of the one before.

Its entries become those of format 2, whichever release upgrades them, so that what one release began another
can finish. What belongs here: reading format 1, and what its entries become. What does not: writing it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from entropy_assets.errors import InvalidInput, StoreDamaged
from entropy_assets.ledger import Candidate, Entry, State
from entropy_assets.ledger.book import compose
from entropy_assets.ledger.history import History
from entropy_assets.ledger.reader import KEPT_SNAPSHOTS
from entropy_assets.numbered import misfits_told
from entropy_assets.storage import DatasetHome, digest_bytes, parse_json, read_or_none


@dataclass(frozen=True)
class Plan:
    """What a dataset's ledger becomes.

    Parameters
    ----------
    files
        Path below the dataset -> bytes, in the order of writing.
    history
        What the new entries say together.
    """

    files: dict[str, bytes]
    history: History

    @classmethod
    def of_nothing(cls) -> "Plan":
        """Return the plan for a dataset without decisions."""
        return cls({}, History(load=_no_entry))


def plan_ledger(old: dict[str, bytes], home: DatasetHome) -> Plan:
    """Return what the entries of format 1 become; nothing is written.

    Parameters
    ----------
    old
        Name of each entry's file -> its bytes, in their order.
    home
        The dataset, whose versions' manifests are taken as they are.

    Raises
    ------
    StoreDamaged
        An entry is missing, damaged, or does not fit the others, or the manifest of a version or an
        index segment of the pool is missing.
    """
    kept: dict[int, Entry] = {}
    history = History(load=kept.__getitem__)
    files: dict[str, bytes] = {}
    snapshots: dict[str, bytes] = {}
    n_found = next((at for at, name in enumerate(old) if name != f"{at + 1:06d}.json"), len(old))
    if misfits := misfits_told(old, n_found):
        raise StoreDamaged(f"the ledger of {home.name!r} {misfits}")
    for number, (name, data) in enumerate(old.items(), start=1):
        before = history.state
        entry, state = _upgrade(history, data, name, home)
        if entry.snapshot is not None:
            snapshots[f"ledger/snapshots/{number - 1:06d}.json"] = history.snapshot()
        kept[number] = entry
        history.add(entry)
        if history.state != state:
            raise StoreDamaged(
                f"entry {name} of the ledger of {home.name!r} makes {state} of {before}, which its candidate "
                f"{entry.candidate.key!r} does not: restore it from a backup"
            )
        files[f"ledger/{name}"] = entry.to_bytes()
    segments = history.state.segments
    if len(set(segments.values())) < len(segments) or not segments.keys() <= history.keys.keys():
        raise StoreDamaged(
            f"the last entry of the ledger of {home.name!r} names index segments twice, or of unknown "
            "candidates: restore it from a backup"
        )
    lost = [path for path in history.state.segments.values() if read_or_none(home.root / path) is None]
    if lost:
        raise StoreDamaged(f"index segments of {home.name!r} are missing: {', '.join(lost)}: restore them")
    return Plan({**dict(list(snapshots.items())[-KEPT_SNAPSHOTS:]), **files}, history)


def _upgrade(history: History, data: bytes, name: str, home: DatasetHome) -> tuple[Entry, State]:
    """Return the next entry in the form of format 2, and the state that the old one states."""
    try:
        value: dict[str, Any] = parse_json(data)
        stored = value["state"]
        state = State(stored["version"], tuple(stored["drops"]), dict(stored["segments"]))
        number, parent, is_hold = value["number"], value["parent"], value["action"] == "hold"
        candidate, at = Candidate.from_json(value["candidate"]), datetime.fromisoformat(value["at"])
        manifest = None if is_hold else _manifest_digest(home, str(state.version))
        entry = compose(
            history,
            value["action"],
            candidate,
            None if is_hold else state,
            at,
            tuple(value["reasons"]),
            value["digests"],
            manifest=manifest,
            schema=2,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        told = str(error) if isinstance(error, InvalidInput) else repr(error)
        raise StoreDamaged(
            f"entry {name} of the ledger of {home.name!r} cannot be upgraded ({told}): "
            "restore it from a backup"
        ) from error
    if (number, parent) != (entry.number, entry.parent):
        raise StoreDamaged(
            f"entry {name} of the ledger of {home.name!r} states number {number} and parent {parent}, "
            f"not {entry.number} and {entry.parent}: restore it from a backup"
        )
    return entry, state


def _no_entry(number: int) -> Entry:
    raise LookupError(number)


def _manifest_digest(home: DatasetHome, version: str) -> str:
    data = read_or_none(home.version(version) / "manifest.json") if "/" not in version else None
    if data is None:
        raise StoreDamaged(f"version {version!r} has no manifest.json")
    return digest_bytes(data)
