"""Row `quality`: the xz ratio of `zip` against `zip_paper`, at equal bytes of rendered text.

`zip_paper` is measured both ways in which it can be run: the official picks (framed records, then cut to
the same bytes of rendered text, in order) and the same search on the canonical texts. The ratio is the mean
of three shuffles, since a ranking's own order flatters a codec with a window.
"""

import statistics
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from benchmarks.zip.golden import Golden, golden
from benchmarks.zip.job import Check, Job, Result
from entropy_assets.compression import compression_ratio
from entropy_assets.curation.selection import Budget, select, select_official

BAR = 0.88
N_BYTES = 500_000
N_SHUFFLES = 3


def measure_quality(job: Job) -> Result:
    """Return the xz ratio of equal bytes under each selector, with the share of the largest source."""
    pool = golden(job.shared, is_smoke=job.is_smoke)
    n_bytes = 15_000 if job.is_smoke else N_BYTES
    strings, sources, places = pool.texts()
    texts = [text.encode() for text in strings]
    rankings: dict[str, Sequence[int] | np.ndarray] = {
        "official": _official_ranking(pool, texts, places, n_bytes, job.workers),
        "zip_paper": select(
            texts, Budget(n_bytes, "bytes"), "zip_paper", params=pool.params, workers=job.workers
        ).ranking,
        "zip": guarded(texts, n_bytes, pool, job.workers, is_on=True),
        "random": select(texts, Budget(n_bytes, "bytes"), "random").ranking,
    }
    rankings["zip_without_guard"] = guarded(texts, n_bytes, pool, job.workers, is_on=False)
    figures = {
        name: _described(cut_to(ranking, texts, n_bytes), texts, sources)
        for name, ranking in rankings.items()
    }
    remarks = [_about(name, found) for name, found in figures.items()]
    return Result([quotient(figures, n_bytes)], figures, remarks)


def quotient(figures: dict[str, Any], n_bytes: int) -> Check:
    """Return the check of the xz ratio of `zip` against that of the official picks."""
    ours, theirs, canonical = (figures[name] for name in ("zip", "official", "zip_paper"))
    note = (
        f"xz ratio {ours['xz_ratio']:.3f} against {theirs['xz_ratio']:.3f}; largest source "
        f"{ours['largest_source']} {ours['largest_share']:.0%}, {theirs['largest_source']} "
        f"{theirs['largest_share']:.0%}; against zip_paper on canonical texts, which the official script "
        f"does not see, {ours['xz_ratio'] / canonical['xz_ratio']:.3f}"
    )
    what = f"xz ratio of zip against the official picks, {n_bytes / 1e3:.0f} kB, noise guard on"
    return Check(what, "at most", BAR, "", ours["xz_ratio"] / theirs["xz_ratio"], note)


def guarded(texts: Sequence[bytes], n_bytes: int, pool: Golden, workers: int, *, is_on: bool) -> np.ndarray:
    """Return the ranking of `zip` with the noise guard on or off."""
    budget = Budget(n_bytes, "bytes")
    picked = select(texts, budget, "zip", params=pool.params, workers=workers, noise_guard=is_on)
    return picked.ranking


def cut_to(ranking: Sequence[int] | np.ndarray, texts: Sequence[bytes], n_bytes: int) -> np.ndarray:
    """Return the head of a ranking whose texts have at most `n_bytes` bytes.

    >>> cut_to([2, 0, 1], [b"aa", b"b", b"ccc"], 5).tolist()
    [2, 0]
    """
    order = np.asarray(ranking, np.int64)
    totals = np.cumsum([len(texts[index]) for index in order.tolist()])
    return order[: int(np.searchsorted(totals, n_bytes, side="right"))]


def _official_ranking(
    pool: Golden, texts: Sequence[bytes], places: Sequence[int], n_bytes: int, workers: int
) -> list[int]:
    """Return, by their place in `texts`, as many official picks as fill `n_bytes` of rendered text."""
    records = pool.records()
    place_of = {row: place for place, row in enumerate(places)}
    n_records = 1 + n_bytes * len(texts) // sum(map(len, texts))
    while True:
        picks = select_official(records, n_records, params=pool.params, workers=workers).ranking.tolist()
        ranking = [place_of[row] for row in picks if row in place_of]
        n_found = sum(len(texts[place]) for place in ranking)
        if n_found >= n_bytes or n_records >= len(records):
            return ranking
        n_records = min(1 + int(1.1 * n_records * n_bytes / max(n_found, 1)), len(records))


def _described(ranking: np.ndarray, texts: Sequence[bytes], sources: Sequence[str]) -> dict[str, Any]:
    """Return the ratios of a pick and its largest source, by bytes."""
    picked = [texts[index] for index in ranking.tolist()]
    shuffles = [np.random.default_rng(seed).permutation(len(picked)).tolist() for seed in range(N_SHUFFLES)]
    shares: Counter[str] = Counter()
    for index in ranking.tolist():
        shares[sources[index]] += len(texts[index])
    source, n_largest = shares.most_common(1)[0]
    n_bytes = sum(map(len, picked))
    ratios = {
        f"{codec}_ratio": statistics.mean(
            compression_ratio([picked[place] for place in shuffle], codec) for shuffle in shuffles
        )
        for codec in ("xz", "zstd_long", "zlib32k")
    }
    return {
        **ratios,
        "records": len(picked),
        "bytes": n_bytes,
        "largest_source": source,
        "largest_share": n_largest / n_bytes,
    }


def _about(name: str, found: dict[str, Any]) -> str:
    return (
        f"{name}: {found['records']:,} records, {found['bytes']:,} bytes, ratio xz {found['xz_ratio']:.3f}, "
        f"zstd-long {found['zstd_long_ratio']:.3f}, zlib-32k {found['zlib32k_ratio']:.3f}, largest source "
        f"{found['largest_source']} {found['largest_share']:.0%}"
    )
