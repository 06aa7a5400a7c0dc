"""Good drops, damaged drops and the plan: what they promise, and that development and test share nothing."""

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.gate_power.bars import PLANTED_SHARE
from benchmarks.gate_power.cases import Case, rows_of
from benchmarks.gate_power.forms import corrected_text, delivered, in_markdown
from benchmarks.gate_power.listing import sources_of
from benchmarks.gate_power.mechanisms import DEVELOPMENT, TEST, mechanisms
from benchmarks.gate_power.natural import LEAST, NEW, classes
from benchmarks.gate_power.planning import LARGE, SHARES, plan
from benchmarks.gate_power.sources import Data
from benchmarks.gate_power.topics import topics
from benchmarks.gate_power.worlds import TINY, cut, new_rows, shares_of, world_named, worlds
from entropy_assets.errors import InvalidParameter

FROM_POOL = ("corrected",)
OF_DOCUMENTATION = ("next_version", "section_left_out", "kindred")


@pytest.fixture(scope="module")
def data(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Data:
    return Data(shared, tmp_path_factory.mktemp("gate"))


@pytest.mark.parametrize("name", [name for name in classes(DEVELOPMENT) if name not in OF_DOCUMENTATION])
def test_a_class_gives_enough_rows_that_the_pool_lacks(name: str, data: Data) -> None:
    case = Case(DEVELOPMENT, TINY, 60, 1, name)
    rows, planted = rows_of(case, data)
    assert LEAST <= len(rows) <= 60
    assert not planted
    assert len({row["id"] for row in rows}) == len(rows)
    assert (rows, set()) == rows_of(Case(DEVELOPMENT, TINY, 60, 1, name), data)
    pool = {row["id"] for row in cut(case.of_world, data).pool}
    shared_ids = {row["id"] for row in rows} & pool
    assert len(shared_ids) == (len(rows) if name in FROM_POOL else 0)
    known = {row["source"] for row in rows} <= set(case.of_world.sources)
    assert known == (name not in NEW)
    assert all(delivered(row)["id"] == row["id"] for row in rows)


def test_one_subject_is_one_topic_and_the_pool_has_it(data: Data) -> None:
    rows, _ = rows_of(Case(DEVELOPMENT, TINY, 60, 0, "one_subject"), data)
    (source,) = {row["source"] for row in rows}
    world = world_named(DEVELOPMENT, TINY)
    labels = topics(data, DEVELOPMENT, source, new_rows(world, data, source))
    (topic,) = {labels[row["id"]] for row in rows}
    assert topic in {labels[row["id"]] for row in cut(world, data).pool if row["source"] == source}


def test_a_section_left_out_is_nowhere_else(data: Data) -> None:
    made = cut(world_named(DEVELOPMENT, TINY), data)
    elsewhere = {row["id"] for row in made.pool} | {row["id"] for rows in made.rest.values() for row in rows}
    rows, _ = rows_of(Case(DEVELOPMENT, TINY, 60, 0, "section_left_out"), data)
    assert len(rows) >= LEAST
    assert not {row["id"] for row in rows} & elsewhere


def test_lengths_and_forms_are_what_they_are_called(data: Data) -> None:
    drop = {name: rows_of(Case(DEVELOPMENT, TINY, 60, 1, name), data)[0] for name in classes(DEVELOPMENT)
            if name not in OF_DOCUMENTATION}  # fmt: skip
    mean = {name: sum(len(row["output"]) for row in rows) / len(rows) for name, rows in drop.items()}
    assert mean["shortest"] < mean["longest"] / 2
    assert {delivered(row)["messages"][0]["role"] for row in drop["system_prompt"]} == {"system"}
    assert min(len(delivered(row)["messages"]) for row in drop["multi_turn"]) >= 4
    assert all(row["output"].startswith("## ") for row in drop["markdown"])


def test_a_correction_changes_spacing_and_nothing_of_a_clean_text() -> None:
    assert corrected_text("def f():\n    return  1") == "def f():\n    return 1"
    assert corrected_text("It ends here.") == "It ends here."
    assert corrected_text("木漏れ日。") == "木漏れ日。"
    assert in_markdown("def f():\n    return 1").count("```") == 2


@pytest.mark.parametrize("where", ["spread", "new name", "one source"])
def test_damage_is_where_and_as_much_as_it_is_said_to_be(where: str, data: Data) -> None:
    case = Case(DEVELOPMENT, TINY, 200, 0, mechanism="lower_cased", family="case", share=0.2, where=where)
    rows, planted = rows_of(case, data)
    by_source = Counter(row["source"] for row in rows if row["id"] in planted)
    assert len(planted) == (20 if where == "one source" else 40)
    if where == "one source":
        assert len(by_source) == 1
        assert by_source.total() == sum(row["source"] in by_source for row in rows)
        assert len({row["source"] for row in rows}) == 3
    assert ("delivery_2026_b" in by_source) == (where == "new name")
    assert all(row["output"] == row["output"].lower() for row in rows if row["id"] in planted)
    if where == "spread":
        clean, _ = rows_of(Case(DEVELOPMENT, TINY, 200), data)
        assert sum(new != old for new, old in zip(rows, clean, strict=True)) == 40


def test_twins_hold_the_same_texts_and_halves_make_up_the_whole(data: Data) -> None:
    case = Case(DEVELOPMENT, TINY, 100, 0, mechanism="upper_cased", family="case", share=0.2)
    whole, planted = rows_of(case, data)
    for twin in ("renamed", "reordered"):
        rows, same = rows_of(replace(case, twin=twin), data)
        assert sorted(row["output"] for row in rows) == sorted(row["output"] for row in whole)
        assert len(same) == len(planted)
        assert [row["id"] for row in rows] != [row["id"] for row in whole]
    halves = [rows_of(replace(case, twin=f"half {n}"), data) for n in (1, 2)]
    assert sorted(row["id"] for rows, _ in halves for row in rows) == sorted(row["id"] for row in whole)
    assert halves[0][1] | halves[1][1] == planted


@pytest.mark.parametrize("split", [DEVELOPMENT, TEST])
def test_the_plan_is_the_same_each_time_and_holds_what_the_bars_need(split: str, tmp_path: Path) -> None:
    cases = plan(split, Data(tmp_path, tmp_path, older=tmp_path))
    assert cases == plan(split, Data(tmp_path, tmp_path, older=tmp_path))
    assert len({case.name for case in cases}) == len(cases)
    alone = [case for case in cases if not case.twin]
    mixed = [case for case in alone if case.of_world.form == "mixed"]
    natural = Counter(case.natural_class for case in mixed if not case.mechanism)
    bad = Counter(case.mechanism for case in alone if case.mechanism)
    assert natural.keys() == classes(split).keys()
    assert min(natural.values()) >= (30 if split == TEST else 16)
    assert natural["random"] >= (300 if split == TEST else 80)
    assert bad.keys() >= mechanisms(split).keys()
    assert bad.total() >= 400
    for kind in mechanisms(split):
        own = {case.share for case in mixed if case.mechanism == kind and case.size == LARGE}
        assert own >= set(SHARES)
    forms = Counter((case.of_world.form, bool(case.mechanism)) for case in alone)
    assert all(forms[world.form, bad] >= 20 for world in worlds(split).values() for bad in (True, False))
    assert sum(world.form == "mixed" for world in worlds(split).values()) >= (4 if split == TEST else 2)
    assert len(worlds(split)) >= 8
    assert sum(case.where == "new name" for case in alone) >= 30
    assert sum(case.where == "one source" for case in alone) >= 30


def test_development_and_test_share_no_source_and_no_kind() -> None:
    assert not set(sources_of(DEVELOPMENT)) & set(sources_of(TEST))
    assert len(classes(TEST).keys() - classes(DEVELOPMENT).keys()) >= 2
    kept_back = mechanisms(TEST).keys()
    assert not {case.mechanism for case in plan(DEVELOPMENT)} & kept_back
    assert not {case.natural_class for case in plan(DEVELOPMENT)} - classes(DEVELOPMENT).keys()


def test_what_is_kept_back_is_not_even_loaded_for_development() -> None:
    code = (
        "import sys; from benchmarks.gate_power.planning import plan; plan('development');"
        "import benchmarks.gate_power.table; print([name for name in sys.modules if 'kept_back' in name])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_a_mechanism_that_fits_too_few_rows_damages_those_and_no_more(data: Data) -> None:
    case = Case(DEVELOPMENT, TINY, 200, 0, mechanism="unicode_escaped", family="escapes", share=1.0)
    rows, planted = rows_of(replace(case, where="new name"), data)
    assert len(planted) >= PLANTED_SHARE * len(rows)


def test_shares_of_sources_add_up_and_stay_within_their_rows() -> None:
    assert shares_of({"a": 400, "b": 4}, 100) == {"a": 96, "b": 4}
    assert shares_of({"a": 3, "b": 4}, 100) == {"a": 3, "b": 4}


def test_a_class_that_a_world_has_no_rows_for_says_so(data: Data) -> None:
    with pytest.raises(InvalidParameter, match="no section"):
        rows_of(Case(DEVELOPMENT, "dev-preference", 60, 0, "section_left_out"), data)
