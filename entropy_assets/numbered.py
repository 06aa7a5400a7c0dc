"""Folders that only grow, of files `000001.json`, `000002.json`, ...: reading them, and what does not belong.

What belongs here: names and gaps. What does not: what stands in the files.
"""

import itertools
from collections.abc import Collection, Iterable

from upath import UPath

from entropy_assets.errors import StoreDamaged
from entropy_assets.storage import names_in, read_or_none

SHOWN = 5
"""Names that a sentence repeats at most."""


def numbered_files(folder: UPath, what: str) -> list[tuple[UPath, bytes]]:
    """Return `000001.json`, `000002.json`, … of an append-only folder with their bytes, in their order.

    They are read by name until one is missing; the listing only shows what does not belong.

    Parameters
    ----------
    folder
        The folder; it need not exist.
    what
        What it is, for messages.

    Raises
    ------
    StoreDamaged
        A number is missing, because somebody has removed a file, or a name is no number.
    """
    names = names_in(folder)  # before the files: no race
    found: list[tuple[UPath, bytes]] = []
    while (data := read_or_none(path := folder / f"{len(found) + 1:06d}.json")) is not None:
        found.append((path, data))
    if misfits := misfits_told(names, len(found)):
        raise StoreDamaged(f"{what} {folder} {misfits}")
    return found


def misfits_told(names: Iterable[str], n_found: int, absent: Collection[str] = (), last: int = 0) -> str:
    """Return what is wrong with the names in a folder of numbered files, and what to do; empty if nothing.

    Parameters
    ----------
    names
        What is listed there; only names that end in `.json` count.
    n_found
        Number up to which files were read.
    absent
        Names up to that number that are missing.
    last
        Highest number that is known to have been there, where one is.
    """
    numbers, strange = set(), []
    for name in sorted(name for name in names if name.endswith(".json")):
        stem = name.removesuffix(".json")
        number = int(stem) if stem.isascii() and stem.isdecimal() else 0
        if number and name == f"{number:06d}.json":
            numbers.add(number)
        else:
            strange.append(name)
    behind = {number for number in numbers if number > n_found}
    if not behind and not strange and not absent:
        return ""
    end = max(last, n_found, *behind)
    gap = (f"{number:06d}.json" for number in range(n_found + 1, end + 1) if number not in behind)
    missing = [*absent, *itertools.islice(gap, SHOWN)]
    told = []
    if missing:
        n_more = len(absent) + end - n_found - len(behind) - SHOWN
        more = f" and {n_more} more" if n_more > 0 else ""
        told.append(f"missing: {', '.join(missing[:SHOWN])}{more}: restore from a backup what is missing")
    if strange:
        told.append(f"not called so: {', '.join(strange[:SHOWN])}: move that elsewhere, and keep it")
    return f"must hold its files from 000001.json on without a gap; {'; '.join(told)}"
