"""Records of all kinds, to tell copies from what only looks like them.

What belongs here: making records, and how many of them dedup keeps. What does not: texts that are near-copies
(`rows`).
"""

import random
import zlib
from collections.abc import Sequence
from typing import Any

import polars as pl

from entropy_assets.curation.dedup import Known, deduplicate
from entropy_assets.records import SCHEMA, content_id
from entropy_assets.settings import DedupSettings
from tests.curation.dedup.rows import EXHAUSTIVE


def page(seed: int, n_words: int = 220) -> str:
    rng = random.Random(seed)
    words = [
        f"{a}{b}" for a in ("bal", "kon", "mir", "tus", "rel", "vos") for b in ("a", "o", "i", "en", "ur")
    ]
    return " ".join(rng.choice(words) + ("." if n % 11 == 10 else "") for n in range(n_words))


def record(row: dict[str, Any], line: int, drop: str = "new") -> dict[str, Any]:
    place = {"row_id": f"r{line}", "source": "web", "drop": drop, "file": "a.jsonl", "line": line}
    return row | place | {"id": content_id(row)}


def turns(*texts: tuple[str, str]) -> list[dict[str, str]]:
    return [{"role": role, "content": content} for role, content in texts]


def chat(*texts: tuple[str, str]) -> dict[str, Any]:
    return {"kind": "chat", "messages": turns(*texts)}


def pair(asked: str, answer: str) -> dict[str, Any]:
    return chat(("user", asked), ("assistant", answer))


def preference(asked: str, chosen: str, rejected: str) -> dict[str, Any]:
    sides = {"chosen": turns(("assistant", chosen)), "rejected": turns(("assistant", rejected))}
    return {"kind": "preference", "prompt": turns(("user", asked)), **sides}


def text(content: str) -> dict[str, Any]:
    return {"kind": "text", "text": content}


def frame_of(rows: Sequence[dict[str, Any]], drop: str = "new") -> pl.DataFrame:
    return pl.DataFrame([record(row, line, drop) for line, row in enumerate(rows, 1)], schema=SCHEMA)


def kept(
    rows: Sequence[dict[str, Any]],
    known: Sequence[dict[str, Any]] = (),
    params: DedupSettings = EXHAUSTIVE,
) -> int:
    """Return how many rows stay; of a quarter of all calls it is checked that order and workers play no part.

    Which quarter follows from the rows: of some thousand that the tests ask about it holds all kinds.
    """
    records, old = frame_of(rows), Known.of(frame_of(known, "old"), params)
    result = deduplicate(records, old, params)
    if zlib.crc32(records["id"].str.join().item().encode()) % 4 == 0:
        mixed = records[random.Random(1).sample(range(len(rows)), len(rows))]
        again = deduplicate(mixed, old, params, workers=3)
        assert again.kept.equals(result.kept)
        assert again.pairs.equals(result.pairs)
    assert result.kept.height + result.pairs.height == len(rows)
    return result.kept.height
