"""Naive, obviously right versions of both engines: everything is compressed whole, one by one."""

import zlib

import numpy as np
import torch
import zstandard

from entropy_assets.curation.selection.contract import ZipParams
from entropy_assets.curation.selection.zip_long import ANCHOR_BYTES
from entropy_assets.curation.selection.zstd_context import parameters


def paper_ratio(items: list) -> float:
    data = str(items).encode()
    return len(data) / len(zlib.compress(data, 9))


def lowest(ratios: torch.Tensor, k: int) -> list[int]:
    return torch.topk(ratios, k, largest=False)[1].tolist()


def naive_zip_paper(items: list, n_records: int, params: ZipParams) -> list[int]:
    """Pick as the paper's Algorithm 1 with the official quirks, from the items themselves."""
    n = len(items)
    if n == 0:
        return []
    k1 = min(params.n_candidates, n)
    k2 = min(params.n_shortlist, k1)
    k3 = min(params.n_picks, k2)
    state = torch.tensor([paper_ratio([item]) for item in items])
    picks: list[int] = []
    while len(picks) < min(n_records, n):
        selected = [items[i] for i in picks]
        candidates = lowest(state, k1)
        fresh = torch.tensor([paper_ratio([*selected, items[i]]) for i in candidates])
        state[candidates] = fresh
        shortlist = [candidates[place] for place in lowest(fresh, k2)]
        state[shortlist] = 1_000_000
        own: list[int] = []
        for _ in range(k3):
            ratios = torch.tensor([paper_ratio([items[shortlist[j]] for j in [*own, i]]) for i in range(k2)])
            ratios[own] = 1_000_000
            own += lowest(ratios, 1)
        picks += [shortlist[place] for place in own]
    return picks


def added_bytes(text: bytes, context: list[bytes]) -> int:
    """Return what `text` adds after `context`, with a fresh compressor and dictionary for it alone."""
    joined = b"\n".join(context)
    params = parameters(len(joined))
    words = None
    if joined:
        words = zstandard.ZstdCompressionDict(joined, dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        words.precompute_compress(compression_params=params)

    def size(data: bytes) -> int:
        return len(zstandard.ZstdCompressor(dict_data=words, compression_params=params).compress(data))

    return size(text) - size(b"")


def naive_zip(
    texts: list[bytes],
    budget: int,
    unit: str,
    params: ZipParams,
    recent_bytes: int = 1 << 19,
    looked_at_once: int = 1_000,
) -> list[int]:
    """Pick as `zip` says it does, with lists and sorting by (score, index) alone."""
    weight = [len(text) if unit == "bytes" else 1 for text in texts]
    price = [added_bytes(text, []) for text in texts]
    knows = [0 for _ in texts]  # how many picks the old context held that a price was taken with
    picks: list[int] = []
    n_old = 0
    left = budget

    def look_at_old(indices: list[int], old: list[bytes]) -> None:
        for i in indices:
            if knows[i] != len(old):
                price[i] = added_bytes(texts[i], old)
                knows[i] = len(old)

    def look_at_recent(indices: list[int], recent: list[bytes]) -> None:
        for i in indices:
            if b"\n".join(recent):
                price[i] = min(price[i], added_bytes(texts[i], recent))

    def order(indices: list[int], ratio: float) -> list[int]:
        return sorted(indices, key=lambda i: (score(i, ratio), i))

    def score(i: int, ratio: float) -> float:
        return (ANCHOR_BYTES * ratio + len(texts[i])) / (ANCHOR_BYTES + price[i])

    def mean_ratio(indices: list[int]) -> float:
        return sum(len(texts[i]) for i in indices) / max(sum(price[i] for i in indices), 1)

    while fitting := [i for i in range(len(texts)) if i not in picks and weight[i] <= left]:
        candidates = order(fitting, mean_ratio(fitting))[: params.n_candidates]
        old = [texts[j] for j in picks[:n_old]]
        recent = [texts[j] for j in picks[n_old:]]
        if len(b"\n".join(recent)) >= max(recent_bytes, sum(map(len, old)) // 8):
            n_old, old, recent = len(picks), old + recent, []
        candidates.sort()

        fresh = candidates[:: max(len(candidates) // params.n_shortlist, 1)]
        look_at_old(fresh, old)
        look_at_recent(fresh, recent)
        ratio = mean_ratio(fresh)
        while True:
            shortlist = order(candidates, ratio)[: params.n_shortlist]
            if any(knows[i] != len(old) for i in shortlist):
                behind = order([i for i in candidates if knows[i] != len(old)], ratio)
                look_at_old(behind[: max(params.n_shortlist, looked_at_once)], old)
            elif stale := [i for i in shortlist if i not in fresh]:
                look_at_recent(stale, recent)
                fresh += stale
            else:
                break
        own: list[int] = []
        while len(own) < params.n_picks:
            open_ = [i for i in shortlist if i not in own and weight[i] <= left]
            if not open_:
                break
            seen = set(open_) if not own else set()
            while (best := order(open_, ratio)[0]) not in seen:
                price[best] = min(price[best], added_bytes(texts[best], [texts[j] for j in own]))
                seen.add(best)
            own.append(best)
            left -= weight[best]
        picks += own
    return picks


def vocabulary(n_words: int, n_syllables: int, rng: np.random.Generator) -> list[bytes]:
    """Return words of 1 to n_syllables syllables: letters drawn one by one would be noise."""
    syllables = [bytes([consonant, vowel]) for consonant in b"bcdfghklmnprstvwz" for vowel in b"aeiou"]
    return [b"".join(rng.choice(syllables, rng.integers(1, n_syllables + 1))) for _ in range(n_words)]


def words_pool(n: int, seed: int, n_words: int = 30) -> list[bytes]:
    """Return n texts of up to n_words words from a small vocabulary: compressible, with near copies."""
    rng = np.random.default_rng(seed)
    words = vocabulary(300, 4, rng)
    return [b" ".join(words[i] for i in rng.integers(0, 300, rng.integers(1, n_words))) for _ in range(n)]
