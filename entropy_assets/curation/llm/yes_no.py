"""Whether a model says yes or no to a question about a text: the next token's log-probabilities.

What belongs here: one reading of a prompt. What does not: what is asked, and what the answer means.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from entropy_assets.curation.llm.scoring import padded
from entropy_assets.errors import InvalidInput, ProbeDiverged
from entropy_assets.language_models import LanguageModel, plain_tokens

TEXT_MARK = "{text}"


class YesNo(NamedTuple):
    """What a model says.

    Parameters
    ----------
    yes, no
        ln P of all tokens that spell yes, and no, as the next one.
    n_tokens
        Tokens that were read.
    """

    yes: float
    no: float
    n_tokens: int


@dataclass(frozen=True)
class TextQuestion:
    """The tokens around a text, made once for a model.

    Parameters
    ----------
    head, tail
        Tokens before the text and after it.
    yes, no
        Tokens that are a yes or a no.
    max_tokens
        Tokens that the model can read.
    """

    head: tuple[int, ...]
    tail: tuple[int, ...]
    yes: tuple[int, ...]
    no: tuple[int, ...]
    max_tokens: int

    @classmethod
    def of(cls, loaded: LanguageModel, template: str, plain_end: str) -> TextQuestion:
        """Return the question for a model, in its chat form where it has one.

        Parameters
        ----------
        loaded
            The model.
        template
            What is asked, with `{text}` once.
        plain_end
            What follows where the model has no chat form.

        Raises
        ------
        InvalidInput
            The tokenizer has no token for yes or for no, or no room is left for a text.
        """
        tokenizer = loaded.tokenizer
        if getattr(tokenizer, "chat_template", None):
            turns = [{"role": "user", "content": template}]
            said = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        else:
            said = (tokenizer.bos_token or "") + template + plain_end
        head, tail = (tokenizer(part, add_special_tokens=False).input_ids for part in said.split(TEXT_MARK))
        yes, no = (
            tuple(sorted(i for token, i in tokenizer.get_vocab().items() if word_of(token) == word))
            for word in ("yes", "no")
        )
        if not yes or not no:
            raise InvalidInput("the model's tokenizer has no single token for yes or for no: name another")
        window = int(getattr(loaded.model.config, "max_position_embeddings", None) or 4096)
        if window < 2 * (len(head) + len(tail)):
            raise InvalidInput(
                f"the model reads {window} tokens, of which the prompt takes {len(head) + len(tail)}: "
                "shorten it, or name another model"
            )
        return cls(tuple(head), tuple(tail), yes, no, window)

    def ask(self, tokenizer: Any, text: str) -> list[int]:
        """Return the tokens of the question about a text, which is cut at the end where it is too long.

        A special token that the text spells is read as plain text: no record speaks in another's name.
        """
        room = self.max_tokens - len(self.head) - len(self.tail)
        return [*self.head, *plain_tokens(tokenizer, text)[:room], *self.tail]


def read_yes_no(loaded: LanguageModel, question: TextQuestion, texts: Sequence[str]) -> list[YesNo]:
    """Return what a model says of texts, read as one batch: ln P(yes) and ln P(no) of the next token.

    Alone in its batch, a text has the same bits whatever else is asked.

    Raises
    ------
    ProbeDiverged
        A probability is not a number.
    """
    import torch

    batch = [question.ask(loaded.tokenizer, text) for text in texts]
    ids, mask = padded(batch, loaded)
    with torch.inference_mode():
        logits = loaded.model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=(mask.cumsum(1) - 1).clamp(min=0),  # (B, T)
            logits_to_keep=1,
            use_cache=False,
        ).logits[:, -1]  # (B, V)
        shares = logits.float().log_softmax(1)
        yes, no = (shares[:, list(words)].logsumexp(1).tolist() for words in (question.yes, question.no))
    if not all(map(math.isfinite, [*yes, *no])):
        raise ProbeDiverged("the language model's probabilities are not numbers: name another model")
    return [YesNo(*one) for one in zip(yes, no, map(len, batch), strict=True)]


def word_of(token: str) -> str:
    """Return the word that a token is, in lower case, without a space before it as tokenizers write it.

    >>> word_of(" YES"), word_of("Ġyes"), word_of("▁Yes")
    ('yes', 'yes', 'yes')
    """
    return token.strip().lstrip("▁Ġ").casefold()
