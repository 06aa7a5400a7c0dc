"""How well a language model tells answers from shuffled ones, and what it costs.

Of each source a sample of questions is read with its own answers, with one another's, and the answers are
read alone. Then drops are made: a half of the sample stands for promoted records, the other half is the
drop, in which a share of the answers is shuffled between questions; the gate's rule judges each under the
default policy. The drops of a source are drawn from one sample again and again, so they are not independent,
and no interval is given. Scores are kept in a file, so that a run that was stopped goes on. Which number
is used, how it is counted and the limit were chosen on the development sources; the others came after.

    python -m benchmarks.answers --shared FOLDER --model PATH [--model PATH …] [--records 200]
"""

import argparse
import itertools
import json
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zstandard

from entropy_assets.curation.entropy_law.drop.answers import AnswersMeasured, measure_answers
from entropy_assets.curation.entropy_law.drop.exchanges import AnswerSample
from entropy_assets.curation.llm import LanguageModel, load_model, score_pairs
from entropy_assets.settings import AnswerSettings, PolicySettings
from entropy_assets.storage import digest_value, seed_from

SOURCES = {
    "alpaca_en_demo": "development",
    "gpteacher_codegen": "development",
    "gsm8k_train": "development",
    "gpteacher_roleplay": "development",
    "gpteacher_toolformer": "test",
    "alpaca_zh_demo": "test",
}
SHARES = (0.0, 0.05, 0.1, 0.2, 0.4)
CHUNK = 48
SUMS, N_WRONG = "gsm8k_train", 60
DEFAULTS = AnswerSettings()

Pair = tuple[str, str]
Scores = dict[str, tuple[float, float]]


def pairs_of(shared: Path, source: str, n_records: int) -> list[Pair]:
    """Return questions and answers of a source, a seeded sample without repeats."""
    plain = shared / "data" / "forms" / f"{source}.jsonl"
    packed = shared / "data" / "instruct" / f"{source}.jsonl.zst"
    if plain.is_file():
        text = plain.read_text(encoding="utf-8")
    else:
        text = zstandard.ZstdDecompressor().decompressobj().decompress(packed.read_bytes()).decode()
    found: dict[Pair, None] = {}
    for row in map(json.loads, filter(None, text.split("\n"))):
        question = "\n\n".join(filter(None, (row["instruction"], row.get("input"))))
        answer = row.get("output") or row.get("response")
        if question and answer:
            found[question, answer] = None
    pairs = sorted(found, key=digest_value)
    order = np.random.default_rng(seed_from("answers", source)).permutation(len(pairs))
    return [pairs[i] for i in order[:n_records]]


def shuffled(pairs: Sequence[Pair]) -> list[Pair]:
    """Return each question with the answer of the one after it."""
    return [(question, pairs[(i + 1) % len(pairs)][1]) for i, (question, _) in enumerate(pairs)]


def wrong_numbers(source: str, pairs: Sequence[Pair]) -> list[Pair]:
    """Return some sums of the source of sums with another result; none of other sources."""
    if source != SUMS:
        return []
    return [(question, re.sub(r"\d+(?=\D*$)", _other_number, answer)) for question, answer in pairs[:N_WRONG]]


def _other_number(found: re.Match[str]) -> str:
    return str(int(found.group()) + 1 + int(found.group()) % 7)


def read_scores(path: Path) -> Scores:
    """Return pair digest -> (loss in bits, yes-logit), of what was read before."""
    if not path.is_file():
        return {}
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {row["pair"]: (row["loss_bits"], row["yes_logit"]) for row in rows}


def score_all(model: LanguageModel, pairs: Sequence[Pair], path: Path, batch: int) -> Scores:
    """Return the scores of all pairs; what is missing is read and appended to the file, chunk by chunk."""
    scores = read_scores(path)
    missing = [pair for pair in dict.fromkeys(pairs) if digest_value(pair) not in scores]
    for start in range(0, len(missing), CHUNK):
        part = missing[start : start + CHUNK]
        began = time.perf_counter()
        found = score_pairs(model, part, DEFAULTS.prompt, DEFAULTS.max_bytes, batch, os.cpu_count() or 1)
        seconds = (time.perf_counter() - began) / len(part)
        with path.open("a", encoding="utf-8") as out:
            for pair, score in zip(part, found, strict=True):
                scores[digest_value(pair)] = (score.loss_bits, score.yes_logit)
                row = {"pair": digest_value(pair), "loss_bits": score.loss_bits, "yes_logit": score.yes_logit}
                out.write(json.dumps({**row, "seconds": seconds}) + "\n")
    return scores


def auc(higher: np.ndarray, lower: np.ndarray) -> float:
    """Return the chance that one of the first is above one of the second, ties by half."""
    left, right = np.asarray(higher)[:, None], np.asarray(lower)[None]
    return float(((left > right) + 0.5 * (left == right)).mean())


def judged(pairs: Sequence[Pair], scores: Scores, share: float, seed: int) -> AnswersMeasured:
    """Return what is measured on a drop of one half of the pairs, a share of whose answers is shuffled."""
    rng = np.random.default_rng([seed, round(share * 100)])
    order = rng.permutation(len(pairs))
    other = shuffled(pairs)
    promoted, own = np.split(order, 2) if len(order) % 2 == 0 else np.split(order[:-1], 2)
    hit = set(own[: round(share * len(own))].tolist())
    drop = [other[i] if i in hit else pairs[i] for i in own.tolist()]
    sample = AnswerSample(
        drop_ids=[str(i) for i in own],
        drop=drop,
        reference=[pairs[i] for i in promoted],
        swapped=[other[i] for i in promoted],
        drop_strata=[("one", "en")] * len(own),
        strata=[("one", "en")] * len(promoted),
    )
    values = np.array([scores[digest_value(pair)] for pair in sample.pairs])
    return measure_answers(sample, values[:, 0], values[:, 1])


