"""Selection: an ordered pick from a pool under a budget.

What is measured (`zstd_context`, `deflate`) is apart from how it is searched (`zip_long`, `zip_paper`);
`alone` is the first look at a whole pool, `segments` holds the selection as contexts, `contract` what all
selectors share, `room` what is left of a budget, `onward` what of an earlier selection stays, `baselines`
what they are compared with, `by_scores` the selectors by a number a record, with the draws of `sampling`,
`selecting` the door of all of them, `official` the one for raw ShareGPT files,
`saved_state` what makes a long run survive a stop, `comparison` and `figures` what stands beside a finished
selection, `favoured` which sources it takes far more of than the pool has, `tokens` and `lengths` how long
its records are. No guarantee is claimed: compression has no proven diminishing returns.
"""

from entropy_assets.curation.selection.alone import priced_alone
from entropy_assets.curation.selection.contract import (
    Budget,
    Constraints,
    Prices,
    Progress,
    Selection,
    ZipParams,
)
from entropy_assets.curation.selection.official import official_json, select_official
from entropy_assets.curation.selection.onward import Earlier, Head, head_of
from entropy_assets.curation.selection.selecting import select
from entropy_assets.settings import SELECTORS

__all__ = [
    "SELECTORS",
    "Budget",
    "Constraints",
    "Earlier",
    "Head",
    "Prices",
    "Progress",
    "Selection",
    "ZipParams",
    "head_of",
    "official_json",
    "priced_alone",
    "select",
    "select_official",
]
