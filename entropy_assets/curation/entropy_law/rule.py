"""What a rule of the gate is: one object that says all that its rooms need to know of it.

What belongs here: the form of a rule, and what it stands for. What does not: the rules themselves, which lie
with what measures them (`drop.rules`, `law.rules`), and judging by them (`gate`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

StandsFor = Literal["note", "ask", "hold"]
"""What follows from a rule that fires: it is said, a person is asked, the candidate is held."""
Outcome = Literal["promote", "ask", "hold"]
"""What is decided, from the mildest to the worst."""


@dataclass(frozen=True)
class Rule:
    """One rule of the gate.

    Parameters
    ----------
    code
        Its name, by which an override sets it aside.
    stands_for
        What follows where it fires: `hold` for damage, for harm to held-out data and for what cannot be
        trusted; `ask` for what is well formed and unlike anything promoted; `note` for a difference, which is
        never against promotion.
    limit
        Name of the policy's limit.
    unit
        Unit of the measured value.
    why
        What it means when it fires.
    do
        What to do then.
    novel_limit
        Name of another limit for strata without reference; empty where there is none.
    asks_when_unsure
        Whether a person is asked where the value is within the limit and its noise is not.
    """

    code: str
    stands_for: StandsFor
    limit: str
    unit: str
    why: str
    do: str
    novel_limit: str = ""
    asks_when_unsure: bool = True


def worst(stand_for: Iterable[StandsFor]) -> Outcome:
    """Return the outcome that follows from what several reasons stand for.

    >>> worst(["note", "ask"]), worst(["note"]), worst(["ask", "hold"])
    ('ask', 'promote', 'hold')
    """
    found = set(stand_for)
    return "hold" if "hold" in found else "ask" if "ask" in found else "promote"
