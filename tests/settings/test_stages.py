"""Settings do not change, can be hashed and sent to workers, and hold only values that are allowed."""

import copy
import dataclasses
import math
import pickle
import subprocess
import sys
from typing import Any

import pytest

from entropy_assets.curation.damage import FAMILIES
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import (
    DedupSettings,
    PolicySettings,
    ScreeningSettings,
    SelectionSettings,
    Settings,
    WrongSettings,
    parse,
)
from entropy_assets.settings.checking import check
from entropy_assets.settings.damage import FAMILY_NAMES, DamageSettings
from entropy_assets.settings.declared import Key, declared, default_of, is_stage
from entropy_assets.settings.scorers import SCORERS, Nothing
from entropy_assets.settings.selectors import SELECTORS, ZipKeys
from entropy_assets.settings.stage import Stage


def stages_in(stage: type[Stage]) -> list[type[Stage]]:
    within = [hint for hint, _ in declared(stage).values() if is_stage(hint)]
    return [stage, *(one for hint in within for one in stages_in(hint))]


STAGES = stages_in(Settings)


def test_each_table_is_a_stage_of_that_name() -> None:
    for stage in STAGES:
        for name, (hint, key) in declared(stage).items():
            assert (key is None) == is_stage(hint)
            assert not is_stage(hint) or f"{stage.TABLE}.{name}".lstrip(".") == hint.TABLE
    assert len([stage for stage in STAGES if "." not in stage.TABLE]) == 14
    assert {scorer.params for scorer in SCORERS.values()} <= {*STAGES, Nothing}
    assert {selector.params for selector in SELECTORS.values()} <= {*STAGES, Nothing, ZipKeys}


@pytest.mark.parametrize("stage", STAGES)
def test_each_key_says_what_it_means_and_its_default_is_allowed(stage: type[Stage]) -> None:
    values = {}
    for item in dataclasses.fields(stage):
        _, key = declared(stage)[item.name]
        if key is not None:
            assert key.text[0].isupper() or key.text[0] == "`"
            assert key.text.endswith(".")
            values[item.name] = default_of(item)
    assert check(stage, values) == values


def test_settings_are_equal_hashed_and_sent_as_values() -> None:
    table: dict[str, Any] = {"screening": {"licences": {"b": "MIT", "a": "CC0-1.0"}}, "workers": 2}
    one, two = parse(Settings, table), parse(Settings, table)
    assert one == two
    assert hash(one) == hash(two)
    assert len({one, two, Settings()}) == 2
    for twin in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one), dataclasses.replace(one)):
        assert (twin, twin.digest, hash(twin)) == (one, one.digest, hash(one))
    table["screening"]["licences"]["b"] = "other"
    assert one.screening.licences == {"b": "MIT", "a": "CC0-1.0"}


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s.licences.update(web="MIT"),
        lambda s: s.licences.__setitem__("web", "MIT"),
        lambda s: s.licences.pop("web", None),
        lambda s: s.licences.clear(),
        lambda s: s.licences.__ior__({"web": "MIT"}),
        lambda s: setattr(s, "emails", "remove"),
    ],
)
def test_settings_do_not_change(change: Any) -> None:
    settings = ScreeningSettings(licences={"web": "CC0-1.0"})
    with pytest.raises((TypeError, dataclasses.FrozenInstanceError)):
        change(settings)
    assert settings == ScreeningSettings(licences={"web": "CC0-1.0"})


@pytest.mark.parametrize(
    ("stage", "values"),
    [
        (PolicySettings, {"max_blobs": math.nan}),
        (PolicySettings, {"max_blobs": "0.1"}),
        (PolicySettings, {"max_source_loss": 1.5}),
        (PolicySettings, {"promotion": "always"}),
        (PolicySettings, {"allowed_licences": "MIT"}),
        (PolicySettings, {"source_losses": {"web": True}}),
        (SelectionSettings, {"budget_bytes": True}),
        (SelectionSettings, {"budget_bytes": 5.0}),
        (DedupSettings, {"near": 1}),
        (Settings, {"pool": {"overlap_words": 5}}),
        (Settings, {"policy": ScreeningSettings()}),
    ],
)
def test_a_class_made_in_code_is_checked_like_a_file(stage: type[Stage], values: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameter, match=next(iter(values))):
        stage(**values)


def test_a_whole_number_for_a_fraction_is_the_fraction() -> None:
    assert type(PolicySettings(max_blobs=1).max_blobs) is float
    in_code = dataclasses.replace(Settings(), selection=SelectionSettings(budget_share=1))
    assert in_code.digest == parse(Settings, {"selection": {"budget_share": 1.0}}).digest


def test_a_refusal_can_be_sent_from_a_worker() -> None:
    with pytest.raises(WrongSettings) as caught:
        PolicySettings(max_blobs=-1, max_copies=-1)
    twin = pickle.loads(pickle.dumps(caught.value))
    assert (str(twin), twin.faults) == (str(caught.value), caught.value.faults)
    assert "2 settings are wrong" in str(twin)


@pytest.mark.parametrize(
    ("key", "allowed"),
    [
        (Key("x"), ""),
        (Key("x", least=0), "0 or more"),
        (Key("x", "bytes", least=1024), "at least 1,024 bytes"),
        (Key("x", "bytes", least=2**29), "at least 512 MiB"),
        (Key("x", "levels", least=2, most=200), "2 to 200 levels"),
        (Key("x", above=0), "a finite number above 0"),
        (Key("x", "fraction", least=0, most=1), "a fraction from 0 to 1"),
        (Key("x", "fraction", above=0, most=1), "a fraction above 0, at most 1"),
    ],
)
def test_ranges_in_words(key: Key, allowed: str) -> None:
    assert key.allowed == allowed


def test_defaults_cost_no_import_of_pydantic() -> None:
    code = "import sys; from entropy_assets.settings import Settings; Settings(); "
    code += "sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_families_of_damage_are_named_as_the_detector_names_them() -> None:
    assert tuple(FAMILIES) == FAMILY_NAMES
    assert DamageSettings(without_families=FAMILY_NAMES[:2]).without_families == FAMILY_NAMES[:2]
    with pytest.raises(WrongSettings, match=r"without_families.*'cut text'.*nosuch"):
        DamageSettings(without_families=("cut text", "nosuch"))
    with pytest.raises(WrongSettings, match="not all of them"):
        DamageSettings(without_families=FAMILY_NAMES)
