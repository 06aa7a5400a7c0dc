"""What the steps that look at the whole candidate hand on: from its pool to the promoted version.

What belongs here: their manifests. What does not: those of single drops (`drops`).
"""

from typing import Annotated, Any

from pydantic import SerializerFunctionWrapHandler, WrapSerializer

from entropy_assets.candidate.manifests.drops import StoredMeasurement
from entropy_assets.candidate.manifests.sealed import Manifest
from entropy_assets.shards import Segment, Shards


def _without_empty_list(segment: Segment, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
    value: dict[str, Any] = handler(segment)
    return value if segment.superseded.shards else {k: v for k, v in value.items() if k != "superseded"}


StoredSegment = Annotated[Segment, WrapSerializer(_without_empty_list)]
"""A segment in a manifest; one that supersedes nothing is stored as by releases that knew no corrections."""


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
    leave: dict[str, dict[str, int]] = {}  # noqa: RUF012 - pydantic copies it
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


class DomainMixture(Manifest):
    """Which share of the budget each source of the pool may take: a row a source.

    `method` is that of the settings, or `natural` where fewer than two sources can be mixed; `shares` are
    what the selection is limited by, none where it is `natural`; `divergence` is in nats from the natural
    one.
    """

    step = "domain_mixture"
    method: str
    unit: str
    budget: int
    budget_unit: str
    rows: tuple[dict[str, Any], ...]
    shares: dict[str, float]
    divergence: float


class MixtureLaw(Manifest):
    """The probe runs of a swarm, the law that was fitted on them, and the best mixture by it.

    `runs` are as in a file of runs, `rows` hold a source's coefficients, intervals and shares, `errors` the
    mean relative errors of the fit, of a later part and of mixtures that were left out; `file` is where the
    runs lie, from the dataset's folder on.
    """

    step = "mixture_law"
    runs: tuple[dict[str, Any], ...]
    rows: tuple[dict[str, Any], ...]
    errors: dict[str, float]
    file: str


class SelectionManifest(Manifest):
    """The candidate's records in order of choice; `content` is the digest of its one shard.

    `goes_on_from` is the version from whose selection it goes on, None for one from nothing. `fallback` tells
    how the selector stood beside random, and whether random was taken; None where the settings name none.
    """

    step = "selection"
    later = ("goes_on_from", "fallback")
    shards: Shards
    content: str
    pool: str
    selector: str
    n_records: int
    n_bytes: int
    refused: Shards
    figures: dict[str, float | None]
    goes_on_from: str | None = None
    fallback: dict[str, Any] | None = None


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
    `model` is the digest of the language model that L is of, None for the byte probe. `fallback` is that of
    the selection that was measured.
    """

    step = "entropy_law_report"
    later = ("corrections", "made_on", "model", "fallback")
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
    fallback: dict[str, Any] | None = None


class KeepRates(Manifest):
    """What R, L and held-out loss become as less of the pool is kept."""

    step = "keep_rates"
    rows: tuple[dict[str, Any], ...]


class SelectorComparison(Manifest):
    """Selectors beside each other on the candidate's pool: what `compare_selectors` returns."""

    step = "selector_comparison"
    figures: dict[str, Any]


class DatasetVersion(Manifest):
    """The promoted version and the number of the decision that promoted it."""

    step = "dataset_version"
    version: str | None
    entry: int
