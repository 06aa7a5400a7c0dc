"""Worlds: pools of real records, and what is left of their sources for the drops that come to them.

A pool is drawn once; the drops of a world share no record with it, but may share records with each other.
What belongs here: which records a pool holds. What does not: which ones a drop holds (`natural`, `cases`).
"""

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from benchmarks.gate_power.mechanisms import DEVELOPMENT, TEST
from benchmarks.gate_power.sources import Data, source_rows
from benchmarks.gate_power.topics import sections, topics
from entropy_assets.demo.harvest import Row
from entropy_assets.errors import InvalidInput, InvalidParameter

FORMS = ("mixed", "small", "one source", "text", "code", "preference", "chinese", "first")
"""Kinds of pools. `first` has no parent: the drop becomes the first version."""

NEEDS = {
    "text": {"", "words", "letters"},
    "code": {"", "words", "letters"},
    "chinese": {"", "question"},
}
"""What mechanisms may need of a form of pool; of the others anything."""

LEFT_OUT_SHARE = (0.02, 0.3)
"""Share of a source that a section left out of the pool has, at least and at most."""


@dataclass(frozen=True)
class World:
    """A pool, and the sources that drops are drawn from.

    Parameters
    ----------
    name
        Name of the world.
    split
        `development` or `test`.
    form
        One of `FORMS`.
    sources
        Sources of the pool.
    new
        Sources in the pool's languages that it does not hold.
    foreign
        Source in a language that it does not hold; empty for none.
    n_pool
        Records of the pool; of a first version, of the drop that becomes it.
    n_rest
        Records at least that a source keeps for drops, beside the pool; fewer where it has few.
    seed
        Seed of all choices.
    as_text
        Whether answers are delivered as plain text, without their questions.
    """

    name: str
    split: str
    form: str
    sources: tuple[str, ...]
    new: tuple[str, ...] = ()
    foreign: str = ""
    n_pool: int = 4_000
    n_rest: int = 150
    seed: int = 0
    as_text: bool = False

    @property
    def needs(self) -> set[str]:
        """What mechanisms may need here."""
        return NEEDS.get(self.form, {"", "words", "letters", "question"})

    def rng(self, *purpose: object) -> np.random.Generator:
        """Return a generator for one purpose: no other one, and no other world, has its numbers."""
        return np.random.default_rng([self.seed, zlib.crc32(repr((self.name, *purpose)).encode())])


@dataclass(frozen=True)
class Cut:
    """A world's records.

    Parameters
    ----------
    pool
        Rows of the pool, mixed.
    rest
        Source -> rows that drops are drawn from; none is in the pool.
    left_out
        Source -> rows of one section or topic of it: the pool and the rest hold none of that section.
    """

    pool: tuple[Row, ...]
    rest: Mapping[str, tuple[Row, ...]]
    left_out: Mapping[str, tuple[Row, ...]]


COST, TINY = "cost", "tiny"
"""Worlds that are in no plan: one that verdicts are timed in, and one for tests, of shared data alone."""


def world_named(split: str, name: str) -> World:
    """Return a world of a split, or one of those in no plan."""
    return worlds(split).get(name) or {COST: _COST, TINY: _TINY}[name]


def worlds(split: str) -> dict[str, World]:
    """Return name -> world of a split."""
    found = {DEVELOPMENT: _DEVELOPMENT, TEST: _TEST}.get(split)
    if found is None:
        raise InvalidParameter(f"split {split!r} is unknown: choose {DEVELOPMENT} or {TEST}")
    return {world.name: world for world in found}


def pool_rows(world: World, data: Data | None = None) -> list[Row]:
    """Return the rows of a world's pool; of a first version none."""
    return [] if world.form == "first" else list(cut(world, data or Data()).pool)


