"""What a row that is refused as a whole seems to be, and what to do about it.

What belongs here: shapes that are nearly those of a layout. What does not: layouts (`forms`, `layouts`). An
advice is followed without a second look: none may lose what the row says of its parts.
"""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from entropy_assets.curation.ingest.forms import MARKS
from entropy_assets.curation.ingest.naming import words_of
from entropy_assets.curation.ingest.pairs import ARTICLES, SHORTER
from entropy_assets.curation.ingest.reasons import Reason, Refused

_SPEAKERS = frozenset(["role", "from", "speaker", "author", "sender"])
_MASKS = frozenset(["label", "mask", "masked", "train", "trainable", "loss", "loss_mask", "weight"])
_OF_ONE_TEXT = frozenset(
    ["segment", "chunk", "passage", "paragraph", "sentence", "span", "piece", "part", "page", "section"]
)
"""Words of keys whose list holds the pieces of one text."""


def hint_of(
    row: Mapping[str, Any],
    fits: Callable[[frozenset[str]], tuple[str, ...]],
    is_record: Callable[[Mapping[str, Any]], bool],
) -> str:
    """Return what would make a row of a layout out of one that fits none; empty where nothing is known.

    Parameters
    ----------
    row
        The row.
    fits
        Keys of `MARKS` -> names of the layouts that they make.
    is_record
        Whether a row reads as a record by itself.
    """
    names = frozenset([key.strip().lower() for key in row])
    if found := fits(MARKS.intersection(names)):
        return f"; in lower case and without blanks they would be those of {found[0]}: rename them"
    for key, value in row.items():
        is_list = isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value)
        if is_list and (told := _list_hint(key, value, is_record)):
            return told
    article = next((key for key in ARTICLES if isinstance(row.get(key), str)), None)
    shorter = next((key for key in SHORTER if isinstance(row.get(key), str)), None)
    if article and shorter:
        return (
            "; none of them asks: write what the answer is to, as by jq -c "
            f"'{{instruction: \"Write the {shorter}.\", input: .{article}, output: .{shorter}}}'"
        )
    return (
        "; name what asks 'prompt' and what answers 'completion', turns 'messages', and a text that is "
        "trained on as it is 'text'"
    )


def _list_hint(
    key: str, items: list[Mapping[str, Any]], is_record: Callable[[Mapping[str, Any]], bool]
) -> str:
    """Return what a list of objects under an unknown key seems to be; empty where nothing is known."""
    if all(not _SPEAKERS.isdisjoint(item) for item in items):
        return f"; {key!r} is a list of turns: name it 'messages', with 'role' and 'content' in each of them"
    may_be_text = any("text" in item for item in items)
    if may_be_text and any(not _MASKS.isdisjoint(item) for item in items):
        return (
            f"; {key!r} are parts of one text, with a mask for each, which no text has: "
            "write turns under 'messages', with \"weight\": 0 in the assistant's that are not trained on"
        )
    is_pieces = may_be_text and not _OF_ONE_TEXT.isdisjoint(word.removesuffix("s") for word in words_of(key))
    if is_pieces or not all(_SPEAKERS.isdisjoint(item) and is_record(item) for item in items):
        return ""
    return f"; {key!r} is a list of rows: deliver that list alone, as by jq '.[{json.dumps(key)}]'"


def refuse_columns(row: Mapping[str, Any], layout: str, needed: Collection[str]) -> None:
    """Refuse a row that holds a list of strings under each key that its layout needs.

    Raises
    ------
    Refused
        It does.
    """
    values = [row[key] for key in needed]
    if all(isinstance(value, list) and value and isinstance(value[0], str) for value in values):
        raise Refused(
            Reason.not_a_string,
            f"the row holds a list under each key of {layout}, as a table by columns does: write an object "
            "for each row",
        )
