r"""What a file is by its first bytes, whatever its name says.

What belongs here: packings, and what is no text. What does not: names, and what is in rows.
"""

import codecs
import re

from entropy_assets.curation.ingest.reasons import Fault, Reason

PARQUET = b"PAR1"

_PACKINGS = (
    (re.compile(rb"\x1f\x8b\x08"), "gzip"),
    (re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18", re.DOTALL), "zstd"),
)
_FOREIGN = (
    (re.compile(rb"PK(?:\x03\x04|\x05\x06)"), "a zip archive", "unpack it and deliver what is in it"),
    (re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"), "packed by bzip2", "unpack it"),
    (re.compile(rb"\xfd7zXZ\0"), "packed by xz", "unpack it"),
    (re.compile(rb"\x04\x22\x4d\x18"), "packed by lz4", "unpack it"),
    (re.compile(rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07"), "an archive", "unpack it and deliver what is in it"),
    (re.compile(rb".{257}ustar", re.DOTALL), "a tar archive", "unpack it and deliver what is in it"),
    (
        re.compile(rb"ARROW1\0\0|\xff\xff\xff\xff[\x08-\xff]..\0", re.DOTALL),
        "Arrow data",
        "write it as Parquet",
    ),
    (re.compile(rb"Obj\x01"), "an Avro file", "write it as Parquet or JSONL"),
    (re.compile(rb"ORC[\x00-\x1f]"), "an ORC file", "write it as Parquet or JSONL"),
    (
        re.compile(rb"SQLite format 3\0|\x89HDF\r\n|\x93NUMPY|\x80[\x02-\x05][\x95c}\]]"),
        "a binary file",
        "write it as Parquet or JSONL",
    ),
    (re.compile(rb"%PDF-"), "a PDF file", "deliver its text"),
    (re.compile(rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a"), "an image", "deliver text"),
)
_JSON = (".jsonl", ".ndjson", ".json")
_WEB_PAGE = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MIN_UTF16 = 0.2

BARE_RETURNS = (
    "its lines end in a bare carriage return, as old programs write them: write them with a line feed, as by "
    "tr '\\r' '\\n'"
)
_LINES_OF_RETURNS = re.compile(rb"\s*\{[^\n]*?\}[ \t]*\r[ \t\r]*\{")


def packing_of(head: bytes, named: str | None, layout: str) -> str | None:
    """Return the compression of a file that begins with `head`: "gzip", "zstd", or None for plain.

    Parameters
    ----------
    head
        The first bytes of the file.
    named
        The compression that its name says. It counts where the bytes are damaged or there are none.
    layout
        Suffix of the layout that its name says.

    Examples
    --------
    >>> packing_of(b'{"text": "a"}', "gzip", ".jsonl"), packing_of(bytes([31, 139, 8]), None, ".jsonl")
    (None, 'gzip')
    """
    for pattern, packing in _PACKINGS:
        if pattern.match(head):
            return packing
    if named and (head.startswith(PARQUET) or _begins_as(head, layout)):
        return None
    return named


def _begins_as(head: bytes, layout: str) -> bool:
    """Return whether bytes are the beginning of a plain file of the layout, as far as these tell."""
    begin = head.removeprefix(codecs.BOM_UTF8).lstrip()[:1]
    return bool(begin) and (layout in (".csv", ".txt") or begin in b"{[") and _is_plain(head)


def _is_plain(head: bytes) -> bool:
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return not _CONTROL.search(text)


def foreign(head: bytes, layout: str) -> Fault | None:
    """Return why a file that begins with `head`, unpacked, cannot be read as its layout at all.

    Parameters
    ----------
    head
        Its first bytes, some thousands of them or all.
    layout
        Suffix of the layout, as ``.jsonl``.
    """
    if encoding := _encoding(head):
        return Fault(Reason.other_encoding, f"the file is {encoding}; write it as UTF-8")
    for pattern, packing in _PACKINGS:
        if pattern.match(head):
            return _fault(f"packed twice, the second time by {packing}", "unpack it once")
    if head.startswith(PARQUET):
        return _fault("Parquet that is packed once more", "unpack it")
    for pattern, kind, todo in _FOREIGN:
        if pattern.match(head):
            return _fault(kind, todo)
    if layout != ".txt" and _WEB_PAGE.match(head):
        return _fault(
            "a web page", "the data were not fetched: sign in or mend the address, and fetch them again"
        )
    if layout in _JSON and b"\r" in head and _LINES_OF_RETURNS.match(head.removeprefix(codecs.BOM_UTF8)):
        return Fault(Reason.unreadable_file, BARE_RETURNS)
    if layout in _JSON and _is_message(head):
        begin = " ".join(head.decode("utf-8", "replace").split())[:60]
        return _fault(
            f"no JSON but begins {begin!r}", "see whether the data were fetched, and fetch them again"
        )
    return None


def unknown(head: bytes, name: str) -> Fault:
    """Return why a file is not read whose name says no layout: what it is by its name or first bytes.

    Parameters
    ----------
    head
        Its first bytes, unpacked where it is packed by gzip or zstd.
    name
        Its name.
    """
    for suffixes, kind, todo in _BY_NAME:
        if name.lower().endswith(suffixes):
            return Fault(Reason.unsupported_file, f"it is {kind}; {todo}")
    for pattern, kind, todo in _FOREIGN:
        if pattern.match(head):
            return _fault(kind, todo)
    return Fault(
        Reason.unsupported_file,
        "read are .jsonl, .ndjson, .json, .csv and .txt, plain, .gz or .zst, and plain .parquet",
    )


_BY_NAME = (
    (
        (".tsv", ".tsv.gz", ".tsv.zst", ".tab", ".psv"),
        "a table of other separators",
        "write it with commas, as .csv",
    ),
    ((".xlsx", ".xls", ".xlsm", ".ods"), "a spreadsheet", "save it as .csv in UTF-8"),
    ((".docx", ".doc", ".odt", ".epub", ".pptx"), "a document", "deliver its text"),
)


def _fault(kind: str, todo: str) -> Fault:
    return Fault(Reason.unsupported_file, f"by its first bytes it is {kind}; {todo}")


def _encoding(head: bytes) -> str:
    """Return the name of an encoding of 16 or 32 bits that a file is surely in, or an empty string."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)) and len(head) % 4 == 0:
        return "UTF-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    even, odd = head[::2].count(0), head[1::2].count(0)
    most, least = max(even, odd), min(even, odd)
    if not most or most < _MIN_UTF16 * len(head) / 2 or least > most / 10:
        return "UTF-32" if most and _is_wide(head) else ""
    try:
        codecs.getincrementaldecoder("utf-16-le" if odd > even else "utf-16-be")().decode(head)
    except UnicodeDecodeError:
        return ""
    return "UTF-16, as its many NUL bytes show"


def _is_wide(head: bytes) -> bool:
    """Return whether all whole groups of four bytes are characters of UTF-32, most of them short ones."""
    whole = head[: len(head) // 4 * 4]
    if len(whole) < 8 or whole.count(0) < len(whole) // 2:
        return False
    for encoding in ("utf-32-le", "utf-32-be"):
        try:
            return not _CONTROL.search(whole.decode(encoding))
        except UnicodeDecodeError:
            continue
    return False


def _is_message(head: bytes) -> bool:
    """Return whether a file is one or several words on its first line, and holds no object and no list."""
    if b"{" in head or b"[" in head or not _is_plain(head):
        return False
    words = head.split(b"\n", 1)[0].split()
    return len(words) > 3 and not head.lstrip().startswith(b'"')
