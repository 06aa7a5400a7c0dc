"""A folder of sentence-transformers in place of axes: vectors, what is scored and picked by them."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner
from upath import UPath

from entropy_assets.candidate.manifests import RecordScores
from entropy_assets.candidate.pipeline import curate
from entropy_assets.cli import app
from entropy_assets.curation.scoring import SentenceModel, sentence_digest
from entropy_assets.curation.scoring import sentences as sentences_module
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.language_models import NEEDED
from entropy_assets.settings import Settings, parse
from tests.candidate.small import SETTINGS, dataset, deliver, rows, sentences
from tests.curation.scoring.tiny_sentences import write_sentences

TEXTS = [sentences(seed, 2).encode() for seed in range(20)]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for name in (*NEEDED, *sentences_module.NEEDED):
        pytest.importorskip(name)
    return write_sentences(tmp_path_factory.mktemp("sentences") / "model")


def test_vectors_have_length_1_and_depend_on_their_text_alone(model: Path) -> None:
    loaded = SentenceModel.load(model, "cpu")
    found = loaded.vectors([*TEXTS, b"", b" \n", "東京 grüßt".encode(), b"\xff\xfe"])
    assert found.shape == (24, 16)
    assert found.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), [*[1] * 20, 0, 0, 1, 1], atol=1e-5)
    assert np.array_equal(loaded.vectors(TEXTS[::-1])[::-1], found[:20])
    assert np.array_equal(loaded.vectors(TEXTS[3:4])[0], found[3])
    assert loaded.vectors([]).shape == (0, 16)
    own = loaded.model.encode([TEXTS[0].decode()], normalize_embeddings=True)
    np.testing.assert_allclose(found[0], own[0], atol=1e-6)


def test_density_and_target_by_the_model_differ_from_those_by_axes(model: Path, tmp_path: Path) -> None:
    pool, target = tmp_path / "rows.jsonl", tmp_path / "target.jsonl"
    pool.write_text("".join(json.dumps(row) + "\n" for row in rows(range(40))))
    target.write_text("".join(json.dumps(row) + "\n" for row in rows(range(3))))
    given = {"density": ["--rows", "50"], "target": ["--target", str(target)]}
    for scorer, own in given.items():
        found = []
        for number, more in enumerate(
            ([], ["--embedder", str(model)], ["--embedder", str(model), "--workers", "2"])
        ):
            out = tmp_path / f"{scorer}-{number}.parquet"
            done = CliRunner().invoke(
                app, ["score", str(pool), "--scorer", scorer, "--out", str(out), *own, *more]
            )
            assert done.exit_code == 0, done.output
            found.append(pl.read_parquet(out)["score"])
        assert not found[0].equals(found[1])
        assert found[1].equals(found[2])
        if scorer == "target":
            assert found[1][:3].to_list() == pytest.approx([1, 1, 1], abs=1e-5), "the records themselves"
    out = tmp_path / "picked.jsonl"
    for selector in ("mig", "density"):
        command = ["select", str(pool), "--selector", selector, "--budget", "5", "--unit", "records"]
        done = CliRunner().invoke(app, [*command, "--out", str(out), "--embedder", str(model)])
        assert done.exit_code == 0, done.output


def test_another_model_in_the_folder_scores_all_drops_again(model: Path, tmp_path: Path) -> None:
    told = '[selection]\nselector = "density"\n[scoring.density]\nrows = 20\n'
    told += f'[scoring]\nembedder = "{model.name}"\n'
    workspace = dataset(tmp_path / "home", SETTINGS + told)
    inside = Path(str(workspace.root)) / model.name
    write_sentences(inside)
    scored = {}
    for name, seeds in (("first", range(60)), ("second", range(100, 110))):
        assert curate(workspace, deliver(workspace, name, rows(seeds)))
        scored[name] = workspace.load(RecordScores, name)
    assert scored["first"].shards.shards[0] == scored["second"].shards.shards[0]
    before = sentence_digest(inside)
    write_sentences(inside, seed=1)
    assert sentence_digest(inside) != before
    assert curate(workspace, deliver(workspace, "third", rows(range(200, 205))))
    assert workspace.load(RecordScores, "third").shards.shards[0] != scored["first"].shards.shards[0]


def test_what_is_no_model_is_refused_in_one_sentence(model: Path, tmp_path: Path) -> None:
    pool, broken = tmp_path / "rows.jsonl", tmp_path / "broken"
    pool.write_text("".join(json.dumps(row) + "\n" for row in rows(range(9))))
    broken.mkdir()
    (broken / "modules.json").write_text("[]{")
    for folder, sentence in (
        (tmp_path / "none", "must be a folder of sentence-transformers, with a modules.json"),
        (pool, "must be a folder of sentence-transformers"),
        (broken, "cannot be loaded by sentence-transformers"),
    ):
        command = ["score", str(pool), "--scorer", "density", "--out", str(tmp_path / "o.parquet")]
        done = CliRunner().invoke(app, [*command, "--embedder", str(folder)])
        assert done.exit_code == 2, done.output
        assert sentence in " ".join(done.output.split())
    with pytest.raises(InvalidInput, match="nothing is downloaded"):
        sentence_digest(UPath(tmp_path))


def test_without_the_package_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sentences_module, "NEEDED", ("no_such_package",))
    with pytest.raises(
        InvalidParameter, match=r"`scoring.embedder` needs no_such_package: install the extra"
    ):
        SentenceModel.load(tmp_path)


def test_off_it_is_in_no_digest() -> None:
    one = parse(Settings, {"scoring": {"n_dimensions": 64}})
    assert one.digest != parse(Settings, {"scoring": {"n_dimensions": 64, "embedder": "x"}}).digest
