"""Screening: what is known about each record beside its content, and which records may not stay.

Each record gets a language where its row names none. Secrets, personal data and overlap with evaluation
sets are reported, or the record is removed, by setting; a record's content is never edited, and every
removed one stands in a table with the rule and the matched span.

Read in this order: `findings` (the form), `language`, `credentials` with `catalogue`, `shapes`, `frameworks`,
`named`, `commands` and `placeholders`, `addresses` with `disguised`, `personal`, `beside`, `evaluation`,
`contamination` with
`evidence`, `whole` and `formulas`, and here how they come together. What does not belong here: the limits,
which the gate judges.
"""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

import polars as pl

from entropy_assets.curation.screening.addresses import EMAIL_PREFILTER, emails
from entropy_assets.curation.screening.beside import origins, texts_beside
from entropy_assets.curation.screening.credentials import find_secrets
from entropy_assets.curation.screening.disguised import DISGUISED_PREFILTER, disguised_emails
from entropy_assets.curation.screening.escapes import revealed, with_disguise
from entropy_assets.curation.screening.findings import FINDINGS_SCHEMA, find, masked
from entropy_assets.curation.screening.language import UNDETERMINED, detect_languages
from entropy_assets.curation.screening.personal import (
    CARD_PREFILTER,
    LOCAL_PHONE_PREFILTER,
    PHONE_PREFILTER,
    cards,
    phones,
)
from entropy_assets.languages import code_of
from entropy_assets.records import SCHEMA, full_text_column, said_column
from entropy_assets.settings import ScreeningSettings

__all__ = [
    "FINDINGS_SCHEMA",
    "OUT_SCHEMA",
    "Screened",
    "count_by_source",
    "detect_languages",
    "find_sensitive",
    "screen",
]

CONTAMINATION = "contamination"
PERSONAL_KINDS = ("email", "phone", "card")
KINDS = ("secret", *PERSONAL_KINDS)
"""Kinds of findings; the setting of a kind is its plural."""

RULES = (CONTAMINATION, "secret", "card", "phone", "email")
"""Why a record is removed, the rule that is named first where several hold."""

_IN = ", in "
_IN_SOURCE = f"{_IN}source"
"""What the detail of a finding ends in that stands in a name, and in that of a source."""

_OUT_COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    **{name: SCHEMA[name] for name in ("id", "row_id", "source", "drop", "file", "line")},
    "rule": pl.String,
    "detail": pl.String,
    "start": pl.Int64,
    "end": pl.Int64,
    "span": pl.String,
}
OUT_SCHEMA = pl.Schema(_OUT_COLUMNS)
"""One row a removed record: itself, the rule, what was found, and where in its full text.

`start` and `end` count characters and are null for contamination and for what is not in the text; `span` is
the matched text, masked where it is a secret or personal.
"""


@dataclass(frozen=True)
class Screened:
    """What screening let through, what it took out, and what it only reports.

    Parameters
    ----------
    kept
        Records in the order in which they were given, with `language` filled in.
    out
        One row of `OUT_SCHEMA` for each removed record, in the same order.
    findings
        Rows of `FINDINGS_SCHEMA` about kept records.
    """

    kept: pl.DataFrame
    out: pl.DataFrame
    findings: pl.DataFrame


def screen(
    records: pl.DataFrame, settings: ScreeningSettings, contaminated: pl.DataFrame | None = None
) -> Screened:
    """Return records with their languages, without those that a setting removes.

    Parameters
    ----------
    records
        Frame of `records.SCHEMA`, each id once.
    settings
        What is looked for, and what is removed.
    contaminated
        Records that overlap with evaluation sets, one row each: `id`, `side`, `item_set`, `item_id`,
        `item_side`, `span`; None where no set is listed. All of them are removed.
    """
    if settings.detect_languages:
        said = said_column(records).to_list()
        records = records.with_columns(_languages(records["language"], said, settings))
    found = find_sensitive(records, settings)
    removed = [kind for kind in KINDS if getattr(settings, f"{kind}s") == "remove"]
    reasons = pl.concat([_hits(contaminated), found.rename({"kind": "rule"})]).filter(
        pl.col("rule").is_in([CONTAMINATION, *removed])
    )
    first = (
        reasons.with_columns(pl.col("rule").replace_strict(RULES, range(len(RULES))).alias("order"))
        .sort("order", maintain_order=True)
        .unique("id", keep="first", maintain_order=True)
    )
    out = records.join(first, on="id", how="inner", maintain_order="left")
    kept = records.join(first, on="id", how="anti", maintain_order="left")
    findings = found.join(first, on="id", how="anti", maintain_order="left")
    return Screened(kept, out.select(OUT_SCHEMA.names()).cast(OUT_SCHEMA), findings)


def find_sensitive(records: pl.DataFrame, settings: ScreeningSettings) -> pl.DataFrame:
    """Return the secrets and personal data in a frame of records, one row of `FINDINGS_SCHEMA` each.

    What is found only once escapes and disguises are undone (`escapes`), or in the metadata, the id that
    the user gave, or the names of source, drop and file, has no place in the full text: its `start` is null.
    """
    ids, texts = records["id"], full_text_column(records)
    hidden = with_disguise(texts)
    shown = pl.Series([revealed(text) for text in texts.gather(hidden)], dtype=pl.String)
    beside = texts_beside(records)
    named = _in_origins(records, settings)
    # All in one go: of a small frame, most of the time goes into what each expression costs to begin.
    asked = pl.concat([texts, shown, beside["text"]])
    everywhere = _sensitive(list(map(str, range(len(asked)))), asked, settings)
    place = everywhere["id"].cast(pl.UInt32)
    everywhere = everywhere.with_columns(id=pl.concat([ids, ids.gather(hidden), beside["id"]]).gather(place))
    found, more = everywhere.filter(place < len(texts)), everywhere.filter(place >= len(texts))
    known = _as_shown(found, ids.gather(hidden), texts.gather(hidden))
    more = pl.concat([named, more.join(known, on=["id", "kind", "span"], how="anti", maintain_order="left")])
    more = more.unique(["id", "kind", "span"], keep="first", maintain_order=True)
    return pl.concat([found, more.with_columns(start=None, end=None).cast(FINDINGS_SCHEMA)])


