"""The share of a text that is not text of any language: the other thing that a low ratio means.

Base64, mojibake and random letters have the lowest compression ratio there is, so a selector that looks
for little redundancy picks them first. Four parts mark characters; `noise_share` is the fraction that
any of them marked:

* `encoded_spans`: binary data in a base64 or hexadecimal alphabet
* `impossible_spans`: characters that no text has
* `mojibake_spans`: UTF-8 that was read as another encoding, by the tables of the library ftfy
* `random_letter_spans`: Latin letters as even as chance makes them (Friedman's index of coincidence)

Out of sight by design: noise without Latin letters (digits, Chinese characters, Cyrillic letters drawn at
random), noise with the letter frequencies of a language (shuffled letters, words out of order), and
random letters too few to tell. The sizes of all errors are measured by ``python -m benchmarks.noise``.

What belongs here: one text at a time, without a reference. What does not: how many such records a drop
may hold, and which records a selection leaves out.
"""

import functools
import itertools
import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Iterator

import numpy as np
from ftfy.badness import BADNESS_RE

NOISE_SHARE = 0.3
"""A record is noise from this share on. Refused were 0 of 14,518 clean records of code, maths and Chinese,
and 15 of 56,821 of documentation; caught were 96 % or more of each kind of blob of 100 to 2,000 bytes, but
77 % of ascii85 below 200 bytes, which has too few letters to tell."""

MIN_RUN = 24
"""Characters of a run that may be encoded data, at least: shorter runs are words, names and numbers."""

MIN_ALTERNATION = 1 / 3
"""Share of neighbours of different kinds (letter, capital, digit) in encoded data, at least: of 40 random
base64 or hexadecimal characters, 96 % or more reach it."""

ODD_REACH = 4
"""Characters that one impossible character spoils: all of random bytes, little of a line without spaces."""

MOJIBAKE_REACH = 40
"""Characters on each side that one mojibake sequence spoils: in French only every 30th character, and in
German every 60th to 200th, is beyond ASCII and shows that the whole passage was read wrongly."""

WINDOW_LETTERS = 64
"""Letters of a window, at least; a text with fewer has too few to tell. A window has less than twice as
many."""

MAX_DEVIATIONS = 2.5
"""Standard deviations above chance up to which a window's vowels and equal letters count as random."""

MAX_PAIR_DEVIATIONS = 3.5
"""The same of equal pairs of letters, whose counts are small and skewed. Of random windows 97 to 98 % keep
all three limits; of windows of documentation or code 1 in 1,000 or fewer."""

MIN_LETTER_SHARE = 0.4
"""Latin letters in the stretch of a window, at least: a few names in a Chinese text make no window."""

Span = tuple[int, int]
"""First character of a marked stretch, and the one after its last."""

_RUN_ALPHABET = (string.ascii_letters + string.digits + "+/=_-").encode()
_RUN_IMAGE = bytes(ord("x") if byte in _RUN_ALPHABET else ord(" ") for byte in range(256))
_CAMEL = re.compile(r"[A-Z](?=[a-z]{2})")
_WORD = re.compile(r"\S+")
_LINE_ENDS = "\n\r\t\f\v\x85"
_PRINTABLE = string.printable.encode()
_READ_WRONGLY = re.compile(r"[\x80-\u25ff]{2,}")
_LETTERS = string.ascii_lowercase.encode()
_VOWELS = b"aeiou"
_LETTER_IMAGE = bytes(b | 32 if b | 32 in _LETTERS else ord(" ") for b in range(256))
_LAST_LATIN = 0x1EFF


def noise_share(text: str) -> float:
    """Return the fraction of a text's characters, 0 to 1, that are noise; 0 for an empty text.

    >>> noise_share("A plain sentence about a_rather_long_identifier_of_a_function.")
    0.0
    >>> noise_share("q83vEjRWeJq83vEjRWeJCr3J0kQmZ1x8aT0")
    1.0
    """
    parts = (encoded_spans, impossible_spans, mojibake_spans, random_letter_spans)
    spans = [span for part in parts for span in part(text)]
    if not spans:
        return 0.0
    marked = np.zeros(len(text), dtype=bool)
    for start, end in spans:
        marked[start:end] = True
    return float(marked.mean())


def is_noise(text: str) -> bool:
    """Return whether a text is noise: `noise_share` is at least `NOISE_SHARE`."""
    return noise_share(text) >= NOISE_SHARE


def encoded_spans(text: str) -> Iterator[Span]:
    """Yield runs of at least `MIN_RUN` characters of a base64 or hexadecimal alphabet that alternate.

    In encoded data letters, capitals and digits follow each other at random: a third of the
    neighbours or more differ. Long identifiers and paths stay far below.
    """
    image = text.encode("latin-1", "replace").translate(_RUN_IMAGE)
    start = image.find(b"x" * MIN_RUN)
    while start >= 0:
        end = image.find(b" ", start)
        end = len(image) if end < 0 else end
        if _alternation(text[start:end]) >= MIN_ALTERNATION:
            yield start, end
        start = image.find(b"x" * MIN_RUN, end)


