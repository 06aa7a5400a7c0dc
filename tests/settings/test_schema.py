"""The JSON Schema says of a file what the reader says, and what is in force can be read again."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import Settings, parse
from entropy_assets.settings.schema import effective, json_schema, toml_lines
from tests.settings.test_digests import FILES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
SCHEMA = json_schema()
TYPES = {
    "integer": int,
    "number": (int, float),
    "string": str,
    "boolean": bool,
    "array": list,
    "object": dict,
}


def fits(value: Any, schema: dict[str, Any]) -> bool:
    """Say whether a value fits a schema, for the words that ours uses; another word is a KeyError."""
    if "$ref" in schema:
        return fits(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]])
    checks = {
        "type": lambda kind: (
            isinstance(value, TYPES[kind]) and (kind == "boolean") == isinstance(value, bool)
        ),
        "minimum": lambda bound: value >= bound,
        "maximum": lambda bound: value <= bound,
        "exclusiveMinimum": lambda bound: value > bound,
        "enum": lambda known: value in known,
        "items": lambda inner: all(fits(item, inner) for item in value),
        "properties": lambda inner: all(fits(value[key], inner[key]) for key in value if key in inner),
        "additionalProperties": lambda inner: (
            value.keys() <= schema["properties"].keys()
            if inner is False
            else all(fits(item, inner) for item in value.values())
        ),
    }
    words = [word for word in schema if word not in ("title", "description", "default", "$schema", "$defs")]
    return all(checks[word](schema[word]) for word in sorted(words, key=lambda word: word != "type"))


def keys() -> list[tuple[str, dict[str, Any]]]:
    return keys_within(SCHEMA, "")


def keys_within(schema: dict[str, Any], table: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, inner in schema["properties"].items():
        path = f"{table}.{name}".lstrip(".")
        if "$ref" in inner:
            found += keys_within(SCHEMA["$defs"][inner["$ref"].rpartition("/")[2]], path)
        else:
            found.append((path, inner))
    return found


def test_it_is_json_of_its_draft() -> None:
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMA["additionalProperties"] is False
    assert [name for name, _ in keys()] == [f"{row.table}.{row.name}".lstrip(".") for row in ROWS]


ROWS = effective(Settings(), {})


@pytest.mark.parametrize(("name", "schema"), keys())
def test_each_key_has_a_description_and_a_default_that_fits(name: str, schema: dict[str, Any]) -> None:
    assert schema["description"].endswith(".")
    (row,) = [row for row in ROWS if f"{row.table}.{row.name}".lstrip(".") == name]
    assert schema.get("default", {}) == row.value
    assert fits(row.value, schema)
    bounded = {"minimum", "exclusiveMinimum"} & {*schema, *schema.get("additionalProperties", {})}
    assert bool(bounded) == ("Allowed: " in schema["description"])


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_read_fit(name: str) -> None:
    assert fits(tomllib.loads(FILES[name]), SCHEMA)


@pytest.mark.parametrize(
    "text",
    [
        "sead = 1",
        "seed = true",
        "workers = -1",
        "pool = 3",
        "[pool]\nvalidation_share = 0.51",
        "[policy]\nmax_blobs = 0",
        "[policy]\nmax_blob = 1",
        "[policy]\nsource_losses = { a = 2 }",
        "[policy]\nallowed_licences = [1]",
        '[selection]\nselector = "zipp"',
    ],
)
def test_what_the_schema_refuses_the_reader_refuses(text: str) -> None:
    table = tomllib.loads(text)
    assert not fits(table, SCHEMA)
    with pytest.raises(InvalidParameter):
        parse(Settings, table)


@pytest.mark.parametrize("name", FILES)
def test_what_is_effective_is_a_file_that_says_the_same(name: str) -> None:
    table = tomllib.loads(FILES[name])
    settings = parse(Settings, table)
    rows = effective(settings, table)
    assert parse(Settings, tomllib.loads("\n".join(toml_lines(rows)))) == settings
    given = {(key, inner) for key, value in table.items() if key in SCHEMA["$defs"] for inner in value}
    assert given <= {(row.table, row.name) for row in rows if row.origin == "file"}
    n_given = sum(len(value) if isinstance(value, dict) else 1 for value in table.values())
    assert sum(row.origin == "file" for row in rows) == n_given


def test_what_is_shown_moves_no_terminal() -> None:
    table = {"screening": {"licences": {'a"b\n\x7f\x9b[2J\u202e😀\U000e0001': "\\ é"}}}
    settings = parse(Settings, table)
    text = "\n".join(toml_lines(effective(settings, table)))
    assert all(line.isprintable() for line in text.split("\n"))
    assert parse(Settings, tomllib.loads(text)) == settings


def test_the_settings_of_the_page_are_read() -> None:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert blocks
    for block in blocks:
        table = tomllib.loads(block)
        assert table
        parse(Settings, table)
        assert fits(table, SCHEMA)
