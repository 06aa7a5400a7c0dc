"""Planted near-copies: the stage tries itself on copies whose originals it knows.

What belongs here: making and taking out such copies, and the share of them that was found.
"""

import random
from typing import Any

import polars as pl

from entropy_assets.errors import InvalidParameter
from entropy_assets.records import SCHEMA, content_id

MARK = "planted:"
"""How the row id of a planted record begins; the id of its original follows."""

SHARE = 0.03
"""Fraction of the words of a planted copy that are replaced; at least one."""

MIN_WORDS = 30
"""Words from which a text is used: of a shorter one a single word is more than `SHARE`."""


def plant(records: pl.DataFrame, n: int, seed: int) -> pl.DataFrame:
    """Return the records and near-copies of `n` of them, fewer where fewer have `MIN_WORDS` words.

    A copy has a share of its words replaced by words of the other records, its own id and a row id that
    marks it. Which records are copied, and how, follows from the ids and the seed, not from the order.

    Parameters
    ----------
    records
        Records of `entropy_assets.records.SCHEMA`.
    n
        Copies, 0 or more.
    seed
        Of all choices.

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
        word
        for place in order[:1000]
        for words in _words_by_text(distinct.row(place, named=True))
        for word in words
    ]
    copies: list[dict[str, Any]] = []
    for place in order:
        if len(copies) == n:
            break
        row = distinct.row(place, named=True)
        if sum(map(len, _words_by_text(row))) >= MIN_WORDS:
            copies.append(_near_copy(row, vocabulary, rng))
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


def _words_by_text(row: dict[str, Any]) -> list[list[str]]:
    """Return the words of each text of a record."""
    if row["kind"] == "text":
        return [row["text"].split()]
    return [turn["content"].split() for name in _TURNS for turn in row[name] or ()]


def _near_copy(row: dict[str, Any], vocabulary: list[str], rng: random.Random) -> dict[str, Any]:
    """Return a near-copy of a record with words replaced in place."""
    n_words = sum(map(len, _words_by_text(row)))
    chosen = set(rng.sample(range(n_words), max(1, round(SHARE * n_words))))
    at = 0

    def replaced(text: str) -> str:
        nonlocal at
        parts = text.split(" ")
        for place, part in enumerate(parts):
            words = part.split()
            for word in words:
                if at in chosen:
                    parts[place] = parts[place].replace(word, rng.choice(vocabulary), 1)
                at += 1
        return " ".join(parts)

    copy = dict(row)
    if row["kind"] == "text":
        copy["text"] = replaced(row["text"])
    else:
        for name in _TURNS:
            if row[name] is not None:
                copy[name] = [{**turn, "content": replaced(turn["content"])} for turn in row[name]]
    return {**copy, "id": content_id(copy), "row_id": MARK + row["id"]}
