"""What a version would hold: the picks of the selector, or random ones where these are measured better.

Under `selection.fallback` the selector has to hold its place: where the held-out loss of its picks is above
that of their random control, beyond the interval, a random selection is taken under the same budget and
lists. It is then the candidate's selection, and all that is judged is measured on it.

What belongs here: that decision. What does not: picking (`selection`), training (`probe`), and the interval
(`beside_random`).
"""

from typing import Any

from entropy_assets.candidate.beside_random import beside_random
from entropy_assets.candidate.choosing import select_from
from entropy_assets.candidate.manifests import PoolManifest, SelectionManifest
from entropy_assets.candidate.mixture import selection_of
from entropy_assets.candidate.probe import probe_candidate
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.candidate.selection import select_control, select_records

COMPARED = ("candidate", "random_control")
"""Groups of probe runs that the decision rests on; the candidate trains them in any case."""


def choose_records(run: CandidateRun, pool: PoolManifest) -> SelectionManifest:
    """Return the manifest of what a candidate's version would hold.

    That is what the selector of the settings picks; under `selection.fallback` what that one picks, where the
    selector is measured to be worse. A pool with nothing new stays with what its version holds. Where nothing
    is held out nothing is measured, and the selector's picks stay.
    """
    selection, settings = select_records(run, pool), run.settings.selection
    if not settings.fallback or not selection.n_records:
        return selection
    found = _as_in_the_version(run, pool) or _measured(run, pool, selection)
    if not found["acts"]:
        # Made anew: a copy would keep the digest of the one without.
        return SelectionManifest.model_validate({**selection.model_dump(), "fallback": found})
    loaded = run.load_pool(pool)
    chosen = select_from(run, loaded, selection_of(run, loaded), settings.fallback)
    return SelectionManifest(provenance=run.provenance(pool), fallback=found, **chosen)


def _measured(run: CandidateRun, pool: PoolManifest, selection: SelectionManifest) -> dict[str, Any]:
    """Return how the selector's picks stand beside their random control, and whether the fallback acts."""
    control = select_control(run, pool, selection)
    report, _ = probe_candidate(run, pool, selection, control, only=COMPARED)
    found = beside_random(report)
    named = {"selector": selection.selector, "to": run.settings.selection.fallback}
    if found is None:
        return named | {"acts": False, "records": 0}
    return named | {
        "acts": found.difference_bpb > found.half_width_bpb,
        "difference_bpb": found.difference_bpb,
        "half_width_bpb": found.half_width_bpb,
        "records": found.n_records,
    }


def _as_in_the_version(run: CandidateRun, pool: PoolManifest) -> dict[str, Any] | None:
    """Return what was found for the parent's version, where the pool and the settings are those of it."""
    if run.parent.version is None or run.load_pool(pool).digest != run.parent_pool.digest:
        return None
    ledger = run.workspace.ledger
    made = ledger.entry(ledger.versions()[run.parent.version]).candidate.key
    before = run.workspace.find(SelectionManifest, made)
    is_same = before is not None and before.provenance.settings == run.settings.digest
    return before.fallback if before is not None and is_same else None
