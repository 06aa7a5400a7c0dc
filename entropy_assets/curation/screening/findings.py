"""What screening finds in a record: kind, place, and the matched text with its middle hidden.

What belongs here: the form of a finding, and the walk over texts that a cheap test lets through. What
does not: what a secret or an address looks like.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files

import numpy as np
import polars as pl

from entropy_assets.storage import digest_value

FINDINGS_SCHEMA = pl.Schema(
    {
        "id": pl.String,
        "kind": pl.String,
        "detail": pl.String,
        "start": pl.Int64,
        "end": pl.Int64,
        "span": pl.String,
    }
)
"""One row a finding: `start` and `end` count characters of the full text, `span` is masked."""

Match = tuple[str, int, int]
"""Detail, start and end of one match in a text."""

Row = tuple[str, str, str, int, int, str]
"""A row of `FINDINGS_SCHEMA`."""

Detector = Callable[[str], Iterator[Match]]


@cache
def made_by() -> str:
    """Return the digest of the code that looks for them: what other code found is looked for again."""
    modules = [one for one in files(__package__).iterdir() if one.name.endswith(".py")]
    return digest_value({one.name: one.read_text("utf-8") for one in modules})


SHOWN_CHARACTERS = 4


def masked(text: str) -> str:
    """Return a matched text with all but its first four characters hidden, and its length.

    >>> masked("ghp_0123456789")
    'ghp_… (14 characters)'
    """
    return f"{text[:SHOWN_CHARACTERS]}… ({len(text)} characters)"


def find(ids: Sequence[str], texts: pl.Series, kind: str, prefilter: str, detector: Detector) -> list[Row]:
    """Return the findings of one kind as rows of `FINDINGS_SCHEMA`, in the order of the texts.

    Parameters
    ----------
    ids
        Id of each text.
    texts
        Canonical texts, String.
    kind
        Name of what is looked for.
    prefilter
        Regular expression of linear time that every text with a match must contain.
    detector
        Yields the matches of a text.
    """
    rows = []
    for place in np.flatnonzero(texts.str.contains(prefilter).to_numpy()).tolist():
        rows += rows_of(ids[place], kind, texts[place], detector(texts[place]))
    return rows


def rows_of(record_id: str, kind: str, text: str, matches: Iterable[Match]) -> list[Row]:
    """Return the matches in a text as rows of `FINDINGS_SCHEMA`."""
    return [(record_id, kind, detail, start, end, masked(text[start:end])) for detail, start, end in matches]
