"""How much of an answer's loss counts, in the spellings of trainers.

What belongs here: weights and masks, of a turn and of a row. What does not: text (`parts`), and `labels`.
"""

import functools
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NoReturn

from entropy_assets.curation.ingest.leftovers import is_nan
from entropy_assets.curation.ingest.naming import Named, kind_of, words_of
from entropy_assets.curation.ingest.reasons import Reason, Refused, one_of
from entropy_assets.curation.ingest.roles import SPELLINGS

ROW_WEIGHTS = ("weight", "loss_weight", "sample_weight")
"""Keys of how much the answers of a whole row count."""

WEIGHTS = (
    *(*ROW_WEIGHTS, "train", "training", "trainable", "loss_mask", "loss"),
    *("train_on_turn", "train_on", "is_trainable", "compute_loss", "calculate_loss"),
)
"""Keys of how much of a turn's loss counts; all but those of rows are switches, a mask may be a fraction."""

OF_THE_RECORD = (Named.record, Named.switch, Named.earlier)
"""Kinds of keys under which numbers and switches are about the record."""

ROW_MASKS = ("loss_mask", "weights")
"""Keys of a list in a row: how much each of its turns, or each of its answers, counts."""


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
        if key in _SWITCHES:
            _require_switch(key, value, place)
        if key in ROW_WEIGHTS or (key == "loss_mask" and isinstance(value, float)):
            weight = _number(value)
        else:  # a float under `loss` is one that was measured
            if isinstance(value, str):
                value = SWITCH_WORDS.get(value.strip().lower(), value)
            switch = switch_of(value, as_number=key != "loss" or not isinstance(value, float))
            weight = None if switch is None else float(switch)
        if weight is not None:
            given[key] = weight
            del rest[key]
    return one_of(given, place) if given else None


def _number(value: Any) -> float | None:
    """Return a weight as a float; None where the value is none: words.

    Raises
    ------
    Refused
        It is below 0, or beyond what a loss can be multiplied by.
    """
    if isinstance(value, str):  # a table of strings
        said = value.strip().lower()
        if said.lstrip("+-") in ("inf", "infinity") or _NEGATIVE.fullmatch(said):
            _no_times(value)
        if (switch := SWITCH_WORDS.get(said)) is not None and not said[:1].isdigit():
            return float(switch)
        return float(value) if _DIGITS.fullmatch(value) else None
    if not isinstance(value, bool | int | float | Decimal):  # engines of SQL write 1.0 as a decimal
        return None
    if value != value:
        return None
    return float(value) + 0.0 if 0 <= value < _LARGEST else _no_times(value)


_DIGITS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,18})?")
_NEGATIVE = re.compile(r"-(?=[^eE]*[1-9])[0-9]*\.?[0-9]*(?:[eE][+-]?[0-9]{1,3})?")
_LARGEST = 1e300  # beyond it an integer may be no float


def switch_of(value: Any, *, as_number: bool) -> bool | None:
    """Return whether a switch is on; None where the value is none."""
    if isinstance(value, str):
        value = _WORDS.get(value.strip().lower(), value)
    if isinstance(value, bool):
        return value
    return bool(value) if as_number and isinstance(value, int | float | Decimal) and value in (0, 1) else None


_WORDS = {"true": True, "false": False, "1": 1, "0": 0}
SWITCH_WORDS = {
    **_WORDS,
    **dict.fromkeys(("yes", "y", "t", "on"), True),
    **dict.fromkeys(("no", "n", "f", "off"), False),
    "1.0": 1,
    "0.0": 0,
}
"""Words, in lower case, of a switch that can be nothing but one."""

_SWITCHES = frozenset(
    ["train_on_turn", "train_on", "trainable", "is_trainable", "compute_loss", "calculate_loss", "loss_mask"]
)


def _require_switch(key: str, value: Any, place: str) -> None:
    """Refuse a switch of a turn that is neither on nor off; a mask may lie between.

    Raises
    ------
    Refused
        It is neither.
    """
    if isinstance(value, str):
        value = SWITCH_WORDS.get(value.strip().lower(), value)
        if isinstance(value, str) and value.strip().lower() in _NO_MASK:
            return
    is_mask = key == "loss_mask" and isinstance(value, float) and 0 <= value < _LARGEST
    is_one = isinstance(value, bool | int | float | Decimal) and value in (0, 1)
    if not (is_one or is_mask or value is None or isinstance(value, list | dict)):
        raise Refused(
            Reason.no_known_layout,
            f"{key!r} of {place} is {str(value)[:_SHOWN_CHARS]!r}, which nobody can tell to be on or off: "
            "write true or false",
        )


