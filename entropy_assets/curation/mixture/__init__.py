"""Mixture of domains (BiMix, arXiv 2405.14908): which share of the training each source gets.

Files in reading order: `histogram` and `units` (texts to counted numbers), `counts` (of a domain, adding
up), `entropies` (of a domain, with interval), `proportions` (softmax of entropies, and what can be had under
limits), `solving` (how), `law` (loss over share and steps), `optimum` (its best mixture), `swarm` (the runs
of a law), `methods` (a mixture by name), `weights` (forms for trainers). This page is the face.

What belongs here: domains as amounts and counts. What does not: which records a selector picks; training.
"""

from collections.abc import Mapping

from entropy_assets.curation.mixture.counts import Counts, add, count, count_all
from entropy_assets.curation.mixture.entropies import (
    Estimate,
    Moments,
    entropies_of,
    require_large,
    seen_once,
    von_neumann_of,
)
from entropy_assets.curation.mixture.law import Law, Point, fit_law, left_out_errors, mean_error
from entropy_assets.curation.mixture.methods import Known, mixture_by, read_runs, run_line
from entropy_assets.curation.mixture.optimum import free_optimum, optimum
from entropy_assets.curation.mixture.proportions import Limits, Mixture, lowest, nearest, softmax
from entropy_assets.curation.mixture.swarm import (
    REST,
    Reuse,
    drawn,
    matched,
    swarm_mixtures,
    swarm_size,
)
from entropy_assets.curation.mixture.units import Unit, train_bpe, unit_for
from entropy_assets.curation.mixture.weights import WeightsForm, weights_as

__all__ = [
    "REST",
    "Counts",
    "Estimate",
    "Known",
    "Law",
    "Limits",
    "Mixture",
    "Moments",
    "Point",
    "Reuse",
    "Unit",
    "WeightsForm",
    "add",
    "count",
    "count_all",
    "drawn",
    "entropies_of",
    "entropy_mixture",
    "fit_law",
    "free_optimum",
    "left_out_errors",
    "lowest",
    "matched",
    "mean_error",
    "mixture_by",
    "nearest",
    "optimum",
    "read_runs",
    "require_large",
    "run_line",
    "seen_once",
    "softmax",
    "swarm_mixtures",
    "swarm_size",
    "train_bpe",
    "unit_for",
    "von_neumann_of",
    "weights_as",
]


def entropy_mixture(entropies: Mapping[str, Estimate]) -> dict[str, float]:
    """Return the mixture of one entropy of each domain: the softmax of the corrected values."""
    return softmax({name: one.value for name, one in entropies.items()})
