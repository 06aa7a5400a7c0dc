"""Scores of records: what they say, and what they do with records that have none."""

import numpy as np
import pytest

from entropy_assets.curation.scoring import SCORERS, Answers, Axes, Request, score
from entropy_assets.curation.scoring.contract import EMPTY, NO_ANSWER, NOISE
from entropy_assets.curation.scoring.words import WordCounts
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings.scorers import Nothing

PLAIN = [f"The cat number {n} sat on the mat and looked at the other cats.".encode() for n in range(40)]
RARE = b"Quokkas hopped through spinifex while dugongs grazed seagrass meadows offshore."
BLOB = b"U2FsdGVkX1+9x3kQ0sX2m7ZpLr8YvN4hTqWcBdEfGhIjKlMnOpQrStUvWxYz0123456789abcdEFGH" * 3
TEXTS = [*PLAIN, RARE, BLOB, b"", "早上好，大家好。".encode(), b"\xff\xfe"]
LOSSES = np.array([1.0] * 40 + [4.0, 8.0, np.nan, 3.0, 5.0])


def asked(texts: list[bytes], losses: np.ndarray, workers: int = 1) -> Request:
    """Return a request that has all that any scorer needs."""
    axes, why = Axes.of([*texts, PLAIN[0]]), np.where(np.isnan(losses), "not asked", "").astype(object)
    return Request(
        texts,
        losses,
        axes,
        [PLAIN[0]],
        workers=workers,
        answers=Answers(-losses, np.full(len(texts), -1.0), why),
        answer_losses=np.stack([losses / 2, losses], axis=1),
    )


@pytest.mark.parametrize("name", SCORERS)
@pytest.mark.parametrize("n", [0, 1, 2, len(TEXTS)])
def test_every_scorer_gives_one_number_a_record_or_says_why_not(name: str, n: int) -> None:
    found = score(asked(TEXTS[:n], LOSSES[:n]), name)
    assert found.values.shape == found.why.shape == (n,)
    assert (np.isnan(found.values) == (found.why != "")).all()
    again = score(asked(TEXTS[:n], LOSSES[:n], workers=3), name)
    assert np.array_equal(found.values, again.values, equal_nan=True)


@pytest.mark.parametrize("name", SCORERS)
def test_equal_records_have_equal_scores(name: str) -> None:
    found = score(asked([PLAIN[0]] * 7, np.ones(7)), name)
    assert len(set(found.values.tolist())) == 1


def test_information_rises_with_rare_words_and_noise_has_none() -> None:
    found = score(Request(TEXTS, LOSSES), "information")
    assert found.values[40] > np.nanmax(found.values[:40])
    assert found.why[41] == NOISE
    assert found.why[42] == EMPTY
    parts = found.parts["model_bits"] + found.parts["word_bits"]
    assert np.allclose(parts[:41], found.values[:41])


def test_the_length_of_a_word_is_no_information() -> None:
    digest = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
    path = "entropy-assets/releases/download/v1.0.2/some-rather-long-name_of_a_file.tar.gz"
    code = 'function f(a,b){for(var i=0;i<a.length;i++){b.push(a[i]*2)}return b.map(e=>e+1).join("")}' * 5
    texts = {
        "one giant word": (b"x" * 3000, NOISE),
        "two words and a wall": (b"Look here: " + b"-" * 500, NOISE),
        "an emoji wall": (b"Wow " + "\N{GRINNING FACE}".encode() * 90, NOISE),
        "base64": (BLOB, NOISE),
        "a digest alone": (digest.encode(), NOISE),
        "a digest in a text": (PLAIN[0] * 3 + digest.encode(), ""),
        "a long address": (f"See https://example.org/{path}?ref=main&page=12#top".encode(), ""),
        "minified code": (code.encode(), ""),
        "a long German word": (b"Die Rechtsschutzversicherungsgesellschaften zahlen.", ""),
        "words without spaces": ("早上好，大家好。今天我们来谈谈天气。".encode(), ""),
    }
    given = [*PLAIN, *(text for text, _ in texts.values())]
    found = score(Request(given, np.full(len(given), 5.0)), "information")
    assert dict(zip(texts, found.why[40:], strict=True)) == {name: why for name, (_, why) in texts.items()}
    assert np.nanmax(found.parts["model_bits"][found.why == ""]) <= 5 * 24


