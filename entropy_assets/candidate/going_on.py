"""Which promoted state a selection by `zip` goes on from: its parent, of a small drop under `incremental`.

The parent's selection went on from its own parent's, and so on back to one from nothing, so each follows from
the ledger: whose selections are kept or not, the same are made.

What belongs here: which state that is. What does not: how much of its selection stays (`curation.selection`),
and going on from it (`choosing`).
"""

from entropy_assets.candidate.run import CandidateRun
from entropy_assets.ledger import Candidate, State, order_of


def goes_on(run: CandidateRun, selector: str) -> bool:
    """Return whether the selections by a selector go on one from the other under the settings of a run.

    Where records have to be picked, or the share of a source is limited, by a mixture too, none does.
    """
    settings = run.settings.selection
    is_mixed = run.settings.mixture.method != "natural"
    is_limited = settings.keep_list or settings.source_shares or is_mixed
    return settings.incremental and selector == "zip" and not is_limited


def base_of(run: CandidateRun) -> State | None:
    """Return the promoted state whose selection those of a run go on from; None where none does.

    What a person orders, a refresh and a withdrawal among it, is chosen from nothing.
    """
    if not goes_on(run, run.settings.selection.selector):
        return None
    return _base(run.candidate, run.parent)


def base_before(run: CandidateRun, state: State) -> State | None:
    """Return the state that the selection of the version of a promoted state went on from; None for none."""
    ledger = run.workspace.ledger
    made = ledger.entry(ledger.versions()[state.version or ""]).candidate
    return _base(made, ledger.state_before(made.key))


def _base(candidate: Candidate, parent: State) -> State | None:
    is_small = candidate.add and not candidate.remove and order_of(candidate.key) is None
    return parent if is_small and parent.version is not None else None
