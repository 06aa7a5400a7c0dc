"""The selectors beside each other on a candidate's pool, as `entropy-assets compare` has them on a file.

It decides nothing, and is made when a team asks for it.

What belongs here: what is compared under the settings of a dataset, and keeping it. What does not: measuring
(`selector_comparison`).
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from entropy_assets.candidate.embedding import follow_from
from entropy_assets.candidate.limits import budget_of, constraints_of
from entropy_assets.candidate.manifests import PoolManifest, SelectorComparison
from entropy_assets.candidate.pool_texts import texts_of
from entropy_assets.candidate.probe import exam_sets
from entropy_assets.candidate.record_scores import score_files, scores_in, target_texts
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.selector_comparison import compare_selectors
from entropy_assets.candidate.selector_plan import Plan, Pool
from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.probe import ProbeParams
from entropy_assets.curation.selection import ZipParams
from entropy_assets.errors import InvalidParameter
from entropy_assets.language_models import model_digest
from entropy_assets.settings import SCORERS, SELECTORS, Settings
from entropy_assets.storage import digest_bytes, digest_value, seed_from

N_SEEDS = 5
"""Probes that are trained on each selection."""


def compare_on_pool(run: CandidateRun, manifest: PoolManifest) -> SelectorComparison:
    """Return the figures of every selector that the settings are enough for, on a candidate's pool.

    Chosen from are its training records, under the budget and the lists of the settings; measured on are its
    validation split, the exams of the settings, and the half of a target set that is not looked for. Each
    probe is a byte probe, of `probe.budget_bytes`. What is there goes on after a stop.

    Raises
    ------
    InvalidParameter
        The pool has no record to choose from or to measure on.
    """
    run.verify(manifest)
    pool, settings = run.load_pool(manifest), run.settings
    train = texts_of(pool, pools.TRAIN)
    held_out = list(Texts.of(pool.part(pools.VALIDATION)).windows(settings.law.record_bytes).texts)
    if not len(train):
        raise InvalidParameter(f"the pool of {run.key!r} has no record to choose from: bring more")
    plan = _plan(run, pool, train)
    base = {
        "pool": pool.digest,
        "plan": _follows_from(run, plan),
        "held_out": digest_value([digest_bytes(text) for text in held_out]),
    }

    def remember(parts: dict[str, Any], make: Callable[[], bytes]) -> bytes:
        return run.workspace.cache.remember("comparisons", base | parts, make)

    chosen_from = Pool(train.ids, train.texts, [source for source, _ in train.strata])
    found = compare_selectors(chosen_from, held_out, plan, remember)
    return SelectorComparison(provenance=run.provenance(manifest), figures=found)


def compared_selectors(settings: Settings) -> list[str]:
    """Return which selectors the settings are enough for: that of the settings first, then random, the rest.

    One that needs a file or a target set is among them where the settings name it.
    """
    own = settings.selection.selector
    enough = {name for name, one in SELECTORS.items() if one.is_ready} - {"zip_paper"}
    if getattr(settings.selection.table("scores"), "scores", ""):
        enough.add("scores")
    if getattr(settings.scoring.table("target"), "target", ""):
        enough.add("target")
    return [*dict.fromkeys((own, "random")), *(one for one in SELECTORS if one in enough - {own, "random"})]


def _plan(run: CandidateRun, pool: pools.Pool, train: Texts) -> Plan:
    settings = run.settings
    selection, probe, names = settings.selection, settings.probe, compared_selectors(settings)
    budget = budget_of(selection, train)
    exams = exam_sets(run)
    targets: list[bytes] = []
    if "target" in names:
        file = getattr(settings.scoring.table("target"), "target", "")
        halves: tuple[list[bytes], list[bytes]] = ([], [])
        for text in target_texts(run, file):
            halves[int(digest_bytes(text)[-8:], 16) % 2].append(text)
        targets, exams[f"target {Path(file).name.split('.')[0]}"] = halves
    by_scores = [name for name in names if "scores" in SELECTORS[name].needs or _asks(name)]
    found = {name: scores_in(run, pool, name, train.ids) for name in by_scores}
    return Plan(
        names,
        budget,
        settings.scoring,
        options={one: selection.table(one) for one in names if hasattr(selection, one)},
        how={
            "params": ZipParams(selection.n_candidates, selection.n_shortlist, selection.n_picks),
            "codec": selection.codec,
            "noise_guard": selection.noise_guard,
            "constraints": constraints_of(run, selection, pool, train, budget),
        },
        scores={name: own.values for name, own in found.items() if own is not None},
        targets=targets,
        exams={name: texts for name, texts in exams.items() if any(texts)},
        n_seeds=N_SEEDS,
        probe=ProbeParams(depth=probe.depth, device=probe.device),
        probe_bytes=probe.budget_bytes,
        exam_bytes=probe.heldout_bytes,
        seed=seed_from("compare", settings.seed),
        workers=run.workers,
        root=Path(str(run.workspace.root)),
    )


def _asks(name: str) -> bool:
    scorer = SELECTORS[name].scorer
    return bool(scorer) and "answers" in SCORERS[scorer].needs


def _follows_from(run: CandidateRun, plan: Plan) -> str:
    """Return a digest of all that the figures of one selector follow from, beside the pool and itself."""
    limits, settings, models = plan.how["constraints"], run.settings, []
    for scorer in sorted({SELECTORS[name].scorer for name in plan.selectors} - {""}):
        if file := getattr(settings.scoring.table(scorer), "model", "") if SCORERS[scorer].has_params else "":
            path, setting = plan.root / file, f"scoring.{scorer}.model"
            models.append(run.once(f"model {path}", partial(model_digest, path, setting)))
    selection = {**settings.selection.picks_follow_from, "selector": ""}
    return digest_value(
        {
            "selection": selection,
            "lists": [list(limits.keep), list(limits.never)],
            "scoring": asdict(settings.scoring),
            "scorers": {name: one.version for name, one in SCORERS.items()},
            "files": [score_files(run), models, follow_from(settings.scoring, plan.root)],
            "exams": {name: [digest_bytes(text) for text in own] for name, own in plan.exams.items()},
            "numbers": [plan.n_seeds, plan.probe_bytes, plan.exam_bytes, plan.seed],
        }
    )
