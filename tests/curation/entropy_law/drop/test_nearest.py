"""Who shares most runs of words with whom: against a plain count, in one part and in many."""

import random

import numpy as np
import pytest

from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.entropy_law.drop import nearest as module
from entropy_assets.curation.entropy_law.drop import wording
from entropy_assets.curation.entropy_law.drop.nearest import HOLDERS, nearest

N_WORDS = 3


def made_up(n: int, seed: int) -> list[bytes]:
    """Return texts of few different words, so that many share runs."""
    rng = random.Random(seed)
    return [" ".join(rng.choices("abcdef", k=rng.randrange(12))).encode() for _ in range(n)]


def plainly(texts: list[bytes], n_judged: int) -> list[tuple[int, float, int | None]]:
    """Return place, share and partner, counted run by run."""
    words = [text.decode().split() for text in texts]
    runs = [{tuple(own[i : i + N_WORDS]) for i in range(len(own) - N_WORDS + 1)} for own in words]
    holders: dict[tuple[str, ...], list[int]] = {}
    for place, own in enumerate(runs):
        for run in own:
            holders.setdefault(run, []).append(place)
    found: list[tuple[int, float, int | None]] = []
    for place, own in enumerate(runs[:n_judged]):
        shared: dict[int, int] = {}
        for run in own:
            for other in holders[run][:HOLDERS]:
                if other != place:
                    shared[other] = shared.get(other, 0) + 1
        if own:
            best = min(shared, key=lambda other: (-shared[other], other), default=None)
            found.append((place, 0.0 if best is None else shared[best] / len(own), best))
    return found


@pytest.mark.parametrize("at_once", [1, 7, 2_000_000])
@pytest.mark.parametrize("chunk", [1, 13, 1000])
def test_parts_and_chunks_change_nothing(monkeypatch: pytest.MonkeyPatch, at_once: int, chunk: int) -> None:
    texts = made_up(80, seed=at_once + chunk)
    monkeypatch.setattr(module, "RUNS_AT_ONCE", at_once)
    chunks = (texts[first : first + chunk] for first in range(0, len(texts), chunk))
    found = nearest(chunks, 50, N_WORDS, sum(map(len, texts)))
    assert found.select("place", "share", "partner").rows() == plainly(texts, 50)


@pytest.mark.parametrize("at_once", [7, 2_000_000])
def test_only_what_is_asked_for_has_a_partner(monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    texts = made_up(80, seed=3)
    monkeypatch.setattr(module, "RUNS_AT_ONCE", at_once)
    whole, asked = plainly(texts, 50), np.arange(50) % 3 > 0
    found = nearest([texts], 50, N_WORDS, sum(map(len, texts)), 0.5, asked)
    wanted = [one if asked[one[0]] and one[1] >= 0.5 else (one[0], 0.0, None) for one in whole]
    assert found.select("place", "share", "partner").rows() == wanted
    assert {share for _, share, _ in wanted} > {0.0, 0.5}


def test_no_text_has_no_partner() -> None:
    assert nearest([], 0, N_WORDS, 0).rows() == []
    assert nearest([[b"a b"]], 1, N_WORDS, 3).rows() == []


def test_words_are_counted_in_chunks_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = made_up(60, seed=1)
    records = Texts([f"{n:032x}" for n in range(60)], texts, [("s", "en")] * 60)
    known = wording.KnownWords.of(records.take(range(40)))
    whole = wording.measure_wording(records, known)
    monkeypatch.setattr(wording, "CHUNK", 7)
    in_parts = wording.measure_wording(records, known)
    for code, values in whole.items():
        assert np.array_equal(in_parts[code].drop, values.drop, equal_nan=True)
        assert np.isfinite(values.drop).any()
