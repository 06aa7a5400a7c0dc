"""Ways to damage a share of the rows of a drop before it is ingested, to see what the gate sees.

A fault is a pure function ``(victims, intact, rng) -> replacements``: one replacement for each victim,
in order; `intact` holds the rows of the drop that stay as they are. It decides the texts only.
`damage_mix` picks the victims, gives each replacement its id and keeps its source, so that a fault
cannot be told by anything but its text. A new fault is one function and one entry in `FAULTS`.

What belongs here: damage to rows. What does not: which rows a drop holds (`entropy_assets.demo.drops`).
"""

import base64
import re
import zlib
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from entropy_assets.demo.harvest import Row
from entropy_assets.errors import InvalidParameter

Fault = Callable[[Sequence[Row], Sequence[Row], np.random.Generator], list[Row]]

COPIES_PER_TEMPLATE = 20
EDITED_WORD_SHARE = 0.05
"""Share of the words of a near-copy that differ from its template; at least two words."""

MIN_TEMPLATE_WORDS = 20
"""Two edits in a shorter answer leave another answer, not a near-copy."""

MIN_SHUFFLED_WORDS = 8
"""A shorter answer keeps most of its n-grams when it is shuffled, so its words are drawn instead."""

_WORD = re.compile(r"\S+")


def damage(rows: Sequence[Row], fault: str, share: float, seed: int) -> list[Row]:
    """Return the rows with a share of them replaced by damaged ones.

    Parameters
    ----------
    rows
        Alpaca rows with unique ids.
    fault
        A key of `FAULTS`.
    share
        Share of the rows to replace, from 0 to 1, rounded to whole rows.
    seed
        Seed of the choice of rows and of the damage.

    Returns
    -------
    list[Row]
        As many rows, in their order. A damaged row has a new id and the source of the row that it
        replaces; the others are unchanged.

    Raises
    ------
    InvalidParameter
        The fault is unknown or the share is out of its range.
    """
    return damage_mix(rows, {fault: share}, seed)


def damage_mix(rows: Sequence[Row], shares: Mapping[str, float], seed: int) -> list[Row]:
    """Return the rows with disjoint parts of them damaged in several ways.

    Parameters
    ----------
    rows
        Alpaca rows with unique ids.
    shares
        Key of `FAULTS` -> share of the rows, from 0 to 1, together at most 1.
    seed
        Seed of the choice of rows and of the damage.

    Returns
    -------
    list[Row]
        As in `damage`.

    Raises
    ------
    InvalidParameter
        A fault is unknown, a share is out of its range, or they add up to more than 1.
    """
    counts = _counts(len(rows), shares)
    # Apart from the other uses of the seed: the rows were often shuffled by the same one.
    rng = np.random.default_rng([seed, zlib.crc32(b"damage")])
    order = [int(position) for position in rng.permutation(len(rows))]
    intact = [rows[position] for position in order[sum(counts.values()) :]]
    damaged = list(rows)
    start = 0
    for fault, count in counts.items():
        positions = order[start : start + count]
        start += count
        replacements = FAULTS[fault]([rows[position] for position in positions], intact, rng)
        for position, replacement in zip(positions, replacements, strict=True):
            victim = rows[position]
            damaged[position] = {
                **replacement,
                "id": f"{victim['id']}~{fault}",
                "source": victim["source"],
            }
    return damaged


def _counts(n_rows: int, shares: Mapping[str, float]) -> dict[str, int]:
    """Return the number of rows of each fault: cumulative shares are rounded, so that the sum is right."""
    for fault, share in shares.items():
        if fault not in FAULTS:
            raise InvalidParameter(f"fault {fault!r} is unknown: choose one of {', '.join(FAULTS)}")
        if not 0 <= share <= 1:
            raise InvalidParameter(f"the share of {fault!r} must lie between 0 and 1, got {share}")
    bounds = [round(n_rows * total) for total in np.cumsum([0.0, *shares.values()])]
    if bounds[-1] > n_rows:
        raise InvalidParameter(f"the shares of all faults must be at most 1 together, got {dict(shares)}")
    return {fault: bounds[i + 1] - bounds[i] for i, fault in enumerate(shares)}


