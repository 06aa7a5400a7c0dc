"""Planted near-copies: the stage tries itself on copies whose originals it knows.

What belongs here: making and taking out such copies, and the share of them that was found.
"""

import itertools
import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import polars as pl

from entropy_assets.curation.dedup.notations import notation_spans
from entropy_assets.curation.dedup.opposites import is_telling
from entropy_assets.curation.dedup.programs import code_spans
from entropy_assets.curation.dedup.tokens import TOKEN
from entropy_assets.curation.dedup.writing import may_be_code
from entropy_assets.errors import InvalidParameter
from entropy_assets.records import SCHEMA, content_id

_DRAWS = 8
"""Draws of another token than the one that is replaced."""

Pair = tuple[dict[str, Any], dict[str, Any]]
"""A record, and a copy of it."""

MARK = "planted:"
"""How the row id of a planted record begins; the id of its original follows."""

SHARE = 0.03
"""Fraction of the tokens that a planted copy may change which are replaced; at least `MIN_REPLACED`."""

MIN_REPLACED, MIN_APART = 2, 8
"""Tokens that are replaced, and those from the first to the last: with one other word, or a few side by side,
a text says another thing."""

MIN_TOKENS = 40
"""Tokens from which a text or a turn is changed: of fewer `MIN_REPLACED` are much more than `SHARE`."""


def plant(
    records: pl.DataFrame,
    n: int,
    seed: int,
    *,
    threshold: float = 0.0,
    shingle: int = 3,
    least: int = MIN_REPLACED,
    are_copies: Callable[[Sequence[Pair]], Sequence[bool] | np.ndarray] = lambda pairs: [True] * len(pairs),
) -> pl.DataFrame:
    """Return the records and near-copies of `n` of them, fewer where fewer have `MIN_TOKENS` tokens.

    A copy has a share of its tokens replaced by tokens of the other records, its own id and a row id that
    marks it. Neither numbers nor words that negate are replaced, nor short turns, notations and code changed,
    nor one word alone, for what comes out would be no copy. What a token is, dedup says: a cell of a table is
    one, and a Chinese character. A copy that has less in common with its original than `threshold` is none.
    Which records are copied, and how, follows from the ids and the seed, not from the order.

    Parameters
    ----------
    records
        Records of `entropy_assets.records.SCHEMA`.
    n
        Copies, 0 or more.
    seed
        Of all choices.
    threshold
        Jaccard similarity of the shingle sets from which two texts are near-copies.
    shingle
        Tokens in one shingle.
    least
        Tokens that a copy changes at least, 1 or more.
    are_copies
        Says of records and a copy of each whether the two alone are near-copies; one that is none is not
        planted, since what is tried is whether copies are found among many.

    Raises
    ------
    InvalidParameter
        `n` is negative.
    """
    if n < 0:
        raise InvalidParameter(f"planted copies must be 0 or more, got {n}: give another number")
    rng = random.Random(seed)
    distinct = records.unique("id", keep="any").sort("id")
    order = list(range(distinct.height))
    rng.shuffle(order)
    vocabulary = [
        token
        for place in order[:1000]
        for token in _tokens_of(distinct.row(place, named=True))
        if not _is_fixed(token)
    ]

    def pairs() -> Iterator[Pair]:
        for place in order:
            row = distinct.row(place, named=True)
            tokens = _tokens_of(row)
            if len(tokens) >= MIN_TOKENS:
                copy = _near_copy(row, tokens, vocabulary, rng, least)
                is_alike = _in_common(tokens, _tokens_of(copy), shingle) >= threshold
                if copy["id"] != row["id"] and is_alike:
                    yield row, copy

    made, copies = pairs(), list[dict[str, Any]]()
    while wanted := list(itertools.islice(made, n - len(copies))):
        copies += [copy for (_, copy), is_one in zip(wanted, are_copies(wanted), strict=True) if is_one]
    return pl.concat([records, pl.DataFrame(copies, schema=SCHEMA)])


