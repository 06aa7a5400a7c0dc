"""Pool files of the command `select`: records out of one, picked rows back in its own form."""

import gzip
import json
import re
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import zstandard
from upath import UPath

from entropy_assets.cli.printing import say
from entropy_assets.curation.ingest import iter_file, raw_rows
from entropy_assets.curation.ingest.files import file_form
from entropy_assets.curation.ingest.footers import readable
from entropy_assets.curation.ingest.split_names import TRAIN, split_in, split_named
from entropy_assets.errors import InvalidInput
from entropy_assets.inputs import require_input
from entropy_assets.records import rendered
from entropy_assets.settings import IngestSettings
from entropy_assets.shards import parquet_bytes
from entropy_assets.spans import Spans
from entropy_assets.storage import put
from entropy_assets.texts import StoredTexts

_PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda data: gzip.compress(data, mtime=0),
    ".zst": lambda data: zstandard.ZstdCompressor().compress(data),
}
_UNPACKINGS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".zst": lambda data: zstandard.ZstdDecompressor().stream_reader(data).read(),
}
_ROW = "row of the file"
_BREAKS = re.compile(rb"\s*[\r\n]\s*")


@dataclass(frozen=True)
class PoolFile:
    """The records of a pool file.

    Parameters
    ----------
    texts
        Their n canonical texts.
    lines
        (n,) int64, the row that each came from, counted from 1, through all files of a folder.
    sources
        Source of each.
    row_ids
        The user's id of each, else that of its content; empty where nobody asked for ids.
    ids
        Id of the content of each; empty where nobody asked for ids.
    left_out
        Reason -> rows that are no record.
    spans
        The answers in each text; None where nobody asked for ids.
    """

    texts: StoredTexts
    lines: np.ndarray
    sources: list[str]
    row_ids: list[str]
    ids: list[str]
    left_out: Counter[str]
    spans: Spans | None = None


def read_pool(pool: Path, folder: Path, *, with_ids: bool, with_rejected: bool) -> PoolFile:
    """Return the records of a pool file, or of a folder of Parquet shards.

    Their text goes into a file in `folder`, so that it need not fit into memory.
    """
    lines: list[np.ndarray] = [np.array([], np.int64)]
    sources: list[str] = []
    row_ids: list[str] = []
    ids: list[str] = []
    left_out: Counter[str] = Counter()
    spans: list[Spans] = []

    def texts() -> Iterator[bytes]:
        n_rows = 0
        for path in shard_files(pool):
            n_before = n_rows
            for batch in iter_file(path, "pool"):
                n_rows += batch.rows_in
                left_out.update(batch.quarantined["reason"].to_list())
                lines.append(batch.records["line"].to_numpy() + n_before)
                sources.extend(sys.intern(source) for source in batch.records["source"])
                if with_ids:
                    row_ids.extend(batch.records["row_id"].fill_null(batch.records["id"]))
                    ids.extend(batch.records["id"])
                    spans.append(Spans.of(batch.records))
                for text in rendered(batch.records, with_rejected=with_rejected):
                    yield text.encode()

    stored = StoredTexts.write(folder / "texts", texts())
    answers = Spans.together(spans) if with_ids else None
    return PoolFile(stored, np.concatenate(lines), sources, row_ids, ids, left_out, answers)


def data_folder(source: Path) -> Path:
    """Return the folder of the data files where a path is the folder of a version, else the path itself."""
    is_version = (source / "manifest.json").is_file() and (source / "data").is_dir()
    return source / "data" if is_version else source


def shard_files(pool: Path) -> list[Path]:
    """Return the file, or the Parquet files of a folder by name: of several splits what is trained on."""
    pool = data_folder(pool)
    if not pool.is_dir():
        return [pool]
    files = sorted(pool.glob("*.parquet"))
    others = _of_other_splits(files)
    return [path for path in files if path not in others]


def tell_other_splits(pool: Path) -> None:
    """Say which files of a folder are left out, since they are of a split that is held out."""
    pool = data_folder(pool)
    others = _of_other_splits(sorted(pool.glob("*.parquet"))) if pool.is_dir() else []
    if others:
        say(
            f"left out of {pool}: {len(others)} files of held-out splits, as {others[0].name}; to read one, "
            "name the file itself",
            err=True,
        )


