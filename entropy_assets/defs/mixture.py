"""Assets of the mixture of sources: `domain_mixture`, and `mixture_law` on demand."""

from typing import Any

import dagster as dg
import polars as pl

from entropy_assets.candidate.manifests import DomainMixture, MixtureLaw, PoolManifest
from entropy_assets.candidate.mixture import mix_domains
from entropy_assets.candidate.mixture_law import measure_mixture_law
from entropy_assets.charts import mixture_picture
from entropy_assets.defs.resources import Dataset, frame_table, picture


def build_mixture(dataset: Dataset) -> list[dg.AssetsDefinition]:
    """Return the assets of this stage for one dataset."""

    @dg.asset(
        **dataset.asset_args("select", ("polars", "scipy"), "pool"),
        description="Which share of the budget each source of the pool may take, by the method of [mixture].",
    )
    def domain_mixture(
        context: dg.AssetExecutionContext, pool: PoolManifest
    ) -> dg.MaterializeResult[DomainMixture]:
        made = mix_domains(dataset.run_of(context), pool)
        return dg.MaterializeResult(value=made, metadata=_mixture_metadata(made))

    @dg.asset(
        **dataset.asset_args("select", ("torch", "scipy"), "pool"),
        description="Probes on mixtures of the pool's sources, and the law of loss over share and bytes that "
        "is fitted on them. Made by a job of its own.",
    )
    def mixture_law(
        context: dg.AssetExecutionContext, pool: PoolManifest
    ) -> dg.MaterializeResult[MixtureLaw]:
        made = measure_mixture_law(dataset.run_of(context), pool)
        metadata: dict[str, Any] = {
            "law": frame_table(pl.DataFrame(made.rows)),
            "runs": len(made.runs),
            "file": made.file,
        }
        return dg.MaterializeResult(value=made, metadata=metadata | made.errors)

    return [domain_mixture, mixture_law]


def _mixture_metadata(made: DomainMixture) -> dict[str, Any]:
    rows = [
        {name: value for name, value in row.items() if name not in ("entropies", "binds")}
        | {name: value[0] for name, value in row["entropies"].items()}
        | {"held_by": ", ".join(row["binds"])}
        for row in made.rows
    ]
    return {
        "method": made.method,
        "budget": f"{made.budget:,} {made.budget_unit}",
        "divergence_from_natural": made.divergence,
        "mixture": frame_table(pl.DataFrame(rows, infer_schema_length=None)),
        "shares": picture(mixture_picture(made.rows), "shares of the sources"),
    }
