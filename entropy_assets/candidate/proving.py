"""Whether all that is stored of a dataset is what was decided: `ledger verify`.

What belongs here: what can be told only with the settings or the inbox at hand. What does not: ledger,
versions and segments (`curation.publication.proof`), and mending.
"""

from collections.abc import Iterator
from dataclasses import replace

from entropy_assets.candidate.decided import changed_since
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.dedup import scheme
from entropy_assets.curation.dedup.index import require_records
from entropy_assets.curation.dedup.rebuilding import current
from entropy_assets.curation.publication.proof import Proof, verify_dataset
from entropy_assets.errors import CurationError, StaleProvenance
from entropy_assets.shards import Segment, Shards, read_shard_bytes


def prove(workspace: Workspace) -> Proof:
    """Return what a reading of a whole dataset found, the signatures in force and the inbox included.

    Where the ledger itself is at fault, nothing is said of what hangs on it.
    """
    proof = verify_dataset(workspace.home)
    try:
        segments = workspace.ledger.state().segments
    except CurationError:
        return proof
    more = [*_signature_faults(workspace, segments), *([] if proof.faults else _changed_drops(workspace))]
    return replace(proof, faults=(*proof.faults, *more))


def _signature_faults(workspace: Workspace, segments: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with the signatures that dedup reads: of a segment, or made again for it."""
    try:
        wanted = scheme(workspace.load_settings().dedup)
    except CurationError as error:
        yield f"which signatures of the index are in force cannot be told: {error}"
        return
    for key, path in segments.items():
        try:
            segment = workspace.segment(path)
        except (CurationError, KeyError, TypeError, ValueError):
            continue  # told of already
        try:
            in_force = current(workspace.root, segment, wanted)
        except CurationError as error:
            yield str(error)
            continue
        yield from _faults_in(workspace, key, segment, in_force.signatures or Shards())


def _faults_in(workspace: Workspace, key: str, segment: Segment, in_force: Shards) -> Iterator[str]:
    """Yield what is wrong with a segment's signatures; nothing where its records are gone, which is told."""
    for shard in in_force.shards:
        try:
            read_shard_bytes(workspace.root, shard)
        except StaleProvenance as error:
            try:
                require_records(workspace.root, segment, error)
            except StaleProvenance:
                return
            yield (
                f"{workspace.root / shard.path}, signatures of {key!r} in the index, is missing or was "
                f"changed: run `entropy-assets index rebuild --dataset {workspace.name}`"
            )


def _changed_drops(workspace: Workspace) -> Iterator[str]:
    """Yield one sentence for each decided drop of the inbox whose content is not what was decided."""
    for drop in workspace.home.ready_drops():
        number = changed_since(workspace, drop)
        if number is not None:
            yield (
                f"drop {drop!r} in the inbox is not what entry {number} decided: deliver it under a new name"
            )
