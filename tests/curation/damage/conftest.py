"""Passages of real documentation, and one detector that learned of them."""

import sysconfig
from pathlib import Path

import numpy as np
import pytest

from entropy_assets.curation.damage import Detector, Passages
from entropy_assets.curation.damage.passages import Passage
from entropy_assets.demo.harvest import harvest

SOURCES = ("tkinter", "distutils", "asyncio", "email", "logging")


@pytest.fixture(scope="session")
def documented() -> Passages:
    """Passages of a few packages of the standard library, as many of each as there are, in a mixed order."""
    rows = [
        row
        for row in harvest([Path(sysconfig.get_paths()["stdlib"])], n_workers=1)
        if row["source"] in SOURCES
    ]
    order = np.random.default_rng(0).permutation(len(rows))
    items = [Passage(rows[i]["instruction"], rows[i]["output"]) for i in order]
    return Passages(items, [rows[i]["source"] for i in order], np.arange(len(items)))


@pytest.fixture(scope="session")
def promoted(documented: Passages) -> Passages:
    """The first 500 of them, which a detector knows."""
    return documented.take(range(500))


@pytest.fixture(scope="session")
def fresh(documented: Passages) -> Passages:
    """200 others."""
    return documented.take(range(500, 700))


@pytest.fixture(scope="session")
def detector(promoted: Passages) -> Detector:
    """A detector of the promoted passages."""
    return Detector.of(promoted, n_damaged=120, n_epochs=5, seed=1)
