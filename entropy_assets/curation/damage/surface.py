"""What a text looks like, in numbers that are the same for any pool.

Shares of kinds of characters and marks, how it begins and ends, lines, repetition. Every number is bounded or
a logarithm, so that one odd text cannot outweigh the rest.

What belongs here: one text alone. What does not: a text beside others (`language`, `neighbours`).
"""

import zlib
from collections.abc import Callable, Sequence
from operator import eq

import numpy as np
import polars as pl

from entropy_assets.words import TOKEN

_COUNTED: dict[str, str] = {
    "letters": r"\p{L}",
    "upper": r"\p{Lu}",
    "digits": r"\p{N}",
    "spaces": " ",
    "newlines": r"\n",
    "other spaces": r"[\t\r\f\v\u00a0\u2000-\u200b\u3000]",
    "terminals": r"[.!?。！？]",
    "commas": r"[,;:，；：、]",
    "double quotes": '["“”«»]',
    "single quotes": "['‘’`]",
    "opened": r"[(\[{<（【]",
    "closed": r"[)\]}>）】]",
    "backslashes": r"\\",
    "slashes": "/",
    "less": "<",
    "ampersands": "&",
    "percents": "%",
    "hashes": "#",
    "stars": r"\*",
    "underscores": "_",
    "equals": "=",
    "pipes": r"\|",
    "dashes": "[-–—]",
    "at signs": "@",
    "dollars": r"\$",
    "beyond ASCII": r"[^\x00-\x7f]",
    "Latin-1": r"[\u0080-\u00ff]",
    "controls": r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u0080-\u009f\ufffd\ue000-\uf8ff]",
    "CJK": r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]",
    "other scripts": r"[\u0370-\u05ff\u0600-\u06ff]",
    "symbols": r"[\u2000-\u2bff\x{1f000}-\x{1faff}]",
    "combining": r"\p{M}",
    "entities": r"&#?\w{2,8};",
    "percent escapes": r"%[0-9A-Fa-f]{2}",
    "escapes": r"\\[nrtu\"'/\\]",
    "tags": r"</?[a-zA-Z][^>\n]{0,80}>",
    "double spaces": r"\S {2,}\S",
    "space before mark": r"\w [,.;:!?]",
    "no space after mark": r"[a-z][.,;:!?][A-Za-z]",
    "capital inside": r"[a-z][A-Z]",
    "digit beside letter": r"[A-Za-z]\d|\d[A-Za-z]",
    "rules": r"[-=_*#.~]{4,}",
    "letters thrice": "|".join(letter * 3 for letter in "abcdefghijklmnopqrstuvwxyz"),
    "all capitals": r"\b[A-Z]{2,}\b",
    "capitalised": r"\b[A-Z][a-z]+",
    "lower words": r"\b[a-z]+",
    "single letters": r"\b[a-zA-Z]\b",
    "long words": r"\w{18,}",
    "no vowels": r"\b[bcdfghjklmnpqrstvwxz]{4,}\b",
    "lower after end": r"[.!?]\s+[a-z]",
    "capital after end": r"[.!?]\s+[A-Z]",
    "bullets": r"(?m)^\s*[-*•]\s",
    "numbering": r"(?m)^\s*\d+[.)]\s",
    "headings": r"(?m)^#+ ",
    "fences": "```",
    "indents": r"(?m)^(?:  |\t)",
    "blank lines": r"\n[ \t]*\n",
    "trailing spaces": r"(?m)[ \t]+$",
    "speakers": r"(?i)\b(?:user|assistant|human|system|bot|instruction|response|question|answer)\s*:",
    "special tokens": r"<\|[^>\n]*\|>|\[/?[A-Z]{3,}\]|</?s>",
    "links": r"https?:|www\.",
    "persons": r"(?i)\b(?:i|you|we|my|your)\b",
    "apologies": r"(?i)\b(?:sorry|cannot|can't|unable|language model|apologi[sz]e|unfortunately)\b",
    "question words": r"(?i)\b(?:what|why|how|who|when|which|where)\b",
    "question marks": r"[?？]",
    "function words": r"(?i)\b(?:the|of|and|to|in|is|that|it|for|as|was|with|be|on|by|are|this|or|an|at)\b",
    "lines from lower": r"(?m)^[a-z]",
    "lines from capital": r"(?m)^[A-Z]",
    "ended lines": r"(?m)[.!?:;]$",
    "broken lines": r"[a-z]\n[a-z]",
    "broken words": r"-\n",
}
"""What is counted, and then given as the root of its share of the characters."""

_BEGINS = {
    "lower": r"^\p{Ll}",
    "capital": r"^\p{Lu}",
    "digit": r"^\p{N}",
    "mark": r"^[\p{P}\p{S}]",
    "space": r"^\s",
}
_ENDS = {
    "terminal": r"[.!?。！？][\"'”’)\]*`]*$",
    "letter": r"\p{L}$",
    "lower": r"\p{Ll}$",
    "digit": r"\p{N}$",
    "closed": r"[)\]}>`\"'”]$",
    "comma": r"[,;:(\[{-]$",
    "space": r"\s$",
}  # fmt: skip

_BEGINS_AND_ENDS = {
    **{f"begins with {name}": pattern for name, pattern in _BEGINS.items()},
    **{f"ends with {name}": pattern for name, pattern in _ENDS.items()},
}

