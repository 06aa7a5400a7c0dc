"""Deduplication: exact, normalised and near, inside a drop and against the pool.

Every removal names its keeper. The keeper is chosen by a stated rule: a record of the pool beats a new
one; then the longer text; then the lower id; then, of equal content, the lower place. Neither the order of
the rows nor the number of workers plays a part, and what comes out is in file order.

Reading order: tokens, sketching, candidates, verification, near, pairs; this file joins them.

What belongs here: which records are the same. What does not: where the pool's index is stored.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock

import numpy as np
import polars as pl

from entropy_assets.curation.dedup.near import choose_keepers, find_matches
from entropy_assets.curation.dedup.pairs import (
    INDEX_COLUMNS,
    PAIRS_SCHEMA,
    PLACE,
    RULES,
    Rethresholded,
    in_file_order,
    rethreshold,
)
from entropy_assets.curation.dedup.planting import plant, recall, without_planted
from entropy_assets.curation.dedup.sketching import (
    Sketch,
    band_names,
    canonical_texts,
    first_of,
    scheme,
    signatures,
    sketch,
    utf8,
)
from entropy_assets.errors import StaleProvenance
from entropy_assets.settings import DedupSettings

__all__ = [
    "INDEX_COLUMNS",
    "PAIRS_SCHEMA",
    "PLACE",
    "RULES",
    "Deduplicated",
    "Known",
    "Rethresholded",
    "Sketch",
    "canonical_texts",
    "deduplicate",
    "in_file_order",
    "plant",
    "recall",
    "rethreshold",
    "scheme",
    "signature_schema",
    "signatures",
    "sketch",
    "without_planted",
]

_KEPT, _EXACT, _NORMALISED, _NEAR = range(4)
_NOBODY = -1


@dataclass(frozen=True)
class Known:
    """The pool, as far as dedup must know it.

    Parameters
    ----------
    signatures
        What `signatures` returns, and `INDEX_COLUMNS`, one row a record, in any order.
    texts
        Ids -> the `canonical_texts` by id; asked for records that may be copies, one thread at a time.
    """

    signatures: pl.DataFrame
    texts: Callable[[list[str]], dict[str, str]]

    @classmethod
    def of(cls, records: pl.DataFrame, params: DedupSettings, workers: int = 1) -> "Known":
        """Return records in memory as a pool."""
        frame = signatures(records, params, workers).drop("id")

        def texts(ids: list[str]) -> dict[str, str]:
            found = records.filter(pl.col("id").is_in(ids))
            return dict(zip(found["id"], canonical_texts(found), strict=True))

        return cls(pl.concat([records.select(INDEX_COLUMNS), frame], how="horizontal"), texts)


@dataclass(frozen=True)
class Deduplicated:
    """What dedup let through, and for every removed record the pair that explains it.

    Parameters
    ----------
    kept
        Records, in file order.
    pairs
        One row of `PAIRS_SCHEMA` for each record that was removed, in file order.
    signatures
        What `signatures` returns of the kept records, in their order.
    """

    kept: pl.DataFrame
    pairs: pl.DataFrame
    signatures: pl.DataFrame


def signature_schema(params: DedupSettings) -> pl.Schema:
    """Return the columns of a frame of signatures."""
    return pl.Schema(
        {"id": pl.String, "normalised": pl.UInt64} | dict.fromkeys(band_names(params), pl.UInt64)
    )


@dataclass
class _Work:
    """One run over n new records in keeper order, and the pool records that might match one of them.

    Each record has at most one link, to another new record or to one of the pool; `rule` is the link's.
    The records themselves lie in the order in which they came: place p of all else is row `order[p]`.
    """

    records: pl.DataFrame
    order: np.ndarray
    sketch: Sketch
    pool: pl.DataFrame
    pool_texts: Callable[[list[str]], dict[str, str]]
    to_new: np.ndarray
    to_pool: np.ndarray
    rule: np.ndarray
    similarity: np.ndarray

    def link(self, places: np.ndarray, new: np.ndarray, pool: np.ndarray, rule: int) -> None:
        """Link records to their keepers: to the pool's where there is one, else to a new one."""
        in_pool = pool != _NOBODY
        moved = in_pool | (new != places)
        self.to_pool[places] = pool
        self.to_new[places] = np.where(in_pool, places, new)
        self.rule[places[moved]] = rule

    @property
    def live(self) -> np.ndarray:
        """Places of the records that are not removed so far."""
        return np.flatnonzero(self.rule == _KEPT)


