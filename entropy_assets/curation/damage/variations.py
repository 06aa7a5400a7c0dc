"""Harmless variations of sound passages, which a detector must not take for damage.

What belongs here: what well-kept data show from one delivery to the next: other prompts, more turns,
markdown, typography. What does not: damage (`generators`).
"""

import re
from collections.abc import Sequence

import numpy as np

from entropy_assets.curation.damage.formats import asked_otherwise, framed, set_out_otherwise
from entropy_assets.curation.damage.generators.contract import (
    Damage,
    Donors,
    answers,
    each,
    pick,
    sentences,
)
from entropy_assets.curation.damage.passages import Passage

_SYSTEM = (
    "You are a helpful assistant.",
    "Answer the question below. Be brief and precise.",
    "Below is an instruction that describes a task. Write a response that completes it.",
    "You are an expert. Think before you answer, and say so where you are not sure.",
)
_HEADINGS = ("Answer", "Response", "Summary", "Explanation", "Solution")
_TYPOGRAPHY = str.maketrans({"'": "’", "—": "-", "“": '"', "”": '"'})


def _with_system_prompt(
    passages: Sequence[Passage], donors: Donors, rng: np.random.Generator
) -> list[Passage]:
    told = pick(_SYSTEM, rng) if rng.random() < 0.5 else " ".join(sentences(pick(donors, rng).text)[:3])
    return [Passage(f"{told}\n\n{question}".strip(), answer) for question, answer in passages]


def _with_earlier_turns(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
    before = pick(donors, rng)
    if not (before.question and passage.question):
        return Passage(f"{before.text}\n\n{passage.question}".strip(), passage.answer)
    return Passage(f"{before.question}\n\n{passage.question}", f"{before.answer}\n\n{passage.answer}")


def _in_markdown(passages: Sequence[Passage], donors: Donors, rng: np.random.Generator) -> list[Passage]:
    """Return passages in Markdown as one hand writes it: the same heading or none, the same kind of list."""
    heading = pick(("", "", *_HEADINGS), rng)
    mark, bold = pick(("- ", "* ", "1. ", ""), rng), bool(rng.random() < 0.5)
    told = []
    for question, answer in passages:
        own = heading or (" ".join(re.findall(r"\w+", answer)[:4]).capitalize() if rng.random() < 0.3 else "")
        body = _listed(answer, mark, bold)
        told.append(Passage(question, f"{'#' * 2} {own}\n\n{body}" if own else body))
    return told


def _listed(text: str, mark: str, bold: bool) -> str:
    """Return a text as a list of its lines or sentences, their first words bold; code as code."""
    if "\n    " in text:
        return f"```\n{text}\n```"
    lines = [line for line in text.split("\n") if line.strip()]
    parts = lines if len(lines) > 2 else sentences(text)
    if bold:
        parts = [re.sub(r"^(\w+ \w+)", r"**\1**", part) for part in parts]
    return "\n".join(mark + part for part in parts) if mark and len(parts) > 1 else "\n\n".join(parts)


def _typography(text: str, rng: np.random.Generator) -> str:
    text = text.translate(_TYPOGRAPHY)
    return re.sub(r'"([^"\n]*)"', r"“\1”", text) if rng.random() < 0.5 else text


def _respaced(text: str, rng: np.random.Generator) -> str:
    text = re.sub(r"[ \t]+$", "", text.strip(), flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"(?<=\S)  +(?=\S)", " ", text))


FORMS: dict[str, Damage] = {
    "framed answers": framed,
    "answers set out otherwise": set_out_otherwise,
    "another kind of answer": asked_otherwise,
}
"""Other forms of answers, which a delivery has throughout or not at all."""

VARIATIONS: dict[str, Damage] = {
    "a system prompt": _with_system_prompt,
    "earlier turns": each(_with_earlier_turns),
    "markdown": _in_markdown,
    "typography": answers(_typography),
    "corrected white space": answers(_respaced),
    **FORMS,
}
"""Name -> variation, with the contract of a generator's damage."""
