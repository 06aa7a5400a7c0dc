"""Whether the answer of a row is a wanted one, as unpaired preferences (KTO) say it.

What belongs here: labels of a row. What does not: how much an answer counts (`weights`).
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NoReturn

from entropy_assets.curation.ingest.reasons import Reason, Refused, one_of
from entropy_assets.curation.ingest.weights import require_no_weight_of_text, switch_of, take_row_weight
from entropy_assets.records import VERDICT

LABELS = ("label", "kto_tag", "desirable")
"""Keys of whether the answer of a row is a wanted one, as unpaired preferences (KTO) say it."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def take_label(left: dict[str, Any], *, is_unpaired: bool, answer: str = "") -> bool | None:
    """Take whether the answer is a wanted one out of the fields that a layout leaves over, and return it.

    It is true or false, as a word in a table of strings. A number is a class of the user's own, unless it is
    1 or 0 under `kto_tag`, or in a row of a prompt and a completion, where `is_unpaired` is true. There words
    as good and bad say it too, unless the `answer` has the word, which is then a class; and another number,
    as -1, may say it.

    Raises
    ------
    Refused
        Two keys differ, or a word or a number may be either.
    """
    given = {}
    for key in LABELS:
        value = left.get(key)
        is_wanted = switch_of(value, as_number=is_unpaired or key == "kto_tag")
        if is_wanted is None and isinstance(value, str) and (is_unpaired or key != "label"):
            is_wanted = _wanted(key, value, answer)
        if is_wanted is None and (is_unpaired or key != "label"):
            _require_no_number(key, value, answer)
        if is_wanted is not None:
            given[key] = is_wanted
    for key in given:
        del left[key]
    return one_of(given, "the row") if given else None


def _wanted(key: str, said: str, answer: str) -> bool | None:
    """Return whether a word says that an answer is a wanted one; None where it says neither.

    Raises
    ------
    Refused
        The word may be a class.
    """
    word = said.strip().lower().replace("-", "_").replace(" ", "_")
    if len(word) > _MAX_CHARS or re.search(rf"\b{re.escape(word)}\b", answer, re.IGNORECASE):
        return None
    if word in _EITHER:
        _refuse(key, said)
    return True if word in _GOOD else False if word in _BAD else None


def _require_no_number(key: str, value: Any, answer: str) -> None:
    """Refuse a number that is neither 1 nor 0, unless the answer has it, which is then a class.

    Raises
    ------
    Refused
        It is one.
    """
    if isinstance(value, str):
        number = value.strip()
        if not _NUMBER.fullmatch(number):
            return
    elif isinstance(value, int | float | Decimal) and value == value:
        number = str(value)
    else:
        return
    if not re.search(rf"(?<!\w){re.escape(number)}(?!\w)", answer):
        _refuse(key, value)


def _refuse(key: str, said: Any) -> NoReturn:
    raise Refused(
        Reason.no_known_layout,
        f"{key!r} is {said!r}, which may say whether the answer is wanted, or be a class: write true "
        f"or false, or name {key!r} under metadata in drop.toml",
    )


_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?")
_MAX_CHARS = 20
_GOOD = _words("""
    good desirable chosen accepted accept preferred wanted liked like thumbs_up upvote upvoted
    """)
_BAD = _words("""
    bad undesirable rejected reject dispreferred unwanted disliked dislike thumbs_down downvote downvoted
    """)
_EITHER = _words("""
    positive negative correct incorrect yes no pass fail passed failed right wrong pos neg
    """)


def take_weight_and_label(
    left: dict[str, Any], content: dict[str, Any], given: Sequence[bool], n_system: int, *, is_unpaired: bool
) -> None:
    """Take weights and label of a row out of the fields that a layout leaves over, into the record.

    Parameters
    ----------
    left
        Those fields.
    content
        The record so far.
    given, n_system
        Which turns of a chat were given, as `weights.take_row_weight` has them.
    is_unpaired
        Whether the row is a prompt and a completion.

    Raises
    ------
    Refused
        Nobody can tell what they count.
    """
    if content["kind"] == "text":
        require_no_weight_of_text(left)
    elif content["kind"] == "preference":
        take_row_weight(left, [*content["chosen"], *content["rejected"]])
    else:
        turns = content["messages"]
        take_row_weight(left, turns, given, n_system)
        label = take_label(left, is_unpaired=is_unpaired, answer=turns[-1]["content"])
        if label is not None:
            content[VERDICT] = label
