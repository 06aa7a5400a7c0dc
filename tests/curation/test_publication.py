"""A published version is whole, loads, and is one: same content, same name, same bytes."""

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from upath import UPath

from entropy_assets import records
from entropy_assets.curation.publication import (
    Promotion,
    Rows,
    publish,
    record_hold,
    repair_current,
    verify_version,
    version,
)
from entropy_assets.curation.publication.card import size_category
from entropy_assets.curation.publication.proof import verify_dataset
from entropy_assets.errors import InvalidInput, StaleProvenance, StorageConflict
from entropy_assets.ledger import Candidate, State, book, drop_candidate
from entropy_assets.shards import Segment, Shards
from entropy_assets.storage import DatasetHome, read_json
from tests.curation.publishing import (
    bring,
    bring_unchanged,
    content_of,
    files_of,
    frame_of,
    home_of,
    ledger_of,
)

ROOT = Path(__file__).resolve().parents[2]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def home(tmp_path: Path) -> DatasetHome:
    """A dataset with a version of two drops."""
    home = home_of(tmp_path)
    bring(home, "first")
    bring(home, "second")
    return home


def current(home: DatasetHome) -> str:
    return str(ledger_of(home).state().version)


def current_line(home: DatasetHome) -> str:
    """Return the first line of CURRENT, as a person reads it."""
    return home.current_path.read_text().splitlines()[0]


def folder_of(home: DatasetHome) -> UPath:
    return home.version(current(home))


