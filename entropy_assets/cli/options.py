"""Options that were given wrongly: what is said of a value names the option that it came from.

What belongs here: putting the option's name into a message. What does not: what a value may be, which the
library says; places of files (`places`).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.settings import WrongSettings
from entropy_assets.shown import for_terminal


def require_at_least(least: int, **options: int) -> None:
    """Refuse options whose number is below `least`.

    Raises
    ------
    InvalidParameter
        One is.
    """
    for name, value in options.items():
        if value < least:
            raise InvalidParameter(f"{_flag(name)} must be {least} or more, got {value}")


@contextmanager
def of_option(name: str) -> Iterator[None]:
    """Put an option before what is said of its value while the block runs.

    Raises
    ------
    InvalidInput, InvalidParameter
        The value cannot be used.
    """
    try:
        yield
    except (InvalidInput, InvalidParameter) as error:
        raise type(error)(f"{_flag(name)}: {error}") from error


@contextmanager
def instead_of_settings(stage: str) -> Iterator[None]:
    """Name options where settings of a stage are told wrong, for a command that takes them as options.

    Parameters
    ----------
    stage
        The table of the settings, such as "dedup".

    Raises
    ------
    InvalidParameter
        They are wrong.
    """
    try:
        yield
    except InvalidParameter as error:
        faults = [fault.text for fault in error.faults] if isinstance(error, WrongSettings) else [str(error)]
        pattern = rf"(?:setting )?`?\b{stage}\.(\w+)`?|`(workers)`"
        told = re.sub(pattern, lambda found: _flag(found.group(1) or found.group(2)), "; ".join(faults))
        raise InvalidParameter(told) from error


_NUMBERS = {"int": "a whole number", "float": "a number", "bool": "yes or no"}
_BOUNDS = {"ge": "{} or more", "gt": "above {}", "le": "{} or less", "lt": "below {}"}


def value_told(error: typer.BadParameter) -> str:
    """Return what is wrong with the value of an option that is not read: what it may be, and what it is.

    The library that reads options tells neither the value nor, of numbers, a bound in plain words.
    """
    from pydantic import ValidationError

    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return error.message
    first = cause.errors()[0]
    kind, _, way = first["type"].partition("_")
    bound = next(((name, of) for name, of in first.get("ctx", {}).items() if name in _BOUNDS), None)
    if bound is not None:
        allowed = _BOUNDS[bound[0]].format(bound[1])
    elif kind in _NUMBERS and way:
        allowed = _NUMBERS[kind]
    else:
        return error.message.removeprefix("Value error, ")
    return f"must be {allowed}, got {for_terminal(repr(first['input']))}"


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