def _alternation(run: str) -> float:
    run = _CAMEL.sub("a", run)  # a capital that begins a word is spelling, not encoding
    kinds = [0 if c.isdigit() else 1 if c.islower() else 2 if c.isupper() else 3 for c in run]
    return sum(a != b and 3 not in (a, b) for a, b in itertools.pairwise(kinds)) / (len(run) - 1)


def impossible_spans(text: str) -> Iterator[Span]:
    """Yield up to `ODD_REACH` characters of a word for each of its characters that no text has.

    These are control characters, unassigned and private code points, lone surrogates, and the
    replacement character.
    """
    if text.isascii():
        if not text.encode().translate(None, delete=_PRINTABLE):
            return
    elif "\ufffd" not in text and "".join(text.split()).isprintable():
        return  # the common case, quickly: isprintable() denies all of the above and a little more
    odd = {character for character in set(text) if not _is_text(character)}
    if not odd:
        return
    for word in _WORD.finditer(text):
        n_odd = sum(character in odd for character in word[0])
        if n_odd:
            yield word.start(), min(word.start() + ODD_REACH * n_odd, word.end())


def _is_text(character: str) -> bool:
    if character in _LINE_ENDS:
        return True
    return unicodedata.category(character) not in ("Cc", "Cn", "Co", "Cs") and character != "\ufffd"


def mojibake_spans(text: str) -> Iterator[Span]:
    """Yield `MOJIBAKE_REACH` characters on both sides of each sequence that only mojibake has.

    UTF-8 writes a character beyond ASCII as two bytes or more, so mojibake stands in runs of two
    characters or more; ftfy's table says which of these runs no language writes.
    """
    if text.isascii():
        return
    for run in _READ_WRONGLY.finditer(text):
        # The table looks at up to two characters on either side.
        for bad in BADNESS_RE.finditer(text, max(run.start() - 2, 0), run.end() + 2):
            if bad[0] not in _LINE_ENDS:
                yield max(bad.start() - MOJIBAKE_REACH, 0), bad.end() + MOJIBAKE_REACH


def random_letter_spans(text: str) -> Iterator[Span]:
    """Yield windows of Latin letters that repeat no more, and have no more vowels, than chance brings.

    Letters count without case and accents; what stands between them does not matter, so random words
    and random runs are alike. A text is cut into windows of equally many letters. Words of a language
    repeat some letters and need vowels, whatever the language; encoded proteins and DNA have fewer
    than 26 letters, so they repeat more than chance does.
    """
    image = _letter_image(text)
    letters = image.translate(None, delete=b" ")
    n_windows = len(letters) // WINDOW_LETTERS
    bounds = [len(letters) * number // n_windows for number in range(n_windows + 1)] if n_windows else []
    windows = [(a, b) for a, b in itertools.pairwise(bounds) if _looks_random(letters[a:b])]
    if not windows:
        return
    places = np.flatnonzero(np.frombuffer(image, dtype=np.uint8) != ord(" "))
    for a, b in windows:
        start, end = int(places[a]), int(places[b - 1]) + 1
        if b - a >= MIN_LETTER_SHARE * (end - start):
            yield start, end


def _looks_random(letters: bytes) -> bool:
    """Return whether vowels, equal letters and equal pairs of letters are no more than chance brings.

    Of n letters drawn evenly from 26, the number of vowels is binomial with p = 5/26. The index of
    coincidence, the share of pairs of places with the same letter, has the mean 1/26 and the standard
    deviation sqrt(50) / (26 n). The pairs of places where the same two letters begin are Poisson with
    a mean of (n - 1) (n - 2) / 2 / 26^2. Vowels come first: they settle most windows at little cost.
    """
    n = len(letters)
    n_vowels = n - len(letters.translate(None, delete=_VOWELS))
    if n_vowels >= 5 / 26 * n + MAX_DEVIATIONS * math.sqrt(5 * 21 * n) / 26:
        return False
    coincidence = sum(count * (count - 1) for count in map(letters.count, _LETTERS)) / (n * (n - 1))
    if coincidence >= 1 / 26 + MAX_DEVIATIONS * math.sqrt(50) / (26 * n):
        return False
    repeated = sum(count * (count - 1) / 2 for count in Counter(itertools.pairwise(letters)).values())
    expected = (n - 1) * (n - 2) / 2 / 26**2
    return repeated < expected + MAX_PAIR_DEVIATIONS * math.sqrt(expected)


def _letter_image(text: str) -> bytes:
    """Return one byte a character: its Latin letter in lower case without accents, else a space."""
    if text.isascii():
        return text.encode().translate(_LETTER_IMAGE)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return _letter_table()[np.minimum(points, _LAST_LATIN + 1)].tobytes()


@functools.cache
def _letter_table() -> np.ndarray:
    """Return the image of each code point up to the last Latin letter with accents, and of all others."""
    table = np.full(_LAST_LATIN + 2, ord(" "), dtype=np.uint8)
    for point in range(_LAST_LATIN + 1):
        base = unicodedata.normalize("NFKD", chr(point))[0].lower()
        if base in string.ascii_lowercase:
            table[point] = ord(base)
    return table
