"""Identities: size, normalised hash and hash of the prompt of many texts at once.

What most texts are is seen in one pass over all their bytes: ASCII, lines that end without white space, and
user and assistant who take turns. Others are looked at one by one, as `writing`, `speakers` and `marked` say;
the values are theirs in either case.

What belongs here: these values of many texts. What does not: what they mean.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xxhash

from entropy_assets.curation.dedup.marked import ANSWER, ASKED, MARKS, REJECTED, ROLES, prompt_hash, unmarked
from entropy_assets.curation.dedup.speakers import hash_of
from entropy_assets.curation.dedup.writing import folded_bytes

_digest = xxhash.xxh3_64_intdigest
_GAP = b"\0"
"""Stands around texts in the pass over all of them."""

_MOST_SPACES = 16
"""White space at an end that is taken away in steps; texts with more are looked at one by one."""

_ASKED, _ANSWER, _REJECTED = map(ord, (ASKED, ANSWER, REJECTED))
_LINE, _MARK, _TAG, _SPACE, _CARRIED, _WIDE = (1 << bit for bit in range(6))
_SIGNS = {
    _LINE: b"\n",
    _MARK: MARKS,
    _TAG: "".join(ROLES.values()).encode(),
    _SPACE: b" \t\n\r\x0b\x0c",
    _CARRIED: b"\r",
    _WIDE: bytes(range(0x80, 0x100)),
}
_KINDS = bytes(sum(kind for kind, signs in _SIGNS.items() if point in signs) for point in range(0x100))
"""What each byte is; the table of `bytes.translate`."""


@dataclass(frozen=True)
class Identities:
    """What is the same in equal texts.

    Parameters
    ----------
    sizes
        (n,) int64, bytes of each text without its marks.
    normalised
        (n,) uint64; see `speakers.hash_of`.
    prompts
        (n,) uint64; see `marked.prompt_hash`.
    """

    sizes: np.ndarray
    normalised: np.ndarray
    prompts: np.ndarray


def identities(texts: Sequence[bytes], fold: tuple[str, ...] = ()) -> Identities:
    r"""Return the identities of marked texts in UTF-8.

    Parameters
    ----------
    texts
        Marked texts; see `marked`.
    fold
        What is folded; see `writing.folded`.

    >>> found = identities([b"a b", b"a b \n", "\x1da b".encode()])
    >>> found.sizes.tolist(), len(set(found.normalised.tolist()))
    ([3, 5, 3], 1)
    """
    sizes = np.fromiter(map(len, texts), np.int64, len(texts))
    joined = _GAP + _GAP.join([*texts, _GAP])
    kinds = np.frombuffer(joined.translate(_KINDS), np.uint8)
    starts = np.cumsum(sizes + 1) - sizes
    ends = starts + sizes
    places = np.flatnonzero((kinds & _MARK) != 0)
    marks = np.frombuffer(joined, np.uint8)[places]
    first, last = places.searchsorted(starts), places.searchsorted(ends)
    prompts = _prompts(texts, joined, kinds, starts, _ends_of_prompts(places, marks, first, last))

    # What is said in each turn, in bytes that are no white space, of which there are less.
    spaces = np.flatnonzero((kinds & _SPACE) != 0)
    behind = np.append(places[1:], 0)
    behind[last[first < last] - 1] = ends[first < last]
    n_said = behind - places - 1 - spaces.searchsorted(behind) + spaces.searchsorted(places)
    turn = np.arange(len(places)) - np.repeat(first, last - first)
    takes_turns = _none_of(marks != np.where(turn % 2, _ANSWER, _ASKED), first, last)
    takes_turns &= np.append(places, 0)[first] == starts
    bare, kinds = joined.translate(None, MARKS), kinds[(kinds & _MARK) == 0]
    starts, ends = starts - first, ends - last
    is_line = (kinds & _LINE) != 0
    is_usual = _none_of(kinds & (_TAG | _CARRIED | _WIDE), starts, ends)
    is_usual &= _none_of(((kinds[:-1] & (_LINE | _SPACE)) == _SPACE) & is_line[1:], starts, ends)
    high, is_cut = _walked(kinds, _SPACE, ends, starts, -1)
    low, is_also_cut = _walked(kinds, _LINE, starts, high, 1)
    gaps = np.flatnonzero(is_line[1:-1] & is_line[2:] & ~is_line[:-2]) + 1
    n_gaps = gaps.searchsorted(high) - gaps.searchsorted(low)
    is_usual &= is_cut & is_also_cut & ((first == last) | takes_turns) & (not fold)
    normalised = np.zeros(len(texts), np.uint64)
    bounds = zip(low[is_usual].tolist(), high[is_usual].tolist(), strict=True)
    normalised[is_usual] = [_digest(bare[start:end]) for start, end in bounds]
    sizes = ends - starts
    for text in np.flatnonzero(is_usual & (first < last) & (n_gaps != last - first - 1)).tolist():
        own = slice(first[text], last[text])
        said = b" ".join(map(b"%c%d".__mod__, zip(marks[own].tolist(), n_said[own].tolist(), strict=True)))
        normalised[text] = _digest(said, seed=int(normalised[text]))
    for text in np.flatnonzero(~is_usual).tolist():
        form = unmarked(texts[text])
        sizes[text] = len(form)
        normalised[text] = hash_of(folded_bytes(form, fold), texts[text])
    return Identities(sizes, normalised, prompts)


def _none_of(values: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return whether no value is set from each start to its end: (n,) bool."""
    found = np.flatnonzero(values != 0)
    none: np.ndarray = found.searchsorted(starts) == found.searchsorted(ends)
    return none


def _walked(
    kinds: np.ndarray, kind: int, bounds: np.ndarray, limits: np.ndarray, step: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the bounds moved over what is of a kind, and which of them came to an end of it: (n,) both."""
    bounds, going = bounds.copy(), np.arange(len(bounds))
    for _ in range(_MOST_SPACES):
        here = bounds[going]
        going = going[(here != limits[going]) & ((kinds[here - (step < 0)] & kind) != 0)]
        bounds[going] += step
    is_at_end = np.ones(len(bounds), bool)
    is_at_end[going] = False
    return bounds, is_at_end


def _ends_of_prompts(
    places: np.ndarray, marks: np.ndarray, first: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """Return where the last answer of each text begins, the first one's of a preference: (n,) int64, or 0."""
    answers = np.flatnonzero(marks == _ANSWER)
    low, high = answers.searchsorted(first), answers.searchsorted(last)
    wanted = np.where(_none_of(marks == _REJECTED, first, last), high - 1, low)
    found = np.zeros(len(first), np.int64)
    found[low < high] = places[answers[wanted[low < high]]]
    return found


def _prompts(
    texts: Sequence[bytes], joined: bytes, kinds: np.ndarray, starts: np.ndarray, ends: np.ndarray
) -> np.ndarray:
    """Return the hash of each prompt, which goes from its start to its end in the joined texts."""
    found = np.zeros(len(texts), np.uint64)
    asking = np.flatnonzero(ends > starts)
    starts = starts[asking]
    high, is_cut = _walked(kinds, _SPACE, ends[asking], starts, -1)
    says = (kinds[starts] & (_MARK | _SPACE) == 0) | (kinds[starts + 1] & (_MARK | _SPACE) == 0)
    is_usual = says & is_cut
    bounds = zip(starts[is_usual].tolist(), high[is_usual].tolist(), strict=True)
    found[asking[is_usual]] = [_digest(joined[start:end]) or 1 for start, end in bounds]
    for text in asking[~is_usual].tolist():
        found[text] = prompt_hash(texts[text])
    return found
