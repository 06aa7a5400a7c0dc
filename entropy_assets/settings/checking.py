"""Types and ranges of settings, checked by pydantic against what the stages declare.

A model is made from each declaration when the first value is not a default: the import of pydantic
takes 0.08 s, which the commands over files and the workers, mostly at defaults, would pay for nothing.

What belongs here: the models, and pydantic's findings in the words of this project. What does not: the
keys, and rules between two of them.
"""

from collections.abc import Hashable
from dataclasses import fields
from functools import cache
from typing import Annotated, Any, cast, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from entropy_assets.settings.declared import (
    Fault,
    Key,
    WrongSettings,
    declared,
    default_of,
    is_stage,
    type_words,
)

OUT_OF_RANGE = ("greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number")


def check(cls: type[Any], given: dict[str, Any]) -> dict[str, Any]:
    """Return the given values of a class of settings in their declared types.

    Parameters
    ----------
    cls
        The class, all of whose names in `given` are known.
    given
        Name -> value; a stage within the class has checked itself.

    Raises
    ------
    WrongSettings
        Values are of the wrong type or out of range; all of them are named.
    """
    stages = {name: hint for name, (hint, _) in declared(cls).items() if is_stage(hint) and name in given}
    faults = [
        Fault.of(name, "a table", given[name])
        for name, stage in stages.items()
        if not isinstance(given[name], stage)
    ]
    values = {name: value for name, value in given.items() if name not in stages}
    try:
        model = model_of(cls).model_validate(values)
    except ValidationError as error:
        faults += [_fault(cls, found) for found in error.errors(include_url=False)]
    if faults:
        raise WrongSettings(list(dict.fromkeys(faults)))
    return {name: getattr(model, name) for name in values}


def model_of(cls: type[Any]) -> type[BaseModel]:
    """Return the pydantic model of a class of settings: strict, with ranges and descriptions."""
    return _model_of(cast(Hashable, cls))


@cache
def _model_of(cls: Any) -> type[BaseModel]:
    made: dict[str, Any] = {}
    for item in fields(cls):
        hint, key = declared(cls)[item.name]
        if key is None:
            made[item.name] = (model_of(hint), Field(default_factory=model_of(hint)))
        else:
            allowed = f" Allowed: {key.allowed}." if key.allowed else ""
            default = default_of(item)
            plain = dict(default) if isinstance(default, dict) else default  # pydantic writes no others
            made[item.name] = (_bounded(hint, key), Field(plain, description=key.text + allowed))
    about = (cls.__doc__ or "").split("\n")[0]
    config = ConfigDict(extra="forbid", strict=True, field_title_generator=lambda name, _: name)
    return create_model(cls.__name__, __config__=config, __doc__=about, **made)


def _bounded(hint: Any, key: Key) -> Any:
    """Return a declared type with its range, as pydantic writes it."""
    if get_origin(hint) is dict:
        return dict.__class_getitem__((str, _bounded(get_args(hint)[1], key)))
    if get_origin(hint) is tuple:  # TOML has lists; what is in them stays strict
        items = tuple.__class_getitem__((_bounded(get_args(hint)[0], key), ...))
        return Annotated[items, Field(strict=False)]
    if hint is float:
        bounds = Field(ge=key.least, gt=key.above, le=key.most, allow_inf_nan=False)
        return Annotated[
            float, bounds, BeforeValidator(_exact)
        ]  # in this order, else JSON Schema has no bounds
    if hint is int:
        return Annotated[int, Field(ge=key.least, gt=key.above, le=key.most)]
    return hint


def _exact(value: Any) -> Any:
    if type(value) is int and abs(value) > 2**53:
        raise ValueError("no float is this integer")
    return value


def _fault(cls: type[Any], found: ErrorDetails) -> Fault:
    """Return one of pydantic's findings as a fault."""
    name, *inside = (str(part) for part in found["loc"])
    hint, key = declared(cls)[name]
    got, path = found["input"], f"{cls.TABLE}.{name}".lstrip(".")
    if inside:
        hint = get_args(hint)[-1] if get_origin(hint) is dict else get_args(hint)[0]
    if found["type"] not in OUT_OF_RANGE or key is None:
        return Fault.of(".".join([path, *inside]), type_words(hint), got)
    got = float(got) if hint is float else got
    if inside:
        return Fault.of(path, key.allowed.replace("a fraction", "fractions"), {inside[0]: got})
    return Fault.of(path, key.allowed, got)
