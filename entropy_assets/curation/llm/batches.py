"""Which texts a model reads at once: as many as the settings say, or as many as fit.

What belongs here: cutting. What does not: reading.
"""

from collections.abc import Sequence

from entropy_assets.language_models import LanguageModel

AT_MOST_TOKENS = 1 << 16
"""Tokens of a batch on CUDA at most, padding included: more are no faster."""


def batches_of(sizes: Sequence[int], loaded: LanguageModel, batch: int, kept: int) -> list[list[int]]:
    """Return batches of places, texts of like length together; those of equal length in their order.

    Parameters
    ----------
    sizes
        Tokens of each text.
    loaded
        The model.
    batch
        Texts of a batch. 0: one on a CPU, and on CUDA as many as fit by their tokens.
    kept
        Tokens of a text, at most, whose logits are kept.
    """
    order = sorted(range(len(sizes)), key=lambda place: sizes[place])
    if batch or loaded.device.type == "cpu":
        size = batch or 1
        return [order[start : start + size] for start in range(0, len(order), size)]
    return cut_by_tokens(order, sizes, tokens_that_fit(loaded, max(sizes, default=1), kept))


def cut_by_tokens(order: Sequence[int], sizes: Sequence[int], n_tokens: int) -> list[list[int]]:
    """Return places, ascending by size, in batches whose padded rows hold at most `n_tokens` tokens.

    One text is a batch however long it is.

    >>> cut_by_tokens([2, 0, 1], [3, 5, 2], 7)
    [[2, 0], [1]]
    """
    found: list[list[int]] = []
    for place in order:
        if found and (len(found[-1]) + 1) * sizes[place] <= n_tokens:
            found[-1].append(place)
        else:
            found.append([place])
    return found


def tokens_that_fit(loaded: LanguageModel, longest: int, kept: int) -> int:
    """Return how many tokens CUDA can read at once in half of its free memory.

    A token takes its activations in one layer, of which a reading keeps few, and the share of its logits that
    is kept, in the model's numbers and in float32.

    Parameters
    ----------
    loaded
        The model, on CUDA.
    longest
        Tokens of the longest text.
    kept
        Tokens of it whose logits are kept.
    """
    import torch

    config = loaded.model.config
    size = int(loaded.model.get_input_embeddings().weight.shape[0])
    per_token = 6 * size * min(kept / longest, 1.0) + 80 * int(config.hidden_size)
    free, _ = torch.cuda.mem_get_info(loaded.device)
    return int(min(max(free / 2 / per_token, longest), AT_MOST_TOKENS))
