"""Selections that go on from an earlier one: which, with which bytes, and where none does."""

from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from entropy_assets.candidate.carried import carried_from
from entropy_assets.candidate.choosing import SELECTION_SCHEMA, select_from
from entropy_assets.candidate.manifests import PoolManifest, RandomControl, SelectionManifest
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import propose_withdrawal
from entropy_assets.candidate.run import open_run
from entropy_assets.candidate.selection import picks
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.publication import layout
from entropy_assets.curation.selection import onward
from entropy_assets.shards import read_shards
from tests.candidate.correcting import correct
from tests.candidate.small import rows
from tests.candidate.test_instruments import (
    CARRIED,
    N_LATER,
    copied,
    forget,
    let_in,
    with_another,
    with_two_drops,
)
from tests.defs.test_same_bytes import written

INCREMENTAL = f"{CARRIED}[selection]\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_two_drops(tmp_path_factory.mktemp("made") / "home", INCREMENTAL)


@pytest.fixture(scope="module")
def warm_home(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_another(made, tmp_path_factory.mktemp("warm") / "home")


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Workspace:
    return copied(made, tmp_path / "home")


@pytest.fixture
def warm(warm_home: Path, tmp_path: Path) -> Workspace:
    return copied(warm_home, tmp_path / "warm")


def ranking(workspace: Workspace, key: str) -> list[str]:
    found = picks(open_run(workspace, key), workspace.load(SelectionManifest, key))
    assert found["gain"].null_count() == 0
    return found["id"].to_list()


def begins_with(workspace: Workspace, key: str, base: str) -> int:
    """Return how many picks two selections have in common at their beginning."""
    pairs = zip(ranking(workspace, key), ranking(workspace, base), strict=False)
    return next((place for place, (one, other) in enumerate(pairs) if one != other), 0)


def test_a_small_drop_goes_on_from_its_parents_selection(warm: Workspace) -> None:
    workspace = warm
    let_in(workspace, "later-3", 4000, N_LATER)
    let_in(workspace, "later-4", 5000, N_LATER)
    keys = ("first", "later-1", "later-2", "later-3", "later-4")
    found = [workspace.load(SelectionManifest, key).goes_on_from for key in keys]
    assert found == [None, *[workspace.ledger.state_before(key).version for key in keys[1:]]]
    assert len({*found}) == 5
    assert workspace.load(RandomControl, "later-1").goes_on_from is None
    for before, key in pairwise(keys):
        n_before = len(ranking(workspace, before))
        assert begins_with(workspace, key, before) >= 0.9 * n_before
        assert begins_with(workspace, key, before) < n_before, "its tail is chosen again"
        decided = workspace.ledger.decision(key)
        assert decided is not None
        records = workspace.segment_records(decided.state, ["id", "drop"])
        drops = {*records.filter(pl.col("id").is_in(ranking(workspace, key)))["drop"]}
        assert key in drops, "what is new is chosen too"


def test_after_so_many_drops_all_is_chosen_from_nothing(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onward, "MOST_STEPS", 2)
    for number in (2, 3, 4):
        let_in(workspace, f"later-{number}", 1000 * (number + 1), N_LATER)
    keys = ("later-1", "later-2", "later-3", "later-4")
    found = [workspace.load(SelectionManifest, key).goes_on_from is None for key in keys]
    assert found == [False, False, True, False]
    run = open_run(workspace, "later-3")
    pool = run.load_pool(workspace.load(PoolManifest, "later-3"))
    made = select_from(run, pool, run.settings.selection, "zip")
    picked = read_shards(workspace.root, made["shards"], SELECTION_SCHEMA)["id"].to_list()
    assert picked == ranking(workspace, "later-3")


ALL_KEPT = ("selections", "bases", "prices", "splits", "carried", "fingerprints", "findings")


@pytest.mark.parametrize("lost", [("bases",), ALL_KEPT])
def test_a_cold_cache_gives_the_same_bytes(
    warm: Workspace, workspace: Workspace, lost: tuple[str, ...]
) -> None:
    cold = workspace
    forget(cold, *lost)
    let_in(cold, "later-2", 3000, N_LATER)
    forget(cold, *lost)
    for workspace in (warm, cold):
        let_in(workspace, "later-3", 4000, N_LATER)
    one, other = written(warm), written(cold)
    assert [name for name in one.keys() & other.keys() if one[name] != other[name]] == []
    assert [e.digest for e in warm.ledger.entries()] == [e.digest for e in cold.ledger.entries()]
    assert not list(Path(str(cold.home.work("selection"))).glob("*.state"))


@pytest.mark.parametrize("last", ["fix", "later-3"])
def test_known_rows_alone_leave_the_version(workspace: Workspace, warm: Workspace, last: str) -> None:
    if last == "fix":
        mended = [{**row, "text": f"{row['text']} It is mended now."} for row in rows(range(30))]
        entry = curate(workspace, correct(workspace, "fix", mended))
        assert entry is not None
        assert entry.action == "promote"
    else:
        workspace = warm
        let_in(workspace, "later-3", 4000, N_LATER)
    version, went_on_from = workspace.ledger.state().version, workspace.ledger.state_before(last).version
    let_in(workspace, "known", 2000, N_LATER)
    assert workspace.ledger.state().version == version
    assert carried_from(open_run(workspace, "known")) is None
    assert ranking(workspace, "known") == ranking(workspace, last)
    found = [workspace.load(SelectionManifest, key).goes_on_from for key in (last, "known")]
    assert found == [went_on_from, went_on_from]


def test_a_withdrawal_is_chosen_from_nothing(workspace: Workspace) -> None:
    order = propose_withdrawal(workspace, "later-1", "ann", "a mistake")
    assert curate(workspace, order.key) is not None
    assert workspace.load(SelectionManifest, order.key).goes_on_from is None
    assert ranking(workspace, order.key) == ranking(workspace, "first")


@pytest.mark.parametrize("lines", ["incremental = false", 'incremental = true\nselector = "length"'])
def test_without_the_setting_or_zip_all_is_chosen_from_nothing(workspace: Workspace, lines: str) -> None:
    text = f"{CARRIED}[selection]\n{lines}\n"
    workspace.home.settings_path.write_text(text, encoding="utf-8")
    let_in(workspace, "later-2", 3000, N_LATER)
    assert workspace.load(SelectionManifest, "later-2").goes_on_from is None


def test_limits_of_sources_are_kept_from_nothing(workspace: Workspace) -> None:
    text = f"{INCREMENTAL}source_shares = {{ web = 0.9 }}\n"
    workspace.home.settings_path.write_text(text, encoding="utf-8")
    let_in(workspace, "later-2", 3000, N_LATER)
    assert workspace.load(SelectionManifest, "later-2").goes_on_from is None


def test_its_records_lie_in_order_of_rank(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "BLOCK_ROWS", 32)
    let_in(workspace, "later-2", 3000, N_LATER)
    folder = Path(str(workspace.home.version(workspace.ledger.state().version or "")))
    found = [{*pl.read_parquet(path)["id"]} for path in folder.glob("data/train-*")]
    picked = ranking(workspace, "later-2")
    ends = layout.block_ends(len(picked))
    assert len(ends) > 3
    for start, stop in pairwise([0, *ends]):
        assert {*picked[start:stop]} in found
