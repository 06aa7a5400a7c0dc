"""Dedup in the graph: what is stored, what comes back after a withdrawal, and the checks that block."""

import random
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest
from typer.testing import CliRunner
from upath import UPath

from entropy_assets.cli import app
from entropy_assets.curation.dedup import PAIRS_SCHEMA
from entropy_assets.curation.publication import VersionContent, publish
from entropy_assets.defs import dedup
from entropy_assets.defs.resources import Dataset
from entropy_assets.demo.drops import Row
from entropy_assets.errors import StaleProvenance
from entropy_assets.ledger import Candidate, Entry
from entropy_assets.records import SCHEMA
from entropy_assets.settings import DedupSettings
from entropy_assets.shards import Segment, Shards, read_shards, write_shards
from entropy_assets.storage import canonical_json, put, read_json
from tests.defs.conftest import Home, ephemeral_instance

WORDS = [
    f"{a}{b}{c}" for a in ("ba", "ko", "mi", "tu", "re") for b in ("la", "no", "si") for c in ("n", "r", "")
]


def text_of(number: int, n_words: int = 60) -> str:
    rng = random.Random(number)
    return " ".join(rng.choice(WORDS) for _ in range(n_words))


def near(number: int, word: str = "changed") -> str:
    """Return text `number` with its last word replaced."""
    return " ".join([*text_of(number).split()[:-1], word])


def rows_of(texts: list[str], source: str = "web") -> list[Row]:
    return [{"id": f"{source}-{n}", "text": text, "source": source} for n, text in enumerate(texts)]


class Light(Home):
    """A dataset of which only ingest and dedup are run; candidates are published without a verdict."""

    def dedup(self, key: str) -> dg.ExecuteInProcessResult:
        assets = ("raw_records", "quarantined_rows", "deduped_records", "duplicate_pairs")
        return self.materialize(key, " or ".join(f"key:docs/{name}" for name in assets))

    def manifest(self, asset: str, key: str) -> dict[str, Any]:
        value: dict[str, Any] = read_json(self.dataset.manifest_path(asset, key))
        return value

    def pairs(self, key: str) -> pl.DataFrame:
        shards = Shards.from_json(self.manifest("duplicate_pairs", key)["shards"])
        return read_shards(self.dataset.root, shards, PAIRS_SCHEMA)

    def kept(self, key: str) -> pl.DataFrame:
        shards = Shards.from_json(self.manifest("deduped_records", key)["shards"])
        return read_shards(self.dataset.root, shards, SCHEMA)

    def publish(self, key: str) -> Entry:
        candidate, parent = self.dataset.candidate(key), self.dataset.parent_of(key)
        drops = self.dataset.live_drops(candidate, parent)
        kept = Shards.from_json(self.manifest("deduped_records", key)["shards"])
        segment = dedup.index_segment(self.dataset, key, kept)
        live = [s for s in self.dataset.segments(parent) if set(s.drops or ()) & set(drops)]
        frame = self.dataset.read_segments([*live, segment]).filter(pl.col("drop").is_in(drops))
        train = frame.with_row_index("rank").with_columns(pl.col("rank").cast(pl.Int64))
        content = VersionContent(train.select(*SCHEMA, "rank"), train.clear(), {}, segment, {})
        return publish(self.dataset.home, self.dataset.ledger, candidate, parent, drops, content)

    def bring(self, name: str, rows: list[Row]) -> Entry:
        assert self.dedup(self.deliver(name, rows)).success
        return self.publish(name)

    def withdraw(self, drop: str, number: int = 1) -> Entry:
        made = Candidate(f"@without-{drop}-{number}", remove=(drop,), by="Ada", why="a test")
        self.dataset.propose(made)
        assert self.dedup(made.key).success
        return self.publish(made.key)

    def pool(self) -> pl.DataFrame:
        return self.dataset.segment_records(self.dataset.ledger.state())


@pytest.fixture
def light(tmp_path: Path) -> Light:
    (tmp_path / "instance").mkdir()
    dataset = Dataset(UPath(tmp_path / "home"), "docs")
    dataset.root.mkdir(parents=True)
    dataset.home.settings_path.write_text("workers = 1\n[ingest]\nshard_rows = 40\n")
    return Light(dataset, ephemeral_instance(tmp_path / "instance"), {})


def evaluation(result: dg.ExecuteInProcessResult, check: str) -> Any:
    (found,) = [e for e in result.get_asset_check_evaluations() if e.check_name == check]
    return found


