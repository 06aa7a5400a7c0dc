"""The three drops of the demonstration, cut from the harvest, and how a drop is written.

`docs-first` bootstraps the dataset, `docs-second` is good and repeats a part of the first, and
`docs-damaged` is as good as the second but for a share of its rows. All three have one mix of sources,
so that the only difference is the damage.
"""

import gzip
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import zstandard

from entropy_assets.demo.faults import damage_mix
from entropy_assets.demo.harvest import Row, harvest
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.storage import SUCCESS_MARKER

FIRST, SECOND, DAMAGED = "docs-first", "docs-second", "docs-damaged"

DAMAGE = {"near_copies": 0.1, "word_salad": 0.1, "binary_noise": 0.1}
"""Fault -> share of the rows of `docs-damaged`."""

# Suffix of a data file by compression, and its encoder. A time stamp would change the bytes of a drop.
_COMPRESSIONS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "none": (".jsonl", bytes),
    "gz": (".jsonl.gz", lambda data: gzip.compress(data, mtime=0)),
    "zst": (".jsonl.zst", lambda data: zstandard.ZstdCompressor().compress(data)),
}


@dataclass(frozen=True)
class Mix:
    """How the sources of the drops are chosen and weighed.

    Raises
    ------
    InvalidParameter
        A share is out of its range, or there is no source.
    """

    n_sources: int = 12
    """Sources with the most records that are used."""
    max_source_share: float = 0.2
    """No source has more than this share of a drop, from 0 to 1."""
    overlap_share: float = 0.2
    """Share of the second drop that repeats rows of the first, from 0 to 1."""

    def __post_init__(self) -> None:
        if self.n_sources < 1 or not 0 < self.max_source_share <= 1 or not 0 <= self.overlap_share <= 1:
            raise InvalidParameter(
                f"a mix needs a source, a limit above 0 and up to 1, and an overlap from 0 to 1: got {self}"
            )


def demo_drops(
    seed: int,
    n_records: int = 6000,
    *,
    n_later: int | None = None,
    rows: Sequence[Row] | None = None,
    damage: Mapping[str, float] = DAMAGE,
    mix: Mix | None = None,
) -> dict[str, list[Row]]:
    """Return the drops of the demonstration: name -> rows, in the order in which they arrive.

    A source's share grows with the square root of its number of records: in proportion, the largest
    would hold half of a drop and the smallest too few records to be judged.

    Parameters
    ----------
    seed
        Seed of every choice.
    n_records
        Number of records of the first drop.
    n_later
        Number of records of the second and of the damaged drop; by default half of the first.
    rows
        Rows to cut from, with unique ids, in any order; by default `harvest()`.
    damage
        Fault -> share of the third drop; empty for a clean third drop.
    mix
        Choice and weights of the sources.

    Returns
    -------
    dict[str, list[Row]]
        `docs-first`, `docs-second` and `docs-damaged`, each shuffled.

    Raises
    ------
    InvalidParameter
        There are too few rows for the numbers asked for, or a fault or a share is wrong.
    """
    mix = mix or Mix()
    n_later = n_records // 2 if n_later is None else n_later
    if min(n_records, n_later) < 1 or n_later * mix.overlap_share > n_records:
        raise InvalidParameter(
            "each drop needs at least one record, and the first all that the second repeats: "
            f"got {n_records} and {n_later} records with an overlap of {mix.overlap_share}"
        )
    n_overlap = round(n_later * mix.overlap_share)
    parts = [n_records, n_later - n_overlap, n_later]
    by_source = _largest_sources(harvest() if rows is None else rows, mix.n_sources)
    quotas = _quotas({source: len(group) for source, group in by_source.items()}, parts, mix)
    cut: list[list[Row]] = [[], [], []]
    repeated: list[Row] = []
    overlap = _apportion({source: counts[0] for source, counts in quotas.items()}, n_overlap)
    for source, group in by_source.items():
        shuffled = _shuffled(group, seed, source)
        bounds = np.cumsum([0, *quotas[source]])
        for part, low, high in zip(cut, bounds, bounds[1:], strict=False):
            part.extend(shuffled[low:high])
        repeated.extend(shuffled[: overlap[source]])
    return {
        FIRST: _shuffled(cut[0], seed, FIRST),
        SECOND: _shuffled([*cut[1], *repeated], seed, SECOND),
        DAMAGED: damage_mix(_shuffled(cut[2], seed, DAMAGED), damage, seed),
    }


def variant(rows: Sequence[Row], seed: int) -> list[Row]:
    """Return the same rows in another order and with other ids: no verdict may depend on either."""
    shuffled = _shuffled(rows, seed, "variant")
    return [{**row, "id": f"row-{seed}-{number:06d}"} for number, row in enumerate(shuffled)]


