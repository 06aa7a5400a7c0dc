"""Real records by source, and which sources are for development and which for the test.

What belongs here: reading shared data and the documentation and functions of installed packages into rows.
What does not: which of them a pool holds (`worlds`) and what is done to them (`natural`, `mechanisms`).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.gate_power.installed import documentation, functions, library_of, older_library
from benchmarks.gate_power.mechanisms import DEVELOPMENT, TEST
from entropy_assets.curation.ingest import read_file
from entropy_assets.demo.harvest import Row
from entropy_assets.errors import InvalidInput, InvalidParameter

ROOT = Path(__file__).resolve().parents[2]

MAX_TEXT = 2_000
"""Characters of a text that are used: a chapter of a novel would weigh as much as fifty answers."""

MIN_PASSAGE = 200
PASSAGE = 900
"""Characters of a passage that texts of a few long files are cut into, at least and about."""

FILES = {
    DEVELOPMENT: (
        *("gsm8k_train", "gpteacher_roleplay", "gpteacher_codegen", "books", "dialogue", "encyclopaedia"),
        *("manuals", "code", "law_en", "law_de", "alpaca_en_demo", "alpaca_zh_demo"),
    ),
    TEST: (
        *("gpteacher_toolformer", "kto_en_demo", "v1_sft_demo", "glaive_toolcall_en_demo", "dpo_en_demo"),
        *("c4_demo", "wiki_demo", "dpo_zh_demo", "glaive_toolcall_zh_demo"),
    ),
}
"""Files of the shared data."""

PACKAGES = {
    DEVELOPMENT: (
        *("sympy", "sqlalchemy", "polars", "stdnum", "mypyc", "narwhals", "transformers", "accelerate"),
        *("pydantic", "huggingface_hub", "phonenumbers", "sklearn", "library_a"),
    ),
    TEST: (
        *("torch", "mypy", "networkx", "numpy", "graphql", "pygments", "tkinter", "mpmath", "rich"),
        *("websockets", "jinja2", "hypothesis", "library_b"),
    ),
}
"""Packages whose documentation is a source; the standard library's modules are two of them, of an
older Python where there is one, so that the present one is their next version."""

FUNCTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    DEVELOPMENT: {"functions_a": ("sqlalchemy", "sympy", "sklearn", "stdnum", "polars")},
    TEST: {
        "functions_b": ("networkx", "mpmath", "pygments", "scipy"),
        "functions_c": ("torch", "numpy", "rich", "websockets", "jinja2", "hypothesis"),
    },
}
"""Sources of functions to write, by package."""

FOREIGN = {DEVELOPMENT: "law_de", TEST: "glaive_toolcall_zh_demo"}
"""Where passages of another language come from."""

CUT_INTO_PASSAGES = ("c4_demo", "wiki_demo")


@dataclass(frozen=True)
class Data:
    """Where real records are read, and where what is slow to read is kept.

    Parameters
    ----------
    shared
        Folder that holds `data/`.
    cache
        Folder for what was harvested, and for topics.
    older
        Folder of an older standard library; by default one that `pyenv` set up, if any.
    """

    shared: Path = ROOT.parent / "shared"
    cache: Path = ROOT / "var" / "bench" / "gate"
    older: Path | None = None


@cache
def source_rows(data: Data, split: str, source: str) -> tuple[Row, ...]:
    """Return the rows of a source of a split, in a fixed order.

    Raises
    ------
    InvalidParameter
        The split has no such source.
    InvalidInput
        The shared data lack it.
    """
    if source in FUNCTIONS[split]:
        return tuple(functions(data.cache, source, FUNCTIONS[split][source]))
    older = older_library(data.older) if source.startswith("library_") else None
    if older is not None:
        return tuple(library_of(data.cache, older, source))
    if source in PACKAGES[split]:
        return tuple(documentation(data.cache, source))
    if source not in FILES[split]:
        raise InvalidParameter(f"source {source!r} is none of the {split} split")
    found = [path for path in sorted((data.shared / "data").rglob("*")) if path.name.split(".")[0] == source]
    if not found:
        raise InvalidInput(f"{data.shared / 'data'} lacks {source}: name the folder of the shared data")
    if source in CUT_INTO_PASSAGES:
        return tuple(_passages(found[0], source))
    return tuple(_records(found[0], source))


def foreign_passages(data: Data, split: str) -> list[str]:
    """Return passages of the foreign language of a split."""
    rows = source_rows(data, split, FOREIGN[split])
    return [row["output"] for row in rows if len(row["output"]) >= MIN_PASSAGE]


def _records(path: Path, source: str) -> Iterator[Row]:
    """Yield one row an answer: a conversation of three answers is three rows."""
    for record in read_file(path, drop="bench").records.iter_rows(named=True):
        name = f"{source}-{record['line']}"
        if record["kind"] == "preference":
            asked = "\n\n".join(turn["content"] for turn in record["prompt"] or [])
            chosen, rejected = (record[part][-1]["content"] for part in ("chosen", "rejected"))
            row = _row(name, source, asked, chosen)
            if (
                asked
                and row["output"].strip()
                and rejected.strip()
                and chosen[:MAX_TEXT] != rejected[:MAX_TEXT]
            ):
                yield row | {"rejected": passage(rejected)}
        elif record["kind"] == "text":
            yield _row(name, source, "", record["text"])
        elif '"label": false' not in (record["metadata"] or ""):
            yield from _answers(name, source, record["messages"])


def _answers(name: str, source: str, messages: list[dict[str, str]]) -> Iterator[Row]:
    said: list[str] = []
    for number, turn in enumerate(messages):
        text = turn["content"] or ""
        if turn["role"] == "assistant" and said and text.strip():
            yield _row(f"{name}-{number}" if number > 1 else name, source, "\n\n".join(said), text)
        if text.strip():
            said.append(text)


def _passages(path: Path, source: str) -> Iterator[Row]:
    text = path.read_text(encoding="utf-8")
    texts = [json.loads(line)["text"] for line in text.split("\n") if line] if "json" in path.name else [text]
    number = 0
    for one in texts:
        part = ""
        for sentence in re.split(r"(?<=[.!?]) (?=[A-Z])|\n", one):
            part = f"{part} {sentence}".strip()
            if len(part) >= PASSAGE:
                yield _row(f"{source}-{number}", source, "", part)
                part, number = "", number + 1
        if len(part) >= MIN_PASSAGE:
            yield _row(f"{source}-{number}", source, "", part)
            number += 1


def _row(name: str, source: str, question: str, answer: str) -> Row:
    question = question[-MAX_TEXT:]
    return {"id": name, "source": source, "instruction": question, "input": "", "output": passage(answer)}


def passage(text: str) -> str:
    """Return a text, or of a long one what ends with the last full stop before `MAX_TEXT`."""
    if len(text) <= MAX_TEXT:
        return text
    end = max(text.rfind(mark, 0, MAX_TEXT) for mark in (". ", ".\n", ";\n", "\n\n", "\u3002"))
    return text[: end + 1] if end > 0 else text[:MAX_TEXT]
