"""What people order: the release of a held drop, the withdrawal of a promoted one.

An order is about a drop as the ledger's last word on it has left it; the number of that entry ends the
order's key. So the same order given again is the same proposal, and one that another decision has overtaken
is void: it is decided as such and changes nothing.

What belongs here: what may be ordered, and until when it counts. What does not: running it.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from itertools import count

from entropy_assets.candidate.batch import is_settled, waiting_members
from entropy_assets.candidate.decided import content_or_none, require_there, require_unchanged
from entropy_assets.candidate.stops import DISCARDED, OVERRIDABLE, STOP_CODES
from entropy_assets.candidate.summary import reasons_of
from entropy_assets.candidate.workspace import Workspace
from entropy_assets.curation.entropy_law import (
    CORRECTIONS,
    INCONCLUSIVE,
    MANUAL,
    RULES,
    SCREENING_RULES,
    Reason,
    check_overrides,
)
from entropy_assets.curation.publication import record_hold
from entropy_assets.errors import InvalidParameter, StorageConflict
from entropy_assets.ledger import Candidate, Entry, Outcome, order_of


def propose_release(
    workspace: Workspace, drop: str, who: str, why: str, overrides: Sequence[str]
) -> Candidate:
    """Propose that a drop be measured again with named rules set aside; return the candidate.

    Raises
    ------
    InvalidParameter
        Nobody or no reason is named, the drop is not held or asked about, a rule cannot be set aside, or
        another order about the drop waits.
    InvalidInput
        The drop is no longer in the inbox, or was changed.
    """
    require_person(who, why)
    codes = checked_overrides(overrides)
    is_there = workspace.home.drop(drop).is_dir()
    state = _not_releasable(workspace, drop)
    if workspace.ledger.outcome(drop) is None:
        state = "not decided yet" if is_there else "not known"
    if state:
        raise InvalidParameter(
            f"drop {drop!r} is {state}: only a drop that is held, asked about or withdrawn can be released"
        )
    require_there(workspace, drop)
    require_unchanged(workspace, drop)
    return _propose(workspace, "release", drop, Candidate("", (drop,), (), codes, who, why))


def require_rules(workspace: Workspace, drop: str, overrides: Sequence[str]) -> None:
    """Refuse a release that sets no rule aside of a drop that was never let in: it would be held again.

    Raises
    ------
    InvalidParameter
        It is one.
    """
    last = workspace.ledger.outcome(drop)
    if overrides or last is None or last[0].outcome == "promote":
        return
    codes = ",".join(dict.fromkeys(str(reason["code"]) for reason in reasons_of(last[1], drop)))
    raise InvalidParameter(f"a rule must be named, got none: drop {drop!r} is held by {codes}, see `status`")


def propose_withdrawal(workspace: Workspace, drop: str, who: str, why: str) -> Candidate:
    """Propose that a promoted drop be taken out of the dataset; return the candidate.

    A withdrawal is a person's order: it is measured, and every rule but `integrity` is set aside.

    Raises
    ------
    InvalidParameter
        Nobody or no reason is named, the drop is not live, it is the only one, or another order about it
        waits.
    """
    require_person(who, why)
    if state := _not_withdrawable(workspace, drop):
        live = workspace.ledger.state().drops
        do = f"name one of {', '.join(live)}" if live else "nothing is promoted yet"
        if drop in live:
            do = "a version without records cannot be; let in another drop first, then withdraw this one"
        raise InvalidParameter(f"drop {drop!r} is {state}: {do}")
    codes = checked_overrides([*RULES, *SCREENING_RULES, *OVERRIDABLE, CORRECTIONS, INCONCLUSIVE, MANUAL])
    return _propose(workspace, "without", drop, Candidate("", (), (drop,), codes, who, why))


def _propose(workspace: Workspace, word: str, drop: str, order: Candidate) -> Candidate:
    """Propose an order, or take up the same one that waits."""
    order = replace(order, key=_order_key(workspace, word, drop))
    try:
        return workspace.propose(order)
    except StorageConflict:
        there = workspace.candidate(order.key)
    if there != order:
        raise InvalidParameter(
            f"{order.key!r}, another order of {there.by} about drop {drop!r}, waits already ({there.why}): "
            "run it, or discard it with `entropy-assets drop discard`, and give this one again"
        )
    return there


def _order_key(workspace: Workspace, word: str, drop: str) -> str:
    """Return the key of an order: it ends in the number of the ledger's last word on its drop."""
    ledger = workspace.ledger
    keys = (f"@{word}-{drop}-{number}" for number in count(ledger.about(drop)[-1]))
    return next(key for key in keys if not ledger.decided(key))


