"""Every setting is read, typed, bounded and in the digest; nothing in the file is ignored."""

import dataclasses
import json
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st
from upath import UPath

from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import Settings, load_settings, parse
from entropy_assets.settings.damage import FAMILY_NAMES


def load(folder: Path, text: str | bytes) -> Settings:
    path = UPath(folder) / "entropy.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_settings(path)


def refused(folder: Path, text: str | bytes) -> str:
    with pytest.raises(InvalidParameter) as caught:
        load(folder, text)
    message = str(caught.value)
    assert message.startswith(f"{UPath(folder) / 'entropy.toml'}")
    return message


def another(name: str, value: Any, hint: Any) -> Any:
    """Return a valid value of a setting that is not `value`."""
    if name == "without_families":
        return FAMILY_NAMES[:1]
    if name == "address":
        return "10.0.0.5:6379"
    if get_origin(hint) is Literal:
        return next(choice for choice in get_args(hint) if choice != value)
    if hint is str:
        return f"{value} again" if value else "DE"
    if hint is bool:
        return not value
    if get_origin(hint) is dict:
        return {"web": 0.5 if get_args(hint)[1] is float else "MIT"}
    if get_origin(hint) is tuple:
        return ("case",) if name == "fold" else ("MIT",)
    return (value * 0.9 or 0.5) if hint is float else value + 1


def leaves(stage: Any, table: str = "") -> list[tuple[str, str, Any]]:
    """Return (table, name, another valid value) of every setting, found by looking at the classes."""
    found = []
    hints = get_type_hints(type(stage))
    for item in dataclasses.fields(stage):
        value = getattr(stage, item.name)
        if dataclasses.is_dataclass(value):
            found += leaves(value, f"{table}.{item.name}".lstrip("."))
        else:
            found.append((table, item.name, another(item.name, value, hints[item.name])))
    return found


LEAVES = leaves(Settings())
NAMES = [f"{table}.{name}".lstrip(".") for table, name, _ in LEAVES]


NEEDED: dict[str, dict[str, Any]] = {
    "budget_tokens": {"tokenizer": "words.json"},
    "hashes": {"bands": 1},
    "bands": {"hashes": 105},
    "exams": {"evaluation_sets": {"MIT": "quiz.jsonl"}},
    "max_cost": {"price_in": 0.5},
    "untouched": {"given": {"MIT": 0.5}},
}
"""Setting -> others that it cannot be without."""


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + " }"
    return json.dumps(value)


def changed(table: str, name: str, value: Any, stage: Any = None) -> Any:
    stage = stage or Settings()
    if not table:
        return dataclasses.replace(stage, **{name: value}, **NEEDED.get(name, {}))
    first, _, rest = table.partition(".")
    return dataclasses.replace(stage, **{first: changed(rest, name, value, getattr(stage, first))})


@pytest.mark.parametrize(("table", "name", "value"), LEAVES, ids=NAMES)
def test_each_setting_is_read_from_the_file(tmp_path: Path, table: str, name: str, value: Any) -> None:
    header = f"[{table}]\n" if table else ""
    values = {name: value, **NEEDED.get(name, {})}
    settings = load(tmp_path, header + "".join(f"{key} = {toml(item)}\n" for key, item in values.items()))
    assert settings == changed(table, name, value)
    assert settings != Settings()


@pytest.mark.parametrize(("table", "name", "value"), LEAVES, ids=NAMES)
def test_digest_ignores_what_no_result_depends_on(table: str, name: str, value: Any) -> None:
    ignored = table in ("execution", "policy") or name in ("workers", "max_quarantine_share", "memory_bytes")
    assert (changed(table, name, value).digest == Settings().digest) == ignored


def test_no_file_means_defaults(tmp_path: Path) -> None:
    assert load_settings(UPath(tmp_path) / "entropy.toml") == Settings()
    assert load(tmp_path, "") == Settings()


