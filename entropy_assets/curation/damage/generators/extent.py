"""Damage to the extent of a text: loops, cuts, answers that say nothing.

What belongs here: too much or too little of a text. What does not: another text in its place (`rows`).
"""

import re

import numpy as np

from entropy_assets.curation.damage.generators.contract import (
    Donors,
    Generator,
    answers,
    each,
    each_word,
    pick,
    sentences,
)
from entropy_assets.curation.damage.passages import MAX_CHARS, Passage
from entropy_assets.curation.damage.scripts import WORD, said

LOOPS, CUTS, EMPTY = "repeated text", "cut text", "answers that say nothing"

_TOKENS = (
    "ok", "OK", "N/A", "None", "null", "...", "-", "yes", "no", "nan", "done", "see above", "TODO", "?", "0",
    "test", "n/a", "good", "{}", "[]", "undefined", "as above", "answer", ".", "x", "1", "true",
)  # fmt: skip

_NAME = re.compile(r"[A-Za-z]{2,}")
_FORMS = 6
"""Forms of a line, of which one is drawn for all lines of an answer."""


def _loop_sentence(text: str, rng: np.random.Generator) -> str:
    own = sentences(text)
    if rng.random() < 0.5:
        own = own[: int(rng.integers(1, len(own) + 1))]
    tail = said(own[-int(rng.integers(1, 4)) :])
    return said([*own, *[tail] * int(rng.integers(2, 12))])[:MAX_CHARS]


def _loop_words(text: str, rng: np.random.Generator) -> str:
    words = WORD.findall(text) or ["x"]
    start = int(rng.integers(len(words)))
    run = words[start : start + int(rng.integers(1, 9))]
    n_words = max(20, len(words) - start)
    return said(words[:start] + (run * (n_words // len(run) + 1))[:n_words])


def _twice(text: str, rng: np.random.Generator) -> str:
    return text + pick((" ", "\n", "\n\n", ""), rng) + text


def _stutter(text: str, rng: np.random.Generator) -> str:
    share = rng.uniform(0.1, 0.5)
    return each_word(text, lambda word: said([word, word]) if rng.random() < share else word)


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
    return Passage(passage.question, said(words[start : start + int(rng.integers(1, 4))]))


def _stub(text: str, rng: np.random.Generator) -> str:
    return said(WORD.findall(text)[: int(rng.integers(1, 5))])


def _machine_output(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
    """Return what a program printed where an answer should be: a log, a trace, fields, a table, addresses."""
    words = [word.lower() for word in _NAME.findall(pick(donors, rng).answer)] or ["x"]
    line = pick((_log_line, _trace_line, _fields_line, _table_line, _address_line), rng)
    form = int(rng.integers(_FORMS))
    lines = [line(words, form, rng) for _ in range(int(rng.integers(1, 12)))]
    kept = f"{passage.answer}\n" if rng.random() < 0.1 else ""
    return Passage(passage.question, kept + "\n".join(lines))


def _log_line(words: list[str], form: int, rng: np.random.Generator) -> str:
    day = f"{rng.integers(2015, 2030)}-{rng.integers(1, 13):02}-{rng.integers(1, 29):02}"
    clock = ":".join(f"{rng.integers(60):02}" for _ in range(3))
    when = (f"{day} {clock},{rng.integers(1000):03}", f"[{clock}]", f"{day}T{clock}Z")[form % 3]
    level = pick(("INFO", "WARN", "ERROR", "DEBUG", "info", "E"), rng)
    said = " ".join(pick(words, rng) for _ in range(int(rng.integers(2, 9))))
    return f"{when} {level} {pick(words, rng)}{('', f'[{rng.integers(9999)}]:')[form // 3]} {said}"


def _trace_line(words: list[str], form: int, rng: np.random.Generator) -> str:
    module, name, number = pick(words, rng), pick(words, rng), int(rng.integers(1, 2000))
    return (
        f'  File "/{module}/{name}.py", line {number}, in {pick(words, rng)}',
        f"\tat {module}.{name.title()}({name.title()}.java:{number})",
        f"{name.title()}Error: {' '.join(pick(words, rng) for _ in range(4))}",
    )[form % 3]


def _fields_line(words: list[str], form: int, rng: np.random.Generator) -> str:
    mark = ("=", ": ", "\t")[form % 3]
    fields = (f"{pick(words, rng)}{mark}{rng.integers(100_000)}" for _ in range(int(rng.integers(1, 6))))
    return (" ", ", ")[form // 3].join(fields)


def _table_line(words: list[str], form: int, rng: np.random.Generator) -> str:
    cells = (f"{rng.uniform(0, 1000):.{form}f}" for _ in range(int(rng.integers(3, 9))))
    return (",", "\t", " | ")[form % 3].join([pick(words, rng), *cells])


def _address_line(words: list[str], form: int, rng: np.random.Generator) -> str:
    path = "/".join(pick(words, rng) for _ in range(int(rng.integers(1, 6))))
    return (f"https://{pick(words, rng)}.com/{path}", f"/{path}.txt", f"C:\\{path}")[form % 3]


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
    Generator("machine_output", EMPTY, each(_machine_output)),
)
"""Generators of this room, in the order in which they are tried."""
