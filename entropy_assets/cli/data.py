"""Commands over files, without a dataset: `ingest`, `dedup`."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from entropy_assets.cli.common import BAD_INPUT, SourceName, told
from entropy_assets.cli.options import instead_of_settings, require_at_least
from entropy_assets.cli.places import require_places
from entropy_assets.cli.printing import say
from entropy_assets.shown import for_terminal

SHOWN_NOTES = 20
"""Files and columns that were passed over and that a command names at most."""


def ingest(
    path: Annotated[
        Path,
        typer.Argument(help="File, or folder of files, with raw rows."),
    ],
    out: Annotated[Path, typer.Option(help="Parquet file to write the records to.")],
    quarantine: Annotated[
        Path | None,
        typer.Option(help="Parquet file for the rows that cannot become records."),
    ] = None,
    source: SourceName = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes; 0 means one a core. Results do not depend on it.")
    ] = 0,
    engine: Annotated[
        Literal["processes", "inline", "ray"],
        typer.Option(help="Where rows are parsed; `ray` needs the extra of that name."),
    ] = "processes",
    address: Annotated[
        str, typer.Option(help="Of the Ray cluster: `local`, or host:port of its head.")
    ] = "local",
) -> None:
    """Read raw rows into records, and tell that none was lost: no dataset, no gate.

    Prints: rows in = records + quarantined rows, with the count of each reason, its first row, and which
    files and columns were passed over. Exit code 0 also where rows are in quarantine, 2 where there is no
    row, no file that can be read, or not one record. Files are written beside their place and put there when
    they are whole.
    """
    from entropy_assets.cli.ingest import ingest_path
    from entropy_assets.cli.signals import stoppable
    from entropy_assets.curation.ingest import REASONS, keys_told
    from entropy_assets.curation.screening.credentials import without_secrets
    from entropy_assets.execution import Engine, using

    with told(), stoppable(), using(Engine(engine, address, workers)):
        require_places(out=out, quarantine=quarantine)
        counts = ingest_path(path, out, quarantine, workers or os.cpu_count() or 1, source)
    say(counts.line)
    for reason, count in counts.by_reason.most_common():
        say(f"{count:>9,} {reason}: {REASONS[reason]}", err=True)
        say(f"{'':>9} {for_terminal(without_secrets(counts.examples[reason]))}", err=True)
    _say_notes(counts.told)
    if counts.metadata_keys:
        say(
            for_terminal(keys_told({without_secrets(key): n for key, n in counts.metadata_keys.items()})),
            err=True,
        )
    if not counts.complete:
        say("not complete: a file was cut, unreadable, or a pointer to data left elsewhere", err=True)
    if counts.by_reason and quarantine is None:
        say("--quarantine FILE keeps these rows with file, line, offset and bytes", err=True)
    if not counts.records:
        say("no row became a record", err=True)
        raise typer.Exit(BAD_INPUT)


def dedup(
    path: Annotated[
        Path,
        typer.Argument(
            help="File or folder of data in any form that is read, or canonical Parquet.",
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(help="Parquet file to write: the records that stay."),
    ],
    pairs: Annotated[
        Path,
        typer.Option(
            help="Parquet file to write: each removed record, its keeper, rule, similarity.",
        ),
    ],
    near: Annotated[bool, typer.Option(help="Look for near-copies; exact ones are always removed.")] = True,
    threshold: Annotated[
        float | None, typer.Option(help="Jaccard similarity from which two texts are near-copies, 0 to 1.")
    ] = None,
    shingle: Annotated[
        int | None, typer.Option(help="Tokens in a shingle; shorter texts are matched exactly only.")
    ] = None,
    hashes: Annotated[int | None, typer.Option(help="MinHash values of a text.")] = None,
    bands: Annotated[
        int | None, typer.Option(help="Bands of hashes, of which two texts must share one.")
    ] = None,
    memory_bytes: Annotated[
        int | None, typer.Option(help="Memory that the run takes at most; more records are refused.")
    ] = None,
    fold: Annotated[
        list[str] | None,
        typer.Option(help="case, white_space (a flag each): what plays no part in equality, save in code."),
    ] = None,
    workers: Annotated[int, typer.Option(help="Threads; 0 means one a core. Results do not differ.")] = 0,
) -> None:
    """Remove exact and near-copies from a file or folder, and say for each which record stays instead.

    Near-copies are found by MinHash and verified on the texts. What is removed is compared with its
    keeper itself, never with a chain of others. Of copies the longest stays, then the lowest id. Records that
    answer one prompt otherwise stay, and are counted.
    """
    from entropy_assets.cli.dedup import Task, dedup_path, retention_table
    from entropy_assets.cli.plain_tables import print_table
    from entropy_assets.cli.signals import stoppable
    from entropy_assets.settings import DedupSettings, parse

    with told(), stoppable():
        require_at_least(0, workers=workers)
        require_places(out=out, pairs=pairs)
        given: dict[str, object] = {
            "threshold": threshold,
            "shingle": shingle,
            "hashes": hashes,
            "bands": bands,
        }
        given |= {"memory_bytes": memory_bytes, "fold": fold}
        table = {name: value for name, value in given.items() if value is not None}
        with instead_of_settings("dedup"):
            params = parse(DedupSettings, {"near": near, **table})
            done = dedup_path(Task(path, out, pairs, params, workers or os.cpu_count() or 1))
    for reason, count in sorted(done.quarantined.items()):
        say(f"{count} row(s) left out: {reason}", err=True)
    _say_notes(done.told)
    from entropy_assets.curation.screening.credentials import without_secrets

    say(str(done))
    if done.contradictory:
        say(done.contradictory)
    if done.flood:
        say(for_terminal(without_secrets(done.flood)))
    if done.differing:
        say(without_secrets(done.differing))
    print_table(retention_table(done.by_source))


def _say_notes(told: Sequence[object]) -> None:
    """Print what was passed over, the first of it by name."""
    from entropy_assets.curation.screening.credentials import without_secrets

    for note in told[:SHOWN_NOTES]:
        say(for_terminal(without_secrets(note)), err=True)
    if len(told) > SHOWN_NOTES:
        say(f"and {len(told) - SHOWN_NOTES:,} more such notes", err=True)
