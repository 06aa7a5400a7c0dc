"""The law report of a dataset: the law as it stands, and how its versions have fared under it.

What belongs here: putting stored reports, versions and scores beside each other. What does not:
measuring, and printing.
"""

from dataclasses import asdict, dataclass
from typing import Any

from entropy_assets.candidate.replay import stored_manifest
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.entropy_law import LawFit, RankCorrelation, VersionPlace, rank_correlations
from entropy_assets.ledger import CHANGES, Entry
from entropy_assets.scores import EXAM_PREFIX
from entropy_assets.storage import read_json


@dataclass(frozen=True)
class LawStands:
    """The law of the last promoted candidate that has one.

    Parameters
    ----------
    candidate
        Its key.
    version
        The version that it became.
    fit
        The line and the band, fitted on its parent's pool.
    places
        `candidate` and `parent` -> its place: R, L, residual, inside the band or not.
    """

    candidate: str
    version: str
    fit: LawFit
    places: dict[str, dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """Return the law as plain JSON values."""
        fit = asdict(self.fit)
        line = {k: fit[k] for k in ("intercept_bpb", "slope_bpb", "half_width_bpb", "coverage")}
        return {
            "candidate": self.candidate,
            "version": self.version,
            **line,
            "points": self.fit.rows(),
            "places": self.places,
        }


@dataclass(frozen=True)
class LawReport:
    """What is known of the law in a dataset.

    Parameters
    ----------
    law
        The law as it stands, None where no promoted candidate has one.
    notes
        Why there is none, and which versions' reports cannot be used.
    versions
        The promoted versions, oldest first.
    higher_is_worse
        Name of a benchmark or exam -> whether a higher value is a worse one.
    correlations
        Each score with R, L and the residual.
    """

    law: LawStands | None
    notes: tuple[str, ...]
    versions: tuple[VersionPlace, ...]
    higher_is_worse: dict[str, bool]
    correlations: tuple[RankCorrelation, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as the one object that `--json` prints."""
        return {
            "law": None if self.law is None else self.law.to_json(),
            "notes": list(self.notes),
            "versions": [asdict(version) for version in self.versions],
            "higher_is_worse": self.higher_is_worse,
            "correlations": [asdict(correlation) for correlation in self.correlations],
        }


def law_report(workspace: Workspace) -> LawReport:
    """Return the law report of a dataset, from what is stored.

    Raises
    ------
    InvalidInput
        A version's manifest or a recorded score is missing or damaged.
    """
    scores, worse = workspace.scores.of_versions(), workspace.scores.higher_is_worse()
    stands: LawStands | None = None
    notes, places = [], []
    for entry in promoting_entries(workspace):
        law, note = _law_of(workspace, entry)
        stands = law or stands
        notes += [f"{entry.state.version}: {note}"] if note else []
        places.append(_place(workspace, entry, law, scores.get(entry.state.version or "", {})))
    # Exams of the settings are losses, so a higher one is worse.
    worse = {name: True for place in places for name in place.scores if name not in worse} | worse
    correlations = tuple(rank_correlations(places, worse))
    return LawReport(stands, tuple(notes), tuple(places), worse, correlations)


def promoting_entries(workspace: Workspace) -> list[Entry]:
    """Return for each version the decision that made it, oldest first."""
    made: dict[str, Entry] = {}
    for entry in workspace.ledger.entries():
        if entry.action in CHANGES and entry.state.version is not None:
            made.setdefault(entry.state.version, entry)
    return list(made.values())


def _law_of(workspace: Workspace, entry: Entry) -> tuple[LawStands | None, str]:
    """Return the law in the report that a promotion rests on; None, and why, where there is none."""
    report, note = stored_manifest(workspace, entry, "entropy_law_report")
    if report is None:
        return None, note
    law = report["law"]
    if law is None:
        return None, report["off"].get("loss_above_law", "its report has no law")
    fit = LawFit.from_json(law)
    places = {name: fit.place(*law[name]) for name in ("candidate", "parent")}
    return LawStands(entry.candidate.key, entry.state.version or "", fit, places), ""


def _place(
    workspace: Workspace, entry: Entry, law: LawStands | None, scores: dict[str, float]
) -> VersionPlace:
    version = entry.state.version or ""
    figures = read_json(workspace.home.version(version) / "manifest.json")["figures"]
    measured = {} if entry.parent is None else figures
    exams = {name: value for name, value in measured.items() if name.startswith(EXAM_PREFIX)}
    return VersionPlace(
        version=version,
        candidate=entry.candidate.key,
        ratio=figures.get("ratio_zstd_long"),
        loss_bpb=figures.get("loss_bpb"),
        residual_bpb=None if law is None else law.places["candidate"]["residual_bpb"],
        heldout_bpb=figures.get("heldout_bpb"),
        from_scratch=entry.parent is None,
        scores={**exams, **scores},
    )
