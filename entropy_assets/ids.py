"""Many ids in one column: as a list of strings, ids of ten million records take three times the memory.

What belongs here: keeping ids, finding some of them, and their digest. What does not: what an id is made of
(`records`).
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
import polars as pl

from entropy_assets.errors import InvalidParameter
from entropy_assets.storage import canonical_json

_WRITTEN_OTHERWISE = r'[^ -~]|["\\]'
"""What stands otherwise in JSON than in a string, and whatever may."""

PIECE_ROWS = 100_000
"""Ids that are strings of Python at a time."""


class Ids(Sequence[str]):
    """n ids, equal to a list of them.

    Parameters
    ----------
    column
        The ids.
    """

    def __init__(self, column: pl.Series) -> None:
        self.column = column

    def __len__(self) -> int:
        return len(self.column)

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> "Ids": ...
    def __getitem__(self, place: int | slice) -> "str | Ids":
        if isinstance(place, slice):
            return Ids(self.column[place])
        found: str = self.column[int(place)]
        return found

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self.column), PIECE_ROWS):
            yield from self.column[start : start + PIECE_ROWS].to_list()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, str):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]


def column_of(ids: Sequence[str]) -> pl.Series:
    """Return ids as a column; of a column the column itself."""
    return ids.column if isinstance(ids, Ids) else pl.Series(ids, dtype=pl.String)


def ids_at(ids: Sequence[str], places: np.ndarray) -> Sequence[str]:
    """Return the ids at `places`, (m,) int64, in that order; of a column a column.

    >>> ids_at(Ids(pl.Series(["a", "b"])), np.array([1, 1])) == ["b", "b"]
    True
    """
    if isinstance(ids, Ids):
        return Ids(ids.column.gather(places))
    return [ids[place] for place in places.tolist()]


def places_of(wanted: pl.Series | Sequence[str], ids: Sequence[str]) -> np.ndarray:
    """Return where each of the wanted ids stands among all of them: (m,) int64.

    Ids in order are searched as they are; others are sorted for it. Of equal ones the first counts.

    Raises
    ------
    InvalidParameter
        One of them does not stand there.

    >>> places_of(["c", "a"], ["b", "a", "c"]).tolist()
    [2, 1]
    """
    asked, known = pl.Series(wanted, dtype=pl.String), column_of(ids)
    order = None if known.is_sorted() else known.arg_sort()
    places, is_there = searched(asked, known if order is None else known.gather(order))
    if not is_there.all():
        lost = asked.filter(~is_there)[0]
        raise InvalidParameter(f"id {lost} is not among the {len(known)} that are known")
    return places if order is None else order.to_numpy()[places].astype(np.int64)


def searched(wanted: pl.Series, known: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return where wanted ids stand among known ones in order, and which do: (m,) int64, (m,) bool.

    >>> places, is_there = searched(pl.Series(["c", "b"]), pl.Series(["a", "c"]))
    >>> places[is_there].tolist(), is_there.tolist()
    ([1], [True, False])
    """
    places, is_there = np.zeros(len(wanted), np.int64), np.zeros(len(wanted), bool)
    if len(known) and len(wanted):
        order = wanted.arg_sort()  # neighbours are found twice as fast
        asked = wanted.gather(order)
        found = known.search_sorted(asked).clip(None, len(known) - 1)
        places[order.to_numpy()] = found.to_numpy()
        is_there[order.to_numpy()] = (known.gather(found) == asked).fill_null(False).to_numpy()
    return places, is_there


def digest_of(ids: Sequence[str]) -> str:
    """Return the SHA-256 of the canonical JSON of a list of ids, which is not made whole.

    >>> from entropy_assets.storage import digest_value
    >>> digest_of(Ids(pl.Series(["a", "b"]))) == digest_value(["a", "b"])
    True
    """
    digest = hashlib.sha256()
    for piece in _json(ids):
        digest.update(piece)
    return digest.hexdigest()


def digest_of_columns(columns: Sequence[pl.Series]) -> str:
    """Return the SHA-256 of the canonical JSON of a list of columns of strings, each one a list.

    >>> from entropy_assets.storage import digest_value
    >>> digest_of_columns([pl.Series(["a"]), pl.Series(["b"])]) == digest_value([["a"], ["b"]])
    True
    """
    digest = hashlib.sha256()
    for place, column in enumerate(columns):
        digest.update(b"," if place else b"[")
        for piece in _json(Ids(column)):
            digest.update(piece)
    digest.update(b"]" if columns else b"[]")
    return digest.hexdigest()


def _json(values: Sequence[str]) -> Iterator[bytes]:
    """Yield the JSON of a list of strings in pieces."""
    yield b"["
    for start in range(0, len(values), PIECE_ROWS):
        piece = column_of(values[start : start + PIECE_ROWS])
        if piece.null_count() or piece.str.contains(_WRITTEN_OTHERWISE).any():
            yield (b"," if start else b"") + canonical_json(piece.to_list())[1:-1]
        else:  # a string of Python for each id takes ten times as long
            yield (b',"' if start else b'"') + piece.str.join('","').item().encode() + b'"'
    yield b"]"
