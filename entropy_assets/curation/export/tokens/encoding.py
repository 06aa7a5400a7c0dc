"""Records -> tokens and weights, or the reason why not.

What belongs here: one record at a time, many handed to the tokenizer at once. What does not: files.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from entropy_assets.curation.export.layouts import LAYOUTS
from entropy_assets.curation.export.losses import Loss, Lost
from entropy_assets.curation.export.tokens.answers import Rendered
from entropy_assets.curation.export.tokens.conversations import conversation_of
from entropy_assets.curation.export.tokens.loading import LoadedTokenizer
from entropy_assets.curation.export.tokens.templates import ChatTemplate
from entropy_assets.errors import CurationError

BATCH_RECORDS = 512
"""Records that the tokenizer is given at once."""

PREFERENCE_LAYOUTS = tuple(name for name, layout in LAYOUTS.items() if layout.kind == "preference")
"""Layouts that hold what tokens cannot."""


@dataclass(frozen=True)
class Encoded:
    """A record as tokens.

    Parameters
    ----------
    record
        Its row of the frame.
    ids
        (t,) int32, at least one token.
    weights
        (t,) float32, how much the loss of predicting each token counts; 0 where it is not trained on.
    text
        What the tokens are of, without the token that ends a text.
    n_answers, n_ended
        Answers of a conversation that are trained on, and how many end with a token that no text spells.
    n_unmarked
        Answers that the template does not mark, so that they are not trained on.
    n_empty, n_empty_trained
        Blocks of thinking with nothing in them, and how many are trained on.
    is_same
        Whether the tokens spell the text again, character by character.
    """

    record: int
    ids: np.ndarray
    weights: np.ndarray
    text: str
    n_answers: int = 0
    n_ended: int = 0
    n_unmarked: int = 0
    n_empty: int = 0
    n_empty_trained: int = 0
    is_same: bool = True

    @property
    def n_supervised(self) -> int:
        """Number of tokens that are trained on."""
        return int(np.count_nonzero(self.weights))

    @property
    def has_other_weights(self) -> bool:
        """Whether a weight is neither 0 nor 1."""
        return not np.isin(self.weights, (0.0, 1.0)).all()


@dataclass(frozen=True)
class Encodings:
    """Records as tokens, and those that cannot be.

    Parameters
    ----------
    encoded
        In the order of the records.
    lost
        Row, reason and detail of the others, in their order.
    """

    encoded: list[Encoded]
    lost: list[tuple[int, str, str]]


@dataclass(frozen=True)
class Encoder:
    """Turns records into tokens.

    Parameters
    ----------
    loaded
        The tokenizer.
    template_of
        Makes the chat template, at the first conversation.
    """

    loaded: LoadedTokenizer
    template_of: Callable[[], ChatTemplate]

    @cached_property
    def template(self) -> ChatTemplate:
        """The chat template; looked for at the first conversation, so texts need none."""
        return self.template_of()

    def encode(self, records: pl.DataFrame) -> Encodings:
        """Return records as tokens.

        Parameters
        ----------
        records
            Columns of `records.SCHEMA`.

        Raises
        ------
        InvalidInput
            There is a conversation and no template for it, see `templates.chosen_template`.
        CurationError
            A record was lost without a reason.
        """
        texts: dict[int, str] = {}
        chats: dict[int, Rendered] = {}
        lost: dict[int, Lost] = {}
        for place, record in enumerate(records.iter_rows(named=True)):
            try:
                if record["kind"] == "chat":
                    chats[place] = self.template.render(conversation_of(record))
                else:
                    texts[place] = _text_of(record)
            except Lost as loss:
                lost[place] = loss
        encoded: dict[int, Encoded] = {}
        for found in (self._texts(texts), self._chats(chats)):
            for place, one in found.items():
                if isinstance(one, Lost):
                    lost[place] = one
                else:
                    encoded[place] = one
        if len(encoded) + len(lost) != records.height:
            raise CurationError("records were lost between rows and tokens; please report this as a bug")
        return Encodings(
            [encoded[place] for place in sorted(encoded)],
            [(place, str(lost[place].reason), str(lost[place])) for place in sorted(lost)],
        )

    def _texts(self, texts: Mapping[int, str]) -> dict[int, Encoded | Lost]:
        """Return texts as tokens, each with the token behind it that ends a text; all of it counts."""
        if not texts:
            return {}
        read = self._tokens(list(texts.values()), split_special_tokens=True)
        end = [] if self.loaded.end is None else [self.loaded.end]
        made: dict[int, Encoded | Lost] = {}
        for (place, text), ids, again in zip(texts.items(), read.input_ids, self._again(read), strict=True):
            n_unknown = ids.count(self.loaded.tokenizer.unk_token_id)
            if n_unknown or not ids:
                made[place] = _unknown(n_unknown, len(ids))
                continue
            whole = np.array([*ids, *end], np.int32)
            weights = np.ones(len(whole), np.float32)
            made[place] = Encoded(place, whole, weights, text, is_same=again == text)
        return made

    def _chats(self, chats: Mapping[int, Rendered]) -> dict[int, Encoded | Lost]:
        """Return conversations as tokens, as the template wrote them."""
        if not chats:
            return {}
        texts = [chat.text for chat in chats.values()]
        read = self._tokens(texts, split_special_tokens=False, return_offsets_mapping=True)
        unknown = self.loaded.tokenizer.unk_token
        made: dict[int, Encoded | Lost] = {}
        for (place, chat), ids, offsets, again in zip(
            chats.items(), read.input_ids, read.offset_mapping, self._again(read), strict=True
        ):
            n_unknown = ids.count(self.loaded.tokenizer.unk_token_id)
            if not ids or (n_unknown and n_unknown > chat.text.count(str(unknown))):
                made[place] = _unknown(n_unknown, len(ids))
                continue
            try:
                made[place] = self._counted(place, chat, ids, offsets, is_same=again == chat.text)
            except Lost as loss:
                made[place] = loss
        return made

    def _counted(
        self, place: int, chat: Rendered, ids: Sequence[int], offsets: Sequence[Any], *, is_same: bool
    ) -> Encoded:
        """Return a conversation with the weight of each token."""
        starts, ends = np.array(offsets, np.int64).reshape(-1, 2).T
        weights = np.zeros(len(ids), np.float32)
        n_ended = 0
        for start, end, weight in chat.answers:
            inside = np.flatnonzero((starts >= start) & (ends <= end) & (starts < ends))
            over = np.flatnonzero((starts < end) & (ends > start) & ((starts < start) | (ends > end)))
            if len(over):
                shown = chat.text[starts[over[0]] : ends[over[0]]]
                raise Lost(Loss.token_over_edge, f"the token {shown!r} goes over the edge of an answer")
            if len(inside):
                weights[inside[0] : inside[-1] + 1] = weight
                n_ended += ids[inside[-1]] in self.loaded.controls
        if not weights.any():
            raise Lost(Loss.zero_mask, "no token lies within an answer")
        trained = [
            any(start < stop and end > begin for begin, stop, _ in chat.answers)
            for start, end in chat.empty_thoughts
        ]
        return Encoded(
            place,
            np.array(ids, np.int32),
            weights,
            chat.text,
            n_answers=len(chat.answers),
            n_ended=n_ended,
            n_unmarked=chat.n_unmarked,
            n_empty=len(trained),
            n_empty_trained=sum(trained),
            is_same=is_same,
        )

    def _tokens(self, texts: list[str], **settings: bool) -> Any:
        return self.loaded.tokenizer(
            texts,
            add_special_tokens=False,
            padding=False,
            truncation=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            **settings,
        )

    def _again(self, read: Any) -> list[str]:
        """Return what tokens spell."""
        spelled: list[str] = self.loaded.tokenizer.batch_decode(
            read.input_ids, skip_special_tokens=False, clean_up_tokenization_spaces=False
        )
        return spelled


def _text_of(record: Mapping[str, Any]) -> str:
    """Return the text of a plain record.

    Raises
    ------
    Lost
        It is of another kind, or has something for which tokens have no place.
    """
    if record["kind"] == "preference":
        held = " or ".join(PREFERENCE_LAYOUTS)
        raise Lost(Loss.preference, f"it is a preference, which --layout {held} holds")
    text = record["text"]
    if record["kind"] != "text" or not text:
        raise Lost(Loss.not_a_record, f"its kind is {record['kind']}, or it has no text")
    for part in ("tools", "attachments"):
        if record[part] is not None:
            raise Lost(Loss.no_place, f"the text has {part}, and tokens are its text")
    return str(text)


def _unknown(n_unknown: int, n_tokens: int) -> Lost:
    if not n_tokens:
        return Lost(Loss.unknown_characters, "the tokenizer makes no token of it")
    return Lost(Loss.unknown_characters, f"{n_unknown} of its {n_tokens} tokens are the unknown one")