def _not_releasable(workspace: Workspace, drop: str) -> str:
    return "already live" if drop in workspace.ledger.state().drops else ""


def _not_withdrawable(workspace: Workspace, drop: str) -> str:
    drops = workspace.ledger.state().drops
    return "not live" if drop not in drops else "the only live drop" if len(drops) < 2 else ""


def void_because(workspace: Workspace, key: str) -> str:
    """Return why an open order counts no more, in one line; empty where it counts, or is no order."""
    order = order_of(key)
    if order is None:
        return ""
    drop, given = order
    for number in reversed([one for one in workspace.ledger.about(drop) if one > given]):
        entry = workspace.ledger.entry(number)
        if entry.change is not None or entry.outcomes:
            return f"entry {number} ({entry.candidate.key}) decided about drop {drop!r} after it was given"
    state = (_not_releasable if key.startswith("@release-") else _not_withdrawable)(workspace, drop)
    return f"drop {drop!r} is {state}" if state else ""


def decide_void(workspace: Workspace, candidate: Candidate, why: str) -> Entry:
    """Decide that an order counts no more; its drop stays what it is."""
    do = "give it again if it is still wanted"
    reason = Reason("void", "order", None, None, None, "", why, do)
    return record_hold(workspace.ledger, candidate, workspace.ledger.state(), (asdict(reason),), {}, {})


def discard(workspace: Workspace, key: str, who: str, why: str) -> Entry:
    """Decide that a drop or a proposal is held, because nobody wants it; return the decision.

    What waits is not measured: of a batch all drops that wait are held, after an order its drop stays what
    it is. A drop that is asked about is answered, by an order that is decided as it is given.

    Raises
    ------
    InvalidParameter
        Nobody or no reason is named, or nothing of that name waits or is asked about.
    """
    require_person(who, why)
    last, decided = workspace.ledger.outcome(key), workspace.ledger.decision(key)
    if last is not None and last[0].outcome == "ask":
        candidate = Candidate(_order_key(workspace, "discard", key), (key,), by=who, why=why)
        drops: tuple[str, ...] = (key,)
    else:
        decided = decided if last is None else last[1]
        if decided is not None or is_settled(workspace, key):
            where = f" (entry {decided.number})" if decided else ""
            raise InvalidParameter(f"{key!r} is decided already{where}: nothing to discard")
        candidate = replace(workspace.candidate(key), by=who, why=why)
        drops = () if order_of(key) else waiting_members(workspace, candidate) or candidate.add
        candidate = replace(candidate, add=drops or candidate.add)
    do = "release it if it is wanted after all, or remove it from the inbox"
    do = do if drops else "give it again if it is wanted after all"
    reason = Reason(DISCARDED, "drop", None, None, None, "", f"{who} does not want it: {why}", do)
    workspace.attempts.forget(key)
    content = {one: last[0].content if last else content_or_none(workspace, one) for one in drops}
    outcomes = {one: Outcome("hold", content=content[one]) for one in drops}
    return record_hold(workspace.ledger, candidate, workspace.ledger.state(), (asdict(reason),), {}, outcomes)


def checked_overrides(codes: Sequence[str]) -> tuple[str, ...]:
    """Return the codes that are set aside, sorted, each once; see `check_overrides`.

    Raises
    ------
    InvalidParameter
        There is no rule of a code, or it cannot be overridden.
    """
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


def require_person(who: str, why: str) -> None:
    """Refuse an order that nobody signs, or without a reason.

    Raises
    ------
    InvalidParameter
        It is one.
    """
    if not who.strip() or not why.strip():
        raise InvalidParameter(f"who and why must be named, got who={who!r}, why={why!r}: say both")
    if any("\ud800" <= character <= "\udfff" for character in who + why):
        raise InvalidParameter(f"who and why must be UTF-8, got who={who!r}, why={why!r}: say them in it")
