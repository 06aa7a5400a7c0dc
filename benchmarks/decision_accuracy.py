"""Decision accuracy: how often cheap figures rank two selections as a fine-tuned language model does.

On pools of `benchmarks.selectors` every selector picks, as `entropy-assets compare` has it pick. A language
model is fine-tuned on equal bytes of each selection, all weights, one pass; what decides is its loss on
held-out records of the pool, and on half of a target set. Cheap figures are of byte probes from scratch: R
(zstd-long), L, the residual from a law that is fitted on subsets of the pool, and the held-out loss on the
same set; the lower one is taken for the better. The interval is a percentile bootstrap over the selections of
a pool, which pairs share. A pair is distinguishable where its tuned models differ beyond the 95 % interval
over held-out records. A run that was ended goes on where it was.

    python -m benchmarks.decision_accuracy --model PATH [--data ../shared/data] [--case NAME ...]
"""

import argparse
import itertools
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.selectors import CASES, SELECTORS, Case, drawn
from benchmarks.zip.machine import machine_kind, versions
from entropy_assets.candidate.selector_comparison import compare_selectors, exams_of, sample_of
from entropy_assets.candidate.selector_picks import picks_of
from entropy_assets.candidate.selector_plan import Plan, Pool, Remember
from entropy_assets.compression import compression_ratio
from entropy_assets.curation.entropy_law import LawFit, Texts, calibration_subsets, fit_law
from entropy_assets.curation.probe import LanguageProbeParams, ProbeParams, ProbeTask, run_probes
from entropy_assets.curation.probe.language import LanguageTask, fine_tune, load_for_training, losses_under
from entropy_assets.curation.selection import Budget
from entropy_assets.settings import LawSettings, ScoringSettings
from entropy_assets.storage import canonical_json, digest_bytes, digest_value, seed_from

FIGURES = ("R", "L", "residual", "held-out")
GOAL = 0.8
RESAMPLES = 2_000
NORMAL_95 = 1.96


def kept_in(folder: Path, base: Mapping[str, Any]) -> Remember:
    """Return what keeps results in a folder, by what they follow from; a cut one is made again."""

    def remember(parts: dict[str, Any], make: Callable[[], bytes]) -> bytes:
        path = folder / f"{digest_value({**base, **parts})[:32]}.bin"
        if path.exists():
            return path.read_bytes()
        made, beside = make(), path.with_suffix(".part")
        beside.write_bytes(made)
        beside.rename(path)
        return made

    return remember


