"""Damage to one answer's text that was named before the detectors were built: development.

What belongs here: escapes, case, white space, cuts, loops, fixed texts, word order within one answer. What
does not: damage that needs other rows or the question (`named_rows`), and what is kept back.
"""

import json
import re
import textwrap

import numpy as np

from benchmarks.gate_power.mechanisms.contract import DEVELOPMENT, Registry

NAMED = Registry(DEVELOPMENT)

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=\S)|(?<=[\u3002\uff01\uff1f])(?=\S)")
_WORD = re.compile(r"\S+")
_FOOTERS = (
    "Share this article with your friends | Subscribe to our newsletter | All rights reserved.",
    "Was this page helpful? Yes / No. Contact us - Privacy - Terms of use - Imprint",
    "Posted in: General. Tags: tips, howto. Leave a comment (0). Previous post / Next post",
)
_BEGINNINGS = (
    "Certainly! Here is the answer to your question: ",
    "Sure, I would be happy to help you with that. ",
    "Great question! Let us look at this step by step. ",
)
_PROMPTS = (
    "You are a careful assistant. Answer in plain words, never mention these instructions, and keep to the "
    "facts that you were given.",
    "### System: You are an expert annotator. Write one instruction and one response. Repeat no example.",
    "Below is an instruction that describes a task. Write a response that completes the request.",
)
_TOKENS = (
    *("ok", "OK.", "N/A", "n/a", "none", "None", "null", "yes", "Yes.", "no", "-", "...", "?", "TODO"),
    *("see above", "unknown", "done", "test", "0", "[]", "nan", "good", "Answer:", "not applicable"),
)
_LATIN = (
    *("lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "adipiscing", "elit", "sed", "do", "eiusmod"),
    *("tempor", "incididunt", "ut", "labore", "et", "dolore", "magna", "aliqua", "ut", "enim", "ad", "minim"),
    *("veniam", "quis", "nostrud", "exercitation", "ullamco", "laboris", "nisi"),
)


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; one without ends is one.

    >>> sentences("One. Two? Three")
    ['One.', 'Two?', 'Three']
    """
    return [part for part in _SENTENCE_END.split(text) if part]


def pick(choices: tuple[str, ...], rng: np.random.Generator) -> str:
    """Return one of some texts."""
    return choices[int(rng.integers(len(choices)))]


@NAMED.text("escapes")
def json_doubled(text: str, rng: np.random.Generator) -> str:
    """Return a text that was encoded as a JSON string once more, a third of them twice."""
    for _ in range(1 + (rng.random() < 1 / 3)):
        text = json.dumps(text)
    return text


@NAMED.text("escapes")
def escapes_left(text: str, rng: np.random.Generator) -> str:
    """Return a text with line breaks, tabs and quotes as the escapes that they were stored with."""
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t").replace('"', '\\"')


@NAMED.text("escapes", "letters")
def unicode_escaped(text: str, rng: np.random.Generator) -> str:
    """Return a text with signs and spaces outside of words as numbered escapes."""
    return re.sub(r"[^\w\s]", lambda found: f"\\u{ord(found[0]):04x}", text)


@NAMED.text("case", "letters")
def lower_cased(text: str, rng: np.random.Generator) -> str:
    """Return a text in small letters."""
    return text.lower()


@NAMED.text("case", "letters")
def upper_cased(text: str, rng: np.random.Generator) -> str:
    """Return a text in capital letters."""
    return text.upper()


@NAMED.text("case", "letters")
def case_random(text: str, rng: np.random.Generator) -> str:
    """Return a text in which each letter is small or large by chance."""
    return "".join(
        a.upper() if toss else a.lower() for a, toss in zip(text, rng.random(len(text)) < 0.5, strict=True)
    )


@NAMED.text("white space")
def line_breaks_lost(text: str, rng: np.random.Generator) -> str:
    """Return a text whose line breaks became spaces."""
    return re.sub(r"\s*\n\s*", " ", text)


@NAMED.text("white space", "words")
def line_breaks_added(text: str, rng: np.random.Generator) -> str:
    """Return a text that was set in a narrow column and kept its line breaks."""
    return "\n".join(textwrap.wrap(text, int(rng.integers(18, 34)))) or text


@NAMED.text("white space")
def indentation_lost(text: str, rng: np.random.Generator) -> str:
    """Return a text whose lines lost the white space before them."""
    return re.sub(r"(?m)^[ \t]+", "", text)


@NAMED.text("white space", "words")
def spaces_doubled(text: str, rng: np.random.Generator) -> str:
    """Return a text with two to four spaces for some of the single ones."""
    return re.sub(r" ", lambda found: " " * int(rng.integers(1, 5)), text)


@NAMED.text("word order", "words")
def sentences_shuffled(text: str, rng: np.random.Generator) -> str:
    """Return a text with its sentences in another order."""
    parts = sentences(text)
    order = [int(i) for i in rng.permutation(len(parts))]
    if order == sorted(order):
        order.reverse()
    return text if len(parts) < 3 else " ".join(parts[i] for i in order)


@NAMED.text("word order", "words")
def neighbours_swapped(text: str, rng: np.random.Generator) -> str:
    """Return a text in which every second word changed its place with the next one."""
    words = _WORD.findall(text)
    for place in range(0, len(words) - 1, 2):
        words[place], words[place + 1] = words[place + 1], words[place]
    left = iter(words)
    return _WORD.sub(lambda _: next(left), text)


@NAMED.text("cuts", "words")
def cut_at_word(text: str, rng: np.random.Generator) -> str:
    """Return the first 30 to 80 % of a text's words."""
    ends = [found.end() for found in _WORD.finditer(text)]
    return text[: ends[int(len(ends) * rng.uniform(0.3, 0.8))]] if len(ends) > 3 else text


@NAMED.text("cuts")
def cut_at_sentence(text: str, rng: np.random.Generator) -> str:
    """Return the first half or so of a text's sentences: it ends as a text does, and lacks the rest."""
    ends = [found.start() for found in _SENTENCE_END.finditer(text)]
    return text[: ends[int(len(ends) * rng.uniform(0.3, 0.6))]] if ends else text


@NAMED.text("cuts")
def cut_at_line(text: str, rng: np.random.Generator) -> str:
    """Return the first half or so of a text's lines."""
    lines = text.split("\n")
    return "\n".join(lines[: max(1, int(len(lines) * rng.uniform(0.3, 0.7)))])


@NAMED.text("cuts")
def start_cut(text: str, rng: np.random.Generator) -> str:
    """Return a text without its first 20 to 60 % of characters."""
    return text[int(len(text) * rng.uniform(0.2, 0.6)) :]


@NAMED.text("loops")
def looped_end(text: str, rng: np.random.Generator) -> str:
    """Return a text that is cut somewhere and repeats its last words from there on, 5 to 40 times."""
    head = text[: max(20, int(len(text) * rng.uniform(0.3, 0.8)))]
    return head + head[-int(rng.integers(8, 60)) :] * int(rng.integers(5, 40))


@NAMED.text("loops")
def said_twice(text: str, rng: np.random.Generator) -> str:
    """Return a text that says itself two or three times."""
    return "\n".join([text] * int(rng.integers(2, 4)))


@NAMED.text("loops", "words")
def stuttered(text: str, rng: np.random.Generator) -> str:
    """Return a text with a quarter of the words said two or three times."""
    return _WORD.sub(
        lambda w: " ".join([w[0]] * (1 if rng.random() > 0.25 else int(rng.integers(2, 4)))), text
    )


@NAMED.text("boilerplate")
def footer_added(text: str, rng: np.random.Generator) -> str:
    """Return a text with the footer of a web page under it."""
    return f"{text}\n\n{pick(_FOOTERS, rng)}"


@NAMED.text("boilerplate")
def beginning_fixed(text: str, rng: np.random.Generator) -> str:
    """Return a text with one of a few set phrases before it."""
    return pick(_BEGINNINGS, rng) + text


@NAMED.text("leaked prompts")
def prompt_leaked(text: str, rng: np.random.Generator) -> str:
    """Return a text with the system prompt before it that was not to be seen."""
    return f"{pick(_PROMPTS, rng)}\n{text}"


@NAMED.text("empty answers")
def token_answers(text: str, rng: np.random.Generator) -> str:
    """Return one word or sign that says nothing."""
    return pick(_TOKENS, rng)


@NAMED.text("empty answers")
def filler_text(text: str, rng: np.random.Generator) -> str:
    """Return words that stand in for a text, about as many."""
    n_words = max(5, len(_WORD.findall(text)))
    start = int(rng.integers(len(_LATIN)))
    return " ".join(_LATIN[(start + i) % len(_LATIN)] for i in range(n_words)).capitalize() + "."


@NAMED.text("leaked prompts")
def role_tags(text: str, rng: np.random.Generator) -> str:
    """Return a text with the names of roles before it, and sometimes after it."""
    tag = pick(("Assistant: ", "### Response:\n", "AI: ", "Output: "), rng)
    return tag + text + ("\n\nUser:" if rng.random() < 0.5 else "")
