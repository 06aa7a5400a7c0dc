"""Contamination: training records that hold text of an evaluation set, each with the span and the item.

A span that a record and an item have in common is evidence when it is long enough *without* what says
nothing. These are the rules; the first two depend on the items alone.

1. A run in which fewer than half as many different words stand as it has tokens (tables, lists of numbers,
   one word again and again) is not looked for. A number is no word.
2. **Template.** What stands in more than `MAX_ITEMS` different items (instructions, system prompts, forms,
   stock phrases) is struck from them: every half run, 7 tokens of 13, that so many have.
3. **Boilerplate.** What stands in more than `MAX_RECORDS` records (licences, refusals, quotations) is struck
   as well, which is GPT-3's rule; but not where a record holds at least half of an item's question or
   text: then it is the item that has been copied so often.
4. Of what is left, `n_tokens` must lie within the span, or the whole turn must lie within it.
5. A question that a turn or line of a record is as a whole is evidence however short (`whole`).

What belongs here: which records are contaminated, and by what. What does not: where evaluation sets come
from, and what happens to the records.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl

from entropy_assets.curation.screening.escapes import readable
from entropy_assets.curation.screening.whole import find_whole
from entropy_assets.errors import InvalidInput
from entropy_assets.ngrams import N_TOKENS, Runs, chunks, positions_of
from entropy_assets.records import full_text_column
from entropy_assets.words import ANSWER, PROMPT, SIDES, TEXT, Stream, span_of

MAX_ITEMS = 10
"""Items that may have half a run in common before it counts as their template."""

MAX_RECORDS = 10
"""Records that may have a run in common before it counts as boilerplate; GPT-3 ignored the same."""

WINDOWS = 500_000
"""Runs whose words are compared in one go, which bounds the memory."""

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
"""One row a contaminated record: its id; the side, `prompt`, `answer` or `text`, on which its longest common
span stands; the item, by the user's id or else the content's, and the side there; the span as it stands in
the record, and its tokens; and how many items the record holds text of."""


@dataclass(frozen=True)
class _Spans:
    """(s,) int64 each: record of the chunk, position in it, position in the items, tokens, item."""

    row: np.ndarray
    at: np.ndarray
    own: np.ndarray
    length: np.ndarray
    item: np.ndarray

    def take(self, chosen: np.ndarray) -> "_Spans":
        return _Spans(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))


def find_contamination(
    records: pl.DataFrame,
    items: pl.DataFrame,
    n_tokens: int = N_TOKENS,
    *,
    background: pl.DataFrame | None = None,
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
        Records among which boilerplate is counted; the records themselves unless given. Who looks at a
        part of the records again gives the whole, so that both are judged by the same measure.

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
    evidence = _Evidence(Runs(items, n_tokens, apart=True))
    counts, touched = evidence.count(records)
    if background is not None:
        counts, _ = evidence.count(readable(background))
    evidence.strike_boilerplate(counts)
    tables = [CONTAMINATION_SCHEMA.to_frame()]
    for _, chunk in chunks(records[touched]):
        tables.append(_report(evidence, chunk, items))
    found = pl.concat(tables).unique("id", maintain_order=True)
    whole = find_whole(records, items).join(_named(items), on="item", how="inner")
    found = pl.concat([found, whole.select(CONTAMINATION_SCHEMA.names()).cast(CONTAMINATION_SCHEMA)])
    n_items = pl.col("n_items").max().over("id")  # of a record that is found in both ways, the larger number
    return found.with_columns(n_items).unique("id", keep="first", maintain_order=True).sort("id")


def _named(items: pl.DataFrame) -> pl.DataFrame:
    """Return number, set, id and asking side of each item."""
    side = pl.when(pl.col("text").is_null()).then(pl.lit(PROMPT)).otherwise(pl.lit(TEXT))
    return items.with_row_index("item").select("item", "item_set", "item_id", item_side=side)


class _Evidence:
    """The items' runs, and which of their tokens still say something."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.items = runs.stream
        self.item_of = self.items.row_of(np.arange(len(self.items.ids)))
        wordy = self._different_words() * 2 >= runs.lengths
        in_items = _owners(runs.runs, self.item_of[runs.positions])
        self.wanted = wordy & (in_items <= MAX_ITEMS)
        self.telling = self._covered(wordy) & ~self._template()
        self.rare = self.telling

    def _template(self) -> np.ndarray:
        """Return for each position of the items whether half a run that too many items have covers it."""
        half = (self.runs.n_tokens + 1) // 2  # whole runs alone would miss two stock phrases in a row
        covered = np.zeros(len(self.items.ids), bool)
        for _, keys, places in self.runs.windows(self.items.ids, {half}):
            _, number = np.unique(keys[places], return_inverse=True)
            common = places[_owners(number, self.item_of[places])[number] > MAX_ITEMS]
            covered |= _cover(len(covered), common, np.full(len(common), half))
        return covered

    def _different_words(self) -> np.ndarray:
        """Return the number of different words with a letter in each run."""
        is_word = self.runs.vocabulary.has_letter()
        found = np.zeros(len(self.runs.lengths), np.int64)
        first = self.runs.positions[self.runs.offsets[:-1]]
        for length in np.unique(self.runs.lengths).tolist():
            for part in np.array_split(
                np.flatnonzero(self.runs.lengths == length), 1 + len(first) // WINDOWS
            ):
                window = np.sort(self.items.ids[first[part, None] + np.arange(length)], axis=1)
                new = np.ones(window.shape, bool)
                new[:, 1:] = window[:, 1:] != window[:, :-1]
                found[part] = (new & is_word[window]).sum(axis=1)
        return found

    def _covered(self, chosen: np.ndarray) -> np.ndarray:
        """Return for each position of the items whether one of the chosen runs covers it."""
        here = chosen[self.runs.runs]
        return _cover(len(self.items.ids), self.runs.positions[here], self.runs.lengths[self.runs.runs[here]])

    def count(self, records: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Return in how many records each run stands, and the numbers of the records with a wanted run."""
        counts = np.zeros(len(self.runs.lengths), np.int64)
        touched = [np.zeros(0, np.int64)]
        for first_row, chunk in chunks(records):
            stream = self.runs.numbered(chunk)
            hits = self.runs.find(stream)
            wanted = self.wanted[hits.runs]
            rows, runs = stream.row_of(hits.positions[wanted]), hits.runs[wanted]
            counts += _owners(runs, rows, len(counts))
            touched.append(first_row + np.unique(rows))
        return counts, np.concatenate(touched)

    def strike_boilerplate(self, counts: np.ndarray) -> None:
        """Strike what stands in too many records, given in how many each run does."""
        self.rare = self.telling & ~self._covered(self.wanted & (counts > MAX_RECORDS))

    def spans(self, stream: Stream) -> _Spans:
        """Return the common spans of wanted runs, each as long as it goes, once."""
        hits = self.runs.find(stream)
        wanted = self.wanted[hits.runs]
        at, run = hits.positions[wanted], hits.runs[wanted]
        n_places = self.runs.offsets[run + 1] - self.runs.offsets[run]
        own = self.runs.positions[positions_of(self.runs.offsets[run], n_places)]
        at, length = np.repeat(at, n_places), np.repeat(self.runs.lengths[run], n_places)
        # Runs one after the other, in the stream and in the item, are one span.
        order = np.lexsort((at, at - own, length))
        at, own, length = at[order], own[order], length[order]
        goes_on = (np.diff(at) == 1) & (np.diff(own) == 1) & (np.diff(length) == 0)
        first = np.flatnonzero(np.concatenate(([True], ~goes_on))[: len(at)])
        size = np.diff(np.concatenate((first, [len(at)])))
        at, own, length = self.runs.reach(stream, at[first], own[first], length[first] + size - 1)
        once = np.unique(np.stack((at, own, length)), axis=1)
        at, own, length = once[0], once[1], once[2]
        return _Spans(stream.row_of(at), at, own, length, self.item_of[own])

    def convincing(self, spans: _Spans) -> np.ndarray:
        """Return for each span whether it is evidence."""
        telling, rare = _sums(self.telling), _sums(self.rare)
        first, stop = spans.own, spans.own + spans.length
        n_telling = telling[stop] - telling[first]
        n_rare = rare[stop] - rare[first]
        # The turns that a span touches, one row each.
        turn = self.items.turn_of(first)
        n_turns = np.searchsorted(self.items.turn_starts, stop, side="left") - turn
        span, turn = np.repeat(np.arange(len(first)), n_turns), positions_of(turn, n_turns)
        start, end = self.items.turn_starts[turn], self.items.turn_stops[turn]
        low, high = np.maximum(start, first[span]), np.minimum(end, stop[span])
        in_turn, in_span = telling[end] - telling[start], telling[high] - telling[low]
        asked = self.items.turn_sides[turn] != SIDES.index(ANSWER)
        copied = asked & (in_span > 0) & (2 * in_span >= in_turn)
        whole = (low == start) & (high == end) & (in_span > 0)
        whole &= asked | (rare[end] > rare[start])
        often, complete = np.zeros(len(first), bool), np.zeros(len(first), bool)
        often[span[copied]] = True
        complete[span[whole]] = True
        n_tokens = self.runs.n_tokens
        convincing: np.ndarray = complete | (n_rare >= n_tokens) | (often & (n_telling >= n_tokens))
        return convincing


def _report(evidence: _Evidence, records: pl.DataFrame, items: pl.DataFrame) -> pl.DataFrame:
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


def _owners(things: np.ndarray, owners: np.ndarray, n_things: int = 0) -> np.ndarray:
    """Return how many different owners each thing has; both are numbers from 0."""
    width = int(owners.max(initial=0)) + 1
    pairs = np.sort(things * width + owners)  # several times as fast as `np.unique`
    new = np.ones(len(pairs), bool)
    new[1:] = pairs[1:] != pairs[:-1]
    return np.bincount(pairs[new] // width, minlength=n_things)


def _cover(size: int, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return for each of `size` positions whether one of the spans covers it."""
    change = np.bincount(starts, minlength=size + 1) - np.bincount(starts + lengths, minlength=size + 1)
    return np.cumsum(change)[:-1] > 0


def _sums(marks: np.ndarray) -> np.ndarray:
    return np.concatenate(([0], np.cumsum(marks, dtype=np.int64)))
