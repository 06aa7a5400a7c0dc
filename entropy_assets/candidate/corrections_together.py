"""Corrections among the drops of one candidate, settled when its pool is assembled.

Drops are taken in their frozen order, so that a batch comes to what its drops would come to one after the
other: a correction supersedes records of drops before it, and of two corrections of one row the later wins.

What belongs here: drops of one candidate towards each other. What does not: a drop and the pool
(`corrections`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from entropy_assets import records
from entropy_assets.candidate.corrected_texts import count_unlike
from entropy_assets.candidate.corrections import KEY, STORED, old_records, set_aside
from entropy_assets.candidate.manifests import Correction, ScreenedPart
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.corrections import NEW_SCHEMA, SUPERSEDED_SCHEMA, leaving, resolve
from entropy_assets.curation.dedup import PAIRS_SCHEMA, canonical_texts
from entropy_assets.shards import Shards, read_shard, read_shards


@dataclass(frozen=True)
class Together:
    """Parts of a candidate after the corrections among them.

    Parameters
    ----------
    superseded
        The whole list of the candidate: rows of `SUPERSEDED_SCHEMA`.
    held_out
        Rows of `PAIRS_SCHEMA`: rows that are kept out because an earlier drop of the batch brings their old
        text into the validation split.
    corrections
        What is said of each part, with the records of earlier drops that it takes out.
    """

    superseded: pl.DataFrame
    held_out: pl.DataFrame
    corrections: tuple[Correction | None, ...]


def settle_together(run: CandidateRun, parts: Sequence[ScreenedPart]) -> Together:
    """Return what the drops of a candidate supersede, in the pool and of those before them in their order."""
    root, lists, aside = run.workspace.root, [SUPERSEDED_SCHEMA.to_frame()], [PAIRS_SCHEMA.to_frame()]
    is_batch = len(parts) > 1 and any(part.correction and part.correction.source for part in parts)
    earlier: list[pl.DataFrame] = []
    said: list[Correction | None] = []
    for number, part in enumerate(parts):
        own = part.correction
        listed = read_shards(root, own.superseded if own else Shards(), SUPERSEDED_SCHEMA)
        brought = read_shards(root, part.shards if is_batch else Shards(), records.SCHEMA, STORED)
        if own and own.source and earlier:
            old = old_records(
                run, pl.concat(earlier).filter(pl.col("source") == own.source), pl.concat(lists).select(KEY)
            )
            found = resolve(part.drop, read_shards(root, own.declared, NEW_SCHEMA), old)
            # A row that is kept out supersedes nothing.
            listed = pl.concat([listed, found.superseded]).join(found.held_out, on="row_id", how="anti")
            kept_out, brought = set_aside(brought, found.held_out)
            aside.append(kept_out)
            own = _with_earlier(run, own, parts[: number + 1], found.superseded.filter("leaves"), old)
        lists.append(listed)
        earlier.append(brought)
        said.append(own)
    whole = pl.concat(lists).unique().sort(SUPERSEDED_SCHEMA.names())
    return Together(whole, pl.concat(aside), tuple(said))


def _with_earlier(
    run: CandidateRun, own: Correction, parts: Sequence[ScreenedPart], leave: pl.DataFrame, old: pl.DataFrame
) -> Correction:
    """Return what is said of a correction with the records of earlier drops of its batch counted in.

    So a correction that is not fit for what stands before it in its batch stops the batch, which is divided,
    and is asked about alone.
    """
    root = run.workspace.root

    def frames(among: Sequence[ScreenedPart]) -> Iterator[pl.DataFrame]:
        return (read_shard(root, shard) for part in among for shard in part.shards.shards)

    texts = ((frame["id"], canonical_texts(frame)) for frame in frames(parts[:-1])) if leave.height else ()
    unlike = count_unlike(leave, frames(parts[-1:]) if leave.height else (), texts)
    gone = leaving(leave).get(parts[-1].drop, {})
    return own.model_copy(
        update={
            "leave": {**own.leave, **gone},
            "live": own.live + old.filter("counts").height,
            "unlike": own.unlike + unlike,
        }
    )
