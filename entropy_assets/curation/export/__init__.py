"""Records -> rows of an outside layout: the way back from `ingest`, with no loss that is not named.

A row counts as written when `ingest`'s own reader makes the same record of it: content, kind, source,
language, the user's id and metadata. A record that the layout cannot hold is refused with a reason, never
shortened: ``records_in == len(rows) + lost.height``. What a turn carried beside role and content goes back
into the turn; where the layout has no place for it, it stays in the row as `message_fields`. Parts are
written in the trainers' spelling: calls and tools as objects where these are just the stored text, else as
text, and a call alone as a turn of the role `function_call` in ShareGPT and where it is no list of objects.

No stage of the graph: it stands on `ingest`, because only the reader itself can prove what it will read.
Modules: `layouts` with `parts` (content -> fields of a layout), `proof` (-> a row that reads as the record),
`losses` (why not).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from entropy_assets.curation.export.layouts import LAYOUTS
from entropy_assets.curation.export.losses import LOSSES, Loss, Lost
from entropy_assets.curation.export.proof import proved_row
from entropy_assets.errors import CurationError, InvalidInput, InvalidParameter
from entropy_assets.records import SCHEMA

__all__ = [
    "LAYOUTS",
    "LOSSES",
    "LOST_SCHEMA",
    "Exported",
    "Loss",
    "check_layout",
    "check_records",
    "export",
    "lost_frame",
]

LOST_SCHEMA = pl.Schema({**SCHEMA, "reason": pl.String(), "detail": pl.String()})
"""Columns of the refused records: those of a record, the code of the reason, and what it is about."""


@dataclass(frozen=True)
class Exported:
    """Rows of one layout, and the records that it cannot hold.

    Attributes
    ----------
    rows
        One JSON object each on one line, without a line end, in the order of the records.
    lost
        Refused records in their order; schema `LOST_SCHEMA`.
    records_in
        Records that were given.
    """

    rows: list[str]
    lost: pl.DataFrame
    records_in: int

    def __post_init__(self) -> None:
        if self.records_in != len(self.rows) + self.lost.height:
            raise CurationError(
                f"records were lost: {self.records_in} came in, {len(self.rows)} became rows and "
                f"{self.lost.height} were refused; please report this as a bug"
            )


def check_layout(layout: str) -> None:
    """Raise `InvalidParameter` if `layout` is no key of `LAYOUTS`."""
    if layout not in LAYOUTS:
        raise InvalidParameter(
            f"layout must be one of {', '.join(LAYOUTS)}, got {layout!r}: name one of them"
        )


def check_records(schema: pl.Schema, name: str) -> None:
    """Raise `InvalidInput` if a frame, called `name` in the message, has not the columns of records."""
    wrong = [column for column, dtype in SCHEMA.items() if schema.get(column) != dtype]
    if wrong:
        raise InvalidInput(
            f"{name} holds no records: of their columns, {', '.join(wrong)} are missing or of another type; "
            "give what ingest has written"
        )


def export(records: pl.DataFrame, layout: str) -> Exported:
    """Write records in an outside layout and prove each row by reading it again.

    Parameters
    ----------
    records
        Columns of `records.SCHEMA`; further ones are passed over. The place of a record (`drop`, `file`,
        `line`) is not written.
    layout
        A key of `LAYOUTS`.

    Returns
    -------
    Exported
        Rows and refused records.

    Raises
    ------
    InvalidParameter
        The layout is unknown.
    InvalidInput
        The frame has not the columns of records.

    Examples
    --------
    >>> record = {"id": "ab8c9c6dda0e7cc57f62cf29410db2cc", "kind": "text", "text": "a", "source": "s"}
    >>> frame = pl.DataFrame([record], schema=SCHEMA)
    >>> export(frame, "text").rows
    ['{"source": "s", "text": "a"}']
    >>> export(frame, "messages").lost["reason"].to_list()
    ['wrong_kind']
    """
    check_layout(layout)
    check_records(records.schema, "the frame")
    records = records.select(SCHEMA.names())
    rows: list[str] = []
    lost: list[tuple[int, str, str]] = []
    for index, record in enumerate(records.iter_rows(named=True)):
        try:
            rows.append(proved_row(record, LAYOUTS[layout]))
        except Lost as loss:
            lost.append((index, str(loss.reason), str(loss)))
    return Exported(rows, lost_frame(records, lost), records.height)


def lost_frame(records: pl.DataFrame, lost: Sequence[tuple[int, str, str]]) -> pl.DataFrame:
    """Return refused records of a frame, with why; columns of `LOST_SCHEMA`.

    Parameters
    ----------
    records
        Columns of `records.SCHEMA`.
    lost
        Row, reason and detail of each.
    """
    return records[[index for index, _, _ in lost]].with_columns(
        pl.Series("reason", [reason for _, reason, _ in lost], dtype=pl.String),
        pl.Series("detail", [detail for _, _, detail in lost], dtype=pl.String),
    )
