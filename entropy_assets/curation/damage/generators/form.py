"""Damage to the form of a text: escapes, encodings, white space, markup.

What belongs here: damage that a reader or an exporter does. What does not: damage to words (`wording`).
"""

import base64
import html
import json
import re
import urllib.parse
from collections.abc import Callable

import numpy as np

from entropy_assets.curation.damage.generators.contract import (
    Generator,
    answers,
    each_word,
    in_part,
    pick,
)

ESCAPES, ENCODED, MOJIBAKE = "escaped text", "encoded data or random letters", "a broken encoding"
SPACE, MARKUP = "broken white space", "remains of markup"

_BREAKS = ("\\n", "/n", "<br>", "<br/>", "\\r\\n", " | ", "¶", "_x000D_")
_TAGS = ('div class="text"', "p", "li", 'span style="x"', "td", "b", 'section id="m1"', "w:t", "font size=2")
_TYPOGRAPHY = str.maketrans({"'": "’", '"': "”", "-": "—"})
_PAGES = ("cp1252", "latin-1", "cp437", "cp1251")
_CODES: tuple[Callable[[bytes], str], ...] = (
    lambda data: base64.b64encode(data).decode(),
    lambda data: base64.b32encode(data).decode(),
    lambda data: base64.b85encode(data).decode(),
    bytes.hex,
)
_UNSEEN = (
    "\0",
    "\x01",
    "\x07",
    "\x0b",
    "\x1b",
    "\x7f",
    "\x92",
    "\u200b",
    "\u200e",
    "\ufeff",
    "\ue000",
    "\u00ad",
)
"""Signs that are not seen and do not belong into text."""
_FIELDS = ("text", "output", "response", "content", "answer", "completion")


def _json_escape(text: str, rng: np.random.Generator) -> str:
    for _ in range(int(rng.integers(1, 3))):
        text = json.dumps(text, ensure_ascii=bool(rng.random() < 0.7))
        text = text[1:-1] if rng.random() < 0.7 else text
    return text


def _html_escape(text: str, rng: np.random.Generator) -> str:
    text = html.escape(text)
    if rng.random() < 0.3:
        text = text.replace(" ", "&nbsp;")
    return html.escape(text) if rng.random() < 0.3 else text


def _light_escape(text: str, rng: np.random.Generator) -> str:
    text = text.replace("\n", pick(_BREAKS, rng)).replace("'", pick(("'", "\\'", "&#39;"), rng))
    return text.replace('"', pick(('"', '\\"', '""', "&quot;"), rng))


def _url_escape(text: str, rng: np.random.Generator) -> str:
    return pick((urllib.parse.quote, urllib.parse.quote_plus), rng)(text, errors="replace")


def _code_points(text: str, rng: np.random.Generator) -> str:
    def shown(sign: str) -> str:
        if sign == " " or (sign.isalnum() and rng.random() < 0.8) or ord(sign) > 0xFFFF:
            return sign
        return f"\\u{ord(sign):04x}"

    return "".join(map(shown, text))


def _encoded(text: str, rng: np.random.Generator) -> str:
    code = pick(_CODES, rng)
    return in_part(text, rng, lambda part: code(part.encode(errors="replace")))


def _rotated(text: str, rng: np.random.Generator) -> str:
    shift = int(rng.integers(1, 26))

    def turn(found: re.Match[str]) -> str:
        first = 97 if found[0].islower() else 65
        return chr((ord(found[0]) - first + shift) % 26 + first)

    return re.sub("[A-Za-z]", turn, text)


def _gibberish(text: str, rng: np.random.Generator) -> str:
    return each_word(text, lambda word: "".join(chr(97 + int(x)) for x in rng.integers(0, 26, len(word))))


def _mojibake(text: str, rng: np.random.Generator) -> str:
    text = text.translate(_TYPOGRAPHY) if rng.random() < 0.8 else text
    text = text.replace(" ", "\u00a0", int(rng.integers(0, 6)))
    for _ in range(int(rng.integers(1, 3))):
        text = text.encode(errors="replace").decode(pick(_PAGES, rng), errors="replace")
    return text


def _replaced(text: str, rng: np.random.Generator) -> str:
    sign, share = pick(("\ufffd", "?", "□", "_"), rng), rng.uniform(0.5, 0.8)

    def shown(own: str) -> str:
        odd = not own.isascii() or not (own.isalnum() or own.isspace()) or rng.random() < 0.02
        return sign if odd and rng.random() < share else own

    return "".join(map(shown, text))


def _utf16(text: str, rng: np.random.Generator) -> str:
    data = text.encode("utf-16-le", errors="replace")
    return data.decode(pick(("utf-16-be", "latin-1"), rng), errors="replace")


