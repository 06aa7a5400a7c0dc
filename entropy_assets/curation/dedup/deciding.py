"""Deciding: who stays and who goes in favour of whom, wherever the records lie.

Of the new records only keys and signatures are held, and arrays as long as them; texts are asked for while
they are verified. Bands, most of what a signature has, are put into keeper order one at a time.

What belongs here: joining the rules exact, normalised and near. What does not: reading and writing records.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import overload

import numpy as np
import polars as pl

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup.given import REST, Given, Known, signature_schema
from entropy_assets.curation.dedup.marked import unmarked
from entropy_assets.curation.dedup.near import choose_keepers, find_matches
from entropy_assets.curation.dedup.pairs import INDEX_COLUMNS, PAIRS_SCHEMA, RULES, in_file_order
from entropy_assets.curation.dedup.sketching import (
    Sketch,
    band_names,
    first_of,
)
from entropy_assets.errors import StaleProvenance
from entropy_assets.settings import DedupSettings

_KEPT, _EXACT, _NORMALISED, _NEAR = range(4)
_NOBODY = -1


@dataclass(frozen=True)
class Decided:
    """Which new records stay, and why the others go.

    Parameters
    ----------
    rows
        (k,) int64, the records that stay, in file order.
    pairs
        One row of `PAIRS_SCHEMA` for each other record, in file order.
    """

    rows: np.ndarray
    pairs: pl.DataFrame


@dataclass
class _Work:
    """One run over n new records in keeper order, and the pool records that might match one of them.

    Each record has at most one link, to another new record or to one of the pool; `rule` is the link's.
    The records themselves lie in the order in which they came: place p of all else is row `order[p]`, in
    the sketch too.
    """

    given: Given
    keys: pl.DataFrame
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


def decide(given: Given, sketched: Sketch, known: Known, params: DedupSettings, workers: int = 1) -> Decided:
    """Return which records are no copy of a known one or of one another; see `deduplicate`.

    Parameters
    ----------
    given
        New records.
    sketched
        Their signatures, in their order.
    known
        The pool.
    params
        What counts as a copy.
    workers
        Threads; the result does not depend on it.

    Raises
    ------
    StaleProvenance
        The pool's signatures were made with other settings.
    """
    _require_current(known, params)
    work = _begin(given, sketched, known, params)
    ids = work.keys["id"].gather(work.order)
    work.link(np.arange(len(ids)), first_of(ids), _row_of(ids, work.pool["id"]), _EXACT)
    live = work.live
    normalised = pl.Series(sketched.normalised[work.order[live]])
    in_pool = _row_of(normalised, _best_of_pool(work))
    work.link(live, live[first_of(normalised)], in_pool, _NORMALISED)
    if params.near:
        _remove_near(work, params, workers)
    return _finish(work)


def _require_current(known: Known, params: DedupSettings) -> None:
    """Refuse a pool whose signatures have not the columns that the settings ask for."""
    wanted = {*signature_schema(params), *INDEX_COLUMNS}
    if missing := sorted(wanted - set(known.signatures.columns)):
        raise StaleProvenance(
            f"the pool's signatures must have the columns {', '.join(sorted(wanted))}, {', '.join(missing)} "
            "are missing: make them again with today's settings"
        )


def _begin(given: Given, sketched: Sketch, known: Known, params: DedupSettings) -> _Work:
    """Return the records in keeper order and the part of the pool that shares anything with them."""
    keys, pool = given.keys, known.signatures
    n = keys.height
    if pool.height:
        values = sketched.frame(keys["id"], params)
        shares = [pl.col(name).is_in(values[name].drop_nulls().unique().implode()) for name in values.columns]
        pool = pool.filter(pl.any_horizontal(shares)).sort(INDEX_COLUMNS, maintain_order=True)
        pool = pool.unique("id", keep="first", maintain_order=True)
    return _Work(
        given=given,
        keys=keys,
        order=_keeper_order(given, keys, sketched.sizes),
        sketch=sketched,
        pool=pool,
        pool_texts=known.texts,
        to_new=np.arange(n),
        to_pool=np.full(n, _NOBODY),
        rule=np.zeros(n, np.int8),
        similarity=np.ones(n),
    )


def _keeper_order(given: Given, keys: pl.DataFrame, sizes: np.ndarray) -> np.ndarray:
    """Return the rows, the longest text first, then by id, place and what else they hold: (n,) int64.

    Most ids stand once, so only rows of one id are sorted by more than it.
    """
    by = pl.DataFrame({"size": -sizes, "id": keys["id"]})
    order = by.select(pl.arg_sort_by("size", "id"))["size"].to_numpy().astype(np.int64)
    twice = by["id"].is_duplicated().to_numpy()
    rows = np.flatnonzero(twice)
    if len(rows):
        place = pl.concat([by[rows], keys[rows].select("drop", "file", "line", "row_id")], how="horizontal")
        if place.is_duplicated().any():
            place = pl.concat([place, given.take(rows).select(REST)], how="horizontal")
        # Both are sorted by size and id, so the n-th row that stands twice goes where the n-th stood.
        order[twice[order]] = rows[place.select(pl.arg_sort_by(place.columns)).to_series().to_numpy()]
    return order


def _row_of(values: pl.Series, keys: pl.Series) -> np.ndarray:
    """Return for each value its place among the keys, -1 where it is none: (n,) int64; null keys are none."""
    if not len(keys):
        return np.full(len(values), _NOBODY)
    table = pl.DataFrame({"value": keys, "row": np.arange(len(keys))}).drop_nulls()
    found = pl.DataFrame({"value": values}).join(table, on="value", how="left", maintain_order="left")
    rows: np.ndarray = found["row"].fill_null(_NOBODY).to_numpy()
    return rows


def _best_of_pool(work: _Work) -> pl.Series:
    """Return the pool's normalised hashes, null but for the longest text of each, then lowest id."""
    hashes = work.pool["normalised"]
    if not len(hashes):
        return hashes
    wanted = hashes.is_in(pl.Series(work.sketch.normalised).implode())
    twice = work.pool.filter(wanted & hashes.is_duplicated())["id"].to_list()
    found = work.pool_texts(twice) if twice else {}
    sizes = {name: len(unmarked(text.encode())) for name, text in found.items()}
    size = pl.Series([sizes.get(name, 0) for name in work.pool["id"]], dtype=pl.Int64)
    order = pl.DataFrame({"size": -size, "row": np.arange(len(size))}).sort("size", "row")["row"]
    is_best = hashes.gather(order).is_first_distinct()
    return hashes.set(~pl.Series(np.arange(len(size))).is_in(order.filter(is_best).implode()), None)


