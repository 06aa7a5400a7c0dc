"""What a model makes of an answer: its loss, and whether the model would say that it fits.

One reading of question, answer and prompt gives both numbers. Read with an empty question, the same
answer has the loss that it has by itself; the difference is what the question tells about its answer,
the pointwise mutual information in bits: log2 p(answer | question) / p(answer).

What belongs here: running the model. What does not: what the numbers mean for a drop.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entropy_assets.curation.llm.batches import batches_of
from entropy_assets.curation.llm.prompt import Asked, Prompt
from entropy_assets.devices import torch_threads
from entropy_assets.errors import ProbeDiverged
from entropy_assets.language_models import LanguageModel

if TYPE_CHECKING:
    import torch

DIGITS = 5
"""Decimals that a score is rounded to."""


@dataclass(frozen=True)
class PairScore:
    """What a model makes of one answer to one question.

    Parameters
    ----------
    loss_bits
        Loss of the answer after the question, in bits.
    n_bytes
        Bytes of the answer that were read.
    yes_logit
        ln P(yes) - ln P(no) as the next token, summed over their spellings.
    """

    loss_bits: float
    n_bytes: int
    yes_logit: float

    @property
    def loss_bpb(self) -> float:
        """Loss of the answer in bits per byte."""
        return self.loss_bits / max(self.n_bytes, 1)

    @property
    def yes_share(self) -> float:
        """P(yes) of the two, 0 to 1."""
        return 1 / (1 + math.exp(-self.yes_logit))


def score_pairs(
    loaded: LanguageModel,
    pairs: Sequence[tuple[str, str]],
    template: str,
    max_bytes: int,
    batch: int = 1,
    workers: int = 1,
) -> list[PairScore]:
    """Return the scores of questions and answers, in their order.

    With a batch of 1 a score depends on its own pair alone, bit by bit, for any number of workers. A
    larger batch is padded, which is faster on CUDA and moves the last decimals of float32.

    Parameters
    ----------
    loaded
        The model.
    pairs
        (question, answer); an empty question gives the loss of the answer by itself.
    template
        What is asked; see `Prompt`.
    max_bytes
        Of a longer question or answer only so many UTF-8 bytes are read, from its beginning.
    batch
        Pairs that are read at once. 0: one on a CPU, and on CUDA as many as fit by their tokens.
    workers
        Threads that read batches on a CPU, at least 1; they share the model.

    Raises
    ------
    InvalidParameter
        The template is not one.
    InvalidInput
        The tokenizer cannot tell yes from no.
    ProbeDiverged
        A score is not a number.
    """
    window = getattr(loaded.model.config, "max_position_embeddings", None) or 4096
    prompt = Prompt.of(loaded.tokenizer, template, int(window))
    cut = [(_head(question, max_bytes), _head(answer, max_bytes)) for question, answer in pairs]
    asked = [prompt.ask(loaded.tokenizer, question, answer) for question, answer in cut]
    sizes = [len(answer.encode()) for _, answer in cut]
    kept = max((one.n_answer + one.n_after + 1 for one in asked), default=1)
    batches = batches_of([len(one.ids) for one in asked], loaded, batch, kept)

    def read(places: list[int]) -> list[tuple[float, float]]:
        return _read(loaded, prompt, [asked[place] for place in places])

    n_threads = workers if loaded.device.type == "cpu" else 1
    with torch_threads(n_threads) as threads:
        results = list(threads.map(read, batches))
    found: dict[int, PairScore] = {}
    for places, scores in zip(batches, results, strict=True):
        for place, (nats, logit) in zip(places, scores, strict=True):
            if not (math.isfinite(nats) and math.isfinite(logit)):
                raise ProbeDiverged("the language model's loss is not a number: name another model")
            bits = round(nats / math.log(2), DIGITS)
            found[place] = PairScore(bits, sizes[place], round(logit, DIGITS))
    return [found[place] for place in range(len(pairs))]


def _head(text: str, max_bytes: int) -> str:
    """Return the beginning of a text, whole characters only.

    >>> _head("grün", 3), _head("grün", 4)
    ('gr', 'grü')
    """
    return text.encode()[:max_bytes].decode(errors="ignore")


def _read(loaded: LanguageModel, prompt: Prompt, batch: Sequence[Asked]) -> list[tuple[float, float]]:
    """Return of each the answer's summed loss in nats, and ln P(yes) - ln P(no)."""
    import torch

    ids, mask = padded([one.ids for one in batch], loaded)
    # One more than the answer and what follows: the token before the answer predicts its first.
    keep = max(one.n_answer + one.n_after for one in batch) + 1
    with torch.inference_mode():
        logits = loaded.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(1) - 1).clamp(min=0),  # (B, T)
            logits_to_keep=keep,
            use_cache=False,
        ).logits  # (B, keep, V)
        kept = ids[:, -keep:]
        return [
            (_answer_nats(logits[row], kept[row], one), _yes_logit(logits[row, -1], prompt))
            for row, one in enumerate(batch)
        ]


def padded(batch: Sequence[Sequence[int]], loaded: LanguageModel) -> tuple[torch.Tensor, torch.Tensor]:
    """Return (B, T) int64 token ids, padded at the left so that all end together, and what is no padding."""
    import torch

    width = max(map(len, batch))
    spare = [width - len(one) for one in batch]
    ids = [[0] * n + list(one) for n, one in zip(spare, batch, strict=True)]
    mask = [[0] * n + [1] * len(one) for n, one in zip(spare, batch, strict=True)]
    return torch.tensor(ids, device=loaded.device), torch.tensor(mask, device=loaded.device)


def _answer_nats(logits: Any, ids: Any, one: Asked) -> float:
    """Return the answer's loss from (keep, V) logits and the (keep,) tokens at their places."""
    import torch

    if not one.n_answer:
        return 0.0
    end = len(ids) - one.n_after
    start = end - one.n_answer
    predicted = logits[start - 1 : end - 1].float()  # (A, V)
    return float(torch.nn.functional.cross_entropy(predicted, ids[start:end], reduction="sum"))


def _yes_logit(logits: Any, prompt: Prompt) -> float:
    values = logits.float()  # (V,)
    return float(values[list(prompt.yes)].logsumexp(0) - values[list(prompt.no)].logsumexp(0))
