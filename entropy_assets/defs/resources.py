"""How a dataset stands in Dagster: keys, partitions, asset arguments, the run of a candidate, manifests.

A `Dataset` is a plain object that is bound when the definitions are built, so nothing of it can be
overridden in the launchpad.

What belongs here: wiring. What does not: what a dataset is (`candidate.workspace`).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

import dagster as dg
import polars as pl

from entropy_assets.candidate.manifests import MANIFESTS, Manifest
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.session import note_failure, session
from entropy_assets.candidate.stops import Checked
from entropy_assets.candidate.told import TOLD_SCHEMA
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.charts import as_markdown
from entropy_assets.errors import InvalidInput

OWNERS = ["team:data"]


class Dataset:
    """One dataset, as the Dagster wing sees it."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.name = workspace.name
        self.partitions = dg.DynamicPartitionsDefinition(name=f"{self.name}_candidates")
        self.io_manager_key = f"{self.name}_manifests"
        self.run_key = f"{self.name}_run"
        self.tell: Callable[[str], None] = lambda _: None

    @property
    def resources(self) -> dict[str, Any]:
        """The resources that the dataset's assets need."""
        return {self.io_manager_key: ManifestStore(self.workspace), self.run_key: _run_resource(self)}

    def key(self, asset: str) -> dg.AssetKey:
        """Return the key of one of the dataset's assets."""
        return dg.AssetKey([self.name, asset])

    def asset_args(self, group: str, kinds: Iterable[str] = ("polars",), *inputs: str) -> dict[str, Any]:
        """Return the arguments that all assets of the dataset share."""
        return {
            "key_prefix": self.name,
            "partitions_def": self.partitions,
            "io_manager_key": self.io_manager_key,
            "required_resource_keys": {self.run_key},
            "group_name": f"{self.name}_{group}",
            "kinds": set(kinds),
            "owners": OWNERS,
            "ins": self.ins(*inputs),
        }

    def multi_args(self, name: str, *inputs: str) -> dict[str, Any]:
        """Return the arguments of a step that writes two manifests."""
        return {
            "name": f"{self.name}_{name}",
            "ins": self.ins(*inputs),
            "partitions_def": self.partitions,
            "required_resource_keys": {self.run_key},
        }

    def asset_out(self, group: str, description: str) -> dg.AssetOut:
        """Return one output of a step that writes two manifests."""
        return dg.AssetOut(
            key_prefix=self.name,
            io_manager_key=self.io_manager_key,
            group_name=f"{self.name}_{group}",
            kinds={"polars", "parquet"},
            owners=OWNERS,
            description=description,
        )

    def check_args(self, asset: str, description: str, *inputs: str) -> dict[str, Any]:
        """Return the arguments of a blocking check of one asset."""
        return {
            "asset": self.key(asset),
            "additional_ins": self.ins(*inputs),
            "blocking": True,
            "partitions_def": self.partitions,
            "required_resource_keys": {self.run_key},
            "description": description,
        }

    def ins(self, *inputs: str) -> dict[str, dg.AssetIn]:
        """Return inputs by name, each one of the dataset's assets."""
        return {name: dg.AssetIn(self.key(name)) for name in inputs}

    def run_of(self, context: Any) -> CandidateRun:
        """Return the run of the candidate that an asset or check is materialised for."""
        return cast(CandidateRun, getattr(context.resources, self.run_key))


def _run_resource(dataset: Dataset) -> dg.ResourceDefinition:
    @dg.resource(description=f"One attempt at a candidate of {dataset.name}: it holds the dataset's lock.")
    def candidate_run(context: dg.InitResourceContext) -> Iterator[CandidateRun]:
        run = context.run
        key = run.tags.get("dagster/partition") if run is not None else None
        if run is None or key is None:
            raise InvalidInput("a run is of one candidate: choose one partition, not a range of them")

        def tell(line: str) -> None:
            dataset.tell(line)
            if context.log is not None:
                context.log.info(line)

        with session(dataset.workspace, key, run.run_id, tell) as opened:
            yield opened

    return candidate_run


def failure_note(dataset: Dataset) -> dg.HookDefinition:
    """Return the hook that keeps why a step failed, so that `status` can tell and the sensor waits."""

    @dg.failure_hook(name=f"{dataset.name}_failure_note", required_resource_keys={dataset.run_key})
    def note(context: dg.HookContext) -> None:
        run: CandidateRun = getattr(context.resources, dataset.run_key)
        if run.decided or run.workspace.ledger.decided(run.key):
            return
        if context.op_exception is not None:
            note_failure(run, context.run_id, context.op_exception)

    return note


class ManifestStore(dg.IOManager):
    """Keeps the small sealed manifests that travel between assets, one a candidate."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def handle_output(self, context: dg.OutputContext, obj: Manifest) -> None:
        """Store a manifest whole or not at all."""
        self.workspace.store(obj)

    def load_input(self, context: dg.InputContext) -> Manifest:
        """Return a stored manifest after a check of its seal."""
        form = MANIFESTS[context.asset_key.path[-1]]
        return self.workspace.load(form, context.asset_partition_key)


def result_of(checked: Checked, metadata: Mapping[str, Any] | None = None) -> dg.AssetCheckResult:
    """Return what a check found in the form that Dagster shows."""
    return dg.AssetCheckResult(
        passed=checked.passed,
        severity=dg.AssetCheckSeverity.ERROR if checked.blocks else dg.AssetCheckSeverity.WARN,
        description=checked.description,
        metadata={**checked.figures, **(metadata or {})},
    )


def table_schema(schema: pl.Schema) -> dg.TableSchema:
    """Return a frame's schema as Dagster shows it."""
    return dg.TableSchema([dg.TableColumn(name, str(kind)) for name, kind in schema.items()])


def table_of(rows: Iterable[Mapping[str, Any]], schema: pl.Schema) -> dg.TableMetadataValue:
    """Return rows as a table that Dagster shows."""
    return dg.MetadataValue.table([dg.TableRecord(dict(row)) for row in rows], schema=table_schema(schema))


def verdict_metadata(rows: list[dict[str, str]]) -> dict[str, Any]:
    """Return rows of `TOLD_SCHEMA` as metadata; none where nothing is to be said."""
    return {"verdict": table_of(rows, TOLD_SCHEMA)} if rows else {}


SHOWN_ROWS = 50
"""Rows of a table that the UI gets; all of them lie in the shards."""


def frame_table(frame: pl.DataFrame) -> dg.TableMetadataValue:
    """Return the first rows of a frame as Dagster shows them."""
    return table_of(frame.head(SHOWN_ROWS).iter_rows(named=True), frame.schema)


def n_rows(parts: Sequence[Any]) -> int:
    """Return the rows of all shards of a manifest's parts."""
    return sum(part.shards.rows for part in parts)


def picture(svg: str, title: str) -> dg.MarkdownMetadataValue:
    """Return a picture as Markdown metadata."""
    return dg.MetadataValue.md(as_markdown(svg, title))
