"""The probe."""

from entropy_assets.curation.probe.evaluation import HeldoutLoss, heldout_bpb, record_losses
from entropy_assets.curation.probe.params import ProbeParams
from entropy_assets.curation.probe.tasks import ProbeTask, run_probes
from entropy_assets.curation.probe.training import ProbeRun, train_probe

__all__ = [
    "HeldoutLoss",
    "ProbeParams",
    "ProbeRun",
    "ProbeTask",
    "heldout_bpb",
    "record_losses",
    "run_probes",
    "train_probe",
]
