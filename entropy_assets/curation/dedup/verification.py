"""Verification: what two texts have in common and what each has alone, counted on their own tokens.

What belongs here: measures of pairs. What does not: where pairs come from, and who is kept.
"""

from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.ngrams import positions_of

TELLING_SHARE = 0.005
SWAPPED_SHARE = 0.05

_HASH_BITS = 40
_MASK = np.uint64((1 << _HASH_BITS) - 1)


@dataclass(frozen=True)
class Measurable:
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


def prepare(tokens: tk.Tokens, n_shingle: int) -> Measurable:
    """Return texts, given as their tokens, ready to be measured."""
    return Measurable(distinct_shingles(tokens, n_shingle), *_by_occurrence(tokens))


def distinct_shingles(tokens: tk.Tokens, n_shingle: int) -> tk.Tokens:
    """Return the distinct shingles of each text, in order."""
    shingles, is_first = _sorted_within(tk.shingle(tokens, n_shingle))
    return _only(shingles, is_first)


def similarity(texts: Measurable, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the Jaccard similarity of the shingle sets of texts a and b: (pairs,) float64, 0 to 1."""
    common = _common(texts.shingles, a, texts.shingles, b)
    sizes = texts.shingles.counts
    shares: np.ndarray = common / np.maximum(sizes[a] + sizes[b] - common, 1)
    return shares


def most_similar(texts: Measurable, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return what `similarity` cannot exceed, since the sets differ in size: (pairs,) float64, 0 to 1."""
    sizes = texts.shingles.counts
    shares: np.ndarray = np.minimum(sizes[a], sizes[b]) / np.maximum(np.maximum(sizes[a], sizes[b]), 1)
    return shares


def says_other(texts: Measurable, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return whether texts a and b, though similar, say different things, and how many tokens are swapped.

    The first is (pairs,) bool, the second (pairs,) int64.

    A token is swapped where a has it and b lacks it, and b has another that a lacks; of the two one-sided
    differences the smaller one counts, so that what was added or cut is no swap. Two texts of n tokens
    (the shorter one) say different things where one of these holds:

    * a token that stands at least twice in one text is nowhere in the other, both ways, more than
      `TELLING_SHARE` * n times: a changed name or number recurs, a slip of the pen does not;
    * more numbers are swapped than `TELLING_SHARE` * n, whatever words are swapped beside them;
    * more tokens are swapped than `SWAPPED_SHARE` * n, and more than one.
    """
    counts = texts.tokens.counts
    n = np.minimum(counts[a], counts[b])
    all_numbers = _only(texts.tokens, (texts.tokens.hashes & np.uint64(1)) == 1)
    n_numbers = all_numbers.counts
    numbers = np.minimum(n_numbers[a], n_numbers[b]) - _common(all_numbers, a, all_numbers, b)
    swapped = n - _common(texts.tokens, a, texts.tokens, b)
    repeated, distinct = texts.repeated, texts.distinct
    a_only = repeated.counts[a] - _common(repeated, a, distinct, b)
    b_only = repeated.counts[b] - _common(repeated, b, distinct, a)
    echoed = np.minimum(a_only, b_only)
    is_other: np.ndarray = (
        (echoed > TELLING_SHARE * n)
        | (numbers > TELLING_SHARE * n)
        | (swapped > np.maximum(1, SWAPPED_SHARE * n))
    )
    return is_other, swapped


def summed(values: np.ndarray, tokens: tk.Tokens) -> np.ndarray:
    """Return the sum of the values, one a token, of each text modulo 2^64: (n,) uint64."""
    ends = np.concatenate([np.zeros(1, np.uint64), np.cumsum(values, dtype=np.uint64)])[tokens.starts]
    return np.diff(ends)


def _sorted_within(tokens: tk.Tokens) -> tuple[tk.Tokens, np.ndarray]:
    """Return each text's tokens in order of their lower bits, and where one is the first of its value."""
    row = np.arange(len(tokens.counts), dtype=np.uint64) << np.uint64(_HASH_BITS)
    keys = np.repeat(row, tokens.counts)
    keys |= tokens.hashes & _MASK
    keys.sort(kind="stable")  # which finds the runs: texts are in order already
    is_first = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=is_first[1:])
    keys &= _MASK
    return tk.Tokens(keys, tokens.starts), is_first


def _by_occurrence(tokens: tk.Tokens) -> tuple[tk.Tokens, tk.Tokens, tk.Tokens]:
    """Return each text's distinct tokens, those that stand there twice or more, and all, told apart."""
    each, is_first = _sorted_within(tokens)
    is_repeat = np.flatnonzero(~is_first)
    repeated = np.zeros(len(is_first), bool)
    repeated[is_repeat[is_first[is_repeat - 1]] - 1] = True
    # Which one of its value it is: places since the last first one.
    first = np.maximum.accumulate(np.where(is_first, np.arange(len(is_first)), 0))
    own = each.hashes[is_repeat]
    occurrence = (is_repeat - first[is_repeat]).astype(np.uint64)
    told_apart = tk.mix(own ^ (occurrence << np.uint64(_HASH_BITS))) & _MASK & ~np.uint64(1)
    hashes = each.hashes.copy()
    hashes[is_repeat] = told_apart | (own & np.uint64(1))
    told, _ = _sorted_within(tk.Tokens(hashes, tokens.starts))
    return _only(each, is_first), _only(each, repeated), told


def _only(tokens: tk.Tokens, keep: np.ndarray) -> tk.Tokens:
    """Return the tokens of each text for which `keep` holds."""
    kept = np.concatenate(([0], np.cumsum(keep)))
    return tk.Tokens(tokens.hashes[keep], kept[tokens.starts])


def _common(left: tk.Tokens, a: np.ndarray, right: tk.Tokens, b: np.ndarray) -> np.ndarray:
    """Return how many values each left[a] and right[b] have in common; no text holds a value twice."""
    keys = np.concatenate([_keyed(left, a), _keyed(right, b)])
    keys.sort(kind="stable")  # a merge where both are in order
    twice = keys[1:][keys[1:] == keys[:-1]] >> np.uint64(_HASH_BITS)
    return np.bincount(twice.astype(np.int64), minlength=len(a))


def _keyed(tokens: tk.Tokens, texts: np.ndarray) -> np.ndarray:
    """Return the values of the texts of each pair, below the number of the pair."""
    counts = tokens.counts[texts]
    pair = np.arange(len(texts), dtype=np.uint64) << np.uint64(_HASH_BITS)
    keyed: np.ndarray = np.repeat(pair, counts)
    keyed |= tokens.hashes[positions_of(tokens.starts[texts], counts)]
    return keyed
