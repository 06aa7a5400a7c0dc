r"""Bytes -> rows with their place, knowing nothing of what a row means.

JSONL is split at ``\n`` alone, because real strings hold U+2028 and U+0085. A JSON array is cut into
its elements by structure (strings, escapes, depth) and not by validity, so a bad element stays alone.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from entropy_assets.curation.ingest.reasons import Fault, Reason
from entropy_assets.curation.ingest.streams import Stream

BOM = b"\xef\xbb\xbf"
MAX_DEPTH = 200
"""Levels of nesting of a row, at most: deeper ones are refused, whatever Python's own limit is."""

_MORE, _BROKEN = -1, -2
_GROW_BYTES = 1 << 20
_CLOSER = {ord("{"): ord("}"), ord("["): ord("]")}

# Group 1: the string is closed, and not stopped by a raw line feed or the data's end. Group 2: something
# follows that may follow a string; else a quote is missing or too many, and inside and outside are swapped.
_TOKEN = re.compile(rb'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+(?:(")(?=\s*+([:,}\]])?))?|[{}\[\]]')
_GAP = re.compile(rb"[\s,]*")
_SPACE = re.compile(rb"\s*")
_BLANKS = re.compile(rb"[ \t\r]*")
# What stands where an element should and is neither object nor array: a number, a string, debris.
_BARE = re.compile(rb'(?:"(?:[^"\\\n]|\\[^\n])*+"|[^",\]\n{\[]++)*+')
_HEAD = re.compile(rb'\{\s*"(?:[^"\\\n]|\\[^\n])*+"')


class Row(NamedTuple):
    """One row as found: its place, its bytes, and the fault that the reader itself saw.

    `line` counts rows from 1; `offset` is the first byte's place in the decompressed stream, None for
    Parquet, where `value` holds the row instead of `raw`.
    """

    line: int
    offset: int | None
    raw: bytes
    fault: Fault | None = None
    value: dict[str, Any] | None = None


def split_rows(stream: Stream, *, is_json: bool) -> Iterator[Row | None]:
    """Yield the rows of JSONL, of a JSON array, or of one JSON object; None for each blank line.

    The first byte that is no white space tells an array from lines. What follows an array is read as
    lines, so that lines which merely begin with a bare array are read too.

    Parameters
    ----------
    stream
        The file's bytes.
    is_json
        The name says ``.json``: one object spread over several lines is then one row.
    """
    window = _Window(iter(stream))
    while not window.data.removeprefix(BOM).strip() and window.grow():
        pass
    if window.data.startswith(BOM):
        window.at = len(BOM)
    first = window.data[window.at :].lstrip()[:1]
    if first == b"[":
        yield from _elements(window, stream)
    elif first == b"{" and is_json and (row := _single_object(window, stream)):
        yield row
    else:
        yield from _lines(window, stream, 0)


class _Window:
    """The part of a stream that is being looked at: `data`, read up to index `at`."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.data = b""
        self.at = 0
        self._pieces = pieces
        self._base = 0

    @property
    def offset(self) -> int:
        """Place of `at` in the stream, in bytes."""
        return self._base + self.at

    def grow(self) -> bool:
        """Forget what is before `at` and at least double the rest; False when the stream has ended.

        Doubling keeps repeated scans of one long element linear in its size.
        """
        parts = [self.data[self.at :]]
        wanted = max(len(parts[0]), _GROW_BYTES)
        grown = 0
        while grown < wanted and (piece := next(self._pieces, None)) is not None:
            parts.append(piece)
            grown += len(piece)
        if grown:
            self.data = b"".join(parts)
            self._base += self.at
            self.at = 0
        return grown > 0

    def skip(self, pattern: re.Pattern[bytes]) -> bool:
        """Go past a pattern that may match nothing; False when the stream ends there."""
        while True:
            found = pattern.match(self.data, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.data):
                return True
            if not self.grow():
                return False

    def find(self, pattern: re.Pattern[bytes]) -> int:
        """Return the index of the first match after `at`, reading on as needed; -1 for none."""
        while True:
            if found := pattern.search(self.data, self.at + 1):
                return found.start()
            if not self.grow():
                return -1

    def take(self, end: int) -> bytes:
        """Return the bytes from `at` to `end`, and go there."""
        raw = self.data[self.at : end]
        self.at = end
        return raw

    def rest(self) -> Iterable[bytes]:
        """Return the remaining pieces of the stream from `at`."""
        return chain([self.data[self.at :]], self._pieces)


def _lines(window: _Window, stream: Stream, line: int) -> Iterator[Row | None]:
    """Yield each line after number `line`; the part after a cut is one row with the stream's fault."""
    offset = window.offset
    pending: list[bytes] = []
    for piece in window.rest():
        *whole, last = piece.split(b"\n")
        if whole:
            whole[0] = b"".join([*pending, whole[0]])
            pending = []
        for raw in whole:
            line += 1
            yield None if not raw or raw.isspace() else Row(line, offset, raw.removesuffix(b"\r"))
            offset += len(raw) + 1
        pending.append(last)
    raw = b"".join(pending)
    if stream.fault:
        yield Row(line + 1, offset, raw, stream.fault)
    elif raw:
        yield None if raw.isspace() else Row(line + 1, offset, raw.removesuffix(b"\r"))