def _controls(text: str, rng: np.random.Generator) -> str:
    sign, share = pick(_UNSEEN, rng), float(np.exp(rng.uniform(np.log(0.002), np.log(0.2))))
    places = np.flatnonzero(rng.random(len(text)) < share)
    told = list(text or " ")
    for place in places if len(places) else [int(rng.integers(len(told)))]:
        told[place] = sign + told[place]
    return "".join(told)


def _one_line(text: str, rng: np.random.Generator) -> str:
    return re.sub(r"\s+", pick((" ", " ", " ", "", "  "), rng), text)


def _joined(text: str, rng: np.random.Generator) -> str:
    share = rng.uniform(0.1, 0.9)
    return re.sub(r"(?<=\S) (?=\S)", lambda _: "" if rng.random() < share else " ", text)


def _spaced(text: str, rng: np.random.Generator) -> str:
    if rng.random() < 0.4:
        return " ".join(text)
    share = rng.uniform(0.05, 0.4)
    return "".join(sign + (" " if sign.isalpha() and rng.random() < share else "") for sign in text)


def _wrapped(text: str, rng: np.random.Generator) -> str:
    width, mark = int(rng.integers(15, 90)), pick(("\n", "\n", "-\n"), rng)
    line = re.sub(r"\s+", " ", text)
    return mark.join(line[start : start + width] for start in range(0, len(line), width))


def _broken_lines(text: str, rng: np.random.Generator) -> str:
    share, mark = rng.uniform(0.1, 0.6), pick(("\n", "\n\n", "\t", "   ", "\n    "), rng)
    return re.sub(" ", lambda _: mark if rng.random() < share else " ", text)


def _flattened(text: str, rng: np.random.Generator) -> str:
    if "\n" not in text:
        return re.sub(r"([.,])\s", r"\1", text)
    return re.sub(r"(?m)^[ \t]+", "", re.sub(r"\n{2,}", "\n", text))


def _tagged(text: str, rng: np.random.Generator) -> str:
    told = html.escape(text) if rng.random() < 0.5 else text
    tags = [pick(_TAGS, rng) for _ in told.split("\n")]
    lines = [f"<{tag}>{line}</{tag.split()[0]}>" for tag, line in zip(tags, told.split("\n"), strict=True)]
    return pick(("\n", "\n", ""), rng).join(lines)


def _inline(text: str, rng: np.random.Generator) -> str:
    begin, end = pick(
        (("<b>", "</b>"), ("\\textbf{", "}"), ('<a href="/x">', "</a>"), ("{{", "}}"), ("[[", "]]")), rng
    )
    share = rng.uniform(0.05, 0.3)
    return each_word(text, lambda word: f"{begin}{word}{end}" if rng.random() < share else word)


def _as_object(text: str, rng: np.random.Generator) -> str:
    held: dict[str, object] = {pick(_FIELDS, rng): text}
    if rng.random() < 0.5:
        held = {"id": int(rng.integers(100_000)), **held, "finish_reason": "stop"}
    return json.dumps(held, indent=pick((None, 2), rng)) if rng.random() < 0.7 else repr(held)


FORM = (
    Generator("json_escape", ESCAPES, answers(_json_escape)),
    Generator("html_escape", ESCAPES, answers(_html_escape)),
    Generator("light_escape", ESCAPES, answers(_light_escape)),
    Generator("url_escape", ESCAPES, answers(_url_escape)),
    Generator("code_points", ESCAPES, answers(_code_points)),
    Generator("encoded", ENCODED, answers(_encoded)),
    Generator("rotated", ENCODED, answers(_rotated)),
    Generator("gibberish", ENCODED, answers(_gibberish)),
    Generator("mojibake", MOJIBAKE, answers(_mojibake)),
    Generator("replaced", MOJIBAKE, answers(_replaced)),
    Generator("utf16", MOJIBAKE, answers(_utf16)),
    Generator("controls", MOJIBAKE, answers(_controls)),
    Generator("one_line", SPACE, answers(_one_line)),
    Generator("joined", SPACE, answers(_joined)),
    Generator("spaced", SPACE, answers(_spaced)),
    Generator("wrapped", SPACE, answers(_wrapped)),
    Generator("broken_lines", SPACE, answers(_broken_lines)),
    Generator("flattened", SPACE, answers(_flattened)),
    Generator("tagged", MARKUP, answers(_tagged)),
    Generator("inline", MARKUP, answers(_inline)),
    Generator("as_object", MARKUP, answers(_as_object)),
)
"""Generators of this room, in the order in which they are tried."""
