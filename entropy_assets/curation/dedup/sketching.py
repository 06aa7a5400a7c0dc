"""Signatures: what is stored of a record so that its copies are found without its text.

A signature is the hash of the normalised text, and band values of a MinHash of its shingles (Broder 1997;
banding as in Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4): two texts of Jaccard
similarity s share one of b bands of r hashes with probability 1 - (1 - s^r)^b.

What belongs here: making signatures and saying what they depend on. What does not: who is compared.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from itertools import chain

import numpy as np
import polars as pl
import rensa

from entropy_assets.curation.dedup import tokens as tk
from entropy_assets.settings import DedupSettings

SEED = 4
"""Seed of the MinHash permutations; part of the scheme."""

CHUNK_BYTES = 1 << 20
"""Bytes of records, or of text, that one piece of work holds; its arrays take about 100 times that."""


def canonical_texts(records: pl.DataFrame) -> pl.Series:
    """Return the text by which each record is compared, in the records' order.

    It is `entropy_assets.records.render` with the rejected answer: preferences that differ in it alone
    are no copies.
    """

    def joined(*names: str) -> pl.Expr:
        turns = [pl.col(name).list.eval(pl.element().struct.field("content")) for name in names]
        return pl.concat_list(turns).list.join("\n\n")

    text = (
        pl.when(pl.col("kind") == "text")
        .then(pl.col("text"))
        .when(pl.col("kind") == "chat")
        .then(joined("messages"))
        .otherwise(joined("prompt", "chosen", "rejected"))
    )
    return records.select(text.alias("canonical"))["canonical"]


def band_names(params: DedupSettings) -> list[str]:
    """Return the names of the band columns; none where near-dedup is off."""
    return [f"band_{band:02d}" for band in range(params.bands)] if params.near else []


def scheme(params: DedupSettings) -> dict[str, str | int]:
    """Return what a stored signature depends on; signatures of two schemes must not be compared."""
    common: dict[str, str | int] = {
        "normalisation": "NFC, lower case, single spaces",
        "normalised_hash": "xxh3_64",
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
        id: String, normalised: UInt64, and a UInt64 a band, null where the text is too short.
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
        (n,) uint64, hash of the normalised text.
    bands
        (bands, n) uint64.
    is_long
        (n,) bool, whether the text has at least one shingle; the bands of others mean nothing.
    """

    sizes: np.ndarray
    normalised: np.ndarray
    bands: np.ndarray
    is_long: np.ndarray

    def take(self, places: np.ndarray) -> "Sketch":
        """Return the signatures of the records at `places`, in that order."""
        return Sketch(
            self.sizes[places], self.normalised[places], self.bands[:, places], self.is_long[places]
        )

    def frame(self, ids: pl.Series, params: DedupSettings) -> pl.DataFrame:
        """Return the signatures as a frame beside the records' ids."""
        columns = {"id": ids, "normalised": pl.Series(self.normalised, dtype=pl.UInt64)}
        for name, values in zip(band_names(params), self.bands, strict=True):
            columns[name] = pl.Series(values, dtype=pl.UInt64)
        short = ~pl.lit(pl.Series(self.is_long, dtype=pl.Boolean))
        nulled = [pl.when(short).then(None).otherwise(pl.col(name)).alias(name) for name in columns]
        return pl.DataFrame(columns).with_columns(nulled[2:])


def sketch(records: pl.DataFrame, params: DedupSettings, workers: int = 1) -> Sketch:
    """Return the signatures of records; see `signatures`."""
    pieces = list(_pieces(records))
    if workers > 1 and len(pieces) > 1:
        with ThreadPoolExecutor(workers) as pool:
            made = list(pool.map(lambda piece: _sketch(piece, params), pieces))
    else:
        made = [_sketch(piece, params) for piece in pieces]
    n_bands = len(band_names(params))
    bands = [piece.bands for piece in made]
    return Sketch(
        np.concatenate([np.zeros(0, np.int64), *(piece.sizes for piece in made)]),
        np.concatenate([np.zeros(0, np.uint64), *(piece.normalised for piece in made)]),
        np.concatenate([np.zeros((n_bands, 0), np.uint64), *bands], axis=1),
        np.concatenate([np.zeros(0, bool), *(piece.is_long for piece in made)]),
    )


def _pieces(records: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield slices of the records, of about `CHUNK_BYTES` each if all were equally large."""
    n_pieces = max(1, int(records.estimated_size()) // CHUNK_BYTES)
    yield from records.iter_slices(max(1, -(-records.height // n_pieces)))


def _sketch(records: pl.DataFrame, params: DedupSettings) -> Sketch:
    """Return the signatures of one piece, its longest texts apart so that no array grows with them."""
    texts = canonical_texts(records)
    normal = [tk.normalise(text) for text in texts]
    sizes = texts.str.len_bytes().to_numpy().astype(np.int64)
    hashes = np.fromiter(map(tk.hash_text, normal), np.uint64, len(normal))
    n = len(normal)
    bands = np.zeros((len(band_names(params)), n), np.uint64)
    is_long = np.zeros(n, bool)
    for places in tk.cuts(normal, CHUNK_BYTES) if params.near else ():
        bands[:, places], is_long[places] = _bands([normal[place] for place in places], params)
    return Sketch(sizes, hashes, bands, is_long)


def _bands(normal: Sequence[str], params: DedupSettings) -> tuple[np.ndarray, np.ndarray]:
    """Return the (bands, n) band values of normalised texts, and which of them have shingles."""
    shingles = tk.shingle(tk.tokenise(normal), params.shingle)
    matrix = rensa.RMinHash.digest_matrix_from_flat_token_hashes(
        shingles.hashes, shingles.starts.astype(np.uint64), params.hashes, SEED
    )
    n_values = len(normal) * params.hashes
    flat = np.fromiter(chain.from_iterable(matrix.to_rows()), np.uint64, count=n_values)
    rows = flat.reshape(len(normal), params.bands, params.hashes // params.bands)
    bands = np.zeros((len(normal), params.bands), np.uint64)
    for row in range(rows.shape[2]):
        bands = tk.mix(bands * np.uint64(31) + rows[:, :, row])
    return bands.T, shingles.counts > 0
