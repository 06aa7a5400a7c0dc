"""Records that are no text: encoded data, mojibake, random letters.

What belongs here: their share, beyond that of promoted records. What does not: what noise is
(`entropy_assets.noise`).
"""

from functools import lru_cache

import numpy as np

from entropy_assets.curation.entropy_law.drop.pairing import Pair, flags_of, share_variance
from entropy_assets.curation.entropy_law.measurement import Measurement
from entropy_assets.noise import is_noise

MAX_NOISE_REFERENCE = 500
"""Promoted records of a stratum that are looked through for blobs, those with the lowest ids."""


def measure_blobs(pair: Pair, seed: int = 0) -> list[Measurement]:
    """Return the share of the drop's records that are no text, less that of promoted records of its strata.

    Parameters
    ----------
    pair
        The drop beside promoted records.
    seed
        Not used: nothing is drawn.
    """
    flags = flags_of(pair.drop, is_noise)
    expected = 0.0
    for stratum, own in pair.members.items():
        theirs = pair.reference.take(pair.reference_members[stratum][:MAX_NOISE_REFERENCE])
        expected += len(own) / len(pair.drop) * _noise_share(tuple(theirs.texts))
    error = float(np.sqrt(share_variance(flags)))
    return [Measurement("blobs", float(flags.mean()) - expected, error, len(flags), "drop")]


@lru_cache(maxsize=256)  # the drops of a batch have one reference
def _noise_share(texts: tuple[bytes, ...]) -> float:
    """Return the share of promoted texts that are no text."""
    return float(np.mean([is_noise(text.decode()) for text in texts]))
