"""Choosing from a pool under the settings of a dataset: each selection is made once and kept.

Under the setting `incremental` a small drop's selection goes on from its parent's, and that from its own
parent's. Where one of them is not kept it is made again, from the last one back that is.

What belongs here: budgets and lists, going on from a selection, and keeping. What does not: how it is chosen
(`curation.selection`), which it goes on from (`going_on`), and what is chosen for which step (`selection`).
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from upath import UPath

from entropy_assets.candidate import embedding
from entropy_assets.candidate.figures import kept_figures
from entropy_assets.candidate.going_on import base_before
from entropy_assets.candidate.limits import budget_of, constraints_of
from entropy_assets.candidate.pool_texts import places_by_drop, texts_of
from entropy_assets.candidate.prices import kept_prices
from entropy_assets.candidate.record_scores import scores_in
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.scoring import Scores
from entropy_assets.curation.selection import (
    Budget,
    Constraints,
    Earlier,
    Head,
    Selection,
    ZipParams,
    head_of,
    select,
)
from entropy_assets.ids import Ids, column_of, ids_at, places_of
from entropy_assets.ledger import State
from entropy_assets.settings import SELECTORS, SelectionSettings
from entropy_assets.settings.stage import Stage
from entropy_assets.shards import Shard, Shards, parquet_bytes, write_shard
from entropy_assets.storage import digest_bytes, digest_value, put, read_list, seed_from
from entropy_assets.texts import taken

SELECTION_SCHEMA = pl.Schema({"rank": pl.Int64, "id": pl.String, "gain": pl.Float64})
"""One row a pick; `rank` counts from 0 in the order of choice, `gain` is the selector's score."""


def select_from(
    run: CandidateRun,
    pool: pools.Pool,
    settings: SelectionSettings,
    selector: str,
    base: State | None = None,
) -> dict[str, Any]:
    """Return what a manifest holds of a selection from a pool's training records.

    The same pool, settings and base give the same selection, so it is made once and kept. A run that is
    stopped within it goes on where it was.

    Parameters
    ----------
    run
        Where it is kept.
    pool
        What is chosen from.
    settings
        Budget, lists, and how `zip` chooses.
    selector
        Name of a selector.
    base
        The promoted state from whose selection by `zip` this one goes on; None: from nothing. Where it has
        the same pool nothing is new, and this one goes on from where the one that was promoted did.
    """
    asked = _going_on(_asked(run, pool, settings, selector), base)
    made = pl.read_parquet(_remembered(asked))
    refused = made.filter("refused").select("id")
    picked = made.filter(~pl.col("refused")).with_row_index("rank").select(SELECTION_SCHEMA.names())
    data = parquet_bytes(picked.cast(SELECTION_SCHEMA))
    digest = digest_bytes(data)
    path = run.workspace.home.work("selection") / f"{digest[:32]}.parquet"
    if not path.exists():
        put(path, data)
    asked.state.unlink(missing_ok=True)
    shard = Shard(path.relative_to(run.workspace.root).as_posix(), digest, picked.height, len(data))
    texts = asked.train.take(places_of(picked["id"], asked.train.ids))
    return {
        "shards": Shards((shard,)),
        "content": digest,
        "pool": pool.digest,
        "selector": selector,
        "n_records": picked.height,
        "n_bytes": int(texts.sizes.sum()),
        "refused": Shards((write_shard(run.workspace.root, run.workspace.home.work("selection"), refused),)),
        "figures": kept_figures(run, digest, texts, pool.digest),
        "goes_on_from": None if asked.onward is None else asked.onward.version,
    }


@dataclass(frozen=True)
class _Onward:
    """What stays of an earlier selection, the digest of what that found, and the version it is of."""

    head: Head
    digest: str
    version: str | None


@dataclass(frozen=True)
class _Asked:
    """A selection from one pool under the settings: what it is made of, and all that decides it."""

    run: CandidateRun
    pool: pools.Pool
    settings: SelectionSettings
    selector: str
    train: Texts
    budget: Budget
    constraints: Constraints
    scores: Scores | None = None
    base: State | None = None
    onward: _Onward | None = None

    @property
    def options(self) -> Stage | None:
        """Parameters of the selector, None where its entry has none of its own."""
        return self.settings.table(self.selector) if hasattr(self.settings, self.selector) else None

    @property
    def parts(self) -> dict[str, Any]:
        """What decides it."""
        settings, limits = self.settings, self.constraints
        found = {
            "pool": self.pool.digest,
            "selector": self.selector,
            "codec": settings.codec,
            "noise_guard": settings.noise_guard,
            "with_rejected": settings.with_rejected,
            "budget": [self.budget.amount, self.budget.unit, self.budget.tokenizer],
            "constraints": [list(limits.keep), list(limits.never), limits.quotas],
            "params": [settings.n_candidates, settings.n_shortlist, settings.n_picks],
            "seed": self.run.settings.seed,
        }
        if self.options is not None:
            found["options"] = asdict(self.options)
        if self.scores is not None:
            found["scores"] = digest_bytes(self.scores.values.tobytes())
        if "embeddings" in SELECTORS[self.selector].needs:
            found["vectors"] = embedding.follow_from(self.run.settings.scoring, _root(self.run))
        return found if self.onward is None else found | {"goes_on_from": self.onward.digest}

    @property
    def state(self) -> UPath:
        """Where the state of an unfinished selection lies."""
        return self.run.workspace.home.work("selection") / f"{digest_value(self.parts)[:32]}.state"


def _root(run: CandidateRun) -> Path:
    return Path(str(run.workspace.root))


