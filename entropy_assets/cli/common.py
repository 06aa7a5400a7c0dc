"""What all commands share: exit codes, options, and errors told in one sentence.

What belongs here: what a person meets in every command. What does not: any command.
"""

import errno
import re
import shlex
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup
from upath import UPath

from entropy_assets.cli.options import value_told
from entropy_assets.cli.printing import say
from entropy_assets.errors import CurationError, InvalidInput, InvalidParameter, StoreDamaged, is_interrupt
from entropy_assets.temporary import clear_left, disk_fault

if TYPE_CHECKING:
    from entropy_assets.candidate.workspace import Workspace

ASKED, HELD, BAD_INPUT, FAILED = 4, 3, 2, 1

_NAMED_HOME: ContextVar[Path | None] = ContextVar("named home", default=None)
"""The home that was named on the command line."""

OUT_OF_MEMORY = ("failed to map segment", "can't start new thread", "Cannot allocate memory")
"""What libraries say in place of a MemoryError."""


Home = Annotated[
    Path | None,
    typer.Option(
        help="Folder with all datasets (ENTROPY_HOME).",
        show_default="$ENTROPY_HOME or ./var",
    ),
]
DatasetName = Annotated[
    str, typer.Option(help="Name of the dataset: lower-case letters, digits, underscores.")
]

Who = Annotated[str, typer.Option(help="Who orders it; kept with the decision.")]
Why = Annotated[str, typer.Option(help="Why; kept with the decision.")]

SourceName = Annotated[
    str | None,
    typer.Option("--source", help="Source of rows that name none, before folders' and files' names."),
]


@contextmanager
def told() -> Iterator[None]:
    """Turn errors that were raised on purpose, and those of a disk, into one sentence and an exit code."""
    try:
        yield
    except CurationError as error:
        say(f"entropy-assets: {error}", err=True)
        raise typer.Exit(FAILED if is_failure(error) else BAD_INPUT) from error
    except Exception as error:
        if isinstance(error, OSError) and error.errno == errno.EPIPE:
            raise  # nobody reads any more, as in `| head`: the caller ends without a word
        sentence = _of_machine(error)
        if sentence is None:
            raise
        say(f"entropy-assets: {sentence}", err=True)
        raise typer.Exit(FAILED) from error


def is_failure(error: CurationError) -> bool:
    """Return whether an error is none of what was given: a store that is damaged, a disk, a step."""
    return not isinstance(error, InvalidInput | InvalidParameter) or isinstance(error, StoreDamaged)


def _of_machine(error: BaseException) -> str | None:
    """Return what the system, or a database on its disk, has refused; None for other errors."""
    cause: BaseException | None = error
    while cause is not None:
        if (fault := disk_fault(cause)) is not None:
            return f"{getattr(cause, 'filename', None) or 'a file'} cannot be written or read: {fault}"
        if isinstance(cause, MemoryError) or any(words in str(cause) for words in OUT_OF_MEMORY):
            return f"there is too little memory ({cause}): give the command more, and run it again"
        if isinstance(cause, sqlite3.DatabaseError):
            return f"a database under ENTROPY_HOME: {cause}; mend that and run it again"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    return None


def chosen_home(home: Path | None) -> UPath:
    """Return the folder with all datasets: the given one, else ENTROPY_HOME, else `./var`.

    Raises
    ------
    InvalidInput
        It lies in the working directory, which is gone.
    """
    from entropy_assets.candidate.workspace import entropy_home

    _NAMED_HOME.set(home)
    try:
        return entropy_home() if home is None else UPath(home).absolute()
    except FileNotFoundError as error:
        raise InvalidInput(
            "the working directory was removed: go to another, or name --home whole"
        ) from error


def require_folder(path: UPath) -> None:
    """Refuse a place at which no folder can be, since what is above it is none; see `make_folder`.

    Raises
    ------
    InvalidInput
        It is such a place.
    """
    above = next(folder for folder in (path, *path.parents) if folder.exists())
    if not above.is_dir():
        what = "is no folder" if above == path else f"cannot be made, {above} is no folder"
        raise InvalidInput(f"{path} {what}: name another home with --home")


def make_folder(path: UPath) -> None:
    """Make a folder of a store, for a command that makes one.

    Raises
    ------
    InvalidInput
        None can be there. A disk that is full, or not to be written to, is not to blame on what was given.
    """
    require_folder(path)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if disk_fault(error) is not None:
            raise
        raise InvalidInput(
            f"{path} cannot be made ({error.strerror or error}): name another home with --home"
        ) from error


def typed(command: str) -> str:
    """Return a command as it is to be typed, with the home where this one was given one."""
    home = _NAMED_HOME.get()
    return command if home is None else f"{command} --home {shlex.quote(str(home))}"


def existing_home(home: Path | None) -> UPath:
    """Return the folder with all datasets, for a command that makes none.

    Raises
    ------
    InvalidInput
        There is no such folder.
    """
    root = chosen_home(home)
    if not root.is_dir():
        raise InvalidInput(f"{root} is no folder: run `entropy-assets demo`, or `run DROP`, first")
    return root


def existing_dataset(home: Path | None, dataset: str) -> "Workspace":
    """Return a dataset that is there, for a command that makes none.

    Raises
    ------
    InvalidInput
        There is none of that name.
    """
    from entropy_assets.candidate.workspace import Workspace
    from entropy_assets.storage import datasets

    found = Workspace(chosen_home(home), dataset)
    if not found.root.is_dir():
        known = ", ".join(datasets(found.home.home)) or "none"
        raise InvalidInput(f"dataset {dataset!r} is not in {found.home.home}: known are {known}")
    return found


class Commands(TyperGroup):
    """The commands, none of which takes an empty argument, and which Ctrl-C ends with one line.

    An empty argument would be the value of an unset shell variable, and as a path it would mean the present
    folder.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Return the arguments that are not the group's own."""
        if any(not argument.strip() or re.fullmatch(r"--[\w-]+=\s*", argument) for argument in args):
            say("entropy-assets: an argument is empty: is a variable of the shell not set?", err=True)
            raise typer.Exit(BAD_INPUT)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Return what a command returns; Ctrl-C ends it with one line and 130, as of a signal."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = value_told(error)
            raise
        except BaseException as error:
            if not is_interrupt(type(error).__name__, str(error)):
                raise
            clear_left()
            say("stopped; run the same command again", err=True)
            raise typer.Exit(128 + signal.SIGINT) from error
