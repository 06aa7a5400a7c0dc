"""Sensor, schedule, and the jobs with which a person releases or withdraws a drop."""

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from upath import UPath

from entropy_assets.candidate.attempts import MAX_CRASHES
from entropy_assets.candidate.batch import open_proposals
from entropy_assets.candidate.proposals import propose_release, propose_withdrawal
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.defs.automation import build_schedule, build_sensor
from entropy_assets.defs.build import build_dataset, build_defs
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.runs import SENSOR_TAG, note_early_deaths
from entropy_assets.demo.drops import DAMAGED, FIRST, SECOND
from entropy_assets.errors import InvalidParameter
from entropy_assets.storage import SUCCESS_MARKER
from entropy_assets.store_format import require_schema
from tests.defs.conftest import WiredHome

pytestmark = pytest.mark.usefixtures("kept_results")

ASSETS = {
    "raw_records",
    "quarantined_rows",
    "deduped_records",
    "duplicate_pairs",
    "screened_records",
    "screened_out",
    "pool",
    "record_scores",
    "domain_mixture",
    "mixture_law",
    "selection",
    "random_control",
    "keep_rates",
    "selector_comparison",
    "probe_report",
    "drop_report",
    "entropy_law_report",
    "dataset_version",
}


def tick(dataset: Dataset, instance: dg.DagsterInstance) -> dg.SensorResult | dg.SkipReason:
    with dg.build_sensor_context(instance=instance) as context:
        return build_sensor(dataset)(context)


def put_drop(dataset: Dataset, name: str, marker: bool = True) -> None:
    folder = Path(str(dataset.workspace.home.inbox)) / name
    folder.mkdir(parents=True)
    (folder / "rows.jsonl").write_text('{"text": "One row."}\n')
    if marker:
        (folder / SUCCESS_MARKER).touch()


@pytest.fixture
def empty(tmp_path: Path) -> Dataset:
    dataset = Dataset(Workspace(UPath(tmp_path), "docs"))
    dataset.workspace.home.inbox.mkdir(parents=True)
    return dataset


@pytest.fixture
def instance(tmp_path: Path) -> dg.DagsterInstance:
    folder = tmp_path / "instance"
    folder.mkdir()
    return dg.DagsterInstance.ephemeral(tempdir=str(folder))


@pytest.fixture(scope="session")
def stored_instance() -> Iterator[dg.DagsterInstance]:
    """An instance on disk, which a schedule's context needs; Dagster keeps a reference, so it stays open."""
    with dg.instance_for_test() as instance:
        yield instance


def test_assets_are_these() -> None:
    assets = (
        build_dataset(Dataset(Workspace(UPath("nowhere"), "docs"))).resolve_asset_graph().get_all_asset_keys()
    )
    assert {key.path[0] for key in assets} == {"docs"}
    assert {key.path[-1] for key in assets} == ASSETS


def test_every_asset_is_described_owned_and_grouped() -> None:
    graph = build_dataset(Dataset(Workspace(UPath("nowhere"), "docs"))).resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.owners == ["team:data"], key
        assert node.kinds, key
        assert node.group_name.startswith("docs_"), key


def test_definitions_of_an_empty_home_load(tmp_path: Path) -> None:
    dg.Definitions.validate_loadable(build_defs(UPath(tmp_path)))


def test_sensor_asks_for_complete_drops_only(empty: Dataset, instance: dg.DagsterInstance) -> None:
    assert isinstance(tick(empty, instance), dg.SkipReason)
    put_drop(empty, "ready")
    put_drop(empty, "arriving", marker=False)
    put_drop(empty, "Bad Name")
    result = tick(empty, instance)
    assert [request.partition_key for request in result.run_requests] == ["ready"]
    assert result.dynamic_partitions_requests[0].partition_keys == ["ready"]


def test_drops_that_wait_together_are_one_batch_in_order_of_arrival(
    empty: Dataset, instance: dg.DagsterInstance
) -> None:
    for age, name in ((10, "b-second"), (20, "c-first"), (0, "a-third")):
        put_drop(empty, name)
        then = datetime.now(UTC).timestamp() - age
        os.utime(Path(str(empty.workspace.home.drop(name))) / SUCCESS_MARKER, (then, then))
    (request,) = tick(empty, instance).run_requests
    assert request.partition_key.startswith("@batch-")
    assert empty.workspace.candidate(request.partition_key).add == ("c-first", "b-second", "a-third")
    assert tick(empty, instance).run_requests == [request]


