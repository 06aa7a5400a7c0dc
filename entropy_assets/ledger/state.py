"""States of a dataset, and the changes from one to the next.

What belongs here: what a state and a change are, with their stored form. What does not: who decided them
(`model`).
"""

import re
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, StringConstraints

from entropy_assets.ledger.candidate import STRICT, Drop
from entropy_assets.storage import digest_value

VERSION_NAME = re.compile(r"v([0-9]{4,})-[0-9a-f]{8}")

Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
VersionName = Annotated[str, StringConstraints(pattern=f"^{VERSION_NAME.pattern}$")]
SegmentPath = Annotated[str, StringConstraints(pattern=r"^index/[0-9a-f]{1,64}\.json$")]


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
class Parent:
    """The state that an entry was decided against, by version and state digest."""

    __pydantic_config__ = STRICT

    version: VersionName | None
    digest: Digest


@dataclass(frozen=True)
class Superseded:
    """Which records corrections take out of the pool; the records themselves are listed in the index segment.

    Parameters
    ----------
    digest
        SHA-256 over the digests of the list's shards.
    records
        Correcting drop -> drop -> how many of its records leave.
    """

    __pydantic_config__ = STRICT

    digest: Digest
    records: dict[Drop, dict[Drop, Annotated[int, Field(ge=1)]]] = field(default_factory=dict)


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
    superseded
        What corrections among the added drops take out of the pool, None where none is among them.
    """

    __pydantic_config__ = STRICT

    version: VersionName
    manifest: Digest | None
    removed: tuple[Drop, ...] = ()
    added: tuple[Drop, ...] = ()
    segments_removed: tuple[str, ...] = ()
    segments_set: dict[str, SegmentPath] = field(default_factory=dict)
    superseded: Superseded | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the change as plain JSON values; what is superseded is named where there is any."""
        value = asdict(self)
        return value if self.superseded is not None else {k: v for k, v in value.items() if k != "superseded"}

    def apply(self, parent: State) -> State:
        """Return what the parent becomes; segments stand in the order of their keys."""
        drops = tuple(drop for drop in parent.drops if drop not in set(self.removed)) + self.added
        segments = parent.segments
        if self.segments_removed or self.segments_set:
            merged = {**segments, **self.segments_set}
            segments = {key: merged[key] for key in sorted(merged.keys() - set(self.segments_removed))}
        return State(self.version, drops, segments)

    @classmethod
    def between(
        cls, parent: State, state: State, manifest: str | None, superseded: Superseded | None = None
    ) -> "Change":
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
            superseded=superseded,
        )
