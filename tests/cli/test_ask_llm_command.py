"""`entropy-assets score --scorer ask_llm`: estimate, calibration, caps, and a run that is killed at half."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from entropy_assets.cli import app
from tests.curation.ask_llm.proxy import proxy_to, question_of

N_ROWS = 40


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.jsonl"
    told = [
        {"instruction": f"What does tool {n} do?", "output": f"It counts {n} things."} for n in range(N_ROWS)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in told))
    return path


def over(url: str) -> tuple[object, ...]:
    return ("--url", url, "--model", "tiny", "--top-logprobs", 400, "--max-text-bytes", 200)


def score(rows: Path, *arguments: object) -> tuple[int, str]:
    out = rows.with_name("scores.parquet")
    line = ["score", rows, "--scorer", "ask_llm", "--out", out, *arguments]
    done = CliRunner().invoke(app, [str(part) for part in line])
    return done.exit_code, " ".join(done.output.split())


def test_scores_over_http_are_those_of_the_model_here(judge_url: str, judge_folder: Path, rows: Path) -> None:
    code, said = score(rows, *over(judge_url), "--price-in", 2)
    assert code == 0, said
    assert "estimate: 40 requests, about" in said
    assert "asked: 40 requests," in said
    assert "cost 0.0" in said
    there = pl.read_parquet(rows.with_name("scores.parquet"))
    code, said = score(rows, "--model", judge_folder, "--max-text-bytes", 200, "--workers", 1)
    assert code == 0, said
    here = pl.read_parquet(rows.with_name("scores.parquet"))
    assert there["score"].to_list() == pytest.approx(here["score"].to_list(), abs=1e-3)
    assert there["id"].equals(here["id"])
    assert here["scorer"].unique().to_list() == ["ask_llm 1"]
    assert score(rows, *over(judge_url))[1].count("asked: 0 requests") == 1


def test_an_estimate_asks_nothing_and_a_cap_keeps_what_is_done(judge_url: str, rows: Path) -> None:
    with proxy_to(judge_url) as proxy:
        code, said = score(rows, *over(proxy.url), "--estimate", "--price-in", 2, "--price-out", 8)
        assert (code, proxy.bodies) == (0, [])
        assert "estimate: 40 requests, about" in said
        assert ", cost about" in said
        assert [path.name for path in rows.parent.iterdir()] == ["rows.jsonl"]
        code, said = score(rows, *over(proxy.url), "--max-requests", 9)
    assert code == 1, "not everything is scored"
    assert "stopped at --max-requests 9 of one call: 31 of 40 records are not asked about;" in said
    assert "; the same command asks for the rest" in said
    assert "40 records = 9 scored + 31 not asked" in said
    assert len(proxy.bodies) == 9
    table = pl.read_parquet(rows.with_name("scores.parquet"))
    assert (table["score"].is_null() == (table["why"] == "not asked")).all()


def test_records_without_an_answer_are_told_and_the_same_command_asks_again(
    judge_url: str, rows: Path
) -> None:
    def plan(_: int, asked: str) -> str:
        return "500" if "tool 3 do" in asked else "pass"

    with proxy_to(judge_url, plan) as proxy:
        code, said = score(rows, *over(proxy.url), "--tries", 1)
    assert code == 1
    assert "1 of 40 records got no answer (1 http 500): the same command asks again" in said
    code, said = score(rows, *over(judge_url))
    assert code == 0, said
    assert "asked: 1 requests" in said


def test_a_run_that_is_killed_at_half_asks_only_for_the_rest(judge_url: str, rows: Path) -> None:
    out, workers = rows.with_name("scores.parquet"), 2
    line = ["score", rows, "--scorer", "ask_llm", "--out", out, "--concurrency", workers]
    with proxy_to(judge_url, lambda n, _: "pass" if n < N_ROWS // 2 else "hang") as proxy:
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from entropy_assets.cli import app; app()",
                *map(str, (*line, *over(proxy.url))),
            ],
            stderr=subprocess.DEVNULL,
        )
        assert proxy.hung.wait(60)
        process.send_signal(signal.SIGKILL)
        process.wait()
        answered = set(proxy.questions)
    assert N_ROWS // 2 - workers <= len(answered) <= N_ROWS // 2
    assert not out.exists()
    with proxy_to(judge_url) as proxy:
        code, said = score(rows, *over(proxy.url))
    assert code == 0, said
    assert "40 records = 40 scored" in said
    asked = {question_of(body) for body in proxy.bodies}
    assert len(asked) == len(proxy.bodies)
    # What was answered but not yet read when the process died, at most one a thread, is not known here.
    assert len(asked & answered) <= workers
    assert len(asked | answered) == N_ROWS


def test_calibration_is_told_first_and_warns_at_chance(judge_url: str, rows: Path, tmp_path: Path) -> None:
    code, said = score(rows, *over(judge_url), "--calibrate", "twins")
    assert code == 0, said
    assert "calibration, all: AUC 0." in said
    assert "calibration, wrong characters: AUC" in said
    assert said.index("calibration, all") < said.index("40 records = 40 scored")
    texts = tmp_path / "labelled.jsonl"
    table = pl.read_parquet(rows.with_name("scores.parquet")).sort("score")
    lines = [json.loads(line) for line in rows.read_text().splitlines()]
    told = [f"{lines[line - 1]['instruction']}\n\n{lines[line - 1]['output']}" for line in table["line"]]
    labelled = [(text, "good" if place >= N_ROWS // 2 else "bad") for place, text in enumerate(told)]
    texts.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in labelled))
    code, said = score(rows, *over(judge_url), "--calibrate", texts)
    assert code == 0, said
    assert "calibration, all: AUC 1.000 (0.839 to 1.000) of 20 good and 20 bad texts" in said
    assert "warning" not in said
    texts.write_text(
        texts.read_text().replace('"good"', '"?"').replace('"bad"', '"good"').replace('"?"', '"bad"')
    )
    assert (
        "warning: the model scores bad texts above good ones"
        in score(rows, *over(judge_url), "--calibrate", texts)[1]
    )
    mixed = [(text, "good" if place % 4 in (0, 3) else "bad") for place, text in enumerate(told)]
    texts.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in mixed))
    said = score(rows, *over(judge_url), "--calibrate", texts)[1]
    assert "warning: the model cannot be told from chance (0.5) on these texts" in said


def test_a_prompt_from_a_file_is_asked_and_others_answers_are_left_alone(judge_url: str, rows: Path) -> None:
    prompt = rows.with_name("prompt.txt")
    prompt.write_text("Is this fine?\n{text}\nYes or no?\n")
    with proxy_to(judge_url) as proxy:
        assert score(rows, *over(proxy.url))[0] == 0
        assert score(rows, *over(proxy.url), "--prompt", prompt)[0] == 0
    assert len(proxy.bodies) == 2 * N_ROWS
    assert question_of(proxy.bodies[-1]).startswith("Is this fine?\nWhat does tool")


def test_the_example_of_the_docs_runs(judge_url: str, rows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()
    section = page.partition("### Asking a language model")[2]
    lines = section.partition("```sh\n")[2].partition("```")[0].splitlines()
    monkeypatch.chdir(rows.parent)
    for line in lines:
        words = line.replace("http://localhost:8000/v1", f"{judge_url} --top-logprobs 400").split()
        done = CliRunner().invoke(app, words[1:])
        assert done.exit_code == 0, done.output
    assert len(lines) == 3
    assert rows.with_name("picked.jsonl").read_text().count("\n") == 20


def test_bad_input_is_one_sentence(rows: Path, tmp_path: Path) -> None:
    (tmp_path / "prompt.txt").write_text("no mark")
    labelled = tmp_path / "labelled.jsonl"
    labelled.write_text('{"text": "a", "label": "so so"}\n')
    url = ("--url", "http://127.0.0.1:9/v1", "--model", "m")
    for arguments, sentence in [
        ((), "no model is named: give --model"),
        (("--model", tmp_path / "none"), "must be a folder with a config.json"),
        (("--url", "http://127.0.0.1:9/v1"), "no model is named"),
        ((*url, "--prompt", tmp_path / "none"), "must be plain, paper or a text file"),
        ((*url, "--prompt", tmp_path / "prompt.txt"), "must hold {text} once"),
        ((*url, "--key-env", "NO_SUCH_KEY"), "NO_SUCH_KEY is to hold the key and is not set"),
        ((*url, "--max-cost", 5), "--price-in must be above 0"),
        ((*url, "--concurrency", 0), "--concurrency must be 1 to 1,000"),
        ((*url, "--calibrate", tmp_path / "labelled.jsonl"), "labelled.jsonl line 1 must be such as"),
        ((*url, "--calibrate", tmp_path / "none"), "none cannot be read"),
        ((*url, "--answers", tmp_path), "is a folder: name a file"),
        (("--rows", 3), "--rows is of another scorer"),
        ((*url, "--answers", rows), "rows.jsonl is PATH itself: name another file"),
        ((*url, "--answers", rows.with_name("scores.parquet")), "scores.parquet is --out itself"),
        ((*url, "--calibrate", labelled, "--answers", labelled), "labelled.jsonl is --calibrate itself"),
        ((*url, "--answers", labelled), "labelled.jsonl is to hold the answers of a model"),
    ]:
        before = {path: path.read_bytes() for path in tmp_path.iterdir()}
        code, said = score(rows, *arguments)
        assert (code, "Traceback" in said) == (2, False), said
        assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
        assert sentence in said
    done = CliRunner().invoke(
        app, ["score", str(rows), "--scorer", "density", "--out", "o.parquet", "--estimate"]
    )
    assert "are for ask_llm alone" in " ".join(done.output.split())


def test_a_key_stands_in_no_file_and_no_line(
    judge_url: str, rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_KEY", "sk-live-0aBcDeFgHiJk")
    with proxy_to(judge_url, lambda n, _: "pass" if n < 30 else "401 echo") as proxy:
        code, said = score(rows, *over(proxy.url), "--key-env", "JUDGE_KEY", "--concurrency", 1)
    assert code == 2
    assert proxy.headers[0] == "Bearer sk-live-0aBcDeFgHiJk"
    files = [path.read_bytes() for path in rows.parent.rglob("*") if path.is_file()]
    assert files
    assert "the server refuses with 401 (bad Bearer ***): look at the key" in said
    assert all("FgHiJk" not in text for text in [said, *map(repr, files)])
    assert os.environ["JUDGE_KEY"]
