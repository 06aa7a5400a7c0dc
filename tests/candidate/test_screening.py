"""Screening of candidates: what it lets through, what holds one, and what a version says of it."""

import json
import uuid
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from entropy_assets import records
from entropy_assets.candidate import findings
from entropy_assets.candidate.contamination import check_contamination, version_contamination
from entropy_assets.candidate.dedup import deduplicate_drops
from entropy_assets.candidate.findings import kept_findings
from entropy_assets.candidate.ingest import read_drops
from entropy_assets.candidate.manifests import LawReport, ProbeReport, ScreenedOut, ScreenedRecords
from entropy_assets.candidate.reference import version_records
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.screening import check_screening_conserved, screen_drops
from entropy_assets.candidate.session import session
from entropy_assets.candidate.summary import reasons_of, summarise
from entropy_assets.candidate.verdict import hold_sentence
from entropy_assets.curation.publication import Promotion, Rows, VersionContent, publish
from entropy_assets.curation.screening import OUT_SCHEMA, find_sensitive
from entropy_assets.demo.drops import FIRST, SECOND
from entropy_assets.errors import InvalidInput, StaleProvenance
from entropy_assets.ledger import Entry, drop_candidate
from entropy_assets.shards import Segment, Shards, read_shard, read_shards
from entropy_assets.storage import read_json
from tests.homes import Home

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2dF4gH6"
ITEM = "Which of the seven bridges over the river was built first by the masons of the old town guild?"


def policy(home: Home, line: str) -> None:
    home.settings = home.settings.replace("[policy]\n", f"[policy]\n{line}\n")


def deliver(home: Home, name: str, texts: list[str]) -> str:
    rows = [{"id": f"notes-{n}", "text": text, "source": "notes"} for n, text in enumerate(texts)]
    folder = Path(str(home.workspace.home.inbox)) / name
    folder.mkdir(parents=True)
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "_SUCCESS").touch()
    return name


@dataclass(frozen=True)
class Screened:
    """What screening made of a candidate of one drop."""

    run: CandidateRun
    kept: ScreenedRecords
    out: ScreenedOut

    @property
    def kept_records(self) -> pl.DataFrame:
        (part,) = self.kept.parts
        return read_shards(self.run.workspace.root, part.shards, records.SCHEMA)

    @property
    def removed(self) -> pl.DataFrame:
        (part,) = self.out.parts
        return read_shards(self.run.workspace.root, part.shards, OUT_SCHEMA)


def screen(home: Home, key: str) -> Screened:
    """Take a candidate up to what screening lets through, and store it."""
    with session(home.workspace, key, uuid.uuid4().hex) as run:
        raw, bad = read_drops(run)
        deduped, pairs = deduplicate_drops(run, raw)
        kept, out = screen_drops(run, deduped)
        for manifest in (raw, bad, deduped, pairs, kept, out):
            home.workspace.store(manifest)
    return Screened(run, kept, out)


def test_a_promoted_version_says_what_was_screened(home: Home) -> None:
    policy(home, 'allowed_licences = ["PSF-2.0"]')
    sources = {row["source"] for row in home.drops[SECOND]}
    home.settings += "[screening.licences]\n" + "".join(f'"{source}" = "PSF-2.0"\n' for source in sources)
    entry = home.run(SECOND)
    assert entry.action == "promote"
    version = entry.state.version or ""
    folder = home.workspace.home.version(version)
    told = read_json(folder / "manifest.json")["sources"]
    train = version_records(home.workspace, version, "train")
    assert {row["source"]: row["records"] for row in told} == dict(train["source"].value_counts().iter_rows())
    assert {row["licence"] for row in told} == {"PSF-2.0"}
    card = (folder / "README.md").read_text()
    assert "license:\n- psf-2.0" in card
    assert "language:\n- en" in card
    assert all(f"| {row['source']} | PSF-2.0 | en " in card for row in told)


def test_what_was_found_of_a_shard_is_kept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace, settings = home.workspace, home.workspace.load_settings().screening
    shards = [one for own in workspace.segments(workspace.ledger.state()) for one in own.records.shards]
    expected = [find_sensitive(read_shard(workspace.root, shard), settings) for shard in shards]
    monkeypatch.setattr(findings, "find_sensitive", None)
    assert shards
    for shard, table in zip(shards, expected, strict=True):
        assert kept_findings(workspace, shard, settings).equals(table)


