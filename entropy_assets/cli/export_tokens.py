"""`export` to tokens: a folder of files that a trainer reads, whole or not at all.

What belongs here: paths, the folder that is there already, when it stops. What does not: tokens.
"""

import contextlib
import datetime
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
from upath import UPath

from entropy_assets.cli.export import Written, read_batches, records_files, writing
from entropy_assets.curation.export import LOST_SCHEMA, lost_frame
from entropy_assets.curation.export.losses import Loss
from entropy_assets.curation.export.tokens import (
    TOKEN_LAYOUTS,
    Encoder,
    TokenCounts,
    chosen_template,
    load_tokenizer,
)
from entropy_assets.curation.export.tokens.encoding import BATCH_RECORDS, PREFERENCE_LAYOUTS
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.linking import digest_file
from entropy_assets.shards import parquet_bytes
from entropy_assets.storage import put
from entropy_assets.temporary import cleared, staging_beside, temporary_beside

SUMMARY, MAP = "tokens.json", "records.parquet"
"""Files beside those of the layout: what is said of them, and which tokens are of which record."""


@dataclass(frozen=True)
class TokenTask:
    """The arguments of one export.

    Parameters
    ----------
    source
        Parquet file of records, or a folder of such files or of a version.
    layout
        A key of `TOKEN_LAYOUTS`.
    out
        Folder to write.
    tokenizer
        Folder of the tokenizer.
    template
        File of a chat template; None for the tokenizer's.
    masks
        One of `curation.export.tokens.MASKS`.
    date
        What a template takes for today.
    is_lossy
        Whether records that cannot be written are left out and counted.
    refused
        Parquet file for these.
    """

    source: Path
    layout: str
    out: Path
    tokenizer: Path
    template: Path | None = None
    masks: str = "generation"
    date: datetime.date | None = None
    is_lossy: bool = False
    refused: Path | None = None


def export_tokens(task: TokenTask) -> tuple[Written, dict[str, Any]]:
    """Write the tokens of records; return the counts, and what stands in `tokens.json`.

    `out` is made, or replaced if it is empty or an earlier export, when all is written: what is there is the
    earlier export or the new one, each whole. It is not there for the moment between two renames.

    Raises
    ------
    InvalidInput
        There are no records, one cannot be written and the task is not lossy, or there is no tokenizer or
        template for them.
    InvalidParameter
        A path is of something else, or two are the same.
    """
    files = records_files(task.source)
    out = _checked_out(task, files)
    loaded = load_tokenizer(task.tokenizer)
    encoder = Encoder(loaded, partial(chosen_template, loaded, task.template, task.masks, task.date))
    if task.template is not None:
        _ = encoder.template  # whether it can be read is said before the records are
    with writing(task.out), staging_beside(out) as staging:
        try:
            written, told = _write(task, encoder, files, staging, "uint8")
        except _BetweenZeroAndOne:
            for path in staging.iterdir():
                path.unlink()
            written, told = _write(task, encoder, files, staging, "float32")
        _put_folder(staging, out)
    return written, told


class _BetweenZeroAndOne(Exception):
    """A weight is neither 0 nor 1, and a byte holds no other."""


def _write(
    task: TokenTask, encoder: Encoder, files: list[Path], folder: Path, weight_dtype: str
) -> tuple[Written, dict[str, Any]]:
    """Write all files of an export into a folder."""
    counts, lost, records_in = TokenCounts(), [pl.DataFrame(schema=LOST_SCHEMA)], 0
    with contextlib.closing(TOKEN_LAYOUTS[task.layout](folder, encoder.loaded.size, weight_dtype)) as to:
        for batch in read_batches(files):
            for frame in batch.iter_slices(BATCH_RECORDS):
                made = encoder.encode(frame)
                if weight_dtype == "uint8" and any(one.has_other_weights for one in made.encoded):
                    raise _BetweenZeroAndOne
                names = frame["id"]
                places = [to.add(names[one.record], one.ids, one.weights) for one in made.encoded]
                counts.add(frame, made.encoded, places)
                lost.append(lost_frame(frame, made.lost))
                records_in += frame.height
        token_dtype = to.token_dtype
    refusals = pl.concat(lost)
    if task.refused is not None:
        put(UPath(task.refused.absolute()), parquet_bytes(refusals))
    written = Written(records_in, counts.n_records, Counter(sorted(refusals["reason"])))
    _require_written(task, written, refusals)
    told = counts.told(task.layout, encoder, (token_dtype, weight_dtype), written.lost)
    (folder / MAP).write_bytes(parquet_bytes(counts.map()))
    told["files"] = {
        path.name: {"bytes": path.stat().st_size, "sha256": digest_file(UPath(path))}
        for path in sorted(folder.iterdir())
    }
    text = json.dumps(told, indent=2, ensure_ascii=False)
    (folder / SUMMARY).write_text(text + "\n", encoding="utf-8")
    return written, told


