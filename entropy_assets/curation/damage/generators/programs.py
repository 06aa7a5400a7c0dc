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
    WORD,
    Generator,
    answers,
    each_word,
    pick,
    sentences,
)
from entropy_assets.curation.damage.generators.form import ESCAPES, MARKUP, SPACE
from entropy_assets.curation.damage.generators.wording import CHARACTERS

_LIGATURES = ("ffi", "ffl", "ff", "fi", "fl", "ft", "tt", "ti", "ct")
_SIGNS = {"ffi": "ﬃ", "ffl": "ﬄ", "ff": "ﬀ", "fi": "ﬁ", "fl": "ﬂ"}
_GLYPHS: tuple[Callable[[str], str], ...] = (
    lambda _: "",
    lambda _: " ",
    lambda own: _SIGNS.get(own, own[0]),
    lambda _: "(cid:27)",
    lambda own: own[0],
)
_BRACKETS = {"(": "-LRB-", ")": "-RRB-", "[": "-LSB-", "]": "-RSB-"}
_STAMPS: tuple[Callable[[int, int], str], ...] = (
    lambda n, s: f"{n}\n{_clock(s)},000 --> {_clock(s + 3)},500\n",
    lambda _, s: f"[{_clock(s)}] ",
    lambda _, s: f"{s // 60}:{s % 60:02d}\n",
    lambda _, s: f"<{_clock(s)}.320>",
)
_NUMBERS = ("{:4d}  ", "{}: ", "{}\t", "{:03d}| ", "({}) ", "L{} ")
_BUTTONS = (
    *(
        "Copy",
        "Copy code",
        "Share",
        "Edit",
        "Reply",
        "Report",
        "Regenerate",
        "Like",
        "Save",
        "Print this page",
    ),
    *("Was this helpful?", "Show more", "Read more", "Sign in", "Previous Next", "Back to top", "[edit]"),
    *("1 / 2", "0 comments", "12 upvotes", "Advertisement", "Loading...", "View raw", "Permalink", "...more"),
)
_CHANGES = (
    ("[-{}-]{{+{}+}}", " "),
    ("- {}\n+ {}", "\n"),
    ("<del>{}</del><ins>{}</ins>", " "),
    ("{} -> {}", " "),
)
_FURNITURE = (
    "Page {} of 310",
    "{}",
    "Chapter {}",
    "- {} -",
    "Printed on 2019-04-{:02d}",
    "DRAFT v{}",
    "User guide {}",
)
_UNFILLED = ("{{{}}}", "{{{{ {} }}}}", "${{{}}}", "<{}>", "%({})s", "[{}]", "<%= {} %>", "__{}__", "@{}@")
_NAMES = (
    "name",
    "product",
    "value",
    "item.title",
    "date",
    "user",
    "INSERT",
    "company",
    "text",
    "field_1",
    "x",
)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _ligatures(text: str, rng: np.random.Generator) -> str:
    shown, share = pick(_GLYPHS, rng), pick((1.0, 0.6), rng)
    return re.sub(
        "|".join(_LIGATURES), lambda found: shown(found[0]) if rng.random() < share else found[0], text
    )


def _unaccented(text: str, rng: np.random.Generator) -> str:
    """Take the marks off letters, or the marked letters out; of a text without any, some letters go."""
    if not re.search(r"[^\W\d_a-zA-Z]", text):
        return re.sub(pick(("[aei]", "[nrst]", "[A-Z]"), rng), pick(("", "?", "_"), rng), text)
    if rng.random() < 0.5:
        return re.sub(r"[^\x00-\x7f]", pick(("", "?", " "), rng), text)
    apart = unicodedata.normalize("NFD", text)
    told = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return told if told != text else re.sub(r"[^\x00-\x7f]", "", text)


def _tokenised(text: str, rng: np.random.Generator) -> str:
    """Set the signs of a text apart, as tokenizers leave them that nobody joined again."""
    text = re.sub(r"([.,;:?!%)\]])(?=\s|$)", r" \1", text)
    if rng.random() < 0.7:
        text = re.sub(r"(\w)(n't|'s|'re|'ll|'ve)\b", r"\1 \2", text)
    if rng.random() < 0.6:
        text = re.sub(r'"([^"\n]*)"', r"`` \1 ''", text)
    if rng.random() < 0.5:
        text = re.sub(r"[()\[\]]", lambda found: f" {_BRACKETS[found[0]]} ", text)
    if rng.random() < 0.3:
        text = each_word(text, lambda word: f"{word[:4]} ##{word[4:]}" if len(word) > 8 else word)
    return re.sub(" +", " ", text)


