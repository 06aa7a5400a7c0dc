r"""Secrets in tables: in a column that is headed *password* or *api key*, and beside a cell that says so.

Tables are those of Markdown, of signs between values (``,``, ``;``, tab), and of HTML. A cell must be the
name and nothing else, and a value must look made up.

What belongs here: tables. What does not: what a value is (`placeholders`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from entropy_assets.curation.screening.findings import Match
from entropy_assets.curation.screening.named import KEY, PASSWORD
from entropy_assets.curation.screening.placeholders import is_drawn, is_made_up

_HEAD = re.compile(
    rf"(?:(?:user|admin|root|db|wifi|wlan|login|initial|current|new|our|the)[ _-]?)?"
    rf"(?:(?P<password>(?:{PASSWORD})s?)"
    rf"|(?P<key>(?!token|credential){KEY}s?|(?:api|access|auth)[ _-]?tokens?))",
    re.IGNORECASE,
)
_SIGNS = ("|", "\t", ",", ";")
_AROUND = " \t\r\"'`*:"
MAX_ROWS, MAX_CELLS, MAX_LINE = 200, 40, 2_000
"""Rows below a head that are read, cells of a row, and characters of a line of a table."""

_ROW = re.compile(r"<tr\b[^<>]{0,200}>(?P<row>(?:(?!</?tr\b)[\s\S]){0,4000})", re.IGNORECASE)
_CELL = re.compile(
    r"<(?:t[hd]|dt|dd)\b[^<>]{0,200}>\s{0,40}(?:<(?:code|b|strong|tt|kbd|p)>)?(?P<cell>[^<>]{0,600})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cell:
    """A cell's text without what stands around it, and where it begins."""

    text: str
    start: int


def tabled_secrets(text: str, places: Sequence[int]) -> Iterator[Match]:
    """Yield the secrets in the tables of a text: what it is, start, end.

    Parameters
    ----------
    text
        Any text.
    places
        Where a word begins or ends that names a secret, sorted.
    """
    if "<t" in text or "<dt" in text or "<T" in text:
        yield from _in_rows(_rows_of_html(text))
        yield from _beside([_cell(*found.span("cell"), text) for found in _CELL.finditer(text)])
    at = 0
    for place in places:
        if place < at:
            continue
        start = text.rfind("\n", 0, place) + 1
        end = text.find("\n", place)
        at = end = len(text) if end < 0 else end
        line = text[start:end] if end - start <= MAX_LINE else ""
        sign = next((sign for sign in _SIGNS if sign in line), None)
        head = [] if sign is None else _cells(text, start, end, sign)
        if sign is None or not any(_HEAD.fullmatch(cell.text) for cell in head):
            continue
        if sign == "|":
            yield from _beside(head)
        below = [*_lines_below(text, end + 1, sign)]
        at = max(at, below[-1][-1].start) if below else at
        yield from _in_rows([head, *below])


def _in_rows(rows: list[list[Cell]]) -> Iterator[Match]:
    """Yield what stands in the columns whose first cell names it; another number of cells ends a table."""
    columns: list[tuple[int, bool]] = []
    width = 0
    for row in rows:
        heads = [(n, found) for n, cell in enumerate(row) if (found := _HEAD.fullmatch(cell.text))]
        if heads and len(row) > 1:
            columns, width = [(n, bool(found["key"])) for n, found in heads], len(row)
        elif len(row) == width:
            for n, is_key in columns:
                yield from _told(row[n], is_key=is_key)
        else:
            columns = []


def _beside(cells: list[Cell]) -> Iterator[Match]:
    for cell, after in pairwise(cells):
        if found := _HEAD.fullmatch(cell.text):
            yield from _told(after, is_key=bool(found["key"]))


def _told(cell: Cell, *, is_key: bool) -> Iterator[Match]:
    if is_drawn(cell.text) if is_key else is_made_up(cell.text):
        name = "token" if is_key else "password"
        yield f"{name} in a table", cell.start, cell.start + len(cell.text)


def _lines_below(text: str, start: int, sign: str) -> Iterator[list[Cell]]:
    for _ in range(MAX_ROWS):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if start >= end or end - start > MAX_LINE or text.find(sign, start, end) < 0:
            return
        yield _cells(text, start, end, sign)
        start = end + 1


def _cells(text: str, start: int, end: int, sign: str) -> list[Cell]:
    """Return the cells of a line; of a line that strokes enclose, what they enclose."""
    line = text[start:end]
    if sign == "|":
        stripped = line.strip()
        first = start + line.index(stripped) + stripped.startswith("|") if stripped else start
        end = first + len(stripped.removeprefix("|").removesuffix("|"))
        start, line = first, text[first:end]
    cells = []
    for part in line.split(sign)[:MAX_CELLS]:
        cells.append(_cell(start, start + len(part), text))
        start += len(part) + 1
    return cells


def _cell(start: int, end: int, text: str) -> Cell:
    whole = text[start:end]
    bare = whole.strip(_AROUND + "\n")
    return Cell(bare, start + whole.index(bare))


def _rows_of_html(text: str) -> list[list[Cell]]:
    return [
        [_cell(*found.span("cell"), text) for found in _CELL.finditer(text, *row.span("row"))]
        for row in _ROW.finditer(text)
    ]