def count_by_source(
    records: pl.DataFrame, findings: pl.DataFrame, licences: dict[str, str]
) -> list[dict[str, Any]]:
    """Return what screening knows of each source, sources sorted.

    Parameters
    ----------
    records
        Frame with `id`, `source` and `language`.
    findings
        Rows of `FINDINGS_SCHEMA` about them.
    licences
        Source -> SPDX identifier.

    Returns
    -------
    list[dict[str, Any]]
        Of each source: `source`, `licence` (None where none is stated), `records`, `languages` (code ->
        records), and the records with `secrets`, `emails`, `phones`, `cards`, and with any
        `personal_data`. A source whose name holds a secret or personal data is named masked.
    """
    in_name = set(findings.filter(pl.col("detail").str.ends_with(_IN_SOURCE))["id"])
    kinds: dict[str, set[str]] = {}
    for record_id, kind in findings.select("id", "kind").iter_rows():
        kinds.setdefault(kind, set()).add(record_id)
    personal = set().union(*(kinds.get(kind, set()) for kind in PERSONAL_KINDS))
    rows = []
    for (source,), own in sorted(records.group_by("source")):
        ids = set(own["id"])
        languages = Counter(map(code_of, own["language"].fill_null(UNDETERMINED).to_list()))
        rows.append(
            {
                "source": source if in_name.isdisjoint(ids) else masked(str(source)),
                "licence": licences.get(str(source)),
                "records": own.height,
                "languages": dict(sorted(languages.items())),
                **{f"{kind}s": len(ids & kinds.get(kind, set())) for kind in KINDS},
                "personal_data": len(ids & personal),
            }
        )
    return rows


def _languages(stated: pl.Series, texts: list[str], settings: ScreeningSettings) -> pl.Series:
    """Return the code of each record's language: what its row states, else what is detected."""
    languages = [None if name is None else code_of(name) for name in stated.to_list()]
    missing = [place for place, language in enumerate(languages) if language is None]
    detected = detect_languages([texts[place] for place in missing], settings.min_language_score)
    for place, language in zip(missing, detected, strict=True):
        languages[place] = language
    return pl.Series("language", languages, dtype=pl.String)


def _sensitive(ids: list[str], column: pl.Series, settings: ScreeningSettings) -> pl.DataFrame:
    region = settings.phone_region
    phone_prefilter = LOCAL_PHONE_PREFILTER if region else PHONE_PREFILTER
    rows = [
        *find_secrets(ids, column),
        *find(ids, column, "email", EMAIL_PREFILTER, emails),
        *find(ids, column, "email", DISGUISED_PREFILTER, disguised_emails),
        *find(ids, column, "phone", phone_prefilter, partial(phones, region=region)),
        *find(ids, column, "card", CARD_PREFILTER, cards),
    ]
    return pl.DataFrame(rows, schema=FINDINGS_SCHEMA, orient="row")


def _in_origins(records: pl.DataFrame, settings: ScreeningSettings) -> pl.DataFrame:
    """Return what the names of sources, drops and files hold, for each record that bears one."""
    named = origins(records)
    if named.is_empty():
        return FINDINGS_SCHEMA.to_frame()
    found = _sensitive(list(map(str, range(named.height))), named["text"], settings)
    tables = [FINDINGS_SCHEMA.to_frame()]
    for row in found.iter_rows(named=True):
        column, value, _ = named.row(int(row["id"]))
        # Numbers in names of files and drops are dates and counts.
        if column != "source" and row["kind"] in ("phone", "card"):
            continue
        row["detail"] += f"{_IN}{column}"
        own = records.filter(pl.col(column) == value).select("id")
        tables.append(own.join(pl.DataFrame([row], schema=FINDINGS_SCHEMA).drop("id"), how="cross"))
    return pl.concat(tables)


def _as_shown(found: pl.DataFrame, ids: pl.Series, texts: pl.Series) -> pl.DataFrame:
    """Return findings, and those in some of the texts once more as they show, so that none counts twice."""
    text_of = dict(zip(ids.to_list(), texts.to_list(), strict=True))
    rows = [
        {**row, "span": masked(revealed(text_of[row["id"]][row["start"] : row["end"]]))}
        for row in (found.iter_rows(named=True) if text_of else ())
        if row["id"] in text_of
    ]
    return pl.concat([found, pl.DataFrame(rows, schema=FINDINGS_SCHEMA)])


def _hits(contaminated: pl.DataFrame | None) -> pl.DataFrame:
    """Return contaminated records in the form of findings, with `rule` in place of `kind`."""
    if contaminated is None:
        return FINDINGS_SCHEMA.to_frame().rename({"kind": "rule"})
    detail = pl.format(
        "{} of the record, {} of item {} in {}", "side", "item_side", pl.col("item_id"), "item_set"
    )
    return contaminated.select(
        "id",
        pl.lit(CONTAMINATION).alias("rule"),
        detail.alias("detail"),
        pl.lit(None, dtype=pl.Int64).alias("start"),
        pl.lit(None, dtype=pl.Int64).alias("end"),
        "span",
    )
