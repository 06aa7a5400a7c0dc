"""Many independent probe runs over threads or processes, with the same bits for any number of workers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from entropy_assets.curation.probe.params import ProbeParams
from entropy_assets.curation.probe.training import ProbeRun, train_probe
from entropy_assets.devices import torch_threads
from entropy_assets.errors import InvalidParameter
from entropy_assets.shards import map_shards

MAX_THREADS = 2
"""Workers that are threads of this process; more are processes, since Python runs one thread at a time."""


@dataclass(frozen=True)
class ProbeTask:
    """The arguments of one `train_probe`; see there."""

    texts: Sequence[bytes]
    params: ProbeParams
    seed: int
    start: bytes | None = None
    heldout: Mapping[str, Sequence[bytes]] | None = None


def run_probes(tasks: Sequence[ProbeTask], workers: int) -> list[tuple[ProbeRun, bytes]]:
    """Run independent probes; return (run, checkpoint) of each, in the order of the tasks.

    Each run uses one torch thread and its own seed, so the number of workers decides the time and nothing
    else. Two workers are threads: together they are 1.7 times as fast as one, and a spawned process pays two
    seconds for importing torch. On CUDA use one worker.

    Parameters
    ----------
    tasks
        What to run.
    workers
        At least 1; up to `MAX_THREADS` (or tasks) everything runs in this process. A script that asks
        for more needs the usual ``if __name__ == "__main__"`` guard, since those workers are spawned.

    Returns
    -------
    list[tuple[ProbeRun, bytes]]
        As from `train_probe`, one a task.

    Raises
    ------
    InvalidParameter
        `workers` is below 1. Errors of `train_probe` pass through: that of the first failing task.
    """
    if type(workers) is not int or workers < 1:
        raise InvalidParameter(f"workers must be a whole number of at least 1, got {workers!r}")
    if 1 < min(workers, len(tasks)) <= MAX_THREADS:
        with torch_threads(min(workers, len(tasks))) as threads:
            return list(threads.map(_run, tasks))
    return map_shards(_run, tasks, workers)


def _run(task: ProbeTask) -> tuple[ProbeRun, bytes]:
    return train_probe(task.texts, task.params, seed=task.seed, start=task.start, heldout=task.heldout)