def summary(source: str, pairs: Sequence[Pair], scores: Scores, n_drops: int) -> dict[str, Any]:
    """Return AUC of each score and together, and what becomes of drops at each share."""
    other = shuffled(pairs)
    true, swapped = (np.array([scores[digest_value(pair)] for pair in part]) for part in (list(pairs), other))
    alone = np.array([scores[digest_value(("", answer))][0] for _, answer in pairs])
    told, told_swapped = alone - true[:, 0], np.roll(alone, -1) - swapped[:, 0]
    sizes = np.array([min(len(answer.encode()), DEFAULTS.max_bytes) for _, answer in pairs])
    policy = PolicySettings()
    rows = []
    for share in SHARES:
        found = [judged(pairs, scores, share, seed) for seed in range(n_drops)]
        measured = [one.measurement for one in found if one.measurement is not None]
        limit = policy.max_mismatched_answers
        held = [m.needs(policy.confidence) > limit for m in measured]
        rows.append(
            {
                "share": share,
                "drops": n_drops,
                "off": n_drops - len(measured),
                "held": sum(held),
                "seen": sum(m.value > limit for m in measured),
                "mean": float(np.mean([m.value for m in measured])) if measured else None,
                "standard_error": float(np.mean([m.standard_error for m in measured])) if measured else None,
                "flagged_true": float(np.mean([one.flagged_true for one in found])),
                "flagged_swapped": float(np.mean([one.flagged_swapped for one in found])),
            }
        )
    return {
        "source": source,
        "split": SOURCES[source],
        "records": len(pairs),
        "auc_loss": auc(-true[:, 0] / sizes, -swapped[:, 0] / np.roll(sizes, -1)),
        "auc_told": auc(told, told_swapped),
        "auc_told_by_byte": auc(told / sizes, told_swapped / np.roll(sizes, -1)),
        "auc_yes": auc(true[:, 1], swapped[:, 1]),
        **_seen_wrong(source, pairs, scores),
        "drops": rows,
    }


def _seen_wrong(source: str, pairs: Sequence[Pair], scores: Scores) -> dict[str, float]:
    """Return how well right results are told from wrong ones, which is not what the rule is for."""
    wrong = wrong_numbers(source, pairs)
    values = [
        np.array([[scores[digest_value(("", a))][0] - scores[digest_value((q, a))][0] for q, a in part]])
        for part in (pairs[: len(wrong)], wrong)
    ]
    return {"auc_wrong_number": auc(*(value[0] for value in values))} if wrong else {}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Return the results as lines of Markdown."""
    names = ["model", "source", "split", "AUC told", "by byte", "loss", "yes/no", "flagged true, swapped"]
    names += [*(f"held at {share:.0%}" for share in SHARES), "s a pair"]
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    for row in rows:
        first = row["drops"][0]
        held = [
            "off" if d["off"] == d["drops"] else f"{d['held']}/{d['drops']} ({d['mean']:.2f})"
            for d in row["drops"]
        ]
        aucs = [f"{row[k]:.3f}" for k in ("auc_told", "auc_told_by_byte", "auc_loss", "auc_yes")]
        flagged = f"{first['flagged_true']:.2f}, {first['flagged_swapped']:.2f}"
        cells = [row["model"], f"{row['source']} ({row['records']})", row["split"], *aucs, flagged]
        lines.append("| " + " | ".join([*cells, *held, f"{row['seconds_a_pair']:.2f}"]) + " |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read, judge, write JSON and print the table; rows of other models and sources stay in the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="folder with data/")
    parser.add_argument("--model", type=Path, action="append", required=True, help="folder or GGUF file")
    parser.add_argument("--sources", nargs="+", default=list(SOURCES), choices=list(SOURCES))
    parser.add_argument("--records", type=int, default=200, help="of each source; a drop is half of them")
    parser.add_argument("--drops", type=int, default=50, help="drops at each share")
    parser.add_argument("--batch", type=int, default=8, help="pairs that are read at once")
    parser.add_argument("--device", default="auto")
    parser.add_argument(
        "--scores", type=Path, default=Path("var/bench/answers"), help="where scores are kept"
    )
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/answers.json"))
    given = parser.parse_args(arguments)
    given.scores.mkdir(parents=True, exist_ok=True)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    rows = json.loads(given.out.read_text()) if given.out.is_file() else []
    for path, source in itertools.product(given.model, given.sources):
        row = measure(path, source, given)
        rows = [one for one in rows if (one["model"], one["source"]) != (row["model"], source)] + [row]
        given.out.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
        print(table([row]), flush=True)
    print(table(rows))
    return 0


def measure(path: Path, source: str, given: argparse.Namespace) -> dict[str, Any]:
    """Return a row of the results: one model on one source."""
    model = load_model(path, given.device)
    kept = given.scores / f"{model.digest[:16]}-{source}.jsonl"
    pairs = pairs_of(given.shared, source, given.records)
    asked = [*pairs, *shuffled(pairs), *wrong_numbers(source, pairs)]
    asked += [("", answer) for _, answer in asked]
    scores = score_all(model, asked, kept, given.batch)
    seconds = [json.loads(line)["seconds"] for line in kept.read_text(encoding="utf-8").splitlines()]
    return {
        "model": path.stem if path.is_file() else path.name,
        "digest": model.digest,
        "device": model.device.type,
        "numbers": model.dtype,
        "batch": given.batch,
        "seconds_a_pair": float(np.median(seconds)),
        **summary(source, pairs, scores, given.drops),
    }


if __name__ == "__main__":
    raise SystemExit(main())
