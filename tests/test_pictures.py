"""The pictures of the documentation show what is so: they are drawn again and compared."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from docs.draw import DOCS, PICTURES, verdict_picture

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("name", list(PICTURES))
def test_a_picture_is_what_is_drawn_today(name: str) -> None:
    drawn = PICTURES[name]()
    assert (DOCS / name).read_text(encoding="utf-8") == drawn, f"docs/{name} is out of date: run `make docs`"
    ElementTree.fromstring(drawn)


def test_the_picture_of_a_verdict_names_each_rule_that_has_something_to_say() -> None:
    drawn = verdict_picture()
    assert "docs-damaged: hold" in drawn
    assert ">blobs: holds</text>" in drawn
    assert ">damage: holds</text>" in drawn
    assert ">doubtful: asks</text>" in drawn
    assert "source " not in drawn
    for code in ("repeated_phrases", "unknown_words", "loss_shift"):
        assert f">{code}: a note</text>" in drawn
        assert code in (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8")
