"""The gate: what is measured on a drop and a candidate, the entropy law, the rules and the verdict.

Read in this order: `measurement` (numbers with noise, equal-byte samples), `strata` (which of them are
judged alone), `pairing` and `compared` (a drop beside promoted records of its strata), `drop` (what is
judged of it) with `copies`, `phrases`, `endings`, `excess` (numbers of single records), `wording` (two of
these) and `answers` (what a language model says), `law` (L as a function of R), `candidate` (the selection
against its parent's), `gate` (rules and verdict), `screened` (the counts of screening), `pointers` and
`suspects` (which records a hold is about), `track_record` (whether the law holds for the versions of a
dataset).
"""

from entropy_assets.curation.entropy_law.answers import (
    NO_MODEL,
    AnswersMeasured,
    Exchanges,
    draw_answers,
    measure_answers,
)
from entropy_assets.curation.entropy_law.candidate import (
    CandidateMeasured,
    Runs,
    first_version,
    measure_candidate,
)
from entropy_assets.curation.entropy_law.compared import Compared
from entropy_assets.curation.entropy_law.drop import DropMeasured, measure_drop
from entropy_assets.curation.entropy_law.excess import Values
from entropy_assets.curation.entropy_law.gate import (
    RULES,
    SCREENING_RULES,
    Reason,
    Verdict,
    check_overrides,
    judge,
)
from entropy_assets.curation.entropy_law.law import LawFit, calibration_subsets, fit_law
from entropy_assets.curation.entropy_law.measurement import Measurement, Texts, log_ratios, strata_of
from entropy_assets.curation.entropy_law.pointers import POINTERS
from entropy_assets.curation.entropy_law.screened import screening_reasons
from entropy_assets.curation.entropy_law.strata import fold
from entropy_assets.curation.entropy_law.suspects import (
    BY_SOURCE_SCHEMA,
    SUSPECTS_SCHEMA,
    find_suspects,
    name_suspects,
    suspects_by_source,
)
from entropy_assets.curation.entropy_law.track_record import (
    RankCorrelation,
    VersionPlace,
    rank_correlations,
)
from entropy_assets.curation.entropy_law.wording import KnownWords, measure_wording

__all__ = [
    "BY_SOURCE_SCHEMA",
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
