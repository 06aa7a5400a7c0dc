"""Verification: what two texts have in common and what each has alone, counted on their own tokens.

What belongs here: measures of pairs. What does not: where pairs come from, and who is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.dedup import tokens as tk

TELLING_SHARE = 0.005
SWAPPED_SHARE = 0.05

_HASH_BITS = 40
_MASK = np.uint64((1 << _HASH_BITS) - 1)


@dataclass(frozen=True)
class Texts:
    """The texts of a piece of work, cut once for all measures.

    Parameters
    ----------
    shingles
        Distinct shingles of each text.
    distinct, repeated
        Distinct tokens of each text, and those of them that stand there twice or more.
    tokens
        All tokens of each text; the second cat of a text is another value than the first.
    """

    shingles: tk.Tokens
    distinct: tk.Tokens
    repeated: tk.Tokens
    tokens: tk.Tokens


def prepare(texts: Sequence[str], n_shingle: int) -> Texts:
    """Return normalised texts, ready to be measured."""
    tokens = tk.tokenise(texts)
    shingles, _, _ = _runs(tk.shingle(tokens, n_shingle))
    return Texts(shingles, *_runs(tokens))


def similarity(texts: Texts, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the Jaccard similarity of the shingle sets of texts a and b: (pairs,) float64, 0 to 1."""
    common = _common(texts.shingles, a, texts.shingles, b)
    sizes = texts.shingles.counts
    shares: np.ndarray = common / np.maximum(sizes[a] + sizes[b] - common, 1)
    return shares


def says_other(texts: Texts, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return whether texts a and b, though similar, say different things: (pairs,) bool.

    A token is swapped where a has it and b lacks it, and b has another that a lacks; of the two one-sided
    differences the smaller one counts, so that what was added or cut is no swap. Two texts of n tokens
    (the shorter one) say different things where one of these holds:

    * a token that stands at least twice in one text is nowhere in the other, both ways, more than
      `TELLING_SHARE` * n times: a changed name or number recurs, a slip of the pen does not;
    * only numbers are swapped, and more than `TELLING_SHARE` * n of them;
    * more numbers are swapped than 2 * `TELLING_SHARE` * n, and more than one;
    * more tokens are swapped than `SWAPPED_SHARE` * n, and more than one.
    """
    n = np.minimum(texts.tokens.counts[a], texts.tokens.counts[b])
    all_numbers = _only(texts.tokens, (texts.tokens.hashes & np.uint64(1)) == 1)
    numbers = _fewer(all_numbers, all_numbers, a, b)
    swapped = _fewer(texts.tokens, texts.tokens, a, b)
    echoed = _fewer(texts.repeated, texts.distinct, a, b)
    is_other: np.ndarray = (
        (echoed > TELLING_SHARE * n)
        | ((numbers == swapped) & (numbers > TELLING_SHARE * n))
        | (numbers > np.maximum(1, 2 * TELLING_SHARE * n))
        | (swapped > np.maximum(1, SWAPPED_SHARE * n))
    )
    return is_other


def _runs(tokens: tk.Tokens) -> tuple[tk.Tokens, tk.Tokens, tk.Tokens]:
    """Return each text's distinct tokens, those that stand there twice or more, and all, told apart."""
    row = np.repeat(np.arange(len(tokens.counts), dtype=np.uint64), tokens.counts)
    keys = np.sort((row << np.uint64(_HASH_BITS)) | (tokens.hashes & _MASK))
    is_first = np.ones(len(keys), bool)
    is_first[1:] = keys[1:] != keys[:-1]
    firsts = np.flatnonzero(is_first)
    lengths = np.diff(np.append(firsts, len(keys)))
    occurrence = (np.arange(len(keys)) - np.repeat(firsts, lengths)).astype(np.uint64)
    each = tk.Tokens(keys & _MASK, tokens.starts)  # still grouped by text: the text is the high bits
    is_number = each.hashes & np.uint64(1)
    told_apart = (
        tk.mix(each.hashes ^ (occurrence << np.uint64(_HASH_BITS))) & _MASK & ~np.uint64(1)
    ) | is_number
    repeated = is_first.copy()
    repeated[firsts] = lengths >= 2
    return _only(each, is_first), _only(each, repeated), tk.Tokens(told_apart, tokens.starts)


def _only(tokens: tk.Tokens, keep: np.ndarray) -> tk.Tokens:
    """Return the tokens of each text for which `keep` holds."""
    kept = np.concatenate(([0], np.cumsum(keep)))
    return tk.Tokens(tokens.hashes[keep], kept[tokens.starts])


def _fewer(tokens: tk.Tokens, others: tk.Tokens, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the fewer of a's tokens that are not among b's others, and b's not among a's."""
    lacks = [tokens.counts[x] - _common(tokens, x, others, y) for x, y in ((a, b), (b, a))]
    fewer: np.ndarray = np.minimum(*lacks)
    return fewer


def _common(left: tk.Tokens, a: np.ndarray, right: tk.Tokens, b: np.ndarray) -> np.ndarray:
    """Return how many values each left[a] and right[b] have in common; no text holds a value twice."""
    keys = np.sort(np.concatenate([_keyed(left, a), _keyed(right, b)]))
    twice = keys[1:][keys[1:] == keys[:-1]] >> np.uint64(_HASH_BITS)
    return np.bincount(twice.astype(np.int64), minlength=len(a))


def _keyed(tokens: tk.Tokens, texts: np.ndarray) -> np.ndarray:
    """Return the values of the texts of each pair, below the number of the pair."""
    counts = tokens.counts[texts]
    ends = np.cumsum(counts)
    places = np.repeat(tokens.starts[texts] - ends + counts, counts) + np.arange(ends[-1] if len(ends) else 0)
    pair = np.repeat(np.arange(len(texts), dtype=np.uint64), counts)
    keyed: np.ndarray = (pair << np.uint64(_HASH_BITS)) | (tokens.hashes[places] & _MASK)
    return keyed
