r"""Short questions of evaluation sets within a line: in a sentence, a string, a cell, a comment, an address.

A text is looked at where it holds all letters and digits of a question in one run. The question stands there
as a whole where something begins before it (a line, a string, a cell, a comment, what a colon announces), and
ends behind it. Between other sentences it must ask: one that ends in a question mark and begins a sentence.
A few words that people ask each other every day are not looked for so (*What is your name?*).

What belongs here: where within a text a question stands. What does not: lines and turns (`whole`).
"""

import html
import re
import unicodedata
from functools import cache
from urllib.parse import unquote_plus

import polars as pl

from entropy_assets.curation.screening.escapes import unescaped
from entropy_assets.curation.screening.letters import keys_in, plain
from entropy_assets.words import SAME_LETTERS

MIN_WORDS, MIN_SIGNS, MAX_SIZE = 5, 7, 500
"""Words of a question that is looked for here, or letters of a script without blanks; one word fewer where a
number is among them. And characters at most: in a longer one runs of tokens are found."""

_NO_BLANKS = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]"
_ENCODED = (
    r"%[0-9A-Fa-f]{2}|\w\+\w+\+\w|\\(?:u[0-9a-fA-F]{4}|n)|&(?:#\d{2,5}|[a-z]{2,6});"
    r"|\w[_-]\w+[_-]\w+[_-]\w+[_-]\w"
)

_SLUG = re.compile(r"(?<![^\W_])[^\W_]+(?:-[^\W_]+){4,}|(?<![^\W_])[^\W_]+(?:_[^\W_]+){4,}")
"""Words of a question in a name of a page, a file or a function: five or more."""

_BEGINS = re.compile(
    r"""(?:^[ \t>*#_~|\d.)-]*|[:：=|\t(（\[{<>"'`“”„«»‘’「『]\s*|[,;]|(?://|\#|--|/\*|%|\*)[ \t]*)\Z""",
    re.MULTILINE,
)
_GOES_ON = re.compile(r"""(?:[.!?…]["'”’)\]*_]{0,3}\s+|[。！？][”」』）]?\s*|[,，—–;-]\s*)\Z""")
"""What stands before a question in a string, and before one among sentences."""
_ASKS = re.compile(r"[ \t*_]*[?？]")
_ENDS = re.compile(
    r"""[ \t*_]*(?:[.!。！?？][ \t*_]*)?(?:$|\n|["'`“”«»‘’」』|\t)）\]}<&]|[,;](?=\S)|\*/|-->)"""
)
_STOPS = re.compile(r"[.!。！](?=\s)|[。！]")
"""What stands behind one that asks, in a string, and behind a sentence."""
_BEFORE = 80
_COLON = re.compile(r"[:：][ \t]*\Z")
_SAID = re.compile(r"[.!?。！？][^\w\s]*\Z")
"""A colon, behind which a sentence stands; a phrase may go on there."""
_MARK = re.compile(r"[?？]\W*\Z")
_WORD = re.compile(r"[^\W_]+")
_SIGNS = re.compile(r"[^+\-*/=^<>%()·−×÷±√∑∫≤≥≠|!]")
_SAME = str.maketrans(SAME_LETTERS)
"""One letter for each, so that places stay."""
_SENTENCE = re.compile(r"[.!?。！？:：]")


def may_be_within(asked: pl.DataFrame) -> pl.DataFrame:
    """Return the questions that are looked for within texts; a frame with `question` and `n_tokens`."""
    n_signs = pl.col("question").str.count_matches(_NO_BLANKS)
    has_number = pl.col("question").str.contains(r"\d").cast(pl.Int64)
    enough = (pl.col("n_tokens") - n_signs >= MIN_WORDS - has_number) | (n_signs >= MIN_SIGNS)
    return asked.filter(enough & (pl.col("question").str.len_chars() <= MAX_SIZE))


def find_within(held: pl.DataFrame, said: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Return where a question stands within a turn that holds its beginning: row, side, span, item."""
    schema = {"row": pl.UInt32, "side": pl.String, "span": pl.String, "item": pl.UInt32}
    if not asked.height:
        return pl.DataFrame(schema=schema)
    plains = asked["plain"].unique()
    texts = pl.concat([held, decoded(said)]).select("row", "side", "span")
    texts = texts.with_columns(plain=plain(texts["span"]))
    texts = texts.filter(pl.col("plain").str.contains_any(plains.to_list()))
    pairs = (
        texts.with_columns(
            plain=pl.col("plain").str.extract_many(plains.to_list(), overlapping=True).list.unique()
        )
        .explode("plain")
        .join(asked, on="plain", how="inner")
    )
    rows = [
        (row, side, place, item, key)
        for row, side, span, question, key, item in pairs.select(
            "row", "side", "span", "question", "key", "item"
        ).iter_rows()
        for place in stands_within(span, question)
    ]
    found = pl.DataFrame(rows, schema={**schema, "key": pl.String}, orient="row")
    return found.filter(keys_in(found["span"]) == found["key"])


def decoded(said: pl.DataFrame) -> pl.DataFrame:
    """Return the texts (`span`) that hold what is encoded for addresses, JSON or HTML, decoded."""
    found = said.filter(pl.col("span").str.contains(_ENCODED))
    return found.with_columns(span=pl.col("span").map_elements(_decoded, return_dtype=pl.String))


def _decoded(text: str) -> str:
    plain_text = html.unescape(unquote_plus(unescaped(text)))
    return _SLUG.sub(lambda one: f"\n{re.sub('[_-]', ' ', one[0])}\n", plain_text)


def stands_within(text: str, question: str) -> list[str]:
    """Return the places in a text at which a question stands as a whole, as they are written there.

    >>> stands_within('He said: "Who keeps the old mill?"', "who keeps the old mill?")
    ['Who keeps the old mill?']
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    shown = text.translate(_SAME)
    question = unicodedata.normalize("NFC", question).translate(_SAME)
    pattern = _pattern(question)
    asks, is_sentence = bool(_MARK.search(question)), bool(_SAID.search(question.strip()))
    return [
        text[found.start() : _end(text, found.end())]
        for found in (pattern.finditer(shown) if pattern else ())
        if _is_whole(text, *found.span(), asks=asks, is_sentence=is_sentence)
    ]


def _is_whole(text: str, start: int, end: int, *, asks: bool, is_sentence: bool) -> bool:
    before = text[max(start - _BEFORE, 0) : start]
    begins = start == 0 or bool(_BEGINS.search(before) and (is_sentence or not _COLON.search(before)))
    is_asked = asks and bool(_ASKS.match(text, end))
    if begins:
        return is_asked or bool(_ENDS.match(text, end) or _STOPS.match(text, end))
    return is_asked and bool(_GOES_ON.search(before))


def _end(text: str, end: int) -> int:
    found = _SENTENCE.match(text, end)
    return found.end() if found else end


@cache
def _pattern(question: str) -> re.Pattern[str] | None:
    """Return what finds the words of a question with anything between them, and the signs around them."""
    words = [*_WORD.finditer(question)]
    if not words:
        return None
    before, after = question[: words[0].start()], question[words[-1].end() :]
    signs = [r"\s*".join(map(re.escape, _SIGNS.sub("", part))) for part in (before, after.rstrip(" !"))]
    gaps = [r"\s*" if part else "" for part in signs]
    said = r"[\W_]{0,12}".join(re.escape(word.group()) for word in words)
    return re.compile(rf"(?<![^\W_]){signs[0]}{gaps[0]}{said}(?![^\W_]){gaps[1]}{signs[1]}", re.IGNORECASE)