def write_drop(
    folder: Path,
    rows: Sequence[Row],
    *,
    n_files: int = 1,
    compression: str = "gz",
    name_seed: int | None = None,
) -> list[Path]:
    """Write rows as JSON lines, then the empty marker that says that the drop is complete.

    Writing the same drop again, also after an interruption between two files, is harmless.

    Parameters
    ----------
    folder
        Folder of the drop; made if there is none.
    rows
        Rows, cut into files in their order.
    n_files
        Number of data files, at least 1 and at most the number of rows.
    compression
        `none`, `gz` or `zst`.
    name_seed
        Seed that shuffles the names of the files; by default they are in the order of the rows.

    Returns
    -------
    list[Path]
        The data files in the order of the rows.

    Raises
    ------
    InvalidParameter
        The compression is unknown or the number of files is out of its range.
    InvalidInput
        The folder holds something else.
    """
    if compression not in _COMPRESSIONS:
        raise InvalidParameter(f"compression {compression!r} is unknown: choose {', '.join(_COMPRESSIONS)}")
    if not 1 <= n_files <= len(rows):
        raise InvalidParameter(
            f"n_files must lie between 1 and the {len(rows)} rows of the drop, got {n_files}"
        )
    suffix, compress = _COMPRESSIONS[compression]
    numbers = (
        np.arange(n_files) if name_seed is None else np.random.default_rng(name_seed).permutation(n_files)
    )
    bounds = np.linspace(0, len(rows), n_files + 1).astype(int)
    contents = {
        f"part-{number:05d}{suffix}": compress(_json_lines(rows[low:high]))
        for number, low, high in zip(numbers, bounds, bounds[1:], strict=False)
    }
    _refuse_other_content(folder, contents)
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    (folder / SUCCESS_MARKER).touch()
    return [folder / name for name in contents]


def _refuse_other_content(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Raise unless the folder is missing or holds nothing but some of these files and the marker."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise InvalidInput(f"{folder} is a file, and a drop is a folder: choose another name")
    expected = {**contents, SUCCESS_MARKER: b""}
    for path in sorted(folder.iterdir()):
        if not path.is_file() or expected.get(path.name) != path.read_bytes():
            raise InvalidInput(
                f"{folder} already holds {path.name}, which this drop would not write: "
                "a drop never changes, so choose another name or remove the folder"
            )


def _json_lines(rows: Sequence[Row]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def _shuffled(rows: Sequence[Row], seed: int, purpose: str) -> list[Row]:
    """Return the rows in an order that differs from that of any other purpose under the same seed."""
    rng = np.random.default_rng([seed, zlib.crc32(purpose.encode())])
    return [rows[i] for i in rng.permutation(len(rows))]


def _largest_sources(rows: Sequence[Row], n_sources: int) -> dict[str, list[Row]]:
    """Return source -> its rows by id, for the sources with the most rows, the largest first."""
    by_source: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: row["id"]):
        by_source.setdefault(row["source"], []).append(row)
    largest = sorted(by_source, key=lambda source: (-len(by_source[source]), source))[:n_sources]
    return {source: by_source[source] for source in largest}


def _quotas(sizes: Mapping[str, int], parts: Sequence[int], mix: Mix) -> dict[str, list[int]]:
    """Return source -> number of rows in each part, for the parts' total sizes.

    Shares follow the square root of the sizes. What a source lacks, or would have above the limit, is
    spread over the others in proportion.

    Raises
    ------
    InvalidParameter
        The sources have too few records.
    """
    needed = sum(parts)
    # One row a part may come on top when parts are rounded to whole rows.
    limits = {s: min(mix.max_source_share, max(n - len(parts), 0) / needed) for s, n in sizes.items()}
    if sum(limits.values()) < 1 - 1e-9:
        raise InvalidParameter(
            f"the drops need {needed} records with at most {mix.max_source_share:.0%} of a source, and the "
            f"{len(sizes)} largest of the sources allow {int(sum(limits.values()) * needed)}: "
            "ask for fewer records or more sources"
        )
    weights = {source: size**0.5 for source, size in sizes.items()}
    shares: dict[str, float] = {}
    while len(shares) < len(sizes):
        left = 1 - sum(shares.values())
        free = {source: weight for source, weight in weights.items() if source not in shares}
        scale = left / sum(free.values())
        full = {source: limits[source] for source in free if scale * free[source] >= limits[source]}
        shares.update(full or {source: scale * weight for source, weight in free.items()})
    counts = [_apportion(shares, part) for part in parts]
    return {source: [count[source] for count in counts] for source in sizes}


def _apportion(shares: Mapping[str, float], total: int) -> dict[str, int]:
    """Return whole numbers that add up to a total, in proportion to shares, by largest remainder.

    >>> _apportion({"a": 0.6, "b": 0.3, "c": 0.1}, 4)
    {'a': 3, 'b': 1, 'c': 0}
    """
    sum_of_shares = sum(shares.values())
    exact = {name: total * share / sum_of_shares for name, share in shares.items()}
    counts = {name: int(value) for name, value in exact.items()}
    by_remainder = sorted(shares, key=lambda name: (counts[name] - exact[name], name))
    for name in by_remainder[: total - sum(counts.values())]:
        counts[name] += 1
    return counts