def _checked_out(task: TokenTask, files: list[Path]) -> Path:
    """Return the folder to write, after all that can be said about the paths has been said."""
    out = task.out.resolve()
    if task.out.exists() and not task.out.is_dir():
        raise InvalidParameter(f"--out {task.out} is a file, and {task.layout} is a folder: name a folder")
    if task.refused is not None:
        refused = task.refused.resolve()
        if task.refused.is_dir():
            raise InvalidParameter(f"--refused {task.refused} is a folder: name a file")
        if task.refused.suffix.lower() != ".parquet":
            raise InvalidParameter(f"--refused must end in .parquet, got {task.refused.name}")
        if out in (refused, *refused.parents) or refused in [path.resolve() for path in files]:
            raise InvalidParameter("RECORDS, --out and --refused must be different places: name another one")
    for name, path in (("RECORDS", task.source), ("--tokenizer", task.tokenizer)):
        if path.resolve() == out:
            raise InvalidParameter(f"--out {task.out} is {name} itself: name another folder")
    if out.is_dir() and not _is_replaced(out):
        raise InvalidParameter(
            f"--out {task.out} holds what no export to tokens wrote: name a new folder, or an earlier export"
        )
    return out


def _is_replaced(folder: Path) -> bool:
    """Return whether a folder is empty or holds an earlier export and nothing else."""
    names = {path.name for path in folder.iterdir()}
    if not names:
        return True
    try:
        told = json.loads((folder / SUMMARY).read_bytes())
        return bool(names == {SUMMARY, *told["files"]} and told["layout"] in TOKEN_LAYOUTS)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _require_written(task: TokenTask, written: Written, refusals: pl.DataFrame) -> None:
    """Stop where nothing was read or can be written, or something cannot and it may not be left out."""
    if not written.records_in:
        raise InvalidInput(f"{task.source} holds no record: nothing is written; name what ingest wrote")
    if not written.lost or (task.is_lossy and written.n_rows):
        return
    reasons = ", ".join(f"{n:,} {reason}" for reason, n in sorted(written.lost.items()))
    first = refusals.row(0, named=True)
    what = (
        f"{written.lost.total():,} of {written.records_in:,} records cannot be written as {task.layout} "
        f"({reasons}), as {first['id']}: {first['detail']}"
    )
    held = ""
    if written.lost[Loss.preference]:
        held = f"write preferences with --layout {' or '.join(PREFERENCE_LAYOUTS)}, and "
    do = (
        "say --lossy to leave such records out, counted"
        if written.n_rows
        else "take another layout or template"
    )
    raise InvalidInput(f"{what}; nothing is written to --out: {held}{do}")


def _put_folder(staging: Path, out: Path) -> None:
    """Put a whole folder in the place of an earlier one, or of none."""
    for path in (*staging.iterdir(), staging):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    if not out.exists():
        staging.rename(out)
        return
    former = temporary_beside(out)

    def restore_or_remove() -> None:
        if former.exists() and not out.exists():
            former.rename(out)
        shutil.rmtree(former, ignore_errors=True)

    clear: Callable[[], None] = restore_or_remove
    with cleared(clear):
        out.rename(former)
        staging.rename(out)
