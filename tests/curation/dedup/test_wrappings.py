"""Wrappings: a text that is escaped, tagged, quoted or wrongly decoded as a whole is a copy."""

import html
import textwrap
from collections.abc import Callable

import pytest

from tests.curation.dedup.talks import kept, page, pair, text

WRAPPED: dict[str, Callable[[str], str]] = {
    "entities": html.escape,
    "numbers": lambda said: said.replace("'", "&#x27;").replace('"', "&quot;"),
    "paragraphs": lambda said: "<p>" + said.replace(". ", ".</p>\n<p>") + "</p>",
    "breaks": lambda said: said.replace(". ", ".<br/>"),
    "lines": lambda said: textwrap.fill(said, 60),
    "quoted": lambda said: textwrap.indent(textwrap.fill(said, 60), "> "),
    "newlines": lambda said: said.replace(". ", ".\\n"),
    "mojibake": lambda said: said.replace("'", "’").replace("ü", "ü").encode().decode("cp1252"),
    "no-break spaces": lambda said: said.replace(" a ", " a\u00a0").replace(" of ", " of\u00a0"),
}
SAID = "Jürgen's boat isn't \"old\", they say; a few of a town's men don't know. "


@pytest.mark.parametrize("name", WRAPPED)
@pytest.mark.parametrize("n_words", [40, 120, 400])
def test_a_text_in_another_wrapping(name: str, n_words: int) -> None:
    for seed in range(3):
        said = SAID + page(seed, n_words)
        wrapped = WRAPPED[name](said)
        assert wrapped != said
        assert kept([text(said), text(wrapped)]) == 1
        assert (
            kept(
                [pair("What does it say of the boat?", said), pair("What does it say of the boat?", wrapped)]
            )
            == 1
        )
        other = WRAPPED[name](said.replace("isn't", "is"))
        assert kept([text(said), text(other)]) == 2, "what is in it tells as ever"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Write `&amp;` where an ampersand is meant.", "Write `&` where an ampersand is meant."),
        ("The sign &lt; is written for < in it.", "The sign < is written for < in it."),
        ("So the tag <p> is what begins it.", "So the tag <div> is what begins it."),
    ],
)
def test_texts_about_signs_of_wrappings(one: str, other: str) -> None:
    assert kept([text(one), text(other)]) == 2
    assert kept([text(f"{page(1, 60)}\n{own}\n{page(2, 40)}") for own in (one, other)]) == 2


def test_prose_that_is_wrapped_where_a_line_looks_like_code() -> None:
    parts = page(1, 60), "return values will be in bytes.", page(2, 60)
    assert kept([text(" ".join(parts)), text("\n".join(textwrap.fill(part, 60) for part in parts))]) == 1
