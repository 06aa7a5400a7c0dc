"""Damage to the extent of a text: loops, cuts, answers that say nothing.

What belongs here: too much or too little of a text. What does not: another text in its place (`rows`).
"""

import numpy as np

from entropy_assets.curation.damage.generators.contract import (
    WORD,
    Donors,
    Generator,
    answers,
    each,
    each_word,
    pick,
    sentences,
)
from entropy_assets.curation.damage.passages import MAX_CHARS, Passage

LOOPS, CUTS, EMPTY = "repeated text", "cut text", "answers that say nothing"

_TOKENS = (
    "ok", "OK", "N/A", "None", "null", "...", "-", "yes", "no", "nan", "done", "see above", "TODO", "?", "0",
    "test", "n/a", "good", "{}", "[]", "undefined", "as above", "answer", ".", "x", "1", "true",
)  # fmt: skip


def _loop_sentence(text: str, rng: np.random.Generator) -> str:
    own = sentences(text)
    if rng.random() < 0.5:
        own = own[: int(rng.integers(1, len(own) + 1))]
    tail = " ".join(own[-int(rng.integers(1, 4)) :])
    return (" ".join(own) + (" " + tail) * int(rng.integers(2, 12)))[:MAX_CHARS]


def _loop_words(text: str, rng: np.random.Generator) -> str:
    words = WORD.findall(text) or ["x"]
    start = int(rng.integers(len(words)))
    run = words[start : start + int(rng.integers(1, 9))]
    n_words = max(20, len(words) - start)
    return " ".join(words[:start] + (run * (n_words // len(run) + 1))[:n_words])


def _twice(text: str, rng: np.random.Generator) -> str:
    return text + pick((" ", "\n", "\n\n", ""), rng) + text


def _stutter(text: str, rng: np.random.Generator) -> str:
    share = rng.uniform(0.1, 0.5)
    return each_word(text, lambda word: f"{word} {word}" if rng.random() < share else word)


def _loop_line(text: str, rng: np.random.Generator) -> str:
    lines = text.split("\n")
    place = int(rng.integers(len(lines)))
    repeated = [lines[place]] * int(rng.integers(2, 10))
    return "\n".join([*lines[: place + 1], *repeated, *lines[place + 1 :]])[:MAX_CHARS]


def _cut(text: str, rng: np.random.Generator) -> str:
    return text[: max(1, int(len(text) * rng.uniform(0.1, 0.92)))]


def _cut_after_sentence(text: str, rng: np.random.Generator) -> str:
    own = sentences(text)
    if len(own) < 3:
        return _cut(text, rng)
    last = own[int(rng.integers(1, len(own) - 1))]
    return text[: text.find(last) + len(last)]


def _cut_start(text: str, rng: np.random.Generator) -> str:
    return text[int(len(text) * rng.uniform(0.1, 0.7)) :]


def _cut_lines(text: str, rng: np.random.Generator) -> str:
    lines = text.split("\n")
    if len(lines) < 3:
        return _cut_start(text, rng)
    place = int(rng.integers(1, len(lines) - 1))
    return "\n".join(lines[:place] if rng.random() < 0.5 else lines[place:])


def _cut_middle(text: str, rng: np.random.Generator) -> str:
    first, second = sorted(rng.uniform(0.1, 0.9, 2))
    return text[: int(first * len(text))] + text[int(second * len(text)) :]


def _token(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
    words = WORD.findall(pick(donors, rng).answer)
    if rng.random() < 0.5 or not words:
        return Passage(passage.question, pick(_TOKENS, rng))
    start = int(rng.integers(len(words)))
    return Passage(passage.question, " ".join(words[start : start + int(rng.integers(1, 4))]))


def _stub(text: str, rng: np.random.Generator) -> str:
    return " ".join(WORD.findall(text)[: int(rng.integers(1, 5))])


EXTENT = (
    Generator("loop_sentence", LOOPS, answers(_loop_sentence)),
    Generator("loop_words", LOOPS, answers(_loop_words)),
    Generator("twice", LOOPS, answers(_twice)),
    Generator("stutter", LOOPS, answers(_stutter)),
    Generator("loop_line", LOOPS, answers(_loop_line)),
    Generator("cut", CUTS, answers(_cut)),
    Generator("cut_after_sentence", CUTS, answers(_cut_after_sentence)),
    Generator("cut_start", CUTS, answers(_cut_start)),
    Generator("cut_lines", CUTS, answers(_cut_lines)),
    Generator("cut_middle", CUTS, answers(_cut_middle)),
    Generator("token", EMPTY, each(_token)),
    Generator("stub", EMPTY, answers(_stub)),
)
"""Generators of this room, in the order in which they are tried."""
