"""A language model as the probe: what it costs, whether L repeats, and which damaged records it tells apart.

Real instruction records of three sources are drawn by seed: some are trained on, others are read, as they are
and damaged one by one. A damaged record is told apart where its figure is above that of a sound one; AUC over
all pairs of the two, 0.5 by chance, of the loss in bits per byte and, for a language model, of the bits that
it takes to end the record where it ends. The byte probe is trained from scratch on the same bytes, beside it.
A run that was stopped goes on from its state; seconds are then those of the rest, and the row says so.

    python -m benchmarks.lm_probe --shared FOLDER --model PATH [--budget 262144] [--records 60]
"""

import argparse
import json
import re
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.answers import auc, pairs_of
from benchmarks.zip.machine import machine_kind, versions
from entropy_assets.curation.probe import ProbeParams, record_losses, train_probe
from entropy_assets.curation.probe.language import (
    LanguageProbeParams,
    LanguageTask,
    ending_losses,
    fine_tune,
    losses_under,
)
from entropy_assets.curation.probe.language.model import load_for_training

SOURCES = ("alpaca_en_demo", "gsm8k_train", "gpteacher_roleplay")
MAX_RISE = 1e-3
"""The bar: how far L of the same run may lie apart."""

Damage = Callable[[str, np.random.Generator], str]


def salad(text: str, rng: np.random.Generator) -> str:
    """Return a text with its words out of order; the white space between them stays."""
    words = text.split()
    shuffled = iter([words[i] for i in rng.permutation(len(words))])
    return re.sub(r"\S+", lambda _: next(shuffled), text)


def typing(text: str, rng: np.random.Generator) -> str:
    """Return a text in which every twentieth letter is left out, doubled, exchanged or another one."""
    made = list(text)
    for place in np.flatnonzero(rng.random(len(made) - 1) < 0.05).tolist():
        if made[place].isalpha():
            other = chr(97 + int(rng.integers(26)))
            made[place] = ("", made[place] * 2, made[place + 1] + made[place], other)[int(rng.integers(4))]
    return "".join(made)


def truncation(text: str, rng: np.random.Generator) -> str:
    """Return a text without its last part: a tenth to a half of its characters."""
    return text[: int(len(text) * (1 - rng.uniform(0.1, 0.5)))].rstrip()


DAMAGES: dict[str, Damage] = {"salad": salad, "typing": typing, "truncation": truncation}


def drawn(shared: Path, n_bytes: int, n_records: int) -> tuple[list[bytes], list[bytes]]:
    """Return texts of at least `n_bytes` bytes to train on, and others to read, of 100 to 1,500 bytes."""
    found = []
    for source in SOURCES:
        texts = ("\n\n".join(pair).encode() for pair in pairs_of(shared, source, 10**6))
        found += [text for text in texts if 100 <= len(text) <= 1_500]
    order = np.random.default_rng(0).permutation(len(found))
    texts = [found[i] for i in order]
    ends = np.cumsum([len(text) for text in texts[n_records:]])
    return texts[n_records : n_records + int(np.searchsorted(ends, n_bytes)) + 1], texts[:n_records]


