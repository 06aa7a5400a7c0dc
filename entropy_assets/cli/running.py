"""Running drops from the command line, with and without Dagster.

What belongs here: delivering, running until all is decided, and what was decided. What does not: printing.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from entropy_assets.candidate.batch import PREFIX, open_candidates, propose_batch
from entropy_assets.candidate.decided import require_unchanged
from entropy_assets.candidate.delivery import Delivery, carry_out, planned
from entropy_assets.candidate.pipeline import curate
from entropy_assets.candidate.summary import Summary, summarise
from entropy_assets.candidate.told import WORDS
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli.common import ASKED, BAD_INPUT, HELD, make_folder, require_folder
from entropy_assets.cli.printing import say
from entropy_assets.curation.ingest import Nothing, iter_drop, iter_file
from entropy_assets.errors import InvalidParameter
from entropy_assets.ledger import Candidate
from entropy_assets.store_format import require_schema

LOOKED_ROWS = 100
"""Rows that are read at once to see that a drop has some."""


def run_drops(
    workspace: Workspace,
    paths: list[Path],
    *,
    with_dagster: bool,
    verbose: bool,
    source: str | None = None,
) -> list[Summary]:
    """Deliver drops, run them until each is decided, and return what was decided about each.

    All of them are looked at before the first is delivered. A `source` goes into their declarations.

    Raises
    ------
    InvalidParameter
        Drops are mixed with keys of what waits.
    InvalidInput
        A drop cannot be delivered, holds no row, or was changed since it was decided.
    CurationError
        A run failed.
    """
    require_folder(workspace.home.inbox)
    require_schema(workspace.home)
    workspace.ledger.state()  # a store that is damaged is refused before anything is put into it
    orders = [str(path) for path in paths if str(path).startswith("@")]
    if 0 < len(orders) < len(paths):
        raise InvalidParameter(
            f"drops and keys that wait ({', '.join(orders)}) were given: run one, then the other"
        )
    if orders and source is not None:
        raise InvalidParameter("--source goes with drops, and keys that wait were given: leave it out")
    if orders:
        return _run_orders(workspace, orders, with_dagster=with_dagster, verbose=verbose)
    deliveries = planned(workspace.home, paths, source)
    drops = [delivery.name for delivery in deliveries]
    for drop in drops:
        require_unchanged(workspace, drop)
    open_ones = [delivery for delivery in deliveries if not workspace.ledger.decided(delivery.name)]
    for delivery in open_ones:
        if not delivery.is_there:  # what lies in the inbox is held by a run: else it would wait for ever
            _require_data(workspace, delivery)
    make_folder(workspace.home.inbox)
    for delivery in deliveries:
        carry_out(workspace.home, delivery)
    for drop in drops:
        if (decided := workspace.ledger.outcome(drop)) is not None:
            outcome, entry = decided
            word = WORDS[outcome.outcome]
            if word == WORDS["promote"] and drop not in workspace.ledger.state().drops:
                word += ", and withdrawn since"
            tell(f"{drop!r} is already decided: {word} (entry {entry.number}); nothing is computed")
    if open_ones:
        named = ", ".join(repr(delivery.name) for delivery in open_ones)
        tell(f"{named} in {workspace.home.inbox}; curating ...")
        with runner(workspace, with_dagster=with_dagster, verbose=verbose) as run_one:
            while waiting := [drop for drop in drops if not workspace.ledger.decided(drop)]:
                for key in _keys_of(workspace, waiting):
                    run_one(key)
    return [summarise(workspace, _last_judged_as(workspace, drop)) for drop in drops]


def _last_judged_as(workspace: Workspace, drop: str) -> str:
    """Return the order that last decided a drop; the drop itself where it was decided as it came."""
    decided = workspace.ledger.outcome(drop)
    return decided[1].candidate.key if decided and decided[1].candidate.is_second_look else drop


def _require_data(workspace: Workspace, delivery: Delivery) -> None:
    """Refuse a drop without a row, or with a wrong declaration, before it is delivered.

    A run would take minutes to say it, and a drop that is delivered never changes.

    Raises
    ------
    InvalidInput
        It has none, no file of it can be read, or it declares what cannot be.
    """
    settings, path = workspace.load_settings().ingest, delivery.path.resolve()
    read = iter_drop if path.is_dir() else iter_file
    seen = Nothing(delivery.path)
    for batch in read(path, delivery.name, LOOKED_ROWS, 1, settings):
        seen.look(batch)
        if not seen.is_true:
            return
    seen.refuse()


def _run_orders(workspace: Workspace, keys: list[str], *, with_dagster: bool, verbose: bool) -> list[Summary]:
    """Run candidates that were proposed, by their keys, and return what was decided."""
    candidates = [workspace.candidate(key) for key in keys]
    with runner(workspace, with_dagster=with_dagster, verbose=verbose) as run_one:
        for key in keys:
            run_one(key)
    names = [one.add if one.key.startswith(PREFIX) else (one.key,) for one in candidates]
    return [summarise(workspace, name) for own in names for name in own]


def run_order(workspace: Workspace, candidate: Candidate, *, with_dagster: bool) -> Summary:
    """Run what a person has ordered and return what was decided."""
    tell(f"{candidate.key!r} is proposed; curating ...")
    with runner(workspace, with_dagster=with_dagster) as run_one:
        run_one(candidate.key)
    return summarise(workspace, candidate.key)


def exit_code(summaries: Sequence[Summary]) -> int:
    """Return 0 where all is promoted, 2 where a drop cannot be read, 3 where one is held, else 4: asked."""
    if any(reason["code"] == "bad_input" for summary in summaries for reason in summary.reasons):
        return BAD_INPUT
    words = {summary.decision for summary in summaries}
    if words <= {"promote"}:
        return 0
    return ASKED if words <= {"promote", "ask"} else HELD


def _keys_of(workspace: Workspace, waiting: list[str]) -> list[str]:
    """Return the candidates that decide drops: the open batches they are in, else one of all."""
    open_keys = open_candidates(workspace)
    batches = [
        key
        for key in open_keys
        if key.startswith("@batch-") and set(workspace.candidate(key).add) & set(waiting)
    ]
    if batches:
        return batches
    loose = [drop for drop in waiting if drop in open_keys]
    return [propose_batch(workspace, loose).key] if len(loose) > 1 else loose


def tell(told: str) -> None:
    """Print one line for a person on stderr."""
    say(told, err=True)


@contextmanager
def runner(
    workspace: Workspace, *, with_dagster: bool, verbose: bool = False
) -> Iterator[Callable[[str], object]]:
    """Give the function that runs one candidate, through the graph or without Dagster."""
    if not with_dagster:
        yield lambda key: curate(workspace, key, tell)
        return
    from entropy_assets.defs.instance import open_instance
    from entropy_assets.defs.resources import Dataset
    from entropy_assets.defs.running import run_candidate

    level = "DEBUG" if verbose else "CRITICAL"
    with open_instance(workspace.home.home) as instance:
        dataset = Dataset(workspace)
        yield lambda key: run_candidate(dataset, key, instance, log_level=level, tell=tell)
