"""What probe runs are made of: shares of bytes, repetition as in the target, and untouched domains as one."""

import numpy as np
import pytest

from entropy_assets.curation.mixture import (
    REST,
    Known,
    Limits,
    Point,
    Reuse,
    drawn,
    fit_law,
    free_optimum,
    matched,
    mixture_by,
    read_runs,
    run_line,
    swarm_mixtures,
    swarm_size,
)
from entropy_assets.errors import InvalidInput
from tests.curation.mixture.test_law import NAMES, planted

TEXTS = {
    "long": [bytes([65 + i]) * 700 for i in range(20)],
    "short": [bytes([97 + i]) * 50 for i in range(10)],
}


def n_bytes(texts: list[bytes], letters: range) -> int:
    return sum(text[0] in letters and len(text) for text in texts)


def test_a_run_has_its_shares_and_repeats_what_is_scarce_evenly() -> None:
    made = drawn(TEXTS, {"long": 0.75, "short": 0.25}, 8000, seed=1)
    assert n_bytes(made, range(65, 91)) == 6000
    assert n_bytes(made, range(97, 123)) == 2000
    times = [sum(text[0] == 97 + i for text in made) for i in range(10)]
    assert times == [4] * 10, "2,000 bytes of 500: four passes"
    assert drawn(TEXTS, {"long": 0.75, "short": 0.25}, 8000, seed=1) == made
    assert drawn(TEXTS, {"long": 0.75, "short": 0.25}, 8000, seed=2) != made
    assert drawn(TEXTS, {"long": 1.0, "short": 0.0}, 100, seed=1) == [made[0][:100]]


def test_a_small_run_on_a_part_of_each_domain_repeats_as_often_as_the_target() -> None:
    target, small = 8000, 1000
    part = matched(TEXTS, small / target, seed=3)
    assert {name: sum(map(len, own)) for name, own in part.items()} == {"long": 1750, "short": 62}
    shares = {"long": 0.75, "short": 0.25}
    for name in TEXTS:
        held, kept = sum(map(len, TEXTS[name])), sum(map(len, part[name]))
        assert shares[name] * small / kept == pytest.approx(shares[name] * target / held, rel=0.02)
    larger = matched(TEXTS, 0.5, seed=3)
    assert larger["long"][: len(part["long"]) - 1] == part["long"][:-1], "parts lie within each other"
    assert matched(TEXTS, 1.0, seed=3) == TEXTS


def test_a_domain_without_text_is_refused() -> None:
    with pytest.raises(InvalidInput, match="domain 'short' holds no text: leave it out"):
        drawn({**TEXTS, "short": [b""]}, {"long": 0.5, "short": 0.5}, 100, seed=0)


def test_mixtures_of_a_swarm_differ_and_those_of_few_are_the_first_of_many() -> None:
    natural = {"a": 0.7, "b": 0.25, "c": 0.05}
    few, many = swarm_mixtures(natural, 4, seed=2), swarm_mixtures(natural, swarm_size(3), seed=2)
    assert many[:4] == few
    assert len({tuple(one.values()) for one in many}) == 12
    assert many[0] == pytest.approx(natural)
    assert many[1] == pytest.approx(dict.fromkeys("abc", 1 / 3))
    assert all(sum(one.values()) == pytest.approx(1) and min(one.values()) > 0.005 for one in many)


def test_untouched_domains_are_one_and_are_parted_as_they_were() -> None:
    reuse = Reuse.of({"a": 0.3, "b": 0.1, "c": 0.6}, ["a", "b"])
    assert reuse.inside == pytest.approx({"a": 0.75, "b": 0.25})
    shares = {"a": 0.45, "b": 0.15, "c": 0.4}
    assert reuse.joined(shares) == pytest.approx({"c": 0.4, REST: 0.6})
    assert reuse.parted(reuse.joined(shares)) == pytest.approx(shares)
    seen = reuse.seen(Point(shares, 9.0, {"a": 2.0, "b": 4.0, "c": 3.0}))
    assert seen == Point(seen.shares, 9.0, {"c": 3.0, REST: 2.5})
    with pytest.raises(InvalidInput, match="untouched domains x had no share"):
        Reuse.of(shares, ["x"])


def test_a_law_of_the_touched_domain_and_the_rest_finds_its_share_by_fewer_runs() -> None:
    """The others in the proportions of the whole optimum: the touched one comes out near its share there."""
    _, points = planted(2, n_mixtures=8)
    whole = free_optimum(fit_law(points, n_draws=0), 1e5)
    known = Known(given=whole, runs=tuple(points), steps=1e5, untouched=NAMES[1:])
    inside = {name: whole[name] / (1 - whole["a"]) for name in NAMES[1:]}
    rng = np.random.default_rng(0)
    truth, _ = planted(2)
    few = []
    for share in (0.1, 0.3, 0.6):
        for steps in (5e3, 2e4, 1e5):
            shares = {"a": share} | {name: part * (1 - share) for name, part in inside.items()}
            losses = {
                name: (b / steps**beta + c)
                / shares[name] ** alpha
                * float(np.exp(0.003 * rng.standard_normal()))
                for name, (alpha, b, beta, c) in zip(NAMES, truth, strict=True)
            }
            few.append(Point(shares, steps, losses))
    limits = Limits(dict.fromkeys(NAMES, 100.0))
    made = mixture_by("fitted", limits, Known(given=whole, runs=tuple(few), steps=1e5, untouched=NAMES[1:]))
    assert made.weights["a"] == pytest.approx(whole["a"], abs=0.03)
    assert {name: made.weights[name] / (1 - made.weights["a"]) for name in inside} == pytest.approx(inside)
    assert mixture_by("fitted", limits, known).weights != pytest.approx(whole, abs=1e-6)


def test_runs_are_written_as_they_are_read() -> None:
    points = (Point({"a": 0.5, "b": 0.5}, 100.0, {"a": 1.5, "b": 2.5}),)
    assert read_runs([run_line(point) for point in points] + ["", " "], "runs.jsonl") == points
    for line in ("{", "[]", '{"shares": {"a": 1}, "steps": 1}', '{"shares": 1, "steps": 1, "losses": {}}'):
        with pytest.raises(InvalidInput, match=r"runs.jsonl, line 1, is no probe run, .*: a run is"):
            read_runs([line], "runs.jsonl")