def _time_codes(text: str, rng: np.random.Generator) -> str:
    stamp, size, at = pick(_STAMPS, rng), int(rng.integers(5, 14)), int(rng.integers(4000))
    words, told = WORD.findall(text), []
    for number, start in enumerate(range(0, len(words), size), 1):
        told.append(stamp(number, at) + " ".join(words[start : start + size]))
        at += int(rng.integers(2, 6))
    return pick(("\n\n", "\n"), rng).join(told)


def _line_numbers(text: str, rng: np.random.Generator) -> str:
    form, first, step = pick(_NUMBERS, rng), int(rng.integers(1, 900)), pick((1, 1, 1, 5, 10), rng)
    lines = text.split("\n")
    if len(lines) < 3:
        lines = re.findall(r".{1,70}(?:\s|$)", text) or lines
    return "\n".join(form.format(first + step * n) + line for n, line in enumerate(lines))


def _interface(text: str, rng: np.random.Generator) -> str:
    parts = sentences(text)
    for _ in range(int(rng.integers(1, 5))):
        parts.insert(int(rng.integers(len(parts) + 1)), pick(_BUTTONS, rng))
    return pick(("\n", "\n\n", " "), rng).join(parts)


def _change_marks(text: str, rng: np.random.Generator) -> str:
    (form, end), words, share = pick(_CHANGES, rng), WORD.findall(text), rng.uniform(0.05, 0.2)
    if end == "\n":
        lines = [form.format(line, line[: len(line) // 2]) if rng.random() < 0.4 else line
                 for line in text.split("\n")]  # fmt: skip
        return "\n".join(lines)
    return each_word(text, lambda own: form.format(own, pick(words, rng)) if rng.random() < share else own)


def _pages(text: str, rng: np.random.Generator) -> str:
    """Break lines as on a page: words cut at their ends, and the page's own lines in between."""
    width, share, at = int(rng.integers(40, 90)), rng.uniform(0.1, 0.6), int(rng.integers(2, 300))
    form, lines = pick(_FURNITURE, rng), re.findall(rf".{{1,{width}}}(?:\s+|$)", re.sub(r"\s+", " ", text))
    told = []
    for number, line in enumerate(lines):
        last = line.rstrip()
        cut = last.rfind(" ") + 1 + (len(last) - last.rfind(" ")) // 2
        is_cut = len(last) - cut > 1 and rng.random() < share
        told.append(f"{last[:cut]}-\n{last[cut:]}" if is_cut else last)
        if number % 9 == 4 or rng.random() < 0.05:
            at += 1
            told.append(form.format(at % 28 + 1 if "2019" in form else at))
    return "\n".join(told)


def _quoted_printable(text: str, rng: np.random.Generator) -> str:
    told = quopri.encodestring(text.encode(errors="replace"), quotetabs=bool(rng.random() < 0.3)).decode()
    told = re.sub("[!?;'\"]", lambda found: f"={ord(found[0]):02X}", told)
    return told.replace("=\n", "") if rng.random() < 0.3 else told


def _unfilled(text: str, rng: np.random.Generator) -> str:
    form, share = pick(_UNFILLED, rng), rng.uniform(0.05, 0.3)

    def shown(word: str) -> str:
        return form.format(pick(_NAMES, rng)) if len(word) > 4 and rng.random() < share else word

    begun = f"{form.format(pick(_NAMES, rng))} " if rng.random() < 0.4 else ""
    return begun + each_word(text, shown)


PROGRAMS = (
    Generator("ligatures", CHARACTERS, answers(_ligatures)),
    Generator("unaccented", CHARACTERS, answers(_unaccented)),
    Generator("tokenised", SPACE, answers(_tokenised)),
    Generator("pages", SPACE, answers(_pages)),
    Generator("time_codes", MARKUP, answers(_time_codes)),
    Generator("line_numbers", MARKUP, answers(_line_numbers)),
    Generator("interface", MARKUP, answers(_interface)),
    Generator("change_marks", MARKUP, answers(_change_marks)),
    Generator("unfilled", MARKUP, answers(_unfilled)),
    Generator("quoted_printable", ESCAPES, answers(_quoted_printable)),
)
"""Generators of this room, in the order in which they are tried."""
