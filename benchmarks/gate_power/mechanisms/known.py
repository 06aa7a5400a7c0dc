"""Mechanisms of the first table of the gate, beside those of the demonstration: all are development.

What belongs here: what the rules of 2026-11 were chosen and shown on. What does not: mechanisms that were
named later (`named`, `named_rows`).
"""

import html
import re
from collections.abc import Sequence

import numpy as np

from benchmarks.gate_power.mechanisms.contract import DEVELOPMENT, Registry
from benchmarks.gate_power.mechanisms.passages import PASSAGES
from entropy_assets.demo.faults import Fault, binary_noise, near_copies, word_salad
from entropy_assets.demo.harvest import Row

COPIES = 20
"""Rows that share one template, one refused question or one copied row."""

SLOT_SHARE = 0.3
"""Share of a template's words that differ from copy to copy: too many for near-dedup."""

TYPO_SHARE = 0.05
"""Share of the characters that are dropped, doubled or swapped with the next."""

SCAN_SHARE = 0.25
"""Share of the confusable letters that a scan reads wrongly: about one letter in thirty."""

JOINED_SHARE = 0.3
"""Share of the spaces that are lost where words run together."""

_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"\S+")
_SPACE = re.compile(r"(?<=\S) (?=\S)")
_CONFUSED = {"rn": "m", "m": "rn", "l": "1", "O": "0", "I": "l", "S": "5", "cl": "d", "B": "8", "h": "b"}
_CONFUSABLE = re.compile("|".join(sorted(_CONFUSED, key=len, reverse=True)))
_TAGS = ("p", 'div class="text"', "li", 'span style="font-weight:400"', "td")
_TYPOGRAPHY = str.maketrans(
    {"'": "\u2019", '"': "\u201d", "-": "\u2014", "`": "\u2018", " ": "\u00a0", "*": "\u2022"}
)

_REFUSALS = (
    "I am sorry, but as a language model I cannot help with {}. Please ask me about something else instead.",
    "Unfortunately I do not have enough information about {} to give you a useful answer at this time.",
    "As an artificial intelligence I am not able to answer questions on {}; you may want to ask an expert.",
    "I apologise for the inconvenience, but {} is outside of what I have been allowed to talk about here.",
)

KNOWN = Registry(DEVELOPMENT)
KNOWN.add("near_copies", "copies", near_copies)
KNOWN.add("word_salad", "word order", word_salad, "words")
KNOWN.add("blobs", "noise", binary_noise)


