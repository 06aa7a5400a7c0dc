"""What a selection may hold by the settings of a dataset: its budget, its lists and its sources' shares.

What belongs here: reading them for one pool. What does not: choosing (`choosing`).
"""

from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation import pool as pools
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.selection import Budget, Constraints
from entropy_assets.settings import SelectionSettings
from entropy_assets.storage import read_list


def budget_of(settings: SelectionSettings, train: Texts) -> Budget:
    """Return the budget for training records."""
    if settings.budget_records:
        return Budget(settings.budget_records, "records")
    if settings.budget_tokens:
        return Budget(settings.budget_tokens, "tokens", settings.tokenizer)
    return Budget(settings.budget_bytes or max(int(train.sizes.sum() * settings.budget_share), 1), "bytes")


def constraints_of(
    run: CandidateRun, settings: SelectionSettings, pool: pools.Pool, train: Texts, budget: Budget
) -> Constraints:
    """Return what has to, must not and may be picked of training records."""
    sources = [source for source, _ in train.strata]
    present = set(sources)

    def places(name: str) -> list[int]:
        listed = set(read_list(run.workspace.root / name)) if name else set()
        if not listed:
            return []
        frame = pool.part(pools.TRAIN, ["row_id"])
        row_ids = frame["row_id"].fill_null(frame["id"]).to_list()
        return [place for place, row_id in enumerate(row_ids) if row_id in listed]

    shares = {name: share for name, share in settings.source_shares.items() if name in present}
    return Constraints(
        keep=places(settings.keep_list),
        never=places(settings.never_list),
        groups=sources,
        quotas={name: int(budget.amount * share) for name, share in sorted(shares.items())},
    )
