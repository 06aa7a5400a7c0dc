"""The mixture of a pool limits candidate and parent alike; counts are kept by drop; natural is as before."""

import json
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from entropy_assets.candidate import domain_counts
from entropy_assets.candidate.manifests import DomainMixture, MixtureLaw, PoolManifest, SelectionManifest
from entropy_assets.candidate.mixture import mixture_of, selection_of
from entropy_assets.candidate.mixture_law import PARTS, measure_mixture_law
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.reference import load_reference
from entropy_assets.candidate.run import CandidateRun, open_run
from entropy_assets.candidate.selection import picks
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.mixture import read_runs
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.running import run_candidate
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.settings import MixtureSettings, Settings, parse
from tests.candidate.small import SETTINGS, dataset, deliver, rows

GIVEN = (
    f'{SETTINGS}[selection]\nselector = "length"\n'
    '[mixture]\nmethod = "given"\ngiven = {web = 1, forum = 3}\n'
)


def prepared(folder: Path, settings: str = GIVEN) -> Workspace:
    workspace = dataset(folder, settings)
    deliver(workspace, "first", [*rows(range(150)), *rows(range(1000, 1100), "forum")])
    deliver(workspace, "second", rows(range(300, 330)))
    return workspace


def shares_of(run: CandidateRun, key: str) -> dict[str, float]:
    """Return source -> share of the bytes that are picked."""
    selection = run.workspace.load(SelectionManifest, key)
    pool = run.load_pool(run.workspace.load(PoolManifest, key))
    frame = pl.concat(pool.frames()).filter(pl.col("id").is_in(picks(run, selection)["id"].implode()))
    sizes = frame.group_by("source").agg(pl.col("text").str.len_bytes().sum().alias("n"))
    return {source: n / int(sizes["n"].sum()) for source, n in sorted(sizes.iter_rows())}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = prepared(tmp_path_factory.mktemp("mixed") / "home")
    for key in ("first", "second"):
        entry = curate(workspace, key)
        assert entry is not None
        assert entry.action == "promote"
    return workspace


def test_given_shares_are_those_of_the_selection(made: Workspace) -> None:
    """Half of the pool is picked, three parts of it from the forum, of which there is less."""
    run = open_run(made, "first")
    stored = made.load(DomainMixture, "first")
    assert stored.method == "given"
    assert stored.shares == pytest.approx({"forum": 0.75, "web": 0.25})
    assert shares_of(run, "first") == pytest.approx(stored.shares, abs=0.02)
    told = {row["source"]: row for row in stored.rows}
    assert told["forum"]["natural"] == pytest.approx(0.4, abs=0.05)
    assert told["forum"]["epochs"] == pytest.approx(0.75 * 0.5 / told["forum"]["natural"], rel=0.01)


def test_the_parent_is_chosen_by_the_same_method(made: Workspace) -> None:
    run = open_run(made, "second")
    reference = load_reference(run)
    assert reference is not None
    sizes: dict[str, int] = {}
    for (source, _), text in zip(reference.selected.strata, reference.selected.texts, strict=True):
        sizes[source] = sizes.get(source, 0) + len(text)
    assert sizes["forum"] / sum(sizes.values()) == pytest.approx(0.75, abs=0.02)
    stored = made.load(DomainMixture, "second")
    assert shares_of(run, "second") == pytest.approx(stored.shares, abs=0.01)
    told = {row["source"]: row for row in stored.rows}
    assert told["forum"]["binds"] == ["epochs"], "of the larger budget the forum gives all that it has"
    assert told["forum"]["epochs"] == pytest.approx(1, abs=0.001)
    assert stored.shares["forum"] < 0.74


def test_the_graph_writes_the_same_manifests_and_shows_them(made: Workspace, tmp_path: Path) -> None:
    other = prepared(tmp_path / "home")
    with dg.DagsterInstance.ephemeral() as instance:
        run_candidate(Dataset(other), "first", instance)
        told = instance.get_latest_materialization_event(dg.AssetKey(["small", "domain_mixture"]))
    for form in (DomainMixture, SelectionManifest):
        assert other.load(form, "first").to_bytes() == made.load(form, "first").to_bytes()
    assert told is not None
    metadata = told.asset_materialization.metadata
    assert metadata["method"].value == "given"
    assert "data:image/svg+xml" in metadata["shares"].value
    assert len(metadata["mixture"].records) == 2


def with_settings(workspace: Workspace, more: str) -> CandidateRun:
    workspace.home.settings_path.write_text(SETTINGS + more)
    return open_run(workspace, "second")


ENTROPY = '[mixture]\nmethod = "entropy:{}"\nunit = "{}"\n'


@pytest.mark.parametrize(
    ("name", "unit"),
    [("conditional", "bpe"), ("shannon", "words"), ("joint", "bytes"), ("von_neumann", "bytes")],
)
def test_entropies_are_counted_by_drop_and_kept(
    made: Workspace, monkeypatch: pytest.MonkeyPatch, name: str, unit: str
) -> None:
    run = with_settings(made, ENTROPY.format(name, unit))
    first = mixture_of(run, run.parent_pool)
    assert sum(first.shares.values()) == pytest.approx(1)
    rows_told = {row["source"]: row for row in first.rows}
    value, low, high = rows_told["web"]["entropies"][name]
    assert low < value < high
    counted: list[int] = []
    for made_by in ("_counted", "_summed"):
        whole = getattr(domain_counts, made_by)

        def noted(texts, places, *rest, whole=whole):  # type: ignore[no-untyped-def]
            counted.append(len(places))
            return whole(texts, places, *rest)

        monkeypatch.setattr(domain_counts, made_by, noted)
    again = with_settings(made, ENTROPY.format(name, unit))
    pool = again.load_pool(again.workspace.load(PoolManifest, "second"))
    mixture_of(again, pool)
    assert 0 < sum(counted) <= 30, "the second drop alone is counted"
    third = with_settings(made, ENTROPY.format(name, unit))
    assert mixture_of(third, third.parent_pool) == first