def _of_other_splits(files: list[Path]) -> list[Path]:
    """Return the files that their names say are held out, beside others that are trained on."""
    splits = {path: _split_of(path.stem) for path in files}
    if TRAIN not in splits.values():
        return []
    return [path for path, split in splits.items() if split not in (None, TRAIN)]


def _split_of(name: str) -> str | None:
    found = split_named(name)
    if found is None and (part := split_in(name)) is not None:
        found = part[1]
    return found


def require_pool(pool: Path) -> None:
    """Refuse a pool that is neither a file nor a folder of Parquet files, or of which a part is not read.

    Raises
    ------
    InvalidInput
        It is.
    """
    require_input(pool, "a JSONL, JSON array or Parquet file, or a folder of Parquet files")
    pool = data_folder(pool)
    if pool.is_dir() and not shard_files(pool):
        raise InvalidInput(
            f"{pool} is not a file, nor a folder of Parquet files: name a JSONL, JSON array or Parquet "
            "file, or such a folder"
        )
    tell_other_splits(pool)
    odd = [path for path in shard_files(pool) if not path.is_file()]
    if odd:
        raise InvalidInput(f"{odd[0]} is no regular file, so it cannot be read: remove it")
    if pool.is_dir() and (within := sorted(pool.glob("*/**/*.parquet"))):
        raise InvalidInput(
            f"{pool} has Parquet files in folders within, such as {within[0].relative_to(pool)}, and only "
            "those beside each other are read: name one folder, or make one file of all with "
            "`entropy-assets ingest`"
        )


def official_pool(pool: Path) -> list[dict[str, Any]] | None:
    """Return the records of a ShareGPT array as the official script loads them; None for another form."""
    if pool.suffix.lower() == ".parquet" or file_form(pool, IngestSettings()) != "array":
        return None
    try:
        data = _UNPACKINGS.get(pool.suffix.lower(), bytes)(pool.read_bytes())
        values = json.loads(data)
    except (ValueError, OSError, EOFError, zlib.error, zstandard.ZstdError):
        return None
    is_sharegpt = all(isinstance(v, dict) and {"conversations", "source"} <= v.keys() for v in values)
    return values if values and is_sharegpt else None


def form_of(pool: Path) -> str:
    """Return the form of a pool: `parquet`, also of a folder, `array`, `lines`, `csv` or `text`."""
    return "parquet" if pool.is_dir() else file_form(pool, IngestSettings())


def rows_as(form: str, pool: Path, lines: list[int]) -> bytes:
    """Return the rows of a pool at `lines`, in that order, in a form that `form_to_write` allows."""
    if form == "parquet":
        wanted = pl.LazyFrame({"line": [line - 1 for line in lines]}, schema={"line": pl.UInt32})
        with ExitStack() as files:
            found = [files.enter_context(readable(path)) for path in shard_files(pool)]
            table = pl.scan_parquet([one.path for one in found], row_index_name=_ROW, cache=False)
            left_out = {name for one in found for name in one.left_out}
            joined = wanted.join(table, left_on="line", right_on=_ROW, maintain_order="left")
            return parquet_bytes(joined.drop("line").drop(left_out, strict=False).collect())
    _, rows = raw_rows(pool, set(lines))
    picked = [rows[line] for line in lines]
    if form == "text":
        return b"\n\n".join(picked) + b"\n"
    if form == "csv":
        picked.insert(0, rows[0])
    if form == "array":
        return b"[" + b",\n".join(picked) + b"]\n"
    if form == "lines":  # of an array a row may stand on many; inside a string of JSON there is no line break
        picked = [_BREAKS.sub(b" ", row) for row in picked]
    return b"".join(row + b"\n" for row in picked)


def write_packed(out: Path, data: bytes) -> None:
    """Write `data` to `out`, whole, compressed as its name says."""
    pack = _PACKINGS.get(out.suffix.lower(), bytes)
    put(UPath(out.absolute()), pack(data))
