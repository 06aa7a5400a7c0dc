"""Publishing a version, and writing decisions: the only module that extends the ledger.

Order of writes: the version's data, its descriptions, the index segment; then one exclusive ledger
entry, which is the promotion; then `CURRENT`, a copy for readers. A crash before the entry leaves the
old version in force and whole, and the next run writes the same bytes to the same paths. A crash after
it leaves a stale copy, which `repair_current` mends. A version's name follows from all that its manifest
says, so two publishers never write different bytes to one path.

What belongs here: writing what a verdict allows. What does not: reaching the verdict.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

import polars as pl

from entropy_assets.curation.publication.card import Split, card, croissant
from entropy_assets.curation.publication.proof import sums, verify_version
from entropy_assets.curation.publication.software import software
from entropy_assets.errors import StaleProvenance, StorageConflict
from entropy_assets.ledger import Candidate, Entry, Head, HeadMoved, Ledger, Outcome, State, Superseded
from entropy_assets.shards import Segment, parquet_bytes
from entropy_assets.storage import DatasetHome, canonical_json, digest_bytes, digest_value, put, read_json

__all__ = ["VersionContent", "publish", "record_hold", "repair_current", "verify_version"]

MAX_TRIES = 100
"""Times that a version is written anew because a hold came in before its entry."""


@dataclass(frozen=True)
class VersionContent:
    """What a version will hold.

    Parameters
    ----------
    train
        Selected records with their `rank`, in the order of their rank.
    validation
        Records of the frozen validation split.
    figures
        What was measured, for card and manifest.
    segment
        Kept records of the candidate with their signatures: the index segment that promotion writes.
    provenance
        Digests of pool, selection, reports and settings.
    sources
        What screening knows of each source of the training records: licence, languages, findings.
    notes
        What is new in the version, for the card: rows of words; see `card`.
    leave
        Correcting drop -> drop -> how many of its records leave the pool with this promotion.
    superseded
        The same of all records that live corrections keep out of the version.
    """

    train: pl.DataFrame
    validation: pl.DataFrame
    figures: dict[str, Any]
    segment: Segment
    provenance: dict[str, str]
    sources: tuple[dict[str, Any], ...] = ()
    notes: tuple[dict[str, str], ...] = ()
    leave: Mapping[str, dict[str, int]] = field(default_factory=dict)
    superseded: Mapping[str, dict[str, int]] = field(default_factory=dict)


def publish(
    home: DatasetHome,
    ledger: Ledger,
    candidate: Candidate,
    parent: State,
    drops: tuple[str, ...],
    content: VersionContent,
    reasons: tuple[dict[str, Any], ...] = (),
    outcomes: dict[str, Outcome] | None = None,
) -> Entry:
    """Write a version and the ledger entry that promotes it; return the entry.

    An unchanged result keeps the current version's name and writes no new folder.

    Parameters
    ----------
    home
        The dataset.
    ledger
        Its ledger.
    candidate
        What is promoted.
    parent
        State that the candidate was measured against.
    drops
        Live drops after the promotion, in the order in which they came.
    content
        What the version holds.
    reasons
        Reasons that a person has set aside, kept with the decision.
    outcomes
        Drop that the candidate adds -> what was decided about it; by default all are promoted.

    Raises
    ------
    StaleProvenance
        The parent is no longer current, or a training record comes from a drop that is not live.
    StorageConflict
        The candidate has been decided meanwhile.
    """
    ledger.check_open(candidate.action, candidate, parent)  # before anything is written
    files = _data_files(content, drops)
    digest = digest_value({path: digest_bytes(data) for path, (data, _) in files.items()})
    told = Superseded(content.segment.superseded.digest, dict(content.leave)) if content.leave else None
    for _ in range(MAX_TRIES):
        head, version, manifest = ledger.head(), parent.version, None
        if version is None or _data_digest(ledger, version) != digest:
            number = len(ledger.versions()) + 1
            version, manifest = _write_version(home, candidate, parent, drops, content, files, head, number)
        segments = _segments_without(home, parent, candidate.remove)
        if content.segment.records.shards or content.segment.superseded.shards:
            segments[candidate.key] = _write_segment(home, content.segment)
        try:
            entry = ledger.append(
                candidate.action,
                candidate,
                parent=parent,
                state=State(version, drops, segments),
                reasons=reasons,
                digests={**content.provenance, "version": digest},
                outcomes=outcomes,
                manifest=manifest,
                built_on=None if manifest is None else head,
                superseded=told,
            )
        except HeadMoved:
            continue  # a hold came in, and the manifest has to name it
        repair_current(home, ledger)
        return entry
    raise StorageConflict(
        f"candidate {candidate.key!r} was overtaken by {MAX_TRIES} other decisions: run it again"
    )


def _data_digest(ledger: Ledger, version: str) -> str | None:
    """Return the digest of a promoted version's data files, as the entry that made it says."""
    made = ledger.versions().get(version)
    return None if made is None else ledger.entry(made).digests.get("version")


def _write_segment(home: DatasetHome, segment: Segment) -> str:
    value = segment.to_json()
    path = f"index/{digest_value(value)[:32]}.json"
    put(home.root / path, canonical_json(value))
    return path


