"""Records, a tokenizer and a working folder for tests of `export` to tokens.

What belongs here: what both files of tests are given. What does not: tests.
"""

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from entropy_assets.cli import app
from entropy_assets.curation.ingest import read_file
from entropy_assets.shards import parquet_bytes
from tests.curation.tokens.made import MARKED, turns, write_tokenizer

ROWS: list[dict[str, Any]] = [
    {"id": "a", "text": "hello world", "source": "web"},
    {"id": "b", "messages": turns("question", "the answer"), "source": "chat"},
    {"id": "c", "messages": turns("q", "<think>\n</think>world", "and?", "b", weight=0), "source": "chat"},
    {"id": "d", "text": "日本語 \u2028 <|im_end|>", "source": "web"},
]
PREFERENCE = {"id": "p", "prompt": "Q", "chosen": "A", "rejected": "B", "source": "pairs"}


def prepare(folder: Path) -> None:
    """Put records that tokens hold, some that they do not, and a tokenizer into a folder."""
    records(folder / "records.parquet", *ROWS)
    records(folder / "mixed.parquet", *ROWS, PREFERENCE, {"id": "e", "messages": turns("only asked")})
    write_tokenizer(folder / "model", MARKED)


def records(path: Path, *rows: dict[str, Any]) -> None:
    given = path.with_suffix(".jsonl")
    given.write_text("".join(json.dumps(row) + "\n" for row in rows))
    path.write_bytes(parquet_bytes(read_file(given, drop="d").records))
    given.unlink()


def invoke(line: str) -> Result:
    result = CliRunner().invoke(app, line.split())
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def refused(line: str) -> str:
    """Return the one sentence with which a command stops."""
    result = invoke(line)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    (sentence,) = result.stderr.strip().split("\n")
    return sentence


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