def without_planted(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of records or pairs that were not planted."""
    return frame.filter(~pl.col("row_id").fill_null("").str.starts_with(MARK))


def recall(pairs: pl.DataFrame, planted: pl.DataFrame) -> float:
    """Return the share of the planted copies that were found, 0 to 1; 1 where none is planted.

    A copy is found when it was removed, or when its original was, with all rows of the same content: the
    longer of the two is kept, and that may be the copy.

    Parameters
    ----------
    pairs
        What dedup removed.
    planted
        The records that were deduplicated: what `plant` returned, in any order.
    """
    is_copy = planted["row_id"].fill_null("").str.starts_with(MARK)
    copies = planted.filter(is_copy)
    if copies.is_empty():
        return 1.0
    rows = planted.group_by("id").len("rows")
    removed = pairs.group_by("id").len("removed")
    gone = rows.join(removed, on="id").filter(pl.col("rows") == pl.col("removed"))["id"].implode()
    original = copies["row_id"].str.strip_prefix(MARK)
    return float((copies["id"].is_in(gone) | original.is_in(gone)).sum() / copies.height)


_TURNS = ("messages", "prompt", "chosen")


def _fixed(row: dict[str, Any]) -> set[int]:
    """Return the places of a record's tokens that no copy changes: in short turns, notations and code."""
    fixed: set[int] = set()
    at = 0
    for text in _texts_of(row):
        starts = [found.start() for found in TOKEN.finditer(text)]
        is_short = row["kind"] != "text" and len(starts) < MIN_TOKENS
        spans = notation_spans(text) + (code_spans(text) if may_be_code(text) else [])
        for place, start in enumerate(starts, at):
            if is_short or any(begin <= start < end for begin, end in spans):
                fixed.add(place)
        at += len(starts)
    return fixed


def _texts_of(row: dict[str, Any]) -> list[str]:
    """Return the texts of a record that copies change."""
    if row["kind"] == "text":
        return [row["text"]]
    return [turn["content"] for name in _TURNS for turn in row[name] or ()]


def _tokens_of(row: dict[str, Any]) -> list[str]:
    """Return the tokens of a record, text by text."""
    return [token for text in _texts_of(row) for token in TOKEN.findall(text)]


def _is_fixed(token: str) -> bool:
    """Return whether a token is a number or a word that tells texts apart."""
    return token[0].isdigit() or is_telling(token)


def _in_common(tokens: list[str], others: list[str], shingle: int) -> float:
    """Return the Jaccard similarity of two texts' shingles."""
    own, other = (
        {tuple(one[i : i + shingle]) for i in range(len(one) - shingle + 1)} for one in (tokens, others)
    )
    return len(own & other) / max(len(own | other), 1)


def _near_copy(
    row: dict[str, Any], tokens: list[str], vocabulary: list[str], rng: random.Random, least: int
) -> dict[str, Any]:
    """Return a near-copy of a record with words replaced in place: with other numbers it were no copy."""
    fixed = _fixed(row)
    words = [at for at, token in enumerate(tokens) if not (_is_fixed(token) or at in fixed)]
    chosen = _chosen(words, max(least, int(SHARE * len(words))), rng)
    at = itertools.count()

    def other(found: re.Match[str]) -> str:
        if next(at) not in chosen:
            return found[0]
        drawn = (rng.choice(vocabulary) for _ in range(_DRAWS))
        return next((new for new in drawn if new.lower() != found[0].lower()), found[0])

    copy = dict(row)
    if row["kind"] == "text":
        copy["text"] = TOKEN.sub(other, row["text"])
    else:
        for name in _TURNS:
            if row[name] is not None:
                copy[name] = [{**turn, "content": TOKEN.sub(other, turn["content"])} for turn in row[name]]
    return {**copy, "id": content_id(copy), "row_id": MARK + row["id"]}


def _chosen(words: list[int], n: int, rng: random.Random) -> set[int]:
    """Return `n` of the places of words, the first and the last `MIN_APART`; none where there are too few."""
    if n == 1:
        return set(rng.sample(words, min(1, len(words))))
    if not words or len(words) < n or words[-1] - words[0] < MIN_APART:
        return set()
    chosen = rng.sample(words, n)
    while max(chosen) - min(chosen) < MIN_APART:
        chosen = rng.sample(words, n)
    return set(chosen)
