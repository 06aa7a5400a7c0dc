"""Whatever is typed at a command ends with one sentence and exit code 2 or 1, and never a traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from entropy_assets.cli import app

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = (sys.executable, "-c", "from entropy_assets.cli import app; app(prog_name='entropy-assets')")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with good rows, a folder, and an empty home, which is where the command runs."""
    (tmp_path / "rows.jsonl").write_text("".join(f'{{"text": "Row {n}."}}\n' for n in range(20)))
    (tmp_path / "folder").mkdir()
    (tmp_path / "latin1.toml").write_bytes(b"seed = '\xff'")
    (tmp_path / "bad.toml").write_text("sead = 1\nworkers = -1\n")
    (tmp_path / "home" / "main").mkdir(parents=True)
    os.mkfifo(tmp_path / "pipe")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENTROPY_HOME", str(tmp_path / "home"))
    return tmp_path


def refused(line: str) -> tuple[Result, str]:
    arguments = ["" if word == "''" else word for word in line.split()]
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in (1, 2), (result.exit_code, result.stdout, result.stderr)
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    lines = result.stderr.strip().split("\n")
    if not lines[0].startswith("Usage: "):
        assert len(lines) == 1, result.stderr
        assert lines[0].startswith("entropy-assets: ")
    return result, result.stderr


OF_DATASETS = [
    "run rows.jsonl",
    "status",
    "law",
    "versions list",
    "versions show v0001-00000000",
    "versions current",
    "versions score v0001-00000000 accuracy 0.5",
    "policy replay",
    "index rebuild",
    "drop split rows",
    "settings check",
    "settings show",
]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("command", [line for line in OF_DATASETS if line != "status"])
@pytest.mark.parametrize("name", ["../x", "X", "main/..", ".", "a" * 33, "é", "*"])
def test_a_dataset_that_is_no_name(command: str, name: str) -> None:
    result, told = refused(f"{command} --dataset {name}")
    assert result.exit_code == 2
    assert "does not match" in told


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("command", [*OF_DATASETS, "demo", "ui"])
def test_an_empty_argument(command: str) -> None:
    for line in (f"{command} --home ''", f"{command} --home=", f"{command} ''"):
        result, told = refused(line)
        assert result.exit_code == 2
        assert "an argument is empty" in told


NO_HOME = ["rows.jsonl", "rows.jsonl/x", *(["/proc/x"] if Path("/proc/self").exists() else [])]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("command", ["run rows.jsonl", "run rows.jsonl --no-dagster", "demo", "ui"])
@pytest.mark.parametrize("home", NO_HOME)
def test_a_home_that_cannot_be_made(command: str, home: str) -> None:
    result, told = refused(f"{command} --home {home}")
    assert (result.exit_code, "name another home with --home" in told) == (2, True), told


@pytest.mark.parametrize("place", ["home/main", "home/main/inbox"])
def test_a_dataset_whose_folder_is_a_file(here: Path, place: str) -> None:
    if place == "home/main":
        (here / "home" / "main").rmdir()
    (here / place).write_text("")
    result, told = refused("run rows.jsonl")
    assert (result.exit_code, "is no folder: name another home" in told) == (2, True), told


