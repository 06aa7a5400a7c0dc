"""The drops whose verdicts `make bench-verdict` times: random draws against a large pool.

What belongs here: that pool and its drops. What does not: damage; seconds are counted in `table`.
"""

from benchmarks.gate_power.cases import Case
from benchmarks.gate_power.mechanisms import DEVELOPMENT
from benchmarks.gate_power.worlds import COST

N_DROPS = {140: 24, 1_400: 5, 7_000: 1}


def cost_cases() -> list[Case]:
    """Return the good drops that are timed, the small ones first."""
    return [Case(DEVELOPMENT, COST, size, number) for size, n in N_DROPS.items() for number in range(n)]
