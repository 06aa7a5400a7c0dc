"""The share of a text that is not text of any language: what low compression ratios also mean.

Base64, mojibake and random letters have the lowest ratio there is, so a selector that looks for little
redundancy picks them first, and a probe learns nothing from them. Four parts mark characters, and
`noise_share` is the fraction that any of them marked:

* `encoded_spans`: binary data in a base64 or hexadecimal alphabet
* `impossible_spans`: characters that no text has
* `mojibake_spans`: UTF-8 that was read as another encoding, by the tables of the library ftfy
* `random_letter_spans`: letters as even as chance makes them (Friedman's index of coincidence)

What belongs here: one text at a time, without a reference. What does not: how many such records a drop
may hold, and which records a selection leaves out.

Out of sight by design: noise without Latin letters (random digits, random Chinese characters or
Cyrillic letters), and noise that keeps the frequencies of a language's letters (shuffled or
substituted letters, words out of order).
"""

import functools
import itertools
import math
import re
import string
import unicodedata
from collections.abc import Iterator

import numpy as np
from ftfy.badness import BADNESS_RE

NOISE_SHARE = 0.3

ODD_REACH = 4
"""Characters that one impossible character spoils: all of random bytes, little of a line without spaces."""

MOJIBAKE_REACH = 20
"""Characters on each side that one mojibake sequence spoils."""

WINDOW_LETTERS = 64
MAX_DEVIATIONS = 2.5
MIN_LETTER_SHARE = 0.4

Span = tuple[int, int]
"""First character and the one after the last."""

_RUN_ALPHABET = (string.ascii_letters + string.digits + "+/=_-").encode()
_RUN = re.compile(r"[A-Za-z0-9+/=_-]{24,}")
_CAMEL = re.compile(r"[A-Z](?=[a-z]{2})")
_WORD = re.compile(r"\S+")
_BEYOND_ASCII = re.compile(r"[\x80-\u25ff]{2,}")
_VOWELS = b"aeiou"
_LETTERS = string.ascii_lowercase.encode()
_ASCII_IMAGE = bytes(ord(chr(b).lower()) if chr(b).isalpha() and b<128 else 32 for b in range(256))
_LAST_LATIN = 0x1EFF
_AS_RUN = bytes(120 if byte in _RUN_ALPHABET else 32 for byte in range(256))
_LONG_RUN = b"x" * 24


def noise_share(text: str) -> float:
    if not text:
        return 0.0
    spans = [
        span
        for part in (encoded_spans, impossible_spans, mojibake_spans, random_letter_spans)
        for span in part(text)
    ]
    if not spans:
        return 0.0
    marked = np.zeros(len(text), dtype=bool)
    for start, end in spans:
        marked[start:end] = True
    return float(marked.mean())


def is_noise(text: str) -> bool:
    return noise_share(text) >= NOISE_SHARE


def encoded_spans(text: str) -> Iterator[Span]:
    if _LONG_RUN not in text.encode("latin-1", "replace").translate(_AS_RUN):
        return
    for run in _RUN.finditer(text):
        if _alternation(run[0]) >= 1 / 3:
            yield run.span()


def _alternation(run: str) -> float:
    run = _CAMEL.sub("a", run)  # a capital that begins a word is spelling, not encoding
    kinds = [0 if c.isdigit() else 1 if c.islower() else 2 if c.isupper() else 3 for c in run]
    return sum(a != b and 3 not in (a, b) for a, b in itertools.pairwise(kinds)) / (len(run) - 1)


def impossible_spans(text: str) -> Iterator[Span]:
    # White space apart, isprintable() is False for each of the categories below and for few others.
    if "\ufffd" not in text and "".join(text.split()).isprintable():
        return
    odd = {character for character in set(text) if not _is_text(character)}
    if not odd:
        return
    for word in _WORD.finditer(text):
        spoiled = ODD_REACH * sum(character in odd for character in word[0])
        if spoiled:
            yield word.start(), min(word.end(), word.start() + spoiled)


def _is_text(character: str) -> bool:
    if character in "\n\r\t\f\v\x85":
        return True
    return unicodedata.category(character) not in ("Cc", "Cn", "Co", "Cs") and character != "\ufffd"


def mojibake_spans(text: str) -> Iterator[Span]:
    if text.isascii():
        return
    for run in _BEYOND_ASCII.finditer(text):
        for bad in BADNESS_RE.finditer(text, max(run.start() - 2, 0), run.end() + 2):
            if bad[0] != "\x85":
                yield max(bad.start() - MOJIBAKE_REACH, 0), bad.end() + MOJIBAKE_REACH


def random_letter_spans(text: str) -> Iterator[Span]:
    image = _image(text)
    letters = image.translate(None, delete=b" ")
    n_windows = len(letters) // WINDOW_LETTERS
    bounds = [len(letters) * number // n_windows for number in range(n_windows + 1)] if n_windows else []
    random = [(a, b) for a, b in itertools.pairwise(bounds) if _is_random(letters[a:b])]
    if not random:
        return
    places = np.flatnonzero(np.frombuffer(image, dtype=np.uint8) != ord(" ")).tolist()
    for a, b in random:
        start, end = places[a], places[b - 1] + 1
        if b - a >= MIN_LETTER_SHARE * (end - start):
            yield start, end


def _is_random(letters: bytes) -> bool:
    n = len(letters)
    n_vowels = n - len(letters.translate(None, delete=_VOWELS))
    if n_vowels >= 5 / 26 * n + MAX_DEVIATIONS * math.sqrt(5 * 21 * n) / 26:
        return False
    pairs = sum(count * (count - 1) for count in map(letters.count, _LETTERS))
    return pairs / (n * (n - 1)) < 1 / 26 + MAX_DEVIATIONS * math.sqrt(50) / 26 / n


def _image(text: str) -> bytes:
    if text.isascii():
        return text.encode().translate(_ASCII_IMAGE)
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return _table()[np.minimum(points, _LAST_LATIN + 1)].tobytes()


@functools.cache
def _table() -> np.ndarray:
    table = np.full(_LAST_LATIN + 2, ord(" "), dtype=np.uint8)
    for point in range(_LAST_LATIN + 1):
        base = unicodedata.normalize("NFKD", chr(point))[0].lower()
        if base in string.ascii_lowercase:
            table[point] = ord(base)
    return table
