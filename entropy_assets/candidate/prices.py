"""What each record costs alone, found once a drop and kept.

A selection begins with such a look at every record of its pool. A record's id is the digest of what it
holds, so the price that an earlier candidate found is that of now.

What belongs here: keeping and finding those prices. What does not: what is done with them
(`curation.selection`).
"""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import zstandard

from entropy_assets.candidate.cache import Cache
from entropy_assets.curation.selection import Prices, priced_alone
from entropy_assets.settings import SelectionSettings
from entropy_assets.shards import parquet_bytes

_SCHEMA = pl.Schema({"id": pl.String, "price": pl.Int64})


def kept_prices(
    cache: Cache, frame: pl.DataFrame, texts: Sequence[bytes], settings: SelectionSettings, workers: int
) -> Prices:
    """Return the prices of records alone; those that are in no kept table of their drop are found and kept.

    Parameters
    ----------
    cache
        Where the tables are.
    frame
        n records with `id` and `drop`.
    texts
        n texts, aligned with `frame`.
    settings
        Codec, and whether the texts hold rejected answers.
    workers
        Number of threads, at least 1.
    """
    added = np.zeros(frame.height, np.int64)
    for (drop,), rows in (
        frame.select("id", "drop").with_row_index("place").group_by("drop", maintain_order=True)
    ):
        parts = {
            "drop": drop,
            "codec": settings.codec,
            "with_rejected": settings.with_rejected,
            "zstd": list(zstandard.ZSTD_VERSION),
        }
        places, ids = rows["place"].to_numpy(), rows["id"]
        found = _known(cache, parts, ids)
        missing = np.flatnonzero(found < 0)
        if len(missing):
            own = [texts[place] for place in places[missing].tolist()]
            found[missing] = priced_alone(own, settings.codec, workers)
            table = pl.DataFrame({"id": ids, "price": found}, schema=_SCHEMA)
            cache.keep("prices", parts, parquet_bytes(table))
        added[places] = found
    return Prices.alone(added)


def _known(cache: Cache, parts: dict[str, Any], ids: pl.Series) -> np.ndarray:
    """Return the kept price of each id, -1 where there is none: (m,) int64."""
    kept = cache.get("prices", parts)
    if kept is None:
        return np.full(len(ids), -1, np.int64)
    table = pl.read_parquet(io.BytesIO(kept))
    joined = ids.rename("id").to_frame().join(table, on="id", how="left", maintain_order="left")
    return joined["price"].fill_null(-1).to_numpy().copy()
