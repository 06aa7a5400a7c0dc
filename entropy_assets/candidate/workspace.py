"""One dataset as the pipeline sees it: folders, ledger, proposals, index segments, cache, manifests.

What belongs here: finding and keeping what the steps of a candidate share. What does not: the steps, and
anything of Dagster.
"""

import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import polars as pl
from upath import UPath

from entropy_assets import records
from entropy_assets.candidate.attempts import Attempts
from entropy_assets.candidate.cache import Cache
from entropy_assets.candidate.lock import DatasetLock
from entropy_assets.candidate.manifests import Manifest
from entropy_assets.curation.corrections import SUPERSEDED_SCHEMA, without
from entropy_assets.errors import InvalidInput, InvalidParameter, StaleProvenance, StoreDamaged
from entropy_assets.ledger import Candidate, Ledger, State, drop_candidate
from entropy_assets.ledger.candidate import key_fault
from entropy_assets.scores import Scores
from entropy_assets.settings import Settings, load_settings
from entropy_assets.shards import Segment, read_shard, read_shards
from entropy_assets.storage import (
    SUCCESS_MARKER,
    DatasetHome,
    canonical_json,
    create_exclusive,
    digest_value,
    is_local,
    parse_json,
    put,
    read_json,
    read_or_none,
)
from entropy_assets.temporary import sweep_temporary

DEFAULT_DATASET = "main"

M = TypeVar("M", bound=Manifest)


def entropy_home() -> UPath:
    """Return ENTROPY_HOME, by default `./var`."""
    return UPath(os.environ.get("ENTROPY_HOME") or "var").absolute()