def test_run_key_changes_with_the_drop_and_with_the_parent(home: WiredHome) -> None:
    key = tick(home.dataset, home.instance).run_requests[0].run_key
    assert tick(home.dataset, home.instance).run_requests[0].run_key == key
    home.deliver("third", home.drops[SECOND][:100])
    home.run("third")
    (after,) = tick(home.dataset, home.instance).run_requests
    assert after.partition_key == SECOND
    assert after.run_key != key


def test_sensor_asks_for_nothing_that_is_decided(home: WiredHome) -> None:
    home.run(SECOND)
    assert isinstance(tick(home.dataset, home.instance), dg.SkipReason)


def test_two_datasets_do_not_see_each_others_drops(tmp_path: Path, instance: dg.DagsterInstance) -> None:
    one, two = (Dataset(Workspace(UPath(tmp_path), name)) for name in ("one", "two"))
    put_drop(one, "only-in-one")
    two.workspace.home.inbox.mkdir(parents=True)
    result = tick(one, instance)
    instance.add_dynamic_partitions(one.partitions.name, ["only-in-one"])
    assert [request.partition_key for request in result.run_requests] == ["only-in-one"]
    assert isinstance(tick(two, instance), dg.SkipReason)
    assert not instance.get_dynamic_partitions(two.partitions.name)
    graph = build_defs(UPath(tmp_path)).resolve_asset_graph()
    assert {key.path[0] for key in graph.get_all_asset_keys()} == {"one", "two"}


def test_refresh_of_an_unchanged_pool_is_the_same_version(
    home: WiredHome, stored_instance: dg.DagsterInstance
) -> None:
    schedule = build_schedule(home.dataset)
    at = datetime(2026, 11, 23, 3, tzinfo=UTC)
    context = dg.build_schedule_context(instance=stored_instance, scheduled_execution_time=at)
    assert schedule(context).partition_key == "@refresh-2026-11-23"
    assert isinstance(schedule(context), dg.SkipReason)
    before = home.workspace.ledger.state()
    entry = home.run("@refresh-2026-11-23")
    assert entry.action == "promote"
    assert entry.state == before


def test_refresh_waits_for_a_first_version(empty: Dataset, stored_instance: dg.DagsterInstance) -> None:
    context = dg.build_schedule_context(instance=stored_instance)
    assert isinstance(build_schedule(empty)(context), dg.SkipReason)


def test_release_measures_again_and_keeps_who_why_and_what_was_set_aside(home: WiredHome) -> None:
    codes = [reason["code"] for reason in home.workspace.ledger.decision(DAMAGED).reasons]
    candidate = propose_release(home.workspace, DAMAGED, "Ada", "wanted as negative examples", codes)
    assert candidate.key == f"@release-{DAMAGED}-2"
    assert [c.key for c in open_proposals(home.workspace)] == [candidate.key]
    entry = home.run(candidate.key)
    assert (entry.action, entry.candidate.by) == ("release", "Ada")
    assert {reason["code"] for reason in entry.reasons} == set(codes)
    assert entry.state.drops == (FIRST, DAMAGED)
    with pytest.raises(InvalidParameter, match="already live"):
        propose_release(home.workspace, DAMAGED, "Ada", "again", codes)


def test_release_lifts_only_the_rules_it_names(home: WiredHome) -> None:
    candidate = propose_release(home.workspace, DAMAGED, "Ada", "a try", ["copies"])
    assert home.run(candidate.key).action == "hold"
    second = propose_release(home.workspace, DAMAGED, "Ada", "another try", ["copies"])
    assert second.key == f"@release-{DAMAGED}-3"


@pytest.mark.parametrize(
    ("drop", "who", "why", "codes", "message"),
    [
        (DAMAGED, "", "why", ["blobs"], "who and why must be named"),
        (DAMAGED, "Ada", " ", ["blobs"], "who and why must be named"),
        (DAMAGED, "Ada", "why", ["integrity"], "cannot be overridden"),
        (DAMAGED, "Ada", "why", ["blob"], "cannot be overridden"),
        (SECOND, "Ada", "why", ["blobs"], "not decided yet"),
    ],
)
def test_release_is_refused(
    home: WiredHome, drop: str, who: str, why: str, codes: list[str], message: str
) -> None:
    with pytest.raises(InvalidParameter, match=message):
        propose_release(home.workspace, drop, who, why, codes)
    assert not open_proposals(home.workspace)


