r"""The words of records as numbers: what n-grams and overlaps are counted in.

A token is a lower-cased word without punctuation; in the scripts that write no spaces (Chinese, Japanese,
Thai, Lao, Khmer, Burmese) it is one character. Korean writes spaces, and has words.

What belongs here: tokens, the turns they stand in, and the numbering of words. What does not: which runs of
tokens two texts have in common.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from entropy_assets.records import RECORD_PARTS, TURN, TURN_FIELDS

PROMPT, ANSWER, TEXT = "prompt", "answer", "text"
SIDES = (TEXT, PROMPT, ANSWER)
"""Sides of a record; the number of a side is its place here."""

_ALONE = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_LETTER = rf"[[\p{{L}}\p{{M}}\p{{N}}]--[{_ALONE}]]"
TOKEN = rf"[{_ALONE}]|\p{{Nd}}+(?:,\p{{Nd}}{{3}})*(?:\.\p{{Nd}}+)?|{_LETTER}+(?:['’]{_LETTER}+)*"
"""One token: a character without spaces around it, a number with its commas and point, or a word with its
apostrophes. Everything else separates."""


@dataclass(frozen=True)
class Stream:
    """The tokens of some records, all turns of a record one after the other.

    Parameters
    ----------
    ids
        (p,) uint32, number of the word at each position; 0 is a word outside the vocabulary, and a break
        after each record, or after each side of a record.
    starts
        (n + 1,) int64, position at which each record begins; the last is p.
    turn_starts, turn_stops
        (m,) int64, positions of each turn.
    turn_tokens
        (m,) int64, tokens of the record before each turn.
    turn_sides
        (m,) uint8, place in `SIDES`.
    turn_alone
        (m,) bool, whether no other turn of the record plays the same part; never for a system's or tool's.
    """

    ids: np.ndarray
    starts: np.ndarray
    turn_starts: np.ndarray
    turn_stops: np.ndarray
    turn_tokens: np.ndarray
    turn_sides: np.ndarray
    turn_alone: np.ndarray

    def row_of(self, positions: np.ndarray) -> np.ndarray:
        """Return the record that each position belongs to."""
        row: np.ndarray = np.searchsorted(self.starts, positions, side="right") - 1
        return row

    def turn_of(self, positions: np.ndarray) -> np.ndarray:
        """Return the turn that each position, not that of a break, belongs to."""
        turn: np.ndarray = np.searchsorted(self.turn_stops, positions, side="right")
        return turn

    def token_of(self, positions: np.ndarray) -> np.ndarray:
        """Return how many tokens of its record stand before each position, not that of a break."""
        turn = self.turn_of(positions)
        before: np.ndarray = positions - self.turn_starts[turn] + self.turn_tokens[turn]
        return before


def words(texts: pl.Series) -> pl.Series:
    """Return the tokens of each text as they stand there, apart from their case.

    >>> words(pl.Series(["Don't stop: 1,000 times", "你好!"])).to_list()
    [["don't", 'stop', '1,000', 'times'], ['你', '好']]
    """
    return texts.str.to_lowercase().str.extract_all(TOKEN)


def normalised(tokens: pl.Series) -> pl.Series:
    """Return tokens in the spelling in which they are compared: NFKC, without apostrophes and commas.

    >>> normalised(pl.Series(["don’t", "1,000", "ﬁne"])).to_list()
    ['dont', '1000', 'fine']
    """
    return tokens.str.normalize("NFKC").str.to_lowercase().str.replace_all("['’,]", "")


def _same_letters() -> dict[str, str]:
    """Return letters that are often written as another one: with an accent, or Cyrillic that looks Latin."""
    latin = map(chr, [*range(0xC0, 0x250), *range(0x1E00, 0x1F00), *range(0x400, 0x460)])
    bases = ((sign, unicodedata.normalize("NFD", sign)) for sign in latin)
    found = {sign: base[0] for sign, base in bases if len(base) > 1}
    found |= dict(zip("øØłŁđĐıħ", "oOlLdDih", strict=True))
    looks = dict(
        zip("авекмнорстухіјѕһԁԛԝАВЕКМНОРСТУХІЈЅҺԀԚԜ", "abekmhopctyxijshdqwABEKMHOPCTYXIJSHDQW", strict=True)
    )
    looks |= {"ο": "o", "Ο": "O"}
    return looks | {sign: looks.get(base, base) for sign, base in found.items()}


SAME_LETTERS = _same_letters()
"""Letter -> the one as which it is compared where accents and scripts are folded; of Greek ones only o."""
_ACCENTS = "[\u0300-\u036f]"
"""Accents that stand behind their letter."""
_MAY_FOLD = "[\u00c0-\u024f\u0300-\u036f\u039f\u03bf\u0400-\u052f\u1e00-\u1eff]"


def folded(texts: pl.Series) -> pl.Series:
    """Return texts in NFKC without accents, and with Latin letters for Cyrillic ones that look like them.

    >>> folded(pl.Series(["\u00c9cluse, c\u043ede"])).to_list()
    ['Ecluse, code']
    """
    composed = texts.str.normalize("NFKC")
    places = composed.str.contains(_MAY_FOLD).arg_true()
    if not len(places):
        return composed
    plain = composed.gather(places).str.replace_many(SAME_LETTERS).str.replace_all(_ACCENTS, "")
    return composed.scatter(places, plain)


def span_of(text: str, first: int, stop: int) -> str:
    """Return the part of a text from its token `first` up to before token `stop`, as it stands there.

    >>> span_of("To be, or NOT to be?", 2, 5)
    'or NOT to'
    """
    tokens = pl.Series([text]).str.extract_all(TOKEN)[0].to_list()
    begin = end = 0
    for place, token in enumerate(tokens[:stop]):
        at = text.index(token, end)  # nothing between two tokens belongs to any token
        end = at + len(token)
        if place == first:
            begin = at
    return text[begin:end]


def turns(records: pl.DataFrame) -> pl.DataFrame:
    """Return the turns of records, and their parts, in their order: row, part, side, alone, content.

    A preference is its prompt, its chosen and its rejected answer; a system's and a tool's words stand on
    the prompt's side, as do definitions of tools. What a turn holds beside its content is a row of its own:
    reasoning before it, calls and attachments behind it. `alone` is whether no other turn of the record has
    the same part; never for a system's or tool's.
    """
    rows = records.select("text", *TURN_FIELDS, *RECORD_PARTS).with_row_index("row")
    parts = [
        rows.filter(pl.col(name).is_not_null()).select(
            "row", part=pl.lit("tool"), side=pl.lit(PROMPT), content=name
        )
        for name in RECORD_PARTS
    ]
    plain = rows.filter(pl.col("text").is_not_null())
    parts.append(plain.select("row", part=pl.lit(TEXT), side=pl.lit(TEXT), content="text"))
    for column in TURN_FIELDS:
        parts.extend(_turns_in(rows.select("row", column), column))
    table = pl.concat(parts).sort("row", maintain_order=True)
    return table.with_columns(
        alone=(pl.len().over("row", "part") == 1) & ~pl.col("part").is_in(["system", "tool"])
    )


def _turns_in(rows: pl.DataFrame, column: str) -> Iterator[pl.DataFrame]:
    """Yield the turns of one column as rows of `turns`; they are in the order of their records."""
    said = rows.explode(column).drop_nulls(column)
    said = said.cast({column: TURN}).unnest(column)  # explode may lose it where all are null
    quoted = pl.col("role").is_in(["system", "tool"])
    if column == "messages":
        part = pl.col("role")
        side = pl.when(pl.col("role") == "assistant").then(pl.lit(ANSWER)).otherwise(pl.lit(PROMPT))
    else:
        part = pl.when(quoted).then(pl.col("role")).otherwise(pl.lit(column))
        side = pl.lit(PROMPT if column == "prompt" else ANSWER)
    content = said.select("row", part=part, side=side, content="content")
    if all(said[name].null_count() == said.height for name in _SPOKEN if name != "content"):
        yield content
        return
    tables = [
        content
        if name == "content"
        else said.select("row", part=pl.format("{} {}", part, pl.lit(name)), side=side, content=name)
        for name in _SPOKEN
    ]
    numbered = [
        table.with_columns(turn=pl.int_range(pl.len()), place=pl.lit(place))
        for place, table in enumerate(tables)
    ]
    table = pl.concat(numbered).filter(pl.col("content").is_not_null())
    yield table.sort("turn", "place").drop("turn", "place")


_SPOKEN = ("reasoning", "content", "tool_calls", "attachments")
"""Parts of a turn in the order of `entropy_assets.records.full_text_column`."""


class Vocabulary:
    """The words of one set of records; those of others are numbered by it.

    Parameters
    ----------
    records
        Records in `entropy_assets.records.SCHEMA`.
    fold
        Whether a word is the same with other accents, and in other letters that look alike.
    """

    def __init__(self, records: pl.DataFrame, *, fold: bool = False) -> None:
        self._fold = fold
        found = words(turns(records)["content"]).explode(empty_as_null=False).unique()
        self.words = pl.Enum(self._spelt(found).unique().sort())
        """Each word once, sorted; its number is its place plus one."""

    def has_letter(self) -> np.ndarray:
        """Return for each number whether its word holds a letter: (v + 1,) bool; 0 has none."""
        return np.concatenate(([False], self.words.categories.str.contains(r"\p{L}").to_numpy()))

    def stream(self, records: pl.DataFrame, *, apart: bool = False) -> Stream:
        """Return the tokens of records, numbered; with a break between the sides of a record if asked."""
        table = turns(records)
        lists = words(table["content"])
        lengths = lists.list.len().to_numpy().astype(np.int64)
        rows = table["row"].to_numpy().astype(np.int64)
        sides = table["side"].replace_strict(SIDES, range(len(SIDES)), return_dtype=pl.UInt8).to_numpy()
        breaks = np.zeros(len(rows), np.int64)
        if apart:
            breaks[1:] = np.cumsum((sides[1:] != sides[:-1]) & (rows[1:] == rows[:-1]))
        turn_starts = np.cumsum(lengths) - lengths + rows + breaks
        first = np.searchsorted(rows, np.arange(records.height + 1))  # the first turn of each record
        tokens = np.concatenate(([0], np.cumsum(lengths)))
        n_breaks = np.concatenate((breaks, breaks[-1:], [0]))[: len(rows) + 1]
        starts = tokens[first] + np.arange(records.height + 1) + n_breaks[first]
        ids = np.zeros(starts[-1], np.uint32)
        numbers = self._numbers(lists.explode(empty_as_null=False))
        ids[np.arange(len(numbers)) + np.repeat(rows + breaks, lengths)] = numbers
        return Stream(
            ids=ids,
            starts=starts,
            turn_starts=turn_starts,
            turn_stops=turn_starts + lengths,
            turn_tokens=tokens[:-1] - tokens[first][rows],
            turn_sides=sides,
            turn_alone=table["alone"].to_numpy(),
        )

    def _numbers(self, tokens: pl.Series) -> np.ndarray:
        """Return the number of each token. Most are spelt as they are compared; the others are rewritten."""
        numbers = _numbers_in(tokens, self.words)
        missing = np.flatnonzero(numbers == 0)
        rest = tokens.gather(missing)
        odd = rest.str.contains("[^a-z0-9]").to_numpy()
        numbers[missing[odd]] = _numbers_in(self._spelt(rest.filter(pl.Series(odd))), self.words)
        return numbers

    def _spelt(self, tokens: pl.Series) -> pl.Series:
        return folded(normalised(tokens)) if self._fold else normalised(tokens)


def _numbers_in(tokens: pl.Series, known: pl.Enum) -> np.ndarray:
    places = tokens.cast(known, strict=False).to_physical().cast(pl.UInt32)
    return (places + 1).fill_null(0).to_numpy().copy()
