"""The command that makes the detector of first versions: its sources, and that workers do not matter."""

import numpy as np

from benchmarks.first_version import N_GROUPS, N_HELD_OUT, Drop, groups_of, grown
from benchmarks.gate_power.mechanisms import DEVELOPMENT, TEST
from benchmarks.gate_power.sources import FILES, FUNCTIONS, PACKAGES
from benchmarks.gate_power.worlds import worlds
from entropy_assets.curation.damage.first import score_of
from entropy_assets.curation.damage.inside import Inside


def drop(group: int, share: float, seed: int) -> Drop:
    """Return a drop of two sources whose damaged passages have a large first number."""
    rng = np.random.default_rng([group, seed])
    damage = np.where(rng.random(80) < share, 1 + rng.integers(3, size=80), 0)
    values = rng.normal(size=(80, 8)).astype(np.float32)
    values[:, 0] += 4 * (damage > 0)
    neighbours = rng.integers(80, size=(80, 8))
    sources = np.repeat([f"{group} a", f"{group} b"], 40)
    return Drop(group, float((damage > 0).mean()), damage, sources, Inside(("x",) * 8, values, neighbours))


def drops() -> list[Drop]:
    return [drop(group, share, seed) for group in range(3) for seed in range(6) for share in (0.0, 0.3)]


def test_no_source_is_in_two_groups_or_of_the_test() -> None:
    groups = groups_of()
    used = [source for group in groups for source in group]
    assert len(groups) == N_GROUPS
    assert len(used) == len(set(used))
    assert not set(used) & {*FILES[TEST], *PACKAGES[TEST], *FUNCTIONS[TEST]}
    first = {source for group in groups[:N_HELD_OUT] for source in group}
    assert first == set(worlds(DEVELOPMENT)["dev-first"].sources)


def test_what_is_grown_tells_damaged_drops_and_does_not_depend_on_workers() -> None:
    detector, told = grown(drops(), 1)
    assert told["drops"] == 36
    assert set(told["seen by share"].values()) == {1.0}  # type: ignore[attr-defined]
    assert max(told["sound beyond by group"]) < 0.5  # type: ignore[call-overload]
    assert grown(drops(), 2)[0].to_bytes() == detector.to_bytes()
    same = np.tile(detector.usual, (2, 1))
    assert score_of(same, np.full(2, 0.5), detector.usual, detector.scatter) < detector.limit
