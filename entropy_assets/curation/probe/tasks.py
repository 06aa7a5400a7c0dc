"""Many independent probe runs over threads or processes, with the same bits for any number of workers."""

from collections.abc import Sequence
from dataclasses import replace

from entropy_assets.curation.probe.evaluation import heldout_bpb
from entropy_assets.curation.probe.stacked import train_stacked
from entropy_assets.curation.probe.task import Exams, ProbeTask
from entropy_assets.curation.probe.training import ProbeRun, train_probe
from entropy_assets.devices import pick_device, torch_threads
from entropy_assets.errors import InvalidParameter
from entropy_assets.execution import Shared, is_on_cluster, processes

MAX_THREADS = 2
"""Workers that are threads of this process; more are processes, since Python runs one thread at a time."""


def run_probes(tasks: Sequence[ProbeTask], workers: int) -> list[tuple[ProbeRun, bytes]]:
    """Run independent probes; return (run, checkpoint) of each, in the order of the tasks.

    Each run uses one torch thread and its own seed, so the number of workers decides the time and nothing
    else. Two workers are threads: together they are 1.7 times as fast as one, and a spawned process pays two
    seconds for importing torch. On CUDA all runs are trained side by side (`stacked`), for any `workers`.

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
    if tasks and all(pick_device(task.params.device).type == "cuda" for task in tasks):
        return train_stacked(tasks)
    n_threads = min(workers, len(tasks))
    if is_on_cluster() or not 1 < n_threads <= MAX_THREADS:
        with processes(workers) as executor:
            given = [exams for task in tasks for exams in (task.heldout, task.sets)]
            shared = {id(exams): executor.share(exams) for exams in given}
            items = [
                (replace(task, heldout=None, sets=None), shared[id(task.heldout)], shared[id(task.sets)])
                for task in tasks
            ]
            return list(executor.map(_run_and_examine, items))
    with torch_threads(n_threads) as threads:
        # Exams start while later runs are being trained, so that an odd run leaves no core idle.
        trained = threads.map(_run, (replace(task, heldout=None, sets=None) for task in tasks))
        return list(threads.map(_examine, zip(tasks, trained, strict=True)))


def _run(task: ProbeTask) -> tuple[ProbeRun, bytes]:
    return train_probe(task.texts, task.params, seed=task.seed, start=task.start, heldout=task.heldout)


def _run_and_examine(item: tuple[ProbeTask, Shared[Exams], Shared[Exams]]) -> tuple[ProbeRun, bytes]:
    task, heldout, sets = item
    return _examine((replace(task, heldout=heldout.value, sets=sets.value), _run(task)))


def _examine(trained: tuple[ProbeTask, tuple[ProbeRun, bytes]]) -> tuple[ProbeRun, bytes]:
    """Return what `_run` returns, of a task that was trained without its held-out texts."""
    task, (run, checkpoint) = trained
    if task.heldout:
        run = run.examined(heldout_bpb(checkpoint, task.heldout, task.params))
    if task.sets:
        run = replace(run, exam_bpb=heldout_bpb(checkpoint, task.sets, task.params).bpb)
    return run, checkpoint
