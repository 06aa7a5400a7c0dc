"""Tokenizers, chat templates and records for tests of tokens: small, and written as a user would have them.

What belongs here: what is given. What does not: what comes out.
"""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from entropy_assets.curation.export.tokens import Encoded, Encoder, chosen_template, load_tokenizer
from entropy_assets.curation.ingest import read_file

WORDS = ("hello", " world", "answer", "question", "assistant", "user", "system", "think", " the", "ing")
CONTROLS = ("<|im_start|>", "<|im_end|>")
ASKED = "{% if add_generation_prompt %}<|im_start|>assistant{{ '\\n' }}{% endif %}"

PLAIN = (
    "{% for m in messages %}<|im_start|>{{ m.role }}{{ '\\n' }}{{ m.content }}<|im_end|>{{ '\\n' }}"
    "{% endfor %}" + ASKED
)
"""No marks, and stable: what is written of a turn does not depend on others."""

MARKED = (
    "{% for m in messages %}<|im_start|>{{ m.role }}{{ '\\n' }}"
    "{% if m.role == 'assistant' %}{% generation %}{{ m.content }}<|im_end|>{% endgeneration %}"
    "{% else %}{{ m.content }}<|im_end|>{% endif %}{{ '\\n' }}{% endfor %}" + ASKED
)
"""The same text, with marks."""

THINKING = (
    "{% for m in messages %}<|im_start|>{{ m.role }}{{ '\\n' }}"
    "{% if m.role == 'assistant' and loop.last %}<think>{{ '\\n' }}{{ m.reasoning_content or '' }}{{ '\\n' }}"
    "</think>{{ '\\n\\n' }}{% endif %}{{ m.content }}<|im_end|>{{ '\\n' }}{% endfor %}" + ASKED
)
"""The last answer alone has a block of thinking, so the first is written otherwise when another follows."""

WITH_TOOLS = (
    "{% if tools %}<|im_start|>system{{ '\\n' }}{% for t in tools %}{{ t | tojson }}{% endfor %}"
    "<|im_end|>{{ '\\n' }}{% endif %}"
    "{% for m in messages %}<|im_start|>{{ m.role }}{{ '\\n' }}{{ m.content }}"
    "{% for c in m.tool_calls or [] %}<call>{{ c.function.name }}"
    "{% for k, v in c.function.arguments.items() %} {{ k }}={{ v }}{% endfor %}</call>{% endfor %}"
    "<|im_end|>{{ '\\n' }}{% endfor %}" + ASKED
)
"""Definitions of tools, and calls whose arguments must be objects."""


CALLS = [{"type": "function", "function": {"name": "weather", "arguments": {"city": "Örebro"}}}]
TOOLS = [{"type": "function", "function": {"name": "weather", "description": "Tells it.", "parameters": {}}}]
CALLING = [
    {"role": "user", "content": "Rain?"},
    {"role": "assistant", "content": "", "tool_calls": CALLS},
    {"role": "tool", "content": "none"},
    {"role": "assistant", "content": "No rain."},
]


def write_tokenizer(
    folder: Path,
    template: str | None = PLAIN,
    *,
    end: str | None = "<|im_end|>",
    merges: tuple[str, ...] = WORDS,
) -> Path:
    """Write a byte-level tokenizer with a few words, as `save_pretrained` does; return its folder."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {letter: at for at, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    pairs: list[tuple[str, str]] = []
    for word in merges:
        letters = word.replace(" ", "Ġ")
        for stop in range(2, len(letters) + 1):
            if letters[:stop] not in vocabulary:
                pairs.append((letters[: stop - 1], letters[stop - 1]))
                vocabulary[letters[:stop]] = len(vocabulary)
    tokenizer = Tokenizer(models.BPE(vocabulary, pairs))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in CONTROLS])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, **({"eos_token": end} if end else {}))
    if template is not None:
        fast.chat_template = template
    fast.save_pretrained(folder)
    return folder


def records_of(folder: Path, *rows: dict[str, Any]) -> pl.DataFrame:
    """Return the records that rows become; all must."""
    path = folder / "given.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = read_file(path, drop="d")
    assert found.quarantined.is_empty(), found.quarantined.rows(named=True)
    return found.records


def encoder_of(folder: Path, **settings: Any) -> Encoder:
    """Return what makes tokens by the tokenizer of a folder; settings as of `chosen_template`."""
    loaded = load_tokenizer(folder)
    settings = {"file": None, "masks": "generation", **settings}
    return Encoder(loaded, lambda: chosen_template(loaded, **settings))


def turns(*said: str, **last: Any) -> list[dict[str, Any]]:
    """Return turns of user and assistant, one after the other; `last` goes into the last."""
    made: list[dict[str, Any]] = [
        {"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(said)
    ]
    made[-1] |= last
    return made


def encoded(folder: Path, tokenizer: Path, *rows: dict[str, Any], **settings: Any) -> list[Encoded]:
    """Return the tokens of rows; none may be refused."""
    made = encoder_of(tokenizer, **settings).encode(records_of(folder, *rows))
    assert made.lost == []
    return made.encoded


def loss(folder: Path, tokenizer: Path, row: dict[str, Any], **settings: Any) -> tuple[str, str]:
    """Return reason and detail for which a row is refused."""
    made = encoder_of(tokenizer, **settings).encode(records_of(folder, row))
    ((_, reason, detail),) = made.lost
    assert made.encoded == []
    return reason, detail


def trained(tokenizer: Path, one: Encoded) -> list[str]:
    """Return what is trained on, one text for each run of tokens of one weight."""
    spelled = load_tokenizer(tokenizer).tokenizer
    edges = np.flatnonzero(np.diff(one.weights, prepend=0, append=0))
    runs = [(a, b) for a, b in pairwise(edges) if one.weights[a]]
    return [spelled.decode(one.ids[a:b]) for a, b in runs]