def _segments_without(home: DatasetHome, parent: State, remove: tuple[str, ...]) -> dict[str, str]:
    """Return the parent's segments in which the records of `remove` no longer count.

    A drop that is released later comes with a segment of its own; its old records must not come with it.
    """
    segments = dict(parent.segments)
    for key, path in parent.segments.items() if remove else ():
        segment = Segment.from_json(read_json(home.root / path))
        if segment.drops is None or not set(segment.drops) & set(remove):
            continue
        left = tuple(drop for drop in segment.drops if drop not in remove)
        if left:
            segments[key] = _write_segment(home, replace(segment, drops=left))
        else:
            del segments[key]
    return segments


def record_hold(
    ledger: Ledger,
    candidate: Candidate,
    parent: State,
    reasons: tuple[dict[str, Any], ...],
    provenance: dict[str, str],
    outcomes: dict[str, Outcome] | None = None,
    action: Literal["ask", "hold"] = "hold",
) -> Entry:
    """Write the decision to hold a candidate, or to ask a person, and `CURRENT`; return its entry.

    Parameters
    ----------
    ledger
        The dataset's ledger.
    candidate
        What is held or asked about.
    parent
        State that the candidate was measured against.
    reasons
        Why.
    provenance
        Digests of what the decision rests on.
    outcomes
        Drop that the candidate adds -> what was decided about it; by default what the action says.
    action
        What is decided: `hold` where any of the drops is held.
    """
    entry = ledger.append(
        action, candidate, parent=parent, reasons=reasons, digests=provenance, outcomes=outcomes
    )
    ledger.repair_current()
    return entry


def repair_current(home: DatasetHome, ledger: Ledger) -> str | None:
    """Make `CURRENT` say what the ledger says; return the current version.

    An older or missing `CURRENT` is what a crash leaves. One that contradicts the ledger is none.

    Raises
    ------
    InvalidInput
        The ledger is damaged, or `CURRENT` or the current version's manifest contradict it.
    """
    return ledger.repair_current()


def _data_files(content: VersionContent, drops: tuple[str, ...]) -> dict[str, tuple[bytes, pl.DataFrame]]:
    """Return path -> (bytes, frame): one training file a live drop, one validation file."""
    strange = set(content.train["drop"]) - set(drops)
    if strange:
        raise StaleProvenance(
            f"training records come from {sorted(map(str, strange))}, but live are only {list(drops)}: "
            "run the candidate again from deduped_records"
        )
    frames = [content.train.filter(pl.col("drop") == drop) for drop in drops]
    parts = [frame for frame in frames if frame.height]
    files = {f"data/train-{i:05d}-of-{len(parts):05d}.parquet": frame for i, frame in enumerate(parts)}
    if content.validation.height:
        files["data/validation-00000-of-00001.parquet"] = content.validation
    return {path: (parquet_bytes(frame), frame) for path, frame in files.items()}


def _write_version(
    home: DatasetHome,
    candidate: Candidate,
    parent: State,
    drops: tuple[str, ...],
    content: VersionContent,
    files: dict[str, tuple[bytes, pl.DataFrame]],
    head: Head,
    number: int,
) -> tuple[str, str]:
    """Write the version of a number, built on a head of the ledger; return its name and manifest's digest."""
    facts: dict[str, dict[str, Any]] = {
        path: {"sha256": digest_bytes(data), "bytes": len(data), "rows": frame.height}
        for path, (data, frame) in files.items()
    }
    manifest = {
        "dataset": home.name,
        "parent": parent.version,
        "candidate": candidate.key,
        "bootstrap": parent.version is None,
        "drops": list(drops),
        "schema": {name: str(kind) for name, kind in content.train.schema.items()},
        # Sorted, since figures that were stored and read again come in another order.
        "figures": dict(sorted(content.figures.items())),
        "sources": list(content.sources),
        **({"superseded": dict(content.superseded)} if content.superseded else {}),
        "provenance": content.provenance,
        "software": software(),
    }
    # The head by its number alone, which fixes its digest: a replay at another time gives the same name.
    version = f"v{number:04d}-{digest_value([head.number, manifest, facts])[:8]}"
    splits = [split for split in (_split(part, facts) for part in ("train", "validation")) if split.rows]
    described_as = (home.name, version, splits)
    described = {
        "README.md": card(
            *described_as, content.figures, drops, content.sources, content.notes, content.superseded
        ).encode(),
        "croissant.json": croissant(home.name, version, splits).encode(),
    }
    facts |= {path: {"sha256": digest_bytes(data), "bytes": len(data)} for path, data in described.items()}
    whole = {"version": version, **manifest, "files": facts, "ledger": asdict(head)}
    text = json.dumps(whole, indent=2, ensure_ascii=False).encode()
    listed = sums(
        {**{path: fact["sha256"] for path, fact in facts.items()}, "manifest.json": digest_bytes(text)}
    )
    written = {path: data for path, (data, _) in files.items()} | described
    for path, data in {**written, "manifest.json": text, "SHA256SUMS": listed}.items():
        put(home.version(version) / path, data)
    return version, digest_bytes(text)


def _split(name: str, facts: dict[str, dict[str, Any]]) -> Split:
    own = {path: fact for path, fact in facts.items() if path.startswith(f"data/{name}-")}
    return Split(
        name=name,
        files={path: fact["sha256"] for path, fact in own.items()},
        rows=sum(fact["rows"] for fact in own.values()),
        bytes=sum(fact["bytes"] for fact in own.values()),
    )
