"""What each record costs alone, found once a drop and kept.

A selection begins with such a look at every record of its pool. Prices are kept by the digest of the text, so
that the one that an earlier candidate found is that of now.

What belongs here: keeping and finding those prices. What does not: what is done with them
(`curation.selection`).
"""

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np
import zstandard

from entropy_assets.candidate.cache import Cache
from entropy_assets.curation.selection import Prices, priced_alone
from entropy_assets.settings import SelectionSettings
from entropy_assets.texts import one_by_one, taken

_ROW = np.dtype([("key", "<u8"), ("price", "<i8")])
"""A row of a table: the text's digest, and what it costs; rows are sorted."""


def kept_prices(
    cache: Cache,
    drops: Mapping[str, np.ndarray],
    texts: Sequence[bytes],
    settings: SelectionSettings,
    workers: int,
) -> Prices:
    """Return the prices of records alone; those that are in no kept table of their drop are found and kept.

    Parameters
    ----------
    cache
        Where the tables are.
    drops
        Drop -> the places of its records among the texts, (m,) int64; each place is in one of them.
    texts
        n texts.
    settings
        Codec, and whether the texts hold rejected answers.
    workers
        As in `priced_alone`.
    """
    added = np.zeros(len(texts), np.int64)
    for drop, places in drops.items():
        parts = {
            "drop": drop,
            "codec": settings.codec,
            "with_rejected": settings.with_rejected,
            "zstd": list(zstandard.ZSTD_VERSION),
        }
        own = taken(texts, places)
        keys = np.fromiter(map(_key, one_by_one(own)), np.uint64, len(own))
        found = _known(cache.get("prices", parts), keys)
        missing = np.flatnonzero(found < 0)
        if len(missing):
            found[missing] = priced_alone(taken(own, missing), settings.codec, workers)
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
