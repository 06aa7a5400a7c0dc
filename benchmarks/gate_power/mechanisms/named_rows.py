"""Damage that needs other rows, the question or passages, named before the detectors were built: development.

What belongs here: swapped roles, joins, mixed languages. What does not: damage to one text (`named`).
"""

from collections.abc import Sequence

import numpy as np

from benchmarks.gate_power.mechanisms.contract import DEVELOPMENT, Registry
from benchmarks.gate_power.mechanisms.named import sentences
from benchmarks.gate_power.mechanisms.passages import PASSAGES
from entropy_assets.demo.faults import Fault
from entropy_assets.demo.harvest import Row

NAMED_ROWS = Registry(DEVELOPMENT)


@NAMED_ROWS.rows("role swaps", "question")
def roles_swapped(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with question and answer in each other's place."""
    return [{**v, "instruction": v["output"], "input": "", "output": v["instruction"]} for v in victims]


@NAMED_ROWS.rows("role swaps", "question")
def answer_in_question(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with the answer's first half at the end of the question, and the rest as answer."""
    damaged = []
    for victim in victims:
        text = victim["output"]
        half = max(1, text.rfind(" ", 0, len(text) // 2 + 1))
        told = f"{victim['instruction']}\n{text[:half]}"
        damaged.append({**victim, "instruction": told, "output": text[half:].strip() or text})
    return damaged


def languages_mixed(foreign: Sequence[str]) -> Fault:
    """Return the damage that puts sentences of another language in place of a third of an answer's."""

    def damage(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
        damaged = []
        for victim in victims:
            own, other = sentences(victim["output"]), sentences(foreign[int(rng.integers(len(foreign)))])
            places = rng.permutation(len(own))[: max(1, len(own) // 3)]
            for place in places:
                own[int(place)] = other[int(rng.integers(len(other)))]
            damaged.append({**victim, "output": " ".join(own)})
        return damaged

    return damage


NAMED_ROWS.add("languages_mixed", "languages", languages_mixed(PASSAGES), foreign=languages_mixed)
