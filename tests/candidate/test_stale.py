"""Two candidates in each other's way, with the lock out of it: the one that is overtaken ends as stale."""

from collections.abc import Callable
from pathlib import Path

import pytest

from entropy_assets.candidate.dedup import deduplicate_drops
from entropy_assets.candidate.drop_report import report_drops
from entropy_assets.candidate.ingest import read_drops
from entropy_assets.candidate.manifests import Manifest, RawRecords
from entropy_assets.candidate.pipeline import curate, decide
from entropy_assets.candidate.run import open_run
from entropy_assets.candidate.screening import screen_drops
from entropy_assets.candidate.selection import assemble_pool
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.errors import StaleProvenance
from tests.candidate.small import SETTINGS, copied, dataset, deliver, rows


@pytest.fixture(scope="module")
def two_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a version, on which two drops wait that have ten records in common; for copying."""
    folder = tmp_path_factory.mktemp("two") / "home"
    workspace = dataset(folder)
    curate(workspace, deliver(workspace, "first", rows(range(80))))
    deliver(workspace, "a", rows(range(100, 140)))
    deliver(workspace, "b", rows(range(130, 170)))
    return folder


@pytest.fixture
def two(tmp_path: Path, two_folder: Path, kept_results: None) -> Workspace:
    return copied(two_folder, tmp_path / "home")


def promoted(workspace: Workspace, key: str) -> None:
    entry = curate(workspace, key)
    assert entry is not None
    assert entry.action == "promote"


def whole(workspace: Workspace, drops: tuple[str, ...]) -> None:
    """Check that the pool holds each record of the drops once, and that the drops are live."""
    state = workspace.ledger.state()
    ids = workspace.segment_records(state)["id"]
    assert state.drops == drops
    assert ids.n_unique() == len(ids) == 150


def test_drop_promoted_between_anothers_dedup_and_pool_makes_it_stale(two: Workspace) -> None:
    run = open_run(two, "a")
    raw, _ = read_drops(run)
    screened, _ = screen_drops(run, deduplicate_drops(run, raw)[0])
    report = report_drops(run, screened)
    promoted(two, "b")
    with pytest.raises(StaleProvenance, match=r"'a' is stale: it is measured against .* of 1 drop"):
        assemble_pool(run, screened, report)
    promoted(two, "a")
    whole(two, ("first", "b", "a"))


def test_drop_promoted_between_anothers_pool_and_the_next_step_makes_it_stale(two: Workspace) -> None:
    run = open_run(two, "b")
    raw, _ = read_drops(run)
    screened, _ = screen_drops(run, deduplicate_drops(run, raw)[0])
    assemble_pool(run, screened, report_drops(run, screened))
    promoted(two, "a")
    with pytest.raises(StaleProvenance, match="is stale"):
        report_drops(run, screened)
    promoted(two, "b")
    whole(two, ("first", "a", "b"))


def test_manifest_of_another_state_is_refused_by_the_next_step(two: Workspace) -> None:
    old = open_run(two, "a")
    deduped, _ = deduplicate_drops(old, read_drops(old)[0])
    promoted(two, "b")
    run = open_run(two, "a")
    with pytest.raises(StaleProvenance, match=r"deduped_records was made for parent .*run it again"):
        screen_drops(run, deduped)


def test_settings_edited_within_a_run_change_nothing_in_it(two: Workspace) -> None:
    run = open_run(two, "a")
    two.home.settings_path.write_text("seed = 7\n" + SETTINGS)
    entry = decide(run)
    assert entry is not None
    assert entry.digests["settings"] == run.settings.digest != two.load_settings().digest


def test_manifest_of_other_settings_is_refused_by_the_next_step(two: Workspace) -> None:
    old = open_run(two, "a")
    raw, _ = read_drops(old)
    two.home.settings_path.write_text("seed = 7\n" + SETTINGS)
    with pytest.raises(StaleProvenance, match="raw_records was made for settings"):
        deduplicate_drops(open_run(two, "a"), raw)


def test_drop_changed_while_it_is_measured_is_not_decided(two: Workspace) -> None:
    from entropy_assets.candidate import pipeline

    def change(step: Callable[..., Manifest]) -> Callable[..., Manifest]:
        def changed(*args: Manifest) -> Manifest:
            (Path(str(two.home.drop("a"))) / "more.jsonl").write_text('{"text": "one more"}\n')
            return step(*args)

        return changed

    run = open_run(two, "a")
    original = pipeline.report_law
    pipeline.report_law = change(original)  # type: ignore[assignment]
    try:
        with pytest.raises(Exception, match="'a' was changed while it was measured"):
            decide(run)
    finally:
        pipeline.report_law = original
    assert two.ledger.decision("a") is None


def test_step_of_another_candidate_is_refused(two: Workspace) -> None:
    raw, _ = read_drops(open_run(two, "a"))
    assert isinstance(raw, RawRecords)
    with pytest.raises(StaleProvenance, match="raw_records was made for candidate a, but b is there now"):
        deduplicate_drops(open_run(two, "b"), raw)
