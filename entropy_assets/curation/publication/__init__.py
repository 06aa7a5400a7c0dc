"""Publishing a version, and writing decisions: the only module that extends the ledger.

Order of writes: the version's data, its descriptions, the index segment; then one exclusive ledger
entry, which is the promotion; then `CURRENT`, a copy for readers. A crash before the entry leaves the
old version in force and whole, and the next run writes the same bytes to the same paths. A crash after
it leaves a stale copy, which `repair_current` mends.

What belongs here: writing what a verdict allows. What does not: reaching the verdict.
"""

import json
import platform
import zlib
from dataclasses import dataclass, replace
from importlib.metadata import version as package_version
from typing import Any

import polars as pl
import zstandard
from upath import UPath

from entropy_assets.curation.publication.card import Split, card, croissant
from entropy_assets.errors import InvalidInput, StaleProvenance
from entropy_assets.ledger import CHANGES, Candidate, Entry, Ledger, State
from entropy_assets.shards import Segment, parquet_bytes
from entropy_assets.storage import DatasetHome, canonical_json, digest_bytes, digest_value, put, read_json

__all__ = ["VersionContent", "publish", "record_hold", "repair_current", "verify_version"]


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
    """

    train: pl.DataFrame
    validation: pl.DataFrame
    figures: dict[str, Any]
    segment: Segment
    provenance: dict[str, str]
    sources: tuple[dict[str, Any], ...] = ()


def publish(
    home: DatasetHome,
    ledger: Ledger,
    candidate: Candidate,
    parent: State,
    drops: tuple[str, ...],
    content: VersionContent,
    reasons: tuple[dict[str, Any], ...] = (),
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

    Raises
    ------
    StaleProvenance
        The parent is no longer current, or a training record comes from a drop that is not live.
    StorageConflict
        The candidate has been decided meanwhile.
    """
    files = _data_files(content, drops)
    digest = digest_value({path: digest_bytes(data) for path, (data, _) in files.items()})
    version = _version_name(ledger, parent.version, candidate.key, digest)
    if version != parent.version:
        _write_version(home, version, candidate, parent, drops, content, files)
    segments = _segments_without(home, parent, candidate.remove)
    if content.segment.records.shards:
        segments[candidate.key] = _write_segment(home, content.segment)
    entry = ledger.append(
        candidate.action,
        candidate,
        parent=parent,
        state=State(version, drops, segments),
        reasons=reasons,
        digests={**content.provenance, "version": digest},
    )
    repair_current(home, ledger)
    return entry


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
) -> Entry:
    """Write the decision to hold a candidate; return its entry.

    Parameters
    ----------
    ledger
        The dataset's ledger.
    candidate
        What is held.
    parent
        State that the candidate was measured against.
    reasons
        Why.
    provenance
        Digests of what the decision rests on.
    """
    return ledger.append("hold", candidate, parent=parent, reasons=reasons, digests=provenance)


def repair_current(home: DatasetHome, ledger: Ledger) -> str | None:
    """Make `CURRENT` say what the ledger says; return the current version."""
    while (version := ledger.state().version) is not None:
        line = f"{version}\n".encode()
        if home.current_path.exists() and home.current_path.read_bytes() == line:
            break
        put(home.current_path, line)  # and look again: another decision may have come in between
    return version


def verify_version(home: DatasetHome, version: str) -> dict[str, Any]:
    """Return the manifest of a version after all its files have been checked, the manifest included.

    Raises
    ------
    InvalidInput
        A file is missing, its bytes differ from the manifest, or a data file stands there that no
        manifest names and that readers would load with the others.
    """
    folder = home.version(version)
    data, stated = (_bytes_or_none(folder / name) for name in ("manifest.json", "SHA256SUMS"))
    # The list first: a damaged manifest is not read.
    if data is None or stated is None or _sums({"manifest.json": digest_bytes(data)}) not in stated:
        raise _damaged(version, folder, ["manifest.json or SHA256SUMS"])
    manifest: dict[str, Any] = json.loads(data)
    expected = {path: facts["sha256"] for path, facts in manifest["files"].items()}
    wrong = [path for path, digest in expected.items() if _digest_or_none(folder / path) != digest]
    if _sums({**expected, "manifest.json": digest_bytes(data)}) != stated:
        wrong.append("SHA256SUMS")
    wrong += sorted({f"data/{file.name}" for file in (folder / "data").glob("*.parquet")} - expected.keys())
    if wrong:
        raise _damaged(version, folder, wrong)
    return manifest


