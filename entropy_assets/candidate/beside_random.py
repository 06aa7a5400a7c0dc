"""What a run says of its selector beside random: held-out loss of both, and whether they differ.

What belongs here: that sentence. What does not: measuring (`probe`), and the comparison of all selectors
(`selector_comparison`).
"""

import numpy as np

from entropy_assets.candidate.manifests import ProbeReport, SelectionManifest
from entropy_assets.candidate.probe import headline
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.errors import CurationError

PAGE = "docs/selectors.md"
NORMAL_95 = 1.96


def heldout_beside_random(workspace: Workspace, key: str) -> str:
    """Return the held-out loss of a candidate's selection beside that of its random control.

    Both are of probes on equal bytes, in bits per byte of all held-out text. Their difference is taken record
    by record, each counting alike, so it is not that of the two; its interval (95 %) is over the records.

    Returns
    -------
    str
        One line; empty where a manifest is missing, nothing was held out, or the selector is "random".
    """
    try:
        selection, report = workspace.find(SelectionManifest, key), workspace.find(ProbeReport, key)
    except CurationError:
        return ""
    if selection is None or report is None or selection.selector == "random":
        return ""
    figures = [headline(report, name)["heldout_bpb"] for name in ("random_control", "candidate")]
    losses = [_record_losses(report, name) for name in ("random_control", "candidate")]
    if None in figures or len(losses[0]) < 2 or len(losses[0]) != len(losses[1]):
        return ""
    differences = losses[1] - losses[0]
    half = NORMAL_95 * differences.std(ddof=1) / np.sqrt(len(differences))
    name = selection.selector
    return (
        f"held-out: random {figures[0]:.3f}, {name} {figures[1]:.3f}; "
        f"mean over {len(differences)} records of {name} - random "
        f"{differences.mean():+.3f} ± {half:.3f}; {PAGE}"
    )


def _record_losses(report: ProbeReport, name: str) -> np.ndarray:
    """Return (n,) float64, the loss of each held-out record, as mean over the runs of a group."""
    runs = report.runs.get(name) or report.runs.get(f"{name}_scratch", ())
    found: np.ndarray = np.mean([run["record_heldout_bpb"] for run in runs], axis=0) if runs else np.zeros(0)
    return found
