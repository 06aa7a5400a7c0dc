"""The bars that the gate must reach, each from the lines that it speaks about.

What belongs here: which lines a bar counts. What does not: numbers (`rates`) and words (`table`).
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks.gate_power.mechanisms import DEVELOPMENT, TEST, mechanism
from benchmarks.gate_power.natural import NEW
from benchmarks.gate_power.planning import LARGE
from benchmarks.gate_power.rates import Line, rate

REMOVED_SHARE = 0.9
"""From this share of the planted rows on, a drop counts as mended by a stage before the gate."""

PLANTED_SHARE = 0.75
"""Share of the damage that was wanted, from which on a drop counts: some mechanisms fit few rows."""

SHARES = (0.2, 0.1, 0.05)


def held(line: Line) -> bool:
    """Return whether a drop was held."""
    return bool(line["outcome"] == "hold")


def asked(line: Line) -> bool:
    """Return whether a person was asked."""
    return bool(line["outcome"] == "ask")


def caught(line: Line) -> bool:
    """Return whether a drop was not let in."""
    return bool(line["outcome"] != "promote")


def truth(line: Line) -> str:
    """Return `good`, `bad`, `removed` (a stage before the gate took nearly all damage), or `weak`.

    A drop that is stopped before the gate, or could not be judged, is what it was meant to be.
    """
    if not line["mechanism"]:
        return "good"
    wanted = 0.1 if line["where"] == "one source" else line["share"]
    if line["planted"] < PLANTED_SHARE * wanted * line["rows"]:
        return "weak"
    taken = line["removed_upstream"] >= REMOVED_SHARE and not line["stopped"]
    return "removed" if taken else "bad"


def split_of(line: Line) -> str:
    """Return the split of a damaged drop's mechanism."""
    return mechanism(line["mechanism"]).split


def bars(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return the rows of the table: what, bar, and the rate with its interval.

    `reached` is None where there is no line.
    """
    lines = [line for line in lines if line["outcome"] != "failed"]
    alone = [line for line in lines if not line["twin"]]
    mixed = [line for line in alone if line["form"] == "mixed"]
    good = [line for line in mixed if truth(line) == "good"]
    bad = [line for line in mixed if truth(line) == "bad"]
    found = [*_good(good), *_shares(bad), *_special(alone, bad), *_forms(alone)]
    return [*found, *_twins(lines), *_halves(lines)]


def _row(what: str, bar: float, most: bool, lines: Sequence[Line], hit: Callable[[Line], bool]) -> Line:
    found = rate(lines, hit)
    reached = None if found["share"] is None else (found["share"] <= bar) == most or found["share"] == bar
    return {"what": what, "bar": bar, "most": most, "reached": reached, **found}


def _good(good: Sequence[Line]) -> Iterator[Line]:
    random = [line for line in good if line["natural_class"] == "random"]
    natural = [line for line in good if line["natural_class"] != "random"]
    known = [line for line in natural if line["natural_class"] not in NEW]
    yield _row("good drops held, random draws", 0.01, True, random, held)
    yield _row("good drops held, natural classes together", 0.03, True, natural, held)
    by_class: dict[str, list[Line]] = {}
    for line in natural:
        by_class.setdefault(line["natural_class"], []).append(line)
    worst = max(by_class.values(), key=lambda own: rate(own, held)["share"], default=[])
    yield _row("good drops held, the worst natural class", 0.10, True, worst, held)
    yield _row("good drops asked about, random draws", 0.01, True, random, asked)
    yield _row("good drops asked about, natural classes of known sources", 0.05, True, known, asked)
    yield _row("good drops asked about, new sources", 0.30, True, by_class.get("new_source", []), asked)


def _shares(bad: Sequence[Line]) -> Iterator[Line]:
    large = [line for line in bad if line["where"] == "spread" and line["size"] >= LARGE]
    told = [line for line in large if not mechanism(line["mechanism"]).semantic]
    used = [line for line in told if split_of(line) == DEVELOPMENT]
    unused = [line for line in told if split_of(line) == TEST]
    for lines, words, limits in (
        (used, "mechanisms of development", ((0.97, 0.90), (0.90, 0.70), (0.40, 0.20))),
        (unused, "mechanisms never used", ((0.85, 0.50), (0.60, 0.30))),
    ):
        for share, (either, alone) in zip(SHARES, limits, strict=False):
            own = [line for line in lines if line["share"] == share]
            yield _row(f"{words}, {share:.0%}, held or asked", either, False, own, caught)
            yield _row(f"{words}, {share:.0%}, held", alone, False, own, held)
    small = [line for line in bad if line["where"] == "spread" and line["size"] < LARGE]
    small = [x for x in small if x["share"] == 0.2 and not mechanism(x["mechanism"]).semantic]
    yield _row("drops of 80 to 200 rows, 20%, held or asked", 0.80, False, small, caught)


def _special(alone: Sequence[Line], bad: Sequence[Line]) -> Iterator[Line]:
    first = [line for line in alone if line["where"] == "first" and truth(line) == "bad"]
    yield _row("a first version with 20% of damage, held or asked", 0.80, False, first, caught)
    new = [line for line in bad if line["where"] == "new name"]
    yield _row("60 to 100% damaged under a new name, held or asked", 0.95, False, new, caught)
    destroyed = [line for line in bad if line["where"] == "one source"]
    yield _row("one source of three destroyed, held", 0.95, False, destroyed, held)


def _forms(alone: Sequence[Line]) -> Iterator[Line]:
    forms = sorted({line["form"] for line in alone} - {"mixed"})
    for form in forms:
        own = [line for line in alone if line["form"] == form]
        good = [line for line in own if truth(line) == "good"]
        yield _row(f"pools: {form}, good drops held", 0.10, True, good, held)
        if form != "first":
            bad = [line for line in own if truth(line) == "bad"]
            yield _row(f"pools: {form}, 20% damaged, held or asked", 0.80, False, bad, caught)


def _twins(lines: Sequence[Line]) -> Iterator[Line]:
    known = {_key(line): line["outcome"] for line in lines}
    twins = [x for x in lines if x["twin"] in ("renamed", "reordered") and _key(x | {"twin": ""}) in known]
    yield _row(
        "renamed and reordered twins, the same outcome", 1.0, False, twins,
        lambda line: bool(known[_key(line | {"twin": ""})] == line["outcome"]),
    )  # fmt: skip


def _halves(lines: Sequence[Line]) -> Iterator[Line]:
    known = {_key(line): line for line in lines}
    whole = []
    for line in lines:
        pair = [known.get(_key(line | {"twin": f"half {n}"})) for n in (1, 2)]
        if not line["twin"] and held(line) and None not in pair and truth(line) == "bad":
            whole.append(line | {"let_in": all(not caught(half) for half in pair if half)})
    yield _row(
        "halves of held drops, not wholly in", 1.0, False, whole, lambda line: not line["let_in"]
    )  # fmt: skip


def _key(line: Line) -> tuple[Any, ...]:
    names = ("split", "world", "size", "number", "natural_class", "mechanism", "share", "where", "twin")
    return tuple(line[name] for name in names)
