"""The manifests that travel between the steps of a candidate: small, typed, sealed.

Each names what it was made against: the candidate, the digest of the dataset's state, the digest of the
settings, and the digests of the manifests that it was made from. A stored manifest carries the digest of
its own content, so an edited one is refused where it is read.

What belongs here: what a step hands on, and its form on disk. What does not: how it is made.
"""

from functools import cached_property
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    SerializerFunctionWrapHandler,
    ValidationError,
    WrapSerializer,
    model_serializer,
)

from entropy_assets.errors import StaleProvenance, StoreDamaged
from entropy_assets.shards import Segment, Shards
from entropy_assets.storage import canonical_json, digest_value, parse_json


class Frozen(BaseModel):
    """A value that cannot be changed and knows no other fields.

    Fields that are named in `later` came with a later release: where they hold their default they are not
    stored, so that what is stored without them keeps its digest.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    later: ClassVar[tuple[str, ...]] = ()

    @model_serializer(mode="wrap")
    def _without_defaults(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        value: dict[str, Any] = handler(self)
        unset = [name for name in self.later if getattr(self, name) == type(self).model_fields[name].default]
        return {name: own for name, own in value.items() if name not in unset}


def _without_empty_list(segment: Segment, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
    value: dict[str, Any] = handler(segment)
    return value if segment.superseded.shards else {k: v for k, v in value.items() if k != "superseded"}


StoredSegment = Annotated[Segment, WrapSerializer(_without_empty_list)]
"""A segment in a manifest; one that supersedes nothing is stored as by releases that knew no corrections."""


class Provenance(Frozen):
    """What a manifest was made against.

    Parameters
    ----------
    candidate
        Key of the candidate.
    state
        Digest of the dataset's state, None for a step that does not look at it.
    settings
        Digest of the settings.
    inputs
        Step -> digest of the manifest that was taken from it.
    """

    candidate: str
    state: str | None
    settings: str
    inputs: dict[str, str] = {}


class Manifest(Frozen):
    """What a step of a candidate hands on."""

    step: ClassVar[str]
    provenance: Provenance

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return digest_value(self.model_dump(mode="json"))

    def to_bytes(self) -> bytes:
        """Return the sealed form in which it is stored."""
        return canonical_json({"digest": self.digest, "body": self.model_dump(mode="json")})

    @classmethod
    def from_bytes(cls, data: bytes, where: str) -> Self:
        """Return the manifest that `to_bytes` stored.

        Raises
        ------
        StaleProvenance
            It was edited, or a release with another form wrote it; what is to be done is not said.
        """
        body = sealed_body(data, where)
        try:
            return cls.model_validate(body)
        except ValidationError as error:
            raise StaleProvenance(
                f"{where} has another form than {cls.step} has today ({error.error_count()} differences)"
            ) from error


def sealed_body(data: bytes, where: str) -> dict[str, Any]:
    """Return the content of a stored manifest after a check of its seal.

    Raises
    ------
    StoreDamaged
        It is no manifest.
    StaleProvenance
        Its content was edited.
    """
    try:
        value = parse_json(data)
        stated, body = value["digest"], value["body"]
    except (ValueError, KeyError, TypeError) as error:
        raise StoreDamaged(f"{where} is no manifest ({error!r})") from error
    if not isinstance(body, dict) or digest_value(body) != stated:
        raise StaleProvenance(f"{where} was edited after it was written")
    return body


class RawPart(Frozen):
    """What was read of one drop; `fault` says in one sentence why it could not be read at all.

    `content` is the digest of the names and bytes of the drop's files; `corrects` the source that it declares
    itself a correction of; `told` what people are told of its files; `metadata_keys` how many rows have each
    key in their metadata.
    """

    later = ("corrects", "told", "metadata_keys")
    drop: str
    shards: Shards
    rows_in: int
    blank_lines: int
    complete: bool
    content: str
    fault: str = ""
    corrects: str = ""
    told: tuple[str, ...] = ()
    metadata_keys: dict[str, int] = {}


class RawRecords(Manifest):
    """Records of the candidate's drops in canonical form, in file order."""

    step = "raw_records"
    parts: tuple[RawPart, ...]


class QuarantinePart(Frozen):
    """Rows of one drop that cannot become records."""

    drop: str
    shards: Shards
    by_reason: dict[str, int]
    examples: dict[str, dict[str, Any]]


