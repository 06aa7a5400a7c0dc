"""A chat template: what it writes of a conversation, and which characters of that are answers.

Either the template marks its answers, by ``{% generation %}``, or they are worked out: an answer is what the
template adds to the conversation before it, asked for an answer, when the answer is there. That is certain
only where what is written of a conversation begins with what is written of its first turns, which is looked
at for each answer.

What belongs here: text. What does not: tokens.
"""

import datetime
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from entropy_assets.curation.export.layouts import Row
from entropy_assets.curation.export.losses import Loss, Lost
from entropy_assets.curation.export.tokens.answers import Rendered, times_said, weighted
from entropy_assets.curation.export.tokens.conversations import Conversation
from entropy_assets.curation.export.tokens.loading import LoadedTokenizer
from entropy_assets.errors import InvalidInput, InvalidParameter
from entropy_assets.storage import digest_bytes, digest_value

MASKS = ("generation", "prefixes")
"""Where masks come from: marks of the template, or its prefixes."""

_MARK = re.compile(r"\{%-?\s*generation\s*-?%\}")
_TODAY = "strftime_now"
_OF_PROGRAMS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a template, which is a program, may raise; a signal is none of it."""


@dataclass(frozen=True)
class ChatTemplate:
    """A chat template, and how the masks of its conversations are made.

    Parameters
    ----------
    loaded
        Tokenizer whose tokens the template names.
    source
        The template in Jinja, or name -> template where a tokenizer has several.
    masks
        One of `MASKS`.
    date
        What it takes for today; None where no template asks.
    is_given
        Whether it is from a file, and not the tokenizer's.
    """

    loaded: LoadedTokenizer
    source: str | dict[str, str]
    masks: str
    date: datetime.date | None
    is_given: bool

    @property
    def digest(self) -> str:
        """SHA-256 of the template as UTF-8; of several, of all of them by name."""
        if isinstance(self.source, str):
            return digest_bytes(self.source.encode())
        return digest_value({name: digest_bytes(text.encode()) for name, text in self.source.items()})

    def render(self, conversation: Conversation) -> Rendered:
        """Return a conversation as text, with its answers.

        Raises
        ------
        InvalidInput
            Answers are to be marked, and the template marks none of any conversation.
        Lost
            The template refuses the conversation or leaves something out, or an answer's place is uncertain.
        """
        source = self._source(conversation.tools)
        if self.masks == "generation" and not _MARK.search(source):
            where = "--chat-template" if self.is_given else f"the chat template of {self.loaded.folder}"
            raise InvalidInput(
                f"{where} has no {{% generation %}} marks, so its assistant mask would be zero everywhere "
                "and nothing would be trained on: give a template with such marks around what the assistant "
                "says, with --chat-template FILE, or say --masks prefixes, which works the mask out where "
                "the template is prefix-stable and refuses conversations where it is not"
            )
        self._require_no_controls(conversation)
        text, marked = self._written(conversation, conversation.messages)
        self._require_all(conversation, text)
        if self.masks == "generation":
            answers = weighted(conversation, text, marked)
        else:
            answers = self._by_prefixes(conversation, text)
        n_wanted = sum(weight > 0 for weight in conversation.weights)
        return Rendered(text, answers, max(0, n_wanted - len(answers)))

    def _source(self, tools: list[Row] | None) -> str:
        if isinstance(self.source, str):
            return self.source
        name = "tool_use" if tools is not None and "tool_use" in self.source else "default"
        return self.source[name]

    def _written(
        self, conversation: Conversation, messages: list[Row], *, tools: bool = True, is_asked: bool = False
    ) -> tuple[str, list[tuple[int, int]]]:
        """Return what the template writes of some turns, and the characters that it marks."""
        from jinja2 import TemplateError
        from transformers.utils.chat_template_utils import render_jinja_template

        render = cast(Callable[..., tuple[list[str], list[list[tuple[int, int]]]]], render_jinja_template)
        said = {**self.loaded.tokenizer.special_tokens_map, **conversation.settings}
        source = self._source(conversation.tools)
        try:
            with self._dated(source):
                texts, marked = render(
                    conversations=[messages],
                    tools=conversation.tools if tools else None,
                    chat_template=source,
                    return_assistant_tokens_mask=self.masks == "generation",
                    add_generation_prompt=is_asked,
                    **said,
                )
        except (TemplateError, *_OF_PROGRAMS) as error:
            reason = str(error).strip().splitlines()
            raise Lost(Loss.template_refuses, reason[0] if reason else repr(error)) from None
        return texts[0], marked[0] if marked else []

    @contextmanager
    def _dated(self, source: str) -> Iterator[None]:
        """Let the template take `date` for today."""
        if self.date is None:
            yield
            return
        from transformers.utils import chat_template_utils

        known = chat_template_utils._compile_jinja_template(source).globals
        known[_TODAY] = self.date.strftime
        try:
            yield
        finally:
            del known[_TODAY]

    def _require_no_controls(self, conversation: Conversation) -> None:
        """Refuse a conversation that spells a token which no text should become."""
        calls = [
            (f"messages.{place} tool_calls", json.dumps(turn["tool_calls"], ensure_ascii=False))
            for place, turn in enumerate(conversation.messages)
            if "tool_calls" in turn
        ]
        tools = [("tools", json.dumps(conversation.tools, ensure_ascii=False))] if conversation.tools else []
        for place, text in (*conversation.said, *calls, *tools):
            if found := self.loaded.control_words.search(text):
                raise Lost(Loss.control_token, f"{place} spells {found.group()}")

    def _require_all(self, conversation: Conversation, text: str) -> None:
        """Refuse a conversation of which something does not stand in its text."""
        wanted: Counter[str] = Counter()
        for where, said in conversation.said:
            bare = said.strip()
            wanted[bare] += 1
            if bare and text.count(bare) < wanted[bare] and times_said(bare, text) < wanted[bare]:
                raise Lost(Loss.template_drops, f"{where} is not in what the template writes")
        for place, turn in enumerate(conversation.messages):
            if "tool_calls" in turn:
                others = list(conversation.messages)
                others[place] = {key: value for key, value in turn.items() if key != "tool_calls"}
                if self._is_written_as(text, conversation, others):
                    raise Lost(
                        Loss.template_drops, f"messages.{place} has calls, and the template writes none"
                    )
        if conversation.tools and self._is_written_as(text, conversation, conversation.messages, tools=False):
            raise Lost(Loss.template_drops, "there are tools, and the template writes none")

    def _is_written_as(
        self, text: str, conversation: Conversation, messages: list[Row], *, tools: bool = True
    ) -> bool:
        try:
            return self._written(conversation, messages, tools=tools)[0] == text
        except Lost:
            return False

    def _by_prefixes(self, conversation: Conversation, text: str) -> list[tuple[int, int, float]]:
        """Return the answers that count, each between what is written before it and with it."""
        answers = []
        for place in conversation.answers:
            weight = conversation.weights[place]
            if not weight:
                continue
            turns = conversation.messages
            asked, _ = self._written(conversation, turns[:place], is_asked=True)
            done, _ = self._written(conversation, turns[: place + 1])
            if not (text.startswith(done) and done.startswith(asked)):
                what = "with" if not text.startswith(done) else "before"
                raise Lost(
                    Loss.template_unstable,
                    f"what the template writes of the turns {what} messages.{place} is not how it begins "
                    "what it writes of all",
                )
            answers.append((len(asked), self._last_control(text, len(asked), len(done)), weight))
        return answers

    def _last_control(self, text: str, start: int, end: int) -> int:
        """Return where an answer ends: at the token that ends the turn, not at white space behind it."""
        last = start
        for found in self.loaded.control_words.finditer(text, start, end):
            last = found.end()
        return last if last > start and not text[last:end].strip() else end


def chosen_template(
    loaded: LoadedTokenizer, file: Path | None, masks: str = "generation", date: datetime.date | None = None
) -> ChatTemplate:
    """Return the chat template of a file, or else of a tokenizer.

    Parameters
    ----------
    loaded
        The tokenizer.
    file
        A template in Jinja; None for the tokenizer's.
    masks
        One of `MASKS`.
    date
        What it is to take for today.

    Raises
    ------
    InvalidInput
        The file cannot be read or is no template, there is no template, or it asks for today's date.
    InvalidParameter
        `masks` is unknown.
    """
    from jinja2 import TemplateError
    from transformers.utils.chat_template_utils import _compile_jinja_template

    if masks not in MASKS:
        raise InvalidParameter(f"--masks must be one of {', '.join(MASKS)}, got {masks!r}: name one of them")
    name = f"the chat template of {loaded.folder}" if file is None else f"--chat-template {file}"
    source = loaded.tokenizer.chat_template
    if file is not None:
        try:
            source = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"{name} cannot be read as UTF-8: {error}; name a file in Jinja") from error
    if not source or (isinstance(source, dict) and "default" not in source):
        raise InvalidInput(
            f"the tokenizer of {loaded.folder} has no chat template, and there are conversations: give one "
            "with --chat-template FILE"
        )
    texts = [source] if isinstance(source, str) else list(source.values())
    for text in texts:
        try:
            _compile_jinja_template(text)
        except TemplateError as error:
            raise InvalidInput(f"{name} is no template: {error}; mend it") from error
    if date is None and any(_TODAY in text for text in texts):
        raise InvalidInput(
            f"{name} writes the day into each conversation, so that the same records would give other tokens "
            "tomorrow: say which day it is to be with --date YYYY-MM-DD"
        )
    return ChatTemplate(loaded, source, masks, date, file is not None)
