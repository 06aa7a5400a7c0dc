"""Choosing from a pool under the settings of a dataset: each selection is made once and kept.

Under the setting `incremental` a small drop's selection goes on from that of the promoted state that the
instruments are made on too (`carried`), never from one that went on itself. So it follows from the ledger,
whose pools are cached or not, and nothing adds up from drop to drop.

What belongs here: budgets and lists, which selection another goes on from, and keeping. What does not: how it
is chosen (`curation.selection`), and what is chosen for which step (`candidate.selection`).
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from upath import UPath

from entropy_assets.candidate import embedding
from entropy_assets.candidate.carried import state_carried_to
from entropy_assets.candidate.figures import kept_figures
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
from entropy_assets.ledger import Candidate, State, order_of
from entropy_assets.settings import SELECTORS, SelectionSettings
from entropy_assets.settings.stage import Stage
from entropy_assets.shards import Shard, Shards, parquet_bytes, write_shard
from entropy_assets.storage import digest_bytes, digest_value, put, read_list, seed_from
from entropy_assets.texts import taken

SELECTION_SCHEMA = pl.Schema({"rank": pl.Int64, "id": pl.String, "gain": pl.Float64})
"""One row a pick; `rank` counts from 0 in the order of choice, `gain` is the selector's score."""


def base_of(run: CandidateRun) -> State | None:
    """Return the promoted state whose selection those of a run go on from; None where none does.

    What a person orders, a refresh and a withdrawal among it, is chosen from nothing, and so is everything
    where records have to be picked, or the share of a source is limited, by a mixture too.
    """
    settings = run.settings.selection
    is_mixed = run.settings.mixture.method != "natural"
    is_limited = settings.keep_list or settings.source_shares or is_mixed
    if not settings.incremental or settings.selector != "zip" or is_limited:
        return None
    return _base(run, run.candidate, run.parent)


def _base(run: CandidateRun, candidate: Candidate, parent: State) -> State | None:
    """Return the state whose selection that of a candidate goes on from, by what it is and its parent."""
    is_small = candidate.add and not candidate.remove and order_of(candidate.key) is None
    if not is_small or parent.version is None:
        return None
    return state_carried_to(run.workspace, parent, run.settings.law.carried)


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
    asked = _asked(run, pool, settings, selector)
    asked = replace(asked, onward=_onward(asked, base))
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
    """Return the selection; one by `zip` from nothing is kept for those that go on from it."""
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
        return replace(made, gains=gains, refused=refused)
    if asked.selector == "zip" and settings.incremental:
        found = Earlier.of(train.ids, made).to_bytes()
        run.workspace.cache.keep("bases", _base_parts(run, settings, asked.pool), found)
    return made


def _onward(asked: _Asked, base: State | None) -> _Onward | None:
    """Return what stays of the selection of a base; None where there is none, or too little to go on from."""
    if base is None:
        return None
    run = asked.run
    pool = run.parent_pool if base.digest == run.parent.digest else run.pool_of(base)
    if pool.digest == asked.pool.digest:
        ledger = run.workspace.ledger
        made = ledger.entry(ledger.versions()[base.version or ""]).candidate
        return _onward(asked, _base(run, made, ledger.state_before(made.key)))
    parts = _base_parts(run, asked.settings, pool)
    found = run.workspace.cache.get("bases", parts)
    if found is None:
        earlier = _asked(run, pool, asked.settings, "zip")
        _made(earlier)
        earlier.state.unlink(missing_ok=True)
        found = run.workspace.cache.get("bases", parts)
        assert found is not None, "it was kept just now"
    ids = Ids(pool.split.filter(pl.col("split") == pools.TRAIN)["id"])
    sizes = {"bytes": asked.train.sizes, "records": np.ones(len(asked.train), np.int64)}
    # Tokens are a fixed amount, into which the earlier picks fitted.
    weights = sizes.get(asked.budget.unit, np.zeros(len(asked.train), np.int64))
    head = head_of(Earlier.from_bytes(ids, found), asked.train.ids, weights, asked.budget.amount)
    if head is None:
        return None
    return _Onward(head, digest_value([pool.digest, digest_bytes(found)]), base.version)


def _base_parts(run: CandidateRun, settings: SelectionSettings, pool: pools.Pool) -> dict[str, Any]:
    listed = read_list(run.workspace.root / settings.never_list) if settings.never_list else ""
    return {
        "pool": pool.digest,
        "selection": settings.picks_follow_from,
        "never": digest_value(listed),
        "seed": run.settings.seed,
    }
