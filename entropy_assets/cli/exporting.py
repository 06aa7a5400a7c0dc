"""The command `export`, also of a version by its name: options, and what is printed."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from entropy_assets.cli.common import DatasetName, Home, existing_dataset, told
from entropy_assets.cli.places import require_no_device
from entropy_assets.cli.printing import say
from entropy_assets.errors import InvalidParameter
from entropy_assets.shown import for_terminal

Layout = Annotated[
    Literal[
        "alpaca",
        "sharegpt",
        "messages",
        "prompt_completion",
        "kto",
        "trl_preference",
        "text",
        "mds",
        "megatron",
    ],
    typer.Option("--layout", "--to", help="Layout of the rows, or of tokens: mds, megatron."),
]
Out = Annotated[
    Path,
    typer.Option(
        help="File to write: .jsonl, or .json for an array; .gz, .zst. Of tokens a folder.",
    ),
]
RefusedFile = Annotated[
    Path | None,
    typer.Option(help="Parquet file for the records that the layout cannot hold, with the reason."),
]
TokenizerFolder = Annotated[
    Path | None,
    typer.Option(help="Of tokens: folder with the files of a tokenizer, and its chat template."),
]
TemplateFile = Annotated[
    Path | None,
    typer.Option(help="Of tokens: chat template in Jinja, in place of the tokenizer's."),
]
Masks = Annotated[
    Literal["generation", "prefixes"] | None,
    typer.Option(
        help="Of tokens: what is trained on, by the template's generation marks or worked out from prefixes.",
        show_default="generation",
    ),
]
Day = Annotated[
    datetime | None,
    typer.Option("--date", formats=["%Y-%m-%d"], help="Of tokens: what a chat template takes for today."),
]
Lossy = Annotated[
    bool,
    typer.Option("--lossy", help="Of tokens: leave out, and count, what cannot be written; else it stops."),
]


@dataclass(frozen=True)
class _Asked:
    """What both commands are given."""

    layout: str
    out: Path
    refused: Path | None
    tokenizer: Path | None
    template: Path | None
    masks: str | None
    date: datetime | None
    is_lossy: bool


def export(
    records: Annotated[
        Path,
        typer.Argument(
            help="Parquet file of records, as ingest writes it, a folder of such files, or of a version.",
        ),
    ],
    layout: Layout,
    out: Out,
    refused: RefusedFile = None,
    tokenizer: TokenizerFolder = None,
    chat_template: TemplateFile = None,
    masks: Masks = None,
    date: Day = None,
    lossy: Lossy = False,
) -> None:
    """Write records in an outside layout, each row proved by reading it again, or as a trainer's tokens.

    A record that the layout cannot hold is refused with a reason and never shortened. Prints: records in =
    rows + refused. Exit code 0 also where records are refused, but of tokens 2 without --lossy. OUT is
    replaced when all is there.
    """
    from entropy_assets.cli.signals import stoppable

    asked = _Asked(layout, out, refused, tokenizer, chat_template, masks, date, lossy)
    with told(), stoppable():
        _export(records, asked)


def export_version(
    version: str,
    layout: Layout,
    out: Out,
    home: Home = None,
    dataset: DatasetName = "main",
    refused: RefusedFile = None,
    tokenizer: TokenizerFolder = None,
    chat_template: TemplateFile = None,
    masks: Masks = None,
    date: Day = None,
    lossy: Lossy = False,
) -> None:
    """Write what a version trains on in an outside layout, after a check of all its files; see `export`."""
    from entropy_assets.candidate.version_rows import named_version
    from entropy_assets.cli.signals import stoppable
    from entropy_assets.curation.publication import verify_version

    asked = _Asked(layout, out, refused, tokenizer, chat_template, masks, date, lossy)
    with told(), stoppable():
        chosen = existing_dataset(home, dataset)
        name = named_version(chosen, version)
        verify_version(chosen.home, name)
        _export(Path(str(chosen.home.version(name))), asked)


def _export(records: Path, asked: _Asked) -> None:
    """Write records as asked, and print what was written."""
    from entropy_assets.cli.export import Written, export_file
    from entropy_assets.cli.pool_file import tell_other_splits
    from entropy_assets.curation.export import LAYOUTS, LOSSES, Loss

    require_no_device(out=asked.out, refused=asked.refused)
    of_tokens: dict[str, Any] = {}
    if asked.layout in LAYOUTS:
        _require_no_token_options(asked)
        written: Written = export_file(records, asked.layout, asked.out, asked.refused)
    else:
        written, of_tokens = _tokens(records, asked)
    tell_other_splits(records)
    say(written.line)
    for reason, count in written.lost.most_common():
        say(f"{count:>9,} {reason}: {LOSSES[Loss(reason)]}", err=True)
    if written.lost and asked.refused is None:
        say("--refused FILE keeps these records with the reason of each", err=True)
    if of_tokens:
        _say_tokens(of_tokens)


def _require_no_token_options(asked: _Asked) -> None:
    """Refuse options that rows have no use for."""
    given = {
        "tokenizer": asked.tokenizer,
        "chat-template": asked.template,
        "masks": asked.masks,
        "date": asked.date,
        "lossy": asked.is_lossy or None,
    }
    for name, value in given.items():
        if value is not None:
            raise InvalidParameter(
                f"--{name} is of --layout mds and megatron, which write tokens, and {asked.layout} writes "
                "rows: leave it out"
            )


def _tokens(records: Path, asked: _Asked) -> tuple[Any, dict[str, Any]]:
    from entropy_assets.cli.export_tokens import TokenTask, export_tokens

    if asked.tokenizer is None:
        raise InvalidParameter(
            f"--layout {asked.layout} writes tokens: name the tokenizer with --tokenizer FOLDER"
        )
    task = TokenTask(
        *(records, asked.layout, asked.out, asked.tokenizer, asked.template, asked.masks or "generation"),
        asked.date and asked.date.date(),
        asked.is_lossy,
        asked.refused,
    )
    return export_tokens(task)


def _say_tokens(counts: dict[str, Any]) -> None:
    """Print how many tokens there are and how many of them are trained on, and what a trainer should know."""
    say(f"{counts['tokens']:,} tokens, {counts['supervised_tokens']:,} of them trained on")
    for source, one in counts["by_source"].items():
        say(
            for_terminal(
                f"  {source}: {one['records']:,} records, {one['tokens']:,} tokens, "
                f"{one['supervised_tokens']:,} trained on"
            )
        )
    if counts["by_kind"].get("text") and counts["tokenizer"]["end_of_text"] is None:
        say(
            "the tokenizer names no token that ends a text (eos_token), so none stands behind texts", err=True
        )
    empty = counts["empty_thinking"]
    if empty["blocks"]:
        say(
            f"{empty['blocks']:,} empty blocks of thinking in {empty['records']:,} records, "
            f"{empty['trained_blocks']:,} of them trained on, as in {empty['first'][0]}",
            err=True,
        )
    answers = counts["answers"]
    if answers["trained"] > answers["with_trained_end"]:
        say(
            f"{answers['trained'] - answers['with_trained_end']:,} of {answers['trained']:,} answers end "
            "without a token that ends a turn among what is trained on: none is taught to stop there",
            err=True,
        )
    if answers["not_marked"]:
        say(f"{answers['not_marked']:,} answers are not marked by the template, and not trained on", err=True)
    other = counts["spelled_otherwise"]
    if other["records"]:
        say(
            f"{other['records']:,} records are spelled otherwise by their tokens, as by a tokenizer without "
            f"capitals: {other['first'][0]}",
            err=True,
        )
