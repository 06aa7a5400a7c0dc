"""The command line `entropy-assets`: thin doors over the library and the Dagster wing.

Exit codes: 0 promoted or done, 3 held or inconclusive, 2 bad arguments or input, 1 failure. Results go
to stdout, everything else to stderr.

What needs Dagster or torch is imported by the commands that need it: the others start in half the time.
"""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from upath import UPath

from entropy_assets.cli.printing import say, say_json, say_lines
from entropy_assets.errors import CurationError, InvalidInput, InvalidParameter
from entropy_assets.temporary import disk_fault

HELD, BAD_INPUT, FAILED = 3, 2, 1

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
versions = typer.Typer(no_args_is_help=True, help="List, show, find and score promoted versions.")
app.add_typer(versions, name="versions")
policy = typer.Typer(no_args_is_help=True, help="See what another policy would decide.")
app.add_typer(policy, name="policy")
index = typer.Typer(no_args_is_help=True, help="Look after the stored index of dedup.")
app.add_typer(index, name="index")
drops = typer.Typer(no_args_is_help=True, help="Act on drops of the inbox.")
app.add_typer(drops, name="drop")

Home = Annotated[
    Path | None,
    typer.Option(help="Folder with all datasets (ENTROPY_HOME).", show_default="$ENTROPY_HOME or ./var"),
]
DatasetName = Annotated[
    str, typer.Option(help="Name of the dataset: lower-case letters, digits, underscores.")
]


@contextmanager
def _told() -> Iterator[None]:
    """Turn errors that were raised on purpose, and those of a disk, into one sentence and an exit code."""
    try:
        yield
    except CurationError as error:
        say(f"entropy-assets: {error}", err=True)
        is_input = isinstance(error, InvalidInput | InvalidParameter)
        raise typer.Exit(BAD_INPUT if is_input else FAILED) from error
    except Exception as error:
        sentence = _of_disk(error)
        if sentence is None:
            raise
        say(f"entropy-assets: {sentence}", err=True)
        raise typer.Exit(FAILED) from error


def _of_disk(error: BaseException | None) -> str | None:
    """Return what the system, or a database on its disk, has refused; None for other errors."""
    while error is not None:
        if isinstance(error, OSError) and error.filename is not None and error.strerror:
            return f"{os.fsdecode(error.filename)}: {error.strerror}; mend that and run it again"
        if (told := disk_fault(error)) is not None:
            return f"a file cannot be written: {told}"
        if isinstance(error, sqlite3.OperationalError):
            return f"a database under ENTROPY_HOME: {error}; mend that and run it again"
        error = error.__cause__ or error.__context__
    return None


def _home(home: Path | None) -> UPath:
    from entropy_assets.defs.resources import entropy_home

    return entropy_home() if home is None else UPath(home).absolute()


@app.command()
def demo(
    home: Home = None,
    seed: Annotated[int, typer.Option(help="Seed of the demo's choice of records.")] = 0,
    records: Annotated[int, typer.Option(help="Records of the first drop; later drops have half.")] = 6000,
) -> None:
    """Run the main job on the documentation that is found on this machine.

    Harvests docstrings of the standard library and the installed packages as instruction records, and
    delivers three drops: a first one, a good one that overlaps it, and a damaged one, which is held.
    """
    from entropy_assets.cli.demo import run_demo
    from entropy_assets.cli.tables import print_candidates

    with _told():
        dataset = run_demo(_home(home), seed, records)
        print_candidates(dataset)
        current = dataset.ledger.state().version
        say()
        say(f"CURRENT -> {dataset.home.version(current or '')}")
        say("Open the same runs, checks and charts in the Dagster UI:  make ui")


