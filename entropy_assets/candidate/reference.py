"""What a candidate is compared with: the parent's pool and selection, and probe runs on these.

Everything here depends on the parent's content and the settings alone, so it is made once and kept.

What belongs here: loading and remembering. What does not: measuring and judging.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from entropy_assets import records
from entropy_assets.candidate.choosing import select_from
from entropy_assets.candidate.going_on import base_of
from entropy_assets.candidate.mixture import selection_of
from entropy_assets.candidate.pool_texts import texts_of
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.selection import selected_texts
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.compression import compression_ratio, sample_of_bytes
from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Runs, Texts, fold
from entropy_assets.curation.probe import (
    AnyParams,
    AnyTask,
    LanguageProbeParams,
    LanguageTask,
    ProbeParams,
    ProbeRun,
    ProbeTask,
    measure_probes,
)
from entropy_assets.curation.probe.language import FULL_RATE, LORA_RATE, SETTING
from entropy_assets.curation.publication import verify_version
from entropy_assets.ids import column_of, searched
from entropy_assets.language_models import model_digest
from entropy_assets.ledger import State
from entropy_assets.shards import read_records, read_shard
from entropy_assets.storage import canonical_json, digest_bytes, digest_value, is_local, seed_from

Exam = dict[str, list[bytes]]
"""Record id -> its held-out text, alone in a list: losses are compared record by record."""


@dataclass(frozen=True)
class Reference:
    """A parent version with all that its candidates are compared with.

    Parameters
    ----------
    version
        Name of the parent version.
    pool
        Its pool under the present split.
    selected
        What a selector, in general that of the settings, picks from it, in order of choice.
    digest
        Digest of pool and selection.
    """

    version: str
    pool: pools.Pool
    selected: Texts
    digest: str

    def known_part(self, chosen: Texts, pool: pools.Pool, known_records: int) -> Texts:
        """Return the records of a selection whose stratum has at least `known_records` promoted records.

        Parameters
        ----------
        chosen
            Selected from the candidate's pool.
        pool
            That pool: what of it is not in the parent's is the drop.
        known_records
            Promoted records from which on a stratum is known.
        """
        promoted, whole = self.texts(), texts_of(pool)
        reference = self.pool.once("strata", lambda: Counter(promoted.strata))
        is_known = searched(column_of(whole.ids), column_of(promoted.ids))[1]
        folded = fold(whole.take(np.flatnonzero(~is_known)).strata, reference, known_records)
        counts: Counter[tuple[str, str]] = Counter()
        for stratum, n in reference.items():
            counts[folded[stratum]] += n
        known = {stratum for stratum, judged_in in folded.items() if counts[judged_in] >= known_records}
        return chosen.only(known)

    def texts(self) -> Texts:
        """Return the texts of all records of the pool."""
        return texts_of(self.pool)

    @property
    def train(self) -> Texts:
        """Training records of the pool."""
        return texts_of(self.pool, pools.TRAIN)


def load_reference(run: CandidateRun, selector: str = "") -> Reference | None:
    """Return the reference of a run's parent, None before the first version; it is made once a run.

    Both are picked from by one `selector`, that of the candidate's selection; empty is that of the settings.
    """
    own = run.settings.selection.selector
    chosen = selector or own

    def make() -> Reference | None:
        base = base_of(run) if chosen == own else None
        return None if run.parent.version is None else make_reference(run, run.parent, base, chosen)

    return run.once(f"reference {chosen}", make)


def make_reference(
    run: CandidateRun, state: State, base: State | None = None, selector: str = ""
) -> Reference:
    """Return the reference of a promoted state under the present settings; `base` as in `select_from`."""
    pool = run.parent_pool if state.digest == run.parent.digest else run.pool_of(state)
    settings = selection_of(run, pool)
    made = select_from(run, pool, settings, selector or settings.selector, base)
    (shard,) = made["shards"].shards
    selected = selected_texts(pool, read_shard(run.workspace.root, shard))
    return Reference(state.version or "", pool, selected, digest_value([pool.digest, made["content"]]))


def version_texts(workspace: Workspace, version: str, split: str) -> Texts:
    """Return the texts of one split of a promoted version, in a file, after a check of its files."""
    return Texts.stored(version_frames(workspace, version, split)(None), workspace.folder_for_texts())


def anchor_texts(run: CandidateRun, version: str) -> Texts:
    """Return the training texts of the version that drift is measured from; they are read once a run."""
    return run.once(f"train {version}", lambda: version_texts(run.workspace, version, "train"))


def version_records(workspace: Workspace, version: str, split: str) -> pl.DataFrame:
    """Return the records of one split of a promoted version, sorted by id, after a check of its files."""
    return pl.concat(version_frames(workspace, version, split)(None)).sort("id")


def version_frames(workspace: Workspace, version: str, split: str) -> pools.Frames:
    """Return how the records of one split of a promoted version are read, a file at a time.

    The files are checked now, once for all readings.
    """
    folder = workspace.home.version(version)
    files = sorted(verify_version(workspace.home, version)["files"])

    def frames(columns: Sequence[str] | None) -> Iterator[pl.DataFrame]:
        wanted = records.SCHEMA.names() if columns is None else list(columns)
        yield records.SCHEMA.to_frame().select(wanted)
        for path in files:
            if path.startswith(f"data/{split}-"):
                yield read_records((folder / path).read_bytes(), wanted)

    return frames


def make_exam(texts: Texts, n_bytes: int, seed: int) -> Exam:
    """Return at most `n_bytes` bytes of validation records, sorted by id."""
    picked = texts.take(sample_of_bytes(texts.sizes, n_bytes, seed)) if len(texts) else texts
    return {record_id: [text] for record_id, text in sorted(zip(picked.ids, picked.texts, strict=True))}


def probe_model(run: CandidateRun) -> tuple[Path, str] | None:
    """Return path and digest of the language model that is the probe; None where it is the byte probe.

    Raises
    ------
    InvalidInput
        The settings name one, and there is none.
    """
    name = run.settings.probe.model
    if not name:
        return None
    path = Path(str(run.workspace.root)) / name
    return path, run.once(f"model {path}", lambda: model_digest(path, SETTING))


def probe_params(run: CandidateRun, budget_bytes: int) -> AnyParams:
    """Return the probe's parameters for runs of `budget_bytes` training bytes."""
    probe, named = run.settings.probe, probe_model(run)
    if named is None:
        return ProbeParams(depth=probe.depth, budget_bytes=budget_bytes, device=probe.device)
    return LanguageProbeParams(
        *named,
        budget_bytes=budget_bytes,
        loss=probe.loss,
        context_tokens=probe.context_tokens,
        batch_tokens=probe.batch_tokens,
        learning_rate=probe.rate_factor * (LORA_RATE if probe.lora_rank else FULL_RATE),
        lora_rank=probe.lora_rank,
        gradient_checkpointing=probe.gradient_checkpointing,
        device=probe.device,
    )


