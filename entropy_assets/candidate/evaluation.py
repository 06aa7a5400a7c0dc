"""The evaluation sets of the settings -> their items as records, with what is asked and what is right.

What belongs here: which file is read how, and what is said of one that cannot be. What does not: the shapes
(`curation.screening.evaluation`), and what is looked for.
"""

from pathlib import Path
from typing import Any

import polars as pl

from entropy_assets import records
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.ingest import read_file, read_values
from entropy_assets.curation.screening.evaluation import Item, Shape, named_shape, shape_of
from entropy_assets.curation.screening.formulas import answers_not_looked_for
from entropy_assets.curation.screening.whole import not_looked_for
from entropy_assets.errors import InvalidInput

ASKED: dict[str, Any] = {"questions": pl.List(pl.String), "shown": pl.String, "answer": pl.String}
"""Columns beside those of records: what an item asks, with its choices, and the right answer; null where the
rows are records of a known form."""

SHOWN_COLUMNS, SHOWN_ITEMS = 12, 5
_BY_NAME = frozenset(["messages", "conversations", "chosen", "rejected", "completion"])
"""Columns that make a row a record, whatever else stands in it."""


def evaluation_items(run: CandidateRun) -> pl.DataFrame:
    """Return the items of all evaluation sets of the settings as records, each with its `item_set`.

    Raises
    ------
    InvalidInput
        A set's file is missing, empty, of no known shape, or holds rows that cannot be read.
    """
    nothing = pl.DataFrame(schema=records.SCHEMA | ASKED | {"item_set": pl.String})
    frames = [nothing]
    settings = run.settings.screening
    if strange := sorted(settings.evaluation_fields.keys() - settings.evaluation_sets.keys()):
        raise InvalidInput(
            f"screening.evaluation_fields names {', '.join(strange)}, which screening.evaluation_sets does "
            "not: name its file there"
        )
    for name, file in sorted(settings.evaluation_sets.items()):
        path = Path(str(run.workspace.root / file))
        if not path.is_file():
            raise InvalidInput(f"evaluation set {name!r} must be a file beside entropy.toml, {path} is none")
        items = _items(name, path, settings.evaluation_fields.get(name)).with_columns(item_set=pl.lit(name))
        frames.append(items.select(nothing.columns))
    return pl.concat(frames)


def told_of_missing(items: pl.DataFrame) -> str:
    """Return what is not looked for: items, and answers of others; empty where all is."""
    missing = not_looked_for(items)
    answers = answers_not_looked_for(items).join(
        missing, on=missing.columns, how="anti", maintain_order="left"
    )
    told = []
    if missing.height:
        told.append(
            f"{missing.height} of {items.height} items are too short to be looked for ({_named(missing)})"
        )
    if answers.height:
        told.append(
            f"the answers of {answers.height} {'more' if told else f'of {items.height} items'} say too "
            f"little to be looked for without their questions ({_named(answers)})"
        )
    return "; ".join(told)


def _named(items: pl.DataFrame) -> str:
    """Return the sets and ids of the first of some items."""
    named = [f"{item_set} {item_id}" for item_set, item_id in items.head(SHOWN_ITEMS).iter_rows()]
    return ", ".join([*named, *["..."] * (items.height > SHOWN_ITEMS)])


def _items(name: str, path: Path, fields: str | None) -> pl.DataFrame:
    """Return the items of one set: by the columns that a setting names, by its shape, or as records."""
    rows, bad = read_values(path)
    if len(rows) == 1 and isinstance(rows[0].get("examples"), list):  # a task of BIG-bench is one object
        rows = [row for row in rows[0]["examples"] if isinstance(row, dict)]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    if fields is not None:
        shape: Shape | None = named_shape(fields)
        if not bad and shape and not shape.needs <= {column.lower() for column in columns}:
            missing = ", ".join(sorted(shape.needs - {column.lower() for column in columns}))
            raise InvalidInput(
                f"evaluation set {name!r} has no column {missing}; its columns are {_listed(columns)}: mend "
                f"screening.evaluation_fields.{name}"
            )
    else:
        shape = None if _BY_NAME.intersection(columns) else shape_of(columns)
    if shape is not None and rows and not bad:
        return pl.DataFrame(
            [_record(shape, row, name, line) for line, row in enumerate(rows, start=1)],
            schema=records.SCHEMA | ASKED,
        )
    read = read_file(path, drop=name)
    if not read.quarantined.height and read.records.height:
        return read.records.with_columns(pl.lit(None, dtype=kind).alias(key) for key, kind in ASKED.items())
    if columns and not bad:
        raise InvalidInput(
            f"evaluation set {name!r} must be readable as a whole, and has no known shape: its columns are "
            f"{_listed(columns)}; name those of the question and the answer: [screening.evaluation_fields] "
            f"{name} = 'question -> answer'"
        )
    raise InvalidInput(
        f"evaluation set {name!r} must be readable as a whole, got {read.records.height} items and "
        f"{read.quarantined.height} bad rows in {path}: mend the file"
    )


def _listed(columns: list[str]) -> str:
    more = ", ..." if len(columns) > SHOWN_COLUMNS else ""
    return ", ".join(columns[:SHOWN_COLUMNS]) + more


def _record(shape: Shape, row: dict[str, Any], name: str, line: int) -> dict[str, Any]:
    try:
        item = shape.item(row)
    except InvalidInput as error:
        raise InvalidInput(f"evaluation set {name!r}, row {line}: {error}") from None
    content = _content(item)
    return {
        **content,
        "id": records.content_id(content),
        "row_id": item.row_id,
        "source": name,
        "drop": name,
        "line": line,
        "questions": list(item.questions),
        "shown": item.shown,
        "answer": item.answer,
    }


def _content(item: Item) -> dict[str, Any]:
    """Return an item as a record: question and answer, or a text where it has no answer."""
    if item.answer is None or not item.answer.strip():
        return {"kind": "text", "text": "\n\n".join([item.shown, *item.questions[1:]])}
    turns = [{"role": "user", "content": item.shown}, {"role": "assistant", "content": item.answer}]
    return {"kind": "chat", "messages": turns}
