"""The official script's own door: raw ShareGPT records in, the array it writes out."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from upath import UPath

from entropy_assets.curation.selection.contract import (
    Budget,
    Constraints,
    Progress,
    Request,
    Selection,
    ZipParams,
)
from entropy_assets.curation.selection.saved_state import saved_state
from entropy_assets.curation.selection.zip_paper import select_framed
from entropy_assets.errors import InvalidParameter


def select_official(
    records: Sequence[Mapping[str, Any]],
    n_records: int,
    *,
    params: ZipParams | None = None,
    workers: int = 1,
    progress: Progress | None = None,
    state: UPath | None = None,
) -> Selection:
    """Return exactly the picks that the official script makes from a ShareGPT pool.

    Parameters
    ----------
    records
        Records as `json.load` gives them; keys, their order and ids are part of what is compressed.
    n_records
        Number of records to pick, above 0; a round is never cut, so up to K3 - 1 more come back.
    params
        K1, K2, K3; None is the script's default of 10,000, 200 and 100.
    workers
        Number of threads, at least 1; the picks do not depend on it.
    progress
        Called when the first round can begin, and after each round, with records done and wanted.
    state
        As in `select`.

    Returns
    -------
    Selection
        Named "zip_paper". Gains: the ratio of the round's own picks at the time of the pick. A record
        can come twice where fewer than K1 are left unblocked.

    Raises
    ------
    InvalidParameter
        The number of records or of workers is below 1.
    InvalidInput
        The file of the state is damaged or belongs to another selection.
    """
    if workers < 1:
        raise InvalidParameter(f"workers must be at least 1, got {workers}")
    # The script prints dictionaries, so another mapping must be printed as one.
    framed = [repr(dict(record)).encode() for record in records]
    budget, params = Budget(n_records, "records"), params or ZipParams()
    request = Request(
        texts=framed,
        weights=budget.weights(framed),
        budget=budget.amount,
        params=params,
        constraints=Constraints(),
        codec="zlib",
        noise_guard=False,
        seed=0,
        workers=workers,
        progress=progress,
        store=None if state is None else saved_state(state, framed, budget, params, selector="official"),
    )
    return select_framed(request, framed)


def official_json(records: Sequence[Mapping[str, Any]], ranking: np.ndarray) -> bytes:
    r"""Return the file that the official script writes: one JSON array, in order of choice.

    Compact on one line with ", " and ": " between, everything outside ASCII escaped, fields as they
    came, no newline at the end.

    >>> official_json([{"id": "a"}, {"id": "é"}], np.array([1, 0]))
    b'[{"id": "\\u00e9"}, {"id": "a"}]'
    """
    return json.dumps([dict(records[index]) for index in ranking.tolist()]).encode("ascii")
