"""Selections that go on from an earlier one: which, with which bytes, and where none does."""

from pathlib import Path

import polars as pl
import pytest

from entropy_assets.candidate.carried import carried_from
from entropy_assets.candidate.manifests import RandomControl, SelectionManifest
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.proposals import propose_withdrawal
from entropy_assets.candidate.run import open_run
from entropy_assets.candidate.selection import picks
from entropy_assets.candidate.workspace import Workspace
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


def test_small_drops_go_on_from_the_selection_of_what_they_are_measured_with(warm: Workspace) -> None:
    workspace = warm
    let_in(workspace, "later-3", 4000, N_LATER)
    let_in(workspace, "later-4", 5000, N_LATER)
    first = workspace.first_version()
    keys = ("first", "later-1", "later-2", "later-3")
    found = [workspace.load(SelectionManifest, key).goes_on_from for key in keys]
    assert found == [None, first, first, first]
    assert workspace.load(RandomControl, "later-1").goes_on_from is None
    n_first = len(ranking(workspace, "first"))
    for n_later, key in enumerate(keys[1:], 1):
        assert begins_with(workspace, key, "first") >= 0.9 * (1 - 0.08 * n_later) * n_first
        decided = workspace.ledger.decision(key)
        assert decided is not None
        records = workspace.segment_records(decided.state, ["id", "drop"])
        drops = {*records.filter(pl.col("id").is_in(ranking(workspace, key)))["drop"]}
        assert key in drops, "what is new is chosen too"
    # 60 of 1000 are too many: what the fourth one is measured with is made anew on the third's state.
    state = workspace.ledger.decision("later-3")
    assert state is not None
    assert workspace.load(SelectionManifest, "later-4").goes_on_from == state.state.version


ALL_KEPT = ("selections", "bases", "prices", "splits", "carried", "fingerprints", "findings")


@pytest.mark.parametrize("lost", [("bases",), ALL_KEPT])
def test_a_cold_cache_gives_the_same_bytes(
    warm: Workspace, workspace: Workspace, lost: tuple[str, ...]
) -> None:
    cold = workspace
    forget(cold, *lost)
    let_in(cold, "later-2", 3000, N_LATER)
    one, other = written(warm), written(cold)
    assert [name for name in one.keys() & other.keys() if one[name] != other[name]] == []
    assert [e.digest for e in warm.ledger.entries()] == [e.digest for e in cold.ledger.entries()]
    assert not list(Path(str(cold.home.work("selection"))).glob("*.state"))


@pytest.mark.parametrize("last", ["fix", "later-3"])
def test_known_rows_alone_leave_the_version(workspace: Workspace, warm: Workspace, last: str) -> None:
    """After these all is made anew on the parent, whose selection went on from an earlier one."""
    if last == "fix":
        mended = [{**row, "text": f"{row['text']} It is mended now."} for row in rows(range(30))]
        entry = curate(workspace, correct(workspace, "fix", mended))
        assert entry is not None
        assert entry.action == "promote"
    else:
        workspace = warm
        let_in(workspace, "later-3", 4000, N_LATER)
    version, went_on_from = workspace.ledger.state().version, workspace.first_version()
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


def test_a_selection_that_went_on_is_none_to_go_on_from(workspace: Workspace, warm: Workspace) -> None:
    before, after = (
        [path.name for path in (Path(str(one.cache.folder)) / "bases").rglob("*.bin")]
        for one in (workspace, warm)
    )
    assert after == before
    assert len(before) == 1
