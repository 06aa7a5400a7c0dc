"""Pools of any size from the real texts beside the checkout, by recombination.

A record is a run of consecutive sentences of one text and a run of another text of the same source. Then
numbers are changed and a share of the words is replaced by words of the same source, so that a sentence
that is used often does not come back word for word. `SWAPPED_SHARE` is set so that the zstd-long ratio of
20 MB of a pool is near that of 20 MB of the real texts; the figures beside each pool show both.

    python -m benchmarks.zip.pools --records 300000 --out var/bench/pool.jsonl

Same arguments and same data, same bytes. Records are written as they are made: memory holds the real texts
in pieces (about half a gigabyte) and eight bytes a record to tell repeats, not the pool.
"""

import argparse
import hashlib
import json
import math
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from benchmarks.zip.process import ROOT
from entropy_assets.compression import SEPARATOR, compression_ratio
from entropy_assets.curation.ingest import read_file
from entropy_assets.records import rendered

VERSION = 1  # raise when the same arguments give other bytes, so that an old pool is not taken for a new one
SWAPPED_SHARE = 0.06
MEDIAN_BYTES, SPREAD = 480, 0.55  # of the log-normal length that a record is filled to
LENGTHS = (60, 4000)
MAX_PIECE_BYTES = 300
RATIO_BYTES = 20_000_000
SMALL = ("alpaca_en_demo", "alpaca_zh_demo", "code", "law_de")

_PIECE = re.compile(r"[^\n.!?;。！？；]*[\n.!?;。！？；]+\s*|[^\n.!?;。！？；]+\Z")
_TOKEN = re.compile(r"\d+|[^\W\d_\u2e80-\u9fff]+|[\u2e80-\u9fff]{1,2}|\s+|.", re.DOTALL)


@dataclass(frozen=True)
class PoolSpec:
    """What a pool is made of.

    Parameters
    ----------
    n_records
        Number of records, above 0.
    seed
        Seed of all choices.
    is_small
        Take a few files and 60 texts of each only, so that a small pool is there in a second.
    """

    n_records: int
    seed: int = 0
    is_small: bool = False


@dataclass(frozen=True)
class Pool:
    """A pool on disk: JSONL with `text` and `source`, and its figures."""

    path: Path
    figures: dict[str, float]

    def rows(self) -> Iterator[dict[str, str]]:
        """Yield the records in order."""
        with self.path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)

    def texts(self, n_records: int | None = None) -> list[bytes]:
        """Return the first `n_records` texts in UTF-8, all by default."""
        return [row["text"].encode() for row in islice(self.rows(), n_records)]


@dataclass(frozen=True)
class Piece:
    """One sentence in tokens, with the places of its words and its numbers."""

    tokens: list[str]
    words: list[int]
    numbers: list[int]
    n_bytes: int


def ensure_pool(spec: PoolSpec, shared: Path, cache: Path) -> Pool:
    """Return the pool of `spec`, made in a process of its own where `cache` does not hold it yet."""
    names = "".join(f"{path.relative_to(shared)}:{path.stat().st_size};" for path in data_files(shared))
    key = json.dumps([asdict(spec), VERSION, SWAPPED_SHARE, MEDIAN_BYTES, SPREAD, MAX_PIECE_BYTES, names])
    path = cache / f"pool-{spec.n_records}-{hashlib.sha256(key.encode()).hexdigest()[:10]}.jsonl"
    figures = path.with_suffix(".json")
    if not figures.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "benchmarks.zip.pools", "--records", str(spec.n_records)]
        command += ["--seed", str(spec.seed), "--shared", str(shared), "--out", str(path)]
        subprocess.run(command + ["--small"] * spec.is_small, check=True)
    return Pool(path, json.loads(figures.read_text()))


def data_files(shared: Path) -> list[Path]:
    """Return the files of real records under `shared`, in order of their names."""
    files = [path for path in (shared / "data").rglob("*.jsonl*") if path.is_file()]
    return sorted(files, key=lambda path: path.relative_to(shared).as_posix())


def real_texts(shared: Path, is_small: bool = False) -> dict[str, list[str]]:
    """Return source -> canonical texts of its records, in the order of the files."""
    texts: dict[str, list[str]] = {}
    for path in data_files(shared):
        if is_small and path.name.split(".")[0] not in SMALL:
            continue
        frame = read_file(path, drop="bench").records
        for source, text in zip(frame["source"], rendered(frame), strict=True):
            texts.setdefault(source, []).append(text)
    return {source: own[:60] for source, own in texts.items()} if is_small else texts


