"""The detector of damage of a parent, kept, or for a first version that of the package, and what it finds.

What belongs here: sampling what it learns from, remembering, and handing over what is judged. What does not:
the detector (`curation.damage`), and judging.
"""

from collections import Counter
from collections.abc import Iterator

import numpy as np
import polars as pl

from entropy_assets.candidate.carried import carried_state
from entropy_assets.candidate.pool_split import frames_of
from entropy_assets.candidate.reference import Reference
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.damage import (
    FAMILIES,
    MIN_PASSAGES,
    Detector,
    DropDamage,
    Excess,
    Part,
    Passages,
    first_detector,
    made_by,
    measure_damage,
)
from entropy_assets.curation.entropy_law import (
    BESIDE_PROMOTED,
    HAS_A_PARENT,
    NO_DETECTOR,
    OF_A_FIRST,
    Harm,
    Measurement,
    Texts,
)
from entropy_assets.curation.pool import Frames
from entropy_assets.curation.screening.language import UNDETERMINED
from entropy_assets.frames import in_own_memory
from entropy_assets.ids import Ids, places_of, searched
from entropy_assets.languages import code_of
from entropy_assets.storage import seed_from

HOLD_RATE, ASK_RATE = 0.02, 0.03
"""Share of drops of one sound part that may be held, or asked about, by the detector."""
HOLD_LEAST, ASK_LEAST = 3.3, 2.5
"""Standard deviations that it takes at least."""

MIN_OF_LANGUAGE = 10
"""Promoted records from which on a language is known."""


def find_harm(run: CandidateRun, reference: Reference | None, drop: Frames) -> Harm:
    """Return what the detector of the run's parent, or the package's, finds of a drop."""
    if not run.settings.damage.on:
        return Harm(off=dict.fromkeys((*BESIDE_PROMOTED, OF_A_FIRST), "`on` is false under [damage]"))
    if reference is None:
        return _harm_of_first(run, drop)
    detector = run.once("detector", lambda: _detector(run, reference))
    if detector is None:
        return _off(f"fewer than {MIN_PASSAGES} promoted records say what is sound")
    records = pl.concat(drop(None)).sort("id")
    passages = Passages.of(records)
    if not len(passages):
        return _off("the candidate adds no records")
    new = _new_languages(reference.texts(), records["language"])
    return _told(detector, measure_damage(detector, passages, [new[place] for place in passages.records]))


def _off(why: str) -> Harm:
    return Harm(off=dict.fromkeys(BESIDE_PROMOTED, why) | {OF_A_FIRST: HAS_A_PARENT})


def _harm_of_first(run: CandidateRun, drop: Frames) -> Harm:
    """Return what the package's detector finds of a first version: of a large one, of a sample of it."""
    off = dict.fromkeys(BESIDE_PROMOTED, NO_DETECTOR)
    sampled = _sample(drop, run.settings.damage.records)
    passages = Passages.of(sampled)
    if len(passages) < MIN_PASSAGES:
        return Harm(off=off | {OF_A_FIRST: f"fewer than {MIN_PASSAGES} records say little of their kind"})
    found = first_detector().measure(passages, seed_from("damage", run.settings.seed) % 2**32)
    at = places_of(sampled["id"], Ids(pl.concat(drop(["id"]))["id"].sort()))
    measured = Measurement(
        OF_A_FIRST, found.excess, found.scatter, found.n, "drop", found.natural, _like(found.looks_like)
    )
    records = tuple((int(at[one.place]), one.score, one.family) for one in found.records)
    return Harm((measured,), records, OF_A_FIRST, off)


def _detector(run: CandidateRun, reference: Reference) -> Detector | None:
    """Return the detector of a parent, made once and kept; None where too few records are promoted."""
    settings, state = run.settings.damage, carried_state(run)
    families = [family for family in FAMILIES if family not in settings.without_families]
    parts = {
        "state": state.digest,
        "records": settings.records,
        "examples": settings.examples,
        "epochs": settings.epochs,
        "families": families,
        "seed": run.settings.seed,
        "made_by": made_by(),
    }

    def compute() -> bytes:
        is_parent = state.digest == run.parent.digest
        segments = run.workspace.segments(run.parent if is_parent else state)
        passages = Passages.of(_sample(frames_of(run.workspace, segments), settings.records))
        if len(passages) < MIN_PASSAGES:
            return _NONE
        return Detector.of(
            passages,
            n_damaged=settings.examples,
            n_epochs=settings.epochs,
            seed=seed_from("damage", run.settings.seed) % 2**32,
            workers=run.workers,
            families=families,
        ).to_bytes()

    made = run.workspace.cache.remember("detectors", parts, compute)
    return None if made == _NONE else Detector.from_bytes(made)


