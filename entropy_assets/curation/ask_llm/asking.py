"""Asking a model about records: each once, with a cap, and with all answers kept.

What belongs here: the order of the work. What does not: how a model is reached, what an answer costs.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from entropy_assets.curation.ask_llm.http import Stopped
from entropy_assets.curation.ask_llm.kept import KeptAnswers
from entropy_assets.curation.ask_llm.meter import CapReached, Estimate, Meter
from entropy_assets.curation.ask_llm.replies import NO_WORD, Failure, Reply
from entropy_assets.curation.ask_llm.wording import Wording, most_tokens
from entropy_assets.errors import ServerFailed
from entropy_assets.execution import Threads

EMPTY = "empty"
"""Why a record has no score: there is nothing to ask about."""

NOT_ASKED = "not asked"
"""Why a record has no score: a cap was reached before it."""

GIVE_UP = 10
"""Records in a row that get no answer before the work ends."""


class Model(Protocol):
    """What can be asked."""

    @property
    def name(self) -> str:
        """What its answers are kept under."""

    @property
    def question(self) -> str:
        """Digest of all that moves an answer beside the model and the text."""

    @property
    def batch(self) -> int:
        """How many texts are asked about at once."""

    def threads(self) -> AbstractContextManager[Threads]:
        """Return the threads that ask it at once."""

    def ask(self, texts: list[str], meter: Meter) -> list[Reply | Failure]:
        """Return what it says of texts."""


@dataclass(frozen=True)
class Records:
    """What is asked about.

    Parameters
    ----------
    ids
        Id of each record: equal ids stand for equal texts, and are asked about once.
    texts
        Their canonical texts in UTF-8.
    """

    ids: Sequence[str]
    texts: Sequence[bytes]

    def waiting(self, wording: Wording, kept: KeptAnswers) -> Iterator[tuple[str, str]]:
        """Yield id and shown text of each record that nothing is known of yet."""
        seen: set[str] = set()
        for one, text in zip(self.ids, self.texts, strict=True):
            if one not in seen and kept.get(one) is None and (shown := wording.shown(text)).strip():
                seen.add(one)
                yield one, shown

    def estimate(self, wording: Wording, kept: KeptAnswers, found: Estimate) -> None:
        """Add to an estimate what asking will take."""
        for _, shown in self.waiting(wording, kept):
            question = wording.ask(shown)
            found.add(question, most_tokens(question))


def ask_records(
    records: Records,
    model: Model,
    wording: Wording,
    kept: KeptAnswers,
    meter: Meter,
    tell: Callable[[int], None] = lambda _: None,
) -> tuple[list[Reply | Failure], str]:
    """Return what a model says of records, and the cap that ended the asking, empty where none did.

    Each answer is kept as soon as it is there. A record that gets none has the reason instead.

    Parameters
    ----------
    records
        What is asked about.
    model, wording
        Who is asked, and what.
    kept
        Answers that are there already, and where new ones go.
    meter
        What is counted and held to its caps.
    tell
        Is called with the number of records that were asked about so far.

    Raises
    ------
    InvalidInput
        The server refuses.
    ServerFailed
        `GIVE_UP` records in a row got no answer, or none got one.
    """
    failed: dict[str, Failure] = {}
    caps: list[str] = []
    ended = threading.Event()
    n_before = len(kept)
    in_a_row = 0
    lock = threading.Lock()

    def ask(batch: list[tuple[str, str]]) -> int:
        nonlocal in_a_row
        if ended.is_set():
            return 0
        try:
            said = model.ask([shown for _, shown in batch], meter)
        except CapReached as reached:
            caps.append(str(reached))
            ended.set()
            return 0
        except Stopped:
            return 0
        except BaseException:
            ended.set()
            raise
        for (record, _), one in zip(batch, said, strict=True):
            kept.put(record, one)
            with lock:
                if isinstance(one, Failure) and one.reason != NO_WORD:
                    failed[record] = one
                    in_a_row += 1
                else:
                    in_a_row = 0
            if in_a_row >= GIVE_UP:
                ended.set()
                raise ServerFailed(_no_answers(in_a_row, one))
        return len(batch)

    n_done = 0
    with model.threads() as threads:
        for n in threads.map(ask, _batches(records.waiting(wording, kept), model.batch)):
            n_done += n
            tell(n_done)
    if failed and len(kept) == n_before:
        raise ServerFailed(_no_answers(len(failed), next(iter(failed.values()))))
    return [
        kept.get(one) or failed.get(one) or Failure(NOT_ASKED if text.strip() else EMPTY)
        for one, text in zip(records.ids, records.texts, strict=True)
    ], caps[0] if caps else ""


def _batches(items: Iterator[tuple[str, str]], size: int) -> Iterator[list[tuple[str, str]]]:
    while batch := list(islice(items, size)):
        yield batch


def _no_answers(n: int, last: Reply | Failure) -> str:
    why = last.reason if isinstance(last, Failure) else ""
    return (
        f"{n} records in a row got no answer, the last one: {why}; what was answered is kept: look at the "
        "server, and run the same command again"
    )
