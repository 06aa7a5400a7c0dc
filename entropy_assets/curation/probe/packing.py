"""From texts to windows: which bytes are trained on, in which order, and which predictions count.

A stream is ``separator, bytes of a record, separator, bytes of the next ...``. Each symbol predicts
the one after it. Predictions of a separator are left out of every loss, so each byte of a record
counts exactly once and the counted bytes are the bytes of the texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from entropy_assets.curation.probe.model import SEPARATOR
from entropy_assets.errors import InvalidInput


@dataclass(frozen=True)
class Windows:
    """A stream cut into windows of equal length.

    Parameters
    ----------
    symbols
        (n, T) int64, what the model reads.
    targets
        (n, T) int64, what follows; `SEPARATOR` where nothing is counted.
    n_records
        Records of which at least one byte is in the stream.
    n_bytes
        Counted bytes: targets that are not `SEPARATOR`.
    """

    symbols: np.ndarray
    targets: np.ndarray
    n_records: int
    n_bytes: int


def pack(texts: Sequence[bytes], budget_bytes: int, context_bytes: int, seed: int) -> Windows:
    """Return the first `budget_bytes` bytes of the shuffled texts as training windows.

    The last record is cut so that the budget is met exactly; empty texts are left out. Windows follow
    each other in the stream and may hold several records: attention sees the earlier ones too.

    Parameters
    ----------
    texts
        Records; their order matters, since `seed` shuffles positions.
    budget_bytes
        Counted bytes, at least 1; fewer where the texts hold fewer.
    context_bytes
        T, the length of a window.
    seed
        Seed of the shuffle.

    Returns
    -------
    Windows
        In the order in which they are to be trained on.

    Raises
    ------
    InvalidInput
        No text holds a byte.
    """
    chosen, left = [], budget_bytes
    for index in np.random.default_rng(seed).permutation(len(texts)):
        if left == 0:
            break
        text = texts[index][:left]
        if text:
            chosen.append(text)
            left -= len(text)
    if not chosen:
        raise InvalidInput(f"the probe needs at least one non-empty text, got {len(texts)} without a byte")
    stream = _stream(chosen)
    n_windows = -(-(len(stream) - 1) // context_bytes)
    padded = np.full(n_windows * context_bytes + 1, SEPARATOR, dtype=np.int64)
    padded[: len(stream)] = stream
    shape = (n_windows, context_bytes)
    return Windows(
        symbols=padded[:-1].reshape(shape),
        targets=padded[1:].reshape(shape),
        n_records=len(chosen),
        n_bytes=budget_bytes - left,
    )


def _stream(texts: Sequence[bytes]) -> np.ndarray:
    """Return (n,) int64: each text with a separator before it.

    >>> _stream([b"ab", b"c"]).tolist()
    [256, 97, 98, 256, 99]
    """
    data = np.frombuffer(b"".join(texts), dtype=np.uint8).astype(np.int64)
    starts = np.cumsum([0, *(len(text) for text in texts[:-1])])
    return np.insert(data, starts, SEPARATOR)
