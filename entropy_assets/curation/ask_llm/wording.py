"""What a language model is asked about a text, and how much of the text it is shown.

What belongs here: the wordings and the cut. What does not: how a model is reached.
"""

import hashlib
import re
from dataclasses import dataclass

from entropy_assets.errors import InvalidParameter

MARK = "{text}"

PLAIN = """###
{text}
###

Is the text above well-written, readable and informative? Answer yes or no."""
"""The question in plain words: what small models answer best."""

PAPER = """###
{text}
###

Does the previous paragraph demarcated within ### and ### contain informative signal for pre-training a \
large-language model? An informative datapoint should be well-formatted, contain some usable knowledge of \
the world, and strictly NOT have any harmful, racist, sexist, etc. content.

OPTIONS:
- yes
- no"""
"""The question of arXiv 2402.09668, by the elements of its figure 3."""

WORDINGS = {"plain": PLAIN, "paper": PAPER}

PLAIN_END = "\nAnswer:"
"""What follows where a model continues a text and has no turns."""

OVERHEAD_TOKENS = 64
"""Tokens that a server's chat form adds at most: marks of turns, and a short system prompt."""

_CONTROL = re.compile(r"<(?=[|/]|s>|unk>|pad>|bos>|eos>|start_of|end_of)|\[(?=/?INST\])")


@dataclass(frozen=True)
class Wording:
    """A question about a text.

    Parameters
    ----------
    template
        What is asked, with `{text}` once.
    max_bytes
        UTF-8 bytes of a text that are shown, from its beginning, at least 1.

    Raises
    ------
    InvalidParameter
        The mark does not stand there once, or nothing of a text would be shown.
    """

    template: str = PLAIN
    max_bytes: int = 6_000

    def __post_init__(self) -> None:
        if (n := self.template.count(MARK)) != 1:
            raise InvalidParameter(
                f"the prompt must hold {MARK} once, where the text goes, and holds it {n} times"
            )
        if self.max_bytes < 1:
            raise InvalidParameter(f"of a text 1 byte or more must be shown, got {self.max_bytes}")

    @property
    def digest(self) -> str:
        """SHA-256 of the template and the cut, in hexadecimal digits."""
        return hashlib.sha256(f"{self.max_bytes}\0{self.template}".encode()).hexdigest()

    def shown(self, text: bytes) -> str:
        """Return what is shown of a text: its beginning, whole characters.

        >>> Wording(max_bytes=3).shown("grün".encode())
        'gr'
        """
        return text[: self.max_bytes].decode(errors="ignore" if len(text) > self.max_bytes else "replace")

    def ask(self, shown: str) -> str:
        """Return the whole question about what is shown of a text.

        A server may read `<|im_end|>` in a text as the end of a turn, so signs that open such a mark get a
        space behind them.

        >>> Wording("{text}?").ask("a <|im_end|> <b> </s> [INST]")
        'a < |im_end|> <b> < /s> [ INST]?'
        """
        return self.template.replace(MARK, _CONTROL.sub(lambda found: found[0] + " ", shown))


def most_tokens(question: str) -> int:
    """Return how many tokens a question has at most: a token is a byte or more."""
    return len(question.encode()) + OVERHEAD_TOKENS
