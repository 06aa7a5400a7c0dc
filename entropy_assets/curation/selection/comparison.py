"""What stands beside every selection: random, length and "all" at equal bytes, in the same figures.

What belongs here: measuring finished rankings. What does not: how a ranking is found, and how its figures
are shown (`figures`). xz is among the judges because no selector optimises it.
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from entropy_assets.compression import CODECS, compression_ratio
from entropy_assets.curation.selection.contract import Budget
from entropy_assets.curation.selection.figures import Figures, table
from entropy_assets.curation.selection.lengths import Lengths
from entropy_assets.curation.selection.selecting import select
from entropy_assets.errors import InvalidParameter
from entropy_assets.execution import Threads

__all__ = ["ALL", "CONTROLS", "N_SHUFFLES", "Figures", "Lengths", "beside", "compare", "table"]

ALL = "all"
CONTROLS = ("random", "length", ALL)
N_SHUFFLES = 3
_KEY_BYTES = 8  # of each record's place in one shuffle


def compare(
    texts: Sequence[bytes],
    sources: Sequence[str],
    picks: Mapping[str, np.ndarray],
    n_bytes: int,
    *,
    reference: str,
    seed: int,
    max_bytes: int = 8_000_000,
    workers: int = 1,
) -> list[Figures]:
    """Return the figures of each selection at `n_bytes`, in the order of `picks`.

    A ranking is cut in its own order: a record that does not fit into what is left is passed over. One that
    holds less than `n_bytes` is taken whole, and its figures say so. A record that a ranking names twice
    counts twice, as it would in training.

    A ratio is the mean over `N_SHUFFLES` seeded shuffles, never in ranking or pool order. Of a shuffle,
    the first `n_bytes`, and at most `max_bytes`, are compressed; the last record is cut there. So a
    selection above `max_bytes` is judged by three samples of it, which bounds the time: a megabyte in
    three shuffles takes all codecs together about 3 seconds on one core, nearly all of it in xz.

    The selection named "all" is the pool that a team would have without selecting, and is not cut: its
    records, lengths, sources and overlap are of the whole. Only its ratios are taken at `n_bytes`, since
    a larger text compresses better whatever it holds. They are the mean of three samples of the whole,
    which is what the ratio of "random", one sample, is expected to be; their distance is noise. Windows
    in the pool's order would measure who delivered what beside what.

    The place of a record in a shuffle follows from its content and `seed`, so the order of the pool
    changes no figure. Texts are read by index: those that a ranking names for their length, and those
    that are kept for the rest, one at a time except for what is compressed.

    Parameters
    ----------
    texts
        The pool, n canonical texts in UTF-8.
    sources
        n names, the source of each text.
    picks
        Name -> (m,) int64 ranking, indices into the pool in order of choice.
    n_bytes
        Size of each selection in bytes, above 0.
    reference
        The name in `picks` that overlap is measured with.
    seed
        Seed of the shuffles, not negative.
    max_bytes
        Bytes that one ratio is taken on at most, above 0.
    workers
        Number of threads that compress, at least 1; the result does not depend on it.

    Raises
    ------
    InvalidParameter
        Texts and sources differ in number, a ranking is no list of indices into the pool, the reference
        is not among the picks, or a number is out of its range.
    """
    _check_comparable(
        texts, sources, picks, reference, n_bytes=n_bytes, max_bytes=max_bytes, workers=workers, seed=seed
    )
    kept = {name: _kept_of(texts, name, ranking, n_bytes) for name, ranking in picks.items()}
    in_reference = np.unique(kept[reference][0])
    figures = []
    for name, (ranking, sizes) in kept.items():
        total = int(sizes.sum())
        ratio_bytes = min(total, n_bytes, max_bytes)
        ratios = _ratios(texts, ranking, sizes, ratio_bytes, seed, workers)
        shared = int(sizes[np.isin(ranking, in_reference)].sum())
        figures.append(
            Figures(
                name=name,
                n_records=len(ranking),
                n_bytes=total,
                ratio_bytes=ratio_bytes,
                ratio_zlib32k=ratios["zlib32k"],
                ratio_zstd_long=ratios["zstd_long"],
                ratio_xz=ratios["xz"],
                length_bytes=Lengths.of(sizes),
                histogram=_histogram(sizes),
                source_shares=_source_shares(sources, ranking, sizes),
                overlap=1.0 if name == reference else shared / max(total, 1),
            )
        )
    return figures


def beside(
    texts: Sequence[bytes],
    sources: Sequence[str],
    name: str,
    ranking: np.ndarray,
    *,
    seed: int,
    max_bytes: int = 8_000_000,
    workers: int = 1,
) -> list[Figures]:
    """Return the figures of a selection and, at equal bytes, of random, length and all; see `compare`.

    Parameters
    ----------
    texts, sources, seed, max_bytes, workers
        As in `compare`.
    name, ranking
        The selection, which overlap is measured with.
    """
    n_bytes = max(sum(len(texts[index]) for index in ranking.tolist()), 1)
    picks = {name: ranking}
    for other in CONTROLS:
        if other not in picks:
            picks[other] = select(texts, Budget(n_bytes, "bytes"), other, seed=seed).ranking
    return compare(
        texts, sources, picks, n_bytes, reference=name, seed=seed, max_bytes=max_bytes, workers=workers
    )


def _check_comparable(
    texts: Sequence[bytes],
    sources: Sequence[str],
    picks: Mapping[str, np.ndarray],
    reference: str,
    **numbers: int,
) -> None:
    if len(sources) != len(texts):
        raise InvalidParameter(f"each text needs a source: got {len(texts)} texts and {len(sources)} sources")
    if reference not in picks:
        raise InvalidParameter(
            f"reference {reference!r} is not among the picks: choose one of {', '.join(picks)}"
        )
    for name, value in numbers.items():
        minimum = 0 if name == "seed" else 1
        if value < minimum:
            raise InvalidParameter(f"{name} must be at least {minimum}, got {value}")


def _kept_of(
    texts: Sequence[bytes], name: str, ranking: np.ndarray, n_bytes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return what is kept of a ranking, (m,) int64, and the size of each record in bytes, (m,) int64."""
    ranking = np.asarray(ranking)
    is_indices = ranking.ndim == 1 and (ranking.dtype.kind in "iu" or not len(ranking))
    if not is_indices or (len(ranking) and not 0 <= ranking.min() <= ranking.max() < len(texts)):
        raise InvalidParameter(
            f"ranking {name!r} must hold indices from 0 to {len(texts) - 1}, got "
            f"{np.array2string(ranking, threshold=6)} of type {ranking.dtype}"
        )
    ranking = ranking.astype(np.int64)
    sizes = np.fromiter((len(texts[index]) for index in ranking.tolist()), np.int64, len(ranking))
    if name == ALL:
        return ranking, sizes
    left, places = n_bytes, []
    for place, size in enumerate(sizes.tolist()):
        if size <= left:
            places.append(place)
            left -= size
    return ranking[places], sizes[places]


