"""The entropy law and its gate: what is measured on a drop and a candidate, the law, and the verdict.

Three rooms, and what they share: `measurement` (numbers with noise, texts, samples of equal bytes). `gate`
(rules, reasons, verdict) knows measurements alone; `drop` (what measures a drop) and `law` (R, L and the line
of a candidate) know the gate's rules, and nothing of each other. Callers import from here.
"""

from entropy_assets.curation.entropy_law.drop.answers import NO_MODEL, AnswersMeasured, measure_answers
from entropy_assets.curation.entropy_law.drop.compared import Compared
from entropy_assets.curation.entropy_law.drop.excess import Values
from entropy_assets.curation.entropy_law.drop.exchanges import Exchanges, draw_answers
from entropy_assets.curation.entropy_law.drop.measuring import DropMeasured, measure_drop
from entropy_assets.curation.entropy_law.drop.pointers import POINTERS
from entropy_assets.curation.entropy_law.drop.strata import fold
from entropy_assets.curation.entropy_law.drop.suspects import (
    BY_SOURCE_SCHEMA,
    SUSPECTS_SCHEMA,
    find_suspects,
    name_suspects,
    suspects_by_source,
)
from entropy_assets.curation.entropy_law.drop.wording import KnownWords, measure_wording
from entropy_assets.curation.entropy_law.gate.reasons import Reason
from entropy_assets.curation.entropy_law.gate.rules import (
    CANDIDATE_RULES,
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

__all__ = [
    "BY_SOURCE_SCHEMA",
    "CANDIDATE_RULES",
    "NO_MODEL",
    "POINTERS",
    "RULES",
    "SCREENING_RULES",
    "SUSPECTS_SCHEMA",
    "AnswersMeasured",
    "CandidateMeasured",
    "Compared",
    "DropMeasured",
    "Exchanges",
    "KnownWords",
    "LawFit",
    "Measurement",
    "RankCorrelation",
    "Reason",
    "Runs",
    "Texts",
    "Values",
    "Verdict",
    "VersionPlace",
    "calibration_subsets",
    "check_overrides",
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
]