def _single_object(window: _Window, stream: Stream) -> Row | None:
    """Return the row of a file that is one object over several lines; None where lines are rows."""
    window.skip(_SPACE)
    while (newline := window.data.find(b"\n", window.at)) < 0 and window.grow():
        pass
    if newline < 0 or _value_end(window.data[:newline], window.at) >= 0:
        return None
    while window.grow():
        pass
    end = _value_end(window.data, window.at)
    if end < 0 or window.data[end:].strip() or stream.fault:
        return None
    return Row(1, window.offset, window.take(end))


def _elements(window: _Window, stream: Stream) -> Iterator[Row | None]:
    """Yield the elements of the array that the window stands before, then what follows it as lines.

    Between elements, missing and repeated commas are forgiven: what counts is that each element is
    found. After an element that does not close, the next one is looked for by the way the first began.
    """
    window.skip(_SPACE)
    window.at += 1
    window.grow()
    line = 0
    is_closed = False
    anchor = _anchor(window.data, window.at) if window.skip(_GAP) else None
    while window.skip(_GAP):
        if window.data[window.at] == ord("]"):
            is_closed = True
            window.at += 1
            if not _array_ends(window):
                continue  # a stray bracket: the array goes on
            yield from _lines(window, stream, line)
            return
        line += 1
        anchor = anchor or _anchor(window.data, window.at)
        end = _element_end(window)
        if end < 0:
            fault = _NOT_CLOSED if end == _MORE else None
            end = window.find(anchor or _LINE_FEED)
            if end < 0:
                yield Row(line, window.offset, window.take(len(window.data)), stream.fault or fault)
                return
        yield Row(line, window.offset, window.take(end))
    if stream.fault or not is_closed:
        yield Row(line + 1, window.offset, b"", stream.fault or _NOT_CLOSED)


def _array_ends(window: _Window) -> bool:
    """Return whether the bracket before `at` ends its line, and the stream or a row of JSONL follows.

    Goes to the next line if so.
    """
    if window.skip(_BLANKS) and window.data[window.at] != ord("\n"):
        return False
    window.at += window.at < len(window.data)
    while (found := _SPACE.match(window.data, window.at)) and found.end() == len(window.data):
        if not window.grow():
            return True
    return found is not None and window.data[found.end()] in _CLOSER


_LINE_FEED = re.compile(rb"\n")
_NOT_CLOSED = Fault(Reason.truncated_stream, "the file ends inside a JSON array")


def _element_end(window: _Window) -> int:
    """Return the index after the element at `at`; `_MORE` or `_BROKEN` if it has no end."""
    if window.data[window.at] in _CLOSER:
        while (end := _value_end(window.data, window.at)) == _MORE and window.grow():
            pass
        return end
    while True:
        found = _BARE.match(window.data, window.at)
        end = found.end() if found else window.at
        if end < len(window.data):
            if window.data[end] in b",]\n":
                return end
            if window.data[end] in _CLOSER or not _wants_more(window.data, _TOKEN.match(window.data, end)):
                return _BROKEN
        if not window.grow():
            return end if end == len(window.data) else _MORE


def _value_end(data: bytes, start: int) -> int:
    """Return the index after the object or array at `start`, or `_MORE`, or `_BROKEN`.

    Broken are a closer of the wrong kind, a raw line feed inside a string, a string after which nothing
    that follows a string follows, and too much depth (which
    also bounds the search after an element that never closes).
    """
    closers = bytearray()
    for token in _TOKEN.finditer(data, start):
        byte = data[token.start()]
        if byte == ord('"'):
            if token.lastindex != 2:
                return _MORE if _wants_more(data, token) else _BROKEN
        elif byte in _CLOSER:
            closers.append(_CLOSER[byte])
            if len(closers) > MAX_DEPTH:
                return _BROKEN
        elif closers.pop() != byte:
            return _BROKEN
        elif not closers:
            return token.end()
    return _MORE


def _wants_more(data: bytes, string: re.Match[bytes] | None) -> bool:
    """Return whether what is missing of a string, or after it, may come after the end of the data."""
    if string is None:
        return False
    if string.lastindex:
        found = _SPACE.match(data, string.end())
        return found is not None and found.end() == len(data)
    return data[string.end() : string.end() + 2] in (b"", b"\\")


def _anchor(data: bytes, at: int) -> re.Pattern[bytes] | None:
    """Return a pattern that finds the start of another element, learnt from the element at `at`.

    Elements that begin a line are found by their margin, since what is inside them stands further right.
    Others are found by their first key, which may seldom be an inner object's first key too: its
    debris then goes to quarantine as rows of its own. None where the first element shows neither.
    """
    head = _HEAD.match(data, at)
    line_start = data.rfind(b"\n", 0, at) + 1
    margin = data[line_start:at]
    if line_start and not margin.strip():
        if margin or not head or b"\n" not in head.group():
            return re.compile(rb"\n" + re.escape(margin) + rb"\{")
        return re.compile(rb"\n\{\s*" + re.escape(head.group()[1:].lstrip()))
    return re.compile(rb"[,\n]\s*\{\s*" + re.escape(head.group()[1:].lstrip())) if head else None


def depth_of(raw: bytes) -> int:
    """Return the deepest nesting of objects and arrays in `raw`, in levels; strings do not count.

    >>> depth_of(b'{"a": [1, "[["]}')
    2
    """
    depth = deepest = 0
    for token in _TOKEN.finditer(raw):
        byte = raw[token.start()]
        if byte != ord('"'):
            depth += 1 if byte in _CLOSER else -1
            deepest = max(deepest, depth)
    return deepest
