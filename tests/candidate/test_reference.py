"""Which part of a selection is compared with the parent: stray languages do not make it novel."""

import polars as pl
import pytest

from entropy_assets.candidate.choosing import select_from
from entropy_assets.candidate.instruments import law
from entropy_assets.candidate.reference import Reference, load_reference
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.pool import Pool, assemble
from entropy_assets.demo.drops import SECOND
from entropy_assets.records import SCHEMA, content_id
from entropy_assets.settings import PoolSettings
from tests.homes import SETTINGS, Home

KNOWN = 60


def pool_of(*parts: tuple[str, dict[str | None, int]]) -> Pool:
    """Return a pool with so many records of each language; the first word names the part they are from."""
    rows = []
    for name, counts in parts:
        for language, count in counts.items():
            for number in range(count):
                text = f"{name} {language} {number}"
                record = {"kind": "text", "text": text}
                rows.append({**record, "id": content_id(record), "source": "guide", "language": language})
    return assemble(pl.DataFrame(rows, schema=SCHEMA), PoolSettings())


def known_languages(parent: dict[str | None, int], drop: dict[str | None, int]) -> dict[str, int]:
    """Return how many records of each language are compared, of a selection that holds everything."""
    promoted, candidate = pool_of(("old", parent)), pool_of(("old", parent), ("new", drop))
    chosen = Texts.of(candidate.records)
    reference = Reference("v0001-00000000", promoted, Texts.of(promoted.records), "0" * 64)
    part = reference.known_part(chosen, candidate, KNOWN)
    return dict(sorted(pl.Series([language for _, language in part.strata]).value_counts().iter_rows()))


@pytest.mark.parametrize(
    ("parent", "drop", "known"),
    [
        ({"en": 300}, {"en": 100}, {"en": 400}),
        ({"en": 300, "la": 2}, {"en": 100, "ceb": 3}, {"ceb": 3, "en": 400, "la": 2}),
        ({"en": 300, None: 50}, {"en": 100, "und": 40}, {"en": 400, "und": 90}),
        ({None: 300}, {"en": 100}, {"en": 100, "und": 300}),  # promoted before languages were told
        ({"en": 300, "de": 30}, {"en": 50, "de": 50}, {"en": 350}),  # German is new as a stratum
        ({"en": 300, "de": KNOWN}, {"en": 50, "de": 50}, {"de": 110, "en": 350}),
        ({"en": KNOWN - 1}, {"en": 50}, {}),
    ],
)
def test_the_known_part_of_a_selection(
    parent: dict[str | None, int], drop: dict[str | None, int], known: dict[str, int]
) -> None:
    assert known_languages(parent, drop) == known


def test_what_is_kept_of_a_parent_follows_the_settings(home: Home) -> None:
    def look() -> tuple[CandidateRun, Reference, dict[str, float | None]]:
        run = home.open(SECOND)
        reference = load_reference(run)
        assert reference is not None
        live = home.workspace.segment_records(run.parent)
        assert reference.pool.split.equals(assemble(live, run.settings.pool).split)
        settings = run.settings.selection
        figures = select_from(run, reference.pool, settings, settings.selector)["figures"]
        return run, reference, figures

    def law_points(run: CandidateRun, run_bytes: int) -> int:
        found = law(run, run_bytes)
        return 0 if found is None else len(found.points)

    (run, reference, figures), (later, again, same) = look(), look()
    assert (again.digest, again.selected.ids, same) == (reference.digest, reference.selected.ids, figures)
    assert law_points(run, 8192) == law_points(later, 8192) == 20
    assert law(run, 8192) == law(later, 8192)
    assert law(run, 8191) is None
    changed = SETTINGS.replace("[law]", "[law]\nn_points = 22\nrecord_bytes = 300")
    home.settings = f"{changed}\n[pool]\nvalidation_share = 0.1\n"
    other_run, other, others = look()
    assert other.pool.split.filter(pl.col("split") == "validation").height > 1.5 * (
        reference.pool.split.filter(pl.col("split") == "validation").height
    )
    assert others != figures
    # Records cut so short do not suffice.
    assert law_points(other_run, 8192) == law_points(other_run, 8192) == 0


def test_a_run_loads_its_reference_once(home: Home) -> None:
    run = home.open(SECOND)
    assert load_reference(run) is load_reference(run)
    assert load_reference(home.open(SECOND)) is not load_reference(run)
