"""`entropy-assets compare`: selectors beside each other, the same for any workers; bad input is told."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from entropy_assets.cli import app
from entropy_assets.settings import SELECTORS
from tests.candidate.small import rows

SMALL = (
    "--budget",
    3_000,
    "--seeds",
    2,
    "--train-bytes",
    2_000,
    "--exam-bytes",
    1_000,
    "--probe-bytes",
    2_000,
)


def ask(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["compare", *map(str, arguments)])
    return done.exit_code, done.output


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pool") / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(range(120))))
    return path


def compared(pool: Path, out: Path, workers: int) -> dict[str, Any]:
    names = "zip,random,perplexity,density,target,scores"
    table = out.with_suffix(".parquet")
    done = CliRunner().invoke(app, ["score", str(pool), "--scorer", "density", "--out", str(table)])
    assert done.exit_code == 0, done.output
    files = ("--target", pool, "--scores", table, "--order", "lowest", "--out", out)
    code, said = ask(pool, *SMALL, "--selectors", names, *files, "--workers", workers)
    assert code == 0, said
    assert all(f"`{name}`" in said for name in names.split(","))
    found: dict[str, Any] = json.loads(out.read_text())
    for one in found["selectors"].values():
        assert one.pop("cpu_seconds") >= 0
        del one["memory_bytes"]
    return found


def test_each_selector_has_figures_that_workers_do_not_change(pool: Path, tmp_path: Path) -> None:
    found = compared(pool, tmp_path / "one.json", 1)
    assert found == compared(pool, tmp_path / "two.json", 2)
    figures = found["selectors"]
    assert figures["zip"]["overlap"] == 1.0
    assert figures["random"]["minus_random"]["L"] == [0.0, 0.0]
    assert list(figures["zip"]["heldout"]) == ["in distribution", "target rows"]
    assert all(one["n_bytes"] <= found["compared_bytes"] <= 3_000 for one in figures.values())
    assert found["kendall_tau"]["zip"].keys() == figures.keys() - {"zip"}
    assert found["records"] + found["held_out_records"] == 120


def test_bad_input_is_one_sentence(pool: Path, tmp_path: Path) -> None:
    few = tmp_path / "few.jsonl"
    few.write_text('{"text": "One record alone is not enough."}\n')
    same = tmp_path / "pool.json"
    same.write_bytes(pool.read_bytes())
    others = tmp_path / "others.parquet"
    pl.DataFrame({"id": ["a"], "score": [1.0]}).write_parquet(others)
    for arguments, sentence in [
        ((pool, *SMALL, "--selectors", "zip,zap"), "selector 'zap' is unknown: choose from zip, zip_paper"),
        (
            (pool, *SMALL, "--selectors", "zip"),
            "a comparison needs two selectors or more, each once, got zip",
        ),
        ((pool, *SMALL, "--selectors", "zip,target"), "selector 'target' needs a file"),
        ((pool, *SMALL, "--selectors", "zip,scores"), "selector 'scores' needs a file"),
        ((pool, *SMALL, "--selectors", "zip,random", "--rows", 3), "--rows is of another scorer or selector"),
        ((pool, *SMALL, "--seeds", 1), "--seeds must be 2 or more, got 1"),
        ((few, *SMALL, "--selectors", "zip,random"), "a comparison needs records to choose from"),
        ((tmp_path / "none", *SMALL), "none"),
        ((pool, *SMALL, "--out", pool), "must end in .json, or in nothing"),
        ((same, *SMALL, "--out", same), "is POOL itself: name another file"),
        ((pool, *SMALL, "--selectors", "random,scores", "--scores", others), "has a score of none of the"),
    ]:
        code, said = ask(*arguments)
        assert code == 2, said
        assert sentence in " ".join(said.split())
        assert "Traceback" not in said


def test_missing_scores_are_told(pool: Path, tmp_path: Path) -> None:
    table, part = tmp_path / "all.parquet", tmp_path / "part.parquet"
    arguments = ["score", str(pool), "--scorer", "target", "--target", str(pool), "--out", str(table)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    scores = pl.read_parquet(table)
    scores.head(60).write_parquet(part)
    found = {}
    for name, file in (("whole", table), ("part", part)):
        out = tmp_path / f"{name}.json"
        code, said = ask(pool, *SMALL, "--selectors", "random,scores", "--scores", file, "--out", out)
        assert code == 0, said
        found[name] = " ".join(said.split()), json.loads(out.read_text())
    assert "have no score" not in found["whole"][0]
    said, figures = found["part"]
    n_missing = figures["selectors"]["scores"]["n_unscored"]
    assert n_missing >= 50
    assert f"`scores`: {n_missing} of {figures['records']} records have no score and come last" in said


def test_the_default_leaves_out_what_needs_a_file() -> None:
    ready = {name for name, one in SELECTORS.items() if one.is_ready}
    assert {"zip", "random", "information", "density", "perplexity", "mig"} <= ready
    assert not {"target", "scores"} & ready
