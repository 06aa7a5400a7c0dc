"""The append-only list of decisions of a dataset: the only truth.

`ledger/000001.json`, `ledger/000002.json`, … are created exclusively, one a decision. The state of a
dataset (its version, its live drops, the index segments of its pool) is what the last entry that
changed it says. `CURRENT` is a copy for readers.

What belongs here: candidates, entries, and who was first. What does not: how a decision is reached.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from upath import UPath

from entropy_assets.errors import InvalidInput, StaleProvenance, StorageConflict
from entropy_assets.storage import canonical_json, check_drop_name, create_exclusive, numbered_files

Action = Literal["promote", "hold", "release", "withdraw"]
CHANGES: tuple[Action, ...] = ("promote", "release", "withdraw")
"""Actions that name a version; a hold leaves the state as it was."""


@dataclass(frozen=True)
class Candidate:
    """One proposed change to a dataset; the partition of the asset graph.

    Parameters
    ----------
    key
        The drop's name, `@refresh-<date>`, `@release-<drop>-<n>` or `@without-<drop>-<n>`.
    add
        Drops that the candidate adds to its parent's.
    remove
        Drops that it takes away.
    overrides
        Rule codes that a person has set aside for this candidate, never `integrity`.
    by
        Who proposed it: a person, `schedule`, or `inbox` for a drop that landed there.
    why
        The reason that was given.
    """

    key: str
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    by: str = "inbox"
    why: str = "a new drop"

    @property
    def action(self) -> Action:
        """The ledger's word for a promotion of this candidate."""
        if self.key.startswith("@release-"):
            return "release"
        return "withdraw" if self.remove else "promote"

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Candidate":
        """Return the candidate that `dataclasses.asdict` described."""
        tuples = {name: tuple(value[name]) for name in ("add", "remove", "overrides")}
        return cls(**{**value, **tuples})


def drop_candidate(drop: str) -> Candidate:
    """Return the candidate that adds one drop; its key is the drop's name."""
    return Candidate(key=check_drop_name(drop), add=(drop,))


@dataclass(frozen=True)
class State:
    """What a dataset is after a decision.

    Parameters
    ----------
    version
        Name of the current version, None before the first.
    drops
        Live drops, in the order in which they came.
    segments
        Key of a candidate -> path of its index segment, for all candidates that the pool is made of.
    """

    version: str | None = None
    drops: tuple[str, ...] = ()
    segments: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.version or 'no version'} of {len(self.drops)} drop(s)"


@dataclass(frozen=True)
class Entry:
    """One decision: number, what, about which candidate, against which parent, with which outcome."""

    number: int
    action: Action
    candidate: Candidate
    parent: str | None
    state: State
    reasons: tuple[dict[str, Any], ...]
    digests: dict[str, str]
    at: str

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Entry":
        """Return the entry that `dataclasses.asdict` described."""
        state = value["state"]
        return cls(
            **{
                **value,
                "candidate": Candidate.from_json(value["candidate"]),
                "state": State(state["version"], tuple(state["drops"]), dict(state["segments"])),
                "reasons": tuple(value["reasons"]),
            }
        )


class Ledger:
    """Reads and extends the ledger in one folder."""

    def __init__(self, folder: UPath) -> None:
        self.folder = folder

    def entries(self) -> list[Entry]:
        """Return all entries in their order.

        Raises
        ------
        InvalidInput
            A number is missing, because somebody has removed a decision, or an entry is damaged.
        """
        return [_read_entry(path) for path in numbered_files(self.folder, "the ledger")]

    def state(self) -> State:
        """Return the present state."""
        return state_of(self.entries())

    def state_before(self, key: str) -> State:
        """Return the state that the candidate `key` was decided against; the present one while it is open."""
        entries = self.entries()
        number = next((e.number for e in entries if e.candidate.key == key), len(entries) + 1)
        return state_of(entries[: number - 1])

    def decision(self, key: str) -> Entry | None:
        """Return the entry that decided the candidate `key`, None while it is open."""
        return next((entry for entry in self.entries() if entry.candidate.key == key), None)

    def append(
        self,
        action: Action,
        candidate: Candidate,
        *,
        parent: State,
        state: State | None = None,
        reasons: tuple[dict[str, Any], ...] = (),
        digests: dict[str, str] | None = None,
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
            The state after the decision; not given for a hold, which changes nothing.
        reasons
            Why, as plain values.
        digests
            What the decision rests on: name -> SHA-256.

        Raises
        ------
        StaleProvenance
            The parent is no longer the current state: the candidate is measured anew.
        StorageConflict
            The candidate has been decided meanwhile.
        """
        while True:
            entries = self.entries()
            current = state_of(entries)
            if any(entry.candidate.key == candidate.key for entry in entries):
                raise StorageConflict(f"candidate {candidate.key!r} is already decided: read the ledger")
            if current != parent:
                raise StaleProvenance(
                    f"candidate {candidate.key!r} is stale: it was measured against {parent}, "
                    f"but {current} is current; run it again from deduped_records"
                )
            entry = Entry(
                number=len(entries) + 1,
                action=action,
                candidate=candidate,
                parent=parent.version,
                state=current if action == "hold" or state is None else state,
                reasons=reasons,
                digests=digests or {},
                at=datetime.now(UTC).isoformat(timespec="seconds"),
            )
            try:
                create_exclusive(self.folder / f"{entry.number:06d}.json", canonical_json(asdict(entry)))
            except StorageConflict:
                continue  # another decision took this number: look at what it changed
            return entry


def _read_entry(path: UPath) -> Entry:
    try:
        return Entry.from_json(json.loads(path.read_bytes()))
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"{path} is not an entry of a ledger ({error!r}): restore it from a backup, never delete it"
        ) from error


def state_of(entries: list[Entry]) -> State:
    """Return the state after the last entry that changed it."""
    return next((entry.state for entry in reversed(entries) if entry.action in CHANGES), State())
