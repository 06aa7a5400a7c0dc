"""What the steps that look at each drop apart hand on: from its rows to the report on it.

What belongs here: their manifests. What does not: those of the whole candidate (`whole`).
"""

from typing import Any

from entropy_assets.candidate.manifests.sealed import Frozen, Manifest
from entropy_assets.shards import Shards


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
    metadata_keys: dict[str, int] = {}  # noqa: RUF012 - pydantic copies it


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
    leave: dict[str, int] = {}  # noqa: RUF012 - pydantic copies it
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

    `contradictory` are the records left over whose prompt another one, or one of the pool, answers otherwise;
    `differing` counts, for keys of the metadata that trainers read, exact copies that say something else.
    """

    later = ("correction", "contradictory", "differing")
    drop: str
    shards: Shards
    signatures: Shards
    rows_in: int
    planted: dict[str, Planted]
    losses: tuple[SourceLoss, ...]
    correction: Correction | None = None
    contradictory: int = 0
    differing: dict[str, int] = {}  # noqa: RUF012 - pydantic copies it


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
