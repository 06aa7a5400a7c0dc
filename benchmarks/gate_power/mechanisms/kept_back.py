"""Mechanisms of the test alone. Whoever builds or tunes a detector does not open this module.

What belongs here: whole mechanisms that no generator, limit or rule was made with. What does not: variants
of a mechanism of development.
"""

import re

import numpy as np

from benchmarks.gate_power.mechanisms.contract import TEST, Registry

KEPT_BACK = Registry(TEST)

_WORD = re.compile(r"\S+")
_LETTERS = re.compile(r"[A-Za-z]+")
_NAME = re.compile(r"(?<![.!?\n] )(?<!^)\b[A-Z][a-z]+\b|\d[\d.,:/]*")
_LOOK_ALIKE = str.maketrans("aceopxyiABCEHKMOPTX", "асеорхуіАВСЕНКМОРТХ")
_ROT = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "nopqrstuvwxyzabcdefghijklmNOPQRSTUVWXYZABCDEFGHIJKLM",
)
_STOP = frozenset(
    (
        *(
            "a",
            "an",
            "the",
            "of",
            "to",
            "in",
            "on",
            "at",
            "by",
            "for",
            "with",
            "from",
            "as",
            "is",
            "are",
            "was",
        ),
        *(
            "were",
            "be",
            "been",
            "it",
            "its",
            "this",
            "that",
            "these",
            "those",
            "and",
            "or",
            "but",
            "if",
            "then",
        ),
        *(
            "than",
            "so",
            "not",
            "no",
            "do",
            "does",
            "did",
            "has",
            "have",
            "had",
            "will",
            "would",
            "can",
            "could",
        ),
        *("may", "might", "i", "you", "he", "she", "we", "they", "his", "her", "their", "your", "my", "our"),
        *("which", "who", "what", "when", "where", "there", "here", "also", "into", "about"),
    )
)
_INVISIBLE = "\u200b\u200c\u200d\u00ad\ufeff"


def _places(n: int, share: float, rng: np.random.Generator) -> set[int]:
    """Return a share of the places 0 ... n - 1, at least one."""
    return {int(i) for i in rng.permutation(n)[: max(1, round(share * n))]}


def _some_words(text: str, share: float, rng: np.random.Generator) -> tuple[list[str], set[int]]:
    words = _WORD.findall(text)
    return words, _places(len(words), share, rng)


@KEPT_BACK.text("gaps")
def middle_lost(text: str, rng: np.random.Generator) -> str:
    """Return a text whose beginning and end were joined without what lay between."""
    size, low = len(text), int(len(text) * rng.uniform(0.2, 0.4))
    return text[:low] + text[low + int(size * rng.uniform(0.25, 0.5)) :]


@KEPT_BACK.text("gaps", "words")
def words_lost(text: str, rng: np.random.Generator) -> str:
    """Return a text that lacks a fifth of its words."""
    left = iter(enumerate(_WORD.findall(text)))
    gone = _places(len(_WORD.findall(text)), 0.2, rng)
    return re.sub(r"\S+[ \t]*", lambda found: "" if next(left)[0] in gone else found[0], text) or text


@KEPT_BACK.text("gaps", "words")
def said_words_lost(text: str, rng: np.random.Generator) -> str:
    """Return a text with each word where it stands first, as a set keeps them."""
    return " ".join(dict.fromkeys(_WORD.findall(text)))


@KEPT_BACK.text("setting", "words")
def hyphens_left(text: str, rng: np.random.Generator) -> str:
    """Return a text set in columns, with the hyphens at line ends inside of words."""
    width, column, out = int(rng.integers(28, 46)), 0, []
    for word in text.split():
        if column + len(word) > width and len(word) > 5:
            cut = max(2, min(len(word) - 2, width - column))
            out.append(f"{word[:cut]}-\n{word[cut:]}")
            column = len(word) - cut
        else:
            out.append(word)
            column += len(word) + 1
    return " ".join(out)


@KEPT_BACK.text("setting")
def lines_numbered(text: str, rng: np.random.Generator) -> str:
    """Return a text with the number of each line before it, eight to twelve words a line."""
    words, step, first = text.split(" "), int(rng.integers(8, 13)), int(rng.integers(1, 400))
    lines = [" ".join(words[i : i + step]) for i in range(0, len(words), step)]
    return "\n".join(f"{first + i:>4}  {line}" for i, line in enumerate(lines))


@KEPT_BACK.text("setting", "letters")
def letters_spaced(text: str, rng: np.random.Generator) -> str:
    """Return a text in which some runs of words are set with a space after each letter."""
    words, places = _some_words(text, 0.25, rng)
    left = iter(" ".join(word) if i in places else word for i, word in enumerate(words))
    return _WORD.sub(lambda _: next(left), text)


@KEPT_BACK.text("setting")
def quoted_mail(text: str, rng: np.random.Generator) -> str:
    """Return a text as the quoted part of a reply, one to three deep."""
    marks = "> " * int(rng.integers(1, 4))
    day = int(rng.integers(1, 29))
    return f"On {day} March, somebody wrote:\n" + "\n".join(marks + line for line in text.split("\n"))


@KEPT_BACK.text("placeholders", "letters")
def names_masked(text: str, rng: np.random.Generator) -> str:
    """Return a text whose names and numbers were masked, also where they name no person."""
    return _NAME.sub(lambda found: "[NUMBER]" if found[0][0].isdigit() else "[NAME]", text)


