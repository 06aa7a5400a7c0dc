"""Small pictures of results: SVG as text, which a page shows at once.

What belongs here: drawing. What does not: numbers, which come from reports.
"""

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any

from entropy_assets.curation.selection.comparison import Figures
from entropy_assets.shown import for_markdown, for_markup

WIDTH, HEIGHT, MARGIN = 460, 260, 48
_INK, _LINE, _BAND, _POINT, _MARK, _PARENT = "#334155", "#0f766e", "#99f6e4", "#64748b", "#dc2626", "#2563eb"
_COLOURS = (_MARK, _PARENT, _POINT, _LINE, "#d97706", "#7c3aed", "#db2777", "#65a30d")
_REST = "#94a3b8"

Point = tuple[float, float]
Ticks = Sequence[tuple[float, str]]


def as_markdown(svg: str, title: str) -> str:
    """Return an SVG as a Markdown image that carries its data."""
    data = base64.b64encode(svg.encode()).decode()
    return f"![{for_markdown(title)}](data:image/svg+xml;base64,{data})"


def law_picture(
    points: Sequence[Point],
    line: tuple[float, float],
    half_width: float,
    candidate: Point,
    parent: Point,
) -> str:
    """Return the entropy law as SVG: calibration points, line, band, candidate and parent.

    Parameters
    ----------
    points
        (R, L) of the calibration subsets.
    line
        Intercept and slope of L̂ over ln R, bits per byte.
    half_width
        Half-width of the band, bits per byte.
    candidate
        (R, L) of the candidate.
    parent
        (R, L) of the parent under the same selector.
    """
    everything = [*points, candidate, parent]
    low, high = _range([r for r, _ in everything])
    grid = [low + (high - low) * i / 40 for i in range(41)]
    fitted = [(r, line[0] + line[1] * math.log(r)) for r in grid]
    losses = [loss for _, loss in [*everything, *fitted]]
    frame = _Frame((low, high), _range([min(losses) - half_width, max(losses) + half_width]))
    upper = [(r, loss + half_width) for r, loss in fitted]
    lower = [(r, loss - half_width) for r, loss in reversed(fitted)]
    shapes = [
        f'<polygon points="{frame.path([*upper, *lower])}" fill="{_BAND}" opacity="0.5"/>',
        f'<polyline points="{frame.path(fitted)}" fill="none" stroke="{_LINE}" stroke-width="2"/>',
        *[frame.dot(point, 3, _POINT) for point in points],
        frame.dot(parent, 5, _PARENT),
        frame.dot(candidate, 6, _MARK),
        *_legend([("candidate", _MARK), ("parent", _PARENT), ("calibration subsets", _POINT)]),
    ]
    return frame.svg(shapes, "R (zstd_long), higher = more redundant", "L, bits per byte")


def line_picture(curves: dict[str, Sequence[Point]], x_label: str, y_label: str) -> str:
    """Return curves as SVG, one line a name; x begins at 0."""
    points = [point for curve in curves.values() for point in curve]
    frame = _Frame((0.0, max(x for x, _ in points)), _range([y for _, y in points]))
    lines, names = _lines(frame, curves)
    return frame.svg([*lines, *_legend(names)], x_label, y_label)


def rate_picture(curves: dict[str, Sequence[Point]], x_label: str, y_label: str) -> str:
    """Return curves of two rates as SVG, one line a name; both axes go from 0 to 1."""
    frame = _Frame((0.0, 1.0), (0.0, 1.0))
    lines, names = _lines(frame, curves)
    # Such curves fill the upper left, so the legend stands in the lower right.
    return frame.svg([*lines, *_legend(names, HEIGHT - MARGIN - 14 * len(names))], x_label, y_label)


def _lines(frame: "_Frame", curves: dict[str, Sequence[Point]]) -> tuple[list[str], list[tuple[str, str]]]:
    """Return the lines of curves, and the name and colour of each for the legend."""
    coloured = list(zip(curves.items(), (_MARK, _PARENT, _POINT, _LINE), strict=False))
    shapes = [
        f'<polyline points="{frame.path(curve)}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        for (_, curve), colour in coloured
    ]
    return shapes, [(name.replace("_", " "), colour) for (name, _), colour in coloured]


