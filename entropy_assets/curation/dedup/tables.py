"""Tables of signatures as files: written with their scheme, read against it, and searched.

A table has a row a record, in the order of the records: its place, the hash of its normalised text, and its
bands. Of a table that is searched only the hashes are read, and the places of the rows that were found.

What belongs here: one file. What does not: which files make an index.
"""

import io
from collections.abc import Collection, Iterator, Mapping

import polars as pl
from upath import UPath

from entropy_assets.errors import StaleProvenance
from entropy_assets.shards import Shard, Shards, read_header, read_shard_bytes, write_shard

Scheme = Mapping[str, str | int]
"""What a stored signature depends on: names, sizes, seed and the release of the library."""

NORMALISED, BAND = "normalised", "band_"
WAY_OUT = "rebuild the index from the stored records with `entropy-assets index rebuild`"


def band_columns(signed: pl.DataFrame) -> list[str]:
    """Return the names of the columns by which a table of signatures is searched."""
    return [name for name in signed.columns if name == NORMALISED or name.startswith(BAND)]


def write_signatures(root: UPath, folder: UPath, frames: Iterator[pl.DataFrame], scheme: Scheme) -> Shards:
    """Write each table of signatures that has rows as one shard with its scheme in the header.

    Parameters
    ----------
    root
        Folder of the dataset.
    folder
        Where the shards are put.
    frames
        Tables of `normalised`, bands and places, in the order of their records.
    scheme
        What the signatures depend on.
    """
    return Shards(tuple(write_shard(root, folder, frame, scheme) for frame in frames if frame.height))


def read_signatures(root: UPath, shard: Shard, scheme: Scheme) -> pl.DataFrame:
    """Return a shard of signatures, checked against its digest and the scheme; see `find_signatures`."""
    return pl.read_parquet(io.BytesIO(_checked_bytes(root, shard, scheme)))


def find_signatures(
    root: UPath,
    shard: Shard,
    scheme: Scheme,
    wanted: Mapping[str, pl.Series],
    beside: Collection[str] | None = None,
) -> pl.DataFrame:
    """Return the rows of a shard of signatures that hold one of the wanted hashes in its column.

    Parameters
    ----------
    root
        Folder of the dataset.
    shard
        What is read.
    scheme
        What the signatures must have been made with.
    wanted
        Column -> hashes, without nulls.
    beside
        Other columns that are returned; by default all.

    Raises
    ------
    StaleProvenance
        The file is missing or damaged, or its signatures were made with another scheme.
    """
    data = _checked_bytes(root, shard, scheme)
    hashes = pl.read_parquet(io.BytesIO(data), columns=list(wanted))
    is_found = pl.repeat(False, shard.rows, eager=True)
    for name, values in wanted.items():
        is_found |= hashes[name].is_in(values.implode()).fill_null(False)
    rows = is_found.arg_true()
    names = [name for name in pl.read_parquet_schema(io.BytesIO(data)) if name not in wanted]
    names = [name for name in names if beside is None or name in beside]
    places = pl.read_parquet(io.BytesIO(data), columns=names)[rows]
    # What is taken out of strings still holds buffers as large as the shard's.
    return pl.concat([places.with_columns(pl.col(pl.String) + ""), hashes[rows]], how="horizontal")


def _checked_bytes(root: UPath, shard: Shard, scheme: Scheme) -> bytes:
    """Return the bytes of a shard after a check against its digest and the scheme."""
    try:
        data = read_shard_bytes(root, shard)
    except StaleProvenance as error:
        raise StaleProvenance(
            f"index file {shard.path} is missing or damaged: delete what is left of it and {WAY_OUT}"
        ) from error
    made_with = read_header(data)
    if made_with != dict(scheme):
        raise StaleProvenance(f"index file {shard.path} {_what_differs(made_with, scheme)}: {WAY_OUT}")
    return data


def _what_differs(made_with: Mapping[str, object] | None, scheme: Scheme) -> str:
    if made_with is None:
        return "does not say how its signatures were made"
    names = sorted(made_with.keys() | scheme.keys())
    differing = [name for name in names if made_with.get(name) != scheme.get(name)]
    stated = ", ".join(f"{name} {made_with.get(name)}, now {scheme.get(name)}" for name in differing)
    return f"holds signatures of another scheme ({stated})"