def test_what_is_not_named_keeps_its_default(tmp_path: Path) -> None:
    settings = load(tmp_path, "[selection]\nn_picks = 7\n[probe]\ndepth = 2\n")
    assert settings.selection == dataclasses.replace(Settings().selection, n_picks=7)
    assert settings.probe == dataclasses.replace(Settings().probe, depth=2)
    assert settings.policy == Settings().policy


def test_a_file_in_another_store(tmp_path: Path) -> None:
    path = UPath(f"memory://settings{tmp_path}/entropy.toml")
    assert load_settings(path) == Settings()
    path.write_text("seed = 3\n")
    assert load_settings(path).seed == 3


@pytest.mark.parametrize(
    ("text", "unknown", "nearest"),
    [
        ("sead = 1", "sead", "seed"),
        ("[polcy]\nconfidence = 3.0", "polcy", "policy"),
        ("[policy]\nmax_ratio_rize = 0.2", "policy.max_ratio_rize", "max_ratio_rise"),
        ("[selection]\nk_picks = 5", "selection.k_picks", "n_picks"),
    ],
)
def test_unknown_keys_are_refused(tmp_path: Path, text: str, unknown: str, nearest: str) -> None:
    assert f"setting `{unknown}` is unknown: did you mean `{nearest}`? known are " in refused(tmp_path, text)


@pytest.mark.parametrize("text", ["skip_gate = true", "[policy]\nenabled = false", "[law]\nskip = true"])
def test_there_is_no_switch_to_skip_the_gate(tmp_path: Path, text: str) -> None:
    assert "is unknown: did you mean `" in refused(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("seed = true", "`seed` must be of type int, got True"),
        ("seed = 1.0", "`seed` must be of type int, got 1.0"),
        ('workers = "4"', "`workers` must be of type int, got '4'"),
        ("pool = 3", "`pool` must be a table, got 3"),
        ("[[pool]]\noverlap_words = 13", "`pool` must be a table, got ["),
        ("[probe]\ndepth = 2.0", "`probe.depth` must be of type int, got 2.0"),
        ("[policy.max_drift]\nenabled = false", "`policy.max_drift` must be of type float, got {"),
        ("[policy]\nmax_drift = true", "`policy.max_drift` must be of type float, got True"),
        (f"[policy]\nmax_drift = {10**400}", "`policy.max_drift` must be of type float, got 1000"),
        ("[policy]\nanchor = 7", "`policy.anchor` must be of type str, got 7"),
        (
            "[selection]\nselector = [1979-05-27]",
            "`selection.selector` must be one of zip, zip_paper, random, length, all, info",
        ),
        ('[probe]\ndevice = "tpu"', "`probe.device` must be one of auto, cpu, cuda, got 'tpu'"),
        ('[policy]\npromotion = ["auto"]', "`policy.promotion` must be one of auto, manual, got ['auto']"),
        ('[policy]\nbootstrap = "hold"', "`policy.bootstrap` must be one of promote, manual, got 'hold'"),
    ],
)
def test_wrong_types_are_refused(tmp_path: Path, text: str, sentence: str) -> None:
    assert sentence in refused(tmp_path, text)


