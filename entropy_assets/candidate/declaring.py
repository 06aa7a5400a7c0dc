"""A source that is named with a delivery: it goes into the drop's declaration, so that it is delivered too.

What belongs here: the declaration that a delivery gets. What does not: copying it (`delivery`), and what a
declaration says (`curation.ingest`).
"""

import json
from pathlib import Path

from entropy_assets.curation.ingest import DECLARATION, declaration_of
from entropy_assets.curation.ingest.origins import is_one_line
from entropy_assets.errors import InvalidInput, InvalidParameter


def declared_with(path: Path, source: str | None) -> dict[str, bytes]:
    """Return name -> bytes of the declaration that a drop gets; none where it needs none, or has its own.

    A file that is delivered by itself takes with it what is declared beside it.

    Parameters
    ----------
    path
        Folder or file that is delivered.
    source
        Source of its rows that name none; None where nobody named one.

    Raises
    ------
    InvalidInput
        The drop declares another source, or what no drop may declare.
    InvalidParameter
        The source is no line with something in it.
    """
    there = (path if path.is_dir() else path.parent) / DECLARATION
    if source is None:
        if path.is_dir() or not there.is_file():
            return {}
        declaration_of(there.parent, path.name)
        return {DECLARATION: there.read_bytes()}
    if not (source.strip() and is_one_line(source)):
        raise InvalidParameter(f"--source is one line with something in it, got {source!r}: name it so")
    declared = declaration_of(there.parent, path.name)
    before = there.read_bytes().removeprefix(b"\xef\xbb\xbf") if there.is_file() else b""
    if declared.source:
        if declared.source != source:
            raise InvalidInput(
                f"{there} says source {declared.source!r}, and {source!r} was named: change one"
            )
        return {} if path.is_dir() else {DECLARATION: before}
    line = f"source = {json.dumps(source)}\n".encode()
    return {DECLARATION: line + before}
