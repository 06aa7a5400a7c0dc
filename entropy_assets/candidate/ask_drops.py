"""Asking a language model about the drops of a pool, whose answers are kept in the dataset.

What belongs here: estimate, caps and usage, as a run tells them. What does not: how a model is asked
(`ask_llm`), and what is kept of scores (`record_scores`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from entropy_assets.candidate.ask_llm import interview
from entropy_assets.candidate.run import CandidateRun
from entropy_assets.curation.ask_llm import NOT_ASKED, Records
from entropy_assets.curation.entropy_law import Texts
from entropy_assets.curation.scoring import Answers
from entropy_assets.errors import CapSpent, InvalidParameter
from entropy_assets.settings import SCORERS
from entropy_assets.settings.ask_llm import AskSettings
from entropy_assets.storage import is_local


@contextmanager
def answering(
    run: CandidateRun, scorer: str, parts: Sequence[Texts]
) -> Iterator[Callable[[Texts, str], Answers | None]]:
    """Yield what asks a language model about the texts of a drop, after an estimate of what that will take.

    Where the scorer needs no answers, there are none. The answers lie in `work/asked`, so that no run asks
    twice; a server's key is in the environment alone.

    Parameters
    ----------
    run
        The candidate; it is told the estimate before, and the usage after each drop.
    scorer
        A key of `SCORERS`.
    parts
        The texts of each drop that will be asked about.

    Raises
    ------
    InvalidParameter
        No model is named, the key is missing, or the dataset lies on an object store.
    CapSpent
        A cap ended the asking within a drop, whose scores are not kept then.
    """
    settings = run.settings.scoring.table(scorer) if SCORERS[scorer].has_params else None
    if not isinstance(settings, AskSettings):
        yield lambda _, __: None
        return
    if not is_local(run.workspace.root):
        raise InvalidParameter(f"answers for {scorer} are kept on a disk: ENTROPY_HOME must be a folder")
    root, folder = Path(str(run.workspace.root)), Path(str(run.workspace.home.work("asked")))
    folder.mkdir(parents=True, exist_ok=True)
    with interview(settings, folder / "answers.jsonl", root, run.workers) as judge:
        estimate = judge.estimate(*(Records(own.ids, own.texts) for own in parts))
        run.tell(f"{scorer}: estimate: {estimate}, beside {len(judge.kept):,} answers that are kept")

        def answers_of(own: Texts, drop: str) -> Answers:
            try:
                answers, cap = judge.answers(Records(own.ids, own.texts))
            finally:
                run.tell(f"{scorer}: asked: {judge.meter.usage}")
            if cap:
                n_left, most = int((answers.why == NOT_ASKED).sum()), getattr(settings, cap)
                raise CapSpent(
                    f"{scorer} stopped at {AskSettings.TABLE}.{cap} = {most}: {n_left:,} of "
                    f"{len(own):,} records of {drop!r} are not asked about, and what was answered is kept: "
                    "run the candidate again, or raise the cap"
                )
            return answers

        yield answers_of
