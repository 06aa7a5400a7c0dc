"""A held drop is split by its suspects; the clean half is promoted, the other one is held again."""

import gzip
import json
from pathlib import Path

import polars as pl
import pytest

from entropy_assets.candidate.manifests import DropPart, DropReport, LawReport, ScreenedRecords
from entropy_assets.candidate.splitting import split_judged
from entropy_assets.candidate.summary import summarise
from entropy_assets.candidate.suspects import examples_of, read_suspects
from entropy_assets.candidate.told import told_of_entry
from entropy_assets.candidate.verdict import hold_sentence, judge_under
from entropy_assets.curation.ingest import read_drop
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND
from entropy_assets.errors import InvalidInput, InvalidParameter, StoreDamaged
from entropy_assets.storage import SUCCESS_MARKER
from tests.homes import Home

CLEAN, ASIDE = f"{DAMAGED}-clean", f"{DAMAGED}-set-aside"


def folder_of(home: Home, drop: str) -> Path:
    return Path(str(home.workspace.home.inbox)) / drop


def lines_of(home: Home, drop: str) -> list[bytes]:
    return [
        line
        for path in sorted(folder_of(home, drop).glob("*.jsonl.gz"))
        for line in gzip.decompress(path.read_bytes()).split(b"\n")
        if line
    ]


def report_of(home: Home, key: str = DAMAGED) -> DropPart:
    (part,) = home.load(DropReport, key).parts
    return part


def test_a_held_drop_is_split_and_its_clean_half_promoted(home: Home) -> None:
    made = split_judged(home.workspace, DAMAGED, ["blobs", "damage"])
    assert (made.clean, made.set_aside) == (CLEAN, ASIDE)
    rows = made.rows
    assert rows.rows_in == len(home.drops[DAMAGED]) == rows.clean + rows.set_aside
    assert rows.quarantined == 0
    assert 0.37 < rows.set_aside / rows.rows_in < 0.47  # 40 % binary noise was planted
    halves = lines_of(home, CLEAN), lines_of(home, ASIDE)
    assert [len(half) for half in halves] == [rows.clean, rows.set_aside]
    assert sorted(halves[0] + halves[1]) == sorted(lines_of(home, DAMAGED))
    assert home.run(CLEAN).action == "promote"
    assert home.run(ASIDE).action == "hold"
    decided = home.workspace.ledger.decision(DAMAGED)
    assert decided.action == "hold"
    assert home.workspace.ledger.state().drops == (FIRST, CLEAN)


def test_the_hold_names_the_sources_of_its_suspects(home: Home) -> None:
    entry = home.workspace.ledger.decision(DAMAGED)
    told = hold_sentence(entry.reasons)
    part = report_of(home)
    worst = next(row for row in part.suspects.by_source if row["rule"] == "blobs")
    assert f"in source {worst['source']} ({worst['suspects']} of its {worst['records']} records)" in told
    commands = [row["command"] for row in told_of_entry("docs", entry, DAMAGED)]
    (split,) = {command for command in commands if " split " in command}
    assert {"blobs", "damage"} <= set(split.split("--rules ")[1].split()[0].split(","))
    suspects = read_suspects(home.workspace, part.suspects)
    assert suspects["id"].n_unique() == part.suspects.records
    assert set(suspects["row_id"]) <= {row["id"] for row in home.drops[DAMAGED]}


def test_each_rule_shows_the_record_that_speaks_for_it_most_and_a_lost_one_is_not_missed(home: Home) -> None:
    part = report_of(home)
    first = read_suspects(home.workspace, part.suspects).filter(rule="blobs").row(0, named=True)
    example = examples_of(home.workspace, DAMAGED, DAMAGED)["blobs"]
    assert example.startswith(f"{first['row_id']} of {first['source']} (")
    assert "\n" not in example
    assert example.isprintable()
    for shard in part.suspects.shards.shards:
        (Path(str(home.workspace.root)) / shard.path).unlink()
    assert examples_of(home.workspace, DAMAGED, DAMAGED) == {}
    assert {row["example"] for row in summarise(home.workspace, DAMAGED).told} == {"-"}


def test_splitting_twice_is_harmless_and_other_content_is_refused(home: Home) -> None:
    first = split_judged(home.workspace, DAMAGED, ["blobs"])
    (folder_of(home, CLEAN) / SUCCESS_MARKER).unlink()  # as if the first attempt had been stopped
    again = split_judged(home.workspace, DAMAGED, ["blobs"])
    assert again.rows == first.rows
    assert (folder_of(home, CLEAN) / SUCCESS_MARKER).exists()
    with pytest.raises(InvalidInput, match=f"{CLEAN}.*in the inbox with other content"):
        split_judged(home.workspace, DAMAGED, ["blobs", "loss_shift"])


