"""The cost model: lines through what was measured, and what follows from them."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.scale import model
from benchmarks.scale.growth import FIRST, MAPPED
from benchmarks.scale.model import TURNED, Line, cost_table, fitted, hours_on, stages_of
from entropy_assets.settings import Settings
from entropy_assets.settings.declared import declared

ROWS = (10_000, 100_000, 300_000)


def measured(**seconds: tuple[float, float, float]) -> list[dict[str, Any]]:
    """Return sizes whose stages cost so many CPU seconds, and a KiB of memory a row."""
    return [
        {
            "rows": rows,
            "runs": {
                FIRST: {
                    "cpu_seconds": sum(own[place] for own in seconds.values()),
                    "stages": {
                        name: {
                            "cpu_seconds": own[place],
                            "peak_bytes": 1024 * rows,
                            "read_bytes": 1200 * rows,
                        }
                        for name, own in seconds.items()
                    },
                }
            },
        }
        for place, rows in enumerate(ROWS)
    ]


@pytest.mark.parametrize("line", [Line(3.0, 2e-4), Line(0.0, 5e-3), Line(7.0, 0.0)])
def test_a_line_is_found_again(line: Line) -> None:
    found = fitted(ROWS, [line.at(rows) for rows in ROWS])
    assert (found.fixed, found.each) == pytest.approx((line.fixed, line.each), abs=1e-9)


def test_no_part_of_a_line_is_below_nothing() -> None:
    for figures in ([1.0, 100.0, 400.0], [10.0, 9.0, 8.0], [5.0, 5.0, 4.9]):
        found = fitted(ROWS, figures)
        assert found.fixed >= 0
        assert found.each >= 0
    assert fitted(ROWS, [0.0, 0.0, 0.0]) == Line(0.0, 0.0)
    assert fitted(ROWS[:1], [20.0]) == Line(0.0, 0.002)


def test_what_grows_faster_than_its_rows_is_told_as_a_range() -> None:
    straight, steep = stages_of(measured(pool=(1.0, 10.0, 30.0), selection=(1.0, 10.0, 90.0)))
    low, high = straight.seconds_at(10**8)
    assert low == pytest.approx(10_000)
    assert high == pytest.approx(low)
    low, high = steep.seconds_at(10**8)
    assert high > 10 * low
    assert steep.exponent == pytest.approx(2.0, abs=0.01)


def test_small_sizes_count_only_where_there_are_no_others() -> None:
    sizes = measured(pool=(50.0, 10.0, 30.0))
    assert stages_of(sizes)[0].seconds.fixed == pytest.approx(0.0, abs=1e-6)
    assert stages_of(sizes[:2])[0].seconds.fixed > 10


def test_nodes_make_only_that_shorter_which_is_handed_out() -> None:
    (mapped,) = {"screening"} & {*MAPPED}
    stages = stages_of(measured(**{mapped: (1.6, 16.0, 48.0), "selection": (1.0, 10.0, 30.0)}))
    one, four = (hours_on(stages, 10**8, nodes, 1.25) for nodes in (1, 4))
    assert one[0] == pytest.approx((10_000 + 16_000 / 16) / 3600)
    assert four[0] == pytest.approx((10_000 + 1.25 * 16_000 / 64) / 3600)
    assert one[2] == four[2] == pytest.approx(10_000 / 3600)


def test_each_setting_to_turn_is_there() -> None:
    for setting in filter(None, (setting for setting, _ in TURNED.values())):
        stage: Any = Settings
        for name in setting.split("."):
            hint, _ = declared(stage)[name]
            stage = hint


def test_the_table_tells_sizes_peers_and_what_breaks(tmp_path: Path) -> None:
    names = [*TURNED, "rest"]
    sizes = measured(**dict.fromkeys(names, (1.0, 10.0, 30.0)))
    for size in sizes:
        size["runs"]["drop-00"] = {"cpu_seconds": 12.5, "stages": {"pool": {"cpu_seconds": 2.0}}}
    results = tmp_path / "scale.json"
    found = {"mean_bytes": 600.0, "machine": "2 cores", "overhead": {"times": 1.1}, "sizes": sizes}
    results.write_text(json.dumps(found), encoding="utf-8")
    table = cost_table(results)
    assert "10,000, 100,000, 300,000 rows of 600 bytes" in table
    assert "| pool | 0 + 100 | 1.00 | 0 + 977 | 2.0, 0.0, 0.0 | 2.8 | 27.8 |" in table
    assert "NeMo Curator, fuzzy dedup, one node of H100: 1,084.0 MB/s" in table
    assert "| 10^9 | 953.7 GiB |" in table
    assert "| all | 12.5 | 12.5 | 12.5 |" in table
    assert "law.n_points" not in table, "the law takes no more than others here"


def test_the_published_results_have_all_stages() -> None:
    sizes = json.loads(model.RESULTS.read_text(encoding="utf-8"))["sizes"]
    assert {*TURNED} <= {stage.name for stage in stages_of(sizes)}
