"""Commands on drops of the inbox and what is stored of them: `drop split`, `index rebuild`."""

import os
from typing import Annotated

import typer

from entropy_assets.cli.common import DatasetName, Home, chosen_home, told


def split(
    drop: Annotated[str, typer.Argument(help="Name of a drop that is held, or open and judged.")],
    home: Home = None,
    dataset: DatasetName = "main",
    rules: Annotated[
        str | None,
        typer.Option(help="Rules whose suspects are set aside, by commas: blobs,copies,truncated, ..."),
    ] = None,
) -> None:
    """Divide a held drop into DROP-clean and DROP-set-aside, in the inbox, to be judged anew.

    Rows keep their bytes, ids and files; copies of a set-aside row go with it, quarantined rows to
    neither. By default the suspects of the rules that hold the drop are set aside. The drop itself stays
    held.
    """
    from entropy_assets.candidate.splitting import split_judged
    from entropy_assets.candidate.workspace import Workspace
    from entropy_assets.cli.tables import print_split

    with told():
        chosen = Workspace(chosen_home(home), dataset)
        print_split(chosen, split_judged(chosen, drop, rules.split(",") if rules else ()))


def rebuild(home: Home = None, dataset: DatasetName = "main") -> None:
    """Make the index's signatures again from the stored records, where the settings need other ones.

    Needed after a change of `dedup.near`, `shingle`, `hashes` or `bands`, after a new release of the
    MinHash library, and for a dataset from before there was an index. The ledger stays as it is.
    """
    from entropy_assets.candidate.dedup import rebuild_index
    from entropy_assets.candidate.workspace import Workspace

    with told():
        n_rebuilt, n_segments = rebuild_index(Workspace(chosen_home(home), dataset), os.cpu_count() or 1)
    typer.echo(f"{n_rebuilt} of {n_segments} index segment(s) made again")