def read_apart(
    name: str, figure: Callable[[list[bytes]], np.ndarray], sound: list[bytes], bad: dict[str, list[bytes]]
) -> dict[str, Any]:
    """Return the AUC of each kind of damage by one figure of records."""
    own = figure(sound)
    row = {"figure": name, "mean_sound": float(own.mean())}
    return row | {kind: auc(figure(texts), own) for kind, texts in bad.items()}


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """Return what was measured."""
    train, sound = drawn(given.shared, given.budget, given.records)
    bad = {
        kind: [make(t.decode(), np.random.default_rng([i, 7])).encode() for i, t in enumerate(sound)]
        for kind, make in DAMAGES.items()
    }
    params = LanguageProbeParams.of(given.model, budget_bytes=given.budget, device=given.device)
    small = ProbeParams(budget_bytes=given.budget, device="cpu")
    cpu = time.process_time()
    run, checkpoint = train_probe(train, small, seed=1)
    rows = [read_apart("byte probe, loss", lambda t: record_losses(checkpoint, t, small), sound, bad)]
    found: dict[str, Any] = {
        "budget_bytes": given.budget,
        "records": given.records,
        "byte_probe": {"loss_bpb": run.loss_bpb, "cpu_seconds": time.process_time() - cpu},
    }
    base = load_for_training(params)
    short = replace(params, budget_bytes=given.repeat)
    repeats = [fine_tune(LanguageTask(train, short, seed=1), base)[0] for _ in range(2)]
    found["repeated"] = {"bytes": given.repeat, "loss_bpb": [one.loss_bpb for one in repeats]}
    rows += apart(base, "before", params, sound, bad, given.workers)
    print(json.dumps(found | {"apart": rows}), flush=True)  # what there is, should the rest be stopped
    cpu = time.process_time()
    task = LanguageTask(train, params, seed=1, state=given.state)
    is_whole = not given.state.exists()
    tuned_run, tuned = fine_tune(task, base)
    found["language_model"] = {
        "model": given.model.name,
        "digest": params.digest,
        "numbers": base.dtype,
        "device": tuned_run.device,
        "loss_bpb": tuned_run.loss_bpb,
        "n_bytes": tuned_run.n_bytes,
        "seconds": tuned_run.seconds,
        "cpu_seconds": time.process_time() - cpu,
        "in_one_go": is_whole,
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "loss_curve": tuned_run.loss_curve,
    }
    rows += apart(tuned, "after", params, sound, bad, given.workers)
    return found | {"apart": rows, "machine": machine_kind(), "versions": versions()}


def apart(
    model: Any,
    when: str,
    params: LanguageProbeParams,
    sound: list[bytes],
    bad: dict[str, list[bytes]],
    workers: int,
) -> list[dict[str, Any]]:
    """Return the rows of a language model: by its loss, and by the loss of the record's end."""
    return [
        read_apart(f"{when}, loss", lambda t: losses_under(model, t, params, workers=workers), sound, bad),
        read_apart(f"{when}, end", lambda t: ending_losses(model, t, params, workers), sound, bad),
    ]


def table(found: dict[str, Any]) -> str:
    """Return the results as lines of Markdown."""
    lines = ["| figure | mean of sound records | " + " | ".join(DAMAGES) + " |", "|" + " --- |" * 5]
    for row in found["apart"]:
        cells = [f"{row[kind]:.3f}" for kind in DAMAGES]
        lines.append(f"| {row['figure']} | {row['mean_sound']:.3f} | {' | '.join(cells)} |")
    one, short = found["language_model"], found["repeated"]
    return "\n".join(
        [
            *lines,
            f"L {one['loss_bpb']:.4f} of {one['n_bytes']:,} bytes in {one['cpu_seconds']:.0f} CPU seconds "
            f"({one['seconds']:.0f} s), peak {one['peak_mib']:.0f} MiB, {one['numbers']} on {one['device']}",
            f"L of {short['bytes']:,} bytes twice: {short['loss_bpb']}",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write JSON and print the table; exit code 1 where L does not repeat."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="folder with data/")
    parser.add_argument("--model", type=Path, required=True, help="folder or GGUF file")
    parser.add_argument("--budget", type=int, default=262_144, help="bytes of the measured run")
    parser.add_argument("--repeat", type=int, default=8_192, help="bytes of the run that is made twice")
    parser.add_argument("--records", type=int, default=60, help="records that are read, each also damaged")
    parser.add_argument("--workers", type=int, default=2, help="threads that read")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--state", type=Path, default=Path("var/bench/lm_probe.state"))
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/lm_probe.json"))
    given = parser.parse_args(arguments)
    found = measure(given)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(table(found))
    one, other = found["repeated"]["loss_bpb"]
    return int(abs(one - other) > MAX_RISE)


if __name__ == "__main__":
    raise SystemExit(main())
