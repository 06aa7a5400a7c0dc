"""Assets that choose: `pool`, `selection` and, beside every selection, `random_control`."""

import json
from typing import Any

import dagster as dg
import numpy as np
import polars as pl

from entropy_assets import records
from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Texts, log_ratios
from entropy_assets.curation.selection import Budget, Constraints, ZipParams, select
from entropy_assets.curation.selection.comparison import Figures, beside, table
from entropy_assets.curation.selection.tokens import count_tokens, packing
from entropy_assets.defs.charts import length_picture, picture, source_picture
from entropy_assets.defs.resources import Dataset, read_one, table_schema
from entropy_assets.ledger import State
from entropy_assets.settings import LawSettings, SelectionSettings
from entropy_assets.shards import Segment, Shards, parquet_bytes, write_shard
from entropy_assets.storage import canonical_json, digest_bytes, digest_value, put, read_list, seed_from
from entropy_assets.texts import utf8

SELECTION_SCHEMA = pl.Schema({"rank": pl.Int64, "id": pl.String, "gain": pl.Float64})
"""One row a pick; `rank` counts from 0 in the order of choice, `gain` is the selector's score."""


def build_selection(dataset: Dataset) -> list[dg.AssetsDefinition]:
    """Return the assets of this stage for one dataset."""

    @dg.asset(
        **dataset.asset_args("select", ("polars",), "screened_records"),
        pool=dataset.name,
        description="Live, deduplicated records that the candidate may choose from, and their split.",
    )
    def pool(
        context: dg.AssetExecutionContext, screened_records: dict[str, Any]
    ) -> dg.MaterializeResult[dict[str, Any]]:
        manifest = assemble_pool(dataset, context.partition_key, screened_records)
        metadata = {
            "dagster/partition_row_count": manifest["n_records"],
            "dagster/column_schema": table_schema(records.SCHEMA),
            "bytes": manifest["n_bytes"],
            **{f"records_{name}": count for name, count in manifest["splits"].items()},
        }
        return dg.MaterializeResult(value=manifest, metadata=metadata)

    @dg.asset(
        **dataset.asset_args("select", ("polars", "zstandard"), "pool"),
        pool=dataset.name,
        description="The candidate's records in order of choice, made by the selector of the settings.",
    )
    def selection(
        context: dg.AssetExecutionContext, pool: dict[str, Any]
    ) -> dg.MaterializeResult[dict[str, Any]]:
        settings = dataset.settings.selection
        loaded = dataset.load_pool(pool)
        manifest = select_from(dataset, loaded, settings, settings.selector)
        metadata = _selection_metadata(manifest)
        if settings.tokenizer:
            metadata |= _token_metadata(settings, load_selected(dataset, manifest, loaded))
        return dg.MaterializeResult(value=manifest, metadata=metadata)

    @dg.asset(
        **dataset.asset_args("select", ("polars",), "pool", "selection"),
        pool=dataset.name,
        description="A random selection of as many bytes as the selector picked: what it is compared with.",
    )
    def random_control(
        context: dg.AssetExecutionContext, pool: dict[str, Any], selection: dict[str, Any]
    ) -> dg.MaterializeResult[dict[str, Any]]:
        settings = SelectionSettings(budget_bytes=max(selection["n_bytes"], 1))
        loaded = dataset.load_pool(pool)
        manifest = select_from(dataset, loaded, settings, "random")
        metadata = {
            **_selection_metadata(manifest),
            **_comparison_metadata(compare_selection(dataset, loaded, selection)),
        }
        return dg.MaterializeResult(value=manifest, metadata=metadata)

    return [pool, selection, random_control]