@dataclass(frozen=True)
class _Bands(Sequence[np.ndarray]):
    """The bands of the pool's records and of the new ones at `rows`, one behind the other.

    Each is made when it is asked for: together they would be copied as a whole.
    """

    pool: np.ndarray
    new: np.ndarray
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.new)

    @overload
    def __getitem__(self, band: int) -> np.ndarray: ...
    @overload
    def __getitem__(self, band: slice) -> list[np.ndarray]: ...
    def __getitem__(self, band: int | slice) -> np.ndarray | list[np.ndarray]:
        if isinstance(band, slice):
            return [self[one] for one in range(*band.indices(len(self)))]
        return np.concatenate([self.pool[band], self.new[band][self.rows]])


def _remove_near(work: _Work, params: DedupSettings, workers: int) -> None:
    """Link near-copies to their keepers."""
    live = work.live
    live = live[work.sketch.is_long[work.order[live]]]
    rows = work.order[live]
    names = band_names(params)
    pool = work.pool.filter(pl.col(names[0]).is_not_null()).with_row_index("place")
    n_pool = pool.height
    bands = _Bands(pool.select(names).to_numpy().T.astype(np.uint64), work.sketch.bands, rows)
    pool_ids, pool_sizes, lock = pool["id"].to_list(), np.zeros(n_pool, np.int64), Lock()

    def tokens(places: np.ndarray) -> tk.Tokens:
        old, new = places[places < n_pool], places[places >= n_pool]
        wanted = [pool_ids[place] for place in old]
        with lock:
            found = work.pool_texts(wanted) if wanted else {}
        stored = [found[name].encode() for name in wanted]
        pool_sizes[old] = [len(unmarked(text)) for text in stored]
        own = rows[new - n_pool]
        if work.sketch.tokens is None:
            return tk.tokenise([*stored, *given(own)])
        return tk.behind(tk.tokenise(stored), work.sketch.tokens.take(own))

    def given(own: np.ndarray) -> Sequence[bytes]:
        kept = work.sketch.texts
        return work.given.texts(own) if kept is None else kept[own].tolist()

    def texts(places: np.ndarray) -> list[str]:
        wanted = [pool_ids[place] for place in places[places < n_pool]]
        with lock:
            found = work.pool_texts(wanted) if wanted else {}
        own = given(rows[places[places >= n_pool] - n_pool])
        return [*(found[name] for name in wanted), *(text.decode() for text in own)]

    sizes = np.concatenate([pool_sizes, work.sketch.sizes[rows]])
    matches = find_matches(tokens, texts, sizes, bands, n_pool, params, workers)
    rank = np.arange(n_pool + len(live))
    rank[np.lexsort((np.arange(n_pool), -pool_sizes))] = np.arange(n_pool)
    keeper, similarity = choose_keepers(matches, len(rank), rank)
    keeper, work.similarity[live] = keeper[n_pool:], similarity[n_pool:]
    found = work.pool["id"].search_sorted(pool["id"]).to_numpy() if n_pool else np.zeros(0, np.int64)
    in_pool = keeper < n_pool
    old, new = np.full(len(live), _NOBODY), live.copy()
    old[in_pool] = found[keeper[in_pool]]
    new[~in_pool] = live[keeper[~in_pool] - n_pool]
    work.link(live, new, old, _NEAR)


