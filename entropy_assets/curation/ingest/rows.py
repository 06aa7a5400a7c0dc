r"""Bytes -> lines with their place, knowing nothing of what a line means.

Lines are cut at ``\n`` alone, because real strings hold U+2028 and U+0085. A line beyond the limit is
counted and its beginning kept, but it is never held as a whole.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, NamedTuple

from entropy_assets.curation.ingest.reasons import Fault, Reason, Refused
from entropy_assets.curation.ingest.streams import Stream
from entropy_assets.curation.ingest.structure import goes_on, is_opened

BOM = b"\xef\xbb\xbf"
MAX_RAW_BYTES = 64 * 1024
"""Bytes of a row that the quarantine keeps, at most."""

_GROW_BYTES = 1 << 20
_OVERLAP_BYTES = 1 << 16
_MAY_GO_ON = (b"{", b"[", b",", b":", b"\r", b" ", b"\t")


class Row(NamedTuple):
    """One row as found: its place, its bytes, and the fault that the reader itself saw.

    `line` counts rows of JSON and Parquet, and is the line on which a row of CSV or text begins; it
    counts from 1. `offset` is the first byte's place in the decompressed stream, None for Parquet.
    `value` holds the row where its bytes are no JSON, and `size` is then about what it takes in memory.
    """

    line: int
    offset: int | None
    raw: bytes
    fault: Fault | None = None
    value: dict[str, Any] | None = None
    size: int = 0


class Told(NamedTuple):
    """Something about a file that people are told and that is no row: what, and how many if it is counted."""

    what: str
    n: int = 0


class Line(NamedTuple):
    """One line: its place, its bytes without the line feed, how many they are, and whether one came.

    `raw` is only the beginning where the line has more bytes than the limit.
    """

    offset: int
    raw: bytes
    size: int
    is_ended: bool


class Lines(NamedTuple):
    """Whole lines that follow each other, blank ones among them, none beyond the limit.

    `line` and `offset` are the place of the first; `raws` are their bytes without the line feed.
    """

    line: int
    offset: int
    raws: list[bytes]

    def rows(self) -> Iterator[Row | None]:
        """Yield each line as a row, None for a blank one."""
        offset = self.offset
        for line, raw in enumerate(self.raws, self.line):
            yield None if not raw or raw.isspace() else Row(line, offset, raw.removesuffix(b"\r"))
            offset += len(raw) + 1

    def n_blank(self) -> int:
        """Return how many lines are blank."""
        return self.raws.count(b"") + sum(map(bytes.isspace, self.raws))

    def cut(self, n: int) -> "tuple[Lines, Lines | None]":
        """Return the first `n` lines and the rest, None where there is none."""
        if n >= len(self.raws):
            return self, None
        head = Lines(self.line, self.offset, self.raws[:n])
        return head, Lines(self.line + n, head.end, self.raws[n:])

    @property
    def end(self) -> int:
        """Place of the first byte after the lines."""
        return self.offset + sum(map(len, self.raws)) + len(self.raws)


def too_large(size: int, limit: int) -> Fault:
    """Return the fault of a row of `size` bytes."""
    detail = f"the row has {size} bytes, allowed are {limit}; raw holds its beginning"
    return Fault(Reason.row_too_large, detail)


def decode(raw: bytes) -> str:
    """Return the text of a row; refuse bytes that are not UTF-8.

    Raises
    ------
    Refused
        `raw` is not UTF-8.
    """
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        detail = f"byte {raw[error.start]:#04x} at byte {error.start} of the row is not UTF-8"
        raise Refused(Reason.invalid_utf8, detail) from None


class Window:
    """The part of a stream that is being looked at: `data`, read up to index `at`."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.data = b""
        self.at = 0
        self._pieces = iter(pieces)
        self._base = 0

    @property
    def offset(self) -> int:
        """Place of `at` in the stream, in bytes."""
        return self._base + self.at

    @property
    def n_held(self) -> int:
        """Bytes from `at` to the end of the data."""
        return len(self.data) - self.at

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

    def skip_bom(self) -> None:
        """Go past a byte-order mark at the beginning of the stream."""
        if not self.offset and (self.n_held or self.grow()) and self.data.startswith(BOM):
            self.at = len(BOM)

    def skip(self, pattern: re.Pattern[bytes]) -> bool:
        """Go past a pattern that may match nothing; False when the stream ends there."""
        while True:
            found = pattern.match(self.data, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.data):
                return True
            if not self.grow():
                return False

    def take_until(self, pattern: re.Pattern[bytes], limit: int) -> tuple[bytes, int, bool]:
        """Take the bytes from `at` to the next match after it, holding little more than `limit` of them.

        Returns
        -------
        tuple[bytes, int, bool]
            The bytes, or the beginning of too many; how many they were; and whether there was a match,
            else they go to the end of the stream.
        """
        head, n_dropped = b"", 0
        while True:
            found = pattern.search(self.data, self.at + 1)
            if not found:
                if self.n_held > limit + _OVERLAP_BYTES:
                    head = head or self.data[self.at : self.at + MAX_RAW_BYTES]
                    n_dropped += self.n_held - _OVERLAP_BYTES
                    self.at = len(self.data) - _OVERLAP_BYTES
                if self.grow():
                    continue
            rest = self.take(found.start() if found else len(self.data))
            return head or rest, n_dropped + len(rest), found is not None

    def take(self, end: int) -> bytes:
        """Return the bytes from `at` to `end`, and go there."""
        raw = self.data[self.at : end]
        self.at = end
        return raw

    def lines(self, limit: int) -> Iterator[Line]:
        """Yield the lines of the stream from `at` on; the last one where it has bytes without an end."""
        for part in self.runs(limit):
            if isinstance(part, Line):
                yield part
                continue
            offset = part.offset
            for raw in part.raws:
                yield Line(offset, raw, len(raw), True)
                offset += len(raw) + 1

    def runs(self, limit: int, line: int = 1, *, is_json: bool = False) -> Iterator[Lines | Line]:
        """Yield what `lines` yields, the first of them number `line`, in runs where nothing is in the way.

        Of JSON it ends before a line on which an object begins that goes on in the next; `at` is there then.
        """
        offset = self.offset
        pending: list[bytes] = []
        n_pending = 0
        undecided = b""
        held, self.data, self.at, self._base = self.data[self.at :], b"", 0, offset
        for piece in chain([held], self._pieces, [None]):
            if piece is None and not undecided:
                break
            *whole, last = (undecided + (piece or b"")).split(b"\n")
            undecided = b""
            if whole and pending:
                n_pending += len(whole[0])
                whole[0] = b"".join([*pending, whole[0]])
                if n_pending > limit:
                    yield Line(offset, whole.pop(0)[:MAX_RAW_BYTES], n_pending, True)
                    offset += n_pending + 1
                    line += 1
                pending, n_pending = [], 0
            place, is_sure = _opened_at(whole, last) if is_json else (len(whole), False)
            rest = b"\n".join([*whole[place:], last])
            is_cut = place < len(whole) and (is_sure or (piece is not None and len(rest) <= limit))
            if is_cut:
                del whole[place:]
                undecided, last = rest, b""
            if whole and max(map(len, whole)) <= limit:
                run = Lines(line, offset, whole)
                yield run
                offset = run.end
            else:
                for raw in whole:
                    yield Line(offset, raw if len(raw) <= limit else raw[:MAX_RAW_BYTES], len(raw), True)
                    offset += len(raw) + 1
            line += len(whole)
            if is_cut and is_sure:
                self.data, self.at, self._base = rest, 0, offset
                return
            pending.append(last)
            n_pending += len(last)
            if n_pending > limit:
                pending = [b"".join(pending)[:MAX_RAW_BYTES]]
        if n_pending:
            raw = b"".join(pending)
            yield Line(offset, raw if n_pending <= limit else raw[:MAX_RAW_BYTES], n_pending, False)