def test_a_secret_or_address_that_is_a_source_stands_nowhere_in_a_version(home: Home) -> None:
    names = [f"https://deploy:{TOKEN[4:20]}@ci.acme-pumps.io/dump", "karla.lindholm@nordpumpen.se"]
    home.settings += '[screening]\nsecrets = "remove"\nemails = "remove"\n'
    home.settings += f'[screening.licences]\n"{names[0]}" = "MIT"\n'
    rows = list(home.drops[SECOND])
    for name, row in zip(names, rows, strict=False):
        rows.append({**row, "output": f"The pump of {name[:6]} runs on the quay.", "source": name})
    entry = home.run(home.deliver("docs-pumps", rows))
    assert entry.action == "promote"
    assert summarise(home.workspace, "docs-pumps").rows["screened_out"] == 2
    folder = home.workspace.home.version(entry.state.version or "")
    told = [path.read_bytes() for path in Path(str(folder)).rglob("*") if path.is_file()]
    train = version_records(home.workspace, entry.state.version or "", "train")
    assert set(train["source"]).isdisjoint(names)
    for word in (b"nordpumpen", TOKEN[4:20].encode()):
        assert not any(word in content for content in told)
        assert word.decode() not in json.dumps(entry.reasons)


def test_languages_are_told_and_records_conserved(home: Home) -> None:
    key = deliver(home, "mail", ["Ask anna.keller@mail.de about it, she wrote the page of the manual.", "ok"])
    home.settings += '[screening]\nemails = "remove"\n'
    made = screen(home, key)
    assert check_screening_conserved(made.run, made.kept, made.out).passed
    assert made.kept_records.select("row_id", "language").rows() == [("notes-1", "und")]
    place = made.removed.select("row_id", "file", "line", "rule")
    assert place.rows() == [("notes-0", "rows.jsonl", 1, "email")]
    assert summarise(home.workspace, key).rows["screened_out"] == 1


def test_a_lost_record_stops_the_run(home: Home) -> None:
    key = deliver(home, "mail", ["One row of the page of the manual.", "Another row of the page of it."])
    made = screen(home, key)
    home.edit(ScreenedRecords, key, lambda body: body["parts"][0].update(rows_in=3), resealed=True)
    found = check_screening_conserved(made.run, home.load(ScreenedRecords, key), made.out)
    assert (found.passed, found.blocks) == (False, True)
    assert "3 records in, 2 kept + 0 removed" in found.description


def test_secrets_hold_a_candidate_before_the_probe_is_paid(home: Home) -> None:
    texts = [f"Step {n} of the guide uses {TOKEN} to sign in to the server." for n in range(40)]
    key = deliver(home, "leaky", texts)
    entry = home.run(key)
    assert (entry.action, [reason["code"] for reason in entry.reasons]) == ("hold", ["secrets"])
    assert "source notes (40 of 40)" in entry.reasons[0]["why"]
    assert reasons_of(entry, key) == entry.reasons
    assert home.workspace.find(ProbeReport, key) is None
    assert TOKEN not in json.dumps(entry.reasons)


def test_the_decision_judges_the_counts_again(measured: Home) -> None:
    policy(measured, 'allowed_licences = ["MIT"]')
    entry = measured.conclude(SECOND)
    assert (entry.action, [reason["code"] for reason in entry.reasons]) == ("hold", ["licences"])
    assert "licences (drop)" in hold_sentence(entry.reasons)


@pytest.mark.parametrize("resealed", [False, True])
def test_counts_edited_after_the_report_are_refused(measured: Home, resealed: bool) -> None:
    measured.edit(
        ScreenedRecords,
        SECOND,
        lambda body: body["parts"][0]["counts"][0].update(licence="MIT"),
        resealed=resealed,
    )
    told = "drop_report was made for screened_records" if resealed else "was edited after it was written"
    with pytest.raises(StaleProvenance, match=told):
        measured.conclude(SECOND)
    assert measured.workspace.ledger.decision(SECOND) is None


def test_a_report_with_other_counts_is_refused(measured: Home) -> None:
    measured.edit(LawReport, SECOND, lambda body: body.update(screened=[]), resealed=True)
    with pytest.raises(
        StaleProvenance, match=r"is not what the reports before it give \(differs in screened\)"
    ):
        measured.conclude(SECOND)
    assert measured.workspace.ledger.decision(SECOND) is None


def evaluation_set(home: Home, name: str = "quiz.jsonl", text: str = "") -> None:
    row = {"id": "q1", "prompt": ITEM, "completion": "The northern one."}
    (home.root / name).write_text(text or json.dumps(row) + "\n")
    home.settings += f'[screening]\nevaluation_sets = {{ quiz = "{name}" }}\n'


