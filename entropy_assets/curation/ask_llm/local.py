"""A model on this machine: a folder of transformers, or a GGUF file.

What belongs here: asking it. What does not: loading and reading (`entropy_assets.curation.llm`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from entropy_assets.curation.ask_llm.meter import Meter
from entropy_assets.curation.ask_llm.replies import Failure, Reply
from entropy_assets.curation.ask_llm.wording import PLAIN_END, Wording, most_tokens
from entropy_assets.curation.llm import LanguageModel, TextQuestion, YesNo, load_model, read_yes_no
from entropy_assets.devices import torch_threads
from entropy_assets.execution import Threads

CUDA_BATCH = 16


class LocalModel:
    """A model on this machine, asked one text at a time on a CPU: then nothing else moves a score.

    Parameters
    ----------
    path
        A folder with `config.json`, weights and tokenizer, or a GGUF file.
    wording
        What it is asked.
    workers
        Threads that read at once on a CPU, at least 1.
    device
        `auto`, `cpu` or `cuda`.

    Raises
    ------
    InvalidParameter
        The extra `llm` is not installed, or CUDA is asked for and there is none.
    InvalidInput
        There is no model, or it cannot say yes and no.
    """

    def __init__(self, path: Path, wording: Wording, workers: int, device: str = "auto") -> None:
        self._loaded: LanguageModel = load_model(path, device)
        self._question = TextQuestion.of(self._loaded, wording.template, PLAIN_END)
        self._wording = wording
        is_cpu = self._loaded.device.type == "cpu"
        self._workers = workers if is_cpu else 1
        self.batch = 1 if is_cpu else CUDA_BATCH
        self.name = self._loaded.digest
        self.question = wording.digest

    @contextmanager
    def threads(self) -> Iterator[Threads]:
        """Yield the threads that ask it at once."""
        with torch_threads(self._workers) as threads:
            yield threads

    def ask(self, texts: list[str], meter: Meter) -> list[Reply | Failure]:
        """Return what the model says to texts.

        Raises
        ------
        CapReached
            One more might pass a cap.
        ProbeDiverged
            A probability is not a number.
        """
        most = sum(most_tokens(self._wording.ask(text)) for text in texts)
        meter.hold(most, len(texts))
        said: list[YesNo] = []
        try:
            said = read_yes_no(self._loaded, self._question, texts)
        finally:
            meter.settle(most, sum(one.n_tokens for one in said), len(said), len(texts))
        return [Reply(one.yes, one.no, one.n_tokens, 1) for one in said]
