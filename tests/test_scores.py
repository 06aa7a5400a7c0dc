"""Scores are only ever added; the last one counts, and what cannot be a score is refused."""

import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from upath import UPath

from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.scores import Scores

VERSIONS = ("v0001-aaaa", "v0002-bbbb")
V1, V2 = VERSIONS


@pytest.fixture(params=["local", "memory"])
def scores(request: pytest.FixtureRequest, tmp_path: Path) -> Scores:
    """Return an empty list of scores, on disk and in an object store."""
    home = UPath(tmp_path) if request.param == "local" else UPath(f"memory://scores{tmp_path}")
    return Scores(home / "scores")


def test_without_a_score_there_is_none(scores: Scores) -> None:
    assert scores.entries() == []
    assert scores.of_versions() == {}
    assert not scores.folder.exists()


def test_of_two_values_the_last_counts_and_both_stay(scores: Scores) -> None:
    scores.record(V1, "MT-bench", 6.5, VERSIONS)
    scores.record(V2, "MT-bench", 7.25, VERSIONS)
    made, is_new = scores.record(V1, "MT-bench", 6.75, VERSIONS)
    assert (made.number, is_new) == (3, True)
    assert scores.of_versions() == {V1: {"MT-bench": 6.75}, V2: {"MT-bench": 7.25}}
    assert [score.value for score in scores.entries()] == [6.5, 7.25, 6.75]


def test_the_same_score_twice_is_one(scores: Scores) -> None:
    first, _ = scores.record(V1, "accuracy", 0.5, VERSIONS)
    again, is_new = scores.record(V1, "accuracy", 0.5, VERSIONS)
    assert (again, is_new) == (first, False)
    assert len(scores.entries()) == 1


def test_a_value_that_no_longer_counts_is_a_new_score(scores: Scores) -> None:
    for value in (0.5, 0.6, 0.5):
        assert scores.record(V1, "accuracy", value, VERSIONS)[1]
    assert scores.of_versions()[V1]["accuracy"] == 0.5
    assert len(scores.entries()) == 3


def test_the_way_of_a_name_is_remembered_and_can_be_turned(scores: Scores) -> None:
    scores.record(V1, "error_rate", 0.2, VERSIONS, higher_is_worse=True)
    assert scores.record(V2, "error_rate", 0.1, VERSIONS)[0].higher_is_worse
    assert scores.higher_is_worse() == {"error_rate": True}
    turned, is_new = scores.record(V2, "error_rate", 0.1, VERSIONS, higher_is_worse=False)
    assert (turned.higher_is_worse, is_new) == (False, True)
    assert scores.higher_is_worse() == {"error_rate": False}


@pytest.mark.parametrize(
    ("version", "name", "value", "message"),
    [
        ("v0003-cccc", "accuracy", 0.5, "version 'v0003-cccc' is unknown: known are v0001-aaaa, v0002-bbbb"),
        ("../v0001-aaaa", "accuracy", 0.5, "is unknown"),
        (V1, "", 0.5, "does not match"),
        (V1, "../accuracy", 0.5, "does not match"),
        (V1, "a b", 0.5, "does not match"),
        (V1, "a" * 65, 0.5, "does not match"),
        (V1, "accuracy\n", 0.5, "does not match"),
        (V1, "Heldout_bpb", 0.5, "is that of a figure"),
        (V1, "exam_quiz_bpb", 0.5, "is that of a figure"),
        (V1, "accuracy", math.nan, "finite number, got nan"),
        (V1, "accuracy", math.inf, "finite number, got inf"),
        (V1, "accuracy", -math.inf, "finite number, got -inf"),
    ],
)
def test_what_cannot_be_a_score_is_refused(
    scores: Scores, version: str, name: str, value: float, message: str
) -> None:
    with pytest.raises(InvalidParameter, match=message):
        scores.record(version, name, value, VERSIONS)
    assert scores.entries() == []


def test_a_known_name_in_other_case_is_refused(scores: Scores) -> None:
    scores.record(V1, "MT-bench", 6.5, VERSIONS)
    with pytest.raises(InvalidParameter, match="'mt-bench' is known as 'MT-bench'"):
        scores.record(V2, "mt-bench", 6.5, VERSIONS)


def test_a_removed_score_is_noticed(scores: Scores) -> None:
    for value in (1.0, 2.0):
        scores.record(V1, "accuracy", value, VERSIONS)
    (scores.folder / "000001.json").unlink()
    with pytest.raises(InvalidInput, match=r"missing: 000001\.json: restore from a backup"):
        scores.entries()


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"number": 1}', b"null"])
def test_a_damaged_score_is_noticed(scores: Scores, content: bytes) -> None:
    scores.record(V1, "accuracy", 1.0, VERSIONS)
    (scores.folder / "000001.json").write_bytes(content)
    with pytest.raises(InvalidInput, match=r"000001\.json is not a score"):
        scores.entries()


def test_two_writers_lose_no_score(tmp_path: Path) -> None:
    scores = Scores(UPath(tmp_path) / "scores")

    def write(number: int) -> None:
        scores.record(VERSIONS[number % 2], f"bench-{number // 2}", float(number), VERSIONS)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(20)))
    found = scores.of_versions()
    assert {value for own in found.values() for value in own.values()} == set(map(float, range(20)))
    assert len(scores.entries()) == 20