def test_a_source_of_which_nothing_is_known_keeps_its_natural_share(made: Workspace) -> None:
    run = with_settings(made, '[mixture]\nmethod = "given"\ngiven = {web = 1, maps = 4}\n')
    mixed = mixture_of(run, run.parent_pool)
    assert (mixed.method, mixed.shares) == ("natural", {}), "one source alone can be mixed"
    deliver(made, "third", rows(range(2000, 2060), "maps"))
    run = open_run(made, "second")
    assert selection_of(run, run.parent_pool) == run.settings.selection
    floor = with_settings(made, '[mixture]\nmethod = "uniform"\nfloors = {forum = 0.7}\n')
    assert mixture_of(floor, floor.parent_pool).shares["forum"] == pytest.approx(0.7)
    binds = {row["source"]: row["binds"] for row in mixture_of(floor, floor.parent_pool).rows}
    assert binds == {"forum": ["floor"], "web": []}


def test_limits_that_cannot_be_met_are_told(made: Workspace) -> None:
    run = with_settings(
        made, '[selection]\nbudget_share = 1.0\n[mixture]\nmethod = "uniform"\nfloors = {forum = 0.7}\n'
    )
    with pytest.raises(
        InvalidParameter, match=r"domain 'forum' has a floor of 0.7, and its epochs allow 0.4"
    ):
        mixture_of(run, run.parent_pool)
    run = with_settings(made, '[mixture]\nmethod = "fitted"\nruns = "none.jsonl"\n')
    with pytest.raises(InvalidInput, match=r"mixture.runs: .*none.jsonl cannot be read"):
        mixture_of(run, run.parent_pool)


SWARM = "[mixture]\nswarm_mixtures = 4\nswarm_bytes = 8192\n"


def test_a_swarm_is_run_once_and_its_file_makes_a_fitted_mixture(made: Workspace) -> None:
    run = with_settings(made, SWARM)
    manifest = assembled(run)
    law = measure_mixture_law(run, manifest)
    assert len(law.runs) == 4 * len(PARTS)
    assert {row["source"] for row in law.rows} == {"forum", "web"}
    assert sum(row["optimum"] for row in law.rows) == pytest.approx(1)
    assert {"fit", "longest", "left_out_law", "left_out_without_share"} <= law.errors.keys()
    path = made.root / law.file
    assert [json.loads(line) for line in path.read_text().splitlines()] == list(law.runs)
    assert len(read_runs(path.read_text().splitlines(), "runs")) == len(law.runs)
    kept = sorted(Path(str(made.root)).glob("work/probe_runs/*/*.bin"))
    again = measure_mixture_law(with_settings(made, SWARM), manifest)
    assert again == law
    assert sorted(Path(str(made.root)).glob("work/probe_runs/*/*.bin")) == kept, "no run was made again"
    (made.root / "runs.jsonl").write_bytes(path.read_bytes())
    fitted = with_settings(
        made, SWARM.replace("[mixture]", '[mixture]\nmethod = "fitted"\nruns = "runs.jsonl"')
    )
    mixed = mixture_of(fitted, fitted.parent_pool)
    assert mixed.method == "fitted"
    assert sum(mixed.shares.values()) == pytest.approx(1)


def assembled(run: CandidateRun) -> PoolManifest:
    """Return the pool's manifest of the run's candidate, as made under its settings."""
    stored = run.workspace.load(PoolManifest, run.key)
    return stored.model_copy(update={"provenance": run.provenance()})


def test_the_law_is_made_by_a_job_of_its_own(made: Workspace) -> None:
    from entropy_assets.defs.build import build_dataset

    definitions = build_dataset(Dataset(made))
    assert "small__mixture_law" not in definitions.resolve_job_def("curate_small").graph.node_dict
    assert "small__mixture_law" in definitions.resolve_job_def("mixture_law_small").graph.node_dict
    assert MixtureLaw.step == "mixture_law"


def test_natural_is_the_default_and_leaves_digests_as_they_were() -> None:
    assert Settings().mixture.method == "natural"
    assert Settings().digest == parse(Settings, {"mixture": {"method": "natural"}}).digest
    assert Settings().digest != parse(Settings, {"mixture": {"method": "uniform"}}).digest


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"mixture": {"method": "best"}}, "`mixture.method` must be one of natural, uniform"),
        ({"mixture": {"method": "given"}}, "`mixture.given` must be shares of sources"),
        ({"mixture": {"method": "fitted"}}, "`mixture.runs` must be a file with method 'fitted'"),
        ({"mixture": {"untouched": ["a"]}}, "a share of each source that is untouched, of 'a' too"),
        (
            {"mixture": {"method": "uniform"}, "selection": {"selector": "zip_paper"}},
            "`mixture.method` must be natural with selector 'zip_paper'",
        ),
    ],
)
def test_wrong_settings_are_told(values: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidParameter, match=message):
        parse(Settings, values)
    assert MixtureSettings().swarm_mixtures == 8
