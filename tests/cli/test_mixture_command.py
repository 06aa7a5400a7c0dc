"""`entropy-assets mixture`: a table, JSON, weights for trainers; bad input in a sentence."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from entropy_assets.cli import app
from tests.candidate.small import new_words, rows


def ask(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["mixture", *map(str, arguments)], env={"COLUMNS": "200"})
    return done.exit_code, done.output


def write(path: Path, own: list[dict[str, str]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in own))
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two sources in one file, and a third, of few words, in another."""
    folder = tmp_path_factory.mktemp("sources")
    both = write(folder / "both.jsonl", [*rows(range(150)), *new_words(range(40), "forum")])
    return [both, write(folder / "poems.jsonl", rows(range(900, 940), "poems"))]


def found(files: list[Path], *more: object) -> dict[str, dict[str, object]]:
    code, told = ask(*files, "--json", *more)
    assert code == 0, told
    return {row["source"]: row for row in json.loads(told)["sources"]}


def test_a_table_says_what_there_is_and_what_holds_a_share(files: list[Path]) -> None:
    code, told = ask(*files, "--cap", "poems=1", "--unit", "words")
    assert code == 0
    for word in ("conditional", "natural", "wanted", "epochs", "poems", "forum", "95 % intervals"):
        assert word in told
    (row,) = [line for line in told.splitlines() if line.startswith("poems")]
    assert [cell.strip() for cell in row.split("│")][-3:] == ["1.00", "1", "epochs"]


def test_shares_follow_the_entropies_and_add_up(files: list[Path]) -> None:
    made = found(files, "--method", "entropy:shannon", "--unit", "words")
    assert sum(float(row["share"]) for row in made.values()) == pytest.approx(1)  # type: ignore[arg-type]
    values = {name: row["entropies"]["shannon"]["value"] for name, row in made.items()}  # type: ignore[index]
    assert max(made, key=lambda name: made[name]["wanted"]) == max(values, key=lambda name: values[name])
    for unit in ("bpe", "bytes"):
        assert set(found(files, "--unit", unit)) == {"web", "forum", "poems"}
    spectral = found(files, "--method", "entropy:von_neumann", "--unit", "bytes")
    assert all("von_neumann" in row["entropies"] for row in spectral.values())  # type: ignore[operator]


def test_workers_and_the_order_of_files_change_nothing(files: list[Path]) -> None:
    one = ask(*files, "--json", "--workers", 1)
    assert one == ask(*files, "--json", "--workers", 2)
    backward = ask(*reversed(files), "--json", "--unit", "words")
    assert backward == ask(*files, "--json", "--unit", "words")


def test_given_shares_floors_and_budget(files: list[Path]) -> None:
    shares = ("--share", "web=1", "--share", "forum=1", "--share", "poems=2")
    made = found(files, "--method", "given", *shares, "--amounts", "bytes", "--budget", 1000)
    assert made["poems"]["share"] == pytest.approx(0.5)
    held = found(files, "--method", "natural", "--floor", "forum=0.4", "--ceiling", "web=0.2")
    assert held["forum"]["share"] == pytest.approx(0.4)
    assert held["web"]["binds"] == ["ceiling"]
    near = found(files, "--method", "uniform", "--max-divergence", 0)
    assert all(row["share"] == pytest.approx(row["natural"], abs=1e-4) for row in near.values())


def test_a_law_of_runs_gives_the_mixture(files: list[Path], tmp_path: Path) -> None:
    lines = []
    for poems in (0.1, 0.3, 0.6):
        shares = {"web": 0.5 - poems / 2, "forum": 0.5 - poems / 2, "poems": poems}
        losses = {name: (0.2 if name == "poems" else 0.02) * 5 / share for name, share in shares.items()}
        lines += [json.dumps({"shares": shares, "steps": 100, "losses": losses})] * 2
    runs = tmp_path / "runs.jsonl"
    runs.write_text("\n".join(lines))
    made = found(files, "--method", "fitted", "--runs", runs)
    assert made["poems"]["share"] == pytest.approx(10**0.5 / (10**0.5 + 2), abs=0.01)
    assert made["poems"]["wanted"] is None


def test_weights_go_to_a_file(files: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "mix.json"
    code, told = ask(*files, "--weights", "datasets", "--out", out)
    assert code == 0
    assert f"wrote the weights for datasets to {out}" in told
    assert sum(json.loads(out.read_text())["probabilities"]) == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--budget", "1e9"], "a budget of 1,000,000,000 cannot be filled"),
        (["--floor", "maps=0.1"], "there is no domain 'maps' for a floor: known are forum, poems, web"),
        (["--floor", "poems"], "--floor must be SOURCE=NUMBER, once a source, got 'poems'"),
        (["--cap", "poems=1", "--cap", "poems=2"], "--cap must be SOURCE=NUMBER, once a source"),
        (["--method", "given"], "--method given needs --share SOURCE=NUMBER of each source"),
        (["--method", "fitted"], "--method fitted and --runs FILE go together"),
        (["--method", "fitted", "--runs", "none.jsonl"], "--runs: none.jsonl cannot be read"),
        (["--weights", "datasets"], "--weights FORM and --out FILE go together"),
        (["--seed", "-1"], "--seed must be 0 or more"),
    ],
)
def test_what_cannot_be_met_is_told(files: list[Path], more: list[str], message: str) -> None:
    code, told = ask(*files, "--unit", "words", *more)
    assert code == 2
    assert message in told
    assert len(told.strip().splitlines()) == 1


def test_one_source_an_empty_file_and_a_small_source_are_told(files: list[Path], tmp_path: Path) -> None:
    code, told = ask(files[1])
    assert (code, "two domains or more, got one, 'poems'" in told) == (2, True)
    (tmp_path / "none.jsonl").write_text("")
    code, told = ask(files[0], tmp_path / "none.jsonl")
    assert (code, "none.jsonl" in told) == (2, True)
    few = write(tmp_path / "few.jsonl", rows(range(2), "few"))
    code, told = ask(*files, few, "--unit", "words")
    assert code == 2
    assert "an entropy needs 1,000 tokens of a domain, and fewer are in 'few' (" in told
    assert ask(*files, few, "--unit", "words", "--method", "natural")[0] == 0
    code, told = ask(files[0], "--out", files[0], "--weights", "megatron")
    assert (code, "name another file" in told) == (2, True)
