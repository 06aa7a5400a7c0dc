"""What the command `mixture` says beside its table: how far its entropies and its law can be believed.

What belongs here: when it is said, and the words. What does not: the figures of a mixture.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from entropy_assets.curation.mixture import Counts, Point, fit_law, left_out_errors, seen_once
from entropy_assets.curation.mixture.law import COEFFICIENTS
from entropy_assets.errors import InvalidInput

MUCH_UNSEEN = 0.5
"""Share of the pairs of a source that occur once from which its joint entropy is a guess."""


def law_figures(runs: Sequence[Point], seed: int) -> dict[str, Any] | None:
    """Return the coefficients of a law with 95 % intervals, and its errors on mixtures left out.

    Parameters
    ----------
    runs
        Probe runs; without any there is no law.
    seed
        Seed of the intervals' draws.
    """
    if not runs:
        return None
    law = fit_law(runs, seed=seed)
    try:
        errors: dict[str, float] = left_out_errors(runs)
    except InvalidInput:
        errors = {}
    coefficients = {
        name: {
            one: {"value": float(value), "low": float(low), "high": float(high)}
            for one, value, (low, high) in zip(COEFFICIENTS, own, interval, strict=True)
        }
        for name, own, interval in zip(law.domains, law.coefficients, law.intervals, strict=True)
    }
    return {"coefficients": coefficients, "left_out_errors": errors, "runs": law.n_points}


def law_words(law: Mapping[str, Any]) -> str:
    """Return how well a law predicts mixtures that it was not fitted on, in a sentence."""
    errors, alphas = law["left_out_errors"], law["coefficients"]
    fitted = ", ".join(f"{name} {own['alpha']['value']:.3f}" for name, own in alphas.items())
    said = f"Law of {law['runs']} runs; how much a share matters (alpha): {fitted}."
    if not errors:
        return f"{said} Two mixtures are too few to leave one out: how well it predicts others is not known."
    said += (
        f" On mixtures left out in turn it misses the losses by {errors['law']:.1%}, a law without shares by "
        f"{errors['without_share']:.1%}."
    )
    if errors["law"] >= errors["without_share"]:
        said += " So these runs do not show that shares matter: do not mix by them."
    return said


def unseen_words(counts: Mapping[str, Counts]) -> str:
    """Return which sources show too few pairs twice for an entropy; nothing where none does."""
    once = {name: seen_once(one) for name, one in counts.items()}
    few = ", ".join(f"{name} ({share:.0%})" for name, share in once.items() if share > MUCH_UNSEEN)
    if not few:
        return ""
    return (
        f"Most adjacent pairs occur once in {few}: their joint and conditional entropies are guesses, "
        "and less sure than the intervals say. Give more text, join sources, or take --unit bytes."
    )
