"""The mixture of a pool's sources: which share of the budget each may take in a selection.

The shares limit the candidate's selection and that of the parent alike, each by the same method on its pool,
as `source_shares` of `[selection]` do; those limit the mixture in turn. A version holds a record once, so no
source is repeated here. Where a source is too small for an entropy, or nothing is said of it by given shares
or by the runs of a law, it keeps its natural share, and the others are mixed in what that leaves: a new
source stops nobody. With the method `natural` nothing is limited.

What belongs here: the mixture of a pool. What does not: counts (`domain_counts`), laws (`mixture_law`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from entropy_assets.candidate.domain_counts import (
    VON_NEUMANN,
    by_source,
    entropies_with,
    kept_counts,
    kept_moments,
)
from entropy_assets.candidate.limits import budget_of
from entropy_assets.candidate.manifests import DomainMixture, PoolManifest
from entropy_assets.candidate.pool_texts import texts_of
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.mixture import Estimate, Known, Limits, Mixture, Point, mixture_by, read_runs
from entropy_assets.curation.mixture.entropies import MIN_TOKENS
from entropy_assets.curation.selection import Budget
from entropy_assets.curation.selection.tokens import count_tokens
from entropy_assets.errors import InvalidInput
from entropy_assets.settings import MixtureSettings, SelectionSettings


@dataclass(frozen=True)
class Mixed:
    """A mixture of a pool: rows for people, and the shares that limit a selection, none for `natural`."""

    method: str
    budget: Budget
    rows: tuple[dict[str, Any], ...]
    shares: dict[str, float]
    divergence: float


def mix_domains(run: CandidateRun, manifest: PoolManifest) -> DomainMixture:
    """Return the manifest of the mixture of a candidate's pool."""
    run.verify(manifest)
    mixed = mixture_of(run, run.load_pool(manifest))
    return DomainMixture(
        provenance=run.provenance(manifest),
        method=mixed.method,
        unit=run.settings.mixture.unit,
        budget=mixed.budget.amount,
        budget_unit=mixed.budget.unit,
        rows=mixed.rows,
        shares=mixed.shares,
        divergence=mixed.divergence,
    )


def selection_of(run: CandidateRun, pool: pools.Pool) -> SelectionSettings:
    """Return the settings of selection with the shares that the mixture of a pool gives its sources."""
    settings = run.settings.selection
    if run.settings.mixture.method == "natural":
        return settings
    shares = mixture_of(run, pool).shares
    return replace(settings, source_shares=shares) if shares else settings


def mixture_of(run: CandidateRun, pool: pools.Pool) -> Mixed:
    """Return the mixture of a pool under the settings; it is made once a run.

    Raises
    ------
    InvalidInput
        The file of runs is missing, or its runs are too few for a law.
    InvalidParameter
        The limits cannot be met.
    """
    return run.once(f"mixture {pool.digest}", lambda: _mixed(run, pool))


def _mixed(run: CandidateRun, pool: pools.Pool) -> Mixed:
    settings, train = run.settings.mixture, texts_of(pool, pools.TRAIN)
    budget = budget_of(run.settings.selection, train)
    held = _amounts(train, budget)
    total = sum(held.values())
    known, said = _known(run, pool, settings)
    told_of = [name for name in held if said is None or name in said]
    natural = {name: amount / total for name, amount in held.items()}
    if settings.method == "natural" or len(told_of) < 2:
        rows = tuple(_row(name, held[name], natural[name]) for name in sorted(held))
        return Mixed("natural", budget, rows, {}, 0.0)
    apart = sum(natural[name] for name in held if name not in told_of)
    limits = _limits(run, {name: held[name] for name in told_of}, budget, 1 - apart)
    made = mixture_by(settings.method, limits, known)
    shares = {name: share * (1 - apart) for name, share in made.weights.items()}
    shares |= {name: natural[name] for name in held if name not in told_of}
    rows = tuple(_row_of(name, held, natural, shares, apart, made, known, budget) for name in sorted(held))
    q = np.array([natural[name] for name in sorted(held)])
    r = np.array([shares[name] for name in sorted(held)])
    divergence = float((r[r > 0] * np.log(r[r > 0] / q[r > 0])).sum())
    return Mixed(settings.method, budget, rows, dict(sorted(shares.items())), divergence)


