"""What turns carried beside their parts, under the places that these turns have in the record.

What belongs here: from a turn of an outside field to one of the record. What does not: turns (`turns`).
"""

from collections.abc import Mapping
from typing import Any

from entropy_assets.curation.ingest.turns import Extras


def placed(content: Mapping[str, Any], extras: Extras, n_before: int) -> dict[str, dict[str, Any]]:
    """Return field and number of each turn of the record, such as ``messages.1``, -> what else it carried.

    A conversation may stand in several fields of a row, behind `n_before` turns that are no part of
    them. Where a copy carried something else than the turn that is kept, it stands beside it, as
    ``prompt.0.rejected``.
    """
    carried = {id(turn): rest for turn, rest in extras.values()}
    found = {
        f"{field}.{index}": carried.pop(id(turn))
        for field in ("messages", "prompt", "chosen", "rejected")
        for index, turn in enumerate(content.get(field) or ())
        if id(turn) in carried
    }
    for place, (turn, rest) in extras.items():
        if id(turn) in carried:
            field, _, number = place.rpartition(".")
            kept = _kept_place(content, field, n_before + int(number))
            if found.get(kept) != rest:
                found[f"{kept}.{field}"] = rest
    return found


def _kept_place(content: Mapping[str, Any], field: str, index: int) -> str:
    """Return the place of a preference's turn that is number `index` of the conversation in `field`."""
    n_asked = len(content.get("prompt") or ())
    if index < n_asked:
        return f"prompt.{index}"
    return f"{'rejected' if field.startswith('rejected') else 'chosen'}.{index - n_asked}"
