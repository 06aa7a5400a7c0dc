"""Labelled texts made by rule: tokens in the published shapes of many services, and look-alikes.

`tuned` is what the rules of screening were chosen on; `kept` has other shapes' variants, other places and
other look-alikes, and was measured after; `beside` has secrets that only a word beside them tells. No token is real: all are drawn by a seeded generator.

What belongs here: shapes and places. What does not: finding them (`benchmarks.sensitive`).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Labelled:
    """A text, what it holds, and the token in it: None where it holds none, but looks as if."""

    kind: str
    text: str
    token: str | None