def _opened_at(lines: list[bytes], last: bytes) -> tuple[int, bool]:
    """Return the first line on which an object begins that goes on in the next, else their number.

    And whether that is sure: it is not where nothing of what follows it is at hand. `last` is what is at
    hand of the line after them.
    """
    for place, raw in enumerate(lines):
        if raw.endswith(_MAY_GO_ON) and is_opened(raw):
            later = chain(islice(lines, place + 1, None), [last])
            following = next((one for one in later if one and not one.isspace()), b"")
            if not following or goes_on(raw, following):
                return place, bool(following)
    return len(lines), False


def line_rows(window: Window, stream: Stream, line: int, limit: int) -> Iterator[Row | Lines | None]:
    """Yield the lines after number `line`, in runs or each as a row; what a cut left is one row.

    None stands for a blank line that is in no run. It ends as `Window.runs` does.
    """
    offset = window.offset
    for part in window.runs(limit, line + 1, is_json=True):
        if isinstance(part, Lines):
            line += len(part.raws)
            offset = part.end
            yield part
            continue
        place, raw, size, is_ended = part
        line += 1
        offset = place + size + is_ended
        if stream.fault and not is_ended:
            yield Row(line, place, raw, stream.fault)
            return
        if size > limit:
            yield Row(line, place, raw, too_large(size, limit))
        else:
            yield None if not raw or raw.isspace() else Row(line, place, raw.removesuffix(b"\r"))
    if stream.fault:
        yield Row(line + 1, offset, b"", stream.fault)
