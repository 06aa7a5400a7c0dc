"""Attempts at a candidate: how often a run of it was killed, and why the last one failed.

An attempt leaves a note when it begins and changes it when it ends, in whatever way; a note whose run is
dead is a crash. Who has crashed `MAX_CRASHES` times is decided `hold: crashes`.

What belongs here: counting. What does not: the lock, by which a run is known to be alive.
"""

import contextlib
from dataclasses import dataclass
from typing import Any

from upath import UPath

from entropy_assets.storage import canonical_json, parse_json, put

MAX_CRASHES = 5
"""Crashes after which a candidate is held and not tried again."""


@dataclass(frozen=True)
class Failure:
    """Why the last attempt at a candidate ended without a decision.

    Parameters
    ----------
    why
        The error, in one sentence.
    against
        What it was tried against: digests of state and settings. It is tried again when one changes.
    """

    why: str
    against: str


class Attempts:
    """The notes on attempts in one folder.

    Parameters
    ----------
    folder
        Folder of the notes; it need not exist.
    """

    def __init__(self, folder: UPath) -> None:
        self.folder = folder

    def begin(self, key: str, run: str) -> None:
        """Note that a run tries a candidate."""
        put(self._note(key, run), b"{}")

    def end(self, key: str, run: str, failure: Failure | None = None) -> None:
        """Note that a run has ended, and why it failed, where it did."""
        failed = self.folder / key / "failed.json"
        # A disk that is full makes no crash of a failure: a note is renamed even there. And what cannot be
        # noted or cleared is no reason to fail: by then it may be decided.
        with contextlib.suppress(OSError):
            if failure is not None:
                put(failed, canonical_json({"why": failure.why, "against": failure.against}))
            elif failed.exists():
                failed.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._note(key, run).rename(self._note(key, run).with_suffix(".ended"))

    def crashes(self, key: str, alive: set[str]) -> int:
        """Return how many runs of a candidate were killed; `alive` are the runs that live."""
        folder = self.folder / key
        if not folder.is_dir():
            return 0
        runs = {path.stem for path in folder.iterdir() if path.suffix == ".run"}
        return len(runs - alive)

    def is_under_way(self, key: str, run: str) -> bool:
        """Return whether a run has begun to try an open candidate and has not ended, or was killed."""
        return bool(key) and self._note(key, run).exists()

    def has_begun(self, key: str, run: str) -> bool:
        """Return whether a run has ever begun to try an open candidate."""
        return self.is_under_way(key, run) or self._note(key, run).with_suffix(".ended").exists()

    def failure(self, key: str) -> Failure | None:
        """Return why the last attempt failed; None where it did not, or nothing was tried."""
        path = self.folder / key / "failed.json"
        try:
            value: dict[str, Any] = parse_json(path.read_bytes())
            return Failure(str(value["why"]), str(value["against"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def forget(self, key: str) -> None:
        """Remove all notes on a candidate that is decided; what is none, or cannot be removed, stays."""
        folder = self.folder / key
        for path in list(folder.iterdir()) if folder.is_dir() else []:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _note(self, key: str, run: str) -> UPath:
        return self.folder / key / f"{run}.run"
