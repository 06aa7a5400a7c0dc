"""What a model says, and how it is read out of a server's answer.

Yes and no are each summed over the spellings that are tokens.

What belongs here: the numbers. What does not: sending and repeating.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from entropy_assets.curation.llm import word_of
from entropy_assets.errors import InvalidInput

NO_WORD = "neither yes nor no"
"""Why a record has no score: the model would say another word."""

UNREADABLE = "unreadable answer"
"""Why a record has no score: what the server sent is cut or has another form."""

IMPOSSIBLE = "impossible log-probabilities"
"""Why a record has no score: what the server sent are no logarithms of probabilities."""

ROUNDING = 0.01
"""How far above 0 a sum of log-probabilities may be: servers round, and some to 16 bits."""


@dataclass(frozen=True)
class Reply:
    """What a model says of one text.

    Parameters
    ----------
    yes, no
        ln P of all spellings of yes, and of no, as the next token.
    n_in, n_out
        Tokens that were read and written.
    """

    yes: float
    no: float
    n_in: int
    n_out: int

    @property
    def is_possible(self) -> bool:
        """Whether both are logarithms of probabilities, up to `ROUNDING`."""
        return all(math.isfinite(value) and value <= ROUNDING for value in (self.yes, self.no))


@dataclass(frozen=True)
class Failure:
    """Why a text has no score.

    Parameters
    ----------
    reason
        Why, in a few words.
    n_in, n_out
        Tokens that were read and written all the same.
    """

    reason: str
    n_in: int = 0
    n_out: int = 0


class Unreadable(Exception):
    """A server's answer is not what an answer is."""


def reply_of(answer: Any, n_in_bound: int) -> Reply | Failure:
    """Return what a server's answer says, in the form of chat or of completions.

    Parameters
    ----------
    answer
        The JSON of the answer.
    n_in_bound
        Tokens that the question has at most, which count where the server does not say, or says less than 0.

    Raises
    ------
    InvalidInput
        The server gives no log-probabilities.
    Unreadable
        The answer is none.
    """
    try:
        choice = answer["choices"][0]
        usage = answer.get("usage") or {}
        n_in, n_out = (usage.get(name) for name in ("prompt_tokens", "completion_tokens"))
        top = _top(choice)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise Unreadable from error
    n_in, n_out = (
        value if type(value) is int and value >= 0 else bound
        for value, bound in ((n_in, n_in_bound), (n_out, 1))
    )
    if any(math.isnan(value) or value > ROUNDING for _, value in top):
        return Failure(IMPOSSIBLE, n_in, n_out)
    said = yes_no_of(top)
    if said is None:
        return Failure(NO_WORD, n_in, n_out)
    reply = Reply(*said, n_in, n_out)
    return reply if reply.is_possible else Failure(IMPOSSIBLE, n_in, n_out)


def yes_no_of(top: Iterable[tuple[str, float]]) -> tuple[float, float] | None:
    """Return ln P(yes) and ln P(no) by the most likely tokens; None where neither is among them.

    Where only one is, the other is at most as likely as the least likely token that is listed, and counts as
    that.

    >>> yes, no = yes_no_of([("Yes", -0.5), (" yes", -2.0), ("Maybe", -3.0), ("No", -4.0)])
    >>> round(yes, 3), no
    (-0.299, -4.0)
    >>> yes_no_of([("Yes", -0.1), ("Perhaps", -3.0)])
    (-0.1, -3.0)
    """
    listed = [(word_of(token), value) for token, value in top if math.isfinite(value)]
    yes, no = ([value for word, value in listed if word == wanted] for wanted in ("yes", "no"))
    if not yes and not no:
        return None
    least = min(value for _, value in listed)
    return _sum(yes or [least]), _sum(no or [least])


def _top(choice: dict[str, Any]) -> list[tuple[str, float]]:
    """Return the most likely first tokens of a choice with ln P of each."""
    said = choice["logprobs"]
    if said is None:
        raise InvalidInput("the server gives no log-probabilities, without which there is no score")
    if said.get("content"):  # chat, and completions of llama.cpp
        listed = said["content"][0]["top_logprobs"]
        return [(str(one["token"]), float(one["logprob"])) for one in listed]
    first: dict[str, float] = said["top_logprobs"][0]
    return [(str(token), float(value)) for token, value in first.items()]


def _sum(values: list[float]) -> float:
    most = max(values)
    return most + math.log(math.fsum(math.exp(value - most) for value in values))