def near_copies(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return a flood: copies of a few intact rows with a few words replaced or swapped.

    `COPIES_PER_TEMPLATE` copies share a template, which is an intact row of the victim's own source
    (of any source where none is left, and a victim where no row is).
    """
    templates = _templates(victims, intact, rng)
    return [
        {**template, "output": _edited(template["output"], _words(victim), rng)}
        for victim, template in zip(victims, templates, strict=True)
    ]


def _templates(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the row that each victim becomes a near-copy of."""
    fitting = [row for row in intact if len(_words(row)) >= MIN_TEMPLATE_WORDS]
    by_source: dict[str, list[Row]] = {}
    for row in fitting:
        by_source.setdefault(row["source"], []).append(row)
    fallback = fitting or intact or victims
    current: dict[str, Row] = {}
    n_copies: dict[str, int] = {}
    templates = []
    for victim in victims:
        source = victim["source"]
        if n_copies.get(source, 0) % COPIES_PER_TEMPLATE == 0:
            choices = by_source.get(source, fallback)
            current[source] = choices[int(rng.integers(len(choices)))]
        n_copies[source] = n_copies.get(source, 0) + 1
        templates.append(current[source])
    return templates


def _edited(text: str, vocabulary: Sequence[str], rng: np.random.Generator) -> str:
    """Return a text in which a few words are swapped with the next one or replaced from a vocabulary."""
    words = _WORD.findall(text)
    if not words:
        return text
    for position in rng.choice(len(words), size=_n_edits(len(words)), replace=False):
        if position + 1 < len(words) and rng.random() < 0.5:
            words[position], words[position + 1] = words[position + 1], words[position]
        elif vocabulary:
            words[position] = vocabulary[int(rng.integers(len(vocabulary)))]
    return _with_words(text, words)


def _n_edits(n_words: int) -> int:
    return min(n_words, max(2, round(EDITED_WORD_SHARE * n_words)))


def word_salad(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with the words of the answer out of order; the white space between them stays.

    By the toss of a coin an answer is a shuffle of its own words, or words drawn from all answers of
    the drop by their frequency. Either way n-grams are gone and the counts of words are what they were.
    """
    vocabulary = [word for row in [*victims, *intact] for word in _words(row)]
    salads = []
    for victim in victims:
        words = _words(victim)
        if len(words) >= MIN_SHUFFLED_WORDS and rng.random() < 0.5:
            mixed = [words[i] for i in rng.permutation(len(words))]
        else:
            mixed = [vocabulary[i] for i in rng.integers(len(vocabulary), size=len(words))] if words else []
        salads.append({**victim, "output": _with_words(victim["output"], mixed)})
    return salads


def binary_noise(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with random bytes for an answer: base64, hexadecimal or Latin-1, in equal parts.

    The answer keeps its length in characters.
    """
    return [
        {**victim, "output": _ENCODINGS[int(rng.integers(len(_ENCODINGS)))](rng, len(victim["output"]))}
        for victim in victims
    ]


_ENCODINGS: tuple[Callable[[np.random.Generator, int], str], ...] = (
    lambda rng, n_chars: base64.b64encode(rng.bytes(n_chars)).decode()[:n_chars],
    lambda rng, n_chars: rng.bytes(n_chars).hex()[:n_chars],
    lambda rng, n_chars: rng.bytes(n_chars).decode("latin-1"),
)


def _words(row: Row) -> list[str]:
    return _WORD.findall(row["output"])


def _with_words(text: str, words: Sequence[str]) -> str:
    """Return a text with its words exchanged one for one and its white space kept.

    >>> _with_words("one  two", ["three", "four"])
    'three  four'
    """
    left = iter(words)
    return _WORD.sub(lambda _: next(left), text)


FAULTS: dict[str, Fault] = {
    "near_copies": near_copies,
    "word_salad": word_salad,
    "binary_noise": binary_noise,
}
"""Name -> fault."""
