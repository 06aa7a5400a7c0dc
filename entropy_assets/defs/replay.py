"""Policy replay: what another policy would have decided about the candidates of the past.

Each decided candidate is judged again from the very report that its decision rests on, with the
overrides and the parent of then. Nothing is measured, and nothing is written.

What belongs here: past decisions under a policy. What does not: the rules, and today's verdicts.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from upath import UPath

from entropy_assets.curation.entropy_law import RULES, Verdict, screening_reasons
from entropy_assets.defs.resources import Dataset
from entropy_assets.defs.running import decision_word
from entropy_assets.defs.screening import screening_digest
from entropy_assets.defs.verdict import judge_under
from entropy_assets.errors import InvalidInput, StaleProvenance
from entropy_assets.ledger import Entry
from entropy_assets.settings import PolicySettings, load_settings
from entropy_assets.storage import digest_value, read_json

NOT_IN_REPORTS = ("anchor", "max_source_loss", "source_losses", "min_planted_recall")
"""Keys of the policy that act before a report is made, so that no stored report can show their effect."""


@dataclass(frozen=True)
class Judged:
    """What was, or would be, decided about a candidate.

    Parameters
    ----------
    outcome
        `promote`, `hold` or `inconclusive`.
    codes
        Codes of the reasons that stand against promotion, sorted, each once.
    set_aside
        Codes of the reasons that a person has set aside, sorted, each once.
    """

    outcome: str
    codes: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Replayed:
    """One decided candidate, then and under another policy.

    Parameters
    ----------
    candidate
        Its key.
    entry
        Number of the decision in the ledger.
    then
        What was decided.
    now
        What the other policy would decide; None where that cannot be told.
    note
        Why it cannot be told, or what was not measured then; else empty.
    """

    candidate: str
    entry: int
    then: Judged
    now: Judged | None
    note: str = ""

    @property
    def changed(self) -> bool | None:
        """Whether what was promoted would be held, or the reverse; None where that cannot be told."""
        if self.now is None:
            return None
        return (self.then.outcome == "promote") != (self.now.outcome == "promote")

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain JSON values."""
        return {**asdict(self), "changed": self.changed}


def read_policy(path: UPath) -> PolicySettings:
    """Return the table `[policy]` of a settings file; what it does not name keeps its default.

    Raises
    ------
    InvalidInput
        Nothing is there.
    InvalidParameter
        The file is not TOML, or holds an unknown key or a value out of range.
    """
    if not path.is_file():
        raise InvalidInput(f"{path} is no file: name a settings file with a table [policy]")
    return load_settings(path).policy


def replay(dataset: Dataset, policy: PolicySettings) -> list[Replayed]:
    """Return every decided candidate as it was decided and as a policy would decide it, oldest first."""
    return [_replay_entry(dataset, entry, policy) for entry in dataset.ledger.entries()]


def not_replayed(dataset: Dataset, policy: PolicySettings) -> tuple[str, ...]:
    """Return the keys in which a policy differs from today's and which a replay cannot take into account."""
    today = dataset.settings.policy
    return tuple(key for key in NOT_IN_REPORTS if getattr(policy, key) != getattr(today, key))


def _replay_entry(dataset: Dataset, entry: Entry, policy: PolicySettings) -> Replayed:
    now, note = _judge_again(dataset, entry, policy)
    return Replayed(entry.candidate.key, entry.number, _decided(entry), now, note)


def _decided(entry: Entry) -> Judged:
    codes = _codes(reason["code"] for reason in entry.reasons)
    word = decision_word(entry)
    return Judged(word, set_aside=codes) if word == "promote" else Judged(word, codes)


def _judge_again(dataset: Dataset, entry: Entry, policy: PolicySettings) -> tuple[Judged | None, str]:
    """Return the verdict on the report that a decision rests on, and a note; None where there is none."""
    if "entropy_law_report" not in entry.digests:
        return _screen_again(dataset, entry, policy)
    report, note = stored_manifest(dataset, entry, "entropy_law_report")
    if report is None:
        return None, note
    missing = _not_measured(entry, report)
    if missing:
        why = "the rule is younger than the report"
        report = {**report, "off": {**report["off"], **dict.fromkeys(missing, why)}}
        note = f"not measured then: {', '.join(missing)}"
    overrides, first = entry.candidate.overrides, entry.parent is None
    try:
        return _judged(judge_under(policy, report, first=first, overrides=overrides)), note
    except StaleProvenance as error:
        return None, str(error)


def _not_measured(entry: Entry, report: dict[str, Any]) -> tuple[str, ...]:
    """Return today's rules that a report does not speak of; none where that was a reason to hold it."""
    if any(reason["code"] == "integrity" for reason in entry.reasons):
        return ()
    known = {measurement["code"] for measurement in report["measurements"]} | report["off"].keys()
    return tuple(sorted(RULES.keys() - known))


def _screen_again(dataset: Dataset, entry: Entry, policy: PolicySettings) -> tuple[Judged | None, str]:
    """Judge a candidate that was held for the counts of screening, before anything else was measured."""
    screened, note = stored_manifest(dataset, entry, "screened_records")
    if screened is None:
        return None, note
    found = screening_reasons(screened["counts"], policy)
    overrides = entry.candidate.overrides
    standing = tuple(reason for reason in found if not reason.is_set_aside(overrides))
    if not standing:
        return None, "screening would let it through; nothing else was measured"
    return _judged(Verdict("hold", standing, tuple(r for r in found if r not in standing))), ""


def stored_manifest(dataset: Dataset, entry: Entry, asset: str) -> tuple[dict[str, Any] | None, str]:
    """Return the manifest that a decision rests on; None, and why, where it is not what is stored."""
    if asset not in entry.digests:
        return None, f"the decision names no {asset}"
    path = dataset.manifest_path(asset, entry.candidate.key)
    if not path.exists():
        return None, f"its {asset} is missing"
    try:
        value: dict[str, Any] = read_json(path)
        digest = screening_digest(value) if asset == "screened_records" else digest_value(value)
    except (InvalidInput, KeyError, TypeError):
        return None, f"its {asset} is damaged"
    if digest != entry.digests[asset]:
        return None, f"the stored {asset} is not the one that was judged"
    return value, ""


def _judged(verdict: Verdict) -> Judged:
    return Judged(verdict.outcome, verdict.codes, _codes(reason.code for reason in verdict.overridden))


def _codes(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(codes)))
