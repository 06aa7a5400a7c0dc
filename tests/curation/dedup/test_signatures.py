"""Signatures: the text they stand for, their columns, and that they stay the same."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entropy_assets.curation.dedup import canonical_texts, scheme, signature_schema, signatures
from entropy_assets.records import SCHEMA, rendered
from entropy_assets.settings import DedupSettings
from tests.curation.dedup.rows import PARAMS, framed

words = st.text(alphabet="ab \né", max_size=6)
turns = st.lists(st.fixed_dictionaries({"role": st.just("user"), "content": words}), min_size=1, max_size=3)
contents = st.one_of(
    st.fixed_dictionaries({"kind": st.just("text"), "text": words}),
    st.fixed_dictionaries({"kind": st.just("chat"), "messages": turns}),
    st.fixed_dictionaries(
        {"kind": st.just("preference"), "prompt": turns, "chosen": turns, "rejected": turns}
    ),
)


@given(st.lists(contents, max_size=6))
def test_the_canonical_text_is_the_rendered_one_with_the_rejected_answer(rows: list[dict]) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA)
    assert canonical_texts(frame).to_list() == rendered(frame, with_rejected=True)


def test_a_signature_stays_the_same_for_ever() -> None:
    """Stored indexes depend on it: a change must change the scheme."""
    made = signatures(framed(["the cat sat on the mat"]), DedupSettings(hashes=6, bands=3))
    normalised, prompt, *bands = made.row(0)[1:]
    assert (normalised, prompt) == (5690401702192633736, 0)
    assert bands == [13498794171277846279, 11378660047094639329, 429573130455896710]


def test_columns_and_nulls() -> None:
    made = signatures(framed(["one two", "one two three", "你好吗"]), PARAMS)
    assert made.schema == signature_schema(PARAMS)
    assert made["band_00"].is_null().to_list() == [True, False, False]
    assert made["normalised"].null_count() == 0


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_rows(n: int) -> None:
    made = signatures(framed(["a b c d"] * n), PARAMS, workers=4)
    assert made.height == n
    assert made.schema == signature_schema(PARAMS)


def test_without_near_there_are_no_bands() -> None:
    params = DedupSettings(near=False)
    assert signatures(framed(["a b c d"]), params).columns == ["id", "normalised", "prompt"]
    assert scheme(params)["near"] == 0


def test_workers_and_pieces_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = framed([f"row {i} says {'é' * (i % 3)} {i * i} times no" for i in range(200)])
    whole = signatures(frame, PARAMS)
    monkeypatch.setattr("entropy_assets.curation.dedup.sketching.CHUNK_BYTES", 500)
    for workers in (1, 2, 4):
        assert signatures(frame, PARAMS, workers).equals(whole)


@pytest.mark.parametrize(
    "change", [{"fold": ("case",)}, {"shingle": 5}, {"hashes": 80}, {"bands": 10}, {"near": False}]
)
def test_the_scheme_names_what_a_signature_depends_on(change: dict) -> None:
    assert scheme(DedupSettings(**change)) != scheme(PARAMS)


@pytest.mark.parametrize("change", [{"threshold": 0.9}, {"memory_bytes": 2**30}])
def test_the_scheme_leaves_out_what_it_does_not_depend_on(change: dict) -> None:
    assert scheme(DedupSettings(**change)) == scheme(PARAMS)
