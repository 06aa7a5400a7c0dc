"""Assets that choose: `pool`, `record_scores`, `selection`, `random_control`; two on demand, for people."""

from collections.abc import Sequence
from typing import Any

import dagster as dg

from entropy_assets import records
from entropy_assets.candidate.choosing import SELECTION_SCHEMA
from entropy_assets.candidate.fallback import choose_records
from entropy_assets.candidate.keep_rates import RATE_FIGURES, curves, measure_keep_rates
from entropy_assets.candidate.manifests import (
    DedupedRecords,
    DropReport,
    KeepRates,
    PoolManifest,
    RandomControl,
    RawRecords,
    RecordScores,
    ScreenedRecords,
    SelectionManifest,
    SelectorComparison,
)
from entropy_assets.candidate.pipeline import stop_if_nothing_picked
from entropy_assets.candidate.pool_comparison import compare_on_pool
from entropy_assets.candidate.record_scores import record_scores as score_records
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.selection import (
    assemble_pool,
    compare_selection,
    load_selected,
    select_control,
)
from entropy_assets.candidate.selector_table import shown, taus_shown
from entropy_assets.charts import interval_picture, length_picture, line_picture, source_picture
from entropy_assets.curation.selection.comparison import Figures, table
from entropy_assets.curation.selection.favoured import favours
from entropy_assets.curation.selection.tokens import count_tokens, packing
from entropy_assets.defs.resources import Dataset, picture, result_of, table_schema


def build_selection(dataset: Dataset) -> list[dg.AssetsDefinition | dg.AssetChecksDefinition]:
    """Return the assets and the check of this stage for one dataset."""

    @dg.asset(
        **dataset.asset_args("select", ("polars",), "screened_records", "drop_report"),
        description="Live, deduplicated records that the candidate may choose from, and their split. Of a "
        "batch without the drops that their report holds.",
    )
    def pool(
        context: dg.AssetExecutionContext, screened_records: ScreenedRecords, drop_report: DropReport
    ) -> dg.MaterializeResult[PoolManifest]:
        made = assemble_pool(dataset.run_of(context), screened_records, drop_report)
        return dg.MaterializeResult(value=made, metadata=_pool_metadata(made))

    @dg.asset(
        **dataset.asset_args("select", ("torch", "polars"), "pool"),
        description="The scores that the selector picks by, made once a drop; none for most selectors.",
    )
    def record_scores(
        context: dg.AssetExecutionContext, pool: PoolManifest
    ) -> dg.MaterializeResult[RecordScores]:
        made = score_records(dataset.run_of(context), pool)
        return dg.MaterializeResult(value=made, metadata=_scores_metadata(made))

    @dg.asset(
        **dataset.asset_args("select", ("polars", "zstandard"), "pool"),
        deps=[record_scores, dataset.key("domain_mixture")],
        description="The candidate's records in order of choice, by the selector or its fallback.",
    )
    def selection(
        context: dg.AssetExecutionContext, pool: PoolManifest
    ) -> dg.MaterializeResult[SelectionManifest]:
        run = dataset.run_of(context)
        made = choose_records(run, pool)
        return dg.MaterializeResult(
            value=made, metadata=_selection_metadata(made) | _token_metadata(run, pool, made)
        )

    @dg.asset(
        **dataset.asset_args("select", ("polars",), "pool", "selection"),
        description="A random selection of as many bytes as the selector picked: what it is compared with.",
    )
    def random_control(
        context: dg.AssetExecutionContext, pool: PoolManifest, selection: SelectionManifest
    ) -> dg.MaterializeResult[RandomControl]:
        run = dataset.run_of(context)
        made = select_control(run, pool, selection)
        figures = compare_selection(run, run.load_pool(pool), selection)
        metadata = _selection_metadata(made) | _comparison_metadata(figures)
        return dg.MaterializeResult(value=made, metadata=metadata)

    @dg.asset(
        **dataset.asset_args("select", ("torch", "zstandard"), "pool"),
        description="R, L and held-out loss of zip, random and length at 5, 10, 25, 50 and 75 % of the pool, "
        "and of all of it: a help to choose a budget. Made by a job of its own.",
    )
    def keep_rates(context: dg.AssetExecutionContext, pool: PoolManifest) -> dg.MaterializeResult[KeepRates]:
        made = measure_keep_rates(dataset.run_of(context), pool)
        return dg.MaterializeResult(value=made, metadata=_rates_metadata(made.rows))

    @dg.asset(
        **dataset.asset_args("select", ("torch", "zstandard"), "pool"),
        description="Every selector that the settings are enough for, at equal bytes beside each other: R, "
        "L, held-out loss over probes, overlap, cost. Decides nothing; made by a job of its own.",
    )
    def selector_comparison(
        context: dg.AssetExecutionContext, pool: PoolManifest
    ) -> dg.MaterializeResult[SelectorComparison]:
        made = compare_on_pool(dataset.run_of(context), pool)
        return dg.MaterializeResult(value=made, metadata=_selectors_metadata(made.figures))

    @dg.asset_check(
        **dataset.check_args(
            "selection",
            "Holds a candidate from whose pool no text is picked, so that nothing can be measured.",
            "raw_records",
            "deduped_records",
            "screened_records",
            "pool",
        )
    )
    def something_picked(
        context: dg.AssetCheckExecutionContext,
        selection: SelectionManifest,
        raw_records: RawRecords,
        deduped_records: DedupedRecords,
        screened_records: ScreenedRecords,
        pool: PoolManifest,
    ) -> dg.AssetCheckResult:
        run = dataset.run_of(context)
        given = (raw_records, deduped_records, screened_records, pool, selection)
        return result_of(stop_if_nothing_picked(run, *given))

    on_demand = [keep_rates, selector_comparison]
    return [pool, record_scores, selection, random_control, *on_demand, something_picked]


