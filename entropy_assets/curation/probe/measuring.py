"""Probe runs whose figures alone are wanted, by whichever probe the settings name.

What belongs here: which runs go on side by side. What does not: a run.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from entropy_assets.curation.probe.evaluation import record_losses
from entropy_assets.curation.probe.language import (
    LanguageProbeParams,
    LanguageTask,
    fine_tune,
    language_losses,
)
from entropy_assets.curation.probe.params import ProbeParams
from entropy_assets.curation.probe.task import ProbeTask
from entropy_assets.curation.probe.tasks import run_probes
from entropy_assets.curation.probe.training import ProbeRun
from entropy_assets.devices import torch_threads

AnyParams = ProbeParams | LanguageProbeParams
AnyTask = ProbeTask | LanguageTask

_MEMORY = Path("/proc/meminfo")
_SPARE = 0.7
"""Share of the free memory that fine-tunings side by side may take."""


def measure_probes(tasks: Sequence[AnyTask], workers: int) -> Iterator[ProbeRun]:
    """Yield what each run measured, in the order of the tasks; a language model's as soon as it is there.

    Results do not depend on `workers`. Fine-tunings go side by side as far as the memory goes, on CUDA one
    after the other; they run in this process, on a cluster too.

    Parameters
    ----------
    tasks
        What to run.
    workers
        At least 1.

    Raises
    ------
    InvalidParameter
        `workers` is below 1. Errors of the runs pass through: that of the first failing task.
    """
    language = [task for task in tasks if isinstance(task, LanguageTask)]
    small = [task for task in tasks if isinstance(task, ProbeTask)]
    trained = (run for run, _ in run_probes(small, workers)) if small else iter(())
    tuned = _fine_tuned(language, workers)
    for task in tasks:
        yield next(tuned if isinstance(task, LanguageTask) else trained)


def _fine_tuned(tasks: Sequence[LanguageTask], workers: int) -> Iterator[ProbeRun]:
    if not tasks:
        return
    from entropy_assets.curation.probe.language.model import load_for_training, run_bytes

    base = load_for_training(tasks[0].params)
    side_by_side = 1
    if base.device.type == "cpu":
        side_by_side = max(1, min(workers, len(tasks), _free_bytes() // run_bytes(base, tasks[0].params)))
    with torch_threads(side_by_side) as threads:
        yield from threads.map(lambda task: fine_tune(task, base)[0], tasks)


def losses_of(
    checkpoint: bytes | None, texts: Sequence[bytes], params: AnyParams, workers: int = 1
) -> np.ndarray:
    """Return (n,) float64: bits per byte of each record under a checkpoint, or a language model as named.

    Parameters
    ----------
    checkpoint
        From `train_probe`; None for a language model, which is read as it is.
    texts, params
        As in `record_losses` and `language_losses`.
    workers
        Threads of a language model on a CPU.

    Raises
    ------
    InvalidInput
        A text is empty, or there is no such checkpoint or model.
    """
    if isinstance(params, LanguageProbeParams):
        return language_losses(texts, params, workers)
    return record_losses(checkpoint or b"", texts, params)


def _free_bytes() -> int:
    """Return the memory that is free, or could be; where the system does not tell, of one run's worth."""
    try:
        rows = dict(line.split(":", 1) for line in _MEMORY.read_text().splitlines())
        return int(_SPARE * int(rows["MemAvailable"].split()[0]) * 1024)
    except (OSError, KeyError, ValueError):
        return 0
