"""Which layout a row has, by its keys; where several fit, the one that says all that the others say.

What belongs here: telling layouts apart. What does not: the layouts themselves (`forms`, `pairs`), and what
becomes of a row (`layouts`).
"""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from entropy_assets.curation.ingest.context import CONTEXT
from entropy_assets.curation.ingest.forms import LAYOUTS, MARKS, WEAK, Content
from entropy_assets.curation.ingest.pairs import PAIR_KEYS, PAIRS
from entropy_assets.curation.ingest.prompts import PROMPTS, UNANSWERED, are_turns
from entropy_assets.curation.ingest.reasons import Reason, Refused, Unplaced
from entropy_assets.curation.ingest.turns import Extras

ALL_LAYOUTS = {**LAYOUTS, **PAIRS, PROMPTS: UNANSWERED}
"""Name -> layout."""

ALL_MARKS = MARKS | PAIR_KEYS
"""Keys that tell these layouts apart."""


def layout_of(row: Mapping[str, Any], aside: Sequence[str]) -> str:
    """Return the name of the layout that a row fits, from which the drop has put keys `aside`.

    A null counts as an absent key wherever the other keys make a layout (a table with all columns).

    Raises
    ------
    Unplaced
        It fits none.
    Refused
        It fits several that say different things.
    """
    marks = ALL_MARKS.intersection(row)
    given = frozenset([key for key in marks if row[key] is not None])
    fits = fits_of(given) or fits_of(marks)
    if not fits and are_turns(row.get("prompt")):
        return PROMPTS
    if not fits:
        found = ", ".join(map(repr, row)) or "none"
        told = f"; drop.toml takes {', '.join(map(repr, aside))} out of them, and no layout is left"
        raise Unplaced(f"the fields are {found}", advice=told if aside else "")
    return fits[0] if len(fits) == 1 else _fullest(row, fits)


@functools.cache
def fits_of(marks: frozenset[str]) -> tuple[str, ...]:
    """Return the names of the layouts whose needed keys are all there, longer ones hiding their parts."""
    all_ = [name for name, (needed, _, _) in LAYOUTS.items() if needed <= marks]
    fits = [name for name in all_ if not any(LAYOUTS[name][0] < LAYOUTS[other][0] for other in all_)]
    strong = [name for name in fits if name not in WEAK]
    if fits and fits != ["text"]:
        return tuple(strong if strong and strong != ["text"] else fits)
    pair = next((name for name, (needed, _, _) in PAIRS.items() if needed <= marks), None)
    return tuple([*fits, pair] if pair else fits)


def _fullest(row: Mapping[str, Any], fits: tuple[str, ...]) -> str:
    """Return the one of several layouts whose reading says all that the others say.

    Published sets often carry an example twice: its chat template filled in as `text`, or a preference
    with the conversation that it was cut from. The fields of the other layouts go to the metadata.

    Raises
    ------
    Refused
        None of them says all.
    """
    readings: dict[str, Content] = {}
    for name in fits:
        if name == "text" and isinstance(row["text"], str) and not row["text"].strip():
            continue
        try:
            readings[name] = ALL_LAYOUTS[name][2](row, Extras())
        except Refused:
            break
    else:
        for name, content in readings.items():
            if all(_says(content, other) for other in readings.values()):
                return name
    raise Refused(
        Reason.ambiguous_layout,
        f"the fields fit {' and '.join(fits)}, and these differ{_what_to_do(row, fits)}",
    )


def _what_to_do(row: Mapping[str, Any], fits: tuple[str, ...]) -> str:
    """Return what to write where layouts differ: a context may stand behind the question of one of them."""
    behind = [
        key for key in CONTEXT if row.get(key) and not any(key in ALL_LAYOUTS[name][0] for name in fits)
    ]
    own = behind or sorted(ALL_LAYOUTS[fits[-1]][0].difference(*(ALL_LAYOUTS[name][0] for name in fits[:-1])))
    names = ", ".join(f'"{key}"' for key in own)
    what = "that is about the record" if behind else "to read the others"
    return f"; in drop.toml beside the data write metadata = [{names}] {what}, or keep one" if own else ""


def _says(content: Content, other: Content) -> bool:
    """Return whether a record says all that another reading of its row does."""
    if content == other:
        return True
    if content["kind"] == "text" or other["kind"] == "preference":
        return False
    turns = content.get("messages") or [*content["prompt"], *content["chosen"]]
    if other["kind"] == "chat":
        pairs = zip(turns, other["messages"], strict=False)
        return len(turns) == len(other["messages"]) and all(his.items() <= own.items() for own, his in pairs)
    at = 0
    for line in [line.strip() for turn in turns for line in turn["content"].split("\n")]:
        found = other["text"].find(line, at)
        if found < 0:
            return False
        at = found + len(line)
    return True
