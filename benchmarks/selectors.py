"""Selectors beside each other on pools of real records, and where `zip` wins (`make bench-selectors`).

    python -m benchmarks.selectors --data ../shared/data --out benchmarks/results/selectors.json

Pools are drawn by seed from public files: instructions, documents, documents at a small budget, and documents
of which half is a flood: a few records, each five times with another number at its end. Each has a target set
that is no part of it. What is measured is what `entropy-assets compare` measures; `docs/selectors.md` shows
it.
"""

import argparse
import io
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zstandard

from benchmarks.zip.machine import machine_kind, versions
from entropy_assets.candidate.selector_comparison import compare_selectors
from entropy_assets.candidate.selector_plan import Plan, Pool
from entropy_assets.candidate.selector_table import shown
from entropy_assets.curation.selection import Budget
from entropy_assets.records import content_id
from entropy_assets.settings import ScoringSettings

SELECTORS = ("zip", "random", "length", "information", "density", "perplexity", "target", "mig")
INSTRUCT = ("gsm8k_train", "gpteacher_codegen", "gpteacher_roleplay", "gpteacher_toolformer")
DOMAINS = ("books", "law_en", "law_de", "encyclopaedia", "code", "manuals", "dialogue")
N_TARGET = 240


@dataclass(frozen=True)
class Case:
    """One pool: the files that it is drawn from, the one of its target set, and the share that is picked."""

    name: str
    files: tuple[str, ...]
    target: str
    share: float
    n_records: int = 2_400
    flood: bool = False


_DOCUMENTS = tuple(f"domains/{name}" for name in DOMAINS)
CASES = (
    Case("instructions, 25 %", tuple(f"instruct/{name}" for name in INSTRUCT), "instruct/gsm8k_train", 0.25),
    Case("documents, 25 %", _DOCUMENTS, "domains/manuals", 0.25),
    Case("documents, 5 %", _DOCUMENTS, "domains/manuals", 0.05, 1_200),
    Case("documents, half a flood, 25 %", _DOCUMENTS, "domains/manuals", 0.25, 1_200, flood=True),
)


def rows_of(path: Path) -> Iterator[bytes]:
    """Yield the text of each row of a compressed file of JSON lines: its fields, one below the other."""
    with path.open("rb") as raw, zstandard.ZstdDecompressor().stream_reader(raw) as data:
        for line in io.TextIOWrapper(data, encoding="utf-8", newline="\n"):
            row = json.loads(line)
            parts = [row.get(name) or "" for name in ("text", "instruction", "input", "response", "output")]
            yield "\n".join(part for part in parts if part).encode()


def drawn(case: Case, data: Path) -> tuple[Pool, list[bytes]]:
    """Return the pool of a case, and its target set, drawn by seed; no record twice."""
    rng = np.random.default_rng(7)
    texts: list[bytes] = []
    sources: list[str] = []
    target: list[bytes] = []
    for file in case.files:
        rows = list(dict.fromkeys(rows_of(data / f"{file}.jsonl.zst")))
        order = rng.permutation(len(rows)).tolist()
        n_own = case.n_records // len(case.files)
        own = [rows[i] for i in order[:n_own]]
        if case.flood:
            firsts = [rows[i] for i in order[n_own : n_own + n_own // 10]]
            own = own[: n_own // 2] + [
                text + f"\n{number}".encode() for text in firsts for number in range(5)
            ]
        texts += own
        sources += [Path(file).name] * len(own)
        if file == case.target:
            target = [rows[i] for i in order[-N_TARGET:]]
    ids = [content_id({"kind": "text", "text": text.decode()}) for text in texts]
    return Pool(ids, texts, sources), target


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write the JSON where a place is named."""
    options = _parser().parse_args(arguments)
    found = {"machine": machine_kind(), "versions": versions(), "cases": {}}
    if options.out and options.out.exists() and options.case:
        found["cases"] = json.loads(options.out.read_text())["cases"]
    for case in [one for one in CASES if options.case in (None, one.name)]:
        pool, target = drawn(case, options.data)
        n_bytes = int(sum(map(len, pool.texts)) * case.share)
        plan = Plan(
            SELECTORS,
            Budget(n_bytes, "bytes"),
            ScoringSettings(probe_bytes=options.train_bytes),
            targets=target[::2],
            exams={f"target {Path(case.target).name}": target[1::2]},
            n_seeds=options.seeds,
            probe_bytes=options.train_bytes,
            exam_bytes=32_768,
            workers=options.workers,
        )
        found["cases"][case.name] = compare_selectors(pool.part(False), pool.part(True).texts, plan)
        print(f"\n## {case.name}\n\n{shown(found['cases'][case.name])}", flush=True)
        if options.out:
            options.out.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder of the public files"
    )
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--train-bytes", type=int, default=65_536)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--case", choices=[one.name for one in CASES], help="one pool, in place of all")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    sys.exit(main())
