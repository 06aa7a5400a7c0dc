"""What stands in a ledger: outcomes by drop, and entries, with their stored form.

An entry holds a difference to its parent and not what the dataset is afterwards, so a ledger grows with
what changes. Its bytes are canonical JSON, and the digest of these bytes stands in the next entry.

What belongs here: the values, and whether the bytes of one entry are well formed by themselves. What
does not: states and changes (`state`), and whether an entry fits those before it (`history`).
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import StringConstraints, TypeAdapter, ValidationError

from entropy_assets.errors import InvalidInput, StoreDamaged
from entropy_assets.ledger.candidate import CHANGES, STRICT, Action, Candidate, Drop, Word
from entropy_assets.ledger.state import Change, Digest, Parent, State
from entropy_assets.storage import canonical_json, digest_bytes, parse_json

SCHEMA = 5
"""Number of the stored form that this release writes."""
OLDEST = 2
"""Lowest number that it reads: entries of forms 2 to 4 stay as they are. Form 2 knows neither `ask` nor a
discard, and no corrections; entries of form 3 are those of form 4, and its records know no parts; form 4
knows no rollback."""
NOTHING_BEFORE = "0" * 64
"""What the first entry names as the digest of its predecessor."""

Moment = Annotated[str, StringConstraints(pattern=r"^[0-9-]{10}T[0-9:]{8}\+00:00$")]


@dataclass(frozen=True)
class Outcome:
    """What one entry decided about one drop.

    Parameters
    ----------
    outcome
        `promote`, `ask` or `hold`.
    reasons
        Why this drop is held or asked about, where the entry decides several; else the entry's reasons do.
    content
        Digest of the drop's files as they were delivered, None where it was not taken.
    """

    __pydantic_config__ = STRICT

    outcome: Word
    reasons: tuple[dict[str, Any], ...] = ()
    content: str | None = None


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
        What became of the parent; None where nothing was promoted.
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
    schema
        Number of its stored form.
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
    schema: int = SCHEMA
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
            "schema": self.schema,
            **{name: getattr(self, name) for name in ("number", "previous", "action", "reasons", "digests")},
            "candidate": asdict(self.candidate),
            "parent": {"version": self.parent, "digest": self.parent_digest},
            "change": None if self.change is None else self.change.to_json(),
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
            _require_known_words(stored)
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
            schema=stored.schema,
            digest=digest_bytes(data),
            states=states,
        )


@dataclass(frozen=True)
class _Stored:
    """The stored form of an entry, as the validator reads it."""

    __pydantic_config__ = STRICT

    schema: Literal[2, 3, 4, 5]
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


def _require_known_words(stored: _Stored) -> None:
    """Refuse an entry of an older form that says what that form cannot say.

    Raises
    ------
    ValueError
        It does.
    """
    words = {stored.action, *(outcome.outcome for outcome in stored.outcomes.values())}
    corrects = stored.change is not None and stored.change.superseded is not None
    if stored.schema < 3 and (corrects or "ask" in words or stored.candidate.key.startswith("@discard-")):
        raise ValueError(
            f"store format {stored.schema} knows neither `ask` nor a discard, and no corrections"
        )
    if stored.schema < 5 and stored.action == "rollback":
        raise ValueError(f"store format {stored.schema} knows no rollback")


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
        if type(schema) is int and schema < OLDEST:
            return InvalidInput(
                f"{where} is written in store format {schema}, this release reads {OLDEST} to {SCHEMA}: "
                "run `entropy-assets migrate`"
            )
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        told = f"{'.'.join(map(str, first['loc'])) or 'the whole'}: {first['msg']}"
    else:
        told = str(error)
    return StoreDamaged(
        f"{where} is not an entry of a ledger ({told}): restore it from a backup, never delete it"
    )


def state_of(entries: list[Entry]) -> State:
    """Return the state after the last entry that changed it."""
    return next((entry.state for entry in reversed(entries) if entry.action in CHANGES), State())
