"""How well dedup finds copies on this very drop: near-copies are planted, looked for, and counted.

They are planted into a sample of the records and deduplicated beside the real work, so that none can reach
the pool, and none can stand in the way of a real record.

What belongs here: the measurement. What does not: the limit it is held against.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl

from entropy_assets.curation.dedup import Known, deduplicate, plant, recall, sketch, without_planted
from entropy_assets.curation.dedup.index import Index, with_places
from entropy_assets.curation.dedup.marked import marked_texts
from entropy_assets.curation.dedup.near import are_near
from entropy_assets.records import SCHEMA
from entropy_assets.settings import DedupSettings
from entropy_assets.shards import read_shard

SAMPLE = 4
"""Records that are looked through for each planted copy: not every text is long enough for one."""


def planted_in_drop(
    ids: pl.Series,
    take: Callable[[np.ndarray], pl.DataFrame],
    params: DedupSettings,
    n: int,
    seed: int,
) -> dict[str, Any]:
    """Return how many planted near-copies of a drop's records dedup finds among these records.

    Parameters
    ----------
    ids
        Of the records that dedup let through of the drop.
    take
        Places among them -> these records.
    params
        As dedup was run with.
    n
        Copies that are planted; fewer where there are not enough records long enough.
    seed
        Seed of the choice of records and of the copies.

    Returns
    -------
    dict
        ``{"n", "found", "recall"}``; recall is found / n, 1.0 for n = 0.
    """
    own = _planted(take(_sample(ids, n, seed)), params, n, seed)
    nothing = Known.of(own.clear(), params)
    return _share_found(deduplicate(own, nothing, params).pairs, own)


def planted_in_pool(index: Index, params: DedupSettings, n: int, seed: int) -> dict[str, Any]:
    """Return how many planted near-copies of the pool's records dedup finds by the stored index.

    Parameters and result are as for `planted_in_drop`.
    """
    pool = _pool_records(index, seed)
    stored = _planted(pool[_sample(pool["id"], n, seed)], params, n, seed)
    copies = planted_only(stored)
    sketched = sketch(copies, params)
    with index.known(with_places(copies, sketched.frame(copies["id"], params))) as known:
        found = deduplicate(copies, known, params, sketched=sketched).pairs
    return _share_found(found, copies)


def _planted(records: pl.DataFrame, params: DedupSettings, n: int, seed: int) -> pl.DataFrame:

    def are_copies(pairs: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> np.ndarray:
        rows = [row for pair in pairs for row in pair]
        texts = marked_texts(pl.DataFrame(rows, schema=SCHEMA)).to_list()
        return are_near(list(zip(texts[::2], texts[1::2], strict=True)), params)

    return plant(records, n, seed, threshold=params.threshold, shingle=params.shingle, are_copies=are_copies)


def planted_only(records: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that were planted."""
    return records.join(without_planted(records).select("id"), on="id", how="anti", maintain_order="left")


def _share_found(pairs: pl.DataFrame, planted: pl.DataFrame) -> dict[str, Any]:
    n, share = planted_only(planted).height, recall(pairs, planted)
    return {"n": n, "found": round(share * n), "recall": share}


def _sample(ids: pl.Series, n: int, seed: int) -> np.ndarray:
    """Return the places of at most `SAMPLE` records a copy, the same records for any order."""
    n_rows = min(len(ids), SAMPLE * n)
    places = pl.DataFrame({"id": ids, "place": np.arange(len(ids))}).sort("id")
    sampled: np.ndarray = places.sample(n_rows, seed=seed % 2**32).sort("id")["place"].to_numpy()
    return sampled


def _pool_records(index: Index, seed: int) -> pl.DataFrame:
    """Return the live records of one shard of the pool, chosen by the seed."""
    places = [(segment, shard) for segment in index.segments for shard in segment.records.shards]
    if not places:
        return SCHEMA.to_frame()
    segment, shard = places[seed % len(places)]
    return index.counting(read_shard(index.root, shard), segment)
