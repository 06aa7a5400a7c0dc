r"""What a question is set in: labels, emphasis, quotes, lists, tables, tags of HTML and of chats.

What belongs here: taking them off. What does not: comparing what is left (`whole`).
"""

import polars as pl

_WORDS = (
    r"(?i:(?:the\s+)?(?:question|query|q|problem|task|exercise|prompt|user|human|instruction|input"
    r"|a(?:nswer)?|assistant|response|solution|frage|antwort|aufgabe|pregunta|вопрос|问题|题目|问|答案?|質問|질문))"
)
LABEL = rf"^\s*(?:[*#>-]+\s*)?(?:{_WORDS}\s*\d{{0,4}}\s*[:：.)]|\(?\d{{1,4}}[.)])\s*\**\s*"
TAG = r"</?[A-Za-z][^<>\n]{0,80}>|<\|[A-Za-z_]{1,24}\|>|\[/?INST\]|&(?:quot|nbsp|amp|apos|#\d{1,5});"
"""Marks of HTML, of thinking, and of templates of chats."""
_BEFORE = (
    rf"^(?:\s*(?:[*•‣▪–—-]\s+|\*{{1,3}}|#{{1,6}}\s*|>+|\||[_~`\"'“”„«»「『]+|\[[ xX]?\]\s|\{{\s*\""
    r"|\(?(?:\d{1,4}|[A-Za-z])[.)]\s+"
    rf"|{_WORDS}\s*#?\d{{0,4}}\**[\"']?\s*(?:[:：.)]|[–—-]\s)\**))+\s*"
)
_AFTER = r"[\s*_~`|\"'”“»」』}]+$"
_QUOTED = r"(?m)^[ \t]*(?:>[ \t]?)+"
_STRONG = r"\*\*([^*\n]+)\*\*"
"""What stands before and behind a question that is quoted, listed, emphasised or labelled, and within it."""
_WRAPPED = rf"{_BEFORE}|{_AFTER}|{_QUOTED}|{_STRONG}|{TAG}"
CELLS = r"^\s*\|.*\|\s*$"
"""A line of a table."""


def parts_of(said: pl.DataFrame, sign: str) -> pl.DataFrame:
    """Return the parts of texts that hold a letter or digit, one a row."""
    parts = said.with_columns(pl.col("span").str.split(sign)).explode("span")
    parts = parts.filter(pl.col("span").str.contains(r"[\p{L}\p{N}]"))
    return parts.with_columns(next=pl.int_range(pl.len(), dtype=pl.Int64))


def peeled(said: pl.DataFrame) -> pl.DataFrame:
    """Return the texts that are wrapped in marks, without them."""
    wrapped = said.filter(pl.col("span").str.contains(_WRAPPED))
    span = pl.col("span").str.replace_all(TAG, " ").str.replace_all(_QUOTED, "")
    span = span.str.replace_all(_STRONG, "$1").str.replace(_BEFORE, "").str.replace(_AFTER, "")
    return wrapped.with_columns(span=span)
