"""Words that are looked for in many tokens, by their hashes.

What belongs here: finding them. What does not: which words those are.
"""

from dataclasses import dataclass

import numpy as np

_LOW = np.uint64(0xFFFF)


@dataclass(frozen=True)
class Words:
    """Distinct hashes of tokens.

    Parameters
    ----------
    known
        (w,) uint64, in order.
    may_be
        (2^16,) bool, whether any of them has these lower bits.
    """

    known: np.ndarray
    may_be: np.ndarray

    @classmethod
    def of(cls, hashes: np.ndarray) -> "Words":
        """Return the words of these hashes, at least one."""
        known = np.unique(hashes)
        may_be = np.zeros(int(_LOW) + 1, bool)
        may_be[(known & _LOW).astype(np.int64)] = True
        return cls(known, may_be)

    def found_in(self, hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the places of words among hashes, in order, and which word each is: (found,) int64 both."""
        places = np.flatnonzero(self.may_be[(hashes & _LOW).astype(np.int64)])
        at = np.minimum(self.known.searchsorted(hashes[places]), len(self.known) - 1)
        is_known = self.known[at] == hashes[places]
        return places[is_known], at[is_known]
