"""What a run says of its selector beside random: held-out loss of both, and whether they differ.

What belongs here: that difference, and its sentence. What does not: measuring (`probe`), what follows from it
(`fallback`), and the comparison of all selectors (`selector_comparison`).
"""

from dataclasses import dataclass

import numpy as np

from entropy_assets.candidate.manifests import ProbeReport, SelectionManifest
from entropy_assets.candidate.probe import headline
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.errors import CurationError

PAGE = "docs/selectors.md"
NORMAL_95 = 1.96


@dataclass(frozen=True)
class BesideRandom:
    """A selection beside its random control, by probes on equal bytes, in bits per byte.

    Parameters
    ----------
    random_bpb, own_bpb
        Held-out loss of both, over all bytes.
    difference_bpb, half_width_bpb
        Mean over held-out records of the selection's loss less the control's, each record counting alike, and
        half of its 95 % interval over the records. Not the difference of the two above.
    n_records
        Held-out records.
    """

    random_bpb: float
    own_bpb: float
    difference_bpb: float
    half_width_bpb: float
    n_records: int


def beside_random(report: ProbeReport) -> BesideRandom | None:
    """Return how a selection stands beside its random control; None where nothing was held out."""
    figures = [headline(report, name)["heldout_bpb"] for name in ("random_control", "candidate")]
    losses = [_record_losses(report, name) for name in ("random_control", "candidate")]
    if figures[0] is None or figures[1] is None or len(losses[0]) < 2 or len(losses[0]) != len(losses[1]):
        return None
    differences = losses[1] - losses[0]
    half = NORMAL_95 * differences.std(ddof=1) / np.sqrt(len(differences))
    return BesideRandom(figures[0], figures[1], float(differences.mean()), float(half), len(differences))


def _record_losses(report: ProbeReport, name: str) -> np.ndarray:
    """Return (n,) float64, the loss of each held-out record, as mean over the runs of a group."""
    runs = report.runs.get(name) or report.runs.get(f"{name}_scratch", ())
    found: np.ndarray = np.mean([run["record_heldout_bpb"] for run in runs], axis=0) if runs else np.zeros(0)
    return found


def heldout_beside_random(workspace: Workspace, key: str) -> str:
    """Return the held-out loss of a candidate's selection beside that of its random control.

    Where the fallback of the settings has acted, why random stands in place of the selector.

    Returns
    -------
    str
        One line; empty where a manifest is missing, nothing was held out, or the selector is "random".
    """
    try:
        selection, report = workspace.find(SelectionManifest, key), workspace.find(ProbeReport, key)
    except CurationError:
        return ""
    if selection is None or report is None:
        return ""
    if taken := fallback_told(selection):
        return f"{taken}; {PAGE}"
    found = None if selection.selector == "random" else beside_random(report)
    if found is None:
        return ""
    name = selection.selector
    return (
        f"held-out: random {found.random_bpb:.3f}, {name} {found.own_bpb:.3f}; "
        f"mean over {found.n_records} records of {name} - random "
        f"{found.difference_bpb:+.3f} ± {found.half_width_bpb:.3f}; {PAGE}"
    )


def fallback_told(selection: SelectionManifest) -> str:
    """Return why random picks stand in place of the selector's, in one sentence; empty where they do not."""
    found = selection.fallback
    if not found or not found["acts"]:
        return ""
    return (
        f"picked by {found['to']} in place of {found['selector']} (selection.fallback): mean over "
        f"{found['records']} held-out records of {found['selector']} - random "
        f"{found['difference_bpb']:+.3f} ± {found['half_width_bpb']:.3f} bits per byte"
    )