def test_withdrawal_brings_back_what_was_removed_in_favour_of_the_drop(home: WiredHome) -> None:
    home.run(SECOND)
    candidate = propose_withdrawal(home.workspace, FIRST, "Ada", "licence withdrawn")
    entry = home.run(candidate.key)
    assert entry.action == "withdraw"
    assert entry.state.drops == (SECOND,)
    live = home.workspace.segment_records(entry.state)
    assert live.height == 450
    assert live["drop"].unique().to_list() == [SECOND]
    folder = home.workspace.home.version(entry.state.version)
    published = pl.concat([pl.read_parquet(path) for path in (folder / "data").iterdir()])
    assert set(published["drop"]) == {SECOND}


def test_only_drop_cannot_be_withdrawn(home: WiredHome) -> None:
    with pytest.raises(InvalidParameter, match="the only live drop"):
        propose_withdrawal(home.workspace, FIRST, "Ada", "licence withdrawn")
    with pytest.raises(InvalidParameter, match="not live"):
        propose_withdrawal(home.workspace, DAMAGED, "Ada", "licence withdrawn")


def test_jobs_for_people_propose_through_dagster(home: WiredHome) -> None:
    definitions = build_dataset(home.dataset)
    job = definitions.resolve_job_def("release_drop_docs")
    config = {"drop": DAMAGED, "who": "Ada", "why": "a try", "overrides": ["blobs"]}
    run_config = {"ops": {"propose_release_docs": {"config": config}}}
    assert job.execute_in_process(instance=home.instance, run_config=run_config).success
    assert [c.by for c in open_proposals(home.workspace)] == ["Ada"]
    (first,) = tick(home.dataset, home.instance).run_requests
    assert first.partition_key == f"@release-{DAMAGED}-2", "what a person ordered goes first"


def test_keep_rates_have_a_job_and_stay_out_of_curate(measured: WiredHome) -> None:
    definitions = build_dataset(measured.dataset)
    assert "docs__keep_rates" not in definitions.resolve_job_def("curate_docs").graph.node_dict
    job = definitions.resolve_job_def("keep_rates_docs")
    measured.instance.add_dynamic_partitions(str(measured.dataset.partitions.name), [SECOND])
    made = job.execute_in_process(partition_key=SECOND, instance=measured.instance)
    assert made.success
    (materialised,) = made.asset_materializations_for_node("docs__keep_rates")
    assert {"rates", "heldout_bpb_over_rate", "ratio_zstd_long_over_rate"} <= materialised.metadata.keys()
    assert measured.n_entries == 2


def early_death(dataset: Dataset, instance: dg.DagsterInstance, key: str) -> None:
    """Add a run of the sensor that was killed before it could begin an attempt."""
    tags = {**SENSOR_TAG, "dataset": dataset.name, "dagster/partition": key}
    job = f"curate_{dataset.name}"
    run = dg.DagsterRun(job_name=job, run_id=str(uuid.uuid4()), tags=tags, status=dg.DagsterRunStatus.FAILURE)
    instance.run_storage.add_run(run)


def test_runs_that_die_before_they_begin_are_tried_again_and_then_held(
    empty: Dataset, instance: dg.DagsterInstance
) -> None:
    put_drop(empty, "heavy")
    require_schema(empty.workspace.home, writes=True)
    keys = set()
    for _ in range(MAX_CRASHES):
        (request,) = tick(empty, instance).run_requests
        keys.add(request.run_key)
        early_death(empty, instance, "heavy")
    assert len(keys) == MAX_CRASHES
    assert isinstance(tick(empty, instance), dg.SkipReason)
    decision = empty.workspace.ledger.decision("heavy")
    assert decision is not None
    assert [reason["code"] for reason in decision.reasons] == ["crashes"]


def test_an_orderly_failure_is_no_early_death(empty: Dataset, instance: dg.DagsterInstance) -> None:
    put_drop(empty, "heavy")
    require_schema(empty.workspace.home, writes=True)
    tick(empty, instance)
    early_death(empty, instance, "heavy")
    (run,) = instance.get_runs()
    empty.workspace.attempts.begin("heavy", run.run_id)
    empty.workspace.attempts.end("heavy", run.run_id)
    note_early_deaths(instance, empty, "heavy")
    assert empty.workspace.attempts.crashes("heavy", set()) == 0