def test_a_version_holds_what_its_manifest_and_its_sums_name(home: DatasetHome) -> None:
    files = files_of(folder_of(home))
    manifest = json.loads(files["manifest.json"])
    stems = Counter(re.sub("-[0-9a-f]{16}[.]parquet", "", path) for path in manifest["files"])
    assert stems == {
        "data/train": 2,
        "data/validation": 1,
        "ranking/train": 1,
        "README.md": 1,
        "croissant.json": 1,
    }
    assert set(files) == {*manifest["files"], "manifest.json", "SHA256SUMS"}
    sums = dict(line.split("  ")[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    assert sums == {path: sha256(data) for path, data in files.items() if path != "SHA256SUMS"}
    for path, facts in manifest["files"].items():
        assert facts["sha256"] == sums[path]
        assert facts["bytes"] == len(files[path])
        assert not path.endswith(".parquet") or sums[path][:16] in path


def test_the_manifest_says_where_the_version_comes_from(home: DatasetHome) -> None:
    first, second = (entry.state.version for entry in ledger_of(home).entries())
    manifests = [verify_version(home, str(version)) for version in (first, second)]
    assert [m["version"] for m in manifests] == [first, second]
    assert [m["parent"] for m in manifests] == [None, first]
    assert [m["bootstrap"] for m in manifests] == [True, False]
    assert [m["candidate"] for m in manifests] == ["first", "second"]
    assert [m["drops"] for m in manifests] == [["first"], ["first", "second"]]
    assert manifests[1]["provenance"] == content_of(("first",)).provenance
    assert set(manifests[1]["schema"]) == {*records.SCHEMA}
    assert {"polars", "torch", "zstd", "zlib", "python"} <= set(manifests[1]["software"])


def test_the_card_names_every_file_once(home: DatasetHome) -> None:
    folder = folder_of(home)
    _, front, body = (folder / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    facts: dict[str, Any] = yaml.safe_load(front)
    assert facts["size_categories"] == ["n<1K"]
    assert [config["config_name"] for config in facts["configs"]] == ["default", "ranking"]
    named = [
        (config["config_name"], item["split"], path.relative_to(folder).as_posix())
        for config in facts["configs"]
        for item in config["data_files"]
        for path in folder.glob(item["path"])
    ]
    assert sorted(path for _, _, path in named) == sorted(
        path for path in files_of(folder) if path.endswith(".parquet")
    )
    assert Counter((config, split) for config, split, _ in named) == {
        ("default", "train"): 2,
        ("default", "validation"): 1,
        ("ranking", "train"): 1,
    }
    assert "| train | 10 |" in body
    assert "| validation | 2 |" in body
    assert "| R under zstd, all that was picked | 2.5 | - |" in body
    assert "heldout_bpb" not in body


def test_croissant_names_the_data_files_with_their_digests(home: DatasetHome) -> None:
    files = files_of(folder_of(home))
    value = json.loads(files["croissant.json"])
    assert value["@type"] == "sc:Dataset"
    assert value["version"] == current(home)
    stated = {item["contentUrl"]: item["sha256"] for item in value["distribution"]}
    assert stated == {path: sha256(data) for path, data in files.items() if path.endswith(".parquet")}


def test_the_training_files_load_and_their_ranks_stand_beside_them(home: DatasetHome) -> None:
    folder = folder_of(home)
    train, validation, ranking = (
        pl.scan_parquet(str(folder / pattern)).collect()
        for pattern in ("data/train-*.parquet", "data/validation-*.parquet", "ranking/train-*.parquet")
    )
    expected = pl.concat([frame_of("first"), frame_of("second")])
    assert train.sort("id").equals(expected.sort("id"))
    assert validation.schema == train.schema == records.SCHEMA
    assert validation.height == 2
    assert ranking["rank"].to_list() == list(range(10))
    assert ranking["id"].to_list() == expected["id"].to_list()


def test_a_version_without_validation_has_one_split(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    content = content_of(("first",))
    content = replace(content, validation=Rows.of(frame_of("held-out", 0)))
    publish(home, ledger_of(home), Promotion(drop_candidate("first"), State(), ("first",), content))
    front = yaml.safe_load((folder_of(home) / "README.md").read_text().split("---\n")[1])
    assert [item["split"] for item in front["configs"][0]["data_files"]] == ["train"]
    verify_version(home, current(home))


def test_the_same_content_gives_the_same_name_and_bytes(home: DatasetHome, tmp_path: Path) -> None:
    other = home_of(tmp_path / "other")
    bring(other, "first")
    bring(other, "second")
    assert current(other) == current(home)
    assert files_of(other.root / "versions") == files_of(home.root / "versions")
    assert files_of(other.root / "index") == files_of(home.root / "index")
    assert current(home).startswith("v0002-")


def test_other_content_gives_another_name(tmp_path: Path) -> None:
    names = set()
    for number, drop in enumerate(("first", "other")):
        home = home_of(tmp_path / str(number))
        bring(home, drop)
        names.add(current(home))
    assert len(names) == 2


def test_an_unchanged_result_keeps_the_version_and_is_a_decision(home: DatasetHome) -> None:
    before = files_of(home.root / "versions")
    parent = ledger_of(home).state()
    for key in ("@refresh-2030-01-01", "@refresh-2030-02-01"):
        entry = bring_unchanged(home, key)
        assert entry.state == parent
        assert entry.action == "promote"
    assert files_of(home.root / "versions") == before
    assert len(ledger_of(home).entries()) == 4
    bring(home, "third")
    assert current(home).startswith("v0003-")


def test_the_index_segment_of_each_live_candidate_is_found(home: DatasetHome) -> None:
    segments = ledger_of(home).state().segments
    assert list(segments) == ["first", "second"]
    for key, path in segments.items():
        assert Segment.from_json(read_json(home.root / path)) == content_of((key,)).segment


def test_a_withdrawn_drop_leaves_the_segments_of_the_pool(home: DatasetHome) -> None:
    ledger = ledger_of(home)
    parent = ledger.state()
    shared = Segment(content_of(("first",)).segment.records, Shards(), ("first", "second"))
    mixed = replace(content_of(("first", "second")), segment=shared)
    publish(home, ledger, Promotion(Candidate("@refresh-2030-01-01"), parent, parent.drops, mixed))
    without = Candidate("@without-second-1", remove=("second",))
    unchanged = replace(content_of(("first",)), segment=Segment())
    state = publish(home, ledger, Promotion(without, ledger.state(), ("first",), unchanged)).state
    assert set(state.segments) == {"first", "@refresh-2030-01-01"}
    left = Segment.from_json(read_json(home.root / state.segments["@refresh-2030-01-01"]))
    assert left == replace(shared, drops=("first",))
    assert state.segments["first"] == parent.segments["first"]


def test_a_decided_candidate_is_not_published_again(home: DatasetHome) -> None:
    before = files_of(folder_of(home))
    ledger = ledger_of(home)
    drops = ("first", "second")
    with pytest.raises(StorageConflict, match="'second' is already decided"):
        publish(
            home,
            ledger,
            Promotion(drop_candidate("second"), ledger.state_before("second"), drops, content_of(drops)),
        )
    assert files_of(folder_of(home)) == before
    assert len(ledger.entries()) == 2


def test_a_candidate_of_an_old_parent_is_stale(home: DatasetHome) -> None:
    ledger = ledger_of(home)
    before = files_of(folder_of(home))
    old = ledger.entries()[0].state
    drops = (*old.drops, "third")
    with pytest.raises(StaleProvenance, match="'third' is stale"):
        publish(home, ledger, Promotion(drop_candidate("third"), old, drops, content_of(drops)))
    assert files_of(folder_of(home)) == before
    assert current_line(home) == current(home)


def test_a_training_record_of_a_drop_that_is_not_live_is_refused(home: DatasetHome) -> None:
    before = files_of(home.root)
    ledger = ledger_of(home)
    content = content_of(("first", "second", "third"))
    with pytest.raises(
        StaleProvenance, match=r"come from \['second', 'third'\], but live are only \['first'\]"
    ):
        publish(
            home, ledger, Promotion(Candidate(key="@refresh-2030-01-01"), ledger.state(), ("first",), content)
        )
    assert files_of(home.root) == before


def test_a_hold_is_written_and_changes_nothing(home: DatasetHome) -> None:
    ledger = ledger_of(home)
    state = ledger.state()
    reasons = ({"code": "blobs", "scope": "drop"},)
    entry = record_hold(ledger, drop_candidate("third"), state, reasons, {"pool": "3" * 64})
    assert (entry.action, entry.reasons, entry.state) == ("hold", reasons, state)
    assert ledger.state() == state
    assert ledger.decision("third") == entry
    drops = (*state.drops, "third")
    with pytest.raises(StorageConflict, match="already decided"):
        publish(home, ledger, Promotion(drop_candidate("third"), state, drops, content_of(drops)))
    assert ledger.state() == state


@pytest.mark.parametrize("older", [None, 1])
def test_a_stale_copy_of_the_current_version_is_repaired(home: DatasetHome, older: int | None) -> None:
    whole = home.current_path.read_bytes()
    home.current_path.unlink()
    if older is not None:
        entry = ledger_of(home).entry(older)
        home.current_path.write_text(f"{entry.version}\nentry {older} sha256:{entry.digest}\n")
    assert repair_current(home, ledger_of(home)) == current(home)
    assert home.current_path.read_bytes() == whole


def test_a_hold_moves_the_head_in_current_and_not_the_version(home: DatasetHome) -> None:
    ledger = ledger_of(home)
    entry = record_hold(ledger, drop_candidate("third"), ledger.state(), (), {})
    assert home.current_path.read_text() == f"{current(home)}\nentry 3 sha256:{entry.digest}\n"


@pytest.mark.parametrize("text", ["", "garbage", "v0001-00000000\n"])
def test_a_current_that_contradicts_the_ledger_is_refused(home: DatasetHome, text: str) -> None:
    home.current_path.write_text(text)
    with pytest.raises(InvalidInput, match="CURRENT must hold a version"):
        repair_current(home, ledger_of(home))
    assert home.current_path.read_text() == text


def test_the_manifest_names_the_head_that_it_was_built_on(home: DatasetHome) -> None:
    ledger = ledger_of(home)
    record_hold(ledger, drop_candidate("bad"), ledger.state(), (), {})
    bring(home, "third")
    manifests = [verify_version(home, version) for version in ledger_of(home).versions()]
    digests = [entry.digest for entry in ledger_of(home).entries()]
    heads = [manifest["ledger"] for manifest in manifests]
    assert [head["number"] for head in heads] == [0, 1, 3]
    assert [head["digest"] for head in heads] == ["0" * 64, digests[0], digests[2]]


def test_a_hold_that_comes_in_while_a_version_is_written_is_named_by_it(
    home: DatasetHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = version.put

    def overtaken(path: UPath, data: bytes) -> None:
        plain(path, data)
        if path.name == "SHA256SUMS":
            monkeypatch.setattr(version, "put", plain)
            other = ledger_of(home)
            record_hold(other, drop_candidate("bad"), other.state(), (), {})

    monkeypatch.setattr(version, "put", overtaken)
    entry = bring(home, "third")
    assert entry.number == 4
    assert verify_version(home, current(home))["ledger"]["number"] == 3
    assert not [f for f in verify_dataset(home).faults if "segment" not in f]


@pytest.mark.parametrize("damage", ["edited", "missing", "other head"])
def test_a_current_version_whose_manifest_is_another_is_refused(home: DatasetHome, damage: str) -> None:
    path = folder_of(home) / "manifest.json"
    value = json.loads(path.read_bytes())
    if damage == "missing":
        path.unlink()
    else:
        change = {"ledger": {"number": 1, "digest": "0" * 64}} if damage == "other head" else {"drops": []}
        path.write_text(json.dumps({**value, **change}))
    with pytest.raises(InvalidInput, match=r"manifest\.json must have the digest .* ledger entry 2 names"):
        ledger_of(home).state()
    assert any("manifest.json" in fault for fault in verify_dataset(home).faults)


def test_a_whole_dataset_is_proved(home: DatasetHome) -> None:
    proof = verify_dataset(home)
    assert (proof.n_entries, proof.n_versions) == (2, 2)
    assert proof.head == ledger_of(home).head()
    told = " ".join(proof.faults)
    assert "work/first.parquet is missing" in told, (
        "the tiny dataset's segments name shards that nobody wrote"
    )


def test_nothing_is_current_before_the_first_version(tmp_path: Path) -> None:
    home = home_of(tmp_path)
    assert repair_current(home, ledger_of(home)) is None
    assert not home.current_path.exists()


def test_a_slow_publisher_does_not_turn_the_current_version_back(
    home: DatasetHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = book.put

    def overtaken(path: UPath, data: bytes) -> None:
        if path.name == "CURRENT":
            monkeypatch.setattr(book, "put", plain)
            bring(home, "fourth")  # another publisher, from first to last, just before this write
        plain(path, data)

    ledger = ledger_of(home)
    parent = ledger.state()
    drops = (*parent.drops, "third")
    monkeypatch.setattr(book, "put", overtaken)
    publish(home, ledger, Promotion(drop_candidate("third"), parent, drops, content_of(drops)))
    assert ledger.state().drops == (*drops, "fourth")
    assert current_line(home) == current(home)


def test_of_two_publishers_at_once_one_wins_and_the_other_is_told(home: DatasetHome) -> None:
    old = current(home)
    drops = ("left", "right")
    publishers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.curation.publishing", str(home.home), drop, "door", "0"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for drop in drops
    ]
    for publisher in publishers:  # both have read the same ledger and written their versions
        assert publisher.stdout is not None
        assert publisher.stdout.readline() == "at the door\n"
    for publisher in publishers:
        assert publisher.stdin is not None
        publisher.stdin.write("\n")
        publisher.stdin.flush()
    answers = [publisher.communicate(timeout=60)[0].split(maxsplit=1) for publisher in publishers]
    assert sorted(answer[0] for answer in answers) == ["StaleProvenance", "won"]
    winner = next(i for i, answer in enumerate(answers) if answer[0] == "won")
    assert f"'{drops[1 - winner]}' is stale" in answers[1 - winner][1]
    state = ledger_of(home).state()
    assert len(ledger_of(home).entries()) == 3
    assert state.version == answers[winner][1].strip()
    assert state.drops == ("first", "second", drops[winner])
    assert current_line(home) == state.version
    assert verify_version(home, str(state.version))["candidate"] == drops[winner]
    verify_version(home, old)
    bring(home, drops[1 - winner])  # measured again, against the new parent
    assert ledger_of(home).state().drops == ("first", "second", drops[winner], drops[1 - winner])


def test_two_candidates_with_equal_data_write_to_different_folders(
    home: DatasetHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = ledger_of(home)
    parent = ledger.state()
    content = content_of(("first",))
    plain = version.put

    def overtaken(path: UPath, data: bytes) -> None:
        monkeypatch.setattr(version, "put", plain)
        publish(home, ledger, Promotion(Candidate(key="@refresh-2030-01-01"), parent, parent.drops, content))
        plain(path, data)

    monkeypatch.setattr(version, "put", overtaken)
    with pytest.raises(StaleProvenance, match="'@refresh-2030-01-02' is stale"):
        publish(home, ledger, Promotion(Candidate(key="@refresh-2030-01-02"), parent, parent.drops, content))
    assert verify_version(home, current(home))["candidate"] == "@refresh-2030-01-01"


VERSION_FILES = (
    "data/train-*.parquet",
    "data/validation-*.parquet",
    "ranking/train-*.parquet",
    "README.md",
    "croissant.json",
    "manifest.json",
    "SHA256SUMS",
)


@pytest.mark.parametrize("path", VERSION_FILES)
def test_a_flipped_byte_in_any_file_is_found(home: DatasetHome, path: str) -> None:
    version = current(home)
    file = min(home.version(version).glob(path))
    data = file.read_bytes()
    for place in range(0, len(data), max(1, len(data) // 40)):
        file.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(InvalidInput, match=f"version {version} in .* restore the version from a backup"):
            verify_version(home, version)
    file.write_bytes(data)
    verify_version(home, version)


@pytest.mark.parametrize("path", VERSION_FILES)
def test_a_missing_file_is_found(home: DatasetHome, path: str) -> None:
    version = current(home)
    file = min(home.version(version).glob(path))
    file.unlink()
    with pytest.raises(InvalidInput, match=file.name):
        verify_version(home, version)


def test_a_data_file_that_no_manifest_names_is_found(home: DatasetHome) -> None:
    version = current(home)
    for part in ("data", "ranking"):
        strange = home.version(version) / part / "train-00002-of-00002.parquet"
        strange.write_bytes(next((home.version(version) / part).glob("train-*.parquet")).read_bytes())
        with pytest.raises(InvalidInput, match="train-00002-of-00002"):
            verify_version(home, version)
        strange.unlink()


def test_a_version_that_is_not_there_is_named(home: DatasetHome) -> None:
    with pytest.raises(InvalidInput, match="v0009-00000000"):
        verify_version(home, "v0009-00000000")


@pytest.mark.parametrize(
    ("rows", "category"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1_000, "1K<n<10K"),
        (999_999, "100K<n<1M"),
        (10**7, "10M<n<100M"),
        (10**9, "1B<n<10B"),
        (10**12, "n>1T"),
    ],
)
def test_size_categories_are_the_hubs(rows: int, category: str) -> None:
    assert size_category(rows) == category
