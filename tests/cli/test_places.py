"""Where results of commands go: a place that cannot be, or a name that says another form, is one sentence."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner, Result

from entropy_assets.cli import app

ROOT = Path(__file__).resolve().parents[2]
ROWS = [{"id": f"r{n}", "instruction": f"Say {n}.", "output": f"{n} " * (n + 1)} for n in range(12)]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the same rows in several forms, which is where the command runs."""
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    (tmp_path / "rows.json").write_text(json.dumps(ROWS))
    (tmp_path / "rows.csv").write_text(
        "instruction,output\n" + "".join(f"{row['instruction']},{row['output']}\n" for row in ROWS)
    )
    (tmp_path / "rows.txt").write_text("\n\n".join(row["output"] for row in ROWS))
    pl.DataFrame(ROWS).write_parquet(tmp_path / "rows.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def invoke(line: str) -> Result:
    result = CliRunner().invoke(app, line.split())
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def refused(line: str) -> str:
    result = invoke(line)
    assert (result.exit_code, result.stdout) == (2, ""), (result.exit_code, result.stdout, result.stderr)
    (sentence,) = result.stderr.strip().split("\n")
    return sentence


def command(name: str, **places: str) -> str:
    """Return a whole command with places that are fine but for those that are named."""
    fine = {
        "ingest": {"out": "o.parquet"},
        "select": {"out": "o.jsonl", "budget": "3"},
        "dedup": {"out": "o.parquet", "pairs": "p.parquet"},
        "export": {"out": "o.jsonl", "layout": "alpaca"},
    }[name]
    source = "records.parquet" if name == "export" else "rows.jsonl"
    return " ".join([name, source, *(f"--{key} {value}" for key, value in {**fine, **places}.items())])


PLACES = [
    *(("ingest", option) for option in ("out", "quarantine")),
    ("select", "out"),
    *(("dedup", option) for option in ("out", "pairs")),
    *(("export", option) for option in ("out", "refused")),
]


@pytest.mark.parametrize(("name", "option"), PLACES)
@pytest.mark.parametrize("place", ["folder", "rows.csv/x", "/proc/none/x", f"{'n' * 300}/x", "pipe"])
def test_a_place_that_cannot_be_names_its_flag(here: Path, name: str, option: str, place: str) -> None:
    assert invoke("ingest rows.jsonl --out records.parquet").exit_code == 0
    (here / "folder").mkdir()
    os.mkfifo(here / "pipe")
    ending = ".jsonl" if (name, option) in (("select", "out"), ("export", "out")) else ".parquet"
    if place.endswith("x"):
        place += ending
    before = sorted(here.rglob("*"))
    told = refused(command(name, **{option: place}))
    assert place in told if name == "export" else f"--{option} {place}" in told
    assert sorted(here.rglob("*")) == before


@pytest.mark.usefixtures("here")
def test_a_place_below_folders_that_are_not_there_is_made() -> None:
    assert invoke(command("select", out="a/b/o.jsonl")).exit_code == 0
    assert len(Path("a/b/o.jsonl").read_text().splitlines()) == 3


@pytest.mark.parametrize("name", ["ingest", "select", "dedup", "export"])
def test_a_disk_that_is_full_is_one_sentence(here: Path, name: str) -> None:
    rows = [{"instruction": f"Say {n}.", "output": os.urandom(400).hex()} for n in range(400)]
    (here / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert invoke("ingest rows.jsonl --out records.parquet").exit_code == 0
    program = [sys.executable, "-c", "from entropy_assets.cli import app; app()"]
    line = command(name, **({"budget": "399"} if name == "select" else {}))
    done = subprocess.run(
        [*program, *line.split()],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)),
        text=True,
        capture_output=True,
    )
    assert done.returncode == 1, done.stderr
    (sentence,) = done.stderr.strip().split("\n")
    assert "written" in sentence
    assert "free some space" in sentence
    assert not [path.name for path in here.iterdir() if path.name.startswith(("o.", ".o."))]


ENDINGS = ["o.csv", "o.jsonl", "o.json", "o.txt", "o.parquet.gz", "o.tsv", "o.out", "o.parq", "o.2"]