def length_picture(figures: Sequence[Figures]) -> str:
    """Return record lengths as SVG: share of the records over bytes, by powers of two, a line a selection.

    Parameters
    ----------
    figures
        The selections, eight at most are drawn; one without records has no line.
    """
    shown = [one for one in figures if one.histogram][: len(_COLOURS)]
    lowers = sorted({lower for one in shown for lower, _, _ in one.histogram}) or [0]
    bits = range(lowers[0].bit_length(), lowers[-1].bit_length() + 1)
    shares = [{lower.bit_length(): n / one.n_records for lower, _, n in one.histogram} for one in shown]
    top = max((share for share_of in shares for share in share_of.values()), default=1.0)
    frame = _Frame((bits[0] - 1.0, bits[-1] + 1.0), (0.0, top * 1.08))
    lines = [[(float(bit), share_of.get(bit, 0.0)) for bit in bits] for share_of in shares]
    shapes = [
        shape
        for line, colour in zip(lines, _COLOURS, strict=False)
        for shape in [
            f'<polyline points="{frame.path(line)}" fill="none" stroke="{colour}" stroke-width="1.5"/>',
            *[frame.dot(point, 2, colour) for point in line],
        ]
    ]
    shapes += _legend([(one.name, colour) for one, colour in zip(shown, _COLOURS, strict=False)])
    ticks = [(float(bit), _binary(2**bit >> 1)) for bit in bits[:: math.ceil(len(bits) / 10)]]
    return frame.svg(shapes, "bytes of a record, from this power of two", "share of the records", ticks)


def source_picture(figures: Sequence[Figures]) -> str:
    """Return the sources as SVG: a column a selection, cut by each source's share of the bytes.

    Parameters
    ----------
    figures
        The selections. The eight sources that are largest in any of them have a colour each.
    """
    largest: dict[str, float] = {}
    for one in figures:
        for name, share in one.source_shares.items():
            largest[name] = max(share, largest.get(name, 0.0))
    named = sorted(largest, key=lambda name: (-largest[name], name))[: len(_COLOURS)]
    colours = dict(zip(named, _COLOURS, strict=False))
    if len(largest) > len(named):
        colours["other sources"] = _REST
    # The right third of the axis is left to the legend.
    frame = _Frame((0.0, max(len(figures), 1) * 1.5), (0.0, 1.0))
    shapes = []
    for place, one in enumerate(figures):
        shares = {name: one.source_shares.get(name, 0.0) for name in named}
        shares["other sources"] = sum(one.source_shares.values()) - sum(shares.values())
        floor = 0.0
        for name, colour in colours.items():
            shapes.append(frame.box((place + 0.1, floor), (place + 0.9, floor + shares[name]), colour))
            floor += shares[name]
    shapes += _legend([(_short(name), colour) for name, colour in colours.items()])
    ticks = [(place + 0.5, _short(one.name, 10)) for place, one in enumerate(figures)]
    return frame.svg(shapes, "selection", "share of the bytes", ticks)


def interval_picture(intervals: Mapping[str, Sequence[float]], y_label: str, reference: str = "") -> str:
    """Return intervals as SVG: a point and a bar a name, and a line across at the one of `reference`.

    Parameters
    ----------
    intervals
        Name -> middle and half of the width.
    y_label
        What they are of.
    reference
        One of the names; empty, or none of them, for no line.
    """
    ends = [middle + sign * half for middle, half in intervals.values() for sign in (-1, 1)]
    frame = _Frame((0.0, float(max(len(intervals), 1))), _range(ends or [0.0]))
    shapes = []
    if reference in intervals:
        at = intervals[reference][0]
        path = frame.path([(0.0, at), (frame.x[1], at)])
        shapes.append(f'<polyline points="{path}" stroke="{_PARENT}" stroke-dasharray="4 3"/>')
    for place, (middle, half) in enumerate(intervals.values()):
        bar = frame.path([(place + 0.5, middle - half), (place + 0.5, middle + half)])
        shapes.append(f'<polyline points="{bar}" stroke="{_LINE}" stroke-width="2"/>')
        shapes.append(frame.dot((place + 0.5, middle), 4, _MARK))
    ticks = [(place + 0.5, _short(name, 9)) for place, name in enumerate(intervals)]
    return frame.svg(shapes, "selector", y_label, ticks)


