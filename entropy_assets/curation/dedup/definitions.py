"""Definitions of tools: whether two records give other ones, beside the words that describe them.

What belongs here: comparing definitions that are JSON. What does not: where they stand in a record
(`marked`).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

DESCRIBING = frozenset({"description", "title", "examples", "example", "summary", "$comment"})
"""Keys of words for a reader, which may be others in copies."""

Leaf = tuple[tuple[str, ...], str]


def defines_other(one: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether each of two records has a definition that the other lacks.

    What only one of them has was added, and is no other definition.

    Parameters
    ----------
    one, other
        Texts of a record's context; those that are no JSON play no part.

    >>> defines_other(['{"name": "rain", "type": "integer"}'], ['{"name": "rain", "type": "string"}'])
    True
    """
    if one == other:
        return False
    first, second = ({leaf for text in texts for leaf in _leaves_of(text)} for texts in (one, other))
    return bool(first - second and second - first)


def _leaves_of(text: str) -> Iterator[Leaf]:
    """Yield the path and the value of each leaf of a text that is JSON."""
    if text.lstrip()[:1] not in ("[", "{"):
        return
    try:
        yield from _leaves(json.loads(text), ())
    except (ValueError, RecursionError):
        return


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[Leaf]:
    if isinstance(value, Mapping):
        for key, own in value.items():
            if key not in DESCRIBING or isinstance(own, Mapping):
                yield from _leaves(own, (*path, key))
    elif isinstance(value, list) and any(isinstance(own, Mapping | list) for own in value):
        for own in value:
            yield from _leaves(own, (*path, _name_of(own)))
    elif isinstance(value, list):
        yield path, repr(sorted(map(repr, value)))
    else:
        yield path, repr(value)


def _name_of(value: Any) -> str:
    """Return the name of a definition in a list, so that the order of tools plays no part."""
    if not isinstance(value, Mapping):
        return ""
    inner = value.get("function")
    return str(value.get("name") or (inner.get("name") if isinstance(inner, Mapping) else ""))
