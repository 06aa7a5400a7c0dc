"""The entropy law and its gate: what is measured on a drop and a candidate, the law, and the verdict.

Three rooms, and what they share: `measurement` (numbers with noise, texts, samples of equal bytes) and `rule`
(what a rule is). `drop` (what measures a drop) and `law` (R, L and the line of a candidate) each hold their
rules, and know nothing of each other; `gate` (all rules, reasons, verdict) judges measurements by them, and
never sees a record. Callers import from here.
"""

from entropy_assets.curation.entropy_law.drop.answers import NO_MODEL, AnswersMeasured, measure_answers
from entropy_assets.curation.entropy_law.drop.compared import Compared
from entropy_assets.curation.entropy_law.drop.excess import Values
from entropy_assets.curation.entropy_law.drop.exchanges import Exchanges, draw_answers
from entropy_assets.curation.entropy_law.drop.harm import (
    BESIDE_PROMOTED,
    HAS_A_PARENT,
    NO_DETECTOR,
    OF_A_FIRST,
    Harm,
)
from entropy_assets.curation.entropy_law.drop.measuring import DropMeasured, measure_drop
from entropy_assets.curation.entropy_law.drop.rules import DROP_RULES, POINTERS, DropRule
from entropy_assets.curation.entropy_law.drop.strata import fold
from entropy_assets.curation.entropy_law.drop.suspects import (
    BY_SOURCE_SCHEMA,
    SUSPECTS_SCHEMA,
    find_suspects,
    suspects_by_source,
)
from entropy_assets.curation.entropy_law.drop.wording import MAX_REFERENCE, KnownWords, measure_wording
from entropy_assets.curation.entropy_law.gate.corrected import correction_reasons
from entropy_assets.curation.entropy_law.gate.naming import name_suspects
from entropy_assets.curation.entropy_law.gate.reasons import Reason
from entropy_assets.curation.entropy_law.gate.rules import (
    CANDIDATE_CODES,
    CORRECTIONS,
    DROP_CODES,
    INCONCLUSIVE,
    MANUAL,
    NEVER_OVERRIDDEN,
    RULES,
    SCREENING_RULES,
    check_overrides,
)
from entropy_assets.curation.entropy_law.gate.screened import screening_reasons
from entropy_assets.curation.entropy_law.gate.verdict import Verdict, judge
from entropy_assets.curation.entropy_law.law.calibration import calibration_subsets
from entropy_assets.curation.entropy_law.law.candidate import (
    CandidateMeasured,
    Runs,
    first_version,
    measure_candidate,
)
from entropy_assets.curation.entropy_law.law.fit import LawFit, fit_law
from entropy_assets.curation.entropy_law.law.track_record import (
    RankCorrelation,
    VersionPlace,
    rank_correlations,
)
from entropy_assets.curation.entropy_law.measurement import Measurement, Texts, log_ratios, strata_of
from entropy_assets.curation.entropy_law.rule import Outcome, Rule, StandsFor, worst

__all__ = [
    "BESIDE_PROMOTED",
    "BY_SOURCE_SCHEMA",
    "CANDIDATE_CODES",
    "CORRECTIONS",
    "DROP_CODES",
    "DROP_RULES",
    "HAS_A_PARENT",
    "INCONCLUSIVE",
    "MANUAL",
    "MAX_REFERENCE",
    "NEVER_OVERRIDDEN",
    "NO_DETECTOR",
    "NO_MODEL",
    "OF_A_FIRST",
    "POINTERS",
    "RULES",
    "SCREENING_RULES",
    "SUSPECTS_SCHEMA",
    "AnswersMeasured",
    "CandidateMeasured",
    "Compared",
    "DropMeasured",
    "DropRule",
    "Exchanges",
    "Harm",
    "KnownWords",
    "LawFit",
    "Measurement",
    "Outcome",
    "RankCorrelation",
    "Reason",
    "Rule",
    "Runs",
    "StandsFor",
    "Texts",
    "Values",
    "Verdict",
    "VersionPlace",
    "calibration_subsets",
    "check_overrides",
    "correction_reasons",
    "draw_answers",
    "find_suspects",
    "first_version",
    "fit_law",
    "fold",
    "judge",
    "log_ratios",
    "measure_answers",
    "measure_candidate",
    "measure_drop",
    "measure_wording",
    "name_suspects",
    "rank_correlations",
    "screening_reasons",
    "strata_of",
    "suspects_by_source",
    "worst",
]
