"""Terms of texts: the columns and counts of scikit-learn's vectoriser."""

import re

import numpy as np
import pytest
from sklearn.feature_extraction.text import HashingVectorizer

from entropy_assets.curation.damage.neighbours import N_TERMS, terms
from entropy_assets.curation.damage.scripts import UNSPACED

TEXTS = [
    "The cat sat on the cat's mat -- twice!",
    "",
    "Ünïcödé Straße ΣΑΣ İstanbul 東京は漢字 тест हिन्दी",
    "a_b c1 1.5 ... ??? \n\n x\ty \u3400 \u9fff",
    "a the a the a",
]


def analysed(text: str) -> list[str]:
    spaced = re.findall(rf"[^\W{UNSPACED}]+|[^\w\s]+", text.lower())
    runs = re.findall(f"[{UNSPACED}]+", text)
    return [*spaced, *(run[i : i + n] for run in runs for n in (1, 2) for i in range(len(run) - n + 1))]


def theirs(texts: list[str]) -> np.ndarray:
    hashed = HashingVectorizer(n_features=N_TERMS, alternate_sign=False, norm=None, analyzer=analysed)
    found: np.ndarray = hashed.transform(texts).toarray()
    return found


@pytest.mark.parametrize("texts", [TEXTS, TEXTS[:1], ["", ""]])
def test_terms_are_those_of_the_vectoriser(texts: list[str]) -> None:
    found = terms(texts)
    assert found.dtype == np.float64
    assert found.has_sorted_indices
    assert np.array_equal(found.toarray(), theirs(texts))


def test_terms_of_two_texts_with_a_blank_between_are_their_sum() -> None:
    whole = terms([f"{one}\n{other}" for one, other in zip(TEXTS, reversed(TEXTS), strict=True)])
    both = terms(TEXTS) + terms(TEXTS[::-1])
    assert np.array_equal(both.toarray(), whole.toarray())
    assert np.array_equal(both.indices, whole.indices)