@app.command()
def run(
    drop: Annotated[Path, typer.Argument(help="Folder or file of one drop; copied to the inbox if outside.")],
    home: Home = None,
    dataset: DatasetName = "main",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
    verbose: Annotated[bool, typer.Option(help="Print Dagster's own log on stderr.")] = False,
) -> None:
    """Run one drop through the whole graph: exit 0 promoted, 3 held, 2 bad input, 1 failure.

    R (ratio_zlib32k, ratio_zstd_long) is raw / compressed bytes: higher is more redundant. L (loss_bpb)
    and held-out loss are bits per byte.
    """
    from entropy_assets.candidate.delivery import deliver
    from entropy_assets.cli.tables import print_candidates
    from entropy_assets.defs.resources import Dataset
    from entropy_assets.defs.running import open_instance, run_candidate, summarise

    with _told():
        chosen = Dataset(_home(home), dataset)
        key = deliver(chosen.home, drop)
        say(f"drop {key!r} is in {chosen.home.inbox}; curating ...", err=True)
        with open_instance(chosen.home.home) as instance:
            entry = run_candidate(chosen, key, instance, log_level="DEBUG" if verbose else "CRITICAL")
        summary = summarise(chosen, key)
    if as_json:
        say_json(summary.to_json())
    else:
        print_candidates(chosen, [key])
    raise typer.Exit(HELD if entry.action == "hold" else 0)


@app.command()
def ingest(
    path: Annotated[Path, typer.Argument(help="File, or folder of files, with raw rows.")],
    out: Annotated[Path, typer.Option(help="Parquet file to write the records to.")],
    quarantine: Annotated[
        Path | None, typer.Option(help="Parquet file for the rows that cannot become records.")
    ] = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes; 0 means one a core. Results do not depend on it.")
    ] = 0,
) -> None:
    """Read raw rows into records, and tell that none was lost: no dataset, no gate.

    Prints: rows in = records + quarantined rows, with the count of each reason. Exit code 0 also where
    rows are in quarantine. Files are written beside their place and put there when they are whole.
    """
    from entropy_assets.cli.ingest import ingest_path
    from entropy_assets.cli.signals import Interrupted, signals_raise
    from entropy_assets.curation.ingest import REASONS

    with _told():
        try:
            with signals_raise():
                counts = ingest_path(path, out, quarantine, workers or os.cpu_count() or 1)
        except Interrupted as signal:
            say("stopped; nothing was written", err=True)
            raise typer.Exit(128 + signal.args[0]) from signal
    say(counts.line)
    for reason, count in counts.by_reason.most_common():
        say(f"{count:>9,} {reason}: {REASONS[reason]}", err=True)
    if not counts.complete:
        say("not complete: a file was cut, unreadable, or a pointer to data left elsewhere", err=True)
    if counts.by_reason and quarantine is None:
        say("--quarantine FILE keeps these rows with file, line, offset and bytes", err=True)


