"""Settings of the policy: the limits of the gate."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar, Literal

from entropy_assets.settings.declared import FixedTable, Key
from entropy_assets.settings.stage import Stage

LIMITS_BY_PROBE = (
    "max_heldout_rise_bpb",
    "max_novel_heldout_rise_bpb",
    "max_residual_rise_bpb",
    "max_heldout_drift_bpb",
)
"""Limits in bits per byte of a trained probe: a pretrained model moves less than a small one."""


@dataclass(frozen=True)
class PolicySettings(Stage):
    """The limits of the gate; there is no flag for them, and no switch to skip it.

    Each limit is the smallest harm that matters. A measurement passes when its value stays within the limit,
    and `confidence` standard errors do too: where a harm of that size could not be told from noise, a person
    is asked. What follows above a limit is said by its rule: hold, ask, or a note.
    """

    TABLE: ClassVar[str] = "policy"

    confidence: Annotated[
        float, Key("Standard errors that each limit must leave room for.", least=0.5, most=6)
    ] = 2.0
    max_damage: Annotated[
        float,
        Key(
            "Share of records that look damaged, beyond what is usual, that is let pass; where sound parts "
            "of the pool reach more, they are the limit.",
            above=0,
        ),
    ] = 0.02
    max_doubtful: Annotated[float, Key("The same where a person is asked.", above=0)] = 0.01
    max_novel_doubtful: Annotated[
        float, Key("The same among records of sources, or in a language, that nothing promoted has.", above=0)
    ] = 0.1
    max_unlike: Annotated[
        float,
        Key("Share of records unlike anything promoted, beyond what is usual, in a known source.", above=0),
    ] = 0.03
    max_new_kind: Annotated[
        float, Key("Share of records of a new kind from which on they are noted.", above=0)
    ] = 0.5
    max_doubtful_first: Annotated[
        float,
        Key(
            "Share of records of a first version that look damaged, beyond what is usual, about which nobody "
            "is asked; where sound first versions reach more, they are the limit.",
            above=0,
        ),
    ] = 0.02
    max_ratio_rise: Annotated[
        float,
        Key("Rise of R, as a fraction of the reference's, of the drop within its strata.", above=0),
    ] = 0.09
    max_selection_ratio_rise: Annotated[
        float, Key("Rise of R of the selection against the parent's, as a fraction.", above=0)
    ] = 0.10
    max_unknown_words: Annotated[
        float,
        Key(
            "Rise of the share of a record's words that no promoted record holds, over promoted records of "
            "the same stratum and size: what the records have beyond 2 standard deviations, on average.",
            above=0,
        ),
    ] = 0.22
    max_unusual_pairs: Annotated[
        float,
        Key(
            "Rise of how unusual the neighbours of a record's known words are, over promoted records of the "
            "same stratum and size: what the records have beyond 2 standard deviations, on average.",
            above=0,
        ),
    ] = 0.06
    max_loss_shift: Annotated[
        float,
        Key(
            "Rise of a record's loss under the parent's probe, in bits per byte, over promoted records of "
            "the same stratum and size: what the records have beyond 2 standard deviations, on average.",
            above=0,
        ),
    ] = 0.13
    max_heldout_rise_bpb: Annotated[
        float,
        Key("Rise of the held-out bits per byte, overall and for each known source.", above=0),
    ] = 0.08
    max_novel_heldout_rise_bpb: Annotated[
        float,
        Key(
            "The same for the whole selection of a candidate with novel strata, which take bytes from known "
            "ones.",
            above=0,
        ),
    ] = 0.25
    max_residual_rise_bpb: Annotated[
        float, Key("Rise of the distance of L above the law, in bits per byte.", above=0)
    ] = 0.25
    max_drift: Annotated[
        float, Key("Cumulative rise of R, as a fraction, against the anchor version.", above=0)
    ] = 0.20
    max_heldout_drift_bpb: Annotated[
        float,
        Key("Cumulative rise of the held-out bits per byte against the anchor version.", above=0),
    ] = 0.20
    max_lm_heldout_rise_bpb: Annotated[
        float,
        Key("`max_heldout_rise_bpb` where the probe is a language model.", above=0),
    ] = 0.03
    max_lm_novel_heldout_rise_bpb: Annotated[
        float,
        Key("`max_novel_heldout_rise_bpb` where the probe is a language model.", above=0),
    ] = 0.1
    max_lm_residual_rise_bpb: Annotated[
        float,
        Key("`max_residual_rise_bpb` where the probe is a language model.", above=0),
    ] = 0.25
    max_lm_heldout_drift_bpb: Annotated[
        float,
        Key("`max_heldout_drift_bpb` where the probe is a language model.", above=0),
    ] = 0.08
    max_blobs: Annotated[float, Key("Share of records that are blobs, above the reference's.", above=0)] = (
        0.04
    )
    max_copies: Annotated[
        float, Key("Share of records that are near-copies, above the reference's.", above=0)
    ] = 0.20
    max_novel_copies: Annotated[
        float, Key("Share of records that are near-copies in strata without reference.", above=0)
    ] = 0.50
    max_repeated_phrases: Annotated[
        float,
        Key(
            "Share of records a quarter of whose phrases stand in more of them than promoted ones lead to "
            "expect.",
            above=0,
        ),
    ] = 0.05
    max_mismatched_answers: Annotated[
        float, Key("Share of answers that do not belong to their questions.", above=0)
    ] = 0.15
    max_truncated: Annotated[
        float,
        Key(
            "Share of records that end as if they were cut, estimated from promoted ones as they are "
            "and cut.",
            above=0,
        ),
    ] = 0.15
    max_novel_truncated: Annotated[
        float,
        Key("Share of records without terminal punctuation in strata without reference.", above=0),
    ] = 0.90
    max_language_shift: Annotated[
        float,
        Key(
            "Total variation distance, 0 to 1, between the languages of the drop and of the reference.",
            above=0,
        ),
    ] = 0.08
    max_source_loss: Annotated[
        float,
        Key("Share of a source's new records that dedup may remove, at most 1.", above=0),
    ] = 0.6
    source_losses: Annotated[
        dict[str, float],
        Key("Source -> the share that it may lose instead.", "fraction", least=0, most=1),
    ] = field(default_factory=FixedTable)
    max_superseded_share: Annotated[
        float,
        Key(
            "Share of a source's promoted records that a correction may supersede unasked, at most 1.",
            above=0,
        ),
    ] = 0.5
    max_unlike_corrections: Annotated[
        float,
        Key(
            "Share of corrected records whose text may be unlike the one that corrects it, at most 1.",
            above=0,
        ),
    ] = 0.1
    min_planted_recall: Annotated[
        float,
        Key("Share of the planted near-copies that dedup must find.", "fraction", least=0, most=1),
    ] = 0.9
    max_secret_share: Annotated[
        float,
        Key("Share of a drop's records that may hold keys or tokens; 1 is no limit.", above=0),
    ] = 0.01
    max_personal_share: Annotated[
        float,
        Key(
            "Share of a drop's records that may hold e-mail addresses, telephone or card numbers; 1 is no "
            "limit.",
            above=0,
        ),
    ] = 1.0
    allowed_licences: Annotated[
        tuple[str, ...],
        Key("SPDX identifiers; where any are listed, every source of a drop needs one of them."),
    ] = ()
    ask: Annotated[
        Literal["ask", "promote", "hold"],
        Key(
            "What becomes of a drop that is well formed and unlike anything promoted, or too small to tell: "
            "`ask`, a person looks at it; `promote`, with a note; or `hold`."
        ),
    ] = "ask"
    anchor: Annotated[str, Key("Version that cumulative drift is measured from; empty means the first.")] = ""
    promotion: Annotated[
        Literal["auto", "manual"],
        Key("`auto`, or `manual`: the verdict now, a person publishes."),
    ] = "auto"
    bootstrap: Annotated[
        Literal["promote", "manual"],
        Key("`promote`, or `manual`: what happens to a first version that passes the intrinsic rules."),
    ] = "promote"

    def for_probe(self, *, language: bool) -> "PolicySettings":
        """Return the policy with the limits on losses that are meant for this kind of probe.

        Parameters
        ----------
        language
            Whether the losses are a language model's.
        """
        if not language:
            return self
        return replace(
            self, **{name: getattr(self, name.replace("max_", "max_lm_", 1)) for name in LIMITS_BY_PROBE}
        )

    def rules(self) -> Iterator[tuple[str, str, object]]:
        """Yield what does not go together: a share that is more than all."""
        for name in ("max_source_loss", "max_superseded_share", "max_unlike_corrections"):
            if getattr(self, name) > 1:
                yield name, "a fraction above 0, at most 1", getattr(self, name)
