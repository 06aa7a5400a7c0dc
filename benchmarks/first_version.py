"""Make the detector of damage in first versions: `python -m benchmarks.first_version --write`.

Many small drops are drawn from the development sources of `benchmarks.gate_power` and from the documentation
of other installed packages: sound ones, and ones of which the registry of generators corrupted a share.
Sources are in groups, and a drop holds those of one group alone. What is usual, and the limit, are taken from
what forests say of drops from whose sources they have not learned. Nothing of the test split is read. The
bytes depend on the sources and on installed versions, not on the number of workers.

What belongs here: drops to learn from, and growing. What does not: the detector (`curation.damage.first`).
"""

import argparse
import json
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks.gate_power.cases import rows_of
from benchmarks.gate_power.installed import documentation
from benchmarks.gate_power.mechanisms import DEVELOPMENT
from benchmarks.gate_power.planning import plan
from benchmarks.gate_power.sources import FILES, FUNCTIONS, PACKAGES, ROOT, Data, source_rows
from benchmarks.gate_power.worlds import worlds
from entropy_assets.curation.damage.first import KEPT, FirstDetector, parts_of, score_of
from entropy_assets.curation.damage.forest import Forest
from entropy_assets.curation.damage.generators import FAMILIES
from entropy_assets.curation.damage.inside import Inside, look_inside
from entropy_assets.curation.damage.passages import MAX_CHARS, Passage, Passages
from entropy_assets.curation.damage.variations import VARIATIONS
from entropy_assets.demo.harvest import Row

N_HELD_OUT, N_GROUPS = 2, 5
"""Groups of the sources that the first versions of `gate_power` are drawn from, and all groups."""
N_SOUND, N_DAMAGED = 36, 44
"""Drops of each group."""
SIZES = (60, 700)
NATURAL = 0.85
"""Share of sound drops of unseen sources that lie within the limit."""
SHIPPED = {"n_trees": 60, "max_leaves": 700}
"""Trees of what is kept: as good as whole ones within the noise, and a hundredth of their bytes."""
_SOUND_USED = 0.5
_LEAST_SCATTER = 0.01

FIRST_WORLD = "dev-first"

MORE = (
    *("alembic", "grpc", "google", "humanfriendly", "click", "structlog", "dagster", "requests", "watchdog"),
    *("gql", "urllib3", "joblib", "mako", "fsspec"),
)
"""Packages whose documentation is learned from and that are of no split of `gate_power`."""