def cut(text: str) -> list[Piece]:
    """Return a text as sentences or lines of at most about `MAX_PIECE_BYTES`; nothing is lost."""
    pieces = []
    for sentence in _PIECE.findall(text):
        tokens = [*map(sys.intern, _TOKEN.findall(sentence))]
        n_bytes = len(sentence.encode())
        n_parts = -(-n_bytes // MAX_PIECE_BYTES)
        step = -(-len(tokens) // n_parts)
        for start in range(0, len(tokens), step):
            part = tokens[start : start + step]
            pieces.append(_piece(part, n_bytes if n_parts == 1 else len("".join(part).encode())))
    return pieces


def _piece(tokens: list[str], n_bytes: int) -> Piece:
    words = [place for place, token in enumerate(tokens) if token[0].isalpha()]
    numbers = [place for place, token in enumerate(tokens) if token[0].isdecimal() and token.isascii()]
    return Piece(tokens, words, numbers, n_bytes)


class Recombination:
    """The real texts in pieces, and the records that can be made of them."""

    def __init__(self, texts: dict[str, list[str]], seed: int) -> None:
        self._random = random.Random(seed)
        self._sources = sorted(texts)
        self._pieces = {source: [cut(text) for text in texts[source] if text] for source in self._sources}
        self._words = {
            source: [piece.tokens[place] for own in texts_ for piece in own for place in piece.words]
            for source, texts_ in self._pieces.items()
        }
        self._weights = [sum(map(len, texts[source])) for source in self._sources]

    def rows(self) -> Iterator[tuple[str, str]]:
        """Yield (source, text) without end and without exact repeats."""
        seen: set[int] = set()
        while True:
            for source in self._random.choices(self._sources, self._weights, k=1000):
                text = self._text(source)
                digest = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
                if digest not in seen:
                    seen.add(digest)
                    yield source, text

    def _text(self, source: str) -> str:
        """Return one record: two thirds of its length from one text, the rest from others."""
        rng = self._random
        target = min(max(MEDIAN_BYTES * math.exp(rng.gauss(0, SPREAD)), LENGTHS[0]), LENGTHS[1])
        parts: list[str] = []
        n_bytes, limit = 0, target * 2 / 3
        while n_bytes < target:
            pieces = rng.choice(self._pieces[source])
            for piece in pieces[int(rng.random() * len(pieces)) :]:
                parts += self._changed(piece, source)
                n_bytes += piece.n_bytes
                if n_bytes >= limit:
                    break
            parts.append("\n")
            n_bytes += 1
            limit = target
        return "".join(parts).strip()

    def _changed(self, piece: Piece, source: str) -> list[str]:
        """Return the tokens of a piece with other numbers and some other words."""
        rng, tokens = self._random, piece.tokens.copy()
        for place in piece.numbers:
            tokens[place] = str(int(rng.random() * 10 ** min(len(tokens[place]), 9)))
        if piece.words:
            vocabulary = self._words[source]
            for _ in range(int(len(piece.words) * SWAPPED_SHARE + rng.random())):
                place = piece.words[int(rng.random() * len(piece.words))]
                tokens[place] = vocabulary[int(rng.random() * len(vocabulary))]
        return tokens


def write_pool(spec: PoolSpec, shared: Path, out: Path) -> dict[str, float]:
    """Write a pool and, beside it, its figures: it exists once these do. Return the figures."""
    began = time.perf_counter()
    texts = real_texts(shared, spec.is_small)
    n_bytes = 0
    with out.open("w", encoding="utf-8") as lines:
        for source, text in islice(Recombination(texts, spec.seed).rows(), spec.n_records):
            n_bytes += len(text.encode())
            lines.write(json.dumps({"text": text, "source": source}, ensure_ascii=False) + "\n")
    seconds = time.perf_counter() - began
    real = [text.encode() for own in texts.values() for text in own]
    random.Random(spec.seed).shuffle(real)
    figures: dict[str, float] = {
        "records": spec.n_records,
        "bytes": n_bytes,
        "mean_bytes": n_bytes / spec.n_records,
        "file_bytes": out.stat().st_size,
        "seconds": seconds,
        **_ratios(Pool(out, {}).texts(max(1, RATIO_BYTES * spec.n_records // n_bytes)), "pool"),
        **_ratios(real, "real"),
    }
    out.with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n")
    return figures


def _ratios(texts: Sequence[bytes], name: str) -> dict[str, float]:
    """Return raw / compressed bytes of the first `RATIO_BYTES` of `texts`, higher = more redundant."""
    sample = [SEPARATOR.join(texts)[:RATIO_BYTES]]
    ratios = {codec: compression_ratio(sample, codec) for codec in ("zlib32k", "zstd_long")}
    return {f"{name}_sample_bytes": len(sample[0])} | {
        f"{name}_ratio_{codec}": ratio for codec, ratio in ratios.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Write one pool and print its figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--records", type=int, required=True, help="number of records")
    parser.add_argument("--seed", type=int, default=0, help="seed of all choices (default 0)")
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared", help="folder with data/")
    parser.add_argument("--small", action="store_true", help="from a few files only")
    parser.add_argument("--out", type=Path, required=True, help="JSONL file to write; figures go beside it")
    options = parser.parse_args(arguments)
    spec = PoolSpec(options.records, options.seed, options.small)
    print(json.dumps(write_pool(spec, options.shared, options.out)), file=sys.stderr)


if __name__ == "__main__":
    main()
