"""Entropies: by hand, by the chain rule, beside known distributions, and the tables of BiMix."""

import math

import numpy as np
import pytest

from entropy_assets.curation.mixture import (
    Counts,
    Moments,
    Unit,
    add,
    count,
    entropies_of,
    entropy_mixture,
    require_large,
    softmax,
    von_neumann_of,
)
from entropy_assets.errors import InvalidInput

# Columns SE, CE, JE of tables 4 and 5 of arXiv 2405.14908.
SLIMPAJAMA = """
ArXiv .0738 .0710 .0339; Books .1474 .1669 .1592; C4 .1619 .2079 .2179; CommonCrawl .1863 .2175 .2623;
GitHub .0952 .0902 .0556; StackExchange .1152 .1177 .0878; Wikipedia .2202 .1287 .1834
"""
PILE = """
ArXiv .0336 .0350 .0236; BookCorpus2 .0349 .0461 .0323; Books3 .0544 .0697 .0763; DM .0047 .0078 .0007;
Enron .0416 .0272 .0228; EuroParl .0681 .0314 .0431; FreeLaw .0375 .0394 .0297; GitHub .0382 .0451
.0346; Gutenberg .0348 .0535 .0375; HackerNews .0343 .0474 .0328; NIH .0437 .0406 .0357; OpenSubtitles
.0161 .0202 .0065; OpenWebText2 .0719 .0761 .1101; PhilPapers .0772 .0603 .0936; Pile-CC .0549 .0841
.0928; PubMedAbstracts .0541 .0497 .0541; PubMedCentral .0536 .0462 .0498; StackExchange .0431 .0506
.0439; USPTO .0362 .0423 .0308; UbuntuIRC .0374 .0281 .0212; Wikipedia .0626 .0639 .0804; Youtube .0670
.0353 .0476
"""


@pytest.mark.parametrize("table", [SLIMPAJAMA, PILE], ids=["SlimPajama", "the Pile"])
def test_the_papers_joint_mixture_follows_from_its_shannon_and_conditional_ones(table: str) -> None:
    """A mixture tells its entropies up to a constant; their sum gives the joint mixture as printed."""
    rows = [row.split() for row in table.split(";")]
    printed = {name: float(joint) for name, _, _, joint in rows}
    sums = {name: math.log(float(shannon)) + math.log(float(given)) for name, shannon, given, _ in rows}
    assert {name: pytest.approx(share, abs=1e-4) for name, share in printed.items()} == softmax(sums)
    wrong = softmax({name: value * 1.05 for name, value in sums.items()})
    assert max(abs(wrong[name] - share) for name, share in printed.items()) > 1e-3


def direct(texts: list[bytes]) -> tuple[float, float]:
    """Return the Shannon and the conditional entropy of bytes, term by term."""
    pairs: dict[tuple[int, int], int] = {}
    first: dict[int, int] = {}
    for text in texts:
        for pair in zip(text, [*text[1:], -1], strict=True):
            pairs[pair] = pairs.get(pair, 0) + 1
            first[pair[0]] = first.get(pair[0], 0) + 1
    total = sum(first.values())
    shannon = -sum(n / total * math.log(n / total) for n in first.values())
    conditional = -sum(n / total * math.log(n / first[pair[0]]) for pair, n in pairs.items())
    return shannon, conditional


def test_the_chain_rule_holds_and_conditional_is_what_its_formula_says() -> None:
    texts = [f"{i} bottles of {['beer', 'wine', 'oil'][i % 3]} on the wall".encode() for i in range(300)]
    found = entropies_of(count(texts, Unit("bytes")))
    shannon, conditional = direct(texts)
    assert found["shannon"].plug_in == pytest.approx(shannon, abs=1e-12)
    assert found["conditional"].plug_in == pytest.approx(conditional, abs=1e-12)
    assert found["joint"].plug_in == pytest.approx(shannon + conditional, abs=1e-12)
    assert found["joint"].value == pytest.approx(found["shannon"].value + found["conditional"].value)


