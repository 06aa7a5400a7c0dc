"""Sizes under zlib level 9 of one prefix with many tails, each for the price of the tail.

A deflate state that has eaten a prefix can be copied. A copy that eats a tail and is flushed has emitted,
with what the prefix emitted before, as many bytes as a compression of the whole. That holds for zlib
1.2.13 and is not promised for other builds, so `DeflatePrefix.verify` compares with the real thing.
"""

import zlib
from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np

from entropy_assets.errors import CompressorMismatch
from entropy_assets.execution import Executor, Threads

LEVEL = 9
WINDOW = 1 << 15  # bytes that deflate looks back
MIN_PER_WORKER = 16  # below it the hand-over costs more than the work


class DeflatePrefix:
    """A growing prefix, held as a deflate state that can be asked what a tail would make of it."""

    def __init__(self, prefix: bytes) -> None:
        self._raw = bytearray()
        self._n_emitted = 0
        self._state = zlib.compressobj(LEVEL)
        self.extend(prefix)

    def extend(self, data: bytes) -> None:
        """Append `data` to the prefix."""
        self._raw += data
        self._n_emitted += len(self._state.compress(data))

    def ratios(self, tails: Sequence[bytes], executor: Executor, n_workers: int) -> np.ndarray:
        """Return raw / compressed bytes of prefix + tail for each tail: (n,) float32.

        The work is cut into one run of tails for each worker; zlib lets other threads run while it
        compresses. The result does not depend on the number of workers.

        Parameters
        ----------
        tails
            n byte strings.
        executor
            Threads to work in.
        n_workers
            Number of those threads, at least 1.
        """
        n_runs = min(n_workers, -(-len(tails) // MIN_PER_WORKER))
        if n_runs <= 1:
            sizes = self._sizes((tails, self._state))
        else:
            # Tails come in the order of their ratios: every n-th makes runs of equal work.
            runs = [tails[start::n_runs] for start in range(n_runs)]
            # A state locks itself while it is copied, so that each run gets its own.
            states = [self._state.copy() for _ in runs]
            sizes = [0] * len(tails)
            for start, own in enumerate(executor.map(self._sizes, zip(runs, states, strict=True))):
                sizes[start::n_runs] = own
        n_raw = np.fromiter(map(len, tails), np.int64, len(tails)) + len(self._raw)
        return (n_raw / np.array(sizes, np.int64)).astype(np.float32)

    def _sizes(self, run: tuple[Sequence[bytes], Any]) -> list[int]:
        tails, state = run
        sizes = []
        for tail in tails:
            copied = state.copy()
            sizes.append(self._n_emitted + len(copied.compress(tail)) + len(copied.flush()))
        return sizes

    def verify(self, tail: bytes, ratio: float) -> None:
        """Compare the float32 `ratio` of one tail with a compression of everything.

        Raises
        ------
        CompressorMismatch
            They differ: this build of zlib cannot be used in steps.
        """
        whole = bytes(self._raw) + tail
        expected = np.float32(len(whole) / len(zlib.compress(whole, LEVEL)))
        if expected != np.float32(ratio):
            raise CompressorMismatch(
                f"zlib {zlib.ZLIB_RUNTIME_VERSION} gives ratio {expected!r} for {len(whole)} bytes at once, "
                f"{ratio!r} in steps; both must be equal: use selector 'zip', or Python with zlib 1.2.13"
            )


class DeflateContext:
    """A fixed context that prices texts as `ZstdContext` does, of which zlib sees the last 32 KiB."""

    def __init__(self, context: bytes) -> None:
        self._state = zlib.compressobj(LEVEL)
        self._state.compress(context[-WINDOW:])
        # Everything before is emitted now, so that what a copy emits belongs to its text.
        self._state.flush(zlib.Z_SYNC_FLUSH)
        self._n_empty = len(self._state.copy().flush())

    def added_bytes(self, texts: Sequence[bytes], workers: int = 1) -> np.ndarray:
        """Return the compressed bytes of each text given the context: (n,) int64, 0 for an empty text."""
        if workers == 1 or len(texts) < 2 * MIN_PER_WORKER:
            return np.array(self._sizes((texts, self._state)), np.int64)
        step = -(-len(texts) // workers)
        runs = [(texts[start : start + step], self._state.copy()) for start in range(0, len(texts), step)]
        with Threads(workers) as threads:
            sizes = threads.map(self._sizes, runs)
            return np.array(list(chain.from_iterable(sizes)), np.int64)

    def _sizes(self, run: tuple[Sequence[bytes], Any]) -> list[int]:
        texts, state = run
        sizes = []
        for text in texts:
            copied = state.copy()
            sizes.append(len(copied.compress(text)) + len(copied.flush()) - self._n_empty)
        return sizes
