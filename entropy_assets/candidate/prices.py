"""What each record costs alone, found once a drop and kept.

A selection begins with such a look at every record of its pool. Prices are kept by the digest of the text, so
that the one that an earlier candidate found is that of now.

What belongs here: keeping and finding those prices. What does not: what is done with them
(`curation.selection`).
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import polars as pl
import zstandard

from entropy_assets.candidate.cache import Cache
from entropy_assets.curation.selection import Prices, priced_alone
from entropy_assets.settings import SelectionSettings

_ROW = np.dtype([("key", "<u8"), ("price", "<i8")])
"""A row of a table: the text's digest, and what it costs; rows are sorted."""


def kept_prices(
    cache: Cache, frame: pl.DataFrame, texts: Sequence[bytes], settings: SelectionSettings, workers: int
) -> Prices:
    """Return the prices of records alone; those that are in no kept table of their drop are found and kept.

    Parameters
    ----------
    cache
        Where the tables are.
    frame
        n records with `drop`.
    texts
        n texts, aligned with `frame`.
    settings
        Codec, and whether the texts hold rejected answers.
    workers
        Number of threads, at least 1.
    """
    added = np.zeros(frame.height, np.int64)
    for (drop,), rows in frame.select("drop").with_row_index("place").group_by("drop", maintain_order=True):
        places = rows["place"].to_numpy()
        parts = {
            "drop": drop,
            "codec": settings.codec,
            "with_rejected": settings.with_rejected,
            "zstd": list(zstandard.ZSTD_VERSION),
        }
        own = [texts[place] for place in places.tolist()]
        keys = np.fromiter(map(_key, own), np.uint64, len(own))
        found = _known(cache.get("prices", parts), keys)
        missing = np.flatnonzero(found < 0)
        if len(missing):
            news = [own[place] for place in missing.tolist()]
            found[missing] = priced_alone(news, settings.codec, workers)
            table = np.empty(len(keys), _ROW)
            table["key"], table["price"] = keys, found
            cache.keep("prices", parts, np.unique(table).tobytes())
        added[places] = found
    return Prices.alone(added)


def _key(text: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little")


def _known(kept: bytes | None, keys: np.ndarray) -> np.ndarray:
    """Return the kept price of each key, -1 where there is none: (m,) int64."""
    table = np.frombuffer(kept or b"", _ROW)
    found = np.full(len(keys), -1, np.int64)
    if len(table):
        places = np.minimum(np.searchsorted(table["key"], keys), len(table) - 1)
        is_known = table["key"][places] == keys
        found[is_known] = table["price"][places[is_known]]
    return found