def test_copies_of_the_pool_and_of_the_drop_are_removed_and_explained(light: Light) -> None:
    light.bring("first", rows_of([text_of(n) for n in range(60)]))
    own = [text_of(n) for n in range(100, 160)]
    rows = rows_of([text_of(1), text_of(2).upper(), near(3), *own, text_of(100), near(101)])
    result = light.dedup(light.deliver("second", rows))
    assert result.success
    assert light.kept("second").height == 60
    pairs = light.pairs("second").sort("row_id")
    found = dict(zip(pairs["row_id"], zip(pairs["rule"], pairs["keeper_drop"], strict=True), strict=True))
    assert found["web-0"] == ("exact", "first")
    assert found["web-1"] == ("normalised", "first")
    assert found["web-2"] == ("near", "first")
    assert found["web-63"] == ("exact", "second")
    assert sorted(rule for rule, _ in found.values()) == ["exact", "exact", "near", "near", "normalised"]
    assert all(evaluation(result, name).passed for name in ("removals_explained", "source_retention"))


def test_the_ui_shows_counts_by_rule_and_the_least_similar_pairs(light: Light) -> None:
    rows = rows_of([*(text_of(n) for n in range(40)), text_of(0), near(5), near(6)])
    result = light.dedup(light.deliver("first", rows))
    (event,) = [
        e for e in result.get_asset_materialization_events() if e.asset_key.path[-1] == "duplicate_pairs"
    ]
    metadata = event.materialization.metadata
    counts = {name: metadata[f"removed_{name}"].value for name in ("exact", "normalised", "near")}
    assert counts == {"exact": 1.0, "normalised": 0.0, "near": 2.0}
    assert all(isinstance(value, float) for value in counts.values())
    shown = [record.data for record in metadata["least_similar"].records]
    assert [row["similarity"] for row in shown] == sorted(light.pairs("first")["similarity"])[:2]
    assert {row["removed_text"][:20] for row in shown} <= {text_of(n)[:20] for n in (5, 6)}
    assert all(row["removed_text"][:20] == row["keeper_text"][:20] for row in shown)


def test_planted_copies_are_found_and_reach_nothing(light: Light) -> None:
    rows = rows_of([text_of(n) for n in range(300)])
    light.bring("first", rows)
    result = light.dedup(light.deliver("second", rows_of([text_of(n) for n in range(1000, 1300)])))
    check = evaluation(result, "planted_copies_found")
    assert check.passed
    recall = {name: check.metadata[f"recall_{name}"].value for name in ("drop", "pool")}
    assert all(0.9 <= value <= 1.0 for value in recall.values())
    planted = light.manifest("deduped_records", "second")["planted"]
    assert [planted[name]["n"] for name in ("drop", "pool")] == [200, 40]  # a shard of the pool has 40 rows
    assert light.pairs("second").is_empty()
    assert set(light.kept("second")["text"]) == {text_of(n) for n in range(1000, 1300)}
    light.publish("second")
    texts = {*(text_of(n) for n in range(300)), *(text_of(n) for n in range(1000, 1300))}
    assert set(light.pool()["text"]) == texts
    signed = list((Path(str(light.dataset.root)) / "work" / "signatures").iterdir())
    assert sum(pl.read_parquet(path).height for path in signed) == 600


def test_planting_changes_nothing_that_is_stored(light: Light) -> None:
    rows = rows_of([*(text_of(n) for n in range(80)), near(3)])
    light.dedup(light.deliver("first", rows))
    kept, pairs = (light.manifest(name, "first")["shards"] for name in ("deduped_records", "duplicate_pairs"))
    settings = light.dataset.home.settings_path
    settings.write_text(settings.read_text() + "[dedup]\nplanted = 0\n")
    result = light.dedup("first")
    assert light.manifest("deduped_records", "first")["shards"] == kept
    assert light.manifest("duplicate_pairs", "first")["shards"] == pairs
    assert "none was planted" in evaluation(result, "planted_copies_found").description


def test_missed_planted_copies_block(light: Light) -> None:
    settings = light.dataset.home.settings_path
    rows = rows_of([text_of(n) for n in range(300)])
    settings.write_text(settings.read_text() + "[dedup]\nnear = false\n")
    result = light.dedup(light.deliver("first", rows))
    check = evaluation(result, "planted_copies_found")
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.ERROR
    assert "0 of 200 drop; at least 90% must be found" in check.description


def test_few_missed_planted_copies_warn(light: Light) -> None:
    settings = light.dataset.home.settings_path
    settings.write_text(settings.read_text() + "[dedup]\nnear = false\n")
    result = light.dedup(light.deliver("first", rows_of([text_of(n) for n in range(10)])))
    check = evaluation(result, "planted_copies_found")
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)


def test_a_source_that_is_wiped_out_blocks_until_the_policy_names_it(light: Light) -> None:
    wiped = rows_of([near(0, f"word{n}") for n in range(30)], "templates")
    rows = [*rows_of([text_of(n) for n in range(100, 140)]), *wiped]
    result = light.dedup(light.deliver("first", rows))
    check = evaluation(result, "source_retention")
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.ERROR
    assert "templates lost 29 of 30 new records (97%, allowed 60%)" in check.description
    assert check.metadata["largest_loss_share"].value == pytest.approx(29 / 30)
    settings = light.dataset.home.settings_path
    settings.write_text(settings.read_text() + "[policy.source_losses]\ntemplates = 0.98\n")
    assert evaluation(light.dedup("first"), "source_retention").passed


