"""How much more redundant a drop is than promoted records of its strata.

What belongs here: R of the drop, at equal bytes and strata. What does not: R of a selection (`law`).
"""

import numpy as np

from entropy_assets.curation.entropy_law.drop.compared import Compared
from entropy_assets.curation.entropy_law.measurement import (
    Measurement,
    Texts,
    log_ratios,
    stratified_sample,
)
from entropy_assets.storage import seed_from


def measure_ratio(compared: Compared, seed: int) -> list[Measurement]:
    """Return the rise of ln R of the drop over samples of promoted records of equal bytes and equal strata.

    The drop counts as one more draw of the reference's kind, so the noise is the spread of the
    reference's samples, once for the drop and once, divided by their number, for their mean.

    Parameters
    ----------
    compared
        The drop beside promoted records, of which at least one stratum is known.
    seed
        Seed of the draws.
    """
    pair, law = compared.windows, compared.law
    drop, reference = pair.drop, pair.reference
    drop_sizes, reference_sizes = drop.sizes, reference.sizes
    own = {s: int(drop_sizes[i].sum()) for s, i in pair.members.items()}
    total = sum(own.values())
    room = min(int(reference_sizes[pair.reference_members[s]].sum()) / 2 * total / own[s] for s in own)
    n_bytes = int(min(law.sample_bytes, total, room))
    amounts = {s: n_bytes * amount // total for s, amount in own.items()}
    known = drop.take(pair.known_drop)
    drop_logs = _matched(known, known.members(), amounts, law.n_samples, seed_from(seed, "drop"))
    reference_logs = _matched(
        reference, pair.reference_members, amounts, law.n_samples, seed_from(seed, "reference")
    )
    spread = float(reference_logs.std(ddof=1))
    error = spread * float(np.sqrt(1 + 1 / law.n_samples))
    value = float(np.expm1(drop_logs.mean() - reference_logs.mean()))
    return [Measurement("ratio_rose", value, error, len(known), "drop")]


def _matched(
    texts: Texts,
    members: dict[tuple[str, str], np.ndarray],
    amounts: dict[tuple[str, str], int],
    n_samples: int,
    seed: int,
) -> np.ndarray:
    sizes = texts.sizes
    logs = []
    for number in range(n_samples):
        picked = stratified_sample(members, amounts, sizes, seed_from(seed, number))
        part = texts.take(picked)
        logs.append(log_ratios(part, int(part.sizes.sum()), 1, seed_from(seed, number))[0])
    return np.array(logs)
