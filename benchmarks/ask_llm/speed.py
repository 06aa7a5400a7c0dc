"""Answers a second over HTTP at concurrency 8, beside those of a plain load tool that keeps nothing.

Both ask the same server, which runs a model in a process of its own, in turns, so that a busy machine slows
both. The load tool, ApacheBench, repeats one question; the product asks about texts of the same length.
"""

import json
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from entropy_assets.curation.ask_llm import HttpModel, KeptAnswers, Meter, Records, Wording, ask_records
from entropy_assets.settings.ask_llm import AskSettings

CONCURRENCY, ROUNDS = 8, 5
WORDING = Wording()


def measure_speed(model: Path, load_tool: str, n: int) -> dict[str, Any]:
    """Return requests a second of both in each round, and the median ratio of product to load tool."""
    command = [sys.executable, "-m", "benchmarks.ask_llm.server", str(model)]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdin
        assert server.stdout
        url = server.stdout.readline().strip()
        try:
            rounds = [
                (_ours(url, n, Path(folder), k), _plain(url, n, Path(folder), load_tool))
                for k in range(ROUNDS)
            ]
        finally:
            server.stdin.close()
    return {
        "model": model.name,
        "concurrency": CONCURRENCY,
        "requests": n,
        "product_per_second": [ours for ours, _ in rounds],
        "load_tool_per_second": [plain for _, plain in rounds],
        "ratio": median(ours / plain for ours, plain in rounds),
    }


def _texts(n: int, k: int) -> list[bytes]:
    return [
        f"Round {k:02d}, text {place:06d}: it rains, and the river rises slowly.".encode()
        for place in range(n)
    ]


def _ours(url: str, n: int, folder: Path, k: int) -> float:
    settings = AskSettings(model="served", url=url, concurrency=CONCURRENCY)
    judge, meter, texts = HttpModel(settings, WORDING), Meter(settings), _texts(n, k)
    began = time.perf_counter()
    with KeptAnswers(folder / f"{k}.jsonl", judge.name, judge.question) as kept:
        ask_records(Records([text.decode() for text in texts], texts), judge, WORDING, kept, meter)
    assert meter.n_requests == n
    return n / (time.perf_counter() - began)


def _plain(url: str, n: int, folder: Path, load_tool: str) -> float:
    judge = HttpModel(AskSettings(model="served", url=url), WORDING)
    body = folder / "body.json"
    body.write_text(json.dumps(judge.body(WORDING.ask(_texts(1, 0)[0].decode()))))
    command = [
        load_tool,
        "-q",
        "-k",
        "-n",
        n,
        "-c",
        CONCURRENCY,
        "-p",
        body,
        "-T",
        "application/json",
        judge.address,
    ]
    said = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True).stdout
    assert not re.search(r"Non-2xx responses", said)
    found = re.search(r"Requests per second:\s+([\d.]+)", said)
    assert found
    return float(found[1])
