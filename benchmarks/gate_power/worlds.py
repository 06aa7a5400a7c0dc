"""Worlds: a pool of real records, and disjoint drops that come to it.

The records are those of the shared data and of the demonstration's documentation. Development and test
have other sources: the limits of the gate were chosen on the former, the table is made on the latter.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.gate_power.faults import SEMANTIC, STATISTICAL, UNSEEN, language_changed
from entropy_assets.curation.ingest import read_file
from entropy_assets.demo.drops import write_drop
from entropy_assets.demo.faults import Fault
from entropy_assets.demo.harvest import Row, harvest
from entropy_assets.errors import InvalidInput

DEVELOPMENT, TEST = "development", "test"

SHARED_SOURCES = {
    DEVELOPMENT: ("gsm8k_train", "gpteacher_roleplay", "books", "dialogue"),
    TEST: ("gpteacher_codegen", "encyclopaedia", "manuals", "code"),
}
PACKAGES = {
    DEVELOPMENT: ("sympy", "sqlalchemy", "polars", "stdnum", "mypyc", "narwhals"),
    TEST: ("transformers", "accelerate", "pydantic", "huggingface_hub", "phonenumbers", "sklearn"),
}
"""Packages whose documentation is part of a split: all of the set-up, with at least 650 records each."""
NOVEL = {DEVELOPMENT: ("law_en", "law_de"), TEST: ("alpaca_en_demo", "alpaca_zh_demo")}
"""Sources that no pool holds: a new domain, and a new language."""
FOREIGN = {DEVELOPMENT: "law_de", TEST: "alpaca_zh_demo"}
"""Where passages for a changed language come from."""

MAX_TEXT = 2_000
"""Characters of a text that are used: a chapter of a novel would weigh as much as fifty answers."""

SIZES = {"50%": 0.5, "10%": 0.1, "1%": 0.01}
N_DROPS = {"50%": 1, "10%": 4, "1%": 24}
"""Disjoint drops of each size in one world."""


@dataclass(frozen=True)
class World:
    """A pool and what comes to it.

    Parameters
    ----------
    split
        `development` or `test`.
    seed
        Seed of the choice of records.
    n_pool
        Records of the pool.
    n_packages
        Packages whose documentation is part of it; development and test have other ones.
    """

    split: str
    seed: int
    n_pool: int = 8_000
    n_packages: int = 6

    @property
    def name(self) -> str:
        """Name of its folder: worlds that are cut otherwise, or from other sources, have another one."""
        made_of = (self.cuts, SHARED_SOURCES[self.split], PACKAGES[self.split][: self.n_packages])
        return f"{self.split}-{self.seed}-{self.n_pool}-{zlib.crc32(repr(made_of).encode()):08x}"

    @property
    def cuts(self) -> list[int]:
        """Rows of the pool, of the drop to warm up with, and of each drop."""
        drops = [round(self.n_pool * SIZES[size]) for size in N_DROPS for _ in range(N_DROPS[size])]
        return [self.n_pool, round(self.n_pool * SIZES["10%"]), *drops]


@dataclass(frozen=True)
class Drop:
    """One drop that is judged against a world's pool.

    Parameters
    ----------
    world
        The world.
    size
        A key of `SIZES`: the drop's records as a share of the pool.
    number
        Which of the world's disjoint drops of that size.
    fault
        `clean`, `novel`, or the name of a fault.
    share
        Share of the rows that are damaged, or come from novel sources.
    """

    world: World
    size: str
    number: int
    fault: str = "clean"
    share: float = 0.0

    @property
    def name(self) -> str:
        """Name of the drop: nothing about its fault can be read off it but by who wrote it."""
        stated = f"{self.world.name}/{self.size}/{self.number}/{self.fault}/{self.share}"
        return f"drop-{zlib.crc32(stated.encode()):08x}"


@cache
def real_rows(shared: Path, split: str, n_packages: int) -> dict[str, list[Row]]:
    """Return source -> rows, of the sources of a split, the novel ones among them."""
    files = {path.name.split(".")[0]: path for path in sorted((shared / "data").rglob("*.json*"))}
    names = (*SHARED_SOURCES[split], *NOVEL[split])
    missing = [name for name in names if name not in files]
    if missing:
        raise InvalidInput(
            f"{shared / 'data'} lacks {', '.join(missing)}: name the folder of the shared data"
        )
    rows = {name: _rows_of(files[name], name) for name in names}
    if not n_packages:
        return rows
    documented: dict[str, list[Row]] = {}
    for row in harvest(n_workers=1):
        documented.setdefault(row["source"], []).append(row)
    own = PACKAGES[split][:n_packages]
    return rows | {source: documented[source] for source in own}


def _rows_of(path: Path, source: str) -> list[Row]:
    rows = []
    for record in read_file(path, drop="bench").records.iter_rows(named=True):
        turns = [turn["content"] for turn in record["messages"] or []]
        question, answer = ("\n\n".join(turns[:-1]), turns[-1]) if turns else ("", record["text"])
        content = {"instruction": question[:MAX_TEXT], "input": "", "output": _passage(answer)}
        rows.append({"id": f"{source}-{record['line']}", "source": source, **content})
    return rows


def _passage(text: str) -> str:
    """Return a text, or of a long one what ends with the last full stop before `MAX_TEXT`."""
    if len(text) <= MAX_TEXT:
        return text
    end = max(text.rfind(mark, 0, MAX_TEXT) for mark in (". ", ".\n", ";\n", "\n\n"))
    return text[: end + 1] if end > 0 else text[:MAX_TEXT]


def faults_of(shared: Path, world: World) -> dict[str, Fault]:
    """Return name -> fault, with passages of the foreign language of the world's split."""
    rows = real_rows(shared, world.split, world.n_packages)
    foreign = [row["output"] for row in rows[FOREIGN[world.split]]]
    return STATISTICAL | {"language_changed": language_changed(foreign)} | SEMANTIC | UNSEEN


