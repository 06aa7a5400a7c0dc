"""Linear finders find what the expressions find, and no text takes screening more than linear time."""

import json
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.screening.linear import FINDERS, spans_of

PIECES = {
    "eyJ": ["eyJ", "ey", "J", ".", "a", "-", "=", "/", "eyJa.b.", " ", "\n", "é"],
    "sk-": ["sk-", "s", "-", "_", "a" * 20, "T3BlbkFJ", "T3", "BlbkFJ", "b" * 19, "c", " ", "é", "\n"],
    r"\/\/": ["//", "/", ":", "/:_authToken=", "npm_x", "npm_", "a", " ", "\n", "0" * 36, "-" * 35, "\t"],
}


def pieces_of(pattern: str) -> list[str]:
    return next(pieces for start, pieces in PIECES.items() if pattern.startswith(start))


def test_the_expressions_are_those_of_the_installed_detectors() -> None:
    from detect_secrets.plugins.jwt import JwtTokenDetector
    from detect_secrets.plugins.npm import NpmDetector
    from detect_secrets.plugins.openai import OpenAIDetector

    known = {p.pattern for kind in (JwtTokenDetector, NpmDetector, OpenAIDetector) for p in kind.denylist}
    assert known == FINDERS.keys()


@pytest.mark.parametrize("pattern", FINDERS)
@given(data=st.data())
def test_the_finders_find_what_the_expressions_find(pattern: str, data: st.DataObject) -> None:
    pieces = data.draw(st.lists(st.sampled_from(pieces_of(pattern)), max_size=14))
    text = "".join(pieces)
    assert list(FINDERS[pattern](text)) == [found.span() for found in re.finditer(pattern, text)]


def test_a_run_at_the_beginning_does_not_count_from_the_end() -> None:
    (pattern,) = (one for one in FINDERS if one.startswith("sk-"))
    assert list(FINDERS[pattern]("sk- " + "a" * 20 + "T3BlbkFJ" + "a" * 20)) == []


def test_other_expressions_are_asked_themselves() -> None:
    assert list(spans_of(re.compile("b+"))("abba b")) == [(1, 3), (5, 6)]


PROGRAM = """
import json
import resource
import sys
import polars as pl
from entropy_assets.curation.screening import screen
from entropy_assets.records import SCHEMA
from entropy_assets.settings import ScreeningSettings
resource.setrlimit(resource.RLIMIT_CPU, (100, 100))
for unit, begin in json.loads(sys.argv[1]):
    text = begin + unit * (1_000_000 // len(unit))
    row = {"id": "0", "kind": "text", "text": text, "source": "s"}
    print(repr(unit), flush=True)
    found = screen(pl.DataFrame([row], schema=SCHEMA), ScreeningSettings(phone_region="US"))
    assert found.kept.height + found.out.height == 1
"""
ADDRESS, KEY = "https://anna:parole@host.de ", "sk-" + "a" * 20 + "T3BlbkFJ" + "a" * 20 + " "
CASES = [
    *[(unit, ADDRESS) for unit in ("://", "//", "//a/:_authToken=", "sk-", "eyJ", "eyJ.", "aws key ")],
    *[(unit, ADDRESS + "bob@mail.de +49 30 901820 ") for unit in ("a@", "a.", "a@a.", "1-", "+1", "(1")],
    *[(unit, KEY) for unit in ("sk-", "T3BlbkFJ", "sk-aT3BlbkFJ", "glagent-a", "xoxb-1-")],
]


def test_a_megabyte_of_one_unit_is_screened() -> None:
    """All of them take 15 s of CPU; the expressions themselves take 170 s and more for one alone.

    The last line of what the program says is the unit that it was killed in.
    """
    subprocess.run([sys.executable, "-c", PROGRAM, json.dumps(CASES)], check=True)
