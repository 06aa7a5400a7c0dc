"""The labelled lists by several sets of rules: how many tokens of each kind are found, how many look-alikes.

What belongs here: counting. What does not: the lists, and the floors (`benchmarks.sensitive`).
"""

from collections.abc import Callable, Iterable
from functools import partial
from importlib.util import find_spec
from typing import Any

from benchmarks.tokens import Labelled, beside, kept, tuned
from entropy_assets.curation.screening import catalogue, credentials

Finder = Callable[[str], Iterable[Any]]


def finders() -> dict[str, Finder]:
    """Return name -> what yields something for each secret in a text; Betterleaks only where it is installed."""
    found: dict[str, Finder] = {
        "all three": credentials.secrets,
        "detect-secrets": _detected,
        "Kingfisher": _kingfisher,
    }
    if find_spec("betterleaks"):
        found["Betterleaks"] = _betterleaks
    return found


def _detected(text: str) -> Iterable[Any]:
    found = credentials._detected(text)
    return [name for name, start, end in found if not credentials._PLACEHOLDER.search(text[start:end])]


def _kingfisher(text: str) -> Iterable[Any]:
    return [found for found in catalogue._scanner().scan(text) if found.visible]


def _betterleaks(text: str) -> Iterable[Any]:
    import betterleaks

    found: list[Any] = betterleaks.scan_string(text)
    return found


def compare() -> dict[str, Any]:
    """Return for each list and set of rules the found tokens and look-alikes, in all and by kind."""
    return {
        name: {rules: _counted(partial(one.labelled), finder) for rules, finder in finders().items()}
        for name, one in (("tuned", tuned), ("kept", kept), ("beside", beside))
    }


def _counted(labelled: Callable[[], Iterable[Labelled]], finder: Finder) -> dict[str, Any]:
    kinds: dict[str, list[int]] = {}
    harmless: dict[str, list[int]] = {}
    for row in labelled():
        counts = (harmless if row.token is None else kinds).setdefault(row.kind, [0, 0])
        counts[0] += bool(list(finder(row.text)))
        counts[1] += 1
    return {
        "found": sum(found for found, _ in kinds.values()),
        "tokens": sum(n for _, n in kinds.values()),
        "false": sum(found for found, _ in harmless.values()),
        "look_alikes": sum(n for _, n in harmless.values()),
        "not_all_found": {kind: counts for kind, counts in kinds.items() if counts[0] < counts[1]},
        "false_by_kind": {kind: counts for kind, counts in harmless.items() if counts[0]},
    }
