"""What CUDA is worth: three rows, each beside its bar, in under 8 minutes on a machine with a GPU.

1. All byte-probe runs of a verdict at default settings (13 with an exam, 20 for the law, from one
   checkpoint): side by side on CUDA against two threads of the processor, and how far L lies apart. Bar: 15
   times as fast, 1e-3.
2. Fine-tuning of a language model of about 1 billion parameters with random weights, 16 rows of 2,048 tokens
   a step: share of the card's bfloat16 peak, at 6 operations a parameter and token. Bar: 0.40.
3. Reading of questions and answers by a model of SmolLM2-135M's shape at default settings: pairs a second
   against one pair at a time. Bar: 20 times.

Weights are random and texts made up, so nothing is needed but the extra `llm`.

    python -m benchmarks.cuda [--out benchmarks/results/cuda.json]
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.zip.machine import machine_kind, versions
from entropy_assets.curation.llm import score_pairs
from entropy_assets.curation.probe import ProbeParams, ProbeTask, run_probes, train_probe
from entropy_assets.curation.probe.language import LanguageProbeParams, LanguageTask
from entropy_assets.curation.probe.language.model import trainable
from entropy_assets.curation.probe.language.sequences import Piece
from entropy_assets.curation.probe.language.tuning import train_steps
from entropy_assets.language_models import LanguageModel
from entropy_assets.settings import AnswerSettings, ProbeSettings

N_EXAMINED = 13
"""Runs of a verdict that sit an exam: three of candidate, known part, parent and anchor, one of control."""

PEAKS = {"H100": 989e12, "H200": 989e12, "A100": 312e12, "L40S": 362e12, "B200": 2250e12}
"""Dense bfloat16 operations a second, by the makers' data sheets (SXM)."""

ONE_BILLION = {
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 16,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128_256,
    "max_position_embeddings": 4096,
}
SMOLLM2 = {
    "hidden_size": 576,
    "intermediate_size": 1536,
    "num_hidden_layers": 30,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "vocab_size": 49_152,
    "max_position_embeddings": 8192,
}
WORDS = tuple(f"word{n}" for n in range(300))


def random_model(shape: dict[str, int], device: torch.device, numbers: torch.dtype) -> Any:
    """Return a Llama of a shape with random weights; ties embeddings and head, as both models do."""
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(0)
    with torch.device(device):
        return LlamaForCausalLM(LlamaConfig(**shape, tie_word_embeddings=True)).to(numbers).eval()


def made_texts(n: int, seed: int = 0) -> list[bytes]:
    """Return texts of made-up words, about 600 bytes each."""
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, 85).tolist()).encode() for _ in range(n)]


