"""What the noise guard refuses: of clean records by source, and of planted blobs by kind and size.

Clean are all files of the folder with real data, its golden pool, and the documentation of the installed
packages. Planted are records of which the whole text, or the answer alone, is a blob of 100 to 2,000
bytes. Kinds that the guard cannot see by design are measured as well. Seeds are fixed.

    python -m benchmarks.noise [--shared DIR] [--records 1000] [--out FILE]
"""

import argparse
import base64
import codecs
import json
import platform
import string
import sys
import time
import unicodedata
import zlib
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from entropy_assets.curation.ingest import read_file
from entropy_assets.demo.harvest import harvest
from entropy_assets.noise import NOISE_SHARE, is_noise
from entropy_assets.records import rendered

SHARED = Path(__file__).resolve().parents[2] / "shared"
SIZES = ((100, 200), (200, 500), (500, 2_000))
SIZE_NAMES = tuple(f"{low}-{high} bytes" for low, high in SIZES)
KINDS = {"code": "code", "gpteacher_codegen": "code", "gsm8k_train": "maths"}
"""Clean group -> its kind; names with _zh_ are Chinese, all others are of the kind "other"."""

MISREADINGS = {"Latin-1": ("latin-1",), "cp1252": ("cp1252",), "cp1252 twice": ("cp1252", "cp1252")}
"""How UTF-8 was read -> the encodings it was taken for, one after the other."""

FRENCH = (
    "Après une année très agitée, le maire a décidé de rénover l'école située derrière l'église.",
    "Les élèves préfèrent étudier à la bibliothèque, où la température est agréable en été.",
    "Dès que la forêt fut protégée, les cerfs y revinrent et les chênes se mirent à repousser.",
    "Elle répondit qu'elle n'avait jamais goûté de crème brûlée, ni même de pâté de lièvre.",
    "Le théâtre rouvrira bientôt ses portes; la première pièce sera jouée par des comédiens bénévoles.",
    "On prévoit de la grêle près de la côte, puis un temps dégagé à l'intérieur du département.",
    "Le boulanger pétrit la pâte à l'aube, la laisse lever, puis la façonne et l'enfourne sans se presser.",
    "Ce fichier contient les paramètres du système; modifiez-le avec précaution et notez ce qui a changé.",
)

Maker = Callable[[np.random.Generator, int], str]
"""(generator, bytes) -> a blob of about that many bytes."""