@dataclass(frozen=True)
class Drop:
    """A drop to learn from.

    Parameters
    ----------
    group
        Number of its group of sources.
    share
        Share of its passages that are damaged.
    damage
        (n,) int64, 0 for sound, else 1 + the place of the family in `FAMILIES`.
    sources
        (n,) sources.
    seen
        What is seen of its passages.
    """

    group: int
    share: float
    damage: np.ndarray
    sources: np.ndarray
    seen: Inside


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the detector, print what it is worth on sources that it has not seen, and return the exit code."""
    options = _parser().parse_args(arguments)
    data = Data(options.shared.resolve(), options.cache.resolve())
    groups = groups_of()
    tasks = [(data, groups[g], g, n) for g in range(N_GROUPS) for n in range(N_SOUND + N_DAMAGED)]
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        drops = list(pool.map(_drop, *zip(*tasks, strict=True), chunksize=10))
    if options.measure:
        unseen, _ = grown([drop for drop in drops if drop.group >= N_HELD_OUT], options.workers)
        print(json.dumps({"first versions of unseen sources": _on_cases(unseen, data)}, indent=1))
    detector, told = grown(drops, options.workers)
    print(json.dumps(told | {"bytes": len(detector.to_bytes())}, indent=1))
    if options.write or options.out:
        out = options.out or ROOT / "entropy_assets" / "curation" / "damage" / KEPT
        out.write_bytes(detector.to_bytes())
    return 0


def groups_of() -> list[list[str]]:
    """Return the sources of each group, those of the first versions of `gate_power` in the first ones."""
    held_out = worlds(DEVELOPMENT)[FIRST_WORLD].sources
    used = [*FILES[DEVELOPMENT], *PACKAGES[DEVELOPMENT], *FUNCTIONS[DEVELOPMENT], *MORE]
    others = [source for source in used if source not in held_out]
    return [
        *(list(held_out[group::N_HELD_OUT]) for group in range(N_HELD_OUT)),
        *(others[group :: N_GROUPS - N_HELD_OUT] for group in range(N_GROUPS - N_HELD_OUT)),
    ]


def _on_cases(detector: FirstDetector, data: Data) -> dict[str, object]:
    """Return what a detector says of the first versions of `gate_power`: those that were asked about."""
    told: dict[str, list[float]] = {}
    for case in plan(DEVELOPMENT, data):
        if case.world == FIRST_WORLD:
            rows, _ = rows_of(case, data)
            items = list(dict.fromkeys((row["source"], _passage(row)) for row in rows if row["output"]))
            passages = Passages(
                [item for _, item in items], [name for name, _ in items], np.arange(len(items))
            )
            found = detector.measure(passages, case.number)
            told.setdefault(case.mechanism, []).append(round(found.excess / found.natural, 2))
    bad = [score for kind, scores in told.items() if kind for score in scores]
    asked = {"good": np.mean(np.array(told[""]) > 1), "bad": np.mean(np.array(bad) > 1)}
    return {"asked about": asked, "excess by what is natural": told}


def grown(drops: Sequence[Drop], workers: int) -> tuple[FirstDetector, dict[str, object]]:
    """Return the detector that some drops teach, and what it found of each group without that group."""
    parts: list[tuple[np.ndarray, np.ndarray]] = [(np.empty(0), np.empty(0))] * len(drops)
    used = sorted({drop.group for drop in drops})
    for group in used:
        forest = _of_passages([drop for drop in drops if drop.group != group], workers, group)
        for place, drop in enumerate(drops):
            if drop.group == group:
                parts[place] = parts_of(forest.predict(drop.seen.values), drop.sources, drop.seen)
    shares, groups = (np.array([getattr(drop, name) for drop in drops]) for name in ("share", "group"))
    sound, found = shares == 0, np.zeros(len(drops))
    for group in used:
        usual, scatter = _usual([parts[i] for i in np.flatnonzero(sound & (groups != group))])
        for i in np.flatnonzero(groups == group):
            found[i] = score_of(*parts[i], usual, scatter)
    limit = float(np.quantile(found[sound], NATURAL))
    usual, scatter = _usual([parts[i] for i in np.flatnonzero(sound)])
    detector = FirstDetector(_of_passages(drops, workers, N_GROUPS), usual, scatter, limit)
    told: dict[str, object] = {
        "drops": len(drops),
        "passages": int(sum(len(drop.damage) for drop in drops)),
        "limit": limit,
        "seen by share": {
            f"{low:.2f} to {high:.2f}": float((found[own] > limit).mean())
            for low, high in ((0.05, 0.15), (0.15, 0.25), (0.25, 0.45), (0.45, 1.0))
            if (own := (shares > low) & (shares <= high)).any()
        },
        "sound beyond by group": [float((found[sound & (groups == group)] > limit).mean()) for group in used],
    }
    return detector, told


def _usual(parts: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Return (f,) mean of the numbers of all parts of some sound drops, and how they scatter."""
    numbers = np.concatenate([own for own, _ in parts])
    return numbers.mean(axis=0), np.maximum(numbers.std(axis=0), _LEAST_SCATTER)


def _of_passages(drops: Sequence[Drop], workers: int, seed: int) -> Forest:
    values = np.concatenate([drop.seen.values for drop in drops])
    damage = np.concatenate([drop.damage for drop in drops])
    used = (damage > 0) | (np.random.default_rng(seed).random(len(damage)) < _SOUND_USED)
    classes = 1 + len(FAMILIES)
    return Forest.grown(values[used], damage[used], classes, seed=seed, workers=workers, **SHIPPED).rounded


