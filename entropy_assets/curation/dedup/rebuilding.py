"""Making signatures of the stored index again, from the stored records.

What was made again lies beside its segment, under the scheme that it was made with; segment and ledger stay
as they are.

What belongs here: which signatures of a segment are in force, and making new ones. What does not: searching
them (`index`).
"""

from collections.abc import Callable
from dataclasses import replace

import polars as pl
from upath import UPath

from entropy_assets.curation.dedup.index import signatures_of
from entropy_assets.curation.dedup.tables import (
    NORMALISED,
    Scheme,
    find_signatures,
    read_signatures,
    write_signatures,
)
from entropy_assets.errors import StaleProvenance, StoreDamaged
from entropy_assets.shards import Segment, Shard, Shards, read_header, read_shard, read_shard_bytes
from entropy_assets.storage import canonical_json, digest_value, put, read_json

FOLDED_BEFORE = "NFC, lower case, single spaces"
"""What releases folded that knew no setting for it."""


def is_current(root: UPath, segment: Segment, scheme: Scheme) -> bool:
    """Return whether a segment has whole signatures of a scheme, one a record."""
    try:
        for shard in signatures_of(segment).shards:
            find_signatures(root, shard, scheme, {})
    except StaleProvenance:
        return False
    return True


def is_of_before(root: UPath, segment: Segment, scheme: Scheme) -> bool:
    """Return whether a segment's signatures are those that older releases made.

    They differ from the wanted ones in what was folded (`FOLDED_BEFORE`), or in that roles did not count, and
    in nothing that a setting says, so the segment
    can be signed again without anyone being asked.
    """
    shards = segment.signatures.shards if segment.signatures is not None else ()
    if not shards or not (root / shards[0].path).exists():
        return False
    try:
        made_with = read_header(read_shard_bytes(root, shards[0]))
    except StaleProvenance:
        return False
    without_roles = {name: value for name, value in scheme.items() if name != "roles"}
    older = (without_roles, {**without_roles, "normalisation": FOLDED_BEFORE})
    return made_with in older and made_with != scheme


def rebuild(
    root: UPath, segment: Segment, scheme: Scheme, sign: Callable[[pl.DataFrame], pl.DataFrame]
) -> Segment:
    """Make the signatures of a segment again from its stored records; return it with the new ones.

    The ledger and the segment it names stay as they are: the new signatures lie beside it, where
    `current` finds them.

    Parameters
    ----------
    root
        Folder of the dataset.
    segment
        Whose records are signed.
    scheme
        What the signatures depend on.
    sign
        Records -> table of `normalised`, bands and places, row by row.
    """
    frames = (sign(read_shard(root, shard)) for shard in segment.records.shards)
    path = _rebuilt_path(root, segment, scheme)
    signatures = write_signatures(root, path.with_suffix(""), frames, scheme)
    put(path, canonical_json(signatures.to_json()))
    return replace(segment, signatures=signatures)


def renewed(
    root: UPath, segment: Segment, scheme: Scheme, sign: Callable[[pl.DataFrame], pl.DataFrame]
) -> Segment:
    """Return what `current` does, signed again where an older release signed it; see `rebuild`."""
    segment = current(root, segment, scheme)
    return rebuild(root, segment, scheme, sign) if is_of_before(root, segment, scheme) else segment


def current(root: UPath, segment: Segment, scheme: Scheme) -> Segment:
    """Return a segment with signatures that were rebuilt for a scheme, where there are any.

    Raises
    ------
    StoreDamaged
        Their list is damaged.
    """
    path = _rebuilt_path(root, segment, scheme)
    if not path.exists():
        return segment
    do = "delete it, and run `entropy-assets index rebuild`"
    try:
        return replace(segment, signatures=Shards.from_json(read_json(path, do)))
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreDamaged(f"{path} is no list of signatures ({error!r}): {do}") from error


def _rebuilt_path(root: UPath, segment: Segment, scheme: Scheme) -> UPath:
    name = digest_value([segment.records.digest, dict(scheme)])
    return root / "index" / "rebuilt" / f"{name[:32]}.json"


def narrowed(root: UPath, folder: UPath, signatures: Shards, records: Shards, scheme: Scheme) -> Shards:
    """Return signatures of exactly the records in `records`, in their order.

    A stage after dedup may have taken records out; their signatures must not become keepers.

    Parameters
    ----------
    root
        Folder of the dataset.
    folder
        Where new shards are put.
    signatures
        Signatures of at least these records.
    records
        The records that are promoted.
    scheme
        What the signatures were made with.

    Raises
    ------
    StaleProvenance
        A record has no signature.
    """
    signed = pl.concat([read_signatures(root, shard, scheme) for shard in signatures.shards])
    if signed.is_empty():
        return Shards()

    def of_shard(shard: Shard) -> pl.DataFrame:
        ids = read_shard(root, shard, ["id", "drop"])  # several drops of a batch may hold the same record
        rows = ids.join(signed, on=["id", "drop"], how="left", maintain_order="left")
        if rows[NORMALISED].null_count() or rows.height != ids.height:
            raise StaleProvenance(f"{shard.path} holds records without a signature: run the candidate again")
        return rows.select(signed.columns)

    return write_signatures(root, folder, map(of_shard, records.shards), scheme)
