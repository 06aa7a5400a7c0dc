"""Endings of answers: what an answer comes to, however long the reasoning before it.

A short last sentence or line, or one that names itself the answer, is compared as an answer of its own; so is
all that stands behind a closed thought.

What belongs here: finding these parts of two answers. What does not: comparing them (`reading`).
"""

import re

from entropy_assets.curation.dedup.writing import looks_like_code

MOST_WORDS, MOST_TOLD = 4, 14
"""Words of a last sentence or line that is an ending, and of one that names itself the answer."""

MOST_CHARS = 160
"""Characters of an ending, rather too many."""

_THOUGHT = re.compile(r"</(?:think|thinking|thought|reasoning)>|<\|?/think\|?>")
_NAMED = re.compile(
    r"\b(?:answer|antwort|réponse|respuesta|risposta|resposta|antwoord|svar|vastaus|odpowiedź|cevap|jawaban)\b"
    r"|\b(?:solution|result|choice|option|verdict|label|conclusion|lösung|ergebnis|solución|resultado)\s*\**:"
    r"|ответ|答案|回答|答え|정답|답|उत्तर|جواب|الإجابة|####|\\boxed",
    re.IGNORECASE,
)
_BREAKS = ("\n", ". ", "! ", "? ", "* ", "。", "！", "？")
"""What stands before the last sentence."""

_END = " \t\r\n.*_"


def endings(one: str, other: str) -> list[tuple[str, str]]:
    r"""Return the parts of two answers that are compared as answers of their own; none where they are equal.

    What only one of them has at its end was added.

    >>> endings("It grows.\nThe answer is C.", "It grows so.\nThe answer is A.")
    [('The answer is C', 'The answer is A')]
    >>> endings("It grows. Good luck!", "It grows.")
    []
    """
    found = []
    if "</" in one and "</" in other:
        behind = [_behind_thought(text) for text in (one, other)]
        if behind[0] != behind[1] and all(behind):
            found.append((behind[0], behind[1]))
    if one[-MOST_CHARS:] == other[-MOST_CHARS:]:
        return found
    first = _ending(one)
    if not first or other.rstrip(_END).endswith(first):
        return found
    second = _ending(other)
    words = [f" {' '.join(text.split())}" for text in (first, second)]
    is_wrapped = words[0].endswith(words[1]) or words[1].endswith(words[0])
    if second and not is_wrapped and not _is_cut(one, other) and not _is_cut(other, one):
        found.append((first, second))
    return found


def _behind_thought(text: str) -> str:
    """Return what stands behind the last closed thought, the empty text where there is none."""
    return _THOUGHT.split(text)[-1].strip() if _THOUGHT.search(text) else ""


def _is_cut(one: str, other: str) -> bool:
    """Return whether one text is the beginning of the other."""
    return other.startswith(one.rstrip(_END))


def _ending(text: str) -> str:
    """Return the ending of a text, the empty text where its last sentence is a long one."""
    last = text[-MOST_CHARS:].rstrip(_END)
    at = max(last.rfind(sign) + len(sign) for sign in _BREAKS if sign in last or sign == "\n")
    if not at and len(text) > MOST_CHARS:
        return ""
    ending = last[at:].strip(_END)
    n_words = len(ending.split())
    if n_words <= MOST_TOLD and _NAMED.search(ending):
        return ending
    line = text[text.rfind("\n", 0, len(text.rstrip())) + 1 :]
    return "" if n_words > MOST_WORDS or not line.strip() or looks_like_code(line) else ending.rstrip("!?")
