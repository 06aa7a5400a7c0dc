"""The doors through which commands print lines: names from outside come out as they can be seen.

What belongs here: lines and JSON as such. What does not: what they say; tables (`plain_tables`).
"""

from typing import Any

import typer

from entropy_assets.shown import for_json, for_terminal


def say(line: object = "", *, err: bool = False) -> None:
    """Print one line; what would begin another one, or move the cursor, is shown as an escape."""
    typer.echo(for_terminal(line), err=err)


def say_lines(text: str, *, err: bool = False) -> None:
    """Print several lines, made by us of what has been escaped where it was put in."""
    for line in text.split("\n"):
        say(line, err=err)


def say_json(value: Any) -> None:
    """Print a value as one JSON object."""
    typer.echo(for_json(value))
