"""Codecs and the compression ratio **R**.

ratio = raw bytes / compressed bytes, so **higher = more redundant** (Entropy Law, arXiv 2407.06645,
g(D) = Bits(D) / Bits(C(D))). Other tools publish the inverse; the direction is stated here and nowhere
else. A figure is always named with its codec and window: `ratio_zlib32k`, `ratio_zstd_long`.

What belongs here: how many bytes a text costs. What does not: which texts to pick.
"""

import lzma
import zlib
from collections.abc import Callable, Sequence

import numpy as np
import zstandard

from entropy_assets.errors import InvalidParameter

SEPARATOR = b"\n"

_ZSTD_LONG = zstandard.ZstdCompressionParameters.from_level(
    12,
    window_log=27,
    hash_log=22,
    chain_log=22,
    enable_ldm=True,
    write_content_size=False,
    write_checksum=False,
)


def zlib32k_bytes(data: bytes) -> int:
    """Return the size in bytes of `data` under zlib level 9, which sees 32 KiB back."""
    return len(zlib.compress(data, 9))


def zstd_long_bytes(data: bytes) -> int:
    """Return the size in bytes of `data` under zstd level 12 with a window of 128 MiB."""
    return len(zstandard.ZstdCompressor(compression_params=_ZSTD_LONG).compress(data))


def xz_bytes(data: bytes) -> int:
    """Return the size in bytes of `data` under LZMA2 (preset 6): a judge that no selector optimises."""
    return len(lzma.compress(data, format=lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 6}]))


CODECS: dict[str, Callable[[bytes], int]] = {
    "zlib32k": zlib32k_bytes,
    "zstd_long": zstd_long_bytes,
    "xz": xz_bytes,
}
"""Codec name -> compressed size of its input in bytes."""


def compression_ratio(texts: Sequence[bytes], codec: str) -> float:
    """Return raw / compressed bytes of `texts` joined by a newline; higher = more redundant.

    Parameters
    ----------
    texts
        At least one non-empty text.
    codec
        A key of `CODECS`.

    Raises
    ------
    InvalidParameter
        The codec is unknown, or there is nothing to compress.
    """
    if codec not in CODECS:
        raise InvalidParameter(f"codec {codec!r} is unknown: choose one of {', '.join(CODECS)}")
    if not any(texts):
        raise InvalidParameter(f"a compression ratio needs a text with content, got {len(texts)} empty ones")
    data = SEPARATOR.join(texts)
    return len(data) / CODECS[codec](data)


def sample_of_bytes(sizes: np.ndarray, n_bytes: int, seed: int) -> np.ndarray:
    """Return indices of a random sample without repeats, of at most `n_bytes` bytes or one record.

    Records are shuffled by `seed` and taken while the next one still fits; the first that does not
    fit ends the sample, so that long records are not avoided.

    Parameters
    ----------
    sizes
        (n,) int, size of each record in bytes.
    n_bytes
        Size of the sample in bytes, above 0.
    seed
        Seed of the shuffle.

    Returns
    -------
    np.ndarray
        (m,) int64, the picked indices in shuffled order; at least one where n > 0.
    """
    order = np.random.default_rng(seed).permutation(len(sizes))
    taken = int(np.searchsorted(np.cumsum(sizes[order]), n_bytes, side="right"))
    return order[: max(taken, 1)]
