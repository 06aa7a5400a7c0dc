"""Records without the parts that they do not have, so that a test can say what it expects in few words."""

from typing import Any

import polars as pl

from entropy_assets.records import RECORD_PARTS, SCHEMA, TURN_FIELDS, bare


def bare_turns(turns: Any) -> Any:
    """Return turns, or a list of lists of them, without their null parts; None as it is."""
    if turns is None:
        return None
    return [bare(turn) if isinstance(turn, dict) else bare_turns(turn) for turn in turns]


def bare_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a record as a row of a frame has it, its turns without null parts."""
    return {key: bare_turns(value) if key in TURN_FIELDS else value for key, value in row.items()}


def bare_rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame of records, turns without null parts."""
    return [bare_row(row) for row in frame.rows(named=True)]


def whole(row: dict[str, Any]) -> dict[str, Any]:
    """Return a record with every column that there is, null where it says nothing."""
    return {**dict.fromkeys(SCHEMA), **row}


__all__ = ["RECORD_PARTS", "bare_row", "bare_rows", "bare_turns", "whole"]