def byte_probes(device: str, n_examined: int = N_EXAMINED, n_law: int = 20) -> dict[str, Any]:
    """Return how long the runs of a verdict take on a device and on the processor, and how far L is."""
    settings, texts = ProbeSettings(), made_texts(4_000)
    base = ProbeParams(budget_bytes=settings.checkpoint_bytes, device="cpu")
    start = train_probe(texts, base, seed=0)[1]
    held = made_texts(settings.heldout_bytes // 600, 1)
    exam = {str(i): [text] for i, text in enumerate(held)}
    found: dict[str, Any] = {}
    for where in (device, "cpu"):
        params = ProbeParams(budget_bytes=settings.budget_bytes, device=where)
        tasks = [
            ProbeTask(texts, params, seed, start, exam if seed < n_examined else None)
            for seed in range(n_examined + n_law)
        ]
        if where == "cuda":
            run_probes(tasks[:2], 1)  # the first launch compiles
        began = time.perf_counter()
        runs = run_probes(tasks, 2)
        found[where] = time.perf_counter() - began, [run for run, _ in runs]
    (fast, own), (slow, theirs) = found[device], found["cpu"]
    apart = [abs(a.loss_bpb - b.loss_bpb) for a, b in zip(own, theirs, strict=True)]
    exams = [
        abs((a.heldout_bpb_overall or 0) - (b.heldout_bpb_overall or 0))
        for a, b in zip(own, theirs, strict=True)
    ]
    return {
        "what": f"{len(own)} byte-probe runs of a verdict",
        "seconds": fast,
        "cpu_seconds_of_two_threads": slow,
        "value": slow / fast,
        "unit": "times as fast",
        "bar": 15.0,
        "most_apart_bpb": max(apart),
        "most_apart_heldout_bpb": max(exams),
        "met": slow / fast >= 15 and max(apart) <= 1e-3,
    }


def fine_tuning(
    device: str, shape: dict[str, int], n_rows: int = 16, n_tokens: int = 2048, n_steps: int = 8
) -> dict[str, Any]:
    """Return the share of the card's peak that fine-tuning reaches; None where its peak is not known."""
    where = torch.device(device)
    numbers = "bfloat16" if device == "cuda" else "float32"
    loaded = LanguageModel(random_model(shape, where, torch.float32), None, where, numbers, "")
    params = LanguageProbeParams(
        Path("random"), "", context_tokens=n_tokens, batch_tokens=n_rows * n_tokens, device=device
    )
    tuned = trainable(loaded, params, 0)
    rng = np.random.default_rng(0)

    def piece(record: int) -> Piece:
        counted = np.arange(n_tokens // 4) > 0
        return Piece(rng.integers(0, shape["vocab_size"], n_tokens // 4), counted, record, n_tokens, n_tokens)

    steps = [[[piece(4 * r + i) for i in range(4)] for r in range(n_rows)] for _ in range(n_steps)]
    train_steps(tuned, steps[:2], LanguageTask([], params, 0))
    began = time.perf_counter()
    train_steps(tuned, steps, LanguageTask([], params, 0))
    seconds = (time.perf_counter() - began) / n_steps
    n_weights = sum(weight.numel() for weight in tuned.model.parameters())
    done = 6 * n_weights * n_rows * n_tokens / seconds
    name = torch.cuda.get_device_name(where) if device == "cuda" else "cpu"
    peak = next((peak for own, peak in PEAKS.items() if own in name), None)
    return {
        "what": f"fine-tuning of {n_weights / 1e9:.2f}B parameters, {n_rows} x {n_tokens} tokens a step",
        "seconds_a_step": seconds,
        "tokens_a_second": n_rows * n_tokens / seconds,
        "operations_a_second": done,
        "device": name,
        "value": None if peak is None else done / peak,
        "unit": "of the card's peak",
        "bar": 0.4,
        "met": peak is not None and done / peak >= 0.4,
    }


def answers(device: str, tokenizer: Any, n_pairs: int = 2_000, n_alone: int = 200) -> dict[str, Any]:
    """Return pairs a second at default settings against one pair at a time."""
    where, settings = torch.device(device), AnswerSettings()
    numbers = torch.bfloat16 if device == "cuda" else torch.float32
    loaded = LanguageModel(random_model(SMOLLM2, where, numbers), tokenizer, where, str(numbers), "")
    texts = [text.decode() for text in made_texts(n_pairs)]
    pairs = [(text[:120], text[120:320]) for text in texts]
    score_pairs(loaded, pairs[:16], settings.prompt, settings.max_bytes, 1)
    speeds = {}
    for batch, own in ((1, pairs[:n_alone]), (settings.batch, pairs)):
        began = time.perf_counter()
        score_pairs(loaded, own, settings.prompt, settings.max_bytes, batch)
        speeds[batch] = len(own) / (time.perf_counter() - began)
    value = speeds[settings.batch] / speeds[1]
    return {
        "what": "pairs a second of `answers`, 135M parameters, default settings",
        "pairs_a_second": speeds[settings.batch],
        "pairs_a_second_one_by_one": speeds[1],
        "value": value,
        "unit": "times one by one",
        "bar": 20.0,
        "met": value >= 20,
    }


def byte_tokenizer() -> Any:
    """Return a tokenizer of bytes and a few words: made-up texts need no real one."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: place for place, letter in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write JSON; exit code 2 without CUDA, 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/cuda.json"))
    given = parser.parse_args(arguments)
    if not torch.cuda.is_available():
        print("this machine has no CUDA device that torch sees: run it on one that has", file=sys.stderr)
        return 2
    began, rows = time.perf_counter(), []
    for measure in (
        lambda: byte_probes("cuda"),
        lambda: fine_tuning("cuda", ONE_BILLION),
        lambda: answers("cuda", byte_tokenizer()),
    ):
        rows.append(measure())
        print(told(rows[-1]), flush=True)
        torch.cuda.empty_cache()
    found = {"rows": rows, "seconds": time.perf_counter() - began, "device": torch.cuda.get_device_name()}
    given.out.parent.mkdir(parents=True, exist_ok=True)
    whole = found | {"machine": machine_kind(), "versions": versions()}
    given.out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    return int(not all(row["met"] for row in rows))


def told(row: dict[str, Any]) -> str:
    """Return one row as a line."""
    value = "unknown" if row["value"] is None else f"{row['value']:.3g}"
    rest = {k: v for k, v in row.items() if k not in ("what", "value", "unit", "bar", "met")}
    figures = ", ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in rest.items())
    met = "met" if row["met"] else "MISSED"
    return f"{row['what']}: {value} {row['unit']} (bar {row['bar']:g}, {met}); {figures}"


if __name__ == "__main__":
    raise SystemExit(main())