def _asked(run: CandidateRun, pool: pools.Pool, settings: SelectionSettings, selector: str) -> _Asked:
    """Return a selection from nothing that is to be made."""
    train = texts_of(pool, pools.TRAIN)
    budget = budget_of(settings, train)
    constraints = constraints_of(run, settings, pool, train, budget)
    scores = scores_in(run, pool, selector, train.ids)
    return _Asked(run, pool, settings, selector, train, budget, constraints, scores)


def _remembered(asked: _Asked) -> bytes:
    """Return the picks and what was refused, as a table; made once and kept."""

    def compute() -> bytes:
        picked = _made(asked)
        # The official algorithm can pick a record twice; a version holds it once.
        places = np.concatenate([picked.ranking, picked.refused])
        table = pl.DataFrame(
            {
                "id": column_of(ids_at(asked.train.ids, places)),
                "gain": pl.Series(picked.gains).extend_constant(None, len(picked.refused)),
                "refused": np.arange(len(places)) >= len(picked.ranking),
            },
            schema={"id": pl.String, "gain": pl.Float64, "refused": pl.Boolean},
        )
        return parquet_bytes(table.unique("id", keep="first", maintain_order=True))

    return asked.run.workspace.cache.remember("selections", asked.parts, compute)


def _made(asked: _Asked) -> Selection:
    """Return the selection; one by `zip` is kept for those that go on from it."""
    run, settings, onward, train = asked.run, asked.settings, asked.onward, asked.train
    canonical = train.texts
    if settings.with_rejected:
        canonical = texts_of(asked.pool, pools.TRAIN, with_rejected=True).texts
    constraints, prices = asked.constraints, None
    entry, vectors = SELECTORS[asked.selector], None
    if "embeddings" in entry.needs:
        vectors = embedding.vectors_of(run.settings.scoring, canonical, run.settings.seed, _root(run))
    if asked.selector == "zip":
        priced = np.arange(len(train)) if onward is None else onward.head.new
        drops = places_by_drop(asked.pool, ids_at(train.ids, priced))
        prices = kept_prices(run.workspace.cache, drops, taken(canonical, priced), settings, run.workers)
        if onward is not None:
            head = onward.head
            prices = head.prices(prices.added)
            never = sorted({*constraints.never, *head.refused.tolist()})
            constraints = replace(constraints, keep=head.keep.tolist(), never=never)
    made = select(
        canonical,
        asked.budget,
        asked.selector,
        params=ZipParams(settings.n_candidates, settings.n_shortlist, settings.n_picks),
        constraints=constraints,
        codec=settings.codec,
        noise_guard=settings.noise_guard,
        seed=seed_from("select", asked.parts),
        workers=run.workers,
        state=asked.state if entry.resumes else None,
        prices=prices,
        options=asked.options,
        scores=None if asked.scores is None else asked.scores.values,
        vectors=vectors,
    )
    if onward is not None:
        gains = np.concatenate([onward.head.gains, made.gains[len(onward.head.gains) :]])
        refused = np.union1d(made.refused, onward.head.refused)
        made = replace(made, gains=gains, refused=refused)
    if asked.selector == "zip" and settings.incremental:
        kept = None if onward is None else onward.head
        parts = _base_parts(run, asked.pool, settings, asked.base)
        run.workspace.cache.keep("bases", parts, Earlier.of(train.ids, made, kept).to_bytes())
    return made


def _going_on(asked: _Asked, base: State | None) -> _Asked:
    """Return the selection with what stays of that of a base, unless there is none or too little stays."""
    while base is not None and _pool_of(asked.run, base).digest == asked.pool.digest:
        base = base_before(asked.run, base)
    return asked if base is None else replace(asked, base=base, onward=_onward(asked, base))


def _pool_of(run: CandidateRun, state: State) -> pools.Pool:
    return run.parent_pool if state.digest == run.parent.digest else run.pool_of(state)


def _onward(asked: _Asked, base: State) -> _Onward | None:
    """Return what stays of the selection of a base; None where that is too little."""
    run, cache, pool = asked.run, asked.run.workspace.cache, _pool_of(asked.run, base)
    before = base_before(run, base)
    found = cache.get("bases", _base_parts(run, pool, asked.settings, before))
    if found is None:
        earlier = _going_on(_asked(run, pool, asked.settings, "zip"), before)
        parts = _base_parts(run, pool, asked.settings, earlier.base)
        if (found := cache.get("bases", parts)) is None:
            _made(earlier)
            earlier.state.unlink(missing_ok=True)
            found = cache.get("bases", parts)
        assert found is not None, "it was kept just now"
    ids = Ids(pool.split.filter(pl.col("split") == pools.TRAIN)["id"])
    sizes = {"bytes": asked.train.sizes, "records": np.ones(len(asked.train), np.int64)}
    # Tokens are a fixed amount, into which the earlier picks fitted.
    weights = sizes.get(asked.budget.unit, np.zeros(len(asked.train), np.int64))
    head = head_of(Earlier.from_bytes(ids, found), asked.train.ids, weights, asked.budget.amount)
    if head is None:
        return None
    return _Onward(head, digest_value([pool.digest, digest_bytes(found)]), base.version)


def _base_parts(
    run: CandidateRun, pool: pools.Pool, settings: SelectionSettings, base: State | None
) -> dict[str, Any]:
    listed = read_list(run.workspace.root / settings.never_list) if settings.never_list else ""
    return {
        "pool": pool.digest,
        "after": None if base is None else base.digest,
        "selection": settings.picks_follow_from,
        "never": digest_value(listed),
        "seed": run.settings.seed,
    }
