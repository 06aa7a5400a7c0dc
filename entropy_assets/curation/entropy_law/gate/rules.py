"""The rules of the gate: their codes, their limits' names, and what each says when it fires.

What belongs here: the table of rules, and which of them a person may set aside. What does not: judging by
them (`verdict`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from entropy_assets.errors import InvalidParameter


@dataclass(frozen=True)
class Rule:
    """One rule of the gate.

    Parameters
    ----------
    limit
        Name of the policy's limit, and for records without reference another one.
    novel_limit
        Limit for strata without reference; empty where the rule does not speak about them.
    unit
        Unit of the measured value.
    why
        What it means when it fires.
    do
        What to do then.
    """

    limit: str
    novel_limit: str
    unit: str
    why: str
    do: str


EXCESS_UNIT = "standard deviations beyond 2, mean"

RULES: dict[str, Rule] = {
    "blobs": Rule(
        "max_blobs",
        "",
        "share of records",
        "records that are no text: encoded data, mojibake, random letters",
        "remove the records that are no text from the drop and deliver it under a new name",
    ),
    "copies": Rule(
        "max_copies",
        "max_novel_copies",
        "share of records",
        "records that are near-copies of others",
        "remove near-duplicates or templated rows from the drop and deliver it under a new name",
    ),
    "repeated_phrases": Rule(
        "max_repeated_phrases",
        "",
        "share of records",
        "records made of phrases that too many records share: refusals, boilerplate, templates",
        "remove the records with stock phrases from the drop and deliver it under a new name",
    ),
    "mismatched_answers": Rule(
        "max_mismatched_answers",
        "",
        "share of records",
        "answers that do not belong to their questions",
        "check how questions and answers were joined, and deliver the drop under a new name",
    ),
    "truncated": Rule(
        "max_truncated",
        "max_novel_truncated",
        "share of records",
        "records that end in the middle",
        "check the length limit of whatever exported the drop",
    ),
    "ratio_rose": Rule(
        "max_ratio_rise",
        "",
        "fraction of R",
        "more redundant than promoted data of the same sources",
        "look for repeated or templated text in the drop",
    ),
    "unknown_words": Rule(
        "max_unknown_words",
        "",
        EXCESS_UNIT,
        "more words that no promoted data holds: typing errors, broken encodings, another language",
        "look at the records with the most unknown words",
    ),
    "unusual_pairs": Rule(
        "max_unusual_pairs",
        "",
        EXCESS_UNIT,
        "known words beside each other as in no promoted data: shuffled words, filled templates",
        "look at the records with the most unusual neighbours: word order, templates",
    ),
    "loss_shift": Rule(
        "max_loss_shift",
        "",
        EXCESS_UNIT,
        "less predictable than promoted data of the same sources",
        "look at the records with the highest loss: shuffled, garbled or mislabelled text",
    ),
    "language_shift": Rule(
        "max_language_shift",
        "",
        "total variation",
        "another mix of languages within known sources",
        "check the sources' language, or deliver the new language under a source of its own",
    ),
    "selection_ratio_rose": Rule(
        "max_selection_ratio_rise",
        "",
        "fraction of R",
        "the selection became more redundant than the parent's",
        "compare the selections of candidate and parent by source",
    ),
    "loss_above_law": Rule(
        "max_residual_rise_bpb",
        "",
        "bits per byte",
        "more loss at its compression ratio than the law expects",
        "look for contradictory or noisy records in the drop",
    ),
    "heldout_worse": Rule(
        "max_heldout_rise_bpb",
        "max_novel_heldout_rise_bpb",
        "bits per byte",
        "the probe does worse on the parent's validation split",
        "see the table of sources; a source that lost records may need a quota",
    ),
    "drifted": Rule(
        "max_drift",
        "",
        "fraction of R",
        "many small steps have led away from the anchor version",
        "refresh the selection, or pin a new anchor in the policy after a look at the data",
    ),
    "heldout_drifted": Rule(
        "max_heldout_drift_bpb",
        "",
        "bits per byte",
        "held-out loss has risen step by step since the anchor version",
        "refresh the selection, or pin a new anchor in the policy after a look at the data",
    ),
}

SCREENING_RULES = ("secrets", "personal_data", "licences")
"""Rules on what screening counted; their limits and reasons stand in `screened`."""

CANDIDATE_RULES = (
    "selection_ratio_rose",
    "loss_above_law",
    "heldout_worse",
    "drifted",
    "heldout_drifted",
)
DROP_RULES = tuple(code for code in RULES if code not in CANDIDATE_RULES)
NEVER_OVERRIDDEN = "integrity"


def check_overrides(codes: Iterable[str]) -> tuple[str, ...]:
    """Return rule codes that a person wants to set aside, each once, sorted.

    Raises
    ------
    InvalidParameter
        A code is unknown, or is `integrity`, which nobody can set aside.
    """
    allowed = {*RULES, *SCREENING_RULES, "inconclusive", "manual"}
    found = sorted(set(codes))
    for code in found:
        if code not in allowed:
            raise InvalidParameter(
                f"rule {code!r} cannot be overridden: choose from {', '.join(sorted(allowed))}"
            )
    return tuple(found)
