"""`entropy-assets select`: the input's form comes back, and the official script's array for `zip_paper`."""

import base64
import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import zstandard
from typer.testing import CliRunner

from entropy_assets.cli import app
from entropy_assets.cli.pool_file import official_pool

ROWS = [
    {"id": f"r{i}", "instruction": f"Say {i}.", "input": "", "output": f"{i} " * (i + 1)} for i in range(12)
]


def invoke(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["select", *map(str, arguments)])
    return result.exit_code, result.output


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "pool.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    return path


@pytest.mark.parametrize("selector", ["zip", "zip_paper", "random", "length"])
def test_picked_lines_are_the_pools_own(lines: Path, tmp_path: Path, selector: str) -> None:
    out = tmp_path / "picked.jsonl"
    code, _ = invoke(
        lines, "--selector", selector, "--budget", 4, "--out", out, "--k1", 4, "--k2", 2, "--k3", 1
    )
    assert code == 0
    picked = out.read_text().splitlines()
    assert len(picked) == len(set(picked)) == 4
    assert set(picked) <= set(lines.read_text().splitlines())


def test_all_keeps_the_order_of_the_pool(lines: Path, tmp_path: Path) -> None:
    out = tmp_path / "picked.jsonl"
    assert invoke(lines, "--selector", "all", "--budget", 1, "--out", out)[0] == 0
    assert out.read_bytes() == lines.read_bytes()


def test_array_stays_an_array(tmp_path: Path) -> None:
    pool, out = tmp_path / "pool.json", tmp_path / "picked.json"
    pool.write_text(json.dumps(ROWS, indent=1))
    assert invoke(pool, "--selector", "length", "--budget", 3, "--out", out)[0] == 0
    assert json.loads(out.read_text()) == [ROWS[11], ROWS[10], ROWS[9]]


def test_csv_stays_csv(tmp_path: Path) -> None:
    pool, out = tmp_path / "pool.csv", tmp_path / "picked.csv"
    rows = [f'{n},"line {n}\n{"word " * (n + 1)}"\n' for n in range(6)]
    pool.write_text("id,text\n" + "".join(rows))
    assert invoke(pool, "--selector", "length", "--budget", 2, "--out", out)[0] == 0
    assert out.read_text() == "id,text\n" + rows[5] + rows[4]


def test_parquet_stays_parquet(tmp_path: Path) -> None:
    pool, out = tmp_path / "pool.parquet", tmp_path / "picked.parquet"
    pl.DataFrame(ROWS).write_parquet(pool)
    assert invoke(pool, "--selector", "length", "--budget", 2, "--out", out)[0] == 0
    assert pl.read_parquet(out).to_dicts() == [ROWS[11], ROWS[10]]


def test_a_folder_of_shards_is_one_pool(tmp_path: Path) -> None:
    folder, out = tmp_path / "shards", tmp_path / "picked.parquet"
    folder.mkdir()
    rows = [*ROWS[:6], {"id": "bad", "instruction": None, "input": None, "output": None}, *ROWS[6:]]
    for number, start in enumerate((0, 5, 9)):
        shard = pl.DataFrame(rows[start : (5, 9, 13)[number]], schema=pl.DataFrame(ROWS).schema)
        shard.write_parquet(folder / f"part-{number}.parquet")
    code, output = invoke(folder, "--selector", "length", "--budget", 4, "--out", out)
    assert code == 0, output
    assert pl.read_parquet(out).to_dicts() == ROWS[:7:-1]
    assert "1 row(s) left out" in output
    (tmp_path / "empty").mkdir()
    code, output = invoke(tmp_path / "empty", "--budget", 1, "--out", out)
    assert code == 2
    assert "is not a file, nor a folder of Parquet files" in output


def test_output_is_packed_as_its_name_says(lines: Path, tmp_path: Path) -> None:
    out = tmp_path / "picked.jsonl.gz"
    assert invoke(lines, "--selector", "length", "--budget", 1, "--out", out)[0] == 0
    assert json.loads(gzip.decompress(out.read_bytes())) == ROWS[11]


