"""What is counted of domains, and of a pool kept by drop: tokens, pairs, and moments of vectors.

The unit of a pool, a BPE or the axes of vectors, is found on the drop that came first, so that a new drop
costs its own size.

What belongs here: counting, and what is kept under which parts. What does not: mixtures (`mixture`).
"""

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from safetensors.numpy import load, save

from entropy_assets.candidate.pool_texts import places_by_drop, texts_of
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation import pool as pools
from entropy_assets.curation.mixture import (
    Counts,
    Estimate,
    Moments,
    Unit,
    add,
    count_all,
    entropies_of,
    unit_for,
    von_neumann_of,
)
from entropy_assets.curation.scoring import Axes
from entropy_assets.ids import digest_of, ids_at
from entropy_assets.storage import digest_bytes
from entropy_assets.texts import one_by_one, taken

VON_NEUMANN = "von_neumann"


def by_source(sources: Sequence[str]) -> dict[str, np.ndarray]:
    """Return source -> places of its records, ascending, by name.

    >>> {name: places.tolist() for name, places in by_source(["b", "a", "b"]).items()}
    {'a': [1], 'b': [0, 2]}
    """
    names = np.array(sources, dtype=object)
    return {name: np.flatnonzero(names == name) for name in sorted(set(sources))}


def count_sources(
    texts: Sequence[bytes], sources: Sequence[str], unit: Unit, workers: int
) -> dict[str, Counts]:
    """Return source -> counts of its records."""
    return {
        name: count_all(one_by_one(taken(texts, places)), unit, workers)
        for name, places in by_source(sources).items()
    }


def entropies_with(
    counts: Mapping[str, Counts], moments: Mapping[str, Moments], seed: int
) -> dict[str, dict[str, Estimate]]:
    """Return source -> its entropies by name; von Neumann's where there are moments."""
    found = {name: entropies_of(own, seed) for name, own in counts.items()}
    for name, own in moments.items():
        found[name][VON_NEUMANN] = von_neumann_of(own, seed)
    return found


def moments_of_sources(
    texts: Sequence[bytes], sources: Sequence[str], n_dimensions: int, seed: int
) -> dict[str, Moments]:
    """Return source -> moments of its records' vectors, along axes of all of them."""
    axes = Axes.of(texts, n_dimensions, seed)
    return {name: Moments.of(axes.vectors(taken(texts, own))) for name, own in by_source(sources).items()}


def kept_counts(run: CandidateRun, pool: pools.Pool) -> dict[str, Counts]:
    """Return source -> counts of a pool's training records, in the unit of the settings."""
    train, drops = texts_of(pool, pools.TRAIN), _drops(run, pool)
    unit = _unit(run, pool, drops)
    told = {"unit": unit.name, "tokenizer": digest_bytes(unit.tokenizer.encode())}
    parts: dict[str, list[Counts]] = {}
    for places in drops.values():
        for source, own in _sources_at(pool, places).items():
            kept = run.workspace.cache.remember(
                "mixture_counts",
                told | {"source": source, "ids": digest_of(ids_at(train.ids, own))},
                partial(_counted, train.texts, own, unit, run.workers),
            )
            parts.setdefault(source, []).append(Counts.from_bytes(kept))
    return {source: add(parts[source]) for source in sorted(parts)}


def kept_moments(run: CandidateRun, pool: pools.Pool) -> dict[str, Moments]:
    """Return source -> moments of the vectors of a pool's training records."""
    train, drops = texts_of(pool, pools.TRAIN), _drops(run, pool)
    first = next(iter(drops.values()))
    settings = {"n_dimensions": run.settings.scoring.n_dimensions, "seed": run.settings.seed}
    cache, told = run.workspace.cache, settings | {"first": digest_of(ids_at(train.ids, first))}
    kept_axes = cache.remember(
        "mixture_units", told, lambda: Axes.of(taken(train.texts, first), **settings).to_bytes()
    )
    axes = Axes.from_bytes(kept_axes)
    found: dict[str, Moments] = {}
    for places in drops.values():
        for source, own in _sources_at(pool, places).items():
            kept = cache.remember(
                "mixture_counts",
                told | {"source": source, "ids": digest_of(ids_at(train.ids, own))},
                partial(_summed, train.texts, own, axes),
            )
            made = Moments(load(kept)["sums"])
            found[source] = found[source] + made if source in found else made
    return dict(sorted(found.items()))


def _counted(texts: Sequence[bytes], places: np.ndarray, unit: Unit, workers: int) -> bytes:
    return count_all(one_by_one(taken(texts, places)), unit, workers).to_bytes()


def _summed(texts: Sequence[bytes], places: np.ndarray, axes: Axes) -> bytes:
    return save({"sums": Moments.of(axes.vectors(taken(texts, places))).sums})


def _drops(run: CandidateRun, pool: pools.Pool) -> dict[str, np.ndarray]:
    """Return drop -> places of its training records, in the order in which drops came."""
    by_drop = places_by_drop(pool, texts_of(pool, pools.TRAIN).ids)
    came = {drop: number for number, drop in enumerate((*run.parent.drops, *run.candidate.add))}
    return {
        drop: by_drop[drop] for drop in sorted(by_drop, key=lambda drop: (came.get(drop, len(came)), drop))
    }


def _sources_at(pool: pools.Pool, places: np.ndarray) -> dict[str, np.ndarray]:
    strata = texts_of(pool, pools.TRAIN).strata
    found = by_source([strata[place][0] for place in places.tolist()])
    return {source: places[own] for source, own in found.items()}


def _unit(run: CandidateRun, pool: pools.Pool, drops: Mapping[str, np.ndarray]) -> Unit:
    name, train = run.settings.mixture.unit, texts_of(pool, pools.TRAIN)
    if name != "bpe":
        return Unit(name)
    first = next(iter(drops.values()))
    kept = run.workspace.cache.remember(
        "mixture_units",
        {"unit": name, "first": digest_of(ids_at(train.ids, first))},
        lambda: unit_for(name, one_by_one(taken(train.texts, first))).tokenizer.encode(),
    )
    return Unit(name, kept.decode())
