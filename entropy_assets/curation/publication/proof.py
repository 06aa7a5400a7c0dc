"""Proving that what is stored is what was promoted: one version, or a dataset from its first entry on.

What belongs here: reading and comparing. What does not: mending; a fault is told and left as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from upath import UPath

from entropy_assets.errors import CurationError, StoreDamaged
from entropy_assets.ledger import Head, Ledger
from entropy_assets.ledger.audit import audit
from entropy_assets.ledger.history import History
from entropy_assets.linking import digest_file
from entropy_assets.shards import Segment, read_shard_bytes
from entropy_assets.storage import DatasetHome, digest_bytes, digest_value, names_in, parse_json, read_json


@dataclass(frozen=True)
class Proof:
    """What a reading of a whole dataset found.

    Parameters
    ----------
    n_entries
        Entries of the ledger that fit each other, from the first on.
    head
        The last of them.
    n_versions
        Versions that they promote.
    faults
        What is wrong, a sentence each; empty where all match.
    """

    n_entries: int
    head: Head
    n_versions: int
    faults: tuple[str, ...]


def verify_dataset(home: DatasetHome) -> Proof:
    """Return what a reading of ledger, snapshots, `CURRENT`, versions and segments found, from the start.

    Signatures are left out: which of them are in force hangs on the settings, and they can be made again.
    """
    ledger = Ledger(home.root / "ledger")
    history, faults = audit(ledger)
    for version, number in history.versions.items():
        fault = ledger.version_fault(history, version)
        faults += [] if fault is None else [fault]
        if history.manifest_of(version) is None:
            faults.append(f"entry {number} names no manifest of {version}: its version cannot be proved")
        try:
            verify_version(home, version)
        except CurationError as error:
            faults.append(str(error))
    faults += _segment_faults(home, history)
    return Proof(len(history), Head(len(history), history.head), len(history.versions), tuple(faults))


def _segment_faults(home: DatasetHome, history: History) -> Iterator[str]:
    """Yield what is wrong with the index segments of the present state; a rollback proves those of its own.

    Their names are digests of what they say, and a list of superseded records is the one that the entry
    names.
    """
    for key, path in history.state.segments.items():
        try:
            value = read_json(home.root / path)
            if digest_value(value)[:32] != (home.root / path).stem:
                yield f"{home.root / path}, index segment of {key!r}, was changed: restore it from a backup"
                continue
            segment = Segment.from_json(value)
            for shards in (segment.records, segment.superseded):
                for shard in shards.shards:
                    read_shard_bytes(home.root, shard)
            number = history.keys.get(key)
            change = None if number is None else history.entry(number).change
            told = None if change is None else change.superseded
            if told is not None and told.digest != segment.superseded.digest:
                yield (
                    f"{home.root / path}, index segment of {key!r}, lists other superseded records than "
                    f"entry {number} names: restore it from a backup"
                )
        except (CurationError, KeyError, TypeError, ValueError) as error:
            yield f"the index segment of {key!r}: {error}"


def verify_version(home: DatasetHome, version: str) -> dict[str, Any]:
    """Return the manifest of a version after all its files have been checked, the manifest included.

    Raises
    ------
    StoreDamaged
        A file is missing, its bytes differ from the manifest, or one stands among the data that the manifest
        does not name and that readers may load with the others.
    """  # noqa: DOC501 - `_damaged` makes a StoreDamaged
    folder = home.version(version)
    data, stated = (_bytes_or_none(folder / name) for name in ("manifest.json", "SHA256SUMS"))
    # The list first: a damaged manifest is not read.
    if data is None or stated is None or sums({"manifest.json": digest_bytes(data)}) not in stated:
        raise _damaged(version, folder, ["manifest.json or SHA256SUMS"])
    manifest: dict[str, Any] = parse_json(data)
    expected = {path: facts["sha256"] for path, facts in manifest["files"].items()}
    wrong = [path for path, digest in expected.items() if digest_file(folder / path) != digest]
    if sums({**expected, "manifest.json": digest_bytes(data)}) != stated:
        wrong.append("SHA256SUMS")
    for part in ("data", "ranking"):
        # Hidden ones are what a kill left, and no reader loads them.
        there = {f"{part}/{name}" for name in names_in(folder / part) if not name.startswith(".")}
        wrong += sorted(there - expected.keys())
    if wrong:
        raise _damaged(version, folder, wrong)
    return manifest


def _damaged(version: str, folder: UPath, paths: list[str]) -> StoreDamaged:
    return StoreDamaged(
        f"version {version} in {folder} must hold what its manifest.json and SHA256SUMS name; "
        f"missing, changed or not named: {', '.join(paths)}: restore the version from a backup"
    )


def _bytes_or_none(path: UPath) -> bytes | None:
    data: bytes | None = path.read_bytes() if path.exists() else None
    return data


def sums(digests: dict[str, str]) -> bytes:
    """Return the text of `SHA256SUMS` for path -> digest."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items())).encode()
