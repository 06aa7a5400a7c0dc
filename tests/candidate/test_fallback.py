"""The fallback of the settings: random in place of a selector that is measured to be worse, and only then."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from entropy_assets.candidate import fallback
from entropy_assets.candidate.beside_random import BesideRandom, beside_random, heldout_beside_random
from entropy_assets.candidate.manifests import LawReport, PoolManifest, ProbeReport, SelectionManifest
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.reference import load_reference
from entropy_assets.candidate.run import open_run
from entropy_assets.candidate.selection import load_selected, select_records
from entropy_assets.candidate.summary import summarise
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli import app
from entropy_assets.curation.publication import verify_version
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import Settings, load_settings, parse
from tests.candidate.small import SETTINGS, dataset, deliver, rows

# A pool of two sources; the longest are of one that the exam hardly has, so `length` picks what helps little.
FALLBACK = (
    SETTINGS.replace("heldout_bytes = 4096", "heldout_bytes = 16384").replace(
        "budget_bytes = 4096", "budget_bytes = 16384"
    )
    + '[selection]\nselector = "length"\nfallback = "random"\nbudget_share = 0.2\n'
)


def odd(seeds: range) -> list[dict[str, object]]:
    """Return long rows of few letters, which say nothing of how others go on."""
    return [
        {
            "id": f"odd-{seed}",
            "source": "odd",
            "text": " ".join(f"zq{seed * n % 97:02d}x" for n in range(1, 300)),
        }
        for seed in seeds
    ]


def home_of(folder: Path, settings: str = FALLBACK) -> Workspace:
    workspace = dataset(folder / "home", settings)
    assert curate(workspace, deliver(workspace, "first", [*rows(range(260)), *odd(range(12))]))
    return workspace


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = home_of(tmp_path_factory.mktemp("fallback"))
    assert curate(workspace, deliver(workspace, "second", rows(range(300, 340))))
    return workspace


def loaded(workspace: Workspace, key: str) -> tuple[SelectionManifest, LawReport]:
    return workspace.load(SelectionManifest, key), workspace.load(LawReport, key)


@pytest.mark.parametrize("key", ["first", "second"])
def test_where_the_selector_is_worse_random_is_taken_and_judged(made: Workspace, key: str) -> None:
    run = open_run(made, key)
    selection, law = loaded(made, key)
    pool = made.load(PoolManifest, key)
    found = selection.fallback
    assert found is not None
    assert found["acts"]
    assert found["difference_bpb"] > found["half_width_bpb"] > 0
    assert (selection.selector, found["selector"], found["to"]) == ("random", "length", "random")
    assert law.fallback == found
    by_length = select_records(run, pool)
    assert by_length.selector == "length"
    assert by_length.content != selection.content
    # What is judged is what is promoted: the runs of the report are on bytes of the random picks.
    report = made.load(ProbeReport, key)
    texts = {*load_selected(run, selection, run.load_pool(pool)).texts}
    assert not texts <= {*load_selected(run, by_length, run.load_pool(pool)).texts}
    assert law.figures["loss_bpb"] == pytest.approx(
        report.runs["candidate" if key == "second" else "candidate_scratch"][0]["loss_bpb"], abs=0.5
    )
    entry = made.ledger.decision(key)
    assert entry is not None
    folder = made.home.version(entry.state.version or "")
    ranked = json.loads((folder / "manifest.json").read_text())
    assert ranked["fallback"] == found
    card = (folder / "README.md").read_text()
    assert "Picked by random in place of length" in card
    verify_version(made.home, entry.state.version or "")


def test_the_parent_is_picked_from_by_the_same_selector(made: Workspace) -> None:
    run = open_run(made, "second")
    random, length = load_reference(run, "random"), load_reference(run)
    assert random is not None
    assert length is not None
    assert random.digest != length.digest
    assert made.load(LawReport, "second").parent == random.digest


def test_run_says_so_and_json_holds_it(made: Workspace) -> None:
    line = heldout_beside_random(made, "second")
    assert line.startswith("picked by random in place of length (selection.fallback): mean over ")
    assert " of length - random +" in line
    assert line.endswith("docs/selectors.md")
    told = summarise(made, "second").to_json()
    assert told["fallback"]["acts"]
    said = CliRunner().invoke(
        app, ["status", "--home", str(made.home.home), "--dataset", "small"], env={"COLUMNS": "300"}
    )
    assert said.exit_code == 0


def test_nothing_new_stays_as_its_version_is(made: Workspace) -> None:
    before = made.ledger.state().version
    known = deliver(made, "known", rows(range(30)))
    entry = curate(made, known)
    assert entry is not None
    assert entry.state.version == before
    assert made.load(SelectionManifest, known).fallback == made.load(SelectionManifest, "second").fallback


@pytest.mark.parametrize(("difference", "acts"), [(0.2, True), (0.1, False), (0.05, False), (-0.3, False)])
def test_it_acts_beyond_the_interval_and_nowhere_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, difference: float, acts: bool
) -> None:
    monkeypatch.setattr(fallback, "beside_random", lambda _: BesideRandom(2.0, 2.0, difference, 0.1, 9))
    workspace = home_of(tmp_path)
    selection, law = loaded(workspace, "first")
    assert selection.selector == ("random" if acts else "length")
    assert selection.fallback is not None
    assert selection.fallback["acts"] is acts
    assert law.fallback == selection.fallback
    line = heldout_beside_random(workspace, "first")
    assert ("in place of" in line) is acts
    entry = workspace.ledger.decision("first")
    assert entry is not None
    card = (workspace.home.version(entry.state.version or "") / "README.md").read_text()
    assert ("in place of" in card) is acts


def test_what_is_not_measured_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fallback, "beside_random", lambda _: None)
    workspace = home_of(tmp_path)
    selection, _ = loaded(workspace, "first")
    assert selection.selector == "length"
    assert selection.fallback == {"selector": "length", "to": "random", "acts": False, "records": 0}


def test_off_it_is_in_no_manifest_and_no_digest(tmp_path: Path) -> None:
    plain = FALLBACK.replace('fallback = "random"\n', "")
    workspace = home_of(tmp_path, plain)
    selection, law = loaded(workspace, "first")
    assert selection.selector == "length"
    assert "fallback" not in selection.model_dump(mode="json")
    assert "fallback" not in law.model_dump(mode="json")
    assert "held-out: random " in heldout_beside_random(workspace, "first")
    assert beside_random(workspace.load(ProbeReport, "first")) is not None
    settings = load_settings(workspace.home.settings_path)
    assert settings.digest == parse(Settings, {**_table(plain)}).digest
    assert settings.digest != parse(Settings, _table(FALLBACK)).digest


def _table(text: str) -> dict[str, object]:
    import tomllib

    return tomllib.loads(text)


def test_a_fallback_that_is_the_selector_is_refused() -> None:
    with pytest.raises(
        InvalidParameter, match="fallback` must be another one than selector 'random', or empty"
    ):
        parse(Settings, {"selection": {"selector": "random", "fallback": "random"}})
