"""What a row that is refused as a whole seems to be, and what to do about it.

An advice is followed without a second look. So one that says what to write is given where it was tried on the
row itself: written so, the row reads as a record with an answer, and holds nothing that may be trained on
beside it. Where no trial is right, the obstacle is named and nothing else.

What belongs here: shapes that are nearly those of a layout. What does not: layouts (`forms`, `layouts`), and
rows of several answers (`several`).
"""

import json
from collections.abc import Callable, Collection, Mapping
from itertools import islice
from typing import Any

from entropy_assets.curation.ingest.forms import MARKS
from entropy_assets.curation.ingest.naming import words_of
from entropy_assets.curation.ingest.obstacles import obstacle_of, table_told
from entropy_assets.curation.ingest.pairs import ARTICLES, SHORTER
from entropy_assets.curation.ingest.reasons import Reason, Refused
from entropy_assets.curation.ingest.several import Reads, answers_told, renamed
from entropy_assets.curation.ingest.trees import tree_told

NOTHING_KNOWN = (
    "; name what asks 'prompt' and what answers 'completion', turns 'messages', and a text that is trained "
    "on as it is 'text'"
)
"""What is said of a row of which nothing is known."""

_SPEAKERS = frozenset(["role", "from", "speaker", "author", "sender"])
_MASKS = frozenset(["label", "mask", "masked", "train", "trainable", "loss", "loss_mask", "weight"])
_OF_ONE_TEXT = frozenset(
    ["segment", "chunk", "passage", "paragraph", "sentence", "span", "piece", "part", "page", "section"]
)
"""Words of keys whose list holds the pieces of one text."""


def hint_of(row: Mapping[str, Any], fits: Callable[[frozenset[str]], tuple[str, ...]], reads: Reads) -> str:
    """Return what would make a row of a layout out of one that fits none; empty where nothing is known.

    Parameters
    ----------
    row
        The row.
    fits
        Keys of `MARKS` -> names of the layouts that they make.
    reads
        Whether a row, with some keys declared to be metadata, reads as a whole record.
    """
    names = MARKS.intersection([key.strip().lower() for key in row])
    if (found := fits(names)) and not names <= row.keys():
        return f"; in lower case and without blanks they would be those of {found[0]}: rename them"
    if any(all(isinstance(row.get(key), list) for key in pair) for pair in _PREFERENCES):
        return ""
    if told := tree_told(row):
        return answers_told(row, reads) or told
    if told := _rows_within(row, reads):
        return told
    for key, value in row.items():
        is_list = isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value)
        if is_list and (told := _list_hint(key, row, reads)):
            return told
        if isinstance(value, Mapping) and not key.startswith("meta") and reads(value, ()):
            return f"; the row lies in {key!r}: deliver that alone, as by jq -c '.[{json.dumps(key)}]'"
    if told := obstacle_of(row) or answers_told(row, reads) or renamed(row, reads):
        return told
    article = next((key for key in ARTICLES if isinstance(row.get(key), str)), None)
    shorter = next((key for key in SHORTER if isinstance(row.get(key), str)), None)
    if article and shorter:
        return (
            "; none of them asks: write what the answer is to, as by jq -c "
            f"'{{instruction: \"Write the {shorter}.\", input: .{article}, output: .{shorter}}}'"
        )
    return ""


def _rows_within(row: Mapping[str, Any], reads: Reads) -> str:
    """Return what to do about several rows, or lists of rows, that lie in one object; else nothing."""
    inner = {key: value for key, value in row.items() if isinstance(value, Mapping)}
    if len(inner) > 1 and len([key for key, value in islice(inner.items(), _TRIED) if reads(value, ())]) > 1:
        way = "'.[]'" if len(inner) == len(row) else "'.[] | objects'"
        return f"; {len(inner):,} of its fields are rows: deliver each as a row, as by jq -c {way}"
    lists = [
        key
        for key, value in row.items()
        if isinstance(value, list)
        and value
        and all(isinstance(one, Mapping) and _SPEAKERS.isdisjoint(one) for one in value)
        and reads(value[0], ())
    ]
    if len(lists) < 2:
        return ""
    names = ", ".join(map(repr, lists[:_SHOWN])) + (" and more" if lists[_SHOWN:] else "")
    return (
        f"; {names} are lists of rows: deliver each as a file of its name, as by "
        f"jq -c '.[{json.dumps(lists[0])}][]'"
    )


_PREFERENCES = (("chosen", "rejected"), ("chosen_messages", "rejected_messages"))
_TRIED, _SHOWN = 8, 4


def hint_beside(row: Mapping[str, Any], keys: Collection[str], reads: Reads) -> str:
    """Return what to do about keys beside a question that may be answers, thoughts or sides; else nothing.

    Parameters
    ----------
    row
        The row.
    keys
        Keys that refuse it.
    reads
        See `hint_of`.
    """
    return answers_told(row, reads, keys)


def _list_hint(key: str, row: Mapping[str, Any], reads: Reads) -> str:
    """Return what a list of objects under an unknown key seems to be; empty where nothing is known."""
    items: list[Mapping[str, Any]] = row[key]
    rest = {name: value for name, value in row.items() if name != key}
    if all(not _SPEAKERS.isdisjoint(item) for item in items):
        for name, further in (("prompt", " beside the answers"), ("messages", "")):
            if name not in rest and reads({**rest, name: items}, ()):
                return f"; {key!r} is a list of turns: name it {name!r}{further}"
        return answers_told(row, reads) or (
            f"; {key!r} is a list of turns, which stand under 'messages' with 'role' and 'content' in each, "
            "up to the answer"
        )
    may_be_text = any("text" in item for item in items)
    if may_be_text and any(not _MASKS.isdisjoint(item) for item in items):
        return (
            f"; {key!r} are parts of one text, with a mask for each, which no text has: "
            "write turns under 'messages', with \"weight\": 0 in the assistant's that are not trained on"
        )
    is_pieces = may_be_text and not _OF_ONE_TEXT.isdisjoint(word.removesuffix("s") for word in words_of(key))
    if is_pieces or not all(_SPEAKERS.isdisjoint(item) and reads(item, ()) for item in items):
        return ""
    return f"; {key!r} is a list of rows: deliver that list alone, as by jq '.[{json.dumps(key)}]'"


def refuse_columns(row: Mapping[str, Any], layout: str, needed: Collection[str]) -> None:
    """Refuse a row that holds a list of strings under each key that its layout needs, or a whole table.

    Raises
    ------
    Refused
        It does.
    """
    if table := table_told(row):
        raise Refused(Reason.not_a_string, f"the fields are {', '.join(map(repr, row))}{table}")
    values = [row[key] for key in needed]
    if all(isinstance(value, list) and value and isinstance(value[0], str) for value in values):
        raise Refused(
            Reason.not_a_string,
            f"the row holds a list under each key of {layout}, as a table by columns does: write an object "
            "for each row",
        )
