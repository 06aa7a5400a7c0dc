"""Ways to damage rows of a drop before ingest, beside those of the demonstration.

A fault is a pure function ``(victims, intact, rng) -> replacements`` on rows with `instruction`, `input`
and `output`; a text is a row without instruction. It decides the texts only: ids and sources are given
by the caller (`entropy_assets.demo.faults` has the contract).
"""

import html
import re
from collections.abc import Sequence

import numpy as np

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

_REFUSALS = (
    "I am sorry, but as a language model I cannot help with {}. Please ask me about something else instead.",
    "Unfortunately I do not have enough information about {} to give you a useful answer at this time.",
    "As an artificial intelligence I am not able to answer questions on {}; you may want to ask an expert.",
    "I apologise for the inconvenience, but {} is outside of what I have been allowed to talk about here.",
)


def exact_copies(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return copies of a few intact rows, word by word, `COPIES` of each."""
    return _repeated(victims, intact, rng)


def template_flood(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return a few intact rows again and again, a third of their words drawn from the victims' answers."""
    flood = []
    for victim, template in zip(victims, _repeated(victims, intact, rng), strict=True):
        own = _WORD.findall(victim["output"])

        def fill(found: re.Match[str], own: list[str] = own) -> str:
            return own[int(rng.integers(len(own)))] if own and rng.random() < SLOT_SHARE else found[0]

        flood.append({**template, **{part: _WORD.sub(fill, template[part]) for part in ("input", "output")}})
    return flood


def typing_noise(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with `TYPO_SHARE` of the answer's characters dropped, doubled or swapped."""
    return [{**victim, "output": _mistyped(victim["output"], rng)} for victim in victims]


def _mistyped(text: str, rng: np.random.Generator) -> str:
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


def mojibake(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with typographic signs and fixed spaces, whose UTF-8 was read as Windows-1252.

    Half of them went through it twice. Letters and digits stay as they were.
    """
    damaged = []
    for victim in victims:
        text = victim["output"].translate(_TYPOGRAPHY)
        for _ in range(int(rng.integers(1, 3))):
            text = text.encode().decode("cp1252", errors="replace")
        damaged.append({**victim, "output": text})
    return damaged


_TYPOGRAPHY = str.maketrans(
    {"'": "\u2019", '"': "\u201d", "-": "\u2014", "`": "\u2018", " ": "\u00a0", "*": "\u2022"}
)


def utf16(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with UTF-16 answers read in the wrong byte order, or as Latin-1."""
    damaged = []
    for victim in victims:
        data = victim["output"].encode("utf-16-le")
        wrong = "utf-16-be" if rng.random() < 0.5 else "latin-1"
        damaged.append({**victim, "output": data.decode(wrong, errors="replace")})
    return damaged


def refusals(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with one of a few refusals for an answer, which name the subject in three words."""
    damaged = []
    for victim in victims:
        subject = " ".join(_WORD.findall(victim["instruction"] or victim["output"])[-3:])
        sentence = _REFUSALS[int(rng.integers(len(_REFUSALS)))].format(subject)
        damaged.append({**victim, "output": sentence})
    return damaged


def truncated(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with the answer cut after 30 to 80 % of its characters."""
    return [
        {**victim, "output": victim["output"][: max(1, int(len(victim["output"]) * rng.uniform(0.3, 0.8)))]}
        for victim in victims
    ]


def language_changed(foreign: Sequence[str]) -> Fault:
    """Return the fault that puts passages of another language in place of the answers."""

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


def shuffled_answers(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with each other's answers, within their source: no row keeps its own."""
    answers: dict[int, str] = {}
    for places in _by_source(victims).values():
        mixed = rng.permutation(places)
        answers |= {int(a): victims[int(b)]["output"] for a, b in zip(mixed, np.roll(mixed, 1), strict=True)}
    return [{**victim, "output": answers[place]} for place, victim in enumerate(victims)]


def contradictory(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the questions of a few intact rows, each with the answers of `COPIES` victims."""
    return [
        {**template, "output": victim["output"]}
        for victim, template in zip(victims, _repeated(victims, intact, rng), strict=True)
    ]


def wrong_numbers(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with another last number in the answer, of as many digits."""
    damaged = []
    for victim in victims:
        found = list(_NUMBER.finditer(victim["output"]))
        text = victim["output"]
        if found:
            low, high = found[-1].span()
            other = (int(found[-1][0]) + int(rng.integers(1, 9))) % 10 ** (high - low)
            text = f"{text[:low]}{other:0{high - low}d}{text[high:]}"
        damaged.append({**victim, "output": text})
    return damaged


def mislabelled(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims' contents moved on by half of them in order of source: most change their source."""
    order = sorted(range(len(victims)), key=lambda place: victims[place]["source"])
    moved = np.roll(order, len(order) // 2)
    contents = {place: victims[int(other)] for place, other in zip(order, moved, strict=True)}
    return [contents[place] for place in range(len(victims))]


def scan_errors(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with `SCAN_SHARE` of the letters that a scanner confuses read as the wrong one."""

    def misread(found: re.Match[str]) -> str:
        return _CONFUSED[found[0]] if rng.random() < SCAN_SHARE else found[0]

    return [{**victim, "output": _CONFUSABLE.sub(misread, victim["output"])} for victim in victims]


def markup(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims as a page that was never cleaned: tags around lines, signs as entities."""
    damaged = []
    for victim in victims:
        lines = html.escape(victim["output"]).split("\n")
        tags = [_TAGS[int(rng.integers(len(_TAGS)))] for _ in lines]
        told = [f"<{tag}>{line}</{tag.split()[0]}>" for tag, line in zip(tags, lines, strict=True)]
        damaged.append({**victim, "output": "\n".join(told).replace("  ", "&nbsp;&nbsp;")})
    return damaged


def run_together(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return the victims with `JOINED_SHARE` of the spaces between words lost."""

    def join(found: re.Match[str]) -> str:
        return "" if rng.random() < JOINED_SHARE else found[0]

    return [{**victim, "output": _SPACE.sub(join, victim["output"])} for victim in victims]


def _repeated(victims: Sequence[Row], intact: Sequence[Row], rng: np.random.Generator) -> list[Row]:
    """Return a row for each victim: an intact row of its source, the same one `COPIES` times."""
    choices = _by_source(intact)
    current: dict[str, Row] = {}
    counts: dict[str, int] = {}
    repeated = []
    for victim in victims:
        source = victim["source"]
        if counts.get(source, 0) % COPIES == 0:
            places = choices.get(source) or list(range(len(intact)))
            current[source] = intact[places[int(rng.integers(len(places)))]]
        counts[source] = counts.get(source, 0) + 1
        repeated.append(current[source])
    return repeated


def _by_source(rows: Sequence[Row]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        places.setdefault(row["source"], []).append(place)
    return places


STATISTICAL: dict[str, Fault] = {
    "near_copies": near_copies,
    "exact_copies": exact_copies,
    "template_flood": template_flood,
    "word_salad": word_salad,
    "typing_noise": typing_noise,
    "mojibake": mojibake,
    "utf16": utf16,
    "blobs": binary_noise,
    "refusals": refusals,
    "truncated": truncated,
}
"""Faults that show in the bytes; `language_changed` is one more, which needs passages."""

SEMANTIC: dict[str, Fault] = {
    "shuffled_answers": shuffled_answers,
    "contradictory": contradictory,
    "wrong_numbers": wrong_numbers,
    "mislabelled": mislabelled,
}
"""Faults that only a reader sees."""

UNSEEN: dict[str, Fault] = {"scan_errors": scan_errors, "markup": markup, "run_together": run_together}
"""Faults of the test alone: no measurement and no limit was chosen with them in sight."""