def deduplicate(
    records: pl.DataFrame,
    known: Known,
    params: DedupSettings,
    workers: int = 1,
    sketched: Sketch | None = None,
) -> Deduplicated:
    """Return the records that are no copy of a known one or of one another.

    Copies of equal content go first, then those of equal normalised text, then near-copies: shingle sets
    of Jaccard similarity `params.threshold` or more, that do not say different things (see
    `verification.says_other`). The copies of a record that turns out a near-copy follow it to its keeper,
    which they match exactly as it does.

    Parameters
    ----------
    records
        New records, in any order.
    known
        The pool.
    params
        What counts as a copy.
    workers
        Threads; the result does not depend on it.
    sketched
        What `sketch` returns of the records with these parameters; None: it is made here.

    Raises
    ------
    StaleProvenance
        The pool's signatures were made with other settings.
    """
    _require_current(known, params)
    sketched = sketch(records, params, workers) if sketched is None else sketched
    work = _begin(records, known, params, sketched)
    ids = records["id"].gather(work.order)
    work.link(np.arange(len(ids)), first_of(ids), _row_of(ids, work.pool["id"]), _EXACT)
    live = work.live
    normalised = pl.Series(work.sketch.normalised[live])
    in_pool = _row_of(normalised, _best_of_pool(work))
    work.link(live, live[first_of(normalised)], in_pool, _NORMALISED)
    if params.near:
        _remove_near(work, params, workers)
    return _finish(work, params)


def _require_current(known: Known, params: DedupSettings) -> None:
    """Refuse a pool whose signatures have not the columns that the settings ask for."""
    wanted = {*signature_schema(params), *INDEX_COLUMNS}
    if missing := sorted(wanted - set(known.signatures.columns)):
        raise StaleProvenance(
            f"the pool's signatures must have the columns {', '.join(sorted(wanted))}, {', '.join(missing)} "
            "are missing: make them again with today's settings"
        )


def _begin(records: pl.DataFrame, known: Known, params: DedupSettings, sketched: Sketch) -> _Work:
    """Return the records in keeper order and the part of the pool that shares anything with them."""
    n = records.height
    keys = records.select("id", "drop", "file", "line", "row_id", "source", "language", "metadata")
    by = pl.DataFrame([pl.Series("size", -sketched.sizes), *keys.get_columns()])
    order = by.select(pl.arg_sort_by(by.columns))["size"].to_numpy()
    sketched = sketched.take(order)
    pool = known.signatures
    if pool.height:
        values = sketched.frame(records["id"].gather(order), params)
        shares = [pl.col(name).is_in(values[name].drop_nulls().unique().implode()) for name in values.columns]
        pool = pool.filter(pl.any_horizontal(shares)).sort(INDEX_COLUMNS, maintain_order=True)
        pool = pool.unique("id", keep="first", maintain_order=True)
    return _Work(
        records=records,
        order=order,
        sketch=sketched,
        pool=pool,
        pool_texts=known.texts,
        to_new=np.arange(n),
        to_pool=np.full(n, _NOBODY),
        rule=np.zeros(n, np.int8),
        similarity=np.ones(n),
    )


def _row_of(values: pl.Series, keys: pl.Series) -> np.ndarray:
    """Return for each value its place among the keys, -1 where it is none: (n,) int64; null keys are none."""
    table = pl.DataFrame({"value": keys, "row": np.arange(len(keys))}).drop_nulls()
    found = pl.DataFrame({"value": values}).join(table, on="value", how="left", maintain_order="left")
    rows: np.ndarray = found["row"].fill_null(_NOBODY).to_numpy()
    return rows


