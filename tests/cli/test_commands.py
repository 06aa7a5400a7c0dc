"""`run`, `status` and `versions`: exit codes, the JSON object, and one sentence for bad input."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from entropy_assets.cli import app
from entropy_assets.demo.drops import DAMAGED, FIRST, Row, write_drop
from entropy_assets.storage import SUCCESS_MARKER
from tests.homes import SETTINGS, status_rows

ROOT = Path(__file__).resolve().parents[2]


def invoke(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def last_line(result: Result) -> str:
    return result.stderr.strip().splitlines()[-1]


Ran = tuple[Path, Result, Result]
"""Folder with home and drops, result for the promoted drop, result for the held one."""


@pytest.fixture(scope="module")
def ran(
    tmp_path_factory: pytest.TempPathFactory, stdlib_drops: dict[str, list[Row]]
) -> tuple[Path, Result, Result]:
    """A home in which the command line promoted one drop and held another, and what it printed."""
    folder = tmp_path_factory.mktemp("command-line")
    (folder / "home" / "docs").mkdir(parents=True)
    (folder / "home" / "docs" / "entropy.toml").write_text(SETTINGS)
    for name in (FIRST, DAMAGED):
        write_drop(folder / name, stdlib_drops[name])
    home = ["--home", folder / "home", "--dataset", "docs"]
    promoted = invoke("run", folder / FIRST, *home, "--json")
    held = invoke("run", folder / DAMAGED, *home, "--json")
    return folder, promoted, held


def test_run_promotes_with_exit_0_and_one_object(ran: Ran) -> None:
    folder, promoted, _ = ran
    assert promoted.exit_code == 0, promoted.stderr
    value = json.loads(promoted.stdout)
    assert value["decision"] == "promote"
    assert value["version"].startswith("v0001-")
    rows = value["rows"]
    assert (rows["in"], rows["records"], rows["quarantined"], rows["screened_out"]) == (900, 900, 0, 0)
    assert rows["pool"] == 900 - rows["duplicates"] >= 890  # docstrings hold a few near-copies by nature
    assert 0 < rows["selected"] < rows["pool"]
    figures = {"ratio_zlib32k", "ratio_zstd_long", "loss_bpb", "heldout_bpb"}
    assert all(value[name] > 0 for name in figures)
    assert set(value["random_control"]) == figures
    assert (folder / "home" / "docs" / "inbox" / FIRST / SUCCESS_MARKER).exists()


def test_run_holds_with_exit_3_and_says_what_to_do(ran: Ran) -> None:
    _, _, held = ran
    assert held.exit_code == 3, held.stderr
    (blobs,) = [reason for reason in json.loads(held.stdout)["reasons"] if reason["code"] == "blobs"]
    assert blobs["measured"] > blobs["allowed"]
    assert "remove" in blobs["do"]


def test_run_of_a_decided_drop_says_the_same(ran: Ran) -> None:
    folder, _, held = ran
    again = invoke("run", folder / DAMAGED, "--home", folder / "home", "--dataset", "docs", "--json")
    assert (again.exit_code, again.stdout) == (held.exit_code, held.stdout)


def test_status_says_what_is_held_and_what_to_do(ran: Ran) -> None:
    folder = ran[0]
    waiting = folder / "home" / "docs" / "inbox" / "waiting"
    waiting.mkdir(exist_ok=True)
    (waiting / "rows.jsonl").write_text('{"text": "One row."}\n')
    told = invoke("status", "--home", folder / "home").stdout
    assert "docs: current v0001-" in told
    states = {row[:2] for row in status_rows(told)}
    assert {(DAMAGED, "held"), ("waiting", "arriving")} <= states
    assert any(row[2].startswith("damage: ") for row in status_rows(told))
    (waiting / SUCCESS_MARKER).touch()
    told = invoke("status", "--home", folder / "home").stdout
    (row,) = [row for row in status_rows(told) if row[:2] == ("waiting", "waits")]
    assert row[5].startswith("entropy-assets run ")


def test_a_printed_command_can_be_typed_where_the_home_has_a_space(tmp_path: Path) -> None:
    drop = tmp_path / "a b" / "docs" / "inbox" / "waiting"
    drop.mkdir(parents=True)
    (drop / "rows.jsonl").write_text('{"text": "One row."}\n')
    (drop / SUCCESS_MARKER).touch()
    told = invoke("status", "--home", tmp_path / "a b").stdout
    ((*_, command),) = status_rows(told)
    words = shlex.split(command)
    assert Path(words[2]) == drop
    assert words[-2:] == ["--home", str(tmp_path / "a b")]


def test_versions(ran: Ran) -> None:
    folder, promoted, _ = ran
    where = ["--home", folder / "home", "--dataset", "docs"]
    version = json.loads(promoted.stdout)["version"]
    assert invoke("versions", "current", *where).stdout.strip() == version
    path = Path(invoke("versions", "current", "--path", *where).stdout.strip())
    assert (path / "manifest.json").exists()
    assert version in invoke("versions", "list", *where).stdout
    shown = invoke("versions", "show", version, *where)
    assert "every file matches its digest" in shown.stdout
    unknown = invoke("versions", "show", "v0009-00000000", *where)
    assert unknown.exit_code == 2
    assert version in unknown.stderr


def test_other_content_under_a_known_name_is_refused(ran: Ran, tmp_path: Path) -> None:
    (tmp_path / FIRST).mkdir()
    (tmp_path / FIRST / "rows.jsonl").write_text('{"text": "Other content."}\n')
    result = invoke("run", tmp_path / FIRST, "--home", ran[0] / "home", "--dataset", "docs")
    assert result.exit_code == 2
    assert "was delivered before with other content" in last_line(result)


@pytest.mark.parametrize(
    ("drop", "settings", "message"),
    [
        ("nowhere", "", "nowhere does not exist"),
        ("Bad Name", "", "does not match"),
        ("good", "[policy]\nmax_blob = 0.1\n", "did you mean `max_blobs`?"),
        ("good", "[policy\n", "is not TOML"),
        ("good", '[selection]\nselector = "zipp"\n', "must be one of zip, zip_paper"),
    ],
)
def test_bad_input_is_one_sentence_with_exit_2(
    tmp_path: Path, drop: str, settings: str, message: str
) -> None:
    for name in ("Bad Name", "good"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "rows.jsonl").write_text('{"text": "One row of text."}\n')
    (tmp_path / "home" / "main").mkdir(parents=True)
    (tmp_path / "home" / "main" / "entropy.toml").write_text(settings)
    result = invoke("run", tmp_path / drop, "--home", tmp_path / "home")
    assert result.exit_code == 2
    assert message in last_line(result)
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "home" / "main" / "ledger").exists()


def test_definitions_validate_without_network_credentials_or_environment(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DAGSTER_DISABLE_TELEMETRY": "yes"}
    command = [sys.executable, "-m", "dagster", "definitions", "validate", "-m", "definitions"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "Validation successful" in done.stdout + done.stderr


def test_drop_split_prints_where_the_rows_went(ran: Ran, tmp_path: Path) -> None:
    shutil.copytree(ran[0] / "home", tmp_path / "home")
    where = ["--home", tmp_path / "home", "--dataset", "docs"]
    split = invoke("drop", "split", DAMAGED, *where, "--rules", "blobs")
    assert split.exit_code == 0, split.stderr
    counts = [int(n) for n in re.findall(r"\d+", split.stdout.splitlines()[0])]
    assert counts[0] == sum(counts[1:]) == 450
    assert counts[3] == 0
    assert f"{DAMAGED}-clean: `entropy-assets run" in split.stdout
    assert f"{DAMAGED}-set-aside: `entropy-assets run" in split.stdout
    status = invoke("status", "--home", tmp_path / "home").stdout
    assert {(DAMAGED, "held"), (f"{DAMAGED}-clean", "waits")} <= {row[:2] for row in status_rows(status)}


def test_drop_split_refuses_with_one_sentence(ran: Ran) -> None:
    where = ["--home", ran[0] / "home", "--dataset", "docs"]
    promoted = invoke("drop", "split", FIRST, *where)
    assert (promoted.exit_code, "was promoted" in last_line(promoted)) == (2, True)
    unknown = invoke("drop", "split", DAMAGED, *where, "--rules", "blobs,kindness")
    assert (unknown.exit_code, "points at no records" in last_line(unknown)) == (2, True)
