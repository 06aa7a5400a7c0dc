"""The golden pools and picks of the official script, and the times that came with them."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

from entropy_assets.curation.ingest import read_file
from entropy_assets.curation.selection import ZipParams
from entropy_assets.records import rendered


@dataclass(frozen=True)
class Golden:
    """One golden pool.

    Parameters
    ----------
    path
        The pool, a ShareGPT array.
    picks
        The `id` of each official pick, in order.
    params
        Sizes of the stages in that run.
    seconds
        What the official script took for the whole job, by `golden/README.md`: on shared cores, an upper
        bound.
    n_processes
        Processes of that run.
    """

    path: Path
    picks: list[int]
    params: ZipParams
    seconds: float
    n_processes: int

    def records(self) -> list[dict[str, Any]]:
        """Return the pool as `json.load` gives it."""
        records: list[dict[str, Any]] = json.loads(self.array())
        return records

    def array(self) -> bytes:
        """Return the bytes of the unpacked pool file."""
        if self.path.suffix != ".zst":
            return self.path.read_bytes()
        with zstandard.ZstdDecompressor().stream_reader(io.BytesIO(self.path.read_bytes())) as stream:
            return stream.read()

    def texts(self) -> tuple[list[str], list[str], list[int]]:
        """Return text, source and place in `records` of each; ingest refuses those with empty turns."""
        frame = read_file(self.path, drop="bench").records
        return rendered(frame), frame["source"].to_list(), [line - 1 for line in frame["line"]]


def golden(shared: Path, *, is_smoke: bool) -> Golden:
    """Return the large golden pool, in a smoke run the small one with its first two rounds."""
    folder = shared / "golden"
    if is_smoke:
        picks = json.loads((folder / "picks_1600.json").read_text())[
            :40
        ]  # two rounds: no later one changes them
        return Golden(folder / "pool_1600.json", picks, ZipParams(400, 40, 20), 11.0, 1)
    picks = json.loads((folder / "picks_30155.json").read_text())
    return Golden(folder / "pool_30155.json.zst", picks, ZipParams(), 878.0, 2)
