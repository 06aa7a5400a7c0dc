"""The folder of a version: its data, and what it says of itself.

What belongs here: manifest, checksums, and putting all files in place. What does not: the bytes of the data
(`files`), and the entry that promotes it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from entropy_assets.curation.publication.card import Split, card, croissant
from entropy_assets.curation.publication.files import RANKING, DataFile
from entropy_assets.curation.publication.proof import sums
from entropy_assets.curation.publication.rows import Rows
from entropy_assets.curation.publication.software import software
from entropy_assets.ledger import Candidate, Head, Outcome, State
from entropy_assets.linking import put_linked
from entropy_assets.shards import Segment
from entropy_assets.storage import DatasetHome, digest_bytes, digest_value, put


@dataclass(frozen=True)
class VersionContent:
    """What a version will hold.

    Parameters
    ----------
    train
        Selected records with their `rank`.
    validation
        Records of the frozen validation split.
    figures
        What was measured, for card and manifest.
    segment
        Kept records of the candidate with their signatures: the index segment that promotion writes.
    provenance
        Digests of pool, selection, reports and settings.
    sources
        What screening knows of each source of the training records: licence, languages, findings.
    notes
        What is new in the version, for the card: rows of words; see `card`.
    leave
        Correcting drop -> drop -> how many of its records leave the pool with this promotion.
    superseded
        The same of all records that live corrections keep out of the version.
    drop_rows
        Drop -> records that it gave to the pool; of a drop that is not named, its training records count.
    fallback
        How the selector of the settings stood beside random, and whether random was taken; empty where
        nothing was to take its place.
    told
        A sentence on that for the card, empty for none.
    is_by_rank
        Whether training records lie in files in order of rank: for a selection that keeps its parent's head.
    """

    train: Rows
    validation: Rows
    figures: dict[str, Any]
    segment: Segment
    provenance: dict[str, str]
    sources: tuple[dict[str, Any], ...] = ()
    notes: tuple[dict[str, str], ...] = ()
    leave: Mapping[str, dict[str, int]] = field(default_factory=dict)
    superseded: Mapping[str, dict[str, int]] = field(default_factory=dict)
    drop_rows: Mapping[str, int] = field(default_factory=dict)
    fallback: Mapping[str, Any] = field(default_factory=dict)
    told: str = ""
    is_by_rank: bool = False


@dataclass(frozen=True)
class Promotion:
    """A candidate that is promoted.

    Parameters
    ----------
    candidate
        The candidate.
    parent
        State that it was measured against.
    drops
        Live drops after the promotion, in the order in which they came.
    content
        What the version holds.
    reasons
        Reasons that a person has set aside, kept with the decision.
    outcomes
        Drop that the candidate adds -> what was decided about it; None: all are promoted.
    """

    candidate: Candidate
    parent: State
    drops: tuple[str, ...]
    content: VersionContent
    reasons: tuple[dict[str, Any], ...] = ()
    outcomes: dict[str, Outcome] | None = None


def write_version(
    home: DatasetHome, promotion: Promotion, files: Mapping[str, DataFile], head: Head, number: int
) -> tuple[str, str]:
    """Write the version of a number, built on a head of the ledger; return its name and manifest's digest.

    Parameters
    ----------
    home
        The dataset.
    promotion
        What is promoted.
    files
        Path -> data file.
    head
        The ledger's head.
    number
        The version's number.
    """
    facts = {path: file.facts for path, file in files.items()}
    content, parent = promotion.content, promotion.parent.version
    manifest = {
        "dataset": home.name,
        "parent": parent,
        "candidate": promotion.candidate.key,
        "bootstrap": parent is None,
        "drops": list(promotion.drops),
        "schema": {name: str(kind) for name, kind in content.train.schema.items()},
        # Sorted, since figures that were stored and read again come in another order.
        "figures": dict(sorted(content.figures.items())),
        "sources": list(content.sources),
        **({"superseded": dict(content.superseded)} if content.superseded else {}),
        **({"fallback": dict(content.fallback)} if content.fallback else {}),
        "provenance": content.provenance,
        "software": software(),
    }
    # The head by its number alone, which fixes its digest: a replay at another time gives the same name.
    version = f"v{number:04d}-{digest_value([head.number, manifest, facts])[:8]}"
    splits = [split for split in (_split(part, facts) for part in ("train", "validation")) if split.rows]
    ranking = _ranking(facts)
    described_as = (home.name, version, splits)
    described = {
        "README.md": card(
            *described_as,
            content.figures,
            promotion.drops,
            content.sources,
            content.notes,
            content.superseded,
            ranking=ranking,
            told=content.told,
            parent=parent,
            candidate=promotion.candidate,
        ).encode(),
        "croissant.json": croissant(*described_as, ranking=ranking).encode(),
    }
    facts |= {path: {"sha256": digest_bytes(data), "bytes": len(data)} for path, data in described.items()}
    whole = {"version": version, **manifest, "files": facts, "ledger": asdict(head)}
    text = json.dumps(whole, indent=2, ensure_ascii=False).encode()
    listed = sums(
        {**{path: fact["sha256"] for path, fact in facts.items()}, "manifest.json": digest_bytes(text)}
    )
    folder = home.version(version)
    for path, file in files.items():
        put_linked(file.source, folder / path)
    for path, data in {**described, "manifest.json": text, "SHA256SUMS": listed}.items():
        put(folder / path, data)
    return version, digest_bytes(text)


def _split(name: str, facts: Mapping[str, Mapping[str, Any]]) -> Split:
    return _part(name, f"data/{name}-", facts)


def _ranking(facts: Mapping[str, Mapping[str, Any]]) -> Split:
    return _part("train", f"{RANKING}/train-", facts)


def _part(name: str, prefix: str, facts: Mapping[str, Mapping[str, Any]]) -> Split:
    own = {path: fact for path, fact in facts.items() if path.startswith(prefix)}
    return Split(
        name=name,
        files={path: fact["sha256"] for path, fact in own.items()},
        rows=sum(fact["rows"] for fact in own.values()),
        bytes=sum(fact["bytes"] for fact in own.values()),
    )
