"""Verdicts as Dagster shows them: the table that the command line prints, on asset pages, checks and runs.

What belongs here: metadata made of rows. What does not: the rows (`candidate.told_of`).
"""

from typing import Any

from entropy_assets.candidate.told import TOLD_SCHEMA
from entropy_assets.defs.resources import table_of


def verdict_metadata(rows: list[dict[str, str]]) -> dict[str, Any]:
    """Return rows of `TOLD_SCHEMA` as metadata; none where nothing is to be said."""
    return {"verdict": table_of(rows, TOLD_SCHEMA)} if rows else {}