@pytest.mark.parametrize(("name", "option"), [one for one in PLACES if one != ("select", "out")])
@pytest.mark.parametrize("place", ENDINGS)
def test_what_is_parquet_is_called_so(here: Path, name: str, option: str, place: str) -> None:
    assert invoke("ingest rows.jsonl --out records.parquet").exit_code == 0
    if (name, option) == ("export", "out"):
        if "json" in place:
            return  # these are what it writes
        assert "--out must end in .jsonl" in refused(command(name, out=place))
        return
    assert f"--{option}" in (told := refused(command(name, **{option: place})))
    assert ".parquet" in told
    assert not Path(place).exists()


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("pool", "out"),
    [
        ("rows.jsonl", "o.parquet"),
        ("rows.jsonl", "o.csv"),
        ("rows.jsonl", "o.txt"),
        ("rows.json", "o.parquet"),
        ("rows.csv", "o.jsonl"),
        ("rows.csv", "o.json"),
        ("rows.txt", "o.jsonl"),
        ("rows.parquet", "o.jsonl"),
        ("rows.parquet", "o.json.gz"),
        ("rows.parquet", "o.csv"),
        ("rows.parquet", "o.parquet.gz"),
        (".", "o.jsonl"),
    ],
)
def test_select_refuses_a_name_of_another_form(pool: str, out: str) -> None:
    told = refused(f"select {pool} --budget 3 --out {out}")
    assert f"--out {out}" in told
    assert not Path(out).exists()


@pytest.mark.usefixtures("here")
def test_select_writes_lines_as_an_array_and_back() -> None:
    for pool in ("rows.jsonl", "rows.json"):
        for out in ("o.jsonl", "o.json", "o.ndjson.gz", "o"):
            line = f"select {pool} --budget 3 --out {out} --selector length --no-compare"
            assert invoke(line).exit_code == 0
    assert json.loads(Path("o.json").read_text()) == ROWS[:8:-1]
    assert [json.loads(line) for line in Path("o.jsonl").read_text().splitlines()] == ROWS[:8:-1]
    assert json.loads(Path("o").read_text()) == ROWS[:8:-1]  # a name without an ending says nothing


@pytest.mark.usefixtures("here")
def test_an_array_on_many_lines_becomes_one_row_a_line() -> None:
    Path("rows.json").write_text(json.dumps(ROWS, indent=2))
    assert invoke("select rows.json --budget 3 --out o.jsonl --selector length --no-compare").exit_code == 0
    assert [json.loads(line) for line in Path("o.jsonl").read_text().splitlines()] == ROWS[:8:-1]
    line = "select share.json --budget 2 --selector zip_paper --k1 4 --k2 2 --k3 1 --no-compare --out "
    turns = [{"from": "human", "value": "a\u2028b"}, {"from": "gpt", "value": "c"}]
    rows = [{"source": "s", "id": n, "conversations": turns} for n in range(6)]
    Path("share.json").write_text(json.dumps(rows, indent=2))
    assert invoke(f"{line}picked.json").exit_code == 0
    assert invoke(f"{line}picked.jsonl").exit_code == 0
    picked = json.loads(Path("picked.json").read_text())
    assert [json.loads(line) for line in Path("picked.jsonl").read_text().splitlines()] == picked
    assert len(picked) == 2


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("score rows.jsonl --scorer density --out x.out", ".parquet"),
        ("select rows.jsonl --budget 3 --out x.out", ".jsonl"),
        ("select rows.json --budget 3 --out x.out.gz", ".json"),
        ("select rows.parquet --budget 3 --out x.parq", ".parquet"),
        ("select rows.txt --budget 3 --out x.out", ".txt"),
        ("compare rows.jsonl --budget 3 --out x.out", ".json"),
        ("compare rows.jsonl --budget 3 --out x.csv", ".json"),
        ("mixture rows.jsonl --weights datasets --out x.out", ".json"),
        ("mixture rows.jsonl --weights axolotl --out x.json", ".yaml or .yml"),
        ("export rows.parquet --layout text --out x.out", ".jsonl"),
        ("ingest nowhere.jsonl --out x.out", ".parquet"),
        ("export nowhere.parquet --layout text --out x.out", ".jsonl"),
        ("dedup nowhere.jsonl --out x.out --pairs p.parquet", ".parquet"),
    ],
)
def test_an_ending_that_nothing_is_written_in_is_refused_first(line: str, allowed: str) -> None:
    told = refused(line)
    assert "--out" in told
    assert allowed in told
    assert "nowhere" not in told


@pytest.mark.usefixtures("here")
def test_a_name_without_an_ending_is_fine() -> None:
    assert invoke("ingest rows.jsonl --out picked").exit_code == 0
    assert invoke("select rows.jsonl --budget 3 --out other").exit_code == 0
