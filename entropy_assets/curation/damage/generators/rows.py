"""Damage to whole rows: swapped parts, leaked prompts, others' answers, stock texts and boilerplate.

What belongs here: damage that needs the question or other records. What does not: damage to one text.
"""

from collections.abc import Sequence

import numpy as np

from entropy_assets.curation.damage.generators.contract import (
    Donors,
    Generator,
    each,
    each_word,
    pick,
    sentences,
)
from entropy_assets.curation.damage.passages import MAX_CHARS, Passage
from entropy_assets.curation.damage.scripts import WORD, said

ROLES, WRONG = "questions, answers and prompts mixed up", "answers of other questions"
BOILERPLATE, TEMPLATES = "boilerplate", "stock texts and templates"

_SPEAKERS = (
    ("User", "Assistant"),
    ("Human", "AI"),
    ("Q", "A"),
    ("### Instruction", "### Response"),
    ("<|user|>", "<|assistant|>"),
    ("[INST]", "[/INST]"),
    ("user", "model"),
    ("Prompt", "Completion"),
)


def _swapped(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
    if passage.question:
        return Passage(passage.answer, passage.question)
    return Passage("", passage.answer[::-1])


def _echoed(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
    question, answer = passage
    if not question or rng.random() < 0.5:
        return Passage(question, question or answer)
    return Passage(question, question + pick((" ", "\n", "\n\n"), rng) + answer)


def _transcript(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
    (question, answer), other = passage, pick(donors, rng)
    user, model = pick(_SPEAKERS, rng)
    mark, kind = pick(("\n", ": ", ":\n"), rng), rng.random()
    if kind < 0.3:
        return Passage(question, f"{model}{mark}{answer}")
    asked = other.question or sentences(other.answer)[0]
    if kind < 0.6:
        return Passage(question, f"{answer}\n{user}{mark}{asked}\n{model}{mark}{other.answer}"[:MAX_CHARS])
    return Passage(question, f"{user}{mark}{question or asked}\n{model}{mark}{answer}")


def _next_question(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
    other = pick(donors, rng)
    return Passage(passage.question, f"{passage.answer}\n{other.question or sentences(other.answer)[0]}")


def _of_another(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
    return Passage(passage.question, pick(donors, rng).answer)


def _spliced(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
    own, other = passage.answer, pick(donors, rng).answer
    kept, taken = (rng.uniform(0.2, 0.7) for _ in range(2))
    return Passage(passage.question, own[: int(len(own) * kept)] + other[int(len(other) * taken) :])


def _appended(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
    parts = [passage.answer, pick(donors, rng).answer]
    mark = pick(("\n\n", " ", "\n---\n"), rng)
    return Passage(passage.question, mark.join(parts if rng.random() < 0.5 else parts[::-1])[:MAX_CHARS])


def _stock_text(donors: Donors, rng: np.random.Generator) -> str:
    return pick(sentences(pick(donors, rng).answer), rng)[: int(rng.integers(20, 160))]


def _footers(passages: Sequence[Passage], donors: Donors, rng: np.random.Generator) -> list[Passage]:
    text, mark = _stock_text(donors, rng), pick(("\n\n", " ", "\n", "\n---\n"), rng)
    return [Passage(question, answer + mark + text) for question, answer in passages]


def _beginnings(passages: Sequence[Passage], donors: Donors, rng: np.random.Generator) -> list[Passage]:
    text = said(WORD.findall(_stock_text(donors, rng))[: int(rng.integers(2, 15))])
    mark = pick(("\n\n", " ", "\n", ": "), rng)
    return [Passage(question, text + mark + answer) for question, answer in passages]


def _stock_answers(passages: Sequence[Passage], donors: Donors, rng: np.random.Generator) -> list[Passage]:
    texts = [
        said([_stock_text(donors, rng), _stock_text(donors, rng)]) for _ in range(int(rng.integers(1, 6)))
    ]
    told = []
    for question, answer in passages:
        subject = said(WORD.findall(question or answer)[-3:]) if rng.random() < 0.5 else ""
        told.append(Passage(question, f"{pick(texts, rng)} {subject}".strip()))
    return told


def _filled(passages: Sequence[Passage], donors: Donors, rng: np.random.Generator) -> list[Passage]:
    templates = [pick(donors, rng) for _ in range(int(rng.integers(1, 5)))]
    share, told = rng.uniform(0.1, 0.4), []
    for passage in passages:
        template, own = pick(templates, rng), WORD.findall(passage.answer) or ["x"]
        question = template.question if rng.random() < 0.5 else passage.question

        def fill(word: str, own: list[str] = own) -> str:
            return pick(own, rng) if rng.random() < share else word

        told.append(Passage(question, each_word(template.answer, fill)))
    return told


def _one_question(passages: Sequence[Passage], donors: Donors, rng: np.random.Generator) -> list[Passage]:
    question = pick(donors, rng).question
    return [Passage(question, answer) for _, answer in passages]


ROWS = (
    Generator("swapped", ROLES, each(_swapped)),
    Generator("echoed", ROLES, each(_echoed)),
    Generator("transcript", ROLES, each(_transcript)),
    Generator("next_question", ROLES, each(_next_question)),
    Generator("of_another", WRONG, each(_of_another)),
    Generator("spliced", WRONG, each(_spliced)),
    Generator("appended", WRONG, each(_appended)),
    Generator("footers", BOILERPLATE, _footers),
    Generator("beginnings", BOILERPLATE, _beginnings),
    Generator("stock_answers", TEMPLATES, _stock_answers),
    Generator("filled", TEMPLATES, _filled),
    Generator("one_question", TEMPLATES, _one_question),
)
"""Generators of this room, in the order in which they are tried."""
