"""Reads a ledger from its first entry on, and tells all that does not fit.

What belongs here: a reading that trusts no snapshot and mends nothing. What does not: the rules
themselves (`history`), and what lies beside the ledger.
"""

from entropy_assets.errors import InvalidInput
from entropy_assets.ledger.head import read_current
from entropy_assets.ledger.history import SNAPSHOT_EVERY, History
from entropy_assets.ledger.model import Entry
from entropy_assets.ledger.reader import Reader
from entropy_assets.storage import digest_bytes, names_in, read_or_none


def audit(ledger: Reader) -> tuple[History, list[str]]:
    """Return the entries that fit each other, from the first on, and a sentence for each fault.

    Parameters
    ----------
    ledger
        The ledger; what it has read before plays no part.
    """
    faults: list[str] = []
    kept: dict[int, Entry] = {}
    history = History(load=kept.__getitem__)
    try:
        current = read_current(ledger.current_path)
    except InvalidInput as error:
        current = None
        faults.append(str(error))
    names = names_in(ledger.folder)
    number = 1
    while (data := read_or_none(ledger.entry_path(number))) is not None:
        path = str(ledger.entry_path(number))
        try:
            entry = Entry.from_bytes(data, path, history.state_after)
            history.add(entry)
        except InvalidInput as error:
            faults.append(str(error))  # nothing behind it can fit
            break
        kept[number] = entry
        if number % SNAPSHOT_EVERY == 0:
            faults += _snapshot_faults(ledger, history)
        number += 1
    whole = not faults
    try:
        if whole:
            ledger.check_names(names, len(history), current)
        ledger.check_current(history, current)
    except InvalidInput as error:
        faults.append(str(error))
    return history, faults


def _snapshot_faults(ledger: Reader, history: History) -> list[str]:
    """Return what is wrong with the snapshot of the entries so far; one that was swept away is not."""
    path = ledger.snapshot_path(len(history))
    data = read_or_none(path)
    if data is None or digest_bytes(data) == digest_bytes(history.snapshot()):
        return []
    return [f"{path} is not what the entries up to {len(history)} say: delete it, it is made again"]
