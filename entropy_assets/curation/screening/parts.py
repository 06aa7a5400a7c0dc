"""Screening one shard at a time, so that a drop is screened by any number of processes.

What belongs here: reading a shard, screening it, and writing what comes out. What does not: the rules.
"""

from dataclasses import dataclass

import polars as pl
from upath import UPath

from entropy_assets.curation.screening import screen
from entropy_assets.execution import Shared
from entropy_assets.settings import ScreeningSettings
from entropy_assets.shards import Shard, Shards, read_shard, write_shards


@dataclass(frozen=True)
class Part:
    """One shard of records to be screened.

    Parameters
    ----------
    root
        Folder of the dataset.
    folders
        Where kept records, removed records and findings are written, below `root`.
    shard
        The records.
    settings
        What is looked for, and what is removed.
    contaminated
        Records that overlap with evaluation sets, None where no set is listed.
    """

    root: UPath
    folders: tuple[UPath, UPath, UPath]
    shard: Shard
    settings: ScreeningSettings
    contaminated: Shared[pl.DataFrame] | None


def screen_part(part: Part) -> tuple[Shards, Shards, Shards]:
    """Screen one shard; return the shards of kept records, of removed ones, and of findings."""
    contaminated = None if part.contaminated is None else part.contaminated.value
    screened = screen(read_shard(part.root, part.shard), part.settings, contaminated)
    frames = (screened.kept, screened.out, screened.findings)
    kept, out, findings = (
        write_shards(part.root, folder, [frame]) for folder, frame in zip(part.folders, frames, strict=True)
    )
    return kept, out, findings
