"""Many independent probe runs over a pool of processes, with the same bits for any number of workers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from entropy_assets.curation.probe.params import ProbeParams
from entropy_assets.curation.probe.training import ProbeRun, train_probe
from entropy_assets.errors import InvalidParameter
from entropy_assets.shards import map_shards


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

    Each run uses one thread and its own seed, so the number of workers decides the time and nothing
    else. A spawned worker pays about two seconds for importing torch. On CUDA use one worker.

    Parameters
    ----------
    tasks
        What to run.
    workers
        Processes, at least 1; with 1 (or one task) everything runs in this process. A script that asks
        for more needs the usual ``if __name__ == "__main__"`` guard, since workers are spawned.

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
    return map_shards(_run, tasks, workers)


def _run(task: ProbeTask) -> tuple[ProbeRun, bytes]:
    return train_probe(task.texts, task.params, seed=task.seed, start=task.start, heldout=task.heldout)
