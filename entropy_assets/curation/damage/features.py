"""The numbers that a detector sees of a passage: its surface, its surprise, its neighbours, its batch.

What belongs here: putting them together, always under what is left of a pool without some of its records.
What does not: learning from them (`detector`).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import scipy.sparse

from entropy_assets.curation.damage.language import Counts
from entropy_assets.curation.damage.neighbours import Space, nearest, terms
from entropy_assets.curation.damage.passages import Passage
from entropy_assets.curation.damage.scripts import WORD, has_unspaced
from entropy_assets.curation.damage.surface import question_part, surface

_EDGE, _SHORT_EDGE = 24, 8
"""Characters of a beginning and an end; the second of scripts that write no spaces."""
_FEW = 20
_ROWS = 512


@dataclass(frozen=True)
class Reference:
    """Sound passages of a pool, and what others are compared with.

    Parameters
    ----------
    items
        The passages.
    space, vectors
        Their space, and (n, d) float32 their places in it.
    shapes
        (n, f) float32, `surface` of their answers.
    """

    items: list[Passage]
    space: Space
    vectors: np.ndarray
    shapes: np.ndarray

    @classmethod
    def of(cls, items: list[Passage], seed: int) -> "Reference":
        """Return the reference of some passages."""
        counts = terms([item.text for item in items])
        space = Space.of(counts, seed)
        shapes = _matrix(surface([item.answer for item in items]))
        return cls(items, space, space.vectors(counts), shapes)


@dataclass(frozen=True)
class Seen:
    """What is seen of some passages.

    The last columns say what recurs in the batch, and depend on what came together.

    Parameters
    ----------
    names
        Names of the numbers.
    values
        (n, len(names)) float32.
    neighbours
        (n, k) int64, places of the nearest passages of the reference.
    held
        (n,) float32 in [0, 1], how much of each the reference's space holds.
    """

    names: tuple[str, ...]
    values: np.ndarray
    neighbours: np.ndarray
    held: np.ndarray

    @property
    def near(self) -> np.ndarray:
        """(n,) float32, the mean cosine between each passage and its nearest ones."""
        found: np.ndarray = self.values[:, self.names.index("near")]
        return found


def look(
    items: Sequence[Passage],
    reference: Reference,
    kept: np.ndarray,
    counts: Counts,
    without: Sequence[int] = (),
    batches: np.ndarray | None = None,
    sizes: np.ndarray | None = None,
    places: np.ndarray | None = None,
    records: np.ndarray | None = None,
    narrow: Callable[[np.ndarray], np.ndarray] | None = None,
) -> Seen:
    """Return what is seen of passages under a part of the reference.

    Parameters
    ----------
    items
        The passages.
    reference
        What they are compared with.
    kept
        (m,) int64, the places of the reference that count.
    counts
        How usual texts are.
    without
        Folds of the counts that do not count.
    batches
        (n,) int64, which of them came together: how often beginnings, ends and texts recur there is seen
        too. By default all did.
    sizes
        (b,) float64, how many came together in each batch, with those that are not among `items`. By default
        there are no others.
    places
        (n,) int64, where the passages stand in the reference, if they do: what is known is not made anew.
    records
        (n,) int64, the record that each belongs to: what two passages of one share does not recur. By default
        each is a record.
    narrow
        (n, k) places of the nearest passages -> (n,) how many times as many passages would have come together
        if those of a subject were as rare as in the pool: what the subject repeats is rarer then. By default
        no more.
    """
    records = np.arange(len(items)) if records is None else records
    batches = np.zeros(len(items), dtype=np.int64) if batches is None else batches
    sizes = np.bincount(batches).astype(np.float64) if sizes is None else sizes
    questions, replies = [item.question for item in items], [item.answer for item in items]
    asked, told = terms(questions), terms(replies)
    if places is None:
        shape = surface(replies)
        own = _matrix(shape)
        vectors = reference.space.vectors(asked + told)
    else:
        own, vectors = reference.shapes[places], reference.vectors[places]
        shape = dict(zip(surface([""]), own.T, strict=True))
    held = np.sqrt((vectors**2).sum(axis=1))
    near, cosines = nearest(vectors, reference.vectors[kept])
    neighbours = kept[near]
    together = sizes[batches] if narrow is None else 1 + (sizes[batches] - 1) * narrow(neighbours)
    spread = reference.shapes.std(axis=0) + 1e-3
    plain, scaled = np.empty_like(own), np.empty_like(own)
    for start in range(0, len(own), _ROWS):
        part = slice(start, start + _ROWS)
        theirs = reference.shapes[neighbours[part]]
        plain[part] = (own[part] - np.median(theirs, axis=1)) / spread
        scaled[part] = (own[part] - theirs.mean(axis=1)) / (theirs.std(axis=1) + 0.25 * spread)
    blocks = {
        **{f"answer: {name}": values for name, values in shape.items()},
        **{f"question: {name}": values for name, values in question_part(questions).items()},
        **counts.surprise(replies, without),
        **_asked(questions, replies, asked, told, reference.space),
        **{f"beside neighbours: {name}": plain[:, i] for i, name in enumerate(shape)},
        **{f"beyond neighbours: {name}": scaled[:, i] for i, name in enumerate(shape)},
        "nearest": cosines.max(axis=1),
        "near": cosines.mean(axis=1),
        **_recurring(items, [reference.items[i] for i in kept], near, batches, together, records),
    }
    values = np.nan_to_num(np.column_stack(list(blocks.values()))).astype(np.float32)
    return Seen(tuple(blocks), values, neighbours, held)


def _matrix(numbers: dict[str, np.ndarray]) -> np.ndarray:
    return np.column_stack(list(numbers.values())).astype(np.float32)


def _asked(
    questions: list[str],
    replies: list[str],
    asked: scipy.sparse.csr_matrix,
    told: scipy.sparse.csr_matrix,
    space: Space,
) -> dict[str, np.ndarray]:
    """Return how much question and answer share, by their (n, N_TERMS) terms; zeros without a question."""
    from sklearn.preprocessing import normalize

    near = (normalize(space.vectors(asked)) * normalize(space.vectors(told))).sum(axis=1)
    asked, told = asked.sign(), told.sign()
    rarity = np.maximum(space.rarity, 1e-3)
    of_asked, of_told = asked.multiply(rarity).tocsr(), told.multiply(rarity).tocsr()
    both = _row_sums(of_asked.multiply(told))
    has = np.array([bool(question) for question in questions], dtype=np.float64)
    lengths = [np.log1p([len(text) for text in texts]) for texts in (replies, questions)]
    return {
        "question in answer": both / (_row_sums(of_asked) + 1e-6) * has,
        "answer in question": both / (_row_sums(of_told) + 1e-6) * has,
        "question near answer": near,
        "answer for question": (lengths[0] - lengths[1]) * has,
        "same beginning": np.array(
            [q[:60] == a[:60] for q, a in zip(questions, replies, strict=True)], float
        ),
        "has question": has,
    }


def _row_sums(matrix: object) -> np.ndarray:
    sums: np.ndarray = np.asarray(matrix.sum(axis=1)).ravel()  # type: ignore[attr-defined]
    return sums


def _recurring(
    items: Sequence[Passage],
    reference: Sequence[Passage],
    near: np.ndarray,
    batches: np.ndarray,
    together: np.ndarray,
    records: np.ndarray,
) -> dict[str, np.ndarray]:
    """Return how much more often parts of each passage recur in its batch than in the reference.

    As many as `together` came with each. There count the part itself, and those of the `near` passages:
    another heading in place of theirs is as usual as theirs.
    """
    found = {}
    for name, part in PARTS.items():
        keys = [part(item) for item in items]
        told = set(zip(batches.tolist(), keys, records.tolist(), strict=True))
        theirs_told = [part(item) for item in reference]
        own, pool = Counter((batch, key) for batch, key, _ in told), Counter(theirs_told)
        usual = np.median(np.array([pool[key] if key else 0 for key in theirs_told])[near], axis=1)
        shares = []
        for batch, key, beside, n in zip(
            batches.tolist(), keys, usual.tolist(), together.tolist(), strict=True
        ):
            mine = (own[batch, key] - 1) / (n - 1 + _FEW)
            theirs = max(pool[key], beside) / (len(reference) + _FEW)
            shares.append(np.sqrt(mine) - np.sqrt(theirs) if key else 0.0)
        found[name] = np.array(shares, dtype=np.float64)
    return found


def _edge(text: str) -> int:
    """Return how many characters are looked at of an edge that looks like this."""
    return _SHORT_EDGE if has_unspaced(text) else _EDGE


PARTS: dict[str, Callable[[Passage], str]] = {
    "recurring beginning": lambda item: item.answer[: _edge(item.answer[:_SHORT_EDGE])],
    "recurring end": lambda item: item.answer[-_edge(item.answer[-_SHORT_EDGE:]) :],
    "recurring answer": lambda item: item.answer,
    "recurring question": lambda item: item.question,
    "recurring first words": lambda item: " ".join(word[0] for word in islice(WORD.finditer(item.answer), 3)),
}


def alone(values: np.ndarray) -> np.ndarray:
    """Return the columns of `Seen.values` that do not depend on what came together."""
    return values[:, : -len(PARTS)]