class QuarantinedRows(Manifest):
    """Rows that cannot become records: file, line, offset, reason, raw bytes."""

    step = "quarantined_rows"
    parts: tuple[QuarantinePart, ...]


class Planted(Frozen):
    """Near-copies of one kind that dedup planted for itself, and how many of them it found."""

    n: int
    found: int
    recall: float


class SourceLoss(Frozen):
    """What dedup took from one source of a drop; see `entropy_assets.curation.dedup.retention`."""

    source: str
    records: int
    held: int
    removed: int
    loss_share: float


class Correction(Frozen):
    """What a drop does to promoted records by declaring itself a correction of their source.

    Each of its rows is `corrected` (it supersedes records), `unchanged` (the pool holds the same content),
    `new` (its source has no such row id), `held_out` (the old text stays in the validation split, so the new
    one is kept out) or `stale` (a live correction supersedes the row itself). `superseded` is the list of
    records that do not count while the drop is live, `leave` says how many of them leave the pool, by drop,
    and `unlike` how many of these are not alike the rows that correct them; `live` counts the promoted
    records of the source, and `declared` holds the rows' ids.

    Without a source it is no correction. A withdrawal lists records that would come back and are copies of
    others, and `returned` counts those that do; a released drop lists its records that stay superseded.
    """

    source: str
    declared: Shards = Shards()
    superseded: Shards = Shards()
    leave: dict[str, int] = {}
    live: int = 0
    unlike: int = 0
    corrected: int = 0
    unchanged: int = 0
    new: int = 0
    held_out: int = 0
    stale: int = 0
    returned: int = 0

    @property
    def rows(self) -> int:
        """Rows of the drop."""
        return self.corrected + self.unchanged + self.new + self.held_out + self.stale


class DedupedPart(Frozen):
    """What dedup left of one drop, compared with the pool and with itself.

    `contradictory` are the records left over whose prompt another one, or one of the pool, answers otherwise.
    """

    later = ("correction", "contradictory")
    drop: str
    shards: Shards
    signatures: Shards
    rows_in: int
    planted: dict[str, Planted]
    losses: tuple[SourceLoss, ...]
    correction: Correction | None = None
    contradictory: int = 0


class DedupedRecords(Manifest):
    """Records of which neither the pool nor their drop holds a copy or near-copy."""

    step = "deduped_records"
    parts: tuple[DedupedPart, ...]


class PairsPart(Frozen):
    """For every removed record of one drop its keeper, the rule, the similarity."""

    drop: str
    shards: Shards
    by_rule: dict[str, int]
    least_similar: tuple[dict[str, Any], ...]


class DuplicatePairs(Manifest):
    """For every removed record: its keeper, the rule, the similarity."""

    step = "duplicate_pairs"
    parts: tuple[PairsPart, ...]


class ScreenedPart(Frozen):
    """What screening let through of one drop, and what it counted, one row a source."""

    later = ("correction",)
    drop: str
    shards: Shards
    findings: Shards
    counts: tuple[dict[str, Any], ...]
    rows_in: int
    correction: Correction | None = None


class ScreenedRecords(Manifest):
    """Records with their language, without those that a setting removes."""

    step = "screened_records"
    parts: tuple[ScreenedPart, ...]


class ScreenedOutPart(Frozen):
    """Records of one drop that screening removed."""

    drop: str
    shards: Shards


class ScreenedOut(Manifest):
    """For every removed record: where it stood, the rule, the matched span."""

    step = "screened_out"
    parts: tuple[ScreenedOutPart, ...]


class StoredMeasurement(Frozen):
    """A measurement as reports keep it; None stands for a number that is not finite."""

    code: str
    value: float | None
    standard_error: float | None
    n: int
    scope: str
    natural: float | None = 0.0
    told: str = ""


class Suspects(Frozen):
    """The suspects of a drop: their shards, how many records they are, and where they stand."""

    shards: Shards
    records: int
    by_source: tuple[dict[str, Any], ...]


class DropPart(Frozen):
    """What was measured on one drop beside promoted records.

    `learned_on` is the version before the parent on whose records what it is measured with was learned (the
    detector of damage, the known words, the probe), None where it was on the parent's.
    """

    later = ("learned_on",)
    drop: str
    n_records: int
    n_bytes: int
    strata: tuple[dict[str, Any], ...]
    measurements: tuple[StoredMeasurement, ...]
    off: dict[str, str]
    answers: dict[str, float | None]
    suspects: Suspects
    learned_on: str | None = None


