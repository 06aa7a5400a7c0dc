"""Benchmark scores of promoted versions: lines that are only ever added, beside the ledger.

`scores/000001.json`, `scores/000002.json`, … are created exclusively, one a score. Of several values
for one version and name the last counts. A version's folder stays as it was published.

What belongs here: recording and reading scores. What does not: what they say about a dataset.
"""

import math
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from upath import UPath

from entropy_assets.errors import InvalidParameter, StorageConflict, StoreDamaged
from entropy_assets.numbered import numbered_files
from entropy_assets.storage import canonical_json, create_exclusive, parse_json

SCORE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MAX_TRIES = 100
"""Times that a score is tried under the next number, because another one took the number before."""
RESERVED = ("ratio", "loss_bpb", "residual_bpb", "heldout_bpb")
"""Figures that every version has of itself; no score can take their names."""
EXAM_PREFIX = "exam_"
"""What the figures begin with that the probe measures on exams of the settings; no score does."""


@dataclass(frozen=True)
class Score:
    """One recorded score of a version.

    Parameters
    ----------
    number
        Its place among the recorded ones, from 1.
    version
        Name of the promoted version.
    name
        Name of the benchmark.
    value
        The score, finite.
    higher_is_worse
        Whether a higher value is a worse one, as with an error rate.
    at
        When it was recorded, ISO 8601 in UTC.
    """

    number: int
    version: str
    name: str
    value: float
    higher_is_worse: bool
    at: str


class Scores:
    """Reads and extends the scores in one folder."""

    def __init__(self, folder: UPath) -> None:
        self.folder = folder

    def entries(self) -> list[Score]:
        """Return all recorded scores in their order.

        Raises
        ------
        StoreDamaged
            A number is missing, because somebody has removed a score, or a line is damaged.
        """
        return [_read_score(path, data) for path, data in numbered_files(self.folder, "the scores")]

    def of_versions(self) -> dict[str, dict[str, float]]:
        """Return version -> name -> the value that counts, names in the order of their first score."""
        found: dict[str, dict[str, float]] = {}
        for score in self.entries():
            found.setdefault(score.version, {})[score.name] = score.value
        return found

    def higher_is_worse(self) -> dict[str, bool]:
        """Return name -> whether a higher value is a worse one, as the name's last score says."""
        return {score.name: score.higher_is_worse for score in self.entries()}

    def record(
        self,
        version: str,
        name: str,
        value: float,
        versions: Collection[str],
        higher_is_worse: bool | None = None,
    ) -> tuple[Score, bool]:
        """Add a score; return it, and whether it is new: a score that counts already is not added again.

        Parameters
        ----------
        version
            Name of a promoted version.
        name
            Name of the benchmark: letters, digits, dots, dashes and underscores, at most 64.
        value
            The score, finite.
        versions
            The promoted versions.
        higher_is_worse
            Whether a higher value is a worse one; None says what the name's last score says, and that
            it is a better one for a new name.

        Raises
        ------
        InvalidParameter
            The version is unknown, the name cannot be one, or the value is not finite.
        StoreDamaged
            The stored scores are damaged.
        StorageConflict
            No try found a free number.
        """
        _check(version, name, value, versions)
        for _ in range(MAX_TRIES):
            entries = self.entries()
            _check_spelling(name, {score.name for score in entries})
            same_name = [score for score in entries if score.name == name]
            worse = higher_is_worse
            if worse is None:
                worse = same_name[-1].higher_is_worse if same_name else False
            counts = next((score for score in reversed(same_name) if score.version == version), None)
            turned = bool(same_name) and same_name[-1].higher_is_worse != worse
            if counts is not None and counts.value == value and not turned:
                return counts, False
            at = datetime.now(UTC).isoformat(timespec="seconds")
            score = Score(len(entries) + 1, version, name, value, worse, at)
            try:
                create_exclusive(self.folder / f"{score.number:06d}.json", canonical_json(asdict(score)))
            except StorageConflict:
                continue  # another score took this number: look at it first
            return score, True
        raise StorageConflict(
            f"score {name!r} of {version!r} found no free number in {self.folder} in {MAX_TRIES} tries: "
            "other scores came first, or the store hides them from readers; record it again"
        )


def _check(version: str, name: str, value: float, versions: Collection[str]) -> None:
    if version not in versions:
        known = ", ".join(sorted(versions)) or "none"
        raise InvalidParameter(f"version {version!r} is unknown: known are {known}")
    if not SCORE_NAME.fullmatch(name):
        raise InvalidParameter(f"score name {name!r} does not match {SCORE_NAME.pattern}: choose another")
    if name.lower() in RESERVED or name.lower().startswith(EXAM_PREFIX):
        raise InvalidParameter(
            f"score name {name!r} is that of a figure which versions have of themselves: choose another, "
            f"not {', '.join(RESERVED)} or {EXAM_PREFIX}..."
        )
    if not math.isfinite(value):
        raise InvalidParameter(f"score {name!r} must be a finite number, got {value}: record a measured one")


def _check_spelling(name: str, known: Collection[str]) -> None:
    """Refuse a name that differs from a known one by case alone: the two would never meet in a table."""
    for other in sorted(known):
        if other != name and other.lower() == name.lower():
            raise InvalidParameter(f"score name {name!r} is known as {other!r}: write it like that")


def _read_score(path: UPath, data: bytes) -> Score:
    try:
        value: dict[str, Any] = parse_json(data)
        return Score(**value)
    except (ValueError, TypeError) as error:
        raise StoreDamaged(
            f"{path} is not a score ({error!r}): restore it from a backup, never delete it"
        ) from error
