"""Policy replay: what another policy would have decided about the candidates of the past.

Each decided candidate is judged again from the very report that its decision rests on, with the
overrides and the parent of then. Nothing is measured, and nothing is written.

What belongs here: past decisions under a policy. What does not: the rules, and today's verdicts.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from upath import UPath

from entropy_assets.candidate.batch import PREFIX
from entropy_assets.candidate.manifests import DropPart, ScreenedPart, sealed_body
from entropy_assets.candidate.screening import merge_rows
from entropy_assets.candidate.summary import decision_word, reasons_of
from entropy_assets.candidate.told import stands_for
from entropy_assets.candidate.verdict import judge_part, judge_under
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.entropy_law import RULES, Verdict, screening_reasons, worst
from entropy_assets.errors import InvalidInput, StaleProvenance
from entropy_assets.ledger import Entry
from entropy_assets.settings import PolicySettings, load_settings
from entropy_assets.storage import digest_value, parse_json, read_or_none

NOT_IN_REPORTS = ("anchor", "max_source_loss", "source_losses", "min_planted_recall")
"""Keys of the policy that act before a report is made, so that no stored report can show their effect."""


@dataclass(frozen=True)
class Judged:
    """What was, or would be, decided about a candidate.

    Parameters
    ----------
    outcome
        `promote`, `ask` or `hold`.
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
        """Whether the outcome would be another one; None where that cannot be told."""
        return None if self.now is None else self.then.outcome != self.now.outcome

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


def replay(workspace: Workspace, policy: PolicySettings) -> list[Replayed]:
    """Return every decided candidate as it was decided and as a policy would decide it, oldest first."""
    found: list[Replayed] = []
    for entry in workspace.ledger.entries():
        if entry.candidate.key.startswith(PREFIX):
            found += [_replay_drop(workspace, entry, drop, policy) for drop in entry.outcomes]
        else:
            found.append(_replay_entry(workspace, entry, policy))
    return found


def not_replayed(workspace: Workspace, policy: PolicySettings) -> tuple[str, ...]:
    """Return the keys in which a policy differs from today's and which a replay cannot take into account."""
    today = workspace.load_settings().policy
    return tuple(key for key in NOT_IN_REPORTS if getattr(policy, key) != getattr(today, key))


def _replay_entry(workspace: Workspace, entry: Entry, policy: PolicySettings) -> Replayed:
    now, note = _judge_again(workspace, entry, policy)
    return Replayed(entry.candidate.key, entry.number, _decided(entry), now, note)


def _replay_drop(workspace: Workspace, entry: Entry, drop: str, policy: PolicySettings) -> Replayed:
    """Judge one drop of a batch again: by what was measured on it alone, then by what was on the batch."""
    codes = _codes(reason["code"] for reason in reasons_of(entry, drop))
    then = Judged(decision_word(entry, drop), codes)
    now, note = _judge_drop_again(workspace, entry, drop, policy)
    return Replayed(drop, entry.number, then, now, note)


def _judge_drop_again(
    workspace: Workspace, entry: Entry, drop: str, policy: PolicySettings
) -> tuple[Judged | None, str]:
    stored: dict[str, dict[str, Any]] = {}
    for step in ("screened_records", "drop_report", "pool"):
        if step not in entry.digests:
            return None, "it was stopped before it was measured"
        body, note = stored_manifest(workspace, entry, step)
        if body is None:
            return None, note
        stored[step] = body
    screened = {one["drop"]: one for one in stored["screened_records"]["parts"]}
    part = next((one for one in stored["drop_report"]["parts"] if one["drop"] == drop), None)
    if part is None:
        return None, "it was stopped before it was measured"
    alone = judge_part(
        policy,
        ScreenedPart.model_validate(screened[drop]),
        DropPart.model_validate(part),
        first=entry.parent is None,
        overrides=entry.candidate.overrides,
    )
    if not alone.passes:
        return _judged(alone), ""
    if drop not in stored["pool"]["added"]:
        return None, "it would be let in, and its batch was not measured with it"
    return _judge_again(workspace, entry, policy)


def _decided(entry: Entry) -> Judged:
    codes = _codes(reason["code"] for reason in entry.reasons if stands_for(reason) != "note")
    word = decision_word(entry)
    return Judged(word, set_aside=codes) if word == "promote" else Judged(word, codes)


def _judge_again(workspace: Workspace, entry: Entry, policy: PolicySettings) -> tuple[Judged | None, str]:
    """Return the verdict on the report that a decision rests on, and a note; None where there is none."""
    if "entropy_law_report" not in entry.digests:
        return _screen_again(workspace, entry, policy)
    report, note = stored_manifest(workspace, entry, "entropy_law_report")
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


def _screen_again(workspace: Workspace, entry: Entry, policy: PolicySettings) -> tuple[Judged | None, str]:
    """Judge a candidate that was held for the counts of screening, before anything else was measured."""
    screened, note = stored_manifest(workspace, entry, "screened_records")
    if screened is None:
        return None, note
    counts = screened["counts"] if "counts" in screened else _counts_of(screened)
    found = screening_reasons(counts, policy)
    overrides = entry.candidate.overrides
    standing = tuple(reason for reason in found if not reason.is_set_aside(overrides))
    if not standing:
        return None, "screening would let it through; nothing else was measured"
    word = worst(reason.stands_for for reason in standing)
    return _judged(Verdict(word, standing, tuple(r for r in found if r not in standing))), ""


def _counts_of(screened: dict[str, Any]) -> list[dict[str, Any]]:
    return list(merge_rows(row for part in screened["parts"] for row in part["counts"]))


def stored_manifest(workspace: Workspace, entry: Entry, step: str) -> tuple[dict[str, Any] | None, str]:
    """Return the content of the manifest that a decision rests on; None, and why, where it is not there."""
    if step not in entry.digests:
        return None, f"the decision names no {step}"
    path = workspace.manifest_path(step, entry.candidate.key)
    try:
        data = read_or_none(path)
        if data is None:
            return None, f"its {step} is missing"
        value = _unsealed(data) or sealed_body(data, str(path))
        digest = (
            _old_digest(value) if step == "screened_records" and "counts" in value else digest_value(value)
        )
    except (ValueError, KeyError, TypeError):
        return None, f"its {step} is damaged"
    except StaleProvenance:
        return None, f"the stored {step} is not the one that was judged"
    if digest != entry.digests[step]:
        return None, f"the stored {step} is not the one that was judged"
    return value, ""


def _unsealed(data: bytes) -> dict[str, Any] | None:
    """Return a manifest of a store of schema 1, which had no seal; None for one of today."""
    value = parse_json(data)
    return value if isinstance(value, dict) and "body" not in value else None


def _old_digest(value: dict[str, Any]) -> str:
    return digest_value([digest_value([shard["digest"] for shard in value["shards"]]), value["counts"]])


def _judged(verdict: Verdict) -> Judged:
    return Judged(verdict.outcome, verdict.codes, _codes(reason.code for reason in verdict.overridden))


def _codes(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(codes)))
