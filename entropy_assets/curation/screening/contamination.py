"""Contamination: training records that hold text of an evaluation set, each with the span and the item.

A span that a record and an item have in common is evidence when it is long enough *without* what says
nothing. These are the rules; the first two depend on the items alone.

1. A run in which fewer than half as many different words stand as it has tokens (tables, lists of numbers,
   one word again and again) is not looked for. A number is no word.
2. **Template.** What stands in more than `MAX_ITEMS` different items (instructions, system prompts, forms,
   stock phrases) is struck from them: every half run, 7 tokens of 13, that so many have.
3. **Boilerplate.** What stands in more than `MAX_RECORDS` records (licences, refusals, quotations) is struck
   as well, which is GPT-3's rule; but records that hold at least half of a question, text or answer of the
   one item it stands in are copies of that item, and count for nothing. A usual reply is no copy: what a
   record answers to another prompt, unless it is the whole of a long answer and more besides.
4. Of what is left, `n_tokens` must lie within the span, or the whole turn must lie within it.
5. A question that a turn or line of a record is as a whole is evidence however short (`whole`).
6. An answer of formulas and numbers alone, which rule 1 spares, is evidence as a whole (`formulas`).
7. The metadata is searched as its content is, and so are words that are parted at a line's end (`parted`).

Accents count for nothing, and letters that look like others are those (`entropy_assets.words.folded`).

What belongs here: which records are contaminated, and by what. What does not: where evaluation sets come
from, and what happens to the records.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import polars as pl

from entropy_assets.curation.screening.beside import records_beside
from entropy_assets.curation.screening.escapes import readable
from entropy_assets.curation.screening.evidence import Evidence
from entropy_assets.curation.screening.parted import parted
from entropy_assets.curation.screening.whole import find_whole
from entropy_assets.errors import InvalidInput
from entropy_assets.frames import in_own_memory
from entropy_assets.ngrams import N_TOKENS, Runs, chunks
from entropy_assets.records import SCHEMA, full_text_column
from entropy_assets.words import PROMPT, SIDES, TEXT, Stream, span_of

BESIDE = "metadata"

Frames = Callable[[], Iterator[pl.DataFrame]]
"""Returns records in frames."""

_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "id": pl.String,
    "side": pl.String,
    "item_set": pl.String,
    "item_id": pl.String,
    "item_side": pl.String,
    "span": pl.String,
    "n_tokens": pl.Int64,
    "n_items": pl.Int64,
}
CONTAMINATION_SCHEMA = pl.Schema(_COLUMNS)
"""One row a contaminated record: its id; the side, `prompt`, `answer`, `text` or, where none of these holds
one, `metadata`, on which its longest common span stands; the item, by the user's id or else the content's,
and the side there; the span as it stands in the record, and its tokens; and how many items the record holds
text of."""


def find_contamination(
    records: pl.DataFrame,
    items: pl.DataFrame,
    n_tokens: int = N_TOKENS,
    *,
    background: pl.DataFrame | Frames | None = None,
) -> pl.DataFrame:
    """Return the contaminated records, sorted by id: rows of `CONTAMINATION_SCHEMA`.

    Neither the order of the records nor that of the items plays a part.

    Parameters
    ----------
    records
        Records in `entropy_assets.records.SCHEMA`.
    items
        Records of evaluation sets: the same columns, and `item_set`, the name of the set.
    n_tokens
        Tokens of a common run, at least 2; turns of 8 tokens up to that are looked for as a whole.
    background
        Records among which boilerplate is counted, each once; the records themselves unless given. Who
        looks at a part of the records again gives the whole, so that both are judged by the same measure.
        Frames of them are taken one by one, twice.

    Raises
    ------
    InvalidInput
        `items` has no column `item_set`.
    InvalidParameter
        `n_tokens` is below 2.
    """
    if "item_set" not in items.columns:
        raise InvalidInput("the evaluation items need a column `item_set`: add the name of each item's set")
    records = readable(records)
    items = items.with_columns(item_id=pl.coalesce("row_id", "id"))
    items = items.sort("item_set", "item_id", "id").unique("id", keep="first", maintain_order=True)
    evidence = Evidence(Runs(items, n_tokens, apart=True, fold=True))
    counts, touched = evidence.count(records)
    near = records[touched]
    if background is not None:
        counts, near = _counted(evidence, map(readable, _frames(background)))
    counts = evidence.without_copies(counts, near)
    evidence.strike_boilerplate(counts)
    found = _found(evidence, records, touched, items)
    beside = records_beside(records)
    joined = parted(records)
    if joined.height:
        found = pl.concat([found, _found(evidence, joined, evidence.count(joined)[1], items)])
    if beside.height:
        # Text that many records have beside them is boilerplate too; what they repeat of theirs counts once.
        among = iter([beside]) if background is None else map(records_beside, _frames(background))
        others, near = _counted(evidence, among)
        evidence.strike_boilerplate(np.maximum(counts, evidence.without_copies(others, near)))
        beside = pl.concat([beside, parted(beside)])
        _, touched = evidence.count(beside)
        found = pl.concat([found, _found(evidence, beside, touched, items).with_columns(side=pl.lit(BESIDE))])
    n_items = pl.col("n_items").max().over("id")  # of a record that is found in both ways, the larger number
    return found.with_columns(n_items).unique("id", keep="first", maintain_order=True).sort("id")


def _frames(background: pl.DataFrame | Frames) -> Iterator[pl.DataFrame]:
    return iter([background]) if isinstance(background, pl.DataFrame) else background()


def _counted(evidence: Evidence, frames: Iterable[pl.DataFrame]) -> tuple[np.ndarray, pl.DataFrame]:
    """Return in how many records of all frames each run stands, and the records with a wanted run."""
    counts = np.zeros(len(evidence.runs.lengths), np.int64)
    near = [SCHEMA.to_frame()]
    for frame in frames:
        own, touched = evidence.count(frame)
        counts += own
        near.append(in_own_memory(frame[touched].select(SCHEMA.names())))
    return counts, pl.concat(near)


def _found(
    evidence: Evidence, records: pl.DataFrame, touched: np.ndarray, items: pl.DataFrame
) -> pl.DataFrame:
    """Return the contaminated ones of records, by runs and by whole questions, one or two rows each."""
    tables = [CONTAMINATION_SCHEMA.to_frame()]
    for _, chunk in chunks(records[touched]):
        tables.append(_report(evidence, chunk, items))
    found = pl.concat(tables).unique("id", maintain_order=True)
    whole = find_whole(records, items).join(_named(items), on="item", how="inner")
    whole = whole.with_columns(item_side=pl.coalesce("item_side", "asks"))
    return pl.concat([found, whole.select(CONTAMINATION_SCHEMA.names()).cast(CONTAMINATION_SCHEMA)])


def _named(items: pl.DataFrame) -> pl.DataFrame:
    """Return number, set, id and asking side, `asks`, of each item."""
    side = pl.when(pl.col("text").is_null()).then(pl.lit(PROMPT)).otherwise(pl.lit(TEXT))
    return items.with_row_index("item").select("item", "item_set", "item_id", asks=side)


def _report(evidence: Evidence, records: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of the contaminated ones of some records."""
    stream = evidence.runs.numbered(records)
    spans = evidence.spans(stream)
    spans = spans.take(evidence.convincing(spans))
    order = np.lexsort((spans.own, spans.at, spans.item, -spans.length, spans.row))
    spans = spans.take(order)
    rows, first = np.unique(spans.row, return_index=True)
    pairs = np.unique(np.stack((spans.row, spans.item)), axis=1)
    best = spans.take(first)
    texts = full_text_column(records[rows]).to_list()
    places = stream.token_of(best.at).tolist()
    named = items[best.item]
    return pl.DataFrame(
        {
            "id": records["id"].gather(rows),
            "side": _sides(stream, best.at),
            "item_set": named["item_set"],
            "item_id": named["item_id"],
            "item_side": _sides(evidence.items, best.own),
            "span": [
                span_of(text, place, place + length)
                for text, place, length in zip(texts, places, best.length.tolist(), strict=True)
            ],
            "n_tokens": best.length,
            "n_items": np.bincount(pairs[0], minlength=records.height)[rows],
        },
        schema=CONTAMINATION_SCHEMA,
    )


def _sides(stream: Stream, positions: np.ndarray) -> list[str]:
    """Return the side of the turn at each position; no span reaches from one side into another."""
    return [SIDES[side] for side in stream.turn_sides[stream.turn_of(positions)].tolist()]
