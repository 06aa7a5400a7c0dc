"""The figures of a comparison of selectors as a table, for terminal, page and UI.

What belongs here: how they are shown. What does not: measuring (`selector_comparison`).
"""

from collections.abc import Sequence
from typing import Any

from entropy_assets.candidate.selector_comparison import HELD_OUT
from entropy_assets.shown import for_markdown


def shown(found: dict[str, Any]) -> str:
    """Return the figures of a comparison as Markdown: a line on the pool, and a table of the selectors."""
    sets = list(next(iter(found["selectors"].values()))["heldout"])
    head = ["selector", "R zlib", "R zstd", "R xz", "L", *sets]
    head += [f"{name} - random" for name in sets]
    head += ["records", "mean bytes", "largest source", "overlap", "CPU s", "MiB"]
    rows = [
        [
            f"`{name}`",
            *(_ratio(one[f"ratio_{codec}"]) for codec in ("zlib32k", "zstd_long", "xz")),
            _bpb(one["loss_bpb"]),
            *(_bpb(one["heldout"][own]) for own in sets),
            *(
                "" if one["minus_random"] is None or name == "random" else _bpb(one["minus_random"][own], "+")
                for own in sets
            ),
            f"{one['n_records']:,}",
            f"{one['mean_length_bytes']:,.0f}",
            _largest(one["source_shares"]),
            f"{one['overlap']:.0%}",
            f"{one['cpu_seconds']:.1f}",
            "-" if one["memory_bytes"] is None else f"{one['memory_bytes'] / 2**20:,.0f}",
        ]
        for name, one in _in_order(found).items()
    ]
    lines = [
        f"{found['records']:,} records of {found['bytes']:,} bytes; {found['compared_bytes']:,} bytes each; "
        f"{found['seeds']} probes each on {found['probe_bytes']:,} bytes; bits per byte, 95 % interval over "
        f"probes; `{HELD_OUT}` are {found['held_out_records']:,} records that are not chosen from.",
        "",
        f"| {' | '.join(head)} |",
        f"| --- |{' ---: |' * (len(head) - 1)}",
        *(f"| {' | '.join(row)} |" for row in rows),
    ]
    lines += [
        f"\n`{name}`: {one['n_unscored']:,} of {found['records']:,} records have no score and come last."
        for name, one in _in_order(found).items()
        if one["n_unscored"]
    ]
    return "\n".join(lines)


def taus_shown(found: dict[str, Any]) -> str:
    """Return Kendall's tau of the orders of each two selectors as Markdown; "-" where it does not exist."""
    names, taus = list(_in_order(found)), found["kendall_tau"]
    lines = [f"| selector | {' | '.join(names[1:])} |", f"| --- |{' ---: |' * (len(names) - 1)}"]
    for name in names[:-1]:
        cells = ("" if other not in taus[name] else _tau(taus[name][other]) for other in names[1:])
        lines.append(f"| `{name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def _in_order(found: dict[str, Any]) -> dict[str, Any]:
    """Return selector -> its figures, in the order in which they were compared; a stored one has no order."""
    return {name: found["selectors"][name] for name in found["compared"]}


def _tau(value: float | None) -> str:
    return "-" if value is None else f"{value:+.2f}"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _bpb(value: Sequence[float], sign: str = "") -> str:
    return f"{value[0]:{sign}.3f} ± {value[1]:.3f}"


def _largest(shares: dict[str, float]) -> str:
    name, share = next(iter(shares.items()), ("-", 0.0))
    return f"{share:.0%} {for_markdown(name)}"
