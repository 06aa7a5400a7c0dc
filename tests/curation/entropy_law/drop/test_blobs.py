"""How large a drop has to be, until a share of it tells that no harm is there."""

import numpy as np
import pytest

from entropy_assets.curation.entropy_law import Measurement
from entropy_assets.curation.entropy_law.drop.pairing import share_variance
from entropy_assets.curation.entropy_law.gate.reasons import reason_of_measurement
from entropy_assets.settings import PolicySettings


def blobs(hits: int, n: int) -> Measurement:
    flags = np.arange(n) < hits
    return Measurement("blobs", float(flags.mean()), float(np.sqrt(share_variance(flags))), n, "drop")


@pytest.mark.parametrize(("hits", "n", "code"), [
    (0, 20, "inconclusive"), (0, 40, ""), (1, 40, "inconclusive"), (2, 40, "blobs"), (0, 800, ""),
    (3, 800, ""),
])  # fmt: skip
def test_a_drop_of_forty_records_without_a_blob_is_not_asked_about(hits: int, n: int, code: str) -> None:
    reason = reason_of_measurement(blobs(hits, n), PolicySettings())
    assert (reason.code if reason else "") == code


@pytest.mark.parametrize("n", [1, 2, 5, 20, 40, 300])
def test_more_hits_never_need_a_lower_limit_and_more_records_with_none_never_a_higher_one(n: int) -> None:
    needed = [blobs(hits, n).needs(PolicySettings().confidence) for hits in range(n + 1)]
    assert needed[0] > 0
    assert needed[: n // 2 + 1] == sorted(needed[: n // 2 + 1])
    assert blobs(0, n + 1).needs(2.0) < blobs(0, n).needs(2.0)