def test_contaminated_records_are_taken_out_and_named(home: Home) -> None:
    evaluation_set(home)
    key = deliver(home, "leak", ["A clean row of the page.", f"On the quiz night they asked: {ITEM.upper()}"])
    made = screen(home, key)
    (row,) = made.removed.iter_rows(named=True)
    assert (row["row_id"], row["rule"]) == ("notes-1", "contamination")
    assert "q1 in quiz" in row["detail"]
    assert "SEVEN BRIDGES" in row["span"]
    assert made.kept_records["row_id"].to_list() == ["notes-0"]


@pytest.mark.parametrize("text", ["\n", '{"nothing": "known"}\n'])
def test_an_evaluation_set_that_cannot_be_read_whole_is_refused(home: Home, text: str) -> None:
    evaluation_set(home, text=text)
    key = deliver(home, "leak", ["A clean row of the page."])
    with pytest.raises(InvalidInput, match="'quiz' must be readable as a whole"):
        screen(home, key)
    assert "'quiz' must be readable" in str(home.workspace.attempts.failure(key))


def test_an_evaluation_set_that_is_missing_is_refused(home: Home) -> None:
    home.settings += '[screening]\nevaluation_sets = { quiz = "nowhere.jsonl" }\n'
    key = deliver(home, "leak", ["A clean row of the page."])
    with pytest.raises(InvalidInput, match=r"must be a file beside entropy\.toml"):
        screen(home, key)


def test_a_promoted_version_passes_the_check_of_contamination(home: Home) -> None:
    evaluation_set(home)
    entry = home.workspace.ledger.decision(FIRST)
    assert entry is not None
    found = check_contamination(version_contamination(home.open(FIRST), entry.state.version or "", entry))
    assert (found.passed, found.figures) == (True, {"contaminated": 0})


def around_the_stage(home: Home, key: str, train: pl.DataFrame, held_out: pl.DataFrame) -> Entry:
    """Publish a version of these records as no run would, and return the decision."""
    workspace, parent = home.workspace, home.workspace.ledger.state()
    content = VersionContent(
        train=Rows.of(
            train.with_columns(
                pl.lit(key).alias("drop"), pl.int_range(pl.len(), dtype=pl.Int64).alias("rank")
            )
        ),
        validation=Rows.of(held_out),
        figures={},
        segment=Segment(Shards()),
        provenance={},
    )
    drops = (*parent.drops, key)
    return publish(workspace.home, workspace.ledger, Promotion(drop_candidate(key), parent, drops, content))


def a_record(text: str, first_digit: str) -> pl.DataFrame:
    """Return a text under an id that lies in the validation split for 0, and in training for f."""
    row = {"id": first_digit * 32, "row_id": "r", "source": "notes", "kind": "text", "text": text}
    return pl.DataFrame([row], schema=records.SCHEMA)


@pytest.mark.parametrize("item_set", ["quiz", "validation split", "another text"])
def test_a_version_written_around_the_stage_is_found(home: Home, item_set: str) -> None:
    evaluation_set(home)
    current = home.workspace.ledger.state().version or ""
    train, held_out = (version_records(home.workspace, current, split) for split in ("train", "validation"))
    run = home.open(SECOND)

    def hits_of(key: str, train: pl.DataFrame, held_out: pl.DataFrame) -> pl.DataFrame:
        entry = around_the_stage(home, key, train, held_out)
        return version_contamination(run, entry.state.version or "", entry)

    assert hits_of("clean", train, held_out).is_empty()
    tale = "They say that the miller of the valley never once in his long life closed the door of the mill."
    expected = "f" * 32
    if item_set == "quiz":
        train = pl.concat([train, a_record(ITEM, "f")])
    elif item_set == "another text":  # under an id that the version before holds
        expected, item_set = train["id"][0], "validation split"
        held_out = pl.concat([held_out, a_record(tale, "0")])
        is_it = pl.col("id") == expected
        text, messages = pl.when(is_it).then(pl.lit(tale)).otherwise("text"), pl.when(~is_it).then("messages")
        train = train.with_columns(text=text, messages=messages)
    else:
        train, held_out = (
            pl.concat([own, a_record(tale, digit)]) for own, digit in ((train, "f"), (held_out, "0"))
        )
    hits = hits_of("around", train, held_out)
    (hit,) = hits.iter_rows(named=True)
    assert (hit["id"], hit["item_set"]) == (expected, item_set)
    found = check_contamination(hits)
    assert (found.passed, found.blocks) == (False, True)
    assert f"1 training records overlap with {item_set}" in found.description
