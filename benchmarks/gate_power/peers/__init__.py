"""Other ways to judge a drop, on the very same drops as the product.

Read in this order: `contract` (what a peer is), `features`, the peers (`two_sample`, `divergence`,
`descriptive`, `expectations`, `quality`, `perplexity`, `exceedance`), `comparison` (limits, catches,
differences to the product), `page`. Each judge below can be named by itself:
`python -m benchmarks.gate_power --stage benchmarks.gate_power.peers:c2st_pooled`.
"""

from dataclasses import dataclass

from benchmarks.gate_power.peers.contract import pooled, within
from benchmarks.gate_power.peers.descriptive import fit_descriptive
from benchmarks.gate_power.peers.divergence import fit_mauve
from benchmarks.gate_power.peers.exceedance import fit_exceedance
from benchmarks.gate_power.peers.expectations import fit_expectations
from benchmarks.gate_power.peers.perplexity import fit_perplexity
from benchmarks.gate_power.peers.quality import fit_quality
from benchmarks.gate_power.peers.two_sample import fit_c2st, fit_mmd

SCOPES = ("pooled", "within")


@dataclass(frozen=True)
class Told:
    """What the page says of a peer: its name, a short one, and whether it names rows."""

    words: str
    short: str
    names_rows: bool


PEERS = {
    "c2st": Told("C2ST, logistic regression on n-grams", "C2ST", True),
    "mmd": Told("MMD, Gaussian kernel on latent dimensions", "MMD", False),
    "mauve": Told("MAUVE's curve on latent dimensions", "MAUVE", False),
    "descriptive": Told("descriptive statistics, nearest neighbours (Redyuk)", "statistics", False),
    "expectations": Told("expectations from quantiles (as Great Expectations)", "expectations", True),
    "quality": Told("quality rules of Gopher and FineWeb", "quality rules", True),
    "perplexity": Told("n-gram perplexity beyond the pool's quantiles", "perplexity", True),
    "exceedance": Told("the product's scores, one threshold for all", "one threshold", True),
}
"""Name -> what is told of it."""

c2st_pooled, c2st_within = pooled(fit_c2st), within(fit_c2st)
mmd_pooled, mmd_within = pooled(fit_mmd), within(fit_mmd)
mauve_pooled, mauve_within = pooled(fit_mauve), within(fit_mauve)
descriptive_pooled, descriptive_within = pooled(fit_descriptive), within(fit_descriptive)
expectations_pooled, expectations_within = pooled(fit_expectations), within(fit_expectations)
quality_pooled, quality_within = pooled(fit_quality), within(fit_quality)
perplexity_pooled, perplexity_within = pooled(fit_perplexity), within(fit_perplexity)
exceedance_pooled, exceedance_within = pooled(fit_exceedance), within(fit_exceedance)

JUDGES = {f"{peer}_{scope}": globals()[f"{peer}_{scope}"] for peer in PEERS for scope in SCOPES}
"""Name -> judge."""

ALL = f"{__name__}:JUDGES"
"""All of them, as `python -m benchmarks.gate_power --stage` names them."""
