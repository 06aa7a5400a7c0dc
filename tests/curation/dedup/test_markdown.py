"""A text as Markdown is a copy of the same text without."""

import pytest

from tests.curation.dedup.talks import kept, page, pair, text

PLAIN = f"The mill on the hill\n\n{page(1, 60)}\n\nSee the old map of it, which is rare. {page(2, 40)}"


@pytest.mark.parametrize(
    "parts",
    [
        ("The mill on the hill", "# The mill on the hill"),
        ("The mill on the hill", "### The mill on the hill"),
        ("The mill on the hill", "The mill on the hill\n===================="),
        ("the old map", "[the old map](https://example.org/maps/7)"),
        ("the old map", '<a href="https://example.org/maps/7">the old map</a>'),
        ("which is rare", "_which is rare_"),
        ("which is rare", "~~which is rare~~"),
        ("\n\nSee", "\n\n---\n\nSee"),
    ],
)
def test_markdown_and_the_same_without(parts: tuple[str, str]) -> None:
    marked = PLAIN.replace(*parts)
    assert marked != PLAIN
    assert kept([text(PLAIN), text(marked)]) == 1
    assert kept([pair("Tell me.", PLAIN), pair("Tell me.", marked)]) == 1
    assert kept([text(PLAIN), text(marked.replace("rare", "common"))]) == 2, "what is in it tells as ever"
