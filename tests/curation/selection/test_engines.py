"""The same picks wherever first prices are found: with any number of workers, inline, on a cluster."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.scale.clusters import cluster_of
from entropy_assets.curation.selection import Budget, Selection, ZipParams, alone, priced_alone, select
from entropy_assets.execution import Engine, EngineName, using
from entropy_assets.texts import StoredTexts
from tests.curation.selection.oracle import words_pool

# Ray leaves to the garbage collector what it started and what it read.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

TEXTS = words_pool(400, 11)
SMALL = ZipParams(n_candidates=60, n_shortlist=12, n_picks=6)


class Deadly(bytes):
    """A text that kills the first process that it is sent to, by a signal that nobody can catch."""

    mark: Path

    def __reduce__(self) -> tuple[Any, ...]:
        return _received, (bytes(self), self.mark, os.getpid())


def _received(text: bytes, mark: Path, sender: int) -> bytes:
    if os.getpid() != sender and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return text


@pytest.fixture(autouse=True)
def _short_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alone, "RUN_RECORDS", 30)
    monkeypatch.setattr("entropy_assets.execution.pieces.START_SECONDS", 0.0)
    monkeypatch.setattr("entropy_assets.execution.pieces.PIECE_SECONDS", 0.0)


@pytest.fixture(scope="module")
def here() -> Selection:
    return picked(TEXTS, 1)


def picked(texts: Any, workers: int) -> Selection:
    return select(texts, Budget(150, "records"), "zip", params=SMALL, workers=workers)


def require_same(one: Selection, other: Selection) -> None:
    for name in ("ranking", "gains", "refused", "added"):
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes()


@pytest.mark.parametrize("engine", ["inline", "processes"])
@pytest.mark.parametrize("workers", [1, 2, 7])
def test_picks_are_the_same_with_any_number_of_workers(
    engine: EngineName, workers: int, here: Selection
) -> None:
    with using(Engine(engine)):
        require_same(picked(TEXTS, workers), here)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    with cluster_of(1) as found:
        yield found


def test_picks_are_the_same_on_one_raylet_and_on_two(cluster: Any, here: Selection, tmp_path: Path) -> None:
    import ray

    stored = StoredTexts.write(tmp_path / "texts", TEXTS)
    for n_raylets in (1, 2):
        if n_raylets > 1:
            cluster.add_node(num_cpus=1, node_ip_address="127.0.0.1", include_dashboard=False)
        with using(Engine("ray", cluster.address, home=tmp_path)):
            require_same(picked(stored, 2), here)
            require_same(picked(TEXTS, 1), here)
            for codec in ("zstd", "zlib"):
                there = priced_alone(TEXTS, codec)
                assert ray.cluster_resources()["CPU"] == n_raylets
                with using(Engine("inline")):
                    assert np.array_equal(there, priced_alone(TEXTS, codec))


def test_a_worker_that_is_killed_in_the_middle_changes_no_pick(
    cluster: Any, here: Selection, tmp_path: Path
) -> None:
    texts = [Deadly(text) for text in TEXTS]
    for place, text in enumerate(texts):
        text.mark = tmp_path / f"{place}"
    chosen = [texts[place] if place in (70, 333) else text for place, text in enumerate(TEXTS)]
    with using(Engine("ray", cluster.address)):
        require_same(picked(chosen, 2), here)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["333", "70"]
