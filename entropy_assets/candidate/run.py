"""One run of a candidate: the candidate, the state and the settings that all its steps are made against.

They are read once, when the run is opened. Each step checks that its inputs were made against the same,
and that the dataset has not moved on: the first one that sees another state ends the run as stale.

What belongs here: opening a run, and the one comparison of provenance. What does not: the steps.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from entropy_assets.candidate.batch import PREFIX, waiting_members
from entropy_assets.candidate.manifests import Manifest, PoolManifest, Provenance
from entropy_assets.candidate.pool_split import frames_of, kept_split
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.pool import SPLIT_SCHEMA, Pool, split_digest
from entropy_assets.errors import InvalidParameter, StaleProvenance
from entropy_assets.execution import Engine
from entropy_assets.ledger import Candidate, State, order_of
from entropy_assets.settings import Settings
from entropy_assets.shards import read_shards
from entropy_assets.storage import digest_value, drop_mark, is_local

T = TypeVar("T")


@dataclass(frozen=True)
class CandidateRun:
    """What the steps of one candidate share.

    Parameters
    ----------
    workspace
        The dataset.
    candidate
        What is proposed; of a batch without the drops that were decided meanwhile.
    parent
        State that it is measured against.
    settings
        As they were when the run was opened.
    decided
        Whether the candidate has been decided: then its parent is the recorded one, and running it again
        recomputes what was decided and changes nothing.
    against
        State, settings and drops in short: a candidate that failed is tried again when one has changed.
    still_held
        Raises where the dataset's lock was lost meanwhile.
    tell
        Takes one line for a person, for whom the run works.
    made
        What steps have made and later ones want again, by name: it lives as long as the run.
    """

    workspace: Workspace
    candidate: Candidate
    parent: State
    settings: Settings
    decided: bool
    against: str
    still_held: Callable[[], None] = lambda: None
    tell: Callable[[str], None] = lambda _: None
    made: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def once(self, name: str, make: Callable[[], T]) -> T:
        """Return what `make` returns, made once in this run."""
        if name not in self.made:
            self.made[name] = make()
        found: T = self.made[name]
        return found

    def let_go(self) -> None:
        """Forget what steps have made: what is wanted again is made again."""
        self.made.clear()

    @property
    def key(self) -> str:
        """Key of the candidate."""
        return self.candidate.key

    @property
    def is_overtaken(self) -> bool:
        """Whether another decision has changed the dataset, or decided what the candidate is about."""
        ledger, add = self.workspace.ledger, self.candidate.add
        own = (self.key, *(add if self.key.startswith(PREFIX) else ()))
        return ledger.state().digest != self.parent.digest or any(map(ledger.decided, own)) or self._is_void

    @property
    def _is_void(self) -> bool:
        """Whether it is an order on a drop that another one has decided about since, as by a discard."""
        order = order_of(self.key)
        last = self.workspace.ledger.outcome(order[0]) if order else None
        return order is not None and last is not None and last[1].number > order[1]

    @property
    def workers(self) -> int:
        """Processes for independent work."""
        return self.settings.workers or os.cpu_count() or 1

    @property
    def is_batch(self) -> bool:
        """Whether the candidate brings several drops, each of which is judged apart."""
        return len(self.candidate.add) > 1

    def live_drops(self, added: Sequence[str] | None = None) -> tuple[str, ...]:
        """Return the drops of the candidate's pool: its parent's, less `remove`, then those it adds.

        Parameters
        ----------
        added
            Of the drops that it would add those that are let in; by default all.
        """
        new = self.candidate.add if added is None else tuple(added)
        gone = {*self.candidate.remove, *self.candidate.add}
        return (*(drop for drop in self.parent.drops if drop not in gone), *new)

    def live_state(self) -> State:
        """Return the parent's state with the live drops of the candidate's pool."""
        return State(self.parent.version, self.live_drops(), self.parent.segments)

    def provenance(self, *inputs: Manifest, of_state: bool = True) -> Provenance:
        """Return what a manifest of this run is made against, from these inputs."""
        return Provenance(
            candidate=self.key,
            state=self.parent.digest if of_state else None,
            settings=self.settings.digest,
            inputs={manifest.step: manifest.digest for manifest in inputs},
        )

    def verify(self, *manifests: Manifest) -> None:
        """Check that the dataset has not moved on, and that manifests belong to this run and together.

        Raises
        ------
        StaleProvenance
            Another state, other settings, another candidate, or an input that is no longer the one that a
            manifest was made from; all differences are named at once.
        """
        self.require_current()
        present = {manifest.step: manifest.digest for manifest in manifests}
        wrong = []
        for manifest in manifests:
            made = manifest.provenance
            pairs = [
                ("candidate", made.candidate, self.key),
                ("parent", made.state, None if made.state is None else self.parent.digest),
                ("settings", made.settings, self.settings.digest),
                *((name, made.inputs[name], present[name]) for name in made.inputs if name in present),
            ]
            wrong += [
                f"{manifest.step} was made for {name} {str(stated)[:12]}, but {str(now)[:12]} is there now"
                for name, stated, now in pairs
                if stated != now
            ]
        if wrong:
            raise StaleProvenance(f"candidate {self.key!r}: {'; '.join(wrong)}: run it again")

    def require_current(self) -> None:
        """End the run where another decision has changed the dataset since it was opened.

        Raises
        ------
        StaleProvenance
            The candidate is open and its parent is no longer the current state.
        """
        self.still_held()
        if self.decided:
            return
        current = self.workspace.ledger.state()
        if current.digest != self.parent.digest:
            raise StaleProvenance(
                f"candidate {self.key!r} is stale: it is measured against {self.parent}, but {current} is "
                "current; run it again from deduped_records"
            )
        if self._is_void:
            raise StaleProvenance(
                f"order {self.key!r} is stale: its drop was decided about after it was given"
            )

    @property
    def parent_pool(self) -> Pool:
        """The pool of the parent under the present split settings.

        A split follows from the content of the records, so it is made once and kept.
        """
        return self.once("parent_pool", lambda: self.pool_of(self.parent))

    def pool_of(self, state: State) -> Pool:
        """Return the pool of a promoted state under the present split settings."""
        segments = self.workspace.segments(state)
        split = kept_split(self.workspace, segments, self.settings.pool)
        folder = self.workspace.folder_for_texts()
        return Pool(frames_of(self.workspace, segments), split.select(SPLIT_SCHEMA.names()), folder)

    def pool_keys(self, manifest: PoolManifest) -> pl.DataFrame:
        """Return `id`, `drop` and `split` of a pool's records, sorted by id, after a check of its content.

        Raises
        ------
        StaleProvenance
            The stored records are not those that the manifest was made of.
        """
        live = self.workspace.read_segments(manifest.segments, ["id", "drop"]).sort("id")
        split = read_shards(self.workspace.root, manifest.split, SPLIT_SCHEMA)
        _require_same(live["id"], split, manifest)
        return live.select("id", "drop").with_columns(split["split"])

    def load_pool(self, manifest: PoolManifest) -> Pool:
        """Return the pool that a manifest describes, after a check of its content.

        Raises
        ------
        StaleProvenance
            The stored records are not those that the manifest was made of.
        """
        return self.once(f"pool {manifest.digest}", lambda: self._load_pool(manifest))

    def _load_pool(self, manifest: PoolManifest) -> Pool:
        split = self.pool_keys(manifest).select("id", "split")
        *before, last = manifest.segments
        grown = None
        if before and before == [*self.workspace.segments(self.parent)] and not last.superseded.shards:
            grown = self.parent_pool, frames_of(self.workspace, [last])
        frames = frames_of(self.workspace, manifest.segments)
        return Pool(frames, split, self.workspace.folder_for_texts(), grown)


def _require_same(ids: pl.Series, split: pl.DataFrame, manifest: PoolManifest) -> None:
    """Refuse records that are not those that a pool's manifest was made of."""
    if not ids.equals(split["id"]) or split_digest(split) != manifest.content:
        raise StaleProvenance("the pool differs from its manifest: run again from deduped_records")


