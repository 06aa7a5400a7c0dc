"""The measuring stick of ingest: it runs at a small size, and each verdict can be a no."""

import json
from pathlib import Path

import polars as pl
import pytest

from benchmarks.ingest import BAD_ROWS, exit_code, good_rows, main, read, write_rows
from benchmarks.zip.job import Check, Result
from benchmarks.zip.process import ROOT


def test_all_files_are_measured(shared: Path, tmp_path: Path) -> None:
    out = tmp_path / "ingest.json"
    places = ["--shared", str(shared), "--cache", str(tmp_path), "--out", str(out), "--against", str(ROOT)]
    assert main(["--smoke", *places]) == 0
    report = json.loads(out.read_text())
    assert list(report["rows"]) == ["text", "layouts", "parts"]
    assert "GiB" in report["run"]["machine"]
    for form, found in report["rows"].items():
        speeds, exact = found["checks"][:-3], found["checks"][-3:]
        beside = f"{form}: rows/s of processor over those of the other checkout"
        assert [check["what"] for check in speeds] == [f"{form}: rows/s", beside][form == "parts" :]
        assert all(check["measured"] > 0 for check in speeds)
        assert [check["holds"] for check in exact] == ["yes"] * 3
        assert found["figures"]["beside"]["records_before"] == 3000
        assert found["figures"]["rows"] == 3000 + len(BAD_ROWS)
    assert [path for path in tmp_path.iterdir() if path.name.startswith("ingest-")] == []


@pytest.mark.parametrize("form", ["text", "layouts", "parts"])
def test_every_reason_is_found_and_the_seed_moves_the_rows(tmp_path: Path, form: str) -> None:
    pool = tmp_path / "pool.jsonl"
    pool.write_text("".join(f'{{"text": "row {n} of the pool", "source": "s"}}\n' for n in range(100)))
    written = {}
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        path = tmp_path / f"{name}.jsonl"
        reasons = write_rows(pool, form, seed, path)
        written[name] = path.read_bytes()
        found = read(str(path), 1, with_digest=False)
        assert found["records"] == 100
        assert found["reasons"] == dict(sorted(reasons.items())) == dict.fromkeys(sorted(BAD_ROWS), 1)
        assert pl.read_ndjson(good_rows(path)).height == 100
    assert written["a"] == written["b"] != written["c"]


def test_speed_is_judged_outside_of_a_smoke_run() -> None:
    slow = {"text": Result([Check("text: rows/s", "at least", 50_000.0, "", 49_000.0)])}
    assert exit_code(slow, is_smoke=False) == 1
    assert exit_code(slow, is_smoke=True) == 0
    lost = {"text": Result([Check("text: records that the command lost", "at most", 0, "", 1)])}
    assert exit_code(lost, is_smoke=True) == 1