def assemble_pool(dataset: Dataset, key: str, screened_records: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest of a candidate's pool: the parent's live segments and what it adds."""
    candidate, parent = dataset.candidate(key), dataset.parent_of(key)
    drops = dataset.live_drops(candidate, parent)
    added = Segment(Shards.from_json(screened_records["shards"]), drops=drops)
    segments = [*dataset.segments(State(parent.version, drops, parent.segments)), added]
    assembled = pools.assemble(dataset.read_segments(segments), dataset.settings.pool)
    split = write_shard(dataset.root, dataset.home.work("pool"), assembled.split)
    counts = assembled.split["split"].value_counts()
    return {
        "segments": [segment.to_json() for segment in segments],
        "split": Shards((split,)).to_json(),
        "drops": list(drops),
        "digest": assembled.digest,
        "n_records": assembled.records.height,
        "n_bytes": int(Texts.of(assembled.records).sizes.sum()),
        "splits": dict(sorted(counts.iter_rows())),
    }


def select_from(
    dataset: Dataset, pool: pools.Pool, settings: SelectionSettings, selector: str
) -> dict[str, Any]:
    """Return the manifest of a selection from a pool's training records.

    The same pool and settings give the same selection, so it is made once and kept. A run that is stopped
    within it goes on where it was.
    """
    records_in = pool.part(pools.TRAIN)
    train = Texts.of(records_in)
    canonical = train.texts
    if settings.with_rejected:
        canonical = utf8(records.text_column(records_in, with_rejected=True))
    budget = _budget(settings, train)
    params = ZipParams(settings.n_candidates, settings.n_shortlist, settings.n_picks)
    constraints = _constraints(dataset, settings, records_in, train, budget)
    parts = {
        "pool": pool.digest,
        "selector": selector,
        "codec": settings.codec,
        "noise_guard": settings.noise_guard,
        "with_rejected": settings.with_rejected,
        "budget": [budget.amount, budget.unit, budget.tokenizer],
        "constraints": [list(constraints.keep), list(constraints.never), constraints.quotas],
        "params": [settings.n_candidates, settings.n_shortlist, settings.n_picks],
        "seed": dataset.settings.seed,
    }
    state = dataset.home.work("selection") / f"{digest_value(parts)[:32]}.state"

    def compute() -> bytes:
        picked = select(
            canonical,
            budget,
            selector,
            params=params,
            constraints=constraints,
            codec=settings.codec,
            noise_guard=settings.noise_guard,
            seed=seed_from("select", parts),
            workers=dataset.workers,
            state=state if selector.startswith("zip") else None,
        )
        # The official algorithm can pick a record twice; a version holds it once.
        table = pl.DataFrame(
            {
                "id": [train.ids[i] for i in [*picked.ranking, *picked.refused]],
                "gain": [*picked.gains, *([None] * len(picked.refused))],
                "refused": [False] * len(picked.ranking) + [True] * len(picked.refused),
            },
            schema={"id": pl.String, "gain": pl.Float64, "refused": pl.Boolean},
        )
        return parquet_bytes(table.unique("id", keep="first", maintain_order=True))

    made = pl.read_parquet(dataset.remember("selections", parts, compute))
    refused = made.filter("refused").select("id")
    picked = made.filter(~pl.col("refused")).with_row_index("rank").select(SELECTION_SCHEMA.names())
    data = parquet_bytes(picked.cast(SELECTION_SCHEMA))
    digest = digest_bytes(data)
    path = dataset.home.work("selection") / f"{digest[:32]}.parquet"
    if not path.exists():
        put(path, data)
    if state.exists():
        state.unlink()
    shard = {"path": path.relative_to(dataset.root).as_posix(), "digest": digest, "bytes": len(data)}
    texts = train.take(_places(train.ids, picked["id"].to_list()))
    return {
        "shards": [{**shard, "rows": picked.height}],
        "digest": digest,
        "pool": pool.digest,
        "selector": selector,
        "n_records": picked.height,
        "n_bytes": int(texts.sizes.sum()),
        "refused": Shards((write_shard(dataset.root, dataset.home.work("selection"), refused),)).to_json(),
        "figures": _figures(dataset, digest, texts, pool.digest),
    }


def compare_selection(dataset: Dataset, pool: pools.Pool, selection: dict[str, Any]) -> list[Figures]:
    """Return the figures of a selection and, at equal bytes, of random, length and all."""
    train = Texts.of(pool.part(pools.TRAIN))
    picked = _places(train.ids, read_one(dataset, selection)["id"].to_list())
    return beside(
        train.texts,
        [source for source, _ in train.strata],
        selection["selector"],
        np.array(picked, np.int64),
        seed=seed_from("compare", pool.digest),
        # Shown and not judged, and nearly all of the time is xz's.
        max_bytes=dataset.settings.law.sample_bytes // 2,
        workers=dataset.workers,
    )


def selection_figures(
    texts: Texts, law: LawSettings, pool_digest: str, workers: int
) -> dict[str, float | None]:
    """Return R of a selection under both codecs, each on shuffled samples of equal bytes."""
    texts = texts.windows(law.record_bytes)
    if not len(texts):
        return {"ratio_zlib32k": None, "ratio_zstd_long": None}
    seed = seed_from("figures", pool_digest)
    return {
        f"ratio_{codec}": float(
            np.exp(log_ratios(texts, law.sample_bytes, law.n_samples, seed, codec, workers=workers).mean())
        )
        for codec in ("zlib32k", "zstd_long")
    }


def _figures(dataset: Dataset, digest: str, texts: Texts, pool_digest: str) -> dict[str, float | None]:
    """Return `selection_figures` of the selection with a digest, made once and kept."""
    law = dataset.settings.law
    parts = {"selection": digest, "pool": pool_digest}
    parts |= {name: getattr(law, name) for name in ("record_bytes", "sample_bytes", "n_samples")}
    stored = dataset.remember(
        "figures",
        parts,
        lambda: canonical_json(selection_figures(texts, law, pool_digest, dataset.workers)),
    )
    found: dict[str, float | None] = json.loads(stored)
    return found


def _places(known: list[str], ids: list[str]) -> list[int]:
    """Return where each of `ids` stands among the known ones."""
    place = {record_id: index for index, record_id in enumerate(known)}
    return [place[record_id] for record_id in ids]


def load_selected(dataset: Dataset, manifest: dict[str, Any], pool: pools.Pool) -> Texts:
    """Return the texts that a selection's manifest names, in order of choice."""
    train, ids = pool.part(pools.TRAIN), read_one(dataset, manifest)["id"].to_list()
    return Texts.of(train[_places(train["id"].to_list(), ids)])


def _budget(settings: SelectionSettings, train: Texts) -> Budget:
    if settings.budget_records:
        return Budget(settings.budget_records, "records")
    if settings.budget_tokens:
        return Budget(settings.budget_tokens, "tokens", settings.tokenizer)
    return Budget(settings.budget_bytes or max(int(train.sizes.sum() * settings.budget_share), 1), "bytes")


def _constraints(
    dataset: Dataset, settings: SelectionSettings, frame: pl.DataFrame, train: Texts, budget: Budget
) -> Constraints:
    sources = [source for source, _ in train.strata]
    present = set(sources)
    row_ids = frame["row_id"].fill_null(frame["id"]).to_list()

    def places(name: str) -> list[int]:
        listed = set(read_list(dataset.root / name)) if name else set()
        return [place for place, row_id in enumerate(row_ids) if row_id in listed]

    shares = {name: share for name, share in settings.source_shares.items() if name in present}
    return Constraints(
        keep=places(settings.keep_list),
        never=places(settings.never_list),
        groups=sources,
        quotas={name: int(budget.amount * share) for name, share in sorted(shares.items())},
    )


def _token_metadata(settings: SelectionSettings, texts: Texts) -> dict[str, Any]:
    packed = packing(count_tokens(texts.texts, settings.tokenizer), settings.sequence_length)
    return {"tokens": packed.n_tokens, "packed_fill": packed.packed_fill, "in_tokens": str(packed)}


def _comparison_metadata(figures: list[Figures]) -> dict[str, Any]:
    return {
        "beside_the_selection": dg.MetadataValue.md(table(figures)),
        "lengths": picture(length_picture(figures), "record lengths"),
        "sources": picture(source_picture(figures), "shares of the sources"),
        **{f"ratio_xz_{one.name}": one.ratio_xz for one in figures if one.ratio_xz is not None},
    }


def _selection_metadata(manifest: dict[str, Any]) -> dict[str, Any]:
    return {
        "dagster/partition_row_count": manifest["n_records"],
        "dagster/column_schema": table_schema(SELECTION_SCHEMA),
        "selector": manifest["selector"],
        "bytes": manifest["n_bytes"],
        "refused_as_noise": Shards.from_json(manifest["refused"]).rows,
        **{name: value for name, value in manifest["figures"].items() if value is not None},
    }
