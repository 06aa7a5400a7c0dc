"""The settings of a dataset: one frozen class a stage, read from `entropy.toml`.

Order: default < file < command-line flag; the policy has no flag. Unknown keys are refused with the
nearest known key named, so that no setting silently does nothing.

What belongs here: names, defaults, ranges and the reading of the file, a stage a module. What does not:
what a stage does with a setting.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Annotated

from upath import UPath

from entropy_assets.settings.answers import ANSWER_MARK, QUESTION_MARK, AnswerSettings, check_prompt
from entropy_assets.settings.damage import DamageSettings
from entropy_assets.settings.declared import Key, WrongSettings, require
from entropy_assets.settings.dedup import DedupSettings
from entropy_assets.settings.execution import ExecutionSettings
from entropy_assets.settings.ingest import IngestSettings
from entropy_assets.settings.law import LawSettings
from entropy_assets.settings.mixture import METHODS, MethodName, MixtureSettings, UnitName
from entropy_assets.settings.policy import PolicySettings
from entropy_assets.settings.pool import PoolSettings
from entropy_assets.settings.probe import ProbeSettings
from entropy_assets.settings.reading import named, parse, read_table
from entropy_assets.settings.scorers import SCORERS, Scorer, ScorerName, ScoringSettings
from entropy_assets.settings.screening import ScreeningSettings
from entropy_assets.settings.selection import SelectionSettings
from entropy_assets.settings.selectors import SELECTORS, Selector, SelectorName
from entropy_assets.settings.stage import Stage
from entropy_assets.storage import digest_value

__all__ = [
    "ANSWER_MARK",
    "METHODS",
    "QUESTION_MARK",
    "SCORERS",
    "SELECTORS",
    "AnswerSettings",
    "DamageSettings",
    "DedupSettings",
    "ExecutionSettings",
    "IngestSettings",
    "LawSettings",
    "MethodName",
    "MixtureSettings",
    "PolicySettings",
    "PoolSettings",
    "ProbeSettings",
    "Scorer",
    "ScorerName",
    "ScoringSettings",
    "ScreeningSettings",
    "SelectionSettings",
    "Selector",
    "SelectorName",
    "Settings",
    "UnitName",
    "WrongSettings",
    "check_prompt",
    "load_settings",
    "parse",
    "require",
]


YOUNGER_INGEST = ("text_beside_data", "splits")
"""Settings of ingest that digests of before do not know."""

YOUNGER_DEDUP = ("fold",)
"""Settings of dedup that digests of before do not know."""

YOUNGER_SELECTION = (
    "incremental",
    "fallback",
    *(name for name in SELECTORS if hasattr(SelectionSettings(), name)),
)
"""Settings of selection that digests of before do not know."""

YOUNGER_PROBE = (
    "model",
    "loss",
    "context_tokens",
    "batch_tokens",
    "rate_factor",
    "lora_rank",
    "gradient_checkpointing",
)
"""Settings of the probe that digests of before do not know."""

YOUNGER_LAW = ("carried",)
"""Settings of the law that digests of before do not know."""


@dataclass(frozen=True)
class Settings(Stage):
    """All settings of a dataset.

    They do not change; equal settings have equal hashes and digests.
    """

    seed: Annotated[
        int, Key("Mixed into every seed, so that a team can repeat a measurement with other draws.")
    ] = 0
    workers: Annotated[
        int,
        Key(
            "Processes for independent work; results do not depend on it. 0 means one a core.",
            "processes",
            least=0,
        ),
    ] = 0
    memory_bytes: Annotated[
        int,
        Key(
            "Memory that a run may take, about: records are held in pieces that follow from it. Results do "
            "not depend on it.",
            "bytes",
            least=1 << 26,
        ),
    ] = 1 << 31
    execution: ExecutionSettings = field(default_factory=ExecutionSettings)
    ingest: IngestSettings = field(default_factory=IngestSettings)
    dedup: DedupSettings = field(default_factory=DedupSettings)
    screening: ScreeningSettings = field(default_factory=ScreeningSettings)
    pool: PoolSettings = field(default_factory=PoolSettings)
    selection: SelectionSettings = field(default_factory=SelectionSettings)
    mixture: MixtureSettings = field(default_factory=MixtureSettings)
    scoring: ScoringSettings = field(default_factory=ScoringSettings)
    probe: ProbeSettings = field(default_factory=ProbeSettings)
    law: LawSettings = field(default_factory=LawSettings)
    damage: DamageSettings = field(default_factory=DamageSettings)
    answers: AnswerSettings = field(default_factory=AnswerSettings)
    policy: PolicySettings = field(default_factory=PolicySettings)

    def rules(self) -> Iterator[tuple[str, str, object]]:
        """Yield what does not go together in two tables: a selector by nearness, and no target set."""
        scorer = SELECTORS[self.selection.selector].scorer
        needs = SCORERS[scorer].needs if scorer else ()
        if "targets" in needs and not getattr(self.scoring.table(scorer), "target", ""):
            yield f"scoring.{scorer}.target", f"a file with selector {self.selection.selector!r}", ""
        if "answers" in needs and not getattr(self.scoring.table(scorer), "model", ""):
            yield f"scoring.{scorer}.model", f"a model with selector {self.selection.selector!r}", ""
        for source, least in self.mixture.floors.items():
            most = self.selection.source_shares.get(source, 1.0)
            if least > most:
                yield f"mixture.floors of {source!r}", f"{most:g} at most, its selection.source_shares", least
        selector, method = self.selection.selector, self.mixture.method
        if method != "natural" and not SELECTORS[selector].constrained:
            yield (
                "mixture.method",
                f"natural with selector {selector!r}, which gives the official picks",
                method,
            )

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all settings that can change a result: not the policy, workers and engine, memory.

        Those that are younger than digests in ledgers and manifests are left out at their defaults.
        """
        values = {**asdict(self), "workers": None, "policy": None}
        # The default was 1 before it was 0.
        values["answers"]["batch"] = {0: 1, 1: "one by one"}.get(self.answers.batch, self.answers.batch)
        values.pop("execution")
        values.pop("memory_bytes")
        values["ingest"].pop("max_quarantine_share")
        values["dedup"].pop("memory_bytes")
        for name in YOUNGER_INGEST:
            if getattr(self.ingest, name) == getattr(IngestSettings, name):
                values["ingest"].pop(name)
        if not self.screening.evaluation_fields:
            values["screening"].pop("evaluation_fields")
        for name in YOUNGER_DEDUP:
            if getattr(self.dedup, name) == getattr(DedupSettings, name):
                values["dedup"].pop(name)
        for name in YOUNGER_SELECTION:
            if getattr(self.selection, name) == getattr(SelectionSettings(), name):
                values["selection"].pop(name)
        if self.mixture == MixtureSettings():
            values.pop("mixture")
        if self.scoring == ScoringSettings():
            values.pop("scoring")
        elif not self.scoring.embedder:
            values["scoring"].pop("embedder")
        for name in YOUNGER_PROBE:
            if getattr(self.probe, name) == getattr(ProbeSettings, name):
                values["probe"].pop(name)
        for name in YOUNGER_LAW:
            if getattr(self.law, name) == getattr(LawSettings, name):
                values["law"].pop(name)
        if self.damage == DamageSettings():
            values.pop("damage")
        return digest_value(values)


def load_settings(path: UPath) -> Settings:
    """Return the settings in the file at `path`, or the defaults where there is no file.

    Raises
    ------
    InvalidParameter
        The file cannot be read, is not TOML, or holds unknown keys or values out of range.
    """
    with named(path):
        return parse(Settings, read_table(path))
