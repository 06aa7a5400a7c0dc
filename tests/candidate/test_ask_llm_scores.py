"""Ask-LLM in the graph: scores are made once a drop, under caps, and a key stands nowhere."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from entropy_assets.candidate.ask_llm import interview
from entropy_assets.candidate.manifests import PoolManifest, RecordScores, SelectionManifest
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.pool_comparison import compare_on_pool
from entropy_assets.candidate.run import open_run
from entropy_assets.candidate.selection import picks
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli import app
from entropy_assets.curation.ask_llm import Records
from entropy_assets.curation.pool import TRAIN
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.running import run_candidate
from entropy_assets.errors import CapSpent, InvalidInput, InvalidParameter
from entropy_assets.settings import Settings, load_settings, parse
from tests.candidate.small import SETTINGS, dataset, deliver, rows
from tests.curation.ask_llm.proxy import Proxy, proxy_to

ASKED = """
[selection]
selector = "ask_llm"
[scoring.ask_llm]
model = "tiny"
max_text_bytes = 128
"""


def asking(folder: Path, more: str = "") -> Workspace:
    return dataset(folder / "home", SETTINGS + ASKED + more)


@pytest.fixture
def proxy(judge_url: str) -> Iterator[Proxy]:
    with proxy_to(judge_url) as found:
        yield found


def over(proxy: Proxy, **caps: object) -> str:
    told = {"url": proxy.url, "top_logprobs": 400, "key_env": "JUDGE_KEY", **caps}
    return "".join(f"{name} = {json.dumps(value)}\n" for name, value in told.items())


def test_a_model_on_this_machine_scores_each_drop_once(judge_folder: Path, tmp_path: Path) -> None:
    workspace = asking(tmp_path)
    shutil.copytree(judge_folder, Path(str(workspace.root)) / "tiny")
    told: list[str] = []
    assert curate(workspace, deliver(workspace, "first", rows(range(60))), told.append)
    first = workspace.load(RecordScores, "first")
    assert (first.scorer, first.unscored) == ("ask_llm", {})
    n_scored = first.shards.rows
    assert any(line.startswith(f"ask_llm: estimate: {n_scored} requests, about") for line in told)
    assert any(line.startswith(f"ask_llm: asked: {n_scored} requests") for line in told)
    told.clear()
    assert curate(workspace, deliver(workspace, "second", rows(range(100, 110))), told.append)
    second = workspace.load(RecordScores, "second")
    assert second.shards.shards[0] == first.shards.shards[0], "the first drop is not asked about again"
    assert f"beside {n_scored:,} answers that are kept" in told[0]
    assert told[-1].startswith(f"ask_llm: asked: {second.shards.rows - n_scored} requests")

    run = open_run(workspace, "second")
    pool = run.load_pool(workspace.load(PoolManifest, "second"))
    chosen = picks(run, workspace.load(SelectionManifest, "second"))
    assert chosen["gain"].is_sorted(descending=True)
    root = Path(str(workspace.root))
    with interview(run.settings.scoring.table("ask_llm"), tmp_path / "a", root, 1) as judge:  # type: ignore[arg-type]
        texts = pool.part(TRAIN)
        by_id = dict(zip(texts["id"], texts["text"], strict=True))
        records = Records(chosen["id"].to_list(), [by_id[one].encode() for one in chosen["id"]])
        answers, _ = judge.answers(records)
    odds = np.exp(answers.yes) / (np.exp(answers.yes) + np.exp(answers.no))
    assert chosen["gain"].to_list() == pytest.approx(odds.tolist(), abs=1e-6)


def test_a_cap_ends_the_run_cleanly_and_the_next_one_asks_for_the_rest(
    proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "sk-live-0aBcDeFgHiJk"
    monkeypatch.setenv("JUDGE_KEY", key)
    workspace = asking(tmp_path, over(proxy, max_requests=40, price_in=2.0, max_cost=1.0))
    drop = deliver(workspace, "first", rows(range(60)))
    told: list[str] = []
    with pytest.raises(CapSpent, match=r"stopped at scoring\.ask_llm\.max_requests = 40: \d+ of \d+ records"):
        curate(workspace, drop, told.append)
    assert len(proxy.bodies) == 40
    assert workspace.ledger.entries() == []
    assert workspace.find(RecordScores, drop) is None, "a drop is not scored in part"
    assert ", cost about 0.0" in told[0]
    failure = workspace.attempts.failure(drop)
    assert failure is not None
    assert "run the candidate again, or raise the cap" in failure.why
    assert curate(workspace, drop)
    questions = [json.dumps(body) for body in proxy.bodies]
    assert len(questions) == len(set(questions)) > 40, "nothing is asked twice"
    assert set(proxy.headers) == {f"Bearer {key}"}
    for path in Path(str(workspace.home.home)).rglob("*"):
        assert not path.is_file() or key.encode() not in path.read_bytes(), path
    assert all(key not in line for line in told)


def test_caps_prices_and_address_move_no_score(
    proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_KEY", "sk-live-0aBcDeFgHiJk")
    workspace = asking(tmp_path, over(proxy))
    assert curate(workspace, deliver(workspace, "first", rows(range(60))))
    n_asked = len(proxy.bodies)
    settings = Path(str(workspace.home.settings_path))
    settings.write_text(
        SETTINGS + ASKED + over(proxy, max_tokens=500_000, concurrency=2, timeout_seconds=9.0)
    )
    assert curate(workspace, deliver(workspace, "second", rows(range(100, 106))))
    n_new = (
        workspace.load(RecordScores, "second").shards.rows - workspace.load(RecordScores, "first").shards.rows
    )
    assert len(proxy.bodies) - n_asked == n_new
    settings.write_text(SETTINGS + ASKED.replace("128", "64") + over(proxy))
    assert curate(workspace, deliver(workspace, "third", rows(range(200, 204))))
    assert len(proxy.bodies) - n_asked - n_new == workspace.load(RecordScores, "third").shards.rows


def test_through_dagster_the_estimate_stands_in_the_log(judge_folder: Path, tmp_path: Path) -> None:
    workspace = asking(tmp_path)
    shutil.copytree(judge_folder, Path(str(workspace.root)) / "tiny")
    drop = deliver(workspace, "first", rows(range(60)))
    (tmp_path / "instance").mkdir()
    instance = dg.DagsterInstance.ephemeral(tempdir=str(tmp_path / "instance"))
    told: list[str] = []
    assert run_candidate(Dataset(workspace), drop, instance, log_level="CRITICAL", tell=told.append)
    assert any("estimate" in line for line in told)
    assert workspace.load(RecordScores, drop).scorer == "ask_llm"
    made = compare_on_pool(open_run(workspace, drop), workspace.load(PoolManifest, drop))
    assert made.figures["compared"][:2] == ["ask_llm", "random"]


def test_bad_settings_and_files_are_one_sentence(
    proxy: Proxy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidParameter, match=r"`scoring\.ask_llm\.model` must be a model with selector"):
        parse(Settings, {"selection": {"selector": "ask_llm"}})
    workspace = asking(tmp_path)
    drop = deliver(workspace, "first", rows(range(60)))
    with pytest.raises(InvalidInput, match=r"scoring\.ask_llm\.model"):
        curate(workspace, drop)
    Path(str(workspace.home.settings_path)).write_text(SETTINGS + ASKED + over(proxy))
    monkeypatch.delenv("JUDGE_KEY", raising=False)
    with pytest.raises(InvalidParameter, match="JUDGE_KEY is to hold the key and is not set"):
        curate(workspace, drop)
    assert proxy.bodies == []
    assert load_settings(workspace.home.settings_path).selection.selector == "ask_llm"
    file = tmp_path / "rows.jsonl"
    pl.DataFrame(rows(range(40))).write_ndjson(file)
    for command in (
        ["select", str(file), "--selector", "ask_llm", "--budget", "9", "--out", str(tmp_path / "o.jsonl")],
        ["compare", str(file), "--selectors", "ask_llm,random", "--budget", "900"],
    ):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 2, done.output
        said = " ".join(done.output.split())
        assert (
            "needs answers of a language model: make a table by `entropy-assets score --scorer ask_llm`"
            in said
        )
    assert "JUDGE_KEY" not in os.environ