def _drop(data: Data, sources: Sequence[str], group: int, number: int) -> Drop:
    """Return one drop of some of the sources of a group; the first `N_SOUND` of a group are sound."""
    rng = np.random.default_rng([group, number])
    rows = _rows(data, sources, rng)
    items = [_passage(row) for row in rows]
    names = [row["source"] for row in rows] if rng.random() > 0.1 else ["one"] * len(rows)
    if rng.random() < 0.2:
        items = [Passage("", item.answer) for item in items]
    if rng.random() < 0.25:
        items = _varied(items, rng)
    damage = np.zeros(len(items), dtype=np.int64)
    if number >= N_SOUND:
        items, damage = _corrupted(items, rng)
    kept = [i for i, item in enumerate(items) if item.answer and item not in items[:i]]
    passages = Passages([items[i] for i in kept], [names[i] for i in kept], np.arange(len(kept)))
    share = float((damage[kept] > 0).mean())
    return Drop(group, share, damage[kept], np.array(passages.sources), look_inside(passages, number))


def _rows(data: Data, sources: Sequence[str], rng: np.random.Generator) -> list[Row]:
    """Return rows of one source or of several: at random, of one length, or in file order."""
    n_rows = int(np.exp(rng.uniform(*np.log(SIZES))))
    n_sources = 1 if rng.random() < 0.35 else int(rng.integers(2, len(sources) + 1))
    chosen = [sources[i] for i in rng.permutation(len(sources))[:n_sources]]
    rows: list[Row] = []
    for source, weight in zip(chosen, rng.dirichlet([2.0] * n_sources), strict=True):
        own, n = list(_source(data, source)), max(20, int(weight * n_rows))
        kind = rng.random()
        if kind < 0.15:
            own.sort(key=lambda row: (len(row["output"]), row["id"]))
            start = int(rng.uniform(0, 0.75) * len(own))
            own = own[start : start + max(len(own) // 4, 20)]
        elif kind < 0.3 and len(own) > 3 * n:
            start = int(rng.integers(len(own) - n))
            own = own[start : start + n]
        rows += [own[i] for i in rng.permutation(len(own))[:n]]
    return [rows[i] for i in rng.permutation(len(rows))]


def _source(data: Data, source: str) -> Sequence[Row]:
    return documentation(data.cache, source) if source in MORE else source_rows(data, DEVELOPMENT, source)


def _passage(row: Row) -> Passage:
    asked = f"{row['instruction']}\n{row['input']}" if row["input"] else row["instruction"]
    half = MAX_CHARS // 2
    short = (
        text if len(text) <= MAX_CHARS else text[:half] + text[-half:] for text in (asked, row["output"])
    )
    return Passage(*short)


def _varied(items: list[Passage], rng: np.random.Generator) -> list[Passage]:
    vary = list(VARIATIONS.values())[int(rng.integers(len(VARIATIONS)))]
    share = 1.0 if rng.random() < 0.7 else rng.uniform(0.2, 0.8)
    places = np.flatnonzero(rng.random(len(items)) < share)
    changed = dict(zip(places.tolist(), vary([items[i] for i in places], items, rng), strict=True))
    return [changed.get(i, item) for i, item in enumerate(items)]


def _corrupted(items: list[Passage], rng: np.random.Generator) -> tuple[list[Passage], np.ndarray]:
    """Return passages of which one or two generators corrupted a share, and the family of damage of each."""
    share = float(rng.choice([0.1, 0.2, 0.2, 0.3, 0.4, 0.6]))
    victims = rng.permutation(len(items))[: round(share * len(items))]
    told, damage, families = list(items), np.zeros(len(items), dtype=np.int64), list(FAMILIES.values())
    for places in np.array_split(victims, 1 if rng.random() < 0.6 else 2):
        number = int(rng.integers(len(families)))
        generator = families[number][int(rng.integers(len(families[number])))]
        new = generator.damage([items[i] for i in places], items, rng)
        for place, item in zip(places, new, strict=True):
            damage[place] = 1 + number if item != items[place] else 0
            told[place] = item
    return told, damage


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--write", action="store_true", help="put it into the package")
    add("--out", type=Path, help="write it to this file instead")
    add("--measure", action="store_true", help="judge first versions of sources that were left out")
    add("--shared", type=Path, default=ROOT.parent / "shared", help="folder that holds data/")
    add("--cache", type=Path, default=ROOT / "var" / "bench" / "gate", help="folder of sources")
    add("--workers", type=int, default=1, help="processes (default 1)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
