"""Laws of dedup that hold for any records and any pool, and the oracle of all pairs."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entropy_assets.curation.dedup import INDEX_COLUMNS, Deduplicated, Known, deduplicate, without_planted
from tests.curation.dedup.rows import EXHAUSTIVE, framed, jaccard, naive, pool

VOCABULARY = ("ash", "birch", "cedar", "elm", "fir", "7", "12", "Oak")


@st.composite
def piles(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Return new texts and known ones: a few texts of 0 to 40 words, and edits of them."""
    rng = random.Random(draw(st.integers(0, 10**6)))
    bases = [[rng.choice(VOCABULARY) for _ in range(rng.choice([0, 1, 2, 3, 25, 40]))] for _ in range(3)]
    made = []
    for _ in range(draw(st.integers(0, 14))):
        words = list(rng.choice(bases))
        for _ in range(rng.choice([0, 0, 1, 1, 2])):
            if words:
                words[rng.randrange(len(words))] = rng.choice([*VOCABULARY, "newword", "99"])
        if rng.random() < 0.2:
            words.append("tail")
        text = " ".join(words)
        made.append(text.upper() if rng.random() < 0.1 else text)
    cut = draw(st.integers(0, len(made)))
    known = list(dict.fromkeys(made[:cut]))
    return made[cut:], known


def run(texts: list[str], known: list[str], workers: int = 1) -> Deduplicated:
    return deduplicate(framed(texts), pool(known, EXHAUSTIVE), EXHAUSTIVE, workers)


@given(piles())
def test_equal_to_the_oracle(drawn: tuple[list[str], list[str]]) -> None:
    texts, known = drawn
    result = run(texts, known)
    kept, keepers = naive(texts, known, EXHAUSTIVE)
    assert sorted(result.kept["text"]) == sorted(kept)
    content = dict(zip(framed(texts)["id"], texts, strict=True)) | dict(
        zip(framed(known)["id"], known, strict=True)
    )
    for identity, keeper, rule, value in result.pairs.select("id", "keeper_id", "rule", "similarity").rows():
        text, kept_text = content[identity], content[keeper]
        assert keepers.get(text, text) == kept_text
        if rule == "near":
            assert value == pytest.approx(jaccard(text, kept_text, EXHAUSTIVE.shingle))
        else:
            assert value == 1.0


@given(piles(), st.integers(0, 100), st.sampled_from([1, 2, 4]))
def test_row_order_and_workers_change_nothing(
    drawn: tuple[list[str], list[str]], seed: int, workers: int
) -> None:
    texts, known = drawn
    records, old = framed(texts), framed(known, "old")
    mixed = records[random.Random(seed).sample(range(records.height), records.height)]
    turned = old[random.Random(seed).sample(range(old.height), old.height)]
    one = deduplicate(records, Known.of(old, EXHAUSTIVE), EXHAUSTIVE)
    other = deduplicate(mixed, Known.of(turned, EXHAUSTIVE), EXHAUSTIVE, workers)
    assert other.kept.equals(one.kept)
    assert other.pairs.equals(one.pairs)
    assert other.signatures.equals(one.signatures)


@given(piles())
def test_rows_are_conserved_and_every_keeper_stays(drawn: tuple[list[str], list[str]]) -> None:
    texts, known = drawn
    result = run(texts, known)
    lines = [*result.kept["line"], *result.pairs["line"]]
    assert sorted(lines) == list(range(1, len(texts) + 1))
    assert result.kept["line"].is_sorted()
    stays = {*result.kept.select(INDEX_COLUMNS).rows(), *framed(known, "old").select(INDEX_COLUMNS).rows()}
    keepers = result.pairs.select("keeper_id", *(f"keeper_{name}" for name in INDEX_COLUMNS[1:])).rows()
    assert set(keepers) <= stays
    assert result.signatures["id"].equals(result.kept["id"])


@given(piles())
def test_idempotent(drawn: tuple[list[str], list[str]]) -> None:
    texts, known = drawn
    once = run(texts, known)
    twice = deduplicate(once.kept, pool(known, EXHAUSTIVE), EXHAUSTIVE)
    assert twice.kept.equals(once.kept)
    again = deduplicate(framed(texts), Known.of(once.kept, EXHAUSTIVE), EXHAUSTIVE)
    if not known:
        assert again.kept.is_empty(), "a drop that is delivered twice adds nothing"


@settings(max_examples=20)
@given(piles())
def test_small_pieces_change_nothing(drawn: tuple[list[str], list[str]]) -> None:
    texts, known = drawn
    whole = run(texts, known)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("entropy_assets.curation.dedup.near.PIECE_BYTES", 100)
        patch.setattr("entropy_assets.curation.dedup.sketching.CHUNK_BYTES", 100)
        pieces = run(texts, known, workers=2)
    assert pieces.kept.equals(whole.kept)
    assert pieces.pairs.equals(whole.pairs)


def test_nothing_is_planted_unasked() -> None:
    result = run(["a b c d e"], [])
    assert without_planted(result.kept).equals(result.kept)
