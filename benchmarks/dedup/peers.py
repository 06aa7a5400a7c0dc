"""Other tools on the same texts, in an environment of their own; a tool that is not there is skipped.

The environment is made by hand, for instance `python -m venv peers && peers/bin/pip install datasketch
"datatrove[io,processing]" spacy polars`, and its interpreter named with `--peers`.
"""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.dedup.corpus import is_planted
from benchmarks.dedup.planted import found_share
from entropy_assets.curation.dedup import canonical_texts

TOOLS = ("datasketch", "text_dedup", "datatrove")
LIMIT_SECONDS = 600
_DRIVER = Path(__file__).with_name("peer_driver.py")


def skipped() -> dict[str, Any]:
    """Return a message for each tool."""
    return {name: {"skipped": "no environment was named with --peers"} for name in TOOLS}


def measure(records_path: Path, python: Path) -> dict[str, Any]:
    """Return seconds, rows a second, removed rows and the share of planted copies found, of each tool."""
    records = pl.read_parquet(records_path)
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder) / "texts.jsonl"
        lines = [json.dumps({"id": str(i), "text": text}) for i, text in enumerate(canonical_texts(records))]
        texts.write_text("\n".join(lines) + "\n")
        for name in TOOLS:
            results[name] = _run(name, texts, python, records)
    return results


def _run(name: str, texts: Path, python: Path, records: pl.DataFrame) -> dict[str, Any]:
    command = [str(python), str(_DRIVER), name, str(texts)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"skipped": str(error)}
    if done.returncode:
        return {"skipped": (done.stderr.strip().splitlines() or ["nothing was printed"])[-1]}
    answer = json.loads(done.stdout.splitlines()[-1])
    removed = set(answer.pop("removed"))
    return {
        **answer,
        "rows_per_second": records.height / answer["seconds"],
        "removed": len(removed),
        "planted_found": found_share(records, removed, is_planted(records)),
    }