def test_one_refused_half_leaves_nothing_of_the_other(home: Home) -> None:
    folder_of(home, ASIDE).mkdir()
    (folder_of(home, ASIDE) / "rows.jsonl").write_text("{}\n")
    with pytest.raises(InvalidInput, match=r"set-aside.*other content"):
        split_judged(home.workspace, DAMAGED, ["blobs"])
    assert not folder_of(home, CLEAN).exists()
    assert list(Path(str(home.workspace.home.work("split"))).iterdir()) == []


def test_quarantined_rows_and_copies_of_suspects_are_not_in_the_clean_half(home: Home) -> None:
    rows = home.drops[DAMAGED][:400]
    suspects = read_suspects(home.workspace, report_of(home).suspects).filter(rule="blobs")
    blobs = set(suspects["row_id"])
    blob = next(row for row in rows if row["id"] in blobs)
    good = next(row for row in rows if row["id"] not in blobs and len(row["output"]) > 300)
    extra = [
        {**blob, "id": "blob-again"},
        {**blob, "id": "blob-spaced", "output": blob["output"] + " "},
        {**good, "id": "good-again"},
    ]
    folder = folder_of(home, "mixed")
    folder.mkdir()
    data = "".join(json.dumps(row) + "\n" for row in [*rows, *extra]) + "{broken\n"
    (folder / "part.jsonl").write_text(data)
    (folder / SUCCESS_MARKER).touch()
    assert home.run("mixed").action == "hold"
    made = split_judged(home.workspace, "mixed", ["blobs"])
    assert (made.rows.rows_in, made.rows.quarantined) == (404, 1)
    assert made.n_copies == 2  # of equal ones the longest is the keeper, so the spaced one is the suspect
    clean, aside = (read_drop(folder_of(home, name), name).records for name in (made.clean, made.set_aside))
    assert {"blob-again", "blob-spaced", blob["id"]} <= set(aside["row_id"])
    assert {"good-again", good["id"]} <= set(clean["row_id"])


def test_what_cannot_be_split_is_told(home: Home) -> None:
    split = split_judged
    with pytest.raises(InvalidInput, match="was promoted"):
        split(home.workspace, FIRST)
    with pytest.raises(InvalidInput, match=r"drop_report.* is missing"):
        split(home.workspace, SECOND)
    with pytest.raises(
        InvalidParameter, match=r"points at no records: choose from damage, doubtful, doubtful_first, blobs"
    ):
        split(home.workspace, DAMAGED, ["ratio_rose"])
    with pytest.raises(InvalidInput, match=r"no row of drop .* is a suspect of language_shift"):
        split(home.workspace, DAMAGED, ["language_shift"])
    with pytest.raises(InvalidParameter, match="does not match"):
        split(home.workspace, "../inbox")
    with pytest.raises(InvalidParameter, match="is not in"):
        split(home.workspace, "unknown")


def test_reports_without_suspects_stay_readable(home: Home) -> None:
    report = home.body(LawReport, DAMAGED)
    del report["suspects_by_source"]
    policy = home.open(DAMAGED).settings.policy
    verdict = judge_under(policy, report, first=False, overrides=())
    assert "blobs" in verdict.codes
    assert "suspects" not in verdict.sentence()
    home.edit(DropReport, DAMAGED, lambda body: body["parts"][0].pop("suspects"), resealed=True)
    with pytest.raises(StoreDamaged, match="has another form than drop_report has today"):
        split_judged(home.workspace, DAMAGED)


def test_an_edited_report_is_refused(home: Home) -> None:
    home.edit(
        DropReport, DAMAGED, lambda body: body["parts"][0]["suspects"].update(records=0), resealed=False
    )
    with pytest.raises(StoreDamaged, match=r"was edited after it was written.*release it"):
        split_judged(home.workspace, DAMAGED)


def test_a_report_on_other_records_is_refused(home: Home) -> None:
    home.edit(ScreenedRecords, DAMAGED, lambda body: body["parts"][0].update(rows_in=0), resealed=True)
    with pytest.raises(StoreDamaged, match="is of other records"):
        split_judged(home.workspace, DAMAGED)


def test_the_table_of_suspects_is_the_same_for_a_renamed_drop(home: Home) -> None:
    home.deliver("turned", home.drops[DAMAGED][::-1])
    home.run("turned")
    one, other = (read_suspects(home.workspace, report_of(home, key).suspects) for key in (DAMAGED, "turned"))
    assert one.equals(other)
    assert one.schema["score"] == pl.Float64
