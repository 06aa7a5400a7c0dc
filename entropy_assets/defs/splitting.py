"""`drop split`: a drop that was judged becomes a clean drop and one that is set aside, both in the inbox.

What belongs here: which rows are set aside, and how two drops land whole or not at all. What does not:
how files are divided (`curation.ingest.splitting`), and judging the new drops.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from entropy_assets import records
from entropy_assets.candidate.delivery import content_digest, show_drop
from entropy_assets.curation.dedup import PAIRS_SCHEMA
from entropy_assets.curation.entropy_law import BY_SOURCE_SCHEMA, POINTERS
from entropy_assets.curation.ingest import QUARANTINE_SCHEMA
from entropy_assets.curation.ingest.splitting import PROVED, SplitRows, split_drop
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.screening import screening_digest
from entropy_assets.defs.suspects import read_suspects
from entropy_assets.errors import InvalidInput, InvalidParameter, StaleProvenance
from entropy_assets.ledger import Entry
from entropy_assets.shards import Shards, read_shards
from entropy_assets.storage import check_drop_name, read_json
from entropy_assets.temporary import staging_beside

SUFFIXES = ("-clean", "-set-aside")


@dataclass(frozen=True)
class DropSplit:
    """What a split made.

    Parameters
    ----------
    clean, set_aside
        Names of the new drops.
    rows
        Where the rows went.
    rules
        Rules whose suspects were set aside.
    by_source
        Rows of `BY_SOURCE_SCHEMA` for these rules: what the gate measured, without copies.
    n_copies
        Rows of other content that were set aside because dedup had removed them as copies of a suspect.
    """

    clean: str
    set_aside: str
    rows: SplitRows
    rules: tuple[str, ...]
    by_source: pl.DataFrame
    n_copies: int


def split_judged(dataset: Dataset, drop: str, rules: Sequence[str] = ()) -> DropSplit:
    """Split a drop by its suspects into two new drops of the inbox, and return what was made.

    A row is set aside where its content is a suspect's, or was removed by dedup as a copy of a suspect:
    else the copy would take the suspect's place. All other rows that dedup or screening removed stay
    with the clean drop; rows in quarantine go to neither. Doing it twice is harmless.

    Parameters
    ----------
    dataset
        The dataset.
    drop
        A drop that is held, or open with its drop report made.
    rules
        Keys of `POINTERS` whose suspects are set aside; by default those that the hold is about.

    Raises
    ------
    InvalidParameter
        A rule is unknown, or the name of a new drop would not fit.
    InvalidInput
        There is no such drop or no report on it, it is promoted, no row or every row is suspect, or a
        new drop is there already with other content.
    StaleProvenance
        What is stored does not belong together, or is from before there were suspects.
    """
    names = _new_names(drop)
    dataset.candidate(drop)
    _check_not_live(dataset, drop)
    report = read_json(dataset.manifest_path("drop_report", drop))
    screened = read_json(dataset.manifest_path("screened_records", drop))
    if report["inputs"]["screened_records"] != screening_digest(screened):
        raise StaleProvenance(f"the drop report on {drop!r} is of other records: materialise it again")
    suspects = read_suspects(dataset, report)
    chosen = _checked(rules) or _rules_of_hold(dataset.ledger.decision(drop), suspects)
    suspects = suspects.filter(pl.col("rule").is_in(list(chosen)))
    raw = _stored(dataset, "raw_records", drop, records.SCHEMA, [*PROVED, "line"])
    if not set(suspects["id"]) <= set(raw["id"]):
        raise StaleProvenance(f"suspects of drop {drop!r} are none of its records: materialise drop_report")
    copies = _copies_of(dataset, drop, suspects["id"])
    bad = _stored(dataset, "quarantined_rows", drop, QUARANTINE_SCHEMA, ["file", "line"])
    set_aside = set(suspects["id"]) | copies
    n_suspect = raw.filter(pl.col("id").is_in(list(set_aside))).height
    if n_suspect in (0, raw.height):
        told = "no row" if not n_suspect else "every row"
        raise InvalidInput(
            f"{told} of drop {drop!r} is a suspect of {', '.join(chosen)}: there is nothing to split; name "
            "other rules with --rules"
        )
    rows = _deliver_both(dataset, drop, names, (raw, bad), set_aside)
    by_source = [row for row in report["suspects"]["by_source"] if row["rule"] in chosen]
    return DropSplit(
        *names,
        rows=rows,
        rules=chosen,
        by_source=pl.DataFrame(by_source, schema=BY_SOURCE_SCHEMA),
        n_copies=raw.filter(pl.col("id").is_in(list(copies - set(suspects["id"])))).height,
    )


def _new_names(drop: str) -> tuple[str, str]:
    check_drop_name(drop)
    clean, set_aside = (check_drop_name(f"{drop}{suffix}") for suffix in SUFFIXES)
    return clean, set_aside


def _check_not_live(dataset: Dataset, drop: str) -> None:
    entry = dataset.ledger.decision(drop)
    if drop in dataset.ledger.state().drops or (entry is not None and entry.action != "hold"):
        raise InvalidInput(
            f"drop {drop!r} was promoted, and a split is for drops that are held or open: withdraw it first "
            f"with the job withdraw_drop_{dataset.name}, and deliver it under a new name"
        )


def _checked(rules: Sequence[str]) -> tuple[str, ...]:
    for rule in rules:
        if rule not in POINTERS:
            raise InvalidParameter(f"rule {rule!r} points at no records: choose from {', '.join(POINTERS)}")
    return tuple(rule for rule in POINTERS if rule in rules)


def _rules_of_hold(entry: Entry | None, suspects: pl.DataFrame) -> tuple[str, ...]:
    """Return the rules with suspects that a hold has seen broken, else could not rule out, else all."""
    reasons = () if entry is None else entry.reasons
    found = set(suspects["rule"])
    seen = {reason["code"] for reason in reasons}
    unsure = {reason.get("rule", "") for reason in reasons}
    rules = found & seen or found & unsure or found or set(POINTERS)
    return tuple(rule for rule in POINTERS if rule in rules)


def _stored(dataset: Dataset, asset: str, drop: str, schema: pl.Schema, columns: list[str]) -> pl.DataFrame:
    manifest = read_json(dataset.manifest_path(asset, drop))
    return read_shards(dataset.root, Shards.from_json(manifest["shards"]), schema, columns)


def _copies_of(dataset: Dataset, drop: str, suspects: pl.Series) -> set[str]:
    """Return the ids of records that dedup removed in favour of a suspect of the same drop."""
    pairs = _stored(dataset, "duplicate_pairs", drop, PAIRS_SCHEMA, ["id", "keeper_id", "keeper_drop"])
    own = pairs.filter(pl.col("keeper_drop") == drop, pl.col("keeper_id").is_in(suspects.to_list()))
    return set(own["id"])


def _deliver_both(
    dataset: Dataset,
    drop: str,
    names: tuple[str, str],
    rows: tuple[pl.DataFrame, pl.DataFrame],
    suspects: set[str],
) -> SplitRows:
    """Write both drops beside the inbox, check them, and show each by one rename."""
    inbox = Path(str(dataset.home.inbox))
    with staging_beside(Path(str(dataset.home.work("split"))) / drop) as staging:
        outs = (staging / names[0], staging / names[1])
        settings = dataset.settings.ingest
        try:
            counts = split_drop(inbox / drop, drop, *rows, suspects, outs, settings, dataset.workers)
        except OSError as error:
            raise InvalidInput(f"drop {drop!r} cannot be split: {error.strerror or error}") from error
        for out in outs:
            _check_free(out, inbox / out.name)
        for out in outs:
            show_drop(dataset.home, out, out.name)
    return counts


def _check_free(made: Path, target: Path) -> None:
    """Check that no other drop than the one that was made lies in the inbox under its name.

    Raises
    ------
    InvalidInput
        There is one.
    """
    if target.exists() and (not target.is_dir() or content_digest(made) != content_digest(target)):
        raise InvalidInput(
            f"drop {target.name!r} is in the inbox with other content: drops do not change; split that one, "
            "or deliver the original under a new name"
        )