def _known(run: CandidateRun, pool: pools.Pool, settings: MixtureSettings) -> tuple[Known, set[str] | None]:
    """Return what the method asks for, and the sources that it says something of; None for all."""
    if settings.method == "given":
        given = {name: share for name, share in settings.given.items() if share > 0}
        present = {source for source, _ in texts_of(pool, pools.TRAIN).strata}
        given = {name: share for name, share in given.items() if name in present}
        return Known(given=given), set(given)
    if settings.method == "fitted":
        runs = runs_beside(run, settings.runs)
        steps = float(settings.target_bytes or texts_of(pool, pools.TRAIN).sizes.sum())
        known = Known(given=settings.given, runs=runs, steps=steps, untouched=settings.untouched)
        return known, set(runs[0].losses) if runs else set()
    if not settings.method.startswith("entropy:"):
        return Known(), None
    counts = kept_counts(run, pool)
    large = {name: own for name, own in counts.items() if own.n_tokens >= MIN_TOKENS}
    is_spectral = settings.method.endswith(VON_NEUMANN)
    moments = kept_moments(run, pool) if is_spectral else {}
    moments = {name: own for name, own in moments.items() if name in large and np.any(own.sums)}
    large = {name: own for name, own in large.items() if not is_spectral or name in moments}
    return Known(entropies=entropies_with(large, moments, run.settings.seed)), set(large)


def runs_beside(run: CandidateRun, name: str) -> tuple[Point, ...]:
    """Return the probe runs of a file beside entropy.toml.

    Raises
    ------
    InvalidInput
        It is missing, or holds another thing.
    """
    path = run.workspace.root / name
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(
            f"mixture.runs: {path} cannot be read ({error}): put the runs of "
            "mixture_law there, or name another"
        ) from error
    return read_runs(text.splitlines(), f"mixture.runs: {path}")


def _amounts(train: Texts, budget: Budget) -> dict[str, float]:
    """Return what each source holds, in the unit of the budget."""
    weights = {"bytes": train.sizes, "records": np.ones(len(train), np.int64)}.get(budget.unit)
    if weights is None:
        weights = count_tokens(train.texts, budget.tokenizer or "")
    places = by_source([source for source, _ in train.strata])
    return {name: float(weights[own].sum()) for name, own in places.items() if weights[own].sum() > 0}


def _limits(run: CandidateRun, held: Mapping[str, float], budget: Budget, part: float) -> Limits:
    settings = run.settings.mixture
    scaled = {
        "floors": settings.floors,
        "ceilings": run.settings.selection.source_shares,
    }
    # A budget above all that there is takes all of it.
    amount = min(budget.amount * part, sum(held.values()))
    return Limits(
        held,
        budget=amount,
        max_epochs=1.0,
        max_divergence=settings.max_divergence or None,
        **{
            kind: {name: min(share / part, 1.0) for name, share in values.items() if name in held}
            for kind, values in scaled.items()
        },
    )


def _row(name: str, amount: float, natural: float) -> dict[str, Any]:
    return {
        "source": name,
        "available": amount,
        "natural": natural,
        "wanted": None,
        "chosen": natural,
        "epochs": None,
        "cap": None,
        "binds": [],
        "entropies": {},
    }


def _row_of(
    name: str,
    held: Mapping[str, float],
    natural: Mapping[str, float],
    shares: Mapping[str, float],
    apart: float,
    made: Mixture,
    known: Known,
    budget: Budget,
) -> dict[str, Any]:
    row = _row(name, held[name], natural[name]) | {"chosen": shares[name]}
    row |= {"epochs": shares[name] * min(budget.amount, sum(held.values())) / held[name], "cap": 1.0}
    if name not in made.domains:
        return row | {"binds": ["nothing known: natural share"]}
    place = made.domains.index(name)
    if made.wanted is not None:
        row["wanted"] = float(made.wanted[place]) * (1 - apart)
    return row | {"binds": list(made.binds[place]), "entropies": _told(known.entropies.get(name, {}))}


def _told(entropies: Mapping[str, Estimate]) -> dict[str, list[float]]:
    return {name: [one.value, one.low, one.high] for name, one in entropies.items()}
