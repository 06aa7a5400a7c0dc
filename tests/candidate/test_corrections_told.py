"""What people are told of corrections, and that store tools keep to them: status, card, split, index."""

import json
from pathlib import Path

import polars as pl
from typer.testing import CliRunner

from entropy_assets.candidate.dedup import rebuild_index, stored_index
from entropy_assets.candidate.splitting import split_judged
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli import app
from entropy_assets.curation.ingest import DECLARATION
from entropy_assets.demo.drops import write_drop
from tests.candidate.correcting import (
    FIX,
    OTHER,
    WHOLE,
    WRONG,
    contents,
    correct,
    expected,
    mended,
    noisy,
    run,
    texts,
    withdraw,
)
from tests.candidate.small import copied, dataset, deliver, rows


def said(workspace: Workspace, *arguments: str) -> str:
    result = CliRunner().invoke(app, [*arguments, "--home", str(workspace.home.home)])
    assert result.exit_code == 0, result.output
    return result.output


def test_status_names_what_is_superseded_until_it_is_withdrawn(corrected: Workspace) -> None:
    told = "corrects fix: 40 of first superseded (entry 2); a withdrawal brings them back"
    assert told in said(corrected, "status")
    withdraw(corrected, "fix")
    assert "corrects" not in said(corrected, "status")


def test_card_manifest_and_versions_show_name_it(corrected: Workspace) -> None:
    version = corrected.ledger.state().version or ""
    folder = Path(str(corrected.home.version(version)))
    assert "* fix corrects 40 record(s) of first, which are kept out" in (folder / "README.md").read_text()
    assert json.loads((folder / "manifest.json").read_text())["superseded"] == {"fix": {"first": 40}}
    shown = said(corrected, "versions", "show", version, "--dataset", "small")
    assert "fix corrects records that are kept out: 40 of first" in shown
    first = next(iter(corrected.ledger.versions()))
    assert "superseded" not in json.loads((corrected.home.version(first) / "manifest.json").read_text())


def test_a_run_tells_where_the_rows_went(corrected: Workspace) -> None:
    new = rows(range(7000, 7005))
    correct(corrected, "more", [*mended(WRONG[40:60]), *FIX[:3], *new])
    told = said(corrected, "run", str(corrected.home.drop("more")), "--dataset", "small", "--no-dagster")
    line = " ".join(told.split())
    assert "28 rows = 20 corrected + 3 unchanged + 5 new + 0 kept out" in line
    assert "20 promoted record(s) superseded" in line


def test_a_delivered_folder_brings_its_declaration(tmp_path: Path, corrected: Workspace) -> None:
    write_drop(tmp_path / "out" / "more", mended(WRONG[40:60]))
    (tmp_path / "out" / "more" / DECLARATION).write_text('[correction]\nsource = "web"\n')
    said(corrected, "run", str(tmp_path / "out" / "more"), "--dataset", "small", "--no-dagster")
    assert texts(corrected) == expected(WRONG, FIX, mended(WRONG[40:60]))


def test_the_halves_of_a_held_correction_are_corrections(corrected: Workspace) -> None:
    correct(corrected, "half", mended(WRONG[40:60]) + noisy(mended(WRONG[60:80])))
    assert run(corrected, "half").action == "hold"
    made = split_judged(corrected, "half", ["blobs"])
    for name in (made.clean, made.set_aside):
        assert (Path(str(corrected.home.drop(name))) / DECLARATION).is_file()
    assert run(corrected, made.clean).action == "promote"
    assert texts(corrected) == expected(WRONG, FIX, mended(WRONG[40:60]))


def test_a_rebuilt_index_knows_what_is_superseded(corrected: Workspace) -> None:
    path = Path(str(corrected.home.settings_path))
    path.write_text(path.read_text().replace("[dedup]", "[dedup]\nhashes = 64\nbands = 16"))
    assert rebuild_index(corrected, 1) == (2, 2)
    index = stored_index(corrected, corrected.ledger.state(), corrected.load_settings(), 1)
    assert index.gone.height == 40
    old = corrected.read_segments(corrected.segments(corrected.ledger.state()))
    found = [name for ids, _ in index.texts(index.gone["id"]) for name in ids]
    assert found == []
    assert old.join(index.gone, on=["drop", "id"], how="semi").is_empty()


def test_neither_shards_nor_workers_change_what_is_promoted(tmp_path: Path, corrected_folder: Path) -> None:
    corrected = copied(corrected_folder, tmp_path / "home")
    changed = WHOLE.replace("workers = 1\n", "workers = 2\n") + "[ingest]\nshard_rows = 7\n"
    assert changed.count("workers = 2\n") == 1
    other = dataset(tmp_path / "other", changed)
    run(other, deliver(other, "first", WRONG + OTHER))
    entry = run(other, correct(other, "fix", FIX))
    assert entry.change is not None
    assert entry.change.superseded is not None
    assert entry.change.superseded.records == {"fix": {"first": 40}}
    assert contents(other) == contents(corrected)


def test_reading_columns_leaves_superseded_records_out(corrected: Workspace) -> None:
    state = corrected.ledger.state()
    assert corrected.segment_records(state, ["row_id"]).height == corrected.segment_records(state).height
    stored = pl.concat(corrected.stored_records(corrected.segments(state), ["id", "drop"]))
    assert stored.height == 40 + corrected.segment_records(state).height


def test_where_nothing_is_corrected_manifests_are_those_of_releases_without_corrections(
    corrected: Workspace,
) -> None:
    """So what an older release has stored keeps the digest that its decisions name."""
    folder = Path(str(corrected.root)) / "work" / "manifests"
    for path in folder.glob("*/first.json"):
        text = path.read_text()
        assert not [key for key in ("correct", "superseded", '"leave"') if key in text], path
    assert '"corrections"' in (folder / "entropy_law_report" / "fix.json").read_text()
    assert '"corrects":"web"' in (folder / "raw_records" / "fix.json").read_text()