def test_a_model_that_says_yes_for_sure_scores_highest_however_ready_it_is_to_answer() -> None:
    answers = Answers(
        np.log([0.6, 0.06, 0.3]), np.log([0.2, 0.02, 0.3]), np.array(["", "", ""], dtype=object)
    )
    found = score(Request(TEXTS[:3], answers=answers), "ask_llm")
    np.testing.assert_allclose(found.values, [0.75, 0.75, 0.5])
    np.testing.assert_allclose(found.parts["p_yes"], [0.6, 0.06, 0.3])


def test_density_is_highest_where_most_are_alike() -> None:
    found = score(asked(TEXTS, LOSSES), "density")
    assert np.nanmin(found.values[:40]) > 1.3 * found.values[40]
    assert np.nanmin(found.values) >= 1
    assert found.why[42] == EMPTY


def test_ifd_is_what_a_question_does_to_its_answer() -> None:
    pairs = np.array([[1.0, 2.0], [3.0, 2.0], [np.nan, np.nan], [0.0, 0.0]])
    found = score(Request([b"a"] * 4, answer_losses=pairs), "ifd")
    np.testing.assert_array_equal(found.values, [0.5, 1.5, np.nan, np.nan])
    assert found.why.tolist() == ["", "", NO_ANSWER, NO_ANSWER]


def test_those_near_a_target_set_have_the_highest_cosine() -> None:
    request = Request(TEXTS, None, Axes.of(TEXTS), [b"Dugongs grazed in seagrass meadows."])
    found = score(request, "target")
    assert np.nanargmax(found.values) == 40
    assert found.why[42] == EMPTY
    with pytest.raises(InvalidParameter, match="target needs texts that share words with the records, got 1"):
        score(Request(TEXTS, None, Axes.of(TEXTS), [b"zyx"]), "target")


def test_what_is_needed_and_not_there_is_asked_for() -> None:
    sentences = {
        "losses": "needs the loss of each of the 1 records",
        "answer_losses": "needs two losses of each record's answer",
        "embeddings": "needs vectors",
        "answers": "needs a model's answer about each of the 1 records",
    }
    for name, scorer in SCORERS.items():
        for need in scorer.needs[:1]:
            with pytest.raises(InvalidParameter, match=f"{name} {sentences[need]}"):
                score(Request([b"text"]), name)
    with pytest.raises(InvalidParameter, match="parameters of density must be DensityParams, got Nothing"):
        score(asked([b"text"], np.ones(1)), "density", Nothing())
    with pytest.raises(
        InvalidParameter, match="scorer 'zipf' is unknown: choose one of information, density"
    ):
        score(Request([b"text"]), "zipf")


def test_counts_of_words_add_up_and_surprise_is_laplaces() -> None:
    whole = WordCounts.of([b"a a b", b"b c"])
    both = WordCounts.of([b"a a b"]) + WordCounts.of([b"b c"])
    assert both.total == whole.total == 5
    assert both.table.equals(whole.table)
    bits, counts = whole.surprise([b"a", b"zebra", b"a c", b"..."])
    assert bits[:3] == pytest.approx([np.log2(9 / 3), np.log2(9), (np.log2(9 / 3) + np.log2(9 / 2)) / 2])
    assert np.isnan(bits[3])
    assert counts.tolist() == [1, 1, 2, 0]


def test_density_hangs_on_no_order() -> None:
    texts = [f"record {n % 7} of {n % 5} rivers and {n} boats".encode() for n in range(60)]
    order = np.random.default_rng(3).permutation(len(texts))
    mixed = [texts[place] for place in order]
    one, other = (score(Request(some, embedder=Axes.of(some)), "density").values for some in (texts, mixed))
    np.testing.assert_allclose(one[order], other, rtol=1e-12)
