"""What programs leave in a text, or take out of it, on its way from a page to a record.

What belongs here: traces of readers, players, editors and templates. What does not: escapes, encodings and
white space that they break (`form`).
"""

import quopri
import re
import unicodedata
from collections.abc import Callable

import numpy as np

from entropy_assets.curation.damage.generators.contract import (
    Generator,
    answers,
    pick,
)
from entropy_assets.curation.damage.generators.form import ESCAPES, MARKUP
from entropy_assets.curation.damage.generators.wording import CHARACTERS
from entropy_assets.curation.damage.scripts import WORD, said

_STAMPS: tuple[Callable[[int, int], str], ...] = (
    lambda n, s: f"{n}\n{_clock(s)},000 --> {_clock(s + 3)},500\n",
    lambda _, s: f"[{_clock(s)}] ",
    lambda _, s: f"{s // 60}:{s % 60:02d}\n",
    lambda _, s: f"<{_clock(s)}.320>",
)
_NUMBERS = ("{:4d}  ", "{}: ", "{}\t", "{:03d}| ", "({}) ", "L{} ")


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _unaccented(text: str, rng: np.random.Generator) -> str:
    """Take the marks off letters, or the marked letters out; of a text without any, some letters go."""
    if not re.search(r"[^\W\d_a-zA-Z]", text):
        return re.sub(pick(("[aei]", "[nrst]", "[A-Z]"), rng), pick(("", "?", "_"), rng), text)
    if rng.random() < 0.5:
        return re.sub(r"[^\x00-\x7f]", pick(("", "?", " "), rng), text)
    apart = unicodedata.normalize("NFD", text)
    told = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return told if told != text else re.sub(r"[^\x00-\x7f]", "", text)


def _time_codes(text: str, rng: np.random.Generator) -> str:
    stamp, size, at = pick(_STAMPS, rng), int(rng.integers(5, 14)), int(rng.integers(4000))
    words, told = WORD.findall(text), []
    for number, start in enumerate(range(0, len(words), size), 1):
        told.append(stamp(number, at) + said(words[start : start + size]))
        at += int(rng.integers(2, 6))
    return pick(("\n\n", "\n"), rng).join(told)


def _line_numbers(text: str, rng: np.random.Generator) -> str:
    form, first, step = pick(_NUMBERS, rng), int(rng.integers(1, 900)), pick((1, 1, 1, 5, 10), rng)
    lines = text.split("\n")
    if len(lines) < 3:
        lines = re.findall(r".{1,70}(?:\s|$)", text) or lines
    return "\n".join(form.format(first + step * n) + line for n, line in enumerate(lines))


def _quoted_printable(text: str, rng: np.random.Generator) -> str:
    told = quopri.encodestring(text.encode(errors="replace"), quotetabs=bool(rng.random() < 0.3)).decode()
    told = re.sub("[!?;'\"]", lambda found: f"={ord(found[0]):02X}", told)
    return told.replace("=\n", "") if rng.random() < 0.3 else told


PROGRAMS = (
    Generator("unaccented", CHARACTERS, answers(_unaccented)),
    Generator("time_codes", MARKUP, answers(_time_codes)),
    Generator("line_numbers", MARKUP, answers(_line_numbers)),
    Generator("quoted_printable", ESCAPES, answers(_quoted_printable)),
)
"""Generators of this room, in the order in which they are tried."""