@app.command()
def select(
    pool: Annotated[
        Path,
        typer.Argument(help="JSONL, JSON array or Parquet file (.gz, .zst), or a folder of Parquet shards."),
    ],
    budget: Annotated[int, typer.Option(help="How much to pick, in the unit of --unit.")],
    out: Annotated[Path, typer.Option(help="File to write; the form is that of the input.")],
    selector: Annotated[
        Literal["zip", "zip_paper", "random", "length", "all"], typer.Option(help="How to pick.")
    ] = "zip",
    unit: Annotated[
        Literal["records", "bytes", "tokens"], typer.Option(help="Unit of the budget and the quotas.")
    ] = "records",
    tokenizer: Annotated[
        str | None,
        typer.Option(help="A tokenizer.json, or a name on a model hub: lengths are told in tokens."),
    ] = None,
    sequence_length: Annotated[
        int, typer.Option(min=1, help="Tokens of a training sequence, for which packing is told.")
    ] = 2048,
    k1: Annotated[int, typer.Option(help="ZIP: records looked at each round.")] = 10_000,
    k2: Annotated[int, typer.Option(help="ZIP: records that go into the greedy step.")] = 200,
    k3: Annotated[int, typer.Option(help="ZIP: records picked each round.")] = 100,
    codec: Annotated[
        Literal["zstd", "zlib"],
        typer.Option(help="`zip` measures with it: zstd sees the whole selection, zlib the last 32 KiB."),
    ] = "zstd",
    noise_guard: Annotated[
        bool, typer.Option(help="`zip` refuses records that are no text (base64, mojibake, random letters).")
    ] = True,
    quota: Annotated[
        list[str] | None, typer.Option(help="SOURCE=AMOUNT, at most so much of a source; repeatable.")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="File with one record id a line: these are always picked, first.")
    ] = None,
    never: Annotated[
        Path | None, typer.Option(help="File with one record id a line: these are never picked.")
    ] = None,
    with_rejected: Annotated[
        bool, typer.Option(help="Compress preferences as prompt + chosen + rejected, not prompt + chosen.")
    ] = False,
    compare: Annotated[
        bool, typer.Option(help="Put random, length and all at equal bytes beside the selection.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Seed of the selector `random` and of the comparison.")] = 0,
    workers: Annotated[int, typer.Option(help="Threads; 0 means one a core. Picks do not depend on it.")] = 0,
) -> None:
    """Pick records from a file, and nothing else: no dataset, no gate.

    `zip` picks the least redundant records, `zip_paper` the very records that the official ZIP script
    picks; on a ShareGPT array it writes the array that the script writes. A run that was stopped, by
    Ctrl-C or otherwise, goes on where it was when the same command is given again: its state is in
    OUT.state until OUT is written.
    """
    from entropy_assets.cli.select import Task, select_file
    from entropy_assets.cli.signals import Interrupted
    from entropy_assets.curation.selection import Budget, ZipParams

    with _told():
        task = Task(
            pool=pool,
            out=out,
            selector=selector,
            budget=Budget(budget, unit, tokenizer if unit == "tokens" else None),
            params=ZipParams(k1, k2, k3),
            codec=codec,
            noise_guard=noise_guard,
            seed=seed,
            workers=workers or os.cpu_count() or 1,
            keep=keep,
            never=never,
            quotas=quota or [],
            with_rejected=with_rejected,
            compare=compare,
            tokenizer=tokenizer,
            sequence_length=sequence_length,
        )
        if task.state.exists():
            say(f"goes on from {task.state}", err=True)
        try:
            picked = select_file(task)
        except Interrupted as signal:
            saved = task.state.exists()
            way = f"{task.state} holds its state: the same command goes on from there"
            say(f"stopped; {way if saved else 'no round was finished, nothing was saved'}", err=True)
            raise typer.Exit(128 + signal.args[0]) from signal
    say(f"{picked.n_picked} of {picked.n_pool} records -> {out}", err=True)
    for reason, count in picked.left_out.items():
        say(f"{count} row(s) left out: {reason}", err=True)
    if picked.n_refused:
        say(f"{picked.n_refused} record(s) refused: no text (--no-noise-guard takes them)", err=True)
    if picked.in_tokens:
        say_lines(picked.in_tokens, err=True)
    if picked.comparison:
        say(err=True)
        say_lines(picked.comparison, err=True)


@app.command()
def export(
    records: Annotated[
        Path, typer.Argument(help="Parquet file of records, as ingest writes it, or a folder of such files.")
    ],
    layout: Annotated[
        Literal["alpaca", "sharegpt", "messages", "prompt_completion", "kto", "trl_preference", "text"],
        typer.Option(help="Layout of the rows; preferences have an explicit prompt."),
    ],
    out: Annotated[Path, typer.Option(help="File to write: .jsonl, or .json for an array; .gz, .zst.")],
    refused: Annotated[
        Path | None,
        typer.Option(help="Parquet file for the records that the layout cannot hold, with the reason."),
    ] = None,
) -> None:
    """Write records in an outside layout, each row proved by reading it again.

    A record that the layout cannot hold is refused with a reason and never shortened. Prints: records in =
    rows + refused. Exit code 0 also where records are refused. OUT is replaced when all rows are there.
    """
    from entropy_assets.cli.export import export_file
    from entropy_assets.curation.export import LOSSES, Loss

    with _told():
        written = export_file(records, layout, out, refused)
    say(written.line)
    for reason, count in written.lost.most_common():
        say(f"{count:>9,} {reason}: {LOSSES[Loss(reason)]}", err=True)
    if written.lost and refused is None:
        say("--refused FILE keeps these records with the reason of each", err=True)


