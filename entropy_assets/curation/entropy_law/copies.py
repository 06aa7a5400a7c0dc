"""Records, and answers alone, that repeat what others say.

What belongs here: near-copies within a drop and against promoted records. What does not: copies that
dedup removes (`curation.dedup`).
"""

import zlib

import numpy as np
import polars as pl

from entropy_assets.curation.entropy_law.measurement import Measurement, Texts, stratified_sample
from entropy_assets.curation.entropy_law.pairing import Pair, share_variance
from entropy_assets.storage import seed_from

SHINGLE_WORDS = 8
ANSWER_WORDS = 5
"""Words of a run of an answer: what a refusal says around the subject's name has few in a row."""

COPY_SHARE = 0.5
MAX_COPY_RECORDS = 4_000


def copy_flags(texts: list[str], n_judged: int, shingle_words: int = SHINGLE_WORDS) -> np.ndarray:
    """Return which of the first `n_judged` texts are near-copies of any other of `texts`.

    A near-copy shares at least half of its distinct runs of words with other texts. Texts shorter than
    one run are never near-copies: exact copies of them are gone before.

    Parameters
    ----------
    texts
        The texts to judge, and those around them.
    n_judged
        How many are judged.
    shingle_words
        Words of a run.

    Returns
    -------
    np.ndarray
        (n_judged,) bool.
    """
    records: list[int] = []
    hashes: list[int] = []
    for index, text in enumerate(texts):
        words = text.lower().split()
        own = {
            zlib.crc32(" ".join(words[i : i + shingle_words]).encode())
            for i in range(len(words) - shingle_words + 1)
        }
        records.extend([index] * len(own))
        hashes.extend(own)
    shared = (
        pl.DataFrame({"record": records, "hash": hashes}, schema={"record": pl.Int64, "hash": pl.Int64})
        .with_columns((pl.len().over("hash") > 1).alias("shared"))
        .group_by("record")
        .agg(pl.col("shared").mean())
        .filter((pl.col("shared") >= COPY_SHARE) & (pl.col("record") < n_judged))
    )
    flags = np.zeros(n_judged, dtype=bool)
    flags[shared["record"].to_numpy()] = True
    return flags


def measure_copies(pair: Pair, novel: np.ndarray, seed: int) -> list[Measurement]:
    """Return the shares of near-copies, and of answers that repeat others.

    Parameters
    ----------
    pair
        Drop and reference.
    novel
        (n,) bool, the drop's records in strata without reference: judged among themselves.
    seed
        Seed of the draws.
    """
    found = _rises(pair, seed) if pair.members else []
    if novel.any():
        own = np.flatnonzero(novel)[:MAX_COPY_RECORDS]
        texts = [pair.drop.texts[i].decode() for i in own]
        flags = copy_flags(texts, len(texts))
        error = float(np.sqrt(share_variance(flags)))
        found.append(Measurement("copies", float(flags.mean()), error, len(flags), "novel"))
    return found


def _rises(pair: Pair, seed: int) -> list[Measurement]:
    """Compare copies among drop + promoted records with those among as many promoted ones.

    Both sides hold the same number of records of each stratum, because the chance of a near-copy
    grows with the number of records around it.
    """
    counts = {s: len(own) for s, own in pair.members.items()}
    total = sum(counts.values())
    room = min(len(pair.reference_members[s]) / 2 / counts[s] for s in counts)
    factor = min(1.0, room, MAX_COPY_RECORDS / total)
    amounts = {s: max(int(factor * count), 1) for s, count in counts.items()}
    ones = np.ones(max(len(pair.drop), len(pair.reference)), dtype=np.int64)
    doubled = {s: 2 * amount for s, amount in amounts.items()}
    judged = stratified_sample(pair.members, amounts, ones, seed_from(seed, "copies"))
    both = stratified_sample(pair.reference_members, doubled, ones, seed_from(seed, "copies", "reference"))
    around, others = both[: len(both) // 2], both[len(both) // 2 :]
    found = []
    for code, words, said in (
        ("copies", SHINGLE_WORDS, Texts.text),
        ("repeated_answers", ANSWER_WORDS, Texts.answer),
    ):
        beside = [said(pair.reference, i) for i in around]
        flags = copy_flags([said(pair.drop, i) for i in judged] + beside, len(judged), words)
        expected = copy_flags([said(pair.reference, i) for i in others] + beside, len(others), words)
        error = float(np.sqrt(share_variance(flags) + share_variance(expected)))
        value = float(flags.mean() - expected.mean())
        found.append(Measurement(code, value, error, len(judged), "drop"))
    return found
