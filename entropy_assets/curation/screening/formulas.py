r"""Texts of evaluation items that hold hardly a word, looked for as a whole: ``8*7=56``, ``56+19=75``.

Runs of 13 tokens count words, because tables and lists of numbers say nothing; so an answer of formulas
has none. As a whole it says enough where it holds `MIN_TOKENS` numbers, names and words, and is no
counting and no pattern of a few. It is found anywhere within a turn, however it is spaced, with any sign
for *times* and with or without the marks of a calculator (``<<8*7=56>>``); the result behind ``####`` may
be missing. Signs of arithmetic count.

What belongs here: such texts. What does not: questions (`whole`), and runs of tokens (`contamination`).
"""

import re
import unicodedata
from functools import cache
from itertools import pairwise

import polars as pl

from entropy_assets.ngrams import MIN_TOKENS
from entropy_assets.words import ANSWER, turns, words

MIN_DIFFERENT = 6
"""Different tokens of a text that is looked for."""
MIN_SAID = 4
"""Tokens from which on an answer that is not looked for is named; a shorter one is a label or a number."""

FOUND_SCHEMA = pl.Schema(
    {"row": pl.UInt32, "side": pl.String, "span": pl.String, "item": pl.UInt32, "item_side": pl.String}
)
"""One row a place in a turn: record, side, the text there, number of the item, and its side."""

_MARKED = r"<<[^<>\n]{0,80}>>"
_RESULT = r"\n\s*####[^\n]*\s*\z"
_SIGNS = (
    (re.compile(_MARKED), " "),
    (re.compile(r"\\(?:times|cdot)|[×∗⋅]|(?<=[\d\s])x(?=[\s\d])"), "*"),
    (re.compile(r"\\div|÷"), "/"),
    (re.compile(r"[−–]"), "-"),
    (re.compile(r"(?<=\d),(?=\d{3}(?!\d))"), ""),
    (re.compile(r"[^\w.+\-*/=^<>%]|_|(?<!\d)\.|\.(?!\d)"), " "),
    (re.compile(r"\s*([+\-*/=^<>%])\s*"), r"\1"),
    (re.compile(r"\s+"), " "),
)
_HAS_NUMBERS = rf"(?s)(?:[0-9].*?){{{MIN_DIFFERENT}}}"
_EDGES = "+-*/=^<>%"
_PART = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+")
_GAP = rf"(?:{_MARKED}|\\(?:times|cdot|div)|[xX](?=[\s\d])|\W|_){{0,24}}?"


def formulas_of(items: pl.DataFrame) -> pl.DataFrame:
    """Return what is looked for of evaluation items: `item`, its number; `item_side`; `key`; `digits`.

    The digits of a key stand in one run in whatever holds the whole.

    Parameters
    ----------
    items
        Records of evaluation sets.
    """
    said = _judged(items).filter("is_formula").select("item", "key", "digits", item_side="side")
    return said.unique(maintain_order=True)


def answers_not_looked_for(items: pl.DataFrame) -> pl.DataFrame:
    """Return the items with an answer, and none that says enough: `item_set` and `item_id`, in their order.

    An answer of fewer than `MIN_SAID` tokens is none here.
    """
    answers = _judged(items).filter(pl.col("side") == ANSWER, pl.col("n_tokens") >= MIN_SAID)
    is_said = pl.col("is_formula") | (~pl.col("is_wordless") & (pl.col("n_tokens") >= MIN_TOKENS))
    unsaid = answers.group_by("item").agg(is_said.any().alias("is_said")).filter(~pl.col("is_said"))
    rest = items.with_row_index("item").filter(pl.col("item").is_in(unsaid["item"].implode()))
    return rest.select("item_set", item_id=pl.coalesce("row_id", "id"))


def find_formulas(said: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """Return where a turn holds one of the texts: row, side, span, item, item_side.

    Parameters
    ----------
    said
        Turns: `row`, `side` and `span`, the text.
    wanted
        From `formulas_of`.
    """
    if wanted.is_empty():
        return pl.DataFrame(schema=FOUND_SCHEMA)
    digits = wanted["digits"].unique().to_list()
    texts = said.select("row", "side", "span").filter(pl.col("span").str.contains(_HAS_NUMBERS))
    texts = texts.with_columns(digits=_digits(texts["span"])).filter(
        pl.col("digits").str.contains_any(digits)
    )
    pairs = (
        texts.with_columns(digits=pl.col("digits").str.extract_many(digits, overlapping=True).list.unique())
        .explode("digits")
        .join(wanted, on="digits", how="inner")
    )
    rows = [
        (row, side, found.group(), item, item_side)
        for row, side, span, item, item_side, key in pairs.select(*FOUND_SCHEMA, "key").iter_rows()
        for found in _pattern(key).finditer(span)
        if _key(found.group()) == key
    ]
    return pl.DataFrame(rows, schema=FOUND_SCHEMA, orient="row")


def _judged(items: pl.DataFrame) -> pl.DataFrame:
    """Return what items ask and answer, one turn a row, with what tells whether it is looked for."""
    said = turns(items).rename({"row": "item"})
    said = said.filter(~pl.col("part").str.contains("^(?:system|tool|rejected)|tool_calls|attachments"))
    plain = said["content"].str.replace(_RESULT, "").str.replace_all(_MARKED, " ")
    tokens = words(plain)
    of_letters = tokens.list.eval(pl.element().filter(pl.element().str.contains(r"\p{L}")))
    said = said.select(
        "item",
        "side",
        tokens.list.len().cast(pl.Int64).alias("n_tokens"),
        of_letters.list.n_unique().cast(pl.Int64).alias("n_words"),
        plain.alias("plain"),
    ).with_columns(is_wordless=2 * pl.col("n_words") < pl.col("n_tokens"))
    may = pl.col("is_wordless") & (pl.col("n_tokens") >= MIN_TOKENS)
    said = said.with_columns(key=pl.when(may).then("plain"))
    said = said.with_columns(key=pl.col("key").map_elements(_key, return_dtype=pl.String))
    telling = pl.col("key").map_elements(_is_telling, return_dtype=pl.Boolean)
    said = said.with_columns(is_formula=telling.fill_null(value=False))
    return said.with_columns(_digits(said["key"]).alias("digits"))


def _is_telling(key: str) -> bool:
    """Return whether numbers and words are of many kinds, and no counting."""
    parts = _PART.findall(key)
    numbers = [float(part) for part in parts if part[0].isdigit()]
    steps = {after - before for before, after in pairwise(numbers)}
    return len(set(parts)) >= MIN_DIFFERENT and len(numbers) >= MIN_DIFFERENT and len(steps) > 1


def _digits(texts: pl.Series) -> pl.Series:
    return texts.str.replace_all(_MARKED, "").str.replace_all("[^0-9]+", "")


def _key(text: str) -> str:
    """Return what is compared of a text: its letters, digits and signs, however they are written."""
    found = unicodedata.normalize("NFKC", text).lower()
    for pattern, sign in _SIGNS:
        found = pattern.sub(sign, found)
    return found.strip(f"{_EDGES} ")


@cache
def _pattern(key: str) -> re.Pattern[str]:
    """Return what finds the numbers and words of a text, with signs between them."""
    parts = [re.sub(r"(?<=\d)(?=(?:\d{3})+(?:\.|\Z))", ",?", part) for part in _PART.findall(key)]
    parts = [part.replace(".", r"\.") for part in parts]
    return re.compile(rf"(?<![\w.]){_GAP.join(parts)}(?!\w|\.\d)", re.IGNORECASE)
