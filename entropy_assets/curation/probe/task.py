"""What one run of the byte probe is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from entropy_assets.curation.probe.params import ProbeParams

Exams = Mapping[str, Sequence[bytes]] | None
"""Held-out texts by source, or None."""


@dataclass(frozen=True)
class ProbeTask:
    """The arguments of one `train_probe`, see there, and `sets`, whose losses become `ProbeRun.exam_bpb`."""

    texts: Sequence[bytes]
    params: ProbeParams
    seed: int
    start: bytes | None = None
    heldout: Exams = None
    sets: Exams = None
