from dataclasses import replace

import pytest

from entropy_assets.curation.probe import ProbeTask, run_probes, train_probe
from entropy_assets.errors import InvalidParameter, ProbeDiverged


@pytest.mark.parametrize("workers", [2, 3])  # threads, and processes
def test_any_number_of_workers_gives_the_same_bits_in_task_order(texts, params, checkpoint, workers):
    short = replace(params, budget_bytes=4096)
    tasks = [
        ProbeTask(texts, short, seed=1),
        ProbeTask(texts[:50], short, seed=2, start=checkpoint),
        ProbeTask(texts, short, seed=3, heldout={"words": texts[:10]}),
    ]
    one = run_probes(tasks, workers=1)
    assert one == run_probes(tasks, workers=workers)
    assert one[2] == train_probe(texts, short, seed=3, heldout={"words": texts[:10]})
    assert len({run.checkpoint_digest for run, _ in one}) == 3


def test_the_error_of_a_task_passes_through(texts, params):
    tasks = [ProbeTask(texts, replace(params, learning_rate=1e30), seed=seed) for seed in (1, 2)]
    for workers in (1, 2):
        with pytest.raises(ProbeDiverged):
            run_probes(tasks, workers=workers)


def test_no_tasks_have_no_results():
    assert run_probes([], workers=2) == []


@pytest.mark.parametrize("workers", [0, -1, 1.5])
def test_a_wrong_number_of_workers_is_refused(workers):
    with pytest.raises(InvalidParameter, match="workers must be a whole number of at least 1"):
        run_probes([], workers=workers)
