"""What commands say of a store that lost something, and that what they advise can be done."""

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Command


def test_signatures_that_were_made_again_are_no_fault(store: Path, command: Command) -> None:
    for path in (store / "work" / "signatures").iterdir():
        path.write_bytes(b"")
    told = command("ledger verify")
    assert told.exit_code == 1
    assert "of 'd1' in the index, is missing or was changed: run `entropy-assets index rebuild" in told.stdout
    for n_made in (2, 0):
        assert f"{n_made} of 2 index segment(s) made again" in command("index rebuild").stdout
        verified = command("ledger verify")
        assert (verified.exit_code, "all match" in verified.stdout) == (0, True), verified.stdout
        for path in (store / "work" / "signatures").iterdir():
            path.unlink()
    assert command("ledger verify").exit_code == 0, "the rebuilt ones are in force"
    shutil.rmtree(store / "index" / "rebuilt")
    assert "index rebuild" in command("ledger verify").stdout


def test_without_records_nobody_is_told_to_rebuild_the_index(store: Path, command: Command) -> None:
    shutil.rmtree(store / "work")
    for line in ("run w1 --no-dagster", "index rebuild", "ledger verify"):
        told = command(line)
        assert told.exit_code == 1
        assert "screened_records" in told.output
        assert "from a backup" in told.output
        assert "`entropy-assets index rebuild" not in told.output


def test_a_drop_that_is_gone_is_not_released(store: Path, command: Command) -> None:
    order = "drop release bad --rules blobs --who a --why b --no-dagster"
    (store / "inbox" / "bad" / "_SUCCESS").unlink()
    marked = command(order)
    shutil.rmtree(store / "inbox" / "bad")
    gone = command(order)
    assert [marked.exit_code, gone.exit_code] == [2, 2]
    assert "has no _SUCCESS: write the marker when it is complete" in marked.stderr
    assert "drop 'bad' is no longer in " in gone.stderr
    assert "put it back there" in gone.stderr
    assert not list((store / "candidates").glob("*")), "nothing was proposed"
    assert "waits" not in command("status").stdout


def test_notes_that_cannot_be_cleared_fail_no_decision(store: Path, command: Command) -> None:
    for name in ("attempts/w1/y", "attempts/w1/failed", "contents/w1", "manifests/dataset_version/w1"):
        (store / "work" / f"{name}.json").mkdir(parents=True)
    told = command("run w1 --no-dagster")
    assert (told.exit_code, "promote" in told.stdout) == (0, True), told.stderr
    assert "live drops d1, d2, w1" in command("status").stdout


@pytest.mark.parametrize("damage", ["lost", "folder", "cut", "edited", "suspects"])
def test_a_drop_that_cannot_be_split_any_more_is_not_advised_to_be(
    store: Path, command: Command, damage: str
) -> None:
    assert "drop split bad" in command("status").stdout
    report = store / "work" / "manifests" / "drop_report" / "bad.json"
    if damage == "suspects":
        shutil.rmtree(store / "work" / "suspects")
    elif damage in ("lost", "folder"):
        report.unlink()
        if damage == "folder":
            report.mkdir()
    else:
        text = report.read_text()
        report.write_text(text[:40] if damage == "cut" else text.replace('"n_records":', '"n_records":1'))
    told = command("drop split bad")
    assert told.exit_code == 1
    assert "is decided and cannot be split any more, " in told.stderr
    assert "release it with `entropy-assets drop release`, or deliver its rows anew" in told.stderr
    assert not re.search("materialise|run the candidate|first", told.stderr)
    status = command("status").stdout
    assert "drop split" not in status
    assert "drop release bad" in status


READERS = ["status", "versions current", "ledger verify", "run w1 --no-dagster", "drop split bad"]
"""Commands that read what was decided."""


def test_a_lost_format_is_one_sentence_everywhere_and_migrate_writes_it_again(
    store: Path, command: Command
) -> None:
    written = (store / "store.json").read_bytes()
    (store / "store.json").unlink()
    for line in READERS:
        told = command(line)
        assert told.exit_code == 1, line
        assert "store.json is missing, so the store format is unknown: restore it" in told.output
    assert not (store / "inbox" / "w1").exists()
    assert "store.json was lost and is written again" in command("migrate").stdout
    assert (store / "store.json").read_bytes() == written
    assert command("ledger verify").exit_code == 0


@pytest.mark.parametrize(("entry", "name"), [("000001.json", ""), ("000003.json", "000004.json")])
def test_a_missing_entry_is_named_and_nobody_told_to_take_out_others(
    store: Path, command: Command, entry: str, name: str
) -> None:
    path = store / "ledger" / entry
    path.rename(path.with_name(name)) if name else path.unlink()
    for line in READERS:
        told = command(line)
        assert (told.exit_code, f"missing: {entry}: restore from a backup" in told.output) == (1, True), line
        assert "not called so" not in told.output
    assert not (store / "inbox" / "w1").exists(), "nothing is delivered to a store that is damaged"


@pytest.mark.parametrize(
    ("damaged", "lines"),
    [
        ("ledger/000001.json", READERS),
        ("CURRENT", READERS),
        ("store.json", READERS),
        ("versions/*/manifest.json", READERS),
        ("versions/*/data/train*", ["ledger verify", "run w1 --no-dagster"]),
        ("index/*.json", ["ledger verify", "run w1 --no-dagster", "index rebuild"]),
        ("work/screened_records/*", ["ledger verify", "run w1 --no-dagster"]),
        ("work/signatures/*", ["ledger verify", "run w1 --no-dagster"]),
    ],
)
def test_the_same_damage_has_one_exit_code(
    store: Path, command: Command, damaged: str, lines: list[str]
) -> None:
    for path in store.glob(damaged):
        path.write_bytes(path.read_bytes()[:9])
    assert {line: command(line).exit_code for line in lines} == dict.fromkeys(lines, 1)
