"""Topics and sections of a source: parts that a good drop may hold alone.

What belongs here: labels of rows. What does not: choosing by them (`worlds`, `natural`).
"""

import json
import zlib
from collections import Counter
from collections.abc import Sequence
from functools import cache

import numpy as np

from benchmarks.gate_power.sources import Data
from entropy_assets.demo.harvest import Row

ROWS_PER_TOPIC = 120
"""Rows of a topic, about; there are between 4 and 24 topics in a source."""

MAX_FITTED = 4_000
"""Rows that topics are found on; the others go to the nearest."""

MIN_SECTIONS = 4


def topics(data: Data, split: str, source: str, rows: Sequence[Row]) -> dict[str, str]:
    """Return row id -> topic of a source's rows: clusters of TF-IDF vectors in 50 dimensions.

    They are kept on disk: the same rows have the same topics in each process.
    """
    digest = zlib.crc32("".join(row["id"] + row["output"][:40] for row in rows).encode())
    path = data.cache / f"topics-{split}-{source}-{digest:08x}.json"
    if path.is_file():
        kept: dict[str, str] = json.loads(path.read_text())
        return kept
    found = _clustered(tuple(f"{row['instruction']} {row['output']}" for row in rows))
    labels = {row["id"]: label for row, label in zip(rows, found, strict=True)}
    data.cache.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(labels))
    return labels


@cache
def _clustered(texts: tuple[str, ...]) -> list[str]:
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    latin = sum(text.isascii() or " " in text.strip()[:40] for text in texts) > 0.5 * len(texts)
    words = TfidfVectorizer(
        max_features=20_000,
        sublinear_tf=True,
        min_df=2,
        stop_words="english" if latin else None,
        analyzer="word" if latin else "char",
        ngram_range=(1, 1) if latin else (1, 2),
    )
    counted = words.fit_transform(texts)
    order = np.random.default_rng(0).permutation(len(texts))[:MAX_FITTED]
    n_dimensions = min(50, counted.shape[1] - 1, len(order) - 1)
    reduced = TruncatedSVD(n_dimensions, random_state=0).fit(counted[order]).transform(counted)
    n_topics = int(np.clip(len(texts) // ROWS_PER_TOPIC, 4, 24))
    found = KMeans(n_topics, n_init=3, random_state=0).fit(reduced[order])
    return [f"topic {label}" for label in found.predict(reduced)]


def sections(rows: Sequence[Row]) -> dict[str, str]:
    """Return row id -> section of documentation: the first two parts of its name, where there are enough.

    >>> rows = [{"id": f"pack.part{i % 4}.f{i}:documentation"} for i in range(400)]
    >>> sorted(set(sections(rows).values()))
    ['pack.part0', 'pack.part1', 'pack.part2', 'pack.part3']
    >>> sections([{"id": "book-7"}])
    {}
    """
    if not all(row["id"].endswith((":documentation", ":signature", ":code")) for row in rows):
        return {}
    labels = {row["id"]: ".".join(row["id"].rpartition(":")[0].split(".")[:2]) for row in rows}
    large = [label for label, size in Counter(labels.values()).items() if size >= 80]
    return labels if len(large) >= MIN_SECTIONS else {}
