"""Which records of a drop a hold is about, as a table, and which sources they stand in.

A hold is about shares and means; the suspects are the records that a person looks at, or sets aside. They
decide nothing: a drop is held or not without them.

What belongs here: the table, and counting by source. What does not: what makes a record a suspect
(`pointers`), and taking records out of a drop.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from entropy_assets.curation.entropy_law.drop.compared import Compared
from entropy_assets.curation.entropy_law.drop.pointers import POINTERS
from entropy_assets.curation.entropy_law.drop.strata import Stratum
from entropy_assets.curation.entropy_law.gate.reasons import Reason
from entropy_assets.errors import InvalidParameter

EXCERPT_CHARS = 160
TOLD_SOURCES = 2

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
"""One row a record and rule. `score` says how far, higher is worse: the share of noise (`blobs`), the share
of the record's runs of words that stand elsewhere too (`copies`) or in too many records (`repeated_phrases`),
the probability that its answer is another question's (`mismatched_answers`, of the records that were read),
what its ending counts for (`truncated`), standard deviations above promoted records of its size
(`unknown_words`, `unusual_pairs`, `loss_shift`), the rise of the language's share (`language_shift`).
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


def name_suspects(reasons: Iterable[Reason], by_source: Sequence[dict[str, Any]]) -> tuple[Reason, ...]:
    """Return the reasons of a hold, each with the sources that its suspects stand in, where it has any.

    Parameters
    ----------
    reasons
        Why a candidate is held.
    by_source
        What `suspects_by_source` returned; empty for a report from before there were suspects.
    """
    named = []
    for reason in reasons:
        rows = [row for row in by_source if row["rule"] == reason.code]
        if rows:
            do = f"{reason.do}; `entropy-assets drop split` sets them aside"
            reason = replace(reason, why=f"{reason.why}; {_sources_told(rows)}", do=do)
        named.append(reason)
    return tuple(named)


def _sources_told(rows: Sequence[dict[str, Any]]) -> str:
    """Return how many records a rule points at, and where most of them stand.

    >>> _sources_told([{"source": "web", "suspects": 9, "records": 12, "share": 0.9},
    ...                {"source": "code", "suspects": 1, "records": 50, "share": 0.1}])
    '10 suspects, 90 % in source web (9 of its 12 records), 10 % in source code (1 of its 50 records)'
    """
    total = sum(row["suspects"] for row in rows)
    parts = [
        f"{row['share']:.0%} in source {row['source']} ({row['suspects']} of its {row['records']} records)"
        for row in rows[:TOLD_SOURCES]
    ]
    return f"{total} suspects, {', '.join(parts)}".replace("%", " %")
