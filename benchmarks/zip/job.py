"""What a row of the benchmark is given and what it gives: job, check, result.

A check is one line of the table: a figure beside its bar. A row that could not be measured fails; only a
row that has nothing to measure is skipped, and says why.
"""

import math
import operator
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

Sense = Literal["at least", "at most", "under"]

_HOLDS = {"at least": operator.ge, "at most": operator.le, "under": operator.lt}


@dataclass(frozen=True)
class Job:
    """Where a row finds its input and how large it runs.

    Parameters
    ----------
    shared
        Folder with `golden/` and `data/`.
    cache
        Folder for made pools.
    official
        Checkout of USTC-StarTeam/ZIP, None where there is none.
    workers
        Threads of the engine, and processes of the official script.
    repeats
        How often a timed selection runs.
    is_smoke
        Run at a size of seconds: the code is tried, the figures mean nothing.
    earlier
        Row -> figures of the rows of this run that are done.
    """

    shared: Path
    cache: Path
    official: Path | None = None
    workers: int = 2
    repeats: int = 3
    is_smoke: bool = False
    earlier: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the job as JSON values."""
        paths = {"shared": str(self.shared), "cache": str(self.cache)}
        return asdict(self) | paths | {"official": str(self.official) if self.official else None}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Job":
        """Return the job that `to_json` wrote."""
        official = Path(values["official"]) if values["official"] else None
        paths = {"shared": Path(values["shared"]), "cache": Path(values["cache"]), "official": official}
        return cls(**{**values, **paths})


@dataclass(frozen=True)
class Check:
    """One figure beside its bar.

    Parameters
    ----------
    what
        What was measured.
    sense
        How the figure must stand to the bar.
    bar
        The bar, in `unit`.
    unit
        Unit of the bar and the figure: "s", "times", "%", "GiB" or "" for a plain quotient.
    measured
        The figure; None where there is none.
    note
        What a reader must know beside the figure.
    skipped
        Why there is nothing to judge; empty where there is.
    """

    what: str
    sense: Sense
    bar: float
    unit: str
    measured: float | None
    note: str = ""
    skipped: str = ""

    @property
    def holds(self) -> str:
        """Return yes, no or skipped; a missing figure or one that is no number is a no."""
        if self.skipped:
            return "skipped"
        if self.measured is None or math.isnan(self.measured):
            return "no"
        return "yes" if _HOLDS[self.sense](self.measured, self.bar) else "no"


@dataclass(frozen=True)
class Result:
    """What a row found.

    Parameters
    ----------
    checks
        Lines of the table.
    figures
        Everything measured, as JSON values.
    remarks
        Sentences below the table.
    """

    checks: Sequence[Check]
    figures: Mapping[str, Any] = field(default_factory=dict)
    remarks: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON values, each check with its verdict."""
        checks = [asdict(check) | {"holds": check.holds} for check in self.checks]
        return {"checks": checks, "figures": dict(self.figures), "remarks": list(self.remarks)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Result":
        """Return the result that `to_json` wrote; verdicts are judged again."""
        checks = [
            Check(**{name: value for name, value in check.items() if name != "holds"})
            for check in values["checks"]
        ]
        return cls(checks, values["figures"], values["remarks"])


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the count, min, median and max of repeated figures."""
    return {
        "n": len(values),
        "min": min(values),
        "median": statistics.median(values),
        "max": max(values),
    }
