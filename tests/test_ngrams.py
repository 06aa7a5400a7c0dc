"""Keys of runs, and the runs that two sets have in common: the fast way against a slow one."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets import ngrams
from entropy_assets.errors import InvalidParameter
from entropy_assets.key_search import SortedKeys
from entropy_assets.ngrams import BASE, Runs, keys_within, positions_of, rolled
from entropy_assets.records import SCHEMA


def texts(*contents: str) -> pl.DataFrame:
    return pl.DataFrame([{"kind": "text", "text": text} for text in contents], schema=SCHEMA)


def naive(text: str, n_tokens: int) -> list[tuple[str, ...]]:
    tokens = text.split()
    return [tuple(tokens[i : i + n_tokens]) for i in range(len(tokens) - n_tokens + 1)]


some_texts = st.lists(st.lists(st.sampled_from("abc"), max_size=9).map(" ".join), max_size=8)


@given(some_texts, some_texts, st.integers(2, 7))
def test_first_met_equals_the_oracle(own: list[str], others: list[str], n_tokens: int) -> None:
    met = Runs(texts(*own), n_tokens).first_met(texts(*others))
    exams = [naive(exam, n_tokens) for exam in own]
    for text, partner in zip(others, met.tolist(), strict=True):
        touched = [i for run in naive(text, n_tokens) for i, exam in enumerate(exams) if run in exam]
        assert partner == (touched[0] if touched else -1)


def test_the_first_hit_is_found_behind_many_keys_that_look_like_hits(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [f"w{i}" for i in range(60)]
    own, n = [" ".join(words[i : i + 3]) for i in range(0, 60, 4)], 3
    # A filter that lets all through, and a word that stands in no run before each of them.
    monkeypatch.setattr(SortedKeys, "likely", lambda _, keys: np.arange(len(keys)))
    text = " ".join(f"{word} {word}" for word in words)
    assert Runs(texts(*own), n).first_met(texts(text, f"{text} {own[7]} {own[2]}")).tolist() == [-1, 7]


@given(some_texts, some_texts, st.integers(2, 7))
def test_spans_reach_as_far_as_they_go(own: list[str], others: list[str], n_tokens: int) -> None:
    runs = Runs(texts(*own), n_tokens)
    stream = runs.numbered(texts(*others))
    hits = runs.find(stream)
    first = runs.positions[runs.offsets[hits.runs]]
    at, there, length = runs.reach(stream, hits.positions, first, np.full(len(first), n_tokens))
    for here, mine, n in zip(at.tolist(), there.tolist(), length.tolist(), strict=True):
        assert n >= n_tokens
        assert stream.ids[here : here + n].tolist() == runs.stream.ids[mine : mine + n].tolist()
        assert 0 not in stream.ids[here : here + n]
        before = (stream.ids[here - 1], runs.stream.ids[mine - 1]) if here and mine else (0, 0)
        after = (stream.ids[here + n], runs.stream.ids[mine + n])
        assert all(a != b or a == 0 for a, b in (before, after))


@pytest.mark.parametrize(("n_words", "found"), [(7, False), (8, True), (12, True), (13, True)])
def test_a_short_turn_is_found_as_a_whole(n_words: int, found: bool) -> None:
    item = " ".join(f"w{i}" for i in range(n_words))
    met = Runs(texts(item)).first_met(texts(f"x {item.upper()}! y", item.removesuffix(f"w{n_words - 1}")))
    assert met.tolist() == [0 if found else -1, -1]


def test_runs_of_repeated_tokens_are_all_found() -> None:
    runs = Runs(texts("a a a a"), 3)
    hits = runs.find(runs.numbered(texts("a a a a a b")))
    assert hits.positions.tolist() == [0, 1, 2]
    assert runs.positions.tolist() == [0, 1]


def test_chunks_play_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    own, others = texts("a b c d e", "c d e f"), texts("x", "b c d", "c d e f", "", "d e f")
    whole = Runs(own, 3).first_met(others)
    monkeypatch.setattr(ngrams, "CHUNK_ROWS", 2)
    assert Runs(own, 3).first_met(others).tolist() == whole.tolist() == [-1, 0, 0, -1, 1]


def test_nothing_to_find() -> None:
    assert Runs(texts()).first_met(texts("a")).tolist() == [-1]
    assert Runs(texts("a")).first_met(texts()).tolist() == []


def test_a_run_has_two_tokens() -> None:
    with pytest.raises(InvalidParameter, match="`n_tokens` must be at least 2, got 1: take 13"):
        Runs(texts("a"), 1)


def naive_key(values: list[int]) -> int:
    """Return the value of a polynomial with these coefficients at `BASE`, modulo 2^64."""
    key = 0
    for value in values:
        key = key * int(BASE) + value
    return key % 2**64


some_values = st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 3), max_size=12)


@given(some_values, st.integers(1, 15))
def test_rolled_keys_equal_the_oracle(values: list[int], longest: int) -> None:
    array = np.array(values, np.uint64)
    lengths = []
    for length, keys in rolled(array, longest):
        lengths.append(length)
        assert keys.dtype == np.uint64
        assert keys.tolist() == [
            naive_key(values[at : at + length]) for at in range(len(values) - length + 1)
        ]
    assert lengths == list(range(1, longest + 1))
    assert array.tolist() == values, "the values are not written over"


@given(st.lists(some_values, max_size=6), st.integers(1, 15))
def test_no_run_leads_from_one_text_into_the_next(several: list[list[int]], length: int) -> None:
    values = np.array([value for own in several for value in own], np.uint64)
    starts = np.cumsum([0, *map(len, several)])
    keys, key_starts = keys_within(values, starts, length)
    assert key_starts[-1] == len(keys)
    for place, own in enumerate(several):
        expected = [naive_key(own[at : at + length]) for at in range(len(own) - length + 1)]
        assert keys[key_starts[place] : key_starts[place + 1]].tolist() == expected


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 5)), max_size=6))
def test_positions_of_spans(spans: list[tuple[int, int]]) -> None:
    starts, lengths = (np.array([span[side] for span in spans], np.int64) for side in (0, 1))
    expected = [position for start, length in spans for position in range(start, start + length)]
    assert positions_of(starts, lengths).tolist() == expected
