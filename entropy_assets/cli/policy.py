"""The command `policy replay`: past decisions under another policy, as a table or one object."""

from pathlib import Path

from upath import UPath

from entropy_assets.candidate.replay import Judged, Replayed, not_replayed, read_policy, replay
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.cli.options import of_option
from entropy_assets.cli.plain_tables import make_table, print_table
from entropy_assets.cli.printing import say, say_json

CHANGED = {True: "yes", False: "no", None: "?"}


def print_replay(workspace: Workspace, settings: Path | None, as_json: bool) -> None:
    """Print every past candidate as it was decided and as a policy would decide it.

    Parameters
    ----------
    workspace
        The dataset.
    settings
        Settings file whose policy is used; None takes the dataset's own.
    as_json
        Whether to print one JSON object.

    Raises
    ------
    InvalidInput
        The settings file is missing, or the ledger is damaged.
    InvalidParameter
        The settings file holds an unknown key or a value out of range.
    """
    if settings is None:
        policy = workspace.load_settings().policy
    else:
        with of_option("settings"):
            policy = read_policy(UPath(settings.absolute()))
    rows, unseen = replay(workspace, policy), not_replayed(workspace, policy)
    if as_json:
        say_json(_object(rows, unseen))
        return
    table = make_table("candidate", "then", "now", "codes then", "codes now", "changed", "note")
    for row in rows:
        now = "-" if row.now is None else row.now.outcome
        codes = (_codes(row.then), _codes(row.now))
        table.add_row(row.candidate, row.then.outcome, now, *codes, CHANGED[row.changed], row.note)
    print_table(table)
    for key in unseen:
        say(f"policy.{key} differs from today's and acts before a report is made: not replayed")
    say(_last_line(rows))


def _object(rows: list[Replayed], unseen: tuple[str, ...]) -> dict[str, object]:
    return {
        "candidates": [row.to_json() for row in rows],
        "n_candidates": len(rows),
        "n_changed": sum(row.changed is True for row in rows),
        "n_untold": sum(row.changed is None for row in rows),
        "not_replayed": list(unseen),
    }


def _last_line(rows: list[Replayed]) -> str:
    n_changed, n_untold = (sum(row.changed is kind for row in rows) for kind in (True, None))
    line = f"{len(rows)} candidates, {n_changed} would change"
    return f"{line}, {n_untold} cannot be told" if n_untold else line


def _codes(judged: Judged | None) -> str:
    if judged is None:
        return "-"
    told = [*judged.codes, *(f"{code} (set aside)" for code in judged.set_aside)]
    return ", ".join(told) or "-"
