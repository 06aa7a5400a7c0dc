"""Deduplication: exact, normalised and near, inside a drop and against the pool.

Every removal names its keeper. The keeper is chosen by a stated rule: a record of the pool beats a new
one; then the longer text; then the lower id; then, of equal content, the lower place. Neither the order of
the rows nor the number of workers plays a part, and what comes out is in file order.

Reading order: tokens, marked, writing, identities, sketching, candidates, verification, reading, frames,
near, pairs, given, deciding; `stored` does the same for records that do not fit into memory.

What belongs here: which records are the same. What does not: where the pool's index is stored.
"""

from dataclasses import dataclass

import polars as pl

from entropy_assets.curation.dedup.deciding import Decided, decide
from entropy_assets.curation.dedup.given import InMemory, Known, signature_schema
from entropy_assets.curation.dedup.pairs import (
    ASIDE_RULES,
    INDEX_COLUMNS,
    PAIRS_SCHEMA,
    PLACE,
    RULES,
    Rethresholded,
    in_file_order,
    rethreshold,
)
from entropy_assets.curation.dedup.planting import plant, recall, without_planted
from entropy_assets.curation.dedup.sketching import (
    Sketch,
    canonical_texts,
    scheme,
    signatures,
    sketch,
)
from entropy_assets.settings import DedupSettings

__all__ = [
    "ASIDE_RULES",
    "INDEX_COLUMNS",
    "PAIRS_SCHEMA",
    "PLACE",
    "RULES",
    "Decided",
    "Deduplicated",
    "Known",
    "Rethresholded",
    "Sketch",
    "canonical_texts",
    "decide",
    "deduplicate",
    "in_file_order",
    "plant",
    "recall",
    "rethreshold",
    "scheme",
    "signature_schema",
    "signatures",
    "sketch",
    "without_planted",
]


TOKENS_BYTES = 64 << 20
"""Bytes of records up to which the tokens of their texts are kept from signing to verifying."""


@dataclass(frozen=True)
class Deduplicated:
    """What dedup let through, and for every removed record the pair that explains it.

    Parameters
    ----------
    kept
        Records, in file order.
    pairs
        One row of `PAIRS_SCHEMA` for each record that was removed, in file order.
    signatures
        What `signatures` returns of the kept records, in their order.
    """

    kept: pl.DataFrame
    pairs: pl.DataFrame
    signatures: pl.DataFrame


def deduplicate(
    records: pl.DataFrame,
    known: Known,
    params: DedupSettings,
    workers: int = 1,
    sketched: Sketch | None = None,
) -> Deduplicated:
    """Return the records that are no copy of a known one or of one another.

    Copies of equal content go first, then those of equal text but for what is folded, then near-copies:
    shingle sets of Jaccard similarity `params.threshold` or more, that do not say different things (see
    `verification.says_other`, `reading` and `frames`). The copies of a record that turns out a near-copy
    follow it to its keeper, which they match exactly as it does.

    Parameters
    ----------
    records
        New records, in any order.
    known
        The pool.
    params
        What counts as a copy.
    workers
        Threads; the result does not depend on it.
    sketched
        What `sketch` returns of the records with these parameters; None: it is made here.

    Raises
    ------
    StaleProvenance
        The pool's signatures were made with other settings.
    """
    if sketched is None:
        is_small = records.estimated_size() <= TOKENS_BYTES
        sketched = sketch(records, params, workers, keep_texts=is_small)
    decided = decide(InMemory(records), sketched, known, params, workers)
    kept = records[decided.rows]
    return Deduplicated(kept, decided.pairs, sketched.frame(kept["id"], params, decided.rows))
