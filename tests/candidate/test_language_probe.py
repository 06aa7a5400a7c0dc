"""A language model as the probe of a dataset: through all steps, twice, with a drop in between."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from entropy_assets.candidate import reference
from entropy_assets.candidate.manifests import LawReport, ProbeReport
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.run import open_run
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.probe import LanguageProbeParams
from entropy_assets.errors import InvalidInput
from entropy_assets.language_models import NEEDED, model_digest
from entropy_assets.settings import PolicySettings
from tests.candidate.small import SETTINGS, dataset, deliver, sentences
from tests.curation.llm.tiny import write_tiny

LANGUAGE = (
    SETTINGS.replace(
        "[probe]", '[probe]\nmodel = "tiny"\nloss = "answers"\ncontext_tokens = 256\nrate_factor = 200.0'
    )
    + "max_lm_heldout_rise_bpb = 9.0\nmax_lm_residual_rise_bpb = 9.0\nmax_lm_heldout_drift_bpb = 9.0\n"
)


def talks(seeds: range) -> list[dict[str, object]]:
    """Return one chat a seed, whose answer is longer than its question."""
    return [
        {
            "id": f"t{seed}",
            "source": "web",
            "messages": [
                {"role": "user", "content": sentences(10_000 + seed, 1)},
                {"role": "assistant", "content": sentences(seed, 3)},
            ],
        }
        for seed in seeds
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    for name in NEEDED:
        pytest.importorskip(name)
    workspace = dataset(tmp_path_factory.mktemp("language") / "home", LANGUAGE)
    write_tiny(Path(str(workspace.root)) / "tiny")
    for name, seeds in (("first", range(120)), ("second", range(200, 230))):
        entry = curate(workspace, deliver(workspace, name, talks(seeds)))
        assert entry is not None
        assert entry.action == "promote", entry
    return workspace


def report(workspace: Workspace, key: str) -> tuple[ProbeReport, LawReport]:
    return workspace.load(ProbeReport, key), workspace.load(LawReport, key)


def test_all_runs_start_from_the_model_and_say_so(made: Workspace) -> None:
    digest = model_digest(Path(str(made.root)) / "tiny")
    for key, groups in (("first", 2), ("second", 4)):
        probe, law = report(made, key)
        assert probe.model == law.model == digest
        assert probe.checkpoint is None
        assert len(probe.runs) == groups
        assert not [name for name in probe.runs if name.endswith("_scratch")]
        assert len(probe.record_start_bpb) == len(probe.exam_sources) > 3
        (one, *_) = probe.runs["candidate"]
        assert 0.9 * probe.run_bytes < one["n_bytes"] <= probe.run_bytes
        after = one["record_heldout_bpb"]
        assert sum(after) < sum(probe.record_start_bpb) - 0.5 * len(after)
        assert law.figures["loss_bpb"] is not None
    assert not list(Path(str(made.root)).glob("work/checkpoints/**/*.bin"))
    assert not list(Path(str(made.root)).glob("work/probe_states/**/*.bin"))


def test_runs_are_found_again_by_the_model_and_not_by_its_place(made: Workspace) -> None:
    run = open_run(made, "second")
    params = reference.probe_params(run, 4096)
    assert isinstance(params, LanguageProbeParams)
    assert params.loss == "answers"
    elsewhere = replace(params, model=Path("/elsewhere"))
    assert elsewhere.parts == params.parts
    assert replace(params, digest="0" * 64).parts != params.parts
    assert json.dumps(params.parts)


def test_a_model_that_is_gone_is_named(made: Workspace) -> None:
    run = open_run(made, "second")
    gone = replace(run.settings, probe=replace(run.settings.probe, model="gone"))
    with pytest.raises(InvalidInput, match=r"gone .*set `probe\.model` to a path on this machine"):
        reference.probe_model(replace(run, settings=gone, made={}))


def test_limits_on_losses_go_by_the_probe() -> None:
    policy = PolicySettings(max_lm_heldout_rise_bpb=0.07)
    assert policy.for_probe(language=False) == policy
    language = policy.for_probe(language=True)
    assert language.max_heldout_rise_bpb == 0.07
    assert language.max_residual_rise_bpb == policy.max_lm_residual_rise_bpb
    assert language.max_damage == policy.max_damage


def test_the_byte_probe_has_the_digest_it_always_had(tmp_path: Path) -> None:
    settings = dataset(tmp_path / "home", SETTINGS).load_settings()
    named = replace(settings, probe=replace(settings.probe, model="tiny"))
    assert named.digest != settings.digest
