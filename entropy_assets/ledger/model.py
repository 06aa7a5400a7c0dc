"""What stands in a ledger: states, changes, outcomes by drop, and entries, with their stored form.

An entry holds a difference to its parent and not what the dataset is afterwards, so a ledger grows with
what changes. Its bytes are canonical JSON, and the digest of these bytes stands in the next entry.

What belongs here: the values, and whether the bytes of one entry are well formed by themselves. What
does not: whether an entry fits those before it (`history`).
"""

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import StringConstraints, TypeAdapter, ValidationError

from entropy_assets.errors import InvalidInput
from entropy_assets.ledger.candidate import CHANGES, STRICT, Action, Candidate, Drop
from entropy_assets.storage import canonical_json, digest_bytes, digest_value, parse_json

SCHEMA = 2
"""Number of the stored form that this release writes and reads."""
NOTHING_BEFORE = "0" * 64
"""What the first entry names as the digest of its predecessor."""

VERSION_NAME = re.compile(r"v([0-9]{4,})-[0-9a-f]{8}")

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
VersionName = Annotated[str, StringConstraints(pattern=f"^{VERSION_NAME.pattern}$")]
SegmentPath = Annotated[str, StringConstraints(pattern=r"^index/[0-9a-f]{1,64}\.json$")]
Moment = Annotated[str, StringConstraints(pattern=r"^[0-9-]{10}T[0-9:]{8}\+00:00$")]


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

    @cached_property
    def digest(self) -> str:
        """Digest of version, live drops in their order, and segments: what manifests name as their parent."""
        return digest_value({"version": self.version, "drops": self.drops, "segments": self.segments})


@dataclass(frozen=True)
class Outcome:
    """What one entry decided about one drop.

    Parameters
    ----------
    outcome
        `promote` or `hold`.
    reasons
        Why this drop is held, where the entry decides several; else the entry's reasons say it.
    content
        Digest of the drop's files as they were delivered, None where it was not taken.
    """

    __pydantic_config__ = STRICT

    outcome: Literal["promote", "hold"]
    reasons: tuple[dict[str, Any], ...] = ()
    content: str | None = None


@dataclass(frozen=True)
class Parent:
    """The state that an entry was decided against, by version and state digest."""

    __pydantic_config__ = STRICT

    version: VersionName | None
    digest: Digest


@dataclass(frozen=True)
class Change:
    """What an entry makes of its parent.

    Parameters
    ----------
    version
        Name of the version; the parent's where the result is unchanged.
    manifest
        SHA-256 of that version's `manifest.json`.
    removed
        Live drops that are taken out, in their order; then `added` come to the end.
    added
        Drops that become live.
    segments_removed
        Keys whose index segment no longer counts, sorted.
    segments_set
        Key -> path of a segment that is new or replaced.
    """

    __pydantic_config__ = STRICT

    version: VersionName
    manifest: Digest | None
    removed: tuple[Drop, ...] = ()
    added: tuple[Drop, ...] = ()
    segments_removed: tuple[str, ...] = ()
    segments_set: dict[str, SegmentPath] = field(default_factory=dict)

    def apply(self, parent: State) -> State:
        """Return what the parent becomes; segments stand in the order of their keys."""
        drops = tuple(drop for drop in parent.drops if drop not in set(self.removed)) + self.added
        segments = parent.segments
        if self.segments_removed or self.segments_set:
            merged = {**segments, **self.segments_set}
            segments = {key: merged[key] for key in sorted(merged.keys() - set(self.segments_removed))}
        return State(self.version, drops, segments)

    @classmethod
    def between(cls, parent: State, state: State, manifest: str | None) -> "Change":
        """Return the change that turns one state into another."""
        left, n_kept = iter(parent.drops), 0
        for drop in state.drops:  # the longest beginning that keeps the parent's order
            if drop not in left:
                break
            n_kept += 1
        kept = set(state.drops[:n_kept])
        return cls(
            version=state.version or "",
            manifest=manifest,
            removed=tuple(drop for drop in parent.drops if drop not in kept),
            added=state.drops[n_kept:],
            segments_removed=tuple(sorted(parent.segments.keys() - state.segments.keys())),
            segments_set={k: v for k, v in state.segments.items() if parent.segments.get(k) != v},
        )


def _no_state(number: int) -> State:
    raise LookupError(f"entry {number} was not read from a ledger, so its state is not known")


