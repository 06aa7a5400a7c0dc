"""Options that were given wrongly: what is said of a value names the option that it came from.

What belongs here: putting the option's name into a message. What does not: what a value may be, which the
library says; places of files (`places`).
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.settings import WrongSettings


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


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"
