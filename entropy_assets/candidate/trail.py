"""Where a row went: from the line that it came in through each step, into a version or to what kept it out.

What belongs here: following a row through what the steps have stored. What does not: printing.
"""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, TypeVar

import polars as pl

from entropy_assets.candidate.manifests import (
    DuplicatePairs,
    Manifest,
    PoolManifest,
    QuarantinedRows,
    RawRecords,
    RecordScores,
    ScreenedOut,
    SelectionManifest,
)
from entropy_assets.candidate.summary import reasons_of
from entropy_assets.candidate.version_rows import KEY_SCHEMA, promoting_entry, version_rows
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.dedup import ASIDE_RULES, PAIRS_SCHEMA
from entropy_assets.curation.ingest import QUARANTINE_SCHEMA
from entropy_assets.curation.pool import SPLIT_SCHEMA, TRAIN
from entropy_assets.curation.screening import OUT_SCHEMA
from entropy_assets.errors import InvalidInput
from entropy_assets.ledger import State
from entropy_assets.records import SCHEMA
from entropy_assets.shards import Shards, read_shards

MAX_ROWS = 20
"""Rows of one name that are followed: numbers of rows recur in every file."""

_PLACE = ("drop", "file", "line", "id", "row_id", "source")
_POINTS = ("drop", "file", "line")
_KEYS = pl.Schema([*KEY_SCHEMA.items(), *((name, SCHEMA[name]) for name in _POINTS)])
_FILE_LINE = re.compile(r"(.+):([1-9][0-9]*)")
_PREFIX = re.compile(r"[0-9a-f]{8,63}")
_ASIDE = {
    "validation": "it corrects a record of the validation split, which is frozen: the old text stays there",
    "superseded": "a live correction supersedes it",
}

M = TypeVar("M", bound=Manifest)


@dataclass(frozen=True)
class Place:
    """Where a row stands: drop, file and line from 1, its content id, the user's own one, its source."""

    drop: str
    file: str
    line: int
    id: str | None = None
    row_id: str | None = None
    source: str | None = None


@dataclass(frozen=True)
class Trail:
    """Where one row went.

    Parameters
    ----------
    place
        Where it came in.
    stage
        Where its way ends: `train` or `validation` of the version; or what keeps it out of it, `quarantine`,
        `dedup`, `screening`, `decision` (its drop is not let in), `later` (it came after the version),
        `withdrawn`, `correction`, `overlap` with the validation split, `selection`; `unknown` where what was
        measured is lost.
    told
        The same in a sentence.
    rank
        Rank of a training record, from 0 on.
    keeper
        Where the record went in whose favour dedup removed it.
    """

    place: Place
    stage: str
    told: str
    rank: int | None = None
    keeper: "Trail | None" = None

    @property
    def is_in(self) -> bool:
        """Whether the version holds it."""
        return self.stage in ("train", "validation")

    def to_json(self) -> dict[str, Any]:
        """Return the trail as plain values."""
        told = {"in": self.is_in, "stage": self.stage, "told": self.told, "rank": self.rank}
        return asdict(self.place) | told | {"keeper": self.keeper and self.keeper.to_json()}


@dataclass(frozen=True)
class Followed:
    """The trails of the rows that a name means, `MAX_ROWS` at most, and how many more there are."""

    trails: tuple[Trail, ...]
    n_more: int


def follow(workspace: Workspace, row: str, version: str | None) -> Followed:
    """Return where the rows went that a name means, with regard to a version.

    Parameters
    ----------
    workspace
        The dataset.
    row
        A content id or at least eight of its first digits, a row id, or FILE:LINE.
    version
        A promoted version; None where there is none yet.

    Raises
    ------
    InvalidInput
        No row of that name has been read.
    """
    follower = _Follower(workspace, version)
    places = list(follower.places(row))
    if not places:
        raise InvalidInput(
            f"no row that was read is called {row!r}: give a content id (or eight of its first digits), the "
            "row id, or FILE:LINE"
        )
    trails = tuple(follower.trail(*place) for place in places[:MAX_ROWS])
    return Followed(trails, len(places) - len(trails))


