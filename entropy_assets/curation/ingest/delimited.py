r"""Files of comma-separated values -> rows, after RFC 4180, strictly: what would be guessed at is refused.

The first row names the columns. A cell may be quoted, and then hold commas, line feeds and doubled
quotes. A row with a stray quote is one line of quarantine and the next line is read anew; so is a quote
that stays open to the end of the file or beyond the bytes or lines that a row may have.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator

from entropy_assets.curation.ingest.kinds import BARE_RETURNS
from entropy_assets.curation.ingest.layouts import without_empty
from entropy_assets.curation.ingest.objects import parse_value
from entropy_assets.curation.ingest.reasons import INCOMPLETE, Fault, Reason, Refused
from entropy_assets.curation.ingest.rows import Line, Row, Told, Window, decode, too_large
from entropy_assets.curation.ingest.streams import Stream
from entropy_assets.settings import IngestSettings

JSON_COLUMNS = frozenset(["messages", "conversations", "chosen_messages", "rejected_messages", "history"])
"""Columns whose cells must be JSON, since no plain string can be what they hold."""

MAX_ROW_LINES = 1_000_000
"""Lines of one row, at most: an empty one takes a hundred times its byte while it is held."""

_SHOWN_NAMES, _SHOWN_CHARS = 5, 60
_WHOLE, _OPEN, _BROKEN = range(3)
# From the start of a cell to the end of the line; group 1: a quoted last cell is closed.
_CELLS = re.compile(
    rb'(?:(?:"(?:[^"]++|"")*+"|[^",]*+),)*+(?:(?="(?:[^"]++|"")*+("?))"(?:[^"]++|"")*+"?|[^",]*+)'
)
_SEPARATOR_TOLD = re.compile(rb'"?sep=,"?\r?', re.IGNORECASE)
_SEPARATORS = re.compile(r"[;\t|]")
_OBJECT = re.compile(rb'\s*\{\s*"')
_IN_QUOTES = re.compile(rb'(?:[^"]++|"")*+')
_CELL = re.compile(r'(?:"((?:[^"]++|"")*+)"|([^",]*+)),')


def csv_rows(stream: Stream, settings: IngestSettings) -> Iterator[Row | Told | None]:
    """Yield the rows after the header, None for a blank line between rows, and what is told of columns.

    An empty cell is an absent field, unless the layout of the row needs it. `line` is the line on which
    a row begins; the header is no row. Columns of one name are left out, all of them.
    """  # noqa: DOC501 - it never leaves the function
    limit = settings.max_row_bytes
    names: list[str | None] | None = None
    for row in _records(stream, limit):
        if row is None or (row.fault and (names is not None or row.fault.reason in INCOMPLETE)):
            yield row
        elif names is None:
            try:
                found = header_names(row)
                twice = {name for name, count in Counter(found).items() if count > 1}
                names = [None if name in twice else name for name in found]
                if not any(name is not None for name in names):
                    raise Refused(Reason.unreadable_header, _left_out(sorted(twice)))
            except Refused as refused:
                yield row._replace(fault=refused.fault)
                return
            if twice:
                yield Told(_left_out(sorted(twice)))
        else:
            yield _with_value(row, names, settings)


def read_header(stream: Stream, limit: int) -> bytes:
    """Return the bytes of the header; none where there is no row."""
    return next((row.raw for row in _records(stream, limit) if row is not None), b"")


def header_names(header: Row) -> list[str]:
    """Return the names of the columns.

    Raises
    ------
    Refused
        The header is broken, not UTF-8, or no line feed ends it, or its names are not parted by commas.
    """
    if _OBJECT.match(header.raw):
        raise Refused(Reason.unreadable_header, "its first line is an object of JSON: name the file .jsonl")
    if header.fault and b"\r" not in header.raw:
        raise Refused(Reason.unreadable_header, header.fault.detail)
    try:
        names = [name.strip() for name in _cells(decode(header.raw))]
    except Refused as refused:
        raise Refused(Reason.unreadable_header, refused.fault.detail) from None
    if len(names) == 1 and (apart := _SEPARATORS.search(names[0])):
        detail = (
            f"the header parts its names by {apart[0]!r}, and commas are read: write the file with commas"
        )
        raise Refused(Reason.unreadable_header, detail)
    if header.fault or any("\r" in name for name in names):
        raise Refused(Reason.unreadable_header, BARE_RETURNS)
    return names


def _left_out(twice: list[str]) -> str:
    """Return which columns are left out, as more than one has their name."""
    names = ", ".join(repr(name[:_SHOWN_CHARS]) for name in twice[:_SHOWN_NAMES])
    more = f" and {len(twice) - _SHOWN_NAMES:,} more" if twice[_SHOWN_NAMES:] else ""
    return (
        f"more than one column is called {names}{more}; all of them are left out, as nobody can tell which "
        "was meant"
    )


def _with_value(row: Row, names: list[str | None], settings: IngestSettings) -> Row:
    """Return the row with its fields by name, or with what is wrong with it."""
    try:
        cells = _cells(decode(row.raw))
        if len(cells) != len(names):
            detail = f"the row has {len(cells)} cells, the header has {len(names)}"
            return row._replace(fault=Fault(Reason.invalid_csv, detail))
        named = dict(zip(names, cells, strict=True))
        named.pop(None, None)
        value = without_empty(named)  # type: ignore[arg-type]
        for name in JSON_COLUMNS.intersection(value):
            if value[name]:
                value[name] = parse_value(value[name], name, settings.max_depth)
    except Refused as refused:
        return row._replace(fault=refused.fault)
    return row._replace(value=value)


def _cells(text: str) -> list[str]:
    if '"' not in text:
        return text.split(",")
    return [
        plain if quoted is None else quoted.replace('""', '"')
        for quoted, plain in (found.groups() for found in _CELL.finditer(f"{text},"))
    ]


def _records(stream: Stream, limit: int) -> Iterator[Row | None]:
    """Yield the rows as bytes, the header among them, each on its own or with what is wrong with it."""
    window = Window(stream)
    window.skip_bom()
    lines = _Lines(window, stream, limit)
    while (first := lines.take()) is not None:
        number = lines.number
        if number == 1 and _SEPARATOR_TOLD.fullmatch(first.raw):
            continue  # what Excel writes for itself
        if stream.fault and not first.is_ended:
            yield Row(number, first.offset, first.raw, stream.fault)
            return
        if first.size > limit:
            yield Row(number, first.offset, first.raw, too_large(first.size, limit))
        elif not first.raw or first.raw.isspace():
            yield None
        elif b'"' not in first.raw:
            yield Row(number, first.offset, first.raw.removesuffix(b"\r"))
        else:
            state, raw = _quoted(lines, first, limit)
            if state == _OPEN:
                yield Row(number, first.offset, raw, stream.fault)
                return
            yield Row(
                number, first.offset, raw.removesuffix(b"\r"), _STRAY_QUOTE if state != _WHOLE else None
            )
    if stream.fault:
        yield Row(lines.number + 1, lines.offset, b"", stream.fault)


_STRAY_QUOTE = Fault(
    Reason.invalid_csv, "a quote stands inside a cell that is not quoted, or is not closed where a cell ends"
)


class _Lines:
    """Lines that can be given back: `number` and `offset` are of what was taken last, and after it."""

    def __init__(self, window: Window, stream: Stream, limit: int) -> None:
        self.number = 0
        self.offset = window.offset
        self._stream = stream
        self._waiting: deque[Line] = deque()
        self._source = window.lines(limit)

    @property
    def is_cut(self) -> bool:
        return self._stream.fault is not None

    def take(self) -> Line | None:
        line = self._waiting.popleft() if self._waiting else next(self._source, None)
        if line is not None:
            self.number += 1
            self.offset = line.offset + line.size + line.is_ended
        return line

    def give_back(self, lines: list[Line]) -> None:
        self._waiting.extendleft(reversed(lines))
        self.number -= len(lines)


def _quoted(lines: _Lines, first: Line, limit: int) -> tuple[int, bytes]:
    """Return state and bytes of a row with quotes, with as many further lines as it takes.

    Of a row that is not whole, these are its first line, and the others are given back; but a cut
    stream ends inside a row that is open, as far as anybody can tell, so that row has all that is left.
    """
    state = _state(first.raw.removesuffix(b"\r"), 0)
    size = first.size
    held = [first]
    while state == _OPEN and size <= limit and len(held) < MAX_ROW_LINES:
        if (line := lines.take()) is None:
            break
        held.append(line)
        size += 1 + line.size
        state = _state_after(line.raw.removesuffix(b"\r"))
    is_too_long = size > limit or len(held) >= MAX_ROW_LINES
    is_cut = state == _OPEN and not is_too_long and lines.is_cut
    if not is_cut and (state != _WHOLE or is_too_long):
        lines.give_back(held[1:])
        return _BROKEN, first.raw
    return state, b"\n".join(line.raw for line in held)


def _state_after(raw: bytes) -> int:
    """Return the state after a line that begins inside quotes."""
    found = _IN_QUOTES.match(raw)
    end = found.end() if found else 0
    if end == len(raw):
        return _OPEN
    if raw[end + 1 : end + 2] == b",":
        return _state(raw, end + 2)
    return _WHOLE if end + 1 == len(raw) else _BROKEN


def _state(raw: bytes, start: int) -> int:
    """Return whether the cells from `start` to the end of a line are whole, open in quotes, or broken."""
    found = _CELLS.match(raw, start)
    if not found or found.end() < len(raw):
        return _BROKEN
    return _OPEN if found[1] == b"" else _WHOLE
