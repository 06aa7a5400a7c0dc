"""The settings for people and editors: a JSON Schema of `entropy.toml`, and what is in force and why.

What belongs here: forms of the declared settings. What does not: their checks.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from entropy_assets.settings import Settings
from entropy_assets.settings.stage import Stage

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `entropy.toml`.

    It holds each key with its meaning, type, range and default. What must hold between two keys it cannot
    say: `load_settings` does.
    """
    from entropy_assets.settings.checking import model_of

    schema = model_of(Settings).model_json_schema()
    return {"$schema": DRAFT, **schema, "title": "entropy.toml"}


@dataclass(frozen=True)
class Effective:
    """One setting as it is in force.

    Parameters
    ----------
    table
        Its table in entropy.toml; empty at the top.
    name
        Its key.
    value
        Its value, with lists for tuples.
    origin
        `file` where the file names it, else `default`.
    """

    table: str
    name: str
    value: Any
    origin: str


def effective(settings: Settings, table: Mapping[str, Any]) -> list[Effective]:
    """Return every setting with where it comes from, in the order of the file.

    Parameters
    ----------
    settings
        What was made of the file.
    table
        The file's TOML.
    """
    return list(_effective(settings, table))


def _effective(stage: Stage, table: Mapping[str, Any]) -> Iterator[Effective]:
    for item in fields(stage):
        value = getattr(stage, item.name)
        if isinstance(value, Stage):
            yield from _effective(value, table.get(item.name, {}))
        else:
            origin = "file" if item.name in table else "default"
            listed = list(value) if isinstance(value, tuple) else value
            yield Effective(stage.TABLE, item.name, listed, origin)


def toml_lines(rows: list[Effective]) -> Iterator[str]:
    """Yield the lines of a settings file that says the same, with the origin of each value as comment."""
    table = ""
    for row in rows:
        if row.table != table:
            table = row.table
            yield f"\n[{table}]"
        yield f"{row.name} = {_toml(row.value)}  # {row.origin}"


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        inside = ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, str):
        return _escaped(json.dumps(value, ensure_ascii=False))
    return json.dumps(value)


def _escaped(text: str) -> str:
    """Return a TOML string that no terminal takes for a command: only printable characters."""
    return re.sub(r"[^ -~]", lambda found: _escape(found.group()), text)


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
