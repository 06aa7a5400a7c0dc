"""Options that are made from registries: the parameters of scorers and selectors.

What belongs here: parameters as options, and back. What does not: what they mean, which their entries say.
"""

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, TypeVar, get_origin

import typer

from entropy_assets.cli.options import instead_of_settings
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import parse
from entropy_assets.settings.declared import declared
from entropy_assets.settings.stage import Stage

Command = TypeVar("Command", bound=Callable[..., None])
AnyStage = TypeVar("AnyStage", bound=Stage)


def with_options(entries: Iterable[tuple[str, type[Stage]]]) -> Callable[[Command], Command]:
    """Return a decorator that gives a command an option for each parameter of some entries.

    The command takes them as ``**given``, None where one was not given. A name that several entries have is
    one option, which goes to whichever of them is used.

    Parameters
    ----------
    entries
        Name and parameters of each entry. A stage within the parameters makes no option: it has an entry.
    """
    owners: dict[str, dict[str, str]] = {}
    hints: dict[str, Any] = {}
    for entry, stage in entries:
        for name, (hint, key) in declared(stage).items():
            if key is not None:
                owners.setdefault(name, {}).setdefault(key.text, entry)
                hints[name] = hint
    options = [_option(name, hints[name], told) for name, told in owners.items()]

    def decorate(command: Command) -> Command:
        signature = inspect.signature(command)
        own = [one for one in signature.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
        made = signature.replace(parameters=[*own, *options])
        command.__signature__ = made  # type: ignore[attr-defined]
        return command

    return decorate


def _option(name: str, hint: Any, told: Mapping[str, str]) -> inspect.Parameter:
    typed = hint if get_origin(hint) is Literal or hint in (int, float, str, bool) else str
    about = "; ".join(f"{entry}: {text}" if entry else text for text, entry in told.items())
    annotation = Annotated[typed | None, typer.Option(help=about, show_default=False)]  # type: ignore[valid-type]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


def given_to(stage: type[AnyStage], given: Mapping[str, Any]) -> AnyStage:
    """Return parameters with the values of those options that they have.

    Raises
    ------
    InvalidParameter
        A value is out of its range; its option is named.
    """
    keys = {name for name, (_, key) in declared(stage).items() if key is not None}
    own = {name: value for name, value in given.items() if value is not None and name in keys}
    with instead_of_settings(stage.TABLE):
        return parse(stage, own)


def require_used(given: Mapping[str, Any], *stages: type[Stage]) -> None:
    """Refuse options that none of the parameters in use has.

    Raises
    ------
    InvalidParameter
        One was given.
    """
    # A table of settings is no option, though it may have the name of one.
    known = {name for stage in stages for name, (_, key) in declared(stage).items() if key is not None}
    for name, value in given.items():
        if value is not None and name not in known:
            raise InvalidParameter(
                f"--{name.replace('_', '-')} is of another scorer or selector than the one that was asked "
                "for: leave it out"
            )