class Workspace:
    """The folders of one dataset and what lies in them.

    Parameters
    ----------
    home
        ENTROPY_HOME.
    name
        Name of the dataset.
    """

    def __init__(self, home: UPath, name: str) -> None:
        self.home = DatasetHome(home, name)
        self.name = name
        self.ledger = Ledger(self.home.root / "ledger")
        self.scores = Scores(self.home.root / "scores")
        self.cache = Cache(self.home.root / "work")
        self.attempts = Attempts(self.home.root / "work" / "attempts")
        self.lock = DatasetLock(self.home.root / "lock")

    @property
    def root(self) -> UPath:
        """Folder of the dataset."""
        return self.home.root

    def load_settings(self) -> Settings:
        """Return the settings as the file says at this moment."""
        return load_settings(self.home.settings_path)

    def candidate(self, key: str) -> Candidate:
        """Return the candidate with a key.

        Raises
        ------
        InvalidParameter
            Nobody has proposed it, and no drop of that name is in the inbox.
        StoreDamaged
            Its proposal was damaged.
        """
        proposed = self._proposal(key)
        if key.startswith("@"):
            if "/" in key or not proposed.exists():
                raise InvalidParameter(f"candidate {key!r} was never proposed: run the job that proposes it")
            found = self._read_proposal(proposed)
            if isinstance(found, str):
                raise StoreDamaged(found)
            return found
        if not self.home.drop(key).is_dir():
            raise InvalidParameter(f"drop {key!r} is not in {self.home.inbox}: deliver it with its _SUCCESS")
        return drop_candidate(key)

    def propose(self, candidate: Candidate) -> Candidate:
        """Write a candidate that is not a drop, so that it is found; return it.

        Raises
        ------
        StorageConflict
            A candidate of that key was proposed before.
        """
        create_exclusive(self._proposal(candidate.key), canonical_json(asdict(candidate)))
        return candidate

    def proposals(self) -> list[Candidate]:
        """Return all candidates that were ever proposed, sorted by key; see `damaged_proposals`."""
        found = [self._read_proposal(path) for path in self._proposal_files()]
        return [one for one in found if isinstance(one, Candidate)]

    def damaged_proposals(self) -> list[str]:
        """Return one sentence for each file among the proposals that is none; none of them is run."""
        found = [self._read_proposal(path) for path in self._proposal_files()]
        return [one for one in found if isinstance(one, str)]

    def _proposal_files(self) -> list[UPath]:
        folder = self.root / "candidates"
        if not folder.is_dir():
            return []
        return sorted(path for path in folder.iterdir() if path.name.endswith(".json"))

    def _read_proposal(self, path: UPath) -> Candidate | str:
        """Return the candidate that a file proposes, or what is wrong with it."""
        try:
            value = parse_json(path.read_bytes())
            if not all(isinstance(value[name], list) for name in ("add", "remove", "overrides")):
                raise ValueError("drops and rules must be lists")
            candidate = Candidate.from_json(value)
            fault = "" if candidate.key.startswith("@") else "a drop is no proposal"
            fault = (
                fault
                or key_fault(candidate)
                or ("" if path.stem == candidate.key else "its name is another key")
            )
            fault = fault or ("" if candidate.by.strip() and candidate.why.strip() else "nobody signs it")
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            fault = repr(error)
        return f"{path} is no proposal ({fault}): remove it, and propose it again" if fault else candidate

    def waiting_drops(self) -> list[str]:
        """Return the complete drops of the inbox that no decision speaks about, in order of arrival."""
        decided = self.ledger.outcome_words()
        open_drops = [drop for drop in self.home.ready_drops() if drop not in decided]
        return sorted(open_drops, key=self._arrived)

    def _arrived(self, drop: str) -> tuple[float, str]:
        return (self.home.drop(drop) / SUCCESS_MARKER).stat().st_mtime, drop

    def _proposal(self, key: str) -> UPath:
        return self.root / "candidates" / f"{key}.json"

    def first_version(self) -> str | None:
        """Return the first version that was promoted, None before it."""
        return next(iter(self.ledger.versions()), None)

    def segments(self, state: State) -> tuple[Segment, ...]:
        """Return the index segments of a state's pool, each with the live drops whose records it gives."""
        found = [self.segment(path) for path in state.segments.values()]
        live = [replace(segment, drops=segment.within(state.drops)) for segment in found]
        return tuple(segment for segment in live if segment.drops)

    def segment(self, path: str) -> Segment:
        """Return a stored segment after a check of its content against its name.

        Raises
        ------
        StoreDamaged
            It is missing, or was changed.
        """
        value = read_json(self.root / path)
        if digest_value(value)[:32] != (self.root / path).stem:
            raise StoreDamaged(f"{self.root / path}, an index segment, was changed: restore it from a backup")
        return Segment.from_json(value)

    def segment_records(self, state: State, columns: list[str] | None = None) -> pl.DataFrame:
        """Return the records of a state's pool, in the order of its segments."""
        return self.read_segments(self.segments(state), columns)

    def read_segments(self, segments: Sequence[Segment], columns: list[str] | None = None) -> pl.DataFrame:
        """Return the records that segments give together, in their order, without superseded ones."""
        return pl.concat(self.record_frames(segments, columns))

    def stored_records(
        self, segments: Iterable[Segment], columns: list[str] | None = None
    ) -> Iterator[pl.DataFrame]:
        """Yield the records of each segment's drops, superseded ones too, after an empty frame."""
        yield records.SCHEMA.to_frame() if columns is None else records.SCHEMA.to_frame().select(columns)
        for segment in segments:
            frame = read_shards(self.root, segment.records, records.SCHEMA, columns)
            yield frame.filter(pl.col("drop").is_in(list(segment.drops or ())))

    def folder_for_texts(self) -> Path | None:
        """Return the folder for files without a name; None for the system's, where the dataset is none."""
        folder = Path(str(self.home.work("pool"))) if is_local(self.root) else None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    def record_frames(
        self, segments: Sequence[Segment], columns: list[str] | None = None
    ) -> Iterator[pl.DataFrame]:
        """Yield what `read_segments` returns after an empty frame, a frame for each stored shard."""
        gone = self.superseded(segments)
        wanted = None if columns is None else sorted({*columns, "drop", *(["id"] if gone.height else [])})
        yield records.SCHEMA.to_frame() if wanted is None else records.SCHEMA.to_frame().select(wanted)
        for segment in segments:
            for shard in segment.records.shards:
                frame = read_shard(self.root, shard, wanted)
                yield without(frame.filter(pl.col("drop").is_in(list(segment.drops or ()))), gone)

    def frames_beside(self, segments: Sequence[Segment], own: pl.DataFrame) -> Iterator[pl.DataFrame]:
        """Yield records, and the others that segments give: each id once, a frame for each stored shard."""
        yield own
        for frame in self.record_frames(segments):
            yield frame.join(own, on="id", how="anti", maintain_order="left")

    def superseded(self, segments: Iterable[Segment]) -> pl.DataFrame:
        """Return `drop` and `id` of the records that live corrections among the segments' drops supersede."""
        return self.superseding(segments).select("drop", "id").unique().sort("drop", "id")

    def superseding(self, segments: Iterable[Segment]) -> pl.DataFrame:
        """Return the lists of what live corrections supersede: rows of `SUPERSEDED_SCHEMA`.

        Of each segment those rows count whose correcting drop is among its drops: a drop that was withdrawn
        and comes back comes with a list of its own.
        """
        lists = [SUPERSEDED_SCHEMA.to_frame()]
        for segment in segments:
            found = read_shards(self.root, segment.superseded, SUPERSEDED_SCHEMA)
            lists.append(found.filter(pl.col("by").is_in(list(segment.drops or ()))))
        return pl.concat(lists)

    def manifest_path(self, step: str, key: str) -> UPath:
        """Return where the manifest of a step is stored for a candidate."""
        return self.root / "work" / "manifests" / step / f"{key}.json"

    def store(self, manifest: Manifest) -> None:
        """Store a manifest whole or not at all."""
        put(self.manifest_path(manifest.step, manifest.provenance.candidate), manifest.to_bytes())

    def load(self, form: type[M], key: str) -> M:
        """Return the stored manifest of a step for a candidate.

        Raises
        ------
        InvalidInput
            There is none yet.
        StoreDamaged
            It is lost or damaged.
        StaleProvenance
            It was edited, or a release with another form wrote it.
        """
        path = self.manifest_path(form.step, key)
        data = read_or_none(path)
        if data is None and not self.ledger.decided(key):
            raise InvalidInput(f"{path} is missing: run {key!r}, which writes it, first")
        if data is None:
            raise StoreDamaged(f"{path} is missing: {self._way_out(key)}")
        try:
            return form.from_bytes(data, str(path))
        except StoreDamaged as error:
            raise StoreDamaged(f"{error}: {self._way_out(key)}") from error
        except StaleProvenance as error:
            raise StaleProvenance(f"{error}: {self._way_out(key)}") from error

    def _way_out(self, key: str) -> str:
        if self.ledger.decided(key):
            return f"{key!r} is decided, and nothing writes it again"
        return f"run {key!r} again from raw_records"

    def find(self, form: type[M], key: str) -> M | None:
        """Return the stored manifest of a step for a candidate, None where there is none."""
        return self.load(form, key) if self.manifest_path(form.step, key).exists() else None

    def sweep(self) -> None:
        """Remove what no run will use again: what kills left behind, and old results in the cache."""
        root = Path(str(self.root))
        if is_local(self.root) and root.is_dir():
            # What a living run writes is held by it as well; its age protects it where a disk has no locks.
            started = [holder.since for holder in self.lock.live()]
            sweep_temporary(root, min(map(_seconds, started), default=time.time()))
            self.cache.collect()


def _seconds(since: str) -> float:
    """Return seconds since the epoch; the epoch itself, before which nothing is swept, for no time at all."""
    try:
        return datetime.fromisoformat(since).timestamp()
    except ValueError:
        return 0.0
