"""Asking a language model about records, as settings say: model, wording and answers that are kept.

What belongs here: putting the parts together, and scores out of what was said. What does not: how a model is
asked (`curation.ask_llm`).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from entropy_assets.curation.ask_llm import (
    WORDINGS,
    Auc,
    Estimate,
    HttpModel,
    KeptAnswers,
    Labelled,
    LocalModel,
    Meter,
    Model,
    Records,
    Reply,
    Wording,
    ask_records,
)
from entropy_assets.curation.scoring import Answers
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.language_models import model_digest
from entropy_assets.settings.ask_llm import AskSettings
from entropy_assets.storage import digest_bytes

ABOUT_ALL = "all"
"""Of the texts of all kinds together."""


@dataclass(frozen=True)
class Interview:
    """A model that is asked, with the answers that are kept and the count of what it took.

    Parameters
    ----------
    model, wording
        Who is asked, and what.
    kept
        Answers of this model to this wording.
    meter
        What was asked so far, and the caps.
    """

    model: Model
    wording: Wording
    kept: KeptAnswers
    meter: Meter

    def estimate(self, *parts: Records) -> Estimate:
        """Return what asking about some records will take, beside what is kept."""
        found = Estimate(self.meter.settings)
        for part in parts:
            part.estimate(self.wording, self.kept, found)
        return found

    def answers(self, records: Records, tell: Callable[[int], None] = lambda _: None) -> tuple[Answers, str]:
        """Return what the model says of each record, and the cap that ended the asking, empty where none did.

        Parameters
        ----------
        records
            What is asked about.
        tell
            Is called with the number of records that were asked about so far.

        Raises
        ------
        InvalidInput
            A server refuses.
        ServerFailed
            It gives no answers.
        """
        said, cap = ask_records(records, self.model, self.wording, self.kept, self.meter, tell)
        yes, no = (
            np.array([getattr(one, name) if isinstance(one, Reply) else np.nan for one in said])
            for name in ("yes", "no")
        )
        why = np.array(["" if isinstance(one, Reply) else one.reason for one in said], dtype=object)
        return Answers(yes, no, why), cap

    def auc(self, texts: Sequence[Labelled]) -> dict[str, Auc]:
        """Return how well the model tells good texts from bad ones: of all, and of each kind that is told.

        Raises
        ------
        InvalidInput
            A server refuses.
        InvalidParameter
            The caps left fewer than two texts of one label with a score.
        ServerFailed
            It gives no answers.
        """
        answers, _ = self.answers(labelled_records(texts))
        values = answers.yes - answers.no
        scored = [(one, value) for one, value in zip(texts, values, strict=True) if not np.isnan(value)]
        good = [value for one, value in scored if one.is_good]
        bad = [value for one, value in scored if not one.is_good]
        if min(len(good), len(bad)) < 2:
            raise InvalidParameter(
                f"{len(good)} good and {len(bad)} bad texts have a score, and 2 of each are needed to "
                "calibrate: give more texts, or raise the caps"
            )
        kinds = {
            one.kind: [v for other, v in scored if other.kind == one.kind] for one, _ in scored if one.kind
        }
        told = {kind: Auc.of(good, values) for kind, values in kinds.items() if len(values) > 1}
        return {ABOUT_ALL: Auc.of(good, bad), **told}


def judged_under(settings: AskSettings, root: Path) -> dict[str, Any]:
    """Return what an answer follows from beside the text: model, wording, and how a server is asked.

    Caps, prices and the address move no answer.

    Raises
    ------
    InvalidInput
        There is no such model or prompt.
    InvalidParameter
        The prompt does not hold `{text}` once.
    """
    found: dict[str, Any] = {"wording": wording_of(settings, root).digest}
    if settings.url:
        return found | {"model": settings.model, "how": [settings.api, settings.top_logprobs]}
    return found | {"model": model_digest(root / settings.model, "scoring.ask_llm.model")}


def labelled_records(texts: Sequence[Labelled]) -> Records:
    """Return labelled texts as records, whose ids are digests of their texts."""
    data = [one.text.encode() for one in texts]
    return Records([digest_bytes(one) for one in data], data)


@contextmanager
def interview(
    settings: AskSettings, answers: Path, root: Path, workers: int, *, only_estimate: bool = False
) -> Iterator[Interview]:
    """Yield the model that settings name, ready to be asked.

    Parameters
    ----------
    settings
        Model, wording, prices and caps.
    answers
        File of the answers that are kept.
    root
        Folder that paths in the settings are relative to.
    workers
        Threads of a model on this machine; a server has its own number.
    only_estimate
        Whether nothing will be asked: then the file of answers is read, and neither made nor locked.

    Raises
    ------
    InvalidParameter
        No model is named, or there is no such prompt or key.
    InvalidInput
        There is no such model, or the file of answers is something else.
    StorageConflict
        Another process asks with that file.
    """
    wording = wording_of(settings, root)
    if not settings.model:
        raise InvalidParameter(
            "no model is named: give --model, a folder or GGUF file, or with --url its name there"
        )
    model: Model = (
        HttpModel(settings, wording)
        if settings.url
        else LocalModel(root / settings.model, wording, workers, settings.device)
    )
    with KeptAnswers(answers, model.name, model.question, only_read=only_estimate) as kept:
        yield Interview(model, wording, kept, Meter(settings))


def wording_of(settings: AskSettings, root: Path) -> Wording:
    """Return what is asked: a wording by name, or that of a file.

    Raises
    ------
    InvalidInput
        The file cannot be read as text.
    InvalidParameter
        It does not hold `{text}` once.
    """
    named = WORDINGS.get(settings.prompt)
    if named is None:
        try:
            named = (root / settings.prompt).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(
                f"prompt {settings.prompt!r} must be {', '.join(WORDINGS)} or a text file in UTF-8 and "
                f"cannot be read ({getattr(error, 'strerror', None) or 'no UTF-8'}): name another"
            ) from error
    return Wording(named, settings.max_text_bytes)
