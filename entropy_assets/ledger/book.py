"""Extends the ledger in one folder, and keeps `CURRENT` beside it in step.

What belongs here: writing, and who was first. What does not: reading and checking (`reader`), and
whether an entry fits those before it (`history`).
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from upath import UPath

from entropy_assets.errors import InvalidInput, StaleProvenance, StorageConflict
from entropy_assets.ledger.candidate import CHANGES, Action, Candidate, Word
from entropy_assets.ledger.head import Current, Head
from entropy_assets.ledger.history import History
from entropy_assets.ledger.model import SCHEMA, Entry, Outcome
from entropy_assets.ledger.reader import KEPT_SNAPSHOTS, Reader
from entropy_assets.ledger.state import Change, State, Superseded
from entropy_assets.storage import create_exclusive, names_in, put, read_or_none
from entropy_assets.store_format import claim_format

MAX_TRIES = 100
"""Times that an entry is tried under the next number, because another decision took the one before."""


class HeadMoved(StorageConflict):
    """Another decision came in after the head that a version was built on; its parent may be current."""


def utc_now() -> datetime:
    """Return this moment."""
    return datetime.now(UTC)


class Ledger(Reader):
    """Reads and extends the ledger in one folder.

    Parameters
    ----------
    folder
        The folder of the entries; `CURRENT` and `versions/` lie beside it.
    clock
        Gives the moment of a decision.
    """

    def __init__(self, folder: UPath, clock: Callable[[], datetime] = utc_now) -> None:
        super().__init__(folder)
        self.clock = clock

    def check_open(self, action: Action, candidate: Candidate, parent: State) -> None:
        """Refuse a decision that cannot be added at this moment.

        Raises
        ------
        StaleProvenance
            The parent is no longer the current state: the candidate is measured anew.
        StorageConflict
            The candidate, or a drop that it adds, has been decided meanwhile.
        """
        history = self.history()
        _refuse_decided(history, candidate, action)
        if history.state != parent:
            raise StaleProvenance(
                f"candidate {candidate.key!r} is stale: it was measured against {parent}, "
                f"but {history.state} is current; run it again from deduped_records"
            )

    def append(
        self,
        action: Action,
        candidate: Candidate,
        *,
        parent: State,
        state: State | None = None,
        reasons: tuple[dict[str, Any], ...] = (),
        digests: dict[str, str] | None = None,
        outcomes: dict[str, Outcome] | None = None,
        manifest: str | None = None,
        built_on: Head | None = None,
        superseded: Superseded | None = None,
    ) -> Entry:
        """Add a decision about an open candidate and return its entry.

        Parameters
        ----------
        action
            What was decided.
        candidate
            What it was decided about.
        parent
            The state that the candidate was measured against.
        state
            The state after the decision; not given for a hold or ask, which change nothing.
        reasons
            Why, as plain values.
        digests
            What the decision rests on: name -> SHA-256.
        outcomes
            Drop that the candidate adds -> what was decided about it; by default the action for all.
        manifest
            SHA-256 of the `manifest.json` of the state's version.
        built_on
            Head that the version's manifest names; None where there is no new version.
        superseded
            What corrections among the drops that it adds take out of the pool.

        Raises
        ------
        StaleProvenance
            The parent is no longer the current state: the candidate is measured anew.
        HeadMoved
            The parent is current, but another decision came in after `built_on`.
        StorageConflict
            The candidate, or a drop that it adds, has been decided meanwhile, or no try found a free number.
        InvalidInput
            The decision could not be read again: a key, name or outcome is none, or does not fit.
        """
        with self._lock:
            for _ in range(MAX_TRIES):
                history = self.history()
                self.check_open(action, candidate, parent)
                if built_on is not None and built_on != Head(len(history), history.head):
                    raise HeadMoved(f"entry {len(history)} came in while {candidate.key!r} was published")
                after = state or parent if action in CHANGES else None
                entry = compose(
                    history,
                    action,
                    candidate,
                    after,
                    self.clock(),
                    reasons,
                    digests,
                    outcomes,
                    manifest,
                    superseded=superseded,
                )
                try:
                    self._commit(history, entry)
                except StorageConflict:
                    continue  # another decision took this number: look at what it changed
                return entry
        raise StorageConflict(
            f"candidate {candidate.key!r} found no free number in {self.folder} in {MAX_TRIES} tries: other "
            "decisions came first, or the store hides them from readers; run it again"
        )

    def repair_current(self) -> str | None:
        """Make `CURRENT` say what the ledger says, and a lost snapshot again; return the current version.

        Raises
        ------
        InvalidInput
            The ledger, `CURRENT` or the current version contradict each other: that is no crash.
        """
        with self._lock:
            while len(history := self.history()):
                version = history.state.version
                wanted = Current(version, Head(len(history), history.head)).to_bytes()
                if read_or_none(self.current_path) == wanted:
                    break
                put(self.current_path, wanted)  # and look again: another decision may have come in between
            if self._lost_snapshot is not None:
                made = History(load=history.load)
                for number in range(1, self._lost_snapshot + 1):
                    made.add(history.entry(number))
                put(self.snapshot_path(self._lost_snapshot), made.snapshot())
                self._lost_snapshot = None
            return history.state.version

    def _commit(self, history: History, entry: Entry) -> None:
        if entry.number == 1:
            claim_format(self.folder.parent)
        if entry.snapshot is not None:
            put(self.snapshot_path(len(history)), history.snapshot())
        create_exclusive(self.entry_path(entry.number), entry.to_bytes())
        history.add(entry)
        if entry.snapshot is not None:
            stored = [n for n in names_in(self.folder / "snapshots") if n.endswith(".json")]
            for name in sorted(stored, key=lambda name: (len(name), name))[:-KEPT_SNAPSHOTS]:
                (self.folder / "snapshots" / name).unlink(missing_ok=True)


def compose(
    history: History,
    action: Action,
    candidate: Candidate,
    state: State | None,
    at: datetime,
    reasons: tuple[dict[str, Any], ...] = (),
    digests: dict[str, str] | None = None,
    outcomes: dict[str, Outcome] | None = None,
    manifest: str | None = None,
    schema: int = SCHEMA,
    superseded: Superseded | None = None,
) -> Entry:
    """Return the entry that a decision makes after a history, as it will be read.

    Parameters
    ----------
    history
        All entries before.
    action, candidate, reasons, digests, outcomes, manifest, superseded
        As for `Ledger.append`.
    state
        The state after the decision; None for a hold or ask.
    at
        The moment of the decision.
    schema
        Number of the stored form.

    Raises
    ------
    InvalidInput
        It could not be read again, or does not fit the history.
    """
    if state is not None and state.version in history.versions and manifest is None:
        manifest = history.manifest_of(state.version)
    if outcomes is None:
        late = action not in CHANGES and candidate.key.startswith("@release-")
        said = () if late and set(candidate.add) & set(history.state.drops) else candidate.add
        word: Word = "promote" if action in CHANGES else "hold" if action == "hold" else "ask"
        outcomes = {drop: Outcome(word) for drop in said}
    entry = Entry(
        number=len(history) + 1,
        action=action,
        candidate=candidate,
        parent=history.state.version,
        parent_digest=history.state.digest,
        change=None if state is None else Change.between(history.state, state, manifest, superseded),
        outcomes=outcomes,
        reasons=reasons,
        digests=digests or {},
        at=at.astimezone(UTC).isoformat(timespec="seconds"),
        previous=history.head,
        snapshot=history.snapshot_due(),
        schema=schema,
    )
    made = Entry.from_bytes(entry.to_bytes(), f"the decision about {candidate.key!r}", history.state_after)
    fault = history.misfit(made)
    if fault is not None:
        raise InvalidInput(f"candidate {candidate.key!r} cannot be decided like this: its entry {fault}")
    return made


def _refuse_decided(history: History, candidate: Candidate, action: Action) -> None:
    """Refuse a candidate that is decided, or one of whose drops is, unless it looks at that drop again."""
    if candidate.key in history.keys:
        raise StorageConflict(f"candidate {candidate.key!r} is already decided: read the ledger")
    for drop in candidate.add:
        known = history.drops.get(drop)
        if candidate.is_second_look:
            if action in CHANGES and drop in history.state.drops:
                raise StorageConflict(f"candidate {candidate.key!r} releases {drop!r}, which is already live")
        elif known is not None and known.inbox:
            raise StorageConflict(
                f"candidate {candidate.key!r} is already decided in part: entry {known.inbox} decided drop "
                f"{drop!r}; read the ledger"
            )