def test_the_home_is_not_made_for_a_drop_that_is_none(here: Path) -> None:
    assert refused("run nowhere --home new")[0].exit_code == 2
    assert not (here / "new").exists()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "command",
    [
        "run rows.jsonl",
        "versions show v0001-00000000",
        "versions current",
        "versions score v0001-00000000 accuracy 0.5",
        "drop split rows",
        "settings check",
        "settings show",
    ],
)
def test_a_home_that_is_a_file(command: str) -> None:
    refused(f"{command} --home rows.jsonl")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("[selection]\nkeep_list = '/dev/zero'", "/dev/zero cannot be read as a list: it is no regular file"),
        ("[selection]\nnever_list = 'nowhere'", "nowhere cannot be read as a list"),
        ("[answers]\nmodel = 'nowhere'", "answers.model must be a file or folder"),
        (
            "[policy]\nanchor = '../../x'",
            "policy.anchor must be empty or a version, got '../../x': known are none",
        ),
        ("[screening.evaluation_sets]\na = 'nowhere'", "evaluation set 'a' must be a file"),
        ("[mixture]\nmethod = 'fitted'\nruns = 'nowhere.jsonl'", "nowhere.jsonl"),
        (
            "[mixture.floors]\nweb = 0.7\nbooks = 0.6",
            "`mixture.floors` must be fractions that add up to 1 at most, got 1.3:",
        ),
        ("[mixture.floors]\nweb = 0.7\n[selection.source_shares]\nweb = 0.5", "mixture.floors of 'web'"),
    ],
)
def test_what_the_settings_of_a_dataset_name_is_looked_at(settings: str, sentence: str) -> None:
    Path("home/main/entropy.toml").write_text(settings)
    for command in ("settings check", "run rows.jsonl --no-dagster"):
        Path("home/main/inbox").mkdir(exist_ok=True)
        result = CliRunner().invoke(app, command.split())
        assert (result.exit_code, sentence in result.stderr) == (2, True), result.stderr


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("mixture", "runs"),
        ("selection.scores", "scores"),
        ("scoring", "embedder"),
        ("scoring.target", "target"),
        ("scoring.perplexity", "model"),
        ("scoring.ifd", "model"),
        ("scoring.ask_llm", "model"),
        ("scoring.ask_llm", "prompt"),
        ("probe", "model"),
    ],
)
def test_every_file_that_settings_name_is_looked_for(table: str, name: str) -> None:
    place = Path("home/main/entropy.toml")
    place.write_text(f"[{table}]\n{name} = 'nowhere'\n")
    result = CliRunner().invoke(app, ["settings", "check"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{table}.{name} 'nowhere': nothing is there" in result.stderr
    (place.parent / "nowhere").touch()
    assert CliRunner().invoke(app, ["settings", "check"]).exit_code == 0


MAKE_NONE = [
    "law",
    "policy replay",
    "versions list",
    "versions show v0001-00000000",
    "versions current",
    "versions score v0001-00000000 accuracy 0.5",
    "ledger verify",
    "ledger show",
    "index rebuild",
    "drop split rows",
    "drop release rows --rules blobs --who A --why b",
    "drop withdraw rows --who A --why b",
    "drop discard rows --who A --why b",
    "settings check",
    "migrate",
]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("command", MAKE_NONE)
def test_a_dataset_that_is_not_there(command: str) -> None:
    result, told = refused(f"{command} --dataset nope")
    assert (result.exit_code, "dataset 'nope' is not in" in told) == (2, True), told
    assert not Path("home/nope").exists()


def test_a_working_directory_that_is_gone(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENTROPY_HOME")
    (here / "gone").mkdir()
    monkeypatch.chdir(here / "gone")
    (here / "gone").rmdir()
    for command in ("status", "law", "status --home home"):
        assert "the working directory was removed" in refused(command)[1]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("command", [*MAKE_NONE, "status", "dagster sync"])
@pytest.mark.parametrize("home", ["nowhere", "rows.jsonl"])
def test_a_home_that_is_not_there(command: str, home: str) -> None:
    assert refused(f"{command} --home {home}")[0].exit_code == 2
    assert not Path("nowhere").exists()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("line", "code", "sentence"),
    [
        ("run nowhere", 2, "does not exist"),
        ("run rows.jsonl --json --dataset ../x", 2, "does not match"),
        ("demo --records -5", 2, "records"),
        ("demo --records 0", 2, "records"),
        ("demo --seed 1.5", 2, "--seed"),
        ("demo --seed -1", 2, "--seed must be 0 or more, got -1"),
        ("versions current", 2, "no version yet"),
        ("versions show ../x", 2, "is unknown"),
        ("versions score v0001-00000000 accuracy nan", 2, ""),
        ("versions score v0001-00000000 ../x 1", 2, ""),
        ("versions score v0001-00000000 accuracy high", 2, "value"),
        ("policy replay --settings nowhere", 2, "--settings: "),
        ("policy replay --settings nowhere", 2, "is no file"),
        ("drop split rows --rules kind", 2, "--rules: rule 'kind' points at no records"),
        ("drop release rows --rules kind --who a --why b", 2, "--rules: rule 'kind' cannot be overridden"),
        ("ui --port 99999", 2, "choose another port with --port"),
        ("policy replay --settings folder", 2, "is no file"),
        ("policy replay --settings pipe", 2, "is no file"),
        ("policy replay --settings latin1.toml", 2, "is not TOML"),
        ("policy replay --json --settings bad.toml", 2, "2 settings are wrong"),
        ("drop split ../x", 2, "does not match"),
        ("drop split unknown", 2, ""),
        ("settings check nowhere", 2, "does not exist"),
        ("settings check folder", 2, "is a folder"),
        ("settings check pipe", 2, "a pipe, socket or device"),
        ("settings check latin1.toml", 2, "is not TOML"),
        ("settings check bad.toml", 2, "2 settings are wrong"),
        ("settings check bad.toml --dataset main", 2, "name one of them"),
        ("settings check --dataset unknown", 2, "known are none"),
        ("settings show --json bad.toml", 2, "2 settings are wrong"),
        ("settings show --dataset unknown", 2, "known are none"),
        ("nothing", 2, "No such command"),
    ],
)
def test_misuse_of_datasets(line: str, code: int, sentence: str) -> None:
    result, told = refused(line)
    assert (result.exit_code, sentence in told) == (code, True), told


GOOD = {
    "ingest": "ingest rows.jsonl --out out.parquet",
    "select": "select rows.jsonl --budget 5 --out out.jsonl",
    "dedup": "dedup rows.jsonl --out out.parquet --pairs pairs.parquet",
    "export": "export records.parquet --layout text --out out.jsonl",
}


@pytest.mark.parametrize("command", ["ingest", "select", "dedup"])
@pytest.mark.parametrize("place", ["nowhere", "folder", "pipe", "/dev/null", "rows.jsonl/x"])
def test_data_that_is_no_file(here: Path, command: str, place: str) -> None:
    refused(GOOD[command].replace("rows.jsonl", place))
    assert not list(here.glob("out.*"))


@pytest.mark.parametrize("command", ["ingest", "select", "dedup"])
@pytest.mark.parametrize("place", ["folder", "rows.jsonl/out.parquet", "pipe"])
def test_a_result_that_cannot_be_written(here: Path, command: str, place: str) -> None:
    before = sorted((path, path.lstat().st_ino) for path in here.rglob("*"))
    words = GOOD[command].split()
    words[words.index("--out") + 1] = place
    refused(" ".join(words))
    assert sorted((path, path.lstat().st_ino) for path in here.rglob("*")) == before


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "line",
    [
        GOOD["ingest"] + " --workers -1",
        GOOD["select"] + " --workers -1",
        GOOD["dedup"] + " --workers -1",
        GOOD["select"] + " --k1 -1",
        GOOD["select"] + " --k3 0",
        GOOD["select"] + " --seed -1",
        GOOD["select"] + " --sequence-length 0",
        GOOD["select"] + " --quota web",
        GOOD["select"] + " --quota web=-1",
        GOOD["select"] + " --quota web=nan",
        GOOD["select"] + " --keep nowhere",
        GOOD["select"] + " --keep folder",
        GOOD["select"] + " --never latin1.toml",
        GOOD["select"] + " --selector best",
        GOOD["select"] + " --tokenizer folder",
        GOOD["select"].replace("5", "-5"),
        GOOD["select"].replace("5", "nan"),
        GOOD["dedup"] + " --threshold nan",
        GOOD["dedup"] + " --threshold -1",
        GOOD["dedup"] + " --bands 0",
        GOOD["dedup"] + " --hashes 99999",
        GOOD["dedup"] + " --memory-bytes -1",
        GOOD["export"],
        GOOD["export"].replace("records.parquet", "rows.jsonl"),
        GOOD["export"].replace("records.parquet", "folder"),
        GOOD["export"].replace("records.parquet", "pipe"),
        GOOD["export"].replace("text", "poem"),
        GOOD["ingest"].replace("out.parquet", "rows.jsonl"),
    ],
)
def test_misuse_of_files(line: str) -> None:
    refused(line)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("--threshold nan", "--threshold must be a fraction above 0, at most 1, got nan"),
        ("--shingle 0", "--shingle must be 1 to 32 tokens, got 0"),
        ("--hashes 99999", "--hashes must be 1 to 1,024, got 99999"),
        ("--hashes 10 --bands 3", "--bands must be a divisor of --hashes, got {'bands': 3, 'hashes': 10}"),
        ("--bands 0 --threshold 2", "--threshold must be a fraction above 0, at most 1, got 2.0"),
        ("--memory-bytes 1", "--memory-bytes must be at least 512 MiB, got 1"),
        ("--memory-bytes 536870912 --workers 6400", "6400 --workers take"),
    ],
)
def test_options_of_dedup_are_named_and_no_settings_file(option: str, sentence: str) -> None:
    result, told = refused(f"{GOOD['dedup']} {option}")
    assert result.exit_code == 2
    assert sentence in told
    assert "entropy.toml" not in told
    assert "dedup." not in told