_ZIPPED = 4_000
_OF_QUESTIONS = (
    "characters", "word length", "line length", "question marks", "question words", "terminals", "upper",
    "begins with capital", "begins with lower", "ends with terminal", "ends with letter", "function words",
    "newlines", "compressed", "no space after mark", "controls",
)  # fmt: skip


def surface(texts: list[str]) -> dict[str, np.ndarray]:
    """Return name -> (n,) float64 of some texts; no number depends on another text."""
    return _of_distinct(texts, _all_numbers)


def question_part(texts: list[str]) -> dict[str, np.ndarray]:
    """Return the numbers of `surface` that are taken of questions too."""
    return _of_distinct(texts, _numbers_of_questions)


def _of_distinct(
    texts: list[str], numbers: Callable[[list[str]], dict[str, np.ndarray]]
) -> dict[str, np.ndarray]:
    """Return numbers of texts, each distinct one looked at once."""
    places: dict[str, int] = {}
    at = np.array([places.setdefault(text, len(places)) for text in texts], dtype=np.int64)
    return {name: own[at] for name, own in numbers([*places]).items()}


def _all_numbers(texts: list[str]) -> dict[str, np.ndarray]:
    out, count, table = _counted(texts, (*_COUNTED, *_BEGINS_AND_ENDS))
    tokens = table["words"].to_list()
    n, n_words = (own.to_numpy().astype(np.float64) for own in (table["n"], table["words"].list.len()))
    n_lines = count["newlines"] + 1
    ends = count["lower after end"] + count["capital after end"]
    out |= {
        "brackets open": (count["opened"] - count["closed"]) / np.sqrt(n + 20),
        "odd double quotes": count["double quotes"] % 2,
        "odd single quotes": count["single quotes"] % 2,
        "odd fences": count["fences"] % 2,
        "capitals of letters": count["upper"] / (count["letters"] + 5),
        "capitalised of words": count["capitalised"] / (n_words + 3),
        "lower of words": count["lower words"] / (n_words + 3),
        "lower of sentences": count["lower after end"] / (ends + 1),
        "sentence length": np.log1p(n_words / (count["terminals"] + 1)),
        "lower of lines": count["lines from lower"] / (n_lines + 1),
        "ended of lines": count["ended lines"] / (n_lines + 1),
        "compressed": np.array([_compressed(text) for text in texts]),
    }
    return out | _repetition(texts, tokens)


def _numbers_of_questions(texts: list[str]) -> dict[str, np.ndarray]:
    out, _, _ = _counted(texts, _OF_QUESTIONS)
    out["compressed"] = np.array([_compressed(text) for text in texts])
    return {name: out[name] for name in _OF_QUESTIONS}


def _counted(
    texts: list[str], names: Sequence[str]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray], pl.DataFrame]:
    """Return numbers from what `names` say is counted or asked, the counts, and the table with the words."""
    column = pl.col("text")
    found = pl.DataFrame({"text": pl.Series(texts, dtype=pl.String)}).lazy()
    counts = {name: column.str.count_matches(_COUNTED[name]) for name in names if name in _COUNTED}
    flags = {name: column.str.contains(own) for name, own in _BEGINS_AND_ENDS.items() if name in names}
    table = found.select(
        **counts, **flags, n=column.str.len_chars(), words=column.str.to_lowercase().str.extract_all(TOKEN)
    ).collect()
    n = table["n"].to_numpy().astype(np.float64)
    n_words = table["words"].list.len().to_numpy().astype(np.float64)
    count = {name: table[name].to_numpy().astype(np.float64) for name in counts}
    n_lines = count["newlines"] + 1
    out = {"characters": np.log1p(n), "word length": n / (n_words + 1), "line length": np.log1p(n / n_lines)}
    out |= {name: np.sqrt(own / (n + 20)) for name, own in count.items()}
    out |= {name: table[name].to_numpy().astype(np.float64) for name in flags}
    return out, count, table


def _compressed(text: str) -> float:
    data = text[:_ZIPPED].encode(errors="replace")
    return float(np.log((len(zlib.compress(data, 6)) + 1) / (len(data) + 20)))


def _repetition(texts: list[str], tokens: list[list[str]]) -> dict[str, np.ndarray]:
    """Return how much lines and runs of words recur within each text, and its first and last line."""
    rows = []
    for text, words in zip(texts, tokens, strict=True):
        lines = [line.strip() for line in text.split("\n") if line.strip()]
        mean = sum(map(len, lines)) / len(lines) + 1 if lines else 1.0
        runs = list(zip(words, words[1:], words[2:], strict=False))
        beside = sum(map(eq, words, words[1:]))
        rows.append(
            (
                1 - len(set(lines)) / len(lines) if lines else 0.0,
                1 - len(set(runs)) / len(runs) if runs else 0.0,
                beside / (len(words) + 1),
                len(set(words)) / (len(words) + 1),
                np.log((len(set(words)) + 1) / (len(words) + 1) ** 0.8),
                np.log1p(len(lines[-1]) / mean) if lines else 0.0,
                np.log1p(len(lines[0]) / mean) if lines else 0.0,
            )
        )
    names = (
        "repeated lines",
        "repeated runs",
        "stutter",
        "distinct",
        "distinct for length",
        "last line",
        "first line",
    )
    return dict(zip(names, np.array(rows, dtype=np.float64).reshape(len(texts), len(names)).T, strict=True))
