"""The verified chain of decisions: what the entries say together, and whether one more fits them.

A `History` is made entry by entry, or from a snapshot, which is what the entries up to a number say
together. A snapshot's digest stands in the entry that follows it, so the chain covers it.

What belongs here: folding, and the rules that an entry must keep towards those before it. What does not:
files (`book`), and the form of one entry (`model`).
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from entropy_assets.errors import StoreDamaged
from entropy_assets.ledger.candidate import CHANGES, Word, key_fault
from entropy_assets.ledger.model import NOTHING_BEFORE, OLDEST, Entry
from entropy_assets.ledger.state import VERSION_NAME, Change, State
from entropy_assets.storage import canonical_json, digest_bytes, parse_json

SNAPSHOT_EVERY = 512
"""Entries from one snapshot to the next."""


@dataclass
class Decided:
    """What the entries say about one drop.

    Parameters
    ----------
    inbox
        Number of the entry that decided it as it came from the inbox, alone or in a batch; 0 for none.
    last
        Number of the last entry with an outcome for it.
    word
        That outcome.
    """

    inbox: int
    last: int
    word: Word


@dataclass
class History:
    """All entries up to a number, verified.

    Parameters
    ----------
    load
        Gives a verified entry by its number, read anew.
    state
        The state after the last entry.
    digests
        Digest of each entry, in their order.
    keys
        Key of a decided candidate -> number of its entry.
    drops
        Drop -> what was decided about it.
    versions
        Name of a version -> number of the entry that made it, in their order.
    schema
        Number of the stored form of the last entry, and of a snapshot up to it; it never falls.
    base
        Number of the entry up to which the history comes from a snapshot; 0 for none.
    base_state
        The state after it.
    """

    load: Callable[[int], Entry]
    state: State = field(default_factory=State)
    digests: list[str] = field(default_factory=list)
    keys: dict[str, int] = field(default_factory=dict)
    drops: dict[str, Decided] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    schema: int = OLDEST
    base: int = 0
    base_state: State = field(default_factory=State)
    _entries: dict[int, Entry] = field(default_factory=dict)
    _folded: tuple[int, State] = (0, State())

    def __len__(self) -> int:
        return len(self.digests)

    @property
    def head(self) -> str:
        """Digest of the last entry."""
        return self.digests[-1] if self.digests else NOTHING_BEFORE

    def entry(self, number: int) -> Entry:
        """Return an entry by its number; one from before the snapshot is read when it is asked for."""
        if number not in self._entries:
            self._entries[number] = self.load(number)
        return self._entries[number]

    def state_after(self, number: int) -> State:
        """Return the state after an entry; 0 gives the state before the first."""
        if number == len(self):
            return self.state
        last = self._folded
        bases = (last, (self.base, self.base_state), (0, State()))
        start, state = max((one for one in bases if one[0] <= number), key=lambda one: one[0])
        for entry in map(self.entry, range(start + 1, number + 1)):
            state = state if entry.change is None else entry.change.apply(state)
        self._folded = (number, state)
        return state

    def add(self, entry: Entry) -> None:
        """Take in the next entry.

        Raises
        ------
        StoreDamaged
            It does not fit those before it.
        """
        fault = self.misfit(entry)
        if fault is not None:
            raise StoreDamaged(
                f"entry {len(self) + 1:06d}.json of the ledger {fault}: restore it from a backup"
            )
        self._entries[entry.number] = entry
        self.schema = entry.schema
        self.digests.append(entry.digest)
        self.keys[entry.candidate.key] = entry.number
        is_inbox = not entry.candidate.is_second_look
        for drop, outcome in entry.outcomes.items():
            before = self.drops[drop].inbox if drop in self.drops else 0
            self.drops[drop] = Decided(entry.number if is_inbox else before, entry.number, outcome.outcome)
        if entry.change is not None:
            self.state = entry.change.apply(self.state)
            self.versions.setdefault(entry.change.version, entry.number)

    def misfit(self, entry: Entry) -> str | None:
        """Return why an entry cannot be the next one, None if it can."""
        number = len(self) + 1
        state = self.state
        checks = (
            (entry.number == number, f"states number {entry.number}, not {number}"),
            (
                entry.previous == self.head,
                f"does not name the digest of {number - 1:06d}.json, so one of these two was changed",
            ),
            (entry.candidate.key not in self.keys, f"decides {entry.candidate.key!r} a second time"),
            (
                entry.parent == state.version,
                f"names the parent {entry.parent}, current was {state.version}",
            ),
            (entry.parent_digest == state.digest, "names a parent state that was not the current one"),
            (
                entry.schema >= self.schema,
                f"is of store format {entry.schema}, after one of format {self.schema}",
            ),
            (
                entry.action == entry.candidate.action
                or (entry.action in ("ask", "hold") and entry.candidate.action in CHANGES),
                f"says {entry.action} of its candidate",
            ),
            (
                (entry.change is None) == (entry.action not in CHANGES),
                "must hold a change, or else be a hold or ask",
            ),
            (entry.snapshot == self.snapshot_due(), "does not name the snapshot of the entries before it"),
        )
        wrong = next((told for fits, told in checks if not fits), None) or key_fault(entry.candidate)
        return wrong or self._drops_misfit(entry) or self._change_misfit(entry)

    def _drops_misfit(self, entry: Entry) -> str | None:
        add, is_second_look = entry.candidate.add, entry.candidate.is_second_look
        again = [drop for drop in add if drop in self.drops and self.drops[drop].inbox]
        if again and not is_second_look:
            return f"decides drop {again[0]!r} a second time, after entry {self.drops[again[0]].inbox}"
        if is_second_look and add[0] not in self.drops:
            return f"releases drop {add[0]!r}, which was never decided"
        if entry.candidate.key.startswith("@discard-") and self.drops[add[0]].word != "ask":
            return f"discards drop {add[0]!r}, which nobody is asked about"
        if entry.candidate.action == "release" and entry.change is None and not entry.outcomes:
            return None  # a release that counts no more says nothing about the drop, which stays as it was
        words = {outcome.outcome for outcome in entry.outcomes.values()}
        if entry.outcomes.keys() != set(add):
            return f"has outcomes for {sorted(entry.outcomes)}, but its candidate adds {sorted(add)}"
        worst = next((word for word in ("promote", "hold", "ask") if word in words), None)
        if add and worst != ("promote" if entry.change is not None else entry.action):
            return f"says {entry.action}, but the outcomes of its drops say {sorted(words)}"
        return None

    def _change_misfit(self, entry: Entry) -> str | None:
        change, live = entry.change, self.state.drops
        if change is None:
            return None
        if entry.action == "rollback":
            return self._rollback_misfit(entry.candidate.key, change)
        added = tuple(drop for drop in entry.candidate.add if entry.outcomes[drop].outcome == "promote")
        leave = {*entry.candidate.remove, *added}
        absent = [drop for drop in entry.candidate.remove if drop not in live]
        checks = (
            (not absent, f"takes away {absent}, not live"),
            (change.added == added, f"adds the drops {list(change.added)}, but decided {list(added)}"),
            (change.removed == tuple(d for d in live if d in leave), f"takes away {list(change.removed)}"),
            (
                set(change.segments_removed) <= self.state.segments.keys()
                and not set(change.segments_removed) & change.segments_set.keys(),
                "takes away index segments that are not there",
            ),
            (
                change.superseded is None or change.superseded.records.keys() <= set(added),
                f"supersedes records by {self._strangers(change, added)}, which it does not add",
            ),
        )
        return next((told for fits, told in checks if not fits), None) or self._version_misfit(change)

    def _rollback_misfit(self, key: str, change: Change) -> str | None:
        """Return why a change does not lead back to the last state of the version that a rollback names."""
        if not key.startswith(f"@rollback-{change.version}-"):
            return f"goes back to {change.version}, which {key!r} does not name"
        if change.version not in self.versions or change.version == self.state.version:
            return f"goes back to {change.version}, which is no version before the current one"
        if change.apply(self.state) != self.last_state_of(change.version) or change.superseded is not None:
            return f"goes back to {change.version}, but not to what the dataset was then"
        stated = self.manifest_of(change.version)
        return None if stated == change.manifest else f"gives {change.version} another manifest"

    def last_state_of(self, version: str) -> State:
        """Return the last state in which a version was current."""
        made = self.versions[version]
        state = last = self.state_after(made)
        for entry in map(self.entry, range(made + 1, len(self) + 1)):
            state = state if entry.change is None else entry.change.apply(state)
            last = state if state.version == version else last
        return last

    @staticmethod
    def _strangers(change: Change, added: tuple[str, ...]) -> list[str]:
        told = change.superseded.records.keys() if change.superseded is not None else ()
        return sorted(set(told) - set(added))

    def _version_misfit(self, change: Change) -> str | None:
        if change.version == self.state.version:
            stated = self.manifest_of(change.version)
            return None if stated == change.manifest else f"gives {change.version} another manifest"
        match, number = VERSION_NAME.fullmatch(change.version), len(self.versions) + 1
        if match is None or int(match.group(1)) != number or change.version in self.versions:
            return f"names the version {change.version!r}, but the next is v{number:04d}-<8 hex digits>"
        return None

    def manifest_of(self, version: str) -> str | None:
        """Return the digest of a version's manifest, as the entry that made it says."""
        change = self.entry(self.versions[version]).change
        return None if change is None else change.manifest

    def snapshot_due(self) -> str | None:
        """Return the digest of the snapshot that the next entry must name, None where it names none."""
        due = len(self) > 0 and len(self) % SNAPSHOT_EVERY == 0
        return digest_bytes(self.snapshot()) if due else None

    def snapshot(self) -> bytes:
        """Return all that the entries say together; equal entries give equal bytes."""
        return canonical_json(
            {
                "schema": self.schema,
                "number": len(self),
                "state": asdict(self.state),
                "keys": self.keys,
                "drops": {drop: [d.inbox, d.last, d.word] for drop, d in self.drops.items()},
                "versions": list(self.versions.items()),
                "digests": self.digests,
            }
        )

    @classmethod
    def from_snapshot(cls, data: bytes, load: Callable[[int], Entry]) -> "History":
        """Return the history that a snapshot describes; its digest has been checked."""
        value: dict[str, Any] = parse_json(data)
        stored = value["state"]
        state = State(stored["version"], tuple(stored["drops"]), stored["segments"])
        return cls(
            load=load,
            state=state,
            digests=value["digests"],
            keys=value["keys"],
            drops={drop: Decided(*facts) for drop, facts in value["drops"].items()},
            versions=dict(value["versions"]),
            schema=value["schema"],
            base=len(value["digests"]),
            base_state=state,
        )
