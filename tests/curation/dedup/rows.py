"""Records for the tests of dedup, and a naive version of it that is obviously right."""

import itertools
from collections import Counter
from collections.abc import Sequence

import polars as pl

from entropy_assets.curation.dedup import Known
from entropy_assets.curation.dedup.tokens import normalise
from entropy_assets.curation.dedup.writing import folded
from entropy_assets.records import SCHEMA, content_id
from entropy_assets.settings import DedupSettings

PARAMS = DedupSettings()
EXHAUSTIVE = DedupSettings(hashes=24, bands=24)
"""So many bands of one hash that no pair above the threshold is missed: (1 - 0.7)^24 is 3e-13."""


def framed(texts: Sequence[str], drop: str = "new") -> pl.DataFrame:
    """Return one text record each, at the lines 1, 2, … of a file."""
    rows = [
        {
            "id": content_id({"kind": "text", "text": text}),
            "row_id": f"{drop}-{line}",
            "source": "web",
            "kind": "text",
            "text": text,
            "drop": drop,
            "file": "a.jsonl",
            "line": line,
        }
        for line, text in enumerate(texts, start=1)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def pool(texts: Sequence[str] = (), params: DedupSettings = PARAMS) -> Known:
    return Known.of(framed(texts, "old"), params)


def shingles(text: str, n: int) -> set[tuple[str, ...]]:
    words = normalise(text).split()
    return {tuple(words[start : start + n]) for start in range(len(words) - n + 1)}


def jaccard(a: str, b: str, n: int) -> float:
    first, second = shingles(a, n), shingles(b, n)
    return len(first & second) / len(first | second) if first and second else 0.0


def bag(text: str) -> dict[str, int]:
    words = normalise(text).split()
    return {word: words.count(word) for word in words}


def says_other(a: str, b: str) -> bool:
    """Return whether two texts of plain words say different things, by dictionaries; case counts."""
    cased = [Counter(text.split()) for text in (a, b)]
    other_case = min((cased[0] - cased[1]).total(), (cased[1] - cased[0]).total())
    if normalise(a).split() == normalise(b).split() and other_case:
        return True
    bags = [bag(a), bag(b)]
    n = min(sum(counts.values()) for counts in bags)
    swapped, numbers, echoed = [], [], []
    for mine, other in (bags, bags[::-1]):
        extra = {word: max(0, count - other.get(word, 0)) for word, count in mine.items()}
        swapped.append(sum(extra.values()))
        numbers.append(sum(count for word, count in extra.items() if word[0].isdigit()))
        echoed.append(sum(count >= 2 and word not in other for word, count in mine.items()))
    s, m, e = min(swapped), min(numbers), min(echoed)
    if (
        names_another(a, b)
        or differs_at_one_place(a.split(), b.split())
        or is_turned(normalise(a).split(), normalise(b).split())
    ):
        return True
    return max(s, other_case - s) > max(1, 0.05 * n) or max(e, m) > 0.005 * n


def parted(a: list[str], b: list[str]) -> tuple[list[str], list[str]]:
    """Return two lists of words without what both begin and end with."""
    while a and b and a[0] == b[0]:
        a, b = a[1:], b[1:]
    while a and b and a[-1] == b[-1]:
        a, b = a[:-1], b[:-1]
    return a, b


def differs_at_one_place(a: list[str], b: list[str]) -> bool:
    """Return whether one or two words, a number among them, stand in the place of as few without a number."""
    sides = parted(a, b)
    if not all(1 <= len(words) <= 2 for words in sides):
        return False
    numbered = [any(word.isdigit() for word in words) for words in sides]
    return numbered[0] != numbered[1]


def names_another(a: str, b: str) -> bool:
    """Return whether two texts have one or two other words at one place, and words among them."""
    if max(len(a.split()), len(b.split())) >= 40 and max(map(len, parted(a.split(), b.split()))) > 3:
        return False
    if max(len("".join(side)) for side in parted(list(a), list(b))) > 80:
        return False
    bags = [Counter(" ".join(words).lower().split()) for words in parted(a.split(), b.split())]
    sides = [(bags[0] - bags[1]), (bags[1] - bags[0])]
    if not all(sides) and max(len(a.split()), len(b.split())) < 40:
        added = [word for side in sides for word in side.elements()]
        return len(added) == 1 and len(added[0]) > 1 and added[0].isalpha()
    return all(side.total() <= 2 and any(word.isalpha() for word in side) for side in sides)


def is_turned(a: list[str], b: list[str]) -> bool:
    """Return whether up to six words and up to six others changed places, or a number went to another one.

    So it is at several places, where a word stands between two of them that does not stand before them all;
    and where a few words are mixed, and no part alone went to another place.
    """
    n_before = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), 0)
    before = a[n_before - 1 : n_before] if n_before else []
    a, b = parted(a, b)
    others = [n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y]
    apart = [(x, y) for x, y in itertools.pairwise(others) if y - x > 1]
    is_short = "x" * 7 not in "".join("x" if n in others else " " for n in range(len(a)))
    are_same = len(a) == len(b) and sorted(a) == sorted(b)
    if are_same and is_short and len(others) <= 24:
        told = any(word not in before for x, y in apart for word in a[x + 1 : y])
        if told:
            return True
    if len(a) > 1 and any(x[0].isdigit() and [*x[1:], x[0]] == y for x, y in ((a, b), (b, a))):
        return True
    if are_same and 6 <= len(a) <= 40 and not any([*a[cut:], *a[:cut]] == b for cut in range(1, len(a))):
        return True
    return any(
        [*a[len(a) - m :], *a[n : len(a) - m], *a[:n]] == b
        for n in range(1, 7)
        for m in range(1, 7)
        if n + m < len(a)
    )


def naive(
    texts: Sequence[str], known: Sequence[str], params: DedupSettings
) -> tuple[list[str], dict[str, str]]:
    """Return the texts that stay and text -> keeper of all others: all pairs, greedy in keeper order."""

    def in_order(pile: Sequence[str]) -> list[str]:
        return sorted(
            set(pile), key=lambda text: (-len(text.encode()), content_id({"kind": "text", "text": text}))
        )

    old = in_order(known)
    first: dict[str, str] = {}
    removed: dict[str, str] = {}
    for text in old:
        first.setdefault(folded(text), text)
    stays: list[str] = []
    for text in in_order(texts):
        if text in old:
            removed[text] = text
        elif folded(text) in first:
            removed[text] = first[folded(text)]
        else:
            first[folded(text)] = text
            stays.append(text)
    kept: list[str] = []
    for text in stays:
        for keeper in [*old, *kept]:
            similar = jaccard(keeper, text, params.shingle) >= params.threshold
            if similar and not says_other(keeper, text):
                removed[text] = keeper
                break
        else:
            kept.append(text)
    for text, keeper in removed.items():  # a copy of a near-copy follows it
        removed[text] = removed.get(keeper, keeper) if keeper not in old else keeper
    return kept, removed
