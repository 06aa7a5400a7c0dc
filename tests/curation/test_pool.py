"""One order, a validation split that never moves, and no training text that the exam has seen."""

import random
from collections.abc import Iterator, Sequence

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.pool import (
    LEFT_OUT,
    SIZED_SCHEMA,
    SPLIT_SCHEMA,
    TRAIN,
    VALIDATION,
    Part,
    Pool,
    assemble,
    is_validation,
    split_grown,
)
from entropy_assets.curation.pool import split_of as made_split
from entropy_assets.fingerprints import Fingerprints
from entropy_assets.records import SCHEMA, content_id
from entropy_assets.settings import PoolSettings


def framed(texts: list[str], drop: str = "d") -> pl.DataFrame:
    """Return one text record for each different text."""
    rows = [
        {
            "id": content_id({"kind": "text", "text": text}),
            "kind": "text",
            "text": text,
            "source": "web",
            "drop": drop,
            "file": "a.jsonl",
            "line": line,
        }
        for line, text in enumerate(dict.fromkeys(texts), start=1)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def text_with(start: str, share: float, *, validation: bool) -> str:
    """Return `start` with one more word, chosen so that the record falls into the wanted split."""
    return next(
        text
        for number in range(10_000)
        if is_validation(content_id({"kind": "text", "text": (text := f"{start} w{number}")}), share)
        == validation
    )


def split_of(pool: Pool) -> dict[str, tuple[str, str | None]]:
    """Return text -> (split, id of the validation record that it touches)."""
    rows = zip(pool.records["text"], pool.split["split"], pool.split["overlaps_with"], strict=True)
    return {text: (split, partner) for text, split, partner in rows}


# --- the split by hand


def test_share_of_ids() -> None:
    """The first 32 bits of an id are a number below 2**32; half of them lie below 2**31."""
    assert is_validation("7fffffff" + "f" * 24, 0.5)
    assert not is_validation("80000000" + "0" * 24, 0.5)
    assert not is_validation("0" * 32, 0.0)


def test_validation_has_the_share_that_was_asked_for() -> None:
    """Of 4,000 records 200 are expected; five standard deviations are 69."""
    pool = assemble(framed([f"text {number}" for number in range(4_000)]), PoolSettings())
    assert pool.part(VALIDATION).height == pytest.approx(200, abs=69)
    assert pool.part(TRAIN).height == 4_000 - pool.part(VALIDATION).height


@pytest.mark.parametrize("shared_words", [12, 13])
@pytest.mark.parametrize("place", ["start", "middle", "end"])
def test_thirteen_shared_words_are_too_many(shared_words: int, place: str) -> None:
    run = " ".join(f"word{number}" for number in range(shared_words))
    exam = text_with(f"before the exam {run} after", 0.05, validation=True)
    start = {"start": f"{run} then", "middle": f"first {run} then", "end": f"first {run}"}[place]
    lesson = text_with(start, 0.05, validation=False)
    pool = assemble(framed([lesson, exam, text_with("other", 0.05, validation=False)]), PoolSettings())
    split = split_of(pool)
    assert split[exam] == (VALIDATION, None)
    exam_id = content_id({"kind": "text", "text": exam})
    assert split[lesson] == ((LEFT_OUT, exam_id) if shared_words == 13 else (TRAIN, None))
    assert pool.part(TRAIN).height == (1 if shared_words == 13 else 2)
    assert lesson in pool.records["text"].to_list(), "what is left out of training stays in the pool"


def test_words_are_compared_whatever_stands_between_them() -> None:
    words = [f"word{number}" for number in range(13)]
    exam = text_with(" ".join(words), 0.05, validation=True)
    lesson = text_with("\n\n".join(words) + "\t", 0.05, validation=False)
    assert split_of(assemble(framed([exam, lesson]), PoolSettings()))[lesson][0] == LEFT_OUT


def test_overlap_is_seen_across_kinds_and_turns() -> None:
    """The canonical text is compared, so a chat that quotes a validation text is left out as well."""
    words = " ".join(f"word{number}" for number in range(12))
    exam = framed([text_with(f"Question {words}", 0.05, validation=True)])
    for number in range(1_000):
        turns = [{"role": "user", "content": f"{number} Question"}, {"role": "assistant", "content": words}]
        chat = {"kind": "chat", "messages": turns, "source": "web"}
        if not is_validation(content_id(chat), 0.05):
            break
    records = pl.concat([exam, pl.DataFrame([{"id": content_id(chat), **chat}], schema=SCHEMA)])
    split = assemble(records, PoolSettings()).split
    assert split.filter(pl.col("id") == content_id(chat))["overlaps_with"].to_list() == exam["id"].to_list()


def test_validation_records_may_overlap_each_other() -> None:
    run = " ".join(f"word{number}" for number in range(20))
    exams = [text_with(f"{run} {number}", 0.05, validation=True) for number in range(2)]
    assert assemble(framed(exams), PoolSettings()).split["split"].to_list() == [VALIDATION, VALIDATION]


def test_no_validation_split() -> None:
    records = framed([f"the same thirteen words are in every one of these texts as {i}" for i in range(50)])
    pool = assemble(records, PoolSettings(validation_share=0.0, overlap_words=2))
    assert set(pool.split["split"]) == {TRAIN}
    assert pool.part(TRAIN).equals(records.sort("id"))


def test_an_empty_pool() -> None:
    pool = assemble(SCHEMA.to_frame(), PoolSettings())
    assert pool.records.equals(SCHEMA.to_frame())
    assert pool.split.equals(SPLIT_SCHEMA.to_frame())
    assert pool.part(TRAIN).is_empty()


# --- laws

words = st.sampled_from(["a", "b", "c"])
texts = st.lists(words, max_size=7).map(" ".join)
pools = st.lists(texts, max_size=25)
shares = st.sampled_from([0.0, 0.1, 0.5])
all_settings = st.builds(PoolSettings, shares, st.integers(2, 4))


def runs(text: str, length: int) -> set[tuple[str, ...]]:
    parts = text.split()
    return {tuple(parts[i : i + length]) for i in range(len(parts) - length + 1)}


@given(pools, all_settings)
def test_split_equals_the_oracle(given_texts: list[str], settings: PoolSettings) -> None:
    """Every pair of texts is compared, which is slow and obviously right."""
    records = framed(given_texts)
    pool = assemble(records, settings)
    identity = {text: content_id({"kind": "text", "text": text}) for text in records["text"]}
    exams = {text for text in identity if is_validation(identity[text], settings.validation_share)}
    assert pool.split["id"].to_list() == pool.records["id"].to_list() == sorted(identity.values())
    assert pool.split.schema == SPLIT_SCHEMA
    assert {text for text, (split, _) in split_of(pool).items() if split == VALIDATION} == exams
    for text, (split, partner) in split_of(pool).items():
        own = runs(text, settings.overlap_words)
        touched = {identity[exam] for exam in exams if own & runs(exam, settings.overlap_words)}
        if text in exams:
            assert partner is None
        elif touched:
            assert split == LEFT_OUT
            assert partner in touched
        else:
            assert (split, partner) == (TRAIN, None)


@given(pools, all_settings)
def test_parts_are_the_pool(given_texts: list[str], settings: PoolSettings) -> None:
    pool = assemble(framed(given_texts), settings)
    parts = [pool.part(name) for name in (TRAIN, VALIDATION, LEFT_OUT)]
    assert pl.concat(parts).sort("id").equals(pool.records)
    assert all(part["id"].is_sorted() for part in parts)


@given(pools, all_settings, st.randoms(use_true_random=False))
def test_names_and_row_order_play_no_part(
    given_texts: list[str], settings: PoolSettings, chance: random.Random
) -> None:
    records = framed(given_texts)
    pool = assemble(records, settings)
    order = chance.sample(range(records.height), records.height)
    renamed = records[order].with_columns(
        pl.Series("drop", [chance.choice(["x", "y"]) for _ in order], pl.String),
        pl.Series("file", [chance.choice(["x.csv", "y.csv"]) for _ in order], pl.String),
        pl.Series("line", [chance.randrange(99) for _ in order], pl.Int64),
        pl.Series("row_id", [chance.choice(["1", None]) for _ in order], pl.String),
        pl.Series("source", [chance.choice(["web", "books"]) for _ in order], pl.String),
    )
    other = assemble(renamed, settings)
    assert other.split.equals(pool.split)
    assert other.digest == pool.digest
    assert other.records["text"].to_list() == pool.records["text"].to_list()


@given(pools, pools, all_settings)
def test_validation_is_frozen_when_drops_are_added(
    old: list[str], new: list[str], settings: PoolSettings
) -> None:
    before = split_of(assemble(framed(old), settings))
    after = split_of(assemble(framed([*new, *old], drop="new"), settings))
    for text, (split, _) in before.items():
        assert (after[text][0] == VALIDATION) == (split == VALIDATION)
        if split == LEFT_OUT:
            assert after[text][0] == LEFT_OUT, "a text that the exam has seen does not come back"


@given(pools, pools, all_settings)
def test_digest_tells_pools_apart(one: list[str], other: list[str], settings: PoolSettings) -> None:
    first, second = assemble(framed(one), settings), assemble(framed(other), settings)
    assert (first.digest == second.digest) == (set(one) == set(other))


def test_digest_tells_splits_apart() -> None:
    records = framed([f"text {number}" for number in range(100)])
    pools = [assemble(records, PoolSettings(validation_share=share)) for share in (0.0, 0.1, 0.5)]
    assert len({pool.digest for pool in pools}) == 3


def test_arguments_are_left_as_they_were() -> None:
    records = framed(["b", "a", "c", "d"])[::-1]
    given_order = records["id"].to_list()
    assert given_order != sorted(given_order)
    assemble(records, PoolSettings())
    assert records["id"].to_list() == given_order


def test_a_split_made_frame_by_frame_is_that_of_the_whole() -> None:
    rng = random.Random(5)
    said = " ".join(rng.choices("abcdefghij", k=40))
    texts = [f"{said[: rng.randrange(80)]} {' '.join(rng.choices('klmnop', k=9))} {n}" for n in range(200)]
    frame = framed(texts)
    settings = PoolSettings(validation_share=0.2, overlap_words=5)
    whole = assemble(frame, settings)
    assert set(whole.split["split"]) == {TRAIN, VALIDATION, LEFT_OUT}
    shuffled = frame.sample(fraction=1.0, shuffle=True, seed=1)
    pieces = [shuffled[start : start + 17] for start in range(0, 200, 17)]
    assert made_split(lambda _: iter(pieces), settings).select(SPLIT_SCHEMA.names()).equals(whole.split)


def part_of(frame: pl.DataFrame, others: pl.DataFrame) -> Part:
    """Return a part in two pieces, whose fingerprints are beside those of other records."""

    def prints() -> Iterator[tuple[pl.Series, Fingerprints]]:
        yield from ((own["id"], Fingerprints.of(own)) for own in (frame[:7], pl.concat([others, frame[7:]])))

    return Part(lambda _: iter([frame[:7], frame[7:]]), prints)


@given(st.integers(0, 10**6), st.integers(8, 13), st.sampled_from([0.0, 0.1, 0.3]))
def test_a_split_that_grows_is_that_of_the_whole(seed: int, overlap_words: int, share: float) -> None:
    rng = random.Random(seed)
    said = [rng.choices(["one", "TWO", "don't", "ﬁve", "1,000", "你", "seven"], k=60) for _ in range(3)]
    texts = []
    for number in range(60):
        start, length = rng.randrange(50), rng.randrange(16)
        texts.append(f"{' '.join(rng.choice(said)[start : start + length])} {number if length % 3 else ''}")
    frame, settings = framed(texts), PoolSettings(share, overlap_words)
    known, added = frame[:40], frame[40:]
    before = made_split(lambda _: iter([known]), settings)
    grown = split_grown(before, part_of(known, added), part_of(added, known), settings)
    assert grown.equals(made_split(lambda _: iter([frame]), settings))


def test_a_pool_that_is_read_from_frames_is_that_in_memory() -> None:
    frame = framed([f"text {n}" for n in range(50)])
    whole = assemble(frame, PoolSettings(validation_share=0.3))
    asked: list[object] = []

    def frames(columns: Sequence[str] | None) -> Iterator[pl.DataFrame]:
        asked.append(columns)
        for start in range(0, 50, 9):
            own = frame[start : start + 9]
            yield own if columns is None else own.select(columns)

    read = Pool(frames, whole.split)
    assert read.digest == whole.digest
    assert read.records.equals(whole.records)
    for split in (TRAIN, VALIDATION):
        assert read.part(split).equals(whole.part(split))
        assert read.part(split, ["row_id"]).equals(whole.part(split, ["row_id"]))
    assert asked[-1] == ["id", "row_id"]


def test_a_pool_without_records_has_no_split() -> None:
    assert made_split(lambda _: iter([]), PoolSettings()).equals(SIZED_SCHEMA.to_frame())
    assert made_split(lambda _: iter([SCHEMA.to_frame()]), PoolSettings()).equals(SIZED_SCHEMA.to_frame())


def test_records_that_the_split_does_not_name_are_in_no_part() -> None:
    frame = framed([f"text {n}" for n in range(20)])
    whole = assemble(frame, PoolSettings(validation_share=0.3))
    fewer = Pool(frame, whole.split[3:-3])
    assert (
        fewer.part(TRAIN)["id"].to_list()
        == whole.split[3:-3].filter(pl.col("split") == TRAIN)["id"].to_list()
    )
    assert Pool(frame, SPLIT_SCHEMA.to_frame()).part(TRAIN).height == 0
