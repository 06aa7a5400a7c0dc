"""A small byte-level decoder-only transformer with hashed n-gram embeddings, as plain functions.

The model reads bytes 0..255 and one separator, 256, and predicts bytes only: where a record ends is
never predicted, so an untrained model costs exactly 8 bits a byte.

* Input: the sum of the embeddings of the byte and of the hashed last 2 .. max_ngram symbols, plus a
  learned position. The hashed tables are those of the Byte Latent Transformer (arXiv 2412.09871,
  section 3.2.1, hash n-gram embeddings). They cost a table look-up and are what makes a budget of a
  few hundred kB enough.
* `depth` blocks: causal attention and a ReLU MLP, both behind a layer norm without parameters.
* The matrices that write into the residual stream, the n-gram tables and the head start at zero.

Weights are a dictionary name -> tensor. There is no module object, because state lives in the
checkpoint and torch is imported only where something is computed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from entropy_assets.curation.probe.params import ProbeParams

if TYPE_CHECKING:
    from torch import Tensor

SEPARATOR = 256
"""The symbol before each record; also fills the end of a window."""
N_BYTES = 256
N_SYMBOLS = 257

_EMBEDDING_STD = 0.5
_POSITION_STD = 0.1
_MLP_FACTOR = 4


def weight_shapes(params: ProbeParams) -> dict[str, tuple[int, ...]]:
    """Return name -> shape of every weight, in a fixed order."""
    width, n_tables = params.width, params.max_ngram - 1
    shapes: dict[str, tuple[int, ...]] = {
        "table": (N_SYMBOLS + n_tables * params.ngram_rows, width),
        "position": (params.context_bytes, width),
        "head": (N_BYTES, width),
    }
    for block in range(params.depth):
        shapes[f"block{block}.qkv"] = (3 * width, width)
        shapes[f"block{block}.out"] = (width, width)
        shapes[f"block{block}.up"] = (_MLP_FACTOR * width, width)
        shapes[f"block{block}.down"] = (width, _MLP_FACTOR * width)
    return shapes


def init_weights(params: ProbeParams, seed: int) -> dict[str, Tensor]:
    """Return fresh float32 weights on the CPU, drawn by a generator of their own."""
    import torch

    generator = torch.Generator().manual_seed(seed)
    weights = {
        name: torch.zeros(shape, dtype=torch.float32, device="cpu")
        for name, shape in weight_shapes(params).items()
    }
    weights["table"][:N_SYMBOLS].normal_(0.0, _EMBEDDING_STD, generator=generator)
    weights["position"].normal_(0.0, _POSITION_STD, generator=generator)
    for name, weight in weights.items():
        if name.endswith((".qkv", ".up")):
            weight.normal_(0.0, params.width**-0.5, generator=generator)
    return weights


def logits(weights: dict[str, Tensor], symbols: Tensor, params: ProbeParams) -> Tensor:
    """Return the unnormalised log-probabilities of the byte that follows each symbol.

    Parameters
    ----------
    weights
        As `init_weights` returns them, all on one device.
    symbols
        (B, T) int64 in 0..256, T at most `context_bytes`.
    params
        Their shape fields must be those of the weights.

    Returns
    -------
    Tensor
        (B, T, 256) float32. Position t depends on symbols 0..t of its row and on nothing else.
    """
    from torch.nn import functional

    B, T = symbols.shape
    ids = embedding_rows(symbols, params)  # (B, T, max_ngram)
    x = functional.embedding_bag(ids.view(B * T, -1), weights["table"], mode="sum").view(B, T, -1)
    x = x + weights["position"][:T]
    for block in range(params.depth):
        x = x + _attend(weights, block, _norm(x), params.n_heads)
        hidden = functional.relu(functional.linear(_norm(x), weights[f"block{block}.up"]))
        x = x + functional.linear(hidden, weights[f"block{block}.down"])
    return functional.linear(_norm(x), weights["head"])


def _norm(x: Tensor) -> Tensor:
    """Layer norm without parameters: on CPU one fused kernel, where an RMS norm is several."""
    from torch.nn import functional

    return functional.layer_norm(x, (x.shape[-1],))


def _attend(weights: dict[str, Tensor], block: int, x: Tensor, n_heads: int) -> Tensor:
    from torch.nn import functional

    B, T, W = x.shape
    qkv = functional.linear(x, weights[f"block{block}.qkv"]).view(B, T, 3 * n_heads, W // n_heads)
    q, k, v = qkv.transpose(1, 2).chunk(3, dim=1)  # each (B, n_heads, T, W / n_heads)
    mixed = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    return functional.linear(mixed.transpose(1, 2).reshape(B, T, W), weights[f"block{block}.out"])


def embedding_rows(symbols: Tensor, params: ProbeParams) -> Tensor:
    """Return (B, T, max_ngram) rows of the table: the byte itself, then the n-grams of 2 .. max_ngram.

    An n-gram ends at its position and does not look beyond the window: before it stand separators.
    """
    import torch
    from torch.nn import functional

    T = symbols.shape[1]
    rows, code = [symbols], symbols
    for n in range(2, params.max_ngram + 1):
        earlier = functional.pad(symbols, (n - 1, 0), value=SEPARATOR)[:, :T]
        # A polynomial hash modulo a prime below 2**31, then a multiplicative one: no product reaches 2**63.
        code = (code * 1_000_003 + earlier + 7) % 2_147_483_647
        bucket = ((code * 2_654_435_761) >> 15) % params.ngram_rows
        rows.append(N_SYMBOLS + (n - 2) * params.ngram_rows + bucket)
    return torch.stack(rows, dim=-1)
