"""Records, and answers alone, that repeat what others say.

What belongs here: near-copies within a drop and against promoted records. What does not: copies that
dedup removes (`curation.dedup`).
"""

import zlib
from collections.abc import Sequence

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


def copy_flags(texts: Sequence[bytes], n_judged: int, shingle_words: int = SHINGLE_WORDS) -> np.ndarray:
    """Return (n_judged,) bool: which texts are near-copies, as `copy_partners` tells."""
    flags = np.zeros(n_judged, dtype=bool)
    flags[copy_partners(texts, n_judged, shingle_words)["place"].to_numpy()] = True
    return flags


def copy_partners(texts: Sequence[bytes], n_judged: int, shingle_words: int = SHINGLE_WORDS) -> pl.DataFrame:
    """Return which of the first `n_judged` texts are near-copies of any other of `texts`, and of which.

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
    pl.DataFrame
        Columns `place`, `share` of its distinct runs of words that stand elsewhere too, `partner`: the
        place of the text that most of these runs lead to, the first of several. Sorted by place.
    """
    runs = [_runs_of(text, shingle_words) for text in texts]
    places = np.repeat(np.arange(len(texts)), [len(own) for own in runs])
    hashes = np.concatenate([np.array([], np.uint32), *runs])
    table = pl.DataFrame({"place": places, "hash": hashes}, schema={"place": pl.Int64, "hash": pl.UInt32})
    # Of each run the first two texts are enough: a text's partner there is the first one that is not itself.
    first = table.group_by("hash").agg(
        pl.col("place").min().alias("first"), pl.col("place").bottom_k(2).max().alias("second"), pl.len()
    )
    judged = table.filter(pl.col("place") < n_judged).join(first, on="hash")
    shared = judged.filter(pl.col("len") > 1).with_columns(
        pl.when(pl.col("first") == pl.col("place")).then("second").otherwise("first").alias("partner")
    )
    shares = judged.group_by("place").agg((pl.col("len") > 1).mean().alias("share"))
    partners = (
        shared.group_by("place", "partner")
        .agg(pl.len().alias("n"))
        .sort(["place", "n", "partner"], descending=[False, True, False])
        .unique("place", keep="first", maintain_order=True)
    )
    copies = shares.filter(pl.col("share") >= COPY_SHARE).join(partners, on="place")
    return copies.select("place", "share", "partner").sort("place")


def _runs_of(text: bytes, shingle_words: int) -> np.ndarray:
    """Return the hashes of a text's distinct runs of words: (r,) uint32."""
    words = text.decode().lower().split()
    starts = range(len(words) - shingle_words + 1)
    return np.fromiter(
        {zlib.crc32(" ".join(words[i : i + shingle_words]).encode()) for i in starts}, np.uint32
    )


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
        texts = [pair.drop.texts[i] for i in own]
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
