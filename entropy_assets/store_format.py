"""Which format the folder of a dataset has: `store.json`, written before anything else is.

Format 1 had no such file, and a ledger of whole states without digests; format 2 knew no `ask`; in format 3
a turn was role and content alone; format 4 knew no rollback.

What belongs here: reading, claiming and requiring a format. What does not: how one becomes the next
(`migration`).
"""

from upath import UPath

from entropy_assets.errors import InvalidInput, StorageConflict, StoreDamaged
from entropy_assets.storage import (
    DatasetHome,
    canonical_json,
    create_exclusive,
    names_in,
    parse_json,
    put,
    read_or_none,
)

STORE_FORMAT = 5
"""The format that this release writes and reads."""
STORE_FILE = "store.json"
LOST = 0
"""In place of a format: `store.json` is gone, and the entries show that there was one."""


def store_format(root: UPath) -> int | None:
    """Return the format of a dataset's folder, None where nothing has been written into it yet.

    Where `store.json` is missing that is 1, or `LOST` where the ledger's first entry states a later one.

    Raises
    ------
    StoreDamaged
        Its `store.json` is damaged.
    """
    data = read_or_none(root / STORE_FILE)
    if data is None:
        entries = sorted(name for name in names_in(root / "ledger") if name.endswith(".json"))
        is_used = bool(entries or names_in(root / "ledger") or names_in(root / "work"))
        states_one = bool(entries) and _states_format(read_or_none(root / "ledger" / entries[0]))
        data = read_or_none(root / STORE_FILE)  # which is written before anything else: again, after a look
        if data is None:
            return LOST if states_one else 1 if is_used else None
    try:
        value = parse_json(data)
    except ValueError:
        value = None
    number = value.get("schema") if isinstance(value, dict) else None
    if type(number) is not int or number < 1:
        raise StoreDamaged(
            f"{root / STORE_FILE} must be an object with the number `schema`, got {data[:80]!r}: "
            "restore it from a backup"
        )
    return number


def _states_format(entry: bytes | None) -> bool:
    """Return whether an entry states its format, as all do since there is a `store.json`."""
    try:
        value = parse_json(entry or b"")
    except ValueError:
        return False
    number = value.get("schema") if isinstance(value, dict) else None
    return type(number) is int and number > 1


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
    StoreDamaged
        Its `store.json` is lost or damaged.
    """
    found = store_format(root)
    if found != LOST and read_or_none(root / STORE_FILE) is None:
        return False
    _refuse(root, found)
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
    if found == LOST:
        raise StoreDamaged(
            f"{root / STORE_FILE} is missing, so the store format is unknown: restore it from a backup, or "
            "run `entropy-assets migrate`, which reads the whole ledger and writes it again"
        )
    todo = "written by a newer release: update entropy-assets"
    if found < STORE_FORMAT:
        todo = "from an older release: run `entropy-assets migrate`"
    raise InvalidInput(f"{root} has store format {found}, this release needs {STORE_FORMAT}; it is {todo}")
