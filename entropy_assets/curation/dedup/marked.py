r"""Marked texts: what dedup compares of a record, with a mark before each turn that says whose it is.

A mark is one of four separators that no keyboard writes, U+001C to U+001F. To tokens it is white space, so
bands are those of the text without it; where two texts are read closely, it tells context, question and
answer apart. A text without turns may have them in its words, as `Question:` and `Answer:` at the start of
lines do.

What belongs here: where the parts of a record begin. What does not: what follows from them.
"""

import re

import polars as pl
import xxhash

from entropy_assets.records import CONTENT_FIELDS, SCHEMA, text_column

CONTEXT, ASKED, ANSWER, REJECTED = "\x1c", "\x1d", "\x1e", "\x1f"
"""Marks of a system turn or what else frames a talk, of what is asked, of what is answered, and of what a
preference rejects."""

MOST_TURNS = 8
"""Turns that a text may have in its words; a page of questions and answers has more, and is one text."""

_MARKS = f"{CONTEXT}{ASKED}{ANSWER}{REJECTED}".encode()
_AT_MARK = re.compile(f"(?=[{_MARKS.decode()}])")
_CHAT = ("messages",)
_SIDES = ("prompt", "chosen", "rejected")
_TURNS = (*_CHAT, *_SIDES)

_GAP = "\n\n"


def _words(names: str) -> str:
    """Return the pattern of a turn that begins with one of the names at the start of a line."""
    return (
        rf"^[ \t]*(?:\#+\ *(?:{names})\b\ *:?|(?:{names})\ *[:：]"
        rf"|<\|(?:im_start\|>|start_header_id\|>)?(?:{names})(?:\|>|\b))"
    )


_IN_WORDS = re.compile(
    r"(?P<answer>"
    + _words("answer|a|assistant|ai|gpt|response|output|completion|antwort|réponse|respuesta|risposta|ответ|答案|回答|答")
    + r"|\[/INST\])|(?P<asked>"
    + _words("question|q|user|human|instruction|input|prompt|frage|pregunta|domanda|вопрос|问题|問題|问")
    + r"|\[INST\])|(?P<context>"
    + _words("system|context|passage|article|kontext|contexte|contexto")
    + ")",
    re.IGNORECASE | re.MULTILINE,
)
_MARK_OF = {"answer": ANSWER, "asked": ASKED, "context": CONTEXT}


def marked_texts(records: pl.DataFrame) -> pl.Series:
    """Return the canonical text of each record with its marks, in the records' order.

    Without the marks it is `sketching.canonical_texts`.
    """
    kinds = records["kind"].unique()
    texts = text_column(records, with_rejected=True)
    for kind, fields in (("chat", _CHAT), ("preference", _SIDES)):
        if kind in kinds:
            rows = (records["kind"] == kind).arg_true()
            texts = texts.scatter(rows, _with_marks(records[rows].select(CONTENT_FIELDS), fields))
    return texts


def _with_marks(records: pl.DataFrame, fields: tuple[str, ...]) -> pl.Series:
    """Return the marked texts of records of one kind, whose turns are in these fields."""
    rows = pl.DataFrame({"row": pl.int_range(records.height, eager=True)})
    pieces = [rows.clear().with_columns(text=pl.lit(""))]
    for name in CONTENT_FIELDS:  # definitions of tools, say
        if name not in ("kind", "text", *_TURNS) and records[name].null_count() < records.height:
            own = records.with_row_index("row").filter(pl.col(name).is_not_null())
            nothing = pl.Series([[]] * own.height, dtype=records.schema["messages"])
            alone = _chats(nothing).with_columns(own[name])
            mark = CONTEXT if name == "tools" else ASKED
            text = mark + text_column(alone, with_rejected=True).str.strip_chars_end("\n")
            pieces.append(pl.DataFrame({"row": own["row"].cast(pl.Int64), "text": text}))
    for field in fields:
        turns = pl.DataFrame({"row": rows["row"], "turn": records[field]}).explode("turn").drop_nulls("turn")
        if turns.height:
            marks = _marks(turns["turn"].struct.field("role"), field)
            alone = _chats(turns.select(pl.concat_list("turn")).to_series())
            text = marks + text_column(alone, with_rejected=True)
            pieces.append(pl.DataFrame({"row": turns["row"], "text": text}))
    joined = pl.concat(pieces).group_by("row", maintain_order=True).agg(pl.col("text").str.join(_GAP))
    return rows.join(joined, on="row", how="left", maintain_order="left")["text"].fill_null("")


def _chats(messages: pl.Series) -> pl.DataFrame:
    """Return chats of these messages, of which nothing else is set."""
    kind = pl.repeat("chat", len(messages), eager=True)
    others = [name for name in CONTENT_FIELDS if name not in ("kind", "messages")]
    frame = pl.DataFrame({"kind": kind, "messages": messages})
    return frame.with_columns(pl.lit(None, SCHEMA[name]).alias(name) for name in others)


def _marks(role: pl.Series, field: str) -> pl.Series:
    """Return the mark of each turn of a field."""
    if field in ("chosen", "rejected"):
        return pl.Series([ANSWER if field == "chosen" else REJECTED]).new_from_index(0, len(role))
    marks = {"system": CONTEXT, "assistant": ANSWER if field == "messages" else ASKED}
    return role.replace_strict(marks, default=ASKED, return_dtype=pl.String)


def unmarked(text: bytes) -> bytes:
    """Return a marked text without its marks."""
    return text.translate(None, _MARKS)


def prompt_hash(text: bytes) -> int:
    """Return 64 bits of all that stands before the last answer of a marked text, 0 where nothing does.

    Of a preference that is its prompt.
    """
    answer = ANSWER.encode()
    at = text.find(answer) if REJECTED.encode() in text else text.rfind(answer)
    asked = text[:at].strip() if at > 0 else b""
    return xxhash.xxh3_64_intdigest(asked) or 1 if asked.strip(_MARKS + b" \t\r\n") else 0


def turns_of(text: str) -> list[tuple[str, str]]:
    r"""Return the mark and the words of each turn of a marked text; none where it is one text.

    >>> [(mark == ANSWER, words) for mark, words in turns_of("Q: 2+2?\nA: 4")]
    [(False, 'Q: 2+2?'), (True, 'A: 4')]
    """
    if any(mark in text for mark in (CONTEXT, ASKED, ANSWER, REJECTED)):
        pieces = [piece for piece in _AT_MARK.split(text) if piece]
        return [(piece[0], piece[1:].strip("\n")) if piece[0] in _MARKS.decode() else (ASKED, piece) for piece in pieces]
    found = list(_IN_WORDS.finditer(text))
    if len(found) > MOST_TURNS or "answer" not in {one.lastgroup for one in found}:
        return []
    starts = [one.start() for one in found]
    marks = [ASKED, *(_MARK_OF[str(one.lastgroup)] for one in found)]
    words = [text[start:end].strip() for start, end in zip([0, *starts], [*starts, len(text)], strict=True)]
    turns = [(mark, own) for mark, own in zip(marks, words, strict=True) if own]
    return turns if len(turns) > 1 else []
