"""The detector in the pipeline: kept once a parent, judged source by source, pointing at records."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from entropy_assets.candidate import damage
from entropy_assets.candidate.manifests import DropReport, LawReport
from entropy_assets.candidate.suspects import read_suspects
from entropy_assets.curation.damage import MIN_PASSAGES, Detector, Passages
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND, Row, variant
from entropy_assets.records import SCHEMA
from tests.homes import SETTINGS, Home, home_in

RULES = ("damage", "doubtful", "unlike", "new_kind")


def escaped(rows: list[Row], share: float, source: str = "") -> tuple[list[Row], set[str]]:
    """Return rows some of whose answers were written as JSON twice, and the ids of these."""
    rng = np.random.default_rng(0)
    fitting = [i for i, row in enumerate(rows) if row["source"] == source or not source]
    hit = set(rng.permutation(fitting)[: int(share * len(fitting))].tolist())
    damaged = [
        {**row, "output": json.dumps(json.dumps(row["output"]))} if i in hit else row
        for i, row in enumerate(rows)
    ]
    return damaged, {rows[i]["id"] for i in hit}


def test_damage_is_held_and_names_its_records(home: Home) -> None:
    rows, planted = escaped(home.drops[SECOND], 0.4)
    home.drops["escaped"] = rows
    entry = home.run(home.deliver("escaped"))
    assert entry.action == "hold"
    (reason,) = [r for r in entry.reasons if r["code"] == "damage" and r["scope"] == "drop"]
    assert "escaped text" in reason["why"]
    report = home.workspace.find(DropReport, "escaped")
    assert report is not None
    found = read_suspects(home.workspace, report.parts[0].suspects)
    named = set(found.filter(found["rule"] == "damage")["row_id"].to_list())
    assert len(named & planted) > 0.5 * len(planted)
    assert len(named - planted) < 0.2 * (len(rows) - len(planted))


def test_the_same_records_undamaged_are_promoted_with_their_measurements(home: Home) -> None:
    assert home.run(home.deliver(SECOND)).action == "promote"
    report = home.workspace.find(LawReport, SECOND)
    assert report is not None
    own = [m for m in report.measurements if m.code in RULES]
    scopes = {m.scope for m in own if m.code == "damage"}
    assert "drop" in scopes
    assert len(scopes) > 2
    assert all(m.natural is not None and m.natural > 0 for m in own if m.code != "new_kind")


def test_one_destroyed_source_is_held_though_it_is_a_small_part(home: Home) -> None:
    rows = home.drops[SECOND]
    source = max({row["source"] for row in rows}, key=lambda name: sum(r["source"] == name for r in rows))
    home.drops["one-source"], _ = escaped(rows, 0.9, source)
    entry = home.run(home.deliver("one-source"))
    assert f"source {source}" in {r["scope"] for r in entry.reasons if r["code"] == "damage"}


def test_a_detector_is_made_once_a_parent(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    real = damage.Detector.of

    def counted(passages: Passages, **given: Any) -> Detector:
        made.append(len(passages))
        return real(passages, **given)

    monkeypatch.setattr(damage.Detector, "of", counted)
    assert home.run(home.deliver(SECOND)).action == "promote"
    assert made == []  # the one of the parent was kept when the fixture judged a drop by it
    for number in (1, 2):
        home.run(home.deliver(f"late-{number}", variant(home.drops[DAMAGED][:150], number)))
    assert len(made) == 1


def test_a_first_version_with_damage_is_asked_about_and_names_its_records(tmp_path: Path, home: Home) -> None:
    rows, planted = escaped(home.drops[FIRST], 0.25)
    empty = home_in(tmp_path / "empty", {"escaped": rows})
    empty.settings = SETTINGS
    entry = empty.run(empty.deliver("escaped"))
    assert entry.action == "ask"
    (reason,) = entry.reasons
    assert (reason["code"], reason["scope"]) == ("doubtful_first", "drop")
    assert "they look like remains of markup" in reason["why"]  # what is written as JSON twice is no text
    report = empty.workspace.find(DropReport, "escaped")
    assert report is not None
    found = read_suspects(empty.workspace, report.parts[0].suspects)
    named = set(found.filter(found["rule"] == "doubtful_first")["row_id"].to_list())
    assert len(named & planted) > 0.8 * len(named)


def test_a_sound_first_version_is_promoted_and_later_drops_are_judged_beside_it(home: Home) -> None:
    first = home.workspace.find(LawReport, FIRST)
    assert first is not None
    assert [m.code for m in first.measurements if m.code in (*RULES, "doubtful_first")] == ["doubtful_first"]
    assert home.run(home.deliver(SECOND)).action == "promote"
    second = home.workspace.find(LawReport, SECOND)
    assert second is not None
    assert "doubtful_first" in second.off


def test_of_a_small_first_version_nothing_is_said(tmp_path: Path, home: Home) -> None:
    rows, _ = escaped(home.drops[FIRST][: MIN_PASSAGES - 1], 0.5)
    empty = home_in(tmp_path / "empty", {"small": rows})
    empty.settings = SETTINGS
    empty.run(empty.deliver("small"))
    report = empty.workspace.find(DropReport, "small")
    assert report is not None
    assert f"fewer than {MIN_PASSAGES}" in report.parts[0].off["doubtful_first"]


def test_what_is_off_judges_nothing_and_says_so(tmp_path: Path, home: Home) -> None:
    rows, _ = escaped(home.drops[FIRST][: 4 * MIN_PASSAGES], 0.25)
    later, _ = escaped(home.drops[SECOND][: 2 * MIN_PASSAGES], 0.4)
    empty = home_in(tmp_path / "empty", {FIRST: rows, SECOND: later})
    empty.settings = SETTINGS.replace("[damage]", "[damage]\non = false")
    for name in (FIRST, SECOND):
        entry = empty.run(empty.deliver(name))
        assert not {reason["code"] for reason in entry.reasons} & {*RULES, "doubtful_first"}
        report = empty.workspace.find(LawReport, name)
        assert report is not None
        assert {report.off[code] for code in (*RULES, "doubtful_first")} == {"`on` is false under [damage]"}


def test_the_sample_is_that_of_the_lowest_ids_however_the_records_lie() -> None:
    rows = [{"id": f"{place * 7 % 60:032x}", "source": "few" if place < 8 else "many"} for place in range(60)]
    records = pl.DataFrame(rows, schema=SCHEMA)

    def frames(columns: Sequence[str] | None) -> Iterator[pl.DataFrame]:
        for first in range(0, 60, 17):
            own = records[first : first + 17]
            yield own if columns is None else own.select(columns)

    found = damage._sample(frames, 30)
    lowest = records.filter(pl.col("source") == "many").sort("id").head(22)
    assert found.equals(pl.concat([records.filter(pl.col("source") == "few"), lowest]).sort("id"))
    assert damage._sample(frames, 100).equals(records.sort("id"))