def test_a_seed_of_the_selector_may_be_any_number(here: Path) -> None:
    assert CliRunner().invoke(app, (GOOD["select"] + " --seed 5").split()).exit_code == 0


def run(line: str, here: Path, **more: object) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([*PROGRAM, *line.split()], cwd=here, env=environment, text=True, **more)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("line", ["settings schema", "settings show", "--help", "status", "versions list"])
def test_a_reader_that_went_away_is_no_error_to_tell(here: Path, line: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = run(line, here, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert done.stderr == ""


@pytest.mark.parametrize("line", ["settings schema", "settings show", "status"])
@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs /dev/full")
def test_a_full_disk_is_one_sentence(here: Path, line: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = run(line, here, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_settings_commands(here: Path) -> None:
    invoke = CliRunner().invoke
    checked = invoke(app, ["settings", "check"])
    assert "is not there, so that all settings are the defaults: digest 03b8586c" in checked.stdout
    path = here / "home" / "main" / "entropy.toml"
    path.write_text("[pool]\noverlap_words = 8\n")
    assert f"{path} is fine: digest " in invoke(app, ["settings", "check"]).stdout
    shown = invoke(app, ["settings", "show"]).stdout
    assert "overlap_words = 8  # file" in shown
    assert "validation_share = 0.05  # default" in shown
    (here / "again.toml").write_text(shown)
    again = invoke(app, ["settings", "check", "again.toml"]).stdout
    assert again.split()[-1] == invoke(app, ["settings", "check"]).stdout.split()[-1]
    value = json.loads(invoke(app, ["settings", "show", "--json", "--dataset", "main"]).stdout)
    assert {"key": "pool.overlap_words", "value": 8, "origin": "file"} in value["settings"]
    assert value["digest"] == again.split()[-1]
    assert json.loads(invoke(app, ["settings", "schema"]).stdout)["title"] == "entropy.toml"


def test_help_and_settings_need_no_dagster() -> None:
    code = "import sys, entropy_assets.settings.schema; from entropy_assets.cli import app, data, settings; "
    code += "sys.exit(not {'dagster', 'torch', 'polars', 'pydantic'}.isdisjoint(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
