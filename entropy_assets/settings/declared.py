"""How a stage declares its settings: each key with its meaning and range.

Each key is said once, beside its default: `Annotated[int, Key("Rows in one shard.", least=1)] = 50_000`.
The check, the sentence about a wrong value and the JSON Schema all come from there.

What belongs here: the words of a declaration, and what may be wrong with a value. What does not: the
keys themselves, reading a file.
"""

import reprlib
from collections.abc import Hashable, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from entropy_assets.errors import InvalidParameter

SHOWN_FAULTS = 10
"""Faults that one message names; a file that has nothing to do with settings would have thousands."""

SHOWN_CHARACTERS = 80
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Key:
    """What a setting means, in which unit, and which values it takes.

    Parameters
    ----------
    text
        One or two sentences for people.
    unit
        Word after the number in messages; `fraction` before it. Empty where the text says it.
    least
        Smallest allowed value; of a table or list, of each value in it.
    above
        Bound that the value must exceed.
    most
        Largest allowed value.
    """

    text: str
    unit: str = ""
    least: float | None = None
    above: float | None = None
    most: float | None = None

    @property
    def allowed(self) -> str:
        """The range in words, or an empty text where each value of the type is allowed."""
        if self.least is None and self.above is None:
            return ""
        if self.above is not None:
            low = f"above {_number(self.above, self.unit)}"
            text = low if self.most is None else f"{low}, at most {_number(self.most, self.unit)}"
            noun = "a fraction" if self.unit == "fraction" else "a finite number"
            return f"{noun} {text}"
        least = _number(self.least or 0, self.unit)
        if self.unit == "fraction":
            return f"a fraction from {least} to {_number(self.most or 0, self.unit)}"
        if self.most is not None:
            text = f"{least} to {_number(self.most, self.unit)}"
        else:
            text = f"{least} or more" if (self.least or 0) <= 1 else f"at least {least}"
        return f"{text} {self.unit}".rstrip() if not text.endswith("iB") else text


def _number(value: float, unit: str) -> str:
    if unit == "bytes" and value >= MEBIBYTE and value % MEBIBYTE == 0:
        return f"{value // MEBIBYTE:,} MiB"
    return f"{value:,}"


class FixedTable(dict[str, Any]):
    """A table of settings that cannot be changed and can be hashed; equal to a dict of the same content."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type["FixedTable"], tuple[dict[str, Any]]]:
        return FixedTable, (dict(self),)

    def _refuse(self, *_: object, **__: object) -> Any:
        raise TypeError("settings do not change: change entropy.toml and load them again")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with settings: what, and what to do about it."""

    text: str
    todo: str = "change it in entropy.toml"

    @classmethod
    def of(cls, name: str, allowed: str, got: object) -> "Fault":
        """Return the fault of a setting that must be something else."""
        return cls(f"`{clean(name)}` must be {allowed}, got {shortly(got)}")


class WrongSettings(InvalidParameter):
    """Settings with one fault or several, told in one sentence."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(_sentence(self.faults))

    def __reduce__(self) -> tuple[type["WrongSettings"], tuple[tuple[Fault, ...]]]:
        return WrongSettings, (self.faults,)


def _sentence(faults: Sequence[Fault]) -> str:
    if len(faults) == 1:
        return f"setting {faults[0].text}{'' if faults[0].text.endswith('?') else ':'} {faults[0].todo}"
    told = "; ".join(fault.text for fault in faults[:SHOWN_FAULTS])
    more = f"; and {len(faults) - SHOWN_FAULTS:,} more" if len(faults) > SHOWN_FAULTS else ""
    return f"{len(faults):,} settings are wrong: {told}{more}: change them in entropy.toml"


def require(condition: bool, name: str, allowed: str, got: object) -> None:
    """Raise `WrongSettings` in the one form of message unless `condition` holds."""
    if not condition:
        raise WrongSettings([Fault.of(name, allowed, got)])


def clean(text: str) -> str:
    """Return `text` short and on one line: a name in a file must not forge a line of output."""
    text = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}..."
    return text if text.isprintable() else repr(text)[1:-1]


def shortly(value: object) -> str:
    """Return the `repr` of a value, cut where it is long or deep."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = SHOWN_CHARACTERS
    try:
        return short.repr(value)
    except ValueError:  # Python writes no decimals of a number with thousands of digits
        return "a number of thousands of digits"


def default_of(item: Field[Any]) -> Any:
    """Return the default of a setting."""
    return item.default if item.default_factory is MISSING else item.default_factory()


def declared(cls: type[Any]) -> dict[str, tuple[Any, Key | None]]:
    """Return name -> (type, key) of the settings of a class; a stage within it has no key."""
    return _declared(cast(Hashable, cls))


@cache
def _declared(cls: Any) -> dict[str, tuple[Any, Key | None]]:
    hints = get_type_hints(cls, include_extras=True)
    found: dict[str, tuple[Any, Key | None]] = {}
    for item in fields(cls):
        hint = hints[item.name]
        keys = [part for part in getattr(hint, "__metadata__", ()) if isinstance(part, Key)]
        found[item.name] = (getattr(hint, "__origin__", hint), keys[0]) if keys else (hint, None)
    return found


def is_stage(hint: Any) -> bool:
    """Whether a type is a class of settings."""
    return isinstance(hint, type) and is_dataclass(hint) and hasattr(hint, "TABLE")


def type_words(hint: Any) -> str:
    """Return what a value of this type is, in the words of messages."""
    if get_origin(hint) is Literal:
        return f"one of {', '.join(get_args(hint))}"
    if get_origin(hint) is dict or is_stage(hint):
        return "a table"
    return "a list" if get_origin(hint) is tuple else f"of type {hint.__name__}"
