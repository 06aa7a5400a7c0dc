"""A selection of hours can be stopped: its state, committed from time to time, in one file.

It is the state after a whole round, and what came after it is done again with the same picks. Writing it
takes at most about one part in `SAVE_EVERY` of the time: it grows with the pool, and a round does not.

What belongs here: the file, and the refusal of a state that does not fit. What does not: what the
arrays mean, which each selector says itself.
"""

import hashlib
import io
import json
import math
import time
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from importlib.metadata import version

import numpy as np
import zstandard
from upath import UPath

from entropy_assets.curation.selection.contract import Budget, ZipParams
from entropy_assets.errors import InvalidInput
from entropy_assets.storage import put
from entropy_assets.texts import one_by_one, sizes_of

SAVE_EVERY = 20  # times what the last saving took: so long none is due
METHOD = 2  # raise where a state of before does not mean the same any more

_KEY = "selection"


class SavedState:
    """The file that holds the arrays of a selector after a whole round.

    Parameters
    ----------
    path
        The file. It is replaced whole, so that a kill at any moment leaves one that can be used.
    key
        What the selection was asked for, by name; a state with another key is refused.
    """

    def __init__(self, path: UPath, key: Mapping[str, object]) -> None:
        self._path = path
        self._key = json.loads(json.dumps(key))
        self._due_at = -math.inf

    def load(self) -> dict[str, np.ndarray] | None:
        """Return the arrays of the last round, None where there is no file.

        Raises
        ------
        InvalidInput
            The file is damaged, or belongs to another selection; the sentence names what differs.
        """
        if not self._path.exists():
            return None
        way_out = "delete it to begin anew, or name another file for the state"
        try:
            with np.load(io.BytesIO(self._path.read_bytes()), allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            key = json.loads(str(arrays.pop(_KEY)))
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise InvalidInput(f"{self._path} is no state of a selection ({error}): {way_out}") from error
        names = sorted(key.keys() | self._key.keys())
        differing = [
            f"{name} was {key.get(name)!r} and is {self._key.get(name)!r}"
            for name in names
            if key.get(name) != self._key.get(name)
        ]
        if differing:
            raise InvalidInput(
                f"{self._path} is the state of another selection: {'; '.join(differing)}: {way_out}"
            )
        return arrays

    def is_due(self) -> bool:
        """Return whether `SAVE_EVERY` times as long as the last saving took has gone by since."""
        return time.monotonic() >= self._due_at

    def save(self, arrays: Mapping[str, np.ndarray]) -> None:
        """Keep the arrays in the place of those before, whole or not at all."""
        began = time.monotonic()
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **{_KEY: np.array(json.dumps(self._key))}, **arrays)
        put(self._path, buffer.getvalue())
        ended = time.monotonic()
        self._due_at = ended + SAVE_EVERY * (ended - began)


def saved_state(
    path: UPath, texts: Sequence[bytes], budget: Budget, params: ZipParams, **others: object
) -> SavedState:
    """Return the state of one selection, known by its pool, budget, sizes, and whatever else decides it."""
    key = {
        "pool": _digest(texts),
        "budget": [budget.amount, budget.unit, budget.tokenizer],
        "k1, k2, k3": [params.n_candidates, params.n_shortlist, params.n_picks],
        "release": version("entropy-assets"),
        "method": METHOD,
        "compressors": [zlib.ZLIB_RUNTIME_VERSION, list(zstandard.ZSTD_VERSION)],
        **others,
    }
    return SavedState(path, key)


def _digest(texts: Sequence[bytes]) -> str:
    digest = hashlib.sha256(sizes_of(texts).tobytes())  # so that it is seen where each text ends
    for text in one_by_one(texts):
        digest.update(text)
    return digest.hexdigest()
