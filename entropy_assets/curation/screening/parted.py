r"""Words that are parted at the end of a line, or by signs without width, in one piece again.

A page that was set has ``gar-`` on one line and ``dener`` on the next. Whether the stroke belongs to the word
(``well-`` and ``known``) nobody can tell, so a record is searched as it stands and with such words joined.

What belongs here: joining. What does not: searching; nothing of this is stored.
"""

import re

import polars as pl

from entropy_assets.records import SCHEMA, TURN_FIELDS

_WIDTHLESS = "\u00ad\u200b\u2060\ufeff"
_PARTED = rf"\p{{L}}(?:[-‐\x{{ad}}]\r?\n[ \t>]*|[{_WIDTHLESS}])\p{{L}}"
_BREAK = re.compile(rf"(?<=[^\W\d_])(?:[-‐\u00ad]\r?\n[ \t>]*|[{_WIDTHLESS}]+)(?=[^\W\d_])")
_SAID = ("content", "reasoning")


def parted(records: pl.DataFrame) -> pl.DataFrame:
    """Return the records that hold parted words, with these joined.

    Parameters
    ----------
    records
        Records in `entropy_assets.records.SCHEMA`; other columns stay as they are.
    """
    given = [name for name in TURN_FIELDS if records[name].null_count() < records.height]
    has_parted = pl.any_horizontal(
        pl.col("text").str.contains(_PARTED).fill_null(value=False),
        *[_turns_have_parted(name) for name in given],
    )
    found = records.filter(has_parted)
    if found.is_empty():
        return found
    fields = ["text", *given]
    rows = [_joined(row) for row in found.select(fields).iter_rows(named=True)]
    return found.with_columns(pl.DataFrame(rows, schema={name: SCHEMA[name] for name in fields}))


def _turns_have_parted(name: str) -> pl.Expr:
    turn = pl.element().struct
    parts = [turn.field(part).str.contains(_PARTED).fill_null(value=False) for part in _SAID]
    return pl.col(name).list.eval(pl.any_horizontal(*parts)).list.any().fill_null(value=False)


def _joined(row: dict[str, object]) -> dict[str, object]:
    if isinstance(text := row["text"], str):
        row["text"] = _BREAK.sub("", text)
    for turns in row.values():
        for turn in turns if isinstance(turns, list) else ():
            for part in _SAID:
                if turn[part] is not None:
                    turn[part] = _BREAK.sub("", turn[part])
    return row