@app.command()
def dedup(
    path: Annotated[
        Path, typer.Argument(help="File or folder of data in any form that is read, or canonical Parquet.")
    ],
    out: Annotated[Path, typer.Option(help="Parquet file to write: the records that stay.")],
    pairs: Annotated[
        Path, typer.Option(help="Parquet file to write: each removed record, its keeper, rule, similarity.")
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
    workers: Annotated[int, typer.Option(help="Threads; 0 means one a core. Results do not differ.")] = 0,
) -> None:
    """Remove exact and near-copies from a file or folder, and say for each which record stays instead.

    Near-copies are found by MinHash and verified on the texts. What is removed is compared with its
    keeper itself, never with a chain of others. Of copies the longest stays, then the lowest id.
    """
    from entropy_assets.cli.dedup import Task, dedup_path, retention_table
    from entropy_assets.cli.plain_tables import print_table
    from entropy_assets.settings import DedupSettings, parse

    with _told():
        given = {"threshold": threshold, "shingle": shingle, "hashes": hashes, "bands": bands}
        given["memory_bytes"] = memory_bytes
        table = {name: value for name, value in given.items() if value is not None}
        params = parse(DedupSettings, {"near": near, **table}, "dedup")
        told = dedup_path(Task(path, out, pairs, params, workers or os.cpu_count() or 1))
    for reason, count in sorted(told.quarantined.items()):
        say(f"{count} row(s) left out: {reason}", err=True)
    say(str(told))
    print_table(retention_table(told.by_source))


@index.command()
def rebuild(home: Home = None, dataset: DatasetName = "main") -> None:
    """Make the index's signatures again from the stored records, where the settings need other ones.

    Needed after a change of `dedup.near`, `shingle`, `hashes` or `bands`, after a new release of the
    MinHash library, and for a dataset from before there was an index. The ledger stays as it is.
    """
    from entropy_assets.defs.dedup import rebuild_index
    from entropy_assets.defs.resources import Dataset

    with _told():
        n_rebuilt, n_segments = rebuild_index(Dataset(_home(home), dataset))
    say(f"{n_rebuilt} of {n_segments} index segment(s) made again")


@drops.command()
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
    from entropy_assets.cli.tables import print_split
    from entropy_assets.defs.resources import Dataset
    from entropy_assets.defs.splitting import split_judged

    with _told():
        chosen = Dataset(_home(home), dataset)
        print_split(chosen, split_judged(chosen, drop, rules.split(",") if rules else ()))


@app.command()
def status(home: Home = None) -> None:
    """Show what waits, runs and is held in every dataset, why, and what to do next."""
    from entropy_assets.cli.tables import print_status

    with _told():
        print_status(_home(home))


@versions.command("list")
def list_versions(home: Home = None, dataset: DatasetName = "main") -> None:
    """List the promoted versions of a dataset, the newest last."""
    from entropy_assets.cli.tables import print_versions
    from entropy_assets.defs.resources import Dataset

    with _told():
        print_versions(Dataset(_home(home), dataset))


@versions.command()
def show(version: str, home: Home = None, dataset: DatasetName = "main") -> None:
    """Show one version: its files, figures, scores, drops and the decision that promoted it."""
    from entropy_assets.cli.tables import print_version
    from entropy_assets.defs.resources import Dataset

    with _told():
        print_version(Dataset(_home(home), dataset), version)


@versions.command()
def current(
    home: Home = None,
    dataset: DatasetName = "main",
    path: Annotated[bool, typer.Option("--path", help="Print the folder instead of the name.")] = False,
) -> None:
    """Print the current version."""
    from entropy_assets.curation.publication import repair_current
    from entropy_assets.defs.resources import Dataset

    with _told():
        chosen = Dataset(_home(home), dataset)
        version = repair_current(chosen.home, chosen.ledger)
        if version is None:
            raise InvalidInput(
                f"dataset {dataset!r} in {chosen.home.home} has no version yet: run a drop first"
            )
    if path:
        typer.echo(str(chosen.home.version(version)))  # for a script, as it is
    else:
        say(version)


@versions.command(context_settings={"ignore_unknown_options": True})  # lets a negative score through
def score(
    version: str,
    name: Annotated[str, typer.Argument(help="Benchmark: letters, digits, dots, dashes, underscores.")],
    value: Annotated[float, typer.Argument(help="The score, a finite number.")],
    home: Home = None,
    dataset: DatasetName = "main",
    higher_is_worse: Annotated[
        bool | None,
        typer.Option(
            "--higher-is-worse/--higher-is-better",
            help="Which way is better; counts for all versions from now on.",
            show_default="what the name's last score says, else better",
        ),
    ] = None,
) -> None:
    """Record a benchmark score of a promoted version (MT-bench, accuracy, an error rate).

    Scores are only ever added, beside the versions. The same score twice is harmless; of several values
    for one name the last counts. `versions show` and `law` show them.
    """
    from entropy_assets.defs.law_report import promoting_entries
    from entropy_assets.defs.resources import Dataset

    with _told():
        chosen = Dataset(_home(home), dataset)
        known = [entry.state.version or "" for entry in promoting_entries(chosen)]
        made, is_new = chosen.scores.record(version, name, value, known, higher_is_worse)
    word = "recorded" if is_new else "was recorded before"
    way = "worse" if made.higher_is_worse else "better"
    say(f"{made.name} of {made.version}: {made.value:.6g} {word} (higher is {way})")


@app.command()
def law(
    home: Home = None,
    dataset: DatasetName = "main",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Show the entropy law as it stands, and how the versions have fared under it.

    The line, its band and coverage, the points with origin and residual, and the candidate's place are
    those of the last promoted candidate. Then every version with R, L, residual and scores, and the rank
    correlations of the scores with R, L and residual.
    """
    from entropy_assets.cli.law import print_law
    from entropy_assets.defs.resources import Dataset

    with _told():
        print_law(Dataset(_home(home), dataset), as_json)


@policy.command()
def replay(
    settings: Annotated[
        Path | None,
        typer.Option(
            help="Settings file whose table [policy] is used; what it does not name keeps its default.",
            show_default="the dataset's own",
        ),
    ] = None,
    home: Home = None,
    dataset: DatasetName = "main",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Judge all past candidates again under another policy, and show what would change.

    From the very reports that the decisions rest on, with the overrides of then. Nothing is measured and
    nothing is written; each candidate keeps the parent that it had.
    """
    from entropy_assets.cli.policy import print_replay
    from entropy_assets.defs.resources import Dataset

    with _told():
        print_replay(Dataset(_home(home), dataset), settings, as_json)


@app.command()
def ui(
    home: Home = None,
    port: Annotated[int, typer.Option(help="Port on loopback.")] = 3000,
) -> None:
    """Open the Dagster UI on loopback over the same store, with sensors and schedules running."""
    from entropy_assets.defs.running import prepare_instance

    with _told():
        root = _home(home)
        folder = prepare_instance(root)
    environment = {**os.environ, "ENTROPY_HOME": str(root), "DAGSTER_HOME": str(folder)}
    command = [
        sys.executable,
        "-m",
        "dagster",
        "dev",
        "-m",
        "definitions",
        "-h",
        "127.0.0.1",
        "-p",
        str(port),
    ]
    say(f"http://127.0.0.1:{port}  (Ctrl-C ends it)", err=True)
    raise typer.Exit(subprocess.call(command, env=environment))
