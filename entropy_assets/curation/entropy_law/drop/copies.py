"""Records that repeat what others say.

What belongs here: near-copies within a drop and against promoted records. What does not: copies that
dedup removes (`curation.dedup`).
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from entropy_assets.curation.entropy_law.drop.nearest import CHUNK, nearest
from entropy_assets.curation.entropy_law.drop.pairing import Pair, share_variance
from entropy_assets.curation.entropy_law.measurement import Measurement, Texts, stratified_sample
from entropy_assets.storage import seed_from

SHINGLE_WORDS = 8
COPY_SHARE = 0.5
MAX_COPY_RECORDS = 4_000
MAX_EXPECTED_DRAWS = 8
"""Draws of promoted records, each as many as are judged, over which the expected share is averaged."""


def copies_of(judged: Texts, *around: Texts) -> pl.DataFrame:
    """Return which records are near-copies of any others, and of which; see `copy_partners`.

    What is compared is the last question with its answer: a system prompt and earlier turns may be the same
    for all. So may a template of questions: of a near-copy the answer is one too, where it is long enough.
    """
    sides = (judged, *around)
    n_bytes = sum(int(side.sizes.sum()) for side in sides)
    share = pl.col("share")
    chunks = (own for side in sides for own in side.exchanges_in(CHUNK))
    found = nearest(chunks, len(judged), SHINGLE_WORDS, n_bytes, COPY_SHARE).filter(share >= COPY_SHARE)
    if not any(side.has_questions for side in sides):
        return found
    asked = np.zeros(len(judged), bool)
    asked[found["place"].to_numpy()] = True
    chunks = (own for side in sides for own in side.answers_in(CHUNK))
    of_answers = nearest(chunks, len(judged), SHINGLE_WORDS, n_bytes, COPY_SHARE, asked)
    return found.join(of_answers.filter(share < COPY_SHARE), on="place", how="anti", maintain_order="left")


def copy_partners(texts: Sequence[bytes], n_judged: int) -> pl.DataFrame:
    """Return which of the first `n_judged` texts are near-copies of any other of `texts`, and of which.

    A near-copy shares at least half of its distinct runs of words with one other text: what many share, a
    notice or a heading, makes no copies. Texts shorter than one run are never near-copies: exact copies of
    them are gone before.

    Parameters
    ----------
    texts
        The texts to judge, and those around them.
    n_judged
        How many are judged.

    Returns
    -------
    pl.DataFrame
        Columns `place`, `share` of its distinct runs of words that stand in `partner` too: the place of the
        text that has most of them, the first of several. Sorted by place.
    """
    found = nearest([texts], n_judged, SHINGLE_WORDS, sum(map(len, texts)), COPY_SHARE)
    return found.filter(pl.col("share") >= COPY_SHARE)


def measure_copies(pair: Pair, novel: np.ndarray, seed: int) -> list[Measurement]:
    """Return the share of near-copies, above what is usual among promoted records.

    Parameters
    ----------
    pair
        Drop and reference.
    novel
        (n,) bool, the drop's records in strata without reference: judged among themselves.
    seed
        Seed of the draws.
    """
    found = [_above_expected(pair, seed)] if pair.members else []
    if novel.any():
        own = np.flatnonzero(novel)[:MAX_COPY_RECORDS]
        flags = _flags(pair.drop.take(own))
        error = float(np.sqrt(share_variance(flags)))
        found.append(Measurement("copies", float(flags.mean()), error, len(flags), "novel"))
    return found


def _above_expected(pair: Pair, seed: int) -> Measurement:
    """Compare copies among drop + promoted records with those among as many promoted ones.

    Both sides hold the same number of records of each stratum, because the chance of a near-copy
    grows with the number of records around it. What is expected is the mean over several disjoint draws.
    """
    counts = {s: len(own) for s, own in pair.members.items()}
    total = sum(counts.values())
    room = min(len(pair.reference_members[s]) / counts[s] for s in counts)
    factor = min(1.0, room / 2, MAX_COPY_RECORDS / total)
    amounts = {s: max(int(factor * count), 1) for s, count in counts.items()}
    n_amount = sum(amounts.values())
    most = min(len(pair.reference_members[s]) // amounts[s] for s in counts) - 1
    n_draws = max(min(most, MAX_EXPECTED_DRAWS, MAX_COPY_RECORDS // n_amount), 1)
    ones = np.ones(max(len(pair.drop), len(pair.reference)), dtype=np.int64)
    judged = stratified_sample(pair.members, amounts, ones, seed_from(seed, "copies"))
    around, *draws = _disjoint(pair.reference_members, amounts, 1 + n_draws, seed_from(seed, "reference"))
    beside = pair.reference.take(around)
    flags = _flags(pair.drop.take(judged), beside)
    expected = np.concatenate([_flags(pair.reference.take(own), beside) for own in draws])
    error = float(np.sqrt(share_variance(flags) + share_variance(expected)))
    return Measurement("copies", float(flags.mean() - expected.mean()), error, len(judged), "drop")


def _flags(judged: Texts, *around: Texts) -> np.ndarray:
    """Return (n,) bool: which records are near-copies."""
    flags = np.zeros(len(judged), dtype=bool)
    flags[copies_of(judged, *around)["place"].to_numpy()] = True
    return flags


def _disjoint(
    members: dict[tuple[str, str], np.ndarray], amounts: dict[tuple[str, str], int], n_draws: int, seed: int
) -> list[np.ndarray]:
    """Return `n_draws` random draws without common records, each with `amounts[s]` of each stratum `s`."""
    draws: list[list[np.ndarray]] = [[] for _ in range(n_draws)]
    for stratum, amount in sorted(amounts.items()):
        rng = np.random.default_rng(seed_from(seed, *stratum))
        picked = rng.permutation(members[stratum])[: n_draws * amount]
        for number, own in enumerate(draws):
            own.append(picked[number * amount : (number + 1) * amount])
    return [np.concatenate(own) for own in draws]
