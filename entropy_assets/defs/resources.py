"""What assets need beside their inputs: the dataset with its folders, ledger and settings.

A `Dataset` is a plain object that is bound when the definitions are built, so nothing of it can be
overridden in the launchpad. Settings are read in the run, from `entropy.toml`.

What belongs here: the dataset, its candidates, and the store for manifests between assets.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, replace
from importlib.metadata import version
from typing import Any

import dagster as dg
import polars as pl
from upath import UPath

from entropy_assets import records
from entropy_assets.curation.pool import SPLIT_SCHEMA, Pool, assemble
from entropy_assets.errors import InvalidParameter, StaleProvenance, StorageConflict
from entropy_assets.ledger import Candidate, Ledger, State, drop_candidate
from entropy_assets.scores import Scores
from entropy_assets.settings import Settings, load_settings
from entropy_assets.shards import Segment, Shards, parquet_bytes, read_shard, read_shards
from entropy_assets.storage import (
    SUCCESS_MARKER,
    DatasetHome,
    canonical_json,
    create_exclusive,
    digest_value,
    put,
    read_json,
)

OWNERS = ["team:data"]
DEFAULT_DATASET = "main"


def entropy_home() -> UPath:
    """Return ENTROPY_HOME, by default `./var`."""
    return UPath(os.environ.get("ENTROPY_HOME") or "var").absolute()


class Dataset:
    """One curated dataset, as the Dagster wing sees it."""

    def __init__(self, home: UPath, name: str) -> None:
        self.home = DatasetHome(home, name)
        self.name = name
        self.ledger = Ledger(self.home.root / "ledger")
        self.scores = Scores(self.home.root / "scores")
        self.partitions = dg.DynamicPartitionsDefinition(name=f"{name}_candidates")
        self.io_manager_key = f"{name}_manifests"

    @property
    def root(self) -> UPath:
        """Folder of the dataset."""
        return self.home.root

    @property
    def settings(self) -> Settings:
        """The settings as the file says at this moment."""
        return load_settings(self.home.settings_path)

    @property
    def workers(self) -> int:
        """Processes for independent work."""
        return self.settings.workers or os.cpu_count() or 1

    def key(self, asset: str) -> dg.AssetKey:
        """Return the key of one of the dataset's assets."""
        return dg.AssetKey([self.name, asset])

    def asset_args(self, group: str, kinds: Iterable[str] = ("polars",), *inputs: str) -> dict[str, Any]:
        """Return the arguments that all assets of the dataset share."""
        return {
            "key_prefix": self.name,
            "partitions_def": self.partitions,
            "io_manager_key": self.io_manager_key,
            "group_name": f"{self.name}_{group}",
            "kinds": set(kinds),
            "owners": OWNERS,
            "ins": self.ins(*inputs),
        }

    def asset_out(self, group: str, description: str) -> dg.AssetOut:
        """Return one output of an asset that writes two manifests of Parquet shards."""
        return dg.AssetOut(
            key_prefix=self.name,
            io_manager_key=self.io_manager_key,
            group_name=f"{self.name}_{group}",
            kinds={"polars", "parquet"},
            owners=OWNERS,
            description=description,
        )

    def ins(self, *inputs: str) -> dict[str, dg.AssetIn]:
        """Return inputs by name, each one of the dataset's assets."""
        return {name: dg.AssetIn(self.key(name)) for name in inputs}

    def candidate(self, key: str) -> Candidate:
        """Return the candidate with a partition key.

        Raises
        ------
        InvalidParameter
            Nobody has proposed it, and no drop of that name is in the inbox.
        """
        proposed = self.root / "candidates" / f"{key}.json"
        if key.startswith("@"):
            if "/" in key or not proposed.exists():
                raise InvalidParameter(f"candidate {key!r} was never proposed: run the job that proposes it")
            return Candidate.from_json(read_json(proposed))
        if not self.home.drop(key).is_dir():
            raise InvalidParameter(f"drop {key!r} is not in {self.home.inbox}: deliver it with its _SUCCESS")
        return drop_candidate(key)

    def propose(self, candidate: Candidate) -> Candidate:
        """Write a candidate that is not a drop, so that the sensor picks it up; return it."""
        path = self.root / "candidates" / f"{candidate.key}.json"
        create_exclusive(path, canonical_json(asdict(candidate)))
        return candidate

    def propose_numbered(self, prefix: str, make: Callable[[str], Candidate]) -> Candidate:
        """Propose a candidate under the first free key `<prefix>-<n>`."""
        number = 1
        while True:
            try:
                return self.propose(make(f"{prefix}-{number}"))
            except StorageConflict:
                number += 1

    def open_proposals(self) -> list[Candidate]:
        """Return the candidates that were proposed and are not decided, sorted by key."""
        folder = self.root / "candidates"
        if not folder.is_dir():
            return []
        decided = {entry.candidate.key for entry in self.ledger.entries()}
        paths = sorted(path for path in folder.iterdir() if path.name.endswith(".json"))
        found = [Candidate.from_json(read_json(path)) for path in paths]
        return [candidate for candidate in found if candidate.key not in decided]

    def waiting_drops(self) -> list[str]:
        """Return the complete drops of the inbox that no decision speaks about, in order of arrival."""
        decided = {entry.candidate.key for entry in self.ledger.entries()}
        open_drops = [drop for drop in self.home.ready_drops() if drop not in decided]
        return sorted(open_drops, key=self._arrived)

    def _arrived(self, drop: str) -> tuple[float, str]:
        return (self.home.drop(drop) / SUCCESS_MARKER).stat().st_mtime, drop

    def parent_of(self, key: str) -> State:
        """Return the state that a candidate is measured against.

        A decided candidate keeps its recorded parent, so running it again is harmless.
        """
        return self.ledger.state_before(key)

    def first_version(self) -> str | None:
        """Return the first version that was promoted, None before it."""
        return next((entry.state.version for entry in self.ledger.entries() if entry.state.version), None)

    def live_drops(self, candidate: Candidate, parent: State) -> tuple[str, ...]:
        """Return the drops of a candidate's pool: its parent's, less `remove`, then `add`."""
        kept = [drop for drop in parent.drops if drop not in {*candidate.remove, *candidate.add}]
        return (*kept, *candidate.add)

    def segments(self, state: State) -> tuple[Segment, ...]:
        """Return the index segments of a state's pool, each with the live drops whose records it gives."""
        found = [Segment.from_json(read_json(self.root / path)) for path in state.segments.values()]
        live = [replace(segment, drops=segment.within(state.drops)) for segment in found]
        return tuple(segment for segment in live if segment.drops)

    def segment_records(self, state: State, columns: list[str] | None = None) -> pl.DataFrame:
        """Return the records of a state's pool, in the order of its segments."""
        return self.read_segments(self.segments(state), columns)

    def read_segments(self, segments: Iterable[Segment], columns: list[str] | None = None) -> pl.DataFrame:
        """Return the records that segments give, in their order."""
        wanted = None if columns is None else sorted({*columns, "drop"})
        frames = [records.SCHEMA.to_frame() if wanted is None else records.SCHEMA.to_frame().select(wanted)]
        for segment in segments:
            frame = read_shards(self.root, segment.records, records.SCHEMA, wanted)
            frames.append(frame.filter(pl.col("drop").is_in(list(segment.drops or ()))))
        return pl.concat(frames)

    def parent_pool(self, parent: State) -> Pool:
        """Return the pool of a promoted state under the present split settings.

        A split follows from the content of the records, so it is made once and kept.
        """
        live, settings = self.segment_records(parent).sort("id"), self.settings.pool
        parts = {"ids": live["id"].to_list(), "settings": asdict(settings)}
        split = self.remember("splits", parts, lambda: parquet_bytes(assemble(live, settings).split))
        return Pool(live, pl.read_parquet(split))

    def load_pool(self, manifest: dict[str, Any]) -> Pool:
        """Return the pool that a manifest of the asset `pool` describes, after a check of its digest.

        Raises
        ------
        StaleProvenance
            The stored records are not those that the manifest was made of.
        """
        live = self.read_segments(map(Segment.from_json, manifest["segments"])).sort("id")
        split = read_shards(self.root, Shards.from_json(manifest["split"]), SPLIT_SCHEMA)
        pool = Pool(live, split)
        if live["id"].to_list() != split["id"].to_list() or pool.digest != manifest["digest"]:
            raise StaleProvenance("the pool differs from its manifest: run again from deduped_records")
        return pool

    def manifest_path(self, asset: str, key: str) -> UPath:
        """Return where the manifest of an asset's partition is stored."""
        return self.root / "work" / "manifests" / asset / f"{key}.json"

    def remembered_path(self, kind: str, parts: dict[str, Any]) -> UPath:
        """Return where `remember` keeps a result; a new release of the project starts afresh."""
        key = digest_value({"release": version("entropy-assets"), "parts": parts})
        return self.root / "work" / kind / f"{key[:32]}.bin"

    def remember(self, kind: str, parts: dict[str, Any], compute: Callable[[], bytes]) -> bytes:
        """Return `compute()`, or what it returned for the same parts under this release before."""
        path = self.remembered_path(kind, parts)
        if not path.exists():
            put(path, compute())
        return path.read_bytes()