def _best_of_pool(work: _Work) -> pl.Series:
    """Return the pool's normalised hashes, null but for the longest text of each, then lowest id."""
    hashes = work.pool["normalised"]
    wanted = hashes.is_in(pl.Series(work.sketch.normalised).implode())
    twice = work.pool.filter(wanted & hashes.is_duplicated())["id"].to_list()
    sizes = {name: len(text.encode()) for name, text in (work.pool_texts(twice) if twice else {}).items()}
    size = pl.Series([sizes.get(name, 0) for name in work.pool["id"]], dtype=pl.Int64)
    order = pl.DataFrame({"size": -size, "row": np.arange(len(size))}).sort("size", "row")["row"]
    is_best = hashes.gather(order).is_first_distinct()
    return hashes.set(~pl.Series(np.arange(len(size))).is_in(order.filter(is_best).implode()), None)


def _remove_near(work: _Work, params: DedupSettings, workers: int) -> None:
    """Link near-copies to their keepers."""
    live = work.live
    live = live[work.sketch.is_long[live]]
    names = band_names(params)
    pool = work.pool.filter(pl.col(names[0]).is_not_null()).with_row_index("place")
    n_pool = pool.height
    bands = np.concatenate(
        [pool.select(names).to_numpy().T.astype(np.uint64), work.sketch.bands[:, live]], axis=1
    )
    pool_ids, pool_sizes, lock = pool["id"].to_list(), np.zeros(n_pool, np.int64), Lock()

    def texts(places: np.ndarray) -> Sequence[bytes]:
        old, new = places[places < n_pool], places[places >= n_pool]
        wanted = [pool_ids[place] for place in old]
        with lock:
            found = work.pool_texts(wanted) if wanted else {}
        stored = [found[name].encode() for name in wanted]
        pool_sizes[old] = [len(text) for text in stored]
        return [*stored, *utf8(canonical_texts(work.records[work.order[live[new - n_pool]]]))]

    sizes = np.concatenate([pool_sizes, work.sketch.sizes[live]])
    matches = find_matches(texts, sizes, bands, n_pool, params, workers)
    rank = np.arange(n_pool + len(live))
    rank[np.lexsort((np.arange(n_pool), -pool_sizes))] = np.arange(n_pool)
    keeper, similarity = choose_keepers(matches, len(rank), rank)
    keeper, work.similarity[live] = keeper[n_pool:], similarity[n_pool:]
    rows = work.pool["id"].search_sorted(pool["id"]).to_numpy() if n_pool else np.zeros(0, np.int64)
    in_pool = keeper < n_pool
    old, new = np.full(len(live), _NOBODY), live.copy()
    old[in_pool] = rows[keeper[in_pool]]
    new[~in_pool] = live[keeper[~in_pool] - n_pool]
    work.link(live, new, old, _NEAR)


def _finish(work: _Work, params: DedupSettings) -> Deduplicated:
    """Return what was kept and the pairs, after every link has been followed to its end."""
    n = len(work.rule)
    last, end = np.arange(n), work.to_new.copy()
    for _ in range(len(RULES)):  # copy -> normalised -> near -> kept
        moved = work.rule[end] != _KEPT
        last[moved] = end[moved]
        end = work.to_new[end]
    removed = np.flatnonzero(work.rule != _KEPT)
    last, end = last[removed], end[removed]
    places = work.records.select(pl.col(INDEX_COLUMNS).gather(work.order))
    keepers = pl.concat([places, work.pool.select(INDEX_COLUMNS)])
    in_pool = work.to_pool[end]
    keepers = keepers[np.where(in_pool == _NOBODY, end, n + in_pool)]
    rule = work.rule[last]
    copied = pl.Series((rule == _NEAR) & (last != removed))
    pairs = pl.concat(
        [places[removed], keepers.rename({name: f"keeper_{name}" for name in INDEX_COLUMNS})],
        how="horizontal",
    ).with_columns(
        pl.Series("rule", [RULES[code - 1] for code in rule.tolist()], pl.String),
        pl.Series("similarity", work.similarity[last], pl.Float64),
        pl.Series("copy_of", places["id"].gather(last).set(~copied, None), pl.String),
    )
    live = in_file_order(places.with_columns(pl.Series("place", np.arange(n)))[work.live])["place"].to_numpy()
    signed = work.sketch.frame(places["id"].gather(live), params, live)
    kept = work.records[work.order[live]]
    return Deduplicated(kept, in_file_order(pairs.select(PAIRS_SCHEMA.names())), signed)
