"""The command `score`, over files and without a dataset."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from entropy_assets.cli.common import FAILED, told
from entropy_assets.cli.options import require_at_least
from entropy_assets.cli.params import given_to, require_used, with_options
from entropy_assets.cli.places import require_apart, require_places
from entropy_assets.cli.printing import say
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import SCORERS, ScorerName, ScoringSettings

OPTIONS = (("", ScoringSettings), *((name, scorer.params) for name, scorer in SCORERS.items()))
"""Parameters that are options of commands that score."""


def scoring_of(given: dict[str, Any], *scorers: str) -> ScoringSettings:
    """Return what scorers are handed, with the parameters that were given as options.

    Raises
    ------
    InvalidParameter
        A value is out of its range.
    """
    tables = {name: given_to(SCORERS[name].params, given) for name in scorers if SCORERS[name].has_params}
    own = given_to(ScoringSettings, given)
    return replace(own, **tables)  # type: ignore[arg-type]


@with_options(OPTIONS)
def score(
    path: Annotated[
        Path,
        typer.Argument(help="JSONL, JSON array, CSV, text or Parquet (.gz, .zst), or a folder of shards."),
    ],
    scorer: Annotated[
        ScorerName,
        typer.Option(help="; ".join(f"{name}: {one.about}" for name, one in SCORERS.items()) + "."),
    ],
    out: Annotated[Path, typer.Option(help="Parquet file to write: id, score, and what it is made of.")],
    seed: Annotated[int, typer.Option(help="Seed of all draws.")] = 0,
    workers: Annotated[int, typer.Option(help="Threads; 0 means one a core. Scores do not differ.")] = 0,
    answers: Annotated[
        Path | None,
        typer.Option(
            help="ask_llm: file of a model's answers, so that none is asked for twice.",
            show_default="OUT.answers.jsonl",
        ),
    ] = None,
    calibrate: Annotated[
        str,
        typer.Option(
            help="ask_llm: first tell how well the model knows good texts from bad ones: JSON lines "
            "with text and label (good or bad), or `twins` for records of PATH and damaged copies of them."
        ),
    ] = "",
    estimate: Annotated[
        bool, typer.Option("--estimate", help="ask_llm: tell requests, tokens and cost, and ask nothing.")
    ] = False,
    **given: Any,
) -> None:
    """Score the records of a file or a folder, one number each, and nothing else: no dataset, no gate.

    Losses are those of a small byte model that has not seen the record, or of a language model that is named.
    A record without a score says why: `noise` is no text, `empty` has no word, in `no_answer` nobody answers.
    OUT is replaced when all scores are there. Answers of a language model are kept as they come: the same
    command goes on where it was ended. While there are records left to ask about it exits with 1.
    """
    from entropy_assets.cli.ask_llm import Asking
    from entropy_assets.cli.score import Task, score_path
    from entropy_assets.cli.signals import Interrupted, signals_raise

    with told():
        require_at_least(0, seed=seed, workers=workers)
        require_used(given, ScoringSettings, SCORERS[scorer].params)
        require_places(out=out)
        asks = "answers" in SCORERS[scorer].needs
        if not asks and (answers or calibrate or estimate):
            raise InvalidParameter(
                "--answers, --calibrate and --estimate are for ask_llm alone: leave them out"
            )
        kept_at = answers or out.with_name(out.name + ".answers.jsonl")
        require_places(answers=kept_at if asks else None)
        read = {name: Path(given[name]) for name in ("target", "prompt") if given.get(name)}
        if calibrate:
            read["calibrate"] = Path(calibrate)
        require_apart("out", out, PATH=path, **read)
        if asks:
            require_apart("answers", kept_at, PATH=path, out=out, **read)
        asking = Asking(kept_at, calibrate, estimate) if asks else None
        task = Task(
            path, out, scorer, scoring_of(given, scorer), seed, workers or os.cpu_count() or 1, asking
        )
        try:
            with signals_raise():
                done = score_path(task)
        except Interrupted as signal:
            say(f"stopped; {f'answers are in {kept_at}' if asks else 'nothing was written'}", err=True)
            raise typer.Exit(128 + signal.args[0]) from signal
    if done is None:
        return
    for reason, count in sorted(done.left_out.items()):
        say(f"{count} row(s) left out: {reason}", err=True)
    say(str(done))
    if done.quantiles:
        low, first, middle, third, high = done.quantiles
        say(f"{scorer}: {low:.3g} to {high:.3g}, quartiles {first:.3g}, {middle:.3g}, {third:.3g}")
    if done.left:
        say(done.left, err=True)
        raise typer.Exit(FAILED)
