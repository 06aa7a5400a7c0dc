"""Records that repeat what others say.

What belongs here: near-copies within a drop and against promoted records. What does not: copies that
dedup removes (`curation.dedup`).
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from entropy_assets.curation.entropy_law.drop.pairing import Pair, share_variance
from entropy_assets.curation.entropy_law.measurement import Measurement, stratified_sample
from entropy_assets.ngrams import keys_within
from entropy_assets.storage import seed_from
from entropy_assets.texts import decoded

SHINGLE_WORDS = 8
COPY_SHARE = 0.5
MAX_COPY_RECORDS = 4_000
MAX_EXPECTED_DRAWS = 8
"""Draws of promoted records, each as many as are judged, over which the expected share is averaged."""


def copy_flags(texts: Sequence[bytes], n_judged: int) -> np.ndarray:
    """Return (n_judged,) bool: which texts are near-copies, as `copy_partners` tells."""
    flags = np.zeros(n_judged, dtype=bool)
    flags[copy_partners(texts, n_judged)["place"].to_numpy()] = True
    return flags


def copy_partners(texts: Sequence[bytes], n_judged: int) -> pl.DataFrame:
    """Return which of the first `n_judged` texts are near-copies of any other of `texts`, and of which.

    A near-copy shares at least half of its distinct runs of words with other texts. Texts shorter than
    one run are never near-copies: exact copies of them are gone before.

    Parameters
    ----------
    texts
        The texts to judge, and those around them.
    n_judged
        How many are judged.

    Returns
    -------
    pl.DataFrame
        Columns `place`, `share` of its distinct runs of words that stand elsewhere too, `partner`: the
        place of the text that most of these runs lead to, the first of several. Sorted by place.
    """
    table = distinct_runs(decoded(texts).str.to_lowercase().str.extract_all(r"\S+"), SHINGLE_WORDS)
    # Of each run the first two texts are enough: a text's partner there is the first one that is not itself.
    at = pl.col("place")
    first = (
        table.sort("hash", "place")
        .group_by("hash", maintain_order=True)
        .agg(at.first().alias("first"), at.slice(0, 2).last().alias("second"), pl.len())
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


def distinct_runs(words: pl.Series, n_words: int) -> pl.DataFrame:
    """Return the distinct runs of `n_words` words of each list of words: columns place, hash."""
    starts = np.concatenate(([0], np.cumsum(words.list.len().to_numpy().astype(np.int64))))
    keys, key_starts = keys_within(words.explode(empty_as_null=False).hash().to_numpy(), starts, n_words)
    places = np.repeat(np.arange(len(words)), np.diff(key_starts))
    return pl.DataFrame({"place": places, "hash": keys}).unique()


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
        texts = [pair.drop.texts[i] for i in own]
        flags = copy_flags(texts, len(texts))
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
    beside = [pair.reference.texts[i] for i in around]
    flags = copy_flags([pair.drop.texts[i] for i in judged] + beside, len(judged))
    expected = np.concatenate(
        [copy_flags([pair.reference.texts[i] for i in own] + beside, len(own)) for own in draws]
    )
    error = float(np.sqrt(share_variance(flags) + share_variance(expected)))
    return Measurement("copies", float(flags.mean() - expected.mean()), error, len(judged), "drop")


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
