"""The scorer `ask_llm` of the command `score`: estimate, calibration, scores, and what it took.

What belongs here: what is told on the way. What does not: asking (`candidate.ask_llm`).
"""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from entropy_assets.candidate.ask_llm import Interview, interview, labelled_records
from entropy_assets.cli.options import of_option
from entropy_assets.cli.pool_file import PoolFile, shard_files
from entropy_assets.cli.printing import say
from entropy_assets.curation.ask_llm import (
    EMPTY,
    NOT_ASKED,
    Labelled,
    Records,
    read_labelled,
    twins_of,
)
from entropy_assets.curation.ask_llm.replies import NO_WORD
from entropy_assets.curation.damage import Passages
from entropy_assets.curation.damage.passages import Passage
from entropy_assets.curation.ingest import iter_file
from entropy_assets.curation.scoring import Answers
from entropy_assets.errors import InvalidInput
from entropy_assets.settings.ask_llm import AskSettings

TWINS = "twins"
"""Says that records of the input are calibrated on, against damaged copies of them."""

N_TWINS = 110
"""Records that are calibrated on: ten for each kind of damage."""

TOLD_SECONDS = 30.0
"""How often it is told how many records were asked about."""


@dataclass(frozen=True)
class Asking:
    """How a model is asked, beside its settings.

    Parameters
    ----------
    answers
        File of the answers that are kept.
    calibrate
        `twins`, a file of labelled texts, or empty for neither.
    estimate
        Whether to tell what it would take, and ask nothing.
    """

    answers: Path
    calibrate: str = ""
    estimate: bool = False


def ask_pool(
    pool: PoolFile, path: Path, settings: AskSettings, asking: Asking, seed: int, workers: int
) -> tuple[Answers, str] | None:
    """Return what a language model says of a pool's records, and what is left to ask in one sentence.

    None where only an estimate is wanted.

    Raises
    ------
    InvalidInput, InvalidParameter
        There is no such model, prompt, key or labelled file, or a server refuses.
    StorageConflict
        Another command asks with the file of answers.
    ServerFailed
        A server gives no answers.
    """
    records = Records(pool.ids, pool.texts)
    texts = _texts_to_calibrate_on(asking.calibrate, path, settings.max_text_bytes, seed)
    with interview(settings, asking.answers, Path(), workers, only_estimate=asking.estimate) as judge:
        estimate = judge.estimate(labelled_records(texts), records)
        say(f"estimate: {estimate}, beside {len(judge.kept):,} answers in {asking.answers}", err=True)
        if asking.estimate:
            return None
        try:
            if texts:
                _calibrate(judge, texts)
            answers, cap = judge.answers(records, _every(TOLD_SECONDS, len(pool.ids)))
        finally:
            say(f"asked: {judge.meter.usage}; answers are kept in {asking.answers}", err=True)
        return answers, _left_told(answers, cap, settings)


def _left_told(answers: Answers, cap: str, settings: AskSettings) -> str:
    """Return which records could still be asked about, and why they were not; empty where none could."""
    whole = len(answers.why)
    if cap:
        n_left = int((answers.why == NOT_ASKED).sum())
        option, value = f"--{cap.replace('_', '-')}", getattr(settings, cap)
        return (
            f"stopped at {option} {value:,} of one call: {n_left:,} of {whole:,} records are not asked "
            "about; the same command asks for the rest"
        )
    failed = Counter(why for why in answers.why.tolist() if why not in ("", EMPTY, NO_WORD))
    if not failed:
        return ""
    reasons = ", ".join(f"{count:,} {why}" for why, count in sorted(failed.items()))
    return f"{failed.total():,} of {whole:,} records got no answer ({reasons}): the same command asks again"


def _calibrate(judge: Interview, texts: list[Labelled]) -> None:
    found = judge.auc(texts)
    for kind, auc in found.items():
        say(f"calibration, {kind}: {auc}")
    if warning := found["all"].warning:
        say(f"warning: {warning}", err=True)


def _texts_to_calibrate_on(calibrate: str, path: Path, max_bytes: int, seed: int) -> list[Labelled]:
    if not calibrate:
        return []
    if calibrate == TWINS:
        twins = twins_of(_sampled_passages(path), seed, max_bytes)
        if len(twins) < 4:
            raise InvalidInput(f"{path} has too few records to calibrate on: give a file to --calibrate")
        return twins
    with of_option("calibrate"):
        return read_labelled(Path(calibrate))


def _sampled_passages(path: Path) -> list[Passage]:
    """Return passages of the records with the lowest ids, which are digests, in the order of the ids."""
    lowest: dict[str, Passage] = {}
    for file in shard_files(path):
        for batch in iter_file(file, "pool"):
            passages = Passages.of(batch.records)
            ids = batch.records["id"].to_list()
            for place, passage in zip(passages.records.tolist(), passages.items, strict=True):
                if passage.answer.strip():
                    lowest.setdefault(ids[place], passage)
            lowest = dict(sorted(lowest.items())[:N_TWINS])
    return list(lowest.values())


def _every(seconds: float, n_records: int) -> Callable[[int], None]:
    """Return what tells how many of some records were asked about, not oftener than so."""
    last = time.monotonic()

    def tell(n_asked: int) -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            last = time.monotonic()
            say(f"asked about {n_asked:,} of {n_records:,} records", err=True)

    return tell