_SHOWN_CHARS = 40


def take_row_weight(
    left: dict[str, Any], turns: Sequence[dict[str, Any]], given: Sequence[bool] = (), n_system: int = 0
) -> None:
    """Take the weights that stand in a row, one for all of its answers or a list, into its turns.

    Parameters
    ----------
    left
        The fields that a layout leaves over.
    turns
        The turns that have weights: those of a chat, the answers of a preference.
    given
        For each turn that the row's list of turns has, whether it is one of `turns`: blank ones are not.
    n_system
        Turns before those, which stand in another field.

    Raises
    ------
    Refused
        Two keys differ, a turn has a weight beside it, or nobody can tell which turns a list counts.
    """
    answers = [turn for turn in turns if turn["role"] == "assistant"]
    if not answers:
        return
    weights = {key: weight for key in ROW_WEIGHTS if (weight := _number(left.get(key))) is not None}
    told: dict[str, list[float | None]] = {
        key: [weight if turn["role"] == "assistant" else None for turn in turns]
        for key, weight in weights.items()
    }
    for key in ROW_MASKS:
        value = left.get(key)
        if value is None or (isinstance(value, str) and not _DIGITS.fullmatch(value)):
            continue
        if not isinstance(value, list):
            _refuse(key)
        numbers = [_number(item) for item in value]
        if any(number is None and item is not None for number, item in zip(numbers, value, strict=True)):
            if key == "loss_mask":
                _refuse(key)
        elif value:
            told[key] = _by_turn(key, numbers, turns, given, n_system)
    if not told:
        return
    weights_of = one_of(told, "the row")
    pairs = list(zip(turns, weights_of, strict=True))
    if any(weight is not None and turn.get("weight") not in (None, weight) for turn, weight in pairs):
        raise Refused(Reason.ambiguous_layout, "the row and its turns have weights, which differ; keep one")
    for key in told:
        del left[key]
    for turn, weight in pairs:
        if weight is not None:
            turn["weight"] = weight


def _by_turn(
    key: str,
    numbers: Sequence[float | None],
    turns: Sequence[dict[str, Any]],
    given: Sequence[bool],
    n_system: int,
) -> list[float | None]:
    """Return the weight of each turn from a list of one for each given one, each turn, or each answer."""
    n_before = n_system if len(numbers) == n_system + len(given) else 0
    n_kept = sum(given)
    if given and len(numbers) in (len(given), n_system + len(given)) and n_system + n_kept <= len(turns):
        said = [number for number, is_kept in zip(numbers[n_before:], given, strict=True) if is_kept]
        head = [*numbers[:n_before], *[None] * (n_system - n_before)]
        return [*head, *said, *[None] * (len(turns) - n_system - n_kept)]
    if len(numbers) == len(turns):
        return list(numbers)
    of_answers = iter(numbers)
    is_answer = [turn["role"] == "assistant" for turn in turns]
    if len(numbers) != sum(is_answer):
        raise Refused(
            Reason.no_known_layout,
            f"{key!r} has {len(numbers)} items and the row {len(given) or len(turns)} turns, so nobody can "
            f"tell which of them count: write weight into each turn, or name {key!r} under metadata in "
            "drop.toml",
        )
    return [next(of_answers) if is_one else None for is_one in is_answer]


def require_no_weight_of_text(left: dict[str, Any]) -> None:
    """Refuse a text whose row says how much of its loss counts; 1, which is the default, says nothing.

    Raises
    ------
    Refused
        It does.
    """
    for key in ROW_WEIGHTS:
        if (weight := _number(left.get(key))) is not None and weight != 1:
            _refuse_beside_text(key)
    for key in ROW_MASKS:
        if (value := left.get(key)) is not None and (isinstance(value, list) or _number(value) is not None):
            _refuse_beside_text(key)


def _refuse_beside_text(key: str) -> NoReturn:
    raise Refused(
        Reason.no_known_layout,
        f"{key!r} may say how much of the loss counts, and a text has no place for it: leave it out, or name "
        f"{key!r} under metadata in drop.toml",
    )


