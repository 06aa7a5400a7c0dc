"""The scores of a pool's records, made once a drop and kept by record id.

A drop is scored beside itself and the drops that came before it, by sums that they left: counts of words, a
sketch, a sample of texts. So a new drop reads no record of an older one, and the score of a record says how
it stood in the pool when its drop came; what came later does not change it. Axes of vectors are those of the
first drop. Records of the validation split have no score and are in no sum.

What belongs here: what is kept under which parts, and in which order. What does not: scoring (`scoring`), and
picking by scores.
"""

import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from entropy_assets.candidate.manifests import PoolManifest, RecordScores
from entropy_assets.candidate.pool_texts import places_by_drop, texts_of
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.score_tables import read_scores
from entropy_assets.candidate.scoring import Asked, Sums, scores_of
from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.ingest import read_file
from entropy_assets.curation.scoring import Axes, Scores
from entropy_assets.errors import InvalidInput
from entropy_assets.ids import Ids, column_of, digest_of, ids_at, places_of
from entropy_assets.language_models import model_digest
from entropy_assets.settings import SCORERS, SELECTORS
from entropy_assets.settings.selectors import ScoresParams
from entropy_assets.shards import Shards, parquet_bytes, write_shards
from entropy_assets.storage import digest_bytes, digest_value

SCORE_SCHEMA = pl.Schema({"id": pl.String, "score": pl.Float64, "why": pl.String})
"""One row a record of a drop, sorted by id; `score` is null where there is none, `why` says why."""


def record_scores(run: CandidateRun, manifest: PoolManifest) -> RecordScores:
    """Return the manifest of the scores of a candidate's pool, empty where the selector picks by none."""
    run.verify(manifest)
    scorer = SELECTORS[run.settings.selection.selector].scorer
    tables = _tables(run, run.load_pool(manifest), scorer) if scorer else {}
    values = pl.concat([SCORE_SCHEMA.to_frame(), *tables.values()])
    known = values["score"].drop_nulls()
    shards = write_shards(run.workspace.root, run.workspace.home.work("record_scores"), tables.values())
    return RecordScores(
        provenance=run.provenance(manifest),
        scorer=scorer,
        scorer_version=SCORERS[scorer].version if scorer else 0,
        drops=tuple(tables),
        shards=shards if scorer else Shards(),
        unscored=dict(values.filter(pl.col("score").is_null())["why"].value_counts().sort("why").iter_rows()),
        quantiles=tuple(np.quantile(known, [0, 0.25, 0.5, 0.75, 1]).tolist()) if len(known) else (),
    )


def scores_in(run: CandidateRun, pool: pools.Pool, selector: str, ids: Sequence[str]) -> Scores | None:
    """Return the scores that a selector picks by, of some training records of a pool; None if it needs none.

    Raises
    ------
    InvalidInput
        The file of the scores or of a target set cannot be read.
    """
    entry = SELECTORS[selector]
    if entry.scorer:
        table = pl.concat([SCORE_SCHEMA.to_frame(), *_tables(run, pool, entry.scorer).values()])
        own = pl.DataFrame({"id": column_of(ids)}).join(table, on="id", how="left", maintain_order="left")
        why = own["why"].fill_null("").to_numpy().astype(object)
        return Scores(own["score"].fill_null(np.nan).to_numpy(), why)
    if not entry.scored:
        return None
    params = run.settings.selection.table(selector)
    assert isinstance(params, ScoresParams), "no other selector reads scores from a file"
    return read_scores(run.workspace.root / params.scores, ids)


def scores_follow_from(run: CandidateRun) -> dict[str, Any]:
    """Return what the scores that the selector of the settings picks by follow from, beside the pool.

    Nothing where it needs neither scores nor vectors.
    """
    settings, entry = run.settings, SELECTORS[run.settings.selection.selector]
    if not (entry.scored or entry.needs):
        return {}
    return {
        "scoring": asdict(settings.scoring),
        "scorer_version": SCORERS[entry.scorer].version if entry.scorer else 0,
        "files": score_files(run),
    }


def score_files(run: CandidateRun) -> list[str]:
    """Return the digests of the files that the settings name for scores; empty of one that is missing."""
    files = [
        getattr(table, name)
        for table, name in (
            (run.settings.selection.table("scores"), "scores"),
            (run.settings.scoring.table("target"), "target"),
        )
    ]
    paths = [run.workspace.root / file for file in files if file]
    return [digest_bytes(path.read_bytes()) if path.is_file() else "" for path in paths]


