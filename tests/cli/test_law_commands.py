"""`policy replay`, `versions score` and `law`: what they print, and one sentence for what they refuse."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from entropy_assets.cli import app
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND
from entropy_assets.scores import Scores
from tests.homes import Home


class Shell:
    """The command line on a home with two promoted drops and a held one."""

    def __init__(self, home: Home) -> None:
        self.workspace = home.workspace
        self.where = ["--home", str(home.workspace.home.home), "--dataset", "docs"]

    def __call__(self, *arguments: object) -> Result:
        return CliRunner().invoke(app, [*map(str, arguments), *self.where])

    @property
    def version(self) -> str:
        return self.workspace.ledger.state().version or ""


@pytest.fixture
def shell(measured: Home) -> Shell:
    assert measured.conclude(SECOND).action == "promote"
    return Shell(measured)


def test_replay_shows_what_a_file_would_change(shell: Shell, tmp_path: Path) -> None:
    same = shell("policy", "replay")
    assert same.exit_code == 0, same.stderr
    assert same.stdout.strip().splitlines()[-1] == "3 candidates, 0 would change"
    loose = tmp_path / "loose.toml"
    text = Path(str(shell.workspace.home.settings_path)).read_text()
    loose.write_text(text.replace("max_blobs = 0.05", "max_blobs = 0.9\nmax_source_loss = 0.5"))
    told = shell("policy", "replay", "--settings", loose, "--json")
    value = json.loads(told.stdout)
    rows = {row["candidate"]: row for row in value["candidates"]}
    assert list(rows) == [FIRST, DAMAGED, SECOND]
    assert "blobs" in rows[DAMAGED]["then"]["codes"]
    assert "blobs" not in rows[DAMAGED]["now"]["codes"]
    assert value["n_changed"] == sum(row["changed"] for row in value["candidates"])
    assert value["not_replayed"] == ["max_source_loss"]
    assert "policy.max_source_loss differs" in shell("policy", "replay", "--settings", loose).stdout


def test_replay_says_what_cannot_be_told(shell: Shell) -> None:
    shell.workspace.manifest_path("entropy_law_report", FIRST).unlink()
    last = shell("policy", "replay").stdout.strip().splitlines()[-1]
    assert last == "3 candidates, 0 would change, 1 cannot be told"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is no file"),
        ("[policy]\nmax_blob = 1.0\n", "did you mean `max_blobs`?"),
        ("[policy]\nmax_blobs = -1.0\n", "a finite number above 0"),
        ("[policy", "is not TOML"),
    ],
)
def test_replay_refuses_a_bad_file(tmp_path: Path, content: str | None, message: str) -> None:
    (tmp_path / "main").mkdir()
    file = tmp_path / "other.toml"
    if content is not None:
        file.write_text(content)
    command = ["policy", "replay", "--settings", str(file), "--home", str(tmp_path)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_score_is_recorded_shown_and_leaves_the_version_as_it_is(shell: Shell) -> None:
    told = shell("versions", "score", shell.version, "MT-bench", 6.5)
    assert told.exit_code == 0, told.stderr
    assert told.stdout == f"MT-bench of {shell.version}: 6.5 recorded (higher is better)\n"
    again = shell("versions", "score", shell.version, "MT-bench", 6.5)
    assert "6.5 was recorded before" in again.stdout
    assert shell("versions", "score", shell.version, "log-loss", -1.5, "--higher-is-worse").exit_code == 0
    shell("versions", "score", shell.version, "MT-bench", 6.75)
    shown = shell("versions", "show", shell.version).stdout
    assert "every file matches its digest" in shown
    assert "score MT-bench: 6.75 (higher is better)" in shown
    assert "score log-loss: -1.5 (higher is worse)" in shown
    assert len(Scores(shell.workspace.root / "scores").entries()) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("v0009-00000000", "accuracy", 0.5), "version 'v0009-00000000' is unknown"),
        (("VERSION", "accuracy", "nan"), "finite number"),
        (("VERSION", "accuracy", "-inf"), "finite number"),
        (("VERSION", "../x", 0.5), "does not match"),
        (("VERSION", "loss_bpb", 0.5), "is that of a figure"),
        (("VERSION", "accuracy", "good"), "Invalid value for 'value'"),
        (("VERSION", "accuracy", 0.5, "--higher-is-wrose"), "unexpected extra argument"),
    ],
)
def test_what_is_no_score_is_refused(shell: Shell, arguments: tuple[object, ...], message: str) -> None:
    given = [shell.version if word == "VERSION" else word for word in arguments]
    result = shell("versions", "score", *given)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.replace("│", " ").split())
    assert not (shell.workspace.root / "scores").exists()


def test_law_prints_the_line_the_points_and_the_versions(shell: Shell) -> None:
    shell("versions", "score", shell.version, "accuracy", 0.625)
    told = shell("law")
    assert told.exit_code == 0, told.stderr
    assert f"law of {shell.version} (candidate {SECOND}), fitted on its parent's pool" in told.stdout
    assert "ln R, bits per byte; band" in told.stdout
    for word in ("random", "window", "candidate", "parent", "accuracy", "0.625", "4 are needed"):
        assert word in told.stdout
    value = json.loads(shell("law", "--json").stdout)
    assert len(value["law"]["points"]) == shell.workspace.load_settings().law.n_points
    assert set(value["law"]["places"]) == {"candidate", "parent"}
    assert [one["scores"] for one in value["versions"]] == [{}, {"accuracy": 0.625}]
    assert {(one["score"], one["figure"]) for one in value["correlations"]} >= {("accuracy", "ratio")}


def test_law_without_a_version(tmp_path: Path) -> None:
    (tmp_path / "main").mkdir()
    result = CliRunner().invoke(app, ["law", "--home", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (0, "no promoted candidate has a law yet\n")
