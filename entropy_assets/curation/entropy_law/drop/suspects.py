"""Which records of a drop a hold is about, as a table, and which sources they stand in.

A hold is about shares and means; the suspects are the records that a person looks at, or sets aside. They
decide nothing: a drop is held or not without them.

What belongs here: the table, and counting by source. What does not: what makes a record a suspect
(`pointers`), and taking records out of a drop.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import polars as pl

from entropy_assets.curation.entropy_law.drop.compared import Compared
from entropy_assets.curation.entropy_law.drop.rules import POINTERS
from entropy_assets.curation.entropy_law.drop.strata import Stratum
from entropy_assets.errors import InvalidParameter

EXCERPT_CHARS = 160

SUSPECTS_SCHEMA = pl.Schema(
    {
        "id": pl.String,
        "row_id": pl.String,
        "source": pl.String,
        "language": pl.String,
        "rule": pl.String,
        "score": pl.Float64,
        "compared_with": pl.String,
        "excerpt": pl.String,
    }
)
"""One row a record and rule. `score` says how far, higher is worse: in what, says `DropRule.score`.
`compared_with` names the reference; `excerpt` is the text's beginning."""

BY_SOURCE_SCHEMA = pl.Schema(
    {"rule": pl.String, "source": pl.String, "suspects": pl.Int64, "records": pl.Int64, "share": pl.Float64}
)
"""One row a rule and source: suspects, the source's records in the drop, and the fraction of the rule's
suspects that stand in the source."""


def find_suspects(pair: Compared, row_ids: Sequence[str | None] | None = None) -> pl.DataFrame:
    """Return the records of a drop that a rule can point at.

    Parameters
    ----------
    pair
        The drop beside promoted records, both sorted by id. Without any, only `blobs` and `copies` speak.
    row_ids
        The user's id of each record of the drop; None where there is none.

    Returns
    -------
    pl.DataFrame
        Rows of `SUSPECTS_SCHEMA`, by rule in the order of `POINTERS`, the highest scores first, then by id.

    Raises
    ------
    InvalidParameter
        Row ids are not as many as the records.
    """
    drop = pair.told
    if row_ids is not None and len(row_ids) != len(drop):
        raise InvalidParameter(f"{len(row_ids)} row ids for {len(drop)} records: give one for each")
    frames = [SUSPECTS_SCHEMA.to_frame()]
    for rule, pointer in POINTERS.items():
        pointed = sorted(pointer(pair), key=lambda one: (-one.score, drop.ids[one.place]))
        rows = [
            {
                "id": drop.ids[place],
                "row_id": None if row_ids is None else row_ids[place],
                "source": drop.strata[place][0],
                "language": drop.strata[place][1],
                "rule": rule,
                "score": score,
                "compared_with": told,
                "excerpt": drop.texts[place].decode()[:EXCERPT_CHARS],
            }
            for place, score, told in pointed
        ]
        frames.append(pl.DataFrame(rows, schema=SUSPECTS_SCHEMA))
    return pl.concat(frames)


def suspects_by_source(suspects: pl.DataFrame, strata: Sequence[Stratum]) -> list[dict[str, Any]]:
    """Return how the suspects of each rule spread over the sources.

    Parameters
    ----------
    suspects
        Rows of `SUSPECTS_SCHEMA`.
    strata
        (source, language) of every record of the drop.

    Returns
    -------
    list[dict[str, Any]]
        Rows of `BY_SOURCE_SCHEMA`; rules sorted, in each the source with the most suspects first.
    """
    n_records = Counter(source for source, _ in strata)
    n_pointed = Counter(suspects["rule"].to_list())
    counts = suspects.group_by("rule", "source").len().iter_rows()
    return [
        {
            "rule": rule,
            "source": source,
            "suspects": n,
            "records": n_records[source],
            "share": n / n_pointed[rule],
        }
        for rule, source, n in sorted(counts, key=lambda row: (row[0], -row[2], row[1]))
    ]