def require_no_weight(key: str, value: Any, place: str, *, of_turn: bool = False) -> None:
    """Refuse a key that nobody knows and that may say how much of a loss counts, by its words.

    Numbers under words of a loss were measured, and a switch that is on says nothing. A mask that names who
    asks says what trainers do anyway.

    Raises
    ------
    Refused
        It is one.
    """
    if value is None or value == [] or not (may_weigh(key) or (of_turn and is_target(key))):
        return
    words = words_of(key)
    is_mask = not _MASKS.isdisjoint(words)
    if isinstance(value, str):
        said = value.strip().lower()
        if (
            is_mask
            and said not in _NO_MASK
            and said not in SWITCH_WORDS
            and SPELLINGS.get(said) not in _ASKING
        ):
            _refuse(key, f" in {place}")
        words_of_switches = SWITCH_WORDS if of_turn or is_mask or switches_off(key) else _WORDS
        if said not in words_of_switches:
            return
        value = words_of_switches[said]
    if not isinstance(value, bool | int | float | list):
        return
    if isinstance(value, list) or is_mask:
        _refuse(key, f" in {place}")
    if value not in (0, 1) or isinstance(value, float):
        return
    if not (value and key in _ON) and not (not value and switches_off(key)):
        _refuse(key, f" in {place}")


@functools.lru_cache(maxsize=4096)
def may_weigh(key: str) -> bool:
    """Return whether a key may say how much of a loss counts, by its words.

    >>> [may_weigh(key) for key in ("no_train", "last_turn_only", "is_masked", "ignore", "train_loss_rate")]
    [True, True, True, True, False]
    """
    words = words_of(key)
    bare = [word for word in words if word not in _HELPERS]
    if switches_off(key) or (bare and _SUPERVISION.issuperset(bare)):
        return True
    if _LOSS_WORDS.isdisjoint(words):
        return False
    is_told = kind_of(key) not in OF_THE_RECORD or words[0] == "no"
    return is_told or _OF_LOSS.issuperset(bare)


@functools.lru_cache(maxsize=4096)
def switches_off(key: str) -> bool:
    """Return whether a key that is true takes loss away: of a turn, or of all turns but some.

    >>> [switches_off(key) for key in ("ignore", "to_skip", "assistant_only", "train", "skip_special_tokens")]
    [True, True, True, False, False]
    """
    words = words_of(key)
    bare = [word for word in words if word not in _HELPERS]
    return ("only" in words and not _SIDES.isdisjoint(words)) or bool(bare and _IGNORING.issuperset(bare))


@functools.lru_cache(maxsize=4096)
def is_target(key: str) -> bool:
    """Return whether a key of a turn says that it is one of those that are learned."""
    words = words_of(key)
    return words[-1:] == ("target",) and _HELPERS.issuperset(words[:-1])


_ON = ("train", "training", "trainable", "loss")
_LOSS_WORDS = frozenset(
    [
        *("train", "training", "trainable", "trained", "loss", "mask", "masked", "weight", "weights"),
        *("masks", "unmasked", "supervised"),
    ]
)
_OF_LOSS = frozenset(["masked", "unmasked", "mask", "loss", "trainable", "supervised"])
_MASKS = frozenset(["mask", "masks"])
_HELPERS = frozenset(["is", "to", "be", "should", "do", "use", "has", "no", "not", "in", "for", "the"])
_IGNORING = frozenset(["ignore", "ignored", "skip", "skipped"])
_SUPERVISION = frozenset(["learn", "learned", "learnable", "supervise", "supervised", "backprop"])
_SIDES = frozenset(
    ["last", "final", "first", "assistant", "response", "answer", "completion", "turn", "output", "reply"]
)
_ASKING = ("user", "system", "tool")
_NO_MASK = ("", "none", "null")


def _no_times(weight: Any) -> NoReturn:
    raise Refused(
        Reason.no_known_layout,
        f"a weight is {weight}, and a loss counts a finite number of times, 0 or more: write 0 where nothing "
        "is trained on",
    )


def _refuse(key: str, more: str = "") -> NoReturn:
    raise Refused(
        Reason.no_known_layout,
        f"{key!r}{more} may say how much of the loss counts, which nobody can tell: write weight into each "
        f"turn, or name {key!r} under metadata in drop.toml",
    )
