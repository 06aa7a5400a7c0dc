"""Question and answer as tokens: which of them are the answer's, and which say yes or no.

Records are text. A `<|im_end|>` inside one is spelled out in plain tokens and never ends a turn, so no
record can speak to the model in another's name.

What belongs here: words and tokens. What does not: running the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from entropy_assets.errors import InvalidInput
from entropy_assets.language_models import plain_tokens
from entropy_assets.settings import ANSWER_MARK, QUESTION_MARK, check_prompt

YES = ("yes", "Yes", "YES", " yes", " Yes", " YES")
NO = ("no", "No", "NO", " no", " No", " NO")


@dataclass(frozen=True)
class Asked:
    """One question and answer in tokens.

    Parameters
    ----------
    ids
        All tokens, with those that make the model say yes or no next at the end.
    n_answer
        How many of them are the answer's.
    n_after
        How many stand behind the answer.
    """

    ids: list[int]
    n_answer: int
    n_after: int


@dataclass(frozen=True)
class Prompt:
    """The tokens around question and answer, made once for a model.

    Parameters
    ----------
    head, middle, tail
        Tokens before the question, between the two, and after the answer.
    yes, no
        Tokens that begin a yes or a no.
    max_tokens
        Tokens that the model can read.
    """

    head: tuple[int, ...]
    middle: tuple[int, ...]
    tail: tuple[int, ...]
    yes: tuple[int, ...]
    no: tuple[int, ...]
    max_tokens: int

    @classmethod
    def of(cls, tokenizer: Any, template: str, max_tokens: int) -> "Prompt":
        """Return the prompt for a model's tokenizer, in its chat form where it has one.

        Parameters
        ----------
        tokenizer
            A tokenizer of transformers.
        template
            What is asked, with `{question}` and, after it, `{answer}`.
        max_tokens
            Tokens that the model can read.

        Raises
        ------
        InvalidParameter
            The template has not each of both marks once, in this order.
        InvalidInput
            The tokenizer has no tokens that tell yes from no, or no room is left for a record.
        """
        check_prompt(template)
        said = template
        if getattr(tokenizer, "chat_template", None):
            turns = [{"role": "user", "content": template}]
            said = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        elif tokenizer.bos_token:
            said = tokenizer.bos_token + said
        head, rest = said.split(QUESTION_MARK)
        middle, tail = rest.split(ANSWER_MARK)
        parts = [tokenizer(part, add_special_tokens=False).input_ids for part in (head, middle, tail)]
        yes, no = _first_tokens(tokenizer, YES), _first_tokens(tokenizer, NO)
        if not yes - no or not no - yes:
            raise InvalidInput("the model's tokenizer begins yes and no with the same tokens: name another")
        if max_tokens < 4 * sum(map(len, parts)):
            raise InvalidInput(
                f"the model reads {max_tokens} tokens, of which the prompt takes {sum(map(len, parts))}: "
                "shorten `answers.prompt`, or name another model"
            )
        around = [tuple(part) for part in parts]
        return cls(
            head=around[0],
            middle=around[1],
            tail=around[2],
            yes=tuple(sorted(yes - no)),
            no=tuple(sorted(no - yes)),
            max_tokens=max_tokens,
        )

    def ask(self, tokenizer: Any, question: str, answer: str) -> Asked:
        """Return a question and its answer between the prompt's tokens, each cut at half of the room."""
        room = (self.max_tokens - len(self.head) - len(self.middle) - len(self.tail)) // 2
        asked, said = (plain_tokens(tokenizer, text)[:room] for text in (question, answer))
        return Asked([*self.head, *asked, *self.middle, *said, *self.tail], len(said), len(self.tail))


def _first_tokens(tokenizer: Any, words: Sequence[str]) -> set[int]:
    return {ids[0] for word in words if (ids := plain_tokens(tokenizer, word))}
