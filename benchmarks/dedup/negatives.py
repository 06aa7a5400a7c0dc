"""Hard negatives: texts of one template with other content, and what an independent check says of removals.

The checks look at meaning that is known from the data's make, never at shingles or token counts:

* tool calls (`gpteacher_toolformer`): the arguments of the calls in the two answers, as sets of words.
  `names`: each has a capitalised word or a number that the other lacks; this is the judged check.
  `words`: each has any word that the other lacks; this also counts "latest" for "recent", and is shown
  beside it.
* maths (`gsm8k`): the second half of the rows is the first with all numbers changed by seed, so a removal
  across the halves is wrong by construction.
"""

import re
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.dedup.corpus import MATHS, SEED, TOOLS, other_numbers
from entropy_assets.curation.dedup import Known, canonical_texts, deduplicate
from entropy_assets.curation.ingest import read_file
from entropy_assets.settings import DedupSettings

_ARGUMENTS = re.compile(r"\((.*)\)", re.DOTALL)
_WORD = re.compile(r"[A-Za-z0-9]+")


def measure_tools(shared: Path, workers: int) -> dict[str, Any]:
    """Return rows, removals and the removals that each check calls different, of the tool calls."""
    records = read_file(shared / TOOLS, drop="bench").records
    pairs = _near(records, workers)
    texts = dict(zip(records["id"], canonical_texts(records), strict=True))
    counts = {"names": 0, "words": 0}
    for removed, keeper in pairs.select("id", "keeper_id").rows():
        for check in counts:
            first, second = (
                _arguments(texts[name], only_names=check == "names") for name in (removed, keeper)
            )
            counts[check] += bool(first - second and second - first)
    shares = {f"{check}_share": count / records.height for check, count in counts.items()}
    return {"rows": records.height, "removed_near": pairs.height, **counts, **shares}


def measure_maths(shared: Path, workers: int) -> dict[str, Any]:
    """Return rows, removals and those across the halves, of maths and the same with other numbers."""
    records = read_file(shared / MATHS, drop="bench").records
    others = other_numbers(records, SEED)
    pairs = _near(pl.concat([records, others]), workers)
    changed = set(others["id"])
    wrong = sum((a in changed) != (b in changed) for a, b in pairs.select("id", "keeper_id").rows())
    rows = records.height + others.height
    return {"rows": rows, "removed_near": pairs.height, "across": wrong, "across_share": wrong / rows}


def _near(records: pl.DataFrame, workers: int) -> pl.DataFrame:
    params = DedupSettings()
    result = deduplicate(records, Known.of(records.clear(), params), params, workers)
    return result.pairs.filter(pl.col("rule") == "near")


def _arguments(text: str, *, only_names: bool) -> set[str]:
    """Return the words between the brackets of the answer, lower case."""
    answer = text.rsplit("\n\n", 1)[-1]
    words = [word for inside in _ARGUMENTS.findall(answer) for word in _WORD.findall(inside)]
    return {word.lower() for word in words if not only_names or not word[0].islower()}
