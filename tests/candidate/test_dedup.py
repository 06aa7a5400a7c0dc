"""Dedup of candidates: what is stored, what a withdrawal brings back, and the checks that stop a drop."""

import random
import uuid
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from entropy_assets.candidate import dedup
from entropy_assets.candidate.ingest import read_drops
from entropy_assets.candidate.manifests import (
    DedupedPart,
    DedupedRecords,
    DuplicatePairs,
    PairsPart,
    RawPart,
    RawRecords,
)
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.session import session
from entropy_assets.candidate.stops import Checked
from entropy_assets.cli import app
from entropy_assets.curation.dedup import PAIRS_SCHEMA
from entropy_assets.curation.publication import Promotion, Rows, VersionContent, publish
from entropy_assets.demo.drops import Row
from entropy_assets.errors import StaleProvenance
from entropy_assets.ledger import Candidate, Entry
from entropy_assets.records import SCHEMA
from entropy_assets.settings import DedupSettings
from entropy_assets.shards import Shards, read_shards, write_shards
from tests.homes import Home, home_in

WORDS = [
    f"{a}{b}{c}" for a in ("ba", "ko", "mi", "tu", "re") for b in ("la", "no", "si") for c in ("n", "r", "")
]


def text_of(number: int, n_words: int = 60) -> str:
    rng = random.Random(number)
    return " ".join(rng.choice(WORDS) for _ in range(n_words))