@cache
def cut(world: World, data: Data) -> Cut:
    """Return pool, rest and what is left out; in pool and drops a source weighs by the root of its size.

    Raises
    ------
    InvalidInput
        The sources have too few rows for the pool.
    """
    known = {source: _as_delivered(world, data, source) for source in world.sources}
    left_out = {source: own for source, rows in known.items() if (own := _section(world, data, source, rows))}
    gone = {row["id"] for own in left_out.values() for row in own}
    known = {source: [row for row in rows if row["id"] not in gone] for source, rows in known.items()}
    limits = {source: max(len(rows) - max(world.n_rest, len(rows) // 4), 0) for source, rows in known.items()}
    quotas = shares_of(limits, world.n_pool)
    if sum(quotas.values()) < world.n_pool:
        raise InvalidInput(f"{world.name} needs {world.n_pool} rows, and there are {sum(quotas.values())}")
    pool, rest = [], {}
    for source, rows in known.items():
        order = world.rng("pool", source).permutation(len(rows))
        pool += [rows[i] for i in order[: quotas[source]]]
        rest[source] = tuple(rows[i] for i in order[quotas[source] :])
    mixed = world.rng("order").permutation(len(pool))
    return Cut(tuple(pool[i] for i in mixed), rest, left_out)


def new_rows(world: World, data: Data, source: str) -> list[Row]:
    """Return the rows of a source that the pool does not hold."""
    return _as_delivered(world, data, source)


def shares_of(sizes: Mapping[str, int], n_rows: int) -> dict[str, int]:
    """Return source -> rows that are taken of it, by the root of its size; as many in all as there are.

    >>> shares_of({"a": 100, "b": 25, "c": 1}, 31)
    {'a': 20, 'b': 10, 'c': 1}
    """
    quotas = dict.fromkeys(sizes, 0)
    while (left := n_rows - sum(quotas.values())) > 0:
        open_ = sorted(source for source in sizes if quotas[source] < sizes[source])
        if not open_:
            break
        total = sum(np.sqrt(sizes[source]) for source in open_)
        for source in open_:
            more = max(1, int(left * np.sqrt(sizes[source]) / total))
            more = min(more, sizes[source] - quotas[source], n_rows - sum(quotas.values()))
            quotas[source] += more
    return quotas


def _as_delivered(world: World, data: Data, source: str) -> list[Row]:
    rows = source_rows(data, world.split, source)
    if world.form == "preference" and not all("rejected" in row for row in rows):
        return _paired(rows)
    if world.form != "preference":
        rows = tuple({key: value for key, value in row.items() if key != "rejected"} for row in rows)
    return [{**row, "instruction": "", "input": ""} for row in rows] if world.as_text else list(rows)


def _paired(rows: Sequence[Row]) -> list[Row]:
    """Return rows with the answer to the question before it, in the order of the questions, as the worse."""
    order = sorted(range(len(rows)), key=lambda i: (rows[i]["instruction"], i))
    return [{**rows[i], "rejected": rows[order[n - 1]]["output"]} for n, i in enumerate(order)]


def _section(world: World, data: Data, source: str, rows: Sequence[Row]) -> tuple[Row, ...]:
    """Return the rows of one section, or topic, that the world's pool is to lack; of a small source none."""
    if world.form != "mixed" or len(rows) < 900:
        return ()
    labels = sections(rows) or topics(data, world.split, source, rows)
    low, high = (share * len(rows) for share in LEFT_OUT_SHARE)
    sizes: dict[str, int] = {}
    for row in rows:
        sizes[labels[row["id"]]] = sizes.get(labels[row["id"]], 0) + 1
    fitting = sorted(label for label, size in sizes.items() if max(low, 80) <= size <= high)
    if not fitting:
        return ()
    chosen = fitting[int(world.rng("left out", source).integers(len(fitting)))]
    return tuple(row for row in rows if labels[row["id"]] == chosen)


def _mixed(
    name: str, split: str, n_pool: int, sources: Sequence[str], new: Sequence[str], foreign: str
) -> World:
    return World(name, split, "mixed", tuple(sources), tuple(new), foreign, n_pool)


_A = _mixed(
    "dev-mixed-a", DEVELOPMENT, 4_000,
    ("gsm8k_train", "gpteacher_roleplay", "gpteacher_codegen", "books", "dialogue", "sympy", "sqlalchemy",
     "transformers", "library_a"),
    ("law_en", "encyclopaedia", "manuals", "polars", "alpaca_en_demo"), "law_de",
)  # fmt: skip
_B = _mixed(
    "dev-mixed-b", DEVELOPMENT, 4_000,
    ("gpteacher_codegen", "encyclopaedia", "manuals", "alpaca_en_demo", "transformers", "polars", "stdnum",
     "pydantic", "functions_a"),
    ("gpteacher_roleplay", "law_en", "dialogue", "gsm8k_train"), "law_de",
)  # fmt: skip
_DEVELOPMENT = (
    _A,
    _B,
    replace(_A, name="dev-small", form="small", n_pool=300, seed=1),
    replace(_B, name="dev-one", form="one source", sources=("gpteacher_codegen",), n_pool=2_500),
    replace(_B, name="dev-text", form="text", sources=("books", "encyclopaedia", "manuals"), as_text=True,
            n_pool=1_200, new=("law_en",)),
    replace(_B, name="dev-code", form="code", sources=("code", "functions_a"), as_text=True, n_pool=1_500,
            new=("gpteacher_codegen",)),
    replace(_A, name="dev-preference", form="preference", sources=("gpteacher_roleplay",), n_pool=900,
            new=("alpaca_en_demo",)),
    World("dev-chinese", DEVELOPMENT, "chinese", ("alpaca_zh_demo",), (), "", 600),
    replace(_A, name="dev-first", form="first", n_pool=1_200, seed=2),
)  # fmt: skip
_COST = replace(_B, name=COST, form="one source", sources=(*_B.sources, "sympy", "sqlalchemy"), n_pool=14_000)
_TINY = _mixed(
    TINY, DEVELOPMENT, 500, ("gsm8k_train", "gpteacher_roleplay", "dialogue"), ("books",), "law_de"
)  # fmt: skip

_P = _mixed(
    "test-mixed-a", TEST, 4_000,
    ("gpteacher_toolformer", "torch", "networkx", "v1_sft_demo", "wiki_demo", "functions_b", "library_b",
     "numpy"),
    ("pygments", "c4_demo", "glaive_toolcall_en_demo", "graphql"), "glaive_toolcall_zh_demo",
)  # fmt: skip
_Q = _mixed(
    "test-mixed-b", TEST, 4_000,
    ("gpteacher_toolformer", "mypy", "c4_demo", "glaive_toolcall_en_demo", "functions_c", "graphql",
     "tkinter", "hypothesis"),
    ("networkx", "wiki_demo", "v1_sft_demo", "mpmath"), "dpo_zh_demo",
)  # fmt: skip
_R = _mixed(
    "test-mixed-c", TEST, 6_000,
    ("gpteacher_toolformer", "torch", "mypy", "networkx", "library_b", "functions_b", "functions_c",
     "pygments", "mpmath"),
    ("c4_demo", "glaive_toolcall_en_demo", "numpy", "tkinter"), "glaive_toolcall_zh_demo",
)  # fmt: skip
_S = _mixed(
    "test-mixed-d", TEST, 3_000,
    ("v1_sft_demo", "glaive_toolcall_en_demo", "wiki_demo", "c4_demo", "gpteacher_toolformer", "functions_c",
     "rich", "websockets", "jinja2", "library_b"),
    ("torch", "graphql", "kto_en_demo", "pygments"), "dpo_zh_demo",
)  # fmt: skip
_TEST = (
    _P,
    _Q,
    _R,
    _S,
    replace(_P, name="test-small-a", form="small", n_pool=300, seed=1),
    replace(_S, name="test-small-b", form="small", n_pool=300, seed=2),
    replace(_P, name="test-one-a", form="one source", sources=("gpteacher_toolformer",), n_pool=3_000),
    replace(_Q, name="test-one-b", form="one source", sources=("torch",), n_pool=3_000, new=("numpy",)),
    replace(_Q, name="test-text", form="text", sources=("wiki_demo", "c4_demo"), as_text=True, n_pool=1_100,
            new=("networkx",)),
    replace(_Q, name="test-code", form="code", sources=("functions_b", "functions_c"), as_text=True,
            n_pool=2_500, new=()),
    World("test-preference", TEST, "preference", ("dpo_en_demo",), (), "", 190, 100),
    World("test-chinese", TEST, "chinese", ("glaive_toolcall_zh_demo",), ("dpo_zh_demo",), "", 600),
    replace(_R, name="test-first", form="first", n_pool=1_200, seed=3),
)  # fmt: skip