def _finish(work: _Work) -> Decided:
    """Return what stays and the pairs, after every link has been followed to its end."""
    n = len(work.rule)
    last, end = np.arange(n), work.to_new.copy()
    for _ in range(len(RULES)):  # copy -> normalised -> near -> kept
        moved = work.rule[end] != _KEPT
        last[moved] = end[moved]
        end = work.to_new[end]
    removed = np.flatnonzero(work.rule != _KEPT)
    last, end = last[removed], end[removed]
    places = work.keys.select(INDEX_COLUMNS)
    in_pool = work.to_pool[end]
    keepers = pl.concat([places[work.order[end]], work.pool.select(INDEX_COLUMNS)])
    keepers = keepers[np.where(in_pool == _NOBODY, np.arange(len(end)), len(end) + in_pool)]
    rule = work.rule[last]
    copied = pl.Series((rule == _NEAR) & (last != removed))
    pairs = pl.concat(
        [places[work.order[removed]], keepers.rename({name: f"keeper_{name}" for name in INDEX_COLUMNS})],
        how="horizontal",
    ).with_columns(
        pl.Series("rule", [RULES[code - 1] for code in rule.tolist()], pl.String),
        pl.Series("similarity", work.similarity[last], pl.Float64),
        pl.Series("copy_of", places["id"].gather(work.order[last]).set(~copied, None), pl.String),
    )
    live = work.order[work.live]
    live.sort()
    in_order = places[live].select(pl.arg_sort_by("drop", "file", "line", "row_id", "id"))
    return Decided(live[in_order.to_series().to_numpy()], in_file_order(pairs.select(PAIRS_SCHEMA.names())))
