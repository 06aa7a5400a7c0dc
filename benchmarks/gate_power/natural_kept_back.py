"""Classes of good drops of the test alone. Whoever builds or tunes a detector does not open this module.

What belongs here: classes that no limit was chosen with. What does not: variants of those of development.
"""

import re

from benchmarks.gate_power.natural import LEAST, Draw, random
from benchmarks.gate_power.sources import source_rows
from entropy_assets.demo.harvest import Row


def question_form(draw: Draw) -> list[Row]:
    """Return rows of one source whose questions begin with the same word."""
    found: dict[tuple[str, str], list[Row]] = {}
    for source, rows in sorted(draw.cut.rest.items()):
        for row in rows:
            if row["instruction"]:
                found.setdefault((source, row["instruction"].split()[0]), []).append(row)
    common = sorted(key for key, rows in found.items() if len(rows) >= 2 * LEAST)
    return draw.some(found[common[(7 * draw.number) % len(common)]])


def neighbours(draw: Draw) -> list[Row]:
    """Return rows of one source that stand beside each other in its file."""
    source = draw.source()
    rest = {row["id"]: row for row in draw.cut.rest[source]}
    ordered = [
        rest[row["id"]] for row in source_rows(draw.data, draw.world.split, source) if row["id"] in rest
    ]
    start = int(draw.rng.integers(max(1, len(ordered) - draw.size)))
    return ordered[start : start + draw.size]


def rich_in_numbers(draw: Draw) -> list[Row]:
    """Return rows of the quarter of a source with the largest share of digits."""
    return draw.quarter(lambda row: -sum(map(str.isdigit, row["output"])) / max(1, len(row["output"])))


def typographic(draw: Draw) -> list[Row]:
    """Return a random draw set with curly quotes, real dashes and one sign for the ellipsis."""
    return [{**row, "output": _set(row["output"])} for row in random(draw)]


def _set(text: str) -> str:
    text = re.sub(r'(?<=[\s(\[])"(?=\w)|^"(?=\w)', "\u201c", text)
    text = re.sub(r'(?<=[\w.,!?])"', "\u201d", text)
    text = re.sub(r"(?<=\w)'(?=\w)", "\u2019", text)
    return text.replace(" - ", " \u2013 ").replace("...", "\u2026").replace(" -- ", " \u2014 ")


KEPT_BACK = [question_form, neighbours, rich_in_numbers, typographic]
