"""The class that all settings are made from: frozen, and never with a value that is not allowed.

What belongs here: when values are checked. What does not: how (`checking`), and what a key is (`declared`).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar, TypeVar, cast

from entropy_assets.settings.declared import Fault, FixedTable, WrongSettings, default_of


@dataclass(frozen=True)
class Stage:
    """Base of all classes of settings: frozen, and never with a value that is not allowed.

    Raises
    ------
    WrongSettings
        Values are of the wrong type, out of range, or do not go together; all of them are named.
    """

    TABLE: ClassVar[str] = ""
    """Name of the table in entropy.toml; empty at the top."""

    def __post_init__(self) -> None:
        given = {item.name: getattr(self, item.name) for item in fields(self) if _differs(item, self)}
        if given:
            # Only here, since pydantic takes longer to import than a command that changes nothing.
            from entropy_assets.settings.checking import check

            for name, value in check(type(self), given).items():
                object.__setattr__(self, name, value)
        for item in fields(self):
            if type(getattr(self, item.name)) is dict:
                object.__setattr__(self, item.name, FixedTable(getattr(self, item.name)))
        faults = [
            Fault.of(f"{self.TABLE}.{name}".lstrip("."), allowed, got) for name, allowed, got in self.rules()
        ]
        if faults:
            raise WrongSettings(faults)

    def rules(self) -> Iterator[tuple[str, str, object]]:
        """Yield (key, what is allowed, what was got) for values that do not go together."""
        yield from ()

    def table(self, name: str) -> "Stage":
        """Return the table within this one that a registry's entry has.

        Raises
        ------
        AttributeError
            It has none.
        """
        return cast(Stage, getattr(self, name))


AnyClass = TypeVar("AnyClass")


def with_tables(tables: Mapping[str, type[Stage]]) -> Callable[[type[AnyClass]], type[AnyClass]]:
    """Return a decorator that gives a class of settings a table for each name of a registry.

    It stands below `dataclass`. No table has what has no keys, or has its keys in the class itself;
    `Stage.table` finds the others.

    Parameters
    ----------
    tables
        Name -> the class of its parameters.
    """

    def decorate(cls: type[AnyClass]) -> type[AnyClass]:
        for name, stage in tables.items():
            if fields(stage) and not issubclass(cls, stage):
                cls.__annotations__[name] = stage
                setattr(cls, name, field(default_factory=stage))
        return cls

    return decorate


def _differs(item: Field[Any], stage: Stage) -> bool:
    """Whether a value is not its default; 1, 1.0 and True are three values."""
    value, default = getattr(stage, item.name), default_of(item)
    return type(value) is not type(default) or value != default