def _ratios(
    texts: Sequence[bytes],
    ranking: np.ndarray,
    sizes: np.ndarray,
    n_bytes: int,
    seed: int,
    workers: int,
) -> dict[str, float | None]:
    """Return codec -> mean ratio of `N_SHUFFLES` shuffles of `n_bytes` bytes; None without a byte."""
    if n_bytes == 0:
        return dict.fromkeys(CODECS)
    keys = _shuffle_keys(texts, ranking, seed)
    samples = [_first_bytes(texts, ranking, sizes, np.argsort(key, kind="stable"), n_bytes) for key in keys]
    tasks = [(sample, codec) for codec in CODECS for sample in samples]
    with Threads(workers) as threads:
        values = list(threads.map(lambda task: compression_ratio(*task), tasks))
    means = np.reshape(values, (len(CODECS), N_SHUFFLES)).mean(axis=1).tolist()
    return dict(zip(CODECS, means, strict=True))


def _shuffle_keys(texts: Sequence[bytes], ranking: np.ndarray, seed: int) -> np.ndarray:
    """Return sort keys of `N_SHUFFLES` shuffles, (N_SHUFFLES, m) uint64: content and seed decide.

    Equal texts have equal keys, which is harmless: one stands for the other.
    """
    key = hashlib.blake2b(str(seed).encode()).digest()
    digests = b"".join(
        hashlib.blake2b(texts[index], digest_size=N_SHUFFLES * _KEY_BYTES, key=key).digest()
        for index in ranking.tolist()
    )
    return np.frombuffer(digests, "<u8").reshape(-1, N_SHUFFLES).T


def _first_bytes(
    texts: Sequence[bytes], ranking: np.ndarray, sizes: np.ndarray, order: np.ndarray, n_bytes: int
) -> list[bytes]:
    """Return the texts of a ranking in `order`, up to `n_bytes` bytes; the last one is cut there."""
    ends = np.cumsum(sizes[order])
    if ends[-1] <= n_bytes:
        return [texts[index] for index in ranking[order].tolist()]
    last = int(np.searchsorted(ends, n_bytes))
    sample = [texts[index] for index in ranking[order[: last + 1]].tolist()]
    sample[-1] = sample[-1][: len(sample[-1]) - (int(ends[last]) - n_bytes)]
    return sample


def _histogram(sizes: np.ndarray) -> tuple[tuple[int, int, int], ...]:
    """Return (lower, upper, records) by powers of two.

    >>> _histogram(np.array([0, 3, 2]))
    ((0, 1, 1), (1, 2, 0), (2, 4, 2))
    """
    n_bits = np.frexp(sizes)[1]  # as int.bit_length: 0 for 0, 1 for 1, 2 for 2 and 3
    counts = np.bincount(n_bits).tolist()
    first = int(n_bits.min(initial=len(counts)))
    return tuple((2**bits >> 1, 2**bits, counts[bits]) for bits in range(first, len(counts)))


def _source_shares(sources: Sequence[str], ranking: np.ndarray, sizes: np.ndarray) -> dict[str, float]:
    """Return source -> share of the bytes, the largest first; zeros where there is no byte."""
    held: dict[str, int] = {}
    for index, size in zip(ranking.tolist(), sizes.tolist(), strict=True):
        held[sources[index]] = held.get(sources[index], 0) + size
    total = max(sum(held.values()), 1)
    return {name: held[name] / total for name in sorted(held, key=lambda name: (-held[name], name))}
