"""What each record costs beside nothing: the first look of `zip` at a whole pool.

No price depends on another, so the look is mapped over runs of texts: on threads of this machine, which
compress outside of Python's lock, and on a cluster where there is one, so that its nodes compress and the
driver reads and sends. The rounds that follow stay where the selection is: a look of theirs is a few
milliseconds, and whoever takes part in it needs all of the selection.

What belongs here: prices that know no selection, and the codecs that take them. What does not: rounds
(`zip_long`), keeping prices.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np

from entropy_assets.curation.selection.deflate import DeflateContext
from entropy_assets.curation.selection.segments import Context
from entropy_assets.curation.selection.zstd_context import ZstdContext
from entropy_assets.execution import Threads, is_on_cluster, processes
from entropy_assets.texts import sizes_of

RUN_RECORDS, RUN_BYTES = 10_000, 1 << 22
"""Records and bytes of a run of texts, at most; a longer text is a run of its own."""

SECONDS_A_RECORD, SECONDS_A_BYTE = 3e-6, 15e-9
"""About what a price costs: 10,000 texts of 600 bytes are 0.11 s."""

CONTEXTS: dict[str, Callable[[bytes], Context]] = {"zstd": ZstdContext, "zlib": DeflateContext}
"""Codec name -> its context: "zstd" sees all of it, "zlib" the last 32 KiB."""


def priced_alone(texts: Sequence[bytes], codec: str = "zstd", workers: int = 1) -> np.ndarray:
    """Return what each text costs beside nothing: (n,) int64, bytes.

    Parameters
    ----------
    texts
        n texts; a bounded number of runs of them is in memory at a time.
    codec
        A key of `CONTEXTS`.
    workers
        Number of threads, at least 1; on a cluster the number is its own. No price depends on it.

    >>> priced_alone([b"", b"a", b"aaaaaaaaaaaaaaaa"]).tolist()
    [0, 1, 7]
    """
    added = np.zeros(len(texts), np.int64)
    start = 0
    runs = (texts[start:stop] for start, stop in _runs(sizes_of(texts)))
    with processes(workers) if is_on_cluster() else Threads(workers) as executor:
        for prices in executor.map(partial(_prices, codec), runs, _seconds):
            added[start : start + len(prices)] = prices
            start += len(prices)
    return added


def _runs(sizes: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield the first place of each run of texts and the one after its last."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        limit = ends[start] - sizes[start] + RUN_BYTES
        stop = max(int(np.searchsorted(ends, limit, side="right")), start + 1)
        yield start, (stop := min(stop, start + RUN_RECORDS))
        start = stop


def _prices(codec: str, run: Sequence[bytes]) -> np.ndarray:
    return CONTEXTS[codec](b"").added_bytes(run)


def _seconds(run: Sequence[bytes]) -> float:
    return SECONDS_A_RECORD * len(run) + SECONDS_A_BYTE * sum(map(len, run))