@pytest.mark.parametrize(
    ("table", "inside", "outside"),
    [
        ("", "workers = 0", "workers = -1"),
        ("ingest", "shard_rows = 1", "shard_rows = 0"),
        ("ingest", "max_row_bytes = 1024", "max_row_bytes = 1023"),
        ("ingest", "max_depth = 2", "max_depth = 1"),
        ("ingest", "max_depth = 200", "max_depth = 201"),
        ("ingest", "max_unpack_ratio = 1.01", "max_unpack_ratio = 1"),
        ("ingest", "max_unpack_ratio = 1000", "max_unpack_ratio = inf"),
        ("ingest", "max_unpacked_bytes = 1", "max_unpacked_bytes = 0"),
        ("ingest", "max_files = 1", "max_files = 0"),
        ("ingest", "max_quarantine_share = 0", "max_quarantine_share = -0.01"),
        ("ingest", "max_quarantine_share = 1", "max_quarantine_share = nan"),
        ("pool", "validation_share = 0.5", "validation_share = 0.51"),
        ("pool", "validation_share = 0", "validation_share = -0.01"),
        ("pool", "overlap_words = 2", "overlap_words = 1"),
        ("selection", "budget_share = 1", "budget_share = 1.01"),
        ("selection", "budget_share = 0.01", "budget_share = 0"),
        ("selection", "budget_bytes = 0", "budget_bytes = -1"),
        ("selection", "budget_records = 5", "budget_records = -5"),
        ("selection", "budget_records = 5", "budget_records = 5\nbudget_bytes = 5"),
        ("selection", "n_shortlist = 10000", "n_shortlist = 10001"),
        ("selection", "n_picks = 200", "n_picks = 201"),
        ("selection", "n_picks = 1", "n_picks = 0"),
        ("probe", "depth = 1", "depth = 0"),
        ("probe", "depth = 16", "depth = 17"),
        ("probe", "budget_bytes = 4096", "budget_bytes = 4095"),
        ("probe", "checkpoint_bytes = 4096", "checkpoint_bytes = 4095"),
        ("probe", "heldout_bytes = 4096", "heldout_bytes = 4095"),
        ("probe", "n_samples = 2", "n_samples = 1"),
        ("screening", 'evaluation_sets = { quiz = "q" }\nexams = ["quiz"]', "exams = ['quiz']"),
        ("law", "n_points = 20", "n_points = 19"),
        ("law", "sample_bytes = 4096", "sample_bytes = 4095"),
        ("law", "n_samples = 3", "n_samples = 2"),
        ("law", "known_records = 20", "known_records = 19"),
        ("policy", "confidence = 1", "confidence = 0.49"),
        ("policy", "confidence = 6", "confidence = 6.01"),
        ("policy", "confidence = 3", "confidence = nan"),
    ],
)
def test_ranges_end_where_they_say(tmp_path: Path, table: str, inside: str, outside: str) -> None:
    header = f"[{table}]\n" if table else ""
    load(tmp_path, header + inside)
    message = refused(tmp_path, header + outside)
    name, value = outside.split("\n")[-1].split(" = ")
    assert name in message
    assert value in message
    assert "change it in entropy.toml" in message


@pytest.mark.parametrize(
    "name", [name for table, name, _ in LEAVES if table == "policy" and name.startswith("max_")]
)
@pytest.mark.parametrize("value", ["0", "-0.1", "nan", "inf", "-inf"])
def test_no_limit_of_the_policy_can_be_switched_off(tmp_path: Path, name: str, value: str) -> None:
    message = refused(tmp_path, f"[policy]\n{name} = {value}\n")
    assert f"`policy.{name}` must be a finite number above 0, got {float(value)}" in message


@pytest.mark.parametrize(
    "text", ["seed = ", "seed: 1", "[pool", "seed = 1\nseed = 2", b"seed = '\xff'", "\x00"]
)
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, text: str | bytes) -> None:
    assert "is not TOML: " in refused(tmp_path, text)


toml_values = st.recursive(
    st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
tables = st.dictionaries(
    st.sampled_from(sorted({table or name for table, name, _ in LEAVES})) | st.text(max_size=5),
    st.dictionaries(st.sampled_from([name for _, name, _ in LEAVES]), toml_values, max_size=2) | toml_values,
    max_size=3,
)


@given(tables)
def test_any_table_gives_settings_or_one_error(table: dict[str, Any]) -> None:
    try:
        settings = parse(Settings, table)
    except InvalidParameter:
        return
    stored = json.loads(json.dumps(dataclasses.asdict(settings)))  # tuples as the lists that they were
    for key, value in table.items():
        assert stored[key] == ({**stored[key], **value} if isinstance(value, dict) else value)
