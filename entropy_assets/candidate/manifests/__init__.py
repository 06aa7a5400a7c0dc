"""The manifests that travel between the steps of a candidate: small, typed, sealed.

Each names what it was made against: the candidate, the digest of the dataset's state, the digest of the
settings, and the digests of the manifests that it was made from. A stored manifest carries the digest of
its own content, so an edited one is refused where it is read.

What belongs here: what a step hands on, and its form on disk. What does not: how it is made.
"""

from entropy_assets.candidate.manifests.drops import (
    Correction,
    DedupedPart,
    DedupedRecords,
    DropPart,
    DropReport,
    DuplicatePairs,
    PairsPart,
    Planted,
    QuarantinedRows,
    QuarantinePart,
    RawPart,
    RawRecords,
    ScreenedOut,
    ScreenedOutPart,
    ScreenedPart,
    ScreenedRecords,
    SourceLoss,
    StoredMeasurement,
    Suspects,
)
from entropy_assets.candidate.manifests.sealed import (
    Frozen,
    Manifest,
    Provenance,
    sealed_body,
)
from entropy_assets.candidate.manifests.whole import (
    DatasetVersion,
    DomainMixture,
    KeepRates,
    LawReport,
    MixtureLaw,
    PoolManifest,
    ProbeReport,
    RandomControl,
    RecordScores,
    SelectionManifest,
    SelectorComparison,
)

__all__ = [
    "MANIFESTS",
    "Correction",
    "DatasetVersion",
    "DedupedPart",
    "DedupedRecords",
    "DomainMixture",
    "DropPart",
    "DropReport",
    "DuplicatePairs",
    "Frozen",
    "KeepRates",
    "LawReport",
    "Manifest",
    "MixtureLaw",
    "PairsPart",
    "Planted",
    "PoolManifest",
    "ProbeReport",
    "Provenance",
    "QuarantinePart",
    "QuarantinedRows",
    "RandomControl",
    "RawPart",
    "RawRecords",
    "RecordScores",
    "ScreenedOut",
    "ScreenedOutPart",
    "ScreenedPart",
    "ScreenedRecords",
    "SelectionManifest",
    "SelectorComparison",
    "SourceLoss",
    "StoredMeasurement",
    "Suspects",
    "sealed_body",
]

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
        DomainMixture,
        MixtureLaw,
        SelectionManifest,
        RandomControl,
        ProbeReport,
        LawReport,
        KeepRates,
        SelectorComparison,
        DatasetVersion,
    )
}
"""Step -> the form of its manifest."""
