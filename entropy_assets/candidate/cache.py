"""Results that follow from their parts alone, made once and kept: splits, checkpoints, probe runs, laws.

A result lies under its kind, the version of that kind and the digest of its parts, behind the SHA-256 of
its own bytes. What does not match is made again: a cache is no truth. What was not used for a while, while
others were, is collected.

What belongs here: keeping and finding. What does not: what a result means.
"""

import contextlib
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from upath import UPath

from entropy_assets.storage import digest_bytes, digest_value, put

VERSIONS = {
    "answer_scores": 1,
    "bases": 2,
    "carried": 1,
    "checkpoints": 2,
    "comparisons": 1,
    "detectors": 2,
    "exams": 1,
    "figures": 1,
    "findings": 1,
    "fingerprints": 1,
    "known_words": 2,
    "laws": 2,
    "mixture_counts": 1,
    "mixture_units": 1,
    "prices": 1,
    "probe_runs": 1,
    "probe_states": 1,
    "record_scores": 1,
    "reference_losses": 2,
    "score_axes": 1,
    "score_sums": 1,
    "selections": 2,
    "splits": 2,
    "start_losses": 1,
    "train_bytes": 1,
}
"""Kind of result -> version of the code that makes it: raised with every change that alters its bytes."""

KEPT_DAYS = 60
"""Days from the last use of a result to that of any other, from which on it may be collected."""

_SEAL_BYTES = 64


class Cache:
    """Keeps results in one folder.

    Parameters
    ----------
    folder
        Folder of the cache; it need not exist.
    """

    def __init__(self, folder: UPath) -> None:
        self.folder = folder

    def path(self, kind: str, parts: dict[str, Any]) -> UPath:
        """Return where the result of a kind for these parts is kept."""
        return self.folder / kind / f"v{VERSIONS[kind]}" / f"{digest_value(parts)[:32]}.bin"

    def get(self, kind: str, parts: dict[str, Any]) -> bytes | None:
        """Return a kept result; None where there is none, or its bytes are not those that were kept."""
        path = self.path(kind, parts)
        try:
            data: bytes = path.read_bytes()
        except FileNotFoundError:
            return None
        seal, value = data[:_SEAL_BYTES], data[_SEAL_BYTES:]
        if seal != digest_bytes(value).encode():
            return None
        _touch(path)
        return value

    def keep(self, kind: str, parts: dict[str, Any], value: bytes) -> bytes:
        """Keep a result and return it."""
        put(self.path(kind, parts), digest_bytes(value).encode() + value)
        return value

    def remember(self, kind: str, parts: dict[str, Any], compute: Callable[[], bytes]) -> bytes:
        """Return `compute()`, or what it returned for the same parts before."""
        value = self.get(kind, parts)
        return self.keep(kind, parts, compute()) if value is None else value

    def collect(self, now: float | None = None) -> int:
        """Remove results of other versions and those unused for `KEPT_DAYS`; return how many.

        Days are counted up to the last use of any result: what a dataset was measured with stays, however
        long it rests.

        Only a cache on a local disk tells when a result was used; on an object store nothing is removed,
        since its life-cycle rules do that.
        """
        root = Path(str(self.folder))
        used = {}
        for kind in VERSIONS:
            for path in (root / kind).glob("v*/*.bin"):
                with contextlib.suppress(OSError):  # gone meanwhile, or no file of ours
                    used[path] = path.stat().st_mtime
        last = min(max(used.values(), default=0.0), time.time() if now is None else now)
        n_removed = 0
        for path, when in used.items():
            is_of_today = path.parent.name == f"v{VERSIONS[path.parent.parent.name]}"
            if not is_of_today or when < last - KEPT_DAYS * 86400:
                with contextlib.suppress(OSError):
                    path.unlink()
                    n_removed += 1
        return n_removed


def _touch(path: UPath) -> None:
    """Note that a result was used, where the store keeps such times."""
    if path.protocol in ("", "file", "local"):
        os.utime(str(path))
