"""A Parquet file whose footer a reader stops at, though its rows are sound, -> a copy that it reads.

Two columns of one name, and times in a zone that it does not know, such as ``+05:30`` or ``PST``, stop the
reader before the first row. Only the footer of the copy differs, byte by byte and at equal length: the
second of two columns has another name, and times are told in UTC.

What belongs here: what a footer says that a reader cannot bear. What does not: reading rows (`tables`).
"""

import base64
import binascii
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from entropy_assets.curation.ingest.arrow_schemas import in_utc
from entropy_assets.curation.ingest.pages import Damaged, Thrift, read_footer
from entropy_assets.curation.ingest.streams import open_file
from entropy_assets.temporary import temporary_folder

_SCHEMA_KEY = b"ARROW:schema"
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{64,}={0,2}")


class Element(NamedTuple):
    """One element of a schema: its name and place in the footer, its level, parent, and top-level column."""

    name: bytes
    name_at: int
    depth: int
    parent: int
    top: bytes


class Readable(NamedTuple):
    """A file that can be read, and top-level columns of it that cannot: name in the file -> why."""

    path: Path
    left_out: dict[str, str]


@contextmanager
def readable(path: Path) -> Iterator[Readable]:
    """Give the file itself, or a copy with a footer that can be read, which is removed afterwards.

    Parameters
    ----------
    path
        A Parquet file.

    Raises
    ------
    Damaged
        The footer is broken.
    OSError
        The file cannot be read, or not be copied.
    """
    with open_file(path) as file:
        start, footer = read_footer(file)
    patches, left_out = _renamed(_elements(footer))
    patches.update(_in_utc(footer))
    if not patches:
        yield Readable(path, {})
        return
    with temporary_folder() as folder:
        copy = folder / "copy.parquet"
        with open_file(path) as file, copy.open("xb") as target:
            shutil.copyfileobj(file, target, 1 << 22)
            for place, data in sorted(patches.items()):
                target.seek(start + place)
                target.write(data)
        yield Readable(copy, left_out)


class _Placed(bytes):
    """Bytes that know their place in the footer."""

    at = 0


class _PlacedThrift(Thrift):
    def _take(self, size: int) -> bytes:
        found = _Placed(super()._take(size))
        found.at = self.at - size
        return found


def _elements(footer: bytes) -> list[Element]:
    """Return the elements of a schema, which stand in the order of a walk through its tree.

    Raises
    ------
    Damaged
        The schema is no tree.
    """
    try:
        stated = [(item[4], item.get(5) or 0) for item in _PlacedThrift(footer).struct()[2]]
    except (KeyError, TypeError, AttributeError) as error:
        raise Damaged("the footer lacks a field") from error
    found: list[Element] = []
    open_nodes: list[list[int]] = []  # number of the element, children that are to come
    for number, (name, n_children) in enumerate(stated):
        if not isinstance(name, _Placed) or not isinstance(n_children, int):
            raise Damaged("the schema is no tree")
        while open_nodes and open_nodes[-1][1] == 0:
            open_nodes.pop()
        if bool(open_nodes) != bool(number):
            raise Damaged("the schema is no tree")
        parent = open_nodes[-1][0] if open_nodes else -1
        if open_nodes:
            open_nodes[-1][1] -= 1
        depth = len(open_nodes)
        top = name if depth <= 1 else found[parent].top
        found.append(Element(bytes(name), name.at, depth, parent, bytes(top)))
        open_nodes.append([number, max(n_children, 0)])
    return found


def _renamed(elements: list[Element]) -> tuple[dict[int, bytes], dict[str, str]]:
    """Return place in the footer -> new name of equal length, and the top-level columns to leave out.

    Both columns of one name are left out: nobody can tell which was meant. Of columns with fields of one
    name the whole is.
    """
    patches: dict[int, bytes] = {}
    left_out: dict[str, str] = {}
    for siblings in _families(elements):
        counts = Counter(element.name for element in siblings)
        taken = set(counts)
        seen: set[bytes] = set()
        for element in siblings:
            if counts[element.name] == 1:
                continue
            shown = element.name.decode("utf-8", "backslashreplace")
            if element.name in seen:
                new = _new_name(element.name, taken)
                taken.add(new)
                patches[element.name_at] = new
                top = new if element.depth == 1 else element.top
            else:
                seen.add(element.name)
                top = element.top
            inside = "" if element.depth == 1 else " in it"
            why = f"{counts[element.name]} columns{inside} are named {shown!r}"
            left_out[top.decode("utf-8", "backslashreplace")] = why
    return patches, left_out


def _families(elements: list[Element]) -> list[list[Element]]:
    """Return the columns of the file, and the fields of each column that has some, as lists."""
    families: dict[int, list[Element]] = {}
    for element in elements[1:]:
        families.setdefault(element.parent, []).append(element)
    return list(families.values())


def _new_name(name: bytes, taken: set[bytes]) -> bytes:
    """Return a name of equal length that nobody has; an empty name has no other, so it stays."""
    for number in range(1, 1 << 14):
        mark = bytes([33 + number % 94]) if number < 94 else bytes([33 + number // 94 % 94, 33 + number % 94])
        new = (name[: len(name) - len(mark)] + mark)[-len(name) :] if name else name
        if new not in taken:
            return new
    return name


def _in_utc(footer: bytes) -> dict[int, bytes]:
    """Return place in the footer -> the Arrow schema in it, with UTC for zones that the reader lacks."""
    at = footer.find(_SCHEMA_KEY)
    found = _BASE64.search(footer, at) if at >= 0 else None
    if not found:
        return {}
    try:
        schema = base64.b64decode(found.group(), validate=True)
    except binascii.Error:
        return {}
    told = in_utc(schema)
    if not told:  # without an Arrow schema the columns are what Parquet says, and moments are in UTC
        return {at: _SCHEMA_KEY.lower()}
    return {} if told == schema else {found.start(): base64.b64encode(told)}
