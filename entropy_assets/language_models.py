"""Causal language models from a path on this machine: a folder of transformers, or one GGUF file.

Nothing is fetched. What belongs here: finding, checking and loading a model, and how text becomes its tokens.
What does not: what it is asked or trained on.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entropy_assets.devices import pick_device
from entropy_assets.errors import InvalidInput, InvalidParameter

if TYPE_CHECKING:
    import torch

NEEDED = ("transformers", "gguf", "accelerate")
"""What the extra `llm` brings."""

CHUNK_BYTES = 1 << 24


@dataclass(frozen=True)
class LanguageModel:
    """A loaded model.

    Parameters
    ----------
    model
        A causal language model of transformers, ready to be asked.
    tokenizer
        Its tokenizer.
    device
        Where it runs.
    dtype
        Its numbers: `bfloat16` or `float32`.
    digest
        SHA-256 of its files.
    """

    model: Any
    tokenizer: Any
    device: torch.device
    dtype: str
    digest: str


def model_files(path: Path, setting: str = "answers.model") -> list[Path]:
    """Return the files of a model: one GGUF file, or all files of a folder, sorted by name.

    Parameters
    ----------
    path
        Where it lies.
    setting
        What named it, for the message.

    Raises
    ------
    InvalidInput
        There is neither at `path`.
    """
    if path.is_file() and path.suffix == ".gguf":
        return [path]
    if path.is_dir() and (path / "config.json").is_file():
        return sorted(file for file in path.iterdir() if file.is_file())
    raise InvalidInput(
        f"model {path} must be a folder with a config.json or a file that ends in .gguf, and is neither: "
        f"set `{setting}` to a path on this machine; nothing is downloaded"
    )


def model_digest(path: Path, setting: str = "answers.model") -> str:
    """Return the SHA-256 of a model's files, their names included for a folder.

    Parameters
    ----------
    path, setting
        As in `model_files`.

    Raises
    ------
    InvalidInput
        There is no model at `path`.
    """
    digest = hashlib.sha256()
    for file in model_files(path, setting):
        if path.is_dir():
            digest.update(b"%b\0%d\0" % (os.fsencode(file.name), file.stat().st_size))
        with file.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                digest.update(chunk)
    return digest.hexdigest()


def numbers_on(device: str) -> tuple[str, str]:
    """Return where a model would run, `cpu` or `cuda`, and with which numbers.

    These are bfloat16 on CUDA, and on a processor with instructions for them; elsewhere float32, which is
    then the faster one.

    Raises
    ------
    InvalidParameter
        CUDA is asked for and there is none.
    """
    where = pick_device(device).type
    return where, "bfloat16" if where == "cuda" or _has_bf16() else "float32"


def require_packages(setting: str, names: Sequence[str]) -> None:
    """Check that packages of the extra `llm` are there.

    Raises
    ------
    InvalidParameter
        Some are missing.
    """
    missing = [name for name in names if find_spec(name) is None]
    if missing:
        raise InvalidParameter(
            f"`{setting}` needs {', '.join(missing)}: install the extra with "
            "`pip install 'entropy-assets[llm]'`, or leave the setting out"
        )


def plain_tokens(tokenizer: Any, text: str) -> list[int]:
    """Return the tokens of a text; what spells a special token is spelled out in plain ones."""
    ids: list[int] = tokenizer(text, add_special_tokens=False, split_special_tokens=True).input_ids
    return ids


def load_model(
    path: Path, device: str = "auto", digest: str = "", *, numbers: str = "", setting: str = "answers.model"
) -> LanguageModel:
    """Return the model at a path, by default in the numbers that `numbers_on` says.

    Parameters
    ----------
    path
        A folder with `config.json`, weights and tokenizer, or a GGUF file with its tokenizer inside.
    device
        `auto`, `cpu` or `cuda`.
    digest
        What `model_digest` says of it, where the caller knows it.
    numbers
        `bfloat16` or `float32`, where the caller chooses.
    setting
        What named it, for messages.

    Raises
    ------
    InvalidParameter
        The extra `llm` is not installed, or CUDA is asked for and there is none.
    InvalidInput
        There is no model at `path`, or transformers cannot load it.
    """
    require_packages(setting, NEEDED)
    model_files(path, setting)
    where, dtype = pick_device(device), numbers or numbers_on(device)[1]
    with quiet_and_offline():
        try:
            model, tokenizer = _loaded(path, dtype)
        except (OSError, ValueError, KeyError, ImportError) as error:
            raise InvalidInput(
                f"model {path} cannot be loaded by transformers: {error}; give a causal language model with "
                "its tokenizer"
            ) from error
    return LanguageModel(model.to(where).eval(), tokenizer, where, dtype, digest or model_digest(path))


def _loaded(path: Path, dtype: str) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    own: dict[str, Any] = {"local_files_only": True}
    extra: dict[str, Any] = {}
    if path.is_file():
        from transformers import GgufConfig

        own["gguf_file"] = path.name
        # Blocks that stay packed need kernels from a hub.
        extra["quantization_config"] = GgufConfig(gguf_file=path.name, dequantize=True)
    folder = str(path.parent if path.is_file() else path)
    tokenizer = AutoTokenizer.from_pretrained(folder, **own)
    own["dtype"] = getattr(torch, dtype)
    return AutoModelForCausalLM.from_pretrained(folder, **own, **extra), tokenizer


def _has_bf16() -> bool:
    import torch

    test = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(test and test())


@contextlib.contextmanager
def quiet_and_offline() -> Iterator[None]:
    """Run the body without progress bars, and with the hub told to stay away; restore both after."""
    from transformers.utils import logging

    before = os.environ.get("HF_HUB_OFFLINE")
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    os.environ["HF_HUB_OFFLINE"] = "1"
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()  # type: ignore[no-untyped-call]
        if before is None:
            del os.environ["HF_HUB_OFFLINE"]
        else:
            os.environ["HF_HUB_OFFLINE"] = before
