"""Frames of rows in memory.

What belongs here: what a frame holds on to. What does not: what its rows are (`records`) and where they are
stored (`shards`).
"""

import io

import polars as pl


def in_own_memory(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the same rows in memory of their own.

    What a filter, a join or a part leaves refers to the text of all rows that it was taken from, and keeps
    it in memory: whoever gathers some rows of many frames would hold all of these.
    """
    buffer = io.BytesIO()
    frame.write_ipc_stream(buffer)
    buffer.seek(0)
    return pl.read_ipc_stream(buffer)