def mixture_picture(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return a mixture as SVG: of each source its natural, wanted and chosen share, its cap and its epochs.

    Parameters
    ----------
    rows
        Of `DomainMixture`. The eight sources that are largest in the pool are drawn.
    """
    shown = sorted(rows, key=lambda row: (-row["natural"], row["source"]))[: len(_COLOURS)]
    kinds = (("natural", _POINT), ("wanted", _PARENT), ("chosen", _LINE))
    top = max((row[name] or 0.0 for row in shown for name, _ in kinds), default=1.0)
    frame, shapes, ticks = _Frame((0.0, max(len(shown), 1) * 1.0), (0.0, top * 1.3)), [], []
    for place, row in enumerate(shown):
        for number, (name, colour) in enumerate(kinds):
            left = place + 0.1 + 0.27 * number
            shapes.append(frame.box((left, 0.0), (left + 0.25, row[name] or 0.0), colour))
        if row["cap"] and row["epochs"]:
            most = min(row["chosen"] * row["cap"] / row["epochs"], top * 1.3)
            shapes.append(frame.box((place + 0.05, most), (place + 0.95, most + top * 0.012), _MARK))
        told = "" if row["epochs"] is None else f" {row['epochs']:.1f}×"
        ticks.append((place + 0.5, f"{_short(row['source'], 8)}{told}"))
    shapes += _legend([*kinds, ("cap", _MARK)])
    return frame.svg(shapes, "source, and its epochs", "share of the budget", ticks)


def _short(name: str, n_characters: int = 20) -> str:
    """Return a name that fits; what is cut leaves an ellipsis.

    >>> _short("encyclopaedia", 10)
    'encyclopa…'
    """
    return name if len(name) <= n_characters else name[: n_characters - 1] + "…"


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    pad = (high - low) * 0.08 or abs(low) * 0.05 or 1.0
    return low - pad, high + pad


def _tick(value: float) -> str:
    return f"{value / 1000:.0f}k" if value >= 1000 else f"{value:.3g}"


def _binary(power: int) -> str:
    """Return a power of two in short.

    >>> _binary(512), _binary(32768)
    ('512', '32Ki')
    """
    for unit, name in ((1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki")):
        if power >= unit:
            return f"{power // unit}{name}"
    return str(power)


def _legend(names: Sequence[tuple[str, str]], top: float = MARGIN / 2) -> list[str]:
    return [
        f'<text x="{WIDTH - MARGIN / 2:.0f}" y="{top + 14 * i:.0f}" text-anchor="end" '
        f'fill="{colour}">{for_markup(name)}</text>'
        for i, (name, colour) in enumerate(names)
    ]


class _Frame:
    """Axes and the map from data to pixels."""

    def __init__(self, x: tuple[float, float], y: tuple[float, float]) -> None:
        self.x, self.y = x, y

    def at(self, point: Point) -> tuple[float, float]:
        """Return the pixel of a data point."""
        fx = (point[0] - self.x[0]) / (self.x[1] - self.x[0])
        fy = (point[1] - self.y[0]) / (self.y[1] - self.y[0])
        return MARGIN + fx * (WIDTH - 1.5 * MARGIN), HEIGHT - MARGIN - fy * (HEIGHT - 1.5 * MARGIN)

    def path(self, points: Sequence[Point]) -> str:
        """Return the points as an SVG list of pixels."""
        return " ".join(f"{px:.1f},{py:.1f}" for px, py in map(self.at, points))

    def dot(self, point: Point, radius: int, colour: str) -> str:
        """Return a filled circle."""
        px, py = self.at(point)
        return f'<circle cx="{px:.1f}" cy="{py:.1f}" r="{radius}" fill="{colour}"/>'

    def box(self, low: Point, high: Point, colour: str) -> str:
        """Return a filled rectangle between two data points."""
        (left, bottom), (right, top) = self.at(low), self.at(high)
        return (
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}" '
            f'fill="{colour}"/>'
        )

    def svg(self, shapes: Sequence[str], x_label: str, y_label: str, x_ticks: Ticks | None = None) -> str:
        """Return the whole picture with axes, ticks and labels; `x_ticks` are (place, label)."""
        bottom, left, right, top = HEIGHT - MARGIN, MARGIN, WIDTH - MARGIN / 2, MARGIN / 2
        thirds = [(self.x[0] + (self.x[1] - self.x[0]) * i / 3) for i in range(4)]
        ticks = []
        for vx, label in [(vx, _tick(vx)) for vx in thirds] if x_ticks is None else x_ticks:
            px, _ = self.at((vx, self.y[0]))
            ticks.append(
                f'<text x="{px:.0f}" y="{bottom + 14}" text-anchor="middle">{for_markup(label)}</text>'
            )
        for i in range(4):
            vy = self.y[0] + (self.y[1] - self.y[0]) * i / 3
            _, py = self.at((self.x[0], vy))
            ticks.append(f'<text x="{left - 4}" y="{py + 4:.0f}" text-anchor="end">{_tick(vy)}</text>')
        middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
            f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11" fill="{_INK}">'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
            f'<path d="M{left},{top} V{bottom} H{right}" fill="none" stroke="{_INK}"/>'
            + "".join(ticks)
            + "".join(shapes)
            + f'<text x="{middle_x}" y="{HEIGHT - 12}" text-anchor="middle">{for_markup(x_label)}</text>'
            f'<text transform="translate(12,{middle_y}) rotate(-90)" text-anchor="middle">'
            f"{for_markup(y_label)}</text></svg>"
        )