_NONE = b"too few records"


def _new_languages(promoted: Texts, languages: pl.Series) -> list[str]:
    """Return which of a drop's languages, one a record, nothing promoted is in, else the empty text."""
    counts = Counter(language for _, language in promoted.strata)
    known = {UNDETERMINED, *(code for code, n in counts.items() if n >= MIN_OF_LANGUAGE)}
    told = map(code_of, languages.fill_null(UNDETERMINED).to_list())
    return ["" if language in known else language for language in told]


def _sample(frames: Frames, n_records: int) -> pl.DataFrame:
    """Return at most `n_records` records, sorted by id, as many of each source as there is room.

    Of a source those with the lowest ids: ids are digests, so these are a fair sample and always the same.
    """
    told = pl.concat(frames(["id", "source"]))
    sizes = {str(source): n for source, n in told.group_by("source").len().iter_rows()}
    room, quotas = n_records, {}
    for number, source in enumerate(sorted(sizes, key=lambda name: (sizes[name], name))):
        quotas[source] = min(sizes[source], room // (len(sizes) - number))
        room -= quotas[source]
    ranked = told.sort("id").with_columns(place=pl.int_range(pl.len()).over("source"))
    quota = pl.col("source").replace_strict(quotas, return_dtype=pl.Int64)
    picked = ranked.filter(pl.col("place") < quota)["id"]
    found = (in_own_memory(frame.filter(searched(frame["id"], picked)[1])) for frame in frames(None))
    return pl.concat(found).sort("id")


def _told(detector: Detector, found: DropDamage) -> Harm:
    measurements = [m for part in found.parts for m in _measurements(detector, part, len(found.parts))]
    return Harm(
        tuple(measurements),
        tuple((one.place, one.score, one.family) for one in found.records),
        off={OF_A_FIRST: HAS_A_PARENT},
    )


def _measurements(detector: Detector, part: Part, n_parts: int) -> Iterator[Measurement]:
    """Yield what is judged of one part of a drop; the wanted rate of holds is that of all its parts together.

    A source whose name nothing promoted bears is never held here: how sound records of it look is not known.
    Questions are asked about the whole drop alone: of many sources one is odd now and then.
    """
    scope = "drop" if part.source is None else f"source {part.source}"
    scope = f"{part.side} answers" if part.side else scope
    hold = detector.nature.limit(HOLD_RATE / n_parts, HOLD_LEAST)
    ask = detector.nature.limit(ASK_RATE, ASK_LEAST)
    judged: list[tuple[str, Excess | None, float, str]] = [("damage", part.well_known, hold, scope)]
    if part.source is None:
        judged += [("doubtful", part.known, ask, scope)]
    if scope == "drop":
        judged += [("doubtful", part.novel, ask, "novel")]
    told, new = _like(part.looks_like), part.language
    in_new = f"most are in a language ({new}) that nothing promoted is in; {told}" if new else told
    for code, excess, limit, where in judged:
        if excess is not None:
            natural = limit * excess.scatter
            words = in_new if where == "novel" else told
            yield Measurement(code, excess.excess, excess.scatter, excess.n, where, natural, words)
    far = part.far
    share = far.excess + far.expected
    among = 0.0 if part.is_new else far.excess  # where all are of another kind, none is out of place
    if scope == "drop":
        yield Measurement("unlike", among, far.scatter, far.n, scope, ask * far.scatter)
    if not part.side:
        yield Measurement("new_kind", share, float(np.sqrt(share * (1 - share) / far.n)), far.n, scope)


def _like(families: dict[str, float]) -> str:
    """Return in words what damaged records look like."""
    like = ", ".join(f"{family} ({share:.0%} of them)" for family, share in families.items())
    return f"they look like {like}" if like else ""
