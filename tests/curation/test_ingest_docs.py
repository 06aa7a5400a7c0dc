"""The page docs/ingest.md says what the code says: reasons, settings, layouts and kinds of files."""

import dataclasses
import re
from pathlib import Path

from entropy_assets.curation.ingest import REASONS
from entropy_assets.curation.ingest.delimited import JSON_COLUMNS
from entropy_assets.curation.ingest.layouts import MARKS
from entropy_assets.curation.ingest.naming import _CATEGORIES, is_category
from entropy_assets.curation.ingest.reasons import INCOMPLETE
from entropy_assets.settings import IngestSettings

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "ingest.md").read_text(encoding="utf-8")


def table(title: str) -> list[list[str]]:
    """Return the rows of the first table under a heading, without its head."""
    section = PAGE.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in section.split("\n") if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def test_the_reasons_are_those_of_the_code() -> None:
    assert table("Reasons") == [[f"`{reason}`", sentence] for reason, sentence in REASONS.items()]
    last = PAGE.rstrip().rpartition("\n")[2]
    assert set(re.findall(r"`(\w+)`", last)) == set(INCOMPLETE)


def test_the_settings_are_those_of_the_code() -> None:
    told = {row[0].strip("`"): row[1].strip("`").replace(",", "") for row in table("Limits")}
    defaults = dataclasses.asdict(IngestSettings())
    assert list(told) == list(defaults)
    for name, value in defaults.items():
        assert told[name] == (value if isinstance(value, str) else f"{value:.12g}")


def test_every_key_of_a_layout_is_named() -> None:
    keys = {key for row in table("Layouts") for key in re.findall(r"`(\w+)`", row[1])}
    assert keys >= MARKS
    assert all(f"`{name}`" in PAGE for name in JSON_COLUMNS)


def test_every_word_of_a_category_is_named_and_no_other() -> None:
    (told,) = re.findall(r"\*\*A category\*\* .* is (`.*`) or (`\w+`)\. Its value", PAGE)
    named = set(re.findall(r"`(\w+)`", " ".join(told)))
    assert named == set(_CATEGORIES)
    assert all(is_category(f"task_{word}") for word in named)
