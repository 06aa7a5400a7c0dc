"""The door of all scorers: one call that hands a request to the scorer that is named.

What belongs here: finding what makes an entry of `entropy_assets.settings.SCORERS`. What does not: the
entries, and how they score.
"""

from importlib import import_module

from entropy_assets.curation.scoring.contract import Request, Scores
from entropy_assets.errors import InvalidParameter
from entropy_assets.settings import SCORERS
from entropy_assets.settings.stage import Stage

PACKAGE = __name__.rpartition(".")[0]


def score(request: Request, scorer: str, params: Stage | None = None) -> Scores:
    """Return the scores of records by a named scorer.

    Parameters
    ----------
    request
        Records, and what the scorer needs.
    scorer
        A key of `SCORERS`.
    params
        Of the class that its entry names; None is its defaults.

    Raises
    ------
    InvalidParameter
        The scorer is unknown, needs what the request has not, or has parameters of another class.
    """
    if scorer not in SCORERS:
        raise InvalidParameter(f"scorer {scorer!r} is unknown: choose one of {', '.join(SCORERS)}")
    entry = SCORERS[scorer]
    params = entry.params() if params is None else params
    if type(params) is not entry.params:
        raise InvalidParameter(
            f"parameters of {scorer} must be {entry.params.__name__}, got {type(params).__name__}"
        )
    module, _, name = entry.made_by.partition(":")
    found: Scores = getattr(import_module(f"{PACKAGE}.{module}"), name)(request, params)
    return found