def test_a_drop_that_comes_again_under_another_name_is_no_loss(light: Light) -> None:
    rows = rows_of([text_of(n) for n in range(60)])
    light.bring("first", rows)
    result = light.dedup(light.deliver("again", rows))
    assert light.kept("again").is_empty()
    assert evaluation(result, "source_retention").passed
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
    light.bring("second", rows_of([*(text_of(n) for n in range(200, 230)), near(0, "here")]))
    light.bring("third", rows_of([*(text_of(n) for n in range(300, 330)), near(0, "there")]))
    light.withdraw("first")
    kept = light.kept("@without-first-1")
    assert kept.height == 1
    (stays,) = kept["drop"]
    (other,) = {"second", "third"} - {stays}
    light.withdraw(stays)
    assert light.kept(f"@without-{stays}-1")["drop"].to_list() == [other]
    assert light.pool().height == 31
    assert set(light.pool()["drop"]) == {other}


def test_a_withdrawn_drop_can_be_released_again(light: Light) -> None:
    light.bring("first", rows_of([text_of(n) for n in range(60)]))
    light.bring("second", rows_of([*(text_of(n) for n in range(200, 240)), text_of(1)]))
    light.withdraw("first")
    light.dataset.propose(Candidate("@release-first-1", add=("first",), by="Ada", why="a test"))
    assert light.dedup("@release-first-1").success
    light.publish("@release-first-1")
    pool = light.pool()
    assert pool["id"].is_unique().all()
    assert pool.height == 100
    assert light.pairs("@release-first-1").select("drop", "keeper_drop").rows() == [("first", "second")]


def test_another_scheme_is_refused_until_the_index_is_rebuilt(light: Light) -> None:
    light.bring("first", rows_of([text_of(n) for n in range(60)]))
    settings = light.dataset.home.settings_path
    settings.write_text(settings.read_text() + "[dedup]\nhashes = 64\nbands = 8\n")
    light.deliver("second", rows_of([text_of(1), *(text_of(n) for n in range(200, 240))]))
    raw = {"shards": []}
    changed = rf"hashes {DedupSettings().hashes}, now 64.*`entropy-assets index rebuild`"
    with pytest.raises(StaleProvenance, match=changed):
        dedup.dedup_candidate(light.dataset, "second", raw)
    arguments = ["index", "rebuild", "--home", str(light.dataset.home.home), "--dataset", "docs"]
    for told in ("1 of 1", "0 of 1"):
        done = CliRunner().invoke(app, arguments)
        assert (done.exit_code, done.output) == (0, f"{told} index segment(s) made again\n")
    assert light.dedup("second").success
    assert light.pairs("second")["keeper_drop"].to_list() == ["first"]


def test_a_dataset_from_before_the_index_is_rebuilt(light: Light) -> None:
    entry = light.bring("first", rows_of([text_of(n) for n in range(60)]))
    path = light.dataset.root / entry.state.segments["first"]
    segment = Segment.from_json(read_json(path))
    put(path, canonical_json(segment.records.to_json()))
    light.deliver("second", rows_of([text_of(1), near(2), text_of(200)]))
    with pytest.raises(StaleProvenance, match="older release: rebuild the index"):
        dedup.dedup_candidate(light.dataset, "second", {"shards": []})
    assert dedup.rebuild_index(light.dataset) == (1, 1)
    assert light.dedup("second").success
    assert light.kept("second")["text"].to_list() == [text_of(200)]


def test_signatures_of_a_part_of_the_kept_records(light: Light) -> None:
    """A stage after dedup may take records out: the segment's signatures follow."""
    light.dedup(light.deliver("first", rows_of([text_of(n) for n in range(60)])))
    kept = light.kept("first")
    left = kept.filter(~pl.col("text").is_in([text_of(3), text_of(50)]))
    folder = light.dataset.home.work("screened")
    shards = write_shards(light.dataset.root, folder, left.iter_slices(25))
    segment = dedup.index_segment(light.dataset, "first", shards)
    assert segment.signatures is not None
    assert segment.signatures.rows == segment.records.rows == 58
    signed = pl.concat(
        [pl.read_parquet(Path(str(light.dataset.root)) / shard.path) for shard in segment.signatures.shards]
    )
    assert signed["id"].to_list() == left["id"].to_list()


def test_an_empty_drop_is_deduplicated(light: Light) -> None:
    light.bring("first", rows_of([text_of(n) for n in range(30)]))
    light.deliver("empty", rows_of(["x"]))
    kept, pairs = dedup.dedup_candidate(light.dataset, "empty", {"shards": []})
    assert (kept["rows_in"], kept["shards"], pairs["shards"]) == (0, [], [])