def _damaged(version: str, folder: UPath, paths: list[str]) -> InvalidInput:
    return InvalidInput(
        f"version {version} in {folder} must hold what its manifest.json and SHA256SUMS name; "
        f"missing, changed or not named: {', '.join(paths)}: restore the version from a backup"
    )


def _bytes_or_none(path: UPath) -> bytes | None:
    data: bytes | None = path.read_bytes() if path.exists() else None
    return data


def _digest_or_none(path: UPath) -> str | None:
    data = _bytes_or_none(path)
    return None if data is None else digest_bytes(data)


def _version_name(ledger: Ledger, current: str | None, key: str, digest: str) -> str:
    """Return the current version's name for unchanged data, else a new one.

    The candidate is part of the name, because its manifest is part of the folder: of two candidates
    with equal data the one that loses must not write over the one that wins.
    """
    entries = ledger.entries()
    changes = [entry for entry in entries if entry.action in CHANGES and entry.state.version == current]
    if current is not None and any(entry.digests.get("version") == digest for entry in changes):
        return current
    known = {entry.state.version for entry in entries} - {None}
    return f"v{len(known) + 1:04d}-{digest_value([key, digest])[:8]}"


def _sums(digests: dict[str, str]) -> bytes:
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items())).encode()


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
    version: str,
    candidate: Candidate,
    parent: State,
    drops: tuple[str, ...],
    content: VersionContent,
    files: dict[str, tuple[bytes, pl.DataFrame]],
) -> None:
    folder = home.version(version)
    facts: dict[str, dict[str, Any]] = {}
    for path, (data, frame) in files.items():
        put(folder / path, data)
        facts[path] = {"sha256": digest_bytes(data), "bytes": len(data), "rows": frame.height}
    splits = [_split(name, facts) for name in ("train", "validation")]
    splits = [split for split in splits if split.rows]
    described = {
        "README.md": card(home.name, version, splits, content.figures, drops, content.sources).encode(),
        "croissant.json": croissant(home.name, version, splits).encode(),
    }
    for path, data in described.items():
        put(folder / path, data)
        facts[path] = {"sha256": digest_bytes(data), "bytes": len(data)}
    manifest = {
        "dataset": home.name,
        "version": version,
        "parent": parent.version,
        "candidate": candidate.key,
        "bootstrap": parent.version is None,
        "drops": list(drops),
        "schema": {name: str(kind) for name, kind in content.train.schema.items()},
        "files": facts,
        "figures": content.figures,
        "sources": list(content.sources),
        "provenance": content.provenance,
        "software": _software(),
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False).encode()
    put(folder / "manifest.json", text)
    digests = {path: fact["sha256"] for path, fact in facts.items()}
    put(folder / "SHA256SUMS", _sums({**digests, "manifest.json": digest_bytes(text)}))


def _split(name: str, facts: dict[str, dict[str, Any]]) -> Split:
    own = {path: fact for path, fact in facts.items() if path.startswith(f"data/{name}-")}
    return Split(
        name=name,
        files={path: fact["sha256"] for path, fact in own.items()},
        rows=sum(fact["rows"] for fact in own.values()),
        bytes=sum(fact["bytes"] for fact in own.values()),
    )


def _software() -> dict[str, str]:
    return {
        "entropy-assets": package_version("entropy-assets"),
        "polars": package_version("polars"),
        "python": platform.python_version(),
        "torch": package_version("torch"),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "zstd": ".".join(map(str, zstandard.ZSTD_VERSION)),
    }
