"""Signatures: what is stored of a record so that its copies are found without its text.

A signature is the hash of the normalised text and of who speaks, and
band values of a MinHash of its shingles (Broder 1997;
banding as in Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4): two texts of Jaccard
similarity s share one of b bands of r hashes with probability 1 - (1 - s^r)^b.

What belongs here: making signatures and saying what they depend on. What does not: who is compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from struct import Struct

import numpy as np
import polars as pl
import rensa

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.curation.dedup.exact_parts import with_numbers, without_call_ids
from entropy_assets.curation.dedup.identities import identities
from entropy_assets.curation.dedup.marked import marked_texts
from entropy_assets.execution import Threads
from entropy_assets.records import CONTENT_FIELDS, full_text_column
from entropy_assets.settings import DedupSettings
from entropy_assets.texts import utf8

SEED = 4
"""Seed of the MinHash permutations; part of the scheme."""

ROLES_VERSION = 1
"""Part of the scheme: changes whenever who speaks counts otherwise in the normalised hash."""

CHUNK_BYTES = 1 << 21
"""Bytes of records that one piece of work holds; its arrays take about 50 times that."""


def canonical_texts(records: pl.DataFrame) -> pl.Series:
    """Return the text by which each record is compared, in the records' order.

    It is all that a record holds, the rejected answer, thoughts, tools and what `exact_parts` adds with it:
    those that differ in one of them alone are no copies.
    """
    records = without_call_ids(records)
    return with_numbers(records, full_text_column(records))


def band_names(params: DedupSettings) -> list[str]:
    """Return the names of the band columns; none where near-dedup is off."""
    return [f"band_{band:02d}" for band in range(params.bands)] if params.near else []


def scheme(params: DedupSettings) -> dict[str, str | int]:
    """Return what a stored signature depends on; signatures of two schemes must not be compared."""
    common: dict[str, str | int] = {
        "normalisation": ", ".join(
            ["NFC", "line ends", *params.fold, *(["not in code"] if params.fold else [])]
        ),
        "normalised_hash": "xxh3_64",
        "roles": ROLES_VERSION,
        "near": int(params.near),
    }
    if not params.near:
        return common
    return common | {
        "tokens": tk.VERSION,
        "shingle": params.shingle,
        "hashes": params.hashes,
        "bands": params.bands,
        "seed": SEED,
        "minhash": "rensa.RMinHash",
        "minhash_algorithm": int(rensa.RMinHash.ALGORITHM_VERSION),
        "rensa": version("rensa"),
    }


def signatures(records: pl.DataFrame, params: DedupSettings, workers: int = 1) -> pl.DataFrame:
    """Return the signature of each record, in the records' order.

    Parameters
    ----------
    records
        Records of `entropy_assets.records.SCHEMA`.
    params
        Shingle, hashes and bands.
    workers
        Threads; the result does not depend on it.

    Returns
    -------
    pl.DataFrame
        id: String, normalised and prompt: UInt64, and a UInt64 a band, null where the text is too short.
    """
    return sketch(records, params, workers).frame(records["id"], params)


@dataclass(frozen=True)
class Sketch:
    """Signatures of n records as arrays.

    Parameters
    ----------
    sizes
        (n,) int64, bytes of the canonical text.
    normalised
        (n,) uint64, hash of the text without what is folded, and of who says what of it.
    prompts
        (n,) uint64, hash of all before the last answer, 0 where there is no question or no answer.
    bands
        (bands, n) uint64.
    is_long
        (n,) bool, whether the text has at least one shingle; the bands of others mean nothing.
    tokens, texts
        The tokens of the marked texts, and these in UTF-8 as (n,) objects, where they were kept: verification
        need not make them again.
    """

    sizes: np.ndarray
    normalised: np.ndarray
    prompts: np.ndarray
    bands: np.ndarray
    is_long: np.ndarray
    tokens: tk.Scattered | None = None
    texts: np.ndarray | None = None

    @classmethod
    def joined(cls, pieces: Sequence["Sketch"]) -> "Sketch":
        """Return the signatures of the records of all pieces, one piece behind the other."""
        tokens = [piece.tokens for piece in pieces if piece.tokens is not None]
        texts = [piece.texts for piece in pieces if piece.texts is not None]
        return cls(
            np.concatenate([piece.sizes for piece in pieces]),
            np.concatenate([piece.normalised for piece in pieces]),
            np.concatenate([piece.prompts for piece in pieces]),
            np.concatenate([piece.bands for piece in pieces], axis=1),
            np.concatenate([piece.is_long for piece in pieces]),
            tk.joined(tokens) if len(tokens) == len(pieces) else None,
            np.concatenate(texts) if len(texts) == len(pieces) else None,
        )

    def take(self, places: np.ndarray) -> "Sketch":
        """Return the signatures of the records at `places`, in that order."""
        columns = (
            *(self.sizes[places], self.normalised[places], self.prompts[places]),
            *(self.bands[:, places], self.is_long[places]),
        )
        tokens = self.tokens
        if tokens is not None:
            tokens = tk.Scattered(tokens.hashes, tokens.starts[places], tokens.counts[places])
        return Sketch(*columns, tokens, None if self.texts is None else self.texts[places])

    def frame(
        self, ids: pl.Series, params: DedupSettings, places: np.ndarray | slice = slice(None)
    ) -> pl.DataFrame:
        """Return the signatures, or those at `places`, as a frame beside the ids of their records."""
        short = pl.Series(~self.is_long[places], dtype=pl.Boolean)
        columns = {
            "id": ids,
            "normalised": pl.Series(self.normalised[places], dtype=pl.UInt64),
            "prompt": pl.Series(self.prompts[places], dtype=pl.UInt64),
        }
        # Column by column, so that memory holds the frame and one column more.
        for name, values in zip(band_names(params), self.bands, strict=True):
            columns[name] = pl.Series(values[places], dtype=pl.UInt64).set(short, None)
        return pl.DataFrame(columns)


def sketch(
    records: pl.DataFrame, params: DedupSettings, workers: int = 1, *, keep_texts: bool = False
) -> Sketch:
    """Return the signatures of records as arrays; see `signatures`. Equal content is signed once.

    Parameters
    ----------
    records
        Records of `entropy_assets.records.SCHEMA`.
    params
        Shingle, hashes and bands.
    workers
        Threads; the result does not depend on it.
    keep_texts
        Keep the marked texts and their tokens, which take about three times the memory of the texts.
    """
    first = first_of(records["id"])
    distinct = np.flatnonzero(first == np.arange(len(first)))
    n_pieces = max(1, int(records.estimated_size()) // CHUNK_BYTES)
    n_rows = max(1, -(-len(distinct) // n_pieces))

    def made(start: int) -> Sketch:
        return _sketch(records.select(CONTENT_FIELDS)[distinct[start : start + n_rows]], params, keep_texts)

    with Threads(workers) as threads:
        pieces = list(threads.map(made, range(0, len(distinct), n_rows)))
    whole = Sketch.joined([_sketch(records.select(CONTENT_FIELDS).clear(), params, keep_texts), *pieces])
    return whole if len(distinct) == len(first) else whole.take(np.searchsorted(distinct, first))


def first_of(values: pl.Series) -> np.ndarray:
    """Return for each value the place where it first stands: (n,) int64."""
    frame = pl.DataFrame({"value": values, "place": np.arange(len(values))})
    first: np.ndarray = frame.select(pl.col("place").min().over("value"))["place"].to_numpy()
    return first


def _sketch(records: pl.DataFrame, params: DedupSettings, keep_texts: bool) -> Sketch:
    """Return the signatures of one piece, in parts, so that no array grows with its longest texts."""
    texts = utf8(marked_texts(records))
    n = len(texts)
    own = identities(texts, params.fold)
    bands = np.zeros((len(band_names(params)), n), np.uint64)
    is_long = np.zeros(n, bool)
    parts, kept = tk.cuts(texts, tk.PIECE_CHARS), []
    for places in parts:
        if params.near:
            tokens = tk.cut(tk.flatten([texts[place] for place in places]))
            kept += [tokens] if keep_texts else []
            bands[:, places], is_long[places] = _bands(tokens, params)
    is_kept = params.near and keep_texts
    if not is_kept:
        return Sketch(own.sizes, own.normalised, own.prompts, bands, is_long)
    held = np.empty(n, object)
    held[:] = texts
    return Sketch(own.sizes, own.normalised, own.prompts, bands, is_long, tk.scattered(parts, kept, n), held)


def _bands(tokens: tk.Tokens, params: DedupSettings) -> tuple[np.ndarray, np.ndarray]:
    """Return the (bands, n) band values of n texts, and which of them have shingles."""
    shingles = tk.shingle(tokens, params.shingle)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
        shingles.hashes, shingles.starts.astype(np.uint64), params.hashes, SEED
    )
    # The matrix comes out as lists of integers only; packing whole rows is the quickest way back.
    pack = Struct(f"={params.hashes}I").pack
    packed = b"".join([pack(*row) for row in matrix.to_rows()])
    values = np.frombuffer(packed, np.uint32).reshape(len(tokens.counts), params.bands, -1)
    values = np.ascontiguousarray(values.transpose(2, 1, 0), np.uint64)
    bands = np.zeros(values.shape[1:], np.uint64)
    for row in values:
        bands *= np.uint64(31)
        bands += row
        bands = tk.mix(bands)
    return bands, shingles.counts > 0
