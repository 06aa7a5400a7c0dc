"""A flood of one template is told, and nothing else is called one."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from entropy_assets.cli import app
from entropy_assets.curation.dedup.floods import LEAST_RECORDS, LOOKED_AT, find_flood, sampled
from tests.curation.dedup.talks import page

PLACES = page(1, 4000).replace(".", "").split()


def filled(n: int) -> str:
    a, b, c, d = (f"{word}{n}" for word in PLACES[4 * n : 4 * n + 4])
    return (
        f"Welcome to {a}, where you can book the best rooms of {b} at a low price. Our team in {c} will help "
        f"you to find what you look for, and {d} has many sights that you should not miss when you come to "
        "us. "
        f"Call us at {n}{n} or write to the desk at {a}, open all day and all night for guests."
    )


@pytest.mark.parametrize(
    "around", ["{}", "\x1dTell me of it.\x1e{}", "\x1cBe kind.\x1dTell me of {{}}.\x1e{}"]
)
def test_one_template_with_other_fillings(around: str) -> None:
    found = find_flood([around.format(filled(n)).encode() for n in range(300)])
    assert found is not None
    assert (found.n_filled, found.n_looked_at) == (300, 300)
    assert found.shown == "has many sights that you should not miss when you come to"


def test_a_flood_among_other_records() -> None:
    texts = [filled(n).encode() for n in range(LEAST_RECORDS)]
    others = [page(n, 80).encode() for n in range(300)]
    found = find_flood([*texts, *others])
    assert found is not None
    assert found.n_filled == LEAST_RECORDS
    assert find_flood([*texts[1:], *others]) is None


def test_what_is_no_flood() -> None:
    assert find_flood([]) is None
    assert find_flood([page(n, 80).encode() for n in range(300)]) is None
    short = [
        f"What is the main town of {word}{n}, and who lives there?" for n, word in enumerate(PLACES[:300])
    ]
    assert find_flood([text.encode() for text in short]) is None
    system = f"\x1c{filled(0)}\x1dTell me of it.\x1e"
    assert find_flood([f"{system}{page(n, 80)}".encode() for n in range(300)]) is None


def test_rows_that_are_looked_at_are_spread() -> None:
    assert sampled(np.arange(5)).tolist() == [0, 1, 2, 3, 4]
    found = sampled(np.arange(10 * LOOKED_AT))
    assert (len(np.unique(found)), found[0], found[-1]) == (LOOKED_AT, 0, 10 * LOOKED_AT - 1)


def test_the_command_says_it_and_keeps_all(tmp_path: Path) -> None:
    path, out = tmp_path / "data.jsonl", tmp_path / "kept.parquet"
    path.write_text("".join(json.dumps({"text": filled(n)}) + "\n" for n in range(300)))
    command = ["dedup", str(path), "--out", str(out), "--pairs", str(tmp_path / "pairs.parquet")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0
    assert result.stdout.startswith(
        "300 records = 300 kept + 0 removed\n300 of 300 kept records that were looked"
    )
