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
    """Return name -> bytes of the declaration that a drop gets for the source; none where it needs none.

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
    if source is None:
        return {}
    if not (source.strip() and is_one_line(source)):
        raise InvalidParameter(f"--source is one line with something in it, got {source!r}: name it so")
    there = path / DECLARATION if path.is_dir() else None
    declared = declaration_of(path, path.name) if there else None
    if declared and declared.source:
        if declared.source != source:
            raise InvalidInput(
                f"{path / DECLARATION} says source {declared.source!r}, and {source!r} was named: change one"
            )
        return {}
    line = f"source = {json.dumps(source)}\n".encode()
    before = there.read_bytes().removeprefix(b"\xef\xbb\xbf") if there and there.is_file() else b""
    return {DECLARATION: line + before}