def cut(world: World, shared: Path) -> tuple[list[Row], list[Row], dict[str, list[list[Row]]]]:
    """Return the pool, a drop to warm up with, and for each size its drops: all disjoint, of one mix.

    A source's share grows with the square root of its number of records.
    """
    rows = real_rows(shared, world.split, world.n_packages)
    known = {source: own for source, own in sorted(rows.items()) if source not in NOVEL[world.split]}
    mixed = _mixed(known, sum(world.cuts), world)
    bounds = np.cumsum([0, *world.cuts])
    parts = [mixed[low:high] for low, high in pairwise(bounds)]
    drops: dict[str, list[list[Row]]] = {}
    rest = iter(parts[2:])
    for size, count in N_DROPS.items():
        drops[size] = [next(rest) for _ in range(count)]
    return parts[0], parts[1], drops


def _mixed(known: dict[str, list[Row]], n_rows: int, world: World) -> list[Row]:
    """Return `n_rows` rows in an order in which every stretch has about one mix of sources."""
    weights = {source: np.sqrt(len(own)) for source, own in known.items()}
    quotas = dict.fromkeys(known, 0)
    open_ = set(known)
    while sum(quotas.values()) < n_rows and open_:
        left = n_rows - sum(quotas.values())
        total = sum(weights[source] for source in open_)
        for source in sorted(open_):
            more = max(1, int(left * weights[source] / total))
            quotas[source] = min(quotas[source] + more, len(known[source]))
        open_ = {source for source in open_ if quotas[source] < len(known[source])}
    if sum(quotas.values()) < n_rows:
        raise InvalidInput(f"{world.name} needs {n_rows} rows, and there are {sum(quotas.values())}")
    placed = []
    for source, quota in quotas.items():
        rng = np.random.default_rng([world.seed, zlib.crc32(source.encode())])
        order = rng.permutation(len(known[source]))[:quota]
        places = (np.arange(quota) + rng.random(quota)) / quota
        placed += [(place, known[source][i]) for place, i in zip(places, order, strict=True)]
    placed.sort(key=lambda pair: (pair[0], pair[1]["id"]))
    return [row for _, row in placed[:n_rows]]


def rows_of(drop: Drop, shared: Path) -> tuple[list[Row], set[str]]:
    """Return the rows of a drop, and the ids of those that are damaged."""
    clean = cut(drop.world, shared)[2][drop.size][drop.number]
    rng = np.random.default_rng([drop.world.seed, zlib.crc32(drop.name.encode())])
    victims = [int(place) for place in rng.permutation(len(clean))[: round(drop.share * len(clean))]]
    if not victims:
        return clean, set()
    chosen = set(victims)
    intact = [row for place, row in enumerate(clean) if place not in chosen]
    rows = list(clean)
    if drop.fault == "novel":
        known = real_rows(shared, drop.world.split, drop.world.n_packages)
        new = [row for source in NOVEL[drop.world.split] for row in known[source]]
        for place, i in zip(victims, rng.permutation(len(new)), strict=False):
            rows[place] = new[i]
        return rows, set()
    own = [clean[place] for place in victims]
    planted = set()
    for place, row in zip(victims, faults_of(shared, drop.world)[drop.fault](own, intact, rng), strict=True):
        rows[place] = {**row, "id": f"{clean[place]['id']}~", "source": clean[place]["source"]}
        planted.add(rows[place]["id"])
    return rows, planted


def write(rows: Sequence[Row], folder: Path) -> None:
    """Write rows as a drop: those without an instruction as texts."""
    write_drop(folder, [_delivered(row) for row in rows], compression="none")


def _delivered(row: Row) -> Row:
    if row["instruction"]:
        return row
    return {"id": row["id"], "source": row["source"], "text": row["output"]}
