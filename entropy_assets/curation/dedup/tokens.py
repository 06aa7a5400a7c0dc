"""Texts as tokens and shingles, in arrays: what two texts have in common is counted on these.

A token is a run of letters and digits, or one character of a script without spaces (Chinese, Japanese,
Thai, Lao, Khmer, Burmese). Case, white space and punctuation play no part; where they do, `writing` says
so. A shingle is a run of n tokens, so texts without spaces are shingled by characters, and mixed texts by
both.

Which characters are letters is a fixed table here and no property of a Unicode release, so a stored
signature stays true when Python is renewed.

What belongs here: normalising, cutting and hashing. What does not: which texts are compared.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from operator import methodcaller

import numpy as np

from entropy_assets.ngrams import BASE, keys_within, positions_of

VERSION = 1
"""Part of the scheme of stored signatures: changes whenever another hash comes out for any text."""

_LIMIT = 0x110000
_BREAK, _LETTER, _ALONE = range(3)
_SPACE = 0x20
_LOWER = bytes(_SPACE if chr(point).isspace() else ord(chr(point).lower()) for point in range(0x80))
_LOWER += bytes(0x80)
"""Each ASCII character in lower case, white space as a space; the table of `bytes.translate`."""
_VALUES = bytes(point + 1 if point < 0x80 and chr(point).isalnum() else 0 for point in range(0x100))
"""Each ASCII letter and digit by its term of a token's hash, 0 for all others."""

PIECE_CHARS = 1 << 18
"""Characters that are cut at a time: their arrays of 64 bits stay in a processor's cache."""

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

ALONE_CLASS = "".join(f"{chr(first)}-{chr(last)}" for first, last in _SPACELESS)
TOKEN = re.compile(rf"[{ALONE_CLASS}]|[^\W_{ALONE_CLASS}]+")
"""A token in a text, for what changes texts; what is compared is cut by the tables above."""

_BREAKS = r"\x00-/:-@\[-`{-\x7f" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _SEPARATORS)
WHOLE = re.compile(rf"[{ALONE_CLASS}]|[^{_BREAKS}{ALONE_CLASS}]+")
"""A token in a text as the tables cut it: vowel signs and other marks are parts of words."""


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


@dataclass(frozen=True)
class Scattered:
    """The tokens of n texts, those of each anywhere in one array.

    Parameters
    ----------
    hashes
        (t,) uint64, as in `Tokens`.
    starts, counts
        (n,) int64, where each text's tokens begin and how many they are.
    """

    hashes: np.ndarray
    starts: np.ndarray
    counts: np.ndarray

    def take(self, texts: np.ndarray) -> Tokens:
        """Return the tokens of these texts."""
        counts = self.counts[texts]
        ends = np.concatenate(([0], np.cumsum(counts)))
        return Tokens(self.hashes[positions_of(self.starts[texts], counts)], ends)


