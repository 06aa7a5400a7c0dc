"""The descriptions that a version carries: a card for people and hubs, Croissant for machines."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import yaml

from entropy_assets.ledger import Candidate
from entropy_assets.shown import for_markdown, for_script, for_terminal

_MARKS = ("1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T")

LANGUAGE_CODE = re.compile(r"[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*")
"""What hubs take for a language; a row may state anything else."""

NOTHING: Mapping[str, Mapping[str, int]] = MappingProxyType({})

_RANKING_CONFIG = {
    "config_name": "ranking",
    "data_files": [{"split": "train", "path": "ranking/train-*.parquet"}],
}
_RANKING_TOLD = [
    "In which order the training records were picked stands in the configuration `ranking`: their `rank`, "
    "from 0 on, by `id`.",
    "",
]

_MEASURED = {
    "ratio_zlib32k": "R under zlib, 32 KiB back: bytes by compressed bytes, higher is more redundant",
    "ratio_zstd_long": "R under zstd, all that was picked",
    "loss_bpb": "L, the probe's loss in its first pass, bits per byte",
    "heldout_bpb": "loss of the probe on the validation split after it, bits per byte",
}
"""Figure of the verdict -> what it is, in the order of the card."""
_CONTROL = "random_"
"""What the name of a figure begins with that was measured on a random selection of as many bytes."""

_UNSEEN = (
    "What the gate looks for is damage to text and harm to held-out data. It does not see what only a reader "
    "sees: wrong facts and numbers, and, without a language model, answers to other questions."
)

MIN_SHARE = 0.01
"""A language below this share of the records is not named."""


@dataclass(frozen=True)
class Split:
    """One split of a version: its files (path -> SHA-256), rows and bytes."""

    name: str
    files: dict[str, str]
    rows: int
    bytes: int


def size_category(rows: int) -> str:
    """Return the hub's word for a number of rows.

    >>> size_category(12_000)
    '10K<n<100K'
    """
    place = sum(rows >= 1_000 * 10**power for power in range(len(_MARKS)))
    if place == 0:
        return f"n<{_MARKS[0]}"
    return f"{_MARKS[place - 1]}<n<{_MARKS[place]}" if place < len(_MARKS) else f"n>{_MARKS[-1]}"


def card(
    name: str,
    version: str,
    splits: list[Split],
    figures: dict[str, Any],
    drops: tuple[str, ...],
    sources: Sequence[Mapping[str, Any]] = (),
    notes: Sequence[Mapping[str, str]] = (),
    superseded: Mapping[str, Mapping[str, int]] = NOTHING,
    *,
    ranking: Split | None = None,
    told: str = "",
    parent: str | None = None,
    candidate: Candidate | None = None,
) -> str:
    """Return the card of a version: Markdown with YAML front matter.

    Parameters
    ----------
    name
        Name of the dataset.
    version
        Name of the version.
    splits
        Its splits.
    figures
        Name of a figure -> value, as they were measured for the verdict.
    drops
        The live drops.
    sources
        One row a source of the training records: `source`, `licence`, `records`, `languages`, and how
        many records hold `secrets`, `emails`, `phones`, `cards`.
    notes
        One row a thing that was noted when the version was promoted: `drop`, `where`, `rule`, `measured`,
        `allowed`.
    superseded
        Correcting drop -> drop -> how many of its records it keeps out.
    ranking
        Files with the `rank` of each training record by its `id`; None for none.
    told
        A sentence on how the training records were picked, empty for none.
    parent
        The version that it was measured against, None for a first one.
    candidate
        What was promoted; None for a card that does not say.
    """
    has_ranking = ranking is not None and ranking.rows > 0
    rows = sum(split.rows for split in splits)
    front = {
        "pretty_name": for_terminal(f"{name} {version}"),
        **_stated(sources),
        "size_categories": [size_category(rows)],
        "tags": ["entropy-assets", "data-selection"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": s.name, "path": f"data/{s.name}-*.parquet"} for s in splits],
            },
            *([_RANKING_CONFIG] if has_ranking else []),
        ],
    }
    lines = [f"| {s.name} | {s.rows:,} | {s.bytes:,} |" for s in splits]
    return "\n".join(
        [
            "---",
            yaml.safe_dump(front, sort_keys=False).rstrip(),
            "---",
            f"# {for_markdown(f'{name} {version}')}",
            "",
            f"Selected from {len(drops)} drop(s): {', '.join(map(for_markdown, drops))}. The decision and "
            "its reasons stand in the ledger; every file's digest stands in `manifest.json` and "
            "`SHA256SUMS`.",
            "",
            *_decision(parent, candidate),
            *([for_markdown(f"{told[0].upper()}{told[1:]}."), ""] if told else []),
            *_corrections(superseded),
            "| split | rows | bytes |",
            "| --- | --- | --- |",
            *lines,
            "",
            *(_RANKING_TOLD if has_ranking else []),
            *_figure_table(figures),
            *_source_table(sources),
            *_notes_table(notes),
            _UNSEEN,
            "",
        ]
    )


def _decision(parent: str | None, candidate: Candidate | None) -> list[str]:
    """Return what was promoted over what, and by whom, if anybody, which rules were set aside."""
    if candidate is None:
        return []
    over = "the first version: nothing was there to measure it against"
    over = over if parent is None else f"measured against {parent}"
    told = [f"Made by {for_markdown(candidate.key)}, {over}."]
    if candidate.action == "release":
        rules = ", ".join(f"`{code}`" for code in candidate.overrides) or "no rule"
        told.append(f"{for_markdown(candidate.by)} set aside {rules}: {for_markdown(candidate.why)}.")
    if candidate.remove:
        gone = ", ".join(map(for_markdown, candidate.remove))
        told.append(f"{for_markdown(candidate.by)} took out {gone}: {for_markdown(candidate.why)}.")
    return [" ".join(told), ""]


def _figure_table(figures: Mapping[str, Any]) -> list[str]:
    """Return what was measured of the version beside a random selection, four digits for people."""
    others = [key for key in sorted(figures) if key.removeprefix(_CONTROL) not in _MEASURED]
    rows = [(said, figures.get(key), figures.get(f"{_CONTROL}{key}")) for key, said in _MEASURED.items()]
    rows += [(key, figures[key], None) for key in others]
    lines = [
        f"| {for_markdown(said)} | {_number(own)} | {_number(control)} |"
        for said, own, control in rows
        if (own, control) != (None, None)
    ]
    head = ["| measured | this version | random, as many bytes |", "| --- | --- | --- |"]
    return [*head, *lines, ""] if lines else []


def _number(value: Any) -> str:
    """Return a figure with four digits; all of them stand in the manifest."""
    return "-" if value is None else f"{value:.4g}" if isinstance(value, float) else for_markdown(value)


def _corrections(superseded: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return a line for each correcting drop."""
    told = [
        f"* {for_markdown(by)} corrects {sum(own.values()):,} record(s) of "
        f"{', '.join(map(for_markdown, own))}, which are kept out"
        for by, own in superseded.items()
    ]
    return [*told, ""] if told else []


