"""What information pruning takes first on a planted flood and on planted noise (`make bench-information`).

    python -m benchmarks.information --data ../shared/data --out benchmarks/results/information.json

Records are passages of public documents and whole instructions; among them stand a flood, one template with
small changes, and noise of four kinds. All are scored by `information`. Reported: where the flood stands
among the least informative, how much of the noise has no score, and where the rest of it stands.
"""

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.selectors import DOMAINS, INSTRUCT, rows_of
from benchmarks.zip.machine import machine_kind, versions
from entropy_assets.candidate.cost import measured
from entropy_assets.candidate.scoring import Asked, scores_of
from entropy_assets.records import content_id
from entropy_assets.settings import ScoringSettings
from entropy_assets.texts import StoredTexts

PASSAGE_BYTES = 160
FLOOD_SHARE, NOISE_SHARE = 0.05, 0.02
PRUNED = 0.1
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
MAX_MEMORY_BYTES = 1_500 << 20
"""The bar: memory above the start, beside the texts in their mapped file."""


def passages(data: Path, n_wanted: int, rng: random.Random) -> list[str]:
    """Return passages of documents and whole instructions, none twice, in an order drawn by seed."""
    found: dict[str, None] = {}
    for file in [f"instruct/{name}" for name in INSTRUCT] + [f"domains/{name}" for name in DOMAINS]:
        for row in rows_of(data / f"{file}.jsonl.zst"):
            text = row.decode()
            while len(text) > 2 * PASSAGE_BYTES and file.startswith("domains"):
                cut = text.find(" ", PASSAGE_BYTES) + 1 or PASSAGE_BYTES
                found[text[:cut]] = None
                text = text[cut:]
            found[text] = None
    texts = sorted(found)
    rng.shuffle(texts)
    if len(texts) < n_wanted:
        raise SystemExit(f"the files hold {len(texts):,} passages, wanted are {n_wanted:,}: ask for fewer")
    return texts[:n_wanted]


def flood(n: int, rng: random.Random) -> list[str]:
    """Return records of one template, each with another number and city."""
    cities = ("Oslo", "Lima", "Accra", "Hanoi", "Turin", "Perth", "Quito", "Sofia")
    return [
        f"Thank you for contacting support. Your ticket {rng.randrange(10**6)} was forwarded to our team in "
        f"{rng.choice(cities)}. We answer within {rng.randrange(1, 9)} working days. Please do not reply."
        for _ in range(n)
    ]


def noise(n: int, clean: Sequence[str], rng: random.Random) -> tuple[list[str], list[str]]:
    """Return records that say nothing, and the kind of each."""
    kinds = ("base64", "random letters", "mojibake", "shuffled words")
    texts, told = [], []
    for number in range(n):
        kind, like = kinds[number % len(kinds)], rng.choice(clean)
        if kind == "base64":
            texts.append("".join(rng.choices(LETTERS, k=2 * PASSAGE_BYTES)))
        elif kind == "random letters":
            words = ("".join(rng.choices(LETTERS[26:52], k=rng.randrange(3, 10))) for _ in range(60))
            texts.append(" ".join(words))
        elif kind == "mojibake":
            accents = "éèüöäßñçåø"
            marked = "".join(rng.choice(accents) if c in "aeiou" else c for c in like[: 2 * PASSAGE_BYTES])
            texts.append(marked.encode().decode("latin-1"))
        else:
            words_of = like.split()
            rng.shuffle(words_of)
            texts.append(" ".join(words_of))
        told.append(kind)
    return texts, told


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write the JSON where a place is named; exit code 1 where memory passes the bar."""
    options = _parser().parse_args(arguments)
    rng = random.Random(11)
    n_flood, n_noise = int(options.rows * FLOOD_SHARE), int(options.rows * NOISE_SHARE)
    clean = passages(options.data, options.rows - n_flood - n_noise, rng)
    noisy, kinds = noise(n_noise, clean, rng)
    labelled = [(text, "clean") for text in clean] + [(text, "flood") for text in flood(n_flood, rng)]
    labelled += list(zip(noisy, kinds, strict=True))
    rng.shuffle(labelled)
    labels = np.array([label for _, label in labelled])
    ids = [content_id({"kind": "text", "text": text}) for text, _ in labelled]
    with tempfile.TemporaryDirectory() as folder:
        texts = StoredTexts.write(Path(folder) / "texts", (text.encode() for text, _ in labelled))
        n_bytes = sum(len(text.encode()) for text, _ in labelled)
        del clean, noisy, labelled
        settings = ScoringSettings(probe_bytes=options.probe_bytes)
        with measured() as cost:
            scores, _ = scores_of(Asked(ids, texts, "information", settings, workers=options.workers))
    found: dict[str, Any] = {
        "machine": machine_kind(),
        "versions": versions(),
        "rows": len(ids),
        "bytes": n_bytes,
        "probe_bytes": options.probe_bytes,
        "workers": options.workers,
        **cost,
        "kinds": {
            kind: stands(scores.values, labels, kind) for kind in ("clean", "flood", *sorted(set(kinds)))
        },
    }
    print(json.dumps(found, indent=1))
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n")
    memory = cost["memory_bytes"]
    return int(memory is not None and memory > MAX_MEMORY_BYTES)


def stands(values: np.ndarray, labels: np.ndarray, kind: str) -> dict[str, float | None]:
    """Return where the records of a kind stand: without a score, among the lowest and the highest tenth.

    `pruned` is the share that goes first where a tenth goes, records without a score before all others;
    `auc` that a record of the kind has a lower score than a clean one.
    """
    own, scored = labels == kind, ~np.isnan(values)
    low, high = np.quantile(values[scored], [PRUNED, 1 - PRUNED])
    order = np.argsort(np.where(scored, values, -np.inf), kind="stable")
    first = np.zeros(len(values), bool)
    first[order[: int(PRUNED * len(values))]] = True
    both = scored & (own | (labels == "clean"))
    is_own = own[both]
    tells = kind != "clean" and is_own.any()
    return {
        "records": int(own.sum()),
        "unscored": float((~scored)[own].mean()),
        "pruned": float(first[own].mean()),
        "lowest_tenth": float((values[own & scored] <= low).mean()) if (own & scored).any() else None,
        "highest_tenth": float((values[own & scored] >= high).mean()) if (own & scored).any() else None,
        "auc": float(roc_auc_score(is_own, -values[both])) if tells else None,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder of the public files"
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--probe-bytes", type=int, default=262_144)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser


if __name__ == "__main__":
    sys.exit(main())