@dataclass(frozen=True)
class Entry:
    """One decision: number, what, about which candidate, against which parent, with which outcome.

    Parameters
    ----------
    number
        Its place, from 1; the name of its file.
    action
        What was decided.
    candidate
        What it was decided about.
    parent
        Version that the candidate was measured against, None before the first.
    parent_digest
        Digest of the state that it was measured against.
    change
        What became of the parent; None for a hold.
    outcomes
        Drop that the candidate adds -> what was decided about it.
    reasons
        Why, as plain values.
    digests
        What the decision rests on: name -> SHA-256.
    at
        When, ISO 8601 in UTC.
    previous
        SHA-256 of the bytes of the entry before.
    snapshot
        SHA-256 of the snapshot of all entries before, in the entry that follows one.
    digest
        SHA-256 of the entry's own bytes.
    states
        Gives the state after an entry by its number.
    """

    number: int
    action: Action
    candidate: Candidate
    parent: str | None
    parent_digest: str
    change: Change | None
    outcomes: dict[str, Outcome]
    reasons: tuple[dict[str, Any], ...]
    digests: dict[str, str]
    at: str
    previous: str
    snapshot: str | None = None
    digest: str = field(default="", compare=False)
    states: Callable[[int], State] = field(default=_no_state, repr=False, compare=False)

    @property
    def state(self) -> State:
        """The state after this entry; folded when asked for."""
        return self.states(self.number)

    @property
    def version(self) -> str | None:
        """Name of the version that is current after this entry."""
        return self.parent if self.change is None else self.change.version

    def to_bytes(self) -> bytes:
        """Return the entry's stored form."""
        stored = {
            "schema": SCHEMA,
            **{name: getattr(self, name) for name in ("number", "previous", "action", "reasons", "digests")},
            "candidate": asdict(self.candidate),
            "parent": {"version": self.parent, "digest": self.parent_digest},
            "change": None if self.change is None else asdict(self.change),
            "outcomes": {drop: asdict(outcome) for drop, outcome in self.outcomes.items()},
            "at": self.at,
        }
        return canonical_json(stored if self.snapshot is None else {**stored, "snapshot": self.snapshot})

    def to_text(self) -> str:
        """Return the entry as indented JSON, for a person; control characters are escaped."""
        return json.dumps(json.loads(self.to_bytes()), indent=2)

    @classmethod
    def from_bytes(cls, data: bytes, where: str, states: Callable[[int], State] = _no_state) -> "Entry":
        """Return the entry with this stored form.

        Parameters
        ----------
        data
            The bytes.
        where
            Their place, for messages.
        states
            Gives the state after an entry by its number.

        Raises
        ------
        InvalidInput
            The bytes are no entry, or one in the form of another release.
        """  # noqa: DOC501 - `_unreadable` makes an InvalidInput
        try:
            stored = _STORED.validate_json(data)
            datetime.fromisoformat(stored.at)
        except ValueError as error:
            raise _unreadable(data, where, error) from error
        return cls(
            number=stored.number,
            action=stored.action,
            candidate=stored.candidate,
            parent=stored.parent.version,
            parent_digest=stored.parent.digest,
            change=stored.change,
            outcomes=stored.outcomes,
            reasons=stored.reasons,
            digests=stored.digests,
            at=stored.at,
            previous=stored.previous,
            snapshot=stored.snapshot,
            digest=digest_bytes(data),
            states=states,
        )


@dataclass(frozen=True)
class _Stored:
    """The stored form of an entry, as the validator reads it."""

    __pydantic_config__ = STRICT

    schema: Literal[2]
    number: int
    previous: Digest
    action: Action
    candidate: Candidate
    parent: Parent
    change: Change | None
    outcomes: dict[Drop, Outcome]
    reasons: tuple[dict[str, Any], ...]
    digests: dict[str, str]
    at: Moment
    snapshot: Digest | None = None


_STORED = TypeAdapter(_Stored)


def _unreadable(data: bytes, where: str, error: ValueError) -> InvalidInput:
    """Return what is wrong with bytes that are no entry of this release."""
    try:
        value = parse_json(data)
    except ValueError:
        value = None
    if isinstance(value, dict):
        schema = value.get("schema", 1 if "state" in value else None)
        if type(schema) is int and schema > SCHEMA:
            return InvalidInput(
                f"{where} is written in store format {schema} by a newer release, this one reads {SCHEMA}: "
                "update entropy-assets"
            )
        if type(schema) is int and schema < SCHEMA:
            return InvalidInput(
                f"{where} is written in store format {schema}, this release reads {SCHEMA}: "
                "run `entropy-assets migrate`"
            )
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        told = f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['msg']}"
    else:
        told = str(error)
    return InvalidInput(
        f"{where} is not an entry of a ledger ({told}): restore it from a backup, never delete it"
    )


def state_of(entries: list[Entry]) -> State:
    """Return the state after the last entry that changed it."""
    return next((entry.state for entry in reversed(entries) if entry.action in CHANGES), State())
