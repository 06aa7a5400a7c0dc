"""What a person reads of a verdict: one table for run page, asset page and command line."""

from dataclasses import asdict

import polars as pl
import pytest

from entropy_assets.candidate.suspects import shown_of
from entropy_assets.candidate.told import TOLD_SCHEMA, measured_told, told_rows
from entropy_assets.curation.entropy_law import SUSPECTS_SCHEMA, Reason

BLOBS = Reason("blobs", "drop", 0.4, 0.02, 0.04, "share of records", "no text", "remove it", "blobs")
LANGUAGES = Reason(
    *("language_shift", "drop", 0.3, 0.0, 0.08, "total variation", "another mix", "check it"),
    rule="language_shift",
    stands_for="ask",
)
NEW_WORDS = Reason(
    *("unknown_words", "drop", 0.5, 0.1, 0.22, "sd", "new words", "look at them"),
    rule="unknown_words",
    stands_for="note",
    n_suspects=9,
)


def rows(*reasons: Reason, drop: str = "monday", set_aside: tuple[str, ...] = ()) -> list[dict[str, str]]:
    return told_rows("docs", drop, [asdict(reason) for reason in reasons], set_aside)


def test_a_hold_tells_where_what_how_much_and_the_whole_command() -> None:
    first, last = rows(Reason(**{**asdict(BLOBS), "n_suspects": 40}))
    assert first == {
        "drop": "monday",
        "verdict": "held",
        "where": "drop",
        "rule": "blobs: no text",
        "measured": "0.4 ± 0.02 share of the drop's records",
        "allowed": "0.04",
        "example": "-",
        "do": "remove it; or set the suspects aside",
        "command": "entropy-assets drop split monday --rules blobs --dataset docs",
    }
    assert last["where"] == "all of it"
    assert last["command"] == (
        "entropy-assets drop release monday --rules blobs --who NAME --why REASON --dataset docs"
    )
    assert {*first} == {*last} == {*TOLD_SCHEMA}


def test_one_command_sets_aside_what_all_rules_point_at() -> None:
    copies = Reason(**{**asdict(LANGUAGES), "code": "copies", "rule": "copies", "n_suspects": 3})
    told = rows(Reason(**{**asdict(BLOBS), "n_suspects": 40}), copies, NEW_WORDS)
    split = "entropy-assets drop split monday --rules blobs,copies --dataset docs"
    assert [row["command"] for row in told if " split " in row["command"]] == [split, split]


def test_an_example_stands_beside_its_rule() -> None:
    told = told_rows("docs", "monday", [asdict(BLOBS)], examples={"blobs": "7 of web: @@@", "copies": "8"})
    assert [row["example"] for row in told] == ["7 of web: @@@", "-"]


def test_the_example_looks_like_the_most_frequent_kind() -> None:
    kinds = ["cut text", "wrong characters", "wrong characters"]
    found = pl.DataFrame(
        [
            {"rule": "damage", "row_id": str(n), "source": "web", "excerpt": "text", "compared_with": kind}
            for n, kind in enumerate(kinds)
        ],
        schema=SUSPECTS_SCHEMA,
    )
    assert shown_of(found) == {"damage": "1 of web (wrong characters): text"}
    assert shown_of(found[:1]) == {"damage": "0 of web (cut text): text"}


def test_what_is_held_as_damage_is_not_asked_about_again() -> None:
    damage, doubtful = (
        Reason(code, "drop", 0.3, 0.0, 0.08, "share of records", "looks damaged", "look", code, stands_for)
        for code, stands_for in (("damage", "hold"), ("doubtful", "ask"))
    )
    told = rows(damage, doubtful)
    assert [row["rule"].partition(":")[0] for row in told] == ["damage", "-"]
    assert "--rules damage,doubtful" in told[-1]["command"]
    novel = Reason(**{**asdict(doubtful), "scope": "novel"})
    assert [row["verdict"] for row in rows(damage, novel)] == ["held", "asked", "held"]


def scoped(scope: str, measured: float) -> Reason:
    return Reason(
        *("damage", scope, measured, 0.01, 0.05, "share of records", "look damaged", "look"),
        rule="damage",
        n_suspects=9,
    )


def test_what_a_rule_says_of_many_sources_is_one_row() -> None:
    sources = [scoped(f"source {name}", 0.1 + n / 100) for n, name in enumerate("abcdef")]
    first, *others = rows(*sources, scoped("drop", 0.2), BLOBS)
    assert first["where"] == "drop; also f 0.15, e 0.14, d 0.13 and 3 more"
    assert first["measured"].startswith("0.2 ")
    assert [row["where"] for row in others] == ["drop", "all of it"]
    alone, _ = rows(*sources[:2])
    assert (alone["where"], alone["measured"][:4]) == ("source b; also a 0.1", "0.11")


def test_a_question_tells_how_to_answer_it_either_way() -> None:
    told, yes, no = rows(LANGUAGES)
    assert (told["verdict"], told["command"]) == ("asked", "")
    assert yes["command"].startswith("entropy-assets drop release monday --rules language_shift --who")
    assert no["command"] == "entropy-assets drop discard monday --who NAME --why REASON --dataset docs"


def test_the_worst_comes_first_and_one_release_names_all_that_stands() -> None:
    told = rows(NEW_WORDS, LANGUAGES, BLOBS, set_aside=("copies",))
    assert [row["verdict"] for row in told] == ["held", "asked", "noted", "held"]
    assert "--rules blobs,copies,language_shift --who" in told[-1]["command"]
    assert not any("discard" in row["command"] for row in told), "what is held waits for nobody"


def test_a_note_asks_for_nothing() -> None:
    (told,) = rows(NEW_WORDS)
    assert (told["verdict"], told["command"]) == ("noted", "")


@pytest.mark.parametrize("code", ["integrity", "bad_input"])
def test_what_nobody_can_set_aside_has_no_release(code: str) -> None:
    (told,) = rows(Reason(code, "report", None, None, None, "", "damaged", "mend it"))
    assert (told["measured"], told["allowed"], told["command"]) == ("-", "-", "")


def test_a_candidate_that_brings_no_drop_has_nothing_to_release() -> None:
    assert len(rows(LANGUAGES, drop="@refresh-2026-01-01")) == 1


def test_a_reason_of_an_older_release_holds() -> None:
    old = {name: value for name, value in asdict(BLOBS).items() if name not in ("stands_for", "n_suspects")}
    assert [row["verdict"] for row in told_rows("docs", "monday", [old])] == ["held", "held"]


def test_a_value_without_noise() -> None:
    assert measured_told({"measured": 5.0, "standard_error": None, "unit": "runs"}) == "5 runs"
