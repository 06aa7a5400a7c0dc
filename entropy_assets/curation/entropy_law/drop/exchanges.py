"""Questions and answers, and which of them a language model is asked to read.

What belongs here: the pairs, promoted ones with their own answers and with one another's. What does not: what
the model's scores say of them (`answers`), and the model (`curation.llm`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from entropy_assets.curation.entropy_law.drop.strata import Stratum, fold
from entropy_assets.curation.entropy_law.measurement import strata_of
from entropy_assets.records import spoken_lists
from entropy_assets.storage import seed_from

MIN_REFERENCE = 40
"""Promoted pairs that a model reads at least."""

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Exchanges:
    """Records that hold a question and its answer.

    Parameters
    ----------
    ids
        Content ids.
    strata
        (source, language) of each.
    pairs
        (question, answer): all turns before the last one, joined by a blank line, and the last one.
    """

    ids: list[str]
    strata: list[Stratum]
    pairs: Pairs

    @classmethod
    def of(cls, records: pl.DataFrame) -> "Exchanges":
        """Return the questions and answers of a frame of records, in its order.

        Chats that end with the assistant, and prompts with their chosen answer, with thoughts and calls.
        Plain text has neither.
        """
        prompt, chosen, messages = spoken_lists(records, ("prompt", "chosen", "messages"))
        said = pl.coalesce(pl.concat_list(prompt, chosen), messages)
        is_answer = pl.col("messages").list.last().struct.field("role") == "assistant"
        found = records.filter(is_answer | pl.col("chosen").is_not_null())
        found = found.with_columns(said.alias("said"), n=said.list.len()).filter(pl.col("n") > 1)
        said = pl.col("said")
        found = found.with_columns(
            question=said.list.head(pl.col("n") - 1).list.join("\n\n"), answer=said.list.last()
        )
        found = found.filter(pl.col("question") != "", pl.col("answer") != "")
        pairs = list(found.select("question", "answer").iter_rows())
        return cls(found["id"].to_list(), strata_of(found), pairs)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True)
class AnswerSample:
    """What the model is asked to read.

    Parameters
    ----------
    drop_ids
        (n,) ids of the drop's records.
    drop, reference, swapped
        Their pairs, (m,) promoted ones, and the same questions with another one's answer.
    drop_strata, strata
        Stratum of each of the (n,) and of the (m,), as they are judged.
    """

    drop_ids: list[str]
    drop: Pairs
    reference: Pairs
    swapped: Pairs
    drop_strata: list[Stratum]
    strata: list[Stratum]

    @property
    def pairs(self) -> Pairs:
        """All pairs to be scored: with their question, then the same answers without one."""
        asked = [*self.drop, *self.reference, *self.swapped]
        return [*asked, *(("", answer) for _, answer in asked)]


def draw_answers(
    drop: Exchanges, reference: Exchanges, known_records: int, n_records: int, seed: int
) -> AnswerSample | str:
    """Return which pairs are read, or why none are.

    Both sides hold the strata in the drop's proportions. Of each stratum the records come in an order that
    follows from id and seed, so that the same promoted ones are read for every drop.

    Parameters
    ----------
    drop
        Questions and answers of the drop.
    reference
        Those of promoted records.
    known_records
        Promoted pairs from which on a stratum is known.
    n_records
        At most so many pairs of either side.
    seed
        Seed of the draw.
    """
    if not len(reference):
        return "there are no promoted records with a question and an answer yet"
    if not len(drop):
        return "the drop has no records with a question and an answer"
    folded = fold(drop.strata, reference.strata, known_records)
    own, theirs = _ordered(drop, folded, seed), _ordered(reference, folded, seed)
    known = [s for s in sorted(own) if len(theirs.get(s, ())) >= known_records]
    if not known:
        return f"no stratum of the drop has {known_records} promoted records with a question and an answer"
    total = sum(len(own[s]) for s in known)
    room = min(n_records / total, *(len(theirs[s]) / len(own[s]) for s in known))
    asked = reference.pairs
    beside: list[tuple[Stratum, int, int]] = []
    for stratum in known:
        order = theirs[stratum]
        for place in range(min(_part(len(own[stratum]), room), len(order))):
            partner = _other(asked, order, place)
            if partner is not None:
                beside.append((stratum, order[place], partner))
    if len(beside) < MIN_REFERENCE:
        return f"only {len(beside)} promoted pairs can be read beside the drop's, {MIN_REFERENCE} are needed"
    # A stratum in which all answers are the same has none to swap.
    read = {stratum for stratum, _, _ in beside}
    part = min(1.0, n_records / total)
    taken = [(s, i) for s in known if s in read for i in own[s][: _part(len(own[s]), part)]]
    return AnswerSample(
        drop_ids=[drop.ids[i] for _, i in taken],
        drop=[drop.pairs[i] for _, i in taken],
        reference=[asked[i] for _, i, _ in beside],
        swapped=[(asked[i][0], asked[j][1]) for _, i, j in beside],
        drop_strata=[s for s, _ in taken],
        strata=[s for s, _, _ in beside],
    )


def _part(count: int, factor: float) -> int:
    return max(int(count * factor), 1)


def _ordered(given: Exchanges, folded: dict[Stratum, Stratum], seed: int) -> dict[Stratum, list[int]]:
    """Return the records of each stratum, in an order that follows from their ids and the seed."""
    found: dict[Stratum, list[int]] = {}
    for place in sorted(range(len(given)), key=lambda i: seed_from(seed, given.ids[i])):
        stratum = given.strata[place]
        found.setdefault(folded.get(stratum, stratum), []).append(place)
    return found


def _other(pairs: Pairs, order: Sequence[int], place: int) -> int | None:
    """Return the next record in order whose answer is another one, None where all are the same."""
    answer = pairs[order[place]][1]
    later = (*range(place + 1, len(order)), *range(place))
    return next((order[i] for i in later if pairs[order[i]][1] != answer), None)