class _Follower:
    """Reads what is stored of rows, each table once."""

    def __init__(self, workspace: Workspace, version: str | None) -> None:
        self._workspace, self._version = workspace, version
        self._read: dict[tuple[str, str], pl.DataFrame] = {}

    def places(self, row: str) -> Iterator[tuple[Place, str]]:
        """Yield the places of rows of a name, and of one in quarantine why it stands there."""
        name = pl.lit(row)
        is_named = (pl.col("id") == name) | (pl.col("row_id") == name)
        if _PREFIX.fullmatch(row):
            is_named |= pl.col("id").str.starts_with(row)
        at, place = _FILE_LINE.fullmatch(row), pl.lit(value=False)
        if at is not None:
            of_file = (pl.col("file") == at[1]) | pl.col("file").str.ends_with(f"/{at[1]}")
            place = of_file & (pl.col("line") == int(at[2]))
        for drop, key in self._measured.items():
            raw = self._part(RawRecords, key, drop, SCHEMA, _PLACE)
            for found in raw.filter(is_named | place).select(_PLACE).iter_rows(named=True):
                yield Place(**found), ""
            bad = self._part(QuarantinedRows, key, drop, QUARANTINE_SCHEMA)
            for found in bad.filter(place).iter_rows(named=True):
                yield Place(drop, found["file"], found["line"]), f"{found['reason']}: {found['detail']}"

    def trail(self, place: Place, quarantined: str = "", *, is_keeper: bool = False) -> Trail:
        """Return where the row of a place went; of a keeper it is not followed whom it gave way to.

        First what the version and its pool hold is asked, then what the steps told: a row that gave way to
        another one comes back where that one's drop is withdrawn.
        """
        if quarantined:
            return Trail(place, "quarantine", f"it is no record: {quarantined}")
        if place.drop not in self._state.drops:
            return self._not_live(place)
        found = self._at(self._keys, place)
        if found is not None:
            split, rank = found["split"], found["rank"]
            n = self._keys.filter(pl.col("split") == split).height
            ranked = f", rank {rank:,} of {n:,} (from 0 on)" if rank is not None else ""
            return Trail(place, split, f"{split}{ranked}", rank)
        if self._at(self._pool, place) is not None:
            return self._left_out(place)
        key = self._measured.get(place.drop, "")
        out = self._row_of(self._part(ScreenedOut, key, place.drop, OUT_SCHEMA), place)
        if out is not None:
            return Trail(place, "screening", f"screening removed it: {out['rule']} ({out['detail']})")
        removed = self._removed(place, key, is_followed=not is_keeper)
        if removed is not None:
            return removed
        told = f"it is not in the pool, and what was measured of drop {place.drop!r} is lost"
        return Trail(place, "unknown", told)

    def _removed(self, place: Place, key: str, *, is_followed: bool) -> Trail | None:
        """Return the trail of a row that dedup removed, None where it did not."""
        pair = self._row_of(self._part(DuplicatePairs, key, place.drop, PAIRS_SCHEMA), place)
        if pair is None:
            pool = self._workspace.find(PoolManifest, key) if key else None
            pair = self._row_of(self._shards(pool.cross_pairs, PAIRS_SCHEMA), place) if pool else None
        if pair is None:
            return None
        rule = pair["rule"]
        if rule in ASIDE_RULES:
            return Trail(place, "correction", _ASIDE[rule])
        keeper = Place(*(pair[f"keeper_{name}"] for name in ("drop", "file", "line", "id", "row_id")))
        alike = f" ({pair['similarity']:.3g} alike)" if rule == "near" else ""
        told = (
            f"dedup removed it: {rule} copy{alike} of {keeper.id}, {keeper.drop} {keeper.file}:{keeper.line}"
        )
        return Trail(place, "dedup", told, keeper=self.trail(keeper, is_keeper=True) if is_followed else None)

    def _not_live(self, place: Place) -> Trail:
        """Return the trail of a row whose drop the version does not hold."""
        drop, ledger = place.drop, self._workspace.ledger
        last = ledger.outcome(drop)
        if last is None:
            return Trail(place, "decision", f"drop {drop!r} waits: no decision speaks about it yet")
        outcome, entry = last
        if self._was_live(drop):
            return Trail(place, "withdrawn", f"drop {drop!r} was taken out before this version")
        if outcome.outcome != "promote":
            codes = ", ".join(dict.fromkeys(str(reason["code"]) for reason in reasons_of(entry, drop)))
            word = {"hold": "is held", "ask": "is asked about"}[outcome.outcome]
            return Trail(place, "decision", f"drop {drop!r} {word} (entry {entry.number}): {codes or '-'}")
        return Trail(place, "later", f"drop {drop!r} came in later (entry {entry.number})")

    def _was_live(self, drop: str) -> bool:
        """Return whether a drop had been let in, by an entry up to the version's."""
        ledger = self._workspace.ledger
        changes = (ledger.entry(number).change for number in range(1, self._made + 1))
        return any(change is not None and drop in change.added for change in changes)

    def _left_out(self, place: Place) -> Trail:
        """Return the trail of a live record that the version does not hold."""
        workspace, key = self._workspace, self._key
        segments = workspace.segments(self._state)
        is_own = (pl.col("drop") == place.drop) & (pl.col("id") == place.id)
        corrected = workspace.superseding(segments).filter(is_own)
        if corrected.height:
            by, new = corrected.row(0, named=True)["by"], corrected.row(0, named=True)["new_id"]
            return Trail(place, "correction", f"drop {by!r} corrects it: {new} stands in its place")
        pool, selection = workspace.find(PoolManifest, key), workspace.find(SelectionManifest, key)
        if pool is None or selection is None:
            return Trail(place, "selection", f"it was not picked, and what {key!r} measured is not kept")
        own = self._shards(pool.split, SPLIT_SCHEMA).filter(pl.col("id") == place.id)
        if own.height and own["overlaps_with"][0] is not None:
            told = (
                f"it shares a run of words with {own['overlaps_with'][0]}, a record of the validation split"
            )
            return Trail(place, "overlap", told)
        refused = self._shards(selection.refused, pl.Schema({"id": pl.String}))
        if (refused["id"] == place.id).any():
            return Trail(place, "selection", f"{selection.selector} refused it as noise")
        n_train = pool.splits.get(TRAIN, 0)
        told = (
            f"{selection.selector} picked {selection.n_records:,} of {n_train:,} training records "
            f"({selection.n_bytes:,} bytes), and not this one{self._scored(place, key)}"
        )
        return Trail(place, "selection", told)

    def _scored(self, place: Place, key: str) -> str:
        """Return what is said of a record's score, empty where there is none."""
        scores = self._workspace.find(RecordScores, key)
        if scores is None:
            return ""
        found = self._shards(scores.shards, pl.Schema({"id": pl.String, "score": pl.Float64}))
        own = found.filter(pl.col("id") == place.id)
        if not own.height or own["score"][0] is None:
            return ""
        return f"; its {scores.scorer} is {own['score'][0]:.4g}"

    @cached_property
    def _measured(self) -> dict[str, str]:
        """Each drop that was read, and the key of the candidate that it was last measured for until then."""
        return dict(_measured_drops(self._workspace, self._made))

    @cached_property
    def _made(self) -> int:
        """Number of the entry that made the version, 0 for none."""
        return self._workspace.ledger.versions()[self._version] if self._version else 0

    @cached_property
    def _key(self) -> str:
        return promoting_entry(self._workspace, self._version).candidate.key if self._version else ""

    @cached_property
    def _state(self) -> State:
        return promoting_entry(self._workspace, self._version).state if self._version else State()

    @cached_property
    def _keys(self) -> pl.DataFrame:
        """The version's records by place."""
        if self._version is None:
            return _KEYS.to_frame()
        return version_rows(self._workspace, self._version, _POINTS)

    @cached_property
    def _pool(self) -> pl.DataFrame:
        """The records that the version was chosen from by place, those that corrections supersede too."""
        segments = self._workspace.segments(self._state)
        return pl.concat(self._workspace.stored_records(segments, ["id", *_POINTS]))

    def _part(
        self,
        form: type[M],
        key: str,
        drop: str,
        schema: pl.Schema,
        columns: tuple[str, ...] | None = None,
    ) -> pl.DataFrame:
        """Return what a step has stored of one drop; no row where nothing is kept."""
        if (form.step, drop) not in self._read:
            manifest: Any = self._workspace.find(form, key) if key else None
            parts = () if manifest is None else manifest.parts
            shards = next((part.shards for part in parts if part.drop == drop), Shards())
            self._read[form.step, drop] = read_shards(self._workspace.root, shards, schema, columns)
        return self._read[form.step, drop]

    def _shards(self, shards: Shards, schema: pl.Schema) -> pl.DataFrame:
        # Of several forms, since all tables without a row have one digest.
        key = shards.digest, " ".join(schema.names())
        if key not in self._read:
            self._read[key] = read_shards(self._workspace.root, shards, schema, schema.names())
        return self._read[key]

    def _at(self, table: pl.DataFrame, place: Place) -> dict[str, Any] | None:
        """Return the record of a table that stands at a place, with its content."""
        own = table.filter(pl.col("id") == place.id)
        return self._row_of(own, place) if own.height else None

    @staticmethod
    def _row_of(table: pl.DataFrame, place: Place) -> dict[str, Any] | None:
        """Return the row of a table that stands at a place."""
        is_there = pl.col("file").eq_missing(place.file) & pl.col("line").eq_missing(place.line)
        found = table.filter((pl.col("drop") == place.drop) & is_there)
        return found.row(0, named=True) if found.height else None


def _measured_drops(workspace: Workspace, made: int) -> Iterator[tuple[str, str]]:
    """Yield each drop, and the key of a candidate whose reading of it is stored.

    It is the last one that was decided up to entry `made`, where there is one, and else the last of all.
    """
    folder = workspace.manifest_path(RawRecords.step, "-").parent
    stored = {path.stem for path in folder.iterdir() if path.suffix == ".json"} if folder.is_dir() else set()
    ledger = workspace.ledger
    keys: dict[str, list[str]] = {drop: [drop] for drop in sorted(stored) if not drop.startswith("@")}
    for number in range(1, len(ledger.history()) + 1):
        key = ledger.entry(number).candidate.key
        for drop in ledger.entry(number).candidate.add if key in stored else ():
            own = keys.setdefault(drop, [])
            own.insert(len(own) if number <= made else 0, key)
    for drop, own in keys.items():
        yield drop, own[-1]
