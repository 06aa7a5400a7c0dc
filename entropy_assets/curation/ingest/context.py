"""Keys beside a question that belong to it: they are read into it, or refuse the row.

What belongs here: which keys these are, and what becomes of them. What does not: layouts (`forms`).
"""

import re
from collections.abc import Mapping
from typing import Any

from entropy_assets.curation.ingest.missing import says_nothing
from entropy_assets.curation.ingest.reasons import Reason, Refused, type_name

CONTEXT = (
    *("input", "context", "contexts", "passage", "passages", "paragraph", "document", "documents"),
    *("article", "story", "background"),
    *("support", "evidence", "ctxs", "retrieved_documents", "search_results", "sql_context", "schema"),
    *("body", "abstract", "premise", "excerpt", "dialogue", "starter_code", "suffix", "old_contents", "code"),
)
"""Keys of what a question is about, in the order in which they stand behind it."""

CHOICES = (
    *("choices", "options", "answer_choices"),
    *(f"option{stem}" for stem in ("_a", "_b", "_c", "_d", "A", "B", "C", "D", "1", "2", "3", "4")),
)
"""Keys of the answers that a question lets choose from, which have no one spelling in a prompt."""

LETTERS = frozenset("ABCD")
"""Keys that are choices where all of them are there."""

UNREADABLE = (*CHOICES, "history", "code", "table", "facts", "hint", "starter_code")
"""Further keys beside a plain question that may be a part of it, and of which nobody can tell how."""

_BESIDE_TURNS = frozenset(CONTEXT).difference(["input", "story", "background"])
_IN_PROMPT = frozenset((*CONTEXT, *UNREADABLE, *LETTERS))
_READABLE = frozenset(CONTEXT).difference(UNREADABLE, ["suffix"])
_PLACES = {key: place for place, key in enumerate(CONTEXT)}
_LABEL_CHARS = 64
_LABEL_SIGNS = 8
WITHOUT_BLANKS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese, which are written without blanks."""


def context_of(
    row: Mapping[str, Any], question: str, unreadable: tuple[str, ...]
) -> tuple[list[str], list[str]]:
    """Return the texts that stand behind a question, in the order of `CONTEXT`, each once, and their keys.

    Parameters
    ----------
    row
        The fields.
    question
        Name of the field of the question, for messages.
    unreadable
        Keys that refuse the row where they hold something.

    Raises
    ------
    Refused
        What belongs to the question cannot be read into it.
    """
    given = _IN_PROMPT.intersection(row)
    if question in given:  # an input may be what asks
        given -= {question}
    if not given:
        return [], []
    letters = LETTERS if given >= LETTERS else ()
    refusing = () if given <= _READABLE else (*unreadable, *letters)
    if "suffix" in refusing and row.get("suffix"):
        raise Refused(
            Reason.no_known_layout,
            f"'suffix' stands behind what is to be filled in, and a record has no place for the hole: "
            f"write {question!r} as the model reads it, with the tokens for both ends of the hole, or the "
            "whole as 'text'",
        )
    if wrong := [key for key in refusing if row.get(key)]:
        parts = " and ".join(map(repr, sorted(wrong)))
        raise Refused(
            Reason.no_known_layout,
            f"{parts} may belong to the prompt, which is {question!r} alone: write it there, leave it out, "
            "or name it in drop.toml beside the data, under metadata or, where it is text, under context",
        )
    texts: list[str] = []
    taken: list[str] = []
    found = given.intersection(_PLACES)
    for key in found if len(found) == 1 else sorted(found, key=_PLACES.__getitem__):
        value = row[key]
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if (isinstance(value, dict | list) and value) or (is_number and key == "input"):
            raise Refused(
                Reason.not_a_string,
                f"{key} is {type_name(value)}, and belongs to {question!r}: a string is needed",
            )
        if isinstance(value, str):
            if key == "code" and _is_answer(value, row):
                continue
            taken.append(key)
            if not says_nothing(value) and value not in texts:
                texts.append(value)
    return texts, taken


def _is_answer(code: str, row: Mapping[str, Any]) -> bool:
    """Return whether code beside a prompt is a word, or what the answer says: it is then no context."""
    said = [row[key] for key in ("output", "response", "completion") if isinstance(row.get(key), str)]
    return is_label(code) or any(code.strip() in answer for answer in said)


def is_label(text: str) -> bool:
    """Return whether a text is a word or two; of a script without blanks, some characters.

    >>> is_label("New York"), is_label("It is so."), is_label("数学"), is_label("泵的垫圈漏油到热的歧管上")
    (True, False, True, False)
    """
    text = text.strip()
    if len(text) > _LABEL_CHARS or len(text.split()) > 2:
        return False
    return text.isascii() or len(WITHOUT_BLANKS.findall(text)) <= _LABEL_SIGNS


def require_told(row: Mapping[str, Any], turns: list[dict[str, Any]], field: str) -> None:
    """Refuse a row with a context beside turns that do not say it; a word or two are a label.

    Raises
    ------
    Refused
        There is one.
    """
    if _BESIDE_TURNS.isdisjoint(row):
        return
    said = "\n\n".join([turn["content"] for turn in turns])
    if wrong := [key for key in CONTEXT if key in _BESIDE_TURNS and not _is_told(row.get(key), said)]:
        raise Refused(
            Reason.no_known_layout,
            f"{' and '.join(map(repr, wrong))} may belong to the prompt, and no turn of {field!r} holds it; "
            "write it into one, leave it out, or name it under metadata in drop.toml",
        )


def _is_told(value: Any, said: str) -> bool:
    if isinstance(value, str):
        return is_label(value) or value.strip() in said
    if isinstance(value, Mapping):
        return all(_is_told(item, said) for item in value.values())
    return not isinstance(value, list) or all(_is_told(item, said) for item in value)
