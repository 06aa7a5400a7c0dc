"""Training a network: the optimizer has the bits of PyTorch's, without what its class imports."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from entropy_assets.curation.damage import network
from entropy_assets.curation.damage.network import Network, one_cycle


@pytest.mark.parametrize("n_steps", [1, 2, 3, 4, 7, 200])
def test_one_cycle_is_that_of_torch(n_steps: int) -> None:
    learner = torch.optim.AdamW([torch.zeros(1, requires_grad=True)], lr=network._RATE)
    rates = torch.optim.lr_scheduler.OneCycleLR(learner, network._RATE, total_steps=n_steps)
    for step in range(n_steps):
        (group,) = learner.param_groups
        assert one_cycle(step, n_steps) == (group["lr"], group["betas"][0])
        learner.step()
        rates.step()


def test_learner_has_the_bits_of_adamw() -> None:
    def trained(is_own: bool) -> list[np.ndarray]:
        chance = torch.Generator().manual_seed(3)
        weights = [torch.rand(shape, generator=chance).requires_grad_() for shape in ((5, 4), (4,))]
        theirs = torch.optim.AdamW(weights, lr=network._RATE, weight_decay=network._DECAY)
        rates = torch.optim.lr_scheduler.OneCycleLR(theirs, network._RATE, total_steps=9)
        own = network._Learner(weights, 9)
        for _ in range(9):
            seen = torch.rand((3, 5), generator=chance) @ weights[0] + weights[1]
            (seen**2).sum().backward()  # type: ignore[no-untyped-call]
            if is_own:
                own.step()
            else:
                theirs.step()
                rates.step()
                theirs.zero_grad()
        return [weight.detach().numpy() for weight in weights]

    assert all(np.array_equal(one, other) for one, other in zip(trained(True), trained(False), strict=True))


def test_training_imports_no_compiler() -> None:
    code = """
import sys, numpy as np
from entropy_assets.curation.damage.network import Network
rng = np.random.default_rng(0)
Network.trained(rng.random((40, 3), np.float32), rng.integers(0, 2, 40), 2, n_epochs=1, seed=1)
print("torch._dynamo" in sys.modules)
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_network_tells_two_classes_apart() -> None:
    rng = np.random.default_rng(0)
    classes = rng.integers(0, 2, 400)
    values = (rng.normal(size=(400, 3)) + 3 * classes[:, None]).astype(np.float32)
    found = Network.trained(values, classes, 2, n_epochs=5, seed=1).predict(values)
    assert ((found[:, 1] > 0.5) == classes).mean() > 0.95
