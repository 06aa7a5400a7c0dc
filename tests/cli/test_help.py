"""What is written as help is what a person reads: nothing is taken for markup and left out."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from entropy_assets.cli import app

Name = tuple[str, ...]


def commands(found: Any, name: Name = ()) -> Iterator[tuple[Name, Any]]:
    yield name, found
    for word, one in getattr(found, "commands", {}).items():
        yield from commands(one, (*name, word))


ALL = dict(commands(typer.main.get_command(app)))


def words_of(text: str) -> set[str]:
    return set(re.sub(r"[│╭╮╰╯─]", " ", text).split())


@pytest.mark.parametrize("name", ALL, ids=" ".join)
def test_help_shows_every_word_that_is_written(
    name: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.setenv("TERMINAL_WIDTH", "400")
    shown = words_of(CliRunner().invoke(app, [*name, "--help"]).stdout)
    own = ALL[name]
    written = [own.help or "", *(getattr(param, "help", None) or "" for param in own.params)]
    for text in written:
        assert words_of(text.replace("\\[", "[")) <= shown, text
