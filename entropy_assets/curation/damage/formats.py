"""Other forms of sound answers: one hand's way of framing, numbering, summing up or shortening them.

A delivery may bring the answers of a known source in another form, all of them alike. What is said stays;
what is added is a short mark, or made of the answer itself. Text that no answer speaks of is boilerplate
(`generators.rows`).

What belongs here: forms. What does not: other prompts, turns and typography (`variations`), and damage.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np

from entropy_assets.curation.damage.generators.contract import Donors, pick, sentences
from entropy_assets.curation.damage.passages import MAX_CHARS, Passage

Form = Callable[[Passage, Donors, np.random.Generator], Passage]
"""(passage, donors, rng) -> the same passage in the form."""

_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")
_RESULT = (
    "Answer",
    "Final answer",
    "Result",
    "The answer is",
    "So",
    "Conclusion",
    "Therefore",
    "Output",
    "Ans",
)
_THOUGHT = ("think", "thinking", "reasoning", "scratchpad", "thought", "analysis")
_SUMMED = ("answer", "response", "final", "output", "solution")
_LABELS = ("Answer", "Solution", "Explanation", "Result", "Reply")
_STEPS = ("Step {}: ", "Step {} - ", "{}. ", "{}) ", "({}) ", "**Step {}.** ", "[{}] ", "Step {}. ")
_SHORT = (
    "Give only the result.",
    "Answer in one line.",
    "Reply with the answer alone, no explanation.",
    "Be brief: one sentence or number.",
    "Only the final answer, please.",
    "Respond with nothing but the answer.",
)
_ASKED = ("Choose one.", "Which one is right?", "Options:", "Select the correct answer.", "")


def result_of(text: str) -> str:
    """Return what a text comes to: its last number, or the end of its last sentence."""
    last = sentences(text)[-1].strip()
    numbers = _NUMBER.findall(last)
    return numbers[-1] if numbers else " ".join(last.split()[-6:])


def framed(passages: Sequence[Passage], donors: Donors, rng: np.random.Generator) -> list[Passage]:
    """Return passages with a label, a fence, a thought or the result once more around their answers."""
    form = pick((_summed_up, _in_thought, _fenced, _labelled), rng)(rng)
    return [form(passage, donors, rng) for passage in passages]


def set_out_otherwise(passages: Sequence[Passage], donors: Donors, rng: np.random.Generator) -> list[Passage]:
    """Return passages whose answers come in steps, with notes, or with other line ends."""
    form = pick((_in_steps, _noted, _other_line_ends), rng)(rng)
    return [form(passage, donors, rng) for passage in passages]


def asked_otherwise(passages: Sequence[Passage], donors: Donors, rng: np.random.Generator) -> list[Passage]:
    """Return passages that ask for a short answer, or offer several, and get it."""
    form = pick((_shortened, _chosen), rng)(rng)
    return [form(passage, donors, rng) for passage in passages]


def _summed_up(rng: np.random.Generator) -> Form:
    told, mark = pick(_RESULT, rng), pick((": ", " ", ":\n", " = "), rng)
    open_, close = pick(
        (("", ""), ("", ""), ("**", "**"), ("$\\boxed{", "}$"), ("\\boxed{", "}"), ("`", "`")), rng
    )
    head = pick((f"{told}{mark}", f"{told}{mark}", f"**{told}:** ", "#" * int(rng.integers(1, 7)) + " "), rng)
    end, gap = pick(("", "", "."), rng), pick(("\n", "\n\n", " "), rng)

    def form(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
        line = f"{head}{open_}{result_of(passage.answer)}{close}{end}"
        return Passage(passage.question, f"{passage.answer}{gap}{line}")

    return form


def _in_steps(rng: np.random.Generator) -> Form:
    step, gap = pick(_STEPS, rng), pick(("\n", "\n\n"), rng)

    def form(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
        lines = [line for line in passage.answer.split("\n") if line.strip()]
        parts = lines if len(lines) > 1 else sentences(passage.answer)
        told = gap.join(step.format(n) + part for n, part in enumerate(parts, 1))
        return Passage(passage.question, told)

    return form


def _in_thought(rng: np.random.Generator) -> Form:
    thought, gap = pick(_THOUGHT, rng), pick(("\n", "\n\n", ""), rng)
    open_, close = pick(
        ((f"<{thought}>", f"</{thought}>"), (f"[{thought.upper()}]", f"[/{thought.upper()}]")), rng
    )
    name = pick(_SUMMED, rng)
    begin, end = pick((("", ""), ("", ""), (f"<{name}>", f"</{name}>")), rng)

    def form(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
        told = f"{open_}{gap}{passage.answer}{gap}{close}\n{begin}{result_of(passage.answer)}{end}"
        return Passage(passage.question, told)

    return form


def _fenced(rng: np.random.Generator) -> Form:
    language = pick(("", "python", "text", "bash", "js", "java", "cpp", "sql"), rng)
    before, after = rng.random() < 0.7, rng.random() < 0.5

    def form(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
        subject = " ".join((passage.question or passage.answer).split()[-8:]).strip(" .?!:")
        told = f"```{language}\n{passage.answer}\n```"
        told = f"Here is {subject}:\n\n{told}" if before else told
        return Passage(passage.question, f"{told}\n\nThis shows {subject}." if after else told)

    return form


def _noted(rng: np.random.Generator) -> Form:
    open_, close = pick((("[", "]"), ("<<", ">>"), ("(", ")"), ("$", "$"), ("`", "`")), rng)
    inside, share = rng.random() < 0.6, rng.uniform(0.4, 1.0)

    def form(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
        if inside:  # numbers are marked, or said once more
            again = rng.random() < 0.5

            def mark(found: re.Match[str]) -> str:
                told = f"{open_}{found[0]}{close}"
                return found[0] if rng.random() > share else found[0] + told if again else told

            return Passage(passage.question, _NUMBER.sub(mark, passage.answer))
        parts = re.split(r"(?<=[.!?])(?=\s)", passage.answer)
        return Passage(passage.question, "".join(f"{p} {open_}{n}{close}" for n, p in enumerate(parts, 1)))

    return form


def _other_line_ends(rng: np.random.Generator) -> Form:
    mark = pick(("\r\n", "\r\n", "\n\n", " \n"), rng)
    return lambda passage, donors, rng: Passage(passage.question, passage.answer.replace("\n", mark))


def _labelled(rng: np.random.Generator) -> Form:
    label, bold = pick(_LABELS, rng), pick(("", "", "**"), rng)
    head = f"{bold}{label}:{bold}" + pick((" ", "\n", "\n\n"), rng)
    return lambda passage, donors, rng: Passage(passage.question, head + passage.answer)


def _shortened(rng: np.random.Generator) -> Form:
    told, gap, first = pick(_SHORT, rng), pick((" ", "\n", "\n\n"), rng), rng.random() < 0.3
    whole = rng.random() < 0.4

    def form(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
        question = f"{told}{gap}{passage.question}" if first else f"{passage.question}{gap}{told}"
        answer = sentences(passage.answer)[-1].strip() if whole else result_of(passage.answer)
        return Passage(question.strip(), answer)

    return form


def _chosen(rng: np.random.Generator) -> Form:
    mark, asked = pick(("{}) ", "({}) ", "{}. ", "{}: "), rng), pick(_ASKED, rng)
    with_text, head = rng.random() < 0.5, pick(("", "", "Answer: ", "The answer is "), rng)
    names = pick(("ABCD", "abcd", "1234"), rng)

    def form(passage: Passage, donors: Donors, rng: np.random.Generator) -> Passage:
        right = result_of(passage.answer)
        offered = [result_of(pick(donors, rng).answer) for _ in range(3)]
        place = int(rng.integers(4))
        offered.insert(place, right)
        options = "\n".join(mark.format(name) + text for name, text in zip(names, offered, strict=True))
        question = "\n".join(part for part in (passage.question, asked, options) if part)
        return Passage(question[-MAX_CHARS:], head + names[place] + (f") {right}" if with_text else ""))

    return form