def test_rows_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    pool, out = tmp_path / "pool.jsonl", tmp_path / "picked.jsonl"
    pool.write_text('{"text": "good"}\n{"text": "cut\n\n{"text": "fine"}\n')
    code, output = invoke(pool, "--budget", 5, "--out", out)
    assert code == 0
    assert out.read_text() in ('{"text": "good"}\n{"text": "fine"}\n', '{"text": "fine"}\n{"text": "good"}\n')
    assert "1 row(s) left out: invalid_json" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.jsonl", "--budget", "1", "--out", "x"], "nowhere.jsonl does not exist: name a JSONL"),
        (["pool.jsonl", "--budget", "0", "--out", "x"], "budget amount must be an integer above 0, got 0"),
        (["pool.jsonl", "--budget", "1", "--out", "pool.jsonl"], "pool.jsonl is POOL itself"),
        (["pool.jsonl", "--budget", "1", "--out", "x", "--k2", "300", "--k1", "200"], "must hold"),
        (["empty.jsonl", "--budget", "1", "--out", "x"], "holds no record that can be read, and no row"),
    ],
)
def test_bad_input_is_one_sentence_and_writes_nothing(
    lines: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(lines.parent)
    Path("empty.jsonl").touch()
    before = lines.read_bytes()
    code, output = invoke(*arguments)
    assert code == 2
    assert message in output
    assert len(output.strip().splitlines()) == 1
    assert not Path("x").exists()
    assert lines.read_bytes() == before


def test_zip_paper_writes_the_array_of_the_official_script(shared: Path, tmp_path: Path) -> None:
    pool, out = shared / "golden" / "pool_1600.json", tmp_path / "picked.json"
    sizes = ["--k1", 400, "--k2", 40, "--k3", 20]
    assert invoke(pool, "--selector", "zip_paper", "--budget", 240, "--out", out, *sizes)[0] == 0
    records = {record["id"]: record for record in json.loads(pool.read_text())}
    picks = json.loads((shared / "golden" / "picks_1600.json").read_text())
    assert out.read_text() == json.dumps([records[pick] for pick in picks])


def test_packed_pool_is_read(lines: Path, tmp_path: Path) -> None:
    packed, out = tmp_path / "pool.jsonl.zst", tmp_path / "picked.jsonl"
    packed.write_bytes(zstandard.ZstdCompressor().compress(lines.read_bytes()))
    assert invoke(packed, "--selector", "length", "--budget", 1, "--out", out)[0] == 0
    assert json.loads(out.read_text()) == ROWS[11]


def records(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_lists_and_quotas_hold(tmp_path: Path) -> None:
    pool, out, keep, never = (tmp_path / name for name in ("pool.jsonl", "out.jsonl", "keep", "never"))
    rows = [{"id": f"r{i}", "text": f"{i} text {i * 7}", "source": "ab"[i % 2]} for i in range(20)]
    pool.write_text("".join(json.dumps(row) + "\n" for row in rows))
    keep.write_text("r3\nr1\n")
    never.write_text("r0\nr2\nnot-in-the-pool\n")
    lists = ["--keep", keep, "--never", never, "--quota", "b=4"]
    code, output = invoke(pool, "--budget", 12, "--out", out, *lists)
    assert code == 0, output
    picked = [row["id"] for row in records(out)]
    assert picked[:2] == ["r3", "r1"]
    assert len(picked) == 12
    assert not {"r0", "r2"} & set(picked)
    assert sum(int(row_id[1:]) % 2 for row_id in picked) == 4


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--keep", "keep"], "keep lists 1 id(s) that pool.jsonl has not, such as 'r99'"),
        (["--never", "nowhere"], "nowhere cannot be read as a list, one a line in UTF-8"),
        (["--quota", "a"], "--quota must be SOURCE=AMOUNT with a whole number, got 'a'"),
        (["--quota", "other=3"], "the pool has no source 'other' for a quota: it has pool"),
        (["--selector", "zip_paper", "--quota", "pool=1"], "takes no quota, keep or never list"),
        (["--unit", "tokens"], "a budget in tokens names a tokenizer"),
        (["--unit", "tokens", "--tokenizer", "none.json"], "none.json' cannot be loaded"),
        (["--tokenizer", "none.json"], "none.json' cannot be loaded"),
    ],
)
def test_constraints_that_cannot_be_are_one_sentence(
    lines: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(lines.parent)
    Path("keep").write_text("r1\nr99\n")
    code, output = invoke("pool.jsonl", "--budget", 5, "--out", "out.jsonl", *arguments)
    assert code == 2
    assert message in output
    assert len(output.strip().splitlines()) == 1
    assert not Path("out.jsonl").exists()


def test_noise_is_refused_unless_it_is_asked_for(tmp_path: Path) -> None:
    pool, out = tmp_path / "pool.jsonl", tmp_path / "out.jsonl"
    rng = np.random.default_rng(0)
    blobs = [base64.b64encode(rng.bytes(300)).decode() for _ in range(5)]
    prose = [f"The train number {i} leaves the old station at {i % 24} and is late." for i in range(40)]
    rows = [{"text": text} for text in [*prose, *blobs]]
    pool.write_text("".join(json.dumps(row) + "\n" for row in rows))
    code, output = invoke(pool, "--budget", 10, "--out", out)
    assert code == 0
    assert not {row["text"] for row in records(out)} & set(blobs)
    assert "5 record(s) refused: no text (--no-noise-guard takes them)" in output
    assert invoke(pool, "--budget", 10, "--out", out, "--no-noise-guard")[0] == 0
    assert {row["text"] for row in records(out)} >= set(blobs)


def test_the_selection_stands_beside_others(lines: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    _, output = invoke(lines, "--budget", 4, "--out", out)
    table = [line.split("|")[1].strip() for line in output.splitlines() if line.startswith("|")]
    assert table[2:] == ["zip", "random", "length", "all"]
    _, output = invoke(lines, "--budget", 4, "--out", out, "--no-compare")
    assert "|" not in output


def test_whole_pairs_are_picked_with_or_without_the_rejected_answer(shared: Path, tmp_path: Path) -> None:
    pool = shared / "data" / "forms" / "dpo_en_demo.jsonl"
    picked = {}
    for option in ("--with-rejected", "--no-with-rejected"):
        out = tmp_path / f"out{option}.jsonl"
        code, output = invoke(pool, "--budget", 100, "--out", out, option, "--no-compare")
        assert code == 0, output
        picked[option] = out.read_text().splitlines()
        assert len(set(picked[option])) == 100
        assert set(picked[option]) <= set(pool.read_text().splitlines())
    assert set(picked["--with-rejected"]) != set(picked["--no-with-rejected"])


def test_a_budget_in_tokens(lines: Path, tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({"x": 0}, unk_token="x"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.save(str(tmp_path / "words.json"))
    out = tmp_path / "out.jsonl"
    unit = ["--unit", "tokens", "--tokenizer", tmp_path / "words.json", "--selector", "length"]
    code, output = invoke(lines, "--budget", 20, "--out", out, *unit, "--sequence-length", 15)
    assert code == 0
    assert "20 tokens, 10 a record (p50 6, p90 14, p99 14, max 14; 0.0% longer than 15)." in output
    assert "Sequences of 15: 2 with whole records packed (66.7% full), 2 concatenated (66.7% full)" in output
    # A row has "Say i." and i + 1 words: 14 and 6 tokens.
    assert [row["id"] for row in records(out)] == ["r11", "r3"]


def test_the_command_starts_without_dagster_and_torch() -> None:
    code = "import sys, entropy_assets.cli.select; sys.exit(not {'dagster', 'torch'}.isdisjoint(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_an_array_behind_a_byte_order_mark_is_the_official_script_s_own(tmp_path: Path) -> None:
    rows = [{"source": "s", "conversations": [{"from": "human", "value": "a"}]}]
    (tmp_path / "pool.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(rows).encode())
    assert official_pool(tmp_path / "pool.json") == rows
    (tmp_path / "pool.jsonl").write_text(json.dumps(rows[0]) + "\n")
    assert official_pool(tmp_path / "pool.jsonl") is None


def sharegpt(path: Path, n: int = 60) -> Path:
    """Write an array as the official script reads it."""
    turns = [("human", "What is {}?"), ("gpt", "It is {}, which comes before " + "{} ")]
    rows = [
        {
            "id": str(i),
            "source": "s",
            "conversations": [{"from": who, "value": text.format(i, i + 1)} for who, text in turns],
        }
        for i in range(n)
    ]
    path.write_text(json.dumps(rows))
    return path


def test_what_zip_paper_does_with_a_budget_is_said(tmp_path: Path) -> None:
    pool, out = sharegpt(tmp_path / "pool.json"), tmp_path / "out.json"
    code, output = invoke(pool, "--selector", "zip_paper", "--budget", 30, "--out", out)
    assert code == 0
    assert len(json.loads(out.read_text())) > 30
    assert "`zip_paper` picks whole rounds of --k3 100 records" in output
    assert "asked were 30" in output
    sizes = ["--k1", 20, "--k2", 10, "--k3", 10]
    _, output = invoke(pool, "--selector", "zip_paper", "--budget", 30, "--out", out, *sizes)
    assert len(json.loads(out.read_text())) == 30
    assert "whole rounds" not in output


def test_that_all_takes_no_budget_is_said(lines: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    _, output = invoke(lines, "--selector", "all", "--budget", 5, "--out", out)
    assert "`all` takes every record, whatever --budget says: 12 records, asked were 5" in output
    _, output = invoke(lines, "--selector", "all", "--budget", 12, "--out", out)
    assert "whatever --budget says" not in output
    _, output = invoke(lines, "--selector", "all", "--budget", 5, "--unit", "bytes", "--out", out)
    assert "bytes, asked were 5" in output


@pytest.mark.parametrize("selector", ["zip", "zip_paper", "random", "length", "all"])
def test_every_selection_stands_beside_others_in_every_form(tmp_path: Path, selector: str) -> None:
    pool, out = sharegpt(tmp_path / "pool.json"), tmp_path / "out.json"
    sizes = ["--k1", 20, "--k2", 10, "--k3", 5]
    code, output = invoke(pool, "--selector", selector, "--budget", 20, "--out", out, *sizes)
    assert code == 0, output
    named = [line.split("|")[1].strip() for line in output.splitlines() if line.startswith("|")]
    assert named[2:] == list(dict.fromkeys([selector, "random", "length", "all"]))
    code, output = invoke(pool, "--selector", selector, "--budget", 20, "--out", out, *sizes, "--no-compare")
    assert "|" not in output


def test_official_picks_that_are_no_records_are_said_to_be_left_out(tmp_path: Path) -> None:
    pool, out = sharegpt(tmp_path / "pool.json", 20), tmp_path / "out.json"
    rows = json.loads(pool.read_text())
    rows[3]["conversations"] = []
    pool.write_text(json.dumps(rows))
    sizes = ["--k1", 20, "--k2", 20, "--k3", 20]
    code, output = invoke(pool, "--selector", "zip_paper", "--budget", 20, "--out", out, *sizes)
    assert code == 0, output
    assert len(json.loads(out.read_text())) == 20
    assert "1 picked row(s) are no record that can be read: not in the comparison" in output


def of_two_sources(path: Path) -> Path:
    """Write a pool in which a quarter of the records is varied and the others are alike."""
    rng = np.random.default_rng(0)
    words = Path(json.__file__).read_text().split()
    rows = [
        {"text": f"The lamp number {i} is on, and nobody is in the room." * 3, "source": "alike"}
        for i in range(90)
    ]
    rows += [{"text": " ".join(rng.choice(words, 40)), "source": "var ied"} for _ in range(30)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def test_a_source_that_is_favoured_far_is_named_with_the_quota_that_holds_it(tmp_path: Path) -> None:
    pool, out = of_two_sources(tmp_path / "pool.jsonl"), tmp_path / "out.jsonl"
    code, output = invoke(pool, "--budget", 24, "--out", out)
    assert code == 0, output
    (line,) = [line for line in output.splitlines() if line.startswith("warning:")]
    n_varied = sum(row["source"] == "var ied" for row in records(out))
    assert n_varied / 24 > 0.8
    assert f"{n_varied / 24:.1%} of the picked records are of source 'var ied'" in line
    assert "which has 25.0% of the pool's records" in line
    assert "`--quota 'var ied=6'` holds it to that share" in line
    code, output = invoke(pool, "--budget", 24, "--out", out, "--quota", "var ied=6")
    assert code == 0
    assert sum(row["source"] == "var ied" for row in records(out)) == 6
    assert "'var ied'" not in output
    _, output = invoke(pool, "--budget", 24, "--out", out, "--selector", "random")
    assert "warning" not in output
    _, output = invoke(pool, "--budget", 24, "--out", out, "--selector", "zip_paper", "--k3", 12, "--k2", 12)
    assert "`--selector zip --quota 'var ied=6'`" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--budget", "0"], "--budget: budget amount must be an integer above 0, got 0"),
        (["--k1", "-1"], "--k1 must be 1 or more, got -1"),
        (["--k3", "0"], "--k3 must be 1 or more, got 0"),
        (["--seed", "-1"], "--seed must be 0 or more, got -1"),
        (["--k2", "300", "--k1", "200"], "--k1 >= --k2 >= --k3 must hold, got 200, 300, 100"),
        (["--unit", "tokens"], "--unit tokens: a budget in tokens names a tokenizer, with --tokenizer"),
        (["--tokenizer", "none.json"], "--tokenizer: tokenizer 'none.json' cannot be loaded"),
        (["--keep", "nowhere"], "--keep: nowhere cannot be read"),
        (["--never", "nowhere"], "--never: nowhere cannot be read"),
        (["--quota", "other=3"], "--quota: the pool has no source 'other'"),
        (["--quota", "pool=x"], "--quota must be SOURCE=AMOUNT"),
    ],
)
def test_a_wrong_option_is_named_as_it_is_typed(
    lines: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(lines.parent)
    code, output = invoke("pool.jsonl", "--budget", 5, "--out", "out.jsonl", *arguments)
    assert code == 2
    assert message in output
    assert "entropy.toml" not in output
