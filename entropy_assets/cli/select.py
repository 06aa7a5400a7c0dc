"""The command `select`: a pool file in, the picked rows out, in the input's own form."""

import gzip
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
import zstandard
from upath import UPath

from entropy_assets.curation.ingest import raw_rows, read_file
from entropy_assets.curation.selection import (
    Budget,
    ZipParams,
    official_json,
    select,
    select_official,
)
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.records import rendered
from entropy_assets.storage import put

_PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".zst": lambda data: zstandard.ZstdCompressor().compress(data),
}


@dataclass(frozen=True)
class Picked:
    """What the command tells: records in the pool, records picked, reason -> rows left out."""

    n_pool: int
    n_picked: int
    left_out: dict[str, int] = field(default_factory=dict)


def select_file(
    pool: Path,
    out: Path,
    selector: str,
    amount: int,
    unit: str,
    ks: tuple[int, int, int],
    seed: int,
    workers: int,
) -> Picked:
    """Write the picked rows of `pool` to `out` and tell how many they are.

    Raises
    ------
    InvalidInput
        The pool cannot be read or holds no record.
    InvalidParameter
        The budget or a size is out of its range, or `out` is the pool itself.
    """
    if not pool.is_file():
        raise InvalidInput(f"{pool} is not a file: name a JSONL, JSON array or Parquet file")
    if out.resolve() == pool.resolve():
        raise InvalidParameter(f"--out {out} is the pool itself: name another file")
    budget, params = Budget(amount, unit), ZipParams(*ks)  # type: ignore[arg-type]
    official = _official_pool(pool) if selector == "zip_paper" and unit == "records" else None
    if official is not None:
        with _progress(selector) as progress:
            picks = select_official(official, amount, params=params, workers=workers, progress=progress)
        _write(out, official_json(official, picks.ranking))
        return Picked(len(official), len(picks.ranking))
    read = read_file(pool, drop="pool")
    if not read.records.height:
        raise InvalidInput(f"{pool} holds no record that can be read: see `entropy-assets select --help`")
    texts = [text.encode() for text in rendered(read.records)]
    with _progress(selector) as progress:
        picks = select(texts, budget, selector, params=params, seed=seed, workers=workers, progress=progress)
    lines = [read.records["line"][index] for index in picks.ranking.tolist()]
    _write(out, _in_form_of(pool, lines))
    reasons = dict(sorted(read.quarantined["reason"].value_counts().iter_rows()))
    return Picked(len(texts), len(lines), reasons)


def _official_pool(pool: Path) -> list[dict[str, Any]] | None:
    """Return the records of a ShareGPT array as the official script loads them; None for another form."""
    head, rows = raw_rows(pool)
    if head != "array":
        return None
    try:
        values = [json.loads(row) for row in rows.values()]
    except ValueError:
        return None
    is_sharegpt = all(isinstance(v, dict) and {"conversations", "source"} <= v.keys() for v in values)
    return values if values and is_sharegpt else None


def _in_form_of(pool: Path, lines: list[int]) -> bytes:
    """Return the rows at `lines`, in that order, in the form of the pool file."""
    if pool.suffix.lower() == ".parquet":
        from entropy_assets.shards import parquet_bytes

        return parquet_bytes(pl.read_parquet(pool)[[line - 1 for line in lines]])
    form, rows = raw_rows(pool)
    picked = [rows[line] for line in lines]
    if form == "array":
        return b"[" + b",\n".join(picked) + b"]\n"
    return b"".join(row + b"\n" for row in picked)


def _write(out: Path, data: bytes) -> None:
    pack = _PACKINGS.get(out.suffix.lower(), bytes)
    put(UPath(out.absolute()), pack(data))


@contextmanager
def _progress(selector: str) -> Iterator[Callable[[int, int], None] | None]:
    """Yield a callback that draws a bar on a terminal, None in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(selector),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(selector, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
