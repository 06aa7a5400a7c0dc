"""Which format the folder of a dataset has: `store.json`, written before anything else is.

Format 1 had no such file, and a ledger of whole states without digests; format 2 knew no `ask`. What
belongs here: reading, claiming and requiring a format. What does not: how one becomes the next (`migration`).
"""

from upath import UPath

from entropy_assets.errors import InvalidInput, StorageConflict
from entropy_assets.storage import (
    DatasetHome,
    canonical_json,
    create_exclusive,
    names_in,
    parse_json,
    put,
    read_or_none,
)

STORE_FORMAT = 3
"""The format that this release writes and reads."""
STORE_FILE = "store.json"


def store_format(root: UPath) -> int | None:
    """Return the format of a dataset's folder, None where nothing has been written into it yet.

    Raises
    ------
    InvalidInput
        Its `store.json` is damaged.
    """
    data = read_or_none(root / STORE_FILE)
    if data is None:
        return 1 if names_in(root / "ledger") or names_in(root / "work") else None
    try:
        value = parse_json(data)
    except ValueError:
        value = None
    number = value.get("schema") if isinstance(value, dict) else None
    if type(number) is not int or number < 1:
        raise InvalidInput(
            f"{root / STORE_FILE} must be an object with the number `schema`, got {data[:80]!r}: "
            "restore it from a backup"
        )
    return number


def claim_format(root: UPath) -> None:
    """Write that a new dataset has this release's format; harmless where another writer was first."""
    if read_or_none(root / STORE_FILE) is None:
        try:
            create_exclusive(root / STORE_FILE, canonical_json({"schema": STORE_FORMAT}))
        except StorageConflict:
            return


def raise_format(root: UPath) -> None:
    """Write that a dataset of an older format has this release's, once all else in it has."""
    put(root / STORE_FILE, canonical_json({"schema": STORE_FORMAT}))


def refuse_other_format(root: UPath) -> bool:
    """Refuse a folder whose `store.json` states another format; return whether there is a `store.json`.

    Raises
    ------
    InvalidInput
        It was written by a newer release, or has to be migrated.
    """
    if read_or_none(root / STORE_FILE) is None:
        return False
    _refuse(root, store_format(root))
    return True


def require_schema(home: DatasetHome, *, writes: bool = False) -> None:
    """Refuse a dataset in another format than this release's.

    Parameters
    ----------
    home
        The dataset.
    writes
        Whether the caller is about to write into it: a new one then gets its `store.json`.

    Raises
    ------
    InvalidInput
        It was written by a newer release, or has to be migrated.
    """
    found = store_format(home.root)
    if found is None and writes:
        claim_format(home.root)
    _refuse(home.root, found)


def _refuse(root: UPath, found: int | None) -> None:
    if found is None or found == STORE_FORMAT:
        return
    todo = "written by a newer release: update entropy-assets"
    if found < STORE_FORMAT:
        todo = "from an older release: run `entropy-assets migrate`"
    raise InvalidInput(f"{root} has store format {found}, this release needs {STORE_FORMAT}; it is {todo}")
