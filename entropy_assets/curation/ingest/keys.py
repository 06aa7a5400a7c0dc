"""Keys of rows that go to the metadata: counted, so that none goes there without a word.

What belongs here: the counts and how they are told, and which keys of a declaration there are. What does not:
which keys these are (`layouts`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from typing import Any

MAX_KEYS = 200
"""Keys of the metadata that are counted apart; rows may have any."""
OTHER_KEYS = "(other keys)"
"""Under which the rest is counted."""

SHOWN_KEYS = 20
_SHOWN_CHARS = 60


def counted_keys(kept: Mapping[tuple[str, ...], int]) -> dict[str, int]:
    """Return how many rows have each key, of how many rows have the same keys; see `joined_keys`."""
    return joined_keys({key: n} for keys, n in kept.items() for key in keys)


def joined_keys(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """Return how many rows have each key, the most frequent first; at most `MAX_KEYS` and what is over."""
    found: Counter[str] = Counter()
    n_over = 0
    for part in parts:
        for key, n in part.items():
            if key in found or len(found) < MAX_KEYS:
                found[key] += n
            else:
                n_over += n
    ordered = dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))
    return ordered | ({OTHER_KEYS: found[OTHER_KEYS] + n_over} if n_over else {})


def keys_told(keys: Mapping[str, int]) -> str:
    """Return in one phrase how many rows have each key in their metadata; nothing where none has any.

    >>> keys_told({"url": 1200, "page": 1})
    'metadata keys: url 1,200 rows, page 1 row'
    """
    shown = [
        f"{key if len(key) <= _SHOWN_CHARS else f'{key[:_SHOWN_CHARS]}...'} {n:,} row{'s' if n != 1 else ''}"
        for key, n in list(keys.items())[:SHOWN_KEYS]
    ]
    if len(keys) > SHOWN_KEYS:
        shown.append(f"and {len(keys) - SHOWN_KEYS:,} more keys")
    return f"metadata keys: {', '.join(shown)}" if shown else ""


def keys_in(rows: Iterable[Any], wanted: Set[str]) -> set[str]:
    """Return those of some keys that any of the rows, or an object in a list of theirs, has.

    >>> sorted(keys_in([{"messages": [{"role": "user", "mood": "calm"}], "page": 1}], {"mood", "page"}))
    ['mood', 'page']
    """
    found: set[str] = set()
    for row in rows:
        if len(found) == len(wanted):
            break
        if not isinstance(row, Mapping):
            continue
        found.update(wanted & row.keys())
        if len(found) < len(wanted):
            turns = [turn for value in row.values() if isinstance(value, list) for turn in value]
            found.update(*(wanted & turn.keys() for turn in turns if isinstance(turn, Mapping)))
    return found
