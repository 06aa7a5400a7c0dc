"""Choosing from a pool under the settings of a dataset: each selection is made once and kept.

Under the setting `incremental` a small drop's selection goes on from that of the promoted state that the
instruments are made on too (`carried`), never from one that went on itself. So it follows from the ledger,
whose pools are cached or not, and nothing adds up from drop to drop.

What belongs here: budgets and lists, which selection another goes on from, and keeping. What does not: how it
is chosen (`curation.selection`), and what is chosen for which step (`candidate.selection`).
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from upath import UPath

from entropy_assets.candidate.carried import carried_state
from entropy_assets.candidate.figures import kept_figures
from entropy_assets.candidate.pool_texts import places_by_drop, texts_of
from entropy_assets.candidate.prices import kept_prices
from entropy_assets.candidate.record_scores import scores_in
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.scoring import embed
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
from entropy_assets.ledger import State, order_of
from entropy_assets.settings import SELECTORS, SelectionSettings
from entropy_assets.shards import Shard, Shards, parquet_bytes, write_shard
from entropy_assets.storage import digest_bytes, digest_value, put, read_list, seed_from
from entropy_assets.texts import taken

SELECTION_SCHEMA = pl.Schema({"rank": pl.Int64, "id": pl.String, "gain": pl.Float64})
"""One row a pick; `rank` counts from 0 in the order of choice, `gain` is the selector's score."""


