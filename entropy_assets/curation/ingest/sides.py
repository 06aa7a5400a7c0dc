"""Keys that say which answer is the better one, beside a row that no layout reads as a preference.

What belongs here: such keys, in whatever spelling. What does not: preferences (`forms`), labels (`labels`).
"""

import functools
from collections.abc import Iterable, Mapping
from typing import Any

from entropy_assets.curation.ingest.context import is_label
from entropy_assets.curation.ingest.leftovers import says_something
from entropy_assets.curation.ingest.naming import Named, kind_of, words_of
from entropy_assets.curation.ingest.reasons import Reason, Refused

_WORSE = frozenset(["rejected", "dispreferred", "unchosen", "loser", "losing"])
_BETTER = frozenset(["chosen", "preferred", "winner", "winning"])


@functools.lru_cache(maxsize=4096)
def is_side(key: str) -> bool:
    """Return whether a key names one side of a preference, and not what is known about it.

    >>> [is_side(key) for key in ("rejected_response", "chosen", "rejectedMessages", "rejected_score")]
    [True, True, True, False]
    """
    words = words_of(key)
    return not (_WORSE | _BETTER).isdisjoint(words) and kind_of(key) is not Named.record


def sides_of(keys: Iterable[str]) -> tuple[str, ...]:
    """Return those of some keys that name one side of a preference."""
    return tuple(filter(is_side, keys))


def require_no_side(keys: Iterable[str], left: Mapping[str, Any], content: Mapping[str, Any]) -> None:
    """Refuse a row that is no preference and holds an answer that was rejected, or preferred.

    Numbers and switches are about the record, a preferred answer may be what a turn says, and a word or two
    beside a text are a label.

    Raises
    ------
    Refused
        It holds one.
    """
    for key in keys:
        value = left.get(key)
        if not isinstance(value, str | list | Mapping) or not says_something(value):
            continue
        if isinstance(value, str):
            said = {turn["content"].strip() for turn in content.get("messages") or ()}
            is_known = value.strip() in said if _WORSE.isdisjoint(words_of(key)) else False
            if is_known or (content["kind"] == "text" and is_label(value)):
                continue
        raise Refused(
            Reason.no_known_layout,
            f"{key!r} says which answer is the better one, and the row is read as no preference: write "
            f"'prompt', 'chosen' and 'rejected', or metadata = [\"{key}\"] in drop.toml beside the data",
        )
