"""Input in which there is no row at all, or no file that can be read: told at once, in one sentence.

What belongs here: what counts as nothing. What does not: rows that cannot become records, which quarantine
keeps; what a drop with too many of them comes to.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from entropy_assets.curation.ingest.batches import Ingested
from entropy_assets.curation.ingest.reasons import Reason
from entropy_assets.errors import InvalidInput

OF_FILES = frozenset(
    {
        Reason.unreadable_header,
        Reason.unreadable_file,
        Reason.unsupported_file,
        Reason.git_lfs_pointer,
        Reason.other_encoding,
    }
)
"""Reasons of the quarantine that speak of a file, of which no row was read."""
_SHOWN = 3


def nothing_read(left_out: Mapping[str, int]) -> str:
    """Return why no record was read of a place: what was left out by reason, or that no row is there."""
    if not left_out:
        return "holds no record that can be read, and no row: name a file or a folder with data"
    counts = ", ".join(f"{n:,} {reason}" for reason, n in sorted(left_out.items()))
    return f"holds no record that can be read ({counts}): `entropy-assets ingest` says of each row why"


class Nothing:
    """Batches of some input, looked at until one of them holds a row."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_true = True
        self._files: Counter[str] = Counter()
        self._first = ""
        self._passed_over: list[str] = []

    def look(self, batch: Ingested) -> None:
        """Take in one batch."""
        self._passed_over += map(str, batch.told)
        of_files = batch.quarantined.filter(pl.col("reason").is_in(sorted(OF_FILES)))
        self.is_true &= batch.records.is_empty() and of_files.height == batch.quarantined.height
        self._files.update(of_files["reason"].to_list())
        if of_files.height and not self._first:
            file, detail = of_files.select("file", "detail").row(0)
            self._first = f"{file}: {detail}"

    def refuse(self) -> None:
        """Refuse the input if no batch held a row.

        Raises
        ------
        InvalidInput
            None did.
        """
        if not self.is_true:
            return
        if not self._files:
            what = "has no file with a row in it" if self.path.is_dir() else "holds no row"
            if held_out := [note for note in self._passed_over if "of the split" in note]:
                more = "; ..." if held_out[1:] else ""
                raise InvalidInput(f"{self.path} {what} that is read; {held_out[0]}{more}")
            told = "; ".join(self._passed_over[:_SHOWN])
            more = "; ..." if self._passed_over[_SHOWN:] else ""
            raise InvalidInput(
                f"{self.path} {what}{f' ({told}{more})' if told else ''}: name a file or a folder with data"
            )
        counts = ", ".join(f"{n:,} {reason}" for reason, n in sorted(self._files.items()))
        whole = "has no file that can be read" if self.path.is_dir() else "cannot be read"
        raise InvalidInput(f"{self.path} {whole} ({counts}); {self._first}")
