"""What each selector of a comparison picks: one ranking, and of one that draws one a seed, with its cost.

What belongs here: picking, and a form in which it can be kept. What does not: measuring what was picked
(`selector_comparison`).
"""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from entropy_assets.candidate.cost import measured
from entropy_assets.candidate.embedding import vectors_of
from entropy_assets.candidate.scoring import Asked, scores_of, to_be_scored
from entropy_assets.candidate.selector_plan import Plan, Pool, Remember, made_anew
from entropy_assets.curation.scoring import Scores
from entropy_assets.curation.selection import select
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import SCORERS, SELECTORS
from entropy_assets.storage import seed_from


@dataclass(frozen=True)
class Picks:
    """The selections of one selector.

    Parameters
    ----------
    rankings
        (n_seeds, m) places in order of choice; one row where the selector does not draw.
    order
        (n,) place of each record in the first ranking; those that are not picked share the last one.
    n_unscored
        Records of the pool without a score, 0 where none is needed.
    cpu_seconds, memory_bytes
        What the first selection took with its scores; memory is the peak above the start, None where the
        system does not tell.
    """

    rankings: list[np.ndarray]
    order: np.ndarray
    n_unscored: int
    cpu_seconds: float
    memory_bytes: int | None

    def to_bytes(self) -> bytes:
        """Return it in a stored form."""
        buffer = io.BytesIO()
        arrays = {f"ranking {number}": ranking for number, ranking in enumerate(self.rankings)}
        memory = np.nan if self.memory_bytes is None else self.memory_bytes
        cost = np.array([self.n_unscored, self.cpu_seconds, memory])
        np.savez_compressed(buffer, order=self.order, cost=cost, **arrays)  # type: ignore[arg-type]
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Picks":
        """Return what `to_bytes` stored."""
        with np.load(io.BytesIO(data)) as arrays:
            rankings = [arrays[f"ranking {number}"] for number in range(len(arrays.files) - 2)]
            n_unscored, seconds, memory = arrays["cost"].tolist()
            order = arrays["order"]
        return cls(rankings, order, int(n_unscored), seconds, None if np.isnan(memory) else int(memory))


def picks_of(pool: Pool, plan: Plan, name: str, remember: Remember = made_anew) -> Picks:
    """Return what a selector picks from a pool under a plan.

    Raises
    ------
    InvalidParameter
        It needs a file of scores or a target set, and the plan has none.
    """
    parts = {"what": "picks", "selector": name}
    return Picks.from_bytes(remember(parts, lambda: _made(pool, plan, name).to_bytes()))


def _made(pool: Pool, plan: Plan, name: str) -> Picks:
    entry = SELECTORS[name]
    needs = SCORERS[entry.scorer].needs if entry.scorer else ()
    if name not in plan.scores:
        if ("targets" in needs and not len(plan.targets)) or "scores" in entry.needs:
            raise InvalidParameter(
                f"selector {name!r} needs a file: give --target or --scores, or leave it out"
            )
        if "answers" in needs:
            raise InvalidParameter(to_be_scored(name, entry.scorer))
    with measured() as cost:
        scores = _scores(pool, plan, name)
        given: dict[str, Any] = {
            **plan.how,
            "options": plan.options.get(name),
            "scores": None if scores is None else scores.values,
            "vectors": None,
            "workers": plan.workers,
        }
        if "embeddings" in entry.needs:
            given["vectors"] = vectors_of(plan.scoring, pool.texts, plan.seed, plan.root)
        first = select(pool.texts, plan.budget, name, seed=plan.seed, **given)
    rankings = [first.ranking]
    for number in range(1, plan.n_seeds if entry.seeded else 1):
        seed = seed_from("draw", plan.seed, number)
        rankings.append(select(pool.texts, plan.budget, name, seed=seed, **given).ranking)
    order = np.full(len(pool.ids), float(len(first.ranking)))
    order[first.ranking[::-1]] = np.arange(len(first.ranking))[::-1]
    n_unscored = 0 if scores is None else int(np.isnan(scores.values).sum())
    return Picks(rankings, order, n_unscored, cost["cpu_seconds"], cost["memory_bytes"])


def _scores(pool: Pool, plan: Plan, name: str) -> Scores | None:
    entry = SELECTORS[name]
    if (known := plan.scores.get(name)) is not None:
        return Scores(known, np.full(len(known), "", dtype=object))
    if entry.scorer:
        asked = Asked(
            pool.ids,
            pool.texts,
            entry.scorer,
            plan.scoring,
            plan.targets,
            plan.seed,
            plan.workers,
            root=plan.root,
        )
        return scores_of(asked)[0]
    return None
