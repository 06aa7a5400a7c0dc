"""Whether the turns of a record say what a key holds, or whether that is a label, for its kind of key.

What belongs here: one key and its value. What does not: what follows from it (`unread`), the words of keys
(`naming`), and what a value is by itself (`values`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from entropy_assets.curation.ingest.harmless import RESULTS, is_harmless
from entropy_assets.curation.ingest.naming import Named, is_category, is_name, kind_of, words_of
from entropy_assets.curation.ingest.values import is_passage, is_phrase, is_reference, is_short, says_nothing

_SOURCES = ("source", "domain")
NAMED = frozenset([*_SOURCES, "language", "lang"])
"""Keys that a record takes names from, where they hold one."""

_WORD = re.compile(r"\w{4,}|\d+")
_LEAST_COMMON = 1 / 3
_LEAST_SAID = 4  # characters, fewer are found anywhere


def is_left(key: str, value: Any, said: str, asked: str | None) -> bool:
    """Return whether a value holds what nothing of the record says, and what is more than a label of its key.

    `asked` is the plain question; None beside turns.
    """
    kind = kind_of(key)
    if kind is Named.part:
        return _holds_part(value, said)
    if kind is Named.earlier and isinstance(value, str):
        is_like = asked is not None and _is_like(value, asked)
        return not (says_nothing(value) or is_like or value.strip() in said)
    if key in _SOURCES and isinstance(value, str):
        return is_passage(value)
    if isinstance(value, Mapping) and _holds_prompt(value, said):
        return True
    if is_category(key) and _are_short(value):
        return (
            asked is not None
            and _has_place(asked, words_of(key)[-1])
            and _is_unsaid(value, said, is_strict=False, may_be_name=True)
        )
    is_strict = asked is not None and kind in (Named.prompt, Named.context)
    if is_strict and isinstance(value, str) and words_of(key)[-1:] == ("file",) and is_reference(value):
        return False
    return _is_unsaid(value, said, is_strict=is_strict, may_be_name=kind is Named.record and is_name(key))


def _are_short(value: Any) -> bool:
    """Return whether a value is a text of some words, or a list of such."""
    texts = value if isinstance(value, list) else [value]
    return all(isinstance(text, str) and is_short(text) for text in texts)


def _has_place(asked: str, word: str) -> bool:
    """Return whether a question has a place for what a key holds, as ``{topic}`` or "the following topic"."""
    found = (
        rf"[{{<\[]{word}s?[}}>\]]|\b(?:following|given|provided)\s+{word}|\b{word}s?\s+(?:below|above|given)"
    )
    return re.search(found, asked, re.IGNORECASE) is not None


def is_of_prompt(key: str, kind: Named, value: Any, said: str) -> bool:
    """Return whether what a key holds beside turns is too likely a part of the prompt to stay metadata."""
    if kind in (Named.prompt, Named.context, Named.part, Named.switch):
        return key not in RESULTS
    return isinstance(value, Mapping) and _holds_prompt(value, said)


def _holds_prompt(value: Mapping[str, Any], said: str) -> bool:
    """Return whether an object holds a prompt, a context, tools or other parts that nothing says."""
    return any(
        (_holds_prompt(item, said) if isinstance(item, Mapping) else False)
        or (
            kind_of(key) in (Named.prompt, Named.context, Named.part)
            and not is_harmless(key)
            and is_left(key, item, said, None)
        )
        for key, item in value.items()
    )


def _holds_part(value: Any, said: str) -> bool:
    """Return whether a value is what was thought or done, in words, lists or objects, that no turn says."""
    if isinstance(value, str):
        bare = value.strip()
        return not is_reference(bare) and bool(bare) and bare not in said
    if not isinstance(value, list | Mapping) or not value:
        return False
    if isinstance(value, list) and all(isinstance(one, str) and is_reference(one) for one in value):
        return False  # names
    texts = list(_texts_of(value))
    return not texts or not all(len(text) >= _LEAST_SAID and text.strip() in said for text in texts)


def _texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | Mapping):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _texts_of(item)


def _is_like(earlier: str, asked: str) -> bool:
    """Return whether an earlier form of a question shares a third of its longer words and numbers with it."""
    words = set(_WORD.findall(earlier.lower()))
    return len(words & set(_WORD.findall(asked.lower()))) >= _LEAST_COMMON * len(words)


def _is_unsaid(value: Any, said: str, *, is_strict: bool, may_be_name: bool = False) -> bool:
    """Return whether a value holds a text that the turns do not say; labels are none, unless it is strict.

    Names of some words are none where it `may_be_name`.
    """
    if isinstance(value, str):
        if says_nothing(value, is_strict=is_strict) or (may_be_name and is_phrase(value)):
            return False
        return value.strip() not in said
    if isinstance(value, Mapping):
        return any(
            _is_unsaid(item, said, is_strict=is_strict, may_be_name=may_be_name or is_name(key))
            for key, item in value.items()
            if not is_harmless(key) and not (is_category(key) and _are_short(item))
        )
    return isinstance(value, list) and any(
        _is_unsaid(item, said, is_strict=is_strict, may_be_name=may_be_name) for item in value
    )
