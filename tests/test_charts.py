"""Pictures of selections beside each other: what is drawn is what the figures say."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from entropy_assets.charts import (
    HEIGHT,
    MARGIN,
    interval_picture,
    law_picture,
    length_picture,
    mixture_picture,
    rate_picture,
    source_picture,
)
from entropy_assets.curation.selection.comparison import Figures, compare

SVG = "{http://www.w3.org/2000/svg}"
PLOT_HEIGHT = HEIGHT - 1.5 * MARGIN  # pixels of one whole


def figures_of(texts: list[bytes], sources: list[str], **picks: list[int]) -> list[Figures]:
    rankings = {name: np.array(indices, np.int64) for name, indices in picks.items()}
    return compare(texts, sources, rankings, 10**6, reference=next(iter(picks)), seed=0)


@pytest.fixture(scope="module")
def figures() -> list[Figures]:
    texts = [b"a" * size for size in (1, 3, 3, 40, 41, 200)]
    sources = ["code", "<web>", "<web>", "code", "maths", "maths"]
    return figures_of(texts, sources, zip=[0, 1, 2, 3], random=[4, 5], all=[0, 1, 2, 3, 4, 5], none=[])


def test_intervals_are_drawn_from_end_to_end_with_a_line_at_the_reference() -> None:
    svg = interval_picture({"zip": (3.0, 0.5), "random": (2.0, 0.25)}, "bits", "random")
    lines = [line.get("points", "").split() for line in ET.fromstring(svg).iter(f"{SVG}polyline")]
    assert len(lines) == 3
    ends = [[tuple(map(float, point.split(","))) for point in line] for line in lines]
    across, of_zip, of_random = ends
    assert across[0][1] == across[1][1]
    heights = [abs(line[0][1] - line[1][1]) for line in (of_zip, of_random)]
    assert heights[0] == pytest.approx(2 * heights[1], abs=0.3)
    middle = (of_random[0][1] + of_random[1][1]) / 2
    assert middle == pytest.approx(across[0][1], abs=0.2)
    assert {"zip", "random", "bits"} <= set(labels(svg))
    without = interval_picture({"zip": (3.0, 0.5)}, "bits", "random")
    assert without.count("<polyline") == 1


def labels(svg: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_line_a_selection_at_the_share_of_its_records(figures: list[Figures]) -> None:
    svg = length_picture(figures)
    lines = [line.get("points", "") for line in ET.fromstring(svg).iter(f"{SVG}polyline")]
    heights = [[float(point.split(",")[1]) for point in line.split()] for line in lines]
    assert len(lines) == 3  # the selection without a record has none
    assert [len(line) for line in heights] == [8, 8, 8]  # 1, 2, 4 ... 128 bytes
    floor, zip_line = HEIGHT - MARGIN, heights[0]
    drawn = [(floor - height) / (floor - zip_line[1]) for height in zip_line]
    assert drawn == pytest.approx([0.5, 1, 0, 0, 0, 0.5, 0, 0], abs=0.01)
    assert {"zip", "random", "all", "1", "128"} <= set(labels(svg))
    assert "none" not in labels(svg)


def test_columns_are_cut_by_the_shares_of_the_sources(figures: list[Figures]) -> None:
    svg = source_picture(figures)
    boxes = list(ET.fromstring(svg).iter(f"{SVG}rect"))[1:]  # the first is the background
    heights = [float(box.get("height", "")) / PLOT_HEIGHT for box in boxes]
    shares = [one.source_shares.get(name, 0.0) for one in figures for name in ("code", "maths", "<web>")]
    assert sorted(heights) == pytest.approx(sorted(shares), abs=0.01)
    assert {"zip", "random", "all", "none", "code", "maths", "<web>"} <= set(labels(svg))


def test_small_sources_share_a_colour() -> None:
    texts = [b"a" * (100 - i) for i in range(12)]
    one = figures_of(texts, [f"source {i:02}" for i in range(12)], all=list(range(12)))
    svg = source_picture(one)
    assert [f"source {i:02}" in labels(svg) for i in (0, 7, 8)] == [True, True, False]
    boxes = list(ET.fromstring(svg).iter(f"{SVG}rect"))[1:]
    assert len(boxes) == 9
    rest = sum(len(text) for text in texts[8:]) / sum(map(len, texts))
    assert float(boxes[-1].get("height", "")) / PLOT_HEIGHT == pytest.approx(rest, abs=0.01)
    assert sum(float(box.get("height", "")) for box in boxes) == pytest.approx(PLOT_HEIGHT, abs=1)
    assert "other sources" in labels(svg)


def test_long_lengths_are_named_in_binary_units() -> None:
    svg = length_picture(figures_of([b"a" * 40_000, b"b" * 600], ["s", "s"], all=[0, 1]))
    assert {"512", "32Ki"} <= set(labels(svg))


@pytest.mark.parametrize("draw", [length_picture, source_picture])
def test_nothing_to_draw_is_an_empty_picture(draw) -> None:  # type: ignore[no-untyped-def]
    for nothing in ([], figures_of([], [], none=[]), figures_of([b""], ["s"], all=[0])):
        svg = draw(nothing)
        ET.fromstring(svg)
        assert not re.search("nan|inf", svg)


def test_a_picture_without_named_ticks_keeps_its_numbers() -> None:
    svg = law_picture([(2.0, 1.0), (3.0, 0.8)], (1.5, -0.6), 0.1, (2.5, 0.9), (2.4, 0.95))
    assert [label for label in labels(svg) if re.fullmatch(r"[\d.]+", label)][:4] == [
        "1.92",
        "2.31",
        "2.69",
        "3.08",
    ]


def test_rates_are_drawn_from_zero_to_one() -> None:
    svg = rate_picture({"10%": [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)], "20%": [(0.0, 1.0)]}, "false", "held")
    line, other = (line.get("points", "").split() for line in ET.fromstring(svg).iter(f"{SVG}polyline"))
    (left, floor), (x, y), (right, top) = ([float(number) for number in point.split(",")] for point in line)
    assert (x, y) == ((left + right) / 2, (floor + top) / 2)
    assert floor - top == pytest.approx(PLOT_HEIGHT)
    assert other == [f"{left},{top}"]
    assert {"10%", "20%", "false", "held"} <= set(labels(svg))


def test_a_mixture_has_three_bars_a_source_its_cap_and_its_epochs() -> None:
    row = {"source": "a <b>", "natural": 0.6, "wanted": 0.3, "chosen": 0.5, "epochs": 0.5, "cap": 1.0}
    other = row | {"source": "c", "natural": 0.4, "wanted": None, "epochs": None, "cap": None}
    made = mixture_picture([row, other])
    assert made.count("<rect") == 1 + 3 * 2 + 1, "the ground, three bars each, one cap"
    assert "a &lt;b&gt; 0.5×" in made
    assert mixture_picture([other]).count("<rect") == 4
    many = mixture_picture([other | {"source": str(place)} for place in range(20)])
    assert many.count("<rect") == 1 + 3 * 8
