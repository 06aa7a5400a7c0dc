"""Naive, obviously right versions of both engines: everything is compressed whole, one by one."""

import zlib

import numpy as np
import torch
import zstandard

from entropy_assets.curation.selection.contract import ZipParams
from entropy_assets.curation.selection.segments import MERGED_UP_TO
from entropy_assets.curation.selection.zip_long import ANCHOR_BYTES, ANCHOR_PARTS
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
    segment_bytes: int = 1 << 26,
    looked_at_once: int = 200,
    front_size: int = 8,
) -> list[int]:
    """Pick as `zip` says it does, with lists and sorting by (score, index) alone."""
    weight = [len(text) if unit == "bytes" else 1 for text in texts]
    price = [added_bytes(text, []) for text in texts]
    knows = [0 for _ in texts]  # how many picks were in the segments that a price was taken with
    picks: list[int] = []
    segments: list[list[int]] = []  # together they are the picks
    left = budget
    front: list[int] | None = None
    front_at = 0
    ratio, ratio_at = 0.0, 0

    def counted(segment: list[int]) -> int:
        return sum(min(len(texts[j]) + 1, segment_bytes) for j in segment)

    def look(indices: list[int]) -> None:
        for i in indices:
            end = 0
            for segment in segments:
                end += len(segment)
                if end > knows[i]:
                    joined = b"\n".join(texts[j] for j in segment)[:segment_bytes]
                    price[i] = min(price[i], added_bytes(texts[i], [joined]))
                    knows[i] = end
                    break

    def is_behind(i: int) -> bool:
        return knows[i] < len(picks)

    def order(indices: list[int], ratio: float) -> list[int]:
        return sorted(indices, key=lambda i: (score(i, ratio), i))

    def score(i: int, ratio: float) -> float:
        return (ANCHOR_BYTES * ratio + len(texts[i])) / (ANCHOR_BYTES + price[i])

    def mean_ratio(indices: list[int]) -> float:
        return sum(len(texts[i]) for i in indices) / max(sum(price[i] for i in indices), 1)

    while fitting := [i for i in range(len(texts)) if i not in picks and weight[i] <= left]:
        n_front = front_size * params.n_candidates
        rest = [i for i in front or [] if i in fitting]
        is_old = len(picks) - front_at >= n_front // 4 or len(rest) < params.n_candidates
        if front is None or (len(front) == n_front and is_old):
            front = rest = sorted(order(fitting, mean_ratio(fitting))[:n_front])
            front_at = len(picks)
        candidates = sorted(order(rest, mean_ratio(rest))[: params.n_candidates])

        if ANCHOR_PARTS * (len(picks) - ratio_at) >= ratio_at:
            sample = candidates[:: max(len(candidates) // params.n_shortlist, 1)]
            while any(map(is_behind, sample)):
                look(sample)
            ratio, ratio_at = mean_ratio(sample), len(picks)
        while True:
            shortlist = order(candidates, ratio)[: params.n_shortlist]
            if not any(map(is_behind, shortlist)):
                break
            look(order([i for i in candidates if is_behind(i)], ratio)[:looked_at_once])
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
        runs: list[list[int]] = [[]]
        for i in own:
            if runs[-1] and counted([*runs[-1], i]) > segment_bytes:
                runs.append([])
            runs[-1].append(i)
        for run in runs:
            while segments and counted(segments[-1]) <= MERGED_UP_TO * counted(run):
                if counted(segments[-1]) + counted(run) > segment_bytes:
                    break
                run = segments.pop() + run
            segments.append(run)
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