class ManifestStore(dg.IOManager):
    """Keeps the small JSON manifests that travel between assets, one a candidate."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def handle_output(self, context: dg.OutputContext, obj: dict[str, Any]) -> None:
        """Store a manifest whole or not at all."""
        put(self._path(context.asset_key, context.asset_partition_key), canonical_json(obj))

    def load_input(self, context: dg.InputContext) -> dict[str, Any]:
        """Return a stored manifest."""
        value: dict[str, Any] = read_json(self._path(context.asset_key, context.asset_partition_key))
        return value

    def _path(self, key: dg.AssetKey, partition: str) -> UPath:
        return self.dataset.manifest_path(key.path[-1], partition)


def table_schema(schema: pl.Schema) -> dg.TableSchema:
    """Return a frame's schema as Dagster shows it."""
    return dg.TableSchema([dg.TableColumn(name, str(kind)) for name, kind in schema.items()])


def table_of(rows: Iterable[dict[str, Any]], schema: pl.Schema) -> dg.TableMetadataValue:
    """Return rows as a table that Dagster shows."""
    return dg.MetadataValue.table([dg.TableRecord(row) for row in rows], schema=table_schema(schema))


def read_one(dataset: Dataset, manifest: dict[str, Any]) -> pl.DataFrame:
    """Return the rows of the single shard that a manifest names under `shards`."""
    (shard,) = Shards.from_json(manifest["shards"]).shards
    return read_shard(dataset.root, shard)