def normalise(text: str) -> str:
    r"""Return a text as it is compared: NFC, lower case, each run of white space one space.

    >>> normalise("  The\tCAT \n sat ")
    'the cat sat'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    return " ".join(text.lower().split())


@dataclass(frozen=True)
class Flat:
    """Normalised texts as one array of characters, each text followed by one that is no part of a token.

    Parameters
    ----------
    points
        (c,) code points: uint8 where all texts are ASCII, else uint32.
    ends
        (n,) int64, the place behind each text; the next one begins one further.
    """

    points: np.ndarray
    ends: np.ndarray

    @property
    def starts(self) -> np.ndarray:
        """Where each text begins, (n,) int64."""
        return np.concatenate(([0], self.ends + 1))[: len(self.ends)]


def flatten(texts: Sequence[bytes]) -> Flat:
    """Return texts, given in UTF-8, normalised; see `normalise`."""
    joined = b"\n".join([*texts, b""])
    if joined.isascii():
        return _flat_ascii(joined, np.fromiter(map(len, texts), np.int64, len(texts)))
    normal = [normalise(text.decode()) for text in texts]
    encoded = "\n".join([*normal, ""]).encode("utf-32-le")
    sizes = np.fromiter(map(len, normal), np.int64, len(normal))
    return Flat(np.frombuffer(encoded, np.uint32), np.cumsum(sizes + 1) - 1)


def _flat_ascii(joined: bytes, sizes: np.ndarray) -> Flat:
    """Return `flatten` of ASCII texts of these sizes, a line break behind each: all of them in one pass."""
    points = np.frombuffer(joined.translate(_LOWER), np.uint8)
    breaks = np.cumsum(sizes + 1) - 1
    is_space = points == _SPACE
    keep = ~is_space
    keep[1:] |= keep[:-1]  # a space stays behind a character, so the first of each run
    keep[breaks] = True
    is_last = is_space[breaks - 1] & (sizes > 0)
    if is_last.any():  # a run that ends a text goes whole
        firsts = np.flatnonzero(is_space & keep)
        behind = np.searchsorted(firsts, breaks[is_last])
        keep[firsts[np.maximum(behind - 1, 0)]] = False
        keep[breaks] = True
    dropped = np.flatnonzero(~keep)
    return Flat(points[keep], breaks - np.searchsorted(dropped, breaks))


def tokenise(texts: Sequence[bytes]) -> Tokens:
    """Return the tokens of texts, given in UTF-8; they are normalised first.

    >>> tokens = tokenise([b"the cat sat on 2 mats", "你好".encode()])
    >>> tokens.counts.tolist(), (tokens.hashes & np.uint64(1)).tolist()
    ([6, 2], [0, 0, 0, 0, 1, 0, 0, 0])
    """
    pieces = cuts(texts, PIECE_CHARS)
    made = [cut(flatten([texts[place] for place in places])) for places in pieces]
    return scattered(pieces, made, len(texts)).take(np.arange(len(texts)))


def scattered(pieces: Sequence[np.ndarray], made: Sequence[Tokens], n: int) -> Scattered:
    """Return the tokens of n texts, made in pieces: of the texts at `pieces[i]` they are `made[i]`."""
    starts, counts = np.zeros(n, np.int64), np.zeros(n, np.int64)
    done = 0
    for places, tokens in zip(pieces, made, strict=True):
        starts[places], counts[places] = tokens.starts[:-1] + done, tokens.counts
        done += len(tokens.hashes)
    return Scattered(np.concatenate([np.zeros(0, np.uint64), *(one.hashes for one in made)]), starts, counts)


def joined(pieces: Sequence[Scattered]) -> Scattered:
    """Return the tokens of the texts of all pieces, one piece behind the other."""
    before = np.cumsum([0, *(len(piece.hashes) for piece in pieces)])
    return Scattered(
        np.concatenate([piece.hashes for piece in pieces]),
        np.concatenate([piece.starts + done for piece, done in zip(pieces, before, strict=False)]),
        np.concatenate([piece.counts for piece in pieces]),
    )


def behind(first: Tokens, second: Tokens) -> Tokens:
    """Return the tokens of the first texts and, behind them, those of the second ones."""
    starts = np.concatenate([first.starts, second.starts[1:] + first.starts[-1]])
    return Tokens(np.concatenate([first.hashes, second.hashes]), starts)


def cut(flat: Flat) -> Tokens:
    """Return the tokens of normalised texts.

    A token's hash is a polynomial in its characters: summed with running powers of the base, then divided
    by the power at its start, which is a product, since the base is odd.
    """
    points = flat.points
    if points.itemsize == 1:
        values = np.frombuffer(points.tobytes().translate(_VALUES), np.uint8)
        is_word = np.zeros(len(values) + 1, bool)
        np.not_equal(values, 0, out=is_word[1:])
        edges = np.flatnonzero(is_word[1:] != is_word[:-1])  # a break ends the last token
        places, last = edges[0::2], edges[1::2] - 1
        terms = values.astype(np.uint64)
    else:
        kinds = _kinds()[points]
        is_word, is_alone = kinds != _BREAK, kinds == _ALONE
        is_start, is_end = is_word.copy(), is_word.copy()
        is_start[1:] &= ~is_word[:-1] | is_alone[1:] | is_alone[:-1]
        is_end[:-1] &= ~is_word[1:] | is_alone[1:] | is_alone[:-1]
        places, last = np.flatnonzero(is_start), np.flatnonzero(is_end)
        terms = points + np.uint64(1)
        terms *= is_word
    starts = np.concatenate(([0], np.searchsorted(places, flat.ends)))
    if not len(places):
        return Tokens(np.zeros(0, np.uint64), starts)
    powers, inverses = _powers(len(points).bit_length())
    terms *= powers[: len(points)]
    sums = np.cumsum(terms, out=terms)[last]
    hashes = np.diff(sums, prepend=np.uint64(0))  # nothing but zeros between two tokens
    hashes *= inverses[places]
    hashes = mix(hashes)
    first = points[places]
    is_number = (first >= 0x30) & (first < 0x3A)
    if points.itemsize > 1:
        is_number |= (first >= 0xFF10) & (first < 0xFF1A)
    return Tokens((hashes & ~np.uint64(1)) | is_number, starts)


def cuts(texts: Sequence[bytes] | Sequence[str], n_chars: int) -> list[np.ndarray]:
    """Return the places of texts in pieces of at most `n_chars` characters, at least one text in each.

    Plain ASCII comes first and apart: one other character makes a piece four times as large.
    """
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    is_wide = ~np.fromiter(map(methodcaller("isascii"), texts), bool, len(texts))
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
    keys, starts = keys_within(tokens.hashes, tokens.starts, n)
    return Tokens(mix(keys), starts)


def mix(values: np.ndarray) -> np.ndarray:
    """Return each 64-bit value scrambled, one to one (the finaliser of SplitMix64)."""
    values = values ^ (values >> np.uint64(30))
    values *= np.uint64(0xBF58476D1CE4E5B9)
    values ^= values >> np.uint64(27)
    values *= np.uint64(0x94D049BB133111EB)
    values ^= values >> np.uint64(31)
    return values


@cache
def _kinds() -> np.ndarray:
    kinds = np.full(_LIMIT, _LETTER, np.uint8)
    kinds[:0x80] = [_LETTER if chr(point).isalnum() else _BREAK for point in range(0x80)]
    for blocks, kind in ((_SPACELESS, _ALONE), (_SEPARATORS, _BREAK)):
        for first, last in blocks:
            kinds[first : last + 1] = kind
    return kinds


@cache
def _powers(bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Return 2^bits powers of the base and of its inverse modulo 2^64."""
    both = []
    for base in (int(BASE), pow(int(BASE), -1, 2**64)):
        factors = np.full(1 << bits, base, np.uint64)
        factors[0] = 1
        both.append(np.multiply.accumulate(factors))
    return both[0], both[1]