def target_texts(run: CandidateRun, file: str) -> list[bytes]:
    """Return the texts of a target set that the settings name.

    Raises
    ------
    InvalidInput
        It is no file beside entropy.toml that can be read as a whole.
    """
    path = Path(str(run.workspace.root / file))
    read = read_file(path, drop="target") if path.is_file() else None
    if read is None or read.quarantined.height or not read.records.height:
        raise InvalidInput(f"scoring.target.target must be a file of records beside entropy.toml, got {path}")
    return list(Texts.of(read.records).texts)


def _tables(run: CandidateRun, pool: pools.Pool, scorer: str) -> dict[str, pl.DataFrame]:
    """Return drop -> its scores, rows of `SCORE_SCHEMA`, in the order in which drops came."""
    return run.once(f"scores {scorer} {pool.digest}", lambda: _made(run, pool, scorer))


def _made(run: CandidateRun, pool: pools.Pool, scorer: str) -> dict[str, pl.DataFrame]:
    settings, cache = run.settings.scoring, run.workspace.cache
    entry = SCORERS[scorer]
    params = asdict(settings.table(scorer)) if entry.has_params else {}
    targets: list[bytes] = []
    if "targets" in entry.needs:
        targets = target_texts(run, params["target"])
        params["target"] = [digest_bytes(text) for text in targets]
    if params.get("model"):
        path = Path(str(run.workspace.root)) / params["model"]
        params["model"] = run.once(f"model {path}", lambda: model_digest(path, f"scoring.{scorer}.model"))
    common: dict[str, Any] = {
        "scorer": scorer,
        "version": entry.version,
        "params": params,
        "handed": [settings.probe_bytes, settings.n_dimensions],
        "seed": run.settings.seed,
    }
    scored = Ids(pool.split.filter(pl.col("split") != pools.VALIDATION)["id"])
    came = {drop: number for number, drop in enumerate((*run.parent.drops, *run.candidate.add))}
    by_drop = places_by_drop(pool, scored)
    drops = sorted(by_drop, key=lambda drop: (came.get(drop, len(came)), drop))
    parts, before = [], ""
    for drop in drops:
        before = digest_value([before, drop, digest_of(ids_at(scored, by_drop[drop]))])
        parts.append({**common, "drops": before})
    kept = [cache.get("record_scores", one) for one in parts]
    start = next((place for place, one in enumerate(kept) if one is None), len(drops))
    found = {drop: _table(one) for drop, one in zip(drops[:start], kept, strict=False) if one is not None}
    if start == len(drops):
        return found
    sums = None
    while start and sums is None:  # what a drop left may be gone, and is made again
        sums = cache.get("score_sums", parts[start - 1])
        start -= sums is None
    whole = texts_of(pool)

    def of(drop: str) -> Texts:
        return whole.take(places_of(column_of(ids_at(scored, by_drop[drop])), whole.ids))

    embedder = None
    if "embeddings" in entry.needs:
        first = {"drops": parts[0]["drops"], "n_dimensions": settings.n_dimensions, "seed": run.settings.seed}

        def make_axes() -> bytes:
            return Axes.of(of(drops[0]).texts, settings.n_dimensions, run.settings.seed).to_bytes()

        embedder = Axes.from_bytes(cache.remember("score_axes", first, make_axes))
    carried = Sums.from_bytes(sums) if sums else Sums()
    for place in range(start, len(drops)):
        own = of(drops[place])
        asked = Asked(
            own.ids,
            own.texts,
            scorer,
            settings,
            targets,
            run.settings.seed,
            run.workers,
            embedder,
            carried,
            spans=own.spans,
            root=Path(str(run.workspace.root)),
        )
        scores, carried = scores_of(asked)
        columns = {"id": column_of(own.ids), "score": scores.values, "why": scores.why.tolist()}
        table = pl.DataFrame(columns, SCORE_SCHEMA).with_columns(pl.col("score").fill_nan(None))
        cache.keep("record_scores", parts[place], parquet_bytes(table))
        found[drops[place]] = table
    cache.keep("score_sums", parts[-1], carried.to_bytes())
    return found


def _table(kept: bytes) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(kept))
