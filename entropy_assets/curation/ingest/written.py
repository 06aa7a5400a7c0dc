"""Conversations that are written into one string: as JSON, or with the speaker's name before each turn.

What belongs here: telling such a string from a plain one. What does not: what a turn is (`turns`).
"""

import re
from collections.abc import Mapping
from typing import Any

from entropy_assets.curation.ingest.objects import PYTHON_TOLD, parse_value
from entropy_assets.curation.ingest.reasons import Reason, Refused

# The transcripts of published preferences: a blank line, a name, a colon.
_PYTHON_TURN = re.compile(r"\[\s*\{\s*'(?:role|from|content|value)'\s*:")
_SPEAKER = re.compile(r"(?:\A|\n\n)(Human|User|Assistant|System): ?")


def turns_as_json(text: str, field: str) -> list[Any] | None:
    """Return the turns of a string that is a list of them, written as JSON; None for any other string.

    >>> turns_as_json('[{"role": "user", "content": "Hi"}]', "chosen")
    [{'role': 'user', 'content': 'Hi'}]
    >>> turns_as_json('[1, 2]', "chosen")

    Raises
    ------
    Refused
        They are written as Python has them.
    """
    bare = text.strip()
    if not bare.startswith("[") or not bare.endswith("]"):
        return None
    try:
        value = parse_value(text, field)
    except Refused:
        if _PYTHON_TURN.match(bare):
            raise Refused(Reason.invalid_json, f"the string in {field} {PYTHON_TOLD}") from None
        return None
    return value if isinstance(value, list) and value and all(map(_is_turn, value)) else None


def _is_turn(value: Any) -> bool:
    keys = value.keys() if isinstance(value, Mapping) else set()
    return keys >= {"role", "content"} or keys >= {"from", "value"}


def turns_as_transcript(text: str) -> list[dict[str, str]] | None:
    r"""Return the turns of a transcript, with roles as its names in lower case; None for any other string.

    It begins with a name, and holds what a person and what an assistant said.

    >>> turns_as_transcript("\n\nHuman: Hi\n\nAssistant: Hello")
    [{'role': 'human', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Hello'}]
    >>> turns_as_transcript("Human beings: a guide")
    """
    start, *rest = _SPEAKER.split(text.strip("\n"))
    names = [name.lower() for name in rest[::2]]
    if start or "assistant" not in names or not {"human", "user"}.intersection(names):
        return None
    return [{"role": name, "content": said} for name, said in zip(names, rest[1::2], strict=True)]
