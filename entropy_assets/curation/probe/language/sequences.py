"""From texts to packed rows of tokens: what is trained on, in which order, and which predictions count.

A record begins with the model's first token and is read by itself: rows hold several records, but positions
start again with each, by which transformers lets no record attend to another. Text is never a special token.
A record longer than a row is cut, and each part begins anew. The first token is given and everything else is
predicted, so that each byte of a record counts exactly once and a loss in bits per byte can be compared
between tokenizers. Where a whole record ends, its end is trained on too, as trainers do; it is in no loss.

What belongs here: words, tokens and places. What does not: running the model.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from entropy_assets.errors import InvalidInput
from entropy_assets.language_models import plain_tokens

Spans = Sequence[tuple[int, int]]
"""First and last byte (exclusive) of each part of a text that counts, ascending; empty where all does."""


@dataclass(frozen=True)
class Piece:
    """A record, or a part of one, as tokens.

    Parameters
    ----------
    ids
        (n,) int64, the first token and those of the text.
    counted
        (n,) bool, whether the prediction of a token counts; not of the first, nor of one that ends a record.
    record
        Which text it is of.
    n_read
        Bytes of the text that its tokens stand for.
    n_counted
        Those that count.
    has_end
        Whether the last token is the one that ends a text.
    """

    ids: np.ndarray
    counted: np.ndarray
    record: int
    n_read: int
    n_counted: int
    has_end: bool = False

    def ended(self, end: int) -> "Piece":
        """Return the piece with the token that ends a text."""
        ids, counted = np.append(self.ids, end), np.append(self.counted, False)
        return Piece(ids, counted, self.record, self.n_read, self.n_counted, has_end=True)


Row = list[Piece]
"""Pieces that stand behind each other in one row."""


def first_token(tokenizer: Any) -> int:
    """Return the token that stands before each record: the one that begins a text, or else ends one.

    Raises
    ------
    InvalidInput
        The tokenizer has neither.
    """
    for token in (tokenizer.bos_token_id, tokenizer.eos_token_id):
        if token is not None:
            return int(token)
    raise InvalidInput(
        "the model's tokenizer has neither a bos_token nor an eos_token, one of which must stand before each "
        "record: name another model"
    )


def cut_to_budget(sizes: Sequence[int], budget_bytes: int, seed: int) -> Iterator[tuple[int, int]]:
    """Yield (text, bytes of it to read), shuffled, until the budget is met exactly; empty texts are left out.

    These are the records that `packing.pack` takes for the same sizes, budget and seed.

    >>> sum(n for _, n in cut_to_budget([3, 0, 4, 5], 8, seed=1))
    8
    """
    left = budget_bytes
    for index in np.random.default_rng(seed).permutation(len(sizes)).tolist():
        taken = min(int(sizes[index]), left)
        if taken:
            left -= taken
            yield index, taken
        if not left:
            return


def pieces_of(
    text: bytes,
    record: int,
    tokenizer: Any,
    first: int,
    context_tokens: int,
    spans: Spans = (),
    *,
    is_whole: bool = False,
) -> list[Piece]:
    """Return a text as pieces of at most `context_tokens` tokens.

    Parameters
    ----------
    text
        UTF-8; a character that is cut at either end is left out, and does not count as read.
    record
        Its number.
    tokenizer
        A tokenizer of transformers.
    first
        The token before each piece.
    context_tokens
        Tokens of a piece at most, its first token included.
    spans
        What counts of it; where nothing of them lies in it, all counts. No token goes over their ends.
    is_whole
        Whether the text ends where its record does: then the token that ends a text follows, if there is one.

    Returns
    -------
    list[Piece]
        In the order of the text; empty where no character is whole.
    """
    bounds = _segments(len(text), spans)
    ids, counted, n_bytes, n_counted = [], [], 0, 0
    for start, end, counts in bounds:
        part = text[start:end].decode(errors="ignore")
        tokens = plain_tokens(tokenizer, part) if part else []
        ids += tokens
        counted += [counts] * len(tokens)
        size = len(part.encode()) if tokens else 0
        n_bytes += size
        n_counted += size * counts
    if not ids:
        return []
    last = tokenizer.eos_token_id if is_whole else None
    room = context_tokens - 1 - (last is not None)
    places = range(0, len(ids), room)
    # Bytes are shared out by tokens: which bytes a token stands for, not every tokenizer tells.
    read = _shared_out(n_bytes, [len(ids[at : at + room]) for at in places])
    told = _shared_out(n_counted, [sum(counted[at : at + room]) for at in places])
    pieces = [
        Piece(
            np.array([first, *ids[at : at + room]], dtype=np.int64),
            np.array([False, *counted[at : at + room]], dtype=np.bool_),
            record,
            own_read,
            own_counted,
        )
        for at, own_read, own_counted in zip(places, read, told, strict=True)
    ]
    return pieces if last is None else [*pieces[:-1], pieces[-1].ended(last)]


def _segments(size: int, spans: Spans) -> list[tuple[int, int, bool]]:
    """Return (start, end, counts) of the parts of a text that its spans cut it into.

    >>> _segments(9, [(2, 4), (6, 20)])
    [(0, 2, False), (2, 4, True), (4, 6, False), (6, 9, True)]
    >>> _segments(9, [(20, 30)])
    [(0, 9, True)]
    """
    inside = [(max(start, 0), min(end, size)) for start, end in spans]
    inside = [(start, end) for start, end in inside if start < end]
    if not inside:
        return [(0, size, True)]
    found, at = [], 0
    for start, end in inside:
        if at < start:
            found.append((at, start, False))
        found.append((start, end, True))
        at = end
    return found + ([(at, size, False)] if at < size else [])


def _shared_out(n_bytes: int, weights: Sequence[int]) -> list[int]:
    """Return whole numbers that are in proportion to weights and sum to `n_bytes`.

    >>> _shared_out(10, [1, 1, 1]), _shared_out(0, [0])
    ([3, 3, 4], [0])
    """
    total = max(sum(weights), 1)
    ends = [n_bytes * int(reached) // total for reached in np.cumsum(weights)]
    return [end - start for start, end in pairwise([0, *ends])]


def packed(pieces: Sequence[Piece], context_tokens: int, n_rows: int) -> list[list[Row]]:
    """Return steps of at most `n_rows` rows of at most `context_tokens` tokens, pieces in their order.

    A piece goes into the first row of the step that has room; where none has, a step begins.
    """
    steps: list[list[Row]] = []
    room: list[int] = []
    for piece in pieces:
        at = next((row for row, left in enumerate(room) if left >= len(piece.ids)), None)
        if at is None:
            if not steps or len(room) == n_rows:
                steps.append([])
                room = []
            at = len(room)
            steps[-1].append([])
            room.append(context_tokens)
        steps[-1][at].append(piece)
        room[at] -= len(piece.ids)
    return steps


@dataclass(frozen=True)
class Arrays:
    """Rows as the model reads them; c predictions count, and behind them stand those of e ends.

    Parameters
    ----------
    ids
        (B, T) int64; what is behind the end of a row is read and counts nowhere.
    positions
        (B, T) int64, from 0 in each piece.
    places
        (c + e,) int64, their places in the flattened (B * T) predictions.
    targets
        (c + e,) int64, the tokens that follow there.
    records
        (c + e,) int64, the record of each.
    n_counted
        c.
    """

    ids: np.ndarray
    positions: np.ndarray
    places: np.ndarray
    targets: np.ndarray
    records: np.ndarray
    n_counted: int


def arrays(rows: Sequence[Row]) -> Arrays:
    """Return rows as arrays, as wide as the longest."""
    width = max(sum(len(piece.ids) for piece in row) for row in rows)
    ids = np.zeros((len(rows), width), dtype=np.int64)
    positions = np.zeros_like(ids)
    counted, ends = [np.zeros((3, 0), np.int64)], [np.zeros((3, 0), np.int64)]
    for number, row in enumerate(rows):
        at = 0
        for piece in row:
            size = len(piece.ids)
            ids[number, at : at + size] = piece.ids
            positions[number, at : at + size] = np.arange(size)
            start = number * width + at
            own = np.flatnonzero(piece.counted)
            counted.append(np.stack([start + own - 1, piece.ids[own], np.full(len(own), piece.record)]))
            if piece.has_end:
                ends.append(np.array([[start + size - 2], [piece.ids[-1]], [piece.record]]))
            at += size
    told = np.concatenate([*counted, *ends], axis=1)
    places, targets, records = told
    return Arrays(ids, positions, places, targets, records, sum(part.shape[1] for part in counted))
