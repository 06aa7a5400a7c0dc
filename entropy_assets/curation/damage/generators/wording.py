"""Damage to words and their order, to characters, to letter case.

What belongs here: damage that leaves a text in its encoding and layout. What does not: its form (`form`), its
extent (`extent`), and what a whole row holds (`rows`).
"""

import re

import numpy as np

from entropy_assets.curation.damage.generators.contract import (
    Generator,
    answers,
    each_word,
    in_part,
    pick,
    sentences,
    with_words,
)
from entropy_assets.curation.damage.scripts import WORD, is_unspaced, said

ORDER, CHARACTERS, CASE = "words out of order or missing", "wrong characters", "wrong letter case"

_MISREAD = {
    "rn": "m", "m": "rn", "l": "1", "O": "0", "I": "l", "S": "5", "cl": "d", "B": "8",
    "h": "b", "e": "c", "o": "0", "a": "@", "i": "!", "g": "9", "u": "v",
}  # fmt: skip
_LOST = ("[aeiou]", "[.,;:!?，。；：！？、]", r"[^\w\s]", "[A-Z]", r"\d", "[tnsr]")
_MASKED = (
    (r"\d", ("#", "0", "X", "*", "_")),
    (r"\b[A-Z][a-z]+\b", ("[NAME]", "<NAME>", "PERSON", "***", "XXX")),
    (r"\b\w{9,}\b", ("<unk>", "[UNK]", "[...]", "____")),
)
"""What is masked, and by what."""
_SLIPS = (("drop", "double", "swap"), ("drop",), ("double",), ("swap",), ("letter",), ("sign",))


def _permuted(words: list[str], rng: np.random.Generator) -> list[str]:
    return [words[i] for i in rng.permutation(len(words))]


def _shuffle_words(text: str, rng: np.random.Generator) -> str:
    return in_part(text, rng, lambda part: with_words(part, _permuted(WORD.findall(part), rng)))


def _swap_neighbours(text: str, rng: np.random.Generator) -> str:
    words, share = WORD.findall(text), rng.uniform(0.15, 0.5)
    for place in range(len(words) - 1):
        if rng.random() < share:
            words[place], words[place + 1] = words[place + 1], words[place]
    return with_words(text, words)


def _shuffle_near(text: str, rng: np.random.Generator) -> str:
    words, size = WORD.findall(text), int(rng.integers(3, 8))
    parts = [words[start : start + size] for start in range(0, len(words), size)]
    return with_words(text, [word for part in parts for word in _permuted(part, rng)])


def _shuffle_sentences(text: str, rng: np.random.Generator) -> str:
    return said(_permuted(sentences(text), rng))


def _shuffle_lines(text: str, rng: np.random.Generator) -> str:
    return "\n".join(_permuted(text.split("\n"), rng))


def _lose_words(text: str, rng: np.random.Generator) -> str:
    share = rng.uniform(0.15, 0.5)
    return re.sub(" +", " ", each_word(text, lambda word: "" if rng.random() < share else word))


def _slip(text: str, rng: np.random.Generator) -> str:
    characters, kinds = list(text), pick(_SLIPS, rng)
    for place in np.flatnonzero(rng.random(len(characters)) < rng.uniform(0.015, 0.12)):
        match pick(kinds, rng):
            case "drop":
                characters[place] = ""
            case "double":
                characters[place] *= 2
            case "letter":
                other = pick(text, rng) if is_unspaced(characters[place]) else chr(97 + int(rng.integers(26)))
                characters[place] = other
            case "sign":
                characters[place] = pick("~^|*#_@$", rng)
            case _ if place + 1 < len(characters):
                characters[place : place + 2] = characters[place : place + 2][::-1]
    return "".join(characters)


def _misread(text: str, rng: np.random.Generator) -> str:
    kinds = [kind for kind in _MISREAD if rng.random() < 0.6] or ["l"]
    share = rng.uniform(0.1, 0.6)
    known = re.compile("|".join(sorted(kinds, key=len, reverse=True)))
    return known.sub(lambda found: _MISREAD[found[0]] if rng.random() < share else found[0], text)


def _scramble(text: str, rng: np.random.Generator) -> str:
    share = rng.uniform(0.2, 0.9)

    def inside(found: re.Match[str]) -> str:
        word = found[0]
        if len(word) < 4 or rng.random() > share:
            return word
        return word[0] + "".join(_permuted(list(word[1:-1]), rng)) + word[-1]

    return re.sub(r"\w+", inside, text)


def _lose_kind(text: str, rng: np.random.Generator) -> str:
    return re.sub(pick(_LOST, rng), "", text)


def _random_case(text: str, rng: np.random.Generator) -> str:
    share = rng.uniform(0.05, 0.5)
    return "".join(sign.swapcase() if rng.random() < share else sign for sign in text)


def _masked(text: str, rng: np.random.Generator) -> str:
    share = pick((1.0, 1.0, 0.6), rng)
    told = text
    for place in rng.permutation(len(_MASKED)):
        what, signs = _MASKED[place]
        sign, parts = pick(signs, rng), re.split(f"({what})", text)
        hit = rng.random(len(parts)) < share
        told = "".join(sign if i % 2 and hit[i] else part for i, part in enumerate(parts))
        if told != text:
            break
    return told


WORDING = (
    Generator("shuffle_words", ORDER, answers(_shuffle_words)),
    Generator("swap_neighbours", ORDER, answers(_swap_neighbours)),
    Generator("shuffle_near", ORDER, answers(_shuffle_near)),
    Generator("shuffle_sentences", ORDER, answers(_shuffle_sentences)),
    Generator("shuffle_lines", ORDER, answers(_shuffle_lines)),
    Generator("reverse_words", ORDER, answers(lambda text, _: with_words(text, WORD.findall(text)[::-1]))),
    Generator("lose_words", ORDER, answers(_lose_words)),
    Generator("slips", CHARACTERS, answers(_slip)),
    Generator("misread", CHARACTERS, answers(_misread)),
    Generator("scramble", CHARACTERS, answers(_scramble)),
    Generator("lose_kind", CHARACTERS, answers(_lose_kind)),
    Generator("masked", CHARACTERS, answers(_masked)),
    Generator("lower", CASE, answers(lambda text, rng: in_part(text, rng, str.lower))),
    Generator("upper", CASE, answers(lambda text, rng: in_part(text, rng, str.upper))),
    Generator("title", CASE, answers(lambda text, _: re.sub(r"\b\w", lambda found: found[0].upper(), text))),
    Generator("swap_case", CASE, answers(lambda text, _: text.swapcase())),
    Generator("random_case", CASE, answers(_random_case)),
)
"""Generators of this room, in the order in which they are tried."""
