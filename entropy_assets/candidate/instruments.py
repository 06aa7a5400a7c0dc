"""What drops and candidates are measured with: known words, the probe's checkpoint, its losses, exam and law.

They are made on the promoted state that `carried` names, under the present settings, and follow from both, so
they are found by these and that state's pool is read only where one of them is not kept. The detector of
damage (`damage`) is made on the same state.

What belongs here: making and remembering them. What does not: measuring with them, and which state that is.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import polars as pl

from entropy_assets.candidate.carried import carried_state
from entropy_assets.candidate.pool_texts import texts_of
from entropy_assets.candidate.record_scores import scores_follow_from
from entropy_assets.candidate.reference import (
    Reference,
    make_reference,
    probe_params,
    run_remembered,
    task_on,
    version_texts,
)
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.compression import sample_of_bytes
from entropy_assets.curation.entropy_law import (
    MAX_REFERENCE,
    KnownWords,
    LawFit,
    Texts,
    calibration_subsets,
    fit_law,
)
from entropy_assets.curation.probe import ProbeParams, losses_of, train_probe
from entropy_assets.ids import column_of, digest_of
from entropy_assets.storage import canonical_json, digest_bytes, digest_value, read_list, seed_from
from entropy_assets.texts import one_by_one

MIN_CALIBRATION_BYTES = 8_192

CALIBRATED = 16
"""The law's subsets are drawn from so many times their bytes at most: the records with the lowest ids."""

SCORED, MIN_SCORED = 2, 40
"""Promoted records whose losses are taken, in numbers of those of a drop; and of each stratum at least."""

ItemSources = list[tuple[str, str, bytes]]
"""(id, source, text) of each record of an exam, sorted by id."""


def may_be_trained_on(ids: Sequence[str]) -> np.ndarray:
    """Return which of n records the checkpoint may see: (n,) bool, a half of all, by their ids.

    The other half, selected or not, stays unseen: per-record losses of promoted records are taken on
    it, so they are those of new text, and of the pool and not of what a selector left of it.

    >>> may_be_trained_on(["00000000" "00000002", "00000000" "0000000f"]).tolist()
    [True, False]
    """
    numbers = column_of(ids).str.slice(8, 8).str.to_integer(base=16, dtype=pl.Int64)
    may_be: np.ndarray = numbers.to_numpy() % 2 == 0
    return may_be


def checkpoint(run: CandidateRun) -> bytes | None:
    """Return the checkpoint that probe runs of a parent's candidates start from.

    None where they start from a language model, as the settings name it.
    """
    settings = run.settings
    params = probe_params(run, settings.probe.checkpoint_bytes)
    if not isinstance(params, ProbeParams):
        return None

    def compute() -> bytes:
        chosen = _reference(run).selected.windows(settings.law.record_bytes)
        texts = chosen.take(np.flatnonzero(may_be_trained_on(chosen.ids))).texts
        parts = {
            "texts": [*map(digest_bytes, one_by_one(texts))],
            "params": params.parts,
            "seed": settings.seed,
        }
        return train_probe(texts, params, seed=seed_from("checkpoint", parts))[1]

    return _made(run, "checkpoints", {"params": params.parts}, compute)


def law(run: CandidateRun, run_bytes: int) -> LawFit | None:
    """Return the law, fitted on runs of `run_bytes`; None where these are too few."""
    if run_bytes < MIN_CALIBRATION_BYTES:
        return None
    settings = run.settings.law
    params, start = probe_params(run, run_bytes), checkpoint(run)

    def compute() -> bytes:
        reference = _reference(run)
        seed = seed_from("law", run.settings.seed, reference.digest)
        texts = reference.train.windows(settings.record_bytes)
        least = CALIBRATED * settings.n_points * run_bytes
        texts = texts.take(range(min(len(texts), 1 + int(np.searchsorted(np.cumsum(texts.sizes), least)))))
        subsets = calibration_subsets(texts, settings.n_points, run_bytes, seed)
        tasks = [
            task_on(texts, np.asarray(subset.indices), params, seed_from(seed, number), start, None)
            for number, subset in enumerate(subsets)
        ]
        points = [(made["ratio"], made["loss_bpb"]) for made in run_remembered(run, tasks)]
        fit = fit_law(points, [subset.origin for subset in subsets])
        return canonical_json(None if fit is None else asdict(fit))

    parts = {"params": params.parts, "checkpoint": _digest(start), "n_points": settings.n_points}
    stored = json.loads(_made(run, "laws", parts, compute))
    return None if stored is None else LawFit.from_json(stored)


def most_run_bytes(run: CandidateRun) -> int | None:
    """Return the bytes of a run from which on the pool does not suffice for a law; None where none does."""

    def compute() -> bytes:
        return canonical_json(int(_reference(run).train.sizes.sum()))

    n_bytes: int = json.loads(_made(run, "train_bytes", {}, compute)) // (run.settings.law.n_points + 2)
    return n_bytes if n_bytes >= MIN_CALIBRATION_BYTES else None


