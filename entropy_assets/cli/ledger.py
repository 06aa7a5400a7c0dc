"""The commands `ledger verify`, `ledger show` and `migrate`."""

from typing import Annotated

import typer

from entropy_assets.cli.common import FAILED, DatasetName, Home, existing_dataset, existing_home, told
from entropy_assets.cli.printing import say, say_lines


def verify(home: Home = None, dataset: DatasetName = "main") -> None:
    """Check the whole dataset: ledger from its first entry on, CURRENT, every version, every segment.

    Prints a line for each fault, and mends none: exit 0 if all match, 1 if not.
    """
    from entropy_assets.candidate.proving import prove
    from entropy_assets.store_format import require_schema

    with told():
        chosen = existing_dataset(home, dataset)
        require_schema(chosen.home)
        proof = prove(chosen)
    for fault in proof.faults:
        say(fault)
    if proof.faults:
        raise typer.Exit(FAILED)
    head = f"entry {proof.head.number} sha256:{proof.head.digest}"
    say(f"{proof.n_entries} entries, head {head}, {proof.n_versions} versions: all match")


def show(
    number: Annotated[int | None, typer.Argument(help="Number of one entry.", show_default="all")] = None,
    home: Home = None,
    dataset: DatasetName = "main",
) -> None:
    """Print the decisions of a dataset, oldest first, or all that one of them says."""
    from entropy_assets.candidate.summary import all_reasons
    from entropy_assets.cli.plain_tables import make_table, print_table

    with told():
        ledger = existing_dataset(home, dataset).ledger
        if number is None:
            table = make_table("entry", "at", "action", "candidate", "by", "version after", "codes")
            for entry in ledger.entries():
                codes = ", ".join(
                    dict.fromkeys(str(reason.get("code", "-")) for reason in all_reasons(entry))
                )
                who = (entry.candidate.key, entry.candidate.by, entry.version or "none")
                table.add_row(str(entry.number), entry.at, entry.action, *who, codes or "-")
            print_table(table)
            return
        entry = ledger.entry(number)
    say_lines(entry.to_text())


def migrate(
    home: Home = None,
    dataset: Annotated[
        str | None, typer.Option(help="Name of one dataset.", show_default="all under ENTROPY_HOME")
    ] = None,
) -> None:
    """Upgrade what an older release has stored, after a back-up; harmless when run again.

    A damaged dataset is refused with the reason, unchanged. Killed at any moment, the command is finished
    by giving it again.
    """
    from entropy_assets.migration import migrate_home
    from entropy_assets.migration.instance_file import migrate_instance
    from entropy_assets.store_format import LOST, STORE_FORMAT

    with told():
        root = existing_home(home) if dataset is None else existing_dataset(home, dataset).home.home
        for made in migrate_home(root, None if dataset is None else [dataset]):
            what = "nothing to upgrade"
            if made.backup is not None:
                what = f"{made.n_entries} entries upgraded; the old ones are in {made.backup}"
            elif made.found == LOST:
                what = "store.json was lost and is written again, "
                what += f"as store format {STORE_FORMAT}; no entry was changed"
            elif made.found not in (None, STORE_FORMAT):
                what = f"store format {made.found} became {STORE_FORMAT}; no entry was changed"
            say(f"{made.dataset}: {what}")
        for line in migrate_instance(root):
            say(line)
