"""What of a text is compared with a question: its letters and digits, and the signs of arithmetic.

Letters count without accents, and Cyrillic ones that look Latin as those (`entropy_assets.words.folded`).

What belongs here: making keys. What does not: what is compared (`whole`, `within`).
"""

import polars as pl

from entropy_assets.words import folded

_ASIDE = r"[^\p{L}\p{M}\p{N}+\-*/=^<>%()·−×÷±√∑∫≤≥≠|!]"
_ASIDE_ASCII = r"[^a-z0-9+\-*/=^<>%()|!]"


def plain(texts: pl.Series) -> pl.Series:
    """Return the letters and digits of texts, in one case."""
    return _by_letters(
        texts,
        pl.col("text").str.to_lowercase().str.replace_all(r"[^a-z0-9]+", ""),
        _folded(pl.col("text")).str.to_lowercase().str.replace_all(r"[^\p{L}\p{N}]+", ""),
        r"[^\x00-\x7f]",
    )


def keys_in(texts: pl.Series) -> pl.Series:
    """Return what is compared of texts: letters, digits and signs of arithmetic, in one case."""
    # Most have neither another letter nor such a number, which cost a third.
    ascii_only = pl.col("text").str.to_lowercase().str.replace_all(_ASIDE_ASCII, "")
    return _by_letters(texts, ascii_only, key(pl.col("text")), r"[^\x00-\x7f]|[0-9][.,][0-9]")


def _by_letters(texts: pl.Series, plain: pl.Expr, other: pl.Expr, odd: str) -> pl.Series:
    """Return texts changed by `other` where they hold what is `odd`, else by `plain`, which is faster."""
    frame = texts.alias("text").to_frame().with_row_index()
    is_odd = pl.col("text").str.contains(odd)
    parts = [frame.filter(~is_odd).with_columns(plain), frame.filter(is_odd).with_columns(other)]
    return pl.concat(parts).sort("index")["text"]


def key(text: pl.Expr) -> pl.Expr:
    """Return what is compared of any text, with decimal points and without commas in thousands."""
    lowered = _folded(text).str.to_lowercase()
    dotted = lowered.str.replace_all(r"(\d),(\d{3})", "$1$2").str.replace_all(r"(\d)\.(\d)", "$1·$2")
    return dotted.str.replace_all(_ASIDE, "")


def _folded(text: pl.Expr) -> pl.Expr:
    return text.map_batches(folded, pl.String)
