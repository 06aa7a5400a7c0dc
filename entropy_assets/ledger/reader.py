"""Reads the ledger in one folder, and checks whatever is read.

Entries are read by key, `000001.json`, `000002.json`, … until one is missing, since object stores cache
listings; a listing is looked at only to refuse what does not belong. What was verified is kept, and
reading goes on from there. A new reader begins at the last snapshot that `CURRENT` leads to.

What belongs here: files, and whether they agree. What does not: whether an entry fits those before it
(`history`), and writing (`book`).
"""

import os
import threading

from upath import UPath

from entropy_assets.errors import InvalidInput, StoreDamaged
from entropy_assets.ledger.candidate import order_of
from entropy_assets.ledger.head import Current, Head, read_current
from entropy_assets.ledger.history import SNAPSHOT_EVERY, History
from entropy_assets.ledger.model import NOTHING_BEFORE, Entry, Outcome
from entropy_assets.ledger.state import State
from entropy_assets.numbered import misfits_told
from entropy_assets.storage import digest_bytes, is_local, names_in, parse_json, read_or_none
from entropy_assets.store_format import refuse_other_format

KEPT_SNAPSHOTS = 2
"""The newest snapshots that stay; one before the last serves whoever reads an older `CURRENT`."""


class Reader:
    """Reads the ledger in one folder.

    Parameters
    ----------
    folder
        The folder of the entries; `CURRENT` and `versions/` lie beside it.
    """

    def __init__(self, folder: UPath) -> None:
        self.folder = folder
        self.current_path = folder.parent / "CURRENT"
        self._lock = threading.RLock()
        self._history: History | None = None
        self._listed_at: int | None = None
        self._checked_version: str | None = None
        self._lost_snapshot: int | None = None

    def entries(self) -> list[Entry]:
        """Return all entries in their order.

        Raises
        ------
        StoreDamaged
            The ledger was cut, an entry is missing, damaged or changed, or `CURRENT` or the current
            version's manifest contradict it.
        """
        with self._lock:
            history = self.history()
            return [history.entry(number) for number in range(1, len(history) + 1)]

    def state(self) -> State:
        """Return the present state."""
        return self.history().state

    def head(self) -> Head:
        """Return number and digest of the last entry."""
        with self._lock:
            history = self.history()
            return Head(len(history), history.head)

    def state_before(self, key: str) -> State:
        """Return the state that the candidate `key` was decided against; the present one while it is open."""
        with self._lock:
            history = self.history()
            number = _number_of(history, key)
            return history.state if number is None else history.state_after(number - 1)

    def decided(self, key: str) -> bool:
        """Return whether a candidate, or a drop in a batch, is decided; no entry is read for it."""
        return _number_of(self.history(), key) is not None

    def decision(self, key: str) -> Entry | None:
        """Return the entry that decided the candidate `key`, or the batch with the drop of that name.

        None while it is open.
        """
        with self._lock:
            history = self.history()
            number = _number_of(history, key)
            return None if number is None else history.entry(number)

    def outcome(self, drop: str) -> tuple[Outcome, Entry] | None:
        """Return what was last decided about a drop, and the entry that says it; None while it is open."""
        with self._lock:
            history = self.history()
            if drop not in history.drops:
                return None
            entry = history.entry(history.drops[drop].last)
            return entry.outcomes[drop], entry

    def about(self, drop: str) -> list[int]:
        """Return the numbers of the last decision on a drop and of all orders on it; no entry is read."""
        with self._lock:
            history = self.history()
            found = {number for key, number in history.keys.items() if (order_of(key) or ("",))[0] == drop}
            return sorted(found | ({history.drops[drop].last} if drop in history.drops else set()))

    def outcome_words(self) -> dict[str, str]:
        """Return drop -> `promote`, `ask` or `hold`, as last decided; no entry is read for it."""
        with self._lock:
            return {drop: decided.word for drop, decided in self.history().drops.items()}

    def versions(self) -> dict[str, int]:
        """Return version -> number of the entry that made it, in their order; no entry is read for it."""
        return dict(self.history().versions)

    def entry(self, number: int) -> Entry:
        """Return one entry by its number.

        Raises
        ------
        InvalidInput
            There is no such entry.
        StoreDamaged
            The ledger is damaged.
        """
        with self._lock:
            history = self.history()
            if not 1 <= number <= len(history):
                raise InvalidInput(f"the ledger {self.folder} has entries 1 to {len(history)}, not {number}")
            return history.entry(number)

    def entry_path(self, number: int) -> UPath:
        """Return where an entry is stored."""
        return self.folder / f"{number:06d}.json"

    def snapshot_path(self, number: int) -> UPath:
        """Return where the snapshot of the entries up to a number is stored."""
        return self.folder / "snapshots" / f"{number:06d}.json"

    def history(self) -> History:
        """Return all entries that are there now, verified.

        Raises
        ------
        StoreDamaged
            The ledger was cut, an entry is missing, damaged or changed, or `CURRENT` or the current
            version's manifest contradict it.
        """
        with self._lock:
            if self._history is None:
                self._refuse_other_format()
            current = read_current(self.current_path)  # before the entries, which are written before it
            names = self._changed_names()
            if self._history is None:
                self._history = self._open(current)
            history = self._history
            if len(history) and self._digest(len(history)) != history.head:
                raise StoreDamaged(
                    f"{self.entry_path(len(history))}, the ledger's last entry, is missing or was changed: "
                    "restore it from a backup"
                )
            while (data := read_or_none(self.entry_path(len(history) + 1))) is not None:
                path = str(self.entry_path(len(history) + 1))
                history.add(Entry.from_bytes(data, path, self._state_after))
            self.check_names(names, len(history), current)
            self.check_current(history, current)
            self._check_version(history)
            return history

    def _refuse_other_format(self) -> None:
        stated = refuse_other_format(self.folder.parent)
        first = None if stated else read_or_none(self.entry_path(1))
        if first is not None:  # a store of format 1 does not state it; its entries and `CURRENT` do
            Entry.from_bytes(first, str(self.entry_path(1)))

    def _open(self, current: Current | None) -> History:
        """Return the history at the last snapshot that the chain covers; without one, an empty history."""
        last = (current.head.number - 1) // SNAPSHOT_EVERY * SNAPSHOT_EVERY if current is not None else 0
        for number in range(last, max(0, last - KEPT_SNAPSHOTS * SNAPSHOT_EVERY), -SNAPSHOT_EVERY):
            data, following = (
                read_or_none(path) for path in (self.snapshot_path(number), self.entry_path(number + 1))
            )
            if data is not None and following is not None:
                entry = Entry.from_bytes(following, str(self.entry_path(number + 1)))
                if entry.snapshot == digest_bytes(data):
                    return History.from_snapshot(data, self._load)
            self._lost_snapshot = last
        return History(load=self._load)

    def _load(self, number: int) -> Entry:
        data, path = read_or_none(self.entry_path(number)), self.entry_path(number)
        history = self._history
        if data is None or history is None or digest_bytes(data) != history.digests[number - 1]:
            raise StoreDamaged(
                f"{path} is missing or differs from the digest that the ledger holds of it: "
                "restore it from a backup"
            )
        return Entry.from_bytes(data, str(path), self._state_after)

    def _state_after(self, number: int) -> State:
        with self._lock:
            history = self._history if self._history is not None else self.history()
            return history.state_after(number)

    def _digest(self, number: int) -> str | None:
        data = read_or_none(self.entry_path(number))
        return None if data is None else digest_bytes(data)

    def _changed_names(self) -> list[str]:
        """Return what lies in the folder, nothing where that is known to be as it was."""
        if not is_local(self.folder):
            return names_in(self.folder) if self._history is None else []
        try:
            changed_at = os.stat(str(self.folder)).st_mtime_ns  # noqa: PTH116 - a UPath's stat differs by store
        except FileNotFoundError:
            return []
        if changed_at == self._listed_at:
            return []
        self._listed_at = changed_at
        return names_in(self.folder)

    def check_names(self, names: list[str], n_entries: int, current: Current | None) -> None:
        """Refuse names of no entry, and entries behind a gap (`StoreDamaged`); a listing may be older."""
        stored = {name for name in names if name.endswith(".json")}
        expected = {f"{number:06d}.json" for number in range(1, n_entries + 1)} if stored else set()
        absent = [name for name in sorted(expected - stored) if read_or_none(self.folder / name) is None]
        last = 0 if current is None else current.head.number
        if misfits := misfits_told(stored, n_entries, absent, last):
            self._listed_at = None
            raise StoreDamaged(f"the ledger {self.folder} {misfits}")

    def check_current(self, history: History, current: Current | None) -> None:
        """Refuse entries that `CURRENT` contradicts; one that is merely older is none of its faults.

        Raises
        ------
        StoreDamaged
            `CURRENT` names an entry that is missing, or one with another digest or version.
        """
        if current is None:
            return
        number = current.head.number
        if number > len(history):
            raise StoreDamaged(
                f"the ledger {self.folder} ends with entry {len(history)}, but {self.current_path} names "
                f"entry {number}: restore the missing entries from a backup"
            )
        version = history.state_after(number).version
        if history.digests[number - 1] != current.head.digest or version != current.version:
            raise StoreDamaged(
                f"{self.current_path} names {current.version or 'none'} and entry {number} with digest "
                f"{current.head.digest[:12]}, but the ledger holds {version or 'none'} and "
                f"{history.digests[number - 1][:12]}: one of them was changed; restore it from a backup"
            )

    def _check_version(self, history: History) -> None:
        """Refuse a current version whose manifest is not the one that was promoted."""
        version = history.state.version
        if version is None or version == self._checked_version:
            return
        fault = self.version_fault(history, version)
        if fault is not None:
            raise StoreDamaged(fault)
        self._checked_version = version

    def version_fault(self, history: History, version: str) -> str | None:
        """Return why a version's manifest is not the one that its entry names; None where it is."""
        made, stated = history.versions[version], history.manifest_of(version)
        if stated is None and not names_in(self.folder.parent / "versions"):
            return None
        path = self.folder.parent / "versions" / version / "manifest.json"
        data = read_or_none(path)
        if data is None or digest_bytes(data) != stated:
            return (
                f"{path} must have the digest {(stated or 'none')[:12]} that ledger entry {made} names, "
                f"{'it is missing' if data is None else f'got {digest_bytes(data)[:12]}'}: "
                "restore the version from a backup"
            )
        head = parse_json(data).get("ledger")  # none in a version from before manifests named it
        before = {"number": made - 1, "digest": history.digests[made - 2] if made > 1 else NOTHING_BEFORE}
        if head is not None and head != before:
            return f"{path} names the head {head} of a ledger that has another entry {made - 1}: restore it"
        return None


def _number_of(history: History, key: str) -> int | None:
    if key in history.keys:
        return history.keys[key]
    return (history.drops[key].inbox or None) if key in history.drops else None