def _stated(sources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return languages and licences as hubs read them; a licence only where every source has one."""
    total = sum(row["records"] for row in sources)
    languages: Counter[str] = Counter()
    for row in sources:
        languages.update(row["languages"])
    named = [code for code in sorted(languages) if code != "und" and LANGUAGE_CODE.fullmatch(code)]
    common = [code for code in named if languages[code] >= MIN_SHARE * total]
    licences = {row["licence"] for row in sources}
    found: dict[str, Any] = {"language": common} if common else {}
    if licences and None not in licences:
        found["license"] = sorted(for_terminal(licence).lower() for licence in licences)
    return found


def _source_table(sources: Sequence[Mapping[str, Any]]) -> list[str]:
    if not sources:
        return []
    names = ("records", "secrets", "emails", "phones", "cards")
    lines = [
        " | ".join(["", *map(for_markdown, _named(row))]).lstrip()
        + " | "
        + " | ".join(f"{row[name]:,}" for name in names)
        + " |"
        for row in sources
    ]
    return [
        "Sources of the training records; the last four columns count records in which such data were seen.",
        "",
        "| source | licence | languages | records | secrets | e-mail | telephone | card numbers |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *lines,
        "",
    ]


def _notes_table(notes: Sequence[Mapping[str, str]]) -> list[str]:
    if not notes:
        return []
    columns = ("drop", "where", "rule", "measured", "allowed")
    return [
        "What the gate noted when this version was promoted; none of it stood against promotion.",
        "",
        "| drop | where | what | measured | usual up to |",
        "| --- | --- | --- | --- | --- |",
        *(f"| {' | '.join(for_markdown(row[column]) for column in columns)} |" for row in notes),
        "",
    ]


def _named(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["source"], row["licence"] or "none stated", _mix(row["languages"])


def _mix(languages: Mapping[str, int]) -> str:
    """Return a source's languages by share, without those below one in a hundred.

    >>> _mix({"de": 30, "en": 970, "la": 1})
    'en 97 %, de 3 %'
    """
    total = sum(languages.values())
    ranked = sorted(languages.items(), key=lambda pair: (-pair[1], pair[0]))
    told = [f"{code} {count / total:.0%}" for code, count in ranked if count >= MIN_SHARE * total]
    return ", ".join(told).replace("%", " %")


def croissant(name: str, version: str, splits: list[Split], *, ranking: Split | None = None) -> str:
    """Return the Croissant 1.1 description (JSON-LD) of a version's files.

    Parameters
    ----------
    name
        Name of the dataset.
    version
        Name of the version.
    splits
        Its splits.
    ranking
        Files with the ranks of its training records; None for none.
    """
    files = [
        {
            "@type": "cr:FileObject",
            "@id": path,
            "name": path,
            "contentUrl": path,
            "encodingFormat": "application/vnd.apache.parquet",
            "sha256": digest,
        }
        for split in (*splits, *([] if ranking is None else [ranking]))
        for path, digest in sorted(split.files.items())
    ]
    value = {
        "@context": {
            "@language": "en",
            "@vocab": "https://schema.org/",
            "cr": "http://mlcommons.org/croissant/",
            "sc": "https://schema.org/",
            "dct": "http://purl.org/dc/terms/",
            "conformsTo": "dct:conformsTo",
        },
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": name,
        "version": version,
        "description": f"Version {version} of the dataset {name}, selected by Entropy Assets.",
        "distribution": files,
    }
    return for_script(value) + "\n"
