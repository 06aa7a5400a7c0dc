"""All definitions of a deployment: one graph a dataset under ENTROPY_HOME."""

import warnings

import dagster as dg
from upath import UPath

from entropy_assets.candidate.workspace import DEFAULT_DATASET, Workspace, entropy_home
from entropy_assets.defs.automation import build_jobs, build_schedule, build_sensor
from entropy_assets.defs.dedup import build_dedup
from entropy_assets.defs.ingest import build_ingest
from entropy_assets.defs.law import build_law
from entropy_assets.defs.mixture import build_mixture
from entropy_assets.defs.probe import build_probe
from entropy_assets.defs.publish import build_publish
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.screening import build_screening
from entropy_assets.defs.selection import build_selection
from entropy_assets.storage import datasets


def build_dataset(dataset: Dataset) -> dg.Definitions:
    """Return the definitions of one dataset."""
    with warnings.catch_warnings():
        # Partitioned checks are in preview; the range of dagster in pyproject.toml is chosen for them.
        warnings.simplefilter("ignore", dg.PreviewWarning)
        return _build_dataset(dataset)


def _build_dataset(dataset: Dataset) -> dg.Definitions:
    built = [
        *build_ingest(dataset),
        *build_dedup(dataset),
        *build_screening(dataset),
        *build_mixture(dataset),
        *build_selection(dataset),
        *build_probe(dataset),
        *build_law(dataset),
        *build_publish(dataset),
    ]
    return dg.Definitions(
        assets=[item for item in built if not isinstance(item, dg.AssetChecksDefinition)],
        asset_checks=[item for item in built if isinstance(item, dg.AssetChecksDefinition)],
        jobs=build_jobs(dataset),
        sensors=[build_sensor(dataset)],
        schedules=[build_schedule(dataset)],
        resources=dataset.resources,
        executor=dg.in_process_executor,
    )


def build_defs(home: UPath | None = None) -> dg.Definitions:
    """Return the definitions of every dataset under `home`; of the dataset `main` where there is none.

    Parameters
    ----------
    home
        ENTROPY_HOME; read from the environment where it is not given.
    """
    home = home or entropy_home()
    names = datasets(home) or [DEFAULT_DATASET]
    return dg.Definitions.merge(*(build_dataset(Dataset(Workspace(home, name))) for name in names))
