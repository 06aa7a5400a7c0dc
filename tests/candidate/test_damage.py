"""The detector in the pipeline: kept once a parent, judged source by source, pointing at records."""

import json
from typing import Any

import numpy as np
import pytest

from entropy_assets.candidate import damage
from entropy_assets.candidate.drop_report import read_suspects
from entropy_assets.candidate.manifests import DropReport, LawReport
from entropy_assets.curation.damage import Detector, Passages
from entropy_assets.demo.drops import DAMAGED, SECOND, Row, variant
from tests.homes import Home

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
        home.run(home.deliver(f"late-{number}", variant(home.drops[DAMAGED], number)))
    assert len(made) == 1
