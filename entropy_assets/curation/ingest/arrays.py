r"""Files of JSON -> rows: lines, the elements of an array, or one object.

An array is cut into its elements by structure (strings, escapes, depth) and not by validity, so a bad
element stays alone. It streams: one element is held at a time, and one beyond the limit not even that.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import orjson

from entropy_assets.curation.ingest.reasons import Fault, Reason
from entropy_assets.curation.ingest.rows import BOM, MAX_RAW_BYTES, Lines, Row, Window, line_rows, too_large
from entropy_assets.curation.ingest.streams import Stream
from entropy_assets.curation.ingest.structure import (
    BROKEN,
    CLOSER,
    MORE,
    TOKEN,
    Skipper,
    anchor_of,
    value_end,
    wants_more,
)

_GAP = re.compile(rb"[\s,]*")
_SPACE = re.compile(rb"\s*")
_BLANKS = re.compile(rb"[ \t\r]*")
_LINE_FEED = re.compile(rb"\n")
_NEXT_LINE = re.compile(rb"\s*+\S[^\n]*\n\s*\S")
_OPENED = re.compile(rb'\s*+\{[ \t\r]*\n\s*"')
_OBJECT = re.compile(rb'[ \t]*\{\s*"')
_NEXT_LINE_OBJECT = re.compile(rb"\n\{")
# What stands where an element should and is neither object nor array: a number, a string, debris.
_BARE = re.compile(rb'(?:"(?:[^"\\\n]|\\[^\n])*+"|[^",\]\n{\[]++)*+')

_NOT_CLOSED = Fault(Reason.truncated_stream, "the file ends inside a JSON array")


def split_rows(stream: Stream, *, is_json: bool, limit: int) -> Iterator[Row | Lines | None]:
    """Yield the rows of JSONL, of a JSON array, or of one JSON object; None for each blank line.

    Lines come in runs where they can.

    The first byte that is no white space tells an array from lines. What follows an array is read as
    lines, so that lines which merely begin with a bare array are read too. Objects that stand one behind the
    other, over several lines each or all on one, are read as the elements of an array are.

    Parameters
    ----------
    stream
        The file's bytes.
    is_json
        The name says ``.json``: one object spread over several lines is then one row.
    limit
        Bytes of a row, at most; a larger one is one row with its fault.
    """
    window = Window(stream)
    while not window.data.removeprefix(BOM).strip() and window.n_held <= limit and window.grow():
        pass
    window.skip_bom()
    first = window.data[window.at :].lstrip()[:1]
    if first == b"[":
        yield from _elements(window, stream, limit)
    elif first == b"{" and is_json and (row := _single_object(window, stream, limit)):
        yield row
    elif first == b"{" and _are_objects(window, limit):
        yield from _elements(window, stream, limit, is_bare=True)
    else:
        yield from _lines(window, stream, 0, limit)


def _lines(window: Window, stream: Stream, line: int, limit: int) -> Iterator[Row | Lines | None]:
    """Yield the lines after number `line`; from an object over several lines on all are read as elements."""
    for part in line_rows(window, stream, line, limit):
        line = part.line + (len(part.raws) - 1 if isinstance(part, Lines) else 0) if part else line + 1
        yield part
    if window.n_held:
        yield from _elements(window, stream, limit, is_bare=True, line=line)


def _single_object(window: Window, stream: Stream, limit: int) -> Row | None:
    """Return the row of a file that is one object over several lines; None where lines are rows."""
    window.skip(_SPACE)
    while (newline := window.data.find(b"\n", window.at)) < 0 and window.n_held <= limit and window.grow():
        pass
    if newline < 0 or value_end(window.data[:newline], window.at) >= 0:
        return None
    while (end := value_end(window.data, window.at)) == MORE and window.n_held <= limit and window.grow():
        pass
    if end == MORE and window.n_held > limit and not _NEXT_LINE_OBJECT.search(window.data, window.at):
        raw = window.data[window.at : window.at + MAX_RAW_BYTES]
        return Row(1, window.offset, raw, too_large(window.n_held, limit))
    if end < 0 or end - window.at > limit:
        return None
    start = window.offset
    size = end - window.at
    while not window.data[window.at + size :].strip() and window.n_held <= 2 * limit and window.grow():
        pass
    if window.data[window.at + size :].strip() or stream.fault:
        return None
    return Row(1, start, window.take(window.at + size))


def _are_objects(window: Window, limit: int) -> bool:
    """Return whether a file is objects one behind the other, by its first line: a brace alone, or several."""
    while _NEXT_LINE.match(window.data, window.at) is None and window.n_held <= limit and window.grow():
        pass
    if _OPENED.match(window.data, window.at):
        return True
    line = window.data[window.at :].lstrip().split(b"\n", 1)[0]
    end = value_end(line, 0)
    if end < 0 or not _OBJECT.match(window.data, window.data.index(line, window.at) + end):
        return False
    try:
        return type(orjson.loads(line[:end])) is dict
    except orjson.JSONDecodeError:
        return False


def _elements(
    window: Window, stream: Stream, limit: int, *, is_bare: bool = False, line: int = 0
) -> Iterator[Row | Lines | None]:
    """Yield the elements of the array that the window stands before, then what follows it as lines.

    Where they are `is_bare`, no brackets stand around them. The first is number `line` and one.

    Between elements, missing and repeated commas are forgiven: what counts is that each element is
    found. After an element that does not close, the next one is looked for by the way the first began.
    """
    window.skip(_SPACE)
    window.at += not is_bare
    window.grow()
    is_closed = is_bare
    anchor = anchor_of(window.data, window.at) if window.skip(_GAP) else None
    while window.skip(_GAP):
        if window.data[window.at] == ord("]"):
            is_closed = True
            window.at += 1
            if not _array_ends(window, anchor):
                continue  # a stray bracket: the array goes on
            yield from _lines(window, stream, line, limit)
            return
        if _is_stray(window, anchor):
            window.at += 1
            continue
        line += 1
        anchor = anchor or anchor_of(window.data, window.at)
        offset = window.offset
        taken = _take_element(window, anchor, limit)
        fault = too_large(taken.size, limit) if taken.size > limit else None
        if taken.is_last:
            cut = _NOT_CLOSED if taken.is_open and not is_bare else None
            yield Row(line, offset, taken.raw, stream.fault or cut or fault)
            return
        yield Row(line, offset, taken.raw, fault)
    if stream.fault or not is_closed:
        yield Row(line + 1, window.offset, b"", stream.fault or _NOT_CLOSED)


def _array_ends(window: Window, anchor: re.Pattern[bytes] | None) -> bool:
    """Return whether the bracket before `at` ends its line, and the stream or a row of JSONL follows.

    Goes to the next line if so. An indented element that begins as the others do is no row of JSONL.
    """
    if window.skip(_BLANKS) and window.data[window.at] != ord("\n"):
        return False
    if _begins_element(window, 0, anchor) and window.data[window.at + 1] in b" \t":
        return False
    window.at += window.at < len(window.data)
    while (found := _SPACE.match(window.data, window.at)) and found.end() == len(window.data):
        if not window.grow():
            return True
    return found is not None and window.data[found.end()] in CLOSER


def _is_stray(window: Window, anchor: re.Pattern[bytes] | None) -> bool:
    """Return whether an opening bracket at `at` stands before the next element, in the place of a comma."""
    return window.data[window.at] == ord("[") and _begins_element(window, 1, anchor)


def _begins_element(window: Window, ahead: int, anchor: re.Pattern[bytes] | None) -> bool:
    """Return whether an element begins `ahead` bytes after `at` as the first one did."""
    if anchor is None:
        return False
    if window.n_held < MAX_RAW_BYTES:
        window.grow()
    return anchor.match(window.data, window.at + ahead) is not None


class _Taken(NamedTuple):
    """An element: its bytes, or the beginning of too many; how many; and how the stream ended, if there."""

    raw: bytes
    size: int
    is_last: bool = False
    is_open: bool = False


def _take_element(window: Window, anchor: re.Pattern[bytes] | None, limit: int) -> _Taken:
    """Take the element at `at`; one without an end goes to where the next begins."""
    end = _element_end(window, anchor, limit)
    if end >= 0:
        size = end - window.at
        raw = window.take(end)
        return _Taken(raw if size <= limit else raw[:MAX_RAW_BYTES], size)
    head, n_skipped = b"", 0
    # An element that another seems to begin in has lost its end; others are as large as they look.
    is_large = end == MORE and window.n_held > limit
    if is_large and not (anchor and anchor.search(window.data, window.at + 1)):
        head = window.data[window.at : window.at + MAX_RAW_BYTES]
        n_skipped, end = _skip_element(window)
        if end != BROKEN:
            return _Taken(head, n_skipped, is_last=end == MORE, is_open=end == MORE)
    raw, size, is_found = window.take_until(anchor or _LINE_FEED, limit)
    size += n_skipped
    raw = head or raw
    raw = raw if size <= limit else raw[:MAX_RAW_BYTES]
    return _Taken(raw, size, is_last=not is_found, is_open=end == MORE)


def _skip_element(window: Window) -> tuple[int, int]:
    """Go past the element at `at` without holding it; return its bytes and how it ended, as `Skipper`."""
    skipper = Skipper()
    start = window.offset
    while True:
        window.at, ended = skipper.skip_on(window.data, window.at)
        if ended != MORE or not window.grow():
            return window.offset - start, ended


def _element_end(window: Window, anchor: re.Pattern[bytes] | None, limit: int) -> int:
    """Return the index after the element at `at`; `MORE` or `BROKEN` if it has no end within the limit.

    What is neither object nor array ends where another element begins: quotes of debris may be out of step.
    """
    if window.data[window.at] in CLOSER:
        while (end := value_end(window.data, window.at)) == MORE and window.n_held <= limit and window.grow():
            pass
        return end
    while True:
        found = _BARE.match(window.data, window.at)
        end = found.end() if found else window.at
        if end < len(window.data):
            if window.data[end] in b",]\n":
                begun = anchor.search(window.data, window.at, end) if anchor else None
                return begun.start() if begun else end
            if window.data[end] in CLOSER or not wants_more(window.data, TOKEN.match(window.data, end)):
                return BROKEN
        if window.n_held > limit:
            return MORE
        if not window.grow():
            return end if end == len(window.data) else MORE