def measure_case(case: Case, given: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of each selector on a pool, cheap ones and those of the fine-tuned model."""
    whole, target = drawn(case, given.data)
    pool, held_out = whole.part(False), whole.part(True).texts
    plan = Plan(
        given.selectors,
        Budget(int(sum(map(len, whole.texts)) * case.share), "bytes"),
        ScoringSettings(probe_bytes=given.train_bytes),
        targets=target[::2],
        exams={f"target {Path(case.target).name}": target[1::2]},
        n_seeds=given.seeds,
        probe_bytes=given.train_bytes,
        exam_bytes=given.exam_bytes,
        workers=given.workers,
    )
    sizes = [given.train_bytes, given.exam_bytes, given.seeds]
    remember = kept_in(given.kept, {"pool": digest_value(list(pool.ids)), "sizes": sizes})
    compared = compare_selectors(pool, held_out, plan, remember)
    exams, n_bytes = exams_of(held_out, plan), compared["compared_bytes"]
    fit = _law(pool, plan, n_bytes, remember)
    params = LanguageProbeParams.of(given.model, budget_bytes=given.tune_bytes, device=given.device)
    tuned_on = remember_model(given, params)
    rows = {}
    for name in given.selectors:
        picks, own = picks_of(pool, plan, name, remember), compared["selectors"][name]
        samples = [sample_of(pool, picks, plan, n_bytes, number) for number in range(given.seeds)]
        ratios = json.loads(remember({"what": "ratios", "selector": name}, partial(_ratios, samples)))
        began = time.process_time()
        truth = tuned_on(samples[0], exams, seed_from("tune", case.name))
        print(f"{case.name}, {name}: {time.process_time() - began:.0f} CPU s", file=sys.stderr, flush=True)
        rows[name] = {
            "R": own["ratio_zstd_long"],
            "L": own["loss_bpb"][0],
            "residual": fit.residual(float(np.mean(ratios)), own["loss_bpb"][0]),
            "held-out": {exam: own["heldout"][exam][0] for exam in exams},
            "tuned": truth,
        }
    return {"records": len(pool.ids), "compared_bytes": n_bytes, "selections": rows, "law": fit.rows()}


def _ratios(samples: Sequence[list[bytes]]) -> bytes:
    return canonical_json([compression_ratio(texts, "zstd_long") for texts in samples])


def _law(pool: Pool, plan: Plan, n_bytes: int, remember: Remember) -> LawFit:
    """Return the law of byte probes from scratch on subsets of a pool."""
    texts = Texts(list(pool.ids), list(pool.texts), [(source, "") for source in pool.sources])
    amount = min(plan.probe_bytes, n_bytes)
    params = ProbeParams(budget_bytes=amount)
    n_points = min(LawSettings().n_points, int(texts.sizes.sum()) // (amount + amount // 8))

    def measure() -> bytes:
        subsets = calibration_subsets(texts, n_points, amount, plan.seed)
        tasks = [
            ProbeTask([pool.texts[i] for i in subset.indices], params, seed_from("law", number))
            for number, subset in enumerate(subsets)
        ]
        runs = [run for run, _ in run_probes(tasks, plan.workers)]
        ratios = [compression_ratio(task.texts, "zstd_long") for task in tasks]
        return canonical_json([[r, run.loss_bpb] for r, run in zip(ratios, runs, strict=True)])

    points = [
        (r, loss) for r, loss in json.loads(remember({"what": "law", "of": [amount, n_points]}, measure))
    ]
    fit = fit_law(points)
    if fit is None:
        raise SystemExit(f"{len(points)} subsets are too few for a law: take fewer --train-bytes")
    return fit


def remember_model(
    given: argparse.Namespace, params: LanguageProbeParams
) -> Callable[[list[bytes], Mapping[str, list[bytes]], int], dict[str, Any]]:
    """Return what fine-tunes a model on texts and reads sets with it, or knows what it found before."""
    loaded: list[Any] = []

    def tuned_on(texts: list[bytes], exams: Mapping[str, list[bytes]], seed: int) -> dict[str, Any]:
        parts = {
            "params": params.parts,
            "seed": seed,
            "texts": [digest_bytes(text) for text in texts],
            "exams": {name: [digest_bytes(text) for text in own] for name, own in exams.items()},
        }

        def measure() -> bytes:
            if not loaded:
                loaded.append(load_for_training(params))
            state = given.kept / f"{digest_value(parts)[:32]}.state"
            began = time.process_time()
            run, model = fine_tune(LanguageTask(texts, params, seed, state=state), loaded[0])
            spent = time.process_time() - began
            records = {
                name: losses_under(model, own, params, workers=given.workers).tolist()
                for name, own in exams.items()
            }
            mean = {
                name: float(
                    np.average(values, weights=np.minimum([*map(len, exams[name])], params.max_record_bytes))
                )
                for name, values in records.items()
            }
            return canonical_json(
                {
                    "L": run.loss_bpb,
                    "bytes": run.n_bytes,
                    "cpu_seconds": spent,
                    "bpb": mean,
                    "records": records,
                }
            )

        found: dict[str, Any] = json.loads(kept_in(given.kept, {"what": "tuned"})(parts, measure))
        return found

    return tuned_on


def pairs_of(rows: Mapping[str, dict[str, Any]], exam: str) -> list[dict[str, Any]]:
    """Return for each two selections whether each figure orders them as the fine-tuned models do.

    A figure that is equal for both is half right.
    """
    found = []
    for one, other in itertools.combinations(rows, 2):
        truth = rows[one]["tuned"]["bpb"][exam] - rows[other]["tuned"]["bpb"][exam]
        records = np.subtract(*(rows[name]["tuned"]["records"][exam] for name in (one, other)))
        half = NORMAL_95 * records.std(ddof=1) / np.sqrt(len(records))
        right = {}
        for figure in FIGURES:
            values = [rows[name][figure] for name in (one, other)]
            own = values[0] - values[1] if figure != "held-out" else values[0][exam] - values[1][exam]
            right[figure] = 0.5 if own == 0 else float((own < 0) == (truth < 0))
        found.append({"pair": [one, other], "told_apart": bool(abs(records.mean()) > half), "right": right})
    return found


def accuracy(cases: Mapping[str, Mapping[str, dict[str, Any]]], figure: str, apart: bool) -> dict[str, Any]:
    """Return how often a figure is right over the pairs of all cases and sets, with its 95 % interval.

    Parameters
    ----------
    cases
        Case -> set -> `pairs_of`.
    figure
        One of `FIGURES`.
    apart
        Whether only pairs count that the fine-tuned models tell apart.
    """
    tables = []
    for sets in cases.values():
        for pairs in sets.values():
            names = sorted({name for pair in pairs for name in pair["pair"]})
            table = np.full((len(names), len(names)), np.nan)
            for pair in pairs:
                if pair["told_apart"] or not apart:
                    i, j = (names.index(name) for name in pair["pair"])
                    table[i, j] = table[j, i] = pair["right"][figure]
            tables.append(table)
    if not (n_pairs := sum(int(np.isfinite(table).sum()) for table in tables) // 2):
        return {"share": None, "pairs": 0}
    rng, shares = np.random.default_rng(0), []
    for _ in range(RESAMPLES):
        draws = [rng.integers(len(table), size=len(table)) for table in tables]
        taken = [table[np.ix_(own, own)] for table, own in zip(tables, draws, strict=True)]
        found = np.concatenate([part[np.triu_indices(len(part), 1)] for part in taken])
        if np.isfinite(found).any():
            shares.append(float(np.nanmean(found)))
    right = sum(float(np.nansum(table)) for table in tables) / 2
    low, high = np.quantile(shares, [0.025, 0.975])
    return {"share": right / n_pairs, "low": float(low), "high": float(high), "pairs": n_pairs}


def judged(cases: Mapping[str, Any]) -> dict[str, Any]:
    """Return the accuracy of each figure: on all sets, on each kind of set, and of pairs told apart."""
    pairs: dict[str, dict[str, Any]] = {"in distribution": {}, "target": {}}
    for name, case in cases.items():
        rows = case["selections"]
        for exam in next(iter(rows.values()))["tuned"]["bpb"]:
            kind = "target" if exam.startswith("target ") else exam
            pairs[kind].setdefault(name, {})[exam] = pairs_of(rows, exam)
    return {
        figure: {
            f"{kind}, {of}": accuracy(own, figure, apart)
            for kind, own in pairs.items()
            for of, apart in (("all pairs", False), ("distinguishable", True))
        }
        for figure in FIGURES
    }


def shown(found: Mapping[str, Any]) -> str:
    """Return the accuracies as Markdown."""
    columns = list(next(iter(found["accuracy"].values())))
    lines = [
        f"| figure, the lower the better | {' | '.join(columns)} |",
        f"| --- |{' ---: |' * len(columns)}",
    ]
    for figure, own in found["accuracy"].items():
        cells = [
            "-"
            if one["share"] is None
            else f"{one['share']:.0%} ({one['low']:.0%} to {one['high']:.0%}) of {one['pairs']}"
            for one in own.values()
        ]
        lines.append(f"| {figure} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, write JSON after each case, print the table."""
    given = _parser().parse_args(arguments)
    given.selectors = tuple(given.selectors.split(","))
    given.kept.mkdir(parents=True, exist_ok=True)
    cases: dict[str, Any] = {}
    for case in [one for one in CASES if one.name in given.case]:
        cases[case.name] = measure_case(case, given)
        found = {
            "machine": machine_kind(),
            "versions": versions(),
            "model": given.model.name,
            "tune_bytes": given.tune_bytes,
            "train_bytes": given.train_bytes,
            "exam_bytes": given.exam_bytes,
            "seeds": given.seeds,
            "goal": GOAL,
            "accuracy": judged(cases),
            "cases": cases,
        }
        given.out.parent.mkdir(parents=True, exist_ok=True)
        given.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        print(f"\n{', '.join(cases)}\n\n{shown(found)}", flush=True)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="folder or GGUF file of a language model")
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder of the public files"
    )
    parser.add_argument("--case", nargs="+", default=[CASES[0].name], choices=[one.name for one in CASES])
    parser.add_argument("--selectors", default=",".join(SELECTORS), help="names with commas between")
    parser.add_argument(
        "--tune-bytes", type=int, default=32_768, help="bytes that the model is fine-tuned on"
    )
    parser.add_argument("--train-bytes", type=int, default=65_536, help="bytes of a byte probe")
    parser.add_argument("--exam-bytes", type=int, default=24_576, help="bytes that are read of each set")
    parser.add_argument("--seeds", type=int, default=5, help="byte probes of each selection")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--kept", type=Path, default=Path("var/bench/decision_accuracy"))
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/decision_accuracy.json"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
