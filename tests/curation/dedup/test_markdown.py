"""A text as Markdown is a copy of the same text without."""

import pytest

from tests.curation.dedup.talks import kept, page, pair, text

SHELL = "#!/bin/sh\nset -e\n" + "\n".join(f"step_{n} --level {n} --out /srv/part{n}.bin" for n in range(20))
YAML = "name: build\njobs:\n" + "\n".join(f"  job{n}: make part{n}" for n in range(20)) + "\nenv: test\n"

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


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (f"{SHELL}\nrm -rf /srv/old\n", "rm -rf /srv/old"),
        (f"{SHELL}\n", "step_7 --level 7"),
        (f"{YAML}cache: true\n", "cache: true"),
        (f"{YAML}\ncache: true\n", "cache: true"),
    ],
)
def test_a_line_that_is_commented_out_is_no_heading(code: str, line: str) -> None:
    without = code.replace(line, f"# {line}")
    assert kept([text(code), text(without)]) == 2
    assert kept([pair("Run it.", code), pair("Run it.", without)]) == 2
