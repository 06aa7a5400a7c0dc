"""Answers: what is read, and the share of mismatched ones from scores whose truth is known."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from entropy_assets import records
from entropy_assets.curation.entropy_law import (
    AnswersMeasured,
    Compared,
    Exchanges,
    draw_answers,
    find_suspects,
    first_version,
    judge,
    measure_answers,
    measure_drop,
)
from entropy_assets.curation.entropy_law.drop.exchanges import AnswerSample
from entropy_assets.settings import LawSettings, PolicySettings
from tests.curation.entropy_law.sentences import rows, values_of

KNOWN = 200
TURN = {"role": "user", "content": "Why?"}


def frame(values: list[dict[str, object]]) -> pl.DataFrame:
    filled = [{**dict.fromkeys(records.SCHEMA), "source": "s", **value} for value in values]
    made = [{**value, "id": records.content_id(value)} for value in filled]
    return pl.DataFrame(made, schema=records.SCHEMA)


def chat(*contents: str, last: str = "assistant") -> dict[str, object]:
    roles = ["user", "assistant"] * len(contents)
    turns = [{"role": role, "content": text} for role, text in zip(roles, contents, strict=False)]
    return {"kind": "chat", "messages": [*turns[:-1], {**turns[-1], "role": last}]}


def exchanges(n: int, seed: int, *, source: str = "web", answers: int = 10_000) -> Exchanges:
    rng = np.random.default_rng(seed)
    pairs = [(f"question {seed} {i}", f"answer {rng.integers(answers)}") for i in range(n)]
    ids = [records.content_id({"kind": "text", "text": question}) for question, _ in pairs]
    return Exchanges(ids, [(source, "en")] * n, pairs)


def test_questions_and_answers_of_each_kind() -> None:
    preference = {
        "kind": "preference",
        "prompt": [TURN],
        "chosen": [{"role": "assistant", "content": "Because."}],
        "rejected": [{"role": "assistant", "content": "No."}],
    }
    given = [
        chat("Who?", "Me."),
        chat("Who?", "Me.", "And?", "You."),
        preference,
        {"kind": "text", "text": "plain"},
        chat("Who?", "Me.", last="user"),
        chat("Alone."),
        chat("Who?", ""),
        chat("", "Me."),
    ]
    made = frame(given)
    found = Exchanges.of(made)
    assert found.pairs == [("Who?", "Me."), ("Who?\n\nMe.\n\nAnd?", "You."), ("Why?", "Because.")]
    assert found.ids == made["id"].to_list()[:3]
    assert found.strata == [("s", "und")] * 3


def test_both_sides_hold_the_strata_in_the_drops_proportions() -> None:
    parts = [exchanges(300, 1), exchanges(100, 2, source="code"), exchanges(50, 3, source="new")]
    drop = joined(*parts)
    reference = joined(exchanges(900, 4), exchanges(900, 5, source="code"))
    sample = draw_answers(drop, reference, KNOWN, 200, seed=0)
    assert isinstance(sample, AnswerSample)
    assert [sample.drop_strata.count((s, "en")) for s in ("web", "code", "new")] == [150, 50, 0]
    assert [sample.strata.count((s, "en")) for s in ("web", "code")] == [150, 50]
    assert set(sample.drop) <= set(drop.pairs)
    assert set(sample.reference) <= set(reference.pairs)
    questions, answers = zip(*sample.swapped, strict=True)
    assert list(questions) == [question for question, _ in sample.reference]
    assert all(answer != own for answer, (_, own) in zip(answers, sample.reference, strict=True))
    n = len(sample.drop) + 2 * len(sample.reference)
    assert [pair[1] for pair in sample.pairs[n:]] == [pair[1] for pair in sample.pairs[:n]]
    assert all(question == "" for question, _ in sample.pairs[n:])


def joined(*parts: Exchanges) -> Exchanges:
    return Exchanges(
        [i for part in parts for i in part.ids],
        [s for part in parts for s in part.strata],
        [p for part in parts for p in part.pairs],
    )


def test_the_sample_follows_from_ids_and_the_promoted_one_not_from_the_drop() -> None:
    drop, reference = exchanges(400, 1), exchanges(900, 2)
    turned = Exchanges(drop.ids[::-1], drop.strata, drop.pairs[::-1])
    one = draw_answers(drop, reference, KNOWN, 100, seed=0)
    assert one == draw_answers(turned, reference, KNOWN, 100, seed=0)
    other = draw_answers(exchanges(500, 3), reference, KNOWN, 100, seed=0)
    assert isinstance(one, AnswerSample)
    assert isinstance(other, AnswerSample)
    assert (other.reference, other.swapped) == (one.reference, one.swapped)
    assert other.drop != one.drop
    assert draw_answers(drop, reference, KNOWN, 100, seed=1) != one


def test_a_stratum_whose_answers_are_all_the_same_is_not_read() -> None:
    drop = joined(exchanges(100, 1), exchanges(100, 2, source="quiz", answers=1))
    reference = joined(exchanges(900, 3), exchanges(900, 4, source="quiz", answers=1))
    sample = draw_answers(drop, reference, KNOWN, 100, seed=0)
    assert isinstance(sample, AnswerSample)
    assert set(sample.drop_strata) == set(sample.strata) == {("web", "en")}


def test_a_small_drop_is_compared_with_as_many_promoted_records_as_are_asked_for() -> None:
    sample = draw_answers(exchanges(30, 1), exchanges(900, 2), KNOWN, 200, seed=0)
    assert isinstance(sample, AnswerSample)
    assert (len(sample.drop), len(sample.reference)) == (30, 200)


@pytest.mark.parametrize(
    ("n_drop", "n_reference", "answers", "why"),
    [
        (50, 0, 10_000, "no promoted records with a question"),
        (0, 900, 10_000, "the drop has no records with a question"),
        (50, 150, 10_000, "no stratum of the drop has 200 promoted records with a question"),
        (50, 900, 1, "only 0 promoted pairs can be read"),
    ],
)
def test_why_nothing_is_read(n_drop: int, n_reference: int, answers: int, why: str) -> None:
    found = draw_answers(exchanges(n_drop, 1), exchanges(n_reference, 2, answers=answers), KNOWN, 200, seed=0)
    assert isinstance(found, str)
    assert found.startswith(why) or why in found


def scored(
    share: float,
    seed: int,
    n: int = 200,
    m: int = 200,
    effect: float = 3.0,
    yes_effect: float = 0.0,
    code_effect: float | None = None,
) -> AnswersMeasured:
    """Return what is measured on `n` records of a drop; a question tells `effect` sd about its answer.

    In every other record it is `code_effect` sd, where that is given.
    """
    rng = np.random.default_rng(seed)
    n_hit = rng.binomial(n, share)
    sample = AnswerSample(
        drop_ids=[f"id{i}" for i in range(n)],
        drop=[(f"d{i}", "a") for i in range(n)],
        reference=[(f"r{i}", "a") for i in range(m)],
        swapped=[(f"s{i}", "b") for i in range(m)],
        drop_strata=[("web" if i % 2 else "code", "en") for i in range(n)],
        strata=[("web" if i % 2 else "code", "en") for i in range(m)],
    )
    hit = np.concatenate([np.arange(n) < n_hit, np.zeros(m, bool), np.ones(m, bool)])
    is_code = np.array([s[0] == "code" for s in [*sample.drop_strata, *sample.strata, *sample.strata]])
    effects = np.where(is_code, effect if code_effect is None else code_effect, effect)
    root = rng.normal(5.0, 1.0, len(hit)) - effects * hit + 4.0 * is_code
    told = np.sign(root) * root**2
    yes = rng.normal(0.0, 1.0, 2 * len(hit))
    yes[: len(hit)] -= yes_effect * hit
    alone = rng.normal(400, 100, len(hit))
    return measure_answers(sample, np.concatenate([alone - told, alone]), yes)


@pytest.mark.parametrize("effect", [2.5, 4.0])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 1.0])
def test_the_share_is_found_within_its_error(share: float, effect: float) -> None:
    found = [scored(share, seed, effect=effect).measurement for seed in range(40)]
    values = np.array([m.value for m in found if m is not None])
    errors = np.array([m.standard_error for m in found if m is not None])
    assert len(values) == 40
    assert abs(values.mean() - share) < 0.03
    assert 0.5 < errors.mean() / values.std() < 2.0
    assert (np.abs(values - share) < 5 * errors).all()


def test_a_stratum_that_tells_little_adds_little_noise() -> None:
    found = [scored(0.0, seed, effect=6.0, code_effect=1.2).measurement for seed in range(20)]
    values = np.array([m.value for m in found if m is not None])
    errors = np.array([m.standard_error for m in found if m is not None])
    assert len(values) == 20
    assert abs(values.mean()) < 0.02
    assert errors.max() < 0.045
    assert values.std() < 0.045


def test_yes_or_no_is_used_where_it_is_what_tells() -> None:
    found = [scored(0.4, seed, effect=0.0, yes_effect=4.0).measurement for seed in range(5)]
    assert all(m is not None and abs(m.value - 0.4) < 4 * m.standard_error for m in found)


@pytest.mark.parametrize("effect", [0.0, 0.8])
def test_a_model_that_cannot_tell_switches_the_rule_off(effect: float) -> None:
    found = scored(0.4, 0, effect=effect)
    assert found.measurement is None
    assert "tells too little: name a larger one" in found.off
    assert found.flagged_true is not None
    assert found.flagged_swapped is not None
    assert found.flagged_swapped - found.flagged_true < 0.5


def test_a_clean_drop_passes_and_a_shuffled_one_is_held_with_its_records_named() -> None:
    own, losses = rows(450, seed=22).measured()
    promoted, theirs = rows(900, seed=21).measured()
    for share, holds in ((0.0, False), (0.4, True)):
        answers = scored(share, 1, effect=4.0)
        assert answers.mismatched is not None
        # The ids of the sample stand for the first records of the drop.
        renamed = {own.ids[int(key[2:])]: value for key, value in answers.mismatched.items()}
        values = values_of(own, promoted, losses, theirs)
        pair = Compared.beside(own, promoted, values, LawSettings(), replace(answers, mismatched=renamed))
        measured = measure_drop(pair, 0)
        verdict = judge(
            measured.measurements, measured.off | first_version().off, PolicySettings(), first=False
        )
        assert ("mismatched_answers" in verdict.codes) is holds
        found = find_suspects(pair)
        pointed = found.filter(rule="mismatched_answers")
        assert set(pointed["id"]) == set(renamed)
        planted = set(own.ids[: np.random.default_rng(1).binomial(200, share)])
        assert len(set(pointed["id"]) & planted) >= 0.9 * len(planted)
        assert len(set(pointed["id"]) - planted) <= 20
        assert pointed["score"].is_sorted(descending=True)


def test_off_without_a_model_and_with_an_unread_drop() -> None:
    own, losses = rows(450, seed=22).measured()
    promoted, theirs = rows(900, seed=21).measured()
    values = values_of(own, promoted, losses, theirs)
    found = measure_drop(Compared.beside(own, promoted, values, LawSettings()), 0)
    assert found.off["mismatched_answers"] == "no model is named in settings (`answers.model`)"
    off = replace(AnswersMeasured(), off="the drop has no questions")
    found = measure_drop(Compared.beside(own, promoted, values, LawSettings(), off), 0)
    assert found.off["mismatched_answers"] == "the drop has no questions"
