"""A drop beside promoted records, with what is counted once to be judged and to be pointed at.

What belongs here: what both `drop` and `pointers` read. What does not: measurements, and suspects.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from entropy_assets.curation.entropy_law.drop.answers import NO_MODEL, AnswersMeasured
from entropy_assets.curation.entropy_law.drop.endings import Ends
from entropy_assets.curation.entropy_law.drop.excess import Values
from entropy_assets.curation.entropy_law.drop.harm import Harm
from entropy_assets.curation.entropy_law.drop.pairing import Pair
from entropy_assets.curation.entropy_law.drop.phrases import Repeated
from entropy_assets.curation.entropy_law.measurement import Texts
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import LawSettings


@dataclass(frozen=True)
class Compared(Pair):
    """A drop and its reference in the strata that they are judged in.

    Parameters
    ----------
    told, reference_told
        The same records in the strata that were told.
    values
        Rule code -> a number for each record of both, higher is worse: the loss under the parent's probe, and
        what `wording` counts.
    law
        How R is measured, and from how many records on a stratum or source is known.
    answers
        What a language model says of the answers.
    harm
        What a detector finds of the drop.
    corrected
        Ids of the promoted records that the drop corrects: a record is no copy of the one that it corrects.
    """

    told: Texts
    reference_told: Texts
    values: Mapping[str, Values]
    law: LawSettings
    answers: AnswersMeasured
    harm: Harm
    corrected: frozenset[str] = frozenset()

    @classmethod
    def beside(
        cls,
        drop: Texts,
        reference: Texts,
        values: Mapping[str, Values],
        law: LawSettings,
        answers: AnswersMeasured = AnswersMeasured(off=NO_MODEL),  # noqa: B008, it is frozen
        harm: Harm = Harm(),  # noqa: B008, it is frozen
        corrected: Collection[str] = (),
    ) -> "Compared":
        """Return a drop, what dedup let through, beside promoted records, none for a first version.

        Raises
        ------
        InvalidParameter
            Numbers are not as many as the records.
        """
        for code, own in values.items():
            if (len(own.drop), len(own.reference)) != (len(drop), len(reference)):
                raise InvalidParameter(
                    f"{code} must have a number for each of {len(drop)} and {len(reference)} records, got "
                    f"{len(own.drop)} and {len(own.reference)}: give NaN where there is none"
                )
        pair = Pair.of(drop, reference, law.known_records)
        sides = (pair.drop, pair.reference, pair.members, pair.reference_members)
        return cls(*sides, drop, reference, values, law, answers, harm, frozenset(corrected))

    @cached_property
    def beside_others(self) -> Pair:
        """The drop beside the promoted records that it does not correct, in the strata known by these."""
        if not self.corrected:
            return self
        stay = np.array([name not in self.corrected for name in self.reference.ids], dtype=bool)
        left = {s: theirs[stay[theirs]] for s, theirs in self.reference_members.items()}
        left = {s: theirs for s, theirs in left.items() if len(theirs) >= self.law.known_records}
        return Pair(self.drop, self.reference, {s: self.members[s] for s in left}, left)

    @cached_property
    def windows(self) -> Pair:
        """The same records in windows of `record_bytes`: what the values were measured on."""
        return self.in_windows(self.law.record_bytes)

    @cached_property
    def ends(self) -> Ends:
        """How the records of the drop end."""
        return Ends.of(self)

    @cached_property
    def repeated(self) -> Repeated:
        """How much of each record is made of repeated phrases."""
        return Repeated.of(self.windows)
