"""Texts as vectors by a model of sentences: a folder of sentence-transformers on this machine.

What belongs here: loading it, and its vectors. What does not: axes that need no model (`embedding`), and what
is done with vectors.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from entropy_assets.devices import isolated_torch, pick_device
from entropy_assets.errors import InvalidInput
from entropy_assets.language_models import quiet_and_offline, require_packages

NEEDED = ("sentence_transformers",)
SETTING = "scoring.embedder"
CUDA_BATCH = 64
PIECE_TEXTS = 512
"""Texts that are in memory as strings at once."""


def sentence_digest(path: Path) -> str:
    """Return the SHA-256 of all files of a model of sentences, their names included.

    Raises
    ------
    InvalidInput
        There is none at `path`.
    """
    if not (path / "modules.json").is_file():
        raise InvalidInput(
            f"model {path} must be a folder of sentence-transformers, with a modules.json, and is none: set "
            f"`{SETTING}` to one on this machine; nothing is downloaded"
        )
    digest = hashlib.sha256()
    for file in sorted(one for one in path.rglob("*") if one.is_file()):
        digest.update(os.fsencode(file.relative_to(path)) + b"\0%d\0" % file.stat().st_size)
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 24):
                digest.update(chunk)
    return digest.hexdigest()


@dataclass(frozen=True)
class SentenceModel:
    """A model of sentences, as an `Embedder`.

    Parameters
    ----------
    model
        Of sentence-transformers.
    batch
        Texts that it reads at once: 1 on a CPU, so that a vector depends on its text alone.
    """

    model: Any
    batch: int

    @classmethod
    def load(cls, path: Path, device: str = "auto") -> SentenceModel:
        """Return the model in a folder; a text beyond its length is read from its beginning.

        Raises
        ------
        InvalidParameter
            sentence-transformers is not installed, or CUDA is asked for and there is none.
        InvalidInput
            There is no such model, or it cannot be loaded.
        """
        require_packages(SETTING, NEEDED)
        sentence_digest(path)
        where = pick_device(device)
        with quiet_and_offline():
            from sentence_transformers import SentenceTransformer

            try:
                model = SentenceTransformer(str(path), device=str(where), local_files_only=True)
            except (OSError, ValueError, KeyError, ImportError, AttributeError) as error:
                raise InvalidInput(
                    f"model {path} cannot be loaded by sentence-transformers: {str(error).splitlines()[0]}; "
                    "name another folder"
                ) from error
        return cls(model.eval(), 1 if where.type == "cpu" else CUDA_BATCH)

    def vectors(self, texts: Sequence[bytes]) -> np.ndarray:
        """Return (n, d) float32 vectors of length 1, of an empty text 0; one thread computes them."""
        found = np.zeros((len(texts), int(self.model.get_embedding_dimension())), np.float32)
        with isolated_torch():
            for start in range(0, len(texts), PIECE_TEXTS):
                places = [i for i in range(start, min(start + PIECE_TEXTS, len(texts))) if texts[i].strip()]
                if places:
                    found[places] = self.model.encode(
                        [texts[i].decode(errors="replace") for i in places],
                        batch_size=self.batch,
                        normalize_embeddings=True,
                        show_progress_bar=False,
                    )
        return found