def _selectors_metadata(figures: dict[str, Any]) -> dict[str, Any]:
    selectors = {name: figures["selectors"][name] for name in figures["compared"]}
    losses = {name: {"L": one["loss_bpb"], **one["heldout"]} for name, one in selectors.items()}
    return {
        "selectors": dg.MetadataValue.md(shown(figures)),
        "kendall_tau": dg.MetadataValue.md(taus_shown(figures)),
        **{
            f"{measured}, by selector": picture(
                interval_picture({name: own[measured] for name, own in losses.items()}, label, "random"),
                label,
            )
            for measured in next(iter(losses.values()))
            if (label := f"{measured}, bits per byte")
        },
    }


def _pool_metadata(made: PoolManifest) -> dict[str, Any]:
    return {
        "dagster/partition_row_count": made.n_records,
        "dagster/column_schema": table_schema(records.SCHEMA),
        "bytes": made.n_bytes,
        "copies_across_drops": made.cross_pairs.rows,
        **{f"records_{name}": count for name, count in made.splits.items()},
    }


def _scores_metadata(made: RecordScores) -> dict[str, Any]:
    named = zip(("lowest", "quartile_1", "median", "quartile_3", "highest"), made.quantiles, strict=False)
    return {"scorer": made.scorer, "without_a_score": made.unscored, **dict(named)}


def _token_metadata(run: CandidateRun, pool: PoolManifest, made: SelectionManifest) -> dict[str, Any]:
    settings = run.settings.selection
    if not settings.tokenizer:
        return {}
    texts = load_selected(run, made, run.load_pool(pool))
    packed = packing(count_tokens(texts.texts, settings.tokenizer), settings.sequence_length)
    return {"tokens": packed.n_tokens, "packed_fill": packed.packed_fill, "in_tokens": str(packed)}


def _comparison_metadata(figures: list[Figures]) -> dict[str, Any]:
    return {
        "beside_the_selection": dg.MetadataValue.md(table(figures)),
        "lengths": picture(length_picture(figures), "record lengths"),
        "sources": picture(source_picture(figures), "shares of the sources"),
        **{f"ratio_xz_{one.name}": one.ratio_xz for one in figures if one.ratio_xz is not None},
        **({"favours": dg.MetadataValue.md(told)} if (told := favours(figures)) else {}),
    }


def _selection_metadata(made: SelectionManifest) -> dict[str, Any]:
    return {
        "dagster/partition_row_count": made.n_records,
        "dagster/column_schema": table_schema(SELECTION_SCHEMA),
        "selector": made.selector,
        **({"fallback": made.fallback} if made.fallback else {}),
        "bytes": made.n_bytes,
        "refused_as_noise": made.refused.rows,
        **{name: value for name, value in made.figures.items() if value is not None},
    }


def _rates_metadata(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "rates": _rates_table(rows),
        **{
            f"{name}_over_rate": picture(line_picture(found, "fraction kept", label), label)
            for name, label in RATE_FIGURES.items()
            if (found := curves(rows, name))
        },
    }


def _rates_table(rows: Sequence[dict[str, Any]]) -> dg.TableMetadataValue:
    shown = [
        {
            name: round(own, 4) if isinstance(own, float) else own
            for name, own in row.items()
            if own is not None
        }
        for row in rows
    ]
    kinds = {"ranking": "string", "n_records": "int", "n_bytes": "int", "trained_bytes": "int"}
    columns = [dg.TableColumn(name, kinds.get(name, "float"), RATE_FIGURES.get(name)) for name in rows[0]]
    return dg.MetadataValue.table([*map(dg.TableRecord, shown)], schema=dg.TableSchema(columns))
