"""What a row that is refused as a whole seems to be, and what to do about it.

What belongs here: shapes that are nearly those of a layout. What does not: layouts (`forms`, `layouts`).
"""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from entropy_assets.curation.ingest.forms import MARKS
from entropy_assets.curation.ingest.pairs import ARTICLES, SHORTER
from entropy_assets.curation.ingest.reasons import Reason, Refused


def hint_of(row: Mapping[str, Any], fits: Callable[[frozenset[str]], tuple[str, ...]]) -> str:
    """Return what would make a row of a layout out of one that fits none; empty where nothing is known.

    Parameters
    ----------
    row
        The row.
    fits
        Keys of `MARKS` -> names of the layouts that they make.
    """
    names = frozenset([key.strip().lower() for key in row])
    if found := fits(MARKS.intersection(names)):
        return f"; in lower case and without blanks they would be those of {found[0]}: rename them"
    for key, value in row.items():
        first = value[0] if isinstance(value, list) and value else None
        if isinstance(first, Mapping) and fits(MARKS.intersection(first)):
            return f"; {key!r} is a list of rows: deliver that list alone, as by jq '.[{json.dumps(key)}]'"
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