def base_of(run: CandidateRun) -> State | None:
    """Return the promoted state whose selection those of a run go on from; None where none does.

    What a person orders, a refresh and a withdrawal among it, is chosen from nothing, and so is everything
    where records have to be picked, or a source's share is limited.
    """
    settings, candidate = run.settings.selection, run.candidate
    is_limited = settings.keep_list or settings.source_shares
    is_small = candidate.add and not candidate.remove and order_of(candidate.key) is None
    if not settings.incremental or settings.selector != "zip" or is_limited or not is_small:
        return None
    return None if run.parent.version is None else carried_state(run)


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
        The promoted state from whose selection by `zip` this one goes on; None: from nothing.
    """
    train = texts_of(pool, pools.TRAIN)
    asked = _Asked(run, pool, train, settings, selector)
    onward = None if base is None else _onward(run, asked, base)
    made = pl.read_parquet(asked.remembered(onward))
    refused = made.filter("refused").select("id")
    picked = made.filter(~pl.col("refused")).with_row_index("rank").select(SELECTION_SCHEMA.names())
    data = parquet_bytes(picked.cast(SELECTION_SCHEMA))
    digest = digest_bytes(data)
    path = run.workspace.home.work("selection") / f"{digest[:32]}.parquet"
    if not path.exists():
        put(path, data)
    asked.forget(onward)
    shard = Shard(path.relative_to(run.workspace.root).as_posix(), digest, picked.height, len(data))
    texts = train.take(places_of(picked["id"], train.ids))
    return {
        "shards": Shards((shard,)),
        "content": digest,
        "pool": pool.digest,
        "selector": selector,
        "n_records": picked.height,
        "n_bytes": int(texts.sizes.sum()),
        "refused": Shards((write_shard(run.workspace.root, run.workspace.home.work("selection"), refused),)),
        "figures": kept_figures(run, digest, texts, pool.digest),
        "goes_on_from": None if base is None or onward is None else base.version,
    }


@dataclass(frozen=True)
class _Onward:
    """What stays of an earlier selection, and the digest of what that found."""

    head: Head
    digest: str


class _Asked:
    """A selection from one pool under the settings: what decides it, and making it."""

    def __init__(
        self, run: CandidateRun, pool: pools.Pool, train: Texts, settings: SelectionSettings, selector: str
    ) -> None:
        self.run, self.pool, self.train, self.settings, self.selector = run, pool, train, settings, selector
        self.budget = _budget(settings, train)
        self.constraints = _constraints(run, settings, pool, train, self.budget)
        self._params = ZipParams(settings.n_candidates, settings.n_shortlist, settings.n_picks)
        self.parts: dict[str, Any] = {
            "pool": pool.digest,
            "selector": selector,
            "codec": settings.codec,
            "noise_guard": settings.noise_guard,
            "with_rejected": settings.with_rejected,
            "budget": [self.budget.amount, self.budget.unit, self.budget.tokenizer],
            "constraints": [
                list(self.constraints.keep),
                list(self.constraints.never),
                self.constraints.quotas,
            ],
            "params": [settings.n_candidates, settings.n_shortlist, settings.n_picks],
            "seed": run.settings.seed,
        }
        entry = SELECTORS[selector]
        self.options = settings.table(selector) if hasattr(settings, selector) else None
        self.scores = scores_in(run, pool, selector, train.ids)
        if self.options is not None:
            self.parts["options"] = asdict(self.options)
        if self.scores is not None:
            self.parts["scores"] = digest_bytes(self.scores.values.tobytes())
        if "embeddings" in entry.needs:
            self.parts["n_dimensions"] = run.settings.scoring.n_dimensions

    def _parts(self, onward: _Onward | None) -> dict[str, Any]:
        return self.parts if onward is None else self.parts | {"goes_on_from": onward.digest}

    def state(self, onward: _Onward | None) -> UPath:
        """Return where the state of an unfinished selection lies."""
        return self.run.workspace.home.work("selection") / f"{digest_value(self._parts(onward))[:32]}.state"

    def forget(self, onward: _Onward | None) -> None:
        """Remove that state, once what was selected is kept."""
        state = self.state(onward)
        if state.exists():
            state.unlink()

    def remembered(self, onward: _Onward | None) -> bytes:
        """Return the picks and what was refused, as a table; made once and kept."""

        def compute() -> bytes:
            picked = self.make(onward)
            # The official algorithm can pick a record twice; a version holds it once.
            places = np.concatenate([picked.ranking, picked.refused])
            table = pl.DataFrame(
                {
                    "id": column_of(ids_at(self.train.ids, places)),
                    "gain": pl.Series(picked.gains).extend_constant(None, len(picked.refused)),
                    "refused": np.arange(len(places)) >= len(picked.ranking),
                },
                schema={"id": pl.String, "gain": pl.Float64, "refused": pl.Boolean},
            )
            return parquet_bytes(table.unique("id", keep="first", maintain_order=True))

        return self.run.workspace.cache.remember("selections", self._parts(onward), compute)

    def make(self, onward: _Onward | None) -> Selection:
        """Return the selection; one by `zip` from nothing is kept for those that go on from it."""
        run, settings, parts = self.run, self.settings, self._parts(onward)
        canonical = self.train.texts
        if settings.with_rejected:
            canonical = texts_of(self.pool, pools.TRAIN, with_rejected=True).texts
        constraints, prices = self.constraints, None
        entry, n_dimensions = SELECTORS[self.selector], run.settings.scoring.n_dimensions
        if self.selector == "zip":
            priced = np.arange(len(self.train)) if onward is None else onward.head.new
            drops = places_by_drop(self.pool, ids_at(self.train.ids, priced))
            texts = taken(canonical, priced)
            prices = kept_prices(run.workspace.cache, drops, texts, settings, run.workers)
            if onward is not None:
                head = onward.head
                prices = head.prices(prices.added)
                never = sorted({*constraints.never, *head.refused.tolist()})
                constraints = replace(constraints, keep=head.keep.tolist(), never=never)
        made = select(
            canonical,
            self.budget,
            self.selector,
            params=self._params,
            constraints=constraints,
            codec=settings.codec,
            noise_guard=settings.noise_guard,
            seed=seed_from("select", parts),
            workers=run.workers,
            state=self.state(onward) if entry.resumes else None,
            prices=prices,
            options=self.options,
            scores=None if self.scores is None else self.scores.values,
            vectors=embed(canonical, n_dimensions, run.settings.seed)
            if "embeddings" in entry.needs
            else None,
        )
        if onward is not None:
            gains = np.concatenate([onward.head.gains, made.gains[len(onward.head.gains) :]])
            refused = np.union1d(made.refused, onward.head.refused)
            return replace(made, gains=gains, refused=refused)
        if self.selector == "zip" and settings.incremental:
            found = Earlier.of(self.train.ids, made).to_bytes()
            run.workspace.cache.keep("bases", _base_parts(run, settings, self.pool), found)
        return made


def _onward(run: CandidateRun, asked: _Asked, base: State) -> _Onward | None:
    """Return what stays of the selection of a base; None where that is too little, or all, to go on from."""
    pool = run.parent_pool if base.digest == run.parent.digest else run.pool_of(base)
    if pool.digest == asked.pool.digest:
        return None  # nothing is new, and what the base chose is what is chosen
    parts = _base_parts(run, asked.settings, pool)
    found = run.workspace.cache.get("bases", parts)
    if found is None:
        earlier = _Asked(run, pool, texts_of(pool, pools.TRAIN), asked.settings, "zip")
        earlier.make(None)
        earlier.forget(None)
        found = run.workspace.cache.get("bases", parts)
        assert found is not None, "it was kept just now"
    ids = Ids(pool.split.filter(pl.col("split") == pools.TRAIN)["id"])
    sizes = {"bytes": asked.train.sizes, "records": np.ones(len(asked.train), np.int64)}
    # Tokens are a fixed amount, into which the earlier picks fitted.
    weights = sizes.get(asked.budget.unit, np.zeros(len(asked.train), np.int64))
    head = head_of(Earlier.from_bytes(ids, found), asked.train.ids, weights, asked.budget.amount)
    return None if head is None else _Onward(head, digest_value([pool.digest, digest_bytes(found)]))


def _base_parts(run: CandidateRun, settings: SelectionSettings, pool: pools.Pool) -> dict[str, Any]:
    listed = read_list(run.workspace.root / settings.never_list) if settings.never_list else ""
    return {
        "pool": pool.digest,
        "selection": asdict(settings),
        "never": digest_value(listed),
        "seed": run.settings.seed,
    }


def _budget(settings: SelectionSettings, train: Texts) -> Budget:
    if settings.budget_records:
        return Budget(settings.budget_records, "records")
    if settings.budget_tokens:
        return Budget(settings.budget_tokens, "tokens", settings.tokenizer)
    return Budget(settings.budget_bytes or max(int(train.sizes.sum() * settings.budget_share), 1), "bytes")


def _constraints(
    run: CandidateRun, settings: SelectionSettings, pool: pools.Pool, train: Texts, budget: Budget
) -> Constraints:
    sources = [source for source, _ in train.strata]
    present = set(sources)

    def places(name: str) -> list[int]:
        listed = set(read_list(run.workspace.root / name)) if name else set()
        if not listed:
            return []
        frame = pool.part(pools.TRAIN, ["row_id"])
        row_ids = frame["row_id"].fill_null(frame["id"]).to_list()
        return [place for place, row_id in enumerate(row_ids) if row_id in listed]

    shares = {name: share for name, share in settings.source_shares.items() if name in present}
    return Constraints(
        keep=places(settings.keep_list),
        never=places(settings.never_list),
        groups=sources,
        quotas={name: int(budget.amount * share) for name, share in sorted(shares.items())},
    )
