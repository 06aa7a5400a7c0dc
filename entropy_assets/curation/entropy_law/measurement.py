"""What the gate judges: measurements with their noise, and samples of equal bytes to take them on."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from entropy_assets.compression import compression_ratio, sample_of_bytes
from entropy_assets.execution import Threads
from entropy_assets.ids import PIECE_ROWS, Ids, column_of, ids_at
from entropy_assets.languages import code_of
from entropy_assets.records import spoken_lists, text_column
from entropy_assets.spans import Spans
from entropy_assets.storage import seed_from
from entropy_assets.texts import StoredTexts, parts_of, sizes_of, taken, utf8

UNKNOWN_LANGUAGE = "und"

RENDERED_ROWS = 10_000
"""Records whose texts are in memory at a time while they are written to a file."""


@dataclass(frozen=True)
class Measurement:
    """One number that a rule judges; higher is worse.

    Parameters
    ----------
    code
        The rule that judges it.
    value
        The measured harm, in the rule's unit.
    standard_error
        Its standard error, in the same unit.
    n
        Records or runs that it rests on.
    scope
        What it was measured on: `drop`, `candidate`, `novel` strata, `source <name>`, or `chosen answers` and
        `rejected answers` of preferences.
    natural
        What sound data reach, in the rule's unit: the limit is no lower than that.
    told
        What else a person is told of it.
    """

    code: str
    value: float
    standard_error: float
    n: int
    scope: str
    natural: float = 0.0
    told: str = ""

    def needs(self, confidence: float) -> float:
        """Return the smallest limit that it stays within, with `confidence` standard errors of its own."""
        return max(self.value, confidence * self.standard_error)


@dataclass(frozen=True)
class Texts:
    """Canonical texts of some records beside the stratum of each.

    Parameters
    ----------
    ids
        Content ids.
    texts
        UTF-8 bytes of the rendered records: a list, or texts in a file, which are read where they are asked
        for.
    strata
        (source, language) of each record.
    starts
        (n, 2) int64, the bytes before the last exchange of each record, and before the answer in it; None
        where every text is one whole.
    spans
        The answers in each text; None where nobody has looked.
    """

    ids: Sequence[str]
    texts: Sequence[bytes]
    strata: list[tuple[str, str]]
    starts: np.ndarray | None = None
    spans: Spans | None = None

    @classmethod
    def of(cls, records: pl.DataFrame) -> "Texts":
        """Return the texts of a frame of records, in its order."""
        return cls(
            ids=records["id"].to_list(),
            texts=utf8(text_column(records)),
            strata=strata_of(records),
            starts=_starts(records),
            spans=Spans.of(records),
        )

    @classmethod
    def stored(
        cls, frames: Iterable[pl.DataFrame], folder: Path | None, before: "Texts | None" = None, **how: bool
    ) -> "Texts":
        """Return the texts of frames of records, sorted by id, in a file without a name.

        Parameters
        ----------
        frames
            Taken one by one; memory holds one of them.
        folder
            Where the file lies; None for the system's temporary folder.
        before
            Stored texts of other records, in whose file those of the frames are written: both are returned.
        how
            `with_rejected`, as in `records.text_column`.
        """
        none = np.zeros((0, 2), np.int64)
        known = before
        if known is None:
            nothing = Spans(np.zeros(1, np.int64), none)
            known = cls([], StoredTexts.nameless(folder, ()), [], none, nothing)
        assert isinstance(known.texts, StoredTexts), "those before are stored"
        assert known.starts is not None, "stored texts have them"
        assert known.spans is not None, "stored texts have them"
        ids, strata, starts = [column_of(known.ids)], [*known.strata], [known.starts]
        spans = [known.spans]

        def texts() -> Iterator[bytes]:
            for frame in frames:
                for piece in frame.iter_slices(RENDERED_ROWS):
                    ids.append(piece["id"])
                    strata.extend(strata_of(piece))
                    starts.append(_starts(piece))
                    spans.append(Spans.of(piece))
                    yield from utf8(text_column(piece, **how))

        stored = known.texts.with_more(texts())
        column = pl.concat(ids, rechunk=True)
        made = cls(Ids(column), stored, strata, np.concatenate(starts), Spans.together(spans))
        made = made.take(column.arg_sort().to_numpy())
        # Told, or whoever searches them would look first.
        return replace(made, ids=Ids(column_of(made.ids).set_sorted()))

    def exchanges_in(self, n: int) -> Iterator[list[bytes]]:
        """Yield the last question of each record with its answer, without what stands before: n at a time."""
        return self._from(0, n)

    def answers_in(self, n: int) -> Iterator[list[bytes]]:
        """Yield the last turn of each record, plain text as it is: n at a time."""
        return self._from(1, n)

    def _from(self, column: int, n: int) -> Iterator[list[bytes]]:
        for first in range(0, len(self), n):
            texts = list(self.texts[first : first + n])
            if self.starts is not None:
                starts = self.starts[first : first + n, column].tolist()
                texts = [text[start:] for text, start in zip(texts, starts, strict=True)]
            yield texts

    @property
    def has_questions(self) -> bool:
        """Whether the answer of a record begins later than its last exchange."""
        return self.starts is not None and bool((self.starts[:, 0] != self.starts[:, 1]).any())

    @property
    def sizes(self) -> np.ndarray:
        """(n,) int64, size of each text in bytes."""
        return sizes_of(self.texts)

    def __len__(self) -> int:
        return len(self.ids)

    def members(self) -> dict[tuple[str, str], np.ndarray]:
        """Return for each stratum the (m,) int64 indices of its records, strata sorted."""
        found: dict[tuple[str, str], list[int]] = {}
        for index, stratum in enumerate(self.strata):
            found.setdefault(stratum, []).append(index)
        return {stratum: np.array(found[stratum], dtype=np.int64) for stratum in sorted(found)}

    def only(self, strata: set[tuple[str, str]]) -> "Texts":
        """Return the records of some strata, in their order."""
        return self.take([index for index, stratum in enumerate(self.strata) if stratum in strata])

    def windows(self, max_bytes: int) -> "Texts":
        """Return the same records, each with at most `max_bytes` bytes, so that none can be a whole sample.

        A longer text keeps one window, whose place follows from the record's id: damage anywhere in a
        text has its chance to be seen, and the same record always shows the same bytes.
        """
        sizes = self.sizes
        first = np.zeros(len(sizes), np.int64)
        for place in np.flatnonzero(sizes > max_bytes).tolist():
            first[place] = int(self.ids[place][16:24], 16) % (int(sizes[place]) - max_bytes + 1)
        texts = parts_of(self.texts, first, np.minimum(sizes, max_bytes))
        spans = None if self.spans is None else self.spans.cut(first)
        return Texts(self.ids, texts, self.strata, spans=spans)

    def take(self, indices: Sequence[int] | np.ndarray) -> "Texts":
        """Return the records at `indices`, in that order."""
        places = np.asarray(indices, dtype=np.int64)
        return Texts(
            ids_at(self.ids, places),
            taken(self.texts, places),
            [self.strata[i] for i in _numbers(places)],
            None if self.starts is None else self.starts[places],
            None if self.spans is None else self.spans.take(places),
        )


def _numbers(places: np.ndarray) -> Iterator[int]:
    """Yield the places, of which some are objects of Python at a time."""
    for start in range(0, len(places), PIECE_ROWS):
        yield from places[start : start + PIECE_ROWS].tolist()


def _starts(records: pl.DataFrame) -> np.ndarray:
    """Return `Texts.starts` of a frame of records."""
    prompt, chosen, messages = spoken_lists(records, ("prompt", "chosen", "messages"))
    turns = pl.coalesce(pl.concat_list(prompt, chosen), messages).list.eval(
        pl.element().str.len_bytes() + 2  # a blank line stands between turns
    )
    asked = pl.coalesce(pl.concat_list("prompt", "chosen"), "messages").list.get(-2, null_on_oob=True)
    before_answer = turns.list.head(pl.max_horizontal(turns.list.len().cast(pl.Int64) - 1, 0)).list.sum()
    question = pl.when(asked.struct.field("role") == "user").then(turns.list.get(-2, null_on_oob=True))
    before_answer = before_answer.fill_null(0).cast(pl.Int64)
    before_turns = (pl.col("tools").str.len_bytes().cast(pl.Int64) + 2).fill_null(0)
    found = records.select(
        exchange=before_turns + before_answer - question.fill_null(0).cast(pl.Int64),
        answer=before_turns + before_answer,
    )
    return found.to_numpy()


def strata_of(records: pl.DataFrame) -> list[tuple[str, str]]:
    """Return (source, language) of each row of a frame of records; `und` where no language is told.

    Records of an older store may name their language in words: it is the same one as under its code.
    """
    told = records.select("source", pl.col("language").fill_null(UNKNOWN_LANGUAGE))
    known: dict[tuple[str, str], tuple[str, str]] = {}  # one object for each stratum, however many records
    strata = []
    for told_as in told.iter_rows():
        if told_as not in known:
            source, language = told_as
            known[told_as] = (source, code_of(language))
        strata.append(known[told_as])
    return strata


def log_ratios(
    texts: Texts, n_bytes: int, n_samples: int, seed: int, codec: str = "zstd_long", *, workers: int = 1
) -> np.ndarray:
    """Return ln R of `n_samples` seeded samples of at most `n_bytes` bytes, compressed by `workers` threads.

    Returns
    -------
    np.ndarray
        (n_samples,) float64, natural logarithm of raw / compressed bytes.
    """
    sizes = texts.sizes

    def ratio(number: int) -> float:
        picked = sample_of_bytes(sizes, n_bytes, seed_from(seed, "ratio", number))
        return compression_ratio([texts.texts[i] for i in picked], codec)

    with Threads(workers) as threads:
        values = list(threads.map(ratio, range(n_samples)))
    return np.log(np.array(values, dtype=np.float64))


def stratified_sample(
    members: dict[tuple[str, str], np.ndarray],
    amounts: dict[tuple[str, str], int],
    sizes: np.ndarray,
    seed: int,
) -> np.ndarray:
    """Return indices of a random sample with about `amounts[s]` bytes of each stratum `s`, shuffled.

    Parameters
    ----------
    members
        Indices of the records of each stratum.
    amounts
        Bytes that are wanted of each stratum.
    sizes
        (n,) size of each record in bytes, or ones to count records.
    seed
        Seed of the draw.
    """
    parts = []
    for stratum, amount in sorted(amounts.items()):
        if amount > 0:
            own = members[stratum]
            parts.append(own[sample_of_bytes(sizes[own], amount, seed_from(seed, *stratum))])
    picked = np.concatenate(parts) if parts else np.array([], dtype=np.int64)
    return np.random.default_rng(seed).permutation(picked)
