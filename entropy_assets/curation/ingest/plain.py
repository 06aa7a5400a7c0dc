"""Files of plain text -> rows: the file is one record, or each of its paragraphs is."""

from collections.abc import Iterator

from entropy_assets.curation.ingest.reasons import Refused
from entropy_assets.curation.ingest.rows import MAX_RAW_BYTES, Row, Window, decode, too_large
from entropy_assets.curation.ingest.streams import Stream
from entropy_assets.settings import IngestSettings


def text_rows(stream: Stream, settings: IngestSettings) -> Iterator[Row | None]:
    """Yield the text of the file as one row, or its paragraphs and None for each blank line between them.

    A byte-order mark is no part of the text; everything else is, but for the line feeds at its end.
    """
    window = Window(stream)
    window.skip_bom()
    if settings.text_unit == "file":
        yield _whole_file(window, stream, settings.max_row_bytes)
    else:
        yield from _paragraphs(window, stream, settings.max_row_bytes)


def _whole_file(window: Window, stream: Stream, limit: int) -> Row:
    while window.n_held <= limit and window.grow():
        pass
    raw, size = window.data[window.at :], window.n_held
    if size > limit:
        return Row(1, window.offset, raw[:MAX_RAW_BYTES], too_large(size, limit))
    if stream.fault:
        return Row(1, window.offset, raw, stream.fault)
    return _row(1, window.offset, raw.rstrip(b"\r\n"))


def _paragraphs(window: Window, stream: Stream, limit: int) -> Iterator[Row | None]:
    number = 0
    held: list[bytes] = []
    size = offset = first = 0
    for line in window.lines(limit):
        number += 1
        if line.raw and not line.raw.isspace():
            if not held:
                first, offset = number, line.offset
            size += line.size + line.is_ended
            if size <= limit or not held:  # what is beyond the limit is counted and not held
                held.append(line.raw)
            continue
        if held:
            yield _paragraph(first, offset, held, size, limit)
            held, size = [], 0
        yield None
    if held and not stream.fault:
        yield _paragraph(first, offset, held, size, limit)
    elif stream.fault:
        place = (first, offset) if held else (number + 1, window.offset)
        yield Row(*place, b"\n".join(held), stream.fault)


def _paragraph(number: int, offset: int, lines: list[bytes], size: int, limit: int) -> Row:
    raw = b"\n".join(lines).removesuffix(b"\r")
    if size > limit:
        return Row(number, offset, raw[:MAX_RAW_BYTES], too_large(size, limit))
    return _row(number, offset, raw)


def _row(number: int, offset: int, raw: bytes) -> Row:
    try:
        return Row(number, offset, raw, None, {"text": decode(raw)})
    except Refused as refused:
        return Row(number, offset, raw, refused.fault)
