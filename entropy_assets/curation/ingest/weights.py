"""How much of an answer's loss counts, and whether it is a wanted one, in the spellings of trainers.

What belongs here: weights, masks and labels, of a turn and of a row. What does not: text (`parts`).
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from entropy_assets.curation.ingest.leftovers import is_nan
from entropy_assets.curation.ingest.reasons import Reason, Refused, one_of

ROW_WEIGHTS = ("weight", "loss_weight", "sample_weight")
"""Keys of how much the answers of a whole row count."""

WEIGHTS = (*ROW_WEIGHTS, "train", "training", "trainable", "loss_mask", "loss")
"""Keys of how much of a turn's loss counts; all but those of rows are switches."""

ROW_MASKS = ("loss_mask", "weights")
"""Keys of a list in a row: how much each of its turns, or each of its answers, counts."""

LABELS = ("label", "kto_tag", "desirable")
"""Keys of whether the answer of a row is a wanted one, as unpaired preferences (KTO) say it."""


def take_weight(rest: dict[str, Any], place: str) -> float | None:
    """Take how much of a turn's loss counts out of what it carries; None where nothing says it.

    Raises
    ------
    Refused
        Two keys differ.
    """
    given: dict[str, float] = {}
    for key in WEIGHTS:
        if key not in rest:
            continue
        value: Any = rest[key]
        if is_nan(value):
            del rest[key]
            continue
        if key in ROW_WEIGHTS:
            weight = _number(value)
        else:  # a float under `loss` is one that was measured
            switch = _switch(value, as_number=key != "loss" or not isinstance(value, float))
            weight = None if switch is None else float(switch)
        if weight is not None:
            given[key] = weight
            del rest[key]
    return one_of(given, place) if given else None


def _number(value: Any) -> float | None:
    """Return a weight as a float; None where the value is none: words, numbers that are no float."""
    if isinstance(value, str):  # a table of strings
        return float(value) if _DIGITS.fullmatch(value) else None
    if not isinstance(value, bool | int | float | Decimal):  # engines of SQL write 1.0 as a decimal
        return None
    return float(value) + 0.0 if -_LARGEST < value < _LARGEST else None


_DIGITS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,18})?")
_LARGEST = 1e300  # beyond it an integer may be no float


def take_label(left: dict[str, Any], *, is_unpaired: bool) -> bool | None:
    """Take whether the answer is a wanted one out of the fields that a layout leaves over, and return it.

    It is true or false, as a word in a table of strings. A number is a class of the user's own, unless it is
    1 or 0 under `kto_tag`, or in a row of a prompt and a completion, where `is_unpaired` is true.

    Raises
    ------
    Refused
        Two keys differ.
    """
    given = {
        key: is_wanted
        for key in LABELS
        if (is_wanted := _switch(left.get(key), as_number=is_unpaired or key == "kto_tag")) is not None
    }
    for key in given:
        del left[key]
    return one_of(given, "the row") if given else None


def _switch(value: Any, *, as_number: bool) -> bool | None:
    """Return whether a switch is on; None where the value is none."""
    if isinstance(value, str):
        value = _WORDS.get(value.strip().lower(), value)
    if isinstance(value, bool):
        return value
    return bool(value) if as_number and isinstance(value, int | float | Decimal) and value in (0, 1) else None


_WORDS = {"true": True, "false": False, "1": 1, "0": 0}


def take_row_weight(left: dict[str, Any], turns: Sequence[dict[str, Any]]) -> None:
    """Take the weights that stand in a row, one for all of its answers or a list, into its turns.

    Raises
    ------
    Refused
        Two keys differ, or a turn has a weight beside it.
    """
    answers = [turn for turn in turns if turn["role"] == "assistant"]
    if not answers:
        return
    weights = {key: weight for key in ROW_WEIGHTS if (weight := _number(left.get(key))) is not None}
    given = {key: [weight] * len(answers) for key, weight in weights.items()}
    told = answers
    for key in ROW_MASKS:
        items = left[key] if isinstance(left.get(key), list) else []
        numbers = [number for item in items if (number := _number(item)) is not None]
        if len(numbers) == len(items) and len(numbers) in (len(turns), len(answers)):
            told = list(turns) if len(numbers) == len(turns) else answers
            given[key] = numbers
    if not given:
        return
    weights_of = one_of(given, "the row")
    pairs = list(zip(told, weights_of, strict=True))
    if any(turn.get("weight") not in (None, weight) for turn, weight in pairs):
        raise Refused(Reason.ambiguous_layout, "the row and its turns have weights, which differ; keep one")
    for key in given:
        del left[key]
    for turn, weight in pairs:
        turn["weight"] = weight
