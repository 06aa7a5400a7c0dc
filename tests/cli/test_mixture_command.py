"""`entropy-assets mixture`: a table, JSON, weights for trainers; bad input in a sentence."""

import json
from pathlib import Path

import numpy as np
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
    _, told = ask(*files, "--method", "fitted", "--runs", runs, "--json")
    law = json.loads(told)["law"]
    assert law["coefficients"]["poems"]["alpha"]["value"] == pytest.approx(1, abs=0.01)
    assert law["left_out_errors"]["law"] < 0.01 < law["left_out_errors"]["without_share"]
    assert "it misses the losses by 0.0%" in ask(*files, "--method", "fitted", "--runs", runs)[1]


def test_a_law_that_shares_say_nothing_of_is_told(files: list[Path], tmp_path: Path) -> None:
    names, runs = ("web", "forum", "poems"), tmp_path / "runs.jsonl"
    lines = []
    for number, poems in enumerate((0.1, 0.2, 0.3, 0.5, 0.6)):
        shares = {"web": 0.5 - poems / 2, "forum": 0.5 - poems / 2, "poems": poems}
        lines.append({"shares": shares, "steps": 9, "losses": dict.fromkeys(names, 2 + number * 3 % 5)})
    runs.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert "do not show that shares matter" in ask(*files, "--method", "fitted", "--runs", runs)[1]


def test_runs_that_are_none_are_told_by_line(files: list[Path], tmp_path: Path) -> None:
    good = {"shares": {"a": 0.5, "b": 0.5}, "steps": 9, "losses": {"a": 1.0, "b": 2.0}}
    runs = tmp_path / "runs.jsonl"
    for wrong, message in (
        ({"shares": {"a": 0.5, "b": 1.5}}, "its shares add up to 2 and not to 1"),
        ({"losses": {"a": True, "b": 2.0}}, "its 'losses' are no object of numbers"),
        ({"losses": {"a": "2", "b": 2.0}}, "its 'losses' are no object of numbers"),
        ({"shares": {"a": 0.5, "b": 0.25, "c": 0.25}}, "domain 'c' has a share or a loss and not both"),
        ({"steps": None}, "its 'steps' are no number"),
    ):
        runs.write_text("\ufeff" + json.dumps(good) + "\n" + json.dumps(good | wrong) + "\n")
        code, told = ask(*files, "--method", "fitted", "--runs", runs)
        assert (code, f"line 2, is no probe run, {message}" in told) == (2, True), told
    runs.write_text(json.dumps([good]))
    told = ask(*files, "--method", "fitted", "--runs", runs)[1]
    assert "line 1, is no probe run, it is no JSON object" in told


def test_json_is_strict_where_an_interval_has_no_bound(tmp_path: Path) -> None:
    one = write(tmp_path / "one.jsonl", [{"text": "a word " * 900, "source": "one"}])
    two = write(tmp_path / "two.jsonl", rows(range(150)))
    code, told = ask(one, two, "--json", "--unit", "words")
    assert code == 0

    def refuse(name: str) -> float:
        raise AssertionError(f"{name} is no JSON")

    made = json.loads(told, parse_constant=refuse)
    assert made["sources"][0]["entropies"]["shannon"]["high"] is None
    assert "-0.0" not in told


def test_few_pairs_seen_twice_are_told(tmp_path: Path) -> None:
    """Uniform words: the conditional entropy of the short source comes out above that of the long one."""
    rng, paths = np.random.default_rng(0), []
    vocabulary = ["w" + chr(97 + one // 26) + chr(97 + one % 26) for one in range(100)]
    for name, n_records in (("short", 40), ("long", 800)):
        drawn = rng.choice(vocabulary, (n_records, 100))
        own = [{"text": " ".join(words), "source": name} for words in drawn]
        paths.append(write(tmp_path / f"{name}.jsonl", own))
    code, told = ask(*paths, "--unit", "words")
    assert code == 0
    assert "Most adjacent pairs occur once in short (" in told


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
        (["--share", "web=1"], "--share is for --method given, got --method entropy:conditional"),
        (["--steps", "5"], "--steps is for --method fitted"),
        (
            ["--method", "given", "--share", "web=1e308", "--share", "poems=1", "--share", "forum=1e-320"],
            "too many orders of magnitude apart",
        ),
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


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--budget", "-1"], "--budget must be a finite number above 0, got -1"),
        (["--max-epochs", "0"], "--max-epochs must be a finite number above 0, got 0"),
        (["--cap", "web=-2"], "--cap web must be a finite number above 0, got -2"),
        (["--floor", "web=1.5"], "--floor web must be a fraction from 0 to 1, got 1.5"),
        (["--ceiling", "web=-1"], "--ceiling web must be a fraction from 0 to 1, got -1"),
        (["--method", "given", "--share", "web=-1"], "--share web must be 0 or more, got -1"),
        (["--floor", "web=0.6", "--floor", "poems=0.5"], "the floors add up to 1.1, and 1 is all there is"),
        (["--floor", "web=0.6", "--ceiling", "web=0.5"], "--floor web must be 0.5 at most, its --ceiling"),
        (["--max-divergence", "-1"], "--max-divergence must be 0 nats or more, got -1"),
        (["--method", "fitted", "--runs", "none.jsonl", "--steps", "-1"], "--steps must be a finite number"),
        (["--seed", "-1"], "--seed must be 0 or more, got -1"),
    ],
)
def test_a_wrong_number_is_told_before_a_missing_file(more: list[str], message: str) -> None:
    code, told = ask(Path("nowhere.jsonl"), *more)
    assert code == 2
    assert message in told
    assert "nowhere" not in told
