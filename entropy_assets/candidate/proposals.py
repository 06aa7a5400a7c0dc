"""What people order: the release of a held drop, the withdrawal of a promoted one.

What belongs here: what may be ordered. What does not: running it.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace

from entropy_assets.candidate.decided import content_or_none, require_unchanged
from entropy_assets.candidate.stops import OVERRIDABLE, STOP_CODES
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.entropy_law import RULES, SCREENING_RULES, Reason, check_overrides
from entropy_assets.curation.publication import record_hold
from entropy_assets.errors import InvalidParameter
from entropy_assets.ledger import Candidate, Entry, Outcome


def propose_release(
    workspace: Workspace, drop: str, who: str, why: str, overrides: Sequence[str]
) -> Candidate:
    """Propose that a held drop be measured again with named rules set aside; return the candidate.

    Raises
    ------
    InvalidParameter
        Nobody or no reason is named, the drop is not held, or a rule cannot be set aside.
    """
    _require_person(who, why)
    codes = _checked(overrides)
    decided = workspace.ledger.outcome(drop)
    if decided is None or drop in workspace.ledger.state().drops:
        is_there = workspace.home.drop(drop).is_dir()
        state = "already live" if decided else "not decided yet" if is_there else "not known"
        raise InvalidParameter(f"drop {drop!r} is {state}: only a held or withdrawn drop can be released")
    require_unchanged(workspace, drop)
    return workspace.propose_numbered(
        f"@release-{drop}", lambda key: Candidate(key, add=(drop,), overrides=codes, by=who, why=why)
    )


def propose_withdrawal(workspace: Workspace, drop: str, who: str, why: str) -> Candidate:
    """Propose that a promoted drop be taken out of the dataset; return the candidate.

    A withdrawal is a person's order: it is measured, and every rule but `integrity` is set aside.

    Raises
    ------
    InvalidParameter
        Nobody or no reason is named, the drop is not live, or it is the only one.
    """
    _require_person(who, why)
    drops = workspace.ledger.state().drops
    if drop not in drops or len(drops) < 2:
        state = "not live" if drop not in drops else "the only live drop"
        raise InvalidParameter(f"drop {drop!r} is {state}: withdraw one of several, of {', '.join(drops)}")
    codes = _checked([*RULES, *SCREENING_RULES, *OVERRIDABLE, "inconclusive", "manual"])
    return workspace.propose_numbered(
        f"@without-{drop}", lambda key: Candidate(key, remove=(drop,), overrides=codes, by=who, why=why)
    )


def discard(workspace: Workspace, drop: str, who: str, why: str) -> Entry:
    """Decide that a waiting drop is held, because nobody wants it; return the decision.

    Raises
    ------
    InvalidParameter
        Nobody or no reason is named, no such drop waits, or it is decided already.
    """
    _require_person(who, why)
    candidate = replace(workspace.candidate(drop), by=who, why=why)
    decided = workspace.ledger.decision(drop)
    if decided is not None:
        raise InvalidParameter(
            f"drop {drop!r} is decided already (entry {decided.number}): nothing to discard"
        )
    do = "release it if it is wanted after all, or remove it from the inbox"
    reason = Reason("discarded", "drop", None, None, None, "", f"{who} does not want it: {why}", do)
    workspace.attempts.forget(drop)
    outcomes = {drop: Outcome("hold", content=content_or_none(workspace, drop))}
    return record_hold(workspace.ledger, candidate, workspace.ledger.state(), (asdict(reason),), {}, outcomes)


def _checked(codes: Sequence[str]) -> tuple[str, ...]:
    """Return the codes that are set aside, sorted, each once; see `check_overrides`."""
    before = {code for code in codes if code in OVERRIDABLE}
    if "bad_input" in codes:
        raise InvalidParameter(
            f"rule 'bad_input' cannot be overridden: what cannot be read cannot be let in; of {STOP_CODES} "
            f"{', '.join(OVERRIDABLE)} can"
        )
    try:
        return tuple(sorted({*before, *check_overrides(code for code in codes if code not in before)}))
    except InvalidParameter as error:
        raise InvalidParameter(f"{error}, {', '.join(OVERRIDABLE)}") from error


def _require_person(who: str, why: str) -> None:
    if not who.strip() or not why.strip():
        raise InvalidParameter(f"who and why must be named, got who={who!r}, why={why!r}: say both")
