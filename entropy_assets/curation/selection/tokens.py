"""Records in tokens: how long they are for a named tokenizer, and how they pack into training sequences.

What belongs here: token counts and what follows from them. What does not: which records to pick. The
tokenizers library is an extra, since bytes are enough for everything else.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from entropy_assets.curation.selection.lengths import Lengths
from entropy_assets.errors import InvalidParameter

BATCH_BYTES = 1 << 18  # encodings of a batch are held at once: some 25 MB measured


def count_tokens(texts: Sequence[bytes], tokenizer: str | PathLike[str]) -> np.ndarray:
    """Return the number of tokens of each text: (n,) int64.

    Nothing is added (no begin, end or padding) and nothing is cut, whatever the tokenizer's file asks
    for; BPE dropout is off. A marker that a text spells out counts as the tokenizer
    reads it. Bytes that are not UTF-8 are read as U+FFFD.

    Texts go through in batches of about `BATCH_BYTES`, each on all cores (one where the environment has
    TOKENIZERS_PARALLELISM=false); the counts depend on neither.

    Parameters
    ----------
    texts
        n canonical texts in UTF-8.
    tokenizer
        Path of a `tokenizer.json`, or a name on the Hugging Face hub, which needs a connection or its
        cache. What exists, or ends in ".json", is a path.

    Raises
    ------
    InvalidParameter
        The library is not installed, the tokenizer cannot be loaded, or it cannot encode the texts.
    """
    loaded = _load(tokenizer)
    counts: list[int] = []
    for batch in _decoded_batches(texts):
        try:
            encodings = loaded.encode_batch_fast(batch, add_special_tokens=False)
        except Exception as error:  # the library raises bare Exceptions
            raise InvalidParameter(
                f"tokenizer {str(tokenizer)!r} cannot encode the texts after the first {len(counts)} "
                f"({error}): choose one that covers them"
            ) from error
        counts += map(len, encodings)
    return np.array(counts, np.int64)


@dataclass(frozen=True)
class Packing:
    """How records fill training sequences. Separators between records are not counted.

    Parameters
    ----------
    sequence_length
        Tokens that one training sequence holds.
    n_tokens
        Tokens of all records.
    record_tokens
        Summary of record lengths in tokens.
    longer_share
        Share of the records that are longer than `sequence_length`, 0 to 1.
    n_packed
        Sequences with whole records, packed by first-fit-decreasing; a longer record is cut into full
        sequences and a rest, which is packed.
    packed_fill
        Share of the places in those sequences that hold a token, 0 to 1; 0.0 without a token.
    n_concatenated
        Sequences of the records one after another, cut anywhere.
    concatenated_fill
        As `packed_fill`.
    """

    sequence_length: int
    n_tokens: int
    record_tokens: Lengths
    longer_share: float
    n_packed: int
    packed_fill: float
    n_concatenated: int
    concatenated_fill: float

    def __str__(self) -> str:
        """Return the figures in two sentences."""
        one = self.record_tokens
        return (
            f"{self.n_tokens:,} tokens, {one.mean:,.0f} a record (p50 {one.p50:,}, p90 {one.p90:,}, p99 "
            f"{one.p99:,}, max {one.max:,}; {self.longer_share:.1%} longer than {self.sequence_length:,}). "
            f"Sequences of {self.sequence_length:,}: {self.n_packed:,} with whole records packed "
            f"({self.packed_fill:.1%} full), {self.n_concatenated:,} concatenated "
            f"({self.concatenated_fill:.1%} full)."
        )


def packing(n_tokens: np.ndarray, sequence_length: int) -> Packing:
    """Return how records of `n_tokens` tokens fill sequences of `sequence_length`.

    Parameters
    ----------
    n_tokens
        (n,) int, tokens of each record, not negative.
    sequence_length
        Tokens that one sequence holds, above 0.

    Raises
    ------
    InvalidParameter
        The sequence length is below 1, or a count is negative.

    >>> result = packing(np.array([7, 3, 2]), 4)
    >>> result.n_packed, result.n_concatenated, result.packed_fill
    (4, 3, 0.75)
    """
    if sequence_length < 1:
        raise InvalidParameter(f"sequence_length must be at least 1 token, got {sequence_length}")
    lengths = np.asarray(n_tokens).astype(np.int64)
    if len(lengths) and lengths.min() < 0:
        raise InvalidParameter(f"a record cannot have fewer than 0 tokens, got {lengths.min()}")
    total = int(lengths.sum())
    n_full = int((lengths // sequence_length).sum())
    n_packed = n_full + _first_fit_decreasing(lengths % sequence_length, sequence_length)
    n_concatenated = -(-total // sequence_length)
    return Packing(
        sequence_length=sequence_length,
        n_tokens=total,
        record_tokens=Lengths.of(lengths),
        longer_share=int((lengths > sequence_length).sum()) / max(len(lengths), 1),
        n_packed=n_packed,
        packed_fill=total / max(n_packed * sequence_length, 1),
        n_concatenated=n_concatenated,
        concatenated_fill=total / max(n_concatenated * sequence_length, 1),
    )


def _first_fit_decreasing(sizes: np.ndarray, capacity: int) -> int:
    """Return how many bins first-fit-decreasing needs for items of `sizes`; empty items need none.

    Items of one size fill the bins from the left, each to its brim, so bins stay in runs of equal room.
    One step a distinct size over the runs, not one an item over the bins: the time does not grow with
    the number of records.
    """
    distinct, counts = np.unique(sizes[sizes > 0], return_counts=True)
    room = np.zeros(0, np.int64)  # (r,) room in each bin of a run, runs from left to right
    n_bins = np.zeros(0, np.int64)  # (r,) bins of each run
    n_closed = 0
    for size, n_items in zip(distinct[::-1].tolist(), counts[::-1].tolist(), strict=True):
        per_bin = capacity // size
        # As many empty bins as the items could need stand on the right; the unused ones go again.
        room = np.append(room, capacity)
        n_bins = np.append(n_bins, -(-n_items // per_bin))
        fits = room // size
        ends = np.cumsum(fits * n_bins)
        run = int(np.searchsorted(ends, n_items))  # the run in which the last item lands
        left = n_items - (int(ends[run - 1]) if run else 0)
        n_brim, n_rest = divmod(left, int(fits[run]))
        n_untouched = int(n_bins[run]) - n_brim - (n_rest > 0)
        split_room = [room[run] - fits[run] * size, room[run] - n_rest * size, room[run]]
        split_bins = [n_brim, int(n_rest > 0), n_untouched]
        room = np.concatenate([room[:run] - fits[:run] * size, split_room, room[run + 1 :]])
        n_bins = np.concatenate([n_bins[:run], split_bins, n_bins[run + 1 :]])
        is_used = (room < capacity) & (n_bins > 0)
        is_open = is_used & (room >= distinct[0])
        n_closed += int(n_bins[is_used & ~is_open].sum())
        room, n_bins = room[is_open], n_bins[is_open]
    return n_closed + int(n_bins.sum())


def _decoded_batches(texts: Sequence[bytes]) -> Iterator[list[str]]:
    """Yield the texts in their order, decoded, in batches of about `BATCH_BYTES`."""
    batch: list[str] = []
    n_bytes = 0
    for index in range(len(texts)):
        text = texts[index]
        batch.append(text.decode("utf-8", "replace"))
        n_bytes += len(text) + 64  # so that empty texts end a batch too
        if n_bytes >= BATCH_BYTES:
            yield batch
            batch, n_bytes = [], 0
    if batch:
        yield batch


def _load(name: str | PathLike[str]) -> Any:
    """Return the tokenizer of a file or of the hub, with nothing that adds, cuts or drops."""
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise InvalidParameter(
            "counting tokens needs the library tokenizers: pip install 'entropy-assets[tokens]'"
        ) from error
    is_file = Path(name).suffix == ".json" or Path(name).exists()
    try:
        tokenizer = Tokenizer.from_file(str(name)) if is_file else Tokenizer.from_pretrained(str(name))
    except Exception as error:  # the library raises bare Exceptions
        wanted = "a readable tokenizer.json" if is_file else "a name on the hub or a tokenizer.json"
        raise InvalidParameter(
            f"tokenizer {str(name)!r} cannot be loaded: give {wanted} ({' '.join(str(error).split())})"
        ) from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    if getattr(tokenizer.model, "dropout", None) is not None:  # BPE's; no other model stores a sampler
        tokenizer.model.dropout = None
    return tokenizer
