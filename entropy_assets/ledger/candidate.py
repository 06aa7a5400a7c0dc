"""Candidates: proposed changes to a dataset, and the keys by which they are known.

What belongs here: what a candidate may be called, and what it may add and remove under that name. What
does not: what became of it (`model`).
"""

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, StringConstraints

from entropy_assets.storage import check_drop_name

Word = Literal["promote", "ask", "hold"]
"""What is decided about a drop: let in, a person is asked, held; from the mildest to the worst."""
Action = Literal["promote", "ask", "hold", "release", "withdraw", "rollback"]
CHANGES: tuple[Action, ...] = ("promote", "release", "withdraw", "rollback")
"""Actions that name a version; `ask` and `hold` leave the state as it was."""

_DROP = r"[a-z0-9][a-z0-9._-]{0,63}"
_KEYS = {
    "drop": re.compile(_DROP),
    "batch": re.compile(r"@batch-[0-9a-f]{8}"),
    "refresh": re.compile(r"@refresh-[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "release": re.compile(rf"@release-({_DROP})-[0-9]+"),
    "without": re.compile(rf"@without-({_DROP})-[0-9]+"),
    "discard": re.compile(rf"@discard-({_DROP})-[0-9]+"),
    "rollback": re.compile(r"@rollback-v[0-9]{4,}-[0-9a-f]{8}-[0-9]+"),
}
Drop = Annotated[str, StringConstraints(pattern=f"^{_DROP}$")]
STRICT = ConfigDict(extra="forbid", strict=True)
"""How stored values are read: no key beyond those that are named, no value turned into another type."""


@dataclass(frozen=True)
class Candidate:
    """One proposed change to a dataset; the partition of the asset graph.

    Parameters
    ----------
    key
        The drop's name, `@batch-<digest8>`, `@refresh-<date>`, `@release-<drop>-<n>`,
        `@without-<drop>-<n>` or `@discard-<drop>-<n>`; n is the number of the entry that had the last
        word on the drop. `@rollback-<version>-<n>` goes back to a version, n is that of the last entry.
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

    __pydantic_config__ = STRICT

    key: str
    add: tuple[Drop, ...] = ()
    remove: tuple[Drop, ...] = ()
    overrides: tuple[str, ...] = ()
    by: str = "inbox"
    why: str = "a new drop"

    @property
    def action(self) -> Action:
        """The ledger's word for a promotion of this candidate; a discard is none and only holds."""
        if self.key.startswith("@release-"):
            return "release"
        if self.key.startswith("@discard-"):
            return "hold"
        if self.key.startswith("@rollback-"):
            return "rollback"
        return "withdraw" if self.remove else "promote"

    @property
    def is_second_look(self) -> bool:
        """Whether it speaks about a drop that is decided already: a release, or a discard."""
        return self.key.startswith(("@release-", "@discard-"))

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Candidate":
        """Return the candidate that `dataclasses.asdict` described."""
        tuples = {name: tuple(value[name]) for name in ("add", "remove", "overrides")}
        return cls(**{**value, **tuples})


def drop_candidate(drop: str) -> Candidate:
    """Return the candidate that adds one drop; its key is the drop's name."""
    return Candidate(key=check_drop_name(drop), add=(drop,))


def drop_of(candidate: Candidate) -> str | None:
    """Return the one drop that a candidate is about; None for a batch or a refresh."""
    named = (*candidate.add, *candidate.remove)
    return named[0] if len(named) == 1 and not candidate.key.startswith("@batch-") else None


def order_of(key: str) -> tuple[str, int] | None:
    """Return the drop that a person's order is about, and the number that ends its key; None for others."""
    found = next((m for m in (form.fullmatch(key) for form in _KEYS.values()) if m and m.re.groups), None)
    return None if found is None else (found.group(1), int(key.rsplit("-", 1)[1]))


def key_fault(candidate: Candidate) -> str | None:
    """Return why a candidate's key is none, or does not go with what it adds and removes; None if it does."""
    key, add, remove = candidate.key, candidate.add, candidate.remove
    kind, match = next(
        ((kind, match) for kind, form in _KEYS.items() if (match := form.fullmatch(key))), (None, None)
    )
    named = (match.group(1),) if match is not None and match.re.groups else (key,)
    fits = {
        None: False,
        "drop": (add, remove) == (named, ()),
        "batch": bool(add) and len(set(add)) == len(add) and not remove,
        "refresh": not add and not remove,
        "release": (add, remove) == (named, ()),
        "without": (add, remove) == ((), named),
        "discard": (add, remove) == (named, ()),
        "rollback": not add and not remove,
    }
    if fits[kind]:
        return None
    what = "is no key of a candidate" if kind is None else "does not go with its drops"
    return f"key {key!r} {what} (add {list(add)}, remove {list(remove)})"
