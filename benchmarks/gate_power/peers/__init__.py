"""Other ways to judge a drop, on the very same drops as the product.

Read in this order: `contract` (what a peer is), `features`, the peers (`two_sample`, `divergence`,
`descriptive`, `expectations`, `quality`, `perplexity`, `exceedance`), `comparison` (limits, catches,
differences to the product), `page`. Each judge below can be named by itself:
`python -m benchmarks.gate_power --stage benchmarks.gate_power.peers:c2st_pooled`.
"""

from dataclasses import dataclass

from benchmarks.gate_power.peers.contract import pooled, within
from benchmarks.gate_power.peers.descriptive import descriptive
from benchmarks.gate_power.peers.divergence import mauve
from benchmarks.gate_power.peers.exceedance import exceedance
from benchmarks.gate_power.peers.expectations import expectations
from benchmarks.gate_power.peers.perplexity import perplexity
from benchmarks.gate_power.peers.quality import quality
from benchmarks.gate_power.peers.two_sample import c2st, mmd

SCOPES = ("pooled", "within")


@dataclass(frozen=True)
class Told:
    """What the page says of a peer: its name, and whether it names rows."""

    words: str
    names_rows: bool


PEERS = {
    "c2st": Told("C2ST, logistic regression on n-grams", True),
    "mmd": Told("MMD, Gaussian kernel on latent dimensions", False),
    "mauve": Told("MAUVE's curve on latent dimensions", False),
    "descriptive": Told("descriptive statistics, nearest neighbours (Redyuk)", False),
    "expectations": Told("expectations from the parent's quantiles (as in Great Expectations)", True),
    "quality": Told("quality rules of Gopher and FineWeb", True),
    "perplexity": Told("n-gram perplexity, beyond the pool's quantiles", True),
    "exceedance": Told("the product's scores, one threshold for all", True),
}
"""Name -> what is told of it."""

c2st_pooled, c2st_within = pooled(c2st), within(c2st)
mmd_pooled, mmd_within = pooled(mmd), within(mmd)
mauve_pooled, mauve_within = pooled(mauve), within(mauve)
descriptive_pooled, descriptive_within = pooled(descriptive), within(descriptive)
expectations_pooled, expectations_within = pooled(expectations), within(expectations)
quality_pooled, quality_within = pooled(quality), within(quality)
perplexity_pooled, perplexity_within = pooled(perplexity), within(perplexity)
exceedance_pooled, exceedance_within = pooled(exceedance), within(exceedance)

JUDGES = {f"{peer}_{scope}": globals()[f"{peer}_{scope}"] for peer in PEERS for scope in SCOPES}
"""Name -> judge."""

ALL = f"{__name__}:JUDGES"
"""All of them, as `python -m benchmarks.gate_power --stage` names them."""
