"""Texts as tokens and shingles, in arrays: what two texts have in common is counted on these.

A token is a run of letters and digits, or one character of a script without spaces (Chinese, Japanese,
Thai, Lao, Khmer, Burmese). Case, white space and punctuation play no part. A shingle is a run of n tokens,
so texts without spaces are shingled by characters, and mixed texts by both.

Which characters are letters is a fixed table here and no property of a Unicode release, so a stored
signature stays true when Python is renewed.

What belongs here: normalising, cutting and hashing. What does not: which texts are compared.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import xxhash

VERSION = 1
"""Part of the scheme of stored signatures: changes whenever another hash comes out for any text."""

_BASE = np.uint64(0x9E3779B97F4A7C15)
_LIMIT = 0x110000
_BREAK, _LETTER, _ALONE, _DIGIT = range(4)
_SEPARATORS = (
    (0x80, 0xA9), (0xAB, 0xB4), (0xB6, 0xB9), (0xBB, 0xBF), (0xD7, 0xD7), (0xF7, 0xF7), (0x2000, 0x206F),
    (0x20A0, 0x20CF), (0x2190, 0x2BFF), (0x2E00, 0x2E7F), (0x3000, 0x3004), (0x3008, 0x3020),
    (0x3030, 0x3030), (0x303D, 0x303F), (0x30FB, 0x30FB), (0xFE10, 0xFE1F), (0xFE30, 0xFE6F),
    (0xFEFF, 0xFEFF), (0xFF01, 0xFF0F), (0xFF1A, 0xFF20), (0xFF3B, 0xFF40), (0xFF5B, 0xFF65),
    (0xFFE0, 0xFFFF),
)  # fmt: skip
"""First and last code point of each block beyond ASCII that holds punctuation, spaces and symbols."""
_SPACELESS = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007),
    (0x3021, 0x302F), (0x3031, 0x303C), (0x3040, 0x30FA), (0x30FC, 0x30FF), (0x31F0, 0x31FF),
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x1B000, 0x1B16F),
    (0x20000, 0x323AF),
)  # fmt: skip
"""Blocks of scripts that are written without spaces: one character is one token."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of n texts, one text after the other.

    Parameters
    ----------
    hashes
        (t,) uint64, one a token; the lowest bit tells a number.
    starts
        (n + 1,) int64, where each text's tokens begin; the last is t.
    """

    hashes: np.ndarray
    starts: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """Tokens of each text, (n,) int64."""
        return np.diff(self.starts)


def normalise(text: str) -> str:
    r"""Return a text as it is compared: NFC, lower case, each run of white space one space.

    >>> normalise("  The\tCAT \n sat ")
    'the cat sat'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.lower().split())


def hash_text(text: str) -> int:
    """Return 64 bits of a normalised text: XXH3 of its UTF-8."""
    return xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


def tokenise(texts: Sequence[str]) -> Tokens:
    """Return the tokens of texts that have been normalised.

    >>> tokens = tokenise(["the cat sat on 2 mats", "你好"])
    >>> tokens.counts.tolist(), (tokens.hashes & np.uint64(1)).tolist()
    ([6, 2], [0, 0, 0, 0, 1, 0, 0, 0])
    """
    joined = "\n".join(texts) + "\n"
    if joined.isascii():
        points = np.frombuffer(joined.encode(), np.uint8)
    else:
        points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    kinds = _kinds()[points]
    is_start = kinds != _BREAK
    is_start[1:] &= (kinds[:-1] == _BREAK) | (kinds[1:] == _ALONE) | (kinds[:-1] == _ALONE)
    places = np.flatnonzero(is_start)
    ends = np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)) + 1)
    starts = np.concatenate(([0], np.searchsorted(places, ends)))
    if not len(places):
        return Tokens(np.zeros(0, np.uint64), starts)
    # A token's hash is a polynomial in its characters: summed with running powers of the base, then
    # divided by the power at its start, which is a product, since the base is odd.
    powers, inverses = _powers(len(points).bit_length())
    terms = (points + np.uint64(1)) * powers[: len(points)]
    terms[kinds == _BREAK] = 0
    hashes = mix(np.add.reduceat(terms, places) * inverses[places])
    is_number = (kinds[places] == _DIGIT).astype(np.uint64)
    return Tokens((hashes & ~np.uint64(1)) | is_number, starts)


def cuts(texts: Sequence[str], n_chars: int) -> list[np.ndarray]:
    """Return the places of texts in pieces of at most `n_chars` characters, at least one text in each.

    Plain ASCII comes first and apart: one other character makes a piece four times as large.
    """
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    is_wide = np.fromiter((not text.isascii() for text in texts), bool, len(texts))
    pieces = []
    for kind in (False, True):
        places = np.flatnonzero(is_wide == kind)
        ends = np.cumsum(sizes[places])
        start = done = 0
        while start < len(places):
            stop = max(start + 1, int(np.searchsorted(ends, done + n_chars, side="right")))
            pieces.append(places[start:stop])
            start, done = stop, int(ends[stop - 1])
    return pieces


def shingle(tokens: Tokens, n: int) -> Tokens:
    """Return the runs of `n` tokens of each text, repeats included; texts with fewer tokens have none."""
    hashes, counts = tokens.hashes, tokens.counts
    n_shingles = np.maximum(counts - n + 1, 0)
    starts = np.concatenate(([0], np.cumsum(n_shingles)))
    first = np.repeat(tokens.starts[:-1] - starts[:-1], n_shingles) + np.arange(starts[-1])
    total = np.zeros(len(first), np.uint64)
    for place in range(n):
        total = total * _BASE + hashes[first + place]
    return Tokens(mix(total), starts)


def mix(values: np.ndarray) -> np.ndarray:
    """Return each 64-bit value scrambled, one to one (the finaliser of SplitMix64)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = values ^ (values >> np.uint64(31))
    return mixed


@cache
def _kinds() -> np.ndarray:
    kinds = np.full(_LIMIT, _LETTER, np.uint8)
    kinds[:0x80] = [_LETTER if chr(point).isalnum() else _BREAK for point in range(0x80)]
    kinds[0x30:0x3A] = _DIGIT
    kinds[0xFF10:0xFF1A] = _DIGIT
    for blocks, kind in ((_SPACELESS, _ALONE), (_SEPARATORS, _BREAK)):
        for first, last in blocks:
            kinds[first : last + 1] = kind
    return kinds


@cache
def _powers(bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Return 2^bits powers of the base and of its inverse modulo 2^64."""
    both = []
    for base in (int(_BASE), pow(int(_BASE), -1, 2**64)):
        factors = np.full(1 << bits, base, np.uint64)
        factors[0] = 1
        both.append(np.multiply.accumulate(factors))
    return both[0], both[1]
