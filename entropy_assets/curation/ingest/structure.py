r"""The structure of JSON in bytes: where a value ends, and where the next one may begin, valid or not.

What belongs here: patterns over bytes that are at hand. What does not: reading bytes, and places.
"""

import re

MAX_DEPTH = 200
"""Levels of nesting that are followed: deeper ones are refused, whatever Python's own limit is."""

MORE, BROKEN = -1, -2
"""What `value_end` and `skip_on` say where there is no end: the data end first, or it cannot have one."""

CLOSER = {ord("{"): ord("}"), ord("["): ord("]")}

# Group 1: the string is closed, and not stopped by a raw line feed or the data's end. Group 2: something
# follows that may follow a string; else a quote is missing or too many, and inside and outside are swapped.
TOKEN = re.compile(rb'"[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+(?:(")(?=\s*+([:,}\]])?))?|[{}\[\]]')

_SPACE = re.compile(rb"\s*")
_BETWEEN = re.compile(rb"[ \t,]*")
_GOES_ON = b"{[,:"
_HEAD = re.compile(rb'\{\s*"(?:[^"\\\n]|\\[^\n])++"')
_IN_STRING = re.compile(rb'[^"\\\n]*+(?:\\[^\n][^"\\\n]*+)*+')
_NEXT_MARK = re.compile(rb'["{}\[\],\n]')


def value_end(data: bytes, start: int) -> int:
    """Return the index after the object or array at `start`, or `MORE`, or `BROKEN`.

    Broken are a closer of the wrong kind, a raw line feed inside a string, a string after which nothing
    that follows a string follows, and too much depth (which also bounds the search after an element
    that never closes).
    """
    closers = bytearray()
    for token in TOKEN.finditer(data, start):
        byte = data[token.start()]
        if byte == ord('"'):
            if token.lastindex != 2:
                return MORE if wants_more(data, token) else BROKEN
        elif byte in CLOSER:
            closers.append(CLOSER[byte])
            if len(closers) > MAX_DEPTH:
                return BROKEN
        elif closers.pop() != byte:
            return BROKEN
        elif not closers:
            return token.end()
    return MORE


def wants_more(data: bytes, string: re.Match[bytes] | None) -> bool:
    """Return whether what is missing of a string, or after it, may come after the end of the data."""
    if string is None:
        return False
    if string.lastindex:
        found = _SPACE.match(data, string.end())
        return found is not None and found.end() == len(data)
    return data[string.end() : string.end() + 2] in (b"", b"\\")


def is_opened(line: bytes) -> bool:
    """Return whether a line has objects of which the last one has no end, as where it goes on in the next.

    >>> is_opened(b'{'), is_opened(b'{"text": "a",'), is_opened(b'{"text": "a"},')
    (True, True, False)
    """
    line = line.rstrip()
    at = 0
    while at < len(line) and line[-1:] in _GOES_ON:
        found = _BETWEEN.match(line, at)
        at = found.end() if found else at
        if line[at : at + 1] != b"{":
            return False
        if (end := value_end(line, at)) < 0:
            return end == MORE
        at = end
    return False


def goes_on(line: bytes, following: bytes) -> bool:
    """Return whether a line looks like what is missing of a line that `is_opened`.

    Below a line that was cut another row stands, which does not.

    >>> goes_on(b'{', b'  "text": "a"'), goes_on(b'{"text": "a",', b'{"text": "b"}')
    (True, False)
    """
    begin, end = following.lstrip()[:1], line.rstrip()[-1:]
    return begin == b'"' or (end in b"[:" and (begin != b"{" or following[:1] in (b" ", b"\t")))


class Skipper:
    """Finds the end of a value in pieces of data, none of which is needed again.

    It sees what `value_end` sees, but not whether something fitting follows a string: a value of many
    megabytes has shown by then that its quotes are in step.
    """

    def __init__(self) -> None:
        self._closers = bytearray()
        self._is_in_string = False

    def skip_on(self, data: bytes, start: int) -> tuple[int, int]:
        """Go on from `start` of the next piece.

        Returns
        -------
        tuple[int, int]
            The index up to which the data are dealt with, and 0 at the value's end, `MORE` where the
            piece ends before (what is left of it belongs before the next piece), or `BROKEN`.
        """
        at = start
        while True:
            if self._is_in_string:
                found = _IN_STRING.match(data, at)
                at = found.end() if found else at
                if data[at : at + 1] != b'"':
                    return at, MORE if data[at : at + 2] in (b"", b"\\") else BROKEN
                self._is_in_string = False
                at += 1
            found = _NEXT_MARK.search(data, at)
            if not found:
                return len(data), MORE
            if (ended := self._take(data[found.start()])) is not None:
                # A closing bracket of the value belongs to it; what ends a bare value does not.
                return (found.end() if ended == 0 and not self._is_bare else found.start()), ended
            at = found.end()

    def _take(self, byte: int) -> int | None:
        """Take note of one mark; return how the value ends with it, or None."""
        self._is_bare = not self._closers
        if byte == ord('"'):
            self._is_in_string = True
        elif byte in CLOSER:
            self._closers.append(CLOSER[byte])
            return BROKEN if len(self._closers) > MAX_DEPTH else None
        elif not self._closers:
            return 0
        elif byte in b"}]":
            if self._closers.pop() != byte:
                return BROKEN
            return None if self._closers else 0
        return None


def anchor_of(data: bytes, at: int) -> re.Pattern[bytes] | None:
    """Return a pattern that finds the start of another element, learnt from the element at `at`.

    Elements that begin a line are found by their margin, since what is inside them stands further right.
    Others are found by their first key, which may seldom be an inner object's first key too: its
    debris then goes to quarantine as rows of its own; or as a line that begins with a compact object,
    as when lines of objects follow a stray bracket. None where the first element shows neither.
    """
    head = _HEAD.match(data, at)
    line_start = data.rfind(b"\n", 0, at) + 1
    margin = data[line_start:at]
    if line_start and not margin.strip():
        if margin or not head or b"\n" not in head.group():
            return re.compile(rb"\n" + re.escape(margin) + rb"\{")
        return re.compile(rb"\n\{\s*" + re.escape(head.group()[1:].lstrip()))
    if not head:
        return None
    return re.compile(rb'\n\{"|[,\n]\s*\{\s*' + re.escape(head.group()[1:].lstrip()))


def depth_of(raw: bytes) -> int:
    """Return the deepest nesting of objects and arrays in `raw`, in levels; strings do not count.

    >>> depth_of(b'{"a": [1, "[["]}')
    2
    """
    depth = deepest = 0
    for token in TOKEN.finditer(raw):
        byte = raw[token.start()]
        if byte != ord('"'):
            depth += 1 if byte in CLOSER else -1
            deepest = max(deepest, depth)
    return deepest
