"""The corpora: 46,000 mixed rows with planted copies, and hard negatives. Made by seed from real texts."""

import random
import re
from pathlib import Path

import polars as pl

from entropy_assets.curation.dedup import plant
from entropy_assets.curation.dedup.planting import MARK, MIN_REPLACED
from entropy_assets.curation.ingest import read_file
from entropy_assets.records import SCHEMA, content_id

N_ROWS, N_NEAR, N_EXACT = 46_000, 4_000, 2_000
SEED = 20
MIN_PARAGRAPH = 150
"""Characters from which a paragraph is a row of documentation."""

GOLDEN = "golden/pool_30155.json.zst"
DOCUMENTS = (
    "data/domains/manuals.jsonl.zst",
    "data/domains/encyclopaedia.jsonl.zst",
    "data/domains/code.jsonl.zst",
)
TOOLS, MATHS = "data/instruct/gpteacher_toolformer.jsonl.zst", "data/instruct/gsm8k_train.jsonl.zst"


def mixed_rows(shared: Path, n_rows: int = N_ROWS, *, least: int = MIN_REPLACED) -> pl.DataFrame:
    """Return instruction pairs, grade-school maths and paragraphs with planted copies, shuffled by seed.

    In the proportions of 46,000: 40,000 rows as they are, 4,000 near-copies, of which 3 % of the words are
    replaced, `least` at least, and 2,000 exact copies.
    """
    share = n_rows / N_ROWS
    n_near, n_exact = round(N_NEAR * share), round(N_EXACT * share)
    n_plain = n_rows - n_near - n_exact
    instructions = read_file(shared / GOLDEN, drop="bench").records
    plain = pl.concat([instructions, *(paragraphs(shared / name) for name in DOCUMENTS)])
    rng = random.Random(SEED)
    plain = plain[rng.sample(range(plain.height), n_plain)]
    planted = plant(plain, n_near, SEED, least=least)
    exact = plain[rng.sample(range(n_plain), n_exact)].with_columns(row_id="exact:" + pl.col("id"))
    rows = pl.concat([planted, exact])
    rows = rows[rng.sample(range(n_rows), n_rows)]
    return rows.with_columns(file=pl.lit("mixed.parquet"), line=pl.int_range(1, n_rows + 1, dtype=pl.Int64))


def paragraphs(path: Path) -> pl.DataFrame:
    """Return the paragraphs of a file's texts, one record each."""
    rows = []
    for record in read_file(path, drop="bench").records.iter_rows(named=True):
        for number, text in enumerate(re.split(r"\n\s*\n|\n(?=\S)", record["text"])):
            if len(text.strip()) >= MIN_PARAGRAPH:
                content = {"kind": "text", "text": text.strip()}
                name = f"{record['line']}-{number}"
                rows.append(record | content | {"id": content_id(content), "row_id": name})
    return pl.DataFrame(rows, schema=SCHEMA)


def other_numbers(records: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return each record again with every number changed for another, the same one wherever it stands."""
    rng, rows = random.Random(seed), []
    for record in records.iter_rows(named=True):
        changes: dict[str, str] = {}

        def change(found: re.Match[str], changes: dict[str, str] = changes) -> str:
            number = found[0]
            while changes.setdefault(number, _other(number, rng)) == number:
                del changes[number]
            return changes[number]

        messages = [
            {**turn, "content": re.sub(r"\d+", change, turn["content"])} for turn in record["messages"]
        ]
        if changes:
            content = {"kind": "chat", "messages": messages}
            rows.append(record | content | {"id": content_id(content), "row_id": f"other:{record['line']}"})
    return pl.DataFrame(rows, schema=SCHEMA)


def _other(number: str, rng: random.Random) -> str:
    first = rng.choice("123456789")
    return first + "".join(rng.choice("0123456789") for _ in number[1:])


def is_planted(records: pl.DataFrame) -> pl.Series:
    """Return which records are near-copies that were planted."""
    return records["row_id"].fill_null("").str.starts_with(MARK)
