"""The rules on a drop: one object each, with what measures it and what points at its records.

A new rule is one entry here and a limit in the policy (`CONTRIBUTING.md`); the report, the verdict, the
suspects, `drop split`, overrides and the tables of the documentation follow from it.

What belongs here: one object a rule. What does not: measuring and pointing themselves.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from entropy_assets.curation.entropy_law.drop import measures, pointers
from entropy_assets.curation.entropy_law.drop.blobs import measure_blobs
from entropy_assets.curation.entropy_law.drop.compared import Compared
from entropy_assets.curation.entropy_law.drop.pointers import Pointed
from entropy_assets.curation.entropy_law.drop.redundancy import measure_ratio
from entropy_assets.curation.entropy_law.measurement import Measurement
from entropy_assets.curation.entropy_law.rule import Rule

EXCESS_UNIT = "standard deviations beyond 2, mean"

Measure = Callable[[Compared, int], Sequence[Measurement] | str]
"""Measures a drop beside promoted records, with the seed of all draws; or says why it cannot."""
Pointer = Callable[[Compared], Iterable[Pointed]]
"""Points at the records of a drop that a rule is about."""


@dataclass(frozen=True, kw_only=True)
class DropRule(Rule):
    """One rule on a drop.

    Parameters
    ----------
    measure
        Returns what was measured, one number a scope, or why the rule is off.
    compares
        Whether it needs a stratum with promoted records; it is off, and not asked, without one.
    pointer
        Points at single records; None for a rule about sums, for which no record speaks.
    score
        What the score of a record says that it points at; higher is worse.
    """

    measure: Measure = field(repr=False)
    compares: bool = False
    pointer: Pointer | None = field(default=None, repr=False)
    score: str = ""


DROP_RULES = (
    DropRule(
        code="damage",
        stands_for="hold",
        limit="max_damage",
        unit="share of records beyond the usual",
        why="records that look damaged, beside promoted ones next to them",
        do="look at the records, and deliver the drop without them under a new name",
        measure=partial(measures.harm_of, "damage"),
        pointer=partial(pointers.harmed, "damage"),
        score="how damaged it looks to the detector, 0 to 1",
    ),
    DropRule(
        code="doubtful",
        stands_for="ask",
        limit="max_doubtful",
        novel_limit="max_novel_doubtful",
        unit="share of records beyond the usual",
        why="records that look damaged; sound records that are unlike all promoted ones can look so too",
        do="look at the records that look damaged most",
        measure=partial(measures.harm_of, "doubtful"),
        pointer=partial(pointers.harmed, "damage"),
        score="how damaged it looks to the detector, 0 to 1",
    ),
    DropRule(
        code="unlike",
        stands_for="ask",
        limit="max_unlike",
        unit="share of records beyond the usual",
        why="records unlike anything promoted, among others that are not",
        do="look at the drop; deliver what is of another kind as a source of its own",
        measure=partial(measures.harm_of, "unlike"),
    ),
    DropRule(
        code="new_kind",
        stands_for="note",
        limit="max_new_kind",
        unit="share of records",
        why="most records are of a kind that nothing promoted is",
        do="look at some of them",
        measure=partial(measures.harm_of, "new_kind"),
    ),
    DropRule(
        code="doubtful_first",
        stands_for="ask",
        asks_when_unsure=False,
        limit="max_doubtful_first",
        unit="share of records beyond the usual",
        why="records of a first version that look damaged; it would become the measure of what is sound",
        do="look at the records that look damaged most, before all later drops are judged by them",
        measure=partial(measures.harm_of, "doubtful_first"),
        pointer=partial(pointers.harmed, "doubtful_first"),
        score="how damaged it looks to the detector that comes with the package, 0 to 1",
    ),
    DropRule(
        code="blobs",
        stands_for="hold",
        limit="max_blobs",
        unit="share of records",
        why="records that are no text: encoded data, mojibake, random letters",
        do="remove the records that are no text from the drop and deliver it under a new name",
        measure=measure_blobs,
        pointer=pointers.blobs,
        score="the share of noise",
    ),
    DropRule(
        code="copies",
        stands_for="ask",
        asks_when_unsure=False,
        limit="max_copies",
        novel_limit="max_novel_copies",
        unit="share of records",
        why="records that are near-copies of others",
        do="remove near-duplicates or templated rows from the drop and deliver it under a new name",
        measure=measures.near_copies,
        pointer=pointers.copies,
        score="the share of the record's runs of words that stand elsewhere too",
    ),
    DropRule(
        code="repeated_phrases",
        stands_for="note",
        limit="max_repeated_phrases",
        unit="share of records",
        why="records made of phrases that too many records share: refusals, boilerplate, templates",
        do="look at the records with stock phrases",
        measure=measures.repeated_phrases,
        compares=True,
        pointer=pointers.repeated_phrases,
        score="the share of the record's runs of words that stand in too many records",
    ),
    DropRule(
        code="mismatched_answers",
        stands_for="hold",
        limit="max_mismatched_answers",
        unit="share of records",
        why="answers that do not belong to their questions",
        do="check how questions and answers were joined, and deliver the drop under a new name",
        measure=measures.mismatched_answers,
        pointer=pointers.mismatched_answers,
        score="the probability that its answer is another question's, of the records that were read",
    ),
    DropRule(
        code="truncated",
        stands_for="note",
        limit="max_truncated",
        novel_limit="max_novel_truncated",
        unit="share of records",
        why="records that end in the middle",
        do="check the length limit of whatever exported the drop",
        measure=measures.cut_ends,
        pointer=pointers.truncated,
        score="what its ending counts for",
    ),
    DropRule(
        code="ratio_rose",
        stands_for="note",
        limit="max_ratio_rise",
        unit="fraction of R",
        why="more redundant than promoted data of the same sources",
        do="look for repeated or templated text in the drop",
        measure=measure_ratio,
        compares=True,
    ),
    DropRule(
        code="unknown_words",
        stands_for="note",
        limit="max_unknown_words",
        unit=EXCESS_UNIT,
        why="more words that no promoted data holds: new subjects, typing errors, broken encodings",
        do="look at the records with the most unknown words",
        measure=partial(measures.excess_of, "unknown_words", "no record of a known stratum holds a word"),
        compares=True,
        pointer=partial(pointers.outliers, "unknown_words"),
        score="standard deviations above promoted records of its size",
    ),
    DropRule(
        code="unusual_pairs",
        stands_for="note",
        limit="max_unusual_pairs",
        unit=EXCESS_UNIT,
        why="known words beside each other as in no promoted data: another form, shuffled words, templates",
        do="look at the records with the most unusual neighbours: word order, templates",
        measure=partial(
            measures.excess_of,
            "unusual_pairs",
            "no record of a known stratum holds two words that promoted data knows",
        ),
        compares=True,
        pointer=partial(pointers.outliers, "unusual_pairs"),
        score="standard deviations above promoted records of its size",
    ),
    DropRule(
        code="loss_shift",
        stands_for="note",
        limit="max_loss_shift",
        unit=EXCESS_UNIT,
        why="less predictable than promoted data of the same sources",
        do="look at the records with the highest loss: shuffled, garbled or mislabelled text",
        measure=partial(
            measures.excess_of,
            "loss_shift",
            "no record of a known stratum has a loss under the parent's probe",
        ),
        compares=True,
        pointer=partial(pointers.outliers, "loss_shift"),
        score="standard deviations above promoted records of its size",
    ),
    DropRule(
        code="language_shift",
        stands_for="ask",
        asks_when_unsure=False,
        limit="max_language_shift",
        unit="total variation",
        why="another mix of languages within known sources",
        do="check the sources' language, or deliver the new language under a source of its own",
        measure=measures.languages,
        pointer=pointers.language_shift,
        score="the rise of the language's share",
    ),
)
"""All rules on a drop, in the order in which they are measured and told."""

POINTERS: dict[str, Pointer] = {rule.code: rule.pointer for rule in DROP_RULES if rule.pointer is not None}
"""Rule code -> what points at its records. The other rules are about sums, and no record speaks for them."""
