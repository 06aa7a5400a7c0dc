"""Commands on drops of the inbox: `drop split`, `release`, `withdraw`, `discard`; and `index rebuild`."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from entropy_assets.cli.common import DatasetName, Home, Who, Why, existing_dataset, told
from entropy_assets.cli.options import of_option
from entropy_assets.cli.printing import say

if TYPE_CHECKING:
    from entropy_assets.candidate.workspace import Workspace
    from entropy_assets.ledger import Candidate


def split(
    drop: Annotated[str, typer.Argument(help="Name of a drop: held, asked about, or open and judged.")],
    home: Home = None,
    dataset: DatasetName = "main",
    rules: Annotated[
        str | None,
        typer.Option(help="Rules whose suspects are set aside, by commas: blobs,copies,truncated, ..."),
    ] = None,
) -> None:
    """Divide a drop into DROP-clean and DROP-set-aside, in the inbox, to be judged anew.

    Rows keep their bytes, ids and files; copies of a set-aside row go with it, quarantined rows to
    neither. By default the suspects of the rules that hold the drop, or ask, are set aside. The decision
    about the drop itself stays.
    """
    from entropy_assets.candidate.splitting import checked_pointers, split_judged
    from entropy_assets.cli.tables import print_split

    with told():
        chosen = existing_dataset(home, dataset)
        with of_option("rules"):
            given = checked_pointers(rules.split(",") if rules else ())
        print_split(chosen, split_judged(chosen, drop, given))


WithDagster = Annotated[bool, typer.Option(help="Run through the graph, so that the UI shows it.")]


def release(
    drop: Annotated[str, typer.Argument(help="Name of a drop that is held, asked about, or was withdrawn.")],
    who: Who,
    why: Why,
    rules: Annotated[
        str | None,
        typer.Option(
            help="Rules that are set aside, by commas; `integrity` never is.",
            show_default="none, for a drop that was let in before",
        ),
    ] = None,
    home: Home = None,
    dataset: DatasetName = "main",
    dagster: WithDagster = True,
) -> None:
    """Measure a drop again with named rules set aside: exit 0 released, 3 held, 4 asked all the same."""
    from entropy_assets.candidate.proposals import checked_overrides, propose_release, require_rules

    with told():
        chosen = existing_dataset(home, dataset)
        with of_option("rules"):
            given = checked_overrides(rules.split(",") if rules else ())
            require_rules(chosen, drop, given)
        _run_order(chosen, propose_release(chosen, drop, who, why, given), dagster)


def withdraw(
    drop: Annotated[str, typer.Argument(help="Name of a promoted drop.")],
    who: Who,
    why: Why,
    home: Home = None,
    dataset: DatasetName = "main",
    dagster: WithDagster = True,
) -> None:
    """Take a promoted drop out of the dataset; what was removed in favour of it comes back."""
    from entropy_assets.candidate.proposals import propose_withdrawal

    with told():
        chosen = existing_dataset(home, dataset)
        _run_order(chosen, propose_withdrawal(chosen, drop, who, why), dagster)


def discard(
    drop: Annotated[str, typer.Argument(help="Name of a drop that waits, or is asked about.")],
    who: Who,
    why: Why,
    home: Home = None,
    dataset: DatasetName = "main",
) -> None:
    """Decide that a drop is held, because nobody wants it: one that waits, unmeasured, or is asked about."""
    from entropy_assets.candidate.proposals import discard as discard_drop

    with told():
        entry = discard_drop(existing_dataset(home, dataset), drop, who, why)
    say(f"{drop} is held (entry {entry.number}): {why}")


def _run_order(workspace: "Workspace", candidate: "Candidate", dagster: bool) -> None:
    from entropy_assets.cli.running import exit_code, run_order
    from entropy_assets.cli.tables import print_candidates, print_versions_of

    summary = run_order(workspace, candidate, with_dagster=dagster)
    print_candidates(workspace, [candidate.key])
    print_versions_of(workspace, [summary])
    raise typer.Exit(exit_code([summary]))


def rebuild(home: Home = None, dataset: DatasetName = "main") -> None:
    """Make the index's signatures again from the stored records, where the settings need other ones.

    Needed after a change of `dedup.near`, `shingle`, `hashes` or `bands`, after a new release of the
    MinHash library, and for a dataset from before there was an index. The ledger stays as it is.
    """
    from entropy_assets.candidate.dedup import rebuild_index

    with told():
        n_rebuilt, n_segments = rebuild_index(existing_dataset(home, dataset), os.cpu_count() or 1)
    say(f"{n_rebuilt} of {n_segments} index segment(s) made again")