def near(number: int, word: str = "changed") -> str:
    """Return text `number` with two words replaced that stand apart."""
    words = text_of(number).split()
    words[-1], words[len(words) // 2] = word, word[::-1]
    return " ".join(words)


def rows_of(texts: list[str], source: str = "web") -> list[Row]:
    return [{"id": f"{source}-{n}", "text": text, "source": source} for n, text in enumerate(texts)]


@dataclass(frozen=True)
class Deduped:
    """What dedup made of one drop, and what its checks say."""

    run: CandidateRun
    deduped: DedupedRecords
    pairs: DuplicatePairs

    @property
    def part(self) -> DedupedPart:
        (part,) = self.deduped.parts
        return part

    @property
    def explained(self) -> Checked:
        return dedup.check_removals_explained(self.run, self.deduped, self.pairs)

    @property
    def retention(self) -> Checked:
        return dedup.check_source_retention(self.run, self.deduped)

    @property
    def planted(self) -> Checked:
        return dedup.check_planted(self.run, self.deduped)


class Light(Home):
    """A dataset of which only ingest and dedup are run; candidates are published without a verdict."""

    def dedup(self, key: str) -> Deduped:
        with session(self.workspace, key, uuid.uuid4().hex) as run:
            raw, bad = read_drops(run)
            deduped, pairs = dedup.deduplicate_drops(run, raw)
            for manifest in (raw, bad, deduped, pairs):
                self.workspace.store(manifest)
        return Deduped(run, deduped, pairs)

    def pairs_part(self, key: str) -> PairsPart:
        (part,) = self.load(DuplicatePairs, key).parts
        return part

    def kept_part(self, key: str) -> DedupedPart:
        (part,) = self.load(DedupedRecords, key).parts
        return part

    def pairs(self, key: str) -> pl.DataFrame:
        return read_shards(self.workspace.root, self.pairs_part(key).shards, PAIRS_SCHEMA)

    def kept(self, key: str) -> pl.DataFrame:
        return read_shards(self.workspace.root, self.kept_part(key).shards, SCHEMA)

    def publish(self, key: str, *, signed: bool = True) -> Entry:
        run = self.open(key)
        drops = run.live_drops()
        segment = dedup.index_segment(run, self.load(DedupedRecords, key), self.kept_part(key).shards)
        segment = segment if signed else replace(segment, signatures=None)
        live = [s for s in self.workspace.segments(run.parent) if set(s.drops or ()) & set(drops)]
        frame = self.workspace.read_segments([*live, segment]).filter(pl.col("drop").is_in(drops))
        train = frame.with_row_index("rank").with_columns(pl.col("rank").cast(pl.Int64))
        picked, held_out = (Rows.of(one.select(*SCHEMA, "rank")) for one in (train, train.clear()))
        content = VersionContent(picked, held_out, {}, segment, {})
        return publish(
            self.workspace.home, self.workspace.ledger, Promotion(run.candidate, run.parent, drops, content)
        )

    def bring(self, name: str, rows: list[Row]) -> Entry:
        self.dedup(self.deliver(name, rows))
        return self.publish(name)

    def withdraw(self, drop: str) -> Entry:
        key = f"@without-{drop}-{self.workspace.ledger.about(drop)[-1]}"
        made = Candidate(key, remove=(drop,), by="Ada", why="a test")
        self.workspace.propose(made)
        self.dedup(made.key)
        return self.publish(made.key)

    def pool(self) -> pl.DataFrame:
        return self.workspace.segment_records(self.workspace.ledger.state())


@pytest.fixture
def light(tmp_path: Path) -> Light:
    made = Light(home_in(tmp_path / "home", {}).workspace, {})
    made.settings = "workers = 1\n[ingest]\nshard_rows = 40\n"
    return made


def nothing_read(run: CandidateRun) -> RawRecords:
    """Return the manifest of a drop of which no record was read."""
    part = RawPart(drop=run.key, shards=Shards(), rows_in=0, blank_lines=0, complete=True, content="")
    return RawRecords(provenance=run.provenance(of_state=False), parts=(part,))


def test_copies_of_the_pool_and_of_the_drop_are_removed_and_explained(light: Light) -> None:
    light.bring("first", rows_of([text_of(n) for n in range(60)]))
    own = [text_of(n) for n in range(100, 160)]
    rows = rows_of([text_of(1), text_of(2) + " \n", near(3), *own, text_of(100), near(101)])
    result = light.dedup(light.deliver("second", rows))
    assert light.kept("second").height == 60
    pairs = light.pairs("second").sort("row_id")
    found = dict(zip(pairs["row_id"], zip(pairs["rule"], pairs["keeper_drop"], strict=True), strict=True))
    assert found["web-0"] == ("exact", "first")
    assert found["web-1"] == ("normalised", "first")
    assert found["web-2"] == ("near", "first")
    assert found["web-63"] == ("exact", "second")
    assert sorted(rule for rule, _ in found.values()) == ["exact", "exact", "near", "near", "normalised"]
    assert result.explained.passed
    assert result.retention.passed


def test_a_removal_without_its_pair_stops_the_run(light: Light) -> None:
    result = light.dedup(light.deliver("first", rows_of([*(text_of(n) for n in range(30)), text_of(0)])))
    forged = result.pairs.model_copy(
        update={"parts": (light.pairs_part("first").model_copy(update={"shards": Shards()}),)}
    )
    checked = dedup.check_removals_explained(result.run, result.deduped, forged)
    assert (checked.passed, checked.blocks) == (False, True)
    assert checked.description == "31 records in, 30 kept + 0 removed, 0 unexplained"


def test_counts_by_rule_and_the_least_similar_pairs_are_stored(light: Light) -> None:
    light.dedup(
        light.deliver("first", rows_of([*(text_of(n) for n in range(40)), text_of(0), near(5), near(6)]))
    )
    part = light.pairs_part("first")
    assert part.by_rule == {"exact": 1, "normalised": 0, "near": 2}
    shown = part.least_similar
    assert [row["similarity"] for row in shown] == sorted(light.pairs("first")["similarity"])[:2]
    assert {row["removed_text"][:20] for row in shown} <= {text_of(n)[:20] for n in (5, 6)}
    assert all(row["removed_text"][:20] == row["keeper_text"][:20] for row in shown)


def test_planted_copies_are_found_and_reach_nothing(light: Light) -> None:
    rows = rows_of([text_of(n) for n in range(300)])
    light.bring("first", rows)
    result = light.dedup(light.deliver("second", rows_of([text_of(n) for n in range(1000, 1300)])))
    check = result.planted
    assert check.passed
    recall = {name: check.figures[f"recall_{name}"] for name in ("drop", "pool")}
    assert all(0.9 <= value <= 1.0 for value in recall.values())
    planted = result.part.planted
    assert planted["drop"].n == 200
    # Of the 40 rows of a shard, 20 of the last one, a copy may have too little in common.
    assert planted["pool"].n in (18, 19, 20, 38, 39, 40)
    assert light.pairs("second").is_empty()
    assert set(light.kept("second")["text"]) == {text_of(n) for n in range(1000, 1300)}
    light.publish("second")
    texts = {*(text_of(n) for n in range(300)), *(text_of(n) for n in range(1000, 1300))}
    assert set(light.pool()["text"]) == texts
    signed = list((Path(str(light.workspace.root)) / "work" / "signatures").iterdir())
    assert sum(pl.read_parquet(path).height for path in signed) == 600


def test_planting_changes_nothing_that_is_stored(light: Light) -> None:
    rows = rows_of([*(text_of(n) for n in range(80)), near(3)])
    light.dedup(light.deliver("first", rows))
    kept, pairs = light.kept_part("first").shards, light.pairs_part("first").shards
    light.settings += "[dedup]\nplanted = 0\n"
    result = light.dedup("first")
    assert light.kept_part("first").shards == kept
    assert light.pairs_part("first").shards == pairs
    assert "none was planted" in result.planted.description


def test_missed_planted_copies_block(light: Light) -> None:
    light.settings += "[dedup]\nnear = false\n"
    check = light.dedup(light.deliver("first", rows_of([text_of(n) for n in range(300)]))).planted
    assert (check.passed, check.blocks) == (False, True)
    assert "0 of 200 drop; at least 90% must be found" in check.description


def test_few_missed_planted_copies_warn(light: Light) -> None:
    light.settings += "[dedup]\nnear = false\n"
    check = light.dedup(light.deliver("first", rows_of([text_of(n) for n in range(10)]))).planted
    assert (check.passed, check.blocks) == (False, False)


def test_a_source_that_is_wiped_out_blocks_until_the_policy_names_it(light: Light) -> None:
    words = ["word" + "bdf"[n // 10] + "o" + "bdfgklmnrs"[n % 10] for n in range(30)]
    wiped = rows_of([near(0, word) for word in words], "templates")
    rows = [*rows_of([text_of(n) for n in range(100, 140)]), *wiped]
    check = light.dedup(light.deliver("first", rows)).retention
    assert (check.passed, check.blocks) == (False, True)
    assert "source_retention (source templates): dedup removed 29 of 30 new records" in check.description
    assert "(0.9667, allowed 0.6)" in check.description
    assert check.figures["largest_loss_share"] == pytest.approx(29 / 30)
    entry = light.run("first")
    assert (entry.action, [reason["code"] for reason in entry.reasons]) == ("hold", ["source_retention"])
    assert entry.reasons[0]["scope"] == "source templates"
    light.settings += "[policy.source_losses]\ntemplates = 0.98\n"
    assert light.dedup("first").retention.passed


def test_a_drop_that_comes_again_under_another_name_is_no_loss(light: Light) -> None:
    rows = rows_of([text_of(n) for n in range(60)])
    light.bring("first", rows)
    result = light.dedup(light.deliver("again", rows))
    assert light.kept("again").is_empty()
    assert result.retention.passed
    entry = light.publish("again")
    assert list(entry.state.segments) == ["first"]


def test_a_withdrawal_brings_back_exact_and_near_copies(light: Light) -> None:
    light.bring("first", rows_of([text_of(n) for n in range(60)]))
    others = [text_of(n) for n in range(200, 240)]
    light.bring("second", rows_of([*others, text_of(1), near(2), near(2, "another")], "books"))
    assert light.pool().height == 100
    entry = light.withdraw("first")
    assert entry.state.drops == ("second",)
    back = light.kept("@without-first-1")
    assert set(back["drop"]) == {"second"}
    assert back.height == 2, "the two near-copies of one text are copies of each other too"
    assert text_of(1) in back["text"].to_list()
    assert light.pool().height == 42
    (pair,) = light.pairs("@without-first-1").rows(named=True)
    assert (pair["rule"], pair["drop"], pair["keeper_drop"]) == ("near", "second", "second")


def test_a_withdrawn_drops_records_are_keepers_no_more(light: Light) -> None:
    light.bring("first", rows_of([text_of(n) for n in range(60)]))
    light.bring("second", rows_of([text_of(n) for n in range(200, 240)]))
    light.withdraw("first")
    light.bring("third", rows_of([*(text_of(n) for n in range(30)), near(40), text_of(201)]))
    assert light.kept("third").height == 31
    assert light.pairs("third")["keeper_drop"].to_list() == ["second"]


def test_what_came_back_comes_back_again_when_its_next_keeper_goes(light: Light) -> None:
    light.bring("first", rows_of([text_of(n) for n in range(30)]))
    light.bring("second", rows_of([*(text_of(n) for n in range(200, 230)), near(0, "mended")]))
    light.bring("third", rows_of([*(text_of(n) for n in range(300, 330)), near(0, "altered")]))
    light.withdraw("first")
    kept = light.kept("@without-first-1")
    assert kept.height == 1
    (stays,) = kept["drop"]
    (other,) = {"second", "third"} - {stays}
    entry = light.withdraw(stays)
    assert light.kept(entry.candidate.key)["drop"].to_list() == [other]
    assert light.pool().height == 31
    assert set(light.pool()["drop"]) == {other}


def test_a_withdrawn_drop_can_be_released_again(light: Light) -> None:
    light.bring("first", rows_of([text_of(n) for n in range(60)]))
    light.bring("second", rows_of([*(text_of(n) for n in range(200, 240)), text_of(1)]))
    light.withdraw("first")
    light.workspace.propose(Candidate("@release-first-3", add=("first",), by="Ada", why="a test"))
    light.dedup("@release-first-3")
    light.publish("@release-first-3")
    pool = light.pool()
    assert pool["id"].is_unique().all()
    assert pool.height == 100
    assert light.pairs("@release-first-3").select("drop", "keeper_drop").rows() == [("first", "second")]


def test_another_scheme_is_refused_until_the_index_is_rebuilt(light: Light) -> None:
    light.bring("first", rows_of([text_of(n) for n in range(60)]))
    light.settings += "[dedup]\nhashes = 64\nbands = 8\n"
    light.deliver("second", rows_of([text_of(1), *(text_of(n) for n in range(200, 240))]))
    changed = rf"hashes {DedupSettings().hashes}, now 64.*`entropy-assets index rebuild`"
    with pytest.raises(StaleProvenance, match=changed):
        light.dedup("second")
    arguments = ["index", "rebuild", "--home", str(light.workspace.home.home), "--dataset", "docs"]
    for told in ("1 of 1", "0 of 1"):
        done = CliRunner().invoke(app, arguments)
        assert (done.exit_code, done.output) == (0, f"{told} index segment(s) made again\n")
    light.dedup("second")
    assert light.pairs("second")["keeper_drop"].to_list() == ["first"]


def test_a_dataset_from_before_the_index_is_rebuilt(light: Light) -> None:
    light.dedup(light.deliver("first", rows_of([text_of(n) for n in range(60)])))
    light.publish("first", signed=False)
    light.deliver("second", rows_of([text_of(1), near(2), text_of(200)]))
    with pytest.raises(StaleProvenance, match="older release: rebuild the index"):
        light.dedup("second")
    assert dedup.rebuild_index(light.workspace, workers=1) == (1, 1)
    light.dedup("second")
    assert light.kept("second")["text"].to_list() == [text_of(200)]


def test_signatures_of_a_part_of_the_kept_records(light: Light) -> None:
    """A stage after dedup may take records out: the segment's signatures follow."""
    light.dedup(light.deliver("first", rows_of([text_of(n) for n in range(60)])))
    kept = light.kept("first")
    left = kept.filter(~pl.col("text").is_in([text_of(3), text_of(50)]))
    folder = light.workspace.home.work("screened")
    shards = write_shards(light.workspace.root, folder, left.iter_slices(25))
    segment = dedup.index_segment(light.open("first"), light.load(DedupedRecords, "first"), shards)
    assert segment.signatures is not None
    assert segment.signatures.rows == segment.records.rows == 58
    signed = pl.concat(
        [pl.read_parquet(Path(str(light.workspace.root)) / shard.path) for shard in segment.signatures.shards]
    )
    assert signed["id"].to_list() == left["id"].to_list()


def test_an_empty_drop_is_deduplicated(light: Light) -> None:
    light.bring("first", rows_of([text_of(n) for n in range(30)]))
    light.deliver("empty", rows_of(["x"]))
    run = light.open("empty")
    deduped, pairs = dedup.deduplicate_drops(run, nothing_read(run))
    ((kept,), (none,)) = deduped.parts, pairs.parts
    assert (kept.rows_in, kept.shards.rows, none.shards.rows) == (0, 0, 0)