def task_on(
    texts: Texts, picked: np.ndarray, params: AnyParams, seed: int, start: bytes | None, exam: Exam | None
) -> AnyTask:
    """Return the probe task on some of these texts."""
    chosen = [texts.texts[i] for i in picked]
    if isinstance(params, ProbeParams):
        return ProbeTask(chosen, params, seed, start, exam)
    spans = None
    if params.loss == "answers" and texts.spans is not None:
        spans = [texts.spans[i] for i in picked]
    return LanguageTask(chosen, params, seed, spans, exam)


def run_samples(
    texts: Texts, n_samples: int, params: AnyParams, seed: int, start: bytes | None, exam: Exam | None
) -> list[AnyTask]:
    """Return probe tasks on seeded samples of equal bytes of a selection."""
    tasks = []
    for number in range(n_samples):
        own_seed = seed_from(seed, "run", number)
        picked = sample_of_bytes(texts.sizes, params.budget_bytes, own_seed)
        tasks.append(task_on(texts, picked, params, own_seed, start, exam))
    return tasks


def run_remembered(
    run: CandidateRun, tasks: Sequence[AnyTask], sets: Mapping[str, Sequence[bytes]] | None = None
) -> list[dict[str, Any]]:
    """Return what each probe run measured, and R of its bytes; a run that was made before is kept.

    Parameters
    ----------
    run
        Where results are kept.
    tasks
        What to run.
    sets
        Name -> texts of evaluation sets on which each run that sits an exam reports its loss too, as
        `exam_bpb`.
    """
    digest = cache(digest_bytes)  # runs share their checkpoint and their exam
    asked = [task if task.heldout is None or not sets else replace(task, sets=sets) for task in tasks]
    parts = [_task_parts(task, digest) for task in asked]
    stored = run.workspace.cache
    missing: dict[str, tuple[AnyTask, dict[str, Any]]] = {}
    for task, own in zip(asked, parts, strict=True):
        if stored.get("probe_runs", own) is None:
            missing.setdefault(digest_value(own), (_with_state(run, task, own), own))
    made = measure_probes([task for task, _ in missing.values()], run.workers)
    fresh = {}
    for (key, (task, own)), measured in zip(missing.items(), made, strict=True):
        fresh[key] = stored.keep("probe_runs", own, _result_of(task, measured))
    return [json.loads(fresh.get(digest_value(own)) or stored.get("probe_runs", own) or b"") for own in parts]


def _with_state(run: CandidateRun, task: AnyTask, parts: dict[str, Any]) -> AnyTask:
    """Return a task that keeps its state in the middle of its pass, where it is long and the store a disk."""
    if isinstance(task, ProbeTask) or not is_local(run.workspace.root):
        return task
    return replace(task, state=Path(str(run.workspace.cache.path("probe_states", parts))))


def _result_of(task: AnyTask, run: ProbeRun) -> bytes:
    measured = {
        "ratio": compression_ratio(task.texts, "zstd_long"),
        "loss_bpb": run.loss_bpb,
        "loss_curve": run.loss_curve,
        "heldout_bpb": run.heldout_bpb_overall,
        "record_heldout_bpb": list(run.heldout_bpb.values()),
        "n_bytes": run.n_bytes,
        "n_records": run.n_records,
        "device": run.device,
        "bytes_per_second": run.bytes_per_second,
    }
    if run.exam_bpb:
        measured["exam_bpb"] = run.exam_bpb
    return canonical_json(measured)


def _task_parts(task: AnyTask, digest: Callable[[bytes], str]) -> dict[str, Any]:
    """Return all that a run's result follows from."""
    exam, tested = (
        {name: [digest(t) for t in texts] for name, texts in (own or {}).items()}
        for own in (task.heldout, task.sets)
    )
    start = task.start if isinstance(task, ProbeTask) else None
    parts = {
        "texts": [digest(text) for text in task.texts],
        "params": task.params.parts,
        "seed": task.seed,
        "start": digest(start) if start else None,
        "exam": exam,
    }
    if isinstance(task, LanguageTask) and task.counted is not None:
        parts["spans"] = digest_value(task.counted)
    return parts | ({"sets": tested} if task.sets else {})


def runs_of(runs: Sequence[dict[str, Any]]) -> Runs:
    """Return stored probe runs in the form that the gate measures."""
    return Runs(
        ratios=tuple(run["ratio"] for run in runs),
        losses_bpb=tuple(run["loss_bpb"] for run in runs),
        heldout_bpb=tuple(tuple(run["record_heldout_bpb"]) for run in runs),
    )
