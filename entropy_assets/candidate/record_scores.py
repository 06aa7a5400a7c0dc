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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from entropy_assets.candidate.ask_drops import answering
from entropy_assets.candidate.ask_llm import judged_under
from entropy_assets.candidate.embedding import follow_from
from entropy_assets.candidate.manifests import PoolManifest, RecordScores
from entropy_assets.candidate.pool_texts import places_by_drop, texts_of
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.score_tables import read_scores
from entropy_assets.candidate.scoring import Asked, Sums, scores_of
from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.ingest import read_file
from entropy_assets.curation.scoring import Axes, Embedder, Scores, SentenceModel
from entropy_assets.errors import InvalidInput
from entropy_assets.ids import Ids, column_of, digest_of, ids_at, places_of
from entropy_assets.language_models import model_digest
from entropy_assets.settings import SCORERS, SELECTORS
from entropy_assets.settings.ask_llm import AskSettings
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


@dataclass(frozen=True)
class _Drops:
    """The scored records of a pool by drop, in the order in which drops came.

    Parameters
    ----------
    names
        The drops.
    ids
        Of each the ids of its records.
    parts
        What the scores of each, and what it leaves to the next, follow from.
    """

    names: list[str]
    ids: list[pl.Series]
    parts: list[dict[str, Any]]

    def texts(self, place: int, whole: Texts) -> Texts:
        """Return the texts of one drop, of those of the whole pool."""
        return whole.take(places_of(self.ids[place], whole.ids))


def _made(run: CandidateRun, pool: pools.Pool, scorer: str) -> dict[str, pl.DataFrame]:
    cache = run.workspace.cache
    targets: list[bytes] = []
    if "targets" in SCORERS[scorer].needs:
        targets = target_texts(run, getattr(run.settings.scoring.table(scorer), "target", ""))
    drops = _drops(run, pool, scorer, targets)
    kept = [cache.get("record_scores", one) for one in drops.parts]
    start = next((place for place, one in enumerate(kept) if one is None), len(drops.names))
    found = {drop: _table(one) for drop, one in zip(drops.names[:start], kept, strict=False) if one}
    if start < len(drops.names):
        found |= _scored(run, texts_of(pool), _Todo(scorer, targets, drops, start))
    return found


def _drops(run: CandidateRun, pool: pools.Pool, scorer: str, targets: Sequence[bytes]) -> _Drops:
    """Return the drops of a pool, with what their scores by a scorer follow from."""
    settings = run.settings.scoring
    common: dict[str, Any] = {
        "scorer": scorer,
        "version": SCORERS[scorer].version,
        "params": _params_of(run, scorer, targets),
        "handed": [settings.probe_bytes, *_vectors_follow_from(run, scorer)],
        "seed": run.settings.seed,
    }
    scored = Ids(pool.split.filter(pl.col("split") != pools.VALIDATION)["id"])
    came = {drop: number for number, drop in enumerate((*run.parent.drops, *run.candidate.add))}
    by_drop = places_by_drop(pool, scored)
    found, before = _Drops([], [], []), ""
    for drop in sorted(by_drop, key=lambda drop: (came.get(drop, len(came)), drop)):
        ids = ids_at(scored, by_drop[drop])
        before = digest_value([before, drop, digest_of(ids)])
        found.names.append(drop)
        found.ids.append(column_of(ids))
        found.parts.append({**common, "drops": before})
    return found


def _vectors_follow_from(run: CandidateRun, scorer: str) -> list[int | str]:
    """Return what vectors follow from beside the texts; a model is read for its digest where it is needed."""
    settings = run.settings.scoring
    if "embeddings" not in SCORERS[scorer].needs:
        return [settings.n_dimensions]
    root = Path(str(run.workspace.root))
    return run.once("vectors follow from", lambda: follow_from(settings, root))


def _params_of(run: CandidateRun, scorer: str, targets: Sequence[bytes]) -> dict[str, Any]:
    """Return the parameters of a scorer that move its scores, with the content of what they name."""
    if not SCORERS[scorer].has_params:
        return {}
    own, root = run.settings.scoring.table(scorer), Path(str(run.workspace.root))
    if isinstance(own, AskSettings):
        return judged_under(own, root)
    params = asdict(own)
    if "target" in params:
        params["target"] = [digest_bytes(text) for text in targets]
    if params.get("model"):
        path, setting = root / params["model"], f"scoring.{scorer}.model"
        params["model"] = run.once(f"model {path}", lambda: model_digest(path, setting))
    return params


@dataclass(frozen=True)
class _Todo:
    """What is to be scored: the drops from `start` on, by a scorer, with the texts of a target set."""

    scorer: str
    targets: Sequence[bytes]
    drops: _Drops
    start: int


def _scored(run: CandidateRun, whole: Texts, todo: _Todo) -> dict[str, pl.DataFrame]:
    """Return the scores of the drops that have none, each kept as soon as it is there."""
    cache, settings, root = run.workspace.cache, run.settings.scoring, Path(str(run.workspace.root))
    drops, start = todo.drops, todo.start
    sums = None
    while start and sums is None:  # what a drop left may be gone, and is made again
        sums = cache.get("score_sums", drops.parts[start - 1])
        start -= sums is None
    carried, found = Sums.from_bytes(sums) if sums else Sums(), {}
    embedder: Embedder | None = None
    if "embeddings" in SCORERS[todo.scorer].needs:
        embedder = (
            SentenceModel.load(root / settings.embedder) if settings.embedder else _axes(run, whole, drops)
        )
    places = range(start, len(drops.names))
    with answering(run, todo.scorer, [drops.texts(place, whole) for place in places]) as answers_of:
        for place in places:
            own = drops.texts(place, whole)
            asked = Asked(
                own.ids,
                own.texts,
                todo.scorer,
                settings,
                todo.targets,
                run.settings.seed,
                run.workers,
                embedder,
                carried,
                answers_of(own, drops.names[place]),
                own.spans,
                root,
            )
            scores, carried = scores_of(asked)
            columns = {"id": column_of(own.ids), "score": scores.values, "why": scores.why.tolist()}
            table = pl.DataFrame(columns, SCORE_SCHEMA).with_columns(pl.col("score").fill_nan(None))
            cache.keep("record_scores", drops.parts[place], parquet_bytes(table))
            found[drops.names[place]] = table
    cache.keep("score_sums", drops.parts[-1], carried.to_bytes())
    return found


def _axes(run: CandidateRun, whole: Texts, drops: _Drops) -> Axes:
    """Return the axes of the first drop, which are those of all."""
    n_dimensions, seed = run.settings.scoring.n_dimensions, run.settings.seed
    parts = {"drops": drops.parts[0]["drops"], "n_dimensions": n_dimensions, "seed": seed}

    def make() -> bytes:
        return Axes.of(drops.texts(0, whole).texts, n_dimensions, seed).to_bytes()

    return Axes.from_bytes(run.workspace.cache.remember("score_axes", parts, make))


def _table(kept: bytes) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(kept))