def engine_of(workspace: Workspace, settings: Settings) -> Engine:
    """Return where the work on a dataset runs.

    Raises
    ------
    InvalidParameter
        It is a cluster, and the dataset lies on an object store.
    """
    asked = settings.execution
    if asked.engine == "ray" and not is_local(workspace.root):
        raise InvalidParameter(
            f"on a cluster ENTROPY_HOME must be a folder that all nodes share, got {workspace.home.home}: "
            "mount one, or set execution.engine to `processes`"
        )
    home = Path(str(workspace.root)) if asked.engine == "ray" else None
    return Engine(asked.engine, asked.address, settings.workers, home)


def open_run(workspace: Workspace, key: str) -> CandidateRun:
    """Return a run of a candidate, against the present state and settings.

    A decided candidate keeps its recorded parent, so running it again is harmless.

    Raises
    ------
    InvalidParameter
        The candidate was never proposed, or a setting is out of range.
    """
    candidate, settings = workspace.candidate(key), workspace.load_settings()
    decided = workspace.ledger.decided(key)
    if key.startswith(PREFIX) and not decided:
        candidate = replace(candidate, add=waiting_members(workspace, candidate))
    parent = workspace.ledger.state_before(key)
    marks = [drop_mark(workspace.home.drop(drop)) for drop in candidate.add]
    named = [(workspace.root / file).exists() for file in settings.screening.evaluation_sets.values()]
    against = digest_value([parent.digest, asdict(settings), marks, named])[:32]
    return CandidateRun(workspace, candidate, parent, settings, decided, against)
