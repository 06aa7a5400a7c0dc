"""Row `blobs`: planted noise that is picked all the same, and clean records that are refused.

One record in twenty is planted, in four kinds of equal number, each about as long as a record of the pool:
base64 of random bytes, random letters, and texts in UTF-8 that were read as latin-1 or cp1252, once of the
pool's Chinese texts and once of texts with accents. The pool has next to none of the latter, so they are
German statutes; their mojibake touches a few characters in a hundred and is the hardest kind.
"""

import base64
import random
import string
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from benchmarks.zip.golden import golden
from benchmarks.zip.job import Check, Job, Result
from benchmarks.zip.pools import real_texts
from benchmarks.zip.quality import guarded
from entropy_assets.noise import is_noise

BAR_PERCENT = 1.0
PLANTED_SHARE = 0.05
N_BYTES = 500_000
BASE64_LINE = 76

CLEAN = {
    "code": ("newcodealpaca", "codegen", "ca2k", "gpteacher_codegen", "code"),
    "maths": ("gsm8k", "gsm8k_train"),
    "Chinese": ("alpaca_zh_demo", "dpo_zh_demo", "glaive_toolcall_zh_demo"),
}
"""What must not be refused -> sources of the golden pool and of the real texts."""


def measure_blobs(job: Job) -> Result:
    """Return the share of picked bytes that are planted, and the shares of clean records refused."""
    pool = golden(job.shared, is_smoke=job.is_smoke)
    n_bytes = 15_000 if job.is_smoke else N_BYTES
    strings, sources, _ = pool.texts()
    real = real_texts(job.shared, is_small=job.is_smoke)
    planted = list(plant(strings, real["law_de"], seed=0))
    kinds = [""] * len(strings) + [kind for kind, _ in planted]
    texts = [text.encode() for text in [*strings, *(text for _, text in planted)]]
    figures: dict[str, Any] = {"planted_records": dict(Counter(kind for kind, _ in planted))}
    for name, is_on in (("with_guard", True), ("without_guard", False)):
        ranking = guarded(texts, n_bytes, pool, job.workers, is_on=is_on).tolist()
        figures[name] = planted_percent(ranking, texts, kinds)
    groups = _clean_groups(strings, sources, real)
    figures["refused_percent"] = refused = _refused_percent(groups, planted)
    checks = [picked_check(figures), *(refused_check(group, refused) for group in CLEAN)]
    remarks = [
        f"planted bytes among the picks {name.replace('_', ' ')}, by kind: {_told(figures[name])}"
        for name in ("with_guard", "without_guard")
    ]
    remarks.append(f"records refused: {_told(refused)}")
    return Result(checks, figures, remarks)


def picked_check(figures: Mapping[str, Any]) -> Check:
    """Return the check of planted bytes among the picks with the guard, beside those without."""
    without = f"without the guard {figures['without_guard']['all']:.1f} %"
    what = "planted bytes among the picks of zip, noise guard on"
    return Check(what, "at most", BAR_PERCENT, "%", figures["with_guard"]["all"], without)


def refused_check(group: str, refused: Mapping[str, float]) -> Check:
    """Return the check of clean records of a group that the guard refuses."""
    return Check(f"clean {group} records refused", "at most", BAR_PERCENT, "%", refused.get(group))


def plant(pool: Sequence[str], accented: Sequence[str], seed: int) -> Iterator[tuple[str, str]]:
    """Yield (kind, text) of the planted records: `PLANTED_SHARE` of the pool with them.

    Parameters
    ----------
    pool
        Texts of the pool, which give the lengths and the Chinese texts.
    accented
        Texts with accented letters.
    seed
        Seed of all choices.
    """
    rng = random.Random(seed)
    chinese = [text for text in pool if sum("\u4e00" <= c <= "\u9fff" for c in text) >= 0.3 * len(text) > 0]
    makers: dict[str, Callable[[int], str]] = {
        "base64": lambda n: _base64(rng, n),
        "letters": lambda n: _letters(rng, n),
        "mojibake_chinese": lambda n: _mojibake(rng, rng.choice(chinese), n),
        "mojibake_accented": lambda n: _mojibake(rng, _part(rng, rng.choice(accented), n), n),
    }
    for number in range(round(len(pool) * PLANTED_SHARE / (1 - PLANTED_SHARE))):
        kind = list(makers)[number % len(makers)]
        yield kind, makers[kind](max(len(rng.choice(pool)), 40))


def planted_percent(ranking: Sequence[int], texts: Sequence[bytes], kinds: Sequence[str]) -> dict[str, float]:
    """Return the percentage of the picked bytes that are planted, of all kinds and of each.

    >>> planted_percent([0, 1], [b"abc", b"d", b"e"], ["", "letters", "base64"])
    {'all': 25.0, 'letters': 25.0}
    """
    n_bytes: Counter[str] = Counter()
    for index in ranking:
        n_bytes[kinds[index]] += len(texts[index])
    total = n_bytes.total()
    shares = {kind: 100 * n / total for kind, n in sorted(n_bytes.items()) if kind}
    return {"all": sum(shares.values()), **shares}


def _base64(rng: random.Random, n: int) -> str:
    """Return n characters of base64, half of the time in lines."""
    text = base64.b64encode(rng.randbytes(n)).decode()[:n]
    if rng.random() < 0.5:
        return text
    return "\n".join(text[start : start + BASE64_LINE] for start in range(0, n, BASE64_LINE))


def _letters(rng: random.Random, n: int) -> str:
    """Return n random letters, half of the time in words of 2 to 10."""
    letters = "".join(rng.choices(rng.choice((string.ascii_lowercase, string.ascii_letters)), k=n))
    if rng.random() < 0.5:
        return letters
    words, start = [], 0
    while start < n:
        words.append(letters[start : (start := start + rng.randint(2, 10))])
    return " ".join(words)


def _mojibake(rng: random.Random, text: str, n: int) -> str:
    """Return at most n characters of a text in UTF-8 as it reads in a one-byte encoding."""
    return text.encode().decode(rng.choice(("latin-1", "cp1252")), "replace")[:n]


def _part(rng: random.Random, text: str, n: int) -> str:
    """Return n characters from within a text."""
    start = rng.randrange(max(len(text) - n, 0) + 1)
    return text[start : start + n]


def _clean_groups(
    strings: Sequence[str], sources: Sequence[str], real: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return group -> clean texts: those of `CLEAN`, and each other source of the real texts."""
    group_of = {source: group for group, names in CLEAN.items() for source in names}
    groups: dict[str, list[str]] = {group: [] for group in CLEAN}
    for text, source in zip(strings, sources, strict=True):
        groups.setdefault(group_of.get(source, source), []).append(text)
    for source, texts in real.items():
        groups.setdefault(group_of.get(source, source), []).extend(texts)
    return groups


def _refused_percent(
    groups: Mapping[str, Sequence[str]], planted: Sequence[tuple[str, str]]
) -> dict[str, float]:
    """Return the percentage of records that the guard refuses, by group and planted kind."""
    named = {group: list(texts) for group, texts in groups.items()}
    for kind, text in planted:
        named.setdefault(f"planted {kind}", []).append(text)
    return {name: 100 * sum(map(is_noise, texts)) / len(texts) for name, texts in named.items() if texts}


def _told(shares: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {share:.2f} %" for name, share in shares.items())