@KEPT_BACK.text("placeholders", "words")
def slots_unfilled(text: str, rng: np.random.Generator) -> str:
    """Return a text with a seventh of the words as slots that nobody filled."""
    words, places = _some_words(text, 1 / 7, rng)
    forms = ("{{{{{}}}}}", "${{{}}}", "<{}>", "%({})s")
    form = forms[int(rng.integers(len(forms)))]
    named = (
        form.format(f"field_{int(rng.integers(1, 9))}") if i in places else w for i, w in enumerate(words)
    )
    return _WORD.sub(lambda _: next(named), text)


@KEPT_BACK.text("placeholders")
def digits_lost(text: str, rng: np.random.Generator) -> str:
    """Return a text whose numbers are gone."""
    return re.sub(r"\d", "", text) or text


@KEPT_BACK.text("containers")
def quoted_printable(text: str, rng: np.random.Generator) -> str:
    """Return a text in the form in which mail carries it: signs as =XX, soft breaks at 76 characters."""
    coded = "".join(
        a if a.isalnum() and a.isascii() else "".join(f"={b:02X}" for b in a.encode())
        if a in "=\n\t\"'&?/" or not a.isascii() or rng.random() < 0.3 else a
        for a in text
    )  # fmt: skip
    return "=\n".join(coded[i : i + 75] for i in range(0, len(coded), 75))


@KEPT_BACK.text("containers")
def table_row(text: str, rng: np.random.Generator) -> str:
    """Return a text as one line of an exported table, with the other columns and doubled quotes."""
    quoted = text.replace('"', '""').replace("\n", " ")
    return (
        f'{int(rng.integers(10**6))},"{quoted}",{rng.random():.4f},NULL,"2021-0{int(rng.integers(1, 9))}-11"'
    )


@KEPT_BACK.text("containers", "words")
def cells_pasted(text: str, rng: np.random.Generator) -> str:
    """Return a text whose words fell into the cells of a table."""
    words, step = text.split(), int(rng.integers(2, 5))
    return "\n".join("|" + "|".join(words[i : i + step]) + "|" for i in range(0, len(words), step))


@KEPT_BACK.text("containers")
def padded(text: str, rng: np.random.Generator) -> str:
    """Return a text that was filled up to a fixed length with one sign."""
    sign = ("_", ".", "\u0000", "0", "#", " <pad>")[int(rng.integers(6))]
    return text + sign * int(rng.integers(60, 400))


@KEPT_BACK.text("letter shapes", "letters")
def look_alikes(text: str, rng: np.random.Generator) -> str:
    """Return a text with half of the words in letters of another script that look the same."""
    return _LETTERS.sub(lambda word: word[0].translate(_LOOK_ALIKE) if rng.random() < 0.5 else word[0], text)


@KEPT_BACK.text("letter shapes", "letters")
def glyphs_missing(text: str, rng: np.random.Generator) -> str:
    """Return a text in which two common letters are boxes, since the font had no signs for them."""
    gone = "".join("etaoinsr"[int(i)] for i in rng.permutation(8)[:2])
    return re.sub(f"[{gone}]", "\ufffd" if rng.random() < 0.5 else "\u25a1", text)


@KEPT_BACK.text("letter shapes")
def invisible_signs(text: str, rng: np.random.Generator) -> str:
    """Return a text with signs of no width after each eighth character or so."""
    return "".join(a + (_INVISIBLE[int(rng.integers(5))] if rng.random() < 1 / 8 else "") for a in text)


@KEPT_BACK.text("letter shapes", "letters")
def letters_turned(text: str, rng: np.random.Generator) -> str:
    """Return a text with each letter moved on by thirteen."""
    return text.translate(_ROT)


@KEPT_BACK.text("letter shapes")
def read_backwards(text: str, rng: np.random.Generator) -> str:
    """Return a text whose lines were read from right to left."""
    return "\n".join(line[::-1] for line in text.split("\n"))


@KEPT_BACK.text("letter shapes")
def bits_flipped(text: str, rng: np.random.Generator) -> str:
    """Return a text with one bit turned over in a fortieth of its bytes, of those that are ASCII."""
    data = bytearray(text.encode())
    for place in sorted(_places(len(data), 1 / 40, rng)):
        data[place] ^= (1 << int(rng.integers(7))) if data[place] < 128 else 0
    return data.decode(errors="replace")


@KEPT_BACK.text("prepared for counting", "words")
def small_words_lost(text: str, rng: np.random.Generator) -> str:
    """Return a text without its commonest small words."""
    return " ".join(word for word in text.split() if word.lower().strip(".,;:") not in _STOP) or text


@KEPT_BACK.text("prepared for counting")
def signs_lost(text: str, rng: np.random.Generator) -> str:
    """Return a text without any sign that is no letter, digit or space."""
    return re.sub(r"[^\w\s]", "", text) or text


@KEPT_BACK.text("prepared for counting", "letters")
def word_ends_lost(text: str, rng: np.random.Generator) -> str:
    """Return a text whose words lost their endings."""
    return re.sub(r"(?<=[a-z]{3})(ations?|ings?|edly|ed|ly|ments?|es|s|er|ies|y|e)\b", "", text)


@KEPT_BACK.text("prepared for counting", "words")
def pieces_left(text: str, rng: np.random.Generator) -> str:
    """Return a text in the pieces of a tokenizer, with its marks."""
    mark, parts = ("##", "\u2581", "\u0120", "@@ ")[int(rng.integers(4))], []
    for word in text.split():
        step = int(rng.integers(2, 6))
        pieces = [word[i : i + step] for i in range(0, len(word), step)]
        parts.append(
            " ".join([pieces[0], *(mark + piece for piece in pieces[1:])])
            if mark == "##"
            else mark.join(pieces)
            if mark == "@@ "
            else f"{mark}{' '.join(pieces)}"
        )
    return " ".join(parts)