@KNOWN.rows("copies")
def exact_copies(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return copies of a few intact rows, word by word, `COPIES` of each."""
    return repeated(victims, intact, rng)


@KNOWN.rows("templates", "words")
def template_flood(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return a few intact rows again and again, a third of their words drawn from the victims' answers."""
    flood = []
    for victim, template in zip(victims, repeated(victims, intact, rng), strict=True):
        own = _WORD.findall(victim["output"])

        def fill(found: re.Match[str], own: list[str] = own) -> str:
            return own[int(rng.integers(len(own)))] if own and rng.random() < SLOT_SHARE else found[0]

        flood.append({**template, **{part: _WORD.sub(fill, template[part]) for part in ("input", "output")}})
    return flood


@KNOWN.text("typing")
def typing_noise(text: str, rng: np.random.Generator) -> str:
    """Return a text with `TYPO_SHARE` of its characters dropped, doubled or swapped."""
    characters = list(text)
    for place in np.flatnonzero(rng.random(len(characters)) < TYPO_SHARE):
        match int(rng.integers(3)):
            case 0:
                characters[place] = ""
            case 1:
                characters[place] *= 2
            case _ if place + 1 < len(characters):
                pair = characters[place : place + 2]
                characters[place : place + 2] = pair[::-1]
    return "".join(characters) or text


@KNOWN.text("encodings")
def mojibake(text: str, rng: np.random.Generator) -> str:
    """Return a text with typographic signs and fixed spaces, whose UTF-8 was read as Windows-1252.

    Half of them go through it twice. Letters and digits stay as they were.
    """
    text = text.translate(_TYPOGRAPHY)
    for _ in range(int(rng.integers(1, 3))):
        text = text.encode().decode("cp1252", errors="replace")
    return text


@KNOWN.text("encodings")
def utf16(text: str, rng: np.random.Generator) -> str:
    """Return a text whose UTF-16 was read in the wrong byte order, or as Latin-1."""
    wrong = "utf-16-be" if rng.random() < 0.5 else "latin-1"
    return text.encode("utf-16-le").decode(wrong, errors="replace")


@KNOWN.rows("refusals")
def refusals(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with one of a few refusals for an answer, which name the subject in three words."""
    damaged = []
    for victim in victims:
        subject = " ".join(_WORD.findall(victim["instruction"] or victim["output"])[-3:])
        sentence = _REFUSALS[int(rng.integers(len(_REFUSALS)))].format(subject)
        damaged.append({**victim, "output": sentence})
    return damaged


@KNOWN.text("cuts")
def truncated(text: str, rng: np.random.Generator) -> str:
    """Return a text cut after 30 to 80 % of its characters."""
    return text[: max(1, int(len(text) * rng.uniform(0.3, 0.8)))]


def language_changed(foreign: Sequence[str]) -> Fault:
    """Return the damage that puts passages of another language in place of the answers."""

    def damage(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
        order = rng.permutation(len(foreign))
        replaced = []
        for number, victim in enumerate(victims):
            passage = foreign[order[number % len(foreign)]]
            n_characters = min(len(passage), max(len(victim["output"]), 80))
            start = int(rng.integers(len(passage) - n_characters + 1))
            replaced.append({**victim, "output": passage[start : start + n_characters].strip() or passage})
        return replaced

    return damage


KNOWN.add("language_changed", "languages", language_changed(PASSAGES), foreign=language_changed)


@KNOWN.rows("wrong joins", "question", semantic=True)
def shuffled_answers(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with each other's answers, within their source: no row keeps its own."""
    answers: dict[int, str] = {}
    for places in by_source(victims).values():
        mixed = rng.permutation(places)
        answers |= {int(a): victims[int(b)]["output"] for a, b in zip(mixed, np.roll(mixed, 1), strict=True)}
    return [{**victim, "output": answers[place]} for place, victim in enumerate(victims)]


@KNOWN.rows("wrong joins", "question", semantic=True)
def contradictory(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the questions of a few intact rows, each with the answers of `COPIES` victims."""
    return [
        {**template, "output": victim["output"]}
        for victim, template in zip(victims, repeated(victims, intact, rng), strict=True)
    ]


@KNOWN.text("digits", semantic=True)
def wrong_numbers(text: str, rng: np.random.Generator) -> str:
    """Return a text with another last number, of as many digits."""
    found = list(_NUMBER.finditer(text))
    if not found:
        return text
    low, high = found[-1].span()
    other = (int(found[-1][0]) + int(rng.integers(1, 9))) % 10 ** (high - low)
    return f"{text[:low]}{other:0{high - low}d}{text[high:]}"


@KNOWN.rows("wrong joins", semantic=True)
def mislabelled(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims' contents moved on by half of them in order of source: most change their source."""
    order = sorted(range(len(victims)), key=lambda place: victims[place]["source"])
    moved = np.roll(order, len(order) // 2)
    contents = {place: victims[int(other)] for place, other in zip(order, moved, strict=True)}
    return [contents[place] for place in range(len(victims))]


@KNOWN.text("scans", "letters")
def scan_errors(text: str, rng: np.random.Generator) -> str:
    """Return a text with `SCAN_SHARE` of the letters that a scanner confuses read as the wrong one."""
    return _CONFUSABLE.sub(lambda found: _CONFUSED[found[0]] if rng.random() < SCAN_SHARE else found[0], text)


@KNOWN.text("markup")
def markup(text: str, rng: np.random.Generator) -> str:
    """Return a text as a page that was never cleaned: tags around lines, signs as entities."""
    lines = html.escape(text).split("\n")
    tags = [_TAGS[int(rng.integers(len(_TAGS)))] for _ in lines]
    told = [f"<{tag}>{line}</{tag.split()[0]}>" for tag, line in zip(tags, lines, strict=True)]
    return "\n".join(told).replace("  ", "&nbsp;&nbsp;")


@KNOWN.text("white space", "words")
def run_together(text: str, rng: np.random.Generator) -> str:
    """Return a text with `JOINED_SHARE` of the spaces between words lost."""
    return _SPACE.sub(lambda found: "" if rng.random() < JOINED_SHARE else found[0], text)


def repeated(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return a row for each victim: an intact row of its source, the same one `COPIES` times.

    Where nothing is intact the victims themselves are repeated.
    """
    rows = intact or victims
    choices = by_source(rows)
    current: dict[str, Row] = {}
    counts: dict[str, int] = {}
    made = []
    for victim in victims:
        source = victim["source"]
        if counts.get(source, 0) % COPIES == 0:
            places = choices.get(source) or list(range(len(rows)))
            current[source] = rows[places[int(rng.integers(len(places)))]]
        counts[source] = counts.get(source, 0) + 1
        made.append(current[source])
    return made


def by_source(rows: Sequence[Row]) -> dict[str, list[int]]:
    """Return source -> places of its rows."""
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row["source"], []).append(place)
    return places
