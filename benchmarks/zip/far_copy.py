"""Row `far_copy`: whether the context still knows its first record, at every size of the selection.

An exact copy of the first record of the context is priced against records that are not in it. Contexts
are records of a made pool: 100 to 10,000 of them, and 30 and 60 MB, about as many as a segment of the
selection can hold. The first hundred records are priced as well, and the dearest of their copies is told.
"""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.zip.job import Check, Job, Result
from benchmarks.zip.pools import PoolSpec, ensure_pool
from entropy_assets.compression import SEPARATOR
from entropy_assets.curation.selection.zstd_context import ZstdContext
from entropy_assets.errors import CurationError

BAR_SHARE = 0.25
N_RECORDS = (100, 1000, 3000, 10_000)
N_BYTES = (30_000_000, 60_000_000)
N_FRESH = 1000


def measure_far_copy(job: Job) -> Result:
    """Return the price of a copy against that of a fresh record, for each size of the context."""
    if job.is_smoke:
        pool = ensure_pool(PoolSpec(600, is_small=True), job.shared, job.cache)
        texts, n_fresh = pool.texts(), 100
        sizes = _sizes(texts[n_fresh:], (20, 200), (250_000,))
    else:
        pool = ensure_pool(PoolSpec(300_000), job.shared, job.cache)
        n_fresh = N_FRESH
        texts = pool.texts(int(1.1 * max(N_BYTES) / pool.figures["mean_bytes"]) + n_fresh)
        sizes = _sizes(texts[n_fresh:], N_RECORDS, N_BYTES)
    fresh, context = texts[:n_fresh], texts[n_fresh:]
    checks, figures = [], {}
    for name, n in sizes.items():
        check, found = _check(name, context[:n], fresh, job.workers)
        checks.append(check)
        figures[name] = found
    return Result(checks, figures)


def copy_share(context: Sequence[bytes], fresh: Sequence[bytes], workers: int) -> dict[str, float]:
    """Return what a copy of the context's first record costs, against the mean of `fresh` records.

    Parameters
    ----------
    context
        Texts of the selection, in order.
    fresh
        Texts that are not in it.
    workers
        Number of threads.

    Returns
    -------
    dict
        Bytes of the context, of the copy, of the mean fresh record, and of the dearest copy of the first
        hundred; the shares of the two copies in the mean fresh record; how many of the first hundred are
        dearer than `BAR_SHARE` allows.
    """
    joined = SEPARATOR.join(context)
    priced = ZstdContext(joined)
    copies = priced.added_bytes(list(context[:100]), workers)
    mean = float(np.mean(priced.added_bytes(list(fresh), workers)))
    return {
        "context_bytes": len(joined),
        "first_bytes": int(copies[0]),
        "dearest_bytes": int(copies.max()),
        "fresh_bytes": mean,
        "first_share": float(copies[0]) / mean,
        "dearest_share": float(copies.max()) / mean,
        "n_dear": int((copies > BAR_SHARE * mean).sum()),
    }


def _sizes(context: Sequence[bytes], n_records: Sequence[int], n_bytes: Sequence[int]) -> dict[str, int]:
    """Return name -> number of records of each context that is tried."""
    totals = list(itertools.accumulate(map(len, context)))
    sizes = {f"{n:,} records": n for n in n_records}
    return sizes | {f"{n / 1e6:.4g} MB": int(np.searchsorted(totals, n)) for n in n_bytes}


def _check(
    name: str, context: Sequence[bytes], fresh: Sequence[bytes], workers: int
) -> tuple[Check, dict[str, Any]]:
    """Return the check of one size; a size that the engine refuses with a sentence is not judged."""
    what = f"copy of the first pick against a fresh record, context of {name}"
    try:
        found = copy_share(context, fresh, workers)
    except CurationError as refusal:
        skipped = f"the engine refuses this size: {refusal}"
        return Check(what, "at most", BAR_SHARE, "", None, skipped=skipped), {"refused": str(refusal)}
    note = (
        f"{found['first_bytes']} of {found['fresh_bytes']:.0f} bytes, context "
        f"{found['context_bytes'] / 1e6:.1f} MB; dearest of the first hundred {found['dearest_share']:.2f}, "
        f"{found['n_dear']} above the bar"
    )
    return Check(what, "at most", BAR_SHARE, "", found["first_share"], note), found
