"""Settings of the language model that reads questions with their answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from entropy_assets.settings.declared import Key, require
from entropy_assets.settings.stage import Stage

QUESTION_MARK, ANSWER_MARK = "{question}", "{answer}"
MARKS = f"a text with {QUESTION_MARK} and after it {ANSWER_MARK}, each once"


def _has_marks(prompt: str) -> bool:
    once = all(prompt.count(mark) == 1 for mark in (QUESTION_MARK, ANSWER_MARK))
    return once and prompt.find(QUESTION_MARK) < prompt.find(ANSWER_MARK)


def check_prompt(prompt: str) -> None:
    """Check the wording with which a language model reads a question and its answer.

    Raises
    ------
    InvalidParameter
        It has not `{question}` and after it `{answer}`, each once.
    """
    require(_has_marks(prompt), "answers.prompt", MARKS, prompt)


@dataclass(frozen=True)
class AnswerSettings(Stage):
    """A language model that reads questions with their answers, for the rule `mismatched_answers`."""

    TABLE: ClassVar[str] = "answers"

    model: Annotated[
        str,
        Key(
            "Folder or GGUF file of a causal language model, absolute or beside entropy.toml; empty switches "
            "the rule off. Needs the extra `llm`. Nothing is downloaded."
        ),
    ] = ""
    n_records: Annotated[
        int,
        Key(
            "Questions and answers that are read of the drop, and of the promoted records. With fewer than "
            "100 a clean drop of mixed sources can be inconclusive.",
            least=40,
            most=100_000,
        ),
    ] = 200
    prompt: Annotated[
        str,
        Key(
            f"What the model reads, with `{QUESTION_MARK}` and after it `{ANSWER_MARK}`; it ends with a "
            "question that yes or no answers."
        ),
    ] = (
        f"Instruction:\n{QUESTION_MARK}\n\nResponse:\n{ANSWER_MARK}\n\nIs the response correct, relevant, "
        "complete and well-written for the instruction? Answer yes or no."
    )
    max_bytes: Annotated[
        int, Key("Bytes that are read of a longer question or answer.", "bytes", least=64)
    ] = 600
    batch: Annotated[
        int,
        Key(
            "Pairs that are read at once. With 1 no score depends on another record; 0 means 1 on a CPU and "
            "as many as fit on CUDA, where last decimals then hang on what is beside.",
            least=0,
        ),
    ] = 0
    device: Annotated[
        Literal["auto", "cpu", "cuda"], Key("Where the model runs: `auto`, `cpu` or `cuda`.")
    ] = "auto"

    def rules(self) -> Iterator[tuple[str, str, object]]:
        """Yield what does not go together: a prompt without its marks."""
        if not _has_marks(self.prompt):
            yield "prompt", MARKS, self.prompt
