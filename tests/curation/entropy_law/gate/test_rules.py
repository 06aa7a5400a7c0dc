"""One object a rule, and every room follows from it."""

from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from docs.tables import rules_table
from entropy_assets.curation.entropy_law import (
    CANDIDATE_CODES,
    DROP_CODES,
    DROP_RULES,
    POINTERS,
    RULES,
    Rule,
    StandsFor,
    check_overrides,
    worst,
)
from entropy_assets.settings import PolicySettings
from entropy_assets.settings.declared import declared
from entropy_assets.settings.policy import LIMITS_BY_PROBE

ROOT = Path(__file__).resolve().parents[4]
CORRECTED = {"max_superseded_share", "max_unlike_corrections"}
OF_LANGUAGE_MODELS = {name.replace("max_", "max_lm_", 1) for name in LIMITS_BY_PROBE}
ELSEWHERE = {
    "max_source_loss",
    "max_secret_share",
    "max_personal_share",
    *CORRECTED,
    *OF_LANGUAGE_MODELS,
}
"""Limits of dedup, of screening and of corrections, which are counted and judged by no rule object, and those
that stand for others where the probe is a language model."""


def limits_of(rule: Rule) -> list[str]:
    return [name for name in (rule.limit, rule.novel_limit) if name]


def test_codes_and_limits_are_each_given_once() -> None:
    assert list(RULES) == [*DROP_CODES, *CANDIDATE_CODES]
    assert len(RULES) == len(DROP_CODES) + len(CANDIDATE_CODES)
    limits = [name for rule in RULES.values() for name in limits_of(rule)]
    assert len(limits) == len(set(limits))
    declared_limits = {field.name for field in fields(PolicySettings) if field.name.startswith("max_")}
    assert set(limits) | ELSEWHERE == declared_limits


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_a_rule_says_all_that_its_rooms_need(rule: Rule) -> None:
    assert RULES[rule.code] is rule
    assert rule.stands_for in get_args(StandsFor)
    assert all((rule.unit, rule.why, rule.do))
    assert "`" not in rule.why + rule.do, "commands are made by `told`, which knows drop and dataset"
    for name in limits_of(rule):
        assert declared(PolicySettings)[name][1] is not None, (
            "the limit is a key of the policy, with a meaning"
        )
    assert check_overrides([rule.code]) == (rule.code,)
    row = next(line for line in rules_table().splitlines() if line.startswith(f"| `{rule.code}` |"))
    assert all(part in row for part in (rule.stands_for, rule.why, rule.unit, *limits_of(rule)))
    assert row in (ROOT / "docs" / "gate.md").read_text(encoding="utf-8"), "run `make docs`"


@pytest.mark.parametrize("rule", DROP_RULES, ids=lambda rule: rule.code)
def test_a_rule_on_a_drop_is_measured_and_its_pointer_says_what_the_score_is(rule: Rule) -> None:
    own = next(one for one in DROP_RULES if one is rule)
    assert callable(own.measure)
    assert (own.pointer is None) == (own.score == "") == (own.code not in POINTERS)


def test_pointers_stand_in_the_order_of_the_rules() -> None:
    places = [DROP_CODES.index(code) for code in POINTERS]
    assert all(one < other for one, other in pairwise(places))


def test_the_worst_of_several() -> None:
    assert worst([]) == "promote"
    assert [worst([word]) for word in ("note", "ask", "hold")] == ["promote", "ask", "hold"]
    assert worst(["ask", "note", "hold"]) == "hold"
