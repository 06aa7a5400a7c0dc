"""Small inline pictures for the UI: SVG as text in a data URI, which shows at once.

What belongs here: drawing. What does not: numbers, which come from reports.
"""

import base64
import math
from collections.abc import Sequence
from html import escape

import dagster as dg

WIDTH, HEIGHT, MARGIN = 460, 260, 48
_INK, _LINE, _BAND, _POINT, _MARK, _PARENT = "#334155", "#0f766e", "#99f6e4", "#64748b", "#dc2626", "#2563eb"

Point = tuple[float, float]


def picture(svg: str, title: str) -> dg.MarkdownMetadataValue:
    """Return an SVG as Markdown metadata."""
    data = base64.b64encode(svg.encode()).decode()
    return dg.MetadataValue.md(f"![{escape(title)}](data:image/svg+xml;base64,{data})")


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
    colours = (_MARK, _PARENT, _POINT, _LINE)
    points = [point for curve in curves.values() for point in curve]
    frame = _Frame((0.0, max(x for x, _ in points)), _range([y for _, y in points]))
    lines = list(zip(curves.items(), colours, strict=False))
    shapes = [
        f'<polyline points="{frame.path(curve)}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        for (_, curve), colour in lines
    ]
    shapes += _legend([(name.replace("_", " "), colour) for (name, _), colour in lines])
    return frame.svg(shapes, x_label, y_label)


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    pad = (high - low) * 0.08 or abs(low) * 0.05 or 1.0
    return low - pad, high + pad


def _tick(value: float) -> str:
    return f"{value / 1000:.0f}k" if value >= 1000 else f"{value:.3g}"


def _legend(names: Sequence[tuple[str, str]]) -> list[str]:
    return [
        f'<text x="{WIDTH - MARGIN / 2:.0f}" y="{MARGIN / 2 + 14 * i:.0f}" text-anchor="end" '
        f'fill="{colour}">{escape(name)}</text>'
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

    def svg(self, shapes: Sequence[str], x_label: str, y_label: str) -> str:
        """Return the whole picture with axes, ticks and labels."""
        bottom, left, right, top = HEIGHT - MARGIN, MARGIN, WIDTH - MARGIN / 2, MARGIN / 2
        ticks = []
        for i in range(4):
            vx = self.x[0] + (self.x[1] - self.x[0]) * i / 3
            vy = self.y[0] + (self.y[1] - self.y[0]) * i / 3
            px, py = self.at((vx, vy))
            ticks.append(f'<text x="{px:.0f}" y="{bottom + 14}" text-anchor="middle">{_tick(vx)}</text>')
            ticks.append(f'<text x="{left - 4}" y="{py + 4:.0f}" text-anchor="end">{_tick(vy)}</text>')
        middle_x, middle_y = (left + right) / 2, (top + bottom) / 2
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
            f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="11" fill="{_INK}">'
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
            f'<path d="M{left},{top} V{bottom} H{right}" fill="none" stroke="{_INK}"/>'
            + "".join(ticks)
            + "".join(shapes)
            + f'<text x="{middle_x}" y="{HEIGHT - 12}" text-anchor="middle">{escape(x_label)}</text>'
            f'<text transform="translate(12,{middle_y}) rotate(-90)" text-anchor="middle">'
            f"{escape(y_label)}</text></svg>"
        )
