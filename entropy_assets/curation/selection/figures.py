"""The figures of one finished selection, and the table in which several stand beside each other.

What belongs here: what is told of a selection, and how a person reads it. What does not: measuring it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from entropy_assets.curation.selection.lengths import Lengths
from entropy_assets.shown import for_markdown


@dataclass(frozen=True)
class Figures:
    """One selection as it stands beside others. Ratios are raw / compressed bytes, higher = more redundant.

    Parameters
    ----------
    name
        Name of the selection.
    n_records, n_bytes
        What it holds after the cut, in records and bytes without separators; of "all" the whole.
    ratio_bytes
        Bytes of text that each ratio was taken on.
    ratio_zlib32k, ratio_zstd_long, ratio_xz
        Mean ratio of `N_SHUFFLES` shuffles; None where there is nothing to compress.
    length_bytes
        Summary of record lengths in bytes.
    histogram
        (lower, upper, records): how many records have lower <= bytes < upper. Edges are powers of two,
        empty records are in (0, 1); from the shortest record's bin to the longest's, without gaps.
    source_shares
        Source -> share of the bytes, 0 to 1; the largest first, equal ones by name.
    overlap
        Share of this selection's bytes whose records are also in the reference, 0 to 1; 1.0 for the
        reference itself, 0.0 for another selection without bytes.
    """

    name: str
    n_records: int
    n_bytes: int
    ratio_bytes: int
    ratio_zlib32k: float | None
    ratio_zstd_long: float | None
    ratio_xz: float | None
    length_bytes: Lengths
    histogram: tuple[tuple[int, int, int], ...]
    source_shares: dict[str, float]
    overlap: float

    @property
    def largest_source(self) -> str | None:
        """Name of the source with most bytes; None where there is no record."""
        return next(iter(self.source_shares), None)

    @property
    def largest_source_share(self) -> float:
        """Its share of the bytes, 0 to 1; 0.0 where there is no record."""
        return next(iter(self.source_shares.values()), 0.0)


def table(figures: Sequence[Figures]) -> str:
    """Return a Markdown table, one row a selection, padded so that a terminal shows its columns too.

    Lengths and sizes are in bytes, shares in per cent of the bytes; "-" stands for what does not exist.
    """
    head = ["selection", "records", "bytes", "R zlib32k", "R zstd_long", "R xz", "R on bytes"]
    head += ["mean", "p50", "p90", "p99", "max", "overlap, of bytes", "largest source, of bytes"]
    rows = [head, *map(_table_row, figures)]
    columns = []
    for place, cells in enumerate(zip(*rows, strict=True)):
        width = max(map(len, cells))
        is_name = place in (0, len(head) - 1)  # names stand on the left, numbers on the right
        padded = [cell.ljust(width) if is_name else cell.rjust(width) for cell in cells]
        rule = "-" * width if is_name else "-" * (width - 1) + ":"
        columns.append([padded[0], rule, *padded[1:]])
    return "\n".join(f"| {' | '.join(line)} |" for line in zip(*columns, strict=True))


def _table_row(one: Figures) -> list[str]:
    ratios = [one.ratio_zlib32k, one.ratio_zstd_long, one.ratio_xz]
    lengths = one.length_bytes
    largest = "-" if one.largest_source is None else f"{one.largest_source_share:.1%} {one.largest_source}"
    return [
        for_markdown(one.name),
        f"{one.n_records:,}",
        f"{one.n_bytes:,}",
        *["-" if ratio is None else f"{ratio:.3f}" for ratio in ratios],
        f"{one.ratio_bytes:,}",
        f"{lengths.mean:,.0f}",
        *[f"{value:,}" for value in (lengths.p50, lengths.p90, lengths.p99, lengths.max)],
        f"{one.overlap:.1%}",
        for_markdown(largest),
    ]
