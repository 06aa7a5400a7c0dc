"""The loss of texts under a language model, without training: before a fine-tuning, or after it.

Records are read by themselves, packed into rows of like work; only the first `max_record_bytes` bytes count.
Which records stand beside one changes its loss in the last digits of the arithmetic; the same list gives the
same bits on a CPU.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from entropy_assets.curation.probe.evaluation import Read, require_texts
from entropy_assets.curation.probe.language.model import load_for_training, row_losses
from entropy_assets.curation.probe.language.params import LanguageProbeParams
from entropy_assets.curation.probe.language.sequences import (
    Piece,
    Row,
    Spans,
    first_token,
    packed,
    pieces_of,
)
from entropy_assets.devices import isolated_torch, torch_threads
from entropy_assets.errors import InvalidInput, ProbeDiverged
from entropy_assets.language_models import LanguageModel

READ_TOKENS = 8192
"""Tokens that are read at once on CUDA; a CPU reads row by row."""


def language_losses(texts: Sequence[bytes], params: LanguageProbeParams, workers: int = 1) -> np.ndarray:
    """Return (n,) float64: bits per byte of each record under the model of the settings, as it is named.

    Parameters
    ----------
    texts
        Records, none empty.
    params
        Which model, and how much of a record is read.
    workers
        Threads that read rows on a CPU, at least 1; no loss depends on it.

    Raises
    ------
    InvalidInput
        A text is empty, or there is no model.
    InvalidParameter
        A package of the extra is missing.
    ProbeDiverged
        A loss is not a finite number.
    """
    with isolated_torch():
        loaded = load_for_training(params)
    return losses_under(loaded, texts, params, workers=workers)


def losses_under(
    loaded: LanguageModel,
    texts: Sequence[bytes],
    params: LanguageProbeParams,
    spans: Sequence[Spans] | None = None,
    workers: int = 1,
) -> np.ndarray:
    """Return (n,) float64: bits per byte of each record under a loaded or fine-tuned model.

    Parameters
    ----------
    loaded
        From `load_for_training`, or of `fine_tune`.
    texts, params, workers
        As in `language_losses`.
    spans
        What counts of each text; None where all does.

    Raises
    ------
    InvalidInput
        A text is empty.
    ProbeDiverged
        A loss is not a finite number.
    """
    bits, n_bytes = record_bits(loaded, texts, params, spans, workers)
    losses: np.ndarray = bits / np.maximum(n_bytes, 1)
    return losses


def ending_losses(
    loaded: LanguageModel, texts: Sequence[bytes], params: LanguageProbeParams, workers: int = 1
) -> np.ndarray:
    """Return (n,) float64: bits that it costs to say that each text ends where it does.

    A text that was cut costs more. A fine-tuned model has learned how records end, another one knows little.

    Parameters
    ----------
    loaded, texts, params, workers
        As in `losses_under`.

    Raises
    ------
    InvalidInput
        A text is empty, or the tokenizer has no token that ends a text.
    """
    require_texts(texts)
    if loaded.tokenizer.eos_token_id is None:
        raise InvalidInput(
            "the model's tokenizer has no eos_token, whose loss is asked for: name another model"
        )
    first, context = first_token(loaded.tokenizer), context_of(loaded, params)
    lasts = [
        pieces_of(text[: params.max_record_bytes], n, loaded.tokenizer, first, context, is_whole=True)[-1:]
        for n, text in enumerate(texts)
    ]
    only_ends = [replace(piece, counted=np.zeros(len(piece.ids), np.bool_)) for own in lasts for piece in own]
    return _summed(loaded, only_ends, len(texts), context, workers, ends=True)


def answer_losses(
    loaded: LanguageModel,
    texts: Sequence[bytes],
    spans: Sequence[Spans],
    params: LanguageProbeParams,
    workers: int = 1,
) -> np.ndarray:
    """Return (n, 2) float64: bits per byte of each last answer, behind what stands before it and alone.

    Of the answer and of what stands before it half of what `max_record_bytes` allows is read each, what is
    next to the other. A record without an answer has NaN.

    Parameters
    ----------
    loaded, texts, params, workers
        As in `losses_under`. A record needs its tokens in one row, or it is read in parts.
    spans
        The answers of each text.

    Raises
    ------
    ProbeDiverged
        A loss is not a finite number.
    """
    half = params.max_record_bytes // 2
    found = np.full((len(texts), 2), np.nan)
    joined, own, answers, places = [], [], [], []
    for place, text in enumerate(texts):
        start, end = spans[place][-1] if spans[place] else (0, 0)
        before, answer = text[max(start - half, 0) : start], text[start : min(end, start + half)]
        if answer.decode(errors="ignore"):
            places.append(place)
            answers.append(answer)
            joined.append(before + answer)
            own.append([(len(before), len(before) + len(answer))])
    if places:
        found[places, 0] = losses_under(loaded, joined, params, own, workers)
        found[places, 1] = losses_under(loaded, answers, params, workers=workers)
    return found


def reader(loaded: LanguageModel, params: LanguageProbeParams) -> Read:
    """Return what reads records under a model."""
    return lambda texts: record_bits(loaded, texts, params)


def record_bits(
    loaded: LanguageModel,
    texts: Sequence[bytes],
    params: LanguageProbeParams,
    spans: Sequence[Spans] | None = None,
    workers: int = 1,
) -> tuple[np.ndarray, np.ndarray]:
    """Return bits (n,) float64 and counted bytes (n,) int64 of each record.

    Raises
    ------
    InvalidInput
        A text is empty.
    ProbeDiverged
        A loss is not a finite number.
    """
    require_texts(texts)
    first = first_token(loaded.tokenizer)
    context = context_of(loaded, params)
    pieces = [
        piece
        for record, text in enumerate(texts)
        for piece in pieces_of(
            text[: params.max_record_bytes],
            record,
            loaded.tokenizer,
            first,
            context,
            () if spans is None else spans[record],
        )
    ]
    n_bytes = np.zeros(len(texts), dtype=np.int64)
    for piece in pieces:
        n_bytes[piece.record] += piece.n_counted
    bits = _summed(loaded, pieces, len(texts), context, workers)
    if not np.isfinite(bits).all():
        worst = int(np.flatnonzero(~np.isfinite(bits))[0])
        raise ProbeDiverged(
            f"the loss of text {worst} is {bits[worst]} under the language model: name another model"
        )
    return bits, n_bytes


def _summed(
    loaded: LanguageModel, pieces: list[Piece], n: int, context: int, workers: int, *, ends: bool = False
) -> np.ndarray:
    """Return (n,) float64: bits of the counted predictions of each of n records, or of their ends."""
    import torch

    on_cpu = loaded.device.type == "cpu"
    # Of like length, so that rows are full; with equal lengths in their order.
    ordered = sorted(pieces, key=lambda piece: -len(piece.ids))
    batches = packed(ordered, context, 1 if on_cpu else max(1, READ_TOKENS // context))

    def read(rows: list[Row]) -> np.ndarray:
        with torch.inference_mode():
            losses = row_losses(loaded, rows)
            own = slice(losses.n_counted, None) if ends else slice(losses.n_counted)
            nats = torch.zeros(n, dtype=torch.float64, device=loaded.device)
            nats.index_add_(0, losses.records[own], losses.nats[own].double())
            found: np.ndarray = nats.cpu().numpy() / math.log(2)
        return found

    bits = np.zeros(n)
    with torch_threads(workers if on_cpu else 1) as threads:
        for found in threads.map(read, batches):
            bits += found
    return bits


def context_of(loaded: LanguageModel, params: LanguageProbeParams) -> int:
    """Return the tokens of a row: those of the settings, and no more than the model knows positions."""
    known = getattr(loaded.model.config, "max_position_embeddings", None) or params.context_tokens
    return min(params.context_tokens, int(known))