def test_bytes_of_one_kind_by_hand() -> None:
    """`ab` ten times: two bytes, ln 2; each byte tells its follower, so the joint entropy is no higher."""
    found = entropies_of(count([b"ab"] * 10, Unit("bytes")))
    assert found["shannon"].plug_in == pytest.approx(math.log(2))
    assert found["conditional"].plug_in == pytest.approx(0, abs=1e-12)


def drawn(rng: np.random.Generator, shares: np.ndarray, n_records: int) -> list[bytes]:
    return [rng.choice(len(shares), 50, p=shares).astype(np.uint8).tobytes() for _ in range(n_records)]


def test_the_correction_is_nearer_to_the_truth_and_intervals_cover_it() -> None:
    """Independent bytes with falling shares: joint entropy is twice Shannon's, less what ends take."""
    shares = 1 / np.arange(1, 201) ** 1.1
    shares /= shares.sum()
    shannon = float(-(shares * np.log(shares)).sum())
    last = 1 / 50
    follower = np.append(shares * (1 - last), last)
    joint = shannon - float((follower * np.log(follower)).sum())
    rng = np.random.default_rng(3)
    found = [entropies_of(count(drawn(rng, shares, 200), Unit("bytes"))) for _ in range(60)]
    corrected = np.mean([one["joint"].value for one in found]) - joint
    plug_in = np.mean([one["joint"].plug_in for one in found]) - joint
    assert plug_in < -0.3
    assert abs(corrected) < abs(plug_in) * 0.6
    cover = np.mean([one["shannon"].low <= shannon <= one["shannon"].high for one in found])
    assert 0.85 <= cover < 1
    assert np.mean([one["shannon"].high - one["shannon"].low for one in found]) < 0.1


def test_von_neumann_is_that_of_the_kernel_matrix_and_adds_up() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((90, 6)) * [5, 3, 1, 1, 0.5, 0.1]
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    kernel = vectors @ vectors.T / len(vectors)
    values = np.linalg.eigvalsh(kernel)
    values = values[values > 1e-12]
    found = von_neumann_of(Moments.of(vectors))
    assert found.value == pytest.approx(float(-(values * np.log(values)).sum()), abs=1e-9)
    assert found.low < found.value < found.high
    parts = von_neumann_of(Moments.of(vectors[:31]) + Moments.of(vectors[31:]))
    assert parts.value == pytest.approx(found.value, abs=1e-12)
    axes = von_neumann_of(Moments.of(np.tile(np.eye(4), (20, 1))))
    assert axes.value == pytest.approx(math.log(4))


def test_varied_text_has_the_larger_share() -> None:
    rng = np.random.default_rng(1)
    flat = entropies_of(count(drawn(rng, np.full(64, 1 / 64), 80), Unit("bytes")))
    narrow = entropies_of(count(drawn(rng, np.full(8, 1 / 8), 80), Unit("bytes")))
    mixture = entropy_mixture({"flat": flat["shannon"], "narrow": narrow["shannon"]})
    assert mixture["flat"] == pytest.approx(64 / 72, abs=0.01)
    assert sum(mixture.values()) == pytest.approx(1)


def test_nothing_and_too_little_are_refused_in_a_sentence() -> None:
    large = count([b"some words " * 200], Unit("bytes"))
    with pytest.raises(InvalidInput, match="holds no token: leave it out"):
        entropies_of(add([]))
    with pytest.raises(InvalidInput, match="no von Neumann entropy"):
        von_neumann_of(Moments.of(np.zeros((9, 3))))
    with pytest.raises(InvalidInput, match="two domains or more, got one, 'a': name"):
        require_large({"a": large})
    with pytest.raises(InvalidInput, match="domain 'b' holds no text: leave it out"):
        require_large({"a": large, "b": Counts.none()})
    with pytest.raises(InvalidInput, match=r"needs 1,000 tokens of a domain, and fewer are in 'b' \(5\)"):
        require_large({"a": large, "b": count([b"short"], Unit("bytes"))})
    require_large({"a": large, "b": large})
