"""What is said of an export to tokens: counts, and which tokens are of which record.

What belongs here: sums and the map. What does not: paths, and what a command prints.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import polars as pl

from entropy_assets.curation.export.tokens.encoding import Encoded, Encoder

NAMED = 5
"""Records that are named as examples, at most."""

_MADE_BY = ("entropy-assets", "jinja2", "tokenizers", "transformers")
_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "start": pl.Int64,
    "end": pl.Int64,
    "id": pl.String,
    "row_id": pl.String,
    "source": pl.String,
    "kind": pl.String,
    "supervised": pl.Int64,
    "file": pl.String,
    "number": pl.Int64,
}


def map_schema() -> pl.Schema:
    """Return the columns of the map.

    `start` and `end` (exclusive) count tokens from the first record on; `supervised` is how many of them are
    trained on; `file` and `number` say where they lie: the shard and the record in it, counted from 0.
    """
    return pl.Schema(_COLUMNS)


@dataclass
class Examples:
    """How many records something is true of, and the first of them by id."""

    n: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        """Count a record."""
        self.n += 1
        if len(self.first) < NAMED:
            self.first.append(name)


@dataclass
class TokenCounts:
    """Sums over the records of an export, and where each lies."""

    n_tokens: int = 0
    n_supervised: int = 0
    n_answers: int = 0
    n_ended: int = 0
    n_unmarked: int = 0
    n_empty: int = 0
    n_empty_trained: int = 0
    with_empty: Examples = field(default_factory=Examples)
    spelled_otherwise: Examples = field(default_factory=Examples)
    by_kind: Counter[str] = field(default_factory=Counter)
    by_source: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    _rows: list[pl.DataFrame] = field(default_factory=list)

    @property
    def n_records(self) -> int:
        """Number of records that were written."""
        return self.by_kind.total()

    def add(self, records: pl.DataFrame, encoded: list[Encoded], places: list[tuple[str, int]]) -> None:
        """Count records of a frame, and note where each was written.

        Parameters
        ----------
        records
            The frame.
        encoded
            Those of its records that were written.
        places
            File and number of each.
        """
        rows = []
        known = records.select("id", "row_id", "source", "kind").rows()
        for one, (file, number) in zip(encoded, places, strict=True):
            name, row_id, source, kind = known[one.record]
            begin = self.n_tokens
            self.n_tokens += len(one.ids)
            rows.append((begin, self.n_tokens, name, row_id, source, kind, one.n_supervised, file, number))
            self.n_supervised += one.n_supervised
            self.n_answers += one.n_answers
            self.n_ended += one.n_ended
            self.n_empty += one.n_empty
            self.n_empty_trained += one.n_empty_trained
            self.n_unmarked += one.n_unmarked
            if one.n_empty:
                self.with_empty.add(name)
            if not one.is_same:
                self.spelled_otherwise.add(name)
            self.by_kind[kind] += 1
            self.by_source[source].update(records=1, tokens=len(one.ids), supervised_tokens=one.n_supervised)
        self._rows.append(pl.DataFrame(rows, map_schema(), orient="row"))

    def map(self) -> pl.DataFrame:
        """Return which tokens are of which record, in their order; columns of `map_schema`."""
        return pl.concat([pl.DataFrame(schema=map_schema()), *self._rows])

    def told(
        self, layout: str, encoder: Encoder, dtypes: tuple[str, str], lost: Counter[str]
    ) -> dict[str, Any]:
        """Return what stands beside the files: plain values, the same for the same input.

        Parameters
        ----------
        layout
            Name of the layout.
        encoder
            What made the tokens.
        dtypes
            Kinds of number of tokens and weights.
        lost
            Reason -> records that were left out.
        """
        loaded = encoder.loaded
        tokenizer = loaded.tokenizer
        end = None if loaded.end is None else {"id": loaded.end, "token": str(tokenizer.eos_token)}
        template = None
        if self.by_kind["chat"]:
            chosen = encoder.template
            template = {
                "sha256": chosen.digest,
                "from": "file" if chosen.is_given else "tokenizer",
                "masks": chosen.masks,
                "date": chosen.date and chosen.date.isoformat(),
            }
        return {
            "layout": layout,
            "records_in": self.n_records + lost.total(),
            "records": self.n_records,
            "refused": dict(sorted(lost.items())),
            "tokens": self.n_tokens,
            "supervised_tokens": self.n_supervised,
            "by_kind": dict(sorted(self.by_kind.items())),
            "by_source": {name: dict(self.by_source[name]) for name in sorted(self.by_source)},
            "token_dtype": dtypes[0],
            "loss_mask_dtype": dtypes[1],
            "tokenizer": {
                "sha256": loaded.digest,
                "files": loaded.files,
                "vocabulary": loaded.size,
                "end_of_text": end,
            },
            "template": template,
            "answers": {
                "trained": self.n_answers,
                "with_trained_end": self.n_ended,
                "not_marked": self.n_unmarked,
            },
            "empty_thinking": {
                "records": self.with_empty.n,
                "blocks": self.n_empty,
                "trained_blocks": self.n_empty_trained,
                "first": self.with_empty.first,
            },
            "spelled_otherwise": {
                "records": self.spelled_otherwise.n,
                "first": self.spelled_otherwise.first,
            },
            "made_by": {name: version(name) for name in _MADE_BY},
        }