def exam(run: CandidateRun) -> ItemSources:
    """Return the exam of a parent's candidates: at most `heldout_bytes` bytes of frozen validation text."""

    def compute() -> bytes:
        texts = version_texts(run.workspace, carried_state(run).version or "", "validation")
        return canonical_json([(i, source, text.decode("latin-1")) for i, source, text in drawn(run, texts)])

    parts = {"bytes": run.settings.probe.heldout_bytes}
    return [(i, s, text.encode("latin-1")) for i, s, text in json.loads(_made(run, "exams", parts, compute))]


def drawn(run: CandidateRun, validation: Texts) -> ItemSources:
    """Return the exam that is drawn from validation records."""
    seed = seed_from("exam", run.settings.seed, digest_of(validation.ids))
    texts = validation.windows(run.settings.law.record_bytes)
    if len(texts):
        texts = texts.take(sample_of_bytes(texts.sizes, run.settings.probe.heldout_bytes, seed))
    rows = zip(texts.ids, texts.strata, texts.texts, strict=True)
    return sorted((record_id, source, text) for record_id, (source, _), text in rows)


def known_words(run: CandidateRun) -> tuple[list[str], KnownWords]:
    """Return the words of promoted records, and the ids of those that have numbers in them."""

    def compute() -> bytes:
        texts = texts_of(_reference(run).pool)
        texts = texts.take(np.arange(min(len(texts), MAX_REFERENCE)))
        known = KnownWords.of(texts.windows(run.settings.law.record_bytes))
        return "\n".join(texts.ids).encode() + b"\n\n" + known.to_bytes()

    ids, _, stored = _made(run, "known_words", {}, compute).partition(b"\n\n")
    return ids.decode().split("\n") if ids else [], KnownWords.from_bytes(stored)


def unseen_losses(run: CandidateRun) -> dict[str, float]:
    """Return the loss of promoted records that the checkpoint was not trained on, by id.

    At most `scored_records` of each stratum, those with the lowest ids, and `SCORED` times as many in all,
    shared out among the strata.
    """
    settings, start = run.settings, checkpoint(run)
    params = probe_params(run, settings.probe.checkpoint_bytes)

    def compute() -> bytes:
        texts = _reference(run).texts().windows(settings.law.record_bytes)
        seen = may_be_trained_on(texts.ids)
        unseen = shared_out(
            [members[~seen[members]].tolist() for members in texts.members().values()],
            settings.law.scored_records,
        )
        losses = losses_of(start, [texts.texts[i] for i in unseen], params, run.workers)
        return canonical_json(dict(zip([texts.ids[i] for i in unseen], losses.tolist(), strict=True)))

    parts: dict[str, Any] = {"checkpoint": _digest(start), "scored": settings.law.scored_records}
    if start is None:
        parts["params"] = params.parts
    found: dict[str, float] = json.loads(_made(run, "reference_losses", parts, compute))
    return found


def shared_out(strata: Sequence[Sequence[int]], most: int) -> list[int]:
    """Return the first places of each stratum: at most `most`, and `SCORED` times as many of all together.

    A stratum gets `MIN_SCORED` however many there are.

    >>> shared_out([[1, 2, 3], list(range(10, 400))], 100) == [1, 2, 3, *range(10, 110)]
    True
    """
    room, quotas = SCORED * most, {}
    for number, place in enumerate(sorted(range(len(strata)), key=lambda own: len(strata[own]))):
        wanted = min(len(strata[place]), most)
        quotas[place] = min(wanted, max(room // (len(strata) - number), MIN_SCORED))
        room = max(room - quotas[place], 0)
    return [place for number, own in enumerate(strata) for place in own[: quotas[number]]]


def _digest(start: bytes | None) -> str | None:
    return None if start is None else digest_bytes(start)


def _reference(run: CandidateRun) -> Reference:
    """Return the pool, and the selection from it, that the instruments are made on; it is made once a run.

    The selection is from nothing, whatever the candidate is, so that the instruments are the same for all.
    """
    return run.once("carried reference", lambda: make_reference(run, carried_state(run)))


def _made(run: CandidateRun, kind: str, parts: dict[str, Any], compute: Callable[[], bytes]) -> bytes:
    """Return one instrument, made once and kept under all that it follows from."""
    return run.once(
        f"{kind} {digest_value(parts)}",
        lambda: run.workspace.cache.remember(kind, {**_basis(run), **parts}, compute),
    )


def _basis(run: CandidateRun) -> dict[str, Any]:
    """Return what every instrument follows from."""
    settings = run.settings
    lists = [settings.selection.keep_list, settings.selection.never_list]
    return scores_follow_from(run) | {
        "state": carried_state(run).digest,
        "pool": asdict(settings.pool),
        "selection": settings.selection.picks_follow_from,
        "lists": [digest_value(read_list(run.workspace.root / name)) if name else "" for name in lists],
        "record_bytes": settings.law.record_bytes,
        "seed": settings.seed,
    }