class DropReport(Manifest):
    """What screening let through, each drop and stratum apart, against promoted records."""

    step = "drop_report"
    parent: str | None
    parts: tuple[DropPart, ...]


class PoolManifest(Manifest):
    """Live, deduplicated records that the candidate may choose from, and their split.

    `added` are the drops whose records it adds, `segments` the parent's segments and, last, what is added;
    `cross_pairs` names the copies among several drops of one batch, `content` is the digest of ids and
    splits, `leave` tells how many records of which drops each correcting drop takes out, `corrections` what
    is judged of them together.
    """

    step = "pool"
    later = ("leave", "corrections")
    segments: tuple[StoredSegment, ...]
    added: tuple[str, ...]
    cross_pairs: Shards
    split: Shards
    drops: tuple[str, ...]
    content: str
    n_records: int
    n_bytes: int
    splits: dict[str, int]
    leave: dict[str, dict[str, int]] = {}
    corrections: tuple[dict[str, Any], ...] = ()


class RecordScores(Manifest):
    """The scores that the selector picks by: a shard a drop, in the order of `drops`; none for most.

    `unscored` tells why how many records have none, `quantiles` are the lowest, the quartiles, the highest.
    """

    step = "record_scores"
    scorer: str
    scorer_version: int
    drops: tuple[str, ...]
    shards: Shards
    unscored: dict[str, int]
    quantiles: tuple[float, ...]


class SelectionManifest(Manifest):
    """The candidate's records in order of choice; `content` is the digest of its one shard.

    `goes_on_from` is the version from whose selection it goes on, None for one from nothing.
    """

    step = "selection"
    later = ("goes_on_from",)
    shards: Shards
    content: str
    pool: str
    selector: str
    n_records: int
    n_bytes: int
    refused: Shards
    figures: dict[str, float | None]
    goes_on_from: str | None = None


class RandomControl(SelectionManifest):
    """A random selection of as many bytes as the selector picked."""

    step = "random_control"


class ProbeReport(Manifest):
    """Loss and held-out bits per byte of probes, trained on equal bytes of all that is compared.

    `made_on` is the version before the parent on which checkpoint and exam were made, None for the parent.
    `model` is the digest of the language model that all runs start from, None for the byte probe, and
    `record_start_bpb` its loss on each record of the exam before training.
    """

    step = "probe_report"
    later = ("made_on", "model", "record_start_bpb")
    parent: str | None
    anchor: str | None
    run_bytes: int
    exam_sources: tuple[str, ...]
    exam_records: dict[str, int]
    checkpoint: str | None
    runs: dict[str, tuple[dict[str, Any], ...]]
    made_on: str | None = None
    model: str | None = None
    record_start_bpb: tuple[float, ...] = ()


class LawReport(Manifest):
    """R and L of the candidate against the law of its parent, and all that is judged.

    `made_on` is the version before the parent on whose pool the law was fitted, None for the parent.
    `model` is the digest of the language model that L is of, None for the byte probe.
    """

    step = "entropy_law_report"
    later = ("corrections", "made_on", "model")
    parent: str | None
    measurements: tuple[StoredMeasurement, ...]
    off: dict[str, str]
    screened: tuple[dict[str, Any], ...]
    suspects_by_source: tuple[dict[str, Any], ...]
    figures: dict[str, float | None]
    law: dict[str, Any] | None
    corrections: tuple[dict[str, Any], ...] = ()
    made_on: str | None = None
    model: str | None = None


class KeepRates(Manifest):
    """What R, L and held-out loss become as less of the pool is kept."""

    step = "keep_rates"
    rows: tuple[dict[str, Any], ...]


class DatasetVersion(Manifest):
    """The promoted version and the number of the decision that promoted it."""

    step = "dataset_version"
    version: str | None
    entry: int


MANIFESTS: dict[str, type[Manifest]] = {
    cls.step: cls
    for cls in (
        RawRecords,
        QuarantinedRows,
        DedupedRecords,
        DuplicatePairs,
        ScreenedRecords,
        ScreenedOut,
        DropReport,
        PoolManifest,
        RecordScores,
        SelectionManifest,
        RandomControl,
        ProbeReport,
        LawReport,
        KeepRates,
        DatasetVersion,
    )
}
"""Step -> the form of its manifest."""
