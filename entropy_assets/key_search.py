"""Where some keys stand among many: a filter of one bit a place spares most of the searches.

What belongs here: the filter and the search. What does not: what a key is made of (`ngrams`, `fingerprints`).
"""

import numpy as np

FILTER_BITS = 5
"""The filter has 2**5 places for each key, so that one in 32 absent keys is looked for in vain."""


class SortedKeys:
    """Keys among which others are looked for.

    Parameters
    ----------
    keys
        (k,) uint32 or uint64, ascending, each once: hashes, whose first bits tell them apart.

    >>> keys = SortedKeys(np.array([3, 1 << 31], np.uint32))
    >>> [found.tolist() for found in keys.find(np.array([1 << 31, 4, 3], np.uint32))]
    [[0, 2], [1, 0]]
    """

    def __init__(self, keys: np.ndarray) -> None:
        width = 8 * keys.dtype.itemsize
        bits = min(max(8, len(keys).bit_length() + FILTER_BITS), width)
        self.keys, self._shift = keys, keys.dtype.type(width - bits)
        self._filter = np.zeros(1 << bits - 3, np.uint8)
        if len(keys):
            places = keys >> self._shift
            bytes_of = places >> 3
            starts = np.flatnonzero(np.append(True, bytes_of[1:] != bytes_of[:-1]))
            self._filter[bytes_of[starts]] = np.bitwise_or.reduceat(_bits_of(places), starts)

    @property
    def filter_bytes(self) -> int:
        """Bytes that the filter takes."""
        return int(self._filter.nbytes)

    def find(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return which of (m,) keys of the same type are among these, and where they stand: int64 each."""
        likely = self.likely(keys)
        at = self.places_of(keys[likely])
        return likely[at >= 0], at[at >= 0]

    def likely(self, keys: np.ndarray) -> np.ndarray:
        """Return which of (m,) keys of the same type may be among these; all others are not."""
        places = keys >> self._shift
        return np.flatnonzero(self._filter[places >> 3] & _bits_of(places))

    def places_of(self, keys: np.ndarray) -> np.ndarray:
        """Return where each of (m,) keys stands: int64, -1 for one that is not among these."""
        at = np.searchsorted(self.keys, keys)
        at[at == len(self.keys)] = 0
        return np.where(self.keys[at] == keys, at, -1)


def _bits_of(places: np.ndarray) -> np.ndarray:
    """Return the bit of each place within its byte: (m,) uint8."""
    bits: np.ndarray = np.left_shift(np.uint8(1), (places & 7).astype(np.uint8))
    return bits
