"""The command `select`, over files and without a dataset."""

import os
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from entropy_assets.cli.common import told
from entropy_assets.cli.options import of_option, require_at_least
from entropy_assets.cli.params import given_to, require_used, with_options
from entropy_assets.cli.places import require_places
from entropy_assets.cli.printing import say, say_lines
from entropy_assets.cli.scoring import OPTIONS, scoring_of
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import SCORERS, SELECTORS, ScoringSettings, SelectorName
from entropy_assets.settings.selectors import ZipKeys

SELECTOR_OPTIONS = (
    *((name, one.params) for name, one in SELECTORS.items() if one.params is not ZipKeys),
    *(one for one in OPTIONS if one[0] in {entry.scorer for entry in SELECTORS.values()}),
)
"""Parameters of selectors, and of scorers that one picks by; `zip` has options by its K."""


@with_options(SELECTOR_OPTIONS)
def select(
    pool: Annotated[
        Path,
        typer.Argument(
            help="JSONL, JSON array or Parquet file (.gz, .zst), or a folder of Parquet shards.",
        ),
    ],
    budget: Annotated[int, typer.Option(help="How much to pick, in the unit of --unit.")],
    out: Annotated[
        Path,
        typer.Option(
            help="File to write, in the input's form; lines as an array, or back, where its name says so."
        ),
    ],
    selector: Annotated[
        SelectorName,
        typer.Option(help="; ".join(f"{name}: {one.about}" for name, one in SELECTORS.items()) + "."),
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
        Path | None,
        typer.Option(
            help="File with one record id a line: these are always picked, first.",
        ),
    ] = None,
    never: Annotated[
        Path | None,
        typer.Option(
            help="File with one record id a line: these are never picked.",
        ),
    ] = None,
    with_rejected: Annotated[
        bool, typer.Option(help="Compress preferences as prompt + chosen + rejected, not prompt + chosen.")
    ] = False,
    compare: Annotated[
        bool, typer.Option(help="Put random, length and all at equal bytes beside the selection.")
    ] = True,
    seed: Annotated[int, typer.Option(help="Seed of the selector `random` and of the comparison.")] = 0,
    workers: Annotated[int, typer.Option(help="Threads; 0 means one a core. Picks do not depend on it.")] = 0,
    **given: Any,
) -> None:
    """Pick records from a file, and nothing else: no dataset, no gate.

    `zip` picks the least redundant records, `zip_paper` the very records that the official ZIP script
    picks; on a ShareGPT array it writes the array that the script writes. A run of them that was stopped, by
    Ctrl-C or otherwise, goes on where it was when the same command is given again: its state is in
    OUT.state until OUT is written. A record without a score comes behind all that have one.
    """
    from entropy_assets.cli.select import select_file
    from entropy_assets.cli.select_task import Task
    from entropy_assets.cli.signals import Interrupted
    from entropy_assets.curation.selection import Budget, ZipParams

    with told():
        require_at_least(1, k1=k1, k2=k2, k3=k3)
        require_at_least(0, seed=seed, workers=workers)
        entry = SELECTORS[selector]
        scorers = [SCORERS[entry.scorer]] if entry.scorer else []
        require_used(given, ScoringSettings, entry.params, *(one.params for one in scorers))
        if not k1 >= k2 >= k3:
            raise InvalidParameter(f"--k1 >= --k2 >= --k3 must hold, got {k1}, {k2}, {k3}")
        if unit == "tokens" and tokenizer is None:
            raise InvalidParameter("--unit tokens: a budget in tokens names a tokenizer, with --tokenizer")
        require_places(out=out)
        with of_option("budget"):
            amount = Budget(budget, unit, tokenizer if unit == "tokens" else None)
        task = Task(
            pool=pool,
            out=out,
            selector=selector,
            budget=amount,
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
            scoring=scoring_of(given, *(one.name for one in scorers)),
            options=None if entry.params is ZipKeys else given_to(entry.params, given),
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
    for note in picked.notes:
        say(note, err=True)
    for reason, count in picked.left_out.items():
        say(f"{count} row(s) left out: {reason}", err=True)
    if picked.n_refused:
        say(f"{picked.n_refused} record(s) refused: no text (--no-noise-guard takes them)", err=True)
    if picked.in_tokens:
        say_lines(picked.in_tokens, err=True)
    if picked.comparison:
        say(err=True)
        say_lines(picked.comparison, err=True)