def clean_groups(shared: Path) -> dict[str, list[str]]:
    """Return the canonical texts of each clean source, by name."""
    groups = {}
    for path in [*sorted((shared / "data").glob("*/*")), shared / "golden" / "pool_30155.json.zst"]:
        name = path.name.partition(".")[0]
        if path.suffix == ".txt":
            groups[name] = [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
        else:
            groups[name] = rendered(read_file(path, drop="clean").records)
    groups["documentation"] = [f"{row['instruction']}\n\n{row['output']}" for row in harvest()]
    return groups


def read_as(text: str, encoding: str) -> str:
    """Return a text's UTF-8 read as another encoding; bytes that it leaves undefined keep their number."""
    return "".join(
        bytes([byte]).decode(encoding, "ignore") or chr(byte) for byte in text.encode(errors="replace")
    )


def letters(rng: np.random.Generator, n_bytes: int, alphabet: str, *, in_words: bool) -> str:
    """Return letters of an alphabet at random, in words of one to nine letters if asked."""
    drawn = "".join(rng.choice(list(alphabet), n_bytes))
    if not in_words:
        return drawn
    words = []
    while drawn:
        n = int(rng.integers(1, 10))
        words.append(drawn[:n])
        drawn = drawn[n:]
    return " ".join(words)


def makers(groups: dict[str, list[str]]) -> tuple[dict[str, Maker], dict[str, Maker]]:
    """Return the kinds of blobs that the guard must catch, and those out of its sight by design."""
    prose = {
        "Chinese": _passage(groups["alpaca_zh_demo"]),
        "German": _passage(groups["law_de"]),
        "French": _passage(FRENCH),
    }
    english = _passage(groups["alpaca_en_demo"])
    lower, mixed = string.ascii_lowercase, string.ascii_letters
    seen: dict[str, Maker] = {
        "base64": lambda rng, n: base64.b64encode(rng.bytes(n)).decode(),
        "base64 in lines": lambda rng, n: base64.encodebytes(rng.bytes(n)).decode(),
        "hexadecimal": lambda rng, n: rng.bytes(n).hex(),
        "ascii85": lambda rng, n: base64.a85encode(rng.bytes(n)).decode(),
        "random letters": lambda rng, n: letters(rng, n, lower, in_words=False),
        "random letters in words": lambda rng, n: letters(rng, n, lower, in_words=True),
        "random letters, both cases": lambda rng, n: letters(rng, n, mixed, in_words=False),
        "random letters in words, both cases": lambda rng, n: letters(rng, n, mixed, in_words=True),
        "random bytes read as Latin-1": lambda rng, n: rng.bytes(n).decode("latin-1"),
        "random bytes, undecodable ones replaced": lambda rng, n: rng.bytes(n).decode(errors="replace"),
        "English UTF-16 read as Latin-1": lambda rng, n: english(rng, n).encode("utf-16").decode("latin-1"),
    }
    for language, passage in prose.items():
        for how, encodings in MISREADINGS.items():
            seen[f"{language} mojibake, {how}"] = _misread(passage, encodings)
    chinese = prose["Chinese"]
    seen["Chinese UTF-16 read as Latin-1"] = lambda rng, n: chinese(rng, n).encode("utf-16").decode("latin-1")
    unseen: dict[str, Maker] = {
        "random digits": lambda rng, n: letters(rng, n, string.digits, in_words=False),
        "random Chinese characters": lambda rng, n: letters(
            rng, n // 3, "".join(map(chr, range(0x4E00, 0x9FA0))), in_words=False
        ),
        "random Cyrillic letters": lambda rng, n: letters(
            rng, n // 2, "".join(map(chr, range(0x430, 0x450))), in_words=True
        ),
        "English, letters shuffled": lambda rng, n: "".join(rng.permutation(list(english(rng, n)))),
        "English, letters substituted": lambda rng, n: codecs.encode(english(rng, n), "rot13"),
        "English, words shuffled": lambda rng, n: " ".join(rng.permutation(english(rng, n).split())),
    }
    return seen, unseen


def _misread(passage: Maker, encodings: Sequence[str]) -> Maker:
    """Return a maker of mojibake; a passage in plain ASCII cannot be misread, so another is drawn."""

    def make(rng: np.random.Generator, n_bytes: int) -> str:
        text = ""
        while text.isascii():
            text = passage(rng, n_bytes)
            for encoding in encodings:
                text = read_as(text, encoding)
            text = _cut(text, n_bytes)
        return text

    return make


def _passage(texts: Sequence[str]) -> Maker:
    """Return a maker of clean prose: texts drawn at random, joined until the size is reached."""

    def make(rng: np.random.Generator, n_bytes: int) -> str:
        parts: list[str] = []
        while sum(map(len, parts)) < n_bytes:
            parts.append(texts[int(rng.integers(len(texts)))])
        return " ".join(parts)

    return make


def _cut(text: str, n_bytes: int) -> str:
    return text.encode(errors="replace")[:n_bytes].decode(errors="ignore")


def measure_clean(groups: dict[str, list[str]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return records and share refused of each clean group, and of each kind of them."""
    by_group: dict[str, Any] = {}
    by_kind: dict[str, Any] = {}
    for name, texts in groups.items():
        kind = "Chinese" if "_zh_" in name else KINDS.get(name, "other")
        n_refused = sum(map(is_noise, texts))
        by_group[name] = {"kind": kind, **_share(n_refused, len(texts), "refused")}
        total = by_kind.get(kind, {"records": 0, "refused": 0})
        by_kind[kind] = _share(total["refused"] + n_refused, total["records"] + len(texts), "refused")
    return by_group, by_kind


def measure_planted(kinds: dict[str, Maker], questions: Sequence[str], n_records: int) -> dict[str, Any]:
    """Return the share caught of each kind: by size where the text is a blob, and as a chat's answer."""
    found: dict[str, Any] = {}
    for kind, make in kinds.items():
        rng = np.random.default_rng([0, zlib.crc32(kind.encode())])
        rows: dict[str, Any] = {}
        answers = []
        for name, (low, high) in zip(SIZE_NAMES, SIZES, strict=True):
            sizes = rng.integers(low, high, n_records).tolist()
            blobs = [_cut(make(rng, size), size) for size in sizes]
            rows[name] = _share(sum(map(is_noise, blobs)), n_records, "caught")
            answers += blobs[: n_records // len(SIZES)]
        asked = [questions[int(i)] for i in rng.integers(len(questions), size=len(answers))]
        chats = [f"{question}\n\n{answer}" for question, answer in zip(asked, answers, strict=True)]
        rows["chat, answer alone"] = _share(sum(map(is_noise, chats)), len(chats), "caught")
        found[kind] = rows
    return found


def _share(n: int, n_records: int, name: str) -> dict[str, Any]:
    return {"records": n_records, name: n, "share": round(n / n_records, 5)}


def measure_speed(groups: dict[str, list[str]], rounds: int = 3) -> dict[str, float]:
    """Return the megabytes of UTF-8 a second and core, the best of some rounds, by kind of clean text."""
    texts = {
        "English in ASCII": [t for t in groups["gsm8k_train"] if t.isascii()],
        "code in ASCII": [t for t in groups["code"] if t.isascii()],
        "German": groups["law_de"],
        "Chinese": groups["alpaca_zh_demo"],
    }
    speeds = {}
    for name, own in texts.items():
        seconds = []
        for _ in range(rounds):
            began = time.process_time()
            for text in own:
                is_noise(text)
            seconds.append(time.process_time() - began)
        speeds[name] = round(sum(len(text.encode()) for text in own) / min(seconds) / 1e6, 1)
    return speeds


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print tables, write JSON where asked, and return 0."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shared", type=Path, default=SHARED, help="folder with data/ and golden/")
    parser.add_argument("--records", type=int, default=1_000, help="blobs a kind and size (default 1000)")
    parser.add_argument("--out", type=Path, help="write all results to this JSON file")
    options = parser.parse_args(arguments)
    if not (options.shared / "data").is_dir():
        parser.error(f"{options.shared} holds no folder data/: give the folder with real data as --shared")
    groups = clean_groups(options.shared)
    seen, unseen = makers(groups)
    questions = [text.partition("\n\n")[0] for text in groups["alpaca_en_demo"]]
    by_group, by_kind = measure_clean(groups)
    results = {
        "versions": {
            "python": platform.python_version(),
            "unicode": unicodedata.unidata_version,
            **{name: version(name) for name in ("ftfy", "numpy")},
        },
        "noise_share": NOISE_SHARE,
        "clean": by_group,
        "clean_by_kind": by_kind,
        "planted": measure_planted(seen, questions, options.records),
        "out_of_sight": measure_planted(unseen, questions, options.records),
        "megabytes_per_second": measure_speed(groups),
    }
    _print(results)
    if options.out:
        options.out.write_text(json.dumps(results, indent=1) + "\n")
    return 0


def _print(results: dict[str, Any]) -> None:
    print(f"{'clean records':<40} {'records':>8} {'refused':>8} {'share':>8}")
    for name, row in {**results["clean"], **results["clean_by_kind"]}.items():
        label = f"{name} ({row['kind']})" if "kind" in row else f"all {name}"
        print(f"{label:<40} {row['records']:>8} {row['refused']:>8} {row['share']:>8.3%}")
    for title in ("planted", "out_of_sight"):
        columns = (*SIZE_NAMES, "chat, answer alone")
        print(f"\n{f'{title}: share caught':<40} " + " ".join(f"{column:>18}" for column in columns))
        for kind, rows in results[title].items():
            print(f"{kind:<40} " + " ".join(f"{rows[column]['share']:>18.1%}" for column in columns))
    print("\nmegabytes a second:", results["megabytes_per_second"])


if __name__ == "__main__":
    sys.exit(main())
